/* How a function of the library fails: a status, and a sentence kept for the caller
   (cvr_fail, cvr_hint of status.h).

       cvr_status thing(void)
       {
           cvr_mat A = {0};
           cvr_status status = CVR_OK;
           CVR_TRY(cvr_mat_new(...));
           if (n < 1)
               CVR_FAIL(CVR_BAD_DATA, "%s: %d rows", path, n);
       done:
           cvr_mat_free(&A);
           return status;
       } */
#ifndef CVR_BASE_FAIL_H
#define CVR_BASE_FAIL_H

#include <assert.h>
#include <stdarg.h>
#include <stddef.h>

#include <cvxrelu/status.h>

/* Writes a sentence. Where its format has an option as the command takes it, "--name" or
   "--%s", the dashes are left out unless the program shows them; arguments stay as they
   are. */
void cvr_sentence(char *text, size_t size, const char *format, va_list args);

/* Puts "where: " before the sentence that is kept. */
void cvr_fail_prefix(const char *where);

#define CVR_TRY(call)                                                                    \
    do {                                                                                 \
        if ((status = (call)) != CVR_OK)                                                 \
            goto done;                                                                   \
    } while (0)

#define CVR_FAIL(...)                                                                    \
    do {                                                                                 \
        status = cvr_fail(__VA_ARGS__);                                                  \
        goto done;                                                                       \
    } while (0)

/* What is true if our code is right. Stays in release builds: it costs nothing here. */
#define CVR_ASSERT(truth)                                                                \
    ((truth) ? (void)0 : cvr_assert_failed(#truth, __FILE__, __LINE__))
_Noreturn void cvr_assert_failed(const char *truth, const char *file, int line);

#endif

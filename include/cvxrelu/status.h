/* What a call can say: a status, and one sentence about the last failure. */
#ifndef CVXRELU_STATUS_H
#define CVXRELU_STATUS_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define CVR_API __attribute__((visibility("default")))
#define CVR_MUST_CHECK __attribute__((warn_unused_result))
#define CVR_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define CVR_API
#define CVR_MUST_CHECK
#define CVR_PRINTF(text, first)
#endif

/* The values are the exit codes of the command. */
typedef enum cvr_status {
    CVR_OK = 0,
    CVR_FAILED = 1,      /* anything that has no code of its own */
    CVR_USAGE = 2,       /* a setting that does not exist, or is out of its range */
    CVR_BAD_DATA = 3,    /* data or a model that cannot be used as it is */
    CVR_UNCONVERGED = 4, /* only the command's --strict says this */
    CVR_NUMERICAL = 5,   /* a factorisation or iteration broke down */
    CVR_NO_MEMORY = 6,
    CVR_IO = 7,
    CVR_PARALLEL = 8,
    CVR_INTERRUPTED = 9 /* a question of cvr_comm_question or a limit has ended it; the
                           command then exits as its signals and limits say */
} cvr_status;

/* One sentence about the last failure in this thread, "" when there was none. Valid
   until the next failure in the thread. */
CVR_API const char *cvr_last_error(void);

/* What to try, to go with cvr_last_error(), or "". Valid as long. */
CVR_API const char *cvr_last_hint(void);

/* Keeps a sentence as the last error (and drops an old hint); returns status. For
   programs whose own failures go through cvr_allreduce_status, which shares the last
   sentence. */
CVR_API cvr_status cvr_fail(cvr_status status, const char *format, ...) CVR_PRINTF(2, 3);
/* Adds what to try to the sentence just kept. */
CVR_API void cvr_hint(const char *format, ...) CVR_PRINTF(1, 2);

/* Sentences name options without dashes ("beta: ...", as cvr_fit takes them); a program
   whose users type "--beta" shows them. Applies to the whole program. */
CVR_API void cvr_show_dashes(bool shown);

/* "out of memory", "bad data", ...: the name of a status; never NULL. */
CVR_API const char *cvr_status_name(cvr_status status);

/* "0.1.0" */
CVR_API const char *cvr_version(void);

#ifdef __cplusplus
}
#endif
#endif

/* Failing calls in the house's manner: status, and one label done. */
#ifndef CVR_CLI_TRY_H
#define CVR_CLI_TRY_H

#define TRY(call)                                                                        \
    do {                                                                                 \
        if ((status = (call)) != CVR_OK)                                                 \
            goto done;                                                                   \
    } while (0)
#define FAIL(...)                                                                        \
    do {                                                                                 \
        status = cvr_fail(__VA_ARGS__);                                                  \
        goto done;                                                                       \
    } while (0)

#endif

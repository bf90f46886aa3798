/* info --check: BLAS against plain loops, as the methods use it. */
#include "cli/blas_check.h"

#include <pthread.h>
#include <stdio.h>

#include <cblas.h>

#include "cli/try.h"

/* One of several that ask BLAS at once, as the threads of deep do. */
typedef struct asker {
    pthread_t thread;
    cvr_status status;
    char message[600];
} asker;

static void *ask(void *one)
{
    enum { TIMES = 50 };
    asker *a = one;
    for (int i = 0; i < TIMES && a->status == CVR_OK; i++)
        a->status = cvr_blas_check(false);
    if (a->status != CVR_OK)
        snprintf(a->message, sizeof a->message, "%.500s", cvr_last_error());
    return NULL;
}

static cvr_status ask_at_once(int threads)
{
    enum { MOST = 64 };
    asker askers[MOST] = {0};
    int count = threads < MOST ? threads : MOST, begun = 0;
    cvr_status status = CVR_OK;
    while (begun < count &&
           pthread_create(&askers[begun].thread, NULL, ask, &askers[begun]) == 0)
        begun++;
    for (int i = 0; i < begun; i++) {
        pthread_join(askers[i].thread, NULL);
        if (askers[i].status != CVR_OK && status == CVR_OK)
            status = cvr_fail(askers[i].status, "asked by %d threads at once: %s", begun,
                              askers[i].message);
    }
    return status;
}

cvr_status cli_check_blas(int threads)
{
    cvr_status status = CVR_OK;
    TRY(cvr_blas_check(true));
    openblas_set_num_threads(1);
    if (threads > 1)
        TRY(cvr_blas_check(true));
    TRY(ask_at_once(threads));
done:
    openblas_set_num_threads(threads);
    return status;
}

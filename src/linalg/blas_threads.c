#include "linalg/blas_threads.h"

#include <pthread.h>

#include <cblas.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int holds, before;

int cvr_blas_threads(void)
{
    int count;
    pthread_mutex_lock(&lock);
    count = holds > 0 ? before : openblas_get_num_threads();
    pthread_mutex_unlock(&lock);
    return count;
}

void cvr_blas_threads_hold(void)
{
    pthread_mutex_lock(&lock);
    if (holds++ == 0) {
        before = openblas_get_num_threads();
        openblas_set_num_threads(1);
    }
    pthread_mutex_unlock(&lock);
}

void cvr_blas_threads_release(void)
{
    pthread_mutex_lock(&lock);
    if (--holds == 0)
        openblas_set_num_threads(before);
    pthread_mutex_unlock(&lock);
}

/* The threads that BLAS has, which are of the whole process. */
#ifndef CVR_LINALG_BLAS_THREADS_H
#define CVR_LINALG_BLAS_THREADS_H

int cvr_blas_threads(void);

/* Between the two BLAS works in the caller's thread alone, because threads of ours call
   it. Pairs may overlap in several threads: the last release gives BLAS its threads
   back. */
void cvr_blas_threads_hold(void);
void cvr_blas_threads_release(void);

#endif

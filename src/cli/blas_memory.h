/* The buffers of OpenBLAS. */
#ifndef CVR_CLI_BLAS_MEMORY_H
#define CVR_CLI_BLAS_MEMORY_H

#include <cvxrelu/cvxrelu.h>

/* At the very start: where OpenBLAS's threads cannot have their buffers the program
   starts itself anew with fewer. */
void cli_limit_blas_threads(char **arguments);
/* Before anything calls BLAS: CVR_NO_MEMORY when its buffers do not fit. */
cvr_status cli_allocate_buffers(void) CVR_MUST_CHECK;
/* Whether *threads threads can have theirs: CVR_NO_MEMORY, or fewer threads when their
   number was not given. own_threads: they are the method's. */
cvr_status cli_check_buffers(bool own_threads, bool given, int *threads) CVR_MUST_CHECK;
/* At the very end: does not wait for threads that wait for ever. */
void cli_exit_program(int code);

#endif

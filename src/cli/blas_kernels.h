/* The kernels of OpenBLAS on a processor that it does not know. */
#ifndef CVR_CLI_BLAS_KERNELS_H
#define CVR_CLI_BLAS_KERNELS_H

#include <stddef.h>

/* Takes the kernels of OpenBLAS that suit this processor, where OpenBLAS does not know it
   and the user has named none; may start the program anew with these arguments. */
void cli_choose_kernels(char **arguments);
/* Whose choice the kernels are, in words. */
void cli_describe_kernels(char *text, size_t size);

#endif

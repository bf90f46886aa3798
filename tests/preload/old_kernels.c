/* LD_PRELOAD: an OpenBLAS that does not know this processor and takes the kernels
   OLD, unless OPENBLAS_CORETYPE names some. Linked with OpenBLAS, so that it
   begins after it. */
#include <stdlib.h>

void gotoblas_dynamic_quit(void);
void gotoblas_dynamic_init(void);

__attribute__((constructor)) static void grow_old(void)
{
    const char *old = getenv("OLD");
    if (!old || getenv("OPENBLAS_CORETYPE"))
        return;
    setenv("OPENBLAS_CORETYPE", old, 1);
    gotoblas_dynamic_quit();
    gotoblas_dynamic_init();
    unsetenv("OPENBLAS_CORETYPE");
}

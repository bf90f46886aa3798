/* LD_PRELOAD: an OpenBLAS that does not show how to change its kernels. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>

void *dlsym(void *handle, const char *name)
{
    static void *(*right)(void *, const char *);
    if (!right) {
        void *found = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34");
        found = found ? found : dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.2.5");
        memcpy(&right, &found, sizeof found);
    }
    return strncmp(name, "gotoblas_dynamic_", 17) == 0 ? NULL : right(handle, name);
}

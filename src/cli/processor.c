/* The kernels of OpenBLAS that fit this processor.

   OpenBLAS 0.3.21 (Debian 12) does not know AMD's processors with AVX-512 (Zen 4, Zen 5)
   and gives them its Haswell kernels: half the speed of its SkylakeX kernels there. The
   kernels are chosen while the library is loaded, by OPENBLAS_CORETYPE or by itself. So
   when the user has not set that variable, the processor has what SkylakeX kernels use,
   and OpenBLAS has chosen Haswell or Zen, the command sets it and starts itself again:
   the same process, the same arguments, before anything is read, written or computed. The
   variable that is then set keeps this from happening twice. */
#define _GNU_SOURCE
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cblas.h>

/* Every word of needed is a flag in /proc/cpuinfo. */
static bool has_flags(const char *flags, const char *const *needed)
{
    char word[24];
    for (; *needed; needed++) {
        snprintf(word, sizeof word, " %s ", *needed);
        if (!strstr(flags, word))
            return false;
    }
    return true;
}

/* Linux on x86 names the features of the first processor near the beginning; elsewhere
   there is no such line and the answer is no. */
static bool fits_skylakex(void)
{
    static const char *const needed[] = {"avx512f",  "avx512dq", "avx512bw",
                                         "avx512vl", "avx512cd", NULL};
    char line[8192];
    bool fits = false;
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "flags", 5) == 0) {
            line[strcspn(line, "\n")] = ' ';
            fits = has_flags(line, needed);
            break;
        }
    if (f)
        fclose(f);
    return fits;
}

void cli_choose_kernels(char **argv)
{
    const char *core = openblas_get_corename();
    if (getenv("OPENBLAS_CORETYPE") || !core)
        return;
    if (strcmp(core, "Haswell") != 0 && strcmp(core, "Zen") != 0)
        return;
    if (!fits_skylakex() || setenv("OPENBLAS_CORETYPE", "SkylakeX", 1) != 0)
        return;
    execv("/proc/self/exe", argv); /* when it fails, the slower kernels do */
}

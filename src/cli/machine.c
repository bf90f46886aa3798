/* What a run has run on: this program, its libraries, the processor and the system. */
#define _GNU_SOURCE
#include "cli/machine.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cblas.h>

#include "cli/blas_kernels.h"
#include "cli/text.h"

/* "Open MPI v4.1.4, ..." from the library that is linked, which may be none. */
static json_t *mpi_json(void)
{
    char text[8192] = "none";
    int length = 0;
    void *found = dlsym(RTLD_DEFAULT, "MPI_Get_library_version");
    int (*version)(char *, int *);
    memcpy(&version, &found, sizeof version);
    if (version)
        version(text, &length);
    text[strcspn(text, ",\n")] = '\0';
    return json_string(text);
}

/* What follows `key` and any of ":= \t" and quotes on the first line of a file that
   begins so; without one text keeps its value. */
static void look_up(const char *path, const char *key, char *text, size_t size)
{
    char line[512];
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, key, strlen(key)) != 0)
            continue;
        char *value = line + strlen(key);
        value += strspn(value, ":= \t\"");
        value[strcspn(value, "\"\n")] = '\0';
        snprintf(text, size, "%s", value);
        break;
    }
    if (file)
        fclose(file);
}

json_t *cli_machine(const cli_call *call)
{
    struct utsname kernel = {0};
    char processor[256] = "unknown", system[256] = "unknown", full[700], choice[200];
    uname(&kernel);
    cli_describe_kernels(choice, sizeof choice);
    look_up("/proc/cpuinfo", "model name", processor, sizeof processor);
    look_up("/etc/os-release", "PRETTY_NAME", system, sizeof system);
    snprintf(full, sizeof full, "%s, %s %s %s", system, kernel.sysname, kernel.release,
             kernel.machine);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:i, s:i, s:I, s:o, s:o}", "version",
                     cvr_version(), "compiler", __VERSION__, "blas",
                     openblas_get_config(), "blas_core", openblas_get_corename(),
                     "blas_choice", choice, "processor", cli_json_text(processor),
                     "cores", openblas_get_num_procs(), "threads", call->threads,
                     "memory_bytes",
                     (json_int_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE),
                     "system", cli_json_text(full), "mpi", mpi_json());
}

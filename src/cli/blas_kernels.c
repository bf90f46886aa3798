/* The kernels of OpenBLAS on a processor that it does not know: the command takes the
   right ones while it runs, where OpenBLAS can be told so, or starts itself anew. The
   user's OPENBLAS_CORETYPE stands. */
#define _GNU_SOURCE
#include "cli/blas_kernels.h"

#include <cblas.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cvxrelu/cvxrelu.h>

/* For the process that takes this one's place: the kernels that OpenBLAS took, and behind
   a comma better ones that failed a test. */
#define ANEW "CVXRELU_KERNELS"
#define CHOICE "OPENBLAS_CORETYPE"

static char found[32];   /* what OpenBLAS took, where other kernels are at work */
static char refused[32]; /* better ones that failed a test */
static bool chosen_by_user;

/* ---- choosing ---------------------------------------------------------------------- */

typedef void (*action)(void);

static action look_up(const char *name)
{
    void *there = dlsym(RTLD_DEFAULT, name);
    action function;
    memcpy(&function, &there, sizeof function);
    return function;
}

/* OpenBLAS forgets its kernels and takes those of that name; false where it cannot. Its
   threads sleep and its buffers are alike for all kernels. */
static bool take(const char *kernels)
{
    action quit = look_up("gotoblas_dynamic_quit"),
           init = look_up("gotoblas_dynamic_init");
    if (!quit || !init || setenv(CHOICE, kernels, 1) != 0)
        return false;
    quit();
    init();
    unsetenv(CHOICE); /* programs that this one starts choose for themselves */
    return true;
}

/* With MPI not begun and nothing read, a second start is the same as the first. */
static void start_anew(char **arguments, const char *kernels, const char *note)
{
    if (setenv(CHOICE, kernels, 1) == 0 && setenv(ANEW, note, 1) == 0)
        execv("/proc/self/exe", arguments);
    unsetenv(CHOICE);
    unsetenv(ANEW);
    found[0] = '\0';
}

/* This process has been started anew. After a failed test OPENBLAS_CORETYPE stays: it
   keeps the library from advising those kernels. */
static void arrive(const char *note)
{
    if (sscanf(note, "%31[^,],%31s", found, refused) == 2)
        found[0] = '\0';
    else
        unsetenv(CHOICE);
    unsetenv(ANEW);
}

static void improve(char **arguments, const char *better)
{
    snprintf(found, sizeof found, "%s", openblas_get_corename());
    if (!take(better))
        start_anew(arguments, better, found);
    else if (cvr_blas_better())
        found[0] = '\0'; /* this OpenBLAS has none such */
}

/* OpenBLAS's own choice again. */
static void give_up(char **arguments)
{
    char note[80];
    snprintf(refused, sizeof refused, "%s", openblas_get_corename());
    snprintf(note, sizeof note, "%s,%s", found, refused);
    if (take(found))
        setenv(CHOICE, found, 1);
    else
        start_anew(arguments, found, note);
    found[0] = '\0';
}

void cli_choose_kernels(char **arguments)
{
    const char *note = getenv(ANEW), *better = cvr_blas_better();
    chosen_by_user = getenv(CHOICE) && !note;
    if (note)
        arrive(note);
    else if (better)
        improve(arguments, better);
    if (found[0] && cvr_blas_check(false) != CVR_OK)
        give_up(arguments);
}

/* ---- description ------------------------------------------------------------------- */

void cli_describe_kernels(char *text, size_t size)
{
    const char *better = cvr_blas_better();
    if (chosen_by_user)
        snprintf(text, size, "by OPENBLAS_CORETYPE");
    else if (refused[0])
        snprintf(text, size, "OpenBLAS's own: %s was tried and its results are wrong",
                 refused);
    else if (better)
        snprintf(text, size, "OpenBLAS's own: %s would be faster and cannot be taken",
                 better);
    else if (found[0])
        snprintf(
            text, size,
            "for what the processor can do: OpenBLAS, which does not know it, took %s",
            found);
    else
        snprintf(text, size, "OpenBLAS's own");
}

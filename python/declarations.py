"""The C source of the module _core: declarations of the public headers, for cffi.

    declarations.py COMPILER INCLUDE_FOLDER OUTPUT.c
"""

import pathlib
import re
import subprocess
import sys
import tempfile

import cffi

# What the package needs besides the headers: the question that ends a run, answered in C
# most of the time, and the threads of BLAS.
EXTRA = """
typedef struct watch { int answer; int64_t thread; double next; void *run; } watch;
void watch_begin(watch *w, void *run);
int watch_ask(void *user);
void name_class(cvr_dataset *data, int k, const char *name);
cvr_status weigh(cvr_dataset *data, const double *weights, const char *classes);
void cvr_baselines_register(void);
int openblas_get_num_threads(void);
void openblas_set_num_threads(int threads);
char *openblas_get_config(void);
void free(void *memory);
extern "Python" int on_question(void *run);
extern "Python" int on_measurement(const cvr_progress *progress, void *user);
extern "Python" void on_note(cvr_log_level level, const char *sentence, void *user);
"""

SOURCE = """
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cblas.h>
#include <cvxrelu/cvxrelu.h>

#include "baseline/baseline.h"

typedef struct watch { int answer; int64_t thread; double next; void *run; } watch;
static int on_question(void *run);

#define PAUSE 0.02 /* seconds between two looks at Python's signals */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void watch_begin(watch *w, void *run)
{
    *w = (watch){CVR_GO_ON, (int64_t)pthread_self(), 0, run};
}

/* Python is asked by the thread that has begun the run alone, and not too often. */
static int watch_ask(void *user)
{
    watch *w = user;
    int answer = __atomic_load_n(&w->answer, __ATOMIC_RELAXED);
    if (answer != CVR_GO_ON || w->thread != (int64_t)pthread_self() || now() < w->next)
        return answer;
    answer = on_question(w->run);
    w->next = now() + PAUSE;
    __atomic_store_n(&w->answer, answer, __ATOMIC_RELAXED);
    return answer;
}

static void name_class(cvr_dataset *data, int k, const char *name)
{
    char *copy = strdup(name);
    if (!copy)
        return;
    free(data->class_names[k]);
    data->class_names[k] = copy;
}

/* Of each row, or NULL; of the classes as in cvr_dataset, or NULL. */
static cvr_status weigh(cvr_dataset *data, const double *weights, const char *classes)
{
    cvr_status status = CVR_OK;
    if (classes)
        data->class_weights = strdup(classes);
    if (weights)
        status = cvr_mat_new(cvr_cpu(), CVR_DOUBLE, data->X.rows, 1, &data->W);
    if (weights && status == CVR_OK)
        memcpy(data->W.data, weights, (size_t)data->X.rows * sizeof *weights);
    return status;
}
"""

HEADERS = ["stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h"]


def declarations(compiler: str, include: str) -> str:
    """The headers without what the preprocessor and system headers put in."""
    with tempfile.TemporaryDirectory() as empty:
        for name in HEADERS:
            (pathlib.Path(empty) / name).write_text("")
        text = subprocess.run(
            [compiler, "-E", "-P", "-undef", "-nostdinc", "-I", empty, "-I", include,
             f"{include}/cvxrelu/cvxrelu.h"],
            check=True, capture_output=True, text=True).stdout
    return re.sub(r"static inline[^{}]*\{.*?\n\}", "", text, flags=re.DOTALL)


def main(compiler: str, include: str, output: str) -> None:
    ffi = cffi.FFI()
    ffi.cdef(declarations(compiler, include) + EXTRA)
    ffi.set_source("cvxrelu._core", SOURCE)
    ffi.emit_c_code(output)


if __name__ == "__main__":
    main(*sys.argv[1:])

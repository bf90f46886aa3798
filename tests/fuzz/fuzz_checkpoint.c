/* Any bytes as a checkpoint: a solver that goes on or a sentence, never a crash.

   The first byte says how the others are read: as a file; as a file whose checksum is
   made right; or, so that damage gets behind the checksum, as changes (two bytes of
   place, one of value) to a checkpoint of a small run, whose checksum is then made right.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cvxrelu/cvxrelu.h>

#include "base/fail.h"
#include "baseline/baseline.h"
#include "model/safetensors.h"

/* ---- small runs
 * ------------------------------------------------------------------------ */

/* Options, NULL ends them; the second run may go further. */
static const struct {
    const char *method;
    const char *options[8];
} runs[] = {
    {"convex", {"patterns", "3", NULL}},
    {"convex", {"patterns", "3", "formulation", "gated", NULL}},
    {"convex", {"patterns", "3", "formulation", "gated", "solver", "fista", NULL}},
    {"ccp", {"lambda-relative", "0.1", NULL}},
    {"ccp", {"lambda-relative", "0.1", "solver", "graph", NULL}},
    {"ccp", {"lambda-relative", "0.1", "solver", "consensus", NULL}},
    {"deep", {"layers", "3", "loss", "squared", NULL}},
    {"adam", {"layers", "3", NULL}},
    {"sgd", {"layers", "3", NULL}},
};
enum { RUNS = sizeof runs / sizeof *runs, ROWS = 6, FEATURES = 2 };

typedef struct file {
    uint8_t *bytes;
    size_t size;
} file;

static cvr_comm *comm;
static cvr_dataset *data;
static file base[RUNS];

static cvr_dataset *make_data(void)
{
    cvr_mat X = {0}, Y = {0};
    cvr_dataset *d = NULL;
    CVR_ASSERT(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, ROWS, FEATURES, &X) == CVR_OK);
    CVR_ASSERT(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, ROWS, 1, &Y) == CVR_OK);
    for (int i = 0; i < ROWS; i++) {
        cvr_set(X, i, 0, i - 2.5);
        cvr_set(X, i, 1, i * i % 4);
        cvr_set(Y, i, 0, i > 2 ? i + 0.5 : 0);
    }
    CVR_ASSERT(cvr_dataset_wrap(X, Y, CVR_REGRESS, comm, &d) == CVR_OK);
    CVR_ASSERT(cvr_dataset_prepare(d, CVR_NORMALIZE_NONE, true, comm) == CVR_OK);
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    return d;
}

static cvr_solver *make_solver(int run, const char *iterations, cvr_settings **s)
{
    cvr_solver *solver = NULL;
    CVR_ASSERT(cvr_settings_new(runs[run].method, s) == CVR_OK);
    for (const char *const *o = runs[run].options; *o; o += 2)
        CVR_ASSERT(cvr_settings_set(*s, o[0], o[1]) == CVR_OK);
    CVR_ASSERT(cvr_settings_set(*s, "max-iterations", iterations) == CVR_OK);
    CVR_ASSERT(cvr_settings_set(*s, "tolerance", "0") == CVR_OK);
    CVR_ASSERT(cvr_solver_new(runs[run].method, data, NULL, comm, *s, &solver) == CVR_OK);
    return solver;
}

static file read_whole(const char *path)
{
    file f = {0};
    FILE *in = fopen(path, "rb");
    CVR_ASSERT(in && fseek(in, 0, SEEK_END) == 0);
    f.size = (size_t)ftell(in);
    rewind(in);
    f.bytes = malloc(f.size);
    CVR_ASSERT(f.bytes && fread(f.bytes, 1, f.size, in) == f.size);
    fclose(in);
    return f;
}

static file make_base(int run)
{
    char path[] = "/tmp/fuzz_checkpoint-XXXXXX";
    int fd = mkstemp(path);
    cvr_settings *s = NULL;
    cvr_progress result;
    cvr_solver *solver = make_solver(run, "2", &s);
    CVR_ASSERT(fd >= 0);
    close(fd);
    CVR_ASSERT(cvr_solver_run(solver, NULL, NULL, &result) == CVR_OK);
    CVR_ASSERT(cvr_solver_save(solver, path) == CVR_OK);
    cvr_solver_free(solver);
    cvr_settings_free(s);
    file f = read_whole(path);
    unlink(path);
    return f;
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    cvr_baselines_register();
    CVR_ASSERT(cvr_comm_open("serial", &comm) == CVR_OK);
    data = make_data();
    for (int run = 0; run < RUNS; run++)
        base[run] = make_base(run);
    return 0;
}

/* ---- one file
 * ---------------------------------------------------------------------------- */

static void repair(file f)
{
    int64_t size = (int64_t)f.size, head = cvr_safetensors_head_length(f.bytes, size);
    if (head < 0 || head > size)
        return;
    uint64_t sum = cvr_safetensors_head_sum(f.bytes, head);
    if (sum != 0)
        cvr_safetensors_put_sum(f.bytes, head,
                                cvr_safetensors_hash(sum, f.bytes + head, size - head));
}

static file changed(int run, const uint8_t *bytes, size_t size)
{
    file f = {malloc(base[run].size), base[run].size};
    CVR_ASSERT(f.bytes);
    memcpy(f.bytes, base[run].bytes, f.size);
    for (; size >= 3; bytes += 3, size -= 3)
        f.bytes[(size_t)(bytes[0] << 8 | bytes[1]) % f.size] = bytes[2];
    return f;
}

static void go_on(int run, const char *path, bool far)
{
    cvr_settings *s = NULL;
    cvr_progress result;
    cvr_solver *solver = make_solver(run, "4", &s);
    if (cvr_solver_restore(solver, path, NULL) == CVR_OK && far)
        (void)!cvr_solver_run(solver, NULL, NULL, &result);
    cvr_solver_free(solver);
    cvr_settings_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char path[64], *about = NULL;
    if (size < 1)
        return 0;
    int run = bytes[0] % RUNS, how = bytes[0] / RUNS % 4;
    file f = how > 1 ? changed(run, bytes + 1, size - 1) : (file){malloc(size), size - 1};
    CVR_ASSERT(f.bytes);
    if (how <= 1)
        memcpy(f.bytes, bytes + 1, f.size);
    if (how >= 1)
        repair(f);
    int fd = memfd_create("fuzz", 0);
    CVR_ASSERT(fd >= 0 && write(fd, f.bytes, f.size) == (ssize_t)f.size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (cvr_checkpoint_about(path, &about) == CVR_OK)
        go_on(run, path, how == 3);
    free(about);
    close(fd);
    free(f.bytes);
    return 0;
}

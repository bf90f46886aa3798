/* Any bytes as a checkpoint: a state or a sentence, never a crash. The first byte chooses
   the method and, by its top bit, whether the others are the file itself or changes (two
   bytes of place, one of value) to what this method saves. The checksum is made to fit
   (else nothing behind it would be seen), so numbers and shapes are whatever they are; a
   state that is accepted can be iterated, measured and saved again. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cvxrelu/cvxrelu.h>

#include "base/fail.h"
#include "base/random.h"
#include "baseline/baseline.h"
#include "data/dataset.h"
#include "data/from_arrays.h"
#include "model/safetensors.h"
#include "solver/resume.h"

static const struct {
    const char *method, *options[4];
} ways[] = {{"convex", {"patterns", "3"}},
            {"convex", {"formulation", "gated", "solver", "fista"}},
            {"convex", {"formulation", "gated-ridge"}},
            {"deep", {"layers", "3,2"}},
            {"deep", {"layers", "3", "sweep", "paper"}},
            {"ccp", {"solver", "newton"}},
            {"ccp", {"solver", "graph"}},
            {"ccp", {"solver", "consensus", "restarts", "1"}},
            {"convex", {"formulation", "gated", "solver", "admm"}},
            {"adam", {"layers", "3"}},
            {"sgd", {"layers", "3"}},
            {"cg", {"layers", "3"}},
            {"bfgs", {"layers", "3"}}};
enum { WAYS = sizeof ways / sizeof *ways, ROWS = 9, COLUMNS = 3, CHANGES = 0x80 };

typedef struct file {
    unsigned char *bytes;
    int64_t size;
} file;

static cvr_comm *comm;
static cvr_dataset *data;
static file saved[WAYS]; /* after one iteration of each method */

static cvr_dataset *make_data(void)
{
    cvr_mat X = {0}, Y = {0};
    cvr_dataset *d = NULL;
    CVR_ASSERT(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, ROWS, COLUMNS, &X) == CVR_OK);
    CVR_ASSERT(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, ROWS, 1, &Y) == CVR_OK);
    for (int i = 0; i < ROWS; i++) {
        for (int j = 0; j < COLUMNS; j++)
            cvr_set(X, i, j, cvr_random_gauss(1, CVR_FOR_ROWS, i, j));
        cvr_set(Y, i, 0, cvr_random_gauss(1, CVR_FOR_NOISE, i, 0));
    }
    CVR_ASSERT(cvr_dataset_from_matrix(X, Y, CVR_REGRESS, comm, &d) == CVR_OK);
    CVR_ASSERT(cvr_dataset_fit_transform(d, CVR_NORMALIZE_NONE, CVR_BIAS_PENALISED,
                                         comm) == CVR_OK);
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    return d;
}

static cvr_settings *make_settings(int way)
{
    cvr_settings *s = NULL;
    CVR_ASSERT(cvr_settings_new(ways[way].method, &s) == CVR_OK);
    for (int i = 0; i < 4 && ways[way].options[i]; i += 2)
        CVR_ASSERT(cvr_settings_set(s, ways[way].options[i], ways[way].options[i + 1]) ==
                   CVR_OK);
    return s;
}

/* One iteration; a state of nonsense may fail at it. */
static void use(cvr_solver *s)
{
    cvr_progress result;
    cvr_model m = {0};
    cvr_solver_ask(s, CVR_ASK_STOP);
    (void)!cvr_solver_run(s, NULL, NULL, &result);
    if (cvr_solver_model(s, &m) == CVR_OK)
        cvr_model_free(&m);
    (void)!cvr_solver_save(s, "/dev/null");
}

static void sign(unsigned char *bytes, int64_t size)
{
    int64_t head = cvr_safetensors_head_length(bytes, size);
    uint64_t sum = head > 0 ? cvr_safetensors_head_sum(bytes, head) : 0;
    if (sum == 0)
        return;
    sum = cvr_safetensors_hash(sum, bytes + head, size - head);
    cvr_safetensors_put_sum(bytes, head, sum);
}

static cvr_solver *make_solver(int way, cvr_settings **settings)
{
    cvr_solver *s = NULL;
    *settings = make_settings(way);
    CVR_ASSERT(cvr_solver_new(data, NULL, comm, *settings, &s) == CVR_OK);
    return s;
}

static file read_whole(const char *path)
{
    int fd = open(path, O_RDONLY);
    file f = {NULL, lseek(fd, 0, SEEK_END)};
    f.bytes = malloc((size_t)f.size);
    CVR_ASSERT(f.bytes && pread(fd, f.bytes, (size_t)f.size, 0) == f.size);
    close(fd);
    return f;
}

static file save_one(int way)
{
    char path[] = "/tmp/fuzz_checkpoint-XXXXXX";
    int fd = mkstemp(path);
    cvr_settings *settings = NULL;
    cvr_progress result;
    cvr_solver *s = make_solver(way, &settings);
    cvr_solver_ask(s, CVR_ASK_STOP);
    CVR_ASSERT(cvr_solver_run(s, NULL, NULL, &result) == CVR_OK);
    CVR_ASSERT(fd >= 0 && cvr_solver_save(s, path) == CVR_OK);
    cvr_solver_free(s);
    cvr_settings_free(settings);
    close(fd);
    file f = read_whole(path);
    unlink(path);
    return f;
}

static void attempt(file f, int way)
{
    char path[64];
    int fd = memfd_create("checkpoint", 0);
    cvr_settings *settings = NULL;
    cvr_solver *s = make_solver(way, &settings);
    sign(f.bytes, f.size);
    CVR_ASSERT(fd >= 0 && write(fd, f.bytes, (size_t)f.size) == f.size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (cvr_solver_restore(s, path, NULL) == CVR_OK)
        use(s);
    cvr_solver_free(s);
    cvr_settings_free(settings);
    close(fd);
}

static file copy(const uint8_t *bytes, int64_t size)
{
    file f = {malloc((size_t)size + 1), size};
    CVR_ASSERT(f.bytes);
    memcpy(f.bytes, bytes, (size_t)size);
    return f;
}

static file changed(int way, const uint8_t *bytes, size_t size)
{
    file f = copy(saved[way].bytes, saved[way].size);
    for (; size >= 3; bytes += 3, size -= 3)
        f.bytes[(bytes[0] << 8 | bytes[1]) % f.size] = bytes[2];
    return f;
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    cvr_baselines_register();
    CVR_ASSERT(cvr_comm_open("serial", &comm) == CVR_OK);
    data = make_data();
    for (int way = 0; way < WAYS; way++)
        saved[way] = save_one(way);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return 0;
    int way = (bytes[0] & ~CHANGES) % WAYS;
    file f = bytes[0] & CHANGES ? changed(way, bytes + 1, size - 1)
                                : copy(bytes + 1, (int64_t)size - 1);
    attempt(f, way);
    free(f.bytes);
    return 0;
}

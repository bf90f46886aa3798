/* Any bytes as a checkpoint: a state or a sentence, never a crash. The first byte chooses
   the method. The checksum is made to fit (else nothing behind it would be seen), so
   numbers and shapes are whatever they are; a state that is accepted can be iterated,
   measured and saved again. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cvxrelu/cvxrelu.h>

#include "base/fail.h"
#include "base/random.h"
#include "model/safetensors.h"

static const struct {
    const char *method, *options[4];
} ways[] = {{"convex", {"patterns", "3"}},
            {"convex", {"formulation", "gated", "solver", "fista"}},
            {"convex", {"formulation", "gated-ridge"}},
            {"deep", {"layers", "3,2"}},
            {"deep", {"layers", "3", "sweep", "paper"}},
            {"ccp", {"solver", "newton"}},
            {"ccp", {"solver", "graph"}},
            {"ccp", {"solver", "consensus", "restarts", "1"}}};
enum { WAYS = sizeof ways / sizeof *ways, ROWS = 9, COLUMNS = 3 };

static cvr_dataset *make_data(cvr_comm *comm)
{
    cvr_mat X = {0}, Y = {0};
    cvr_dataset *data = NULL;
    CVR_ASSERT(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, ROWS, COLUMNS, &X) == CVR_OK);
    CVR_ASSERT(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, ROWS, 1, &Y) == CVR_OK);
    for (int i = 0; i < ROWS; i++) {
        for (int j = 0; j < COLUMNS; j++)
            cvr_set(X, i, j, cvr_random_gauss(1, CVR_FOR_ROWS, i, j));
        cvr_set(Y, i, 0, cvr_random_gauss(1, CVR_FOR_NOISE, i, 0));
    }
    CVR_ASSERT(cvr_dataset_wrap(X, Y, CVR_REGRESS, comm, &data) == CVR_OK);
    CVR_ASSERT(cvr_dataset_prepare(data, CVR_NORMALIZE_NONE, true, comm) == CVR_OK);
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    return data;
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

static void attempt(unsigned char *bytes, int64_t size, int way, const cvr_dataset *data,
                    cvr_comm *comm)
{
    char path[64];
    int fd = memfd_create("checkpoint", 0);
    cvr_settings *settings = make_settings(way);
    cvr_solver *s = NULL;
    sign(bytes, size);
    CVR_ASSERT(fd >= 0 && write(fd, bytes, (size_t)size) == size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    CVR_ASSERT(cvr_solver_new(ways[way].method, data, NULL, comm, settings, &s) ==
               CVR_OK);
    if (cvr_solver_restore(s, path, NULL) == CVR_OK)
        use(s);
    cvr_solver_free(s);
    cvr_settings_free(settings);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static cvr_comm *comm;
    static cvr_dataset *rows;
    unsigned char *bytes = malloc(size + 1);
    if (!comm)
        CVR_ASSERT(cvr_comm_open("serial", &comm) == CVR_OK);
    if (!rows)
        rows = make_data(comm);
    if (bytes && size > 0) {
        memcpy(bytes, data + 1, size - 1);
        attempt(bytes, (int64_t)size - 1, data[0] % WAYS, rows, comm);
    }
    free(bytes);
    return 0;
}

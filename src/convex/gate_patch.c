/* Gaussian on a random s x s patch over all channels, every second one with mean zero,
   with the threshold that lets a random training row decide:

       h = (g, -g'x),   g = 0 outside of the patch */
#include "base/bytes.h"
#include "base/random.h"
#include "convex/gate_kind.h"
#include "convex/options.h"
#include "linalg/ops.h"
#include "solver/features.h"

/* The images that rows are, planes after each other, and the side of a patch. */
typedef struct grid {
    int64_t height, width, planes, side;
} grid;

static grid grid_of(const cvr_problem *q)
{
    const cvr_transform *t = &q->train->transform;
    return (grid){.height = t->new_height ? t->new_height : t->height,
                  .width = t->new_width ? t->new_width : t->width,
                  .planes = t->gray ? 1 : t->channels,
                  .side = cvr_convex_options_of(q)->gate_size};
}

static cvr_status check(const cvr_sampler *s)
{
    const cvr_dataset *data = s->problem->train;
    grid g = grid_of(s->problem);
    if (g.height < 1 || g.width < 1 ||
        g.planes * g.height * g.width != data->transform.features)
        return cvr_fail(CVR_USAGE, "--gate-kind patch needs images, and %s is not images",
                        data->source);
    if (g.side > g.height || g.side > g.width)
        return cvr_fail(CVR_USAGE,
                        "--gate-size %lld is larger than the %lld x %lld images",
                        (long long)g.side, (long long)g.height, (long long)g.width);
    return CVR_OK;
}

/* The patch of gate j in column h, by the numbers `stream`, less a part of their mean. */
static void draw_patch(const cvr_sampler *s, cvr_mat h, int64_t j, int64_t stream,
                       double part)
{
    uint64_t seed = s->problem->seed;
    grid g = grid_of(s->problem);
    int64_t plane = g.side * g.side, cells = plane * g.planes;
    int64_t top = cvr_random_below(seed, CVR_FOR_PATCH, j, 0, g.height - g.side + 1);
    int64_t left = cvr_random_below(seed, CVR_FOR_PATCH, j, 1, g.width - g.side + 1);
    double mean = 0;
    for (int64_t k = 0; k < cells; k++)
        mean += cvr_random_gauss(seed, CVR_FOR_GATES, stream, k) / (double)cells;
    for (int64_t k = 0; k < cells; k++) {
        int64_t row = k / plane * g.height + top + k % plane / g.side;
        cvr_set(h, row * g.width + left + k % g.side, 0,
                cvr_random_gauss(seed, CVR_FOR_GATES, stream, k) - part * mean);
    }
}

static cvr_status draw(const cvr_sampler *s, cvr_mat H, int64_t first)
{
    const cvr_problem *q = s->problem;
    int64_t *index = NULL;
    cvr_mat rows = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_sampler_rows(s, H.cols, &index, H, &rows));
    cvr_fill(H, 0);
    for (int64_t j = 0; j < H.cols; j++) {
        index[j] = cvr_random_below(q->seed, CVR_FOR_PATCH, first + j, 2, q->rows);
        draw_patch(s, cvr_mat_cols(H, j, 1), first + j, first + j,
                   (double)((first + j) % 2));
    }
    CVR_TRY(cvr_features_fetch(q, index, rows));
    for (int64_t j = 0; j < H.cols && s->thresholds; j++) {
        cvr_mat h = cvr_mat_cols(H, j, 1);
        cvr_set(h, s->d - 1, 0, -cvr_dot(h, cvr_mat_cols(rows, j, 1)));
    }
done:
    cvr_mat_free(&rows);
    cvr_release(index);
    return status;
}

static void draw_again(const cvr_sampler *s, cvr_mat h, int64_t j, int64_t stream)
{
    draw_patch(s, h, j, stream, 0);
}

const cvr_gate_kind cvr_gate_patch = {
    .check = check, .draw = draw, .draw_again = draw_again};

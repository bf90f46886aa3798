/* Gaussian on a random s x s patch over all channels, every second one with mean zero,
   with the threshold that lets a random training row decide:

       h = (g, -g'x),   g = 0 outside of the patch

   Mirrored, each is followed by its mirror image, of the same threshold: on an image it
   says what the first says of the mirror image. */
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

/* Each row of pixels from the right. */
static void reverse(const cvr_sampler *s, cvr_mat h)
{
    grid g = grid_of(s->problem);
    for (int64_t row = 0; row < g.planes * g.height; row++)
        for (int64_t k = 0; k < g.width / 2; k++) {
            int64_t left = row * g.width + k, right = (row + 1) * g.width - 1 - k;
            double x = cvr_get(h, left, 0);
            cvr_set(h, left, 0, cvr_get(h, right, 0));
            cvr_set(h, right, 0, x);
        }
}

/* copies: gates of one patch, 1, or 2, the second of which is the mirror image. */
static cvr_status draw_copies(const cvr_sampler *s, cvr_mat H, int64_t first,
                              int64_t copies)
{
    const cvr_problem *q = s->problem;
    int64_t *index = NULL;
    cvr_mat rows = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_sampler_rows(s, H.cols, &index, H, &rows));
    cvr_fill(H, 0);
    for (int64_t j = 0; j < H.cols; j++) {
        int64_t patch = (first + j) / copies;
        index[j] = cvr_random_below(q->seed, CVR_FOR_PATCH, patch, 2, q->rows);
        draw_patch(s, cvr_mat_cols(H, j, 1), patch, patch, (double)(patch % 2));
    }
    CVR_TRY(cvr_features_fetch(q, index, rows));
    for (int64_t j = 0; j < H.cols; j++) {
        cvr_mat h = cvr_mat_cols(H, j, 1);
        if (s->thresholds)
            cvr_set(h, s->d - 1, 0, -cvr_dot(h, cvr_mat_cols(rows, j, 1)));
        if ((first + j) % copies > 0)
            reverse(s, h);
    }
done:
    cvr_mat_free(&rows);
    cvr_release(index);
    return status;
}

static cvr_status draw(const cvr_sampler *s, cvr_mat H, int64_t first)
{
    return draw_copies(s, H, first, 1);
}

static void draw_again(const cvr_sampler *s, cvr_mat h, int64_t j, int64_t stream)
{
    draw_patch(s, h, j, stream, 0);
}

static cvr_status draw_mirrored(const cvr_sampler *s, cvr_mat H, int64_t first)
{
    return draw_copies(s, H, first, 2);
}

/* The two of a patch are drawn again by the same numbers. */
static void draw_mirrored_again(const cvr_sampler *s, cvr_mat h, int64_t j,
                                int64_t stream)
{
    cvr_fill(h, 0);
    draw_patch(s, h, j / 2, stream - j % 2, 0);
    if (j % 2)
        reverse(s, h);
}

const cvr_gate_kind cvr_gate_patch = {
    .check = check, .draw = draw, .draw_again = draw_again};
const cvr_gate_kind cvr_gate_mirrored = {
    .check = check, .draw = draw_mirrored, .draw_again = draw_mirrored_again};

/* Kernels for standardised features (docs/mathematics.md, "Kernels"):

       mix    gates of three kinds in turn: h ~ N(0, I); h = +-e_a; h = two coordinates
       mix2   gates of two coordinates
       tree   gates of one coordinate
       exp    exp(-|x - z|^2 / F): no ReLU network, to compare with
       local  gates of Gaussian patches of pixels, as `mix` has them
       relu, gated, ntk = relu + gated: infinitely many Gaussian gates with bias^2 = F / 4

   A gate's threshold runs beside a random row. Under mirroring the second half of the
   gates are the mirror images of the first: odd parts of h with the other sign. Parts are
   scaled to mean diagonal 1 after centring: mean_i k_ii - mean_ij k_ij = 1. */
#include "convex/limit_kernel.h"

#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "base/random.h"
#include "convex/axes.h"
#include "convex/options.h"
#include "convex/ties.h"
#include "linalg/mats.h"
#include "linalg/product.h"

enum { GATES = 2000, LOCAL_GATES = 4000, PATCH = 4, TILE = 256 };

typedef struct recipe {
    cvr_kernel_kind kind;
    double gated, relu;
    const char *gates; /* kinds in turn: a letter each, of "a12p" */
} recipe;

static const recipe mix = {CVR_KERNEL_MIX, 0, 0, "a12"},
                    mix2 = {CVR_KERNEL_MIX, 0, 0, "2"},
                    tree = {CVR_KERNEL_TREE, 0, 0, "1"},
                    relu = {CVR_KERNEL_ARC, 0, 1, ""}, gated = {CVR_KERNEL_ARC, 1, 0, ""},
                    ntk = {CVR_KERNEL_ARC, 1, 1, ""}, local = {CVR_KERNEL_MIX, 0, 0, "p"},
                    gaussian = {CVR_KERNEL_EXP, 0, 0, ""},
                    all = {CVR_KERNEL_MIX, 0, 0, "a"}, one = {CVR_KERNEL_MIX, 0, 0, "1"};

/* Parts, and what stands for them where gates are sampled. */
static const struct kernel {
    const recipe *part[2], *sampled;
} kernels[] = {{{&mix}, &mix},  {{&relu}, &all},    {{&mix, &relu}, &mix},
               {{&tree}, &one}, {{&mix2}, &mix2},   {{&gated}, &all},
               {{&ntk}, &all},  {{&local}, &local}, {{&gaussian}, NULL}};

const char *const cvr_kernel_names[] = {"mix",   "relu", "mix+relu", "tree", "mix2",
                                        "gated", "ntk",  "local",    "exp",  NULL};

/* ---- gates ------------------------------------------------------------------------- */

/* The images that a group's columns are, planes after each other. */
typedef struct grid {
    int64_t height, width, planes, side; /* side: of a patch */
    int64_t even;                        /* columns that are even; 0: pixels themselves */
} grid;

static grid grid_of(const cvr_problem *q, int64_t even)
{
    const cvr_transform *t = &q->train->transform;
    const cvr_convex_options *o = cvr_convex_options_of(q);
    return (grid){.height = t->new_height ? t->new_height : t->height,
                  .width = t->new_width ? t->new_width : t->width,
                  .planes = t->gray ? 1 : t->channels,
                  .side = CVR_GIVEN(o, gate_size) ? o->gate_size : PATCH,
                  .even = even};
}

static cvr_status check_local(const cvr_problem *q, const cvr_group *group)
{
    grid g = grid_of(q, 0);
    const cvr_dataset *data = q->train;
    if (g.planes < 1 || g.planes * g.height * g.width != group->count ||
        (data->transform.descriptor & ~(unsigned)CVR_PIXELS))
        return cvr_fail(CVR_USAGE, "--kernel local is for the pixels of images alone");
    if (g.side > g.height || g.side > g.width)
        return cvr_fail(CVR_USAGE,
                        "--gate-size %lld is larger than the %lld x %lld images",
                        (long long)g.side, (long long)g.height, (long long)g.width);
    return CVR_OK;
}

/* Adds x at pixel (row, c), row of all planes, to h: at its column, or at those of its
   pair's even and odd parts as the transform has them, rows of pairs first. */
static void add_pixel(const grid *g, cvr_mat h, int64_t row, int64_t c, double x)
{
    int64_t pairs = g->width / 2, mirror = g->width - 1 - c;
    int64_t at = row * pairs + (c < mirror ? c : mirror), odd = g->even + at;
    if (g->even == 0 || c == mirror) {
        at = g->even ? g->planes * g->height * pairs + row : row * g->width + c;
        cvr_set(h, at, 0, x);
        return;
    }
    cvr_set(h, at, 0, cvr_get(h, at, 0) + x * sqrt(0.5));
    cvr_set(h, odd, 0, cvr_get(h, odd, 0) + (c < mirror ? x : -x) * sqrt(0.5));
}

static void draw_patch(const cvr_problem *q, int64_t even, int64_t j, cvr_mat h)
{
    grid g = grid_of(q, even);
    cvr_fill(h, 0);
    int64_t plane = g.side * g.side;
    int64_t top = cvr_random_below(q->seed, CVR_FOR_PATCH, j, 0, g.height - g.side + 1);
    int64_t left = cvr_random_below(q->seed, CVR_FOR_PATCH, j, 1, g.width - g.side + 1);
    for (int64_t k = 0; k < plane * g.planes; k++)
        add_pixel(&g, h, k / plane * g.height + top + k % plane / g.side,
                  left + k % g.side, cvr_random_gauss(q->seed, CVR_FOR_GATES, j, k));
}

/* Gate j in column h. */
static void draw(const cvr_problem *q, char kind, int64_t even, int64_t j, cvr_mat h)
{
    if (kind == 'p')
        draw_patch(q, even, j, h);
    else
        cvr_draw_axes(q->seed, kind, j, h);
}

/* Z = X h + 1 g with g_j = -h_j'x_r, r the gate's row; then beside that row. */
static cvr_status set_thresholds(const cvr_problem *q, cvr_mat X, cvr_mat h, cvr_mat g,
                                 int64_t first)
{
    cvr_mat Z = {0}, column = {0};
    cvr_ties ties = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(X.device, X.type, X.rows, h.cols, &Z));
    CVR_TRY(cvr_mat_new(X.device, X.type, h.cols, 1, &column));
    CVR_TRY(cvr_product_verified("X H of the gates", Z, CVR_N, X, CVR_N, h, false));
    for (int64_t j = 0; j < h.cols; j++) {
        int64_t r = cvr_random_below(q->seed, CVR_FOR_ANCHORS, first + j, 0, X.rows);
        cvr_set(column, j, 0, -cvr_get(Z, r, j));
    }
    cvr_transpose(g, column);
    cvr_add_row(Z, column);
    CVR_TRY(cvr_ties_new(q, X, h.cols, &ties));
    CVR_TRY(cvr_ties_find(&ties, Z, h, g));
    CVR_TRY(cvr_ties_part(&ties, Z, h, g));
done:
    cvr_ties_free(&ties);
    CVR_MATS_FREE(&Z, &column);
    return status;
}

/* `count` gates for the rows X into the first rows of `gates`. Directions are numbers of
   single precision, so that a model in it has the same. */
static cvr_status draw_gates(const cvr_problem *q, const char *kinds, int64_t even,
                             cvr_mat X, int64_t count, cvr_layer *gates)
{
    int64_t F = X.cols, turns = (int64_t)strlen(kinds);
    cvr_mat h = {0}, g = {0}, rounded = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(X.device, X.type, F, TILE, &h));
    CVR_TRY(cvr_mat_new(X.device, X.type, 1, TILE, &g));
    CVR_TRY(cvr_mat_new(X.device, CVR_SINGLE, F, TILE, &rounded));
    for (int64_t first = 0; first < count; first += TILE) {
        int64_t tile = count - first < TILE ? count - first : TILE;
        cvr_mat W = cvr_mat_rows(gates->W, first, tile);
        cvr_mat own = cvr_mat_cols(h, 0, tile), at = cvr_mat_cols(g, 0, tile);
        for (int64_t j = 0; j < tile; j++)
            draw(q, kinds[(first + j) % turns], even, first + j, cvr_mat_cols(own, j, 1));
        cvr_copy(rounded, h);
        cvr_copy(h, rounded);
        CVR_TRY(set_thresholds(q, X, own, at, first));
        cvr_transpose(W, own);
        cvr_transpose(cvr_mat_rows(gates->b, first, tile), at);
    }
done:
    CVR_MATS_FREE(&h, &g, &rounded);
    return status;
}

/* Gates of rows and their mirror images, then the mirror images of the gates: the columns
   from `even` on with the other sign. */
static cvr_status draw_mirrored(const cvr_problem *q, const char *kinds, int64_t even,
                                cvr_mat X, cvr_layer *gates)
{
    int64_t n = X.rows, half = gates->W.rows / 2, odd = X.cols - even;
    cvr_mat both = {0}, W = cvr_mat_rows(gates->W, half, half);
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(X.device, X.type, 2 * n, X.cols, &both));
    cvr_copy(cvr_mat_rows(both, 0, n), X);
    cvr_copy(cvr_mat_rows(both, n, n), X);
    cvr_scale(cvr_mat_part(both, n, even, n, odd), -1);
    CVR_TRY(draw_gates(q, kinds, even, both, half, gates));
    cvr_copy(W, cvr_mat_rows(gates->W, 0, half));
    cvr_scale(cvr_mat_cols(W, even, odd), -1);
    cvr_copy(cvr_mat_rows(gates->b, half, half), cvr_mat_rows(gates->b, 0, half));
done:
    cvr_mat_free(&both);
    return status;
}

/* In double whatever X is: on which side of a gate a row is has to be told of rows that
   are close together. */
static cvr_status make_gates(const cvr_problem *q, const recipe *r, int64_t count,
                             const cvr_group *g, cvr_mat X, cvr_kernel_part *p)
{
    bool patches = *r->gates == 'p';
    cvr_mat rows = {0};
    cvr_status status = CVR_OK;
    if (count == 0)
        count = patches ? LOCAL_GATES : GATES;
    count += p->even > 0 ? count % 2 : 0;
    if (patches)
        CVR_TRY(check_local(q, g));
    CVR_TRY(cvr_mat_new(X.device, CVR_DOUBLE, X.rows, X.cols, &rows));
    cvr_copy(rows, X);
    CVR_TRY(CVR_MATS_NEW(rows, count, X.cols, &p->gates.W));
    CVR_TRY(CVR_MATS_NEW(rows, count, 1, &p->gates.b));
    CVR_TRY(p->even > 0 ? draw_mirrored(q, r->gates, p->even, rows, &p->gates)
                        : draw_gates(q, r->gates, 0, rows, count, &p->gates));
done:
    cvr_mat_free(&rows);
    return status;
}

/* ---- parts ------------------------------------------------------------------------- */

/* Of the columns of a group; gates: how many, 0: as many as the kernel has. */
static cvr_status make_part(const cvr_problem *q, const recipe *r, int64_t gates,
                            const cvr_group *g, cvr_mat X, cvr_kernel_part *p)
{
    double F = (double)g->count;
    *p = (cvr_kernel_part){.kind = r->kind,
                           .weight = 1,
                           .bias2 = r->kind == CVR_KERNEL_ARC ? F / 4 : F,
                           .gated = r->gated,
                           .relu = r->relu,
                           .first = g->first,
                           .count = g->count,
                           .even = g->even < g->count ? g->even : 0};
    if (!*r->gates)
        return CVR_OK;
    return make_gates(q, r, gates, g, cvr_mat_cols(X, g->first, g->count), p);
}

/* The columns that have a kernel of their own: descriptors of images, or all. */
static cvr_group group(const cvr_problem *q, cvr_mat X, int k)
{
    const cvr_transform *t = &q->train->transform;
    return t->groups ? t->group[k] : (cvr_group){0, X.cols, X.cols};
}

static cvr_status gram(const cvr_machine *machine, cvr_mat X, cvr_mat K)
{
    cvr_kernel_rows x = {0};
    cvr_mat diagonal = {0}, on = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_kernel_rows_new(machine, X, TILE, &x));
    CVR_TRY(cvr_mat_new(K.device, K.type, K.rows, 1, &diagonal));
    for (int64_t i = 0; i < K.rows; i += TILE)
        CVR_TRY(cvr_kernel_tile(&x, i, &x, cvr_mat_rows(K, i, TILE)));
    CVR_TRY(cvr_kernel_diagonal(&x, diagonal));
    on = cvr_mat_part(K, 0, 0, 1, K.cols);
    on.ld = K.ld + 1;
    cvr_transpose(on, diagonal);
done:
    cvr_mat_free(&diagonal);
    cvr_kernel_rows_free(&x);
    return status;
}

/* 1 over what centring leaves of K's mean diagonal; 1 where it leaves nothing. */
static cvr_status weigh(cvr_mat K, double *weight)
{
    cvr_mat ones = {0}, sums = {0};
    double n = (double)K.rows, diagonal = 0, mean = 0;
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(K, K.rows, 1, &ones, &sums));
    cvr_fill(ones, 1);
    cvr_gemm(sums, 1, CVR_N, K, CVR_N, ones, 0);
    mean = cvr_dot(sums, ones) / (n * n);
    for (int64_t i = 0; i < K.rows; i++)
        diagonal += cvr_get(K, i, i) / n;
    *weight = diagonal - mean > 1e-12 * diagonal ? 1 / (diagonal - mean) : 1;
done:
    CVR_MATS_FREE(&ones, &sums);
    return status;
}

/* Two parts at most for each group of columns. */
static cvr_status make_machine(const cvr_problem *q, const recipe *const *part,
                               int64_t gates, cvr_mat X, cvr_mat K, cvr_machine *machine)
{
    int each = part[1] ? 2 : 1, groups = q->train->transform.groups;
    cvr_mat own = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_machine_new(X.type, 0, 0, each * (groups ? groups : 1), machine));
    CVR_TRY(cvr_mat_new(X.device, X.type, X.rows, X.rows, &own));
    for (int k = 0; k < machine->parts; k++) {
        cvr_kernel_part *p = &machine->part[k];
        cvr_machine alone = {.parts = 1, .part = p};
        cvr_group g = group(q, X, k / each);
        int64_t some = gates / machine->parts;
        CVR_TRY(make_part(q, part[k % each], gates > 0 && some < 2 ? 2 : some, &g, X, p));
        CVR_TRY(gram(&alone, X, own));
        CVR_TRY(weigh(own, &p->weight));
        cvr_axpby(K, p->weight, own, k > 0);
    }
done:
    cvr_mat_free(&own);
    if (status != CVR_OK)
        cvr_machine_free(machine);
    return status;
}

cvr_status cvr_limit_machine(const cvr_problem *q, int which, cvr_mat X, cvr_mat K,
                             cvr_machine *machine)
{
    return make_machine(q, kernels[which].part, 0, X, K, machine);
}

cvr_status cvr_limit_sampled(const cvr_problem *q, int which, int64_t gates, cvr_mat X,
                             cvr_mat K, cvr_machine *machine)
{
    const recipe *const part[] = {kernels[which].sampled, NULL};
    if (!part[0])
        return cvr_fail(CVR_USAGE, "--compact gates: kernel %s is no ReLU network",
                        cvr_kernel_names[which]);
    return make_machine(q, part, gates, X, K, machine);
}

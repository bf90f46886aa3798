/* Kernels for standardised features (docs/mathematics.md, "Kernels"):

       mix    gates of three kinds in turn: h ~ N(0, I); h = +-e_a; h = two coordinates
       mix2   gates of two coordinates
       tree   gates of one coordinate
       relu, gated, ntk = relu + gated: infinitely many Gaussian gates with bias^2 = F / 4

   A gate's threshold runs beside a random row. Parts are scaled to mean diagonal 1 after
   centring: mean_i k_ii - mean_ij k_ij = 1. */
#include "convex/limit_kernel.h"

#include <string.h>

#include "base/bytes.h"
#include "base/random.h"
#include "convex/ties.h"
#include "linalg/mats.h"
#include "linalg/product.h"

enum { GATES = 2000, TILE = 256 };

typedef struct recipe {
    cvr_kernel_kind kind;
    double gated, relu;
    const char *gates; /* kinds in turn: a letter each, of "a12" */
} recipe;

static const recipe mix = {CVR_KERNEL_MIX, 0, 0, "a12"},
                    mix2 = {CVR_KERNEL_MIX, 0, 0, "2"},
                    tree = {CVR_KERNEL_TREE, 0, 0, "1"},
                    relu = {CVR_KERNEL_ARC, 0, 1, ""}, gated = {CVR_KERNEL_ARC, 1, 0, ""},
                    ntk = {CVR_KERNEL_ARC, 1, 1, ""};

static const struct {
    const recipe *part[2];
} kernels[] = {{{&mix}},  {{&relu}},  {{&mix, &relu}}, {{&tree}},
               {{&mix2}}, {{&gated}}, {{&ntk}}};

const char *const cvr_kernel_names[] = {"mix",  "relu",  "mix+relu", "tree",
                                        "mix2", "gated", "ntk",      NULL};

/* ---- gates ------------------------------------------------------------------------- */

/* Gate j in column h: all coordinates, one of them, or two. */
static void draw(const cvr_problem *q, char kind, int64_t j, cvr_mat h)
{
    int64_t F = h.rows;
    cvr_fill(h, 0);
    for (int64_t k = 0; kind == 'a' && k < F; k++)
        cvr_set(h, k, 0, cvr_random_gauss(q->seed, CVR_FOR_GATES, j, k));
    if (kind == 'a')
        return;
    int64_t a = cvr_random_below(q->seed, CVR_FOR_ANCHORS, j, 1, F), b = a;
    double x = cvr_random_gauss(q->seed, CVR_FOR_GATES, j, 0);
    cvr_set(h, a, 0, kind == '2' ? x : x > 0 ? 1 : -1);
    if (kind == '1' || F < 2)
        return;
    b = (a + 1 + cvr_random_below(q->seed, CVR_FOR_ANCHORS, j, 2, F - 1)) % F;
    cvr_set(h, b, 0, cvr_random_gauss(q->seed, CVR_FOR_GATES, j, 1));
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

static cvr_status draw_gates(const cvr_problem *q, const char *kinds, cvr_mat X,
                             cvr_layer *gates)
{
    int64_t F = X.cols, turns = (int64_t)strlen(kinds);
    cvr_mat h = {0}, g = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(X.device, X.type, GATES, F, &gates->W));
    CVR_TRY(cvr_mat_new(X.device, X.type, GATES, 1, &gates->b));
    CVR_TRY(cvr_mat_new(X.device, X.type, F, TILE, &h));
    CVR_TRY(cvr_mat_new(X.device, X.type, 1, TILE, &g));
    for (int64_t first = 0; first < GATES; first += TILE) {
        cvr_mat W = cvr_mat_rows(gates->W, first, TILE);
        cvr_mat own = cvr_mat_cols(h, 0, W.rows), at = cvr_mat_cols(g, 0, W.rows);
        for (int64_t j = 0; j < W.rows; j++)
            draw(q, kinds[(first + j) % turns], first + j, cvr_mat_cols(own, j, 1));
        CVR_TRY(set_thresholds(q, X, own, at, first));
        cvr_transpose(W, own);
        cvr_transpose(cvr_mat_rows(gates->b, first, TILE), at);
    }
done:
    CVR_MATS_FREE(&h, &g);
    return status;
}

/* ---- parts ------------------------------------------------------------------------- */

/* Of the columns of a group. */
static cvr_status make_part(const cvr_problem *q, const recipe *r, const cvr_group *g,
                            cvr_mat X, cvr_kernel_part *p)
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
    if (p->even > 0)
        return cvr_fail(CVR_USAGE, "--mirror is for kernels of infinitely many Gaussian "
                                   "gates: gated, relu, ntk");
    return draw_gates(q, r->gates, cvr_mat_cols(X, g->first, g->count), &p->gates);
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

cvr_status cvr_limit_machine(const cvr_problem *q, int which, cvr_mat X, cvr_mat K,
                             cvr_machine *machine)
{
    const recipe *const *part = kernels[which].part;
    int each = part[1] ? 2 : 1, groups = q->train->transform.groups;
    cvr_mat own = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_machine_new(X.type, 0, 0, each * (groups ? groups : 1), machine));
    CVR_TRY(cvr_mat_new(X.device, X.type, X.rows, X.rows, &own));
    for (int k = 0; k < machine->parts; k++) {
        cvr_kernel_part *p = &machine->part[k];
        cvr_machine alone = {.parts = 1, .part = p};
        cvr_group g = group(q, X, k / each);
        CVR_TRY(make_part(q, part[k % each], &g, X, p));
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

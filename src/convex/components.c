/* Subspace iteration (Halko, Martinsson and Tropp 2011) on the second moments
   C = S X'Omega X S, S the weights of features, Omega those of rows:

       Q <- orthonormal basis of C Q, some times;  T = Q'C Q = W diag(l) W';  S Q W

   Even and odd features have no moments in common over rows and their mirror images:
   each have a basis of their own, F x p with zeroes where the others' rows are, and the K
   components are those of the largest l of both. */
#include "convex/components.h"

#include <math.h>

#include "base/random.h"
#include "linalg/mats.h"
#include "linalg/product.h"
#include "parallel/comm.h"

enum { STRIP = 2048, ROUNDS = 4, SIDES = 2 };

typedef struct fit {
    const cvr_problem *q;
    double clip;
    cvr_mat S;                  /* F x 1: weights */
    cvr_mat mask[SIDES];        /* F x 1: 1 for even features, for odd ones */
    int64_t count[SIDES];       /* how many there are */
    int64_t p[SIDES];           /* vectors of each */
    cvr_mat Q, R;               /* F x p of both: a basis, C Q */
    cvr_mat T[SIDES], l[SIDES]; /* p x p, p x 1, double */
} fit;

static void free_fit(fit *f)
{
    CVR_MATS_FREE(&f->S, &f->Q, &f->R);
    for (int side = 0; side < SIDES; side++)
        CVR_MATS_FREE(&f->mask[side], &f->T[side], &f->l[side]);
}

/* Columns of Q or R. */
static cvr_mat of_side(const fit *f, cvr_mat A, int side)
{
    return cvr_mat_cols(A, side ? f->p[0] : 0, f->p[side]);
}

/* A group's features have the weight 1 / sqrt(count) each. */
static void set_features(fit *f)
{
    const cvr_transform *t = &f->q->train->transform;
    cvr_group all = {0, f->S.rows, f->S.rows};
    const cvr_group *groups = t->groups ? t->group : &all;
    for (int k = 0; k < (t->groups ? t->groups : 1); k++)
        for (int64_t j = 0; j < groups[k].count; j++) {
            int side = j >= groups[k].even;
            cvr_set(f->S, groups[k].first + j, 0, 1 / sqrt((double)groups[k].count));
            cvr_set(f->mask[side], groups[k].first + j, 0, 1);
            f->count[side]++;
        }
}

static cvr_status new_fit(fit *f, int64_t K)
{
    cvr_mat X = f->q->X;
    int64_t F = f->q->train->transform.features;
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(X, F, 1, &f->S, &f->mask[0], &f->mask[1]));
    set_features(f);
    for (int side = 0; side < SIDES; side++) {
        f->p[side] = K < f->count[side] ? K : f->count[side];
        int64_t p = f->p[side];
        CVR_TRY(cvr_mat_new(X.device, CVR_DOUBLE, p, p, &f->T[side]));
        CVR_TRY(cvr_mat_new(X.device, CVR_DOUBLE, p, 1, &f->l[side]));
    }
    CVR_TRY(CVR_MATS_NEW(X, F, f->p[0] + f->p[1], &f->Q, &f->R));
    cvr_random_normal(f->Q, f->q->seed, CVR_FOR_SKETCH, 0);
done:
    return status;
}

/* R += S X'Omega (X S Q) for own rows. */
static cvr_status add_rows(fit *f)
{
    cvr_mat X = f->q->X, W = f->q->W, x = {0}, Y = {0}, omega = {0};
    int64_t F = f->Q.rows, rows = X.rows < STRIP ? X.rows : STRIP;
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(X, rows, F, &x));
    CVR_TRY(CVR_MATS_NEW(X, rows, f->Q.cols, &Y));
    CVR_TRY(CVR_MATS_NEW(X, rows, 1, &omega));
    for (int64_t i = 0; i < X.rows && !cvr_interrupt_poll(f->q->comm); i += STRIP) {
        cvr_mat own = cvr_mat_rows(x, 0, cvr_mat_rows(X, i, STRIP).rows);
        cvr_mat y = cvr_mat_rows(Y, 0, own.rows);
        cvr_copy(own, cvr_mat_part(X, i, 0, own.rows, F));
        if (f->clip > 0)
            cvr_clamp(own, -f->clip, f->clip);
        cvr_scale_cols(own, f->S);
        cvr_gemm(y, 1, CVR_N, own, CVR_N, f->Q, 0);
        if (W.data) {
            cvr_copy(cvr_mat_rows(omega, 0, y.rows), cvr_mat_rows(W, i, y.rows));
            cvr_scale_rows(y, cvr_mat_rows(omega, 0, y.rows));
        }
        cvr_gemm(f->R, 1, CVR_T, own, CVR_N, y, 1);
    }
done:
    CVR_MATS_FREE(&x, &Y, &omega);
    return status;
}

/* R = C Q, of each side's features alone. */
static cvr_status multiply(fit *f)
{
    cvr_status status = CVR_OK;
    cvr_fill(f->R, 0);
    CVR_TRY(cvr_allreduce_status(f->q->comm, add_rows(f)));
    CVR_TRY(cvr_allreduce(f->q->comm, f->R));
    CVR_TRY(cvr_interrupt_check(f->q->comm));
    for (int side = 0; side < SIDES; side++)
        cvr_scale_rows(of_side(f, f->R, side), f->mask[side]);
done:
    return status;
}

/* Q = an orthonormal basis of A, which may be Q. */
static cvr_status make_basis(fit *f, cvr_mat A)
{
    cvr_status status = CVR_OK;
    for (int side = 0; side < SIDES && status == CVR_OK; side++) {
        cvr_mat Q = of_side(f, f->Q, side);
        if (A.data != f->Q.data)
            cvr_copy(Q, of_side(f, A, side));
        cvr_scale_rows(Q, f->mask[side]);
        status = cvr_orthonormalise(Q);
        cvr_scale_rows(Q, f->mask[side]);
    }
    return status;
}

/* Eigenvalues l and eigenvectors T of Q'C Q. */
static cvr_status rotate(fit *f)
{
    cvr_status status = CVR_OK;
    for (int side = 0; side < SIDES && status == CVR_OK; side++) {
        cvr_mat T = {0};
        int64_t p = f->p[side];
        status = cvr_mat_new(f->Q.device, f->Q.type, p, p, &T);
        if (status == CVR_OK && p > 0) {
            cvr_gemm(T, 1, CVR_T, of_side(f, f->Q, side), CVR_N, of_side(f, f->R, side),
                     0);
            cvr_copy(f->T[side], T);
            status = cvr_eigh(f->T[side], f->l[side]);
        }
        cvr_mat_free(&T);
    }
    return status;
}

/* How many of the K largest eigenvalues are of the even side: they rise along l. */
static int64_t share(const fit *f, int64_t K)
{
    int64_t taken[SIDES] = {0};
    while (taken[0] + taken[1] < K) {
        double next[SIDES] = {-INFINITY, -INFINITY};
        for (int side = 0; side < SIDES; side++)
            if (taken[side] < f->p[side])
                next[side] = cvr_get(f->l[side], f->p[side] - 1 - taken[side], 0);
        taken[next[1] > next[0]]++;
    }
    return taken[0];
}

/* The last `count` vectors of a side, the largest first; returns the sum of their
   eigenvalues. */
static double put(const fit *f, int side, int64_t count, cvr_mat W, cvr_mat V)
{
    double sum = 0;
    for (int64_t j = 0; j < count; j++) {
        int64_t at = f->p[side] - 1 - j;
        cvr_copy(cvr_mat_cols(W, j, 1), cvr_mat_cols(f->T[side], at, 1));
        sum += cvr_get(f->l[side], at, 0);
    }
    cvr_gemm(V, 1, CVR_N, of_side(f, f->Q, side), CVR_N, cvr_mat_cols(W, 0, count), 0);
    return sum;
}

/* V = S Q W, scaled. */
static cvr_status write(const fit *f, cvr_mat V, int64_t even)
{
    cvr_mat W[SIDES] = {{0}};
    double sum = 0;
    cvr_status status = CVR_OK;
    for (int side = 0; side < SIDES; side++) {
        int64_t first = side ? even : 0, count = side ? V.cols - even : even;
        CVR_TRY(CVR_MATS_NEW(V, f->p[side], count, &W[side]));
        if (count > 0)
            sum += put(f, side, count, W[side], cvr_mat_cols(V, first, count));
    }
    cvr_scale_rows(V, f->S);
    sum /= cvr_problem_total(f->q);
    cvr_scale(V, sum > 0 ? sqrt((double)V.cols / sum) : 1);
done:
    CVR_MATS_FREE(&W[0], &W[1]);
    return status;
}

cvr_status cvr_components_fit(const cvr_problem *q, int64_t K, double clip, cvr_mat *V,
                              int64_t *even)
{
    fit f = {.q = q, .clip = clip};
    cvr_status status = new_fit(&f, K);
    if (status == CVR_OK)
        status = CVR_MATS_NEW(q->X, f.S.rows, K, V);
    if (status == CVR_OK)
        status = make_basis(&f, f.Q);
    CVR_TRY(cvr_allreduce_status(q->comm, status));
    for (int round = 0; round < ROUNDS; round++) {
        CVR_TRY(multiply(&f));
        if (round < ROUNDS - 1)
            CVR_TRY(cvr_allreduce_status(q->comm, make_basis(&f, f.R)));
    }
    CVR_TRY(cvr_allreduce_status(q->comm, rotate(&f)));
    *even = share(&f, K);
    CVR_TRY(cvr_allreduce_status(q->comm, write(&f, *V, *even)));
done:
    free_fit(&f);
    return status;
}

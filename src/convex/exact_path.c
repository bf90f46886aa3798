/* Lanczos on B = M^-1 from s = B r, r a right-hand side, by the factor that is there:
   with V the first STEPS vectors and T = V'B V,

       (M + d I)^-1 r = f(B) s ~ |s| V f(T) e_1,   f(t) = 1 / (1 + d t)

   for every d at once. With weights of rows M = K + mu_0 Omega^-1 and

       (M + d Omega^-1)^-1 r = S (S M S + d I)^-1 S r,   S = sqrt(Omega):

   the same with B = S^-1 M^-1 S^-1 and S r, between factors S. What is left out falls as
   in conjugate gradients for the condition max(mu / mu_0, mu_0 / mu): by half a step for
   a decade. */
#include "convex/exact_path.h"

#include <math.h>

#include "base/bytes.h"
#include "linalg/mats.h"

enum { STEPS = 16 };

/* Rows that do not judge. */
static int64_t others(const cvr_exact *e)
{
    return e->n - e->m;
}

void cvr_exact_path_lay_out(cvr_exact_path *p, const cvr_exact *e, int64_t C,
                            cvr_workspace *w)
{
    CVR_LAY_SCRATCH(w, others(e), cvr_times(STEPS + 1, C + 1), &p->V);
    CVR_LAY_DOUBLE(w, STEPS, C + 1, &p->on, &p->off);
    CVR_LAY_DOUBLE(w, STEPS, STEPS, &p->T);
    CVR_LAY_DOUBLE(w, STEPS, 1, &p->t, &p->g);
    CVR_LAY_DOUBLE(w, C + 1, 1, &p->length);
    CVR_LAY_DOUBLE(w, C, 1, &p->b);
    p->root = (cvr_mat){0};
    if (e->weighted)
        CVR_LAY_SCRATCH(w, others(e), 1, &p->root);
}

/* Vector k of every right-hand side: the targets, then ones; k = STEPS is work. */
static cvr_mat vectors(const cvr_exact_path *p, int k)
{
    int64_t width = p->length.rows;
    return cvr_mat_cols(p->V, k * width, width);
}

static double normalise(cvr_mat v)
{
    double length = sqrt(cvr_dot(v, v));
    cvr_scale(v, length > 0 ? 1 / length : 0);
    return length;
}

/* Vector k + 1 of right-hand side c, B times vector k, less its parts along the earlier
   ones, twice. */
static void orthogonalise(cvr_exact_path *p, int k, int64_t c)
{
    cvr_mat w = cvr_mat_cols(vectors(p, k + 1), c, 1);
    double on = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i <= k; i++) {
            cvr_mat v = cvr_mat_cols(vectors(p, i), c, 1);
            double part = cvr_dot(v, w);
            cvr_axpby(w, -part, v, 1);
            on += i == k ? part : 0;
        }
    cvr_set(p->on, k, c, on);
    cvr_set(p->off, k, c, normalise(w));
}

/* A = M^-1 A; weighted: A = S^-1 M^-1 A, and with `within` B A. */
static void invert(const cvr_exact_path *p, cvr_mat M, cvr_mat A, bool within)
{
    if (within && p->root.data)
        cvr_scale_rows(A, p->root);
    cvr_potrs(M, A);
    if (p->root.data)
        cvr_scale_rows(A, p->root);
}

static void run_lanczos(cvr_exact_path *p, const cvr_exact *e)
{
    int64_t C = e->Y.cols, n = others(e);
    cvr_mat first = vectors(p, 0), M = cvr_mat_part(e->K, 0, 0, n, n);
    cvr_copy(cvr_mat_cols(first, 0, C), cvr_mat_rows(e->Y, 0, n));
    cvr_fill(cvr_mat_cols(first, C, 1), 1);
    if (p->root.data) {
        cvr_copy(p->root, cvr_mat_rows(e->inverse, 0, n));
        cvr_square_root(p->root);
    }
    invert(p, M, first, false);
    for (int64_t c = 0; c <= C; c++)
        cvr_set(p->length, c, 0, normalise(cvr_mat_cols(first, c, 1)));
    for (int k = 0; k < STEPS; k++) {
        cvr_copy(vectors(p, k + 1), vectors(p, k));
        invert(p, M, vectors(p, k + 1), true);
        for (int64_t c = 0; c <= C; c++)
            orthogonalise(p, k, c);
    }
}

/* g = |s| f(T) e_1 of right-hand side c; M + d I may not be definite to rounding. */
static cvr_status combine(cvr_exact_path *p, int64_t c, double d)
{
    cvr_mat T = p->T;
    double length = cvr_get(p->length, c, 0);
    cvr_status status = CVR_OK;
    cvr_fill(T, 0);
    for (int k = 0; k < STEPS; k++)
        cvr_set(T, k, k, cvr_get(p->on, k, c));
    for (int k = 0; k + 1 < STEPS; k++)
        cvr_set(T, k + 1, k, cvr_get(p->off, k, c));
    cvr_symmetrize(T);
    CVR_TRY(cvr_eigh(T, p->t));
    for (int k = 0; k < STEPS; k++) {
        double shifted = 1 + d * cvr_get(p->t, k, 0);
        double f = shifted > 0 ? 1 / shifted : NAN;
        cvr_set(p->t, k, 0, length * f * cvr_get(T, 0, k));
    }
    cvr_gemm(p->g, 1, CVR_N, T, CVR_N, p->t, 0);
done:
    return status;
}

/* [a o] = (M + d I)^-1 [Y 1] in the last vectors; then alpha = a - o b' and b, as in
   exact.h. */
static cvr_status solve(cvr_exact_path *p, const cvr_exact *e, double d)
{
    int64_t C = e->Y.cols;
    cvr_mat out = vectors(p, STEPS), o = cvr_mat_cols(out, C, 1);
    cvr_status status = CVR_OK;
    cvr_fill(out, 0);
    for (int64_t c = 0; c <= C; c++) {
        CVR_TRY(combine(p, c, d));
        for (int k = 0; k < STEPS; k++)
            cvr_axpby(cvr_mat_cols(out, c, 1), cvr_get(p->g, k, 0),
                      cvr_mat_cols(vectors(p, k), c, 1), 1);
    }
    for (int64_t i = 0; i < p->root.rows; i++)
        cvr_scale(cvr_mat_rows(out, i, 1), 1 / cvr_get(p->root, i, 0));
    for (int64_t c = 0; c < C; c++) {
        cvr_mat a = cvr_mat_cols(out, c, 1);
        double b = cvr_exact_sum(a) / (e->tau + cvr_exact_sum(o));
        cvr_axpby(a, -b, o, 1);
        cvr_set(p->b, c, 0, b);
    }
done:
    return status;
}

/* What the judges find of it: K above the diagonal has their products with the others. */
static double judge(cvr_exact_path *p, cvr_exact *e)
{
    cvr_mat alpha = cvr_mat_cols(vectors(p, STEPS), 0, e->Y.cols);
    cvr_mat K = cvr_mat_part(e->K, 0, others(e), others(e), e->m);
    cvr_mat F = cvr_mat_rows(e->a, 0, e->m), R = cvr_mat_rows(e->Ka, 0, e->m);
    cvr_gemm(F, 1, CVR_T, K, CVR_N, alpha, 0);
    cvr_mat Y = cvr_mat_rows(e->Y, others(e), e->m);
    double sum = 0, total = 0;
    cvr_copy(R, F);
    cvr_add_row(R, p->b);
    if (!e->omega.data)
        return cvr_distance2(R, Y) / (double)(e->m * e->Y.cols);
    for (int64_t i = 0; i < e->m; i++) {
        double omega = cvr_exact_weight(e, others(e) + i);
        sum += omega * cvr_distance2(cvr_mat_rows(R, i, 1), cvr_mat_rows(Y, i, 1));
        total += omega;
    }
    return sum / (total * (double)e->Y.cols);
}

cvr_status cvr_exact_path_judge(cvr_exact_path *p, cvr_exact *e, int count,
                                const double *mu, double *error)
{
    cvr_status status = CVR_OK;
    run_lanczos(p, e);
    for (int i = 0; i < count; i++) {
        CVR_TRY(solve(p, e, mu[i] - e->factored));
        error[i] = judge(p, e);
    }
done:
    return status;
}

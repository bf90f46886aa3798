/* First and (half the) second derivatives of F in each weight by itself:

       g_j = 2 sum_{p in A} x_pj (w_p - y_p),   h_j = sum_{p in A} x_pj^2

   with A the active rows of an output: those on the quadratic side of their term. */
#include "prune/slopes.h"

#include <math.h>

#include "ccp/ops.h"
#include "linalg/mats.h"
#include "linalg/ops.h"
#include "parallel/comm.h"

/* From A = w: N = 2 (w - y) and A = 1 in active rows, both 0 elsewhere. */
static void differentiate(const cvr_prune_task *t, cvr_mat A, cvr_mat K, cvr_mat N,
                          cvr_mat Y)
{
    if (t->relu)
        cvr_breakpoints(K, A, Y, A.type == CVR_DOUBLE ? 1e-12 : 1e-6);
    else
        cvr_fill(K, -INFINITY);
    cvr_majorizer_slope(N, A, Y, K);
    cvr_axpby(A, -1, K, 1);
    cvr_gate(A, A);
}

static void add_strip(const cvr_prune_task *t, int64_t first, cvr_mat U,
                      cvr_prune_slopes *s)
{
    cvr_mat X = cvr_mat_rows(t->X, first, s->A.rows);
    cvr_mat A = cvr_mat_rows(s->A, 0, X.rows), N = cvr_mat_rows(s->N, 0, X.rows);
    cvr_gemm(A, 1, CVR_N, X, CVR_N, U, 0);
    differentiate(t, A, cvr_mat_rows(s->K, 0, X.rows), N,
                  cvr_mat_rows(t->Y, first, X.rows));
    cvr_gemm(s->G, 1, CVR_T, X, CVR_N, N, 1);
    if (s->H.device) {
        cvr_mat Q = cvr_mat_rows(s->Q, 0, X.rows);
        cvr_square(Q, X);
        cvr_gemm(s->H, 1, CVR_T, Q, CVR_N, A, 1);
    }
}

cvr_status cvr_prune_slopes_find(const cvr_prune_task *t, cvr_mat U, cvr_prune_slopes *s)
{
    cvr_status status = CVR_OK;
    cvr_fill(s->G, 0);
    if (s->H.device)
        cvr_fill(s->H, 0);
    for (int64_t i = 0; i < t->X.rows; i += s->A.rows)
        add_strip(t, i, U, s);
    CVR_TRY(cvr_allreduce(t->comm, s->G));
    if (s->H.device) {
        CVR_TRY(cvr_allreduce(t->comm, s->H));
        cvr_reciprocal(s->H, 1e-30);
    }
done:
    return status;
}

void cvr_prune_slopes_lay_out(const cvr_prune_task *t, bool curved, cvr_prune_slopes *s,
                              cvr_workspace *w)
{
    enum { STRIP = 1024 };
    int64_t N = t->X.rows, strip = N < 1 ? 1 : N < STRIP ? N : STRIP;
    int64_t d = t->X.cols, C = t->Y.cols;
    CVR_LAY_SCRATCH(w, strip, C, &s->A, &s->K, &s->N);
    CVR_LAY_SCRATCH(w, d, C, &s->G);
    if (curved) {
        CVR_LAY_SCRATCH(w, d, C, &s->H);
        CVR_LAY_SCRATCH(w, strip, d, &s->Q);
    }
}

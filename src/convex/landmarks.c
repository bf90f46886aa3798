/* The reduced problem is a ridge regression on m features with an intercept: with
   N = n + mu tau, which is n for a free one,

       (A - s s' / N + mu I) beta = B - s t' / N,   b = (t - beta's) / N. */
#include "convex/landmarks.h"

#include <math.h>

#include "base/bytes.h"
#include "linalg/mats.h"
#include "linalg/ops.h"
#include "parallel/comm.h"

enum { STRIP = 512, EACH = 10 };

static const double jitter = 1e-10; /* of the mean diagonal */

static int64_t judges(const cvr_problem *q)
{
    int64_t first = q->first, end = q->first + q->X.rows;
    return (end + EACH - 1) / EACH - (first + EACH - 1) / EACH;
}

void cvr_landmarks_lay_out(cvr_landmarks *k, const cvr_problem *q, int64_t m,
                           cvr_workspace *w)
{
    int64_t C = q->Y.cols;
    CVR_LAY_DOUBLE(w, m, m, &k->L, &k->A, &k->AJ, &k->H);
    CVR_LAY_DOUBLE(w, m, C, &k->B, &k->BJ, &k->beta);
    CVR_LAY_DOUBLE(w, m, 1, &k->s, &k->sJ);
    CVR_LAY_DOUBLE(w, C, 1, &k->t, &k->tJ, &k->b);
    CVR_LAY_DOUBLE(w, judges(q), m, &k->PJ);
    CVR_LAY_DOUBLE(w, judges(q), C, &k->YJ);
    cvr_landmark_check_lay_out(&k->check, m, C, STRIP, w);
    cvr_lay_passing(w, cvr_times(8, STRIP), m);
}

static cvr_status take(cvr_landmarks *k)
{
    const cvr_problem *q = k->problem;
    cvr_mat Z = k->machine->Z;
    cvr_workspace_init(&k->memory, Z.device, Z.type, "a kernel of landmarks");
    cvr_landmarks_lay_out(k, q, Z.rows, &k->memory);
    return cvr_workspace_take(&k->memory, q->comm);
}

/* ---- features ---------------------------------------------------------------------- */

/* K_ZZ in tiles, and its factor. */
static cvr_status factor(cvr_landmarks *k, cvr_kernel_rows *z)
{
    double trace = 0;
    int64_t m = k->L.rows;
    cvr_status status = CVR_OK;
    for (int64_t i = 0; i < m; i += STRIP)
        CVR_TRY(cvr_kernel_tile(z, i, z, cvr_mat_rows(k->L, i, STRIP)));
    for (int64_t i = 0; i < m; i++)
        trace += cvr_get(k->L, i, i);
    cvr_add_diag(k->L, jitter * trace / (double)m);
    cvr_landmark_note(&k->check, k->L);
    CVR_TRY(cvr_potrf(k->L));
    CVR_TRY(cvr_landmark_check_factor(&k->check, k->L));
done:
    return status;
}

/* P (rows x m) = k(x, Z) L^-T for own rows from first, x clipped. */
static cvr_status features(cvr_landmarks *k, cvr_kernel_rows *z, int64_t first, cvr_mat P)
{
    const cvr_problem *q = k->problem;
    int64_t F = k->machine->Z.cols;
    cvr_mat x = {0};
    cvr_kernel_rows rows = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(P.device, P.type, P.rows, F, &x));
    cvr_copy(x, cvr_mat_part(q->X, first, 0, P.rows, F));
    if (k->machine->clip > 0)
        cvr_clamp(x, -k->machine->clip, k->machine->clip);
    CVR_TRY(cvr_kernel_rows_new(k->machine, x, 0, &rows));
    CVR_TRY(cvr_kernel_tile(&rows, 0, z, P));
    cvr_landmark_note(&k->check, P);
    cvr_trsm_right(P, k->L, CVR_T);
    CVR_TRY(cvr_landmark_check_features(&k->check, P));
done:
    cvr_kernel_rows_free(&rows);
    cvr_mat_free(&x);
    return status;
}

/* Adds rows P, Y to the sums A, B, s, t. */
static cvr_status add(cvr_mat P, cvr_mat Y, cvr_mat A, cvr_mat B, cvr_mat s, cvr_mat t)
{
    cvr_mat ones = {0}, sums = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(P.device, P.type, P.rows, 1, &ones));
    CVR_TRY(cvr_mat_new(P.device, P.type, Y.cols, 1, &sums));
    cvr_fill(ones, 1);
    cvr_col_sums(sums, Y);
    cvr_gram(A, 1, CVR_T, P, 1);
    cvr_gemm(B, 1, CVR_T, P, CVR_N, Y, 1);
    cvr_gemm(s, 1, CVR_T, P, CVR_N, ones, 1);
    cvr_axpby(t, 1, sums, 1);
done:
    CVR_MATS_FREE(&ones, &sums);
    return status;
}

/* Every EACH-th row of all judges: those of the strip go behind the *count
   that are kept. */
static void keep_judges(cvr_landmarks *k, int64_t first, cvr_mat P, cvr_mat Y,
                        int64_t *count)
{
    int64_t at = k->problem->first + first;
    for (int64_t i = (EACH - at % EACH) % EACH; i < P.rows; i += EACH) {
        cvr_copy(cvr_mat_rows(k->PJ, *count, 1), cvr_mat_rows(P, i, 1));
        cvr_copy(cvr_mat_rows(k->YJ, *count, 1), cvr_mat_rows(Y, i, 1));
        ++*count;
    }
}

static cvr_status sum_rows(cvr_landmarks *k, cvr_kernel_rows *z)
{
    const cvr_problem *q = k->problem;
    int64_t n = q->X.rows, m = k->L.rows, kept = 0;
    cvr_mat P = {0}, Y = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(k->L.device, k->L.type, n < STRIP ? n : STRIP, m, &P));
    CVR_TRY(cvr_mat_new(k->L.device, k->L.type, n < STRIP ? n : STRIP, q->Y.cols, &Y));
    for (int64_t i = 0; i < n && !cvr_interrupt_poll(q->comm); i += STRIP) {
        int64_t count = n - i < STRIP ? n - i : STRIP;
        cvr_mat p = cvr_mat_rows(P, 0, count), y = cvr_mat_rows(Y, 0, count);
        CVR_TRY(features(k, z, i, p));
        cvr_copy(y, cvr_mat_rows(q->Y, i, count));
        cvr_add_row(y, k->down);
        CVR_TRY(add(p, y, k->A, k->B, k->s, k->t));
        cvr_landmark_add(&k->check, p, y);
        k->y2 += cvr_dot(y, y);
        keep_judges(k, i, p, y, &kept);
    }
    CVR_TRY(add(k->PJ, k->YJ, k->AJ, k->BJ, k->sJ, k->tJ));
    k->yJ2 = cvr_dot(k->YJ, k->YJ);
done:
    CVR_MATS_FREE(&P, &Y);
    return status;
}

static cvr_status share(cvr_landmarks *k)
{
    cvr_comm *comm = k->problem->comm;
    cvr_mat all[] = {k->A, k->B, k->s, k->t, k->AJ, k->BJ, k->sJ, k->tJ};
    double counts[] = {(double)k->problem->X.rows, (double)k->PJ.rows, k->y2, k->yJ2};
    cvr_status status = CVR_OK;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        CVR_TRY(cvr_allreduce(comm, all[i]));
    CVR_TRY(cvr_allreduce_sum(comm, counts, 4));
    k->n = counts[0];
    k->nJ = counts[1];
    k->y2 = counts[2];
    k->yJ2 = counts[3];
    cvr_symmetrize(k->A);
    CVR_TRY(cvr_landmark_share(&k->check, comm));
    CVR_TRY(cvr_allreduce_status(
        comm, cvr_landmark_check_sums(&k->check, k->A, k->B, k->s, k->y2, k->n)));
done:
    return status;
}

static cvr_status make(cvr_landmarks *k)
{
    cvr_kernel_rows z = {0};
    cvr_status status = CVR_OK;
    cvr_landmark_check_start(&k->check);
    CVR_TRY(cvr_kernel_rows_new(k->machine, k->machine->Z, STRIP, &z));
    CVR_TRY(factor(k, &z));
    CVR_TRY(sum_rows(k, &z));
done:
    cvr_kernel_rows_free(&z);
    return status;
}

cvr_status cvr_landmarks_new(const cvr_problem *q, const cvr_machine *machine,
                             cvr_mat down, cvr_landmarks *k)
{
    cvr_status status = CVR_OK;
    *k = (cvr_landmarks){.problem = q, .machine = machine, .down = down};
    CVR_TRY(take(k));
    CVR_TRY(cvr_allreduce_status(q->comm, make(k)));
    CVR_TRY(cvr_interrupt_check(q->comm));
    CVR_TRY(share(k));
done:
    if (status != CVR_OK)
        cvr_landmarks_free(k);
    return status;
}

void cvr_landmarks_free(cvr_landmarks *k)
{
    cvr_workspace_free(&k->memory);
}

/* ---- fits -------------------------------------------------------------------------- */

/* The sums over the rows that are fitted: s and t into s0, t0; H = A and beta = B. */
static double fitted(cvr_landmarks *k, bool all, cvr_mat s0, cvr_mat t0)
{
    double minus = all ? 0 : -1;
    cvr_copy(k->H, k->A);
    cvr_copy(k->beta, k->B);
    cvr_copy(s0, k->s);
    cvr_copy(t0, k->t);
    if (minus != 0) {
        cvr_axpby(k->H, minus, k->AJ, 1);
        cvr_axpby(k->beta, minus, k->BJ, 1);
        cvr_axpby(s0, minus, k->sJ, 1);
        cvr_axpby(t0, minus, k->tJ, 1);
    }
    return k->n + minus * k->nJ;
}

cvr_status cvr_landmarks_fit(cvr_landmarks *k, double mu, bool all)
{
    cvr_mat s0 = {0}, t0 = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(k->s.device, k->s.type, k->s.rows, 1, &s0));
    CVR_TRY(cvr_mat_new(k->t.device, k->t.type, k->t.rows, 1, &t0));
    double n = fitted(k, all, s0, t0) + mu * k->tau;
    cvr_gram(k->H, -1 / n, CVR_N, s0, 1);
    cvr_gemm(k->beta, -1 / n, CVR_N, s0, CVR_T, t0, 1);
    cvr_add_diag(k->H, mu);
    CVR_TRY(cvr_potrf(k->H));
    cvr_potrs(k->H, k->beta);
    for (int64_t c = 0; c < k->b.rows; c++) /* without BLAS: the bounds rest on it */
        cvr_set(k->b, c, 0,
                (cvr_get(t0, c, 0) - cvr_dot(cvr_mat_cols(k->beta, c, 1), s0)) / n);
done:
    CVR_MATS_FREE(&s0, &t0);
    return status;
}

cvr_status cvr_landmarks_judge(cvr_landmarks *k, cvr_mat F, double *error)
{
    cvr_status status = CVR_OK;
    cvr_gemm(F, 1, CVR_N, k->PJ, CVR_N, k->beta, 0);
    cvr_add_row(F, k->b);
    *error = cvr_distance2(F, k->YJ);
    CVR_TRY(cvr_allreduce_sum(k->problem->comm, error, 1));
    *error /= k->nJ * (double)F.cols;
done:
    return status;
}

/* The loss from the sums, |phi beta + b - y|^2 multiplied out; the gradient of the
   reduced problem, r = A beta + s b' + mu beta - B, gives the gap |r|^2 / (2 mu). Works
   in H. */
cvr_status cvr_landmarks_values(cvr_landmarks *k, double mu, double *objective,
                                double *lower)
{
    cvr_mat r = cvr_mat_cols(k->H, 0, k->b.rows);
    double cross = cvr_dot(k->B, k->beta) + cvr_dot(k->t, k->b);
    double constants = k->n * cvr_dot(k->b, k->b), mixed = 0;
    cvr_status status = CVR_OK;
    cvr_gemm(r, 1, CVR_N, k->A, CVR_N, k->beta, 0);
    CVR_TRY(cvr_landmark_check_product(&k->check, r, k->beta));
    double quadratic = cvr_dot(r, k->beta);
    for (int64_t c = 0; c < k->b.rows; c++)
        mixed += cvr_dot(k->s, cvr_mat_cols(k->beta, c, 1)) * cvr_get(k->b, c, 0);
    double loss = (k->y2 - 2 * cross + quadratic + 2 * mixed + constants) / 2;
    double of_b = isinf(k->tau) ? 0 : k->tau * cvr_dot(k->b, k->b);
    *objective = fmax(loss, 0) + mu / 2 * (cvr_dot(k->beta, k->beta) + of_b);
    for (int64_t c = 0; c < k->b.rows; c++)
        cvr_axpby(cvr_mat_cols(r, c, 1), cvr_get(k->b, c, 0), k->s, 1);
    cvr_axpby(r, mu, k->beta, 1);
    cvr_axpby(r, 1, k->B, -1);
    *lower = *objective - cvr_dot(r, r) / (2 * mu);
done:
    return status;
}

cvr_status cvr_landmarks_weights(cvr_landmarks *k, cvr_mat alpha)
{
    cvr_copy(alpha, k->beta);
    cvr_trsm(k->L, CVR_T, alpha);
    return cvr_landmark_check_weights(&k->check, alpha, k->beta);
}

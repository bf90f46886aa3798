/* The reduced problem is a ridge regression on m features with an intercept: with n the
   sum of the weights and N = n + mu tau, which is n for a free one,

       (A - s s' / N + mu I) beta = B - s t' / N,   b = (t - beta's) / N. */
#include "convex/landmarks.h"

#include <math.h>

#include "base/bytes.h"
#include "linalg/mats.h"
#include "linalg/ops.h"
#include "parallel/comm.h"

enum { STRIP = 512, STRIP_SINGLE = 2048, EACH = 10 };

/* Of the mean diagonal, at first and at most: what rounding leaves of K_ZZ. */
static const double jitter[] = {[CVR_DOUBLE] = 1e-10, [CVR_SINGLE] = 1e-5};
static const double most_jitter = 1e-2;

/* Rows whose features are made at once. */
static int64_t strip_of(const cvr_landmarks *k)
{
    return k->type == CVR_DOUBLE ? STRIP : STRIP_SINGLE;
}

/* Of the rows that differ every EACH-th. */
static bool judges(const cvr_landmarks *k, int64_t own)
{
    return cvr_distinct_first(k->rows, own) && k->rows->place[own] % EACH == 0;
}

static int64_t own_judges(const cvr_landmarks *k, const cvr_problem *q)
{
    int64_t count = 0;
    for (int64_t i = 0; i < q->X.rows; i++)
        count += judges(k, i);
    return count;
}

void cvr_landmarks_lay_out(cvr_landmarks *k, const cvr_problem *q, int64_t m,
                           cvr_workspace *w)
{
    int64_t C = q->Y.cols, own = own_judges(k, q);
    CVR_LAY_DOUBLE(w, m, m, &k->L, &k->A, &k->AJ, &k->H);
    CVR_LAY_DOUBLE(w, m, C, &k->B, &k->BJ, &k->beta);
    CVR_LAY_DOUBLE(w, m, 1, &k->s, &k->sJ);
    CVR_LAY_DOUBLE(w, C, 1, &k->t, &k->tJ, &k->b);
    CVR_LAY_SCRATCH(w, own, m, &k->PJ);
    CVR_LAY_DOUBLE(w, own, C, &k->YJ);
    CVR_LAY_DOUBLE(w, own, 1, &k->roots);
    if (k->type != CVR_DOUBLE) {
        CVR_LAY_SCRATCH(w, m, m, &k->M, &k->G);
        CVR_LAY_SCRATCH(w, m, C, &k->weights);
        CVR_LAY_SCRATCH(w, own, C, &k->FJ);
    }
    cvr_landmark_check_lay_out(&k->check, m, C, strip_of(k), w);
    cvr_lay_passing(w, cvr_times(8, strip_of(k)), m);
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

/* The factor of K_ZZ, with as much on its diagonal as makes it definite. */
static cvr_status factor(cvr_landmarks *k, cvr_mat *K)
{
    double trace = 0, more = jitter[k->type];
    int64_t m = k->L.rows;
    cvr_status status = CVR_NUMERICAL;
    for (int64_t i = 0; i < m; i++)
        trace += cvr_get(*K, i, i);
    for (; status == CVR_NUMERICAL && more <= most_jitter; more *= 10) {
        cvr_copy(k->L, *K);
        cvr_add_diag(k->L, more * trace / (double)m);
        cvr_landmark_note(&k->check, k->L);
        status = cvr_potrf(k->L);
    }
    cvr_mat_free(K);
    CVR_TRY(status);
    CVR_TRY(cvr_landmark_check_factor(&k->check, k->L));
    if (k->M.data)
        cvr_copy(k->M, k->L);
    else
        k->M = k->L;
done:
    return status;
}

/* P (rows x m) = k(x, Z) L^-T for own rows from first, x clipped. */
static cvr_status features(cvr_landmarks *k, cvr_kernel_rows *z, int64_t first, cvr_mat P)
{
    const cvr_problem *q = k->problem;
    cvr_mat V = k->machine->V, x = {0}, reduced = {0}, view;
    int64_t F = V.data ? V.rows : k->machine->Z.cols;
    cvr_kernel_rows rows = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(P.device, P.type, P.rows, F, &x));
    cvr_copy(x, cvr_mat_part(q->X, first, 0, P.rows, F));
    if (k->machine->clip > 0)
        cvr_clamp(x, -k->machine->clip, k->machine->clip);
    CVR_TRY(cvr_machine_reduce(k->machine, x, &reduced, &view));
    CVR_TRY(cvr_kernel_rows_new(k->machine, view, 0, &rows));
    CVR_TRY(cvr_kernel_tile(&rows, 0, z, P));
    cvr_landmark_note(&k->check, P);
    cvr_trsm_right(P, k->M, CVR_T);
    CVR_TRY(cvr_landmark_check_features(&k->check, P));
done:
    cvr_kernel_rows_free(&rows);
    CVR_MATS_FREE(&x, &reduced);
    return status;
}

/* Sums over rows that judge, or over all. */
typedef struct sums {
    cvr_mat A, B, s, t;
} sums;

static sums all_rows(const cvr_landmarks *k)
{
    return (sums){k->A, k->B, k->s, k->t};
}

static sums of_judges(const cvr_landmarks *k)
{
    return (sums){k->AJ, k->BJ, k->sJ, k->tJ};
}

/* A, B, s += P'[P Y 1] for P in double. */
static void add_products(cvr_mat P, cvr_mat Y, cvr_mat ones, sums *to)
{
    cvr_gram(to->A, 1, CVR_T, P, 1);
    cvr_gemm(to->B, 1, CVR_T, P, CVR_N, Y, 1);
    cvr_gemm(to->s, 1, CVR_T, P, CVR_N, ones, 1);
}

/* The same for P in single: products of a strip are, their sum is in double. */
static cvr_status add_in_double(cvr_landmarks *k, cvr_mat P, cvr_mat Y, cvr_mat ones,
                                sums *to)
{
    int64_t C = Y.cols;
    cvr_mat R = {0}, S = {0}, D = {0}; /* [Y 1], P'[Y 1] twice */
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(P, P.rows, C + 1, &R));
    CVR_TRY(CVR_MATS_NEW(P, P.cols, C + 1, &S));
    CVR_TRY(CVR_MATS_NEW(Y, P.cols, C + 1, &D));
    cvr_copy(cvr_mat_cols(R, 0, C), Y);
    cvr_copy(cvr_mat_cols(R, C, 1), ones);
    cvr_gemm(S, 1, CVR_T, P, CVR_N, R, 0);
    cvr_copy(D, S);
    cvr_axpby(to->B, 1, cvr_mat_cols(D, 0, C), 1);
    cvr_axpby(to->s, 1, cvr_mat_cols(D, C, 1), 1);
    cvr_gram(k->G, 1, CVR_T, P, 0);
    cvr_copy(k->H, k->G);
    cvr_axpby(to->A, 1, k->H, 1);
done:
    CVR_MATS_FREE(&R, &S, &D);
    return status;
}

/* Adds rows P (k's type), Y, ones to the sums. */
static cvr_status add(cvr_landmarks *k, cvr_mat P, cvr_mat Y, cvr_mat ones, sums to)
{
    cvr_mat total = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(Y, Y.cols, 1, &total));
    cvr_col_sums(total, Y);
    for (int64_t c = 0; c < Y.cols && !k->rows->plain; c++)
        cvr_set(total, c, 0, cvr_dot(cvr_mat_cols(Y, c, 1), ones));
    cvr_axpby(to.t, 1, total, 1);
    if (P.type == Y.type)
        add_products(P, Y, ones, &to);
    else
        CVR_TRY(add_in_double(k, P, Y, ones, &to));
done:
    cvr_mat_free(&total);
    return status;
}

/* The judges of the strip go behind the *count that are kept. */
static void keep_judges(cvr_landmarks *k, int64_t first, cvr_mat P, cvr_mat Y,
                        cvr_mat ones, int64_t *count)
{
    for (int64_t i = 0; i < P.rows; i++) {
        if (!judges(k, first + i))
            continue;
        cvr_copy(cvr_mat_rows(k->PJ, *count, 1), cvr_mat_rows(P, i, 1));
        cvr_copy(cvr_mat_rows(k->YJ, *count, 1), cvr_mat_rows(Y, i, 1));
        cvr_copy(cvr_mat_rows(k->roots, *count, 1), cvr_mat_rows(ones, i, 1));
        ++*count;
    }
}

/* ones = sqrt(omega) of rows from first on, by which P (k's type) and Y are scaled; one
   in double and one in that type. */
static void weigh(const cvr_landmarks *k, int64_t first, cvr_mat P, cvr_mat Y,
                  cvr_mat ones, cvr_mat work)
{
    if (k->rows->plain)
        return;
    cvr_copy(ones, cvr_mat_rows(k->rows->own, first, P.rows));
    cvr_square_root(ones);
    cvr_copy(work, ones);
    cvr_scale_rows(P, work);
    cvr_scale_rows(Y, ones);
}

static cvr_status sum_rows(cvr_landmarks *k, cvr_kernel_rows *z)
{
    const cvr_problem *q = k->problem;
    int64_t n = q->X.rows, m = k->L.rows, kept = 0, strip = strip_of(k);
    int64_t most = n < strip ? n : strip;
    cvr_mat P = {0}, Y = {0}, ones = {0}, work = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(k->L.device, k->type, most, m, &P));
    CVR_TRY(cvr_mat_new(k->L.device, k->L.type, most, q->Y.cols, &Y));
    CVR_TRY(CVR_MATS_NEW(Y, most, 1, &ones));
    CVR_TRY(CVR_MATS_NEW(P, most, 1, &work));
    cvr_fill(ones, 1);
    for (int64_t i = 0; i < n && !cvr_interrupt_poll(q->comm); i += strip) {
        int64_t count = n - i < strip ? n - i : strip;
        cvr_mat p = cvr_mat_rows(P, 0, count), y = cvr_mat_rows(Y, 0, count);
        cvr_mat one = cvr_mat_rows(ones, 0, count);
        CVR_TRY(features(k, z, i, p));
        cvr_copy(y, cvr_mat_rows(q->Y, i, count));
        cvr_add_row(y, k->down);
        weigh(k, i, p, y, one, cvr_mat_rows(work, 0, count));
        CVR_TRY(add(k, p, y, one, all_rows(k)));
        cvr_landmark_add(&k->check, p, y, one);
        k->y2 += cvr_dot(y, y);
        k->n += cvr_dot(one, one);
        keep_judges(k, i, p, y, one, &kept);
    }
    CVR_TRY(add(k, k->PJ, k->YJ, k->roots, of_judges(k)));
    k->nJ = cvr_dot(k->roots, k->roots);
    k->yJ2 = cvr_dot(k->YJ, k->YJ);
done:
    CVR_MATS_FREE(&P, &Y, &ones, &work);
    return status;
}

static cvr_status share(cvr_landmarks *k)
{
    cvr_comm *comm = k->problem->comm;
    cvr_mat all[] = {k->A, k->B, k->s, k->t, k->AJ, k->BJ, k->sJ, k->tJ};
    double x[] = {k->n, k->nJ, k->y2, k->yJ2, (double)k->PJ.rows};
    cvr_status status = CVR_OK;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        CVR_TRY(cvr_allreduce(comm, all[i]));
    CVR_TRY(cvr_allreduce_sum(comm, x, 5));
    k->n = x[0];
    k->nJ = x[1];
    k->y2 = x[2];
    k->yJ2 = x[3];
    k->judges = (int64_t)x[4];
    cvr_symmetrize(k->A);
    CVR_TRY(cvr_landmark_share(&k->check, comm));
    CVR_TRY(cvr_allreduce_status(
        comm, cvr_landmark_check_sums(&k->check, k->A, k->B, k->s, k->y2,
                                      (double)k->problem->rows, k->n)));
done:
    return status;
}

static cvr_status make(cvr_landmarks *k, cvr_mat *K)
{
    cvr_kernel_rows z = {0};
    cvr_status status = CVR_OK;
    cvr_landmark_check_start(&k->check, k->type);
    CVR_TRY(factor(k, K));
    CVR_TRY(cvr_kernel_rows_new(k->machine, k->machine->Z, strip_of(k), &z));
    CVR_TRY(sum_rows(k, &z));
done:
    cvr_kernel_rows_free(&z);
    return status;
}

cvr_status cvr_landmarks_new(const cvr_problem *q, const cvr_distinct *rows,
                             const cvr_machine *machine, cvr_mat down, cvr_mat *K,
                             cvr_landmarks *k)
{
    cvr_status status = CVR_OK;
    *k = (cvr_landmarks){.problem = q,
                         .rows = rows,
                         .machine = machine,
                         .type = machine->Z.type,
                         .down = down};
    CVR_TRY(take(k));
    CVR_TRY(cvr_allreduce_status(q->comm, make(k, K)));
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
    if (k->type == CVR_DOUBLE) {
        cvr_gemm(F, 1, CVR_N, k->PJ, CVR_N, k->beta, 0);
    } else {
        cvr_copy(k->weights, k->beta);
        cvr_gemm(k->FJ, 1, CVR_N, k->PJ, CVR_N, k->weights, 0);
        cvr_copy(F, k->FJ);
    }
    for (int64_t c = 0; c < F.cols; c++)
        cvr_axpby(cvr_mat_cols(F, c, 1), cvr_get(k->b, c, 0), k->roots, 1);
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

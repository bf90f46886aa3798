/* Accelerated proximal steps in the metric of a bound of the Hessian: with p the
   probabilities, diag(p) - pp' <= I / 2 (Boehning 1992), so

       H = 1/2 [L, 1]' Omega [L, 1] + 0.1 I

   lies above every Hessian and W = V - H^{-1} grad(V) never rises from V. */
#include "convex/calibrate.h"

#include <math.h>

#include "base/bytes.h"
#include "linalg/mats.h"

static const double pull = 0.1, prior = 4; /* twice the penalty; the diagonal of W0 */

typedef struct fit {
    cvr_mat L, T;        /* n x (k + 1): scores and ones; omega times them */
    cvr_mat Y, P;        /* n x k: one-hot targets; probabilities */
    cvr_mat H;           /* (k + 1) x (k + 1): the factor */
    cvr_mat W, V, G, W0; /* (k + 1) x k */
} fit;

static cvr_status take(cvr_mat F, int64_t k, fit *s)
{
    int64_t n = F.rows;
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(F, n, k + 1, &s->L, &s->T));
    CVR_TRY(CVR_MATS_NEW(F, n, k, &s->Y, &s->P));
    CVR_TRY(CVR_MATS_NEW(F, k + 1, k + 1, &s->H));
    CVR_TRY(CVR_MATS_NEW(F, k + 1, k, &s->W, &s->V, &s->G, &s->W0));
done:
    return status;
}

/* Two classes of one output are written as two: scores [-f, f] / 2, targets
   (1 -+ y) / 2. */
static void spread(cvr_mat to, cvr_mat from, double scale)
{
    if (from.cols == to.cols) {
        cvr_copy(to, from);
        return;
    }
    cvr_axpby(cvr_mat_cols(to, 0, 1), -scale, from, 0);
    cvr_axpby(cvr_mat_cols(to, 1, 1), scale, from, 0);
}

static cvr_status begin(cvr_mat F, cvr_mat Y, cvr_mat omega, fit *s)
{
    int64_t k = s->Y.cols;
    cvr_status status = CVR_OK;
    cvr_mat scores = cvr_mat_cols(s->L, 0, k);
    spread(scores, F, 0.5);
    cvr_fill(cvr_mat_cols(s->L, k, 1), 1);
    spread(s->Y, Y, 0.5);
    if (Y.cols != k)
        for (int64_t c = 0; c < k; c++) {
            cvr_mat y = cvr_mat_cols(s->Y, c, 1);
            cvr_fill(cvr_mat_cols(s->P, c, 1), 0.5);
            cvr_axpby(y, 1, cvr_mat_cols(s->P, c, 1), 1);
        }
    cvr_copy(s->T, s->L);
    cvr_scale_rows(s->T, omega);
    cvr_gemm(s->H, 0.5, CVR_T, s->T, CVR_N, s->L, 0);
    cvr_add_diag(s->H, pull);
    CVR_TRY(cvr_potrf(s->H));
    cvr_add_diag(cvr_mat_rows(s->W0, 0, k), prior);
    cvr_copy(s->W, s->W0);
    cvr_copy(s->V, s->W0);
done:
    return status;
}

/* G = H^{-1} gradient at V. */
static void descent(fit *s)
{
    cvr_gemm(s->P, 1, CVR_N, s->L, CVR_N, s->V, 0);
    cvr_softmax(s->P);
    cvr_axpby(s->P, -1, s->Y, 1);
    cvr_gemm(s->G, 1, CVR_T, s->T, CVR_N, s->P, 0);
    cvr_axpby(s->G, pull, s->V, 1);
    cvr_axpby(s->G, -pull, s->W0, 1);
    cvr_potrs(s->H, s->G);
}

/* Nesterov's momentum, begun anew where it points uphill (O'Donoghue and Candes 2015). */
static void minimise(fit *s)
{
    enum { MOST = 20000 };
    double t = 1;
    for (int i = 0; i < MOST; i++) {
        descent(s);
        double step = cvr_max_abs(s->G), size = 1 + cvr_max_abs(s->V);
        cvr_axpby(s->V, -1, s->G, 1); /* the new point */
        cvr_axpby(s->W, 1, s->V, -1); /* minus the old one: the move */
        bool uphill = cvr_dot(s->G, s->W) > 0;
        double next = uphill ? 1 : (1 + sqrt(1 + 4 * t * t)) / 2;
        double momentum = uphill ? 0 : (t - 1) / next;
        cvr_copy(s->G, s->V);
        cvr_axpby(s->V, momentum, s->W, 1);
        cvr_copy(s->W, s->G);
        t = next;
        if (!(step > 1e-10 * size))
            return;
    }
}

/* Row 0 of A for one output: z_c = f (W_1c - W_0c) / 2 + W_2c. */
static void write(const fit *s, cvr_mat A)
{
    int64_t k = s->Y.cols;
    if (A.rows == k + 1) {
        cvr_copy(A, s->W);
        return;
    }
    cvr_mat row = cvr_mat_rows(A, 0, 1);
    cvr_axpby(row, 0.5, cvr_mat_rows(s->W, 1, 1), 0);
    cvr_axpby(row, -0.5, cvr_mat_rows(s->W, 0, 1), 1);
    cvr_copy(cvr_mat_rows(A, 1, 1), cvr_mat_rows(s->W, k, 1));
}

cvr_status cvr_calibrate(cvr_mat F, cvr_mat Y, cvr_mat omega, cvr_mat A)
{
    fit s = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(take(F, A.cols, &s));
    CVR_TRY(begin(F, Y, omega, &s));
    minimise(&s);
    write(&s, A);
done:
    CVR_MATS_FREE(&s.L, &s.T, &s.Y, &s.P, &s.H, &s.W, &s.V, &s.G, &s.W0);
    return status;
}

/* What moves from f_k to f_c raises the logit of c over that of k. */
bool cvr_calibration_rises(cvr_mat A)
{
    if (A.rows != A.cols + 1)
        return cvr_get(A, 0, 1) > cvr_get(A, 0, 0);
    for (int64_t c = 0; c < A.cols; c++)
        for (int64_t k = 0; k <= c; k++)
            if (!(k == c ? cvr_get(A, c, c) > 0
                         : cvr_get(A, c, c) - cvr_get(A, c, k) >
                               cvr_get(A, k, c) - cvr_get(A, k, k)))
                return false;
    return true;
}

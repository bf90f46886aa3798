/* How good outputs are: accuracy, loss, r2 and root mean square error over all rows of
   all processes. */
#include "model/score.h"

#include <math.h>

#include "base/bytes.h"
#include "base/fail.h"
#include "linalg/mats.h"
#include "model/loss.h"
#include "parallel/comm.h"

/* ---- classes ----------------------------------------------------------------------- */

int cvr_class_of(cvr_mat F, int64_t i, double threshold)
{
    int best = 0;
    if (F.cols == 1)
        return cvr_get(F, i, 0) > threshold;
    for (int j = 1; j < F.cols; j++)
        if (cvr_get(F, i, j) > cvr_get(F, i, best))
            best = j;
    return best;
}

/* Entry c of [f, 1] A, of row i. */
static double logit(cvr_mat A, cvr_mat F, int64_t i, int64_t c)
{
    double sum = cvr_get(A, F.cols, c);
    for (int64_t j = 0; j < F.cols; j++)
        sum += cvr_get(F, i, j) * cvr_get(A, j, c);
    return sum;
}

static int likeliest(cvr_mat A, cvr_mat F, int64_t i)
{
    int best = 0;
    for (int c = 1; c < A.cols; c++)
        if (logit(A, F, i, c) > logit(A, F, i, best))
            best = c;
    return best;
}

double cvr_model_probability(const cvr_model *m, cvr_mat F, int64_t i, int c)
{
    double own = logit(m->calibration, F, i, c), sum = 0;
    for (int64_t k = 0; k < m->calibration.cols; k++)
        sum += exp(logit(m->calibration, F, i, k) - own);
    return 1 / sum;
}

int cvr_model_class(const cvr_model *m, cvr_mat F, int64_t i)
{
    return m->calibration.data ? likeliest(m->calibration, F, i)
                               : cvr_class_of(F, i, m->threshold);
}

cvr_status cvr_model_probabilities(const cvr_model *m, cvr_mat F, cvr_mat P)
{
    cvr_mat A = m->calibration, wide = {0}, last = {0};
    cvr_status status = CVR_OK;
    if (!A.data)
        return cvr_fail(CVR_USAGE,
                        "the model is not calibrated: it has no probabilities");
    CVR_ASSERT(F.cols == m->outputs && P.rows == F.rows && P.cols == A.cols);
    CVR_TRY(cvr_mat_new(F.device, CVR_DOUBLE, F.rows, F.cols, &wide));
    CVR_TRY(cvr_mat_new(F.device, CVR_DOUBLE, A.cols, 1, &last));
    cvr_copy(wide, F);
    cvr_transpose(last, cvr_mat_rows(A, F.cols, 1));
    cvr_gemm(P, 1, CVR_N, wide, CVR_N, cvr_mat_rows(A, 0, F.cols), 0);
    cvr_add_row(P, last);
    cvr_softmax(P);
done:
    cvr_mat_free(&wide);
    cvr_mat_free(&last);
    return status;
}

static double count_right(cvr_mat F, cvr_mat Y, double threshold)
{
    int64_t right = 0;
    for (int64_t i = 0; i < F.rows; i++)
        right += cvr_class_of(F, i, threshold) == cvr_class_of(Y, i, threshold);
    return (double)right;
}

/* ---- values ------------------------------------------------------------------------ */

/* sum over processes of |y - mean|^2, the mean of each output over all rows. */
static cvr_status spread(cvr_mat Y, double rows, cvr_comm *comm, double *sum)
{
    cvr_mat mean = {0}, centred = {0};
    cvr_status status = CVR_OK;
    status = cvr_mat_new(Y.device, CVR_DOUBLE, Y.cols, 1, &mean);
    if (status == CVR_OK)
        status = cvr_mat_new(Y.device, CVR_DOUBLE, Y.rows, Y.cols, &centred);
    CVR_TRY(cvr_allreduce_status(comm, status));
    cvr_copy(centred, Y);
    cvr_col_sums(mean, centred);
    CVR_TRY(cvr_allreduce(comm, mean));
    cvr_scale(mean, -1 / rows);
    cvr_add_row(centred, mean);
    *sum = cvr_dot(centred, centred);
    CVR_TRY(cvr_allreduce_sum(comm, sum, 1));
done:
    cvr_mat_free(&mean);
    cvr_mat_free(&centred);
    return status;
}

/* Outputs come to where the targets lie. */
static cvr_status bring(cvr_mat *F, cvr_mat Y, cvr_mat *own)
{
    if (F->rows == Y.rows && F->cols == Y.cols && F->type == Y.type)
        return cvr_mat_bring(Y.device, *F, own, F);
    return cvr_fail(
        CVR_USAGE, "outputs (%lld x %lld) and targets (%lld x %lld) do not fit",
        (long long)F->rows, (long long)F->cols, (long long)Y.rows, (long long)Y.cols);
}

cvr_status cvr_score_outputs(cvr_mat F, cvr_mat Y, cvr_task task, int classes,
                             double threshold, cvr_comm *comm, cvr_score *score)
{
    cvr_mat own = {0};
    cvr_status status = CVR_OK;
    double sums[3] = {(double)F.rows, 0, 0};
    double around_mean = 0;
    *score =
        (cvr_score){.accuracy = NAN, .weighted_accuracy = NAN, .r2 = NAN, .rmse = NAN};
    CVR_TRY(cvr_allreduce_status(comm, bring(&F, Y, &own)));
    sums[1] = cvr_loss_squared.value(F, Y);
    if (task == CVR_CLASSIFY && classes > 0)
        sums[2] = count_right(F, Y, threshold);
    CVR_TRY(cvr_allreduce_sum(comm, sums, 3));
    score->rows = (int64_t)sums[0];
    score->loss = sums[1];
    if (task == CVR_CLASSIFY) {
        score->accuracy = isnan(sums[1]) ? NAN : sums[2] / sums[0];
    } else {
        CVR_TRY(spread(Y, sums[0], comm, &around_mean));
        score->rmse = sqrt(2 * sums[1] / (sums[0] * (double)Y.cols));
        score->r2 = around_mean > 0 ? 1 - 2 * sums[1] / around_mean : NAN;
    }
done:
    cvr_mat_free(&own);
    return status;
}

cvr_status cvr_model_outputs(const cvr_model *m, const cvr_dataset *data, cvr_mat *F)
{
    cvr_status status = CVR_OK;
    if (data->outputs != m->outputs)
        CVR_FAIL(CVR_BAD_DATA, "%s: the model has %d outputs, the data %d",
                 data->source ? data->source : "data", m->outputs, data->outputs);
    CVR_TRY(cvr_mat_new(data->Y.device, data->Y.type, data->X.rows, m->outputs, F));
    CVR_TRY(cvr_model_apply(m, data, *F));
done:
    return status;
}

/* The part of the rows whose likeliest class is theirs. */
static cvr_status calibrated_accuracy(const cvr_model *m, cvr_mat F, cvr_mat Y,
                                      cvr_comm *comm, double *accuracy)
{
    double sums[2] = {0, (double)F.rows};
    cvr_status status = CVR_OK;
    for (int64_t i = 0; i < F.rows; i++)
        sums[0] += cvr_model_class(m, F, i) == cvr_class_of(Y, i, 0);
    CVR_TRY(cvr_allreduce_sum(comm, sums, 2));
    *accuracy = sums[0] / sums[1];
done:
    return status;
}

cvr_status cvr_weighted_accuracy(const cvr_model *m, cvr_mat F, cvr_mat Y, cvr_mat omega,
                                 cvr_comm *comm, double *accuracy)
{
    double sums[2] = {0};
    cvr_status status = CVR_OK;
    for (int64_t i = 0; i < F.rows; i++) {
        double weight = cvr_get(omega, i, 0);
        bool right = cvr_model_class(m, F, i) == cvr_class_of(Y, i, 0);
        sums[0] += right ? weight : 0;
        sums[1] += weight;
    }
    CVR_TRY(cvr_allreduce_sum(comm, sums, 2));
    *accuracy = sums[1] > 0 ? sums[0] / sums[1] : NAN;
done:
    return status;
}

cvr_status cvr_score_made(cvr_status made, const cvr_model *m, const cvr_dataset *data,
                          cvr_mat outputs, cvr_mat omega, cvr_comm *comm,
                          cvr_score *score)
{
    cvr_mat own = {0}, F = outputs;
    cvr_status status = made;
    if (made == CVR_OK && !outputs.data) {
        status = cvr_model_outputs(m, data, &own);
        F = own;
    }
    CVR_TRY(cvr_allreduce_status(comm, status));
    CVR_TRY(cvr_score_outputs(F, data->Y, data->task, data->classes, m->threshold, comm,
                              score));
    if (m->calibration.data && !isnan(score->accuracy))
        CVR_TRY(calibrated_accuracy(m, F, data->Y, comm, &score->accuracy));
    if (omega.device && !isnan(score->accuracy))
        CVR_TRY(
            cvr_weighted_accuracy(m, F, data->Y, omega, comm, &score->weighted_accuracy));
done:
    cvr_mat_free(&own);
    return status;
}

cvr_status cvr_model_score(const cvr_model *m, const cvr_dataset *data, cvr_comm *comm,
                           cvr_score *score)
{
    return cvr_score_made(CVR_OK, m, data, (cvr_mat){0}, (cvr_mat){0}, comm, score);
}

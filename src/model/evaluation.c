/* How well a model does: confusion matrix and what follows from it, the area under the
   ROC curve, errors of values. */
#include <cvxrelu/model.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/fail.h"
#include "data/weights.h"
#include "linalg/ops.h"
#include "model/evaluation.h"
#include "model/score.h"
#include "parallel/comm.h"

/* ---- memory ------------------------------------------------------------------------ */

static cvr_status take(int64_t count, size_t size, void *list)
{
    return cvr_alloc(count, size, "an evaluation", list);
}

static cvr_status take_memory(cvr_evaluation *e)
{
    int64_t K = e->classes;
    cvr_status status = CVR_OK;
    CVR_TRY(take(cvr_times(K, K), sizeof *e->confusion, (void *)&e->confusion));
    CVR_TRY(take(K, sizeof *e->support, (void *)&e->support));
    CVR_TRY(take(K, sizeof *e->precision, (void *)&e->precision));
    CVR_TRY(take(K, sizeof *e->recall, (void *)&e->recall));
    CVR_TRY(take(K, sizeof *e->f1, (void *)&e->f1));
    CVR_TRY(take(e->outputs, sizeof *e->r2_of, (void *)&e->r2_of));
    CVR_TRY(take(e->outputs, sizeof *e->rmse_of, (void *)&e->rmse_of));
    CVR_TRY(take(e->outputs, sizeof *e->mae_of, (void *)&e->mae_of));
done:
    return status;
}

void cvr_evaluation_free(cvr_evaluation *e)
{
    void *all[] = {e->confusion, e->support, e->precision, e->recall,
                   e->f1,        e->r2_of,   e->rmse_of,   e->mae_of};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        cvr_release(all[i]);
    *e = (cvr_evaluation){0};
}

/* ---- classes ----------------------------------------------------------------------- */

/* confusion, summed over processes: whole numbers below 2^53 are doubles. */
static cvr_status count_classes(cvr_evaluation *e, const cvr_model *m, cvr_mat F,
                                cvr_mat Y, cvr_comm *comm)
{
    int K = e->classes;
    cvr_mat C = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(comm, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, K, K, &C)));
    for (int64_t i = 0; i < F.rows; i++) {
        int is = cvr_class_of(Y, i, m->threshold), said = cvr_model_class(m, F, i);
        cvr_set(C, is, said, cvr_get(C, is, said) + 1);
    }
    CVR_TRY(cvr_allreduce(comm, C));
    for (int c = 0; c < K; c++)
        for (int p = 0; p < K; p++)
            e->confusion[c * K + p] = (int64_t)cvr_get(C, c, p);
done:
    cvr_mat_free(&C);
    return status;
}

static double ratio(int64_t part, int64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : NAN;
}

/* What follows from the confusion matrix. */
static void judge_classes(cvr_evaluation *e)
{
    int K = e->classes, there = 0;
    int64_t right = 0;
    double recalls = 0;
    for (int c = 0; c < K; c++) {
        int64_t hits = e->confusion[c * K + c], said = 0;
        for (int k = 0; k < K; k++) {
            e->support[c] += e->confusion[c * K + k];
            said += e->confusion[k * K + c];
        }
        e->precision[c] = ratio(hits, said);
        e->recall[c] = ratio(hits, e->support[c]);
        e->f1[c] = ratio(2 * hits, said + e->support[c]);
        right += hits;
        there += e->support[c] > 0;
        recalls += e->support[c] > 0 ? e->recall[c] : 0;
    }
    e->accuracy = ratio(right, e->rows);
    e->balanced_accuracy = there > 0 ? recalls / there : NAN;
}

/* ---- area under the curve ---------------------------------------------------------- */

typedef struct scored {
    double f;
    bool second; /* of the second class */
} scored;

static int by_score(const void *a, const void *b)
{
    double x = ((const scored *)a)->f, y = ((const scored *)b)->f;
    return (x > y) - (x < y);
}

/* Pairs of a first and a second row in which the second has more, a tie for a half: over
   runs of equal scores, upwards. Counts of halves are whole numbers. */
static double area(scored *rows, int64_t n)
{
    double halves = 0, below = 0, seconds = 0;
    qsort(rows, (size_t)n, sizeof *rows, by_score);
    for (int64_t i = 0, j; i < n; i = j) {
        double first = 0, second = 0;
        for (j = i; j < n && by_score(&rows[j], &rows[i]) == 0; j++)
            *(rows[j].second ? &second : &first) += 1;
        halves += second * (2 * below + first);
        below += first;
        seconds += second;
    }
    return below > 0 && seconds > 0 ? halves / (2 * below * seconds) : NAN;
}

/* The score of each row, in which the second class has more, and its class. */
static void list_scores(const cvr_model *m, cvr_mat F, cvr_mat Y, cvr_mat own)
{
    for (int64_t i = 0; i < F.rows; i++) {
        double f = F.cols == 1 ? cvr_get(F, i, 0) : cvr_get(F, i, 1) - cvr_get(F, i, 0);
        cvr_set(own, i, 0, f);
        cvr_set(own, i, 1, cvr_class_of(Y, i, m->threshold));
    }
}

/* Rows of all processes on each: the order of scores is one of all of them. */
static cvr_status measure_area(cvr_evaluation *e, const cvr_model *m, cvr_mat F,
                               cvr_mat Y, cvr_comm *comm)
{
    cvr_mat own = {0}, all = {0};
    scored *rows = NULL;
    cvr_status status = cvr_mat_new(cvr_cpu(), CVR_DOUBLE, F.rows, 2, &own);
    if (status == CVR_OK)
        status = cvr_mat_new(cvr_cpu(), CVR_DOUBLE, e->rows, 2, &all);
    if (status == CVR_OK)
        status = take(e->rows, sizeof *rows, (void *)&rows);
    CVR_TRY(cvr_allreduce_status(comm, status));
    list_scores(m, F, Y, own);
    CVR_TRY(cvr_allgather(comm, own, all));
    for (int64_t i = 0; i < e->rows; i++)
        rows[i] = (scored){cvr_get(all, i, 0), cvr_get(all, i, 1) > 0};
    e->auc = area(rows, e->rows);
done:
    cvr_mat_free(&own);
    cvr_mat_free(&all);
    cvr_release(rows);
    return status;
}

/* ---- probabilities ----------------------------------------------------------------- */

/* Rows, sum of probabilities and right ones of each bin; then the sum of -log p. */
enum { OF_BIN = 3, LOGS = OF_BIN * CVR_RELIABILITY_BINS };

static void add_probabilities(const cvr_model *m, cvr_mat F, cvr_mat Y,
                              double sums[LOGS + 1])
{
    for (int64_t i = 0; i < F.rows; i++) {
        int is = cvr_class_of(Y, i, m->threshold), said = cvr_model_class(m, F, i);
        double p = cvr_model_probability(m, F, i, said);
        int bin = (int)(p * CVR_RELIABILITY_BINS);
        double *at = &sums[OF_BIN * (bin < CVR_RELIABILITY_BINS ? bin : bin - 1)];
        at[0] += 1;
        at[1] += p;
        at[2] += is == said;
        sums[LOGS] -= log(fmax(cvr_model_probability(m, F, i, is), DBL_MIN));
    }
}

static cvr_status measure_probabilities(cvr_evaluation *e, const cvr_model *m, cvr_mat F,
                                        cvr_mat Y, cvr_comm *comm)
{
    double sums[LOGS + 1] = {0}, rows = (double)e->rows;
    cvr_status status = CVR_OK;
    add_probabilities(m, F, Y, sums);
    CVR_TRY(cvr_allreduce_sum(comm, sums, LOGS + 1));
    e->log_loss = sums[LOGS] / rows;
    e->calibration_error = 0;
    for (int b = 0; b < CVR_RELIABILITY_BINS; b++) {
        const double *at = &sums[OF_BIN * b];
        bool some = at[0] > 0;
        e->reliability[b] = (cvr_reliability){(int64_t)at[0], some ? at[1] / at[0] : NAN,
                                              some ? at[2] / at[0] : NAN};
        e->calibration_error += fabs(at[2] - at[1]) / rows;
    }
done:
    return status;
}

/* ---- values ------------------------------------------------------------------------ */

/* Sums of one output: of squared and absolute errors, and of squares about the mean. */
typedef struct sums {
    double square, absolute, spread;
} sums;

static cvr_status add_up(cvr_mat f, cvr_mat y, double rows, cvr_comm *comm, sums *s)
{
    double own[3] = {0}, spread = 0;
    cvr_status status = CVR_OK;
    for (int64_t i = 0; i < f.rows; i++) {
        double error = cvr_get(f, i, 0) - cvr_get(y, i, 0);
        own[0] += error * error;
        own[1] += fabs(error);
        own[2] += cvr_get(y, i, 0);
    }
    CVR_TRY(cvr_allreduce_sum(comm, own, 3));
    for (int64_t i = 0; i < y.rows; i++)
        spread += pow(cvr_get(y, i, 0) - own[2] / rows, 2);
    CVR_TRY(cvr_allreduce_sum(comm, &spread, 1));
    *s = (sums){own[0], own[1], spread};
done:
    return status;
}

static void judge_sums(const sums *s, double count, double *r2, double *rmse, double *mae)
{
    *r2 = s->spread > 0 ? 1 - s->square / s->spread : NAN;
    *rmse = sqrt(s->square / count);
    *mae = s->absolute / count;
}

static cvr_status measure_values(cvr_evaluation *e, cvr_mat F, cvr_mat Y, cvr_comm *comm)
{
    double rows = (double)e->rows;
    sums all = {0}, one;
    cvr_status status = CVR_OK;
    for (int j = 0; j < e->outputs; j++) {
        CVR_TRY(add_up(cvr_mat_cols(F, j, 1), cvr_mat_cols(Y, j, 1), rows, comm, &one));
        judge_sums(&one, rows, &e->r2_of[j], &e->rmse_of[j], &e->mae_of[j]);
        all.square += one.square;
        all.absolute += one.absolute;
        all.spread += one.spread;
    }
    judge_sums(&all, rows * e->outputs, &e->r2, &e->rmse, &e->mae);
done:
    return status;
}

/* Where the data have weights. */
static cvr_status weigh(cvr_evaluation *e, const cvr_model *m, cvr_mat F,
                        const cvr_dataset *data, cvr_comm *comm)
{
    cvr_mat W = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_weights_of(data, data, comm, &W));
    if (W.device)
        CVR_TRY(cvr_weighted_accuracy(m, F, data->Y, W, comm, &e->weighted_accuracy));
done:
    cvr_mat_free(&W);
    return status;
}

/* ---- all --------------------------------------------------------------------------- */

cvr_status cvr_evaluate_outputs(const cvr_model *m, cvr_mat F, const cvr_dataset *data,
                                cvr_comm *comm, cvr_evaluation *e)
{
    bool classes = data->task == CVR_CLASSIFY && data->classes > 0;
    cvr_score score;
    cvr_status status = CVR_OK;
    *e = (cvr_evaluation){.accuracy = NAN,
                          .balanced_accuracy = NAN,
                          .weighted_accuracy = NAN,
                          .auc = NAN,
                          .r2 = NAN,
                          .rmse = NAN,
                          .mae = NAN,
                          .log_loss = NAN,
                          .calibration_error = NAN};
    CVR_TRY(cvr_score_outputs(F, data->Y, data->task, data->classes, m->threshold, comm,
                              &score));
    if (!isfinite(score.loss))
        CVR_FAIL(CVR_NUMERICAL, "%s: the loss of the network is not finite",
                 data->source ? data->source : "data");
    e->rows = score.rows;
    e->loss = score.loss;
    e->classes = classes ? data->classes : 0;
    e->outputs = classes ? 0 : data->outputs;
    CVR_TRY(cvr_allreduce_status(comm, take_memory(e)));
    if (classes) {
        CVR_TRY(count_classes(e, m, F, data->Y, comm));
        judge_classes(e);
        CVR_TRY(weigh(e, m, F, data, comm));
    }
    if (classes && m->calibration.data)
        CVR_TRY(measure_probabilities(e, m, F, data->Y, comm));
    if (e->classes == 2)
        CVR_TRY(measure_area(e, m, F, data->Y, comm));
    CVR_TRY(measure_values(e, F, data->Y, comm));
done:
    if (status != CVR_OK)
        cvr_evaluation_free(e);
    return status;
}

cvr_status cvr_model_evaluate(const cvr_model *m, const cvr_dataset *data, cvr_comm *comm,
                              cvr_evaluation *e)
{
    cvr_mat F = {0};
    cvr_status status = CVR_OK;
    *e = (cvr_evaluation){0};
    CVR_TRY(cvr_allreduce_status(comm, cvr_model_outputs(m, data, &F)));
    CVR_TRY(cvr_evaluate_outputs(m, F, data, comm, e));
done:
    cvr_mat_free(&F);
    return status;
}

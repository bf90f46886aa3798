#include "convex/limit_take.h"

#include <math.h>

#include "base/bytes.h"
#include "convex/limit_rows.h"
#include "convex/options.h"
#include "linalg/mats.h"
#include "parallel/comm.h"

double cvr_limit_clip(const cvr_problem *q)
{
    return q->train->transform.channels > 0 ? 0 : 3;
}

int64_t cvr_limit_columns(const cvr_problem *q)
{
    int64_t components = cvr_convex_options_of(q)->components;
    return components > 0 ? components : q->train->transform.features;
}

/* Rows of `index` as kernels compare them: X, from x, work in the data's type. */
static cvr_status take_features(const cvr_limit *s, const int64_t *index, cvr_mat x,
                                cvr_mat X)
{
    double clip = cvr_limit_clip(s->q);
    cvr_mat reduced = {0}, view = x;
    const cvr_machine as = {.V = s->V};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_rows_fetch(s->q, cvr_mat_cols(s->q->X, 0, x.cols), index, x));
    if (clip > 0)
        cvr_clamp(x, -clip, clip);
    CVR_TRY(
        cvr_allreduce_status(s->q->comm, cvr_machine_reduce(&as, x, &reduced, &view)));
    if (X.data != view.data)
        cvr_copy(X, view);
done:
    cvr_mat_free(&reduced);
    return status;
}

/* A strip at a time where rows are not yet what is taken of them. */
cvr_status cvr_limit_take(const cvr_limit *s, const int64_t *index, cvr_mat X, cvr_mat Y)
{
    enum { STRIP = 4096 };
    const cvr_problem *q = s->q;
    bool direct = X.type == q->X.type && !s->V.data;
    int64_t strip = direct || X.rows < STRIP ? X.rows : STRIP;
    cvr_mat x = X, y = {0};
    cvr_status status = cvr_mat_new(q->X.device, q->Y.type, Y.rows, Y.cols, &y);
    if (status == CVR_OK && !direct)
        status =
            cvr_mat_new(q->X.device, q->X.type, strip, q->train->transform.features, &x);
    CVR_TRY(cvr_allreduce_status(q->comm, status));
    for (int64_t i = 0; i < X.rows; i += strip) {
        cvr_mat to = cvr_mat_rows(X, i, strip);
        CVR_TRY(take_features(s, index + i, cvr_mat_rows(x, 0, to.rows), to));
    }
    CVR_TRY(cvr_rows_fetch(q, q->Y, index, y));
    cvr_copy(Y, y);
    cvr_add_row(Y, s->down);
done:
    if (!direct)
        cvr_mat_free(&x);
    cvr_mat_free(&y);
    return status;
}

static cvr_status sum_targets(cvr_limit *s, cvr_mat *sums)
{
    const cvr_problem *q = s->q;
    cvr_mat ones = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(q->Y.device, q->Y.type, q->Y.rows, 1, &ones));
    CVR_TRY(cvr_mat_new(q->Y.device, q->Y.type, q->Y.cols, 1, sums));
    cvr_fill(ones, 1);
    if (q->W.data)
        cvr_copy(ones, q->W);
    cvr_gemm(*sums, 1 / cvr_problem_total(q), CVR_T, q->Y, CVR_N, ones, 0);
done:
    cvr_mat_free(&ones);
    return status;
}

cvr_status cvr_limit_centre(cvr_limit *s)
{
    const double taus[] = {
        [CVR_BIAS_FREE] = 0, [CVR_BIAS_PENALISED] = 1, [CVR_BIAS_NONE] = INFINITY};
    cvr_mat sums = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(s->q->comm, sum_targets(s, &sums)));
    CVR_TRY(cvr_allreduce(s->q->comm, sums));
    cvr_copy(s->mean, sums);
    cvr_axpby(s->around, -1, s->mean, 0);
    s->tau = taus[s->q->train->transform.bias];
    if (s->tau > 0)
        cvr_fill(s->mean, 0);
    cvr_axpby(s->down, -1, s->mean, 0);
done:
    cvr_mat_free(&sums);
    return status;
}

/* Places among the distinct rows become rows, and weights theirs. */
static void look_up(const cvr_limit *s, int64_t count, int64_t *index, cvr_mat weights)
{
    for (int64_t k = 0; k < count; k++) {
        cvr_set(weights, k, 0, cvr_get(s->distinct.weight, index[k], 0));
        index[k] = s->distinct.row[index[k]];
    }
}

cvr_status cvr_limit_draw(const cvr_limit *s, int64_t count, cvr_type type, cvr_mat *X,
                          cvr_mat *Y, cvr_mat *weights)
{
    const cvr_problem *q = s->q;
    int64_t *index = NULL, features = cvr_limit_columns(q);
    cvr_status status = cvr_rows_draw(q->seed, s->distinct.count, count, &index);
    if (status == CVR_OK)
        status = cvr_mat_new(q->X.device, type, count, features, X);
    if (status == CVR_OK)
        status = cvr_mat_new(q->X.device, CVR_DOUBLE, count, q->Y.cols, Y);
    if (status == CVR_OK)
        status = cvr_mat_new(q->X.device, CVR_DOUBLE, count, 1, weights);
    CVR_TRY(cvr_allreduce_status(q->comm, status));
    look_up(s, count, index, *weights);
    CVR_TRY(cvr_limit_take(s, index, *X, *Y));
done:
    cvr_release(index);
    return status;
}

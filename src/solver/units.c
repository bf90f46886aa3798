/* Means in two passes and deviations scaled by the largest, so that no square leaves the
   numbers. */
#include "solver/units.h"
#include "linalg/ops.h"

#include <float.h>
#include <math.h>

#include "base/bytes.h"
#include "linalg/type.h"

/* Squares of numbers up to `most`, and sums of `count` of them, are normal numbers with
   all their digits. */
static bool squares_fit(double most, double count, cvr_type type)
{
    double low = type == CVR_DOUBLE ? DBL_MIN / DBL_EPSILON : FLT_MIN / FLT_EPSILON;
    double high = type == CVR_DOUBLE ? DBL_MAX : FLT_MAX;
    return most == 0 || (most >= sqrt(low) && most <= sqrt(high / fmax(count, 1)));
}

cvr_status cvr_squares_check(const cvr_problem *q, bool features)
{
    double most[] = {cvr_max_abs(q->Y), features ? cvr_max_abs(q->X) : 0};
    const double counts[] = {(double)q->rows * (double)q->Y.cols, (double)q->rows};
    const cvr_type types[] = {CVR_DOUBLE, q->X.type}; /* of their sums */
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_max(q->comm, most, 2));
    for (int i = 0; i < 2; i++)
        if (!squares_fit(most[i], counts[i], types[i])) {
            cvr_fail(CVR_BAD_DATA,
                     "%s: %s of up to %.3g in size: their squares leave the range of %s "
                     "precision",
                     q->train->source, i == 0 ? "targets" : "features", most[i],
                     cvr_type_name(types[i]));
            cvr_hint(i == 0 ? "train on targets in other units"
                            : "--normalize feature brings features to size 1");
            return CVR_BAD_DATA;
        }
done:
    return status;
}

cvr_status cvr_units_lay_out(cvr_units *u, cvr_workspace *w, int64_t outputs)
{
    cvr_status status = CVR_OK;
    *u = (cvr_units){.outputs = outputs};
    CVR_TRY(cvr_lay_array(w, (void **)&u->mean, outputs, sizeof *u->mean));
    CVR_TRY(cvr_lay_array(w, (void **)&u->deviation, outputs, sizeof *u->deviation));
    for (int64_t c = 0; c < outputs; c++)
        u->deviation[c] = 1;
done:
    return status;
}

/* mean += mean (y - mean): the second time what rounding has left. */
static cvr_status move_mean(const cvr_problem *p, int64_t c, double *mean)
{
    double sum = 0;
    for (int64_t i = 0; i < p->Y.rows; i++)
        sum += cvr_problem_weight(p, i) * (cvr_get(p->Y, i, c) - *mean) /
               cvr_problem_total(p);
    cvr_status status = cvr_allreduce_sum(p->comm, &sum, 1);
    *mean += sum;
    return status;
}

/* max y and max -y */
static cvr_status find_range(const cvr_problem *p, int64_t c, double range[2])
{
    range[0] = range[1] = -INFINITY;
    for (int64_t i = 0; i < p->Y.rows; i++) {
        double y = cvr_get(p->Y, i, c);
        range[0] = fmax(range[0], y);
        range[1] = fmax(range[1], -y);
    }
    return cvr_allreduce_max(p->comm, range, 2);
}

static cvr_status find_deviation(const cvr_problem *p, int64_t c, double largest,
                                 cvr_units *u)
{
    double sum = 0;
    for (int64_t i = 0; i < p->Y.rows && largest > 0; i++) {
        double part = (cvr_get(p->Y, i, c) - u->mean[c]) / largest;
        sum += cvr_problem_weight(p, i) * part * part / cvr_problem_total(p);
    }
    cvr_status status = cvr_allreduce_sum(p->comm, &sum, 1);
    u->deviation[c] = largest * sqrt(sum);
    return status;
}

static cvr_status measure_output(const cvr_problem *p, bool centred, int64_t c,
                                 cvr_units *u)
{
    double range[2];
    cvr_status status = CVR_OK;
    CVR_TRY(find_range(p, c, range));
    u->mean[c] = 0;
    if (centred && range[0] == -range[1])
        u->mean[c] = range[0]; /* equal targets: no rounding must make them vary */
    for (int pass = 0; pass < 2 && centred && range[0] > -range[1]; pass++)
        CVR_TRY(move_mean(p, c, &u->mean[c]));
    double high = range[0] - u->mean[c], low = range[1] + u->mean[c];
    CVR_TRY(find_deviation(p, c, fmax(fmax(high, low), 0), u));
done:
    return status;
}

cvr_status cvr_units_measure(const cvr_problem *p, bool centred, cvr_units *u)
{
    cvr_status status = CVR_OK;
    for (int64_t c = 0; c < u->outputs; c++)
        CVR_TRY(measure_output(p, centred, c, u));
done:
    return status;
}

double cvr_units_common(const cvr_units *u)
{
    double largest = 0, sum = 0;
    for (int64_t c = 0; c < u->outputs; c++)
        largest = fmax(largest, u->deviation[c]);
    for (int64_t c = 0; c < u->outputs && largest > 0; c++)
        sum += pow(u->deviation[c] / largest, 2) / (double)u->outputs;
    return largest > 0 ? largest * sqrt(sum) : 1;
}

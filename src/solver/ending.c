/* What is to be said of the network that a run ends with: a tolerance that is not
   reached, outputs that do not depend on the row, classes that are never predicted. */
#include "solver/ending.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "data/number.h"
#include "linalg/mats.h"
#include "model/score.h"
#include "solver/remark.h"

/* Over the training rows of all processes. */
typedef struct ending {
    int64_t outputs, classes;
    double *range;     /* 2 each output: the greatest, and less the least */
    double *predicted; /* rows of each class, as the network has them; then as they are */
    double threshold;
} ending;

static cvr_status allocate(const cvr_dataset *data, ending *e)
{
    int64_t classes = data->task == CVR_CLASSIFY ? data->classes : 0;
    cvr_status status = CVR_OK;
    *e = (ending){.outputs = data->Y.cols, .classes = classes};
    CVR_TRY(
        cvr_alloc(2 * e->outputs, sizeof *e->range, "two numbers", (void **)&e->range));
    CVR_TRY(cvr_alloc(2 * classes, sizeof *e->predicted, "counts of classes",
                      (void **)&e->predicted));
done:
    return status;
}

static void release(ending *e)
{
    cvr_release(e->range);
    cvr_release(e->predicted);
}

/* Their outputs F: own rows x outputs. */
static cvr_status look(const cvr_problem *q, cvr_mat F, ending *e)
{
    cvr_status status = CVR_OK;
    for (int64_t c = 0; c < e->outputs; c++) {
        cvr_mat f = cvr_mat_cols(F, c, 1);
        double *high = &e->range[2 * c], *low = high + 1;
        *high = *low = -INFINITY;
        for (int64_t i = 0; i < f.rows; i++) {
            double x = cvr_get(f, i, 0);
            *high = x > *high ? x : *high;
            *low = -x > *low ? -x : *low;
        }
    }
    for (int64_t i = 0; i < F.rows && e->classes > 0; i++) {
        e->predicted[cvr_class_of(F, i, e->threshold)]++;
        e->predicted[e->classes + cvr_class_of(q->train->Y, i, 0)]++;
    }
    CVR_TRY(cvr_allreduce_max(q->comm, e->range, (int)(2 * e->outputs)));
    CVR_TRY(cvr_allreduce_sum(q->comm, e->predicted, (int)(2 * e->classes)));
done:
    return status;
}

/* ---- sentences --------------------------------------------------------------------- */

static void remark_tolerance(const cvr_solver *s, cvr_progress *p)
{
    bool ended = p->outcome == CVR_MAX_ITERATIONS || p->outcome == CVR_TIME_LIMIT;
    if (!ended || !(s->tolerance > 0))
        return;
    if (isnan(p->gap))
        cvr_remark(
            p, "not converged: the tolerance %g was not reached after %lld iterations",
            s->tolerance, (long long)p->iterations);
    else
        cvr_remark(p, "not converged: the gap is %.2g and the tolerance %g", p->gap,
                   s->tolerance);
}

static bool constant(const ending *e)
{
    for (int64_t c = 0; c < e->outputs; c++)
        if (e->range[2 * c] != -e->range[2 * c + 1])
            return false;
    return true;
}

/* A layer without a weight lets nothing of the row through. */
static bool has_no_weights(const cvr_model *m)
{
    for (int l = 0; l < m->depth; l++)
        if (cvr_count_nonzero(m->layers[l].W) == 0)
            return true;
    return false;
}

static void remark_constant(const cvr_problem *q, const cvr_model *m, const ending *e,
                            cvr_progress *p)
{
    const char *zero =
        has_no_weights(m) ? "the model is zero except for its constants: " : "";
    char quoted[CVR_QUOTE_SIZE];
    if (e->classes > 0) {
        int k = 0;
        while (k + 1 < e->classes && e->predicted[k] == 0)
            k++;
        cvr_remark(p, "%severy training row is assigned to class '%s'", zero,
                   cvr_quote(q->train->class_names[k], quoted));
    } else if (e->outputs == 1) {
        cvr_remark(p, "%severy training row gets the output %.6g", zero, e->range[0]);
    } else {
        cvr_remark(p, "%severy training row gets the same outputs", zero);
    }
}

/* Of the classes that there are. */
static void remark_classes(const cvr_problem *q, const ending *e, cvr_progress *p)
{
    enum { NAMED = 3 };
    char names[NAMED * (CVR_QUOTE_SIZE + 4)] = "", quoted[CVR_QUOTE_SIZE];
    int64_t count = 0;
    for (int64_t k = 0; k < e->classes; k++) {
        size_t used = strlen(names);
        if (e->predicted[k] > 0 || e->predicted[e->classes + k] == 0)
            continue;
        if (count++ < NAMED)
            snprintf(names + used, sizeof names - used, "%s'%s'", used ? ", " : "",
                     cvr_quote(q->train->class_names[k], quoted));
    }
    if (count == 1)
        cvr_remark(p, "class %s is never predicted on the training rows", names);
    else if (count > NAMED)
        cvr_remark(p, "classes %s and %lld more are never predicted on the training rows",
                   names, (long long)(count - NAMED));
    else if (count > 1)
        cvr_remark(p, "classes %s are never predicted on the training rows", names);
}

/* ---- all --------------------------------------------------------------------------- */

/* F = the outputs at hand, or those of m. Not collective. */
static cvr_status find_outputs(const cvr_problem *q, const cvr_model *m, cvr_mat outputs,
                               cvr_mat *F)
{
    const cvr_mat Y = q->train->Y;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(Y.device, Y.type, Y.rows, Y.cols, F));
    if (outputs.device)
        cvr_copy(*F, outputs);
    else
        CVR_TRY(cvr_model_apply(m, q->train, *F));
done:
    return status;
}

cvr_status cvr_solver_remark(cvr_solver *s, cvr_mat outputs, cvr_progress *p)
{
    const cvr_problem *q = &s->problem;
    cvr_model m = {0};
    cvr_mat F = {0};
    ending e = {0};
    cvr_status status = CVR_OK;
    remark_tolerance(s, p);
    if (q->rows < 2 || p->outcome == CVR_DIVERGED)
        return CVR_OK;
    status = cvr_solver_recover(s, &m);
    if (status == CVR_OK)
        status = allocate(q->train, &e);
    if (status == CVR_OK)
        status = find_outputs(q, &m, outputs, &F);
    CVR_TRY(cvr_allreduce_status(q->comm, status));
    e.threshold = outputs.device ? 0 : m.threshold;
    CVR_TRY(look(q, F, &e));
    if (constant(&e))
        remark_constant(q, &m, &e, p);
    else
        remark_classes(q, &e, p);
done:
    cvr_model_free(&m);
    cvr_mat_free(&F);
    release(&e);
    return status;
}

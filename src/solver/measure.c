#include "solver/measure.h"

#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "model/model.h"
#include "model/score.h"

/* The model's outputs at hand (its threshold is 0), or those that it has to compute. */
static cvr_status score_train(cvr_solver *s, cvr_status made, const cvr_model *m,
                              cvr_mat outputs, cvr_score *score)
{
    const cvr_dataset *data = s->problem.train;
    if (!outputs.device || s->method->calibrates || s->W.device)
        return cvr_score_made(made, m, data, outputs, s->W, s->problem.comm, score);
    return cvr_score_outputs(outputs, data->Y, data->task, data->classes, 0,
                             s->problem.comm, score);
}

/* Of the test rows, where there are such; those without weights have 1 each. */
static double weighted(const cvr_solver *s, const cvr_progress *p)
{
    if (!s->problem.test)
        return p->train.weighted_accuracy;
    if (!s->W_test.device)
        return s->W.device ? p->test.accuracy : NAN;
    return p->test.weighted_accuracy;
}

/* Loss and accuracy of the recovered network, on the training and on the test rows. It is
   made only where there are outputs to compute, or weights. */
static cvr_status score(cvr_solver *s, cvr_mat outputs, cvr_progress *p)
{
    cvr_model m = {0};
    bool needed =
        !outputs.device || s->problem.test || s->method->calibrates || s->W.device;
    cvr_status status = CVR_OK, made = needed ? cvr_solver_recover(s, &m) : CVR_OK;
    CVR_TRY(score_train(s, made, &m, outputs, &p->train));
    if (s->problem.test)
        CVR_TRY(cvr_score_made(made, &m, s->problem.test, (cvr_mat){0}, s->W_test,
                               s->problem.comm, &p->test));
    p->weighted_accuracy = weighted(s, p);
done:
    cvr_model_free(&m);
    return status;
}

cvr_status cvr_solver_read_clocks(cvr_solver *s, cvr_progress *p)
{
    cvr_comm *comm = s->problem.comm;
    double clocks[] = {cvr_solver_seconds(s), cvr_solver_cpu_seconds(s)};
    s->phases[CVR_PHASE_REDUCE] = s->reduced_before + cvr_comm_traffic(comm).seconds;
    cvr_status status = cvr_broadcast(comm, clocks, sizeof clocks);
    p->seconds = clocks[0];
    p->cpu_seconds = clocks[1];
    memcpy(p->phases, s->phases, sizeof p->phases);
    p->peak_memory_bytes = cvr_memory_peak();
    p->bytes_reduced = s->bytes_before + cvr_comm_traffic(comm).bytes;
    return status;
}

cvr_status cvr_solver_measure(cvr_solver *s, cvr_progress *p, cvr_mat *outputs)
{
    cvr_status status = CVR_OK;
    double begun = cvr_wall_seconds();
    cvr_solver_describe(s, p);
    CVR_TRY(s->method->measure(s->state, p, outputs));
    CVR_TRY(score(s, *outputs, p));
    s->phases[CVR_PHASE_MEASURE] += cvr_wall_seconds() - begun;
    CVR_TRY(cvr_solver_read_clocks(s, p));
done:
    return status;
}

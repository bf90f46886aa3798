#include "solver/method.h"

#include "parallel/comm.h"

cvr_status cvr_problem_ones(const cvr_problem *p, cvr_mat *X)
{
    const cvr_dataset *data = p->train;
    bool behind = data->transform.bias == CVR_BIAS_FREE;
    *X = p->X;
    X->cols += behind;
    if (behind && !data->prepared)
        return cvr_fail(CVR_USAGE, "%s: the data are not prepared for training",
                        data->source);
    return CVR_OK;
}

/* Sizes, then memory for all of it, then first values. */
cvr_status cvr_method_set_up(const cvr_method *m, void *state, const cvr_problem *q,
                             cvr_workspace *w)
{
    cvr_status status = CVR_OK;
    cvr_workspace_init(w, q->X.device, q->X.type, m->info.name);
    CVR_TRY(cvr_allreduce_status(q->comm, m->pose(state, q)));
    CVR_TRY(cvr_allreduce_status(q->comm, m->lay_out(state, w)));
    CVR_TRY(cvr_workspace_take(w, q->comm));
    CVR_TRY(m->start(state));
done:
    return status;
}

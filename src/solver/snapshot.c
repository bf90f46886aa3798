/* Snapshots are checkpoints in memory: what a method lists for the one it lists for the
   other. */
#include "solver/snapshot.h"

#include "base/bytes.h"

cvr_status cvr_method_serialize(cvr_solver *s, cvr_archive *k)
{
    const cvr_method *m = s->method;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_workspace_serialize(&s->workspace, k));
    if (cvr_archive_restoring(k) && m->restored)
        CVR_TRY(m->restored(s->state));
done:
    return status;
}

static cvr_status pass(cvr_solver *s, cvr_archive_mode mode)
{
    const cvr_problem *q = &s->problem;
    cvr_archive k = {.keeping = mode,
                     .comm = q->comm,
                     .rows = q->rows,
                     .first = q->first,
                     .own = q->X.rows,
                     .copies = &s->before};
    s->before.used = 0;
    return cvr_method_serialize(s, &k);
}

cvr_status cvr_snapshot_take(cvr_solver *s)
{
    return pass(s, CVR_COPYING);
}

cvr_status cvr_snapshot_back(cvr_solver *s)
{
    return pass(s, CVR_RECALLING);
}

void cvr_snapshot_free(cvr_copies *copies)
{
    cvr_release(copies->bytes);
    *copies = (cvr_copies){0};
}

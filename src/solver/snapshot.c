/* Snapshots are checkpoints in memory: what a method lists for the one it lists for the
   other. */
#include "solver/snapshot.h"

#include "base/bytes.h"

static cvr_status pass(const cvr_method *method, void *state, const cvr_problem *problem,
                       cvr_archive_mode keeping, cvr_copies *copies)
{
    cvr_archive k = {.keeping = keeping,
                     .comm = problem->comm,
                     .rows = problem->rows,
                     .first = problem->first,
                     .own = problem->X.rows,
                     .copies = copies};
    copies->used = 0;
    return method->keep(state, &k);
}

cvr_status cvr_snapshot_take(const cvr_method *method, void *state,
                             const cvr_problem *problem, cvr_copies *copies)
{
    return pass(method, state, problem, CVR_COPYING, copies);
}

cvr_status cvr_snapshot_back(const cvr_method *method, void *state,
                             const cvr_problem *problem, cvr_copies *copies)
{
    return pass(method, state, problem, CVR_RECALLING, copies);
}

void cvr_snapshot_free(cvr_copies *copies)
{
    cvr_release(copies->bytes);
    *copies = (cvr_copies){0};
}

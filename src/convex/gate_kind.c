/* The table of gate kinds, and what several of them need. */
#include "convex/gate_kind.h"

#include "base/bytes.h"
#include "parallel/comm.h"

#define ADDRESS(name, about) &cvr_gate_##name,
const cvr_gate_kind *const cvr_gate_kinds[] = {CVR_GATE_KINDS(ADDRESS, ADDRESS)};
#undef ADDRESS

cvr_status cvr_sampler_rows(const cvr_sampler *s, int64_t count, int64_t **index,
                            cvr_mat shape, cvr_mat *A)
{
    const cvr_problem *q = s->problem;
    cvr_status status = cvr_alloc(count, sizeof **index, "row indices", (void **)index);
    if (status == CVR_OK)
        status = cvr_mat_new(q->X.device, shape.type, shape.rows, shape.cols, A);
    return cvr_allreduce_status(q->comm, status);
}

/* Rows drawn by the seed: those with the least random numbers. */
#include "convex/limit_rows.h"

#include <math.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/random.h"
#include "linalg/mats.h"
#include "parallel/comm.h"

cvr_status cvr_rows_fetch(const cvr_problem *q, cvr_mat A, const int64_t *index,
                          cvr_mat B)
{
    cvr_fill(B, 0);
    for (int64_t j = 0; j < B.rows; j++) {
        int64_t own = index[j] - q->first;
        if (own >= 0 && own < A.rows)
            cvr_copy(cvr_mat_rows(B, j, 1), cvr_mat_rows(A, own, 1));
    }
    return cvr_allreduce(q->comm, B);
}

typedef struct ticket {
    double number;
    int64_t row;
} ticket;

static int by_number(const void *a, const void *b)
{
    const ticket *p = a, *q = b;
    return (p->number > q->number) - (p->number < q->number);
}

cvr_status cvr_rows_draw(uint64_t seed, int64_t n, int64_t count, int64_t **index)
{
    int64_t at = 0;
    ticket *all = NULL;
    double last = INFINITY;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_alloc(count, sizeof **index, "row indices", (void **)index));
    CVR_TRY(cvr_alloc(n, sizeof *all, "random numbers", (void **)&all));
    for (int64_t i = 0; i < n; i++)
        all[i] = (ticket){cvr_random_uniform(seed, CVR_FOR_LANDMARKS, i, 0), i};
    if (count < n) {
        qsort(all, (size_t)n, sizeof *all, by_number);
        last = all[count].number;
    }
    for (int64_t i = 0; i < n && at < count; i++)
        if (cvr_random_uniform(seed, CVR_FOR_LANDMARKS, i, 0) < last)
            (*index)[at++] = i;
done:
    cvr_release(all);
    return status;
}

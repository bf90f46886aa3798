/* Rows of all processes that differ in x or y, and what each counts for. Equal rows are
   one row whose weight is the sum of theirs: repeating a row and weighting it are the
   same problem. */
#ifndef CVR_CONVEX_DISTINCT_H
#define CVR_CONVEX_DISTINCT_H

#include "solver/method.h"

typedef struct cvr_distinct {
    int64_t count;
    int64_t *row;   /* count: the first row of each, among the rows of all processes. In
                       the order of the rows where these are plain; else in one that their
                       order, and how often each comes, does not change */
    int64_t *place; /* own rows: which of these each is */
    cvr_mat weight; /* count x 1, double */
    cvr_mat own;    /* own rows x 1, double: the weight at a first row, 0 at its copies */
    bool plain;     /* no row comes twice, and each has the weight 1 */
} cvr_distinct;

/* Collective. Frees what it has made when it fails. */
cvr_status cvr_distinct_find(const cvr_problem *q, cvr_distinct *d) CVR_MUST_CHECK;
void cvr_distinct_free(cvr_distinct *d);

/* Own row i is the first of its copies. */
static inline bool cvr_distinct_first(const cvr_distinct *d, int64_t i)
{
    return cvr_get(d->own, i, 0) > 0;
}

#endif

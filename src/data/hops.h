/* What a node sees of its neighbourhood. */
#ifndef CVR_DATA_HOPS_H
#define CVR_DATA_HOPS_H

#include <cvxrelu/data.h>

#include "data/edges.h"

typedef struct cvr_hops {
    int hops;            /* 0: the node's own features */
    bool row_sums;       /* a row of H is divided by the sum of its sizes first */
    const int64_t *node; /* of each row of X */
} cvr_hops;

/* X = [H, A H, ..., A^hops H], the rows of some nodes;  A = D^{-1/2} (I + E) D^{-1/2}, D
   the row sums of I + E. H is the rows of nodes (dense or sparse), raw. When the process
   wishes to end it is left, and X is void. */
cvr_status cvr_hops_fill(const cvr_dataset *nodes, const cvr_edges *e, const cvr_hops *h,
                         cvr_comm *comm, cvr_mat X) CVR_MUST_CHECK;

#endif

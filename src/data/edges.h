/* The edges of a graph whose nodes are the rows of a data set. */
#ifndef CVR_DATA_EDGES_H
#define CVR_DATA_EDGES_H

#include <stdint.h>

#include <cvxrelu/comm.h>

#include "base/fail.h"

/* Without loops and doubles, in both directions: the neighbours of node i are node[e] for
   e = start[i] .. start[i + 1] - 1, rising. */
typedef struct cvr_edges {
    int64_t nodes;
    int64_t *start; /* nodes + 1 */
    int32_t *node;
} cvr_edges;

/* From a file of lines "u v", two numbers of nodes from 0. path NULL: no edges.
   CVR_BAD_DATA with the line when it is none, or names a node that is not there. */
cvr_status cvr_edges_read(const char *path, int64_t nodes, cvr_comm *comm,
                          cvr_edges *e) CVR_MUST_CHECK;
void cvr_edges_free(cvr_edges *e); /* leaves {0}; takes {0} */

/* The number of a node at *p, which moves past it and what is between fields (blanks, a
   comma or a semicolon); -1: there is none. */
int64_t cvr_node_read(const char **p);

#endif

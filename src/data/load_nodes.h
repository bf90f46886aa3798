/* Rows that are nodes of a graph. */
#ifndef CVR_DATA_LOAD_NODES_H
#define CVR_DATA_LOAD_NODES_H

#include <cvxrelu/data.h>

#include "base/fail.h"

/* Whether rows are read as nodes: a graph, parts, or sums of rows are asked for. */
bool cvr_load_has_nodes(const cvr_load *how);

/* The own block of the rows of the wanted nodes: those that how->split calls train
   (how->testing: test), or all. Every process reads all nodes, and sends nothing. Not
   collective. CVR_USAGE (options that do not go together), CVR_BAD_DATA. */
cvr_status cvr_load_nodes(const cvr_load *how, int rank, int size,
                          cvr_dataset **data) CVR_MUST_CHECK;

#endif

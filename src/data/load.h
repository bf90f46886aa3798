/* Loading without processes: the rows of one block. */
#ifndef CVR_DATA_LOAD_H
#define CVR_DATA_LOAD_H

#include <cvxrelu/data.h>

#include "data/parts.h"

/* Block `rank` of `size` of the rows; reads alone, agrees with nobody. */
cvr_status cvr_load_block(const cvr_load *how, int rank, int size,
                          cvr_dataset **data) CVR_MUST_CHECK;
/* All rows, of nodes: labels are looked at where parts (NULL: all) want the row. */
cvr_status cvr_load_parts(const cvr_load *how, const cvr_parts *parts,
                          cvr_dataset **data) CVR_MUST_CHECK;

#endif

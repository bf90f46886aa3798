/* What --compact asks for. */
#ifndef CVR_CONVEX_COMPACT_H
#define CVR_CONVEX_COMPACT_H

#include "solver/method.h"

/* Landmarks in place of all rows; gates in place of the kernel; 0: not. */
typedef struct cvr_compact {
    int64_t landmarks, gates;
} cvr_compact;

/* Of so many rows. CVR_USAGE: it is neither landmarks=NUMBER nor gates=NUMBER. */
cvr_status cvr_compact_read(const cvr_problem *q, int64_t rows,
                            cvr_compact *c) CVR_MUST_CHECK;

#endif

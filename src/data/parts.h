/* Which nodes of a graph are for training, for choosing, for testing. */
#ifndef CVR_DATA_PARTS_H
#define CVR_DATA_PARTS_H

#include <stdint.h>

#include "base/fail.h"

typedef enum cvr_part {
    CVR_PART_NONE,
    CVR_PART_TRAIN,
    CVR_PART_VAL,
    CVR_PART_TEST
} cvr_part;
const char *cvr_part_name(cvr_part part); /* "none", "train", "val", "test" */

typedef struct cvr_parts_line {
    int64_t node, line;
    cvr_part part;
} cvr_parts_line;

typedef struct cvr_parts {
    cvr_parts_line *item; /* count of them, nodes rising */
    int64_t count, room;
    const char *path; /* the caller's */
    cvr_part wanted;  /* the caller's: rows of this part have labels that count */
} cvr_parts;

/* From a file of lines "node part". CVR_BAD_DATA with the line when it is none, or a
   node comes twice. */
cvr_status cvr_parts_read(const char *path, cvr_parts *p) CVR_MUST_CHECK;
/* CVR_BAD_DATA: one of them is not among so many nodes, or none is of the wanted part. */
cvr_status cvr_parts_check(const cvr_parts *p, int64_t nodes) CVR_MUST_CHECK;
/* Of node i; none where the file does not name it. p NULL or without a path: wanted. */
bool cvr_parts_want(const cvr_parts *p, int64_t i);
void cvr_parts_free(cvr_parts *p); /* leaves {0}; takes {0} */

#endif

/* Text that grows: what of a file has not been written yet. */
#ifndef CVR_DATA_WRITTEN_LINE_H
#define CVR_DATA_WRITTEN_LINE_H

#include <cvxrelu/mat.h>

#include "base/fail.h"

typedef struct cvr_line {
    char *text;
    int64_t used, room;
} cvr_line;

/* All fail with CVR_NO_MEMORY. */
cvr_status cvr_line_add(cvr_line *l, const char *text, int64_t length) CVR_MUST_CHECK;
cvr_status cvr_line_text(cvr_line *l, const char *text) CVR_MUST_CHECK;
/* The shortest digits that read back to v in its type. */
cvr_status cvr_line_number(cvr_line *l, double v, cvr_type type) CVR_MUST_CHECK;
/* " 12:" */
cvr_status cvr_line_index(cvr_line *l, int64_t index) CVR_MUST_CHECK;
/* A name for CSV: in quotes when it needs them. */
cvr_status cvr_line_name(cvr_line *l, const char *name) CVR_MUST_CHECK;

#endif

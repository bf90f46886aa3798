/* The columns of the files that are read together: what is known and learned of them. */
#ifndef CVR_DATA_TABLE_H
#define CVR_DATA_TABLE_H

#include "data/columns.h"
#include "data/match.h"
#include "data/scan.h"

typedef struct cvr_table {
    cvr_columns columns;
    bool known;   /* columns are those of a model or of an earlier file */
    bool given;   /* of a model or of training data */
    bool learned; /* and their kinds */
    cvr_scan scan;
    cvr_missing missing; /* of columns that are learned */
    bool indicator;
    const cvr_transform *like; /* of a model without columns: its widths; or NULL */
} cvr_table;

/* Where the columns of a file go: of the first one they become the columns. */
cvr_status cvr_table_place(cvr_table *t, const cvr_header_row *h, cvr_place *place,
                           int *targets) CVR_MUST_CHECK;
/* The columns of a model or of training data, whose transform is kept. */
cvr_status cvr_table_like(cvr_table *t, const cvr_transform *like) CVR_MUST_CHECK;
/* After the last row, as cvr_scan_settle. */
cvr_status cvr_table_settle(cvr_table *t, const char *source, cvr_mat *X) CVR_MUST_CHECK;
void cvr_table_close(cvr_table *t); /* takes {0} */

#endif

/* Labels in a file of their own. */
#ifndef CVR_DATA_LABEL_FILE_H
#define CVR_DATA_LABEL_FILE_H

#include "data/reader.h"

typedef struct cvr_label_file {
    cvr_reader reader; /* in NULL: none is open */
    char *sibling;     /* its name, where it was looked for next to the images */
    cvr_table table;   /* its columns */
} cvr_label_file;

/* Opens the file of labels of the rows in path, unless one is open. None may be there
   when rows may be unlabelled. */
cvr_status cvr_label_file_open(cvr_label_file *l, const cvr_load *how, const char *path,
                               bool quiet) CVR_MUST_CHECK;
/* The target or label of the next row; CVR_BAD_DATA when there is none for it. */
cvr_status cvr_label_file_next(cvr_label_file *l, const char *path,
                               cvr_row *row) CVR_MUST_CHECK;
/* After the last row of path: CVR_BAD_DATA when there are more labels. */
cvr_status cvr_label_file_end(cvr_label_file *l, const char *path) CVR_MUST_CHECK;
void cvr_label_file_close(cvr_label_file *l); /* its columns stay; takes {0} */
void cvr_label_file_free(cvr_label_file *l);  /* takes {0} */

#endif

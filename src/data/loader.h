/* Rows of files on their way to a data set. */
#ifndef CVR_DATA_LOADER_H
#define CVR_DATA_LOADER_H

#include "data/images.h"
#include "data/label_file.h"
#include "data/labels.h"
#include "data/parts.h"
#include "data/reader.h"
#include "data/row_buffer.h"

typedef struct cvr_loader {
    const cvr_load *how;
    const cvr_parts *parts; /* of nodes: which rows have labels that count; or NULL */
    char *source;
    cvr_transform shape; /* of raw rows, and what becomes of images */
    int64_t features;    /* of raw rows; -1: sparse */
    int targets;
    int64_t least, most;  /* sparse indices */
    int64_t most_row;     /* where the latter came first, from 1 */
    bool again;           /* rows are read a second time: notes have been made */
    int64_t files, bytes; /* read in this pass; bytes of content */
    cvr_imager imager;
    bool imaging;
    cvr_label_file label_file;
    cvr_labels labels;
    int64_t from, to; /* rows to keep */
    int64_t rows;     /* that are of wanted classes, so far in this pass */
    int64_t entries;  /* of these rows, when they are sparse */
    int64_t numbers;  /* kept ones that are not 0 */
    int64_t tiny;     /* of them those that single precision takes for 0 */
    cvr_table table;  /* columns of CSV */
    int64_t dropped;  /* rows for lack of a value, in this pass */
    cvr_row_buffer buffer;
    double *y;      /* kept rows x targets, row-major */
    int64_t y_room; /* numbers that it has memory for */
} cvr_loader;

/* Reads all files: rows from .. to - 1 (of those of wanted classes) are kept, the others
   counted. */
cvr_status cvr_loader_pass(cvr_loader *l, int64_t from, int64_t to) CVR_MUST_CHECK;

#endif

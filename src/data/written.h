/* Formats that are written.

   A format is a file save_<name>.c and a word of CVR_FORMATS_WRITTEN (cvxrelu/data.h). */
#ifndef CVR_DATA_WRITTEN_H
#define CVR_DATA_WRITTEN_H

#include <cvxrelu/data.h>

#include "data/written_line.h"

typedef struct cvr_written {
    const cvr_dataset *data; /* the rows at hand */
    int64_t rows, first;     /* of the file; of it before the rows at hand */
    int64_t features;        /* columns of X without the bias */
    int targets;             /* columns after them: 1 for classes */
    double *x;               /* features of the row that is written; the saver's */
    const int64_t *item;     /* which column of data's table each feature is; or NULL */
} cvr_written;

typedef struct cvr_written_format {
    const char *endings; /* of file names, which blanks part: ".csv" */
    /* Both append to l; CVR_USAGE where the format cannot hold such data. */
    cvr_status (*head)(const cvr_written *t, cvr_line *l);
    cvr_status (*row)(const cvr_written *t, int64_t i, cvr_line *l);
} cvr_written_format;

#define CVR_WRITTEN_DECLARE(name) extern const cvr_written_format cvr_written_##name;
CVR_FORMATS_WRITTEN(CVR_WRITTEN_DECLARE)
#undef CVR_WRITTEN_DECLARE

/* The column of a table that feature j is; NULL: it is none. */
const cvr_column *cvr_written_column(const cvr_written *t, int64_t j);
/* The class of row i by its name. */
const char *cvr_written_class(const cvr_written *t, int64_t i);
/* Target k of row i as a number: a class by its name, or by its place when that is
   none. */
double cvr_written_number(const cvr_written *t, int64_t i, int k);
/* CVR_USAGE where the data are not numbers alone; missing: they can be missing. */
cvr_status cvr_written_numbers(const cvr_written *t, const char *format,
                               bool missing) CVR_MUST_CHECK;

#endif

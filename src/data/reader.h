/* What every file format gives: rows, one after the other. The loop over rows is written
   once (load.c); a format is a row of the table in reader.c. */
#ifndef CVR_DATA_READER_H
#define CVR_DATA_READER_H

#include <stdbool.h>
#include <stdint.h>

#include <cvxrelu/data.h>

#include "data/dialect.h"
#include "data/stream.h"
#include "data/table.h"

/* One row, valid until the next. */
typedef struct cvr_row {
    int64_t count;        /* of values */
    const int32_t *index; /* their columns, rising; NULL: 0 .. count - 1 */
    const double *value;  /* finite */
    const double *target; /* reader.targets of them, finite; not read when label is set */
    const char *label;    /* the one target as text, or NULL: it is a number */
    bool missing;         /* a value is missing for whose lack the row is dropped */
} cvr_row;

typedef struct cvr_format cvr_format;

typedef struct cvr_reader {
    const cvr_format *format;
    cvr_stream *in;
    const char *file, *path;   /* the caller's: to open, and for messages */
    const char *target;        /* the caller's; NULL: last column; "none" */
    int libsvm_base;           /* 0, 1; -1: as found, 1 until an index 0 comes */
    cvr_dialect dialect;       /* of CSV, as far as it is given */
    const char *ignore;        /* of CSV: columns to leave out, or NULL */
    const cvr_transform *like; /* of a model; or NULL */
    bool optional;             /* of CSV: there may be no target */
    bool unlabelled;           /* of CSV: targets are not looked at */
    bool drops;                /* rows without a target are dropped */
    cvr_table *table;          /* of CSV: the caller's, for its columns */
    bool testing;              /* of a file that has both: the rows to test with */
    bool quiet;                /* notes have been made */
    bool looks;                /* of CSV: rows that are not kept are looked at too */
    bool unasked; /* set before a row: its target is not looked at and may be missing */
    bool skim;    /* set before a row: its values will not be looked at, only its target
                  and indices; a format may leave them out */

    int64_t features; /* -1: sparse, as many as the rows need */
    int targets;
    bool text;                   /* targets are texts */
    int64_t line, label_column;  /* where the latest label stands, from 1; 0: unknown */
    int channels, height, width; /* of images, planes; else 0 */
    char note[200];              /* what a user should know of how it was read, or "" */
    void *state;
} cvr_reader;

struct cvr_format {
    const char *name, *about;
    bool (*sniff)(const unsigned char *head, size_t size);
    cvr_status (*open)(cvr_reader *r); /* in is at the beginning; sets the shape */
    cvr_status (*next)(cvr_reader *r, cvr_row *row, bool *end);
    void (*close)(cvr_reader *r); /* frees state, which may be NULL */
};

#define CVR_DECLARE(name) extern const cvr_format cvr_format_##name;
CVR_FORMATS_READ(CVR_DECLARE)
#undef CVR_DECLARE

/* What `how` says of it. */
cvr_dialect cvr_reader_dialect(const cvr_load *how);
/* format NULL: found by content. The caller sets what r has from target to quiet, and
   keeps path. */
cvr_status cvr_reader_open(cvr_reader *r, const char *path,
                           const char *format) CVR_MUST_CHECK;
/* r->target; "none" for a matrix that is just as wide as the model that it is for. */
const char *cvr_reader_target(const cvr_reader *r, int64_t columns);
cvr_status cvr_reader_next(cvr_reader *r, cvr_row *row, bool *end) CVR_MUST_CHECK;
void cvr_reader_close(cvr_reader *r); /* leaves {0}; takes {0} */

#endif

/* An array of numbers in a file, as rows. */
#ifndef CVR_DATA_ARRAY_H
#define CVR_DATA_ARRAY_H

#include "base/packed.h"
#include "data/substream.h"

enum { CVR_MOST_DIMENSIONS = 4 };

typedef struct cvr_file_array {
    /* Set by who has read its head: */
    cvr_packed kind;
    bool swapped;    /* its bytes are in the other order than this machine's */
    bool columnwise; /* the first index runs fastest (Fortran, MATLAB), not the last */
    int dimensions;
    int64_t size[CVR_MOST_DIMENSIONS];
    cvr_substream in;        /* its numbers; the array's from then on */
    bool padded;             /* up to 7 bytes may follow them */
    const char *path, *name; /* for messages: the file, and "" or "X: " */

    /* Set by cvr_file_array_plan: */
    int64_t rows, columns;       /* columns: numbers of a row */
    int channels, height, width; /* of rows that are images, else 0 */
    bool channels_last;          /* they are height x width x channels in the file */

    int64_t row;    /* the next */
    int64_t at;     /* the row that the substream is at */
    int64_t item;   /* numbers from one row to the next */
    bool whole;     /* rows do not lie one after the other: all are in memory */
    int64_t *place; /* of a row's numbers in it; NULL: as they come */
    unsigned char *bytes;
    int64_t room;
} cvr_file_array;

/* Numbers in all, of `dimensions` sizes; -1 when they are too many to count. */
int64_t cvr_file_array_count(const cvr_file_array *a);
/* Index `along` counts rows: the first, the last, or one of size 1 behind that. Of the
   others one is a column, two are height and width, three an image with channels, which
   come first or (1, 3 or 4, or where the first index runs fastest) last. Memory only for
   what the file has. */
cvr_status cvr_file_array_plan(cvr_file_array *a, int along) CVR_MUST_CHECK;
/* The next row: columns numbers, an image plane by plane; finite, or CVR_BAD_DATA. */
cvr_status cvr_file_array_next(cvr_file_array *a, double *value) CVR_MUST_CHECK;
/* Leaves it out; reads nothing when nothing must be read. */
void cvr_file_array_skip(cvr_file_array *a);
/* After the last row: CVR_BAD_DATA when something follows. */
cvr_status cvr_file_array_end(cvr_file_array *a) CVR_MUST_CHECK;
void cvr_file_array_close(cvr_file_array *a); /* takes {0} */

#endif

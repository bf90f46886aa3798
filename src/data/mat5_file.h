/* MATLAB's MAT files, version 5: what variables there are, and where. */
#ifndef CVR_DATA_MAT5_FILE_H
#define CVR_DATA_MAT5_FILE_H

#include "data/array.h"
#include "data/variables.h"

enum { CVR_MAT_HEADER = 128 };

typedef struct cvr_mat5_tag {
    uint32_t type;
    int64_t length;
    unsigned char inside[4]; /* content that lies in the tag */
    bool small;
} cvr_mat5_tag;

typedef struct cvr_mat5_variable {
    int64_t place; /* of its element in the file */
    bool sparse;
} cvr_mat5_variable;

typedef struct cvr_mat5 {
    bool swapped; /* the file's bytes are in the other order */
    int count;
    cvr_mat5_variable *variable;
    cvr_variable *about; /* of each */
} cvr_mat5;

/* From the first byte of in to its last. */
cvr_status cvr_mat5_survey(cvr_stream *in, cvr_mat5 *m) CVR_MUST_CHECK;
void cvr_mat5_free(cvr_mat5 *m);

/* From in's first byte to what is in variable i: its numbers, as an array of its shape
   that is not planned (path and name are set); of a sparse one what by_rows.h takes. */
cvr_status cvr_mat5_open(const cvr_mat5 *m, cvr_stream *in, int i,
                         cvr_file_array *a) CVR_MUST_CHECK;

/* The next element in a substream, up to its content; numbers of it as doubles. */
cvr_status cvr_mat5_next(const cvr_mat5 *m, cvr_substream *s,
                         cvr_mat5_tag *t) CVR_MUST_CHECK;
/* All numbers of the next element: *count doubles, the caller's. */
cvr_status cvr_mat5_numbers(const cvr_mat5 *m, cvr_substream *s, double **value,
                            int64_t *count) CVR_MUST_CHECK;

#endif

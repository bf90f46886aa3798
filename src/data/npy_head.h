/* The head of an array of NumPy. */
#ifndef CVR_DATA_NPY_HEAD_H
#define CVR_DATA_NPY_HEAD_H

#include "data/array.h"

/* Reads the head, from the substream's first byte on, into a (path and name are set); a
   takes the substream over. CVR_BAD_DATA with the cause when the entries are not numbers,
   there are no rows, or the substream is plain and has another length. */
cvr_status cvr_npy_head(cvr_substream *in, cvr_file_array *a) CVR_MUST_CHECK;

#endif

/* Runs that are cut in two by a checkpoint, for every method. */
#ifndef CVR_TESTS_RESUME_H
#define CVR_TESTS_RESUME_H

#include "support/classes.h"

/* classes 0: a regression problem (2 outputs when outputs is 2); -1: with a free bias. */
typedef struct cvr_test_cut {
    const char *method, *text;
    int classes, outputs;
    int64_t before, after; /* iterations to the cut, and in all */
    bool tested;           /* with test rows */
    double tolerance;      /* relative, of objectives at another number of processes */
} cvr_test_cut;

extern const cvr_test_cut cvr_test_cuts[]; /* a row without a method ends them */

cvr_dataset *cvr_test_cut_data(const cvr_test_cut *cut, cvr_comm *comm, cvr_type type);
cvr_dataset *cvr_test_cut_rows(const cvr_test_cut *cut, cvr_comm *comm, cvr_type type);

/* A run of `iterations` in all, begun from a checkpoint (from; NULL: anew) and leaving
   one (to; NULL: none). */
cvr_test_training cvr_test_part(const cvr_test_cut *cut, const cvr_dataset *data,
                                const cvr_dataset *test, cvr_comm *comm,
                                int64_t iterations, const char *from, const char *to);

/* The model's file; the caller releases it. */
unsigned char *cvr_test_model_bytes(cvr_solver *s, int64_t *length);

#endif

/* Cones without an inside. Where two rows point in opposite directions and pattern i is
   active on both, x'v >= 0 and -x'v >= 0: cone i lies in the plane x'v = 0, and its
   inside is that of a face. Only gates of a file run through rows like that. */
#ifndef CVR_CONVEX_FACES_H
#define CVR_CONVEX_FACES_H

#include "convex/program.h"

typedef struct cvr_faces {
    cvr_mat *Q; /* d x r_i: orthonormal, what cone i is orthogonal to; r_i = 0: nothing */
    int64_t count; /* P */
    cvr_mat idle;  /* own rows x P: 1 where x is in the span of Q_i, as 0 is: such a row
                      says nothing of points of the face; empty when there is none */
} cvr_faces;

/* Collective. */
cvr_status cvr_faces_find(const cvr_program *p, cvr_faces *f) CVR_MUST_CHECK;
void cvr_faces_free(cvr_faces *f); /* leaves {0}; takes {0} */

bool cvr_faces_any(const cvr_faces *f);
/* Brings columns of A (d x k, k a multiple of P) into their faces; false: all are the
   whole space, and A is as it was. */
bool cvr_faces_project(const cvr_faces *f, cvr_mat A);

#endif

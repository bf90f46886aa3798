/* What splitting algorithms share: inner iterations on a majoriser, then a new one. */
#ifndef CVR_CCP_SPLITTING_H
#define CVR_CCP_SPLITTING_H

#include "ccp/algorithm.h"

typedef struct cvr_ccp_splitting {
    cvr_ccp_descent descent; /* first */
    cvr_mat Trial;           /* d x C: the weights of the inner iterations */
    double *now;             /* F of each output at these */
    double *moved;           /* by the step of the intercepts */
    int64_t *waited;         /* inner iterations of each output since its F fell */
} cvr_ccp_splitting;

/* What a splitting algorithm does: an iteration, whose weights are U; and, multipliers as
   they are, a move of the intercept of output c in all it keeps. */
typedef struct cvr_ccp_moves {
    cvr_status (*iterate)(void *state, cvr_mat U);
    void (*translate)(void *state, int64_t c, double by);
} cvr_ccp_moves;

/* state: begins with a cvr_ccp_splitting. */
cvr_status cvr_ccp_splitting_lay_out(void *state, cvr_workspace *w) CVR_MUST_CHECK;
/* U becomes the weights, without majorisers and F there. */
void cvr_ccp_splitting_place(cvr_ccp_splitting *s, cvr_mat U);
/* Inner iterations until F of an output is no more than before: the weights of all such
   outputs are then those of the iterations, and the majorisers touch there. The others
   keep theirs. Then a step of the offsets, if there are any. Collective. */
cvr_status cvr_ccp_splitting_step(cvr_ccp_splitting *s, const cvr_ccp_moves *moves,
                                  bool *stalled) CVR_MUST_CHECK;

#endif

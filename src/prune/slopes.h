/* First and second derivatives of F in each weight by itself. */
#ifndef CVR_PRUNE_SLOPES_H
#define CVR_PRUNE_SLOPES_H

#include "prune/task.h"
#include "solver/workspace.h"

typedef struct cvr_prune_slopes {
    cvr_mat G;       /* d x C: g, the slopes of F */
    cvr_mat H;       /* d x C: 1 / h; {0}: only slopes */
    cvr_mat A, K, N; /* strip x C: active rows, breakpoints, slopes by w */
    cvr_mat Q;       /* strip x d: squares */
} cvr_prune_slopes;

void cvr_prune_slopes_lay_out(const cvr_prune_task *task, bool curved,
                              cvr_prune_slopes *s, cvr_workspace *w);
/* G and H at U. Collective. */
cvr_status cvr_prune_slopes_find(const cvr_prune_task *task, cvr_mat U,
                                 cvr_prune_slopes *s) CVR_MUST_CHECK;

#endif

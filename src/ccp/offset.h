/* Offsets: the constants of the outputs, free of a penalty. */
#ifndef CVR_CCP_OFFSET_H
#define CVR_CCP_OFFSET_H

#include "ccp/problem.h"

cvr_status cvr_ccp_offset_lay_out(cvr_ccp *p, cvr_workspace *w) CVR_MUST_CHECK;
/* X'1; collective. */
cvr_status cvr_ccp_offset_begin(cvr_ccp *p) CVR_MUST_CHECK;
/* Y of output c is the targets less b, in their type; b is kept in that type too. */
void cvr_ccp_set_offset(cvr_ccp *p, int64_t c, double b);
/* Over own rows, e = max(0, w + t q) - y of one output: sum e^2 and sum e. */
void cvr_ccp_distances(const cvr_ccp *p, cvr_mat w, cvr_mat q, double t, cvr_mat y,
                       double sums[2]);
/* The best offsets for weights whose products are W = XU: means of y - max(0, w).
   Collective. */
cvr_status cvr_ccp_best_offset(cvr_ccp *p, cvr_mat W) CVR_MUST_CHECK;
/* A step of intercept and offset, the weights of the features as they are, where F falls
   by it: U's last row moves by du (C of them) and F (C) falls. Collective. */
cvr_status cvr_ccp_offset_step(cvr_ccp *p, cvr_mat U, double *F,
                               double *du) CVR_MUST_CHECK;

#endif

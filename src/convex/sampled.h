/* The sampled program is made: gates and sizes; matrices; targets, beta_max and beta: the
   three parts of a method's set-up (solver/method.h). */
#ifndef CVR_CONVEX_SAMPLED_H
#define CVR_CONVEX_SAMPLED_H

#include "convex/program.h"

cvr_status cvr_program_pose(const cvr_problem *problem, cvr_program *p) CVR_MUST_CHECK;
cvr_status cvr_program_lay_out(cvr_program *p, cvr_workspace *w) CVR_MUST_CHECK;
/* B: d x m, work. */
cvr_status cvr_program_start(cvr_program *p, cvr_mat B) CVR_MUST_CHECK;
void cvr_program_free(cvr_program *p);

#endif

/* Gates h_i and their activation patterns D_i = diag(X h_i >= 0). */
#ifndef CVR_CONVEX_GATES_H
#define CVR_CONVEX_GATES_H

#include "solver/method.h"

/* X with the ones that are in its last column, or behind it. */
cvr_mat cvr_gate_rows(const cvr_problem *problem);

/* H (features x P', or one row more: thresholds) and D (own rows x P'), P' <= P: gates of
   --gate-kind, or of --gates FILE, of --start MODEL or of --enumerate, without those
   whose pattern is empty or stands already. Gate j is a function of the seed and j alone
   (pairs: and of the data), so the same at any process count. */
cvr_status cvr_gates_draw(const cvr_problem *problem, cvr_mat *H,
                          cvr_mat *D) CVR_MUST_CHECK;
/* The same of given gates, a row each, of any type. */
cvr_status cvr_gates_of(const cvr_problem *problem, cvr_mat given, cvr_mat *H,
                        cvr_mat *D) CVR_MUST_CHECK;

#endif

/* Gates h_i and their activation patterns D_i = diag(X h_i >= 0). */
#ifndef CVR_CONVEX_GATES_H
#define CVR_CONVEX_GATES_H

#include "solver/method.h"

/* H (d x P') and D (own rows x P'), P' <= P: gates of --gate-kind, or of --gates FILE,
   without those whose pattern is empty or stands already. Gate j is a function of the
   seed and j alone (pairs: and of the data), so the same at any process count. */
cvr_status cvr_gates_draw(const cvr_problem *problem, cvr_mat *H,
                          cvr_mat *D) CVR_MUST_CHECK;

#endif

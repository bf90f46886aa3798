/* Minimising a function of N numbers by L-BFGS (Nocedal 1980; Nocedal and Wright 2006,
   ch. 7):

       p = -H g,   x <- x + t p

   H is the inverse Hessian that the last pairs s = x' - x, y = g' - g tell, never formed:
   the two-loop recursion gives H g in 4 N memory operations,

       q = g;   newest to oldest: a_i = r_i s_i'q,  q -= a_i y_i,   r_i = 1 / s_i'y_i
       q <- (s'y / y'y of the newest) q
       oldest to newest:  q += (a_i - r_i y_i'q) s_i

   t satisfies  f' <= f + 1e-4 t g'p  and  g''p >= 0.9 g'p  (Wolfe), found by bracketing
   and bisection, which needs no second derivative and stands kinks (Lewis and Overton
   2013); the pairs then have s'y > 0. All vectors are in double. Each process works on
   the same numbers: whoever evaluates sums over processes. */
#ifndef CVR_SOLVER_LBFGS_H
#define CVR_SOLVER_LBFGS_H

#include "solver/workspace.h"

/* *value = f(x), and g its gradient (N x 1 both, double, on the workspace's device).
   Collective; CVR_INTERRUPTED leaves the minimiser where it is. */
typedef cvr_status cvr_lbfgs_function(void *state, cvr_mat x, double *value, cvr_mat g);

typedef struct cvr_lbfgs {
    cvr_lbfgs_function *function;
    void *state;
    int64_t N, memory;
    cvr_mat x, g;     /* N x 1: where it is, the gradient there */
    cvr_mat S, Y;     /* N x memory: pairs, the newest in column (pairs - 1) % memory */
    cvr_mat p, to, h; /* N x 1: direction, trial point and gradient */
    double *a;        /* 2 memory: a_i, s_i'y_i */
    double value;
    int64_t pairs; /* found since the last restart */
    bool stuck;    /* no lower point along the steepest descent */
    bool here;     /* the last evaluation was at x */
} cvr_lbfgs;

/* function, state, N and memory are set. saved: whether a checkpoint holds it. */
cvr_status cvr_lbfgs_lay_out(cvr_lbfgs *l, cvr_workspace *w, bool saved) CVR_MUST_CHECK;
/* At x as it stands, without pairs. Collective, as the next two. */
cvr_status cvr_lbfgs_start(cvr_lbfgs *l) CVR_MUST_CHECK;
/* One iteration; left with CVR_INTERRUPTED nothing has changed. */
cvr_status cvr_lbfgs_step(cvr_lbfgs *l) CVR_MUST_CHECK;
/* The function has been evaluated at x last. */
cvr_status cvr_lbfgs_settle(cvr_lbfgs *l) CVR_MUST_CHECK;
/* p = -H g. */
void cvr_lbfgs_direction(cvr_lbfgs *l);

#endif

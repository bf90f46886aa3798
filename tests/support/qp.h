/* A small dense quadratic program, solved with nothing of the library. */
#ifndef CVR_TESTS_QP_H
#define CVR_TESTS_QP_H

enum { CVR_QP_MOST = 160 }; /* variables, and constraints */

/* minimise x'Qx / 2 + c'x  subject to  G x <= h; Q is positive semidefinite and G'G is
   positive definite. */
typedef struct cvr_qp {
    int n, m; /* variables, constraints */
    double Q[CVR_QP_MOST][CVR_QP_MOST], c[CVR_QP_MOST];
    double G[CVR_QP_MOST][CVR_QP_MOST], h[CVR_QP_MOST];
    double x[CVR_QP_MOST];
} cvr_qp;

/* Fills in x; the value there. By a primal-dual interior-point method. */
double cvr_qp_solve(cvr_qp *q);

#endif

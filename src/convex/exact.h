/* Ridge on the kernel of all rows by one Cholesky factor a penalty, with an intercept and
   exact leave-one-out predictions of the last rows (docs/mathematics.md, "Kernels").

       (K + mu Omega^-1) alpha + 1 b' = Y,  1'alpha = tau b

       A = K + mu Omega^-1 = L L',  a = A^-1 Y,  o = A^-1 1
       b = a'1 / (tau + 1'o),  alpha = a - o b'

   The rows lie in random order, and the last m judge: with V the inverse of the trailing
   block of L, (A^-1)_ii is the squared length of V's column i, and

       y_i - f^(-i)(x_i) = alpha_i / ((A^-1)_ii - o_i^2 / (tau + 1'o))

   K stands above the diagonal of one n x n matrix and L below it. */
#ifndef CVR_CONVEX_EXACT_H
#define CVR_CONVEX_EXACT_H

#include "model/kernel.h"
#include "solver/workspace.h"

typedef struct cvr_exact {
    int64_t n, m;     /* rows of all processes, each of which has all; those that judge */
    cvr_mat Y;        /* n x C, double: centred targets */
    cvr_mat omega;    /* n x 1, double: weights of rows; no memory: 1 each */
    cvr_mat inverse;  /* n x 1: 1 / omega, in K's type; likewise */
    cvr_mat K;        /* n x n: the kernel, and a factor */
    cvr_mat D;        /* n x BLOCK: the kernel's diagonal blocks */
    cvr_mat a, o;     /* n x C, n x 1: as above, in K's type */
    cvr_mat alpha;    /* n x C, double */
    cvr_mat b;        /* C x 1, double */
    cvr_mat V;        /* m x m */
    cvr_mat E;        /* m x C, double: leave-one-out residuals of the judges */
    cvr_mat Ka;       /* n x C, double: K alpha */
    cvr_mat r, Kr;    /* n x 1, double: signs, and K r before a factor takes its place */
    cvr_mat v;        /* n x 1, double: work */
    cvr_mat strip;    /* BLOCK x n, double: work, where K is single */
    bool weighted;    /* there is an omega */
    double scale;     /* the mean eigenvalue beside the constants, as in press.h */
    double size;      /* |K|_F */
    double tau;       /* the intercept's penalty is mu tau / 2 |b|^2, as in cvr_press */
    double ones;      /* tau + 1'o */
    double factored;  /* the penalty whose factor and o are there; 0: none */
    bool whole;       /* K is, on both sides of its diagonal */
    double mu, error; /* of the last fit, and what its judges have found */
    struct {
        cvr_mat alpha, b, E;
        double mu, error;
    } best; /* the fit that is kept; mu = 0: none */
} cvr_exact;

int64_t cvr_exact_judges(int64_t n);
/* All matrices; K has the workspace's type. weighted: there is an omega. */
void cvr_exact_lay_out(cvr_exact *e, int64_t n, int64_t C, bool weighted,
                       cvr_workspace *w);
/* K of the rows X (n x F, K's type, in random order) and what is verified later; Y and
   omega are the caller's to fill in before. K is zeroes before; its rows are computed
   apart, each by one of the processes. comm is asked whether to go on: K is void when
   not. Collective. */
cvr_status cvr_exact_start(cvr_exact *e, const cvr_machine *machine, cvr_mat X,
                           cvr_comm *comm) CVR_MUST_CHECK;
/* alpha and b for mu > 0. CVR_NUMERICAL: A is not positive definite. */
cvr_status cvr_exact_fit(cvr_exact *e, double mu) CVR_MUST_CHECK;
/* One step of refinement of the last fit: the factor in K's type, the residual in
   double. */
cvr_status cvr_exact_refine(cvr_exact *e) CVR_MUST_CHECK;
/* E of the last fit, whose factor is there; returns sum omega_i |e_i|^2 / (omega C) over
   the judges, omega the sum of their weights. */
double cvr_exact_judge(cvr_exact *e);
/* sum_i v_i; the weight of row i. */
double cvr_exact_sum(cvr_mat v);
double cvr_exact_weight(const cvr_exact *e, int64_t i);
/* Keeps the last fit, and takes it back: false when that of mu is not kept. */
void cvr_exact_keep(cvr_exact *e);
bool cvr_exact_recall(cvr_exact *e, double mu);
/* At the last fit: the objective, and the dual value, a lower bound (limit.c has both). K
   alpha is verified: else CVR_NUMERICAL. */
cvr_status cvr_exact_values(cvr_exact *e, double mu, double *objective,
                            double *lower) CVR_MUST_CHECK;

#endif

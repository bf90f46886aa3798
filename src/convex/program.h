/* The sampled convex program and its linear maps (docs/mathematics.md, "The convex
   family").

       minimise 1/2 |F u - Y|^2 + beta sum_i ( |v_i| + |w_i| ),   F u = sum_i D_i X (v_i -
   w_i) ReLU:  G_i v_i >= 0, G_i w_i >= 0,  G_i = (2 D_i - I) X;     gated: no cones, w =
   0

   Weights are d x m matrices, m = signs C P: first all v, then all w; column c P + i of a
   half is pattern i, output c. A group is pattern i of one sign, over all outputs. */
#ifndef CVR_CONVEX_PROGRAM_H
#define CVR_CONVEX_PROGRAM_H

#include "convex/verify.h"

typedef enum cvr_formulation {
    CVR_RELU,
    CVR_GATED_RELU,
    CVR_GATED_RIDGE
} cvr_formulation;

typedef struct cvr_program {
    const cvr_problem *problem; /* the driver's */
    cvr_comm *comm;
    cvr_mat X, Y;       /* own rows x d, own rows x C: the data set's */
    cvr_mat H, D;       /* gates d x P, patterns own rows x P: ours */
    int64_t n, d, P, C; /* own rows, columns, patterns, outputs */
    int64_t m;          /* columns of weights: signs C P */
    int signs;          /* 2: v and w; 1: gated */
    cvr_formulation formulation;
    double beta, beta_max; /* beta_max = max_i |F_i'Y|: above it all weights are zero */
    double y2;             /* |Y|^2 */
    cvr_mat Z, T;          /* own rows x m: work */
    cvr_mat R;             /* own rows x C: work */
    cvr_mat ones;          /* P x 1 */
    cvr_verifier verifier; /* of products with X */
} cvr_program;

cvr_status cvr_program_new(const cvr_problem *problem, cvr_formulation formulation,
                           cvr_program *p) CVR_MUST_CHECK;
void cvr_program_free(cvr_program *p);

/* What --formulation and --patterns mean with the other options: auto and unset too. */
cvr_formulation cvr_convex_formulation(const cvr_settings *o);
int64_t cvr_convex_patterns(const cvr_settings *o);

/* The half of a d x m or n x m matrix that belongs to v (sign 0) or w (sign 1). */
cvr_mat cvr_half(const cvr_program *p, cvr_mat A, int sign);

/* B = X'T, summed over processes: B d x k, T own rows x k. */
cvr_status cvr_backward(const cvr_program *p, cvr_mat B, cvr_mat T) CVR_MUST_CHECK;

/* R = F u (own rows x C) for weights U (d x m); leaves X U in p->Z. */
void cvr_predict(const cvr_program *p, cvr_mat R, cvr_mat U);

/* The same when p->Z holds X U. Works in p->T. */
void cvr_combine(const cvr_program *p, cvr_mat R);

/* R = outputs of the network that U stands for, when p->Z holds X U: ReLU: the sum of
   relu(X v_i) - relu(X w_i); gated: F u. Works in p->T. */
void cvr_network_outputs(const cvr_program *p, cvr_mat R);

/* T (own rows x m) with X'T = F'R: fan of R for v, of -R for w. */
void cvr_fan(const cvr_program *p, cvr_mat T, cvr_mat R);

/* Sum and largest of the group norms of A (d x m). */
void cvr_group_sizes(const cvr_program *p, cvr_mat A, double *sum, double *largest);

#endif

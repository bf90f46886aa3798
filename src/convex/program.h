/* The sampled convex program and its linear maps (docs/mathematics.md, "The convex
   family").

       minimise 1/2 |F u + 1 b' - Y|^2 + beta sum_i ( |v_i| + |w_i| )
       F u = sum_i D_i X (v_i - w_i);   b = 0 but for a free bias
       ReLU:  G_i v_i >= 0, G_i w_i >= 0,  G_i = (2 D_i - I) X;     gated: no cones, w = 0

   Weights are d x m matrices, m = signs C P: first all v, then all w; column c P + i of a
   half is pattern i, output c. A group is pattern i of one sign, over all outputs, if
   --group does not say otherwise.

   A free bias is eliminated: b = mean(Y - F u), so J F and J Y, J = I - 1 1' / n, stand
   in for F and Y. A ReLU neuron then has its threshold in the last row of v, where X has
   its ones, and the norms leave it out. Y is in a unit of its own: what the user brought
   is unit Y + 1 centre', weights are unit times ours, beta too, objectives
   unit^2 times.

   Weighted rows of X, Y and of the ones are taken times sqrt(omega), but for another loss
   (misfit.h); then J is I - s s' / s's, s = sqrt(omega). */
#ifndef CVR_CONVEX_PROGRAM_H
#define CVR_CONVEX_PROGRAM_H

#include "convex/misfit.h"
#include "convex/options.h"
#include "convex/verify.h"

typedef struct cvr_program {
    const cvr_problem *problem; /* the driver's */
    cvr_comm *comm;
    cvr_mat given;     /* gates, a row each, and a penalty in the user's unit, that are */
    double given_beta; /* there before the program is posed; else those of the options */
    cvr_mat X;         /* own rows x d: the data set's, or its times sqrt(omega) */
    cvr_mat Y;         /* own rows x C: its targets in our unit */
    cvr_mat drawn, D;  /* gates over features P columns, patterns own rows x P: owned */
    cvr_mat H;         /* these gates, or what they are in X's coordinates: owned then */
    int64_t n, d, P, C;   /* own rows, columns, patterns, outputs */
    int64_t m;            /* columns of weights: signs C P */
    int64_t w;            /* rows of weights that the norms see: d, less the thresholds */
    double one;           /* entries of X's column of thresholds */
    int64_t groups;       /* of one sign: P over all outputs, or C P */
    bool by_feature;      /* gated: a group is a row of all weights instead */
    int signs;            /* 2: v and w; 1: gated */
    int outer;            /* CVR_OUTER_POSITIVE: w = 0, CVR_OUTER_NEGATIVE: v = 0 */
    bool free;            /* a constant for each output, without a penalty */
    double unit, *centre; /* of the targets; centre: C */
    double beta, beta_max; /* beta_max = max_i |F_i'Y|: above it all weights are zero */
    double elastic;        /* alpha of alpha / 2 |u|^2, thresholds included */
    double y2;             /* |Y|^2 */
    cvr_misfit misfit;     /* another loss than the squared one: Y is the dual point of
                              the best constants then, y2 its size over the curvature */
    cvr_mat sides;         /* with thresholds, see sides.h: d x 2 P */
    double *side_rows;     /* how many rows each is the mean of, in X's unit: 2 P */
    cvr_mat Z, T;          /* own rows x m: work */
    cvr_mat R;             /* own rows x C: work */
    cvr_mat each, unroot;  /* own rows x 1: ones, or sqrt(omega); then 1 / sqrt(omega) */
    bool weighted;         /* rows are times each */
    double total;          /* each'each over all processes */
    double *sums;          /* C: work */
    cvr_figures *figures;  /* of the program, its bounds and its steps */
    cvr_verifier verifier; /* of products with X */
} cvr_program;

/* The half of a d x m or n x m matrix that belongs to v (sign 0) or w (sign 1). */
cvr_mat cvr_half(const cvr_program *p, cvr_mat A, int sign);

/* B = X'T, summed over processes: B d x k, T own rows x k. */
cvr_status cvr_apply_adjoint(const cvr_program *p, cvr_mat B, cvr_mat T) CVR_MUST_CHECK;

/* R = J R for R own rows x C (or less columns), R alone without a free bias. mean (or
   NULL): what was subtracted from each column. */
cvr_status cvr_centre(const cvr_program *p, cvr_mat R, double *mean) CVR_MUST_CHECK;

/* R = J F u (own rows x C) for weights U (d x m); leaves X U in p->Z. mean as above. */
cvr_status cvr_program_apply(const cvr_program *p, cvr_mat R, cvr_mat U,
                             double *mean) CVR_MUST_CHECK;

/* The same when p->Z holds X U. Works in p->T. */
cvr_status cvr_combine(const cvr_program *p, cvr_mat R, double *mean) CVR_MUST_CHECK;

/* R = J times the outputs of the network that U stands for, when p->Z holds X U: ReLU:
   the sum of relu(X v_i) - relu(X w_i); gated: F u. Works in p->T. */
cvr_status cvr_network_outputs(const cvr_program *p, cvr_mat R,
                               double *mean) CVR_MUST_CHECK;

/* T (own rows x m) with X'T = F'R: fan of R for v, of -R for w. */
void cvr_gates_adjoint(const cvr_program *p, cvr_mat T, cvr_mat R);

#endif

/* One output of a layer on its support. */
#ifndef CVR_PRUNE_OUTPUT_H
#define CVR_PRUNE_OUTPUT_H

#include <cvxrelu/mat.h>

/* Matrices are its owner's. */
typedef struct cvr_output {
    cvr_mat column, saliency; /* d x 1: weights, in and out; out, or {0} */
    int64_t size;             /* of the support, with the bias */
    int64_t *support;         /* features; the bias is the last */
    cvr_mat P, y;             /* own rows x size: columns of X; own rows x 1 */
    cvr_mat w, p, active;     /* own rows x 1: P u, P step, 1 in active rows */
    cvr_mat u, step;          /* size x 1 */
    cvr_mat OwnH, H;          /* size + 1 x size + 1, lower triangle: sum_A [p; y][p; y]'
                                 over own rows, over all rows */
    double F, before;         /* with the penalty: here, before the last step */
    bool searching;
} cvr_output;

/* Work that the outputs share, one after the other. most: the largest support. */
typedef struct cvr_output_work {
    bool relu;
    double lambda, slack, eps;
    cvr_mat Batch; /* rows x most + 1 */
    cvr_mat z;     /* own rows x 1 */
    cvr_mat K;     /* most + 1 x most + 1, double: H with its proximal term */
    cvr_mat v;     /* most x 1, double */
    cvr_mat t;     /* most x 1: thresholds */
    cvr_mat Lasso; /* most (most + 3) x 1, double */
} cvr_output_work;

/* Size of the support of a column. */
int64_t cvr_output_size(cvr_mat column);
/* support, P, u, w of o->column; H = 0. */
void cvr_output_begin(cvr_output *o, cvr_mat X);
/* OwnH for the active rows at w. */
void cvr_output_update(cvr_output_work *k, cvr_output *o);
/* step and p = P step: to the minimum of the quadratic that H is. */
void cvr_output_direction(cvr_output_work *k, cvr_output *o);
/* F of own rows without its penalty, and the penalty, at u + t step. */
double cvr_output_value(cvr_output_work *k, const cvr_output *o, double t);
double cvr_output_penalty(const cvr_output_work *k, const cvr_output *o, double t);
/* u += t step, where F is this. */
void cvr_output_move(cvr_output *o, double t, double F);
/* column = u; saliency, when there is one. */
void cvr_output_end(cvr_output_work *k, cvr_output *o);

#endif

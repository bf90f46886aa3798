/* One output of a layer on its support, for prune_refit.c. */
#ifndef CVR_CCP_PRUNE_OUTPUT_H
#define CVR_CCP_PRUNE_OUTPUT_H

#include "ccp/prune.h"

/* Matrices are its owner's. */
typedef struct cvr_output {
    cvr_mat column, worth; /* d x 1: what goes in and comes out */
    int64_t size;          /* of the support, with the bias */
    int64_t *support;      /* features; the bias is the last */
    cvr_mat P, y;          /* own rows x size: columns of X; own rows x 1 */
    cvr_mat w, p, side;    /* own rows x 1: Pu, P step, 1 on the quadratic side */
    cvr_mat u, step;       /* size x 1 */
    cvr_mat Own, H;        /* size + 1 x size + 1: sum [p; y][p; y]' of own, of all rows
                              on the quadratic side; lower triangle */
    double F, before;      /* with the penalty: here, before the last step */
    bool searching;
} cvr_output;

/* What outputs share: room for each of them, one after the other. */
typedef struct cvr_output_work {
    bool relu;
    double lambda, slack, eps;
    cvr_mat Batch; /* rows x most + 1 */
    cvr_mat z;     /* own rows x 1 */
    cvr_mat Near;  /* most + 1 x most + 1, double */
    cvr_mat v;     /* most x 1, double: a minimum */
    cvr_mat t;     /* most x 1: thresholds */
    cvr_mat Free;  /* most (most + 3) x 1, double */
} cvr_output_work;

/* size of the support of a column */
int64_t cvr_output_size(cvr_mat column);
/* support, P, u, w of o->column; H = 0 */
void cvr_output_begin(cvr_output *o, cvr_mat X);
/* Own for the sides at w */
void cvr_output_sides(cvr_output_work *k, cvr_output *o);
/* step, p: to the minimum of the quadratic that H is */
void cvr_output_aim(cvr_output_work *k, cvr_output *o);
/* F of own rows; the penalty, at u + t step */
double cvr_output_value(cvr_output_work *k, const cvr_output *o, double t);
double cvr_output_penalty(const cvr_output_work *k, const cvr_output *o, double t);
/* u += t step, where F is this */
void cvr_output_move(cvr_output *o, double t, double F);
/* column = u; worth, when there is one */
void cvr_output_end(cvr_output_work *k, cvr_output *o);

#endif

/* The problem of ccp as its algorithms share it: over U (d x C) and b (C)

       minimise  F(U, b) = lambda |U|_1 + sum_pc omega_p ( max(0, w_pc) + b_c - y_pc )^2,

   W = X U. Weighted rows are taken times sqrt(omega): features, ones, targets. Then all
   weights are 1, since max(0, c w) = c max(0, w) for c > 0. */
#ifndef CVR_CCP_PROBLEM_H
#define CVR_CCP_PROBLEM_H

#include "ccp/graph.h"
#include "solver/method.h"

/* Owned by multistart.h. */
typedef struct cvr_ccp {
    const cvr_problem *problem;
    cvr_mat X, Y; /* own rows x d, with an intercept its ones last; own rows x C: what
                     max(0, XU) is to be, the targets less the offsets */
    cvr_mat T;    /* own rows x C: the targets */
    cvr_mat root, unroot; /* own rows x 1: sqrt(omega), 1 / root; no memory: 1 each */
    double total;         /* the sum of the weights */
    int64_t d, C;
    bool offset;  /* f = max(0, Xu) + b: offset.c; X then has its ones */
    double *b;    /* C: of the present weights */
    cvr_mat P;    /* own rows x C, another's: work */
    cvr_mat h, B; /* own rows x 1: work; C x 1: minus b */
    cvr_mat sums; /* d x 1: X'1 */
    double lambda, tolerance;
    int64_t inner;   /* splitting iterations a majoriser */
    cvr_graph graph; /* its matrices of rows serve newton and consensus too */
    bool stale;      /* its K no longer holds what newton left there */
} cvr_ccp;

/* A fall of F by less than this part of it does not count. */
static inline double cvr_ccp_small(const cvr_ccp *p)
{
    double rounding = p->X.type == CVR_DOUBLE ? 1e-14 : 1e-7;
    double small = 1e-3 * p->tolerance;
    return small > rounding ? small : rounding;
}

#endif

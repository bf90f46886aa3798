/* What the parts of --formulation kernel share: limit.c chooses the kernel, and a way to
   solve with it chooses the penalty. */
#ifndef CVR_CONVEX_LIMIT_STATE_H
#define CVR_CONVEX_LIMIT_STATE_H

#include "convex/compact.h"
#include "convex/distinct.h"
#include "convex/exact_path.h"
#include "convex/landmarks.h"
#include "convex/merge.h"
#include "convex/press.h"
#include "solver/method.h"

typedef struct cvr_limit cvr_limit;

/* A way to solve, by the number of rows. What returns a status is collective. */
typedef struct cvr_limit_way {
    const char *name;
    /* Whether it is for so many rows that differ, and this process has the memory. Not
       collective; NULL: limit.c knows. */
    bool (*fits)(const cvr_limit *s);
    /* What it needs besides s->rows, with s->machine and s->penalty as they have been
       chosen on these; then a penalty, unless it is named. NULL: nothing more. */
    cvr_status (*start)(cvr_limit *s);
    /* s->alpha and s->b for s->mu, and s->criterion. */
    cvr_status (*solve)(cvr_limit *s);
    /* Scores of rows that were left out (s->mean is still to be added), their targets and
       their weights: m x C, m x C, m x 1 in double, made here. */
    cvr_status (*left_out)(cvr_limit *s, cvr_mat *F, cvr_mat *Y, cvr_mat *omega);
    cvr_status (*values)(cvr_limit *s, double *objective, double *lower);
    /* s->F (own rows x C, the data's type): the outputs that values has found. NULL: the
       model makes them. */
    void (*outputs)(cvr_limit *s);
} cvr_limit_way;

struct cvr_limit {
    const cvr_problem *q;
    cvr_problem alone;   /* q, for what each process does by itself with rows of all */
    cvr_dataset reduced; /* its rows' shape, where components stand for features; V's */
    cvr_mat V;           /* features x components; empty: there are none */
    const cvr_limit_way *way;
    cvr_distinct distinct; /* all rows, copies as one */
    cvr_merged rows;       /* of all processes, or a part of them, in double */
    double tau;            /* the intercept's penalty: 0, 1 or infinite, as in limit.c */
    cvr_mat mean, down;    /* C x 1: what the targets are centred at; minus it */
    cvr_mat around;        /* C x 1: minus the mean of the targets */
    cvr_compact compact;
    int64_t gates;      /* sampled ones in the kernel's place; 0: itself */
    int which;          /* the kernel */
    int64_t chosen_on;  /* rows that have chosen it, and a penalty */
    double scale;       /* its mean eigenvalue */
    double penalty, mu; /* mu = penalty scale */
    double criterion;   /* with it: the mean squared error of rows that were left out */
    cvr_machine machine;
    cvr_mat alpha, b; /* points x C, C x 1: the way's */
    cvr_press press;
    cvr_landmarks landmarks;
    cvr_exact exact;
    cvr_exact_path path;
    cvr_workspace memory; /* of exact with machine.Z, or of landmarks' weights and A */
    cvr_mat A;            /* scores of own rows that judge, from landmarks */
    int64_t *index;       /* exact: which of its rows each of the distinct ones is */
    cvr_mat F;            /* exact: outputs on own rows */
    cvr_mat calibration;
    double loo_error, loo_r2;
    int kernel;                             /* in whose place gates are */
    double kernel_loo_error, kernel_loo_r2; /* what it would leave */
    bool named;                             /* the user names the penalty */
    bool solved;
};

/* All rows, one eigendecomposition; all rows, a Cholesky factor a penalty; landmarks. */
extern const cvr_limit_way cvr_limit_all, cvr_limit_exact, cvr_limit_landmarks;

/* Rows of an eigendecomposition. */
enum { CVR_LIMIT_MOST = 2000 };

#endif

/* The sets of active rows of one group of columns, at which the proximal step of cones.h
   is solved: rows join and leave. */
#ifndef CVR_CONVEX_CONE_SET_H
#define CVR_CONVEX_CONE_SET_H

#include "convex/program.h"

enum { CVR_CONES_GRAM_ROWS = 12000 }; /* products of as many rows are kept */

typedef struct cvr_cones {
    const cvr_program *p;
    int64_t n, most; /* rows of all processes; the most rows of a set */
    int64_t C;       /* columns of a group */
    /* All in double. Of all processes: rows in length 1, d x n; n x P; lengths n x 1;
       products of rows, n x n or empty. */
    cvr_mat X, D, size, gram;
    /* A column for each of the m: the set, y, factor (grown.h), and how many rows. */
    cvr_mat rows, y, L, count;
    cvr_mat g;                          /* most x m: G_A (m, 0) of the point at hand */
    cvr_mat all_rows, all_y, all_count; /* of all processes, when there are several */
    cvr_mat V, M; /* d x m: v / e, then v, of own columns; m of all */
    cvr_mat Q, Z; /* d x m, n x m: points whose rows are looked at, products */
    struct cvr_cone_group *team; /* one for each of the threads, with what they own: */
    struct cvr_cone_column *columns;
    double *work;
    int threads;
    bool dense;     /* sets are so large that products are with all rows */
    bool quick;     /* the round at hand changes many rows at once */
    double t;       /* of the step at hand */
    double *e;      /* of each group */
    double *worst;  /* m: the row that was violated most in the last round; -1: none */
    int64_t *asked; /* groups that are not done */
    bool *more;     /* of these: rows have joined */
} cvr_cones;

typedef struct cvr_cone_column {
    int64_t j; /* of the m */
    double *rows, *y, *L, *count;
    const double *m, *d;      /* d and n numbers */
    double *v;                /* d: p, then v */
    double *a, *k, *g;        /* most each */
    double ha, hk, threshold; /* h'a, h'k, g_0 */
    double mm, pp, pq, qq;    /* |m|^2, |p|^2, p'q, |q|^2 */
} cvr_cone_column;

typedef struct cvr_cone_group {
    cvr_cones *c;
    int64_t number;
    cvr_cone_column *columns; /* C */
    double *work;             /* 2 most C */
} cvr_cone_group;

/* Column k of a group, of the m. */
int64_t cvr_cone_column_of(const cvr_cones *c, int64_t group, int64_t k);
/* Group `number` of the cones. */
void cvr_cone_open(cvr_cone_group *g, int64_t number);
/* G_A (m, 0) of the sets, row by row, or from Z = X'(m, 0) of the column. */
void cvr_cone_products(const cvr_cones *c, cvr_cone_column *u, const double *Z);

static inline double cvr_cone_sign(const cvr_cone_column *u, int64_t row)
{
    return 2 * u->d[row] - 1;
}

static inline int64_t cvr_cone_row(const cvr_cone_column *u, int64_t i)
{
    return (int64_t)u->rows[i];
}

/* Thresholds are free. */
bool cvr_cone_thresholds(const cvr_cones *c);

/* The `count` rows that u->k lists join, as far as they do not depend on others and there
   is room. Returns how many. */
int64_t cvr_cone_join(cvr_cones *c, cvr_cone_column *u, int64_t count);

/* The best multipliers y on subsets of the sets; e. quick: all rows whose multiplier
   would be negative leave at once; else one after another, and the value of the step
   falls (Lawson and Hanson). */
double cvr_cone_settle(cvr_cone_group *g, bool quick);

#endif

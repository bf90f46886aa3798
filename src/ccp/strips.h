/* Strips of rows of a graph-form problem: a number of rows at a time that stays in the
   cache. */
#ifndef CVR_CCP_STRIPS_H
#define CVR_CCP_STRIPS_H

#include "ccp/graph.h"
#include "linalg/mats.h"

/* Some rows of each matrix; A is work for as many. */
typedef struct cvr_strip {
    cvr_mat X, Y, A, R, W, K;
} cvr_strip;

/* The number of rows that hold `numbers` in all, `each` a row: at least `least`, at most
   `all`. */
static inline int64_t cvr_strip_rows(int64_t all, int64_t each, int64_t numbers,
                                     int64_t least)
{
    int64_t rows = numbers / each;
    rows = rows < least ? least : rows;
    return rows < all ? rows : all;
}

static inline cvr_strip cvr_strip_at(const cvr_graph *g, int64_t first)
{
    const cvr_graph_problem *p = &g->problem;
    cvr_mat X = cvr_mat_rows(p->X, first, g->A.rows);
    int64_t rows = X.rows;
    return (cvr_strip){X,
                       cvr_mat_rows(p->Y, first, rows),
                       cvr_mat_rows(g->A, 0, rows),
                       cvr_mat_rows(g->R, first, rows),
                       cvr_mat_rows(g->W, first, rows),
                       cvr_mat_rows(g->K, first, rows)};
}

/* for (strip s of the rows) */
#define CVR_EACH_STRIP(g, s)                                                             \
    for (int64_t at_ = 0; at_ < (g)->problem.X.rows && (s = cvr_strip_at(g, at_), true); \
         at_ += s.X.rows)

static inline void cvr_times_weights(cvr_mat A, cvr_mat X, cvr_mat S)
{
    cvr_gemm(A, 1, CVR_N, X, CVR_N, S, 0);
}

static inline void cvr_add_products(cvr_mat B, cvr_mat X, cvr_mat A)
{
    cvr_gemm(B, 1, CVR_T, X, CVR_N, A, 1);
}

/* S = U in the user's units, where U is scaled. */
static inline void cvr_unscale(const cvr_graph *g, cvr_mat S, cvr_mat U)
{
    cvr_copy(S, U);
    cvr_scale_rows(S, g->factor.unscale);
}

/* The penalised rows of V; the intercept is the last. */
static inline cvr_mat cvr_body(const cvr_graph *g, cvr_mat V)
{
    return cvr_mat_rows(V, 0, V.rows - (g->problem.intercept >= 0));
}

#endif

/* Graph-form ADMM for L1 (or l0, or masked) regression through a ReLU, all outputs at
   once:

       minimise  sum_pc f_pc(w_pc) + g(V)   subject to  W = X U,  V = U

   with f_pc(w) = (max(w, z_pc) - y_pc)^2 of terms.h (the convex majoriser at the last
   point, or the full square everywhere) and g an L1 norm, a number of entries or a mask.

   Inside, the columns of X are scaled to RMS 1 (lambda_j = lambda / scale_j keeps the
   problem the same, and l0 compares entries in that scale); every matrix that goes in or
   comes out is in the user's units. */
#ifndef CVR_CCP_GRAPH_H
#define CVR_CCP_GRAPH_H

#include "ccp/factor.h"
#include "linalg/mats.h"

typedef enum cvr_graph_penalty {
    CVR_GRAPH_L1,          /* lambda |V|_1 */
    CVR_GRAPH_KEEP_OUTPUT, /* at most `keep' entries in each column of V */
    CVR_GRAPH_KEEP_ALL,    /* at most `keep' entries in the whole of V */
    CVR_GRAPH_MASK         /* v = 0 where the mask is 0 */
} cvr_graph_penalty;

/* What is to be solved; the matrices stay the caller's and outlive the solver. */
typedef struct cvr_graph_problem {
    cvr_mat X, Y;      /* own rows x d, own rows x C */
    bool weighted;     /* both are times sqrt(omega), the ones too: (c z)_+ = c (z)_+ */
    bool relu;         /* (max(w, 0) - y)^2, majorised; false: (w - y)^2 */
    int64_t intercept; /* this column of X is ones, its last: neither penalised, counted
                          nor masked; -1: none */
    cvr_graph_penalty penalty;
    double lambda; /* of L1, in the user's units */
    int64_t keep;  /* number of entries, without those of the intercept */
    cvr_mat mask;  /* d x C, 0 or 1; {0} unless penalty is MASK */
} cvr_graph_problem;

typedef struct cvr_graph {
    cvr_graph_problem problem;
    cvr_graph_factor factor;
    cvr_mat U, V, M;      /* d x C, scaled: the u-step, its sparse copy, its argument */
    cvr_mat B, S;         /* d x C: X' times the u-step's target; work */
    cvr_mat L1;           /* d x 1: lambda of each feature in the user's units */
    cvr_mat T;            /* d x 1: thresholds lambda / (scale rho kappa), 0 at the
                             intercept */
    cvr_mat A;            /* strip x C: X U, then the next u-step's target */
    cvr_mat R, W, K;      /* own rows x C: the prox's argument and value; breakpoints z */
    cvr_mat P, Q, PQ;     /* C x 1, C x 2: work of the bounds */
    double slack;         /* w >= -slack counts as w >= 0 */
    double rho, relax;    /* 1, 1.6 */
    bool placed;          /* W = X V: no step since the start */
    cvr_residual rows;    /* of the last step, of own rows */
    cvr_residual columns; /* of its v-step, times kappa */
} cvr_graph;

/* ---- making: posed, listed, prepared when the matrices are there ------------------- */

/* rows: of all processes. Of the problem's matrices only shapes are needed yet. */
void cvr_graph_pose(const cvr_graph_problem *problem, int64_t rows, cvr_comm *comm,
                    cvr_graph *g);
void cvr_graph_lay_out(cvr_graph *g, cvr_workspace *w);
/* Scales and thresholds. The start is U = 0, after cvr_graph_start only. Collective. */
cvr_status cvr_graph_prepare(cvr_graph *g) CVR_MUST_CHECK;
/* All three with a workspace of its own, which the caller frees, also after a failure.
   Collective. */
cvr_status cvr_graph_new(const cvr_graph_problem *problem, cvr_comm *comm,
                         cvr_workspace *w, cvr_graph *g) CVR_MUST_CHECK;

/* ---- solving ----------------------------------------------------------------------- */

/* Begins at U (d x C, the user's units): V = U, majorisers touch at X U, multipliers are
   the gradients there. F: the objective there of each output (or NULL). Collective. */
cvr_status cvr_graph_start(cvr_graph *g, cvr_mat U, double *F) CVR_MUST_CHECK;
/* Begins at an approximate least-squares fit of each output to the rows with y > 0 (L1
   and relu only), to be taken by cvr_graph_weights and given to cvr_graph_start.
   Collective. */
cvr_status cvr_graph_start_positive(cvr_graph *g) CVR_MUST_CHECK;
/* New majorisers, touching at X U (U in the user's units; {0}: at X V); multipliers stay
   warm. F: the objective there of each output (or NULL). Collective. */
cvr_status cvr_graph_majorise(cvr_graph *g, cvr_mat U, double *F) CVR_MUST_CHECK;
/* The intercept of output c moves (the user's units), multipliers stay. sums: X'1. */
void cvr_graph_translate(cvr_graph *g, int64_t c, double by, cvr_mat sums);
/* One iteration; the first one forms the factor. Collective. */
cvr_status cvr_graph_step(cvr_graph *g) CVR_MUST_CHECK;
/* Relative residuals of the last step: |XU - W|, |change of W|. Collective. */
cvr_status cvr_graph_residuals(const cvr_graph *g, double *primal,
                               double *dual) CVR_MUST_CHECK;
/* Iterations from where it stands until relative residuals are below tolerance, at most
   `most'; majorisers are renewed every `every' (0: never). Collective. */
cvr_status cvr_graph_solve(cvr_graph *g, int64_t most, int64_t every,
                           double tolerance) CVR_MUST_CHECK;

/* Changes the penalty, staying warm. */
void cvr_graph_set_lambda(cvr_graph *g, double lambda);
void cvr_graph_set_keep(cvr_graph *g, int64_t keep);

/* U (d x C) = V in the user's units: sparse, exactly 0 where the penalty makes it so. */
void cvr_graph_weights(const cvr_graph *g, cvr_mat U);
/* The penalised rows of V (d x C): all but that of the intercept. */
cvr_mat cvr_graph_features(const cvr_graph *g, cvr_mat V);
/* lambda |U|_1 of L1, whose part of each output is then in P, else 0; S is used. */
double cvr_graph_penalty_at(cvr_graph *g, cvr_mat U);

/* ---- strips of rows that stay in the cache ----------------------------------------- */

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
    int64_t most = g->A.rows;
    cvr_mat X = cvr_mat_rows(p->X, first, most), Y = cvr_mat_rows(p->Y, first, most);
    return (cvr_strip){X,
                       Y,
                       cvr_mat_rows(g->A, 0, X.rows),
                       cvr_mat_rows(g->R, first, most),
                       cvr_mat_rows(g->W, first, most),
                       cvr_mat_rows(g->K, first, most)};
}

/* for (strip s of the rows) */
#define CVR_EACH_STRIP(g, s)                                                             \
    for (int64_t at_ = 0; at_ < (g)->problem.X.rows && (s = cvr_strip_at(g, at_), true); \
         at_ += s.X.rows)

#endif

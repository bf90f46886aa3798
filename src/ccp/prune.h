/* What the files of pruning share: one layer's problem. */
#ifndef CVR_CCP_PRUNE_H
#define CVR_CCP_PRUNE_H

#include <cvxrelu/prune.h>

#include "base/fail.h"

/* F(U) = sum (max(XU, 0) - Y)^2, or sum (XU - Y)^2 without relu. U is d x C; its last row
   is the bias, for which the last column of X is ones. */
typedef struct cvr_prune_task {
    cvr_mat X, Y;  /* own rows x d, own rows x C */
    cvr_mat Whole; /* d x C: the layer as the network has it */
    cvr_mat weigh; /* C x 1, powers of 2: l0 minimises the sum of squares of each output
                      times these squared */
    bool relu;
    bool same;     /* X is what the layer has been trained on: F(Whole) = 0 */
    double lambda; /* of refits: F has lambda |weights|_1 besides */
    int64_t keep;  /* weights to keep; -1: the target is another */
    const cvr_prune_options *options;
    cvr_comm *comm;
} cvr_prune_task;

/* The weights of U, all but the bias: d - 1 x C. */
static inline cvr_mat cvr_prune_weights(cvr_mat U)
{
    return cvr_mat_part(U, 0, 0, U.rows - 1, U.cols);
}

/* U = the pruned layer; fills kept, density, error, lambda, gap, iterations, reached.
   Collective. */
cvr_status cvr_prune_fit(const cvr_prune_task *task, cvr_mat U,
                         cvr_prune_layer *layer) CVR_MUST_CHECK;

/* U = argmin F + lambda |weights|_1 over the biases and the weights that are not 0 in U,
   from U on; it never rises. Outputs whose weights are those of Fitted (d x C, or {0})
   are passed over. Worth (d x C, or {0}): for each of these weights what F rises by, to
   second order, when it is taken away and the others are refitted; 0 elsewhere.
   Collective. */
cvr_status cvr_prune_refit(const cvr_prune_task *task, cvr_mat U, cvr_mat Fitted,
                           cvr_mat Worth) CVR_MUST_CHECK;

/* Refits U, and exchanges some of its `keep' weights for others, at most so many times,
   as long as F falls. Collective. */
cvr_status cvr_prune_exchange(const cvr_prune_task *task, int64_t keep, int64_t rounds,
                              cvr_mat U) CVR_MUST_CHECK;

typedef struct cvr_prune_slopes {
    cvr_mat G;       /* d x C: the slopes of F */
    cvr_mat H;       /* d x C: 1 / h; {0}: not wanted */
    cvr_mat A, K, N; /* strip x C: sides, kinks, slopes by w */
    cvr_mat Q;       /* strip x d: squares */
} cvr_prune_slopes;

/* Memory; each process calls it alone. The caller frees s, also after an error. */
cvr_status cvr_prune_slopes_new(const cvr_prune_task *task, bool curved,
                                cvr_prune_slopes *s) CVR_MUST_CHECK;
void cvr_prune_slopes_free(cvr_prune_slopes *s);
/* G and H at U. Collective. */
cvr_status cvr_prune_slopes_find(const cvr_prune_task *task, cvr_mat U,
                                 cvr_prune_slopes *s) CVR_MUST_CHECK;

/* The modes of L1: U = the fit at the lambda that the target asks for. Collective. */
cvr_status cvr_prune_path(const cvr_prune_task *task, cvr_mat U,
                          cvr_prune_layer *layer) CVR_MUST_CHECK;

/* |max(XU, 0) - Y| / |Y|; 0 when both are 0. Collective. */
cvr_status cvr_prune_error(const cvr_prune_task *task, cvr_mat U,
                           double *error) CVR_MUST_CHECK;

/* keep[i] of m's layers for options->density. */
void cvr_prune_allot(const cvr_model *m, const cvr_prune_options *options, int64_t *keep);

/* weigh (units of layer i x 1) = |column of the matrix of the next layer|, whose rows are
   weighed so too: what an activation is worth to the outputs. Rounded to powers of 2,
   which scale without error. */
cvr_status cvr_prune_weigh(const cvr_model *m, int i, cvr_mat weigh) CVR_MUST_CHECK;

/* {"method": "prune", "version": ..., "options": {...}, "from": m's record} as the record
   of pruned. */
cvr_status cvr_prune_record(const cvr_model *m, const cvr_prune_options *options,
                            cvr_model *pruned) CVR_MUST_CHECK;

#endif

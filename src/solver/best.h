/* The weights of the model: those of the last measurement, or with --validation of the
   one that did best on the training rows held out for it; test rows never choose. */
#ifndef CVR_SOLVER_BEST_H
#define CVR_SOLVER_BEST_H

#include "solver/layers.h"
#include "solver/method.h"

enum { CVR_BEST_MOST = CVR_LAYERS_MOST + 1 }; /* matrices of weights */

typedef struct cvr_best {
    const cvr_problem *problem;
    cvr_mat kept[CVR_BEST_MOST]; /* weights of the model */
    cvr_mat next[CVR_BEST_MOST]; /* those of a candidate, which the method writes */
    int count;
    cvr_mat outputs;  /* own rows x outputs: the model's, written by the method */
    double objective; /* the model's */
    int64_t at;       /* its iteration */
    double score;     /* on the rows held out: accuracy, or minus the rmse */
} cvr_best;

/* One more matrix of weights: rows x cols. */
void cvr_best_lay(cvr_best *b, cvr_workspace *w, int64_t rows, int64_t cols);
/* The rest, when all of them are listed. */
void cvr_best_lay_out(cvr_best *b, cvr_workspace *w, const cvr_problem *problem);

/* The weights in `next` become the model's if there are no rows held out or `made`, their
   network (freed here; making it came to `status`), does best on them so far. */
cvr_status cvr_best_offer(cvr_best *b, cvr_status status, cvr_model *made,
                          bool *better) CVR_MUST_CHECK;

#endif

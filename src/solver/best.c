/* Keeping the weights that did best on rows held out. */
#include "solver/best.h"

#include <math.h>
#include <string.h>

#include "model/score.h"
#include "solver/features.h"

void cvr_best_lay(cvr_best *b, cvr_workspace *w, int64_t rows, int64_t cols)
{
    int i = b->count++;
    cvr_workspace_push(w, "best", 0);
    cvr_workspace_push(w, "layer", i + 1);
    cvr_lay(w, CVR_SHARED, "V", &b->kept[i], rows, cols);
    CVR_LAY_SCRATCH(w, rows, cols, &b->next[i]);
    cvr_workspace_pop(w);
    cvr_workspace_pop(w);
}

void cvr_best_lay_out(cvr_best *b, cvr_workspace *w, const cvr_problem *problem)
{
    b->problem = problem;
    b->score = -INFINITY;
    cvr_workspace_push(w, "best", 0);
    cvr_lay(w, CVR_ROWS, "outputs", &b->outputs, problem->Y.rows, problem->Y.cols);
    cvr_lay_real(w, "score", &b->score);
    cvr_lay_real(w, "objective", &b->objective);
    cvr_lay_count(w, "at", &b->at);
    cvr_workspace_pop(w);
}

/* Accuracy on the rows held out, or minus the root mean square error. */
static cvr_status score_held(const cvr_best *b, cvr_status status, cvr_model *made,
                             double *score)
{
    const cvr_dataset *held = b->problem->held;
    cvr_score of;
    if (status == CVR_OK)
        status = cvr_features_model(b->problem, made);
    CVR_TRY(cvr_score_made(status, made, held, (cvr_mat){0}, (cvr_mat){0},
                           b->problem->comm, &of));
    *score = held->task == CVR_CLASSIFY ? of.accuracy : -of.rmse;
done:
    return status;
}

cvr_status cvr_best_offer(cvr_best *b, cvr_status status, cvr_model *made, bool *better)
{
    double score = INFINITY;
    cvr_mat next[CVR_BEST_MOST];
    *better = true;
    if (b->problem->held) {
        status = score_held(b, status, made, &score);
        *better = status == CVR_OK && score > b->score;
    }
    cvr_model_free(made);
    if (!*better)
        return status;
    memcpy(next, b->next, sizeof next);
    memcpy(b->next, b->kept, sizeof next);
    memcpy(b->kept, next, sizeof next);
    b->score = score;
    return status;
}

/* What the methods of the family share: problem, targets, model, measurement. A method is
   a file with a state that begins with a cvr_deep and the steps of an iteration; its
   table (cvr_method) takes the rest from here. */
#ifndef CVR_DEEP_DEEP_H
#define CVR_DEEP_DEEP_H

#include "deep/grid.h"
#include "deep/targets.h"
#include "solver/best.h"

typedef struct cvr_deep {
    const cvr_problem *problem;
    const char *name; /* of the method in the result */
    cvr_deep_options options;
    cvr_deep_grid grid; /* whose problem is that of network, targets, U and F */
    cvr_deep_network network;
    cvr_deep_targets targets;
    cvr_deep_top top;
    cvr_mat U;     /* rows x outputs: lambda / (2 b_L) */
    cvr_mat F;     /* rows x outputs: z_L of the present weights */
    cvr_best best; /* V of each layer of the model; at the top V R */
    int64_t iterations;
    double change[2]; /* |V - V_old| / |V| of the last iteration, of the one before */
    double lowest;    /* the least objective that was measured, and when */
    int64_t lowest_at;
} cvr_deep;

cvr_status cvr_deep_pose(cvr_deep *s, const cvr_problem *problem,
                         const cvr_deep_defaults *defaults) CVR_MUST_CHECK;
/* saved: whether sums of own rows outlive a step (reduction.h). */
cvr_status cvr_deep_lay_out(cvr_deep *s, cvr_workspace *w, cvr_mark saved) CVR_MUST_CHECK;
/* Targets, first weights; then the method's own start; then the first model. */
cvr_status cvr_deep_start(cvr_deep *s) CVR_MUST_CHECK;
cvr_status cvr_deep_started(cvr_deep *s) CVR_MUST_CHECK;

/* Around the steps of an iteration; begin is false when nothing is left to do. */
bool cvr_deep_begin(cvr_deep *s);
cvr_status cvr_deep_end(cvr_deep *s) CVR_MUST_CHECK;

/* The multiplier of an iteration (from 0) from here on. */
void cvr_deep_multiply(cvr_deep *s, int64_t iteration);

/* From figures of the present weights, whose outputs are in F on the driver's rows;
   collective. */
cvr_status cvr_deep_report(cvr_deep *s, cvr_deep_figures own, cvr_progress *progress,
                           cvr_mat *outputs) CVR_MUST_CHECK;

/* c sum omega l of the rows at hand, where the top is; else 0. */
double cvr_deep_own_loss(const cvr_deep *s, cvr_mat F);

/* Of a cvr_method. */
void cvr_deep_teardown(void *state);
cvr_status cvr_deep_model(void *state, cvr_model *m) CVR_MUST_CHECK;

#endif

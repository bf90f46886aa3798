/* The options of `convex`, which convex.c lists, and what they mean together. */
#ifndef CVR_CONVEX_OPTIONS_H
#define CVR_CONVEX_OPTIONS_H

#include "solver/method.h"

typedef enum cvr_formulation {
    CVR_RELU,
    CVR_GATED_RELU,
    CVR_GATED_RIDGE,
    CVR_LIMIT /* infinitely many gates: no sample, and no such program */
} cvr_formulation;

typedef struct cvr_convex_options {
    cvr_run_options run;
    int formulation, kernel, gate_kind, loss, solver, primal, splitting, certificate;
    int group, outer;
    int64_t patterns, gate_size, cg_iterations, nystrom_rank;
    int64_t components;
    int64_t refine, refine_gates, refine_steps;
    bool enumerate;
    const char *gates, *compact, *start;
    double huber_width, quantile, elastic;
    double beta, beta_relative, rho, rho_slack, over_relaxation, inner_tolerance;
} cvr_convex_options;

static inline const cvr_convex_options *cvr_convex_options_of(const cvr_problem *problem)
{
    return cvr_settings_values(problem->settings);
}

/* --group and --outer */
enum { CVR_GROUP_JOINT, CVR_GROUP_OUTPUT, CVR_GROUP_FEATURE };
enum { CVR_OUTER_ANY, CVR_OUTER_POSITIVE, CVR_OUTER_NEGATIVE };

/* Options that only --formulation kernel has. */
bool cvr_convex_of_kernel(size_t offset);
/* None of the sampled program is given: the method decides. */
bool cvr_convex_automatic(const cvr_convex_options *o);
/* What --formulation and --patterns mean with the other options: auto and unset too. */
cvr_formulation cvr_convex_formulation(const cvr_convex_options *o,
                                       const cvr_dataset *data);
int64_t cvr_convex_patterns(const cvr_problem *q);

#endif

/* The options of `convex`, which convex.c lists. */
#ifndef CVR_CONVEX_OPTIONS_H
#define CVR_CONVEX_OPTIONS_H

#include "solver/method.h"

typedef struct cvr_convex_options {
    cvr_run_options run;
    int formulation, kernel, gate_kind, loss, solver, primal, certificate;
    int64_t patterns, gate_size, cg_iterations, nystrom_rank;
    const char *gates;
    double beta, beta_relative, rho, rho_slack, over_relaxation, inner_tolerance;
} cvr_convex_options;

static inline const cvr_convex_options *cvr_convex_options_of(const cvr_problem *problem)
{
    return cvr_settings_values(problem->settings);
}

#endif

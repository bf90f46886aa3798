/* The method `convex`: options, and the algorithm that they choose. */
#include <float.h>
#include <stdio.h>

#include "convex/convex.h"
#include "convex/gate_kind.h"
#include "convex/primal.h"
#include "convex/splitting.h"

enum { FISTA = 2 }; /* --solver */

#define KIND(name, about) #name
#define OR_KIND(name, about) "|" #name
#define ABOUT(name, about) about
#define AND_ABOUT(name, about) ", " about

#define AT(type, field) CVR_FIELD(cvr_convex_options, type, field)
static const cvr_option options[] = {
    {"formulation", CVR_CHOICE, "auto", 0, 0, "auto|relu|gated|gated-ridge|kernel",
     "the program: ReLU cones, gated ReLU with a group norm, gated with a ridge, or "
     "infinitely many gates in closed form; auto: relu when another option of this list "
     "is given, else kernel, for sparse rows gated-ridge",
     AT(int, formulation)},
    {"kernel", CVR_CHOICE, "auto", 0, 0,
     "auto|mix|relu|mix+relu|tree|mix2|gated|ntk|local|exp",
     "kernel of --formulation kernel; auto: of the first five the one with the least "
     "leave-one-out error; local: gates of patches of pixels (--gate-size, here 4); exp: "
     "no ReLU "
     "network, to compare with",
     AT(int, kernel)},
    {"components", CVR_INTEGER, "0", 0, 1e5, NULL,
     "principal components that stand for the features of --formulation kernel, even and "
     "odd ones under --mirror apart; 0: all features",
     AT(int64_t, components)},
    {"compact", CVR_TEXT, "", 0, 0, NULL,
     "a smaller model of --formulation kernel: landmarks=NUMBER of rows stand for all; "
     "gates=NUMBER: a network of sampled gates, judged beside the kernel",
     AT(const char *, compact)},
    {"patterns", CVR_INTEGER, "", 1, 1e6, NULL,
     "activation patterns to sample; unset: 50, for gated-ridge 200",
     AT(int64_t, patterns)},
    {"gate-kind", CVR_CHOICE, "gaussian", 0, 0, CVR_GATE_KINDS(KIND, OR_KIND),
     "where gates come from: " CVR_GATE_KINDS(ABOUT, AND_ABOUT), AT(int, gate_kind)},
    {"gate-size", CVR_INTEGER, "8", 1, 1e4, NULL, "side of an image patch, in pixels",
     AT(int64_t, gate_size)},
    {"gates", CVR_FILE, "", 0, 0, NULL, "file of gates, CSV or NPY, one row per gate",
     AT(const char *, gates)},
    {"start", CVR_FILE, "", 0, 0, NULL,
     "model of a network: its neurons are the gates, and --refine begins with it",
     AT(const char *, start)},
    {"refine", CVR_INTEGER, "", 0, 1e6, NULL,
     "rounds of: the program over the best network's own patterns, a polish by L-BFGS, "
     "and a search for patterns that would lower the objective, which never rises",
     AT(int64_t, refine)},
    {"refine-gates", CVR_INTEGER, "", 1, 1e6, NULL,
     "at most this number of neurons and patterns; unset: 4 times those of the start",
     AT(int64_t, refine_gates)},
    {"refine-steps", CVR_INTEGER, "500", 0, 1e9, NULL, "steps of L-BFGS in each round",
     AT(int64_t, refine_steps)},
    {"enumerate", CVR_SWITCH, "no", 0, 0, NULL,
     "every pattern of few rows in few dimensions: the optimum of the whole problem is "
     "certified",
     AT(bool, enumerate)},
    {"beta", CVR_REAL, "", 0, DBL_MAX, NULL, "penalty", AT(double, beta)},
    {"beta-relative", CVR_REAL, "0.01", 0, DBL_MAX, NULL,
     "penalty as a fraction of beta_max, above which all weights are zero (gated-ridge: "
     "of the kernel's mean eigenvalue)",
     AT(double, beta_relative)},
    {"loss", CVR_CHOICE, "squared", 0, 0, CVR_LOSS_ALL_CHOICES,
     "what is summed over rows; other than squared: for the programs of sampled gates",
     AT(int, loss)},
    {"huber-width", CVR_REAL, "1", DBL_MIN, DBL_MAX, NULL,
     "residuals beyond it count by their size (--loss huber), in the targets' unit",
     AT(double, huber_width)},
    {"quantile", CVR_REAL, "0.5", 1e-6, 1 - 1e-6, NULL, "level of --loss quantile",
     AT(double, quantile)},
    {"group", CVR_CHOICE, "joint", 0, 0, "joint|output|feature",
     "what a norm of the penalty is of: a neuron's weights over all outputs, those of "
     "each output, or (gated) all weights of a feature",
     AT(int, group)},
    {"elastic", CVR_REAL, "0", 0, DBL_MAX, NULL,
     "half of it times all weights squared is added to the penalty (relu, gated)",
     AT(double, elastic)},
    {"outer", CVR_CHOICE, "any", 0, 0, "any|positive|negative",
     "sign of the second layer's weights (relu)", AT(int, outer)},
    {"solver", CVR_CHOICE, "auto", 0, 0, "auto|admm|fista",
     "algorithm; fista is for --formulation gated", AT(int, solver)},
    {"primal", CVR_CHOICE, "auto", 0, 0, CVR_PRIMAL_CHOICES, "how ADMM solves its u-step",
     AT(int, primal)},
    {"splitting", CVR_CHOICE, "auto", 0, 0, "auto|projection|slack",
     "how neurons are kept in their cones: by exact projections, or by a slack of ADMM "
     "as "
     "in the papers; auto: what takes less",
     AT(int, splitting)},
    {"cg-iterations", CVR_INTEGER, "50", 1, 1e6, NULL,
     "largest number of inner iterations (or sweeps) per u-step",
     AT(int64_t, cg_iterations)},
    {"inner-tolerance", CVR_REAL, "1", 0, 1, NULL,
     "their tolerance, as a fraction of the smallest outer residual so far; 0: all of "
     "them are made",
     AT(double, inner_tolerance)},
    {"nystrom-rank", CVR_INTEGER, "50", 1, 1e5, NULL, "rank of the Nystrom sketch",
     AT(int64_t, nystrom_rank)},
    {"rho", CVR_REAL, "0", 0, DBL_MAX, NULL, "penalty of u = v; 0: chosen and adapted",
     AT(double, rho)},
    {"rho-slack", CVR_REAL, "0", 0, DBL_MAX, NULL,
     "penalty of G u = s; 0: chosen and adapted", AT(double, rho_slack)},
    {"over-relaxation", CVR_REAL, "1.6", 0.1, 1.99, NULL, "ADMM's relaxation",
     AT(double, over_relaxation)},
    {"certificate", CVR_CHOICE, "auto", 0, 0, "auto|yes|no",
     "bounds and gap; auto: yes unless the run stops at an accuracy",
     AT(int, certificate)},
    {NULL, CVR_TEXT, NULL, 0, 0, NULL, NULL}};

static cvr_status decide(cvr_settings *s, const cvr_dataset *data, bool *decided)
{
    const cvr_convex_options *o = cvr_settings_values(s);
    bool ridge = cvr_convex_formulation(o, data) == CVR_GATED_RIDGE;
    *decided = cvr_convex_automatic(o);
    return *decided ? cvr_settings_set(s, "formulation", ridge ? "gated-ridge" : "kernel")
                    : CVR_OK;
}

static const char *name_of(size_t offset)
{
    const cvr_option *row = options;
    while (row->offset != offset)
        row++;
    return row->name;
}

/* An option of ADMM that the variant does not have. */
static cvr_status refuse_others(const cvr_convex_options *o, const cvr_method *variant)
{
    static const size_t of_admm[] = {AT(int, primal), AT(double, rho),
                                     AT(double, rho_slack), AT(double, over_relaxation),
                                     AT(double, inner_tolerance)};
    for (int i = 0; i < 5; i++)
        if (cvr_option_given(o, of_admm[i]))
            return cvr_fail(CVR_USAGE, "--%s is not used by %s", name_of(of_admm[i]),
                            variant->info.name);
    return CVR_OK;
}

static cvr_status choose_splitting(const cvr_problem *problem, const cvr_method **variant)
{
    bool projects;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_splitting_choose(problem, name_of, &projects));
    *variant = projects ? &cvr_projection : &cvr_admm;
done:
    return status;
}

/* A loss or a penalty that one solver alone has: in words; empty: none. */
static void name_special(const cvr_convex_options *o, char what[40])
{
    const char *name = o->loss > 0      ? cvr_losses[o->loss]->name
                       : o->group > 0   ? "--group"
                       : o->elastic > 0 ? "--elastic"
                       : o->outer > 0   ? "--outer"
                                        : "";
    snprintf(what, 40, "%s%s", o->loss > 0 ? "--loss " : "", name);
}

/* Penalties are not for all programs. */
static cvr_status check_penalty(const cvr_convex_options *o, cvr_formulation formulation)
{
    if (formulation == CVR_LIMIT)
        return cvr_fail(CVR_USAGE, "--%s is for --formulation relu, gated%s",
                        o->loss > 0    ? "loss"
                        : o->group > 0 ? "group"
                        : o->outer > 0 ? "outer"
                                       : "elastic",
                        o->loss > 0 ? " and gated-ridge" : "");
    if (formulation == CVR_GATED_RIDGE && (o->group > 0 || o->elastic > 0))
        return cvr_fail(CVR_USAGE, "--%s is for --formulation relu and gated",
                        o->group > 0 ? "group" : "elastic");
    if (formulation == CVR_GATED_RIDGE && o->rho > 0)
        return cvr_fail(CVR_USAGE, "--rho is not used by gated-ridge");
    if (formulation != CVR_RELU && o->outer > 0)
        return cvr_fail(CVR_USAGE, "--outer is for --formulation relu");
    if (formulation != CVR_GATED_RELU && o->group == CVR_GROUP_FEATURE)
        return cvr_fail(CVR_USAGE, "--group feature is for --formulation gated");
    return CVR_OK;
}

/* Other losses and penalties than the usual ones have one solver. */
static cvr_status choose_special(const cvr_problem *problem, cvr_formulation formulation,
                                 const char *what)
{
    static const size_t others[] = {
        AT(int, solver),           AT(int, primal),       AT(int64_t, cg_iterations),
        AT(int64_t, nystrom_rank), AT(double, rho_slack), AT(double, inner_tolerance)};
    const cvr_convex_options *o = cvr_convex_options_of(problem);
    cvr_status status = check_penalty(o, formulation);
    if (status != CVR_OK)
        return status;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (cvr_option_given(o, others[i]))
            return cvr_fail(CVR_USAGE, "--%s is not used with %s", name_of(others[i]),
                            what);
    if (o->splitting == CVR_BY_SLACK)
        return cvr_fail(CVR_USAGE, "--splitting slack has the squared loss only, without "
                                   "--group, --elastic and --outer");
    if (problem->device != cvr_cpu())
        return cvr_fail(CVR_USAGE, "%s: for the processor only", what);
    return CVR_OK;
}

/* Options that do not go together, and a shape that no loss takes. */
static cvr_status check_shapes(const cvr_convex_options *o)
{
    if (CVR_GIVEN(o, huber_width) && cvr_losses[o->loss] != &cvr_loss_huber)
        return cvr_fail(CVR_USAGE, "--huber-width is for --loss huber only");
    if ((o->gates != NULL) + (o->start != NULL) + o->enumerate > 1 ||
        ((o->start || o->enumerate) && CVR_GIVEN(o, patterns)))
        return cvr_fail(CVR_USAGE,
                        "--patterns, --gates, --start and --enumerate: only one "
                        "of them says which gates");
    if (CVR_GIVEN(o, quantile) && cvr_losses[o->loss] != &cvr_loss_quantile)
        return cvr_fail(CVR_USAGE, "--quantile is for --loss quantile only");
    return CVR_OK;
}

static cvr_status choose_solver(const cvr_problem *problem, const cvr_method **variant)
{
    const cvr_convex_options *o = cvr_convex_options_of(problem);
    cvr_formulation formulation = cvr_convex_formulation(o, problem->train);
    bool fista = o->solver == FISTA;
    char what[40];
    *variant = formulation == CVR_LIMIT         ? &cvr_limit_method
               : formulation == CVR_GATED_RIDGE ? &cvr_ridge
               : fista                          ? &cvr_fista
                                                : &cvr_admm;
    cvr_status status = check_shapes(o);
    if (status != CVR_OK)
        return status;
    if (CVR_GIVEN(o, beta) && CVR_GIVEN(o, beta_relative))
        return cvr_fail(CVR_USAGE, "--beta and --beta-relative: only one of them");
    if (fista && formulation != CVR_GATED_RELU)
        return cvr_fail(CVR_USAGE, "--solver fista is for --formulation gated only");
    for (const cvr_option *row = options; row->name; row++)
        if (cvr_convex_of_kernel(row->offset) && cvr_option_given(o, row->offset) &&
            formulation != CVR_LIMIT)
            return cvr_fail(CVR_USAGE, "--%s is for --formulation kernel", row->name);
    name_special(o, what);
    if (*what) {
        *variant = &cvr_projection;
        return choose_special(problem, formulation, what);
    }
    if (CVR_GIVEN(o, splitting) && formulation != CVR_RELU)
        return cvr_fail(CVR_USAGE, "--splitting is for --formulation relu only");
    if (formulation == CVR_RELU)
        return choose_splitting(problem, variant);
    return *variant == &cvr_admm ? CVR_OK : refuse_others(o, *variant);
}

/* --refine solves programs of the kind that the other options choose. */
static cvr_status choose(const cvr_problem *problem, const cvr_method **variant)
{
    const cvr_convex_options *o = cvr_convex_options_of(problem);
    bool of_refine = CVR_GIVEN(o, refine_gates) || CVR_GIVEN(o, refine_steps);
    cvr_status status = CVR_OK;
    CVR_TRY(choose_solver(problem, variant));
    if ((o->start || o->enumerate) && *variant == &cvr_limit_method)
        CVR_FAIL(CVR_USAGE, "--start and --enumerate are of gates, and --formulation "
                            "kernel samples none");
    if (!CVR_GIVEN(o, refine)) {
        if (of_refine)
            CVR_FAIL(CVR_USAGE, "--refine-gates and --refine-steps are for --refine K");
        return CVR_OK;
    }
    if (cvr_convex_formulation(o, problem->train) != CVR_RELU)
        CVR_FAIL(CVR_USAGE, "--refine is for --formulation relu only");
    if (o->group > 0 || o->elastic > 0 || o->outer > 0)
        CVR_FAIL(CVR_USAGE, "--refine is not used with --group, --elastic and --outer");
    if (o->enumerate)
        CVR_FAIL(CVR_USAGE,
                 "--refine has nothing to add to --enumerate, which takes every "
                 "pattern");
    if (problem->device != cvr_cpu())
        CVR_FAIL(CVR_USAGE, "--refine is for the processor only");
    *variant = &cvr_refine;
done:
    return status;
}

const cvr_method cvr_convex_method = {
    .info = {.name = "convex",
             .about = "two-layer ReLU networks as a convex program, with a certificate",
             .options = options,
             .penalty = "beta-relative",
             .fixed_penalty = "beta"},
    .options_size = sizeof(cvr_convex_options),
    .choose = choose,
    .decide = decide};

/* The method `convex`: options, and the algorithm that they choose. */
#include <float.h>
#include <string.h>

#include "convex/convex.h"

static const cvr_option options[] = {
    {"formulation", CVR_CHOICE, "auto", 0, 0, "auto|relu|gated|gated-ridge|kernel",
     "the program: ReLU cones, gated ReLU with a group norm, gated with a ridge, or "
     "infinitely many gates in closed form; auto: relu when another option of this list "
     "is given, else kernel, for sparse rows gated-ridge"},
    {"kernel", CVR_CHOICE, "auto", 0, 0, "auto|mix|relu|mix+relu|tree|mix2|gated|ntk",
     "kernel of --formulation kernel; auto: of the first five the one with the least "
     "leave-one-out error"},
    {"patterns", CVR_INTEGER, "", 1, 1e6, NULL,
     "activation patterns to sample; unset: 50, for gated-ridge 200"},
    {"gate-kind", CVR_CHOICE, "gaussian", 0, 0, "gaussian|patch|pairs",
     "where gates come from: N(0, I), image patches, planes between two classes"},
    {"gate-size", CVR_INTEGER, "8", 1, 1e4, NULL, "side of an image patch, in pixels"},
    {"gates", CVR_FILE, "", 0, 0, NULL, "file of gates, CSV or NPY, one row per gate"},
    {"beta", CVR_REAL, "", 0, DBL_MAX, NULL, "penalty"},
    {"beta-relative", CVR_REAL, "0.01", 0, DBL_MAX, NULL,
     "penalty as a fraction of beta_max, above which all weights are zero (gated-ridge: "
     "of the kernel's mean eigenvalue)"},
    {"loss", CVR_CHOICE, "squared", 0, 0, "squared", "1/2 |f(x) - y|^2"},
    {"solver", CVR_CHOICE, "auto", 0, 0, "auto|admm|fista",
     "algorithm; fista is for --formulation gated"},
    {"primal", CVR_CHOICE, "auto", 0, 0,
     "auto|direct|cg|diag-pcg|nystrom-pcg|block-pcg|block-nystrom-pcg|rbcd|block-rbcd",
     "how ADMM solves its u-step"},
    {"cg-iterations", CVR_INTEGER, "50", 1, 1e6, NULL,
     "largest number of inner iterations (or sweeps) per u-step"},
    {"inner-tolerance", CVR_REAL, "1", 0, 1, NULL,
     "their tolerance, as a fraction of the smallest outer residual so far; 0: all of "
     "them are made"},
    {"nystrom-rank", CVR_INTEGER, "50", 1, 1e5, NULL, "rank of the Nystrom sketch"},
    {"rho", CVR_REAL, "0", 0, DBL_MAX, NULL, "penalty of u = v; 0: chosen and adapted"},
    {"rho-slack", CVR_REAL, "0", 0, DBL_MAX, NULL,
     "penalty of G u = s; 0: chosen and adapted"},
    {"over-relaxation", CVR_REAL, "1.6", 0.1, 1.99, NULL, "ADMM's relaxation"},
    {"certificate", CVR_CHOICE, "auto", 0, 0, "auto|yes|no",
     "bounds and gap; auto: yes unless the run stops at an accuracy"},
    {NULL, CVR_TEXT, NULL, 0, 0, NULL, NULL}};

/* Nothing of the program is named: the method decides. */
static bool automatic(const cvr_settings *o)
{
    for (const cvr_option *row = options; row->name; row++)
        if (cvr_settings_given(o, row->name))
            return false;
    return true;
}

/* A kernel looks at features one by one: sparse rows stay so with a ridge on gates. */
cvr_formulation cvr_convex_formulation(const cvr_settings *o, const cvr_dataset *data)
{
    int choice = cvr_settings_choice(o, "formulation");
    if (choice > 0)
        return (cvr_formulation)(choice - 1);
    if (!automatic(o))
        return CVR_RELU;
    return data->S.start ? CVR_GATED_RIDGE : CVR_LIMIT;
}

int64_t cvr_convex_patterns(const cvr_problem *q)
{
    if (cvr_settings_given(q->settings, "patterns"))
        return cvr_settings_integer(q->settings, "patterns");
    return cvr_convex_formulation(q->settings, q->train) == CVR_GATED_RIDGE ? 200 : 50;
}

static cvr_status decide(cvr_settings *o, const cvr_dataset *data, bool *decided)
{
    bool ridge = cvr_convex_formulation(o, data) == CVR_GATED_RIDGE;
    *decided = automatic(o);
    return *decided ? cvr_settings_set(o, "formulation", ridge ? "gated-ridge" : "kernel")
                    : CVR_OK;
}

static cvr_status choose(const cvr_problem *problem, const cvr_method **variant)
{
    static const char *const ignored[] = {"primal", "rho", "rho-slack", "over-relaxation",
                                          "inner-tolerance"};
    const cvr_settings *o = problem->settings;
    cvr_formulation formulation = cvr_convex_formulation(o, problem->train);
    bool fista = strcmp(cvr_settings_text(o, "solver"), "fista") == 0;
    *variant = formulation == CVR_LIMIT         ? &cvr_limit
               : formulation == CVR_GATED_RIDGE ? &cvr_ridge
               : fista                          ? &cvr_fista
                                                : &cvr_admm;
    if (cvr_settings_given(o, "beta") && cvr_settings_given(o, "beta-relative"))
        return cvr_fail(CVR_USAGE, "--beta and --beta-relative: only one of them");
    if (fista && formulation != CVR_GATED_RELU)
        return cvr_fail(CVR_USAGE, "--solver fista is for --formulation gated only");
    for (int i = 0; i < 5 && *variant != &cvr_admm; i++)
        if (cvr_settings_given(o, ignored[i]))
            return cvr_fail(CVR_USAGE, "--%s is not used by %s", ignored[i],
                            (*variant)->info.name);
    return CVR_OK;
}

const cvr_method cvr_convex_method = {
    .info = {.name = "convex",
             .about = "two-layer ReLU networks as a convex program, with a certificate",
             .options = options,
             .penalty = "beta-relative",
             .fixed_penalty = "beta"},
    .choose = choose,
    .decide = decide};

/* The method `convex`: options, and the algorithm that they choose. */
#include <float.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "convex/formulation.h"

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

typedef struct convex {
    cvr_program program;
    const cvr_algorithm *algorithm;
    void *state;
    bool printed; /* the fingerprints have been taken */
    cvr_checksum gates, patterns;
} convex;

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

static cvr_status choose(const cvr_settings *o, cvr_formulation formulation,
                         const cvr_algorithm **algorithm)
{
    static const char *const ignored[] = {"primal", "rho", "rho-slack", "over-relaxation",
                                          "inner-tolerance"};
    bool fista = strcmp(cvr_settings_text(o, "solver"), "fista") == 0;
    *algorithm = formulation == CVR_LIMIT         ? &cvr_limit
                 : formulation == CVR_GATED_RIDGE ? &cvr_ridge
                 : fista                          ? &cvr_fista
                                                  : &cvr_admm;
    if (fista && formulation != CVR_GATED_RELU)
        return cvr_fail(CVR_USAGE, "--solver fista is for --formulation gated only");
    for (int i = 0; i < 5 && *algorithm != &cvr_admm; i++)
        if (cvr_settings_given(o, ignored[i]))
            return cvr_fail(CVR_USAGE, "--%s is not used by %s", ignored[i],
                            (*algorithm)->name);
    return CVR_OK;
}

static cvr_status setup(void *state, const cvr_problem *problem)
{
    convex *s = state;
    const cvr_settings *o = problem->settings;
    cvr_formulation formulation = cvr_convex_formulation(o, problem->train);
    cvr_status status = CVR_OK;
    if (cvr_settings_given(o, "beta") && cvr_settings_given(o, "beta-relative"))
        CVR_FAIL(CVR_USAGE, "--beta and --beta-relative: only one of them");
    CVR_TRY(choose(o, formulation, &s->algorithm));
    CVR_TRY(cvr_allreduce_status(problem->comm, cvr_alloc(1, s->algorithm->state_size,
                                                          "the algorithm", &s->state)));
    CVR_TRY(cvr_program_new(problem, formulation, &s->program));
    CVR_TRY(s->algorithm->setup(s->state, &s->program));
done:
    return status;
}

static cvr_status step(void *state)
{
    convex *s = state;
    return s->algorithm->step(s->state);
}

static cvr_status measure(void *state, cvr_progress *progress, cvr_mat *outputs)
{
    convex *s = state;
    const char *detail = s->algorithm->detail(s->state);
    const double *mean;
    cvr_status status = CVR_OK;
    snprintf(progress->solver, sizeof progress->solver, "%s%s%s", s->algorithm->name,
             *detail ? " " : "", detail);
    CVR_TRY(s->algorithm->measure(s->state, progress, outputs));
    if (s->algorithm->model)
        return CVR_OK;
    progress->patterns = s->program.P;
    progress->active_neurons =
        cvr_recover_count(&s->program, s->algorithm->weights(s->state, &mean));
done:
    return status;
}

static cvr_status model(void *state, cvr_model *m)
{
    convex *s = state;
    const double *mean = NULL;
    if (s->algorithm->model)
        return s->algorithm->model(s->state, m);
    cvr_mat V = s->algorithm->weights(s->state, &mean);
    return cvr_recover(&s->program, V, mean, m);
}

/* Gates do not change: their fingerprints are taken once. */
static cvr_status take_prints(convex *s)
{
    const cvr_program *p = &s->program;
    cvr_status status = CVR_OK;
    if (s->printed)
        return CVR_OK;
    CVR_TRY(cvr_allreduce_status(p->comm, cvr_checksum_of(p->drawn, 0, NULL, &s->gates)));
    CVR_TRY(cvr_checksum_of(p->D, p->problem->first, p->comm, &s->patterns));
    s->printed = true;
done:
    return status;
}

/* Bounds and weights are those of these gates, wherever they come from. */
static cvr_status keep(void *state, cvr_archive *k)
{
    convex *s = state;
    cvr_type type = s->program.X.type;
    cvr_status status = CVR_OK;
    CVR_TRY(take_prints(s));
    cvr_archive_checksum(k, "gates", "gates", &s->gates, type);
    cvr_archive_checksum(k, "patterns", "patterns", &s->patterns, type);
    cvr_archive_real(k, "beta", &s->program.beta);
    CVR_TRY(s->algorithm->keep(s->state, k));
done:
    return status;
}

static cvr_status set_penalty(void *state, double relative)
{
    convex *s = state;
    cvr_formulation kind = s->program.formulation;
    if ((kind == CVR_GATED_RIDGE || kind == CVR_LIMIT) && !(relative > 0))
        return cvr_fail(CVR_USAGE, "penalty %g: %s needs a penalty above 0", relative,
                        kind == CVR_LIMIT ? "kernel" : "gated-ridge");
    s->program.beta = relative * s->program.beta_max;
    return s->algorithm->set_penalty(s->state);
}

/* Penalties are norms of weights. A kernel has no weights and needs no fewer columns. */
static bool turns(const cvr_problem *q)
{
    return cvr_convex_formulation(q->settings, q->train) != CVR_LIMIT;
}

static void teardown(void *state)
{
    convex *s = state;
    if (s->state)
        s->algorithm->teardown(s->state);
    cvr_release(s->state);
    cvr_program_free(&s->program);
}

const cvr_method cvr_convex_method = {
    .info = {.name = "convex",
             .about = "two-layer ReLU networks as a convex program, with a certificate",
             .options = options,
             .penalty = "beta-relative",
             .fixed_penalty = "beta"},
    .state_size = sizeof(convex),
    .setup = setup,
    .step = step,
    .rolls_back = true,
    .measure = measure,
    .model = model,
    .keep = keep,
    .teardown = teardown,
    .set_penalty = set_penalty,
    .turns = turns,
    .decide = decide};

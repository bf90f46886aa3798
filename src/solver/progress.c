/* A measurement: empty, as JSON, and as the numbers of a checkpoint. */
#include "solver/progress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/fail.h"
#include "linalg/type.h"
#include "model/json_text.h"

#define AT(member) offsetof(cvr_progress, member)

const cvr_figure cvr_figures[] = {
    {"method", CVR_FIGURE_NAME, AT(method), CVR_TASK_AUTO, 0},
    {"solver", CVR_FIGURE_TEXT, AT(solver), CVR_TASK_AUTO, 0},
    {"outcome", CVR_FIGURE_OUTCOME, AT(outcome), CVR_TASK_AUTO, 0},
    {"iterations", CVR_FIGURE_COUNT, AT(iterations), CVR_TASK_AUTO, 0},
    {"seconds", CVR_FIGURE_REAL, AT(seconds), CVR_TASK_AUTO, 0},
    {"cpu_seconds", CVR_FIGURE_REAL, AT(cpu_seconds), CVR_TASK_AUTO, 0},
    {"objective", CVR_FIGURE_REAL, AT(objective), CVR_TASK_AUTO, 1},
    {"loss", CVR_FIGURE_REAL, AT(train.loss), CVR_TASK_AUTO, 2},
    {"train_accuracy", CVR_FIGURE_REAL, AT(train.accuracy), CVR_CLASSIFY, 3},
    {"test_accuracy", CVR_FIGURE_REAL, AT(test.accuracy), CVR_CLASSIFY, 4},
    {"weighted_accuracy", CVR_FIGURE_REAL, AT(weighted_accuracy), CVR_CLASSIFY, 19, true},
    {"pattern_accuracy", CVR_FIGURE_REAL, AT(pattern_accuracy), CVR_CLASSIFY, 9},
    {"train_r2", CVR_FIGURE_REAL, AT(train.r2), CVR_REGRESS, 5},
    {"test_r2", CVR_FIGURE_REAL, AT(test.r2), CVR_REGRESS, 6},
    {"train_rmse", CVR_FIGURE_REAL, AT(train.rmse), CVR_REGRESS, 7},
    {"test_rmse", CVR_FIGURE_REAL, AT(test.rmse), CVR_REGRESS, 8},
    {"primal_residual", CVR_FIGURE_REAL, AT(primal_residual), CVR_TASK_AUTO, 10},
    {"dual_residual", CVR_FIGURE_REAL, AT(dual_residual), CVR_TASK_AUTO, 11},
    {"upper_bound", CVR_FIGURE_REAL, AT(upper_bound), CVR_TASK_AUTO, 12},
    {"lower_bound", CVR_FIGURE_REAL, AT(lower_bound), CVR_TASK_AUTO, 13},
    {"gap", CVR_FIGURE_REAL, AT(gap), CVR_TASK_AUTO, 14},
    {"constraint_violation", CVR_FIGURE_REAL, AT(constraint_violation), CVR_TASK_AUTO,
     15},
    {"loo_error", CVR_FIGURE_REAL, AT(loo_error), CVR_CLASSIFY, 17},
    {"loo_r2", CVR_FIGURE_REAL, AT(loo_r2), CVR_REGRESS, 18},
    {"press", CVR_FIGURE_REAL, AT(press), CVR_TASK_AUTO, 16},
    {"pattern_violation", CVR_FIGURE_REAL, AT(pattern_violation), CVR_TASK_AUTO, 19},
    {"active_neurons", CVR_FIGURE_COUNT, AT(active_neurons), CVR_TASK_AUTO, 0},
    {"rows", CVR_FIGURE_COUNT, AT(rows), CVR_TASK_AUTO, 0},
    {"features", CVR_FIGURE_COUNT, AT(features), CVR_TASK_AUTO, 0},
    {"outputs", CVR_FIGURE_COUNT, AT(outputs), CVR_TASK_AUTO, 0},
    {"patterns", CVR_FIGURE_COUNT, AT(patterns), CVR_TASK_AUTO, 0},
    {"processes", CVR_FIGURE_INT, AT(processes), CVR_TASK_AUTO, 0},
    {"threads", CVR_FIGURE_INT, AT(threads), CVR_TASK_AUTO, 0},
    {"precision", CVR_FIGURE_TYPE, AT(precision), CVR_TASK_AUTO, 0},
    {"peak_memory_bytes", CVR_FIGURE_COUNT, AT(peak_memory_bytes), CVR_TASK_AUTO, 0},
    {"bytes_reduced", CVR_FIGURE_COUNT, AT(bytes_reduced), CVR_TASK_AUTO, 0},
    {"seed", CVR_FIGURE_SEED, AT(seed), CVR_TASK_AUTO, 0},
    {"note", CVR_FIGURE_TEXT, AT(note), CVR_TASK_AUTO, 0},
    {0}};

const char *cvr_outcome_name(cvr_outcome outcome)
{
    static const char *const names[] = {"running",    "converged",      "max-iterations",
                                        "time-limit", "target-reached", "stopped",
                                        "diverged"};
    return (unsigned)outcome < sizeof names / sizeof *names ? names[outcome] : "unknown";
}

const char *cvr_phase_name(int phase)
{
    static const char *const names[CVR_PHASES] = {"setup", "primal",  "prox",
                                                  "dual",  "measure", "reduce"};
    return phase >= 0 && phase < CVR_PHASES ? names[phase] : "unknown";
}

/* ---- empty ------------------------------------------------------------------------- */

void cvr_progress_init(cvr_progress *p)
{
    *p = (cvr_progress){.test.loss = NAN};
    for (const cvr_figure *f = cvr_figures; f->key; f++)
        if (f->kind == CVR_FIGURE_REAL)
            *(double *)((char *)p + f->offset) = NAN;
    p->seconds = p->cpu_seconds = 0;
    p->active_neurons = p->patterns = -1;
}

/* ---- JSON -------------------------------------------------------------------------- */

/* JSON has no NaN and no infinity. */
static json_t *real_json(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *count_json(int64_t n)
{
    return n >= 0 ? json_integer(n) : json_null();
}

static json_t *text_json(const char *text)
{
    return text && *text ? cvr_json_text(text) : json_null();
}

static json_t *figure_json(const cvr_progress *p, const cvr_figure *f)
{
    const void *at = (const char *)p + f->offset;
    switch (f->kind) {
    case CVR_FIGURE_REAL:
        return real_json(*(const double *)at);
    case CVR_FIGURE_COUNT:
        return count_json(*(const int64_t *)at);
    case CVR_FIGURE_INT:
        return count_json(*(const int *)at);
    case CVR_FIGURE_SEED:
        return json_integer((json_int_t) * (const uint64_t *)at);
    case CVR_FIGURE_NAME:
        return text_json(*(const char *const *)at);
    case CVR_FIGURE_TEXT:
        return text_json(at);
    case CVR_FIGURE_OUTCOME:
        return json_string(cvr_outcome_name(*(const cvr_outcome *)at));
    case CVR_FIGURE_TYPE:
        return json_string(cvr_type_name(*(const cvr_type *)at));
    }
    return NULL;
}

static bool shown(const cvr_progress *p, const cvr_figure *f)
{
    if (f->rare && isnan(*(const double *)((const char *)p + f->offset)))
        return false;
    return f->task == CVR_TASK_AUTO || f->task == p->task;
}

/* Phases come last; false: no memory. */
static bool fill(json_t *object, const cvr_progress *p)
{
    json_t *phases = json_object();
    bool ok = true;
    for (const cvr_figure *f = cvr_figures; ok && f->key; f++)
        if (shown(p, f))
            ok = json_object_set_new(object, f->key, figure_json(p, f)) == 0;
    for (int i = 0; ok && i < CVR_PHASES; i++)
        ok = json_object_set_new(phases, cvr_phase_name(i), real_json(p->phases[i])) == 0;
    return json_object_set_new(object, "phases", phases) == 0 && ok;
}

cvr_status cvr_progress_json(const cvr_progress *p, char **text)
{
    json_t *object = json_object();
    *text =
        object && fill(object, p) ? json_dumps(object, JSON_REAL_PRECISION(17)) : NULL;
    json_decref(object);
    return *text ? CVR_OK : cvr_fail(CVR_NO_MEMORY, "cannot write down a result");
}

/* ---- checkpoints ------------------------------------------------------------------- */

void cvr_progress_copy_saved(cvr_progress *p, double x[CVR_FIGURES_SAVED], bool out)
{
    for (const cvr_figure *f = cvr_figures; f->key; f++) {
        double *figure = (double *)((char *)p + f->offset);
        if (f->saved > 0)
            *(out ? figure : &x[f->saved - 1]) = out ? x[f->saved - 1] : *figure;
    }
}

/* The one loop: limits, tolerances, measurements, callback. A method gives the steps.

   Every branch before a collective call depends on shared values only: what is measured
   is the same on all processes, the clock and the callback's answer are process 0's. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "solver/method.h"

struct cvr_solver {
    const cvr_method *method;
    cvr_problem problem;
    void *state;
    double phases[CVR_PHASES];
    double wall_used, cpu_used; /* by setup and by earlier calls of run */
    int64_t iterations;
    int64_t max_iterations, measure_every;
    double tolerance, time_limit, target_accuracy;
};

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

/* ---- measuring ------------------------------------------------------------------- */

static void blank(cvr_progress *p)
{
    memset(p, 0, sizeof *p);
    p->active_neurons = p->patterns = -1;
    p->objective = p->loss = p->train_accuracy = p->test_accuracy = NAN;
    p->train_r2 = p->test_r2 = p->train_rmse = p->test_rmse = NAN;
    p->pattern_accuracy = p->primal_residual = p->dual_residual = NAN;
    p->upper_bound = p->lower_bound = p->gap = p->constraint_violation = NAN;
}

static void describe(const cvr_solver *s, cvr_progress *p)
{
    const cvr_problem *q = &s->problem;
    p->iterations = s->iterations;
    p->rows = q->rows;
    p->features = q->train->transform.features;
    p->outputs = (int)q->Y.cols;
    p->processes = cvr_comm_size(q->comm);
    p->precision = q->X.type;
    p->seed = q->seed;
    p->method = s->method->info.name;
}

/* The recovered network with the training data's task, classes and transform. */
static cvr_status recover(cvr_solver *s, cvr_model *m)
{
    cvr_status status = s->method->model(s->state, m);
    if (status == CVR_OK)
        status = cvr_model_describe(m, s->problem.train);
    if (status != CVR_OK)
        cvr_model_free(m);
    return status;
}

static cvr_status score_train(cvr_solver *s, const cvr_model *m, cvr_mat outputs,
                              cvr_score *score)
{
    const cvr_dataset *data = s->problem.train;
    if (!outputs.on)
        return cvr_model_score(m, data, s->problem.comm, score);
    return cvr_score_outputs(outputs, data->Y, data->task, data->classes, m->threshold,
                             s->problem.comm, score);
}

/* Loss and accuracy of the recovered network, on the training and on the test rows. */
static cvr_status score(cvr_solver *s, cvr_mat outputs, cvr_progress *p)
{
    cvr_model m = {0};
    cvr_score train, test;
    cvr_status status = CVR_OK;
    CVR_TRY(recover(s, &m));
    CVR_TRY(score_train(s, &m, outputs, &train));
    p->loss = train.loss;
    p->train_accuracy = train.accuracy;
    p->train_r2 = train.r2;
    p->train_rmse = train.rmse;
    p->outputs = m.outputs;
    if (s->problem.test) {
        CVR_TRY(cvr_model_score(&m, s->problem.test, s->problem.comm, &test));
        p->test_accuracy = test.accuracy;
        p->test_r2 = test.r2;
        p->test_rmse = test.rmse;
    }
done:
    cvr_model_free(&m);
    return status;
}

static cvr_status measure(cvr_solver *s, double wall, double cpu, cvr_progress *p)
{
    cvr_status status = CVR_OK;
    double begun = cvr_wall_seconds(), clocks[2];
    cvr_mat outputs = {0};
    blank(p);
    describe(s, p);
    CVR_TRY(s->method->measure(s->state, p, &outputs));
    CVR_TRY(score(s, outputs, p));
    s->phases[CVR_PHASE_MEASURE] += cvr_wall_seconds() - begun;
    s->phases[CVR_PHASE_REDUCE] = cvr_comm_seconds(s->problem.comm);
    clocks[0] = s->wall_used + cvr_wall_seconds() - wall;
    clocks[1] = s->cpu_used + cvr_cpu_seconds() - cpu;
    CVR_TRY(cvr_share(s->problem.comm, clocks, sizeof clocks));
    p->seconds = clocks[0];
    p->cpu_seconds = clocks[1];
    memcpy(p->phases, s->phases, sizeof p->phases);
    p->peak_memory_bytes = cvr_memory_peak();
    p->bytes_reduced = cvr_comm_bytes(s->problem.comm);
done:
    return status;
}

/* The same iterations are measured in every run: each of the first 20, then ever fewer.
   A target accuracy wants each one. */
static bool due(const cvr_solver *s)
{
    int64_t k = s->iterations;
    if (k >= s->max_iterations || s->target_accuracy > 0)
        return true;
    if (s->measure_every > 0)
        return k % s->measure_every == 0;
    return k % (k <= 20 ? 1 : k <= 100 ? 5 : k <= 1000 ? 20 : 100) == 0;
}

/* ---- the loop -------------------------------------------------------------------- */

static cvr_outcome judge(const cvr_solver *s, const cvr_progress *p)
{
    if (p->outcome != CVR_RUNNING)
        return p->outcome;
    if (isnan(p->loss) || isinf(p->loss) || isinf(p->objective))
        return CVR_DIVERGED;
    if (s->tolerance > 0 && p->gap <= s->tolerance)
        return CVR_CONVERGED;
    if (s->target_accuracy > 0 && p->train_accuracy >= s->target_accuracy)
        return CVR_TARGET_REACHED;
    if (s->iterations >= s->max_iterations)
        return CVR_MAX_ITERATIONS;
    if (p->seconds >= s->time_limit)
        return CVR_TIME_LIMIT;
    return CVR_RUNNING;
}

/* The limit binds between measurements too. */
static cvr_status out_of_time(const cvr_solver *s, double wall, bool *out)
{
    double seconds = s->wall_used + cvr_wall_seconds() - wall;
    *out = false;
    if (isinf(s->time_limit))
        return CVR_OK;
    cvr_status status = cvr_share(s->problem.comm, &seconds, sizeof seconds);
    *out = seconds >= s->time_limit;
    return status;
}

static cvr_status ask(const cvr_solver *s, cvr_callback callback, void *user,
                      cvr_progress *p)
{
    int stop = callback ? callback(p, user) : 0;
    cvr_status status = cvr_share(s->problem.comm, &stop, sizeof stop);
    if (status == CVR_OK && stop && p->outcome == CVR_RUNNING)
        p->outcome = CVR_STOPPED;
    return status;
}

cvr_status cvr_solver_run(cvr_solver *s, cvr_callback callback, void *user,
                          cvr_progress *result)
{
    cvr_status status = CVR_OK;
    double wall = cvr_wall_seconds(), cpu = cvr_cpu_seconds();
    bool late = false;
    blank(result);
    while (result->outcome == CVR_RUNNING) {
        CVR_TRY(s->method->step(s->state));
        s->iterations++;
        CVR_TRY(out_of_time(s, wall, &late));
        if (!due(s) && !late)
            continue;
        CVR_TRY(measure(s, wall, cpu, result));
        result->outcome = judge(s, result);
        CVR_TRY(ask(s, callback, user, result));
    }
done:
    s->wall_used += cvr_wall_seconds() - wall;
    s->cpu_used += cvr_cpu_seconds() - cpu;
    return status;
}

/* ---- making and freeing ---------------------------------------------------------- */

static void read_limits(cvr_solver *s, const cvr_settings *settings)
{
    double limit = cvr_settings_real(settings, "time-limit");
    s->tolerance = cvr_settings_real(settings, "tolerance");
    s->time_limit = limit > 0 ? limit : INFINITY;
    s->target_accuracy = cvr_settings_real(settings, "target-train-accuracy");
    s->max_iterations = cvr_settings_integer(settings, "max-iterations");
    s->measure_every = cvr_settings_integer(settings, "measure-every");
}

static cvr_status find_method(const char *name, const cvr_method **method)
{
    for (int i = 0; cvr_methods[i]; i++)
        if (strcmp(cvr_methods[i]->info.name, name) == 0) {
            *method = cvr_methods[i];
            return CVR_OK;
        }
    return cvr_fail(CVR_USAGE, "no method is called '%s'", name);
}

static void pose(cvr_solver *s, const cvr_dataset *train, const cvr_dataset *test,
                 cvr_comm *comm, const cvr_settings *settings)
{
    s->problem = (cvr_problem){.X = train->X,
                               .Y = train->Y,
                               .rows = train->rows,
                               .first = train->first,
                               .train = train,
                               .test = test,
                               .comm = comm,
                               .settings = settings,
                               .seed = (uint64_t)cvr_settings_integer(settings, "seed"),
                               .phases = s->phases};
}

cvr_status cvr_solver_new(const char *method, const cvr_dataset *train,
                          const cvr_dataset *test, cvr_comm *comm,
                          const cvr_settings *settings, cvr_solver **out)
{
    cvr_solver *s = NULL;
    cvr_status status = CVR_OK;
    double wall = cvr_wall_seconds(), cpu = cvr_cpu_seconds();
    *out = NULL;
    if (train->rows < 1)
        CVR_FAIL(CVR_BAD_DATA, "%s: no rows to train on", train->source);
    CVR_TRY(cvr_alloc(1, sizeof *s, "a solver", (void **)&s));
    CVR_TRY(find_method(method, &s->method));
    read_limits(s, settings);
    pose(s, train, test, comm, settings);
    CVR_TRY(cvr_alloc(1, s->method->state_size, "a solver's state", &s->state));
    CVR_TRY(cvr_agree(comm, s->method->setup(s->state, &s->problem)));
    s->wall_used = s->phases[CVR_PHASE_SETUP] = cvr_wall_seconds() - wall;
    s->cpu_used = cvr_cpu_seconds() - cpu;
    *out = s;
    s = NULL;
done:
    cvr_solver_free(s);
    return status;
}

cvr_status cvr_solver_set_penalty(cvr_solver *s, double relative)
{
    if (!s->method->set_penalty)
        return cvr_fail(CVR_USAGE, "method %s has no penalty to change",
                        s->method->info.name);
    s->iterations = 0;
    return s->method->set_penalty(s->state, relative);
}

/* {"method": ..., "seed": ..., "version": ..., "options": {...}} */
static cvr_status record(const cvr_solver *s, cvr_model *m)
{
    static const char *const format =
        "{\"method\":\"%s\",\"seed\":%llu,\"version\":\"%s\",\"options\":%s}";
    const char *method = s->method->info.name;
    unsigned long long seed = s->problem.seed;
    char *options = NULL, *text = NULL;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_settings_json(s->problem.settings, &options));
    int size = snprintf(NULL, 0, format, method, seed, cvr_version(), options) + 1;
    CVR_TRY(cvr_alloc(size, 1, "a model's record", (void **)&text));
    snprintf(text, (size_t)size, format, method, seed, cvr_version(), options);
    cvr_release(m->record);
    m->record = text;
done:
    cvr_release(options);
    return status;
}

cvr_status cvr_solver_model(cvr_solver *s, cvr_model *m)
{
    cvr_status status = recover(s, m);
    if (status == CVR_OK)
        status = record(s, m);
    if (status != CVR_OK)
        cvr_model_free(m);
    return status;
}

void cvr_solver_free(cvr_solver *s)
{
    if (!s)
        return;
    if (s->state)
        s->method->teardown(s->state);
    cvr_release(s->state);
    cvr_release(s);
}

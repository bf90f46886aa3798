/* The one loop: limits, tolerances, measurements, callback, checkpoints. A method gives
   the steps.

   Every branch before a collective call depends on shared values only: what is measured
   is the same on all processes, the clock and the callback's answer are process 0's, and
   what any process is asked all do.

   A measurement may move a method's state (bounds, the best model so far). So that a
   resumed run equals one that was not interrupted, the same iterations are measured in
   both: where only the end calls for a measurement, the checkpoint comes before it. */
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <cvxrelu/blas.h>

#include "base/bytes.h"
#include "base/log.h"
#include "data/sparse.h"
#include "linalg/blas.h"
#include "model/model.h"
#include "model/score.h"
#include "solver/features.h"
#include "solver/solver.h"

/* ---- measuring --------------------------------------------------------------------- */

void cvr_solver_describe(const cvr_solver *s, cvr_progress *p)
{
    const cvr_problem *q = &s->problem;
    cvr_progress_init(p);
    p->task = q->train->task;
    p->iterations = s->iterations;
    p->rows = q->rows;
    p->features = q->train->transform.features;
    p->outputs = (int)q->Y.cols;
    p->processes = cvr_comm_size(q->comm);
    p->precision = q->X.type;
    p->seed = q->seed;
    p->method = s->family->info.name;
}

cvr_status cvr_solver_recover(cvr_solver *s, cvr_model *m)
{
    cvr_status status = s->method->model(s->state, m);
    if (status == CVR_OK)
        status = cvr_features_model(&s->problem, m);
    if (status == CVR_OK)
        status = cvr_model_describe(m, s->problem.train);
    if (status != CVR_OK)
        cvr_model_free(m);
    return status;
}

/* The model's outputs at hand (its threshold is 0), or those that it has to compute. */
static cvr_status score_train(cvr_solver *s, cvr_status made, const cvr_model *m,
                              cvr_mat outputs, cvr_score *score)
{
    const cvr_dataset *data = s->problem.train;
    if (!outputs.device || s->method->calibrates)
        return cvr_score_made(made, m, data, outputs, s->problem.comm, score);
    return cvr_score_outputs(outputs, data->Y, data->task, data->classes, 0,
                             s->problem.comm, score);
}

/* Loss and accuracy of the recovered network, on the training and on the test rows. It is
   made only where there are outputs to compute. */
static cvr_status score(cvr_solver *s, cvr_mat outputs, cvr_progress *p)
{
    cvr_model m = {0};
    bool needed = !outputs.device || s->problem.test || s->method->calibrates;
    cvr_status status = CVR_OK, made = needed ? cvr_solver_recover(s, &m) : CVR_OK;
    CVR_TRY(score_train(s, made, &m, outputs, &p->train));
    if (s->problem.test)
        CVR_TRY(cvr_score_made(made, &m, s->problem.test, (cvr_mat){0}, s->problem.comm,
                               &p->test));
done:
    cvr_model_free(&m);
    return status;
}

double cvr_solver_seconds(const cvr_solver *s)
{
    return s->wall_used + (s->running ? cvr_wall_seconds() - s->wall_begun : 0);
}

double cvr_solver_cpu_seconds(const cvr_solver *s)
{
    return s->cpu_used + (s->running ? cvr_cpu_seconds() - s->cpu_begun : 0);
}

static cvr_status read_clocks(cvr_solver *s, cvr_progress *p)
{
    cvr_comm *comm = s->problem.comm;
    double clocks[] = {cvr_solver_seconds(s), cvr_solver_cpu_seconds(s)};
    s->phases[CVR_PHASE_REDUCE] = s->reduced_before + cvr_comm_traffic(comm).seconds;
    cvr_status status = cvr_broadcast(comm, clocks, sizeof clocks);
    p->seconds = clocks[0];
    p->cpu_seconds = clocks[1];
    memcpy(p->phases, s->phases, sizeof p->phases);
    p->peak_memory_bytes = cvr_memory_peak();
    p->bytes_reduced = s->bytes_before + cvr_comm_traffic(comm).bytes;
    return status;
}

/* outputs: the network's on the training rows, when they are at hand. */
static cvr_status measure(cvr_solver *s, cvr_progress *p, cvr_mat *outputs)
{
    cvr_status status = CVR_OK;
    double begun = cvr_wall_seconds();
    cvr_solver_describe(s, p);
    CVR_TRY(s->method->measure(s->state, p, outputs));
    CVR_TRY(score(s, *outputs, p));
    s->phases[CVR_PHASE_MEASURE] += cvr_wall_seconds() - begun;
    CVR_TRY(read_clocks(s, p));
done:
    return status;
}

static bool finished(const cvr_solver *s)
{
    return s->method->finished && s->method->finished(s->state);
}

/* The same iterations are measured in every run: each of the first 20, then ever fewer.
   A target accuracy wants each one. */
static bool due(const cvr_solver *s)
{
    int64_t k = s->iterations;
    if (s->target_accuracy >= 0 || finished(s))
        return true;
    if (s->measure_every > 0)
        return k % s->measure_every == 0;
    return k % (k <= 20 ? 1 : k <= 100 ? 5 : k <= 1000 ? 20 : 100) == 0;
}

/* ---- the loop ---------------------------------------------------------------------- */

static cvr_outcome judge(const cvr_solver *s, const cvr_progress *p)
{
    if (p->outcome != CVR_RUNNING)
        return p->outcome;
    if (isnan(p->train.loss) || isinf(p->train.loss) || isinf(p->objective))
        return CVR_DIVERGED;
    if (s->tolerance > 0 && p->gap <= s->tolerance)
        return CVR_CONVERGED;
    if (s->target_accuracy >= 0 && p->train.accuracy >= s->target_accuracy)
        return CVR_TARGET_REACHED;
    if (p->iterations >= s->max_iterations)
        return CVR_MAX_ITERATIONS;
    if (p->seconds >= s->time_limit)
        return CVR_TIME_LIMIT;
    return CVR_RUNNING;
}

/* The callback sees the outcome and what is said of it; its own wish to
   stop comes after. */
static cvr_status ask(cvr_solver *s, cvr_mat outputs, cvr_callback callback, void *user,
                      cvr_progress *p)
{
    bool running = p->outcome == CVR_RUNNING;
    int stop = 0;
    cvr_status status = CVR_OK;
    if (!running)
        CVR_TRY(cvr_solver_remark(s, outputs, p));
    stop = callback ? callback(p, user) : 0;
    CVR_TRY(cvr_broadcast(s->problem.comm, &stop, sizeof stop));
    if (stop && running) {
        p->outcome = CVR_STOPPED;
        CVR_TRY(cvr_solver_remark(s, outputs, p));
    }
done:
    return status;
}

/* What all processes do after an iteration: it stays once it has been asked for. */
typedef struct wishes {
    bool stop, save, late, due; /* asked twice; by process 0's clock twice */
} wishes;

/* One message, whatever was asked for. */
static cvr_status consult(cvr_solver *s, wishes *w)
{
    bool first = cvr_comm_rank(s->problem.comm) == 0;
    bool timed = s->checkpoint && s->save_every > 0;
    int asked = atomic_exchange(&s->asked, 0), caller = cvr_solver_caller(s);
    double x[] = {
        (asked & CVR_ASK_STOP) != 0 || caller == CVR_END, (asked & CVR_ASK_SAVE) != 0,
        caller == CVR_END_OF_TIME || (first && cvr_solver_seconds(s) >= s->time_limit),
        first && timed && cvr_wall_seconds() - s->saved_at >= s->save_every,
        s->longest_wait};
    cvr_status status = cvr_allreduce_max(s->problem.comm, x, 5);
    *w = (wishes){w->stop || x[0] > 0, w->save || x[1] > 0, w->late || x[2] > 0,
                  w->due || x[3] > 0};
    s->longest_wait = x[4];
    return status;
}

/* What comes of a measurement. */
static cvr_status judge_and_ask(cvr_solver *s, const wishes *w, cvr_mat outputs,
                                cvr_callback callback, void *user, cvr_progress *p)
{
    p->outcome = judge(s, p);
    if (p->outcome == CVR_RUNNING && (w->stop || w->late))
        p->outcome = w->stop ? CVR_STOPPED : CVR_TIME_LIMIT;
    return ask(s, outputs, callback, user, p);
}

/* The measurement that every run makes here. cut: it has been left; a resumed run makes
   it again. */
static cvr_status planned_look(cvr_solver *s, wishes *w, cvr_callback callback,
                               void *user, cvr_progress *p, bool *cut)
{
    cvr_mat outputs = {0};
    cvr_status status = measure(s, p, &outputs);
    *cut = status == CVR_INTERRUPTED;
    if (*cut) {
        cvr_solver_describe(s, p);
        CVR_TRY(consult(s, w));
        w->stop = w->stop || !w->late;
        return CVR_OK;
    }
    CVR_TRY(status);
    s->last = *p;
    CVR_TRY(judge_and_ask(s, w, outputs, callback, user, p));
done:
    return status;
}

/* The measurement of a run that ends where it would not be measured otherwise; before the
   first iteration is done there is nothing to measure. */
static cvr_status last_look(cvr_solver *s, const wishes *w, cvr_callback callback,
                            void *user, cvr_progress *p)
{
    cvr_mat outputs = {0};
    cvr_status status = CVR_OK;
    cvr_solver_describe(s, p);
    cvr_solver_hush(s);
    s->problem.hurried = w->stop || w->late;
    if (s->iterations == 0) {
        p->outcome = w->stop ? CVR_STOPPED : CVR_TIME_LIMIT;
        return read_clocks(s, p);
    }
    if (s->last.iterations == s->iterations)
        *p = s->last;
    else
        CVR_TRY(measure(s, p, &outputs));
    CVR_TRY(read_clocks(s, p));
    CVR_TRY(judge_and_ask(s, w, outputs, callback, user, p));
done:
    return status;
}

/* Another run with the same checkpoint: said once. */
static void look_for_others(cvr_solver *s)
{
    bool first = cvr_comm_rank(s->problem.comm) == 0;
    if (!first || s->shared || !cvr_owner_other(&s->owner, s->checkpoint))
        return;
    s->shared = true;
    cvr_note(CVR_LOG_NOTE, "another run keeps its checkpoint in %s: the last one remains",
             s->checkpoint);
}

/* Saving by the clock or on request may fail and be tried again; at the
   end it may not. */
static cvr_status store(cvr_solver *s, bool last)
{
    cvr_status status;
    if (!s->checkpoint || s->iterations == 0)
        return CVR_OK;
    look_for_others(s);
    status = cvr_solver_save(s, s->checkpoint);
    s->saved_at = cvr_wall_seconds();
    if (status == CVR_OK && cvr_comm_rank(s->problem.comm) == 0)
        cvr_owner_claim(&s->owner, s->checkpoint);
    if (status == CVR_OK || last || status == CVR_PARALLEL)
        return status;
    if (cvr_comm_rank(s->problem.comm) == 0)
        cvr_note(CVR_LOG_NOTE, "iteration %lld: %s; the previous checkpoint remains",
                 (long long)s->iterations, cvr_last_error());
    return CVR_OK;
}

/* again: the iteration is done, but not its measurement. */
static cvr_status iterate(cvr_solver *s, bool again, cvr_callback callback, void *user,
                          cvr_progress *p)
{
    bool cut = false, planned, last;
    wishes w = {0};
    cvr_status status = CVR_OK;
    if (!again && !finished(s))
        CVR_TRY(cvr_solver_step(s, &cut));
    CVR_TRY(consult(s, &w));
    w.stop = w.stop || (cut && !w.late);
    planned = !cut && due(s);
    if (planned)
        CVR_TRY(planned_look(s, &w, callback, user, p, &cut));
    last = cut || w.stop || w.late || s->iterations >= s->max_iterations ||
           p->outcome != CVR_RUNNING;
    if ((last || w.save || w.due) && p->outcome != CVR_DIVERGED)
        s->unsaved = store(s, last);
    if (last && p->outcome == CVR_RUNNING)
        CVR_TRY(last_look(s, &w, callback, user, p));
done:
    return status;
}

/* A restored run begins with the last measurement, judged by the limits of today; or with
   one that is due and has not been made. One that has ended at an iteration which is not
   measured otherwise is measured there. */
static cvr_status take_up(cvr_solver *s, cvr_callback callback, void *user,
                          cvr_progress *p)
{
    wishes none = {0};
    cvr_status status = CVR_OK;
    s->restored = false;
    if (s->iterations == 0)
        return CVR_OK;
    if (s->last.iterations == s->iterations) {
        *p = s->last;
        CVR_TRY(read_clocks(s, p));
        CVR_TRY(judge_and_ask(s, &none, (cvr_mat){0}, callback, user, p));
    } else if (due(s) || s->iterations >= s->max_iterations) {
        CVR_TRY(iterate(s, true, callback, user, p));
    }
done:
    return status;
}

cvr_status cvr_solver_run(cvr_solver *s, cvr_callback callback, void *user,
                          cvr_progress *result)
{
    cvr_status status = CVR_OK;
    s->wall_begun = s->saved_at = cvr_wall_seconds();
    s->cpu_begun = cvr_cpu_seconds();
    s->running = true;
    s->unsaved = CVR_OK;
    cvr_solver_listen(s);
    cvr_solver_describe(s, result);
    if (s->restored)
        CVR_TRY(take_up(s, callback, user, result));
    while (result->outcome == CVR_RUNNING)
        CVR_TRY(iterate(s, false, callback, user, result));
    status = s->unsaved;
done:
    cvr_solver_go_deaf(s);
    s->problem.hurried = false;
    s->wall_used = cvr_solver_seconds(s);
    s->cpu_used = cvr_solver_cpu_seconds(s);
    s->running = false;
    return status;
}

void cvr_solver_ask(cvr_solver *s, int what)
{
    atomic_fetch_or(&s->asked, what);
}

void cvr_solver_set_user_data(cvr_solver *s, const char *text)
{
    s->remembered = text;
}

void cvr_solver_checkpoint(cvr_solver *s, const char *path, double every_seconds)
{
    s->checkpoint = path;
    s->save_every = every_seconds;
    if (path)
        look_for_others(s);
}

/* ---- making and freeing ------------------------------------------------------------ */

static void read_limits(cvr_solver *s, const cvr_run_options *o)
{
    s->tolerance = o->tolerance;
    s->time_limit = o->time_limit > 0 ? o->time_limit : INFINITY;
    s->target_accuracy = o->target_train_accuracy;
    s->max_iterations = o->max_iterations;
    s->measure_every = o->measure_every;
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
                               .held = s->held,
                               .comm = comm,
                               .settings = settings,
                               .seed = (uint64_t)cvr_settings_integer(settings, "seed"),
                               .phases = s->phases};
}

/* --validation: *train becomes a copy of its rows without those held out. */
static cvr_status hold_out(cvr_solver *s, cvr_comm *comm, const cvr_settings *settings,
                           const cvr_dataset **train)
{
    const char *option = "validation";
    double amount =
        cvr_settings_find(settings, option) ? cvr_settings_real(settings, option) : 0;
    uint64_t seed = (uint64_t)cvr_settings_integer(settings, "seed");
    cvr_status status = CVR_OK;
    if (!(amount > 0))
        return CVR_OK;
    CVR_TRY(cvr_dataset_copy(*train, comm, &s->rest));
    status = cvr_dataset_split(s->rest, amount, seed, comm, &s->held);
    CVR_TRY(status == CVR_INTERRUPTED ? cvr_solver_left() : status);
    *train = s->rest;
done:
    return status;
}

/* Sparse rows, and wide ones where that pays, in coordinates; where the method does not
   take these, or they would not be fewer, sparse rows are made dense. */
static cvr_status bring_rows(cvr_solver *s)
{
    cvr_problem *q = &s->problem;
    const cvr_dataset *data = q->train;
    bool sparse = data->S.start, wide = data->rows < data->transform.features;
    cvr_status status = CVR_OK;
    if (s->method->turns && wide && (sparse || cvr_coordinates_pay(data))) {
        CVR_TRY(cvr_coordinates_new(data, q->comm, &s->coordinates));
        q->coordinates = &s->coordinates;
        q->X = s->coordinates.A;
    } else if (sparse) {
        CVR_TRY(cvr_allreduce_status(q->comm, cvr_sparse_to_dense(data, &s->dense)));
        q->X = s->dense;
    }
done:
    return status;
}

/* *A becomes a copy on the device, with the columns that lie behind its own. */
static cvr_status move(const cvr_backend *device, int64_t behind, cvr_mat *A,
                       cvr_mat *copy)
{
    cvr_status status = CVR_OK;
    A->cols += behind;
    CVR_TRY(cvr_mat_new(device, A->type, A->rows, A->cols, copy));
    cvr_copy(*copy, *A);
    *A = cvr_mat_cols(*copy, 0, A->cols - behind);
done:
    return status;
}

/* The problem's rows on the device, where that is not the processor. */
static cvr_status move_rows(cvr_solver *s)
{
    cvr_problem *q = &s->problem;
    bool ones = q->train->prepared && q->train->transform.bias != CVR_BIAS_PENALISED;
    cvr_status status = CVR_OK;
    if (s->device == cvr_cpu())
        return CVR_OK;
    CVR_TRY(move(s->device, ones, &q->X, &s->X));
    CVR_TRY(move(s->device, 0, &q->Y, &s->Y));
done:
    return status;
}

/* The variant, and its state. */
static cvr_status choose(cvr_solver *s)
{
    const cvr_method *variant = s->family;
    cvr_status status = CVR_OK;
    if (s->family->choose)
        CVR_TRY(s->family->choose(&s->problem, &variant));
    if (s->problem.train->transform.mirror && !variant->mirrors)
        CVR_FAIL(CVR_USAGE, "--mirror is for --formulation kernel of convex only");
    CVR_TRY(cvr_alloc(1, variant->state_size, "a solver's state", &s->state));
    s->method = variant;
done:
    return status;
}

/* Sizes, then memory for all of it, then first values. */
cvr_status cvr_method_set_up(const cvr_method *m, void *state, const cvr_problem *q,
                             cvr_workspace *w)
{
    cvr_status status = CVR_OK;
    cvr_workspace_init(w, q->X.device, q->X.type, m->info.name);
    CVR_TRY(cvr_allreduce_status(q->comm, m->pose(state, q)));
    CVR_TRY(cvr_allreduce_status(q->comm, m->lay_out(state, w)));
    CVR_TRY(cvr_workspace_take(w, q->comm));
    CVR_TRY(m->start(state));
done:
    return status;
}

static cvr_status set_up_method(cvr_solver *s)
{
    const cvr_problem *q = &s->problem;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(q->comm, choose(s)));
    CVR_TRY(bring_rows(s));
    CVR_TRY(cvr_allreduce_status(q->comm, move_rows(s)));
    CVR_TRY(cvr_method_set_up(s->method, s->state, q, &s->workspace));
done:
    return status;
}

static cvr_status set_up(cvr_solver *s)
{
    cvr_status status;
    s->running = true;
    s->longest_wait = INFINITY;
    s->brief = 0.05;
    cvr_solver_listen(s);
    status = cvr_allreduce_status(s->problem.comm, set_up_method(s));
    cvr_solver_go_deaf(s);
    if (status == CVR_INTERRUPTED)
        status = cvr_solver_left();
    s->running = false;
    return status;
}

/* Once a program: the library leaves BLAS as it is. */
static void mention_slow_kernels(const cvr_comm *comm)
{
    static atomic_flag mentioned = ATOMIC_FLAG_INIT;
    const char *better = cvr_blas_better();
    if (better && cvr_comm_rank(comm) == 0 && !atomic_flag_test_and_set(&mentioned))
        cvr_note(
            CVR_LOG_NOTE,
            "OpenBLAS does not know this processor and runs its %s kernels, several "
            "times slower than %s: OPENBLAS_CORETYPE=%s, set before the start, takes "
            "these",
            cvr_blas_kernels(), better, better);
}

cvr_status cvr_solver_new_on(const cvr_backend *device, const cvr_dataset *train,
                             const cvr_dataset *test, cvr_comm *comm,
                             const cvr_settings *settings, cvr_solver **out)
{
    cvr_solver *s = NULL;
    cvr_status status = CVR_OK;
    double wall = cvr_wall_seconds(), cpu = cvr_cpu_seconds();
    *out = NULL;
    if (train->rows < 1)
        CVR_FAIL(CVR_BAD_DATA, "%s: no rows to train on", train->source);
    if (train->outputs < 1)
        CVR_FAIL(CVR_BAD_DATA, "%s: no targets to train on", train->source);
    if (test && (test->outputs != train->outputs || test->task != train->task))
        CVR_FAIL(CVR_BAD_DATA, "%s: its targets are not like those of %s", test->source,
                 train->source);
    status = cvr_alloc(1, sizeof *s, "a solver", (void **)&s);
    CVR_TRY(cvr_allreduce_status(comm, status));
    s->device = device;
    s->family = cvr_settings_method(settings);
    if (!s->family)
        CVR_FAIL(CVR_USAGE, "a solver needs the settings of a method");
    mention_slow_kernels(comm);
    CVR_TRY(hold_out(s, comm, settings, &train));
    read_limits(s, cvr_settings_values(settings));
    if (s->target_accuracy >= 0 && train->task != CVR_CLASSIFY)
        CVR_FAIL(CVR_USAGE,
                 "--target-train-accuracy is for classes, and %s is regression",
                 train->source);
    pose(s, train, test, comm, settings);
    cvr_solver_describe(s, &s->last);
    s->reduced_before = -cvr_comm_traffic(comm).seconds;
    s->bytes_before = -cvr_comm_traffic(comm).bytes;
    s->wall_begun = wall;
    CVR_TRY(set_up(s));
    s->wall_used = s->phases[CVR_PHASE_SETUP] = cvr_wall_seconds() - wall;
    s->cpu_used = cvr_cpu_seconds() - cpu;
    *out = s;
    s = NULL;
done:
    cvr_solver_free(s);
    return status;
}

cvr_status cvr_solver_new(const cvr_dataset *train, const cvr_dataset *test,
                          cvr_comm *comm, const cvr_settings *settings, cvr_solver **out)
{
    return cvr_solver_new_on(cvr_cpu(), train, test, comm, settings, out);
}

static cvr_status check_penalty(const cvr_solver *s, double relative)
{
    const cvr_option *o = cvr_settings_find(s->problem.settings, s->family->info.penalty);
    if (relative >= o->min && relative <= o->max)
        return CVR_OK;
    return cvr_fail(CVR_USAGE, "penalty %g: not from %g to %g", relative, o->min, o->max);
}

cvr_status cvr_solver_set_penalty(cvr_solver *s, double relative)
{
    cvr_status status = CVR_OK;
    if (!s->method->set_penalty)
        CVR_FAIL(CVR_USAGE, "method %s has no penalty to change", s->family->info.name);
    CVR_TRY(check_penalty(s, relative));
    CVR_TRY(s->method->set_penalty(s->state, relative));
    s->iterations = 0;
    s->restored = false;
    cvr_solver_describe(s, &s->last);
done:
    return status;
}

/* {"method": ..., "seed": ..., "version": ..., "options": {...}} */
static cvr_status record(const cvr_solver *s, cvr_model *m)
{
    static const char *const format =
        "{\"method\":\"%s\",\"seed\":%llu,\"version\":\"%s\",\"options\":%s}";
    const char *method = s->family->info.name;
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
    cvr_status status = cvr_solver_recover(s, m);
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
    if (s->state && s->method->teardown)
        s->method->teardown(s->state);
    cvr_workspace_free(&s->workspace);
    cvr_snapshot_free(&s->before);
    cvr_owner_free(&s->owner);
    cvr_release(s->state);
    cvr_dataset_free(s->rest);
    cvr_dataset_free(s->held);
    cvr_coordinates_free(&s->coordinates);
    cvr_mat_free(&s->dense);
    cvr_mat_free(&s->X);
    cvr_mat_free(&s->Y);
    cvr_release(s);
}

/* One run of a comparison: a SPEC at a seed, with all its measurements. */
#define _GNU_SOURCE
#include "cli/compare_run.h"

#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/monitor.h"
#include "cli/processes.h"
#include "cli/progress_line.h"
#include "cli/result.h"
#include "cli/signals.h"
#include "cli/try.h"

const char *const cli_column_names[2][CLI_COLUMNS] = {
    {"iteration", "seconds", "objective", "loss", "upper_bound", "lower_bound", "gap",
     "train_accuracy", "test_accuracy", "primal_residual", "dual_residual"},
    {"iteration", "seconds", "objective", "loss", "upper_bound", "lower_bound", "gap",
     "train_r2", "test_r2", "primal_residual", "dual_residual"}};

/* ---- measurements ------------------------------------------------------------------ */

static cli_point point_of(const cvr_progress *p, cvr_task task)
{
    bool classes = task == CVR_CLASSIFY;
    return (cli_point){.x = {[CLI_ITERATION] = (double)p->iterations,
                             [CLI_SECONDS] = p->seconds,
                             [CLI_OBJECTIVE] = p->objective,
                             [CLI_LOSS] = p->train.loss,
                             [CLI_UPPER] = p->upper_bound,
                             [CLI_LOWER] = p->lower_bound,
                             [CLI_GAP] = p->gap,
                             [CLI_TRAIN] = classes ? p->train.accuracy : p->train.r2,
                             [CLI_TEST] = classes ? p->test.accuracy : p->test.r2,
                             [CLI_PRIMAL] = p->primal_residual,
                             [CLI_DUAL] = p->dual_residual}};
}

typedef struct recorder {
    const cli_comparison *c;
    cli_run *run;
    bool out_of_memory; /* no memory for a measurement */
} recorder;

/* A cvr_callback; process 0's answer counts, and all have the same measurements. */
static int record(const cvr_progress *p, void *user)
{
    recorder *w = user;
    cli_run *r = w->run;
    if (r->count == r->capacity) {
        int capacity = 2 * r->capacity + 32;
        cli_point *more = realloc(r->points, (size_t)capacity * sizeof *more);
        w->out_of_memory = !more;
        if (!more)
            return 1;
        r->points = more;
        r->capacity = capacity;
    }
    r->points[r->count] = point_of(p, w->c->task);
    double reached = r->points[r->count].x[w->c->goal_on_test ? CLI_TEST : CLI_TRAIN];
    if (r->goal < 0 && reached >= w->c->goal)
        r->goal = r->count;
    r->count++;
    return 0;
}

/* ---- memory ------------------------------------------------------------------------ */

/* The greatest memory is of the process: it begins anew for each run. False where the
   system does not let us. */
static bool reset_peak_memory(void)
{
    malloc_trim(0);
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (!file)
        return false;
    bool written = fputs("5", file) >= 0;
    return fclose(file) == 0 && written;
}

/* ---- the run ----------------------------------------------------------------------- */

static cvr_status set_seed(cvr_settings *s, int64_t seed)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)seed);
    return cvr_settings_set(s, "seed", text);
}

static cvr_status save_model(cli_comparison *c, const cvr_model *m, const cli_run *run)
{
    cvr_status saved = CVR_OK;
    if (!c->model || run->spec != c->keep)
        return CVR_OK;
    if (cvr_comm_rank(c->call->comm) == 0)
        saved = cvr_model_save(m, c->model);
    saved = cvr_allreduce_status(c->call->comm, saved);
    c->kept = saved == CVR_OK;
    return saved;
}

/* How reliable probabilities are, for the report's page. */
static cvr_status rate(const cli_comparison *c, const cvr_model *m, cli_run *run)
{
    cvr_evaluation e;
    if (!c->folder || !c->data.test || !m->calibration.data)
        return CVR_OK;
    cvr_status status = cvr_model_evaluate(m, c->data.test, c->call->comm, &e);
    if (status == CVR_OK && !isnan(e.log_loss))
        memcpy(run->reliability, e.reliability, sizeof run->reliability);
    cvr_evaluation_free(&e);
    return status;
}

/* What is done with the network itself. */
static cvr_status use_model(cli_comparison *c, cvr_solver *solver, cli_run *run)
{
    cvr_model m = {0};
    bool rates = c->folder && c->data.test && c->task == CVR_CLASSIFY;
    cvr_status status = CVR_OK;
    if (!rates && (!c->model || run->spec != c->keep))
        return CVR_OK;
    TRY(cvr_allreduce_status(c->call->comm, cvr_solver_model(solver, &m)));
    TRY(save_model(c, &m, run));
    TRY(rate(c, &m, run));
done:
    cvr_model_free(&m);
    return status;
}

static cvr_status out_of_memory(const recorder *w)
{
    return w->out_of_memory
               ? cvr_fail(CVR_NO_MEMORY, "cannot keep %d measurements", w->run->count + 1)
               : CVR_OK;
}

/* Seed, threads and a monitor; not collective. */
static cvr_status prepare_run(cli_comparison *c, cli_run *run, int *threads,
                              cli_monitor *m)
{
    const cli_spec *spec = &c->specs[run->spec];
    int64_t given = cvr_settings_integer(spec->settings, "threads");
    cvr_status status = CVR_OK;
    *threads = given > 0 ? (int)given : c->call->threads;
    TRY(set_seed(spec->settings, run->seed));
    TRY(cli_use_threads(spec->method, spec->settings, threads));
    TRY(cli_monitor_open(c->call, spec->settings, c->task, NULL, -1, m));
done:
    return status;
}

static cvr_status train(cli_comparison *c, cli_run *run)
{
    const cli_spec *spec = &c->specs[run->spec];
    cvr_comm *comm = c->call->comm;
    int threads = 0;
    cvr_solver *solver = NULL;
    cli_monitor monitor = {0};
    recorder w = {.c = c, .run = run};
    cvr_status status = CVR_OK;
    TRY(cvr_allreduce_status(comm, prepare_run(c, run, &threads, &monitor)));
    monitor.also = record;
    monitor.user = &w;
    run->options = json_incref(monitor.options);
    cli_progress_stage("%s: setting up", spec->label);
    TRY(cvr_solver_new(c->data.train, c->data.test, comm, spec->settings, &solver));
    cli_attach_solver(solver);
    TRY(cvr_solver_run(solver, cli_monitor_on_progress, &monitor, &run->result));
    if (run->result.iterations == 0)
        FAIL(CVR_INTERRUPTED, "ended before the first iteration was done");
    run->measured = true;
    run->result.threads = threads;
    TRY(cvr_allreduce_status(comm, out_of_memory(&w)));
    TRY(cli_check_diverged(&run->result));
    TRY(use_model(c, solver, run));
done:
    cli_attach_solver(NULL);
    (void)!cli_monitor_close(&monitor);
    cvr_solver_free(solver);
    return status;
}

cvr_status cli_run_spec(cli_comparison *c, int spec, int64_t seed, cli_run *run)
{
    cvr_status kept = CVR_OK;
    *run = (cli_run){.spec = spec, .seed = seed, .goal = -1};
    bool peak_reset = reset_peak_memory();
    run->status = cvr_allreduce_status(c->call->comm, train(c, run));
    if (!peak_reset && c->run_count > 0)
        run->result.peak_memory_bytes = -1; /* may be of a run before */
    if (run->status != CVR_OK && !(run->error = strdup(cvr_last_error())))
        kept = cvr_fail(CVR_NO_MEMORY, "out of memory for a message");
    return run->status == CVR_PARALLEL ? CVR_PARALLEL
                                       : cvr_allreduce_status(c->call->comm, kept);
}

void cli_run_free(cli_run *run)
{
    json_decref(run->options);
    free(run->points);
    free(run->error);
    *run = (cli_run){0};
}

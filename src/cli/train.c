/* cvxrelu train METHOD: data, a solver, the run, the model, the result. */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct training {
    cvr_dataset *train, *test;
    cvr_solver *solver;
    cli_monitor monitor;
    cvr_progress result;
} training;

/* ---- data -------------------------------------------------------------------------- */

static cvr_status load_test(const cli_call *call, const cvr_load *how, training *t)
{
    cvr_load test;
    double held = cvr_settings_real(call->settings, "holdout");
    uint64_t seed = (uint64_t)cvr_settings_integer(call->settings, "seed");
    if (cvr_settings_count(call->settings, "test") > 0) {
        if (held > 0)
            return cvr_fail(CVR_USAGE, "--test and --holdout are two test sets");
        cli_how_to_load_test(call, how, &test);
        test.task = t->train->task;
        test.features = t->train->X.cols;
        test.libsvm_base = t->train->libsvm_base;
        return cvr_dataset_load(&test, call->comm, &t->test);
    }
    if (held > 0)
        return cvr_dataset_hold_out(t->train, held, seed, call->comm, &t->test);
    return CVR_OK;
}

static cvr_status load(const cli_call *call, training *t)
{
    const cvr_settings *s = call->settings;
    cvr_load how;
    cvr_status status = CVR_OK;
    TRY(cli_how_to_load(call, &how));
    how.normalize = (cvr_normalize)cvr_settings_choice(s, "normalize");
    how.no_bias = cvr_settings_switch(s, "no-bias");
    TRY(cvr_dataset_load(&how, call->comm, &t->train));
    TRY(load_test(call, &how, t));
    TRY(cvr_dataset_prepare(t->train, how.normalize, !how.no_bias, call->comm));
    if (t->test)
        TRY(cvr_dataset_apply(t->test, &t->train->transform, t->train->classes,
                              t->train->class_names, call->comm));
done:
    return status;
}

static void say_header(const cli_call *call, const training *t)
{
    const cvr_dataset *d = t->train;
    int processes = cvr_comm_size(call->comm);
    char kind[64] = "regression", test[64] = "";
    if (d->task == CVR_CLASSIFY)
        snprintf(kind, sizeof kind, "%d classes", d->classes);
    if (t->test)
        snprintf(test, sizeof test, ", %lld test rows", (long long)t->test->rows);
    cli_say(call,
            "cvxrelu %s: %s on %s: %lld rows, %lld features%s, %s%s; %d process%s, %d "
            "thread%s%s",
            cvr_version(), call->method, d->source, (long long)d->rows,
            (long long)d->transform.features, d->transform.bias ? " and a bias" : "",
            kind, test, processes, processes == 1 ? "" : "es", call->threads,
            call->threads == 1 ? "" : "s", processes == 1 ? "" : " each");
}

/* ---- model ------------------------------------------------------------------------- */

/* A place that cannot be written to is better known before the run. */
static cvr_status check_writable(const cli_call *call, const char *path)
{
    cvr_status status = CVR_OK;
    if (path && cvr_comm_rank(call->comm) == 0) {
        const char *slash = strrchr(path, '/');
        char folder[4096] = ".";
        if (slash)
            snprintf(folder, sizeof folder, "%.*s", (int)(slash - path) + 1, path);
        if (access(folder, W_OK | X_OK) != 0)
            status = cvr_fail(CVR_IO, "cannot write %s: %s", path, strerror(errno));
    }
    return cvr_agree(call->comm, status);
}

static cvr_status save(const cli_call *call, training *t, const char *path)
{
    cvr_model m = {0};
    cvr_status status = CVR_OK, saved = CVR_OK;
    if (!path || t->result.outcome == CVR_DIVERGED)
        return CVR_OK;
    TRY(cvr_solver_model(t->solver, &m));
    if (cvr_comm_rank(call->comm) == 0)
        saved = cvr_model_save(&m, path);
    TRY(cvr_agree(call->comm, saved));
    cli_say(call, "cvxrelu: model written to %s", path);
done:
    cvr_model_free(&m);
    return status;
}

/* ---- the run ----------------------------------------------------------------------- */

/* Outcomes that are no error may still end the command with another code than 0. */
static cvr_status judge(cli_call *call, const cvr_progress *p)
{
    bool done = p->outcome == CVR_CONVERGED || p->outcome == CVR_TARGET_REACHED;
    if (p->outcome == CVR_DIVERGED)
        return cvr_fail(CVR_NUMERICAL, "the iteration diverged after %lld steps%s%s",
                        (long long)p->iterations, p->note[0] ? ": " : "", p->note);
    if (p->note[0])
        cli_say(call, "cvxrelu: %s", p->note);
    if (p->outcome == CVR_STOPPED) {
        int came = cli_signal();
        cvr_status status = cvr_share(call->comm, &came, sizeof came);
        call->exit_code = 128 + came;
        return status;
    }
    if (!done && cvr_settings_switch(call->settings, "strict"))
        return cvr_fail(CVR_UNCONVERGED, "not converged: %s after %lld iterations",
                        cvr_outcome_name(p->outcome), (long long)p->iterations);
    return CVR_OK;
}

/* The model is saved before the result is printed: it is what cannot be had again. */
static cvr_status run(cli_call *call, training *t, const char *output)
{
    cvr_status status = CVR_OK;
    json_t *options = NULL;
    TRY(cvr_solver_new(call->method, t->train, t->test, call->comm, call->settings,
                       &t->solver));
    TRY(cvr_solver_run(t->solver, cli_monitor_see, &t->monitor, &t->result));
    t->result.threads = call->threads;
    options = json_incref(t->monitor.options);
    TRY(cvr_agree(call->comm, cli_monitor_close(&t->monitor)));
    TRY(save(call, t, output));
    TRY(cvr_agree(call->comm,
                  cli_print(call, cli_result(&t->result, t->train->task, options))));
    TRY(judge(call, &t->result));
done:
    json_decref(options);
    return status;
}

cvr_status cli_train(cli_call *call)
{
    training t = {0};
    cvr_status status = CVR_OK, closed = CVR_OK;
    const char *output = cvr_settings_text(call->settings, "output");
    TRY(check_writable(call, output));
    TRY(load(call, &t));
    say_header(call, &t);
    TRY(cvr_agree(call->comm, cli_monitor_open(call, call->settings, t.train->task,
                                               cvr_settings_text(call->settings, "log"),
                                               &t.monitor)));
    cli_catch_signals();
    TRY(run(call, &t, output));
done:
    closed = cli_monitor_close(&t.monitor);
    cvr_solver_free(t.solver);
    cvr_dataset_free(t.train);
    cvr_dataset_free(t.test);
    return status != CVR_OK ? status : closed;
}

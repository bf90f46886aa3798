/* cvxrelu train METHOD: data, a solver, the run, the model, the result. */
#include "cli/cli.h"

#include <errno.h>
#include <math.h>
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

/* With --path the held-out rows are there to choose the penalty, and trained on at the
 * end. */
static cvr_status load_test(const cli_call *call, const cvr_load *how, bool choosing,
                            training *t)
{
    cvr_load test;
    double held = cvr_settings_real(call->settings, "holdout");
    bool path = cvr_settings_integer(call->settings, "path") > 0;
    uint64_t seed = (uint64_t)cvr_settings_integer(call->settings, "seed");
    if (choosing)
        return cvr_dataset_hold_out(t->train, held > 0 ? held : 0.2, seed, call->comm,
                                    &t->test);
    if (path)
        held = 0;
    if (cvr_settings_count(call->settings, "test") > 0) {
        if (held > 0)
            return cvr_fail(CVR_USAGE, "--test and --holdout are two test sets");
        cli_how_to_load_test(call, how, &test);
        test.task = t->train->task;
        test.features = t->train->X.cols;
        test.libsvm_base = t->train->transform.libsvm_base;
        return cvr_dataset_load(&test, call->comm, &t->test);
    }
    if (held > 0)
        return cvr_dataset_hold_out(t->train, held, seed, call->comm, &t->test);
    return CVR_OK;
}

/* --normalize auto: pixels are alike, columns of a table are not. */
static cvr_normalize normalization(const cli_call *call, const cvr_dataset *data)
{
    int choice = cvr_settings_choice(call->settings, "normalize");
    if (choice > 0)
        return (cvr_normalize)(choice - 1);
    return data->transform.channels > 0 ? CVR_NORMALIZE_GLOBAL : CVR_NORMALIZE_FEATURE;
}

static cvr_status load(const cli_call *call, bool choosing, training *t)
{
    bool bias = !cvr_settings_switch(call->settings, "no-bias");
    cvr_load how;
    cvr_status status = CVR_OK;
    TRY(cli_how_to_load(call, &how));
    TRY(cvr_dataset_load(&how, call->comm, &t->train));
    TRY(load_test(call, &how, choosing, t));
    TRY(cvr_dataset_prepare(t->train, normalization(call, t->train), bias, call->comm));
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
    int came = cli_signal();
    cvr_status status = cvr_share(call->comm, &came, sizeof came);
    if (status != CVR_OK)
        return status;
    if (p->outcome == CVR_DIVERGED)
        return cvr_fail(CVR_NUMERICAL, "the iteration diverged after %lld steps%s%s",
                        (long long)p->iterations, p->note[0] ? ": " : "", p->note);
    if (p->note[0])
        cli_say(call, "cvxrelu: %s", p->note);
    if (p->outcome == CVR_STOPPED && came) {
        call->exit_code = 128 + came;
        return CVR_OK;
    }
    if (!done && cvr_settings_switch(call->settings, "strict"))
        return cvr_fail(CVR_UNCONVERGED, "not converged: %s after %lld iterations",
                        cvr_outcome_name(p->outcome), (long long)p->iterations);
    return CVR_OK;
}

static int see_signal(const cvr_progress *p, void *user)
{
    (void)p, (void)user;
    return cli_signal() != 0;
}

/* The option that a path sets: --beta-relative or --lambda-relative. */
static const char *path_option(const cli_call *call)
{
    return strcmp(call->method, "ccp") == 0 ? "lambda-relative" : "beta-relative";
}

/* Trains with each penalty of the path, warm-started, and keeps the best on the held-out
   rows; the larger of two that are alike. */
static cvr_status follow_path(cli_call *call, training *t, int count, double *best)
{
    double best_score = -INFINITY;
    cvr_status status = CVR_OK;
    TRY(cvr_settings_set(call->settings, path_option(call), "1"));
    TRY(cvr_solver_new(call->method, t->train, t->test, call->comm, call->settings,
                       &t->solver));
    for (int k = 0; k < count && t->result.outcome != CVR_STOPPED; k++) {
        double relative = pow(1e-3, count > 1 ? (double)k / (count - 1) : 0);
        const cvr_progress *r = &t->result;
        if (k > 0)
            TRY(cvr_solver_set_penalty(t->solver, relative));
        TRY(cvr_solver_run(t->solver, see_signal, NULL, &t->result));
        double score = t->train->task == CVR_CLASSIFY ? r->test_accuracy : -r->test_rmse;
        cli_say(call, "cvxrelu: %s %-9.3g held-out %s %.4f", path_option(call), relative,
                t->train->task == CVR_CLASSIFY ? "accuracy" : "rmse", fabs(score));
        if (score > best_score)
            *best = relative, best_score = score;
    }
done:
    return status;
}

/* Whether the method's penalty may be chosen by a path: it is not given as a number. */
static bool has_path(const cli_call *call)
{
    const char *fixed = strcmp(call->method, "ccp") == 0 ? "lambda" : "beta";
    if (strcmp(call->method, "ccp") != 0 && strcmp(call->method, "convex") != 0)
        return false;
    return !cvr_settings_given(call->settings, fixed);
}

/* --path: sets --beta-relative or --lambda-relative to the best; adds the seconds that it
 * took to spent. */
static cvr_status choose_penalty(cli_call *call, double spent[2])
{
    training t = {0};
    int count = (int)cvr_settings_integer(call->settings, "path");
    double best = 1;
    char text[32];
    cvr_status status = CVR_OK;
    if (count == 0)
        return CVR_OK;
    if (!has_path(call))
        return cvr_fail(CVR_USAGE, "--path chooses --beta-relative of method convex or "
                                   "--lambda-relative of ccp: it goes with no --beta, no "
                                   "--lambda and no other method");
    TRY(load(call, true, &t));
    cli_catch_signals();
    TRY(follow_path(call, &t, count, &best));
    snprintf(text, sizeof text, "%.6g", best);
    TRY(cvr_settings_set(call->settings, path_option(call), text));
    spent[0] = t.result.seconds;
    spent[1] = t.result.cpu_seconds;
done:
    cvr_solver_free(t.solver);
    cvr_dataset_free(t.train);
    cvr_dataset_free(t.test);
    return status;
}

/* The model is saved before the result is printed: it is what cannot be had again. */
static cvr_status run(cli_call *call, training *t, const double spent[2],
                      const char *output)
{
    cvr_status status = CVR_OK;
    json_t *options = NULL;
    TRY(cvr_solver_new(call->method, t->train, t->test, call->comm, call->settings,
                       &t->solver));
    TRY(cvr_solver_run(t->solver, cli_monitor_see, &t->monitor, &t->result));
    t->result.threads = call->threads;
    t->result.seconds += spent[0];
    t->result.cpu_seconds += spent[1];
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
    double spent[2] = {0};
    const char *output = cvr_settings_text(call->settings, "output");
    TRY(check_writable(call, output));
    TRY(choose_penalty(call, spent));
    TRY(load(call, false, &t));
    say_header(call, &t);
    TRY(cvr_agree(call->comm, cli_monitor_open(call, call->settings, t.train->task,
                                               cvr_settings_text(call->settings, "log"),
                                               &t.monitor)));
    cli_catch_signals();
    TRY(run(call, &t, spent, output));
done:
    closed = cli_monitor_close(&t.monitor);
    cvr_solver_free(t.solver);
    cvr_dataset_free(t.train);
    cvr_dataset_free(t.test);
    return status != CVR_OK ? status : closed;
}

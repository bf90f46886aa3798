/* cvxrelu train METHOD: data, a solver, the run, the model, the result. */
#include "cli/training.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- data -------------------------------------------------------------------------- */

/* With --path the held-out rows are there to choose the penalty (choosing), and trained
   on at the end. */
cvr_status cli_training_load(const cli_call *call, bool choosing, training *t)
{
    const cvr_settings *s = call->settings;
    double held = cvr_settings_real(s, "holdout");
    cli_split split = {.type = (cvr_type)cvr_settings_choice(s, "precision"),
                       .seed = (uint64_t)cvr_settings_integer(s, "seed"),
                       .files = !choosing,
                       .held = held};
    if (choosing)
        split.held = held > 0 ? held : 0.2;
    else if (cvr_settings_integer(s, "path") > 0)
        split.held = 0;
    return cli_load(call, &split, &t->data);
}

static void say_header(const cli_call *call, const training *t)
{
    const cvr_dataset *d = t->data.train;
    int processes = cvr_comm_size(call->comm);
    char kind[64] = "regression", test[64] = "";
    if (d->task == CVR_CLASSIFY)
        snprintf(kind, sizeof kind, "%d classes", d->classes);
    if (t->data.test)
        snprintf(test, sizeof test, ", %lld test rows", (long long)t->data.test->rows);
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

/* The model is saved before the result is printed: it is what cannot be had again. */
static cvr_status run(cli_call *call, training *t, const double spent[2],
                      const char *output)
{
    cvr_status status = CVR_OK;
    json_t *options = NULL;
    TRY(cvr_solver_new(call->method, t->data.train, t->data.test, call->comm,
                       call->settings, &t->solver));
    TRY(cvr_solver_run(t->solver, cli_monitor_see, &t->monitor, &t->result));
    t->result.threads = call->threads;
    t->result.seconds += spent[0];
    t->result.cpu_seconds += spent[1];
    options = json_incref(t->monitor.options);
    TRY(cvr_agree(call->comm, cli_monitor_close(&t->monitor)));
    TRY(save(call, t, output));
    TRY(cvr_agree(call->comm,
                  cli_print(call, cli_result(&t->result, t->data.train->task, options))));
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
    TRY(cli_choose_penalty(call, spent));
    TRY(cli_training_load(call, false, &t));
    say_header(call, &t);
    TRY(cvr_agree(call->comm, cli_monitor_open(call, call->settings, t.data.train->task,
                                               cvr_settings_text(call->settings, "log"),
                                               &t.monitor)));
    cli_catch_signals();
    TRY(run(call, &t, spent, output));
done:
    closed = cli_monitor_close(&t.monitor);
    cvr_solver_free(t.solver);
    cli_data_free(&t.data);
    return status != CVR_OK ? status : closed;
}

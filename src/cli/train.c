/* cvxrelu train METHOD: data, a solver, the run, the model, the result. */
#include "cli/search.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { GOES_ON = 75 }; /* exit code: stopped, with a checkpoint */

/* ---- data -------------------------------------------------------------------------- */

/* Rows that --path holds out are there to choose the penalty; they are trained on at the
   end. */
static cvr_status load(const cli_call *call, const cli_search *search, training *t)
{
    const cvr_settings *s = call->settings;
    bool path = search && search->folds == 1;
    cli_split split = {.type = (cvr_type)cvr_settings_choice(s, "precision"),
                       .seed = (uint64_t)cvr_settings_integer(s, "seed"),
                       .files = true,
                       .held = path ? 0 : cvr_settings_real(s, "holdout")};
    return cli_read(call, &split, &t->data);
}

static void say_header(const cli_call *call, const training *t, cvr_bias bias)
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
            (long long)d->transform.features, bias == CVR_BIAS_NONE ? "" : " and a bias",
            kind, test, processes, processes == 1 ? "" : "es", call->threads,
            call->threads == 1 ? "" : "s", processes == 1 ? "" : " each");
}

/* ---- model ------------------------------------------------------------------------- */

static cvr_status save(const cli_call *call, training *t, const char *path)
{
    cvr_model m = {0};
    cvr_status status = CVR_OK, saved = CVR_OK;
    if (!path || t->result.outcome == CVR_DIVERGED)
        return CVR_OK;
    saved = cvr_solver_model(t->solver, &m);
    if (saved == CVR_OK && cvr_comm_rank(call->comm) == 0)
        saved = cvr_model_save(&m, path);
    TRY(cvr_agree(call->comm, saved));
    cli_say(call, "cvxrelu: model written to %s", path);
done:
    cvr_model_free(&m);
    return status;
}

/* ---- the run ----------------------------------------------------------------------- */

/* Exit codes as a shell gives them; SIGUSR2 asks for a run that can go on, and with a
   checkpoint it can. Any process may have been told. */
static cvr_status end_by_signal(cli_call *call, const char *checkpoint)
{
    double came[] = {cli_signal(), cli_save_asked()};
    cvr_status status = cvr_max_scalars(call->comm, came, 2);
    bool to_go_on = checkpoint && came[0] == SIGUSR2;
    call->exit_code = came[0] == 0 ? 0 : to_go_on ? GOES_ON : 128 + (int)came[0];
    if (came[1] > 0 && !checkpoint)
        cli_say(call, "cvxrelu: a signal has asked for a checkpoint; there is none %s",
                cvr_settings_text(call->settings, "checkpoint")
                    ? "yet"
                    : "without --checkpoint FILE");
    return status;
}

/* Nothing is chosen when a signal has come: then nothing is trained. */
static cvr_status choose(cli_call *call, cli_search *search, training *t, bool *stopped)
{
    cvr_task task = t->data.train->task;
    cvr_status status = CVR_OK;
    if (search->folds > 1 && !cli_switch(call, "verbose"))
        cvr_log_to(NULL, NULL); /* the notes of one run say enough */
    TRY(cli_search_run(call, search, t));
    cli_listen(call);
    *stopped = t->result.outcome == CVR_STOPPED;
    if (*stopped) {
        cli_say(call, "cvxrelu: stopped before --%s was chosen", search->option);
        TRY(end_by_signal(call, NULL));
    } else if (search->folds > 1 && !cli_switch(call, "json")) {
        cli_search_print(call, search, task);
    }
done:
    return status;
}

/* Outcomes that are no error may still end the command with another code than 0. */
static cvr_status judge(cli_call *call, const cvr_progress *p)
{
    bool done = p->outcome == CVR_CONVERGED || p->outcome == CVR_TARGET_REACHED;
    if (p->outcome == CVR_DIVERGED)
        return cvr_fail(CVR_NUMERICAL, "the iteration diverged after %lld steps%s%s",
                        (long long)p->iterations, p->note[0] ? ": " : "", p->note);
    if (p->note[0])
        cli_say(call, "cvxrelu: %s", p->note);
    if (p->outcome == CVR_STOPPED)
        return end_by_signal(call, cvr_settings_text(call->settings, "checkpoint"));
    if (!done && cvr_settings_switch(call->settings, "strict"))
        return cvr_fail(CVR_UNCONVERGED, "not converged: %s after %lld iterations",
                        cvr_outcome_name(p->outcome), (long long)p->iterations);
    return CVR_OK;
}

/* The model is saved before the result is printed: it is what cannot be had again. It is
   also there when only the last checkpoint could not be written (ran). */
static cvr_status run(cli_call *call, training *t)
{
    cvr_status status = CVR_OK, ran = CVR_OK;
    json_t *options = NULL, *result = NULL;
    TRY(cvr_solver_new(call->method, t->data.train, t->data.test, call->comm,
                       call->settings, &t->solver));
    TRY(cli_resume_begin(call, t));
    cli_watch(t->solver);
    ran = cvr_solver_run(t->solver, cli_monitor_see, &t->monitor, &t->result);
    cli_watch(NULL);
    if (t->result.outcome == CVR_RUNNING)
        TRY(ran);
    t->result.threads = call->threads;
    t->result.seconds += t->spent[0];
    t->result.cpu_seconds += t->spent[1];
    options = json_incref(t->monitor.options);
    TRY(cvr_agree(call->comm, cli_monitor_close(&t->monitor)));
    TRY(save(call, t, cvr_settings_text(call->settings, "output")));
    result = cli_result(&t->result, t->data.train->task, options);
    if (t->choice)
        json_object_set(result, "choice", t->choice);
    TRY(cvr_agree(call->comm, cli_print(call, result)));
    TRY(ran);
    TRY(judge(call, &t->result));
done:
    json_decref(options);
    return status;
}

cvr_status cli_training(cli_call *call, cli_search *search)
{
    const cvr_settings *s = call->settings;
    training t = {0};
    cvr_bias bias;
    bool stopped = false;
    cvr_status status = CVR_OK, closed = CVR_OK;
    cli_catch_requests();
    TRY(cli_check_places(call));
    TRY(cli_bias(call, &bias));
    TRY(cli_resume_plan(call, search, &t));
    TRY(load(call, search, &t));
    say_header(call, &t, bias);
    TRY(cvr_agree(call->comm, cli_monitor_open(call, s, t.data.train->task,
                                               cvr_settings_text(s, "log"),
                                               t.resume.logged, &t.monitor)));
    cli_catch_signals();
    if (search && !t.resume.from)
        TRY(choose(call, search, &t, &stopped));
    if (!stopped) {
        TRY(cli_prepare(call, &t.data));
        TRY(run(call, &t));
    }
done:
    closed = cli_monitor_close(&t.monitor);
    cli_resume_free(&t.resume);
    json_decref(t.choice);
    cvr_solver_free(t.solver);
    cli_data_free(&t.data);
    return status != CVR_OK ? status : closed;
}

cvr_status cli_train(cli_call *call)
{
    const cvr_settings *s = call->settings;
    int count = (int)cvr_settings_integer(s, "path");
    double held = cvr_settings_real(s, "holdout");
    cli_search path = {.folds = 1, .held = held > 0 ? held : 0.2};
    cvr_status status = CVR_OK;
    bool decided = false;
    TRY(cvr_agree(call->comm, cvr_settings_decide(call->settings, &decided)));
    if (decided && !cvr_settings_given(s, "path")) {
        count = 8;
        cli_say(call,
                "cvxrelu: formulation %s, since no option of %s is given; its "
                "penalty is chosen on %g of the training rows",
                cvr_settings_text(s, "formulation"), call->method, path.held);
    }
    if (count > 0)
        TRY(cvr_agree(call->comm, cli_search_path(call, count, &path)));
    TRY(cli_training(call, count > 0 ? &path : NULL));
done:
    cli_search_free(&path);
    return status;
}

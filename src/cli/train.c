/* cvxrelu train METHOD: data, a solver, the run, the model, the result. */
#include "cli/train.h"

#include <math.h>
#include <stdio.h>

#include <jansson.h>

#include "cli/clock.h"
#include "cli/features.h"
#include "cli/load_data.h"
#include "cli/message.h"
#include "cli/monitor.h"
#include "cli/output.h"
#include "cli/output_paths.h"
#include "cli/progress_line.h"
#include "cli/relu_network.h"
#include "cli/result.h"
#include "cli/resume.h"
#include "cli/search_values.h"
#include "cli/signals.h"
#include "cli/training.h"
#include "cli/try.h"

/* Beyond the time limit, for what has begun to come to its end. */
#define GRACE 0.5 /* seconds */

/* ---- data -------------------------------------------------------------------------- */

/* Rows that --path holds out are there to choose the penalty; they are trained on at the
   end. */
static cvr_status load(const cli_call *call, const cli_search *search, cli_training *t)
{
    const cvr_settings *s = call->settings;
    bool path = search && search->folds == 1;
    cli_split split = {.type = (cvr_type)cvr_settings_choice(s, "precision"),
                       .seed = (uint64_t)cvr_settings_integer(s, "seed"),
                       .files = true,
                       .held = path ? 0 : cvr_settings_real(s, "holdout")};
    return cli_read_data(call, &split, &t->data);
}

static void report_data(const cli_call *call, const cli_training *t, cvr_bias bias)
{
    const cvr_dataset *d = t->data.train;
    int processes = cvr_comm_size(call->comm);
    char kind[64] = "regression", test[64] = "";
    if (d->task == CVR_CLASSIFY)
        snprintf(kind, sizeof kind, "%d classes", d->classes);
    if (t->data.test)
        snprintf(test, sizeof test, ", %lld test rows", (long long)t->data.test->rows);
    cli_message(
        call,
        "cvxrelu %s: %s on %s: %lld rows, %lld features%s, %s%s; %d process%s, %d "
        "thread%s%s",
        cvr_version(), call->method, d->source, (long long)d->rows,
        (long long)d->transform.features, bias == CVR_BIAS_NONE ? "" : " and a bias",
        kind, test, processes, processes == 1 ? "" : "es", call->threads,
        call->threads == 1 ? "" : "s", processes == 1 ? "" : " each");
}

/* What the user leaves to the method. */
static cvr_status decide(cli_call *call, const cli_training *t, bool *decided)
{
    cvr_status status = CVR_OK;
    TRY(cvr_allreduce_status(
        call->comm, cvr_settings_decide(call->settings, t->data.train, decided)));
    if (*decided)
        cli_message(call, "cvxrelu: formulation %s, since no option of %s is given",
                    cvr_settings_text(call->settings, "formulation"), call->method);
done:
    return status;
}

/* ---- model ------------------------------------------------------------------------- */

/* The result is of the saved network, of which the bounds of the gated one say
   nothing. */
static cvr_status convert(const cli_call *call, cli_training *t, cvr_model *m)
{
    const cli_rows rows = {t->data.train, t->data.test};
    cvr_model network = {0};
    cvr_progress *r = &t->result;
    cvr_status status = CVR_OK;
    TRY(cli_to_relu_network(call, m, &rows, &network, &t->converted));
    TRY(cvr_model_score(&network, rows.train, call->comm, &r->train));
    if (rows.test)
        TRY(cvr_model_score(&network, rows.test, call->comm, &r->test));
    r->objective = r->upper_bound = r->lower_bound = r->gap = NAN;
    r->active_neurons = json_integer_value(json_object_get(t->converted, "neurons"));
    cvr_model_free(m);
    *m = network;
    network = (cvr_model){0};
done:
    cvr_model_free(&network);
    return status;
}

static cvr_status save(const cli_call *call, cli_training *t, const char *path)
{
    cvr_model m = {0};
    cvr_status status = CVR_OK, saved = CVR_OK;
    if (!path || t->result.outcome == CVR_DIVERGED ||
        (t->result.iterations == 0 && t->result.outcome != CVR_CONVERGED))
        return CVR_OK;
    TRY(cvr_allreduce_status(call->comm, cvr_solver_model(t->solver, &m)));
    if (cli_converts(call))
        TRY(convert(call, t, &m));
    if (cvr_comm_rank(call->comm) == 0)
        saved = cvr_model_save(&m, path);
    TRY(cvr_allreduce_status(call->comm, saved));
    if (t->result.outcome != CVR_STOPPED || cli_signal() == 0)
        cli_message(call, "cvxrelu: model written to %s", path);
done:
    cvr_model_free(&m);
    return status;
}

/* ---- the run ----------------------------------------------------------------------- */

/* A run that a signal has ended: what is left of it. */
static void report_stop(const cli_call *call, const cvr_progress *p, int number)
{
    const char *output = cvr_settings_text(call->settings, "output");
    const char *checkpoint = cvr_settings_text(call->settings, "checkpoint");
    if (p->iterations == 0)
        cli_message(
            call,
            "cvxrelu: %s: stopped before the first iteration was done; nothing is "
            "written",
            cli_signal_name(number));
    else
        cli_message(call, "cvxrelu: %s: stopped after %lld iteration%s, %s%s; %s%s%s",
                    cli_signal_name(number), (long long)p->iterations,
                    p->iterations == 1 ? "" : "s",
                    output ? "model written to " : "without -o FILE no model is saved",
                    output ? output : "", checkpoint ? "--resume " : "--checkpoint FILE",
                    checkpoint ? checkpoint : "",
                    checkpoint ? " goes on" : " would let it go on");
}

/* Exit codes as a shell gives them; SIGUSR2 and SIGXCPU ask for a run that can resume,
   and with a checkpoint it can. Any process may have been told. */
static cvr_status end_by_signal(cli_call *call, const cvr_progress *p)
{
    const char *checkpoint = cvr_settings_text(call->settings, "checkpoint");
    double came[] = {cli_signal(), cli_save_asked()};
    cvr_status status = cvr_allreduce_max(call->comm, came, 2);
    int number = (int)came[0];
    if (number == 0)
        return status;
    call->exit_code = cli_signal_code(number, checkpoint && p->iterations > 0);
    report_stop(call, p, number);
    if (came[1] > 0 && !checkpoint)
        cli_message(
            call,
            "cvxrelu: a signal asked for a checkpoint, which needs --checkpoint FILE");
    return status;
}

static cvr_status choose(cli_call *call, cli_search *search, cli_training *t)
{
    cvr_task task = t->data.train->task;
    cvr_status status = CVR_OK;
    cli_exit_on_signals(call, NULL, "stopped before --%s was chosen", search->option);
    if (search->folds > 1 && !cli_switch(call, "verbose"))
        cvr_log_to(NULL, NULL); /* the notes of one run suffice */
    TRY(cli_search_run(call, search, t));
    cli_forward_log(call);
    if ((search->folds > 1 || search->left_out) && !cli_switch(call, "json"))
        cli_search_print(call, search, task);
    TRY(cli_flush());
done:
    return status;
}

/* Outcomes that are not errors may still end the command with another code than 0. */
static cvr_status judge(cli_call *call, const cvr_progress *p)
{
    bool done = p->outcome == CVR_CONVERGED || p->outcome == CVR_TARGET_REACHED;
    if (p->outcome == CVR_DIVERGED)
        return cli_check_diverged(p);
    if (p->note[0])
        cli_message(call, "cvxrelu: %s", p->note);
    if (p->outcome == CVR_STOPPED)
        return end_by_signal(call, p);
    if (!done && cvr_settings_switch(call->settings, "strict"))
        return cvr_fail(CVR_UNCONVERGED, "not converged: %s after %lld iterations",
                        cvr_outcome_name(p->outcome), (long long)p->iterations);
    return CVR_OK;
}

static cvr_status print_result(const cli_call *call, const cli_training *t,
                               json_t *options)
{
    json_t *result = cli_result(&t->result, options);
    if (t->choice)
        json_object_set(result, "choice", t->choice);
    if (t->converted)
        json_object_set(result, "conversion", t->converted);
    return cvr_allreduce_status(call->comm, cli_print_run(call, result));
}

/* Describing images is a part of the training, and counts as one. */
static cvr_status prepare_data(const cli_call *call, cli_training *t)
{
    double begun = cli_seconds(), cpu = cli_cpu_seconds();
    cvr_status status = cli_prepare_data(call, &t->data);
    if (t->data.train->transform.groups > 0) {
        t->spent[0] += cli_seconds() - begun;
        t->spent[1] += cli_cpu_seconds() - cpu;
    }
    return status;
}

/* The solver, at the place where the saved run stood. */
static cvr_status prepare(cli_call *call, cli_training *t)
{
    cvr_status status = CVR_OK;
    cli_exit_on_signals(call, t->resume.from, "stopped before the set-up was done");
    cli_progress_stage("setting up");
    TRY(prepare_data(call, t));
    TRY(cvr_solver_new(t->data.train, t->data.test, call->comm, call->settings,
                       &t->solver));
    TRY(cli_resume_begin(call, t));
done:
    return status;
}

/* The model is saved before the result is printed, as it cannot be had again; also when
   only the last checkpoint (ran) or the log (kept) could not be written. */
static cvr_status run(cli_call *call, cli_training *t)
{
    cvr_status status = CVR_OK, ran = CVR_OK, kept;
    json_t *options = json_incref(t->monitor.options);
    cli_attach_solver(t->solver);
    cli_flag_signals();
    cli_progress_stage("the first iterations");
    ran = cvr_solver_run(t->solver, cli_monitor_on_progress, &t->monitor, &t->result);
    cli_attach_solver(NULL);
    if (t->result.outcome == CVR_RUNNING)
        TRY(ran);
    t->result.threads = call->threads;
    t->result.seconds += t->spent[0];
    t->result.cpu_seconds += t->spent[1];
    kept = cvr_allreduce_status(call->comm, cli_monitor_close(&t->monitor));
    TRY(save(call, t, cvr_settings_text(call->settings, "output")));
    TRY(print_result(call, t, options));
    if (t->result.outcome == CVR_TIME_LIMIT && t->result.iterations == 0)
        cli_message(
            call,
            "cvxrelu: the time limit of %g s: stopped before the first iteration was "
            "done; nothing is written",
            cvr_settings_real(call->settings, "time-limit"));
    TRY(ran);
    TRY(kept);
    TRY(judge(call, &t->result));
done:
    json_decref(options);
    return status;
}

/* The time limit was over before the first iteration could begin. */
static cvr_status end_early(cli_call *call, cli_training *t)
{
    cvr_status status = CVR_OK;
    char words[200];
    snprintf(words, sizeof words, "%s", cvr_last_error());
    cli_blank(call, t->data.train, &t->result);
    t->result.outcome = CVR_TIME_LIMIT;
    t->result.seconds = cli_seconds() - t->begun;
    TRY(print_result(call, t, t->monitor.options));
    cli_message(call, "cvxrelu: the time limit of %g s: %s; nothing is written",
                cvr_settings_real(call->settings, "time-limit"), words);
    TRY(judge(call, &t->result));
done:
    return status;
}

/* All up to the run; what is done has its share of the time. */
static cvr_status begin(cli_call *call, cli_search *search, cli_training *t)
{
    const cvr_settings *s = call->settings;
    double given = cvr_settings_real(s, "time-limit"),
           limit = given > 0 ? given : INFINITY;
    cvr_bias bias;
    bool decided = false;
    cvr_status status = CVR_OK;
    t->until = t->begun + limit + GRACE;
    cli_progress_begin(call);
    cli_progress_stage("reading");
    TRY(cli_check_output_paths(call));
    TRY(cli_bias_option(call, &bias));
    TRY(cli_resume_plan(call, search ? search->option : NULL, t));
    cli_exit_on_signals(call, t->resume.from, "stopped before the rows were read");
    TRY(load(call, search, t));
    TRY(decide(call, t, &decided));
    TRY(cli_check_conversion(call));
    report_data(call, t, bias);
    TRY(cvr_allreduce_status(call->comm,
                             cli_monitor_open(call, s, t->data.train->task,
                                              cvr_settings_text(s, "log"),
                                              t->resume.logged, &t->monitor)));
    TRY(cli_choose_features(call, decided, t));
    if (search && !t->resume.from) {
        t->until = t->begun + limit / 2;
        TRY(choose(call, search, t));
    }
    t->until = t->begun + limit + GRACE;
    TRY(prepare(call, t));
done:
    return status;
}

cvr_status cli_run_training(cli_call *call, cli_search *search)
{
    cli_training t = {.begun = cli_seconds()};
    cvr_status status = CVR_OK, log_closed = CVR_OK;
    cli_exit_on_signals(call, NULL, "stopped before the rows were read");
    cli_catch_requests();
    cli_catch_signals();
    cvr_comm_question(call->comm, cli_question, &t.until);
    status = begin(call, search, &t);
    if (status == CVR_OK)
        status = run(call, &t);
    else if (status == CVR_INTERRUPTED)
        status = end_early(call, &t);
    cvr_comm_question(call->comm, NULL, NULL);
    log_closed = cli_monitor_close(&t.monitor);
    cli_resume_free(&t.resume);
    json_decref(t.choice);
    json_decref(t.converted);
    cvr_solver_free(t.solver);
    cli_data_free(&t.data);
    return status != CVR_OK ? status : log_closed;
}

cvr_status cli_train(cli_call *call)
{
    const cvr_settings *s = call->settings;
    int count = (int)cvr_settings_integer(s, "path");
    double held = cvr_settings_real(s, "holdout");
    cli_search path = {.folds = 1, .held = held > 0 ? held : 0.2};
    cvr_status status = CVR_OK;
    if (count > 0)
        TRY(cvr_allreduce_status(call->comm, cli_search_path(call, count, &path)));
    TRY(cli_run_training(call, count > 0 ? &path : NULL));
done:
    cli_search_free(&path);
    return status;
}

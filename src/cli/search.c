/* Values of an option on held-out rows, folds or one set of them.

   mean_v = 1/K sum_k s_vk, error_v = sqrt(1/(K (K-1)) sum_k (s_vk - mean_v)^2). One
   standard error: the first v with mean_v >= mean_best - error_best (Breiman et al.,
   Classification and Regression Trees, 1984, 3.4.3; Hastie et al., 2009, 7.10). */
#include "cli/search.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/load_data.h"
#include "cli/message.h"
#include "cli/monitor.h"
#include "cli/plain.h"
#include "cli/progress_line.h"
#include "cli/result.h"
#include "cli/text.h"
#include "cli/try.h"

/* ---- one fold ---------------------------------------------------------------------- */

/* Copies of the rows: the rest to train on, those held to test. */
static cvr_status split(const cli_call *call, const cli_search *s, int fold,
                        const cvr_dataset *all, cli_data *part)
{
    uint64_t seed = (uint64_t)cvr_settings_integer(call->settings, "seed");
    cvr_status status = CVR_OK;
    if (s->left_out)
        return cvr_dataset_copy(all, call->comm, &part->train);
    if (s->folds > 1)
        return cvr_dataset_fold(all, s->folds, fold, seed, call->comm, &part->train,
                                &part->test);
    TRY(cvr_dataset_copy(all, call->comm, &part->train));
    TRY(cvr_dataset_split(part->train, s->held, seed, call->comm, &part->test));
done:
    return status;
}

static void end_solver(cli_training *t)
{
    if (!t->solver)
        return;
    t->spent[0] += t->result.seconds;
    t->spent[1] += t->result.cpu_seconds;
    cvr_solver_free(t->solver);
    t->solver = NULL;
}

/* From here on, and in what is written of a run. */
static cvr_status set_value(const cli_call *call, const cli_search *s, const char *value,
                            cli_training *t)
{
    cvr_status status = cvr_settings_set(call->settings, s->option, value);
    if (status == CVR_OK)
        status = cli_monitor_set_options(&t->monitor, call->settings);
    return cvr_allreduce_status(call->comm, status);
}

static cvr_status try_value(const cli_call *call, const cli_search *s, const char *value,
                            const cli_data *part, cli_training *t)
{
    cvr_status status = CVR_OK;
    TRY(set_value(call, s, value, t));
    cli_progress_draw("");
    if (t->solver && s->warm) {
        TRY(cvr_solver_set_penalty(t->solver, strtod(value, NULL)));
    } else {
        end_solver(t);
        TRY(cvr_solver_new(part->train, part->test, call->comm, call->settings,
                           &t->solver));
    }
    TRY(cvr_solver_run(t->solver, NULL, NULL, &t->result));
    t->result.threads = call->threads;
done:
    return status;
}

static double score(const cli_search *s, const cvr_progress *p, cvr_task task)
{
    if (p->outcome == CVR_DIVERGED)
        return NAN;
    if (s->left_out)
        return task == CVR_CLASSIFY ? 1 - p->loo_error : -sqrt(p->press);
    return task == CVR_CLASSIFY ? p->test.accuracy : -p->test.rmse;
}

static const char *measure(cvr_task task)
{
    return task == CVR_CLASSIFY ? "accuracy" : "rmse";
}

/* A line on stderr (with folds only when -v asks for it) and one in the log. */
static void report_score(const cli_call *call, const cli_search *s, int fold, int k,
                         cli_training *t)
{
    cvr_task task = t->data.train->task;
    double x = fabs(s->score[k * s->folds + fold]);
    json_t *line = cli_result(&t->result, t->monitor.options);
    json_object_set_new(line, "fold", json_integer(fold));
    cli_monitor_write(&t->monitor, line);
    json_decref(line);
    if (s->folds == 1)
        cli_message(call, "cvxrelu: %s %-9s %s %s %.4f", s->option, s->values[k],
                    s->left_out ? "leave-one-out" : "held-out", measure(task), x);
    else if (cli_switch(call, "verbose"))
        cli_message(call, "fold %d of %d: %s %-9s %s %.4f", fold + 1, s->folds, s->option,
                    s->values[k], measure(task), x);
}

/* Where the search is, on the line of progress. */
static void show_stage(const cli_search *s, int fold, int k)
{
    char where[40] = "";
    if (s->folds > 1)
        snprintf(where, sizeof where, "fold %d of %d, ", fold + 1, s->folds);
    cli_progress_stage("%s%s %s, %d of %d", where, s->option, s->values[k], k + 1,
                       s->count);
}

static cvr_status try_fold(const cli_call *call, cli_search *s, int fold, cli_training *t)
{
    cli_data part = {0};
    cvr_task task = t->data.train->task;
    cvr_status status = CVR_OK;
    TRY(split(call, s, fold, t->data.train, &part));
    TRY(cli_prepare_data(call, &part));
    for (int k = 0; k < s->count; k++) {
        show_stage(s, fold, k);
        status = try_value(call, s, s->values[k], &part, t);
        s->timed_out = status == CVR_INTERRUPTED ||
                       (status == CVR_OK && t->result.outcome == CVR_TIME_LIMIT);
        if (s->timed_out)
            status = CVR_OK;
        if (s->timed_out || status != CVR_OK)
            break;
        s->score[k * s->folds + fold] = score(s, &t->result, task);
        report_score(call, s, fold, k, t);
        if (t->result.outcome == CVR_DIVERGED)
            end_solver(t);
    }
done:
    end_solver(t);
    cli_data_free(&part);
    return status;
}

/* ---- the choice -------------------------------------------------------------------- */

static void average(const double *x, int n, double *mean, double *error)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    *mean = sum / n;
    for (int i = 0; i < n; i++)
        squares += (x[i] - *mean) * (x[i] - *mean);
    *error = n > 1 ? sqrt(squares / n / (n - 1)) : NAN;
}

/* By the folds that are done. Of equal means the first: the larger penalty. */
static cvr_status choose(cli_search *s, int done)
{
    s->best = -1;
    for (int k = 0; k < s->count; k++) {
        average(s->score + k * s->folds, done, &s->mean[k], &s->error[k]);
        if (!isnan(s->mean[k]) && (s->best < 0 || s->mean[k] > s->mean[s->best]))
            s->best = k;
    }
    if (s->best < 0 && !s->timed_out)
        return cvr_fail(CVR_NUMERICAL, "--%s: the runs diverge with every value",
                        s->option);
    s->chosen = s->best;
    for (int k = s->best; s->one_se && k >= 0; k--)
        if (s->mean[k] >= s->mean[s->best] - s->error[s->best])
            s->chosen = k;
    return CVR_OK;
}

static cvr_status allocate(cli_search *s)
{
    size_t values = (size_t)s->count;
    s->score = calloc(values * (size_t)s->folds, sizeof *s->score);
    s->mean = calloc(values, sizeof *s->mean);
    s->error = calloc(values, sizeof *s->error);
    if (!s->score || !s->mean || !s->error)
        return cvr_fail(CVR_NO_MEMORY, "cannot keep %d values on %d folds", s->count,
                        s->folds);
    for (size_t i = 0; i < values * (size_t)s->folds; i++)
        s->score[i] = NAN;
    return CVR_OK;
}

/* ---- results ----------------------------------------------------------------------- */

/* A rmse is shown as such. */
static double shown(double mean, cvr_task task)
{
    return task == CVR_CLASSIFY ? mean : -mean;
}

static json_t *choice_json(const cli_search *s, cvr_task task)
{
    json_t *values = json_array();
    for (int k = 0; k < s->count; k++) {
        json_t *scores = json_array();
        for (int f = 0; f < s->folds; f++)
            json_array_append_new(scores,
                                  cli_real(shown(s->score[k * s->folds + f], task)));
        json_array_append_new(values, json_pack("{s:o, s:o, s:o, s:o}", "value",
                                                cli_json_text(s->values[k]), "mean",
                                                cli_real(shown(s->mean[k], task)),
                                                "standard_error", cli_real(s->error[k]),
                                                "scores", scores));
    }
    return json_pack("{s:s, s:s, s:i, s:s, s:o, s:o, s:o}", "option", s->option,
                     "measure", measure(task), "folds", s->folds, "rule",
                     s->one_se ? "one-se" : "best", "best",
                     cli_json_text(s->values[s->best]), "chosen",
                     cli_json_text(s->values[s->chosen]), "values", values);
}

void cli_search_print(const cli_call *call, const cli_search *s, cvr_task task)
{
    if (cvr_comm_rank(call->comm) != 0)
        return;
    printf("%-21s %-10s standard_error\n", s->option, measure(task));
    for (int k = 0; k < s->count; k++) {
        cli_put_padded(s->values[k], 21);
        char error[24] = "-";
        if (!isnan(s->error[k]))
            snprintf(error, sizeof error, "%.3g", s->error[k]);
        printf(" %-10.6g %s%s%s\n", shown(s->mean[k], task), error,
               k == s->best ? "  best" : "", k == s->chosen ? "  chosen" : "");
    }
    putchar('\n');
}

/* ---- all --------------------------------------------------------------------------- */

/* Without a value that has been tried: the usual one. */
static const char *default_value(const cli_call *call, const cli_search *s)
{
    const char *initial = cvr_settings_find(call->settings, s->option)->initial;
    return *initial ? initial : s->values[s->count / 2];
}

/* The chosen value, or what can be had instead when there was no time. done: folds. */
static cvr_status set_chosen(const cli_call *call, cli_search *s, int done,
                             cli_training *t)
{
    const char *value;
    cvr_status status = CVR_OK;
    TRY(choose(s, done > 0 ? done : 1));
    value = s->best >= 0 ? s->values[s->chosen] : default_value(call, s);
    if (s->best >= 0)
        t->choice = choice_json(s, t->data.train->task);
    if (s->timed_out && s->best < 0)
        cli_message(
            call,
            "cvxrelu: half of the time limit is over before any value of --%s was "
            "tried: %s is used",
            s->option, value);
    else if (s->timed_out)
        cli_message(
            call,
            "cvxrelu: half of the time limit is over: --%s is chosen from the runs "
            "so far",
            s->option);
    TRY(set_value(call, s, value, t));
done:
    return status;
}

/* A kernel has exact leave-one-out errors of one training, where no folds are asked
   for. */
static void leave_out_rows(const cli_call *call, cli_search *s)
{
    const char *formulation = cvr_settings_text(call->settings, "formulation");
    bool kernel = formulation && strcmp(formulation, "kernel") == 0;
    if (!kernel || s->folds < 2 || cvr_settings_given(call->settings, "folds"))
        return;
    s->left_out = true;
    s->folds = 1;
    cli_message(call,
                "cvxrelu: leave-one-out errors of a kernel choose --%s, in place of "
                "folds; --folds brings them back",
                s->option);
}

cvr_status cli_search_run(cli_call *call, cli_search *s, cli_training *t)
{
    int fold = 0;
    cvr_status status = CVR_OK;
    leave_out_rows(call, s);
    TRY(cvr_allreduce_status(call->comm, allocate(s)));
    for (; fold < s->folds && !s->timed_out; fold++) {
        TRY(try_fold(call, s, fold, t));
        if (s->folds > 1 && !s->timed_out)
            cli_message(call, "cvxrelu: fold %d of %d: %.1f s", fold + 1, s->folds,
                        t->spent[0]);
    }
    TRY(set_chosen(call, s, s->timed_out ? fold - 1 : fold, t));
done:
    return status;
}

void cli_search_free(cli_search *s)
{
    for (int k = 0; s->values && k < s->count; k++)
        free(s->values[k]);
    free(s->values);
    free(s->score);
    free(s->mean);
    free(s->error);
    *s = (cli_search){0};
}

/* cvxrelu compare: methods and settings on the same data, splits and seeds, side by
   side. */
#include "cli/compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/compare_files.h"
#include "cli/compare_folder.h"
#include "cli/compare_json.h"
#include "cli/compare_report.h"
#include "cli/compare_run.h"
#include "cli/compare_spec.h"
#include "cli/compare_summary.h"
#include "cli/compare_table.h"
#include "cli/load_data.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "cli/result.h"
#include "cli/signals.h"
#include "cli/try.h"

/* ---- data -------------------------------------------------------------------------- */

/* --holdout, where the command has it. */
static double holdout(const cli_call *call)
{
    bool there = cvr_settings_find(call->settings, "holdout") != NULL;
    return there ? cvr_settings_real(call->settings, "holdout") : 0;
}

static void print_data(cli_comparison *c)
{
    const cvr_dataset *train = c->data.train, *test = c->data.test;
    char tested[64] = "", kind[64] = "regression";
    if (test)
        snprintf(tested, sizeof tested, ", %lld test rows", (long long)test->rows);
    if (train->task == CVR_CLASSIFY)
        snprintf(kind, sizeof kind, "%d classes", train->classes);
    snprintf(c->data_summary, sizeof c->data_summary,
             "%.200s: %lld rows%s, %lld features%s, %s", train->source,
             (long long)train->rows, tested, (long long)train->transform.features,
             train->transform.bias == CVR_BIAS_NONE ? "" : " and a bias", kind);
    cli_message(c->call, "cvxrelu %s: %s; %d SPEC%s, %d seed%s", cvr_version(),
                c->data_summary, c->spec_count, c->spec_count == 1 ? "" : "s", c->seeds,
                c->seeds == 1 ? "" : "s");
}

/* Rows are read again when another seed splits them differently, or for other numbers. */
static cvr_status load_for(cli_comparison *c, const cli_spec *spec, int64_t seed)
{
    cli_split want = {.type = (cvr_type)cvr_settings_choice(spec->settings, "precision"),
                      .files = true,
                      .held = holdout(c->call),
                      .seed = (uint64_t)seed};
    bool same = c->data.train && want.type == c->split.type &&
                (want.held == 0 || want.seed == c->split.seed);
    cvr_status status = CVR_OK;
    if (!same) {
        cli_data_free(&c->data);
        TRY(cli_load_data(c->call, &want, &c->data));
        c->split = want;
    }
    c->task = c->data.train->task;
    if (!c->data_summary[0])
        print_data(c);
done:
    return status;
}

/* ---- runs -------------------------------------------------------------------------- */

static void print_run(const cli_comparison *c, const cli_run *r)
{
    const char *label = c->specs[r->spec].label;
    int all = c->spec_count * c->seeds;
    char score[64] = "";
    if (r->status != CVR_OK) {
        cli_message(c->call, "%d of %d: %s, seed %lld failed: %s", c->run_count, all,
                    label, (long long)r->seed, r->error);
        return;
    }
    const cli_point *last = &r->points[r->count - 1];
    if (!isnan(last->x[CLI_TEST]))
        snprintf(score, sizeof score, "test %.4f, ", last->x[CLI_TEST]);
    cli_message(c->call, "%d of %d: %s, seed %lld: %strain %.4f, %.2f s, %s",
                c->run_count, all, label, (long long)r->seed, score, last->x[CLI_TRAIN],
                r->result.seconds, cvr_outcome_name(r->result.outcome));
}

/* Any process may have been told to stop. */
static cvr_status check_signal(cli_comparison *c)
{
    double came = cli_signal();
    cvr_status status = cvr_allreduce_max(c->call->comm, &came, 1);
    c->stopped = came > 0;
    if (c->stopped)
        c->call->exit_code = 128 + (int)came;
    return status;
}

static cvr_status save(const cli_comparison *c)
{
    cvr_status saved = CVR_OK;
    if (c->folder && cvr_comm_rank(c->call->comm) == 0)
        saved = cli_save_runs(c);
    return cvr_allreduce_status(c->call->comm, saved);
}

/* A run that a signal ended before its first iteration does not count. */
static cvr_status run_one(cli_comparison *c, int spec, int64_t seed)
{
    cli_run *run = &c->runs[c->run_count];
    cvr_status status = CVR_OK;
    TRY(load_for(c, &c->specs[spec], seed));
    TRY(cli_run_spec(c, spec, seed, run));
    TRY(check_signal(c));
    if (c->stopped && run->status == CVR_INTERRUPTED) {
        cli_run_free(run);
        return CVR_OK;
    }
    c->run_count++;
    if (run->status != CVR_OK && run->status != CVR_INTERRUPTED &&
        c->call->exit_code == 0)
        c->call->exit_code = (int)run->status;
    print_run(c, run);
    TRY(save(c));
done:
    return status == CVR_INTERRUPTED ? check_signal(c) : status;
}

static cvr_status run_all(cli_comparison *c)
{
    size_t count = (size_t)c->spec_count * (size_t)c->seeds;
    cvr_status status = CVR_OK;
    c->runs = calloc(count, sizeof *c->runs);
    TRY(cvr_allreduce_status(
        c->call->comm,
        c->runs ? CVR_OK : cvr_fail(CVR_NO_MEMORY, "cannot keep %zu runs", count)));
    for (int k = 0; k < c->seeds; k++)
        for (int i = 0; i < c->spec_count && !c->stopped; i++)
            TRY(run_one(c, i, c->first_seed + k));
done:
    return status;
}

/* ---- all --------------------------------------------------------------------------- */

static cvr_status save_files(const cli_comparison *c, const cli_summary *summaries)
{
    cvr_status status = CVR_OK;
    TRY(cli_save_medians(c, summaries));
    TRY(cli_save_report(c, summaries));
done:
    return status;
}

static cvr_status print(const cli_comparison *c, const cli_summary *summaries)
{
    if (cli_switch(c->call, "json"))
        return cli_print(c->call, cli_comparison_json(c, summaries));
    if (cvr_comm_rank(c->call->comm) != 0)
        return CVR_OK;
    cli_print_comparison(c, summaries);
    return cli_flush();
}

static cvr_status conclude(const cli_comparison *c)
{
    bool first = cvr_comm_rank(c->call->comm) == 0;
    cvr_status status = CVR_OK, left = CVR_OK;
    cli_summary *summaries = NULL;
    TRY(cvr_allreduce_status(c->call->comm, cli_summarise(c, &summaries)));
    if (c->folder && first)
        left = save_files(c, summaries);
    TRY(cvr_allreduce_status(c->call->comm, print(c, summaries)));
    TRY(cvr_allreduce_status(c->call->comm, left));
done:
    free(summaries);
    return status;
}

/* What has run is shown also when the rest cannot be run or kept. */
cvr_status cli_compare_all(cli_comparison *c)
{
    cli_progress_begin(c->call);
    cli_catch_signals();
    cli_flag_signals();
    cvr_comm_question(c->call->comm, cli_question, NULL);
    cvr_status status = run_all(c), concluded = CVR_OK;
    cvr_comm_question(c->call->comm, NULL, NULL);
    if (c->run_count > 0 && status != CVR_PARALLEL)
        concluded = conclude(c);
    return status != CVR_OK ? status : concluded;
}

void cli_comparison_free(cli_comparison *c)
{
    for (int i = 0; i < c->run_count; i++)
        cli_run_free(&c->runs[i]);
    for (int i = 0; i < c->spec_count; i++)
        cli_spec_free(&c->specs[i]);
    free(c->runs);
    free(c->specs);
    cli_data_free(&c->data);
    *c = (cli_comparison){0};
}

/* ---- the command ------------------------------------------------------------------- */

static cvr_status read_specs(cli_comparison *c)
{
    const cli_call *call = c->call;
    cvr_status status = CVR_OK;
    c->specs = calloc((size_t)call->positional_count, sizeof *c->specs);
    if (!c->specs)
        FAIL(CVR_NO_MEMORY, "cannot keep %d SPECs", call->positional_count);
    for (int i = 0; i < call->positional_count; i++, c->spec_count++)
        TRY(cli_spec_read(call, call->positional[i], &c->specs[i]));
    TRY(cli_specs_check(call, c->specs, c->spec_count));
done:
    return status;
}

/* --goal; else where --target-train-accuracy stops all. */
static void set_goal(cli_comparison *c)
{
    const cvr_settings *s = c->call->settings;
    c->goal = cvr_settings_real(s, "goal");
    c->goal_on_test = cvr_settings_choice(s, "goal-on") == 1;
    if (isnan(c->goal) && !c->goal_on_test)
        c->goal = cvr_settings_real(s, "target-train-accuracy");
}

static cvr_status make_folder(const cli_comparison *c)
{
    cvr_status made = CVR_OK;
    if (c->folder && cvr_comm_rank(c->call->comm) == 0)
        made = cli_folder_make(c->folder, cli_switch(c->call, "overwrite"));
    return cvr_allreduce_status(c->call->comm, made);
}

static cvr_status clear_folder(const cli_comparison *c)
{
    cvr_status cleared = CVR_OK;
    if (c->folder && cvr_comm_rank(c->call->comm) == 0)
        cleared = cli_folder_clear(c->folder);
    return cvr_allreduce_status(c->call->comm, cleared);
}

cvr_status cli_compare(cli_call *call)
{
    const cvr_settings *s = call->settings;
    cli_comparison c = {.call = call,
                        .seeds = (int)cvr_settings_integer(s, "seeds"),
                        .first_seed = cvr_settings_integer(s, "seed"),
                        .folder = cvr_settings_text(s, "out"),
                        .trains = true};
    cvr_status status = CVR_OK;
    set_goal(&c);
    TRY(cvr_allreduce_status(call->comm, read_specs(&c)));
    cli_exit_on_signals(call, NULL, "stopped before the rows were read");
    cli_catch_signals();
    TRY(make_folder(&c));
    TRY(load_for(&c, &c.specs[0], c.first_seed));
    TRY(clear_folder(&c));
    TRY(cli_compare_all(&c));
done:
    cli_comparison_free(&c);
    return status;
}

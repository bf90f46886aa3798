/* train --path: a warm-started path of penalties, the best of them on held-out rows. */
#include "cli/training.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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
    TRY(cvr_solver_new(call->method, t->data.train, t->data.test, call->comm,
                       call->settings, &t->solver));
    for (int k = 0; k < count && t->result.outcome != CVR_STOPPED; k++) {
        double relative = pow(1e-3, count > 1 ? (double)k / (count - 1) : 0);
        const cvr_progress *r = &t->result;
        if (k > 0)
            TRY(cvr_solver_set_penalty(t->solver, relative));
        TRY(cvr_solver_run(t->solver, see_signal, NULL, &t->result));
        double score =
            t->data.train->task == CVR_CLASSIFY ? r->test_accuracy : -r->test_rmse;
        cli_say(call, "cvxrelu: %s %-9.3g held-out %s %.4f", path_option(call), relative,
                t->data.train->task == CVR_CLASSIFY ? "accuracy" : "rmse", fabs(score));
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

cvr_status cli_choose_penalty(cli_call *call, double spent[2])
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
    TRY(cli_training_load(call, true, &t));
    cli_catch_signals();
    TRY(follow_path(call, &t, count, &best));
    snprintf(text, sizeof text, "%.6g", best);
    TRY(cvr_settings_set(call->settings, path_option(call), text));
    spent[0] = t.result.seconds;
    spent[1] = t.result.cpu_seconds;
done:
    cvr_solver_free(t.solver);
    cli_data_free(&t.data);
    return status;
}

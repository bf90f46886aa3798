/* --checkpoint and --resume: what a run saves, and what it resumes from. */
#include "cli/resume.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/message.h"
#include "cli/try.h"

/* ---- what to resume from ----------------------------------------------------------- */

/* --resume FILE, or with auto the file of --checkpoint when it is there. */
static cvr_status find(const cli_call *call, cli_resume *r)
{
    const char *from = cvr_settings_text(call->settings, "resume");
    int there = 0;
    cvr_status status = CVR_OK;
    r->from = from;
    if (r->path)
        there = access(r->path, F_OK) == 0;
    TRY(cvr_broadcast(call->comm, &there, sizeof there));
    if (!from) {
        if (there)
            cli_message(
                call,
                "cvxrelu: %s exists and will be replaced (--resume auto resumes from it)",
                r->path);
        return CVR_OK;
    }
    if (strcmp(from, "auto") != 0)
        return CVR_OK;
    if (!r->path)
        return cvr_fail(CVR_USAGE, "--resume auto needs --checkpoint FILE");
    r->from = there ? r->path : NULL;
done:
    return status;
}

/* Process 0's text for all; the caller calls free on it. */
static cvr_status share_text(const cli_call *call, char **text)
{
    int64_t length = *text ? (int64_t)strlen(*text) : 0;
    bool first = cvr_comm_rank(call->comm) == 0;
    cvr_status status = CVR_OK;
    TRY(cvr_broadcast(call->comm, &length, sizeof length));
    if (!first)
        *text = calloc((size_t)length + 1, 1);
    TRY(cvr_allreduce_status(call->comm,
                             *text ? CVR_OK : cvr_fail(CVR_NO_MEMORY, "out of memory")));
    TRY(cvr_broadcast(call->comm, *text, (size_t)length));
done:
    return status;
}

static cvr_status read_about(const cli_call *call, const char *path, json_t **about)
{
    char *text = NULL;
    cvr_status status = CVR_OK;
    if (cvr_comm_rank(call->comm) == 0)
        status = cvr_checkpoint_about(path, &text);
    TRY(cvr_allreduce_status(call->comm, status));
    TRY(share_text(call, &text));
    *about = json_loads(text, 0, NULL);
done:
    free(text);
    return status;
}

/* A value as cvr_settings_set takes it; "" where it is not set. */
static void write_value(const json_t *value, char *text, size_t size)
{
    text[0] = '\0';
    if (json_is_string(value))
        snprintf(text, size, "%s", json_string_value(value));
    else if (json_is_integer(value))
        snprintf(text, size, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        snprintf(text, size, "%.17g", json_real_value(value));
    else if (json_is_boolean(value))
        snprintf(text, size, "%s", json_is_true(value) ? "yes" : "no");
}

/* The option that was chosen then is not chosen again. */
static cvr_status take_choice(const cli_call *call, const char *option,
                              const json_t *about, cli_training *t)
{
    const json_t *options = json_object_get(about, "options");
    const char *kept = json_string_value(json_object_get(about, "remembered"));
    json_t *remembered = json_loads(kept ? kept : "", 0, NULL), *spent;
    char value[256];
    cvr_status status = CVR_OK;
    if (option) {
        write_value(json_object_get(options, option), value, sizeof value);
        if (value[0])
            TRY(cvr_settings_set(call->settings, option, value));
    }
    t->choice = json_incref(json_object_get(remembered, "choice"));
    spent = json_object_get(remembered, "spent");
    for (size_t i = 0; i < 2; i++)
        t->spent[i] = json_number_value(json_array_get(spent, i));
done:
    json_decref(remembered);
    return status;
}

static int64_t count(const json_t *about, const char *name)
{
    const char *text = json_string_value(json_object_get(about, name));
    return text ? atoll(text) : 0;
}

/* A run that resumes from a measured iteration logs that one first. */
static int64_t first_logged(const json_t *about)
{
    int64_t measured = count(about, "measured");
    return measured == count(about, "iterations") ? measured : measured + 1;
}

cvr_status cli_resume_plan(const cli_call *call, const char *option, cli_training *t)
{
    const cvr_settings *s = call->settings;
    cli_resume *r = &t->resume;
    json_t *about = NULL;
    cvr_status status = CVR_OK;
    *r = (cli_resume){.path = cvr_settings_text(s, "checkpoint"),
                      .every = cvr_settings_real(s, "checkpoint-every"),
                      .logged = -1};
    TRY(find(call, r));
    if (!r->from)
        return CVR_OK;
    TRY(read_about(call, r->from, &about));
    r->logged = first_logged(about);
    TRY(cvr_allreduce_status(call->comm, take_choice(call, option, about, t)));
done:
    json_decref(about);
    return status;
}

/* ---- what to leave ----------------------------------------------------------------- */

static char *write_remembered(const cli_training *t)
{
    json_t *all = json_pack("{s:[f, f]}", "spent", t->spent[0], t->spent[1]);
    if (t->choice)
        json_object_set(all, "choice", t->choice);
    char *text = json_dumps(all, JSON_COMPACT | JSON_REAL_PRECISION(15));
    json_decref(all);
    return text;
}

cvr_status cli_resume_begin(const cli_call *call, cli_training *t)
{
    cli_resume *r = &t->resume;
    cvr_progress last;
    cvr_status status = CVR_OK;
    if (r->from) {
        TRY(cvr_solver_restore(t->solver, r->from, &last));
        cli_message(call, "cvxrelu: resumes from %s", r->from);
    }
    r->remembered = write_remembered(t);
    cvr_solver_set_user_data(t->solver, r->remembered);
    cvr_solver_checkpoint(t->solver, r->path, r->every);
done:
    return status;
}

void cli_resume_free(cli_resume *r)
{
    free(r->remembered);
    *r = (cli_resume){0};
}

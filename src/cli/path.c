/* Which values a search tries: a path of penalties, or those that the user lists. */
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/search.h"

/* The penalty of a method that has one: relative to where all weights are zero, or as a
   number. */
static const struct {
    const char *method, *relative, *fixed;
} penalties[] = {
    {"convex", "beta-relative", "beta"}, {"ccp", "lambda-relative", "lambda"}, {0}};

static cvr_status keep(cli_search *s, const char *text, size_t length)
{
    char **more = realloc(s->values, (size_t)(s->count + 1) * sizeof *more);
    if (more)
        s->values = more;
    if (!more || !(s->values[s->count] = strndup(text, length)))
        return cvr_fail(CVR_NO_MEMORY, "cannot keep %d values", s->count + 1);
    s->count++;
    return CVR_OK;
}

/* 1, ..., 0.001, evenly on a logarithmic scale. */
cvr_status cli_search_path(const cli_call *call, int count, cli_search *s)
{
    char text[32];
    int i = 0;
    cvr_status status = CVR_OK;
    while (penalties[i].method && strcmp(penalties[i].method, call->method) != 0)
        i++;
    if (!penalties[i].method)
        FAIL(CVR_USAGE,
             "a path of penalties is for the methods convex and ccp, not for %s; "
             "cvxrelu cv chooses any option: --option NAME --values A,B,...",
             call->method);
    if (cvr_settings_given(call->settings, penalties[i].fixed))
        FAIL(CVR_USAGE, "a path chooses --%s and goes with no --%s",
             penalties[i].relative, penalties[i].fixed);
    s->option = penalties[i].relative;
    s->warm = true;
    for (int k = 0; k < count; k++) {
        double relative = pow(1e-3, count > 1 ? (double)k / (count - 1) : 0);
        TRY(keep(s, text, (size_t)snprintf(text, sizeof text, "%.6g", relative)));
    }
done:
    return status;
}

static bool has_row(const cvr_option *rows, const char *name)
{
    while (rows && rows->name && strcmp(rows->name, name) != 0)
        rows++;
    return rows && rows->name;
}

cvr_status cli_search_values(const cli_call *call, const char *option, const char *values,
                             cli_search *s)
{
    const char *gap = strchr(values, ';') ? ";" : ",";
    cvr_status status = CVR_OK;
    s->option = option;
    if (!has_row(cvr_method_find(call->method)->options, option) &&
        !has_row(cvr_common_options(), option))
        FAIL(CVR_USAGE, "--option: method %s has no option '%s'", call->method, option);
    for (int i = 0; penalties[i].method; i++)
        s->warm |= strcmp(penalties[i].method, call->method) == 0 &&
                   strcmp(penalties[i].relative, option) == 0;
    for (const char *at = values; *at;) {
        size_t length = strcspn(at, gap);
        TRY(keep(s, at, length));
        TRY(cvr_settings_set(call->settings, option, s->values[s->count - 1]));
        at += length + (at[length] != '\0');
    }
done:
    return status;
}

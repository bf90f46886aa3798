/* Which values a search tries: a path of penalties, or those that the user lists. */
#define _GNU_SOURCE
#include "cli/search_values.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/try.h"

static cvr_status add_value(cli_search *s, const char *text, size_t length)
{
    char **more = realloc(s->values, (size_t)(s->count + 1) * sizeof *more);
    if (more)
        s->values = more;
    if (!more || !(s->values[s->count] = strndup(text, length)))
        return cvr_fail(CVR_NO_MEMORY, "cannot keep %d values", s->count + 1);
    s->count++;
    return CVR_OK;
}

/* A failure that names the methods which have a penalty. */
static cvr_status no_penalty(const char *method)
{
    char names[200] = "";
    for (int i = 0; cvr_method_at(i); i++) {
        size_t used = strlen(names);
        if (cvr_method_at(i)->penalty)
            snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "",
                     cvr_method_at(i)->name);
    }
    return cvr_fail(CVR_USAGE,
                    "method %s has no penalty for a path (%s have one); cvxrelu cv "
                    "chooses any option: --option NAME --values A,B,...",
                    method, names);
}

/* 1, ..., 0.001, evenly on a logarithmic scale. */
cvr_status cli_search_path(const cli_call *call, int count, cli_search *s)
{
    const cvr_method_info *method = cvr_method_find(call->method);
    char text[32];
    cvr_status status = CVR_OK;
    if (!method->penalty)
        return no_penalty(call->method);
    if (cvr_settings_given(call->settings, method->fixed_penalty))
        FAIL(CVR_USAGE, "a path chooses --%s and cannot be combined with --%s",
             method->penalty, method->fixed_penalty);
    s->option = method->penalty;
    s->warm = true;
    for (int k = 0; k < count; k++) {
        double relative = pow(1e-3, count > 1 ? (double)k / (count - 1) : 0);
        TRY(add_value(s, text, (size_t)snprintf(text, sizeof text, "%.6g", relative)));
    }
done:
    return status;
}

cvr_status cli_search_values(const cli_call *call, const char *option, const char *values,
                             cli_search *s)
{
    const cvr_method_info *method = cvr_method_find(call->method);
    const char *gap = strchr(values, ';') ? ";" : ",";
    cvr_status status = CVR_OK;
    s->option = option;
    if (!cli_has_row(method->options, option) &&
        !cli_has_row(cvr_common_options(), option))
        FAIL(CVR_USAGE, "--option: method %s has no option '%s'", call->method, option);
    s->warm = method->penalty && strcmp(method->penalty, option) == 0;
    for (const char *at = values; *at;) {
        size_t length = strcspn(at, gap);
        TRY(add_value(s, at, length));
        TRY(cvr_settings_set(call->settings, option, s->values[s->count - 1]));
        at += length + (at[length] != '\0');
    }
done:
    return status;
}

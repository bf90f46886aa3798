/* Results: a measurement as a JSON object, and a JSON object as a table. */
#include "cli/result.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"
#include "cli/plain.h"
#include "cli/result_keys.h"
#include "cli/try.h"

/* ---- a measurement as JSON --------------------------------------------------------- */

/* JSON has no NaN and no infinity. */
json_t *cli_real(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

void cli_blank(const cli_call *call, const cvr_dataset *data, cvr_progress *p)
{
    const cvr_settings *s = call->settings;
    cvr_progress_init(p);
    p->method = call->method;
    p->task = data ? data->task : CVR_TASK_AUTO;
    p->rows = data ? data->rows : -1;
    p->features = data ? data->transform.features : -1;
    p->outputs = data ? data->outputs : 0;
    p->processes = cvr_comm_size(call->comm);
    p->threads = call->threads;
    p->precision = (cvr_type)cvr_settings_choice(s, "precision");
    p->seed = (uint64_t)cvr_settings_integer(s, "seed");
    p->peak_memory_bytes = p->bytes_reduced = -1;
}

cvr_status cli_check_diverged(const cvr_progress *p)
{
    if (p->outcome != CVR_DIVERGED)
        return CVR_OK;
    return cvr_fail(CVR_NUMERICAL, "the iteration diverged after %lld steps%s%s",
                    (long long)p->iterations, p->note[0] ? ": " : "", p->note);
}

json_t *cli_result(const cvr_progress *p, json_t *options)
{
    char *text = NULL;
    json_t *object =
        cvr_progress_json(p, &text) == CVR_OK ? json_loads(text, 0, NULL) : NULL;
    free(text);
    json_object_set(object, "options", options ? options : json_null());
    json_object_set_new(object, "version", json_string(cvr_version()));
    return object;
}

/* ---- a JSON object as a table ------------------------------------------------------ */

const char *cli_bytes(int64_t bytes, char *text, size_t size)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    double x = (double)bytes;
    int unit = 0;
    for (; x >= 1000 && unit < 4; unit++)
        x /= 1000;
    snprintf(text, size, unit > 0 ? "%.1f %s" : "%.0f %s", x, units[unit]);
    return text;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static void print_value(const char *key, const json_t *value);

/* "setup 0.12, primal 1.5" or "airplane, automobile" */
static void print_several(const char *of, const json_t *value)
{
    const char *key, *gap = "";
    json_t *item;
    size_t i;
    json_object_foreach((json_t *)value, key, item)
    {
        fputs(gap, stdout);
        cli_put_plain(stdout, key);
        putchar(' ');
        print_value(strcmp(of, "phases") == 0 ? of : key, item);
        gap = ", ";
    }
    json_array_foreach(value, i, item)
    {
        fputs(gap, stdout);
        print_value("", item);
        gap = ", ";
    }
}

/* Digits that mean something, by the end of a key. */
static const char *format_of(const char *key)
{
    static const char *const formats[][2] = {{"accuracy", "%.4f"}, {"_r2", "%.4f"},
                                             {"seconds", "%.3g"},  {"phases", "%.3g"},
                                             {"gap", "%.2g"},      {"residual", "%.2g"},
                                             {"violation", "%.2g"}};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (ends_with(key, formats[i][0]))
            return formats[i][1];
    return "%.6g";
}

static void print_value(const char *key, const json_t *value)
{
    char text[40];
    if (json_is_string(value) && *json_string_value(value))
        cli_put_plain(stdout, json_string_value(value));
    else if (json_is_integer(value) && ends_with(key, "_bytes"))
        fputs(cli_bytes(json_integer_value(value), text, sizeof text), stdout);
    else if (json_is_integer(value))
        printf("%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        printf(format_of(key), json_real_value(value));
    else if (json_is_boolean(value))
        fputs(json_is_true(value) ? "yes" : "no", stdout);
    else if (json_object_size(value) + json_array_size(value) > 0)
        print_several(key, value);
    else
        putchar('-');
}

/* A line a figure that there is; options, how one was chosen and what --convert
   changed are for programs. */
static void print_table(const json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        if (json_is_null(value) || strcmp(key, "options") == 0 ||
            strcmp(key, "choice") == 0 || strcmp(key, "conversion") == 0)
            continue;
        cli_put_padded(key, 21);
        putchar(' ');
        print_value(key, value);
        putchar('\n');
    }
}

static void print_json(const json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(15));
    if (text)
        puts(text);
    free(text);
}

cvr_status cli_print(const cli_call *call, json_t *result)
{
    cvr_status status = CVR_OK;
    if (!result)
        FAIL(CVR_NO_MEMORY, "cannot write down the result");
    if (cvr_comm_rank(call->comm) == 0) {
        if (cli_switch(call, "json"))
            print_json(result);
        else
            print_table(result);
        TRY(cli_flush());
    }
done:
    json_decref(result);
    return status;
}

cvr_status cli_print_run(const cli_call *call, json_t *result)
{
    bool all = cli_switch(call, "json") || cli_switch(call, "verbose") || !result;
    if (all)
        return cli_print(call, result);
    json_t *brief = cli_brief(result);
    json_decref(result);
    return cli_print(call, brief);
}

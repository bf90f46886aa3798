/* Results: one table of keys makes the JSON object, and a JSON object prints as a table.
 */
#include "cli/cli.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a progress as JSON ------------------------------------------------------------ */

typedef enum key_kind { NAME, WORDS, REAL, COUNT, INT, SEED, OUTCOME, TYPE } key_kind;

static const struct {
    const char *key;
    key_kind kind;
    size_t at;
    cvr_task task; /* auto: for every task */
} keys[] = {
#define KEY(name, kind)                                                                  \
    {                                                                                    \
#name, kind, offsetof(cvr_progress, name), CVR_TASK_AUTO                         \
    }
#define KEY_OF(task, name, kind)                                                         \
    {                                                                                    \
#name, kind, offsetof(cvr_progress, name), task                                  \
    }
    KEY(method, NAME),
    KEY(solver, WORDS),
    KEY(outcome, OUTCOME),
    KEY(iterations, COUNT),
    KEY(seconds, REAL),
    KEY(cpu_seconds, REAL),
    KEY(objective, REAL),
    KEY(loss, REAL),
    KEY_OF(CVR_CLASSIFY, train_accuracy, REAL),
    KEY_OF(CVR_CLASSIFY, test_accuracy, REAL),
    KEY_OF(CVR_CLASSIFY, pattern_accuracy, REAL),
    KEY_OF(CVR_REGRESS, train_r2, REAL),
    KEY_OF(CVR_REGRESS, test_r2, REAL),
    KEY_OF(CVR_REGRESS, train_rmse, REAL),
    KEY_OF(CVR_REGRESS, test_rmse, REAL),
    KEY(primal_residual, REAL),
    KEY(dual_residual, REAL),
    KEY(upper_bound, REAL),
    KEY(lower_bound, REAL),
    KEY(gap, REAL),
    KEY(constraint_violation, REAL),
    KEY_OF(CVR_CLASSIFY, loo_error, REAL),
    KEY_OF(CVR_REGRESS, loo_r2, REAL),
    KEY(press, REAL),
    KEY(active_neurons, COUNT),
    KEY(rows, COUNT),
    KEY(features, COUNT),
    KEY(outputs, INT),
    KEY(patterns, COUNT),
    KEY(processes, INT),
    KEY(threads, INT),
    KEY(precision, TYPE),
    KEY(peak_memory_bytes, COUNT),
    KEY(bytes_reduced, COUNT),
    KEY(seed, SEED),
    KEY(note, WORDS),
#undef KEY
#undef KEY_OF
};

/* JSON has no NaN and no infinity. */
json_t *cli_real(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

/* Counts that a method does not have are -1. */
static json_t *count_json(int64_t n)
{
    return n >= 0 ? json_integer(n) : json_null();
}

static json_t *value_json(const void *value, key_kind kind)
{
    switch (kind) {
    case NAME:
        return json_string(*(const char *const *)value);
    case WORDS: /* "": there is nothing to say */
        return *(const char *)value ? json_string(value) : json_null();
    case REAL:
        return cli_real(*(const double *)value);
    case COUNT:
        return count_json(*(const int64_t *)value);
    case INT:
        return count_json(*(const int *)value);
    case SEED:
        return json_integer((json_int_t) * (const uint64_t *)value);
    case OUTCOME:
        return json_string(cvr_outcome_name(*(const cvr_outcome *)value));
    case TYPE:
        return json_string(*(const cvr_type *)value == CVR_SINGLE ? "single" : "double");
    }
    return NULL;
}

void cli_blank(const cli_call *call, const cvr_dataset *data, cvr_progress *p)
{
    *p = (cvr_progress){.method = call->method,
                        .rows = data ? data->rows : -1,
                        .features = data ? data->transform.features : -1,
                        .outputs = data ? data->outputs : 0,
                        .processes = cvr_comm_size(call->comm),
                        .threads = call->threads,
                        .precision =
                            (cvr_type)cvr_settings_choice(call->settings, "precision"),
                        .seed = (uint64_t)cvr_settings_integer(call->settings, "seed"),
                        .active_neurons = -1,
                        .patterns = -1};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i].kind == REAL)
            *(double *)((char *)p + keys[i].at) = NAN;
    p->seconds = p->cpu_seconds = 0;
    p->peak_memory_bytes = p->bytes_reduced = -1;
}

json_t *cli_result(const cvr_progress *p, cvr_task task, json_t *options)
{
    json_t *object = json_object(), *phases = json_object();
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i].task == CVR_TASK_AUTO || keys[i].task == task)
            json_object_set_new(object, keys[i].key,
                                value_json((const char *)p + keys[i].at, keys[i].kind));
    for (int i = 0; i < CVR_PHASES; i++)
        json_object_set_new(phases, cvr_phase_name(i), cli_real(p->phases[i]));
    json_object_set_new(object, "phases", phases);
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

/* A line a figure that there is; options and how one was chosen are for programs. */
static void print_table(const json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        if (json_is_null(value) || strcmp(key, "options") == 0 ||
            strcmp(key, "choice") == 0)
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

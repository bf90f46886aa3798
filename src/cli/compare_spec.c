/* SPECs: method[:option=value,...]. A piece without '=' continues the value before it,
   so layers=100,50,10 is one value; label=NAME names the SPEC in tables and plots. */
#define _GNU_SOURCE
#include "cli/compare_spec.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/message.h"
#include "cli/text.h"
#include "cli/try.h"

static bool of_methods(const cli_call *call, const char *name)
{
    const cli_table *t;
    for (int i = 0; (t = cli_table_at(call->command, i)); i++)
        if (cli_has_row(t->rows, name))
            return false;
    return cli_has_row(cvr_common_options(), name) || cli_has_row(call->any_method, name);
}

/* ---- reading ----------------------------------------------------------------------- */

/* Names go into tables, plots, files and a terminal: text, and no control characters. */
static cvr_status check_text(const char *text)
{
    json_t *readable = json_string(text);
    bool plain = readable != NULL;
    for (const char *c = text; *c; c++)
        plain = plain && (unsigned char)*c >= ' ' && *c != 0x7F;
    json_decref(readable);
    if (!plain)
        return cvr_fail(CVR_USAGE, "a SPEC with a control character, or not in UTF-8");
    return CVR_OK;
}

/* Where the value ends that begins at text: before the comma of the next option=. */
static size_t value_length(const char *text)
{
    size_t length = strcspn(text, ",");
    while (text[length] == ',') {
        size_t piece = strcspn(text + length + 1, ",=");
        if (text[length + 1 + piece] == '=')
            break;
        length += 1 + piece;
    }
    return length;
}

static cvr_status set(const cli_call *call, cli_spec *spec, const char *name, char *value)
{
    if (strcmp(name, "label") == 0 && *value == '\0')
        return cvr_fail(CVR_USAGE, "the label is empty");
    if (strcmp(name, "label") == 0) {
        free(spec->label);
        spec->label = strdup(value);
        return spec->label ? CVR_OK : cvr_fail(CVR_NO_MEMORY, "cannot keep a label");
    }
    if (strcmp(name, "seed") == 0)
        return cvr_fail(CVR_USAGE, "all SPECs have the same seeds: give --seed outside");
    if (!cvr_settings_find(spec->settings, name) &&
        cvr_settings_find(call->settings, name) && !of_methods(call, name))
        return cvr_fail(CVR_USAGE, "%s is for all SPECs alike: give --%s outside", name,
                        name);
    return cvr_settings_set(spec->settings, name, value);
}

static cvr_status read_options(const cli_call *call, cli_spec *spec, const char *text)
{
    cvr_status status = CVR_OK;
    char *name = NULL, *value = NULL;
    while (status == CVR_OK && *text) {
        size_t size = strcspn(text, ",=");
        if (text[size] != '=' || size == 0)
            return cvr_fail(CVR_USAGE, "'%.*s' is not option=value", (int)size, text);
        size_t length = value_length(text + size + 1);
        name = strndup(text, size);
        value = strndup(text + size + 1, length);
        status = name && value ? set(call, spec, name, value)
                               : cvr_fail(CVR_NO_MEMORY, "cannot keep a SPEC");
        free(name);
        free(value);
        text += size + 1 + length;
        text += *text == ',';
    }
    return status;
}

/* Options outside apply to the SPECs that have them and do not set them themselves. */
static cvr_status inherit(const cli_call *call, cli_spec *spec)
{
    cvr_status status = CVR_OK;
    const cvr_option *row;
    for (int i = 0; (row = cvr_settings_row(call->settings, i)); i++)
        if (cvr_settings_given(call->settings, row->name) &&
            of_methods(call, row->name) && cvr_settings_find(spec->settings, row->name) &&
            !cvr_settings_given(spec->settings, row->name))
            TRY(cvr_settings_set(spec->settings, row->name,
                                 cvr_settings_text(call->settings, row->name)));
done:
    return status;
}

static cvr_status read_spec(const cli_call *call, const char *text, cli_spec *spec)
{
    cvr_status status = CVR_OK;
    TRY(check_text(text));
    spec->text = strdup(text);
    spec->method = strndup(text, strcspn(text, ":"));
    if (!spec->text || !spec->method)
        FAIL(CVR_NO_MEMORY, "cannot keep a SPEC");
    TRY(cvr_settings_new(spec->method, &spec->settings));
    if (text[strlen(spec->method)] == ':')
        TRY(read_options(call, spec, text + strlen(spec->method) + 1));
    TRY(inherit(call, spec));
    if (!spec->label && !(spec->label = strdup(text)))
        FAIL(CVR_NO_MEMORY, "cannot keep a SPEC");
done:
    return status;
}

cvr_status cli_spec_read(const cli_call *call, const char *text, cli_spec *spec)
{
    *spec = (cli_spec){0};
    cvr_status status = read_spec(call, text, spec);
    if (status != CVR_OK) {
        cli_prefix_error(status, "SPEC '%.200s'", text);
        cli_spec_free(spec);
    }
    return status;
}

void cli_spec_free(cli_spec *spec)
{
    cvr_settings_free(spec->settings);
    free(spec->text);
    free(spec->label);
    free(spec->method);
    *spec = (cli_spec){0};
}

/* ---- what is given outside --------------------------------------------------------- */

static cvr_status check_labels(const cli_spec *specs, int count)
{
    for (int i = 1; i < count; i++)
        for (int k = 0; k < i; k++)
            if (strcmp(specs[i].label, specs[k].label) == 0) {
                cvr_fail(CVR_USAGE, "two SPECs are called '%.200s'", specs[i].label);
                cvr_hint("label=NAME in a SPEC gives it a name of its own");
                return CVR_USAGE;
            }
    return CVR_OK;
}

cvr_status cli_specs_check(const cli_call *call, const cli_spec *specs, int count)
{
    const cvr_option *row;
    for (int i = 0; (row = cvr_settings_row(call->settings, i)); i++) {
        bool used = !cvr_settings_given(call->settings, row->name) ||
                    !of_methods(call, row->name);
        for (int k = 0; k < count; k++)
            used = used || cvr_settings_find(specs[k].settings, row->name);
        if (!used)
            return cvr_fail(CVR_USAGE, "--%s: no SPEC has this option", row->name);
    }
    return check_labels(specs, count);
}

/* ---- the same run without compare -------------------------------------------------- */

static void put_option(FILE *to, const char *name, const char *value)
{
    fprintf(to, " --%s%c", name, value[0] == '-' ? '=' : ' ');
    cli_put_shell(to, value);
}

static void put_given(const cvr_settings *s, const cvr_option *row, FILE *to)
{
    if (!cvr_settings_given(s, row->name))
        return;
    if (row->kind == CVR_LIST)
        for (int k = 0; k < cvr_settings_count(s, row->name); k++)
            put_option(to, row->name, cvr_settings_list(s, row->name)[k]);
    else if (row->kind != CVR_SWITCH)
        put_option(to, row->name, cvr_settings_text(s, row->name));
    else if (cvr_settings_switch(s, row->name))
        fprintf(to, " --%s", row->name);
}

/* The tables about data, which train has too. */
static bool about_data(const char *title)
{
    static const char *const titles[] = {"Data", "Reading", "Images", "Preparing",
                                         "Testing"};
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        if (strcmp(title, titles[i]) == 0)
            return true;
    return false;
}

void cli_spec_command(const cli_comparison *c, const cli_spec *spec, int64_t seed,
                      FILE *to)
{
    const cli_table *t;
    const cvr_option *row;
    fprintf(to, "cvxrelu train %s", spec->method);
    for (int i = 0; (t = cli_table_at(c->call->command, i)); i++)
        for (row = t->rows; about_data(t->title) && row->name; row++)
            put_given(c->call->settings, row, to);
    for (int i = 0; (row = cvr_settings_row(spec->settings, i)); i++)
        if (strcmp(row->name, "seed") != 0)
            put_given(spec->settings, row, to);
    fprintf(to, " --seed %lld", (long long)seed);
}

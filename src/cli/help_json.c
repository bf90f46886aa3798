/* `help --json`: commands, methods, options and exit codes, for programs. */
#include "cli/help_json.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/help_text.h"
#include "cli/output.h"
#include "cli/result_keys.h"

/* The pieces of a text between characters. */
static json_t *split_json(const char *text, const char *between)
{
    json_t *list = json_array();
    while (*text) {
        size_t length = strcspn(text, between);
        json_array_append_new(list, json_stringn(text, length));
        text += length + (text[length] != '\0');
    }
    return list;
}

/* group: the title above it on a page; NULL: that of its list. */
static json_t *option_json(const cvr_option *o, const char *group)
{
    char text[1024];
    bool number = o->kind == CVR_REAL || o->kind == CVR_INTEGER || o->kind == CVR_SECONDS;
    json_t *object = json_pack("{s:s, s:s, s:s}", "name", o->name, "kind",
                               cli_kind_name(o->kind), "help", o->help);
    json_object_set_new(object, "default",
                        *o->initial ? json_string(o->initial) : json_null());
    if (number) {
        json_object_set_new(object, "min", json_real(o->min == DBL_MIN ? 0 : o->min));
        json_object_set_new(object, "min_excluded", json_boolean(o->min == DBL_MIN));
        json_object_set_new(object, "max",
                            o->max < DBL_MAX ? json_real(o->max) : json_null());
    }
    if (o->kind == CVR_CHOICE)
        json_object_set_new(object, "choices", split_json(o->choices, "|"));
    cli_describe_option(o, text, sizeof text);
    json_object_set_new(object, "placeholder", json_string(cli_placeholder(o->kind)));
    json_object_set_new(object, "text", json_string(text));
    if (group)
        json_object_set_new(object, "group", json_string(group));
    return object;
}

static void append_options(json_t *list, const cvr_option *rows, const char *group)
{
    for (; rows && rows->name; rows++)
        json_array_append_new(list, option_json(rows, group));
}

static json_t *command_json(const cli_command *c)
{
    static const char *const arguments[] = {
        [CLI_NOTHING] = "none",  [CLI_METHOD] = "method", [CLI_SPEC] = "spec",
        [CLI_CHOICE] = "choice", [CLI_PATH] = "file",     [CLI_TOPIC] = "topic"};
    json_t *options = json_array();
    const cli_table *t;
    for (int i = 0; (t = cli_table_at(c, i)); i++)
        append_options(options, t->rows, t->title);
    return json_pack("{s:s, s:s, s:s, s:b, s:o, s:s, s:o, s:o}", "name", c->name,
                     "arguments", c->usage, "about", c->about, "method_options",
                     cli_takes_method_options(c), "options", options, "argument",
                     arguments[c->argument], "argument_choices",
                     split_json(c->choices ? c->choices : "", "|"), "examples",
                     split_json(c->examples, "\n"));
}

static json_t *exits_json(void)
{
    json_t *list = json_array();
    for (const cli_exit *e = cli_exits; e->meaning; e++)
        json_array_append_new(
            list, json_pack("{s:i, s:s}", "code", e->code, "meaning", e->meaning));
    return list;
}

static json_t *keys_json(void)
{
    json_t *list = json_array();
    for (const cli_result_key *w = cli_result_keys; w->key; w++)
        json_array_append_new(list, json_pack("{s:s, s:b, s:s}", "key", w->key, "brief",
                                              w->brief, "meaning", w->about));
    return list;
}

/* method_options: the options of every method, beside its own. */
cvr_status cli_print_help_json(const cli_command *commands)
{
    json_t *all_commands = json_array(), *methods = json_array(), *common = json_array();
    for (const cli_command *c = commands; c->name; c++)
        json_array_append_new(all_commands, command_json(c));
    for (int i = 0; cvr_method_at(i); i++) {
        const cvr_method_info *m = cvr_method_at(i);
        json_t *options = json_array();
        append_options(options, m->options, NULL);
        json_array_append_new(methods, json_pack("{s:s, s:s, s:o}", "name", m->name,
                                                 "about", m->about, "options", options));
    }
    append_options(common, cvr_common_options(), NULL);
    json_t *all =
        json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:o}", "version", cvr_version(),
                  "commands", all_commands, "methods", methods, "method_options", common,
                  "exit_codes", exits_json(), "results", keys_json(), "about", cli_about,
                  "examples", split_json(cli_examples, "\n"));
    char *text = json_dumps(all, JSON_COMPACT);
    if (text)
        puts(text);
    free(text);
    json_decref(all);
    return text ? cli_flush() : cvr_fail(CVR_NO_MEMORY, "cannot write the help");
}

/* `help --json`: commands, methods, options and exit codes, for programs. */
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/pages.h"

static const char *const kind_names[] = {"real",   "integer", "seconds", "switch",
                                         "choice", "text",    "list"};

static json_t *choices_json(const char *choices)
{
    json_t *list = json_array();
    for (const char *c = choices; *c;) {
        size_t length = strcspn(c, "|");
        json_array_append_new(list, json_stringn(c, length));
        c += length + (c[length] == '|');
    }
    return list;
}

static json_t *option_json(const cvr_option *o)
{
    bool number = o->kind == CVR_REAL || o->kind == CVR_INTEGER || o->kind == CVR_SECONDS;
    json_t *object = json_pack("{s:s, s:s, s:s}", "name", o->name, "kind",
                               kind_names[o->kind], "help", o->help);
    json_object_set_new(object, "default",
                        *o->initial ? json_string(o->initial) : json_null());
    if (number) {
        json_object_set_new(object, "min", json_real(o->min == DBL_MIN ? 0 : o->min));
        json_object_set_new(object, "min_excluded", json_boolean(o->min == DBL_MIN));
        json_object_set_new(object, "max",
                            o->max < DBL_MAX ? json_real(o->max) : json_null());
    }
    if (o->kind == CVR_CHOICE)
        json_object_set_new(object, "choices", choices_json(o->choices));
    return object;
}

static void append_options(json_t *list, const cvr_option *rows)
{
    for (; rows && rows->name; rows++)
        json_array_append_new(list, option_json(rows));
}

static json_t *command_json(const cli_command *c)
{
    json_t *options = json_array();
    for (const cli_table *t = c->tables; t->title; t++)
        append_options(options, t->rows);
    return json_pack("{s:s, s:s, s:s, s:b, s:o}", "name", c->name, "arguments", c->words,
                     "about", c->about, "method_options", cli_knows_methods(c), "options",
                     options);
}

static json_t *exits_json(void)
{
    json_t *list = json_array();
    for (const cli_exit *e = cli_exits; e->meaning; e++)
        json_array_append_new(
            list, json_pack("{s:i, s:s}", "code", e->code, "meaning", e->meaning));
    return list;
}

static json_t *words_json(void)
{
    json_t *list = json_array();
    for (const cli_word *w = cli_words; w->key; w++)
        json_array_append_new(list, json_pack("{s:s, s:b, s:s}", "key", w->key, "brief",
                                              w->brief, "meaning", w->about));
    return list;
}

/* method_options: what every method takes besides its own. */
cvr_status cli_print_json(void)
{
    json_t *commands = json_array(), *methods = json_array(), *common = json_array();
    for (const cli_command *c = cli_commands; c->name; c++)
        json_array_append_new(commands, command_json(c));
    for (int i = 0; i < cvr_method_count(); i++) {
        const cvr_method_info *m = cvr_method_at(i);
        json_t *options = json_array();
        append_options(options, m->options);
        json_array_append_new(methods, json_pack("{s:s, s:s, s:o}", "name", m->name,
                                                 "about", m->about, "options", options));
    }
    append_options(common, cvr_common_options());
    json_t *all = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "version", cvr_version(),
                            "commands", commands, "methods", methods, "method_options",
                            common, "exit_codes", exits_json(), "results", words_json());
    char *text = json_dumps(all, JSON_COMPACT);
    if (text)
        puts(text);
    free(text);
    json_decref(all);
    return text ? cli_flush() : cvr_fail(CVR_NO_MEMORY, "cannot write the help");
}

/* Help pages and `help --json`, from the tables of commands, options and methods. */
#include "cli/cli.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INDENT = 30, WIDTH = 90 };

/* ---- one option -------------------------------------------------------------------- */

static const char *const kind_names[] = {"real",   "integer", "seconds", "switch",
                                         "choice", "text",    "list"};

/* Words of text from column `at` on, broken before WIDTH, lines begun at INDENT. */
static void wrap(const char *text, int at)
{
    const char *gap = "";
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (at + 1 + length > WIDTH && at > INDENT) {
            printf("\n%*s", INDENT, "");
            at = INDENT;
            gap = "";
        }
        at += printf("%s%.*s", gap, length, text);
        gap = " ";
        text += length + (text[length] == ' ');
    }
    putchar('\n');
}

static const char *placeholder(cvr_option_kind kind)
{
    static const char *const words[] = {" X",    " N",    " TIME", "",
                                        " WORD", " TEXT", " TEXT"};
    return words[kind];
}

/* "; at least 0", "; from 0 to 1", ... */
static void limits(const cvr_option *o, char *text, size_t size)
{
    bool number = o->kind == CVR_REAL || o->kind == CVR_INTEGER || o->kind == CVR_SECONDS;
    text[0] = '\0';
    if (!number)
        return;
    if (o->max >= 1e6)
        snprintf(text, size, "; %s %.10g", o->min == DBL_MIN ? "above" : "at least",
                 o->min == DBL_MIN ? 0 : o->min);
    else if (o->min == DBL_MIN)
        snprintf(text, size, "; above 0, at most %.10g", o->max);
    else
        snprintf(text, size, "; %.10g to %.10g", o->min, o->max);
}

/* "...: one of auto, direct, cg (default auto)" */
static void describe_choice(const cvr_option *o, char *line, size_t size)
{
    size_t length = (size_t)snprintf(line, size, "%s: ", o->help);
    for (const char *c = o->choices; *c && length + 3 < size; c++) {
        line[length++] = *c == '|' ? ',' : *c;
        if (*c == '|')
            line[length++] = ' ';
    }
    snprintf(line + length, size - length, " (default %s)", o->initial);
}

static void print_option(const cvr_option *o)
{
    char line[1024], range[80];
    int at = printf("  --%s%s", o->name, placeholder(o->kind));
    limits(o, range, sizeof range);
    if (o->kind == CVR_SWITCH)
        snprintf(line, sizeof line, "%s", o->help);
    else if (o->kind == CVR_CHOICE)
        describe_choice(o, line, sizeof line);
    else
        snprintf(line, sizeof line, "%s (%s%s%s)", o->help,
                 *o->initial ? "default " : "unset", o->initial, range);
    if (at >= INDENT - 1)
        printf("\n%*s", INDENT, "");
    else
        printf("%*s", INDENT - at, "");
    wrap(line, INDENT);
}

static bool has_row(const cvr_option *rows, const char *name)
{
    for (; rows && rows->name; rows++)
        if (strcmp(rows->name, name) == 0)
            return true;
    return false;
}

/* Without the rows that those of the same names in `above` hide; NULL: there are none. */
static void print_group(const char *title, const cvr_option *rows,
                        const cvr_option *above)
{
    if (!rows || !rows->name)
        return;
    printf("\n%s\n", title);
    for (; rows->name; rows++)
        if (!has_row(above, rows->name))
            print_option(rows);
}

/* ---- pages ------------------------------------------------------------------------- */

static void print_methods(void)
{
    puts("\nMethods (cvxrelu train METHOD --help for the options of one)");
    for (int i = 0; i < cvr_method_count(); i++) {
        const cvr_method_info *m = cvr_method_at(i);
        printf("  %-*s", INDENT - 2, m->name);
        wrap(m->about, INDENT);
    }
}

cvr_status cli_print_page(const cli_call *call)
{
    const cli_command *c = call->command;
    const cvr_method_info *method = call->method ? cvr_method_find(call->method) : NULL;
    bool compare = c->run == cli_compare;
    printf("cvxrelu %s%s%s%s [options]\n\n", c->name, *c->words ? " " : "",
           method ? method->name : c->words, method ? " --data FILE" : "");
    wrap(method ? method->about : c->about, 0);
    if (compare || (c->method && !method))
        print_methods();
    if (method)
        print_group("Method", method->options, NULL);
    if (c->method || compare)
        print_group("All methods", cvr_common_options(), method ? method->options : NULL);
    for (const cli_table *t = c->tables; t->title; t++)
        print_group(t->title, t->rows, NULL);
    return cli_flush();
}

cvr_status cli_print_overview(const cli_call *call)
{
    (void)call;
    printf(
        "cvxrelu %s: ReLU networks trained without gradients, with a proof of how good "
        "they are\n\nusage: cvxrelu COMMAND [options]\n\n",
        cvr_version());
    for (const cli_command *c = cli_commands; c->name; c++) {
        printf("  %-10s", c->name);
        printf("%.*s\n", (int)strcspn(c->about, ";"), c->about);
    }
    puts(
        "\ncvxrelu COMMAND --help explains a command, cvxrelu --version says the version."
        "\n\nThe result goes to standard output, everything else to standard error."
        "\nExit: 0 fine (also at a limit), 2 usage, 3 bad data or model, 4 not converged "
        "(--strict),\n5 numerical failure, 6 not enough memory, 7 input or output, 8 "
        "parallel, 130 and 143 interrupted."
        "\n\nExample:\n"
        "  cvxrelu gen glyphs --rows 1000 -o digits.csv\n"
        "  cvxrelu train convex --data digits.csv --holdout 0.2 -o digits.safetensors\n"
        "  cvxrelu eval --model digits.safetensors --data digits.csv");
    return cli_flush();
}

/* ---- for programs ------------------------------------------------------------------ */

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
        json_object_set_new(object, "min", json_real(o->min));
        json_object_set_new(object, "max", json_real(o->max));
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
    return json_pack("{s:s, s:s, s:s, s:o}", "name", c->name, "arguments", c->words,
                     "about", c->about, "options", options);
}

static cvr_status print_everything(void)
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
    json_t *all = json_pack("{s:s, s:o, s:o, s:o}", "version", cvr_version(), "commands",
                            commands, "methods", methods, "method_options", common);
    char *text = json_dumps(all, JSON_COMPACT);
    if (text)
        puts(text);
    free(text);
    json_decref(all);
    return text ? cli_flush() : cvr_fail(CVR_NO_MEMORY, "cannot write the help");
}

cvr_status cli_help(cli_call *call)
{
    cli_call about = {0};
    if (cli_switch(call, "json"))
        return print_everything();
    if (call->word_count == 0)
        return cli_print_overview(call);
    about.command = cli_command_find(call->words[0]);
    if (!about.command)
        return cvr_fail(CVR_USAGE, "there is no command '%s'", call->words[0]);
    if (call->word_count > 1 && about.command->method)
        about.method = call->words[1];
    if (about.method && !cvr_method_find(about.method))
        return cvr_fail(CVR_USAGE, "there is no method '%s'", about.method);
    return cli_print_page(&about);
}

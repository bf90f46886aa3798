/* Help pages on a terminal. */
#include "cli/help_page.h"

#include <stdio.h>
#include <string.h>

#include "cli/help_text.h"
#include "cli/output.h"
#include "cli/result_keys.h"

enum { INDENT = 30, WIDTH = 90 };

/* ---- one option -------------------------------------------------------------------- */

/* How much of a text stays on one line: a word; or of {choices}, which may be many, those
   that fit. */
static int piece_length(const char *text, int room)
{
    int length = (int)strcspn(text, " "), fits = 0;
    if (length <= room || *text != '{')
        return length;
    for (int i = 0; i < room; i++)
        if (text[i] == ',')
            fits = i + 1;
    return fits > 0 ? fits : length;
}

/* Words of text from column `indent` on, broken before WIDTH, where lines begin again. */
static void wrap(const char *text, int indent)
{
    const char *gap = "";
    int at = indent;
    while (*text) {
        int length = piece_length(text, WIDTH - at - 1);
        if (at + 1 + length > WIDTH && at > indent) {
            printf("\n%*s", indent, "");
            at = indent;
            gap = "";
        }
        at += printf("%s%.*s", gap, length, text);
        gap = " ";
        text += length + (text[length] == ' ');
    }
    putchar('\n');
}

static void print_option(const cvr_option *o)
{
    char line[1024];
    const char *value = cli_placeholder(o->kind);
    int at = printf("  --%s%s%s", o->name, *value ? " " : "", value);
    cli_describe_option(o, line, sizeof line);
    if (at >= INDENT - 1)
        printf("\n%*s", INDENT, "");
    else
        printf("%*s", INDENT - at, "");
    wrap(line, INDENT);
}

/* title NULL: the group continues. Rows with the name of one in `above` (or NULL) are
   hidden by it. */
static void print_group(const char *title, const cvr_option *rows,
                        const cvr_option *above)
{
    if (!rows || !rows->name)
        return;
    if (title)
        printf("\n%s\n", title);
    for (; rows->name; rows++)
        if (!cli_has_row(above, rows->name))
            print_option(rows);
}

/* ---- pages ------------------------------------------------------------------------- */

static void print_methods(void)
{
    puts("\nMethods (cvxrelu train METHOD --help for the options of one)");
    for (int i = 0; cvr_method_at(i); i++) {
        const cvr_method_info *m = cvr_method_at(i);
        printf("  %-*s", INDENT - 2, m->name);
        wrap(m->about, INDENT);
    }
}

static void print_lines(const char *lines)
{
    while (*lines) {
        int length = (int)strcspn(lines, "\n");
        printf("  %.*s\n", length, lines);
        lines += length + (lines[length] == '\n');
    }
}

cvr_status cli_print_result_keys(void)
{
    puts("The keys of a result\n");
    wrap("Those before the empty line are in the table that a run prints; -v adds "
         "the others, and --json has all.",
         0);
    for (const cli_result_key *w = cli_result_keys; w->key; w++) {
        if (!w->brief && w > cli_result_keys && w[-1].brief)
            putchar('\n');
        printf("  %-*s", INDENT - 2, w->key);
        wrap(w->about, INDENT);
    }
    return cli_flush();
}

static void print_tables(const cli_command *c)
{
    const char *title = "";
    const cli_table *t;
    for (int i = 0; (t = cli_table_at(c, i)); i++) {
        print_group(strcmp(t->title, title) == 0 ? NULL : t->title, t->rows, NULL);
        title = t->title;
    }
}

cvr_status cli_print_page(const cli_call *call)
{
    const cli_command *c = call->command;
    const cvr_method_info *method = call->method ? cvr_method_find(call->method) : NULL;
    printf("cvxrelu %s%s%s%s [options]\n\n", c->name, *c->usage ? " " : "",
           method ? method->name : c->usage, method ? " --data FILE" : "");
    wrap(method ? method->about : c->about, 0);
    if (cli_takes_method_options(c) && !method)
        print_methods();
    if (method)
        print_group("Method", method->options, NULL);
    if (cli_takes_method_options(c))
        print_group("All methods", cvr_common_options(), method ? method->options : NULL);
    print_tables(c);
    puts("\nExamples");
    print_lines(c->examples);
    return cli_flush();
}

static void print_exits(void)
{
    puts("\nExit codes");
    for (const cli_exit *e = cli_exits; e->meaning; e++)
        printf("  %-9d %s\n", e->code, e->meaning);
}

cvr_status cli_print_overview(const cli_call *call)
{
    printf("cvxrelu %s: %s\n\nusage: cvxrelu COMMAND [options]\n\n", cvr_version(),
           cli_about);
    for (const cli_command *c = call->commands; c->name; c++) {
        printf("  %-10s", c->name);
        printf("%.*s\n", (int)strcspn(c->about, ";"), c->about);
    }
    puts("\ncvxrelu COMMAND --help explains a command, cvxrelu help METHOD a method, "
         "cvxrelu "
         "help\nresults the keys of a result; cvxrelu --version says the version."
         "\n\nThe result goes to standard output, everything else to standard error.");
    print_exits();
    puts("\nExample:");
    print_lines(cli_examples);
    return cli_flush();
}

/* Help pages on a terminal. */
#include "cli/pages.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

enum { INDENT = 30, WIDTH = 90 };

const cli_exit cli_exits[] = {{0, "fine, also at a limit of time or iterations"},
                              {1, "anything else"},
                              {2, "usage"},
                              {3, "bad data or model"},
                              {4, "not converged (--strict)"},
                              {5, "numerical failure"},
                              {6, "not enough memory"},
                              {7, "input or output"},
                              {8, "parallel"},
                              {75, "stopped on request (SIGUSR2), with a checkpoint"},
                              {130, "interrupted (Ctrl-C)"},
                              {141, "the reader of standard output has gone (head)"},
                              {143, "terminated"},
                              {0, NULL}};

/* ---- one option -------------------------------------------------------------------- */

/* Words of text from column `indent` on, broken before WIDTH, where lines begin again. */
static void wrap(const char *text, int indent)
{
    const char *gap = "";
    int at = indent;
    while (*text) {
        int length = (int)strcspn(text, " ");
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

const char *cli_placeholder(const cvr_option *o)
{
    static const char *const words[] = {" X",    " N",    " TIME", "",
                                        " WORD", " TEXT", " TEXT"};
    return words[o->kind];
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

void cli_join_choices(const char *choices, const char *gap, char *text, size_t size)
{
    size_t length = 0;
    text[0] = '\0';
    for (const char *c = choices; *c && length + 1 < size;) {
        size_t n = strcspn(c, "|");
        length += (size_t)snprintf(text + length, size - length, "%s%.*s",
                                   c == choices ? "" : gap, (int)n, c);
        c += n + (c[n] == '|');
    }
}

void cli_describe_option(const cvr_option *o, char *text, size_t size)
{
    char more[512];
    if (o->kind == CVR_SWITCH) {
        snprintf(text, size, "%s", o->help);
    } else if (o->kind == CVR_CHOICE) {
        cli_join_choices(o->choices, ", ", more, sizeof more);
        snprintf(text, size, "%s (default %s): %s", more, o->initial, o->help);
    } else {
        limits(o, more, sizeof more);
        snprintf(text, size, "%s (%s%s%s)", o->help, *o->initial ? "default " : "unset",
                 o->initial, more);
    }
}

static void print_option(const cvr_option *o)
{
    char line[1024];
    int at = printf("  --%s%s", o->name, cli_placeholder(o));
    cli_describe_option(o, line, sizeof line);
    if (at >= INDENT - 1)
        printf("\n%*s", INDENT, "");
    else
        printf("%*s", INDENT - at, "");
    wrap(line, INDENT);
}

bool cli_has_row(const cvr_option *rows, const char *name)
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
        if (!cli_has_row(above, rows->name))
            print_option(rows);
}

bool cli_knows_methods(const cli_command *c)
{
    return c->method || c->run == cli_compare;
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

static void print_examples(const cli_command *c)
{
    puts("\nExamples");
    for (const char *line = c->examples; *line;) {
        int length = (int)strcspn(line, "\n");
        printf("  %.*s\n", length, line);
        line += length + (line[length] == '\n');
    }
}

static cvr_status print_words(void)
{
    puts("The words of a result\n");
    wrap("Those before the empty line are in the table that a run prints; -v adds the "
         "others, and --json has all.",
         0);
    for (const cli_word *w = cli_words; w->key; w++) {
        if (!w->brief && w > cli_words && w[-1].brief)
            putchar('\n');
        printf("  %-*s", INDENT - 2, w->key);
        wrap(w->about, INDENT);
    }
    return cli_flush();
}

cvr_status cli_print_page(const cli_call *call)
{
    const cli_command *c = call->command;
    const cvr_method_info *method = call->method ? cvr_method_find(call->method) : NULL;
    printf("cvxrelu %s%s%s%s [options]\n\n", c->name, *c->words ? " " : "",
           method ? method->name : c->words, method ? " --data FILE" : "");
    wrap(method ? method->about : c->about, 0);
    if (cli_knows_methods(c) && !method)
        print_methods();
    if (method)
        print_group("Method", method->options, NULL);
    if (cli_knows_methods(c))
        print_group("All methods", cvr_common_options(), method ? method->options : NULL);
    for (const cli_table *t = c->tables; t->title; t++)
        print_group(t->title, t->rows, NULL);
    print_examples(c);
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
    (void)call;
    printf(
        "cvxrelu %s: ReLU networks trained without gradients, with a proof of how good "
        "they are\n\nusage: cvxrelu COMMAND [options]\n\n",
        cvr_version());
    for (const cli_command *c = cli_commands; c->name; c++) {
        printf("  %-10s", c->name);
        printf("%.*s\n", (int)strcspn(c->about, ";"), c->about);
    }
    puts("\ncvxrelu COMMAND --help explains a command, cvxrelu help METHOD a method, "
         "cvxrelu "
         "help\nresults the words of a result; cvxrelu --version says the version."
         "\n\nThe result goes to standard output, everything else to standard error.");
    print_exits();
    puts("\nExample:\n"
         "  cvxrelu gen glyphs --rows 1000 -o digits.csv\n"
         "  cvxrelu train convex --data digits.csv --holdout 0.2 -o digits.safetensors\n"
         "  cvxrelu eval --model digits.safetensors --data digits.csv");
    return cli_flush();
}

/* ---- the command ------------------------------------------------------------------- */

/* "train", "train convex", or "convex" for short. */
static void find_topic(const cli_call *call, cli_call *about)
{
    const char *word = call->words[0];
    about->command = cli_command_find(word);
    if (!about->command && cvr_method_find(word)) {
        about->command = cli_command_find("train");
        about->method = word;
    } else if (about->command && about->command->method && call->word_count > 1) {
        about->method = call->words[1];
    }
}

static cvr_status no_topic(const char *word)
{
    cvr_fail(CVR_USAGE, "unknown command '%s', and no method of that name", word);
    cvr_hint("cvxrelu help lists the commands");
    return CVR_USAGE;
}

cvr_status cli_help(cli_call *call)
{
    cli_call about = {0};
    bool manual = cli_switch(call, "man");
    if (cli_switch(call, "json"))
        return cli_print_json();
    if (cvr_settings_choice(call->settings, "completion") == 1)
        return cli_print_completion();
    if (call->word_count == 0)
        return manual ? cli_print_manual(NULL) : cli_print_overview(call);
    if (strcmp(call->words[0], "results") == 0)
        return print_words();
    find_topic(call, &about);
    if (!about.command)
        return no_topic(call->words[0]);
    if (manual)
        return cli_print_manual(about.command);
    if (about.method && !cvr_method_find(about.method))
        return cvr_fail(CVR_USAGE, "unknown method '%s'", about.method);
    return cli_print_page(&about);
}

/* `help --man`: manual pages in man(7) macros, cvxrelu(1) and cvxrelu-COMMAND(1). */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/pages.h"

/* ---- text ----------------------------------------------------------------------------
 */

/* As troff reads it: a hyphen that can be copied, no control line, ASCII quotes. */
static void put(const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", stdout);
    for (; *text; text++)
        switch (*text) {
        case '-':
            fputs("\\-", stdout);
            break;
        case '\\':
            fputs("\\e", stdout);
            break;
        case '\'':
            fputs("\\(aq", stdout);
            break;
        default:
            putchar(*text);
        }
}

/* As a sentence. */
static void put_sentence(const char *text)
{
    putchar(toupper((unsigned char)*text));
    put(text + 1);
    puts(".");
}

static void put_upper(const char *text)
{
    for (; *text; text++)
        if (*text == '-')
            fputs("\\-", stdout);
        else
            putchar(toupper((unsigned char)*text));
}

static void section(const char *macro, const char *title)
{
    printf("%s \"", macro);
    put(title);
    puts("\"");
}

static void paragraph(const char *text)
{
    puts(".PP");
    put(text);
    putchar('\n');
}

/* A term and what it means. */
static void item(const char *name, const char *about)
{
    fputs(".TP\n\\fB", stdout);
    put(name);
    fputs("\\fR\n", stdout);
    put(about);
    putchar('\n');
}

static void options(const char *title, const cvr_option *rows)
{
    char text[1024];
    if (!rows || !rows->name)
        return;
    section(".SS", title);
    for (; rows->name; rows++) {
        fputs(".TP\n\\fB", stdout);
        snprintf(text, sizeof text, "--%s", rows->name);
        put(text);
        printf("\\fR\\fI%s\\fR\n", cli_placeholder(rows));
        cli_describe_option(rows, text, sizeof text);
        put(text);
        putchar('\n');
    }
}

/* ---- parts of a page -----------------------------------------------------------------
 */

static void head(const char *command, const char *about)
{
    const char *gap = command ? "-" : "";
    command = command ? command : "";
    puts(".\\\" Made by cvxrelu help --man.");
    fputs(".TH ", stdout);
    put_upper("cvxrelu");
    put_upper(gap);
    put_upper(command);
    printf(" 1 \"\" \"cvxrelu %s\" \"User Commands\"\n", cvr_version());
    section(".SH", "NAME");
    printf("cvxrelu%s%s \\- ", *gap ? "\\-" : "", command);
    printf("%.*s\n", (int)strcspn(about, ";"), about);
    section(".SH", "SYNOPSIS");
}

static void exits(void)
{
    char code[16];
    section(".SH", "EXIT STATUS");
    for (const cli_exit *e = cli_exits; e->meaning; e++) {
        snprintf(code, sizeof code, "%d", e->code);
        item(code, e->meaning);
    }
}

static void words(void)
{
    section(".SH", "RESULT");
    paragraph("The short table has the words down to note, -v and --json have all.");
    for (const cli_word *w = cli_words; w->key; w++)
        item(w->key, w->about);
}

static void examples(const cli_command *c)
{
    section(".SH", "EXAMPLES");
    puts(".nf");
    for (const char *line = c->examples; *line;) {
        size_t length = strcspn(line, "\n");
        char one[256];
        snprintf(one, sizeof one, "%.*s", (int)length, line);
        put(one);
        putchar('\n');
        line += length + (line[length] == '\n');
    }
    puts(".fi");
}

static void see_also(const cli_command *but)
{
    const char *gap = "";
    section(".SH", "SEE ALSO");
    if (but) {
        fputs("\\fBcvxrelu\\fR(1)", stdout);
        gap = ", ";
    }
    for (const cli_command *c = cli_commands; c->name; c++)
        if (c != but) {
            printf("%s\\fBcvxrelu\\-%s\\fR(1)", gap, c->name);
            gap = ", ";
        }
    putchar('\n');
}

static void methods(void)
{
    char title[64];
    for (int i = 0; i < cvr_method_count(); i++) {
        const cvr_method_info *m = cvr_method_at(i);
        snprintf(title, sizeof title, "METHOD %s", m->name);
        section(".SH", title);
        put_sentence(m->about);
        options("Options of the method", m->options);
    }
}

/* ---- pages ---------------------------------------------------------------------------
 */

static void print_overview(void)
{
    head(NULL,
         "ReLU networks trained without gradients, with a proof of how good they are");
    puts("\\fBcvxrelu\\fR \\fICOMMAND\\fR [\\fIoptions\\fR]");
    section(".SH", "DESCRIPTION");
    paragraph("The result goes to standard output, everything else to standard error. "
              "MPI is started when a launcher (mpirun, srun) is detected.");
    section(".SH", "COMMANDS");
    for (const cli_command *c = cli_commands; c->name; c++)
        item(c->name, c->about);
    section(".SH", "METHODS");
    for (int i = 0; i < cvr_method_count(); i++)
        item(cvr_method_at(i)->name, cvr_method_at(i)->about);
    exits();
    section(".SH", "ENVIRONMENT");
    item("OPENBLAS_NUM_THREADS, OMP_NUM_THREADS", "threads, unless --threads says it");
    item("OPENBLAS_CORETYPE", "kernels of OpenBLAS to use instead of those it chooses");
    item("NO_COLOR", "no line of progress");
    section(".SH", "EXAMPLES");
    puts(".nf\ncvxrelu gen glyphs \\-\\-rows 1000 \\-o digits.csv\n"
         "cvxrelu train convex \\-\\-data digits.csv \\-\\-holdout 0.2 "
         "\\-o digits.safetensors\n"
         "cvxrelu eval \\-\\-model digits.safetensors \\-\\-data digits.csv\n.fi");
    see_also(NULL);
}

static void print_command(const cli_command *c)
{
    head(c->name, c->about);
    printf("\\fBcvxrelu %s\\fR ", c->name);
    put(c->words);
    puts(" [\\fIoptions\\fR]");
    section(".SH", "DESCRIPTION");
    put_sentence(c->about);
    if (cli_knows_methods(c) && c->run != cli_train)
        paragraph("The options of the methods are described in cvxrelu-train(1).");
    section(".SH", "OPTIONS");
    for (const cli_table *t = c->tables; t->title; t++)
        options(t->title, t->rows);
    if (cli_knows_methods(c))
        options("All methods", cvr_common_options());
    if (c->run == cli_train)
        methods();
    if (c->method)
        words();
    exits();
    examples(c);
    see_also(c);
}

cvr_status cli_print_manual(const cli_command *c)
{
    if (c)
        print_command(c);
    else
        print_overview();
    return cli_flush();
}

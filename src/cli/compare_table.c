/* A comparison on standard output as a table of medians. */
#include "cli/compare_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/plain.h"

enum { CELL = 48, LABEL = 32 };

/* ---- the table --------------------------------------------------------------------- */

static void put_line(const char *text)
{
    cli_put_plain(stdout, text);
    putchar('\n');
}

static void median_text(const cli_summary *summary, cli_metric m, char *text)
{
    cli_metric_text(m, summary->metric[m].median, text, CELL);
}

static void range_text(const cli_summary *summary, cli_metric m, char *text)
{
    char low[CELL / 2 - 2], high[CELL / 2 - 2];
    cli_quartiles q = summary->metric[m];
    text[0] = '\0';
    if (isnan(q.median))
        return;
    cli_metric_text(m, q.q1, low, sizeof low);
    cli_metric_text(m, q.q3, high, sizeof high);
    snprintf(text, CELL, "%s..%s", low, high);
}

static int column_width(const cli_comparison *c, const cli_summary *summaries,
                        cli_metric m)
{
    char text[CELL];
    int width = cli_plain_width(cli_metric_title(c, m));
    for (int i = 0; i < c->spec_count; i++) {
        median_text(&summaries[i], m, text);
        if (cli_plain_width(text) > width)
            width = cli_plain_width(text);
        range_text(&summaries[i], m, text);
        if (summaries[i].runs - summaries[i].failed > 1 && cli_plain_width(text) > width)
            width = cli_plain_width(text);
    }
    return width;
}

typedef struct layout {
    int label, metric[CLI_METRICS]; /* widths; 0: not shown */
} layout;

static layout lay_out(const cli_comparison *c, const cli_summary *summaries)
{
    layout l = {0};
    for (int i = 0; i < c->spec_count; i++)
        if (cli_plain_width(summaries[i].spec->label) > l.label &&
            cli_plain_width(summaries[i].spec->label) <= LABEL)
            l.label = cli_plain_width(summaries[i].spec->label);
    for (int m = 0; m < CLI_METRICS; m++)
        if (cli_metric_there(c, summaries, (cli_metric)m))
            l.metric[m] = column_width(c, summaries, (cli_metric)m);
    return l;
}

static void print_line(const layout *l, const cli_summary *summary, const char *label,
                       void (*cell)(const cli_summary *, cli_metric, char *),
                       const char *end)
{
    char text[CELL];
    cli_put_padded(label, l->label);
    for (int m = 0; m < CLI_METRICS; m++)
        if (l->metric[m] > 0) {
            cell(summary, (cli_metric)m, text);
            fputs("  ", stdout);
            cli_put_padded(text, -l->metric[m]);
        }
    printf("%s%s\n", *end ? "  " : "", end);
}

static void print_head(const cli_comparison *c, const layout *l)
{
    cli_put_padded("", l->label);
    for (int m = 0; m < CLI_METRICS; m++)
        if (l->metric[m] > 0) {
            fputs("  ", stdout);
            cli_put_padded(cli_metric_title(c, (cli_metric)m), -l->metric[m]);
        }
    puts("  outcome");
}

/* The goal, and who does not always get there. */
static void print_goal(const cli_comparison *c, const cli_summary *summaries)
{
    if (isnan(c->goal))
        return;
    printf("\ngoal: %s %g\n",
           cli_metric_key(c, c->goal_on_test ? CLI_M_TEST : CLI_M_TRAIN), c->goal);
    for (int i = 0; i < c->spec_count; i++)
        if (summaries[i].reached < summaries[i].runs) {
            printf("  reached in %d of %d runs: ", summaries[i].reached,
                   summaries[i].runs);
            put_line(summaries[i].spec->label);
        }
}

/* A label that is too long for its column has a line of its own. */
static void print_row(const layout *l, const cli_summary *summary)
{
    const char *label = summary->spec->label;
    if (cli_plain_width(label) > l->label) {
        put_line(label);
        label = "";
    }
    print_line(l, summary, label, median_text, summary->outcome);
    if (summary->runs - summary->failed > 1)
        print_line(l, summary, "", range_text, "");
}

static void print_failures(const cli_comparison *c, const cli_summary *summaries)
{
    for (int i = 0; i < c->spec_count; i++)
        if (summaries[i].error) {
            putchar('\n');
            cli_put_plain(stdout, summaries[i].spec->label);
            printf(": %d of %d failed: ", summaries[i].failed, summaries[i].runs);
            put_line(summaries[i].error);
        }
}

void cli_print_comparison(const cli_comparison *c, const cli_summary *summaries)
{
    layout l = lay_out(c, summaries);
    print_head(c, &l);
    for (int i = 0; i < c->spec_count; i++)
        print_row(&l, &summaries[i]);
    if (c->seeds > 1)
        printf("\nmedians and quartiles of %d seeds\n", c->seeds);
    print_goal(c, summaries);
    print_failures(c, summaries);
    if (c->folder) {
        printf("\nfiles: ");
        put_line(c->folder);
    }
    if (c->kept) {
        printf("model of %s: ", c->specs[c->keep].label);
        put_line(c->model);
    }
}

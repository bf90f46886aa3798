/* A comparison on standard output: a table of medians, or one JSON object. */
#include "cli/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CELL = 48, LABEL = 32 };

/* ---- the table --------------------------------------------------------------------- */

static void put_line(const char *text)
{
    cli_put_plain(stdout, text);
    putchar('\n');
}

static void median_text(const cli_row *row, cli_metric m, char *text)
{
    cli_metric_text(m, row->metric[m].median, text, CELL);
}

static void range_text(const cli_row *row, cli_metric m, char *text)
{
    char low[CELL / 2 - 2], high[CELL / 2 - 2];
    cli_quartiles q = row->metric[m];
    text[0] = '\0';
    if (isnan(q.median))
        return;
    cli_metric_text(m, q.q1, low, sizeof low);
    cli_metric_text(m, q.q3, high, sizeof high);
    snprintf(text, CELL, "%s..%s", low, high);
}

static int column_width(const cli_comparison *c, const cli_row *rows, cli_metric m)
{
    char text[CELL];
    int width = cli_plain_width(cli_metric_title(c, m));
    for (int i = 0; i < c->spec_count; i++) {
        median_text(&rows[i], m, text);
        if (cli_plain_width(text) > width)
            width = cli_plain_width(text);
        range_text(&rows[i], m, text);
        if (rows[i].runs - rows[i].failed > 1 && cli_plain_width(text) > width)
            width = cli_plain_width(text);
    }
    return width;
}

typedef struct layout {
    int label, metric[CLI_METRICS]; /* widths; 0: not shown */
} layout;

static layout lay_out(const cli_comparison *c, const cli_row *rows)
{
    layout l = {0};
    for (int i = 0; i < c->spec_count; i++)
        if (cli_plain_width(rows[i].spec->label) > l.label &&
            cli_plain_width(rows[i].spec->label) <= LABEL)
            l.label = cli_plain_width(rows[i].spec->label);
    for (int m = 0; m < CLI_METRICS; m++)
        if (cli_metric_there(c, rows, (cli_metric)m))
            l.metric[m] = column_width(c, rows, (cli_metric)m);
    return l;
}

static void print_line(const layout *l, const cli_row *row, const char *label,
                       void (*cell)(const cli_row *, cli_metric, char *), const char *end)
{
    char text[CELL];
    cli_put_padded(label, l->label);
    for (int m = 0; m < CLI_METRICS; m++)
        if (l->metric[m] > 0) {
            cell(row, (cli_metric)m, text);
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
static void print_goal(const cli_comparison *c, const cli_row *rows)
{
    if (isnan(c->goal))
        return;
    printf("\ngoal: %s %g\n",
           cli_metric_key(c, c->goal_on_test ? CLI_M_TEST : CLI_M_TRAIN), c->goal);
    for (int i = 0; i < c->spec_count; i++)
        if (rows[i].reached < rows[i].runs) {
            printf("  reached in %d of %d runs: ", rows[i].reached, rows[i].runs);
            put_line(rows[i].spec->label);
        }
}

/* A label that is too long for its column has a line of its own. */
static void print_row(const layout *l, const cli_row *row)
{
    const char *label = row->spec->label;
    if (cli_plain_width(label) > l->label) {
        put_line(label);
        label = "";
    }
    print_line(l, row, label, median_text, row->outcome);
    if (row->runs - row->failed > 1)
        print_line(l, row, "", range_text, "");
}

static void print_failures(const cli_comparison *c, const cli_row *rows)
{
    for (int i = 0; i < c->spec_count; i++)
        if (rows[i].error) {
            putchar('\n');
            cli_put_plain(stdout, rows[i].spec->label);
            printf(": %d of %d failed: ", rows[i].failed, rows[i].runs);
            put_line(rows[i].error);
        }
}

static void print_table(const cli_comparison *c, const cli_row *rows)
{
    layout l = lay_out(c, rows);
    print_head(c, &l);
    for (int i = 0; i < c->spec_count; i++)
        print_row(&l, &rows[i]);
    if (c->seeds > 1)
        printf("\nmedians and quartiles of %d seeds\n", c->seeds);
    print_goal(c, rows);
    print_failures(c, rows);
    if (c->folder) {
        printf("\nfiles: ");
        put_line(c->folder);
    }
    if (c->kept) {
        printf("model of %s: ", c->specs[c->keep].label);
        put_line(c->model);
    }
}

/* ---- JSON -------------------------------------------------------------------------- */

static json_t *real_json(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *quartiles_json(cli_quartiles q)
{
    json_t *object = json_object();
    json_object_set_new(object, "median", real_json(q.median));
    json_object_set_new(object, "q1", real_json(q.q1));
    json_object_set_new(object, "q3", real_json(q.q3));
    return object;
}

static json_t *goal_json(const cli_comparison *c)
{
    if (isnan(c->goal))
        return json_null();
    return json_pack("{s:s, s:f}", "of",
                     cli_metric_key(c, c->goal_on_test ? CLI_M_TEST : CLI_M_TRAIN), "at",
                     c->goal);
}

json_t *cli_run_json(const cli_comparison *c, const cli_run *r)
{
    const cli_spec *spec = &c->specs[r->spec];
    json_t *object = json_object(), *result = NULL;
    json_object_set_new(object, "label", cli_json_text(spec->label));
    json_object_set_new(object, "method", json_string(spec->method));
    json_object_set_new(object, "seed", json_integer(r->seed));
    json_object_set_new(object, "status", json_string(cvr_status_name(r->status)));
    if (r->goal >= 0) {
        const cli_point *p = &r->points[r->goal];
        json_object_set_new(object, "goal_seconds", real_json(p->x[CLI_SECONDS]));
        json_object_set_new(object, "goal_iterations",
                            json_integer((json_int_t)p->x[CLI_ITERATION]));
    } else {
        json_object_set_new(object, "goal_seconds", json_null());
        json_object_set_new(object, "goal_iterations", json_null());
    }
    if (r->measured)
        result = cli_result(&r->result, r->options);
    else
        result =
            json_pack("{s:O?, s:s}", "options", r->options, "version", cvr_version());
    json_object_update(object, result);
    json_decref(result);
    json_object_set_new(object, "error",
                        r->error ? cli_json_text(r->error) : json_null());
    json_object_set_new(object, "spec", cli_json_text(spec->text));
    return object;
}

static json_t *row_json(const cli_comparison *c, const cli_row *row)
{
    json_t *object = json_object(), *phases = json_object();
    json_object_set_new(object, "label", cli_json_text(row->spec->label));
    json_object_set_new(object, "spec", cli_json_text(row->spec->text));
    json_object_set_new(object, "method", json_string(row->spec->method));
    json_object_set_new(object, "runs", json_integer(row->runs));
    json_object_set_new(object, "failed", json_integer(row->failed));
    json_object_set_new(object, "reached", json_integer(row->reached));
    json_object_set_new(object, "outcome", json_string(row->outcome));
    json_object_set_new(object, "error",
                        row->error ? cli_json_text(row->error) : json_null());
    for (int m = 0; m < CLI_METRICS; m++)
        json_object_set_new(object, cli_metric_key(c, (cli_metric)m),
                            quartiles_json(row->metric[m]));
    for (int p = 0; p < CLI_PARTS; p++)
        json_object_set_new(phases, cli_part_name(p), real_json(row->parts[p]));
    json_object_set_new(object, "phases", phases);
    return object;
}

json_t *cli_comparison_json(const cli_comparison *c, const cli_row *rows)
{
    json_t *list = json_array(), *runs = json_array();
    for (int i = 0; i < c->spec_count; i++)
        json_array_append_new(list, row_json(c, &rows[i]));
    for (int i = 0; i < c->run_count; i++)
        json_array_append_new(runs, cli_run_json(c, &c->runs[i]));
    json_t *folder = c->folder ? cli_json_text(c->folder) : json_null();
    return json_pack("{s:o, s:o, s:I, s:i, s:o, s:o, s:o}", "specs", list, "runs", runs,
                     "first_seed", (json_int_t)c->first_seed, "seeds", c->seeds, "goal",
                     goal_json(c), "folder", folder, "machine", cli_machine(c->call));
}

cvr_status cli_print_rows(const cli_comparison *c, const cli_row *rows)
{
    if (cli_switch(c->call, "json"))
        return cli_print(c->call, cli_comparison_json(c, rows));
    if (cvr_comm_rank(c->call->comm) != 0)
        return CVR_OK;
    print_table(c, rows);
    return cli_flush();
}

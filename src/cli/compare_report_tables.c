/* The tables of report.html. */
#include "cli/compare_report.h"

#include <math.h>
#include <string.h>

#include "cli/gnuplot.h"

const cli_row *cli_report_best(const cli_report *r, cli_metric m, bool most)
{
    const cli_row *best = NULL;
    for (int i = 0; i < r->c->spec_count; i++) {
        double x = r->rows[i].metric[m].median;
        if (!isfinite(x))
            continue;
        double than = best ? best->metric[m].median : 0;
        if (!best || (most ? x > than : x < than))
            best = &r->rows[i];
    }
    return best;
}

/* ---- results ----------------------------------------------------------------------- */

static const char *const units[CLI_METRICS] = {
    [CLI_M_GOAL] = "seconds", [CLI_M_MEMORY] = "peak"};

static void put_head(const cli_report *r, const char *first)
{
    fprintf(r->to, "<table>\n<thead><tr><th scope=\"col\">%s</th>", first);
    for (int m = 0; m < CLI_METRICS; m++) {
        if (!cli_metric_there(r->c, r->rows, (cli_metric)m))
            continue;
        fprintf(r->to, "<th scope=\"col\">%s", cli_metric_title(r->c, (cli_metric)m));
        if (units[m])
            fprintf(r->to, "<small>%s</small>", units[m]);
        fputs("</th>", r->to);
    }
    fputs("<th scope=\"col\" "
          "style=\"text-align:left\">outcome</th></tr></thead>\n<tbody>\n",
          r->to);
}

/* A square in the colour of a series. */
static const char *key(int series, char swatch[96])
{
    snprintf(swatch, 96, "<span class=\"key\" style=\"background:var(--c%d)\"></span>",
             series % CLI_COLOURS + 1);
    return swatch;
}

static void put_label(const cli_report *r, int spec)
{
    char swatch[96];
    fprintf(r->to, "<tr><th scope=\"row\">%s", key(spec, swatch));
    cli_put_html_name(r->to, r->c->specs[spec].label);
    fputs("</th>", r->to);
}

/* Scores and the time to them compare between SPECs; other figures are of each one's
   problem and limits. What is the same for all is nobody's. */
static bool is_best(const cli_report *r, const cli_row *row, cli_metric m)
{
    bool score = m == CLI_M_TEST || m == CLI_M_TRAIN, all = true;
    const cli_row *best = cli_report_best(r, m, score);
    if (!best || !(score || m == CLI_M_GOAL))
        return false;
    for (int i = 0; i < r->c->spec_count; i++)
        all = all && (isnan(r->rows[i].metric[m].median) ||
                      r->rows[i].metric[m].median == best->metric[m].median);
    return !all && best->metric[m].median == row->metric[m].median;
}

static void put_quartiles(const cli_report *r, const cli_row *row, cli_metric m)
{
    cli_quartiles q = row->metric[m];
    char text[48], low[48], high[48];
    cli_metric_text(m, q.q1, low, sizeof low);
    cli_metric_text(m, q.q3, high, sizeof high);
    fprintf(r->to, "<td%s>%s", is_best(r, row, m) ? " class=\"best\"" : "",
            cli_metric_text(m, q.median, text, sizeof text));
    if (strcmp(low, high) != 0 && m != CLI_M_MEMORY)
        fprintf(r->to, "<small>%s&#8202;&ndash;&#8202;%s</small>", low, high);
    fputs("</td>", r->to);
}

/* The end of a row; the sentence of a failure has one of its own. */
static void put_outcome(const cli_report *r, const char *outcome, const char *error)
{
    int columns = 2;
    fprintf(r->to, "<td class=\"words%s\">%s</td></tr>\n", error ? " failed" : "",
            outcome);
    if (!error)
        return;
    for (int m = 0; m < CLI_METRICS; m++)
        columns += cli_metric_there(r->c, r->rows, (cli_metric)m);
    fprintf(r->to, "<tr class=\"error\"><td class=\"error failed\" colspan=\"%d\"><span>",
            columns);
    cli_put_html(r->to, error);
    fputs("</span></td></tr>\n", r->to);
}

void cli_report_table(const cli_report *r)
{
    put_head(r, "SPEC");
    for (int i = 0; i < r->c->spec_count; i++) {
        put_label(r, i);
        for (int m = 0; m < CLI_METRICS; m++)
            if (cli_metric_there(r->c, r->rows, (cli_metric)m))
                put_quartiles(r, &r->rows[i], (cli_metric)m);
        put_outcome(r, r->rows[i].outcome, r->rows[i].error);
    }
    fputs("</tbody>\n</table>", r->to);
}

void cli_report_note(const cli_report *r)
{
    if (r->c->seeds > 1)
        fprintf(r->to, "Medians of %d seeds, first and third quartile below. ",
                r->c->seeds);
    fputs(
        "Times hold setup and measurements. Objectives are each of its own problem: they "
        "compare between SPECs that differ in the solver only. ",
        r->to);
    if (!isnan(r->c->goal))
        fprintf(r->to,
                "To goal: the first measurement of %s %g or more on the %s rows; never, "
                "when half of the runs do not get there.",
                r->c->task == CVR_CLASSIFY ? "accuracy" : "r2", r->c->goal,
                r->c->goal_on_test ? "test" : "train");
}

void cli_report_runs(const cli_report *r)
{
    char text[48];
    put_head(r, "SPEC, seed");
    for (int i = 0; i < r->c->run_count; i++) {
        const cli_run *run = &r->c->runs[i];
        fprintf(r->to, "<tr><th scope=\"row\">");
        cli_put_html_name(r->to, r->c->specs[run->spec].label);
        fprintf(r->to, ", %lld</th>", (long long)run->seed);
        for (int m = 0; m < CLI_METRICS; m++)
            if (cli_metric_there(r->c, r->rows, (cli_metric)m)) {
                double x =
                    run->status == CVR_OK ? cli_metric_of(r->c, run, (cli_metric)m) : NAN;
                fprintf(r->to, "<td>%s</td>",
                        cli_metric_text((cli_metric)m, x, text, sizeof text));
            }
        put_outcome(r,
                    run->measured ? cvr_outcome_name(run->result.outcome)
                                  : cvr_status_name(run->status),
                    run->error);
    }
    fputs("</tbody>\n</table>", r->to);
}

void cli_report_phases(const cli_report *r)
{
    char swatch[96];
    fputs("<table>\n<thead><tr><th scope=\"col\">SPEC</th>", r->to);
    for (int p = 0; p < CLI_PARTS; p++)
        fprintf(r->to, "<th scope=\"col\">%s%s<small>s</small></th>", key(p, swatch),
                cli_part_name(p));
    fputs("</tr></thead>\n<tbody>\n", r->to);
    for (int i = 0; i < r->c->spec_count; i++) {
        double whole = r->rows[i].metric[CLI_M_SECONDS].median;
        fputs("<tr><th scope=\"row\">", r->to);
        cli_put_html_name(r->to, r->c->specs[i].label);
        fputs("</th>", r->to);
        for (int p = 0; p < CLI_PARTS; p++) {
            double x = r->rows[i].parts[p];
            if (isnan(x))
                fputs("<td>-</td>", r->to);
            else
                fprintf(r->to, "<td>%.3f<small>(%.0f&#8239;%%)</small></td>", x,
                        whole > 0 ? 100 * x / whole : 0);
        }
        fputs("</tr>\n", r->to);
    }
    fputs("</tbody>\n</table>", r->to);
}

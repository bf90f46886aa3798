/* The figures of a comparison: objective, gap and accuracy against time and iterations,
   and where the time went. Each is a script for gnuplot over the folder's CSV files. */
#include "cli/compare.h"

#include <math.h>
#include <string.h>

#include "cli/gnuplot.h"

enum { LABEL = 40, TICK_LABEL = 22, LINE = 20 };

#define LEAST_GAP 1e-8

/* ---- which figures ----------------------------------------------------------------- */

static const char *const axes[2] = {"seconds", "iterations"};
static const char *const subjects[CLI_BANDS] = {"objective", "gap", "train", "test"};

char *cli_figure_name(int figure, char name[32])
{
    if (figure == CLI_FIGURES - 1)
        snprintf(name, 32, "phases");
    else
        snprintf(name, 32, "%s-%s", subjects[figure / 2], axes[figure % 2]);
    return name;
}

bool cli_is_plot(const char *name)
{
    char figure[32];
    for (int i = 0; i < CLI_FIGURES; i++) {
        size_t length = strlen(cli_figure_name(i, figure));
        if (strncmp(name, figure, length) == 0 &&
            (strcmp(name + length, ".gp") == 0 || strcmp(name + length, ".svg") == 0))
            return true;
    }
    return false;
}

const char *cli_figure_title(const cli_comparison *c, int figure)
{
    static const char *const titles[2][CLI_BANDS] = {
        {"Objective", "Relative gap", "Train accuracy", "Test accuracy"},
        {"Objective", "Relative gap", "Train r2", "Test r2"}};
    if (figure == CLI_FIGURES - 1)
        return "Seconds in each phase";
    return titles[c->task == CVR_REGRESS][figure / 2];
}

/* Whether all SPECs minimise the same kind of objective. */
static bool one_problem(const cli_comparison *c)
{
    for (int i = 1; i < c->spec_count; i++) {
        const cvr_settings *a = c->specs[0].settings, *b = c->specs[i].settings;
        const char *one = cvr_settings_text(a, "formulation");
        const char *other = cvr_settings_text(b, "formulation");
        if (strcmp(c->specs[0].method, c->specs[i].method) != 0 ||
            (one && other && strcmp(one, other) != 0))
            return false;
    }
    return true;
}

const char *cli_figure_caption(const cli_comparison *c, int figure)
{
    static char caption[128];
    if (figure == CLI_FIGURES - 1)
        return cli_figure_title(c, figure);
    snprintf(caption, sizeof caption, "%s against %s%s", cli_figure_title(c, figure),
             axes[figure % 2],
             figure / 2 == 0 && !one_problem(c) ? " (of each problem: not one scale)"
                                                : "");
    return caption;
}

/* ---- ranges ------------------------------------------------------------------------ */

typedef struct range {
    double least, most; /* least > most: nothing */
} range;

/* Of a column over the runs that did not fail; spec < 0: all SPECs. */
static range range_of(const cli_comparison *c, int spec, cli_column column)
{
    range r = {INFINITY, -INFINITY};
    for (int i = 0; i < c->run_count; i++) {
        const cli_run *run = &c->runs[i];
        if (run->status != CVR_OK || (spec >= 0 && run->spec != spec))
            continue;
        for (int k = 0; k < run->count; k++) {
            double x = run->points[k].x[column];
            if (isfinite(x)) {
                r.least = fmin(r.least, x);
                r.most = fmax(r.most, x);
            }
        }
    }
    return r;
}

static bool empty(range r)
{
    return r.least > r.most;
}

/* A logarithmic axis: everything above 0, and more than a decade and a half. */
static bool wide(range r)
{
    return r.least > 0 && r.most > 30 * r.least;
}

static bool logarithmic(const cli_comparison *c, cli_column column)
{
    return column == CLI_GAP || wide(range_of(c, -1, column));
}

static bool any_done(const cli_row *rows, int count)
{
    for (int i = 0; i < count; i++)
        if (rows[i].failed < rows[i].runs)
            return true;
    return false;
}

bool cli_figure_there(const cli_comparison *c, const cli_row *rows, int figure)
{
    if (figure == CLI_FIGURES - 1)
        return any_done(rows, c->spec_count);
    return !empty(range_of(c, -1, cli_banded[figure / 2]));
}

/* ---- lines ------------------------------------------------------------------------- */

static void put_axes(const cli_comparison *c, int figure, FILE *to)
{
    cli_column x = figure % 2 == 0 ? CLI_SECONDS : CLI_ITERATION;
    fprintf(to, "set xlabel \"%s\\n \" offset 0,0.3\nset ylabel '%s'\nset format '%%g'\n",
            axes[figure % 2], cli_figure_title(c, figure));
    if (wide(range_of(c, -1, x)))
        fputs("set logscale x\n", to);
    if (logarithmic(c, cli_banded[figure / 2]))
        fputs("set logscale y\n", to);
    fputs("set key below left Left reverse vertical maxcols 1 samplen 4\n", to);
}

/* A column. Gaps below the least that is worth a look, and 0, are drawn at it. */
static void put_value(const cli_comparison *c, int figure, int column, FILE *to)
{
    bool floored =
        cli_banded[figure / 2] == CLI_GAP && range_of(c, -1, CLI_GAP).least < LEAST_GAP;
    if (floored)
        fprintf(to, "($%d < %g ? %g : $%d)", column, LEAST_GAP, LEAST_GAP, column);
    else
        fprintf(to, "%d", column);
}

/* Quartiles as a band under the line of medians; runs may end with a single point. */
static void put_series(const cli_comparison *c, int figure, int spec, FILE *to)
{
    int x = figure % 2 == 0 ? 3 : 1, y = 4 + 3 * (figure / 2);
    char name[64];
    cli_median_name(spec, name);
    if (c->seeds > 1) {
        fprintf(to, "'%s' using %d:", name, x);
        put_value(c, figure, y + 1, to);
        fputc(':', to);
        put_value(c, figure, y + 2, to);
        fprintf(to,
                " skip 1 with filledcurves lc rgb '%s' "
                "fs transparent solid 0.18 noborder notitle, ",
                cli_colours[spec % CLI_COLOURS].light);
    }
    fprintf(to, "'%s' using %d:", name, x);
    put_value(c, figure, y, to);
    fputs(" skip 1 with linespoints ", to);
    cli_gnuplot_style(to, spec);
    fputs(" lw 2 ps 0.7 pn 6 title ", to);
    cli_put_gnuplot(to, c->specs[spec].label, LABEL);
}

static void put_curves(const cli_comparison *c, int figure, FILE *to)
{
    const char *gap = "plot ";
    char name[32];
    int shown = 0;
    for (int i = 0; i < c->spec_count; i++)
        shown += !empty(range_of(c, i, cli_banded[figure / 2]));
    cli_gnuplot_begin(to, cli_figure_name(figure, name), 310 + LINE * shown);
    put_axes(c, figure, to);
    for (int i = 0; i < c->spec_count; i++) {
        if (empty(range_of(c, i, cli_banded[figure / 2])))
            continue;
        fputs(gap, to);
        put_series(c, figure, i, to);
        gap = ", \\\n    ";
    }
    fputc('\n', to);
}

/* ---- bars -------------------------------------------------------------------------- */

static double longest_bar(const cli_comparison *c, const cli_row *rows)
{
    double longest = 0;
    for (int i = 0; i < c->spec_count; i++) {
        double sum = 0;
        for (int p = 0; p < CLI_PARTS; p++)
            sum += rows[i].parts[p];
        longest =
            fmax(longest, sum); /* a SPEC that failed has NaN, which is passed over */
    }
    return longest;
}

/* Between marks of an axis that ends at x: 1, 2 or 5 times a power of ten, so that there
   are 2 to 5 of them. */
static double marks(double x)
{
    double unit = pow(10, floor(log10(x)));
    return x >= 5 * unit ? 2 * unit : x >= 2 * unit ? unit : unit / 2;
}

static void put_bar_axes(const cli_comparison *c, double longest, FILE *to)
{
    if (longest > 0)
        fprintf(to, "set xtics %g\n", marks(longest));
    fputs("set xlabel 'seconds, medians' offset 0,0.8\nunset grid\n"
          "set grid xtics lc rgb '#b0b0b0' lw 0.6 dt solid\nset ytics scale 0 (",
          to);
    for (int i = 0; i < c->spec_count; i++) {
        fputs(i > 0 ? ", " : "", to);
        cli_put_gnuplot(to, c->specs[i].label, TICK_LABEL);
        fprintf(to, " %d", i + 1);
    }
    fprintf(to, ")\nset xrange [0:*]\nset yrange [%d.6:0.4]\n", c->spec_count);
    fputs("set bmargin 5.5\nset key at screen 0.5,0.02 center bottom Left reverse "
          "horizontal maxcols 4 samplen 1\n"
          "set style fill solid 0.85 border lc rgb '#ffffff'\n",
          to);
}

/* A part begins where the parts before it end: columns 3 ... of phases.csv. */
static void put_part(int part, FILE *to)
{
    fputs("'phases.csv' skip 1 using (0):1:(0", to);
    for (int p = 0; p < part; p++)
        fprintf(to, "+$%d", p + 3);
    fputs("):(0", to);
    for (int p = 0; p <= part; p++)
        fprintf(to, "+$%d", p + 3);
    fprintf(to, "):($1-0.36):($1+0.36) with boxxyerror lc rgb '%s' title '%s'",
            cli_colours[part % CLI_COLOURS].light, cli_part_name(part));
}

/* Whether a part can be seen beside the longest bar. */
static bool visible(const cli_comparison *c, const cli_row *rows, int part)
{
    double most = 0;
    for (int i = 0; i < c->spec_count; i++)
        most = fmax(most, rows[i].parts[part]);
    return most > 0.002 * longest_bar(c, rows);
}

static void put_bars(const cli_comparison *c, const cli_row *rows, FILE *to)
{
    const char *gap = "plot ";
    char name[32];
    cli_gnuplot_begin(to, cli_figure_name(CLI_FIGURES - 1, name),
                      150 + 34 * c->spec_count);
    put_bar_axes(c, longest_bar(c, rows), to);
    for (int p = 0; p < CLI_PARTS; p++) {
        if (!visible(c, rows, p))
            continue;
        fputs(gap, to);
        put_part(p, to);
        gap = ", \\\n    ";
    }
    fputc('\n', to);
}

/* ---- all --------------------------------------------------------------------------- */

static cvr_status save_plot(const cli_comparison *c, const cli_row *rows, int figure,
                            bool *drawn)
{
    char name[32], script[40];
    cli_text text = {0};
    cvr_status status = CVR_OK;
    snprintf(script, sizeof script, "%s.gp", cli_figure_name(figure, name));
    TRY(cli_text_open(&text));
    if (figure == CLI_FIGURES - 1)
        put_bars(c, rows, text.to);
    else
        put_curves(c, figure, text.to);
    TRY(cli_text_save(&text, c->folder, script));
    *drawn = *drawn && cli_gnuplot_run(c->folder, script);
done:
    cli_text_free(&text);
    return status;
}

cvr_status cli_save_plots(const cli_comparison *c, const cli_row *rows, bool *drawn)
{
    cvr_status status = CVR_OK;
    *drawn = true;
    for (int i = 0; i < CLI_FIGURES; i++)
        if (cli_figure_there(c, rows, i))
            TRY(save_plot(c, rows, i, drawn));
done:
    return status;
}

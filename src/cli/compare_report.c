/* report.html: what a comparison has found, in one file that needs no other. The page is
   report.html beside this file; {{name}} in it is what the function of that name writes.
 */
#define _GNU_SOURCE
#include "cli/compare_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/gnuplot.h"
#include "cli/svg.h"

extern const char cli_report_page[];

/* ---- head -------------------------------------------------------------------------- */

static void put_title(const cli_report *r)
{
    fprintf(r->to, "Comparison of %d SPEC%s", r->c->spec_count,
            r->c->spec_count == 1 ? "" : "s");
}

static void put_facts(const cli_report *r)
{
    char when[64] = "";
    time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc))
        strftime(when, sizeof when, "%Y-%m-%d %H:%M UTC", &utc);
    cli_put_html(r->to, r->c->facts);
    fprintf(r->to, ". %d seed%s from %lld on, %s, cvxrelu %s.", r->c->seeds,
            r->c->seeds == 1 ? "" : "s", (long long)r->c->first_seed, when,
            cvr_version());
}

/* The light colour or the dark one of each series. */
static void put_colours(const cli_report *r, bool dark)
{
    for (int i = 0; i < CLI_COLOURS; i++)
        fprintf(r->to, "--c%d: %s; ", i + 1,
                dark ? cli_colours[i].dark : cli_colours[i].light);
}

static void put_light(const cli_report *r)
{
    put_colours(r, false);
}

static void put_dark(const cli_report *r)
{
    put_colours(r, true);
}

/* ---- summary ----------------------------------------------------------------------- */

static void say_best(const cli_report *r, cli_metric m, bool most, const char *what)
{
    const cli_row *best = cli_report_best(r, m, most);
    char text[48];
    if (!best)
        return;
    fprintf(r->to, "<li>%s: <strong>", what);
    cli_put_html_name(r->to, best->spec->label);
    fprintf(r->to, "</strong> (%s%s)</li>\n",
            cli_metric_text(m, best->metric[m].median, text, sizeof text),
            m == CLI_M_GOAL ? " s" : "");
}

static void put_summary(const cli_report *r)
{
    const cli_comparison *c = r->c;
    bool classes = c->task == CVR_CLASSIFY;
    char first[120];
    int failed = 0;
    say_best(r, CLI_M_TEST, true,
             classes ? "Best accuracy on the test rows" : "Best r2 on the test rows");
    if (!isnan(c->goal)) {
        snprintf(first, sizeof first, "First to %s %g on the %s rows",
                 classes ? "accuracy" : "r2", c->goal,
                 c->goal_on_test ? "test" : "train");
        say_best(r, CLI_M_GOAL, false, first);
    }
    say_best(r, CLI_M_GAP, false, "Smallest certified gap");
    for (int i = 0; i < c->spec_count; i++)
        failed += r->rows[i].failed;
    if (failed > 0)
        fprintf(r->to, "<li class=\"failed\">%d of %d runs failed.</li>\n", failed,
                c->run_count);
    if (c->stopped)
        fprintf(r->to, "<li class=\"failed\">Interrupted after %d of %d runs.</li>\n",
                c->run_count, c->spec_count * c->seeds);
}

/* ---- plots ------------------------------------------------------------------------- */

static bool put_figure(const cli_report *r, int figure)
{
    cli_text svg = {0};
    char name[32], file[40], *path = NULL;
    bool there = false;
    snprintf(file, sizeof file, "%s.svg", cli_figure_name(figure, name));
    if (!cli_figure_there(r->c, r->rows, figure) ||
        cli_path(r->c->folder, file, &path) != CVR_OK)
        return false;
    if (cli_text_open(&svg) == CVR_OK && cli_put_svg(svg.to, path, figure) &&
        cli_text_end(&svg) == CVR_OK) {
        there = true;
        fprintf(r->to, "<figure><figcaption>%s</figcaption>\n%s</figure>\n",
                cli_figure_caption(r->c, figure), svg.bytes);
    }
    cli_text_free(&svg);
    free(path);
    return there;
}

static void say_undrawn(const cli_report *r)
{
    fputs("<p>gnuplot was not found, or could not draw. Once it is installed, this draws "
          "the plots beside this page:</p>\n<pre>cd ",
          r->to);
    cli_text shell = {0};
    if (cli_text_open(&shell) == CVR_OK) {
        cli_put_shell(shell.to, r->c->folder);
        if (cli_text_end(&shell) == CVR_OK)
            cli_put_html(r->to, shell.bytes);
    }
    cli_text_free(&shell);
    fputs(" &amp;&amp; for script in *.gp; do gnuplot $script; done</pre>\n", r->to);
}

static void put_plots(const cli_report *r)
{
    int shown = 0;
    fputs("<div class=\"plots\">\n", r->to);
    for (int i = 0; i < CLI_FIGURES - 1; i++)
        shown += put_figure(r, i);
    fputs("</div>\n", r->to);
    if (shown > 0)
        fprintf(r->to,
                "<p class=\"note\">%sGaps below 1e-8 are drawn at it. The numbers are in "
                "the folder curves beside this page.</p>\n",
                r->c->seeds > 1 ? "Lines are medians over the seeds, bands lie between "
                                  "the quartiles; a run that has ended keeps its last "
                                  "figures. "
                                : "");
    if (!r->drawn)
        say_undrawn(r);
}

static void put_bars(const cli_report *r)
{
    fputs("<div class=\"bars\">\n", r->to);
    put_figure(r, CLI_FIGURES - 1);
    fputs("</div>\n", r->to);
}

/* ---- the same again ---------------------------------------------------------------- */

/* Text of the page whose lines break at spaces only, not at the hyphens of options. */
static void put_words(const cli_report *r, const char *text)
{
    char *copy = strdup(text), *rest = copy, *word;
    const char *gap = "";
    while ((word = strsep(&rest, " "))) {
        fprintf(r->to, "%s<span>", gap);
        cli_put_html(r->to, word);
        fputs("</span>", r->to);
        gap = " ";
    }
    free(copy);
}

/* What `write` writes, as a block of code. */
static void put_code(const cli_report *r, void (*write)(const cli_report *, int, FILE *),
                     int i)
{
    cli_text text = {0};
    if (cli_text_open(&text) == CVR_OK) {
        write(r, i, text.to);
        fputs("<pre>", r->to);
        if (cli_text_end(&text) == CVR_OK)
            put_words(r, text.bytes);
        fputs("</pre>\n", r->to);
    }
    cli_text_free(&text);
}

static void write_whole(const cli_report *r, int i, FILE *to)
{
    const cli_call *call = r->c->call;
    int processes = cvr_comm_size(call->comm);
    (void)i;
    if (processes > 1)
        fprintf(to, "mpirun -n %d ", processes);
    fprintf(to, "cvxrelu %s", call->command->name);
    for (int k = 0; k < call->argc; k++) {
        fputc(' ', to);
        cli_put_shell(to, call->argv[k]);
    }
}

static void put_command(const cli_report *r)
{
    put_code(r, write_whole, 0);
}

static void write_spec(const cli_report *r, int i, FILE *to)
{
    int processes = cvr_comm_size(r->c->call->comm);
    if (processes > 1)
        fprintf(to, "mpirun -n %d ", processes);
    cli_spec_command(r->c, &r->c->specs[i], r->c->first_seed, to);
}

static void put_commands(const cli_report *r)
{
    if (r->c->call->command->run != cli_compare)
        return;
    fputs("<p>Each SPEC by itself, at the first seed:</p>\n", r->to);
    for (int i = 0; i < r->c->spec_count; i++) {
        fputs("<h3>", r->to);
        cli_put_html_name(r->to, r->c->specs[i].label);
        fputs("</h3>\n", r->to);
        put_code(r, write_spec, i);
    }
}

static void put_machine(const cli_report *r)
{
    json_t *machine = cli_machine(r->c->call), *value;
    const char *key;
    char text[40];
    json_object_set_new(machine, "processes",
                        json_integer(cvr_comm_size(r->c->call->comm)));
    json_object_foreach(machine, key, value)
    {
        bool bytes = strcmp(key, "memory_bytes") == 0;
        fputs("<dt>", r->to);
        cli_put_html(r->to, bytes                           ? "memory"
                            : strcmp(key, "blas_core") == 0 ? "BLAS core"
                                                            : key);
        fputs("</dt><dd>", r->to);
        if (json_is_string(value))
            cli_put_html(r->to, json_string_value(value));
        else if (bytes)
            cli_put_html(r->to, cli_bytes(json_integer_value(value), text, sizeof text));
        else
            fprintf(r->to, "%lld", (long long)json_integer_value(value));
        fputs("</dd>\n", r->to);
    }
    json_decref(machine);
}

/* ---- the page ---------------------------------------------------------------------- */

static const struct {
    const char *name;
    void (*put)(const cli_report *r);
} pieces[] = {{"title", put_title},
              {"facts", put_facts},
              {"light", put_light},
              {"dark", put_dark},
              {"summary", put_summary},
              {"table", cli_report_table},
              {"table-note", cli_report_note},
              {"runs", cli_report_runs},
              {"plots", put_plots},
              {"bars", put_bars},
              {"phases", cli_report_phases},
              {"command", put_command},
              {"commands", put_commands},
              {"machine", put_machine}};

static void put_piece(const cli_report *r, const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        if (strlen(pieces[i].name) == length &&
            strncmp(pieces[i].name, name, length) == 0)
            pieces[i].put(r);
}

static void put_page(const cli_report *r)
{
    const char *at = cli_report_page, *open, *close;
    while ((open = strstr(at, "{{")) && (close = strstr(open, "}}"))) {
        fwrite(at, 1, (size_t)(open - at), r->to);
        put_piece(r, open + 2, (size_t)(close - open - 2));
        at = close + 2;
    }
    fputs(at, r->to);
}

cvr_status cli_save_report(const cli_comparison *c, const cli_row *rows, bool drawn)
{
    cli_text page = {0};
    cvr_status status = CVR_OK;
    TRY(cli_text_open(&page));
    put_page(&(cli_report){.c = c, .rows = rows, .drawn = drawn, .to = page.to});
    TRY(cli_text_save(&page, c->folder, "report.html"));
done:
    cli_text_free(&page);
    return status;
}

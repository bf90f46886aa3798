/* Medians and quartiles of a SPEC's curves over the seeds. */
#include "cli/compare_curves.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/compare_run.h"
#include "cli/compare_summary.h"
#include "cli/try.h"

/* Columns with quartiles. */
enum { BANDS = 4 };
static const cli_column banded[BANDS] = {CLI_OBJECTIVE, CLI_GAP, CLI_TRAIN, CLI_TEST};

/* Runs of a SPEC side by side: at[i] points of the i-th are behind. */
typedef struct side_by_side {
    const cli_run **runs;
    int *at, count;
    double *work;
} side_by_side;

/* The least iteration that comes next; infinite behind the last. */
static double next_iteration(const side_by_side *s)
{
    double least = INFINITY;
    for (int i = 0; i < s->count; i++)
        if (s->at[i] < s->runs[i]->count)
            least = fmin(least, s->runs[i]->points[s->at[i]].x[CLI_ITERATION]);
    return least;
}

/* Goes on to an iteration; how many runs get as far. */
static int step(side_by_side *s, double iteration)
{
    int going = 0;
    for (int i = 0; i < s->count; i++) {
        const cli_run *r = s->runs[i];
        going += r->points[r->count - 1].x[CLI_ITERATION] >= iteration;
        if (s->at[i] < r->count && r->points[s->at[i]].x[CLI_ITERATION] == iteration)
            s->at[i]++;
    }
    return going;
}

/* Of a column, where each run stands: one that has ended keeps its last figures. */
static cli_quartiles standing(const side_by_side *s, cli_column column)
{
    int n = 0;
    for (int i = 0; i < s->count; i++)
        if (s->at[i] > 0)
            s->work[n++] = s->runs[i]->points[s->at[i] - 1].x[column];
    return cli_quartiles_of(s->work, n);
}

static void put_line(const side_by_side *s, double iteration, int going, FILE *to)
{
    fprintf(to, "%.0f,%d,", iteration, going);
    cli_put_number(to, standing(s, CLI_SECONDS).median);
    for (int b = 0; b < BANDS; b++) {
        cli_quartiles q = standing(s, banded[b]);
        const double figures[3] = {q.median, q.q1, q.q3};
        for (int i = 0; i < 3; i++) {
            fputc(',', to);
            cli_put_number(to, figures[i]);
        }
    }
    fputc('\n', to);
}

/* Until more than half of the runs have ended. Long curves are thinned: one line per 1 %
   more iterations, which is all that a plot can show. */
static void put_medians(const cli_comparison *c, side_by_side *s, FILE *to)
{
    enum { ALL_OF = 300 };
    const char *const *names = cli_column_names[c->task == CVR_REGRESS];
    double k, written = 0;
    int lines = 0;
    fputs("iteration,runs,seconds", to);
    for (int b = 0; b < BANDS; b++)
        fprintf(to, ",%s,%s_q1,%s_q3", names[banded[b]], names[banded[b]],
                names[banded[b]]);
    fputc('\n', to);
    while (isfinite(k = next_iteration(s))) {
        int going = step(s, k);
        bool last = !isfinite(next_iteration(s));
        if (2 * going < s->count)
            break;
        if (lines++ >= ALL_OF && k < 1.01 * written && !last)
            continue;
        written = k;
        put_line(s, k, going, to);
    }
}

static cvr_status median_curve(const cli_comparison *c, int spec, side_by_side *s,
                               cli_text *text)
{
    cvr_status status = CVR_OK;
    for (int i = 0; i < c->run_count; i++)
        if (c->runs[i].spec == spec && c->runs[i].status == CVR_OK)
            s->runs[s->count++] = &c->runs[i];
    TRY(cli_text_open(text));
    put_medians(c, s, text->to);
    TRY(cli_text_end(text));
done:
    return status;
}

cvr_status cli_median_curve(const cli_comparison *c, int spec, cli_text *text)
{
    size_t seeds = (size_t)c->seeds;
    side_by_side s = {.runs = calloc(seeds, sizeof *s.runs),
                      .at = calloc(seeds, sizeof *s.at),
                      .work = calloc(seeds, sizeof *s.work)};
    cvr_status status = CVR_OK;
    if (!s.runs || !s.at || !s.work)
        FAIL(CVR_NO_MEMORY, "cannot summarise %d seeds", c->seeds);
    TRY(median_curve(c, spec, &s, text));
done:
    free(s.runs);
    free(s.at);
    free(s.work);
    return status;
}

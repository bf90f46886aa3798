/* The runs of a SPEC in one row: median and quartiles over the seeds. */
#include "cli/compare_summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/result.h"
#include "cli/try.h"

/* ---- quartiles --------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(const double *x, int n, double p)
{
    double at = p * (n - 1);
    int low = (int)at;
    double phase = at - low;
    if (phase == 0 || x[low] == x[low + 1])
        return x[low];
    return isinf(x[low + 1]) ? INFINITY : x[low] + phase * (x[low + 1] - x[low]);
}

cli_quartiles cli_quartiles_of(double *x, int n)
{
    int count = 0;
    for (int i = 0; i < n; i++)
        if (!isnan(x[i]))
            x[count++] = x[i];
    if (count == 0)
        return (cli_quartiles){NAN, NAN, NAN};
    qsort(x, (size_t)count, sizeof *x, by_size);
    return (cli_quartiles){quantile(x, count, 0.25), quantile(x, count, 0.5),
                           quantile(x, count, 0.75)};
}

/* ---- figures of a run -------------------------------------------------------------- */

/* key and title of a classification and of a regression; format NULL: bytes; the column
   of its last point, CLI_COLUMNS: of none. */
static const struct {
    const char *key[2], *title[2], *format;
    cli_column column;
} metrics[CLI_METRICS] = {
    {{"test_accuracy", "test_r2"}, {"test", "test r2"}, "%.4f", CLI_TEST},
    {{"train_accuracy", "train_r2"}, {"train", "train r2"}, "%.4f", CLI_TRAIN},
    {{"objective", "objective"}, {"objective", "objective"}, "%.5g", CLI_OBJECTIVE},
    {{"gap", "gap"}, {"gap", "gap"}, "%.1e", CLI_GAP},
    {{"seconds", "seconds"}, {"seconds", "seconds"}, "%.3f", CLI_SECONDS},
    {{"goal_seconds", "goal_seconds"}, {"to goal", "to goal"}, "%.3f", CLI_COLUMNS},
    {{"iterations", "iterations"}, {"iterations", "iterations"}, "%.0f", CLI_ITERATION},
    {{"peak_memory_bytes", "peak_memory_bytes"},
     {"memory", "memory"},
     NULL,
     CLI_COLUMNS}};

static double goal_seconds(const cli_comparison *c, const cli_run *r)
{
    if (isnan(c->goal))
        return NAN;
    return r->goal < 0 ? INFINITY : r->points[r->goal].x[CLI_SECONDS];
}

static double metric_of(const cli_comparison *c, const cli_run *r, cli_metric m)
{
    int64_t bytes = r->result.peak_memory_bytes;
    if (metrics[m].column < CLI_COLUMNS)
        return r->points[r->count - 1].x[metrics[m].column];
    if (m == CLI_M_GOAL)
        return goal_seconds(c, r);
    return bytes > 0 ? (double)bytes : NAN;
}

const char *cli_phase_name(int phase)
{
    return phase < CVR_PHASES ? cvr_phase_name(phase) : "other";
}

/* Seconds in a phase; the rest is in none. */
static double part_of(const cli_run *r, int phase)
{
    double rest = r->result.seconds;
    if (phase < CVR_PHASES)
        return r->result.phases[phase];
    for (int i = 0; i < CVR_PHASES; i++)
        rest -= r->result.phases[i];
    return rest > 0 ? rest : 0;
}

/* ---- summaries --------------------------------------------------------------------- */

/* "3 converged, 1 diverged"; a count of all is left out. */
static void describe(const int *counts, int runs, char *text, size_t size)
{
    size_t length = 0;
    text[0] = '\0';
    for (int i = 0; i <= CVR_DIVERGED + 1 && length < size; i++) {
        const char *name = i > CVR_DIVERGED ? "failed" : cvr_outcome_name((cvr_outcome)i);
        const char *gap = length > 0 ? ", " : "";
        if (counts[i] > 0 && counts[i] == runs)
            snprintf(text, size, "%s", name);
        else if (counts[i] > 0)
            length += (size_t)snprintf(text + length, size - length, "%s%d %s", gap,
                                       counts[i], name);
    }
}

static int gather(const cli_comparison *c, int spec, cli_metric m, double *x)
{
    int n = 0;
    for (int i = 0; i < c->run_count; i++)
        if (c->runs[i].spec == spec && c->runs[i].status == CVR_OK)
            x[n++] = metric_of(c, &c->runs[i], m);
    return n;
}

static int gather_part(const cli_comparison *c, int spec, int phase, double *x)
{
    int n = 0;
    for (int i = 0; i < c->run_count; i++)
        if (c->runs[i].spec == spec && c->runs[i].status == CVR_OK)
            x[n++] = part_of(&c->runs[i], phase);
    return n;
}

/* work: a number a seed */
static void fill(const cli_comparison *c, int spec, double *work, cli_summary *summary)
{
    int counts[CVR_DIVERGED + 2] = {0};
    *summary = (cli_summary){.spec = &c->specs[spec]};
    for (int i = 0; i < c->run_count; i++) {
        const cli_run *r = &c->runs[i];
        if (r->spec != spec)
            continue;
        summary->runs++;
        summary->failed += r->status != CVR_OK;
        summary->reached += r->status == CVR_OK && r->goal >= 0;
        counts[r->measured ? (int)r->result.outcome : CVR_DIVERGED + 1]++;
        if (!summary->error)
            summary->error = r->error;
    }
    describe(counts, summary->runs, summary->outcome, sizeof summary->outcome);
    for (int m = 0; m < CLI_METRICS; m++)
        summary->metric[m] = cli_quartiles_of(work, gather(c, spec, (cli_metric)m, work));
    for (int p = 0; p < CLI_PHASES; p++)
        summary->phases[p] = cli_quartiles_of(work, gather_part(c, spec, p, work)).median;
}

cvr_status cli_summarise(const cli_comparison *c, cli_summary **summaries)
{
    double *work = calloc((size_t)c->seeds, sizeof *work);
    cvr_status status = CVR_OK;
    *summaries = calloc((size_t)c->spec_count, sizeof **summaries);
    if (!work || !*summaries)
        FAIL(CVR_NO_MEMORY, "cannot summarise %d SPECs", c->spec_count);
    for (int i = 0; i < c->spec_count; i++)
        fill(c, i, work, &(*summaries)[i]);
done:
    free(work);
    return status;
}

/* ---- names and texts --------------------------------------------------------------- */

const char *cli_metric_key(const cli_comparison *c, cli_metric m)
{
    return metrics[m].key[c->task == CVR_REGRESS];
}

const char *cli_metric_title(const cli_comparison *c, cli_metric m)
{
    return metrics[m].title[c->task == CVR_REGRESS];
}

const char *cli_metric_text(cli_metric m, double x, char *text, size_t size)
{
    if (isnan(x))
        snprintf(text, size, "-");
    else if (isinf(x))
        snprintf(text, size, "never");
    else if (!metrics[m].format)
        cli_bytes((int64_t)x, text, size);
    else
        snprintf(text, size, metrics[m].format, x);
    return text;
}

bool cli_metric_there(const cli_comparison *c, const cli_summary *summaries, cli_metric m)
{
    for (int i = 0; i < c->spec_count; i++)
        if (!isnan(summaries[i].metric[m].median))
            return true;
    return false;
}

/* The folder of a comparison: results.csv and results.jsonl (a run a line), curves/
   (every measurement of every run, and medians over the seeds), phases.csv. */
#define _GNU_SOURCE
#include "cli/compare.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the folder -------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* Whether an earlier comparison may have left a file of this name. */
static bool ours(const char *name)
{
    static const char *const names[] = {"results.csv", "results.jsonl", "phases.csv",
                                        "report.html"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return cli_is_plot(name);
}

/* curves/01-seed-1.csv, curves/01-median.csv */
static bool is_curve(const char *name)
{
    size_t digits = strspn(name, "0123456789");
    return digits > 0 && ends_with(name, ".csv") &&
           (strncmp(name + digits, "-seed-", 6) == 0 ||
            strcmp(name + digits, "-median.csv") == 0);
}

/* Goes through the names of a folder; a file that `mine` knows is removed when `over`.
   What is found and stays goes to `other`, the first of them. */
static cvr_status sweep(const char *folder, bool (*mine)(const char *), bool over,
                        char other[256])
{
    cvr_status status = CVR_OK;
    char *path = NULL;
    DIR *d = opendir(folder);
    if (!d)
        return cvr_fail(CVR_IO, "%s: %s", folder, strerror(errno));
    for (struct dirent *e; status == CVR_OK && (e = readdir(d));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (!over || !mine(e->d_name)) {
            snprintf(other, 256, "%s", e->d_name);
            continue;
        }
        status = cli_path(folder, e->d_name, &path);
        if (status == CVR_OK && unlink(path) != 0)
            status = cvr_fail(CVR_IO, "%s: %s", path, strerror(errno));
        free(path);
        path = NULL;
    }
    closedir(d);
    return status;
}

static cvr_status make(const char *folder)
{
    if (mkdir(folder, 0777) == 0 || errno == EEXIST)
        return CVR_OK;
    return cvr_fail(CVR_IO, "cannot make the folder %s: %s", folder, strerror(errno));
}

static cvr_status check_access(const char *folder)
{
    return access(folder, W_OK | X_OK) == 0
               ? CVR_OK
               : cvr_fail(CVR_IO, "cannot write to %s: %s", folder, strerror(errno));
}

cvr_status cli_folder_make(const char *folder, bool over)
{
    char other[256] = "";
    cvr_status status = CVR_OK;
    TRY(make(folder));
    TRY(check_access(folder));
    TRY(sweep(folder, ours, false, other));
    if (other[0] && !over) {
        status = cvr_fail(CVR_USAGE, "%s is not empty: it holds %s", folder, other);
        cvr_hint("--overwrite replaces an earlier comparison there and leaves the rest");
    }
done:
    return status;
}

cvr_status cli_folder_clear(const char *folder)
{
    char other[256] = "", *curves = NULL;
    cvr_status status = CVR_OK;
    TRY(sweep(folder, ours, true, other));
    TRY(cli_path(folder, "curves", &curves));
    TRY(make(curves));
    TRY(check_access(curves));
    TRY(sweep(curves, is_curve, true, other));
done:
    free(curves);
    return status;
}

/* ---- results ----------------------------------------------------------------------- */

static void put_value(FILE *to, const json_t *value)
{
    if (json_is_string(value))
        cli_put_csv(to, json_string_value(value));
    else if (json_is_integer(value))
        fprintf(to, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        cli_put_number(to, json_real_value(value));
}

/* Cells of the keys of `keys`: their names, or (run not NULL) the run's values. Phases
   are columns of their own; options are in results.jsonl only. */
static void put_cells(FILE *to, json_t *keys, const json_t *run, bool head,
                      const char *prefix, const char *gap)
{
    const char *key;
    json_t *kind;
    json_object_foreach(keys, key, kind)
    {
        const json_t *value = json_object_get(run, key);
        if (strcmp(key, "options") == 0)
            continue;
        if (json_is_object(kind)) {
            put_cells(to, kind, value, head, "phase_", ",");
            continue;
        }
        fputs(gap, to);
        gap = ",";
        if (head)
            fprintf(to, "%s%s", prefix, key);
        else
            put_value(to, value);
    }
}

/* The keys of every run: those of one that has been measured. */
static json_t *all_keys(const cli_comparison *c)
{
    const cli_run measured = {.measured = true,
                              .goal = -1,
                              .result = {.task = c->task, .method = c->specs[0].method}};
    return cli_run_json(c, &measured);
}

static void put_results(const cli_comparison *c, FILE *csv, FILE *lines)
{
    json_t *keys = all_keys(c);
    put_cells(csv, keys, NULL, true, "", "");
    fputs(",curve\n", csv);
    for (int i = 0; i < c->run_count; i++) {
        const cli_run *r = &c->runs[i];
        json_t *run = cli_run_json(c, r);
        char name[64];
        put_cells(csv, keys, run, false, "", "");
        fprintf(csv, ",%s\n", cli_curve_name(r->spec, r->seed, name));
        json_dumpf(run, lines, JSON_COMPACT | JSON_REAL_PRECISION(15));
        fputc('\n', lines);
        json_decref(run);
    }
    json_decref(keys);
}

static cvr_status save_results(const cli_comparison *c)
{
    cli_text csv = {0}, lines = {0};
    cvr_status status = CVR_OK;
    TRY(cli_text_open(&csv));
    TRY(cli_text_open(&lines));
    put_results(c, csv.to, lines.to);
    TRY(cli_text_save(&csv, c->folder, "results.csv"));
    TRY(cli_text_save(&lines, c->folder, "results.jsonl"));
done:
    cli_text_free(&csv);
    cli_text_free(&lines);
    return status;
}

/* ---- curves ------------------------------------------------------------------------ */

char *cli_curve_name(int spec, int64_t seed, char name[64])
{
    snprintf(name, 64, "curves/%02d-seed-%lld.csv", spec + 1, (long long)seed);
    return name;
}

char *cli_median_name(int spec, char name[64])
{
    snprintf(name, 64, "curves/%02d-median.csv", spec + 1);
    return name;
}

static cvr_status save_curve(const cli_comparison *c, const cli_run *r)
{
    const char *const *names = cli_column_names[c->task == CVR_REGRESS];
    cli_text text = {0};
    char name[64];
    cvr_status status = CVR_OK;
    TRY(cli_text_open(&text));
    for (int k = 0; k < CLI_COLUMNS; k++)
        fprintf(text.to, "%s%s", k > 0 ? "," : "", names[k]);
    fputc('\n', text.to);
    for (int i = 0; i < r->count; i++) {
        for (int k = 0; k < CLI_COLUMNS; k++) {
            fputs(k > 0 ? "," : "", text.to);
            cli_put_number(text.to, r->points[i].x[k]);
        }
        fputc('\n', text.to);
    }
    TRY(cli_text_save(&text, c->folder, cli_curve_name(r->spec, r->seed, name)));
done:
    cli_text_free(&text);
    return status;
}

cvr_status cli_save_runs(const cli_comparison *c)
{
    cvr_status status = CVR_OK;
    TRY(save_results(c));
    if (c->run_count > 0)
        TRY(save_curve(c, &c->runs[c->run_count - 1]));
done:
    return status;
}

/* ---- medians over the seeds -------------------------------------------------------- */

const cli_column cli_banded[CLI_BANDS] = {CLI_OBJECTIVE, CLI_GAP, CLI_TRAIN, CLI_TEST};

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
    for (int b = 0; b < CLI_BANDS; b++) {
        cli_quartiles q = standing(s, cli_banded[b]);
        const double figures[3] = {q.median, q.q1, q.q3};
        for (int i = 0; i < 3; i++) {
            fputc(',', to);
            cli_put_number(to, figures[i]);
        }
    }
    fputc('\n', to);
}

/* As long as half of the runs go on. Long curves are thinned: a line for each hundredth
   more iterations is all that a plot can show. */
static void put_medians(const cli_comparison *c, side_by_side *s, FILE *to)
{
    enum { ALL_OF = 300 };
    const char *const *names = cli_column_names[c->task == CVR_REGRESS];
    double k, written = 0;
    int lines = 0;
    fputs("iteration,runs,seconds", to);
    for (int b = 0; b < CLI_BANDS; b++)
        fprintf(to, ",%s,%s_q1,%s_q3", names[cli_banded[b]], names[cli_banded[b]],
                names[cli_banded[b]]);
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

static cvr_status save_median(const cli_comparison *c, int spec, side_by_side *s)
{
    cli_text text = {0};
    char name[64];
    cvr_status status = CVR_OK;
    s->count = 0;
    for (int i = 0; i < c->run_count; i++)
        if (c->runs[i].spec == spec && c->runs[i].status == CVR_OK) {
            s->at[s->count] = 0;
            s->runs[s->count++] = &c->runs[i];
        }
    TRY(cli_text_open(&text));
    put_medians(c, s, text.to);
    TRY(cli_text_save(&text, c->folder, cli_median_name(spec, name)));
done:
    cli_text_free(&text);
    return status;
}

static cvr_status save_phases(const cli_comparison *c, const cli_row *rows)
{
    cli_text text = {0};
    cvr_status status = CVR_OK;
    TRY(cli_text_open(&text));
    fputs("spec,label", text.to);
    for (int p = 0; p < CLI_PARTS; p++)
        fprintf(text.to, ",%s", cli_part_name(p));
    fputc('\n', text.to);
    for (int i = 0; i < c->spec_count; i++) {
        fprintf(text.to, "%d,", i + 1);
        cli_put_csv(text.to, rows[i].spec->label);
        for (int p = 0; p < CLI_PARTS; p++) {
            fputc(',', text.to);
            cli_put_number(text.to, rows[i].parts[p]);
        }
        fputc('\n', text.to);
    }
    TRY(cli_text_save(&text, c->folder, "phases.csv"));
done:
    cli_text_free(&text);
    return status;
}

cvr_status cli_save_medians(const cli_comparison *c, const cli_row *rows)
{
    size_t seeds = (size_t)c->seeds;
    side_by_side s = {.runs = calloc(seeds, sizeof *s.runs),
                      .at = calloc(seeds, sizeof *s.at),
                      .work = calloc(seeds, sizeof *s.work)};
    cvr_status status = CVR_OK;
    if (!s.runs || !s.at || !s.work)
        FAIL(CVR_NO_MEMORY, "cannot summarise %d seeds", c->seeds);
    for (int i = 0; i < c->spec_count; i++)
        TRY(save_median(c, i, &s));
    TRY(save_phases(c, rows));
done:
    free(s.runs);
    free(s.at);
    free(s.work);
    return status;
}

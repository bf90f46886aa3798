/* The files of a comparison: results.csv and results.jsonl (a run a line), curves/ (every
   measurement of every run, and medians over the seeds), phases.csv. */
#include "cli/compare_files.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "cli/compare_curves.h"
#include "cli/compare_json.h"
#include "cli/compare_run.h"
#include "cli/text.h"
#include "cli/try.h"

/* ---- names in the folder ----------------------------------------------------------- */

static char *curve_name(int spec, int64_t seed, char name[64])
{
    snprintf(name, 64, "curves/%02d-seed-%lld.csv", spec + 1, (long long)seed);
    return name;
}

static char *median_name(int spec, char name[64])
{
    snprintf(name, 64, "curves/%02d-median.csv", spec + 1);
    return name;
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
        fprintf(csv, ",%s\n", curve_name(r->spec, r->seed, name));
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
    TRY(cli_text_save(&text, c->folder, curve_name(r->spec, r->seed, name)));
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

static cvr_status save_phases(const cli_comparison *c, const cli_summary *summaries)
{
    cli_text text = {0};
    cvr_status status = CVR_OK;
    TRY(cli_text_open(&text));
    fputs("spec,label", text.to);
    for (int p = 0; p < CLI_PHASES; p++)
        fprintf(text.to, ",%s", cli_phase_name(p));
    fputc('\n', text.to);
    for (int i = 0; i < c->spec_count; i++) {
        fprintf(text.to, "%d,", i + 1);
        cli_put_csv(text.to, summaries[i].spec->label);
        for (int p = 0; p < CLI_PHASES; p++) {
            fputc(',', text.to);
            cli_put_number(text.to, summaries[i].phases[p]);
        }
        fputc('\n', text.to);
    }
    TRY(cli_text_save(&text, c->folder, "phases.csv"));
done:
    cli_text_free(&text);
    return status;
}

cvr_status cli_save_medians(const cli_comparison *c, const cli_summary *summaries)
{
    cvr_status status = CVR_OK;
    for (int i = 0; status == CVR_OK && i < c->spec_count; i++) {
        cli_text text = {0};
        char name[64];
        status = cli_median_curve(c, i, &text);
        if (status == CVR_OK)
            status = cli_text_save(&text, c->folder, median_name(i, name));
        cli_text_free(&text);
    }
    return status == CVR_OK ? save_phases(c, summaries) : status;
}

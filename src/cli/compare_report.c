/* report.html: what a comparison has found, in one file that needs no other: the
   page report.html beside this file with the results in it as JSON, from which its
   script makes tables and figures. plot.gp draws the figures from the folder's CSV
   files by gnuplot. */
#define _GNU_SOURCE
#include "cli/compare_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "cli/call.h"
#include "cli/compare_curves.h"
#include "cli/compare_json.h"
#include "cli/compare_spec.h"
#include "cli/text.h"
#include "cli/try.h"

extern const char cli_report_page[], cli_plot_script[];

/* ---- what the page needs beside the results ---------------------------------------- */

/* Ends a text and takes it. */
static json_t *text_json(cli_text *text)
{
    json_t *value = cli_text_end(text) == CVR_OK ? cli_json_text(text->bytes) : NULL;
    cli_text_free(text);
    return value;
}

static json_t *date_json(void)
{
    char when[64] = "";
    time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc))
        strftime(when, sizeof when, "%Y-%m-%d %H:%M UTC", &utc);
    return json_string(when);
}

static void put_launcher(const cli_comparison *c, FILE *to)
{
    int processes = cvr_comm_size(c->call->comm);
    if (processes > 1)
        fprintf(to, "mpirun -n %d ", processes);
}

/* The command as it was given. */
static json_t *command_json(const cli_comparison *c)
{
    const cli_call *call = c->call;
    cli_text text = {0};
    if (cli_text_open(&text) != CVR_OK)
        return NULL;
    put_launcher(c, text.to);
    fprintf(text.to, "cvxrelu %s", call->command->name);
    for (int i = 0; i < call->argc; i++) {
        fputc(' ', text.to);
        cli_put_shell(text.to, call->argv[i]);
    }
    return text_json(&text);
}

/* The command of a SPEC by itself, at the first seed. */
static json_t *spec_command_json(const cli_comparison *c, const cli_spec *spec)
{
    cli_text text = {0};
    if (!c->trains)
        return json_null();
    if (cli_text_open(&text) != CVR_OK)
        return NULL;
    put_launcher(c, text.to);
    cli_spec_command(c, spec, c->first_seed, text.to);
    return text_json(&text);
}

static json_t *curve_json(const cli_comparison *c, int spec)
{
    cli_text text = {0};
    json_t *curve = NULL;
    if (cli_median_curve(c, spec, &text) == CVR_OK)
        curve = json_string(text.bytes);
    cli_text_free(&text);
    return curve;
}

/* Of all runs of a SPEC together: tenths of the probability that have rows. */
static json_t *reliability_json(const cli_comparison *c, int spec)
{
    json_t *list = json_array();
    for (int b = 0; b < CVR_RELIABILITY_BINS; b++) {
        double rows = 0, confidence = 0, accuracy = 0;
        for (int i = 0; i < c->run_count; i++) {
            const cvr_reliability *at = &c->runs[i].reliability[b];
            if (c->runs[i].spec != spec || at->rows == 0)
                continue;
            rows += (double)at->rows;
            confidence += (double)at->rows * at->confidence;
            accuracy += (double)at->rows * at->accuracy;
        }
        if (rows > 0)
            json_array_append_new(list,
                                  json_pack("{s:f, s:f}", "confidence", confidence / rows,
                                            "accuracy", accuracy / rows));
    }
    return list;
}

static json_t *metrics_json(const cli_comparison *c)
{
    json_t *list = json_array();
    for (int m = 0; m < CLI_METRICS; m++)
        json_array_append_new(list, json_pack("{s:s, s:s}", "key",
                                              cli_metric_key(c, (cli_metric)m), "title",
                                              cli_metric_title(c, (cli_metric)m)));
    return list;
}

/* The object of --json and more; NULL: no memory. */
static json_t *report_json(const cli_comparison *c, const cli_summary *summaries)
{
    json_t *all = cli_comparison_json(c, summaries),
           *specs = json_object_get(all, "specs");
    json_t *more = json_pack("{s:s, s:o, s:o, s:i, s:b, s:o, s:o}", "task",
                             c->task == CVR_CLASSIFY ? "classify" : "regress", "facts",
                             cli_json_text(c->data_summary), "date", date_json(),
                             "planned", c->spec_count * c->seeds, "stopped", c->stopped,
                             "command", command_json(c), "metrics", metrics_json(c));
    int failed = !more || json_object_update(all, more) != 0;
    json_decref(more);
    for (int i = 0; i < c->spec_count; i++) {
        json_t *spec = json_array_get(specs, (size_t)i);
        failed |=
            json_object_set_new(spec, "command", spec_command_json(c, &c->specs[i]));
        failed |= json_object_set_new(spec, "curve", curve_json(c, i));
        failed |= json_object_set_new(spec, "reliability", reliability_json(c, i));
    }
    failed |= json_object_set_new(json_object_get(all, "machine"), "processes",
                                  json_integer(cvr_comm_size(c->call->comm)));
    if (!failed)
        return all;
    json_decref(all);
    return NULL;
}

/* ---- the page ---------------------------------------------------------------------- */

/* JSON that cannot end the element that holds it: "<" stands in strings only. */
static void put_json(FILE *to, const char *json)
{
    for (; *json; json++)
        if (*json == '<')
            fputs("\\u003c", to);
        else
            fputc(*json, to);
}

/* The page has one place for the results. */
static void put_page(FILE *to, const char *json)
{
    static const char place[] = "{{results}}";
    const char *at = strstr(cli_report_page, place);
    fwrite(cli_report_page, 1, (size_t)(at - cli_report_page), to);
    put_json(to, json);
    fputs(at + strlen(place), to);
}

static cvr_status save_page(const cli_comparison *c, const char *json)
{
    cli_text page = {0};
    cvr_status status = CVR_OK;
    TRY(cli_text_open(&page));
    put_page(page.to, json);
    TRY(cli_text_save(&page, c->folder, "report.html"));
done:
    cli_text_free(&page);
    return status;
}

static cvr_status save_script(const cli_comparison *c)
{
    char *path = NULL;
    cvr_status status = CVR_OK;
    TRY(cli_path(c->folder, "plot.gp", &path));
    TRY(cvr_file_write(path, cli_plot_script, strlen(cli_plot_script)));
done:
    free(path);
    return status;
}

cvr_status cli_save_report(const cli_comparison *c, const cli_summary *summaries)
{
    json_t *results = report_json(c, summaries);
    char *json =
        results ? json_dumps(results, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
    cvr_status status = CVR_OK;
    if (!json)
        FAIL(CVR_NO_MEMORY, "cannot write the report");
    TRY(save_page(c, json));
    TRY(save_script(c));
done:
    free(json);
    json_decref(results);
    return status;
}

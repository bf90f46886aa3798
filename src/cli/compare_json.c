/* A comparison as JSON: its SPECs over the seeds, every run, the machine. */
#include "cli/compare_json.h"

#include <math.h>
#include <string.h>

#include "cli/machine.h"
#include "cli/result.h"
#include "cli/text.h"

static json_t *quartiles_json(cli_quartiles q)
{
    return json_pack("{s:o, s:o, s:o}", "median", cli_real(q.median), "q1",
                     cli_real(q.q1), "q3", cli_real(q.q3));
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
    const cli_point *goal = r->goal >= 0 ? &r->points[r->goal] : NULL;
    json_t *iterations = goal ? json_integer((json_int_t)goal->x[CLI_ITERATION]) : NULL;
    json_t *object = json_pack(
        "{s:o, s:s, s:I, s:s, s:o, s:o}", "label", cli_json_text(spec->label), "method",
        spec->method, "seed", (json_int_t)r->seed, "status", cvr_status_name(r->status),
        "goal_seconds", cli_real(goal ? goal->x[CLI_SECONDS] : NAN), "goal_iterations",
        iterations ? iterations : json_null());
    json_t *result = r->measured ? cli_result(&r->result, r->options)
                                 : json_pack("{s:O?, s:s}", "options", r->options,
                                             "version", cvr_version());
    json_object_update(object, result);
    json_decref(result);
    json_object_set_new(object, "error", cli_json_text(r->error));
    json_object_set_new(object, "spec", cli_json_text(spec->text));
    return object;
}

static json_t *summary_json(const cli_comparison *c, const cli_summary *summary)
{
    const cli_spec *spec = summary->spec;
    json_t *phases = json_object();
    json_t *object = json_pack(
        "{s:o, s:o, s:s, s:i, s:i, s:i, s:s, s:o}", "label", cli_json_text(spec->label),
        "spec", cli_json_text(spec->text), "method", spec->method, "runs", summary->runs,
        "failed", summary->failed, "reached", summary->reached, "outcome",
        summary->outcome, "error", cli_json_text(summary->error));
    for (int m = 0; m < CLI_METRICS; m++)
        json_object_set_new(object, cli_metric_key(c, (cli_metric)m),
                            quartiles_json(summary->metric[m]));
    for (int p = 0; p < CLI_PHASES; p++)
        json_object_set_new(phases, cli_phase_name(p), cli_real(summary->phases[p]));
    json_object_set_new(object, "phases", phases);
    return object;
}

json_t *cli_comparison_json(const cli_comparison *c, const cli_summary *summaries)
{
    json_t *list = json_array(), *runs = json_array();
    for (int i = 0; i < c->spec_count; i++)
        json_array_append_new(list, summary_json(c, &summaries[i]));
    for (int i = 0; i < c->run_count; i++)
        json_array_append_new(runs, cli_run_json(c, &c->runs[i]));
    return json_pack("{s:o, s:o, s:I, s:i, s:o, s:o, s:o}", "specs", list, "runs", runs,
                     "first_seed", (json_int_t)c->first_seed, "seeds", c->seeds, "goal",
                     goal_json(c), "folder", cli_json_text(c->folder), "machine",
                     cli_machine(c->call));
}

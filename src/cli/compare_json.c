/* A comparison as JSON: its SPECs over the seeds, every run, the machine. */
#include "cli/compare_json.h"

#include <math.h>
#include <string.h>

#include "cli/machine.h"
#include "cli/report.h"
#include "cli/text.h"

static json_t *quartiles_json(cli_quartiles q)
{
    json_t *object = json_object();
    json_object_set_new(object, "median", cli_real(q.median));
    json_object_set_new(object, "q1", cli_real(q.q1));
    json_object_set_new(object, "q3", cli_real(q.q3));
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
        json_object_set_new(object, "goal_seconds", cli_real(p->x[CLI_SECONDS]));
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

static json_t *summary_json(const cli_comparison *c, const cli_summary *summary)
{
    json_t *object = json_object(), *phases = json_object();
    json_object_set_new(object, "label", cli_json_text(summary->spec->label));
    json_object_set_new(object, "spec", cli_json_text(summary->spec->text));
    json_object_set_new(object, "method", json_string(summary->spec->method));
    json_object_set_new(object, "runs", json_integer(summary->runs));
    json_object_set_new(object, "failed", json_integer(summary->failed));
    json_object_set_new(object, "reached", json_integer(summary->reached));
    json_object_set_new(object, "outcome", json_string(summary->outcome));
    json_object_set_new(object, "error",
                        summary->error ? cli_json_text(summary->error) : json_null());
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
    json_t *folder = c->folder ? cli_json_text(c->folder) : json_null();
    return json_pack("{s:o, s:o, s:I, s:i, s:o, s:o, s:o}", "specs", list, "runs", runs,
                     "first_seed", (json_int_t)c->first_seed, "seeds", c->seeds, "goal",
                     goal_json(c), "folder", folder, "machine", cli_machine(c->call));
}

/* cvxrelu prune: fewer weights for a trained network, fitted to what it does on data. */
#include "cli/prune.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <jansson.h>

#include "cli/clock.h"
#include "cli/load_options.h"
#include "cli/message.h"
#include "cli/output_paths.h"
#include "cli/result.h"
#include "cli/text.h"
#include "cli/try.h"

typedef struct pruning {
    cvr_model m, pruned;
    cvr_dataset *data, *test;
    cvr_prune_options options;
    cvr_prune_result result;
    cvr_score before[2], after[2]; /* on the calibration rows, on the test rows */
    double seconds, score_seconds, cpu_seconds, message_seconds;
    int64_t message_bytes;
} pruning;

static int64_t peak_memory(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (int64_t)usage.ru_maxrss * 1024 : -1;
}

/* ---- options and data -------------------------------------------------------------- */

static double real_or_0(const cli_call *call, const char *name)
{
    double x = cvr_settings_real(call->settings, name);
    return isnan(x) ? 0 : x;
}

static cvr_status read_options(const cli_call *call, cvr_prune_options *o)
{
    static const char *const targets[] = {"density", "error", "lambda-relative"};
    const cvr_settings *s = call->settings;
    int given = 0;
    cvr_status status = CVR_OK;
    for (int i = 0; i < 3; i++)
        given += cvr_settings_given(s, targets[i]);
    if (given != 1)
        FAIL(CVR_USAGE, "prune: give one of --density, --error and --lambda-relative%s",
             given > 1 ? ", not more" : "");
    *o = (cvr_prune_options){.mode = (cvr_prune_mode)cvr_settings_choice(s, "mode"),
                             .density = real_or_0(call, "density"),
                             .uniform = cvr_settings_choice(s, "allocation") == 1,
                             .error = real_or_0(call, "error"),
                             .lambda_relative = real_or_0(call, "lambda-relative"),
                             .independent = cvr_settings_choice(s, "cascade") == 1,
                             .iterations = cvr_settings_integer(s, "max-iterations")};
    if (!cvr_settings_text(s, "model"))
        FAIL(CVR_USAGE, "prune: --model FILE is missing");
done:
    return status;
}

/* Dense, normalised as the model needs it; the classes, if any, in its order. */
static cvr_status prepare(const cli_call *call, const cvr_model *m, cvr_dataset *data)
{
    bool labels = data->Y.cols > 0;
    cvr_status status = CVR_OK;
    TRY(cvr_dataset_transform(data, &m->transform, labels ? m->classes : 0,
                              labels ? m->class_names : NULL, call->comm));
    TRY(cvr_allreduce_status(call->comm, cvr_dataset_make_dense(data)));
done:
    return status;
}

/* The rows, or --sample of them, drawn by the seed. */
static cvr_status load_data(const cli_call *call, const cvr_load *how, pruning *p)
{
    int64_t sample = cvr_settings_integer(call->settings, "sample");
    uint64_t seed = (uint64_t)cvr_settings_integer(call->settings, "seed");
    cvr_dataset *drawn = NULL;
    cvr_status status = CVR_OK;
    TRY(cvr_dataset_load(how, call->comm, &p->data));
    if (sample > 0 && sample < p->data->rows) {
        TRY(cvr_dataset_split(p->data, (double)sample, seed, call->comm, &drawn));
        cvr_dataset_free(p->data);
        p->data = drawn;
    }
    TRY(prepare(call, &p->m, p->data));
done:
    return status;
}

static cvr_status load(const cli_call *call, pruning *p)
{
    cvr_load how, test;
    cvr_status status = CVR_OK;
    TRY(cvr_allreduce_status(
        call->comm, cvr_model_load(cvr_settings_text(call->settings, "model"), &p->m)));
    TRY(cli_model_load_options(call, &p->m, &how));
    how.maybe_unlabelled = true;
    TRY(load_data(call, &how, p));
    if (cvr_settings_count(call->settings, "test") == 0)
        return CVR_OK;
    cli_test_load_options(call, &how, &test);
    TRY(cvr_dataset_load(&test, call->comm, &p->test));
    TRY(prepare(call, &p->m, p->test));
done:
    return status;
}

/* ---- scores ------------------------------------------------------------------------ */

/* Of rows with targets; all NaN without. */
static cvr_status score(const cli_call *call, const cvr_model *m, const cvr_dataset *data,
                        cvr_score *s)
{
    *s = (cvr_score){NAN, NAN, NAN, NAN, 0};
    if (!data || data->Y.cols == 0)
        return CVR_OK;
    return cvr_model_score(m, data, call->comm, s);
}

static cvr_status score_all(const cli_call *call, const cvr_model *m, const pruning *p,
                            cvr_score s[2])
{
    cvr_status status = CVR_OK;
    TRY(score(call, m, p->data, &s[0]));
    TRY(score(call, m, p->test, &s[1]));
done:
    return status;
}

/* ---- result ------------------------------------------------------------------------ */

/* The figures that every run has. */
static cvr_progress figures(const cli_call *call, const pruning *p)
{
    const cvr_prune_result *r = &p->result;
    cvr_progress f;
    cli_blank(call, p->data, &f);
    f.method = "prune";
    snprintf(f.solver, sizeof f.solver, "%s", cvr_settings_text(call->settings, "mode"));
    f.outcome = r->reached ? CVR_TARGET_REACHED : CVR_MAX_ITERATIONS;
    f.iterations = r->iterations;
    f.gap = r->gap;
    f.task = p->m.task;
    f.train = p->after[0];
    f.test = p->after[1];
    f.features = p->data->transform.features;
    f.outputs = p->m.outputs;
    f.precision = p->m.layers[0].W.type;
    f.seconds = p->seconds;
    f.cpu_seconds = p->cpu_seconds;
    f.phases[CVR_PHASE_PRIMAL] = r->fit_seconds;
    f.phases[CVR_PHASE_MEASURE] = p->score_seconds + r->error_seconds;
    f.phases[CVR_PHASE_SETUP] = r->seconds - r->fit_seconds - r->error_seconds;
    f.phases[CVR_PHASE_REDUCE] = p->message_seconds;
    f.bytes_reduced = p->message_bytes;
    f.peak_memory_bytes = peak_memory();
    return f;
}

/* What it was before: "test_accuracy_before", ... */
static void add_before(json_t *result, const pruning *p)
{
    const cvr_score *train = &p->before[0], *test = &p->before[1];
    bool classes = p->m.task == CVR_CLASSIFY;
    const struct {
        const char *key;
        bool wanted;
        double value;
    } rows[] = {{"loss_before", true, train->loss},
                {"train_accuracy_before", classes, train->accuracy},
                {"test_accuracy_before", classes, test->accuracy},
                {"train_r2_before", !classes, train->r2},
                {"test_r2_before", !classes, test->r2},
                {"train_rmse_before", !classes, train->rmse},
                {"test_rmse_before", !classes, test->rmse}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].wanted)
            json_object_set_new(result, rows[i].key, cli_real(rows[i].value));
}

static json_t *layer_json(const cvr_prune_layer *l)
{
    return json_pack("{s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:I, s:I, s:o, s:b}", "inputs",
                     (json_int_t)l->inputs, "units", (json_int_t)l->units, "kept",
                     (json_int_t)l->kept, "density", cli_real(l->density), "error",
                     cli_real(l->error), "lambda", cli_real(l->lambda), "gap",
                     cli_real(l->gap), "iterations", (json_int_t)l->iterations,
                     "dead_units", (json_int_t)l->dead, "seconds", cli_real(l->seconds),
                     "reached", l->reached);
}

static json_t *options_json(const cli_call *call)
{
    static const char *const texts[] = {"model", "mode", "cascade", "allocation"};
    static const char *const reals[] = {"density", "error", "lambda-relative"};
    static const char *const counts[] = {"max-iterations", "sample", "seed"};
    const cvr_settings *s = call->settings;
    json_t *object = json_object();
    for (int i = 0; i < 4; i++)
        json_object_set_new(object, texts[i],
                            cli_json_text(cvr_settings_text(s, texts[i])));
    for (int i = 0; i < 3; i++)
        json_object_set_new(object, reals[i], cli_real(cvr_settings_real(s, reals[i])));
    for (int i = 0; i < 3; i++)
        json_object_set_new(object, counts[i],
                            json_integer(cvr_settings_integer(s, counts[i])));
    return object;
}

static json_t *result_json(const cli_call *call, const pruning *p)
{
    const cvr_prune_result *r = &p->result;
    const cvr_progress f = figures(call, p);
    json_t *options = options_json(call), *layers = json_array();
    json_t *result = cli_result(&f, options);
    add_before(result, p);
    json_object_set_new(result, "weights", json_integer(r->weights));
    json_object_set_new(result, "kept", json_integer(r->kept));
    json_object_set_new(result, "density",
                        cli_real(r->weights ? (double)r->kept / (double)r->weights : 1));
    json_object_set_new(result, "error", cli_real(r->error));
    for (int i = 0; i < r->depth; i++)
        json_array_append_new(layers, layer_json(&r->layers[i]));
    json_object_set_new(result, "layers", layers);
    json_decref(options);
    return result;
}

/* A line a layer, instead of `layers' in the other table. */
static void print_layers(const pruning *p)
{
    puts("layer  inputs   units      kept  density     error       gap  iterations  "
         "seconds");
    for (int i = 0; i < p->result.depth; i++) {
        const cvr_prune_layer *l = &p->result.layers[i];
        char gap[16] = "-";
        if (!isnan(l->gap))
            snprintf(gap, sizeof gap, "%.2g", l->gap);
        printf("%5d %7lld %7lld %9lld  %7.4f  %8.4g  %8s  %10lld  %7.2f\n", i + 1,
               (long long)l->inputs, (long long)l->units, (long long)l->kept, l->density,
               l->error, gap, (long long)l->iterations, l->seconds);
    }
}

static cvr_status print(const cli_call *call, const pruning *p)
{
    json_t *result = result_json(call, p);
    if (!cli_switch(call, "json") && result)
        json_object_del(result, "layers");
    if (!cli_switch(call, "json") && cvr_comm_rank(call->comm) == 0)
        print_layers(p);
    return cli_print(call, result);
}

static void print_outcome(const cli_call *call, const pruning *p, const char *output)
{
    for (int i = 0; i < p->result.depth; i++)
        if (!p->result.layers[i].reached)
            cli_message(call, "cvxrelu: layer %d: the target is out of reach", i + 1);
    if (output)
        cli_message(call, "cvxrelu: model written to %s", output);
}

/* ---- all --------------------------------------------------------------------------- */

static cvr_status run(const cli_call *call, pruning *p)
{
    double begun = cli_seconds();
    double cpu = cli_cpu_seconds();
    double messages = cvr_comm_traffic(call->comm).seconds;
    int64_t bytes = cvr_comm_traffic(call->comm).bytes;
    cvr_status status = CVR_OK;
    TRY(score_all(call, &p->m, p, p->before));
    TRY(cvr_prune(&p->m, p->data, call->comm, &p->options, &p->pruned, &p->result));
    TRY(score_all(call, &p->pruned, p, p->after));
    p->seconds = cli_seconds() - begun;
    p->score_seconds = p->seconds - p->result.seconds;
    p->cpu_seconds = cli_cpu_seconds() - cpu;
    p->message_seconds = cvr_comm_traffic(call->comm).seconds - messages;
    p->message_bytes = cvr_comm_traffic(call->comm).bytes - bytes;
done:
    return status;
}

cvr_status cli_prune(cli_call *call)
{
    const char *output = cvr_settings_text(call->settings, "output");
    pruning p = {0};
    cvr_status status = CVR_OK, saved = CVR_OK;
    TRY(read_options(call, &p.options));
    TRY(cli_check_output_paths(call));
    TRY(load(call, &p));
    TRY(run(call, &p));
    if (output && cvr_comm_rank(call->comm) == 0)
        saved = cvr_model_save(&p.pruned, output);
    TRY(cvr_allreduce_status(call->comm, saved));
    print_outcome(call, &p, output);
    TRY(cvr_allreduce_status(call->comm, print(call, &p)));
done:
    cvr_prune_result_free(&p.result);
    cvr_dataset_free(p.data);
    cvr_dataset_free(p.test);
    cvr_model_free(&p.m);
    cvr_model_free(&p.pruned);
    return status;
}

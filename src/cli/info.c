/* cvxrelu info: this program and machine, or a file: model, checkpoint or data. */
#include "cli/info.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/blas_check.h"
#include "cli/card.h"
#include "cli/file_kind.h"
#include "cli/load_options.h"
#include "cli/machine.h"
#include "cli/result.h"
#include "cli/text.h"
#include "cli/try.h"
#include "linalg/device.h"

/* ---- the program ------------------------------------------------------------------- */

/* The GPUs by the names that --device takes, or the reason why there are none. */
static void add_devices(json_t *result)
{
    json_t *devices = json_object();
    char name[256], key[32];
    int count = 1;
    for (int k = 0; k < count; k++) {
        if (cvr_device_name(k, name, &count) != CVR_OK) {
            json_object_set_new(devices, "none", cli_json_text(cvr_last_error()));
            break;
        }
        snprintf(key, sizeof key, "cuda:%d", k);
        json_object_set_new(devices, key, cli_json_text(name));
    }
    json_object_set_new(result, "devices", devices);
}

static cvr_status program(cli_call *call)
{
    json_t *methods = json_array(), *result = cli_machine(call);
    for (int i = 0; cvr_method_at(i); i++)
        json_array_append_new(methods, json_string(cvr_method_at(i)->name));
    if (result)
        json_object_set_new(result, "methods", methods);
    if (result && cli_switch(call, "devices"))
        add_devices(result);
    if (result && cli_switch(call, "check"))
        json_object_set_new(result, "blas_check", json_string("right"));
    return cli_print(call, result);
}

/* ---- a file ------------------------------------------------------------------------ */

static json_t *names_json(int classes, char *const *names)
{
    json_t *list = json_array();
    for (int i = 0; i < classes && i < 100; i++)
        json_array_append_new(list, cli_json_text(names[i]));
    return list;
}

/* What becomes of a column; NULL: a number stays one. */
static json_t *treatment_json(const cvr_column *c, bool fitted)
{
    char text[160] = "", missing[80] = "";
    bool filled = c->missing == CVR_MISSING_MEAN || c->missing == CVR_MISSING_MEDIAN;
    if (filled && fitted)
        snprintf(missing, sizeof missing, "missing: %s %.6g",
                 cvr_missing_name(c->missing), c->fill);
    else if (c->missing != CVR_MISSING_ERROR)
        snprintf(missing, sizeof missing, "missing: %s", cvr_missing_name(c->missing));
    if (c->kind == CVR_COLUMN_CATEGORY)
        snprintf(text, sizeof text, "%d categories", c->categories);
    else if (c->kind != CVR_COLUMN_NUMBER)
        snprintf(text, sizeof text, "%s", cvr_column_kind_name(c->kind));
    if (c->kind == CVR_COLUMN_CATEGORY && filled)
        snprintf(missing, sizeof missing, "missing: none of them");
    if (*missing && c->kind != CVR_COLUMN_IGNORED)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s%s",
                 *text ? ", " : "", missing, c->indicator ? " and an indicator" : "");
    return *text ? cli_json_text(text) : NULL;
}

/* target, columns and what becomes of them, of a table. */
static void add_columns(json_t *result, const cvr_columns *c, bool fitted)
{
    json_t *targets = json_array(), *columns = json_array(), *treatment = json_object();
    for (int k = 0; k < c->targets && k < 100; k++)
        if (c->target[k].name)
            json_array_append_new(targets, cli_json_text(c->target[k].name));
    for (int64_t j = 0; j < c->count && j < 100; j++) {
        char place[24];
        const char *name = c->item[j].name;
        json_t *does = treatment_json(&c->item[j], fitted);
        snprintf(place, sizeof place, "%lld", (long long)j);
        if (name)
            json_array_append_new(columns, cli_json_text(name));
        if (does)
            json_object_set_new(treatment, name ? name : place, does);
    }
    const struct {
        const char *key;
        json_t *value;
        bool there;
    } rows[] = {{"target", targets, json_array_size(targets) > 0},
                {"columns", columns, json_array_size(columns) > 0},
                {"treatment", treatment, json_object_size(treatment) > 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (result && rows[i].there)
            json_object_set_new(result, rows[i].key, rows[i].value);
        else
            json_decref(rows[i].value);
}

static json_t *sizes_json(const cvr_model *m)
{
    json_t *list = json_array();
    json_array_append_new(list, json_integer(m->layers[0].W.cols));
    for (int i = 0; i < m->depth; i++)
        json_array_append_new(list, json_integer(m->layers[i].W.rows));
    return list;
}

static const char *task_name(cvr_task task)
{
    return task == CVR_CLASSIFY ? "classify" : "regress";
}

static cvr_status model(cli_call *call, const char *path)
{
    static const char *const kinds[] = {"network", "gated", "kernel"};
    cvr_model m = {0};
    cvr_status status = CVR_OK;
    json_t *result = NULL;
    TRY(cvr_model_load(path, &m));
    result =
        json_pack("{s:o, s:s, s:o, s:s, s:o, s:s, s:o}", "file", cli_json_text(path),
                  "kind", kinds[m.kind], "layers", sizes_json(&m), "task",
                  task_name(m.task), "classes", names_json(m.classes, m.class_names),
                  "precision", m.layers[0].W.type == CVR_SINGLE ? "single" : "double",
                  "record", json_loads(m.record, 0, NULL));
    if (result && m.kind == CVR_GATED)
        json_object_set_new(result, "gates", json_integer(m.gates.W.rows));
    if (result && m.machine.V.data)
        json_object_set_new(result, "components", json_integer(m.machine.V.cols));
    if (result && m.transform.hops > 0)
        json_object_set_new(result, "hops", json_integer(m.transform.hops));
    if (result)
        json_object_set_new(result, "outputs", json_integer(m.outputs));
    add_columns(result, &m.transform.columns, true);
    if (cli_switch(call, "card"))
        TRY(cli_print_card(&m, result));
    else
        TRY(cli_print(call, json_incref(result)));
done:
    json_decref(result);
    cvr_model_free(&m);
    return status;
}

/* ---- a checkpoint ------------------------------------------------------------------ */

/* Numbers of the header are texts there; any other text stays one. */
static void add_number(json_t *result, const json_t *about, const char *name)
{
    const char *text = json_string_value(json_object_get(about, name));
    json_t *number = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    if (!json_is_number(number)) {
        json_decref(number);
        number = text ? cli_json_text(text) : json_null();
    }
    json_object_set_new(result, name, number);
}

/* The same keys as a model's. */
static json_t *checkpoint_json(const char *path, const json_t *about)
{
    static const char *const numbers[] = {"iterations", "seconds", "rows",
                                          "features",   "outputs", "processes"};
    json_t *result =
        json_pack("{s:o, s:s, s:O*, s:O*}", "file", cli_json_text(path), "kind",
                  "checkpoint", "method", json_object_get(about, "method"), "precision",
                  json_object_get(about, "precision"));
    json_t *record =
        json_pack("{s:O*, s:O*}", "version", json_object_get(about, "version"), "options",
                  json_object_get(about, "options"));
    for (size_t i = 0; result && i < sizeof numbers / sizeof *numbers; i++)
        add_number(result, about, numbers[i]);
    if (record)
        add_number(record, about, "seed");
    if (result)
        json_object_set_new(result, "record", record);
    return result;
}

static cvr_status checkpoint(cli_call *call, const char *path)
{
    char *text = NULL;
    json_t *about = NULL;
    cvr_status status = CVR_OK;
    TRY(cvr_checkpoint_about(path, &text));
    about = json_loads(text, 0, NULL);
    TRY(cli_print(call, checkpoint_json(path, about)));
done:
    json_decref(about);
    free(text);
    return status;
}

/* By its header; a damaged file is what it looks like. */
static bool is_checkpoint(const char *path)
{
    char *text = NULL;
    bool is = cvr_checkpoint_about(path, &text) == CVR_OK;
    free(text);
    return is;
}

/* ---- data -------------------------------------------------------------------------- */

static cvr_status data(cli_call *call)
{
    cvr_dataset *d = NULL;
    cvr_load how;
    json_t *result = NULL;
    cvr_status status = CVR_OK;
    TRY(cli_load_options(call, &how));
    how.paths = call->positional;
    how.path_count = 1;
    how.maybe_unlabelled = true;
    TRY(cvr_dataset_load(&how, call->comm, &d));
    result = json_pack("{s:o, s:I, s:I, s:s, s:i, s:o}", "file",
                       cli_json_text(call->positional[0]), "rows", (json_int_t)d->rows,
                       "features", (json_int_t)d->X.cols, "task", task_name(d->task),
                       "outputs", d->outputs, "classes",
                       names_json(d->classes, d->class_names));
    if (result && d->transform.channels > 0)
        json_object_set_new(result, "image",
                            json_pack("{s:i, s:i, s:i}", "channels",
                                      d->transform.channels, "height",
                                      d->transform.height, "width", d->transform.width));
    add_columns(result, &d->transform.columns, false);
    TRY(cli_print(call, result));
done:
    cvr_dataset_free(d);
    return status;
}

cvr_status cli_info(cli_call *call)
{
    cvr_status status =
        cli_switch(call, "check") ? cli_check_blas(call->threads) : CVR_OK;
    if (cli_switch(call, "card") &&
        (call->positional_count == 0 || cli_switch(call, "json")))
        return cvr_fail(CVR_USAGE,
                        "--card is of a model, and Markdown: info MODEL --card");
    if (status != CVR_OK || call->positional_count == 0)
        return status != CVR_OK ? status : program(call);
    const char *path = call->positional[0];
    bool file = cli_is_model(path), saved = file && is_checkpoint(path);
    if (cli_switch(call, "card") && (!file || saved))
        return cvr_fail(CVR_USAGE, "--card is for models, and %s is none", path);
    return !file ? data(call) : saved ? checkpoint(call, path) : model(call, path);
}

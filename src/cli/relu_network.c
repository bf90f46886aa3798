#include "cli/relu_network.h"

#include <math.h>
#include <string.h>

#include "cli/load_options.h"
#include "cli/result.h"
#include "cli/try.h"
#include "model/convert.h"

bool cli_converts(const cli_call *call)
{
    return cvr_settings_choice(call->settings, "convert") != CVR_CONVERT_NONE;
}

/* What a run will train: a gated program, of those that convex has. */
static bool trains_gates(const cli_call *call)
{
    const char *formulation = cvr_settings_text(call->settings, "formulation");
    return formulation &&
           (strcmp(formulation, "gated") == 0 || strcmp(formulation, "gated-ridge") == 0);
}

cvr_status cli_check_conversion(const cli_call *call)
{
    if (!cli_converts(call))
        return CVR_OK;
    if (!cvr_settings_text(call->settings, "output"))
        return cvr_fail(CVR_USAGE, "--convert is of the model that is saved: -o FILE is "
                                   "missing");
    if (!trains_gates(call)) {
        cvr_fail(CVR_USAGE, "--convert is for gated networks: --formulation gated or "
                            "gated-ridge of convex");
        return CVR_USAGE;
    }
    return CVR_OK;
}

/* ---- what has changed -------------------------------------------------------------- */

/* Scores of both networks on rows with targets, under "<rows>_accuracy" and
   "<rows>_accuracy_before", or r2. */
static cvr_status add_scores(const cli_call *call, const cvr_model *const both[2],
                             const cvr_dataset *data, const char *rows, json_t *about)
{
    static const char *const when[] = {"", "_before"};
    bool classes = both[0]->task == CVR_CLASSIFY;
    char key[64];
    cvr_score score;
    cvr_status status = CVR_OK;
    for (int i = 0; i < 2 && data->Y.cols > 0; i++) {
        TRY(cvr_model_score(both[i], data, call->comm, &score));
        snprintf(key, sizeof key, "%s_%s%s", rows, classes ? "accuracy" : "r2", when[i]);
        json_object_set_new(about, key, cli_real(classes ? score.accuracy : score.r2));
    }
done:
    return status;
}

/* "<rows>_max_error": the largest change as a fraction of the largest output,
   "<rows>_rows_changed" and "<rows>_rows". */
static cvr_status add_difference(const cli_call *call, const cvr_model *const both[2],
                                 cvr_dataset *data, const char *rows, json_t *about)
{
    char key[64];
    cvr_difference d;
    cvr_status status = CVR_OK;
    if (!data)
        return CVR_OK;
    TRY(cvr_models_differ(both[1], both[0], data, call->comm, &d));
    snprintf(key, sizeof key, "%s_max_error", rows);
    json_object_set_new(about, key, cli_real(d.most));
    snprintf(key, sizeof key, "%s_rows_changed", rows);
    json_object_set_new(about, key, json_integer(d.apart));
    snprintf(key, sizeof key, "%s_rows", rows);
    json_object_set_new(about, key, json_integer(d.rows));
    TRY(add_scores(call, both, data, rows, about));
done:
    return status;
}

static json_t *describe(const cli_call *call, const cvr_conversion *c)
{
    json_t *about = json_object();
    json_object_set_new(about, "way",
                        json_string(cvr_settings_text(call->settings, "convert")));
    json_object_set_new(about, "neurons", json_integer(c->neurons));
    json_object_set_new(about, "norm_growth", cli_real(c->norm));
    json_object_set_new(about, "gates_on_rows", json_integer(c->tied));
    return about;
}

cvr_status cli_to_relu_network(const cli_call *call, const cvr_model *m,
                               const cli_rows *rows, cvr_model *network, json_t **about)
{
    cvr_convert way = (cvr_convert)cvr_settings_choice(call->settings, "convert");
    const cvr_model *const both[2] = {network, m};
    cvr_conversion c;
    cvr_status status = CVR_OK, dense;
    *about = NULL;
    dense = cvr_dataset_make_dense(rows->train);
    if (dense == CVR_OK && rows->test)
        dense = cvr_dataset_make_dense(rows->test);
    TRY(cvr_allreduce_status(call->comm, dense));
    TRY(cvr_model_convert(m, way, rows->train, call->comm, network, &c));
    *about = describe(call, &c);
    TRY(add_difference(call, both, rows->train, "train", *about));
    TRY(add_difference(call, both, rows->test, "test", *about));
done:
    if (status != CVR_OK) {
        json_decref(*about);
        *about = NULL;
    }
    return status;
}

/* ---- from files -------------------------------------------------------------------- */

static cvr_status load(const cli_call *call, const cvr_model *m, const cvr_load *how,
                       cvr_dataset **data)
{
    bool labels;
    cvr_status status = CVR_OK;
    TRY(cvr_dataset_load(how, call->comm, data));
    labels = (*data)->Y.cols > 0;
    TRY(cvr_dataset_transform(*data, &m->transform, labels ? m->classes : 0,
                              labels ? m->class_names : NULL, call->comm));
done:
    return status;
}

cvr_status cli_file_to_relu_network(const cli_call *call, const cvr_model *m,
                                    cvr_model *network, json_t **about)
{
    cli_rows rows = {0};
    cvr_load how, test;
    cvr_status status = CVR_OK;
    *about = NULL;
    if (cvr_settings_count(call->settings, "data") == 0)
        FAIL(CVR_USAGE,
             "convert: --convert %s keeps what the model predicts on its training rows: "
             "--data FILE is missing",
             cvr_settings_text(call->settings, "convert"));
    TRY(cli_model_load_options(call, m, &how));
    how.type = CVR_DOUBLE;
    how.maybe_unlabelled = true;
    TRY(load(call, m, &how, &rows.train));
    if (cvr_settings_count(call->settings, "test") > 0) {
        cli_test_load_options(call, &how, &test);
        TRY(load(call, m, &test, &rows.test));
    }
    TRY(cli_to_relu_network(call, m, &rows, network, about));
done:
    cvr_dataset_free(rows.train);
    cvr_dataset_free(rows.test);
    return status;
}

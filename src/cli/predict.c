/* cvxrelu predict and eval: a model on data. */
#include "cli/cli.h"

#include <math.h>

static cvr_status load(const cli_call *call, cvr_model *m, cvr_dataset **data)
{
    const char *path = cvr_settings_text(call->settings, "model");
    cvr_load how;
    cvr_status status = CVR_OK;
    *data = NULL;
    if (!path)
        FAIL(CVR_USAGE, "%s: --model FILE is missing", call->command->name);
    TRY(cvr_agree(call->comm, cvr_model_load(path, m)));
    TRY(cli_how_to_load_for(call, m, &how));
    how.maybe_unlabelled = call->command->run == cli_predict;
    TRY(cvr_dataset_load(&how, call->comm, data));
done:
    return status;
}

/* ---- predict ----------------------------------------------------------------------- */

/* F of all processes' rows, on process 0 (and the others). */
static cvr_status outputs(const cli_call *call, const cvr_model *m,
                          const cvr_dataset *data, cvr_mat *all)
{
    cvr_mat own = {0};
    cvr_type type = data->X.type;
    cvr_status status = cvr_mat_new(cvr_cpu(), type, data->X.rows, m->outputs, &own);
    if (status == CVR_OK)
        status = cvr_mat_new(cvr_cpu(), type, data->rows, m->outputs, all);
    if (status == CVR_OK)
        status = cvr_model_forward(m, data->X, own);
    TRY(cvr_agree(call->comm, status));
    TRY(cvr_gather(call->comm, own, *all));
done:
    cvr_mat_free(&own);
    return status;
}

/* What the network says of row i: a class, a value or a list of values. */
static json_t *prediction_json(const cvr_model *m, cvr_mat F, int64_t i, bool values)
{
    if (m->classes > 0 && !values)
        return json_string(m->class_names[cvr_model_class(m, F, i)]);
    if (F.cols == 1)
        return cli_real(cvr_get(F, i, 0));
    json_t *list = json_array();
    for (int64_t j = 0; j < F.cols; j++)
        json_array_append_new(list, cli_real(cvr_get(F, i, j)));
    return list;
}

static json_t *predictions_json(const cvr_model *m, cvr_mat F, bool values)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < F.rows; i++)
        json_array_append_new(list, prediction_json(m, F, i, values));
    return list;
}

static cvr_status write_out(const cli_call *call, const cvr_model *m, cvr_mat F)
{
    const char *path = cvr_settings_text(call->settings, "output");
    bool values = cvr_settings_switch(call->settings, "values");
    bool file = path && !cli_is_standard(path);
    cvr_status status = CVR_OK;
    if (file) {
        TRY(cvr_predictions_save(m, F, values, path));
        TRY(cli_print(call,
                      json_pack("{s:I, s:s}", "rows", (json_int_t)F.rows, "file", path)));
    } else if (cli_switch(call, "json")) {
        TRY(cvr_predictions_check(m, F));
        TRY(cli_print(call, json_pack("{s:I, s:o}", "rows", (json_int_t)F.rows,
                                      "predictions", predictions_json(m, F, values))));
    } else {
        TRY(cli_streamed(cvr_predictions_print(m, F, values, stdout)));
        TRY(cli_flush());
    }
done:
    return status;
}

cvr_status cli_predict(cli_call *call)
{
    cvr_model m = {0};
    cvr_dataset *data = NULL;
    cvr_mat F = {0};
    cvr_status status = CVR_OK;
    TRY(cli_check_places(call));
    TRY(load(call, &m, &data));
    TRY(cvr_dataset_apply(data, &m.transform, 0, NULL, call->comm));
    TRY(outputs(call, &m, data, &F));
    if (cvr_comm_rank(call->comm) == 0)
        TRY(write_out(call, &m, F));
done:
    cvr_mat_free(&F);
    cvr_dataset_free(data);
    cvr_model_free(&m);
    return status;
}

/* ---- eval -------------------------------------------------------------------------- */

static json_t *score_json(const cvr_score *s, cvr_task task)
{
    json_t *rows = json_integer(s->rows), *loss = cli_real(s->loss);
    if (task == CVR_CLASSIFY)
        return json_pack("{s:o, s:o, s:o}", "rows", rows, "loss", loss, "accuracy",
                         cli_real(s->accuracy));
    return json_pack("{s:o, s:o, s:o, s:o}", "rows", rows, "loss", loss, "r2",
                     cli_real(s->r2), "rmse", cli_real(s->rmse));
}

cvr_status cli_eval(cli_call *call)
{
    cvr_model m = {0};
    cvr_dataset *data = NULL;
    cvr_score score;
    cvr_status status = CVR_OK;
    TRY(load(call, &m, &data));
    TRY(cvr_dataset_apply(data, &m.transform, m.classes, m.class_names, call->comm));
    TRY(cvr_model_score(&m, data, call->comm, &score));
    if (!isfinite(score.loss))
        FAIL(CVR_NUMERICAL, "%s: the loss of the network is not finite", data->source);
    TRY(cli_print(call, score_json(&score, data->task)));
done:
    cvr_dataset_free(data);
    cvr_model_free(&m);
    return status;
}

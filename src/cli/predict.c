/* cvxrelu predict and eval: a model on data. */
#include "cli/cli.h"

#include <math.h>

/* Raw rows as the model's training data were; target and task are the model's unless the
   user says otherwise. */
static cvr_status load(const cli_call *call, cvr_model *m, cvr_dataset **data)
{
    const char *path = cvr_settings_text(call->settings, "model");
    cvr_load how;
    cvr_status status = CVR_OK;
    *data = NULL;
    if (!path)
        FAIL(CVR_USAGE, "%s: --model FILE is missing", call->command->name);
    TRY(cli_how_to_load(call, &how));
    TRY(cvr_agree(call->comm, cvr_model_load(path, m)));
    how.type = m->layers[0].W.type;
    how.task = how.task == CVR_TASK_AUTO ? m->task : how.task;
    how.gray = m->transform.gray;
    how.new_height = m->transform.new_height;
    how.new_width = m->transform.new_width;
    how.descriptor = m->transform.descriptor;
    how.features = m->transform.features;
    if (how.libsvm_base < 0)
        how.libsvm_base = m->transform.libsvm_base;
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

static cvr_status write_out(const cli_call *call, const cvr_model *m, cvr_mat F)
{
    const char *path = cvr_settings_text(call->settings, "output");
    bool values = cvr_settings_switch(call->settings, "values");
    cvr_status status = CVR_OK;
    if (path) {
        TRY(cvr_predictions_save(m, F, values, path));
        TRY(cli_print(call,
                      json_pack("{s:I, s:s}", "rows", (json_int_t)F.rows, "file", path)));
    } else {
        TRY(cvr_predictions_print(m, F, values, stdout));
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

static json_t *real_json(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *score_json(const cvr_score *s, cvr_task task)
{
    json_t *rows = json_integer(s->rows), *loss = real_json(s->loss);
    if (task == CVR_CLASSIFY)
        return json_pack("{s:o, s:o, s:o}", "rows", rows, "loss", loss, "accuracy",
                         real_json(s->accuracy));
    return json_pack("{s:o, s:o, s:o, s:o}", "rows", rows, "loss", loss, "r2",
                     real_json(s->r2), "rmse", real_json(s->rmse));
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
    TRY(cli_print(call, score_json(&score, data->task)));
done:
    cvr_dataset_free(data);
    cvr_model_free(&m);
    return status;
}

/* Raw rows to what a network sees: fitted on training rows, or as a model has it. */
#include "data/fit_transform.h"

#include "base/bytes.h"
#include "base/log.h"
#include "data/columns.h"
#include "data/columns_fit.h"
#include "data/conform.h"
#include "data/dataset.h"
#include "data/describe.h"
#include "data/expand.h"
#include "data/images.h"
#include "data/normalise.h"
#include "data/remap_classes.h"
#include "data/transform.h"
#include "parallel/comm.h"

/* The ones go where X has room for them: a column of X for a penalised bias, else behind
   its last one. */
static void append_ones(cvr_dataset *data)
{
    data->prepared = true;
    if (data->transform.bias == CVR_BIAS_PENALISED)
        data->X.cols++;
    cvr_dataset_fill_ones(data);
}

static cvr_status check_fresh(const cvr_dataset *data)
{
    if (data->prepared)
        return cvr_fail(CVR_USAGE, "%s: the data are already prepared", data->source);
    return CVR_OK;
}

static cvr_status check_trainable(const cvr_dataset *data)
{
    if (data->rows == 0)
        return cvr_fail(CVR_BAD_DATA, "%s: no rows", data->source);
    if (data->task == CVR_CLASSIFY && data->classes < 2)
        return cvr_fail(CVR_BAD_DATA,
                        "%s: only one class ('%s') where classification needs two",
                        data->source, data->classes ? data->class_names[0] : "");
    if (data->X.cols > INT32_MAX / 2)
        return cvr_fail(CVR_BAD_DATA, "%s: %lld features are too many", data->source,
                        (long long)data->X.cols);
    return check_fresh(data);
}

/* Missing values are filled in, categories become features. */
static cvr_status prepare_columns(cvr_dataset *data, cvr_comm *comm)
{
    cvr_status status = CVR_OK;
    cvr_columns fitted = {0};
    if (cvr_columns_plain(&data->transform.columns))
        return CVR_OK;
    CVR_TRY(
        cvr_allreduce_status(comm, cvr_columns_copy(&data->transform.columns, &fitted)));
    CVR_TRY(cvr_columns_fit(data, comm, &fitted));
    status = cvr_columns_conform(data, &fitted);
    if (status == CVR_OK)
        status = cvr_columns_expand(data, &fitted);
    CVR_TRY(cvr_allreduce_status(comm, status));
    cvr_columns_free(&data->transform.columns);
    data->transform.columns = fitted;
    data->transform.features = data->X.cols;
    fitted = (cvr_columns){0};
done:
    cvr_columns_free(&fitted);
    return status;
}

cvr_status cvr_dataset_fit_transform(cvr_dataset *data, cvr_normalize normalize,
                                     cvr_bias bias, cvr_comm *comm)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(comm, check_trainable(data)));
    CVR_TRY(prepare_columns(data, comm));
    if (cvr_described(&data->transform))
        CVR_TRY(cvr_describe_fit(data, comm));
    cvr_transform fitted = data->transform;
    fitted.normalize = normalize;
    if (normalize != CVR_NORMALIZE_NONE)
        CVR_TRY(cvr_normalise_fit(data, normalize, comm, &fitted));
    if (data->S.start && fitted.scale.data && normalize < CVR_NORMALIZE_UNIT)
        cvr_note(CVR_LOG_NOTE,
                 "%s: features are scaled, not shifted, since the rows are sparse",
                 data->source);
    data->transform = fitted;
    CVR_TRY(cvr_allreduce_status(comm, cvr_normalise_apply(data)));
    data->transform.bias = bias;
    append_ones(data);
done:
    return status;
}

/* Rows of whole images become small ones, or descriptions, in another matrix. */
static cvr_status convert_images(cvr_dataset *data, const cvr_transform *t)
{
    cvr_status status = CVR_OK;
    cvr_imager imager = {0};
    cvr_dataset *small = NULL;
    double *row = NULL;
    CVR_TRY(cvr_imager_new(t, data->X.cols, data->source, &imager));
    if (imager.features != t->features && !cvr_described(t))
        CVR_FAIL(CVR_BAD_DATA,
                 "%s: its images become %lld features, the model takes %lld",
                 data->source, (long long)imager.features, (long long)t->features);
    CVR_TRY(cvr_dataset_new_like(data, imager.features, 1, &small));
    CVR_TRY(cvr_alloc(data->X.cols, sizeof *row, "an image", (void **)&row));
    for (int64_t i = 0; i < data->X.rows; i++)
        cvr_imager_turn(&imager, data->X, i, row, small->X);
    cvr_mat_free(&data->X);
    data->X = small->X;
    small->X = (cvr_mat){0};
done:
    cvr_imager_free(&imager);
    cvr_dataset_free(small);
    cvr_release(row);
    return status;
}

cvr_status cvr_dataset_convert_images(cvr_dataset *data)
{
    cvr_transform *t = &data->transform;
    cvr_imager imager = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_imager_new(t, data->X.cols, data->source, &imager));
    t->features = imager.features;
    CVR_TRY(convert_images(data, t));
done:
    cvr_imager_free(&imager);
    return status;
}

/* The columns of a table, as the model has them; without columns the
   model takes numbers. */
static cvr_status fit_columns(cvr_dataset *data, const cvr_transform *t)
{
    cvr_status status = CVR_OK;
    const cvr_columns *own = &data->transform.columns;
    if (t->columns.count > 0) {
        CVR_TRY(cvr_columns_conform(data, &t->columns));
        return cvr_columns_expand(data, &t->columns);
    }
    if (!cvr_columns_plain(own))
        CVR_FAIL(CVR_BAD_DATA,
                 "%s: it has texts or missing values, the model takes numbers",
                 data->source);
done:
    return status;
}

/* Raw images become gray, get another size, and are described. */
static cvr_status describe(cvr_dataset *data, const cvr_transform *t, cvr_comm *comm)
{
    bool raw = data->X.cols == t->raw_features && !cvr_imager_idle(t) &&
               data->X.cols != cvr_description_pixels(t);
    cvr_status status = raw ? convert_images(data, t) : CVR_OK;
    return status == CVR_OK ? cvr_describe(data, t, comm) : status;
}

static cvr_status fit_width(cvr_dataset *data, const cvr_transform *t, cvr_comm *comm)
{
    cvr_status status = fit_columns(data, t);
    if (status != CVR_OK)
        return status;
    if (cvr_described(t))
        return describe(data, t, comm);
    if (data->X.cols == t->features)
        return CVR_OK;
    if (data->X.cols == t->raw_features && !cvr_imager_idle(t))
        return convert_images(data, t);
    return cvr_fail(CVR_BAD_DATA, "%s: rows have %lld features, the model takes %lld",
                    data->source, (long long)data->X.cols, (long long)t->features);
}

static cvr_status apply(cvr_dataset *data, const cvr_transform *t, int classes,
                        char *const *names, cvr_comm *comm)
{
    cvr_status status = CVR_OK;
    cvr_transform copy = {0};
    CVR_TRY(check_fresh(data));
    CVR_TRY(fit_width(data, t, comm));
    CVR_TRY(cvr_dataset_remap_classes(data, classes, names));
    CVR_TRY(cvr_transform_copy(t, &copy));
    cvr_transform_free(&data->transform);
    data->transform = copy;
    CVR_TRY(cvr_normalise_apply(data));
    append_ones(data);
done:
    return status;
}

cvr_status cvr_dataset_transform(cvr_dataset *data, const cvr_transform *transform,
                                 int classes, char *const *names, cvr_comm *comm)
{
    cvr_status status =
        cvr_allreduce_status(comm, apply(data, transform, classes, names, comm));
    /* Images whose description was left are not described. */
    if (status == CVR_OK && cvr_described(transform))
        return cvr_interrupt_sync(comm);
    return status;
}

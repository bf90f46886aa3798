/* The rows that a run trains on and those that it is tested on, prepared alike. */
#define _GNU_SOURCE
#include "cli/load_data.h"

#include <stdlib.h>
#include <string.h>

#include "cli/load_options.h"
#include "cli/try.h"
#include "linalg/device.h"

/* A test set's columns are found by the names of the training data, the target too. */
static void find_alike(const cvr_dataset *train, cvr_load *test)
{
    bool none = test->target && strcmp(test->target, "none") == 0;
    test->like = &train->transform;
    if (train->transform.columns.count > 0 && !none)
        test->target = NULL;
}

/* Weights may be a column that the test rows have, too. */
static bool has_column(const cvr_load *test, const char *name)
{
    cvr_texts t = {0};
    bool has = name && cvr_texts_read(test, name, &t) == CVR_OK;
    cvr_texts_free(&t);
    return has;
}

/* How the test rows are read: other files, or the nodes of a graph that are for that. */
static void plan_test(const cli_call *call, const cvr_load *how, const cvr_dataset *train,
                      cvr_load *test)
{
    if (how->split)
        *test = *how;
    else
        cli_test_load_options(call, how, test);
    test->testing = true;
    test->class_weights = NULL; /* those of the training rows */
    if (!has_column(test, how->weights))
        test->weights = NULL;
    find_alike(train, test);
    test->task = train->task;
    test->features = train->X.cols;
    test->libsvm_base = train->transform.libsvm_base;
}

static cvr_status load_test(const cli_call *call, const cvr_load *how,
                            const cli_split *split, cli_data *d)
{
    cvr_load test;
    bool files = split->files && cvr_settings_count(call->settings, "test") > 0;
    if (how->split && (files || split->held > 0))
        return cvr_fail(CVR_USAGE, "--split and --%s are two test sets",
                        files ? "test" : "holdout");
    if (files && split->held > 0)
        return cvr_fail(CVR_USAGE, "--test and --holdout are two test sets");
    if (files || how->split) {
        plan_test(call, how, d->train, &test);
        return cvr_dataset_load(&test, call->comm, &d->test);
    }
    if (split->held > 0)
        return cvr_dataset_split(d->train, split->held, split->seed, call->comm,
                                 &d->test);
    return CVR_OK;
}

/* --normalize auto: pixels are alike; features that are made of them, and columns of a
   table, are not. */
static cvr_normalize normalization(const cli_call *call, const cvr_dataset *data)
{
    int choice = cvr_settings_choice(call->settings, "normalize");
    if (choice > 0)
        return (cvr_normalize)(choice - 1);
    if (data->transform.hops > 0)
        return CVR_NORMALIZE_HOPS;
    return data->transform.channels > 0 && data->transform.descriptor <= CVR_HOG648 &&
                   !data->transform.mirror
               ? CVR_NORMALIZE_GLOBAL
               : CVR_NORMALIZE_FEATURE;
}

cvr_status cli_bias_option(const cli_call *call, cvr_bias *bias)
{
    bool none = cli_switch(call, "no-bias");
    int choice = cvr_settings_choice(call->settings, "bias");
    *bias = none ? CVR_BIAS_NONE : (cvr_bias)choice;
    if (none && choice != CVR_BIAS_NONE && cvr_settings_given(call->settings, "bias"))
        return cvr_fail(CVR_USAGE, "--no-bias and --bias %s: only one of them",
                        cvr_settings_text(call->settings, "bias"));
    return CVR_OK;
}

/* Filters of images run on --device too. That auto takes the processor is said once, when
   there is a solver. */
static cvr_status find_device(const cli_call *call, cvr_dataset *data)
{
    const char *name = cvr_settings_text(call->settings, "device");
    char about[256];
    int count;
    cvr_status status = CVR_OK;
    if (!name || !(data->transform.descriptor & (CVR_CONV | CVR_ORIENTED)) ||
        (strcmp(name, "auto") == 0 && cvr_device_name(0, about, &count) != CVR_OK))
        return CVR_OK;
    TRY(cvr_device_open(name, cvr_comm_rank(call->comm), &data->device));
done:
    return status;
}

cvr_status cli_prepare_data(const cli_call *call, cli_data *d)
{
    const cvr_dataset *train = d->train;
    cvr_bias bias;
    cvr_status status = CVR_OK;
    TRY(cli_bias_option(call, &bias));
    status = find_device(call, d->train);
    TRY(cvr_allreduce_status(call->comm, status));
    if (d->test)
        d->test->device = d->train->device;
    TRY(cvr_dataset_fit_transform(d->train, normalization(call, train), bias,
                                  call->comm));
    if (d->test)
        TRY(cvr_dataset_transform(d->test, &train->transform, train->classes,
                                  train->class_names, call->comm));
done:
    return status;
}

cvr_status cli_read_data(const cli_call *call, const cli_split *split, cli_data *d)
{
    cvr_load how;
    cvr_status status = CVR_OK;
    TRY(cli_load_options(call, &how));
    how.type = split->type;
    TRY(cvr_dataset_load(&how, call->comm, &d->train));
    TRY(load_test(call, &how, split, d));
done:
    return status;
}

cvr_status cli_load_data(const cli_call *call, const cli_split *split, cli_data *d)
{
    cvr_status status = CVR_OK;
    TRY(cli_read_data(call, split, d));
    TRY(cli_prepare_data(call, d));
done:
    return status;
}

void cli_data_free(cli_data *d)
{
    cvr_dataset_free(d->train);
    cvr_dataset_free(d->test);
    *d = (cli_data){0};
}

/* The column of names (--id) is not a feature. *list, the caller's: what is left
   out with it. */
static cvr_status ignore_id(const cli_call *call, cvr_load *how, char **list)
{
    const char *id = cvr_settings_text(call->settings, "id");
    if (!id)
        return CVR_OK;
    if (asprintf(list, "%s%s%s", how->ignore ? how->ignore : "", how->ignore ? "," : "",
                 id) < 0) {
        *list = NULL;
        return cvr_fail(CVR_NO_MEMORY, "no memory for a list of columns");
    }
    how->ignore = *list;
    return CVR_OK;
}

cvr_status cli_load_for_model(const cli_call *call, bool labelled, cvr_model *m,
                              cvr_dataset **data)
{
    const char *path = cvr_settings_text(call->settings, "model");
    char *ignored = NULL;
    cvr_load how;
    cvr_status status = CVR_OK;
    *data = NULL;
    if (!path)
        FAIL(CVR_USAGE, "%s: --model FILE is missing", call->command->name);
    TRY(cvr_allreduce_status(call->comm, cvr_model_load(path, m)));
    TRY(cli_model_load_options(call, m, &how));
    how.testing = true;
    how.maybe_unlabelled = how.unlabelled = !labelled;
    how.every_row = how.unlabelled && how.missing != CVR_MISSING_DROP;
    TRY(cvr_allreduce_status(call->comm, ignore_id(call, &how, &ignored)));
    TRY(cvr_dataset_load(&how, call->comm, data));
done:
    free(ignored);
    return status;
}

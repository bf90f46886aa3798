/* The rows that a run trains on and those that it is tested on, prepared alike. */
#include "cli/cli.h"

#include <string.h>

static bool has(const cli_call *call, const char *name)
{
    return cvr_settings_find(call->settings, name) != NULL;
}

/* A test set's columns are found by the names of the training data, the target too. */
static void find_alike(const cvr_dataset *train, cvr_load *test)
{
    bool none = test->target && strcmp(test->target, "none") == 0;
    test->like = &train->transform;
    if (train->transform.columns.count > 0 && !none)
        test->target = NULL;
}

static cvr_status load_test(const cli_call *call, const cvr_load *how,
                            const cli_split *split, cli_data *d)
{
    cvr_load test;
    bool files = split->files && cvr_settings_count(call->settings, "test") > 0;
    if (files && split->held > 0)
        return cvr_fail(CVR_USAGE, "--test and --holdout are two test sets");
    if (files) {
        cli_how_to_load_test(call, how, &test);
        find_alike(d->train, &test);
        test.task = d->train->task;
        test.features = d->train->X.cols;
        test.libsvm_base = d->train->transform.libsvm_base;
        return cvr_dataset_load(&test, call->comm, &d->test);
    }
    if (split->held > 0)
        return cvr_dataset_hold_out(d->train, split->held, split->seed, call->comm,
                                    &d->test);
    return CVR_OK;
}

/* --normalize auto: pixels are alike, columns of a table are not. */
static cvr_normalize normalization(const cli_call *call, const cvr_dataset *data)
{
    int choice =
        has(call, "normalize") ? cvr_settings_choice(call->settings, "normalize") : 0;
    if (choice > 0)
        return (cvr_normalize)(choice - 1);
    return data->transform.channels > 0 ? CVR_NORMALIZE_GLOBAL : CVR_NORMALIZE_FEATURE;
}

cvr_status cli_bias(const cli_call *call, cvr_bias *bias)
{
    bool none = cli_switch(call, "no-bias");
    int choice =
        has(call, "bias") ? cvr_settings_choice(call->settings, "bias") : CVR_BIAS_FREE;
    *bias = none ? CVR_BIAS_NONE : (cvr_bias)choice;
    if (none && choice != CVR_BIAS_NONE && cvr_settings_given(call->settings, "bias"))
        return cvr_fail(CVR_USAGE, "--no-bias and --bias %s: only one of them",
                        cvr_bias_name((cvr_bias)choice));
    return CVR_OK;
}

cvr_status cli_prepare(const cli_call *call, cli_data *d)
{
    const cvr_dataset *train = d->train;
    cvr_bias bias;
    cvr_status status = CVR_OK;
    TRY(cli_bias(call, &bias));
    TRY(cvr_dataset_prepare(d->train, normalization(call, train), bias, call->comm));
    if (d->test)
        TRY(cvr_dataset_apply(d->test, &train->transform, train->classes,
                              train->class_names, call->comm));
done:
    return status;
}

cvr_status cli_read(const cli_call *call, const cli_split *split, cli_data *d)
{
    cvr_load how;
    cvr_status status = CVR_OK;
    TRY(cli_how_to_load(call, &how));
    how.type = split->type;
    TRY(cvr_dataset_load(&how, call->comm, &d->train));
    TRY(load_test(call, &how, split, d));
done:
    return status;
}

cvr_status cli_load(const cli_call *call, const cli_split *split, cli_data *d)
{
    cvr_status status = CVR_OK;
    TRY(cli_read(call, split, d));
    TRY(cli_prepare(call, d));
done:
    return status;
}

void cli_data_free(cli_data *d)
{
    cvr_dataset_free(d->train);
    cvr_dataset_free(d->test);
    *d = (cli_data){0};
}

/* The rows that a run trains on and those that it is tested on, prepared alike. */
#ifndef CVR_CLI_LOAD_DATA_H
#define CVR_CLI_LOAD_DATA_H

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"

/* Rows to train on and to test on. */
typedef struct cli_data {
    cvr_dataset *train, *test; /* test may be NULL */
} cli_data;

/* Which rows are the test set: the files of --test (files), or `held` that are split off,
   a number or a part below 1. */
typedef struct cli_split {
    cvr_type type;
    bool files;
    double held;
    uint64_t seed;
} cli_split;

/* The rows of --data and of the test set, raw. */
cvr_status cli_read_data(const cli_call *call, const cli_split *split,
                         cli_data *d) CVR_MUST_CHECK;
/* The same, prepared. */
cvr_status cli_load_data(const cli_call *call, const cli_split *split,
                         cli_data *d) CVR_MUST_CHECK;
/* --bias; --no-bias is its older name for none. */
cvr_status cli_bias_option(const cli_call *call, cvr_bias *bias) CVR_MUST_CHECK;
/* Fits normalisation and bias on the training rows, applies them to both. */
cvr_status cli_prepare_data(const cli_call *call, cli_data *d) CVR_MUST_CHECK;
void cli_data_free(cli_data *d);
/* The model of --model and the rows of --data, raw, read as its training rows were;
   labelled: their targets too. */
cvr_status cli_load_for_model(const cli_call *call, bool labelled, cvr_model *m,
                              cvr_dataset **data) CVR_MUST_CHECK;

#endif

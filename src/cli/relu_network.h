/* --convert: a gated network becomes a ReLU network. */
#ifndef CVR_CLI_RELU_NETWORK_H
#define CVR_CLI_RELU_NETWORK_H

#include <jansson.h>

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"

/* Of prepared rows; test may be NULL, and either may be without targets. Sparse rows
   become dense. */
typedef struct cli_rows {
    cvr_dataset *train, *test;
} cli_rows;

/* --convert is given, and not none. */
bool cli_converts(const cli_call *call);
/* CVR_USAGE where a run of `train` will have nothing to convert, or no file for it. */
cvr_status cli_check_conversion(const cli_call *call) CVR_MUST_CHECK;

/* *network = m by --convert, m's on the training rows; *about: what has changed, and the
   scores of both (the caller's, NULL when it fails). Collective. */
cvr_status cli_to_relu_network(const cli_call *call, const cvr_model *m,
                               const cli_rows *rows, cvr_model *network,
                               json_t **about) CVR_MUST_CHECK;
/* The same, m's training rows read from --data and test rows from --test. Collective. */
cvr_status cli_file_to_relu_network(const cli_call *call, const cvr_model *m,
                                    cvr_model *network, json_t **about) CVR_MUST_CHECK;

#endif

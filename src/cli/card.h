/* A model card: what a model is, how it was trained and how to use it, as Markdown. */
#ifndef CVR_CLI_CARD_H
#define CVR_CLI_CARD_H

#include <jansson.h>

#include <cvxrelu/cvxrelu.h>

/* To standard output. about: what `info` says of the model, which is not taken. */
cvr_status cli_print_card(const cvr_model *m, const json_t *about) CVR_MUST_CHECK;

#endif

/* The methods of this room, and the options that they share. */
#ifndef CVR_BASELINE_METHODS_H
#define CVR_BASELINE_METHODS_H

#include <float.h>

#include "model/loss.h"
#include "solver/method.h"

extern const cvr_method cvr_adam_method, cvr_sgd_method, cvr_cg_method, cvr_bfgs_method,
    cvr_linear_method;

/* Rows of an option table: the network and its objective. */
/* clang-format off */
#define CVR_NETWORK_OPTIONS                                                              \
    {"layers", CVR_TEXT, "100", 0, 0, NULL,                                              \
     "units of the hidden layers, as in 100,50; none: a linear model"},                  \
    {"loss", CVR_CHOICE, "auto", 0, 0, CVR_LOSS_CHOICES,\
     "auto: logistic for two classes, softmax for more, squared for regression"},        \
    {"weight-decay", CVR_REAL, "0", 0, DBL_MAX, NULL,                                    \
     "w of the penalty w/2 |weights and biases|^2 that joins the mean loss"},            \
    {"init", CVR_CHOICE, "he", 0, 0, "he|glorot",                                        \
     "initial weights: N(0, 2 / inputs) or N(0, 2 / (inputs + outputs))"}
/* clang-format on */

#endif

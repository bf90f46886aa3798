/* The options that the methods of the family share. */
#ifndef CVR_DEEP_OPTIONS_H
#define CVR_DEEP_OPTIONS_H

#include <float.h>

#include "deep/top.h"
#include "solver/layers.h"
#include "solver/method.h"

typedef struct cvr_deep_options {
    cvr_layers hidden;
    const cvr_loss *loss;
    cvr_deep_multiplier multiplier; /* of the iterations from `warm` on */
    int64_t warm;
    double penalty_top, penalty_activation, penalty_weights;
    double ridge, damping; /* as fractions of the mean square of a layer's inputs */
    int64_t ridge_halving;
    bool he; /* how weights start, and how large */
    double init_scale;
    int64_t block, threads;
    double tolerance;
} cvr_deep_options;

/* What the user leaves to a method, and its name in the result. */
typedef struct cvr_deep_defaults {
    const char *name;
    double top[3];              /* b_L: several outputs, one, squared loss */
    double activation, weights; /* g_l / b_{l+1}, b_l / g_l */
    double ridge[3];            /* several classes, two, values */
    int64_t halving[3];         /* of the ridge; several classes, two, values */
    int64_t warm;
    cvr_deep_multiplier multiplier;
} cvr_deep_defaults;

/* CVR_USAGE where they do not fit the task. Not collective. */
cvr_status cvr_deep_read(const cvr_problem *problem, const cvr_deep_defaults *defaults,
                         cvr_deep_options *o) CVR_MUST_CHECK;

/* The options as they are given, and their rows in a table. */
typedef struct cvr_deep_given {
    cvr_run_options run;
    const char *layers;
    int sweep, loss, multiplier, init;
    double penalty_top, penalty_activation, penalty_weights, ridge, damping, init_scale;
    int64_t ridge_halving, warm, block;
} cvr_deep_given;
#define CVR_DEEP_AT(type, field) CVR_FIELD(cvr_deep_given, type, field)
/* clang-format off */
#define CVR_DEEP_OPTIONS                                                                 \
    {"layers", CVR_TEXT, "100,50", 0, 0, NULL,                                           \
     "units of the hidden layers, from the input on; none: a linear model",              \
     CVR_DEEP_AT(const char *, layers)},                                                 \
    {"loss", CVR_CHOICE, "auto", 0, 0, CVR_LOSS_PROX_CHOICES,                            \
     "auto: hinge (each class against the others) for classes, squared for values",      \
     CVR_DEEP_AT(int, loss)},                                                            \
    {"multiplier", CVR_CHOICE, "auto", 0, 0, "auto|full|paper|none",                     \
     "where lambda enters: every step, the step of z_L only, nowhere; auto: full with "  \
     "sweep refresh, else paper", CVR_DEEP_AT(int, multiplier)},                         \
    {"penalty-top", CVR_REAL, "", DBL_MIN, DBL_MAX, NULL,                                \
     "b_L, of z_L = W_L a_{L-1}; default 0.05 (one output: 0.15, squared loss: 1), with "\
     "sweep paper 0.0024", CVR_DEEP_AT(double, penalty_top)},                            \
    {"penalty-activation", CVR_REAL, "", DBL_MIN, DBL_MAX, NULL,                         \
     "g_l / b_{l+1}, g_l of a_l = h(z_l), where targets of the squared loss with a free "\
     "bias have deviation 1; default 0.5, with sweep paper 0.95",                        \
     CVR_DEEP_AT(double, penalty_activation)},                                           \
    {"penalty-weights", CVR_REAL, "", DBL_MIN, DBL_MAX, NULL,                            \
     "b_l / g_l, b_l of z_l = W_l a_{l-1}; default 0.2, with sweep paper 0.015",         \
     CVR_DEEP_AT(double, penalty_weights)},                                              \
    {"ridge", CVR_REAL, "", 0, 1e6, NULL,                                                \
     "ridge of the weights, as a fraction of the mean square of a layer's inputs; "      \
     "default 0.01; with sweep refresh for two classes 0.02, for more 0.03",             \
     CVR_DEEP_AT(double, ridge)},                                                        \
    {"ridge-halving", CVR_INTEGER, "", 0, 1e15, NULL,                                    \
     "iterations in which the ridge is halved, down to 0.005; 0: it is constant; default "\
     "20, with sweep refresh for two classes 10", CVR_DEEP_AT(int64_t, ridge_halving)},  \
    {"damping", CVR_REAL, "0", 0, 1e6, NULL,                                             \
     "proximal term around the previous weights; keeps what the ridge lets decay",       \
     CVR_DEEP_AT(double, damping)},                                                      \
    {"warm", CVR_INTEGER, "", 0, 1e15, NULL,                                             \
     "number of first iterations without lambda; default 2, with sweep paper 0",         \
     CVR_DEEP_AT(int64_t, warm)},                                                        \
    {"init", CVR_CHOICE, "he", 0, 0, "he|gaussian",                                      \
     "initial weights N(0, 2 / inputs) for features of mean square 1, or N(0, 1) (sweep "\
     "paper: z and a)", CVR_DEEP_AT(int, init)},                                         \
    {"init-scale", CVR_REAL, "", 0, DBL_MAX, NULL,                                       \
     "factor of the initial weights; default 0.15, with gaussian 1",                     \
     CVR_DEEP_AT(double, init_scale)},                                                   \
    {"validation", CVR_REAL, "0", 0, 1e15, NULL,                                         \
     "fraction (below 1) or number of training rows that are held out to choose the "    \
     "iteration; 0: none, the model is that of the last iteration",                      \
     CVR_DEEP_AT(double, run.validation)},                                               \
    {"block", CVR_INTEGER, "384", 1, 1e9, NULL,                                          \
     "number of rows that are processed at a time", CVR_DEEP_AT(int64_t, block)},        \
    {"max-iterations", CVR_INTEGER, "50", 1, 1e15, NULL,                                 \
     "stop after this number of iterations"},                                            \
    {"tolerance", CVR_REAL, "1e-5", 0, 1, NULL,                                          \
     "stop when two successive iterations change the weights by a smaller fraction"}
/* clang-format on */

#endif

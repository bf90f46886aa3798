/* The options that the methods of the family share. */
#ifndef CVR_DEEP_OPTIONS_H
#define CVR_DEEP_OPTIONS_H

#include <float.h>

#include "deep/top.h"
#include "solver/layers.h"
#include "solver/method.h"

/* When penalties grow tenfold with --schedule paper (schedule.h). */
typedef enum cvr_deep_growth {
    CVR_GROWTH_NONE,  /* a method without a schedule */
    CVR_GROWTH_RISES, /* when the training loss has risen three times */
    CVR_GROWTH_STALLS /* when it has fallen by less than a thousandth */
} cvr_deep_growth;

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
    bool majorised; /* steps of W and a down the gradient, as far as it is sure to pay */
    cvr_deep_growth growth;
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
    cvr_deep_multiplier multiplier; /* none: no option --warm either */
    const cvr_loss *loss;           /* of classes; NULL: hinge */
    bool gaussian;                  /* how weights start, and how large: he, gaussian */
    double init_scale[2];
    cvr_deep_growth growth;
    const struct cvr_deep_defaults *printed; /* with --published, blocks majorised and
                                                the paper's schedule; NULL: none */
} cvr_deep_defaults;

/* CVR_USAGE where they do not fit the task. Not collective. */
cvr_status cvr_deep_read(const cvr_problem *problem, const cvr_deep_defaults *defaults,
                         cvr_deep_options *o) CVR_MUST_CHECK;

/* The options as they are given, and their rows in a table. */
typedef struct cvr_deep_given {
    cvr_run_options run;
    const char *layers, *grid, *grow_from;
    int sweep, loss, multiplier, init;
    double penalty_top, penalty_activation, penalty_weights, ridge, damping, init_scale;
    int64_t ridge_halving, warm, block;
    int blocks, schedule;
    bool published;
} cvr_deep_given;
#define CVR_DEEP_AT(type, field) CVR_FIELD(cvr_deep_given, type, field)
/* clang-format off */
#define CVR_DEEP_NETWORK_OPTIONS                                                         \
    {"layers", CVR_TEXT, "100,50", 0, 0, NULL,                                           \
     "units of the hidden layers, from the input on; none: a linear model",              \
     CVR_DEEP_AT(const char *, layers)},                                                 \
    {"loss", CVR_CHOICE, "auto", 0, 0, CVR_LOSS_PROX_CHOICES,                            \
     "auto: hinge (each class against the others) for classes, squared for values",      \
     CVR_DEEP_AT(int, loss)}
#define CVR_DEEP_PENALTIES(top, activation, weights)                                     \
    {"penalty-top", CVR_REAL, "", DBL_MIN, DBL_MAX, NULL,                                \
     "b_L, of z_L = W_L a_{L-1}; default " top, CVR_DEEP_AT(double, penalty_top)},       \
    {"penalty-activation", CVR_REAL, "", DBL_MIN, DBL_MAX, NULL,                         \
     "g_l / b_{l+1}, g_l of a_l = h(z_l), where targets of the squared loss with a free "\
     "bias have deviation 1; default " activation,                                       \
     CVR_DEEP_AT(double, penalty_activation)},                                           \
    {"penalty-weights", CVR_REAL, "", DBL_MIN, DBL_MAX, NULL,                            \
     "b_l / g_l, b_l of z_l = W_l a_{l-1}; default " weights,                            \
     CVR_DEEP_AT(double, penalty_weights)}
#define CVR_DEEP_RIDGES(first, every)                                                    \
    {"ridge", CVR_REAL, "", 0, 1e6, NULL,                                                \
     "ridge of the weights, as a fraction of the mean square of a layer's inputs; "      \
     "default " first, CVR_DEEP_AT(double, ridge)},                                      \
    {"ridge-halving", CVR_INTEGER, "", 0, 1e15, NULL,                                    \
     "iterations in which the ridge is halved, down to 0.005; 0: it is constant; default "\
     every, CVR_DEEP_AT(int64_t, ridge_halving)},                                        \
    {"damping", CVR_REAL, "0", 0, 1e6, NULL,                                             \
     "proximal term around the previous weights; keeps what the ridge lets decay",       \
     CVR_DEEP_AT(double, damping)}
#define CVR_DEEP_WARM(count)                                                             \
    {"warm", CVR_INTEGER, "", 0, 1e15, NULL,                                             \
     "number of first iterations without lambda; default " count,                        \
     CVR_DEEP_AT(int64_t, warm)}
#define CVR_DEEP_START(gaussian, scale)                                                  \
    {"init", CVR_CHOICE, "he", 0, 0, "he|gaussian",                                      \
     "initial weights N(0, 2 / inputs) for features of mean square 1, or N(0, 1)"        \
     gaussian, CVR_DEEP_AT(int, init)},                                                  \
    {"init-scale", CVR_REAL, "", 0, DBL_MAX, NULL,                                       \
     "factor of the initial weights; default " scale, CVR_DEEP_AT(double, init_scale)}
#define CVR_DEEP_RUN_OPTIONS                                                             \
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

/* Of the methods with a form as it was printed. */
#define CVR_DEEP_BLOCKS                                                                  \
    {"blocks", CVR_CHOICE, "exact", 0, 0, "exact|majorised",                             \
     "steps of the weights and activations: their minimisers, or down the gradient as "  \
     "far as it is sure to pay", CVR_DEEP_AT(int, blocks)}
#define CVR_DEEP_SCHEDULE(paper)                                                         \
    {"schedule", CVR_CHOICE, "fixed", 0, 0, "fixed|paper",                               \
     "penalties: as they are, or ten times as large whenever the training loss " paper,  \
     CVR_DEEP_AT(int, schedule)}
#define CVR_DEEP_PUBLISHED(what)                                                         \
    {"published", CVR_SWITCH, "no", 0, 0, NULL,                                          \
     "the defaults as printed: " what, CVR_DEEP_AT(bool, published)}
/* clang-format on */

#endif

/* What a method gives to the driver: pose, lay_out, start, step, measure, model. */
#ifndef CVR_SOLVER_METHOD_H
#define CVR_SOLVER_METHOD_H

#include <stddef.h>

#include <cvxrelu/solve.h>

#include "base/clock.h"
#include "base/fail.h"
#include "solver/settings.h"
#include "solver/workspace.h"

typedef struct cvr_coordinates cvr_coordinates;

/* What a method works on: own rows of prepared data; all of it belongs to others. */
typedef struct cvr_problem {
    cvr_mat X, Y; /* own rows x d, own rows x outputs; X as a data set has it */
    cvr_mat W;    /* weights, own rows x 1, double, on the host; no memory: 1 each */
    double total; /* their sum over all processes, where there are weights */
    const cvr_coordinates *coordinates; /* X's columns are these, not features; or NULL */
    int64_t rows, first;                /* of all processes; first own row */
    const cvr_dataset *train, *test;    /* test may be NULL; nothing is chosen by it */
    const cvr_dataset *held; /* --validation: training rows that the method chooses by and
                                does not train on; NULL: none */
    cvr_comm *comm;
    const cvr_backend *device; /* where X and Y are brought after `choose` */
    const cvr_settings *settings;
    uint64_t seed;
    double *phases; /* CVR_PHASES seconds */
    bool hurried;   /* the run is over: a measurement does not look for better bounds */
} cvr_problem;

typedef struct cvr_method {
    cvr_method_info info;
    /* The variant that the options ask for, which is set up in this one's place; it may
       be this one. NULL: there is one only. */
    cvr_status (*choose)(const cvr_problem *problem, const struct cvr_method **variant);
    size_t options_size; /* of its struct of options (options.h); 0: the common ones */
    size_t state_size;
    /* The set-up, in three: what is solved and how large it is (collective; the state is
       zeroed before); the list of its matrices, which the driver then makes (workspace.h;
       not collective, and the same on all processes); their first values (collective). */
    cvr_status (*pose)(void *state, const cvr_problem *problem);
    cvr_status (*lay_out)(void *state, cvr_workspace *w);
    cvr_status (*start)(void *state);
    /* What follows from all that the list has brought back from a checkpoint is made
       anew. Collective; NULL: nothing is. */
    cvr_status (*restored)(void *state);
    /* One iteration. It may be left with CVR_INTERRUPTED (parallel/comm.h): the driver
       then puts the state back to what it was before, by what a checkpoint would hold,
       unless the method does that by itself (rolls_back). */
    cvr_status (*step)(void *state);
    bool rolls_back;
    /* Fills in what the method knows of itself: objective, residuals, bounds ... outputs
       (own rows x outputs): a view of the recovered network's outputs on the training
       rows, when they are at hand; left empty, the driver computes them from the model.
       It may be left with CVR_INTERRUPTED and be made again, to the same end. */
    cvr_status (*measure)(void *state, cvr_progress *progress, cvr_mat *outputs);
    /* The recovered network; the driver describes it, and takes its first layer from X's
       columns to features. */
    cvr_status (*model)(void *state, cvr_model *m);
    /* Its model may decide by probabilities, not by its outputs alone. */
    bool calibrates;
    bool weighs;  /* rows may have weights */
    bool mirrors; /* features in even and odd parts stand for mirror images, too */
    /* Frees what is not in the workspace; takes a zeroed state. Or NULL. */
    void (*teardown)(void *state);
    cvr_status (*set_penalty)(void *state, double relative); /* or NULL */
    /* A step would do nothing any more: the next measurement says how it
       ended. Or NULL. */
    bool (*finished)(const void *state);
    /* What it finds does not depend on the coordinates of X's rows, as where penalties
       are norms of weights: wide rows are given in fewer. */
    bool turns;
    /* Sets the options that the user leaves to the method; *decided: there are such. Or
       NULL. */
    cvr_status (*decide)(cvr_settings *settings, const cvr_dataset *train, bool *decided);
} cvr_method;

/* The set-up of a method whose state is zeroes; whatever comes of it, the caller calls
   teardown and frees the workspace. Collective. */
cvr_status cvr_method_set_up(const cvr_method *m, void *state, const cvr_problem *problem,
                             cvr_workspace *w) CVR_MUST_CHECK;

/* The sum of the weights of all processes' rows. */
static inline double cvr_problem_total(const cvr_problem *p)
{
    return p->W.data ? p->total : (double)p->rows;
}

/* The weight of own row i. */
static inline double cvr_problem_weight(const cvr_problem *p, int64_t i)
{
    return p->W.data ? cvr_get(p->W, i, 0) : 1;
}

/* X with a column of ones last, if there are constants: own rows x d, or d + 1 where the
   data have a free bias. CVR_USAGE when these are not prepared. */
cvr_status cvr_problem_ones(const cvr_problem *p, cvr_mat *X) CVR_MUST_CHECK;

/* Seconds since begin go to a phase:
       double t = cvr_wall_seconds(); ...; t = cvr_phase_end(problem, CVR_PHASE_PRIMAL,
   t); */
static inline double cvr_phase_end(const cvr_problem *p, int phase, double begun)
{
    double now = cvr_wall_seconds();
    p->phases[phase] += now - begun;
    return now;
}

#endif

/* Pruning a trained ReLU network layer by layer: few weights that give nearly the
   activations that all of them gave. */
#ifndef CVXRELU_PRUNE_H
#define CVXRELU_PRUNE_H

#include <stdlib.h>
#include <string.h>

#include "comm.h"
#include "data.h"
#include "model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a layer's weights U are chosen for its inputs X and the activations Y that the
   network as given has there: F(U) = sum (max(XU, 0) - Y)^2, the last layer without the
   max. */
typedef enum cvr_prune_mode {
    CVR_PRUNE_L0,              /* min F with at most k weights, by graph-form ADMM whose
                                  v-step keeps the k largest, then by exchanges; F weighs
                                  the units by what the next layers make of them */
    CVR_PRUNE_L1,              /* min F + lambda |U|_1 */
    CVR_PRUNE_L1_REFIT,        /* the support of that, refitted; for a density less the
                                  smallest of up to 2 % too many */
    CVR_PRUNE_MAGNITUDE_REFIT, /* the k largest weights of the network, refitted */
    CVR_PRUNE_MAGNITUDE        /* these as they are: to compare with */
} cvr_prune_mode;

/* Exactly one of density, error and lambda_relative is set; the others are 0. Biases are
   neither pruned nor counted nor penalised. */
typedef struct cvr_prune_options {
    cvr_prune_mode mode;
    double density; /* part of all weights that stays, in (0, 1]; the modes of L1 may keep
                       fewer */
    bool uniform;   /* density: all layers keep the same part; false: a layer of a inputs
                       and b units keeps a number in proportion to a + b, at most all */
    double error;   /* the least density whose relative error in each layer,
                       |max(XU, 0) - Y| / |Y|, is at most this */
    double lambda_relative; /* modes of L1: lambda as a part of each layer's lambda_max,
                               from which on all its weights are zero */
    bool independent;       /* X is what the network as given feeds the layer; false: what
                               the layers pruned before feed it */
    int64_t iterations;     /* l0: of ADMM for each number of weights tried; modes of L1:
                               rounds of screening for each lambda; 0: as many as are
                               usually enough */
} cvr_prune_options;

typedef struct cvr_prune_layer {
    int64_t inputs, units;
    int64_t kept;       /* weights that are not 0, of inputs x units */
    double density;     /* kept / (inputs units); 1 when there are none */
    double error;       /* |max(XU, 0) - Y| / |Y| on the calibration rows */
    double lambda;      /* NaN: not a mode of L1 */
    double gap;         /* relative duality gap of L1's convex majoriser at U; NaN:
                           the problem is not convex, or U is refitted since */
    int64_t iterations; /* of ADMM or rounds of screening, all told */
    int64_t dead;       /* units whose activation is 0 on all rows */
    double seconds;
    bool reached; /* the target is met */
} cvr_prune_layer;

typedef struct cvr_prune_result {
    int depth;
    cvr_prune_layer *layers;           /* depth of them */
    bool reached;                      /* every layer's target is met */
    int64_t weights, kept, iterations; /* sums over the layers */
    double error; /* |g(X) - f(X)| / |f(X)| on the calibration rows, f the network as
                     given and g the pruned one */
    double gap;   /* the largest of the layers'; NaN: none has one */
    double seconds, fit_seconds, error_seconds; /* in all; of the layers; of error */
} cvr_prune_result;
/* Leaves {0}; takes {0}. */
static inline void cvr_prune_result_free(cvr_prune_result *r)
{
    free(r->layers);
    memset(r, 0, sizeof *r);
}

/* pruned: a copy of the network m with fewer weights, in its type, with the options and
   m's record in its own; the caller frees it and the result. data: calibration rows that
   m's transform has been applied to; targets are not used. Fails with CVR_USAGE (options,
   a gated model), CVR_BAD_DATA (width of the rows, none of them), and leaves both empty.
   Collective. */
CVR_API cvr_status cvr_prune(const cvr_model *m, const cvr_dataset *data, cvr_comm *comm,
                             const cvr_prune_options *options, cvr_model *pruned,
                             cvr_prune_result *result) CVR_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif

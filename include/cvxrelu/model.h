/* A trained network, whole on every process. */
#ifndef CVXRELU_MODEL_H
#define CVXRELU_MODEL_H

#include <stdio.h>

#include "comm.h"
#include "data.h"
#include "mat.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cvr_layer {
    cvr_mat W; /* out x in */
    cvr_mat b; /* out x 1 */
} cvr_layer;

typedef enum cvr_model_kind {
    CVR_NETWORK, /* f(x) = W_L relu( ... relu(W_1 x + b_1) ... ) + b_L */
    CVR_GATED    /* f(x) = sum_i 1[h_i'x + g_i >= 0] (W^i x + b^i) + c, output c of gate i
                    is row c P + i of layers[0]; the gates are rows of H with offsets g */
} cvr_model_kind;

typedef struct cvr_model {
    cvr_model_kind kind;
    int depth; /* layers; 1 for gated */
    cvr_layer *layers;
    cvr_layer gates;  /* gated: W = H (P x in), b = g (P x 1) */
    cvr_mat constant; /* gated: c, outputs x 1 */
    int outputs;
    cvr_task task;
    int classes;
    char **class_names;
    double threshold; /* one output: class 2 when f(x) > threshold (0, or 0.5 for 0/1
                         targets) */
    cvr_transform transform;
    char *record; /* JSON object: method, options, seed, version; never NULL */
} cvr_model;

/* Empty layers: sizes[0] inputs, sizes[1] .. sizes[depth] units, in `type`. */
CVR_API cvr_status cvr_model_new(cvr_type type, int depth, const int64_t *sizes,
                                 cvr_model *m) CVR_MUST_CHECK;
CVR_API cvr_status cvr_model_new_gated(cvr_type type, int64_t inputs, int64_t gates,
                                       int outputs, cvr_model *m) CVR_MUST_CHECK;
CVR_API void cvr_model_free(cvr_model *m); /* leaves {0} */
/* All of m in memory of its own; {0} when it fails. */
CVR_API cvr_status cvr_model_copy(const cvr_model *m, cvr_model *copy) CVR_MUST_CHECK;

/* Task, class names and transform of the data it was trained on. */
CVR_API cvr_status cvr_model_describe(cvr_model *m,
                                      const cvr_dataset *data) CVR_MUST_CHECK;

/* Y (rows x outputs) = the network's outputs for X (rows x inputs, a bias column of ones
   last is skipped: X may have inputs + 1 columns). Works in blocks of rows. */
CVR_API cvr_status cvr_model_forward(const cvr_model *m, cvr_mat X,
                                     cvr_mat Y) CVR_MUST_CHECK;

typedef struct cvr_score {
    double accuracy; /* NaN for regression, and when an output is NaN */
    double loss;     /* 1/2 sum |f(x) - y|^2 over all rows and outputs */
    double r2, rmse; /* NaN for classification */
    int64_t rows;
} cvr_score;

/* On prepared data, over all processes. */
CVR_API cvr_status cvr_model_score(const cvr_model *m, const cvr_dataset *data,
                                   cvr_comm *comm, cvr_score *score) CVR_MUST_CHECK;
/* The same from outputs F that are at hand (own rows x outputs). */
CVR_API cvr_status cvr_score_outputs(cvr_mat F, cvr_mat Y, cvr_task task, int classes,
                                     double threshold, cvr_comm *comm,
                                     cvr_score *score) CVR_MUST_CHECK;

/* The class of row i of outputs F (rows x outputs), from 0. */
CVR_API int cvr_model_class(const cvr_model *m, cvr_mat F, int64_t i);
/* CVR_USAGE when F does not have the outputs of m, CVR_NUMERICAL when one is not finite.
 */
CVR_API cvr_status cvr_predictions_check(const cvr_model *m, cvr_mat F) CVR_MUST_CHECK;
/* A line a row of F: the name of its class, or the outputs (values, or no classes) with
   commas between. CVR_NUMERICAL: an output is not finite. */
CVR_API cvr_status cvr_predictions_print(const cvr_model *m, cvr_mat F, bool values,
                                         FILE *file) CVR_MUST_CHECK;
/* The same to a file, whole or not at all. */
CVR_API cvr_status cvr_predictions_save(const cvr_model *m, cvr_mat F, bool values,
                                        const char *path) CVR_MUST_CHECK;

/* Safetensors: W1 b1 W2 b2 ... (gated: W1 b1 H g b2, its constant), everything else in
   the metadata. Saving is atomic; loading justifies every byte it allocates by the file's
   length. */
CVR_API cvr_status cvr_model_save(const cvr_model *m, const char *path) CVR_MUST_CHECK;
CVR_API cvr_status cvr_model_load(const char *path, cvr_model *m) CVR_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif

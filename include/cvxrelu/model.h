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

/* One summand of a kernel k(x, z); formulas in src/model/kernel.c. */
typedef enum cvr_kernel_kind {
    CVR_KERNEL_ARC,  /* infinitely many Gaussian gates: gated, ReLU, or both */
    CVR_KERNEL_MIX,  /* P gates: (x'z + c) times the part of them that x and z are on
                       one side of */
    CVR_KERNEL_TREE, /* boxes of one-coordinate gates */
    CVR_KERNEL_EXP   /* exp(-|x - z|^2 / c): no ReLU network has it */
} cvr_kernel_kind;

typedef struct cvr_kernel_part {
    cvr_kernel_kind kind;
    double weight;
    double bias2;         /* c: what is added to x'z, or divides */
    double gated, relu;   /* arc: how much of each */
    int64_t first, count; /* its columns of Z */
    int64_t even;    /* the first of these, the others change their sign in the mirror
                     image, whose kernel is added; 0: none is mirrored */
    cvr_layer gates; /* mix, tree: W = H (P x count), b = g (P x 1); mirrored: their
                        mirror images are the second half */
} cvr_kernel_part;

/* What becomes of a row before all; the points that a kernel model then compares it with,
   and how. */
typedef struct cvr_machine {
    cvr_mat Z;   /* points x features, as the transform makes them, clipped, times V */
    double clip; /* features are cut off at +-clip; 0: they are not */
    cvr_mat V;   /* features x columns of Z, or of a gated model's W and H: what a row is
                    multiplied by; empty: it stays as it is */
    int parts;
    cvr_kernel_part *part;
} cvr_machine;

typedef enum cvr_model_kind {
    CVR_NETWORK, /* f(x) = W_L relu( ... relu(W_1 x + b_1) ... ) + b_L */
    CVR_GATED,   /* f(x) = sum_i 1[h_i'x + g_i >= 0] (W^i x + b^i) + c, output c of gate i
                    is row c P + i of layers[0]; the gates are rows of H with offsets g */
    CVR_KERNEL   /* f(x) = W k(x) + b, k(x)_i = k(x, z_i) with the machine's points */
} cvr_model_kind;

typedef struct cvr_model {
    cvr_model_kind kind;
    int depth; /* layers; 1 for gated */
    cvr_layer *layers;
    cvr_layer gates;     /* gated: W = H (P x in), b = g (P x 1) */
    cvr_mat constant;    /* gated: c, outputs x 1 */
    cvr_machine machine; /* kernel; gated: clip and V, without points and parts */
    cvr_mat calibration; /* (outputs + 1) x classes, double: probabilities are softmax([f,
                            1] calibration), the class the likeliest; empty: there are
                            none and the class is that of the greatest output */
    int outputs;
    cvr_task task;
    int classes;
    char **class_names;
    double threshold; /* one output: class 2 when f(x) > threshold (0, or 0.5 for 0/1
                         targets) */
    cvr_transform transform;
    char *record; /* JSON object: method, options, seed, version; never NULL */
} cvr_model;

CVR_API void cvr_model_free(cvr_model *m); /* leaves {0}; takes {0} */

/* Y (own rows x outputs) = the network's outputs for a prepared data set, which may be
   sparse, in blocks of rows. CVR_USAGE (shape of Y), CVR_BAD_DATA (width of the rows),
   CVR_NO_MEMORY. Not collective. */
CVR_API cvr_status cvr_model_apply(const cvr_model *m, const cvr_dataset *data,
                                   cvr_mat Y) CVR_MUST_CHECK;

typedef struct cvr_score {
    double accuracy;          /* NaN for regression, and when an output is NaN */
    double weighted_accuracy; /* by weights of rows; NaN likewise, and without weights */
    double loss;              /* 1/2 sum |f(x) - y|^2 over all rows and outputs */
    double r2, rmse;          /* NaN for classification */
    int64_t rows;
} cvr_score;

/* On prepared data, over all processes. Fails as cvr_model_apply does. Collective. */
CVR_API cvr_status cvr_model_score(const cvr_model *m, const cvr_dataset *data,
                                   cvr_comm *comm, cvr_score *score) CVR_MUST_CHECK;

/* How well a model does, over all processes. NaN: there is no such figure (no row of the
   class, no prediction of it, a class alone). */
/* Rows whose class was predicted with a probability in one tenth of [0, 1]. */
typedef struct cvr_reliability {
    int64_t rows;
    double confidence, accuracy; /* means: of the probability, of being right; NaN: no
                                    rows */
} cvr_reliability;
enum { CVR_RELIABILITY_BINS = 10 };

typedef struct cvr_evaluation {
    int64_t rows;
    double loss;
    /* classes: the arrays have `classes` entries, 0 for regression */
    int classes;
    double accuracy,
        balanced_accuracy;    /* balanced: the mean recall of classes with rows */
    double weighted_accuracy; /* by the weights of the data; NaN: they have none */
    double auc;         /* two classes: the chance that a row of the second has the larger
                           output than one of the first, ties counted as a half */
    int64_t *confusion; /* [c * classes + p]: rows of class c predicted as p */
    int64_t *support;   /* rows of the class */
    double *precision, *recall, *f1;
    /* regression: over all outputs, and of each (`outputs` entries) */
    int outputs;
    double r2, rmse, mae;
    double *r2_of, *rmse_of, *mae_of;
    /* of calibrated models; else NaN: the mean of -log p of the right class, and sum over
       bins of rows |accuracy - confidence| / all rows */
    double log_loss, calibration_error;
    cvr_reliability reliability[CVR_RELIABILITY_BINS];
} cvr_evaluation;

/* Of prepared data; e is the caller's, {0} when it fails: as cvr_model_apply does, and
   with CVR_NUMERICAL where an output is not finite. Collective. */
CVR_API cvr_status cvr_model_evaluate(const cvr_model *m, const cvr_dataset *data,
                                      cvr_comm *comm, cvr_evaluation *e) CVR_MUST_CHECK;
CVR_API void cvr_evaluation_free(cvr_evaluation *e); /* leaves {0}; takes {0} */

typedef enum cvr_predicted {
    CVR_LABELS, /* the class and its score; regression: the values */
    CVR_SCORES, /* the class, and the score of each in the order of the model */
    CVR_VALUES  /* the network's outputs */
} cvr_predicted;

/* Predictions as a table: a header, then a line a row. The score of a class is its
   output; of two classes with one output, how far that is on the class's side of the
   threshold. */
typedef struct cvr_predictions {
    const cvr_model *model;
    cvr_mat F;           /* own rows x outputs */
    int64_t rows, first; /* of all processes; the first own row */
    cvr_predicted what;
    bool json;            /* {"rows": n, "columns": [...], "predictions": [[...], ...]} */
    const char *id;       /* title of a column of names before all; NULL: none */
    char *const *ids;     /* a name for each own row */
    char *const *targets; /* titles of a regression's values; NULL: value, value_1 ... */
} cvr_predictions;

/* Process 0 writes, to path (whole or not at all) or, path NULL, to file. CVR_NUMERICAL:
   an output is not finite, and nothing is written; CVR_IO, CVR_NO_MEMORY. Collective. */
CVR_API cvr_status cvr_predictions_write(const cvr_predictions *p, cvr_comm *comm,
                                         const char *path, FILE *file) CVR_MUST_CHECK;

/* Safetensors: W1 b1 W2 b2 ... (gated: W1 b1 H g b2, its constant), everything else in
   the metadata. The file appears whole or not at all. CVR_IO, CVR_NO_MEMORY. This process
   alone. */
CVR_API cvr_status cvr_model_save(const cvr_model *m, const char *path) CVR_MUST_CHECK;
/* m, the caller's, from such a file, each byte of its memory justified by the file's
   length. CVR_IO, CVR_BAD_DATA (with what is wrong in it), CVR_NO_MEMORY; {0} then. */
CVR_API cvr_status cvr_model_load(const char *path, cvr_model *m) CVR_MUST_CHECK;
/* ONNX (core operators, opset 13), for runtimes that know nothing of cvxrelu: raw rows X
   in, `values`, or `label`, `scores` and (calibrated) `probabilities` out. fold: the
   normalisation is put into the weights. CVR_USAGE: a kernel or filters of images in
   double precision, a kernel that is folded, columns of texts, images that are described
   by hog648, rows that are nodes of a graph. */
CVR_API cvr_status cvr_model_save_onnx(const cvr_model *m, const char *path,
                                       bool fold) CVR_MUST_CHECK;
/* The bytes of such a safetensors file in memory: the caller calls free on them.
   CVR_NO_MEMORY. */
CVR_API cvr_status cvr_model_to_bytes(const cvr_model *m, unsigned char **bytes,
                                      size_t *size) CVR_MUST_CHECK;
/* m, the caller's, from `size` such bytes, which are not kept. Fails as for files. */
CVR_API cvr_status cvr_model_from_bytes(const void *bytes, size_t size,
                                        cvr_model *m) CVR_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif

/* Training and predicting on arrays that the caller has, in two calls:

       cvr_array X = {x, CVR_FLOAT64, rows, features, 0, 0};
       cvr_array Y = {y, CVR_FLOAT64, rows, 1, 0, 0};
       cvr_model model;
       if (cvr_fit("convex", X, Y, NULL, "patterns=50 beta=0.001", &model) != CVR_OK)
           puts(cvr_last_error());

   Neither call makes more than one copy of an array, in the type that it computes in. */
#ifndef CVXRELU_FIT_H
#define CVXRELU_FIT_H

#include "comm.h"
#include "data.h"
#include "log.h"
#include "model.h"
#include "solve.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What may come with the two arrays; all of it may be 0 or NULL, and belongs to the
   caller. Callbacks are called on the thread that called cvr_fit, but for the question,
   which worker threads ask too. */
typedef struct cvr_fit_extras {
    /* Names for the columns of X, for those of Y (for classes one name), and for the
       class_count classes in the order of their labels. */
    const char *const *feature_names;
    const char *const *target_names;
    const char *const *class_names;
    int class_count;
    /* Of the rows, n x 1: finite, at least 0, and a row of weight 0 is none. NULL: 1
       each. */
    const cvr_array *weights;
    /* Asked in set-up and in the run: an answer other than CVR_GO_ON ends them. */
    cvr_question interrupt;
    cvr_callback progress; /* called after each measurement; nonzero ends the run */
    cvr_log_target log;    /* notes of the library during this call */
    void *user;            /* handed to the three */
    /* X and Y are own rows of a problem that these processes share; NULL: this process
       has all of them. */
    cvr_comm *comm;
    cvr_progress *result; /* takes the last measurement */
} cvr_fit_extras;

/* Trains `method` (convex, deep, ccp) on X (n x d) and Y and gives the model, which the
   caller frees with cvr_model_free. Y is n x 1 labels of classes or values, or n x k
   values of several outputs or, with task=classify, one-hot rows. The classes of a column
   of labels are in rising order.

   options: "name=value name=value ..." or NULL: those of the method, the common ones
   (cvr_common_options) and
       task=auto|classify|regress           auto: as `cvxrelu train` decides
       normalize=feature|global|unit|none   by the training rows, kept in the model
       bias=free|penalised|none
       image=PLANESxHEIGHTxWIDTH            rows of X are images, as in 3x32x32, of which
       features=none|conv+oriented|...      is told so (sums as `cvxrelu train` has them)
       mirror=no|yes filters=400
       class-weights=balanced|a:2,b:0.5|2,0.5   in the loss; by names, or in their order
   precision is by default that of X: single for CVR_FLOAT32, else double.

   Fails with CVR_USAGE (method, options, shapes, names), CVR_BAD_DATA (an entry that is
   not finite, with its row and column, counted from 1; a single class; weights below 0,
   or none above it), CVR_NUMERICAL
   (the run diverged), CVR_NO_MEMORY, CVR_INTERRUPTED (before there was a network); then
   *model is {0}. A run that is interrupted later, or ends by a limit, gives the network
   that it has. Collective over extras->comm. */
CVR_API cvr_status cvr_fit(const char *method, cvr_array X, cvr_array Y,
                           const cvr_fit_extras *extras, const char *options,
                           cvr_model *model) CVR_MUST_CHECK;

/* out = what the model says of the rows of X (n x d, features as they were in training,
   before normalisation; NaN is a missing value where the model fills these in):
       n x outputs of a floating type   the network's outputs
       n x 1 of an integer type         the class of each row, an index of class_names
   Rows go through in blocks; out may not overlap X. Fails with CVR_USAGE (shapes, types),
   CVR_BAD_DATA (width, an entry that is not finite), CVR_NUMERICAL (an output that is not
   finite), CVR_NO_MEMORY; out is then of no use. Not collective. */
CVR_API cvr_status cvr_predict(const cvr_model *model, cvr_array X,
                               cvr_array out) CVR_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif

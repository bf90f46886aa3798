/* A gated network as an ordinary ReLU network. On the rows of the training data

       1[h'x >= 0] x'V = relu(x'a) - relu(x'b),   a - b = V,  G a >= 0,  G b >= 0,

   G the rows with the signs of h'x; constants are entries of h, V and x. So every way
   keeps the predictions on these rows; on another row both agree where x'a and x'b have
   the sign of x'h (docs/mathematics.md, "Gated networks as ReLU networks"). */
#ifndef CVR_MODEL_CONVERT_H
#define CVR_MODEL_CONVERT_H

#include <cvxrelu/model.h>

#include "base/fail.h"

/* Ways, in the order of the choices of --convert. */
#define CVR_CONVERT_CHOICES "none|h-shift|short-shift|min-norm|min-sum"
typedef enum cvr_convert {
    CVR_CONVERT_NONE,
    CVR_CONVERT_H_SHIFT,     /* b = t h, the least t >= 0: planes tend to the gates' */
    CVR_CONVERT_SHORT_SHIFT, /* the shortest b */
    CVR_CONVERT_MIN_NORM,    /* the shortest (a, b) */
    CVR_CONVERT_MIN_SUM      /* the least |a| + |b| */
} cvr_convert;

typedef struct cvr_conversion {
    int64_t neurons;
    double norm;  /* sum of |a| + |b| over sum of |V|, for each gate and output */
    int64_t tied; /* gates that run through a row, where --convert h-shift has no t: they
                     are shifted the shortest way */
} cvr_conversion;

/* network (double, the caller's, {0} when it fails) = what the gated m is on prepared,
   dense rows. CVR_USAGE: m is not gated; CVR_BAD_DATA (their width), CVR_NO_MEMORY.
   Collective. */
cvr_status cvr_model_convert(const cvr_model *m, cvr_convert way, const cvr_dataset *rows,
                             cvr_comm *comm, cvr_model *network,
                             cvr_conversion *about) CVR_MUST_CHECK;

/* How far the outputs of two models are from each other on prepared rows. */
typedef struct cvr_difference {
    int64_t rows, apart; /* apart: where they differ by more than 1e-6 of the largest
                            output of the first */
    double most;         /* the largest difference, as a fraction of that output */
} cvr_difference;
cvr_status cvr_models_differ(const cvr_model *a, const cvr_model *b,
                             const cvr_dataset *rows, cvr_comm *comm,
                             cvr_difference *d) CVR_MUST_CHECK;

#endif

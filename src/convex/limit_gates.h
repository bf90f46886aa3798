/* A kernel of sampled gates is a gated network. */
#ifndef CVR_CONVEX_LIMIT_GATES_H
#define CVR_CONVEX_LIMIT_GATES_H

#include "model/kernel.h"

/* The gated network of f(x) = sum_j alpha_j k(x, z_j) + b, all parts of the machine being
   of sampled gates (CVR_KERNEL_MIX), with its clipping and its components. alpha: points
   x C, in double; b: C x 1. */
cvr_status cvr_limit_gated(const cvr_machine *machine, cvr_mat alpha, cvr_mat b,
                           cvr_model *m) CVR_MUST_CHECK;

#endif

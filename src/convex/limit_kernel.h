/* The kernels of --kernel: limits of infinitely many gates, and two thousand gates. */
#ifndef CVR_CONVEX_LIMIT_KERNEL_H
#define CVR_CONVEX_LIMIT_KERNEL_H

#include "model/kernel.h"
#include "solver/method.h"

/* The kernels by name, in the order of --kernel after auto; NULL ends them. */
extern const char *const cvr_kernel_names[];
/* The first of them, which auto chooses among; the one that it takes for images; the one
   that is no ReLU network. */
enum { CVR_KERNEL_CANDIDATES = 5, CVR_KERNEL_OF_IMAGES = 6, CVR_KERNEL_NO_NETWORK = 8 };

/* Kernel number `which` for rows X (n x F, whole on this process, clipped): parts, gates
   and weights, so that every part has mean diagonal 1 on X after centring; Z stays empty.
   Gates are functions of the seed, their index and X. K (n x n) = k(x_i, x_j). */
cvr_status cvr_limit_machine(const cvr_problem *q, int which, cvr_mat X, cvr_mat K,
                             cvr_machine *machine) CVR_MUST_CHECK;
/* The same for the kernel of `gates` sampled ones in its place, which a gated network has
   (limit_gates.h): of all its parts together, at least two each. CVR_USAGE: no network
   has it. */
cvr_status cvr_limit_sampled(const cvr_problem *q, int which, int64_t gates, cvr_mat X,
                             cvr_mat K, cvr_machine *machine) CVR_MUST_CHECK;

#endif

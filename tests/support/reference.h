/* The operations of cvxrelu/mat.h once more, as plainly as their formulas, in double. */
#ifndef TESTS_REFERENCE_H
#define TESTS_REFERENCE_H

#include <stdint.h>

/* Column-major without gaps: entry (i, j) is x[i + j rows]. */
typedef struct ref {
    int64_t rows, cols;
    double *x;
} ref;

/* m: the operands in the order of the public function; p: its numbers in their order;
   out: what it returns. */
typedef void ref_operation(const ref *m, const double *p, double *out);

ref_operation ref_fill, ref_copy, ref_transpose, ref_scale, ref_axpby, ref_mul,
    ref_add_diag, ref_mirror, ref_scale_rows, ref_scale_cols, ref_add_row, ref_relu,
    ref_square, ref_sqrt, ref_reciprocal;
/* p: s, c; s */
ref_operation ref_maximum, ref_add_times, ref_times_add, ref_take_part,
    ref_add_scaled_cols;
ref_operation ref_dot, ref_distance2, ref_min, ref_max_abs, ref_col_sums, ref_col_norms,
    ref_col_dots, ref_all_finite;
/* p: a, ta, tb, b and a, ta, b with sides as numbers */
ref_operation ref_gemm, ref_gram;
ref_operation ref_potrf, ref_potrs;
ref_operation ref_trsm, ref_trsm_right; /* p: t */
ref_operation ref_gate, ref_gated_sum, ref_gated_fan, ref_gate_gram, ref_gate_ties;
/* p: groups, then the numbers */
ref_operation ref_group_shrink, ref_group_norms, ref_shrink_step;
ref_operation ref_cone_step, ref_cone_target, ref_cone_rescale, ref_cone_multiplier,
    ref_cone_excess, ref_cone_margin, ref_cone_distance;
ref_operation ref_relu_of, ref_relu_prox, ref_relu_pull, ref_relu_tube, ref_hinge_prox,
    ref_hinge_loss, ref_softmax_prox, ref_softmax_loss;

/* p: slack; relax, rho; rho; t; count */
ref_operation ref_kinks, ref_kinks_positive, ref_kink_step, ref_consensus_step,
    ref_kink_value, ref_kink_slope, ref_kink_clip, ref_kink_conjugate, ref_relu_distance2,
    ref_soft_threshold, ref_keep_largest, ref_count_nonzero, ref_abs, ref_scale_signs,
    ref_col_max_abs;
/* p: c, w_g, w_r; c; low, high */
ref_operation ref_arc_cosine, ref_exp, ref_clamp, ref_softmax;

#endif

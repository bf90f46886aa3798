/* The table that a backend fills: memory, and the operations of cvxrelu/mat.h once a
   type.

   mat.c is the only caller. It has checked shapes, types and backends before it calls, so
   a kernel sees operands that fit; rows and columns may be zero. A kernel for a matrix
   operation has the arguments of the public function of its name. */
#ifndef CVR_LINALG_BACKEND_H
#define CVR_LINALG_BACKEND_H

#include <stddef.h>

#include <cvxrelu/mat.h>

typedef struct cvr_kernels {
    double (*get)(cvr_mat A, int64_t i, int64_t j);
    void (*set)(cvr_mat A, int64_t i, int64_t j, double value);

    void (*fill)(cvr_mat A, double value);
    void (*transpose)(cvr_mat B, cvr_mat A);
    void (*scale)(cvr_mat A, double c);
    void (*axpby)(cvr_mat B, double a, cvr_mat A, double b);
    void (*mul)(cvr_mat B, cvr_mat A);
    void (*add_diag)(cvr_mat A, double c);
    void (*mirror)(cvr_mat A);
    void (*scale_rows)(cvr_mat A, cvr_mat v);
    void (*scale_cols)(cvr_mat A, cvr_mat v);
    void (*add_row)(cvr_mat A, cvr_mat v);
    void (*relu)(cvr_mat A);
    void (*relu_of)(cvr_mat B, cvr_mat A);
    void (*square)(cvr_mat B, cvr_mat A);
    void (*sqrt)(cvr_mat A);
    void (*reciprocal)(cvr_mat A, double floor);

    double (*dot)(cvr_mat A, cvr_mat B);
    double (*distance2)(cvr_mat A, cvr_mat B);
    double (*min)(cvr_mat A);
    double (*max_abs)(cvr_mat A);
    void (*col_sums)(cvr_mat v, cvr_mat A);
    void (*col_norms)(cvr_mat v, cvr_mat A);
    void (*col_dots)(cvr_mat v, cvr_mat A, cvr_mat B);
    bool (*all_finite)(cvr_mat A);

    void (*gemm)(cvr_mat C, double a, cvr_trans ta, cvr_mat A, cvr_trans tb, cvr_mat B,
                 double b);
    void (*gram)(cvr_mat G, double a, cvr_trans ta, cvr_mat A, double b);
    cvr_status (*potrf)(cvr_mat A);
    cvr_status (*pstrf)(cvr_mat A, double tolerance, int64_t *pivot, int64_t *rank);
    void (*potrs)(cvr_mat L, cvr_mat B);
    void (*trsm)(cvr_mat L, cvr_trans t, cvr_mat B);
    void (*trsm_right)(cvr_mat B, cvr_mat L, cvr_trans t);
    cvr_status (*orthonormalise)(cvr_mat A);
    cvr_status (*svd)(cvr_mat A, cvr_mat s);
    cvr_status (*eigh)(cvr_mat A, cvr_mat w);

    void (*gate)(cvr_mat D, cvr_mat Z);
    void (*gated_sum)(cvr_mat Y, cvr_mat D, cvr_mat Z);
    void (*gated_fan)(cvr_mat Z, cvr_mat D, cvr_mat R);
    cvr_status (*gate_gram)(cvr_mat W, cvr_mat D);
    void (*gate_ties)(cvr_mat N, cvr_mat Z, cvr_mat r, cvr_mat B, double t);

    void (*group_shrink)(cvr_mat V, cvr_mat M, int64_t groups, double t);
    double (*group_norms)(cvr_mat V, int64_t groups);
    cvr_residual (*shrink_step)(cvr_mat M, cvr_mat V, cvr_mat U, int64_t groups, double a,
                                double t);
    cvr_residual (*cone_step)(cvr_mat M, cvr_mat D, cvr_mat Z, double a);
    void (*cone_target)(cvr_mat T, cvr_mat D, cvr_mat M, double k);
    void (*cone_rescale)(cvr_mat M, double c);
    void (*cone_multiplier)(cvr_mat T, cvr_mat D, cvr_mat M, double k, double a);
    void (*cone_excess)(cvr_mat Q, cvr_mat D, cvr_mat Z);
    void (*cone_margin)(cvr_mat v, cvr_mat D, cvr_mat Z);
    void (*cone_distance)(cvr_mat v, cvr_mat D, cvr_mat Z, cvr_mat H);

    void (*relu_prox)(cvr_mat Z, cvr_mat A, cvr_mat M, double g, double b);
    void (*relu_pull)(cvr_mat Z, cvr_mat M, double g, double b);
    void (*hinge_prox)(cvr_mat Z, cvr_mat Y, double t);
    double (*hinge_loss)(cvr_mat Z, cvr_mat Y);
    void (*softmax_prox)(cvr_mat Z, cvr_mat Y, double b);
    double (*softmax_loss)(cvr_mat Z, cvr_mat Y);

    void (*kinks)(cvr_mat K, cvr_mat Z, cvr_mat Y, double slack);
    void (*kinks_positive)(cvr_mat K, cvr_mat Y);
    cvr_residual (*kink_step)(cvr_mat R, cvr_mat W, cvr_mat A, cvr_mat Y, cvr_mat K,
                              double relax, double rho);
    void (*consensus_step)(cvr_mat a, cvr_mat s, cvr_mat R, cvr_mat Y, cvr_mat K,
                           double rho);
    double (*kink_value)(cvr_mat Z, cvr_mat Y, cvr_mat K);
    void (*kink_slope)(cvr_mat N, cvr_mat Z, cvr_mat Y, cvr_mat K);
    void (*kink_clip)(cvr_mat N, cvr_mat K);
    double (*kink_conjugate)(cvr_mat N, cvr_mat Y, cvr_mat K);
    double (*relu_distance2)(cvr_mat Z, cvr_mat P, double t, cvr_mat Y);
    void (*soft_threshold)(cvr_mat V, cvr_mat M, cvr_mat t);
    void (*keep_largest)(cvr_mat V, cvr_mat M, int64_t count);
    int64_t (*count_nonzero)(cvr_mat A);
    void (*abs)(cvr_mat A);
    void (*scale_signs)(cvr_mat A, cvr_mat p, cvr_mat q);
    void (*col_max_abs)(cvr_mat v, cvr_mat A);
    int64_t (*side_switch)(cvr_mat H, cvr_mat K, cvr_mat X, cvr_mat Y, cvr_mat W,
                           cvr_mat P, double slack);
    void (*lasso)(cvr_mat u, cvr_mat H, cvr_mat t, cvr_mat W);

    void (*arc_cosine)(cvr_mat K, cvr_mat u, cvr_mat v, double c, double w_g, double w_r);
    void (*exp)(cvr_mat A, double c);
    void (*clamp)(cvr_mat A, double low, double high);
    void (*softmax)(cvr_mat A);

    void (*random_normal)(cvr_mat A, uint64_t seed, uint32_t purpose, int64_t first);
} cvr_kernels;

struct cvr_backend {
    const char *name;
    /* count zeroed items of size bytes; what: for the sentence when there is no memory */
    cvr_status (*take)(int64_t count, size_t size, const char *what, void **data);
    void (*give)(void *data);
    /* B = A between any two types. A backend of a device also copies to and from the
       processor. */
    void (*copy)(cvr_mat B, cvr_mat A);
    const cvr_kernels *of[2]; /* by cvr_type */
};

/* The bytes of one entry. */
static inline size_t cvr_type_size(cvr_type type)
{
    return type == CVR_DOUBLE ? sizeof(double) : sizeof(float);
}

#endif

/* Every matrix operation against its floor: a product against the rate of a square
   product, a pass over memory against the rate of a plain copy.

       bench_ops [SCALE] [single|double]

   Shapes of the convex family: n = 10000 SCALE rows, d = 3073 SCALE features, P = 50
   gates, one output, both signs; of the ccp family the same n and d. A ratio of 1 means
   as fast as the floor allows; bytes are those that must be read and written, so operands
   that fit a cache go beyond 1. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cvxrelu/mat.h>

#include "base/clock.h"
#include "ccp/ops.h"
#include "ccp/quadratic.h"
#include "convex/ops.h"
#include "deep/ops.h"
#include "linalg/ops.h"
#include "model/ops.h"
#include "posed.h"

typedef struct bench {
    int64_t n, d, P;
    cvr_mat X, U, V, M_U;     /* n x d, d x 2P thrice */
    cvr_mat D, Z, M, T;       /* n x P, n x 2P thrice */
    cvr_mat Y, K, L, W, tall; /* n x 2, d x d twice, n x n, d x 60 */
    cvr_mat row, wide, side;  /* 2P x 1, d x 1, n x 1 */
    cvr_mat turned, few;      /* 2P x n, 60 x 1 */
    cvr_mat nearest, sizes;   /* 3 x 2P, 2P x 2 */
    cvr_mat Q, H, J;          /* n x 2P + 1, 2P + 1 x 2P + 1 twice: [X y], of sides */
    cvr_mat sides, at, even;  /* n x 1 twice, 2P x 1: ones */
    cvr_mat u, work;          /* 2P x 1, 2P x 2P + 3 in double */
    int64_t *pivot;           /* d */
    double check;             /* keeps results alive */
} bench;

typedef struct line {
    const char *name;
    void (*run)(bench *b);
    double flops, numbers; /* multiplications and additions; numbers read and written */
} line;

/* Seconds of the fastest of some runs. */
static double fastest(bench *b, void (*run)(bench *b))
{
    double best = 1e300, spent = 0;
    for (int k = 0; k < 3 || (spent < 0.2 && k < 50); k++) {
        double begun = cvr_wall_seconds();
        run(b);
        double took = cvr_wall_seconds() - begun;
        best = took < best ? took : best;
        spent += took;
    }
    return best;
}

static void fill(bench *b)
{
    cvr_fill(b->T, 1);
}
static void copy(bench *b)
{
    cvr_copy(b->T, b->Z);
}
static void transpose(bench *b)
{
    cvr_transpose(b->turned, b->Z);
}
static void scale(bench *b)
{
    cvr_scale(b->T, 1.0000001);
}
static void axpby(bench *b)
{
    cvr_axpby(b->T, 0.5, b->Z, 0.5);
}
static void mul(bench *b)
{
    cvr_hadamard(b->T, b->Z);
}
static void add_diag(bench *b)
{
    cvr_add_diag(b->K, 1e-9);
}
static void mirror(bench *b)
{
    cvr_symmetrize(b->K);
}
static void scale_rows(bench *b)
{
    cvr_scale_rows(b->T, b->side);
}
static void scale_cols(bench *b)
{
    cvr_scale_cols(b->T, b->row);
}
static void add_row(bench *b)
{
    cvr_add_row(b->T, b->row);
}
static void relu(bench *b)
{
    cvr_relu(b->T);
}
static void square(bench *b)
{
    cvr_square(b->T, b->Z);
}
static void root(bench *b)
{
    cvr_square_root(b->T);
}
static void reciprocal(bench *b)
{
    cvr_reciprocal(b->T, 0.5);
}
static void dot(bench *b)
{
    b->check += cvr_dot(b->Z, b->M);
}
static void distance2(bench *b)
{
    b->check += cvr_distance2(b->Z, b->M);
}
static void min(bench *b)
{
    b->check += cvr_min(b->Z);
}
static void max_abs(bench *b)
{
    b->check += cvr_max_abs(b->Z);
}
static void col_sums(bench *b)
{
    cvr_col_sums(b->row, b->Z);
}
static void col_norms(bench *b)
{
    cvr_col_norms(b->row, b->Z);
}
static void col_dots(bench *b)
{
    cvr_col_dots(b->row, b->Z, b->M);
}
static void all_finite(bench *b)
{
    b->check += cvr_all_finite(b->Z);
}
static void gemm_xu(bench *b)
{
    cvr_gemm(b->T, 1, CVR_N, b->X, CVR_N, b->U, 0);
}
static void gemm_xz(bench *b)
{
    cvr_gemm(b->V, 1, CVR_T, b->X, CVR_N, b->Z, 0);
}
static void gemv_x(bench *b)
{
    cvr_gemm(b->side, 1, CVR_N, b->X, CVR_N, b->wide, 0);
}
static void gemv_xt(bench *b)
{
    cvr_gemm(b->wide, 1, CVR_T, b->X, CVR_N, b->side, 0);
}
static void gram(bench *b)
{
    cvr_gram(b->K, 1, CVR_T, b->X, 0);
}
static void potrf(bench *b)
{
    cvr_copy(b->K, b->L);
    must(cvr_potrf(b->K));
}
static void pstrf(bench *b)
{
    int64_t rank;
    cvr_copy(b->K, b->L);
    must(cvr_pstrf(b->K, 0, b->pivot, &rank));
}
static void potrs(bench *b)
{
    cvr_copy(b->V, b->U);
    cvr_potrs(b->K, b->V);
}
static void trsm(bench *b)
{
    cvr_copy(b->V, b->U);
    cvr_trsm(b->K, CVR_N, b->V);
}
static void trsm_right(bench *b)
{
    cvr_mat B = cvr_mat_cols(b->W, 0, b->d);
    cvr_copy(B, b->X);
    cvr_trsm_right(B, b->K, CVR_T);
}
static void orthonormalise(bench *b)
{
    cvr_copy(b->tall, cvr_mat_cols(b->U, 0, b->tall.cols));
    must(cvr_orthonormalise(b->tall));
}
static void svd(bench *b)
{
    cvr_copy(b->tall, cvr_mat_cols(b->U, 0, b->tall.cols));
    must(cvr_svd(b->tall, b->few));
}
static void gate(bench *b)
{
    cvr_gate(b->T, b->Z);
}
static void gated_sum(bench *b)
{
    cvr_gated_sum(b->Y, b->D, b->Z);
}
static void gated_fan(bench *b)
{
    cvr_gated_adjoint(b->T, b->D, b->Y);
}
static void gate_gram(bench *b)
{
    must(cvr_gate_gram(b->W, b->D));
}
static void group_shrink(bench *b)
{
    cvr_group_soft_threshold(b->V, b->U, 2 * b->P, 0.1);
}
static void group_norms(bench *b)
{
    double norms[1024];
    cvr_put_group_norms(cvr_host_numbers(norms, 2 * b->P), b->U, 2 * b->P);
    b->check += norms[0];
}
static void shrink_step(bench *b)
{
    b->check += cvr_shrink_step(b->M_U, b->V, b->U, 2 * b->P, 1.6, 0.1).primal2;
}
static void cone_step(bench *b)
{
    b->check += cvr_cone_step(b->M, b->D, b->Z, 1.6).primal2;
}
static void cone_target(bench *b)
{
    cvr_cone_target(b->T, b->D, b->M, 0.5);
}
static void cone_rescale(bench *b)
{
    cvr_cone_rescale(b->M, 1.0000001);
}
static void cone_multiplier(bench *b)
{
    cvr_cone_multiplier(b->T, b->D, b->M, 1, 0.5);
}
static void cone_excess(bench *b)
{
    cvr_cone_violation(b->T, b->D, b->Z);
}

static void gate_ties(bench *b)
{
    cvr_gate_ties(b->nearest, b->Z, b->side, b->sizes, 1e-15);
}

static void cone_margin(bench *b)
{
    cvr_cone_slack(b->row, b->D, b->Z);
}
static void cone_distance(bench *b)
{
    cvr_cone_distance(b->row, b->D, b->Z, b->D);
}
static void relu_prox(bench *b)
{
    cvr_relu_prox(b->T, b->Z, b->M, 0.5, 1);
}
static void relu_of(bench *b)
{
    cvr_relu_of(b->T, b->Z);
}
static void relu_pull(bench *b)
{
    cvr_relu_pull(b->T, b->Z, 0.5, 1);
}
static void relu_tube(bench *b)
{
    cvr_relu_tube(b->T, b->Z, b->M, 0.5);
}
static void hinge_prox(bench *b)
{
    cvr_hinge_prox(b->T, b->Z, 1e-9);
}
static void hinge_loss(bench *b)
{
    b->check += cvr_hinge_loss(b->Z, b->M);
}
static void softmax_prox(bench *b)
{
    cvr_softmax_prox(cvr_mat_cols(b->T, 0, 10), cvr_mat_cols(b->Z, 0, 10), 1);
}
static void softmax_loss(bench *b)
{
    b->check += cvr_softmax_loss(cvr_mat_cols(b->Z, 0, 10), cvr_mat_cols(b->M, 0, 10));
}
static void kinks(bench *b)
{
    cvr_breakpoints(b->T, b->Z, b->M, 1e-12);
}
static void kinks_positive(bench *b)
{
    cvr_breakpoints_positive(b->T, b->Z);
}
static void kink_value(bench *b)
{
    b->check += cvr_majorizer_value(b->Z, b->M, b->Z);
}
static void kink_slope(bench *b)
{
    cvr_majorizer_slope(b->T, b->Z, b->M, b->Z);
}
static void kink_clip(bench *b)
{
    cvr_project_dual(b->T, b->Z);
}
static void kink_conjugate(bench *b)
{
    b->check += cvr_majorizer_conjugate(b->Z, b->M, b->Z);
}
static void relu_distance2(bench *b)
{
    b->check += cvr_relu_distance2(b->Z, b->M, 0.5, b->M);
}
static void count_nonzero(bench *b)
{
    b->check += (double)cvr_count_nonzero(b->Z);
}
static void absolute(bench *b)
{
    cvr_absolute(b->T);
}
static void col_max_abs(bench *b)
{
    cvr_col_max_abs(b->row, b->Z);
}
static void keep_largest(bench *b)
{
    cvr_hard_threshold(b->T, b->Z, b->Z.rows * b->Z.cols / 10);
}
static void kink_step(bench *b)
{
    cvr_mat A = cvr_mat_cols(b->Q, 0, b->Z.cols);
    b->check += cvr_majorizer_step(b->M, b->T, A, b->Z, b->Z, 0, 1).primal2;
}
static void consensus_step(bench *b)
{
    cvr_mat a = cvr_mat_reshape(b->T, b->T.rows * b->T.cols, 1);
    cvr_mat z = cvr_mat_reshape(b->Z, a.rows, 1);
    cvr_consensus_step(a, cvr_mat_reshape(b->M, a.rows, 1), z, z, z, 1);
}
static void soft_threshold(bench *b)
{
    cvr_soft_threshold(b->V, b->U, b->wide);
}
static void scale_signs(bench *b)
{
    cvr_scale_signs(b->T, b->even, b->even);
}
/* All rows go to the quadratic side, or leave it: by turns. */
static void side_switch(bench *b)
{
    cvr_fill(b->at, cvr_get(b->sides, 0, 0) != 0 ? -1 : 1);
    b->check +=
        (double)cvr_update_active_set(b->H, b->sides, b->Z, b->at, b->at, b->Q, 0);
}
static void lasso(bench *b)
{
    cvr_fill(b->u, 0);
    cvr_lasso(b->u, b->J, b->even, b->work);
}
static void random_normal(bench *b)
{
    cvr_random_normal(b->V, 1, 1, 0);
}

static void new_mat(bench *b, cvr_type type, int64_t rows, int64_t cols, cvr_mat *A)
{
    must(cvr_mat_new(cvr_cpu(), type, rows, cols, A));
    cvr_random_normal(cvr_mat_cols(*A, 0, cols < 64 ? cols : 64), 7, 1, b->n);
    for (int64_t j = 64; j < cols; j += 64) {
        int64_t count = cols - j < 64 ? cols - j : 64;
        cvr_copy(cvr_mat_cols(*A, j, count), cvr_mat_cols(*A, 0, count));
    }
}

static void setup(bench *b, cvr_type type)
{
    int64_t n = b->n, d = b->d, m = 2 * b->P, r = d < 60 ? d : 60;
    struct {
        cvr_mat *A;
        int64_t rows, cols;
    } all[] = {{&b->X, n, d},         {&b->U, d, m},         {&b->V, d, m},
               {&b->M_U, d, m},       {&b->D, n, b->P},      {&b->Z, n, m},
               {&b->M, n, m},         {&b->T, n, m},         {&b->Y, n, 2},
               {&b->K, d, d},         {&b->L, d, d},         {&b->W, n, n},
               {&b->row, m, 1},       {&b->wide, d, 1},      {&b->side, n, 1},
               {&b->tall, d, r},      {&b->few, r, 1},       {&b->turned, m, n},
               {&b->nearest, 3, m},   {&b->sizes, m, 2},     {&b->Q, n, m + 1},
               {&b->H, m + 1, m + 1}, {&b->J, m + 1, m + 1}, {&b->sides, n, 1},
               {&b->at, n, 1},        {&b->even, m, 1},      {&b->u, m, 1}};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        new_mat(b, type, all[k].rows, all[k].cols, all[k].A);
    cvr_gate(b->D, cvr_mat_cols(b->Z, 0, b->P));
    cvr_gram(b->L, 1, CVR_T, b->X, 0);
    cvr_add_diag(b->L, (double)n);
    cvr_gram(b->J, 1, CVR_T, b->Q, 0);
    cvr_fill(b->sides, 0);
    cvr_fill(b->even, 1);
    must(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, m, m + 3, &b->work));
    b->pivot = calloc((size_t)d, sizeof *b->pivot);
    must(b->pivot ? CVR_OK : CVR_NO_MEMORY);
}

static void square_product(bench *b)
{
    int64_t k = b->d < 1500 ? b->d : 1500;
    cvr_mat C = cvr_mat_part(b->K, 0, 0, k, k), A = cvr_mat_part(b->L, 0, 0, k, k);
    cvr_gemm(C, 1, CVR_N, A, CVR_T, A, 0);
}

static void plain_copy(bench *b)
{
    memcpy(b->T.data, b->Z.data, (size_t)cvr_mat_bytes(b->Z.type, b->Z.rows, b->Z.cols));
}

static void report(bench *b, const line *l, double flop_rate, double byte_rate)
{
    double bytes = l->numbers * (double)cvr_mat_bytes(b->X.type, 1, 1);
    double took = fastest(b, l->run);
    double floor = l->flops / flop_rate + bytes / byte_rate;
    double rate = l->flops > 0 ? l->flops / took : bytes / took;
    printf("%-16s %10.3f ms %9.2f %s %6.2f\n", l->name, 1e3 * took, 1e-9 * rate,
           l->flops > 0 ? "GFlop/s" : "GB/s   ", floor / took);
}

static void measure(bench *b)
{
    double n = (double)b->n, d = (double)b->d, P = (double)b->P, m = 2 * P;
    double nm = n * m, dm = d * m, k = (double)b->tall.cols;
    double side = d < 1500 ? d : 1500;
    double flop_rate = 2 * side * side * side / fastest(b, square_product);
    double byte_rate =
        2 * nm * (double)cvr_mat_bytes(b->X.type, 1, 1) / fastest(b, plain_copy);
    const line lines[] = {
        {"fill", fill, 0, nm},
        {"copy", copy, 0, 2 * nm},
        {"transpose", transpose, 0, 2 * nm},
        {"scale", scale, 0, 2 * nm},
        {"axpby", axpby, 0, 3 * nm},
        {"mul", mul, 0, 3 * nm},
        {"add_diag", add_diag, 0, 2 * d},
        {"mirror", mirror, 0, d * d},
        {"scale_rows", scale_rows, 0, 2 * nm},
        {"scale_cols", scale_cols, 0, 2 * nm},
        {"add_row", add_row, 0, 2 * nm},
        {"relu", relu, 0, 2 * nm},
        {"square", square, 0, 2 * nm},
        {"sqrt", root, 0, 2 * nm},
        {"reciprocal", reciprocal, 0, 2 * nm},
        {"dot", dot, 0, 2 * nm},
        {"distance2", distance2, 0, 2 * nm},
        {"min", min, 0, nm},
        {"max_abs", max_abs, 0, nm},
        {"col_sums", col_sums, 0, nm},
        {"col_norms", col_norms, 0, nm},
        {"col_dots", col_dots, 0, 2 * nm},
        {"all_finite", all_finite, 0, nm},
        {"gemm X U", gemm_xu, 2 * nm * d, 0},
        {"gemm X'Z", gemm_xz, 2 * nm * d, 0},
        {"gemm X u", gemv_x, 0, n * d},
        {"gemm X'z", gemv_xt, 0, n * d},
        {"gram X'X", gram, n * d * d, 0},
        {"potrf", potrf, d * d * d / 3, 0},
        {"pstrf", pstrf, d * d * d / 3, 0},
        {"potrs", potrs, 2 * dm * d, 0},
        {"trsm", trsm, dm * d, 0},
        {"trsm_right", trsm_right, n * d * d, 0},
        {"orthonormalise", orthonormalise, 4 * d * k * k, 0},
        {"svd", svd, 6 * d * k * k, 0},
        {"gate", gate, 0, 2 * nm},
        {"gated_sum", gated_sum, 0, nm + n * P + 2 * n},
        {"gated_fan", gated_fan, 0, nm + n * P + 2 * n},
        {"gate_gram", gate_gram, n * n * P, n * n},
        {"gate_ties", gate_ties, 0, nm},
        {"group_shrink", group_shrink, 0, 2 * dm},
        {"group_norms", group_norms, 0, dm},
        {"shrink_step", shrink_step, 0, 5 * dm},
        {"cone_step", cone_step, 0, 3 * nm + n * P},
        {"cone_target", cone_target, 0, 2 * nm + n * P},
        {"cone_rescale", cone_rescale, 0, 2 * nm},
        {"cone_multiplier", cone_multiplier, 0, 3 * nm + n * P},
        {"cone_excess", cone_excess, 0, 3 * nm + n * P},
        {"cone_margin", cone_margin, 0, nm + n * P},
        {"cone_distance", cone_distance, 0, nm + 2 * n * P},
        {"relu_prox", relu_prox, 0, 3 * nm},
        {"relu_of", relu_of, 0, 2 * nm},
        {"relu_pull", relu_pull, 0, 3 * nm},
        {"relu_tube", relu_tube, 0, 3 * nm},
        {"hinge_prox", hinge_prox, 0, 3 * nm},
        {"hinge_loss", hinge_loss, 0, 2 * nm},
        {"softmax_prox", softmax_prox, 0, 30 * n},
        {"softmax_loss", softmax_loss, 0, 20 * n},
        {"kinks", kinks, 0, 3 * nm},
        {"kinks_positive", kinks_positive, 0, 2 * nm},
        {"kink_value", kink_value, 0, 2 * nm},
        {"kink_slope", kink_slope, 0, 3 * nm},
        {"kink_clip", kink_clip, 0, 3 * nm},
        {"kink_conjugate", kink_conjugate, 0, 2 * nm},
        {"relu_distance2", relu_distance2, 0, 2 * nm},
        {"keep_largest", keep_largest, 0, 2 * nm},
        {"count_nonzero", count_nonzero, 0, nm},
        {"abs", absolute, 0, 2 * nm},
        {"col_max_abs", col_max_abs, 0, nm},
        {"kink_step", kink_step, 0, 8 * nm},
        {"consensus_step", consensus_step, 0, 6 * nm},
        {"soft_threshold", soft_threshold, 0, 2 * dm},
        {"scale_signs", scale_signs, 0, 2 * nm},
        {"side_switch", side_switch, n * (m + 1) * (m + 1), 2 * n * (m + 1)},
        {"lasso", lasso, 0, m * m},
        {"random_normal", random_normal, 0, dm},
    };
    printf("floors: %.1f GFlop/s, %.1f GB/s\n", 1e-9 * flop_rate, 1e-9 * byte_rate);
    for (size_t l = 0; l < sizeof lines / sizeof *lines; l++)
        report(b, &lines[l], flop_rate, byte_rate);
}

int main(int argc, char **argv)
{
    double scale_by = argc > 1 ? atof(argv[1]) : 0.3;
    cvr_type type = argc > 2 && strcmp(argv[2], "single") == 0 ? CVR_SINGLE : CVR_DOUBLE;
    bench b = {(int64_t)(10000 * scale_by), (int64_t)(3073 * scale_by), .P = 50};
    if (b.n < 10 || b.d < 10) {
        fprintf(stderr, "bench_ops: SCALE is %g, at least 0.01 is needed\n", scale_by);
        return 2;
    }
    printf("n %lld  d %lld  P %lld  %s\n", (long long)b.n, (long long)b.d, (long long)b.P,
           type == CVR_SINGLE ? "single" : "double");
    setup(&b, type);
    measure(&b);
    return b.check != b.check;
}

/* Every matrix operation against its reference kernel, in both precisions, over sizes and
   over views with gaps, from one table; then identities and failures. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cvxrelu/mat.h>

#include "base/bytes.h"
#include "ccp/ops.h"
#include "ccp/quadratic.h"
#include "convex/ops.h"
#include "deep/ops.h"
#include "linalg/cpu.h"
#include "linalg/device.h"
#include "linalg/ops.h"
#include "model/ops.h"
#include "support/device.h"
#include "support/reference.h"

/* ---- the table ------------------------------------------------------------------- */

typedef enum kind {
    NORMAL,   /* N(0, 1) */
    GATE,     /* 0 or 1 */
    LOWER,    /* a triangle that is easy to solve with; NaN above */
    SPD,      /* the lower triangle of a positive definite matrix; NaN above */
    TURNED,   /* (2D - 1) times positive numbers, D the second operand */
    NEGATIVE, /* below 0 */
    KINK,     /* 0 or more, or -inf */
    NANS      /* an output, or an operand that must not be read */
} kind;

/* Shapes are two letters: n, k, P, m = 2 P, s = min(n, 300), or a digit. */
typedef struct operand {
    const char *shape;
    kind kind;
} operand;

/* A number that stands for P among the numbers p. */
enum { IS_P = -1 };

/* Operands of an operation. */
enum { MOST = 5 };

typedef struct operation {
    const char *name;
    operand operands[MOST];
    double p[4];
    void (*call)(const cvr_mat *m, const double *p, double *out);
    ref_operation *reference;
} operation;

static void keep(cvr_residual r, double *out)
{
    out[0] = r.primal2;
    out[1] = r.dual2;
    out[2] = r.primal_of2;
    out[3] = r.dual_of2;
}

/* sum over groups of |group| */
static double group_norms(cvr_mat A, int64_t groups)
{
    double *norms = calloc((size_t)groups + 1, sizeof *norms), sum = 0;
    assert_non_null(norms);
    cvr_put_group_norms(cvr_host_numbers(norms, groups), A, groups);
    for (int64_t g = 0; g < groups; g++)
        sum += norms[g];
    free(norms);
    return sum;
}

/* Factors lie where the matrices are. */
enum { ADD_TIMES, TIMES_ADD, TAKE_PART };

static void with_factor(const cvr_mat *m, const double *p, int what)
{
    cvr_mat s = {0};
    assert_int_equal(cvr_mat_new(m[0].device, CVR_DOUBLE, 1, 1, &s), CVR_OK);
    cvr_set(s, 0, 0, p[0]);
    if (what == ADD_TIMES)
        cvr_add_times(m[0], p[1], s, m[1]);
    else if (what == TIMES_ADD)
        cvr_times_add(m[0], s, m[1]);
    else
        cvr_take_part(m[0], s, p[1], m[1]);
    cvr_mat_free(&s);
}

static void add_scaled_cols(const cvr_mat *m)
{
    cvr_mat v = {0};
    assert_int_equal(cvr_mat_new(m[0].device, CVR_DOUBLE, m[1].rows, 1, &v), CVR_OK);
    cvr_copy(v, m[1]);
    cvr_add_scaled_cols(m[0], v, m[2]);
    cvr_mat_free(&v);
}

/* An operation a line. */
#define CALL(name, body)                                                                 \
    static void do_##name(const cvr_mat *m, const double *p, double *out)                \
    {                                                                                    \
        (void)m, (void)p, (void)out;                                                     \
        body;                                                                            \
    }
CALL(fill, cvr_fill(m[0], p[0]))
CALL(copy, cvr_copy(m[0], m[1]))
CALL(transpose, cvr_transpose(m[0], m[1]))
CALL(scale, cvr_scale(m[0], p[0]))
CALL(axpby, cvr_axpby(m[0], p[0], m[1], p[1]))
CALL(maximum, cvr_maximum(m[0], m[1]))
CALL(add_times, with_factor(m, p, ADD_TIMES))
CALL(times_add, with_factor(m, p, TIMES_ADD))
CALL(take_part, with_factor(m, p, TAKE_PART))
CALL(add_scaled_cols, add_scaled_cols(m))
CALL(mul, cvr_hadamard(m[0], m[1]))
CALL(add_diag, cvr_add_diag(m[0], p[0]))
CALL(mirror, cvr_symmetrize(m[0]))
CALL(scale_rows, cvr_scale_rows(m[0], m[1]))
CALL(scale_cols, cvr_scale_cols(m[0], m[1]))
CALL(add_row, cvr_add_row(m[0], m[1]))
CALL(relu, cvr_relu(m[0]))
CALL(square, cvr_square(m[0], m[1]))
CALL(sqrt, cvr_square_root(m[0]))
CALL(reciprocal, cvr_reciprocal(m[0], p[0]))
CALL(dot, out[0] = cvr_dot(m[0], m[1]))
CALL(distance2, out[0] = cvr_distance2(m[0], m[1]))
CALL(min, out[0] = cvr_min(m[0]))
CALL(max_abs, out[0] = cvr_max_abs(m[0]))
CALL(col_sums, cvr_col_sums(m[0], m[1]))
CALL(col_norms, cvr_col_norms(m[0], m[1]))
CALL(col_dots, cvr_col_dots(m[0], m[1], m[2]))
CALL(all_finite, out[0] = cvr_all_finite(m[0]))
CALL(gemm, cvr_gemm(m[0], p[0], (cvr_trans)p[1], m[1], (cvr_trans)p[2], m[2], p[3]))
CALL(gram, cvr_gram(m[0], p[0], (cvr_trans)p[1], m[1], p[2]))
CALL(potrf, assert_int_equal(cvr_potrf(m[0]), CVR_OK))
CALL(potrs, cvr_potrs(m[0], m[1]))
CALL(trsm, cvr_trsm(m[0], (cvr_trans)p[0], m[1]))
CALL(trsm_right, cvr_trsm_right(m[0], m[1], (cvr_trans)p[0]))
CALL(gate, cvr_gate(m[0], m[1]))
CALL(gated_sum, cvr_gated_sum(m[0], m[1], m[2]))
CALL(gated_fan, cvr_gated_adjoint(m[0], m[1], m[2]))
CALL(gate_gram, assert_int_equal(cvr_gate_gram(m[0], m[1]), CVR_OK))
CALL(gate_ties, cvr_gate_ties(m[0], m[1], m[2], m[3], p[0]))
CALL(group_shrink, cvr_group_soft_threshold(m[0], m[1], (int64_t)p[0], p[1]))
CALL(group_norms, out[0] = group_norms(m[0], (int64_t)p[0]))
CALL(shrink_step, keep(cvr_shrink_step(m[0], m[1], m[2], (int64_t)p[0], p[1], p[2]), out))
CALL(cone_step, keep(cvr_cone_step(m[0], m[1], m[2], p[0]), out))
CALL(cone_target, cvr_cone_target(m[0], m[1], m[2], p[0]))
CALL(cone_rescale, cvr_cone_rescale(m[0], p[0]))
CALL(cone_multiplier, cvr_cone_multiplier(m[0], m[1], m[2], p[0], p[1]))
CALL(cone_excess, cvr_cone_violation(m[0], m[1], m[2]))
CALL(cone_margin, cvr_cone_slack(m[0], m[1], m[2]))
CALL(cone_distance, cvr_cone_distance(m[0], m[1], m[2], m[3]))
CALL(relu_prox, cvr_relu_prox(m[0], m[1], m[2], p[0], p[1]))
CALL(relu_of, cvr_relu_of(m[0], m[1]))
CALL(relu_pull, cvr_relu_pull(m[0], m[1], p[0], p[1]))
CALL(relu_tube, cvr_relu_tube(m[0], m[1], m[2], p[0]))
CALL(hinge_prox, cvr_hinge_prox(m[0], m[1], p[0]))
CALL(hinge_loss, out[0] = cvr_hinge_loss(m[0], m[1]))
CALL(softmax_prox, cvr_softmax_prox(m[0], m[1], p[0]))
CALL(softmax_loss, out[0] = cvr_softmax_loss(m[0], m[1]))
CALL(kinks, cvr_breakpoints(m[0], m[1], m[2], p[0]))
CALL(kinks_positive, cvr_breakpoints_positive(m[0], m[1]))
CALL(kink_step, keep(cvr_majorizer_step(m[0], m[1], m[2], m[3], m[4], p[0], p[1]), out))
CALL(consensus_step, cvr_consensus_step(m[0], m[1], m[2], m[3], m[4], p[0]))
CALL(kink_value, out[0] = cvr_majorizer_value(m[0], m[1], m[2]))
CALL(kink_slope, cvr_majorizer_slope(m[0], m[1], m[2], m[3]))
CALL(kink_clip, cvr_project_dual(m[0], m[1]))
CALL(kink_conjugate, out[0] = cvr_majorizer_conjugate(m[0], m[1], m[2]))
CALL(relu_distance2, out[0] = cvr_relu_distance2(m[0], m[1], p[0], m[2]))
CALL(soft_threshold, cvr_soft_threshold(m[0], m[1], m[2]))
CALL(keep_largest, cvr_hard_threshold(m[0], m[1], (int64_t)p[0]))
CALL(count_nonzero, out[0] = (double)cvr_count_nonzero(m[0]))
CALL(abs, cvr_absolute(m[0]))
CALL(scale_signs, cvr_scale_signs(m[0], m[1], m[2]))
CALL(col_max_abs, cvr_col_max_abs(m[0], m[1]))
CALL(arc_cosine, cvr_arc_cosine(m[0], m[1], m[2], p[0], p[1], p[2]))
CALL(exp, cvr_exponential(m[0], p[0]))
CALL(clamp, cvr_clamp(m[0], p[0], p[1]))
CALL(softmax, cvr_softmax(m[0]))
#undef CALL

#define OF(name) do_##name, ref_##name
static const operation operations[] = {
    {"fill", {{"nk", NANS}}, {1.25}, OF(fill)},
    {"copy", {{"nk", NANS}, {"nk", NORMAL}}, {0}, OF(copy)},
    {"transpose", {{"nk", NANS}, {"kn", NORMAL}}, {0}, OF(transpose)},
    {"scale", {{"nk", NORMAL}}, {-1.5}, OF(scale)},
    {"axpby", {{"nk", NORMAL}, {"nk", NORMAL}}, {0.5, -2}, OF(axpby)},
    {"axpby to", {{"nk", NANS}, {"nk", NORMAL}}, {0.5, 0}, OF(axpby)},
    {"maximum", {{"nk", NORMAL}, {"nk", NORMAL}}, {0}, OF(maximum)},
    {"add_times", {{"nk", NORMAL}, {"nk", NORMAL}}, {0.5, -3}, OF(add_times)},
    {"add_times none", {{"nk", NORMAL}, {"nk", NANS}}, {0, -3}, OF(add_times)},
    {"times_add", {{"nk", NORMAL}, {"nk", NORMAL}}, {0.5}, OF(times_add)},
    {"take_part", {{"nk", NORMAL}, {"nk", NORMAL}}, {0.5, 3}, OF(take_part)},
    {"times_add to", {{"nk", NANS}, {"nk", NORMAL}}, {0}, OF(times_add)},
    {"add_scaled_cols",
     {{"nm", NORMAL}, {"m1", NORMAL}, {"nP", NORMAL}},
     {0},
     OF(add_scaled_cols)},
    {"mul", {{"nk", NORMAL}, {"nk", NORMAL}}, {0}, OF(mul)},
    {"add_diag", {{"ss", NORMAL}}, {0.75}, OF(add_diag)},
    {"mirror", {{"ss", LOWER}}, {0}, OF(mirror)},
    {"scale_rows", {{"nk", NORMAL}, {"n1", NORMAL}}, {0}, OF(scale_rows)},
    {"scale_cols", {{"nk", NORMAL}, {"k1", NORMAL}}, {0}, OF(scale_cols)},
    {"add_row", {{"nk", NORMAL}, {"k1", NORMAL}}, {0}, OF(add_row)},
    {"relu", {{"nk", NORMAL}}, {0}, OF(relu)},
    {"square", {{"nk", NANS}, {"nk", NORMAL}}, {0}, OF(square)},
    {"sqrt", {{"nk", NORMAL}}, {0}, OF(sqrt)},
    {"reciprocal", {{"nk", NORMAL}}, {0.1}, OF(reciprocal)},
    {"dot", {{"nk", NORMAL}, {"nk", NORMAL}}, {0}, OF(dot)},
    {"distance2", {{"nk", NORMAL}, {"nk", NORMAL}}, {0}, OF(distance2)},
    {"min", {{"nk", NORMAL}}, {0}, OF(min)},
    {"max_abs", {{"nk", NORMAL}}, {0}, OF(max_abs)},
    {"col_sums", {{"k1", NANS}, {"nk", NORMAL}}, {0}, OF(col_sums)},
    {"col_norms", {{"k1", NANS}, {"nk", NORMAL}}, {0}, OF(col_norms)},
    {"col_dots", {{"k1", NANS}, {"nk", NORMAL}, {"nk", NORMAL}}, {0}, OF(col_dots)},
    {"all_finite", {{"nk", NORMAL}}, {0}, OF(all_finite)},
    {"gemm NN",
     {{"kP", NORMAL}, {"kn", NORMAL}, {"nP", NORMAL}},
     {2, 0, 0, -1},
     OF(gemm)},
    {"gemm TN", {{"kP", NANS}, {"nk", NORMAL}, {"nP", NORMAL}}, {2, 1, 0, 0}, OF(gemm)},
    {"gemm NT", {{"kP", NANS}, {"kn", NORMAL}, {"Pn", NORMAL}}, {1, 0, 1, 0}, OF(gemm)},
    {"gemm TT", {{"kP", NORMAL}, {"nk", NORMAL}, {"Pn", NORMAL}}, {1, 1, 1, 1}, OF(gemm)},
    {"gemm tall", {{"nP", NANS}, {"nk", NORMAL}, {"kP", NORMAL}}, {1, 0, 0, 0}, OF(gemm)},
    {"gemm xy'",
     {{"nk", NORMAL}, {"n1", NORMAL}, {"k1", NORMAL}},
     {2, 0, 1, 3},
     OF(gemm)},
    {"gemm xy", {{"nk", NANS}, {"n1", NORMAL}, {"1k", NORMAL}}, {2, 0, 0, 0}, OF(gemm)},
    {"gemm x'y", {{"nk", NANS}, {"1n", NORMAL}, {"1k", NORMAL}}, {2, 1, 0, 0}, OF(gemm)},
    {"gemm Ax", {{"n1", NORMAL}, {"nk", NORMAL}, {"k1", NORMAL}}, {1, 0, 0, 3}, OF(gemm)},
    {"gemm A'x'", {{"k1", NANS}, {"nk", NORMAL}, {"1n", NORMAL}}, {1, 1, 1, 0}, OF(gemm)},
    {"gemm xB", {{"1k", NANS}, {"1n", NORMAL}, {"nk", NORMAL}}, {1, 0, 0, 0}, OF(gemm)},
    {"gemm x'B'",
     {{"1n", NORMAL}, {"k1", NORMAL}, {"nk", NORMAL}},
     {1, 1, 1, 2},
     OF(gemm)},
    {"gram T", {{"kk", NANS}, {"nk", NORMAL}}, {2, 1, 0}, OF(gram)},
    {"gram N", {{"kk", LOWER}, {"kn", NORMAL}}, {2, 0, -1}, OF(gram)},
    {"gram ss", {{"ss", LOWER}, {"sk", NORMAL}}, {1, 0, 0.5}, OF(gram)},
    {"potrf", {{"ss", SPD}}, {0}, OF(potrf)},
    {"potrs", {{"ss", LOWER}, {"sk", NORMAL}}, {0}, OF(potrs)},
    {"trsm N", {{"ss", LOWER}, {"sk", NORMAL}}, {0}, OF(trsm)},
    {"trsm T", {{"ss", LOWER}, {"sk", NORMAL}}, {1}, OF(trsm)},
    {"trsm_right N", {{"ks", NORMAL}, {"ss", LOWER}}, {0}, OF(trsm_right)},
    {"trsm_right T", {{"ks", NORMAL}, {"ss", LOWER}}, {1}, OF(trsm_right)},
    {"gate", {{"nk", NANS}, {"nk", NORMAL}}, {0}, OF(gate)},
    {"gated_sum", {{"n2", NANS}, {"nP", GATE}, {"nm", NORMAL}}, {0}, OF(gated_sum)},
    {"gated_fan", {{"nm", NANS}, {"nP", GATE}, {"n2", NORMAL}}, {0}, OF(gated_fan)},
    {"gate_gram", {{"ss", LOWER}, {"sP", GATE}}, {0}, OF(gate_gram)},
    {"gate_ties",
     {{"3k", NANS}, {"nk", NORMAL}, {"n1", GATE}, {"k2", GATE}},
     {0.25},
     OF(gate_ties)},
    {"group_shrink", {{"km", NANS}, {"km", NORMAL}}, {IS_P, 1.5}, OF(group_shrink)},
    {"group_norms", {{"nm", NORMAL}}, {IS_P}, OF(group_norms)},
    {"shrink_step",
     {{"km", NORMAL}, {"km", NORMAL}, {"km", NORMAL}},
     {IS_P, 1.6, 1.5},
     OF(shrink_step)},
    {"cone_step", {{"nm", NORMAL}, {"nP", GATE}, {"nm", NORMAL}}, {1.6}, OF(cone_step)},
    {"cone_target", {{"nm", NANS}, {"nP", GATE}, {"nm", NORMAL}}, {0.3}, OF(cone_target)},
    {"cone_rescale", {{"nm", NORMAL}}, {0.7}, OF(cone_rescale)},
    {"cone_multiplier",
     {{"nm", NORMAL}, {"nP", GATE}, {"nm", NORMAL}},
     {0.3, -2},
     OF(cone_multiplier)},
    {"cone_multiplier to",
     {{"nm", NANS}, {"nP", GATE}, {"nm", NORMAL}},
     {0.3, 0},
     OF(cone_multiplier)},
    {"cone_excess", {{"nm", NORMAL}, {"nP", GATE}, {"nm", NORMAL}}, {0}, OF(cone_excess)},
    {"cone_margin", {{"m1", NANS}, {"nP", GATE}, {"nm", NORMAL}}, {0}, OF(cone_margin)},
    {"cone_distance",
     {{"m1", NANS}, {"nP", GATE}, {"nm", NORMAL}, {"nP", TURNED}},
     {0},
     OF(cone_distance)},
    {"relu_prox",
     {{"nk", NANS}, {"nk", NORMAL}, {"nk", NORMAL}},
     {2, 0.7},
     OF(relu_prox)},
    {"relu_of", {{"nk", NANS}, {"nk", NORMAL}}, {0}, OF(relu_of)},
    {"relu_pull", {{"nk", NORMAL}, {"nk", NORMAL}}, {2, 0.7}, OF(relu_pull)},
    {"relu_tube", {{"nk", NANS}, {"nk", NORMAL}, {"nk", NORMAL}}, {0.6}, OF(relu_tube)},
    {"hinge_prox", {{"nk", NORMAL}, {"nk", GATE}}, {0.6}, OF(hinge_prox)},
    {"hinge_loss", {{"nk", NORMAL}, {"nk", GATE}}, {0}, OF(hinge_loss)},
    {"softmax_prox", {{"8P", NORMAL}, {"8P", GATE}}, {0.3}, OF(softmax_prox)},
    {"softmax_loss", {{"nk", NORMAL}, {"nk", GATE}}, {0}, OF(softmax_loss)},
    {"kinks", {{"nk", NANS}, {"nk", NORMAL}, {"nk", NORMAL}}, {0.1}, OF(kinks)},
    {"kinks_positive", {{"nk", NANS}, {"nk", NORMAL}}, {0}, OF(kinks_positive)},
    {"kink_step",
     {{"nk", NORMAL}, {"nk", NORMAL}, {"nk", NORMAL}, {"nk", NEGATIVE}, {"nk", KINK}},
     {1.6, 0.7},
     OF(kink_step)},
    {"consensus_step",
     {{"n1", NORMAL}, {"n1", GATE}, {"n1", NORMAL}, {"n1", NEGATIVE}, {"n1", KINK}},
     {0.7},
     OF(consensus_step)},
    {"kink_value", {{"nk", NORMAL}, {"nk", NORMAL}, {"nk", KINK}}, {0}, OF(kink_value)},
    {"kink_slope",
     {{"nk", NANS}, {"nk", NORMAL}, {"nk", NORMAL}, {"nk", KINK}},
     {0},
     OF(kink_slope)},
    {"kink_clip", {{"nk", NORMAL}, {"nk", KINK}}, {0}, OF(kink_clip)},
    {"kink_conjugate",
     {{"nk", NORMAL}, {"nk", NORMAL}, {"nk", KINK}},
     {0},
     OF(kink_conjugate)},
    {"relu_distance2",
     {{"nk", NORMAL}, {"nk", NORMAL}, {"nk", NORMAL}},
     {0.3},
     OF(relu_distance2)},
    {"relu_distance2 at",
     {{"nk", NORMAL}, {"nk", NANS}, {"nk", NORMAL}},
     {0},
     OF(relu_distance2)},
    {"soft_threshold",
     {{"nk", NANS}, {"nk", NORMAL}, {"n1", GATE}},
     {0},
     OF(soft_threshold)},
    {"keep_largest", {{"kk", NANS}, {"kk", NORMAL}}, {6}, OF(keep_largest)},
    {"keep_largest of equals", {{"kk", NANS}, {"kk", GATE}}, {6}, OF(keep_largest)},
    {"keep_largest none", {{"kk", NANS}, {"kk", NORMAL}}, {0}, OF(keep_largest)},
    {"count_nonzero", {{"nk", GATE}}, {0}, OF(count_nonzero)},
    {"abs", {{"nk", NORMAL}}, {0}, OF(abs)},
    {"scale_signs",
     {{"nk", NORMAL}, {"k1", NORMAL}, {"k1", NORMAL}},
     {0},
     OF(scale_signs)},
    {"col_max_abs", {{"k1", NANS}, {"nk", NORMAL}}, {0}, OF(col_max_abs)},
    {"arc_cosine",
     {{"nk", NORMAL}, {"n1", GATE}, {"k1", GATE}},
     {4, 0.7, 1.5},
     OF(arc_cosine)},
    {"exp", {{"nk", NORMAL}}, {-0.5}, OF(exp)},
    {"clamp", {{"nk", NORMAL}}, {-0.5, 1}, OF(clamp)},
    {"softmax", {{"nk", NORMAL}}, {0}, OF(softmax)},
};
#undef OF

/* ---- the table's driver ---------------------------------------------------------- */

typedef struct sizes {
    int64_t n, k, P;
} sizes;

/* Nothing, one, odd, and beyond every block of the kernels. */
static const sizes all_sizes[] = {{0, 0, 0},    {0, 3, 2},   {4, 0, 0},   {5, 3, 0},
                                  {1, 1, 1},    {7, 5, 3},   {33, 40, 4}, {600, 7, 2},
                                  {2500, 3, 2}, {9000, 3, 2}};

static int64_t extent(char letter, sizes s)
{
    switch (letter) {
    case 'n':
        return s.n;
    case 'k':
        return s.k;
    case 'P':
        return s.P;
    case 'm':
        return 2 * s.P;
    case 's':
        return s.n < 300 ? s.n : 300;
    default:
        return letter - '0';
    }
}

typedef struct trial {
    const operation *op;
    sizes sizes;
    cvr_type type;
    bool gaps;
    cvr_mat whole[MOST], m[MOST]; /* m are parts of whole when there are gaps */
    ref want[MOST];
    int count;
} trial;

static const cvr_backend *under_test, *named; /* named: by the command line */

static cvr_mat new_mat(cvr_type type, int64_t rows, int64_t cols)
{
    cvr_mat A = {0};
    assert_int_equal(cvr_mat_new(under_test, type, rows, cols, &A), CVR_OK);
    return A;
}

static cvr_mat new_normal(cvr_type type, int64_t rows, int64_t cols, uint64_t seed)
{
    cvr_mat A = new_mat(type, rows, cols);
    cvr_random_normal(A, seed, 77, 0);
    return A;
}

/* x: a normal number, turned into the entry of its kind. */
static double entry(kind of, double x, cvr_mat A, int64_t i, int64_t j, double d)
{
    switch (of) {
    case NORMAL:
        return x;
    case GATE:
        return x >= 0;
    case NEGATIVE:
        return -fabs(x);
    case KINK:
        return x < -0.5 ? -INFINITY : fabs(x);
    case LOWER:
    case SPD:
        return i < j    ? (double)NAN
               : i == j ? 3 + fabs(x)
                        : 0.5 * x / sqrt((double)A.rows);
    case TURNED:
        return (2 * d - 1) * (0.5 + fabs(x));
    default:
        return NAN;
    }
}

static void make_operand(trial *t, int which)
{
    const operand *o = &t->op->operands[which];
    int64_t rows = extent(o->shape[0], t->sizes), cols = extent(o->shape[1], t->sizes);
    int64_t pad = t->gaps ? 3 : 0;
    cvr_mat whole = new_mat(t->type, rows + 2 * pad, cols + pad);
    cvr_mat A = cvr_mat_part(whole, pad, t->gaps ? 1 : 0, rows, cols);
    cvr_fill(whole, NAN);
    cvr_random_normal(A, 40 + (uint64_t)which, 77, 0);
    for (int64_t j = 0; j < cols; j++)
        for (int64_t i = 0; i < rows; i++) {
            double d = o->kind == TURNED ? cvr_get(t->m[1], i, j) : 0;
            cvr_set(A, i, j, entry(o->kind, cvr_get(A, i, j), A, i, j, d));
        }
    ref R = {rows, cols, calloc((size_t)(rows * cols) + 1, sizeof(double))};
    assert_non_null(R.x);
    for (int64_t k = 0; k < rows * cols; k++)
        R.x[k] = cvr_get(A, k % rows, k / rows);
    t->whole[which] = whole;
    t->m[which] = A;
    t->want[which] = R;
}

static double unit(cvr_type type)
{
    return type == CVR_DOUBLE ? DBL_EPSILON : FLT_EPSILON;
}

static void compare(const trial *t, double got, double want, const char *what)
{
    double longest = sqrt((double)(t->sizes.n + t->sizes.k));
    double allowed = 20 * unit(t->type) * (1 + fabs(want)) * (1 + longest);
    if ((isnan(got) && isnan(want)) || got == want || fabs(got - want) <= allowed)
        return;
    fail_msg("%s %s, n %d k %d P %d, gaps %d: %s is %.17g, not %.17g", t->op->name,
             t->type == CVR_DOUBLE ? "double" : "single", (int)t->sizes.n,
             (int)t->sizes.k, (int)t->sizes.P, t->gaps, what, got, want);
}

static void compare_operand(const trial *t, int which)
{
    ref R = t->want[which];
    for (int64_t k = 0; k < R.rows * R.cols; k++)
        compare(t, cvr_get(t->m[which], k % R.rows, k / R.rows), R.x[k], "an entry");
}

/* Nothing was written around a part. */
static void check_gaps(const trial *t, int which)
{
    cvr_mat W = t->whole[which];
    cvr_fill(t->m[which], NAN);
    for (int64_t j = 0; j < W.cols; j++)
        for (int64_t i = 0; i < W.rows; i++)
            compare(t, cvr_get(W, i, j), NAN, "an entry of the gap");
}

static void run_trial(const operation *op, sizes s, cvr_type type, bool gaps)
{
    trial t = {.op = op, .sizes = s, .type = type, .gaps = gaps};
    double p[4], got[4] = {0}, want[4] = {0};
    for (int k = 0; k < 4; k++)
        p[k] = op->p[k] == IS_P && k == 0 ? (double)s.P : op->p[k];
    while (t.count < MOST && op->operands[t.count].shape)
        make_operand(&t, t.count++);
    op->call(t.m, p, got);
    op->reference(t.want, p, want);
    for (int k = 0; k < 4; k++)
        compare(&t, got[k], want[k], "a result");
    for (int k = 0; k < t.count; k++) {
        compare_operand(&t, k);
        check_gaps(&t, k);
    }
    for (int k = 0; k < t.count; k++) {
        cvr_mat_free(&t.whole[k]);
        free(t.want[k].x);
    }
}

static void operations_match_their_references(void **state)
{
    (void)state;
    for (size_t o = 0; o < sizeof operations / sizeof *operations; o++)
        for (size_t s = 0; s < sizeof all_sizes / sizeof *all_sizes; s++)
            for (int type = CVR_DOUBLE; type <= CVR_SINGLE; type++)
                for (int gaps = 0; gaps < 2; gaps++)
                    run_trial(&operations[o], all_sizes[s], (cvr_type)type, gaps);
}

/* ---- identities ------------------------------------------------------------------ */

static void near(double got, double want, double allowed)
{
    if (!(fabs(got - want) <= allowed))
        fail_msg("%.17g is not within %g of %.17g", got, allowed, want);
}

static void for_both(void (*check)(cvr_type type))
{
    check(CVR_DOUBLE);
    check(CVR_SINGLE);
}

static void check_adjoint(cvr_type type)
{
    cvr_mat D = new_normal(type, 501, 7, 1), Z = new_normal(type, 501, 21, 2);
    cvr_mat R = new_normal(type, 501, 3, 3), Y = new_mat(type, 501, 3);
    cvr_mat W = new_mat(type, 501, 21);
    cvr_gate(D, D);
    cvr_gated_sum(Y, D, Z);
    cvr_gated_adjoint(W, D, R);
    near(cvr_dot(Y, R), cvr_dot(Z, W), 1e4 * unit(type));
    cvr_mat_free(&D);
    cvr_mat_free(&Z);
    cvr_mat_free(&R);
    cvr_mat_free(&Y);
    cvr_mat_free(&W);
}

static void gated_pair_is_adjoint(void **state)
{
    (void)state;
    for_both(check_adjoint);
}

/* V = prox(M): t |W| >= t |V| + <M - V, W - V> for every W. */
static void check_prox(cvr_type type)
{
    enum { GROUPS = 4 };
    double t = 3;
    cvr_mat M = new_normal(type, 9, 8, 1), V = new_mat(type, 9, 8);
    cvr_group_soft_threshold(V, M, GROUPS, t);
    for (uint64_t seed = 2; seed < 40; seed++) {
        cvr_mat W = new_normal(type, 9, 8, seed);
        cvr_axpby(W, 1, V, 0.1 * (double)(seed % 5));
        double slope = cvr_dot(M, W) - cvr_dot(V, W) - cvr_dot(M, V) + cvr_dot(V, V);
        double rise = t * (group_norms(W, GROUPS) - group_norms(V, GROUPS));
        assert_true(rise >= slope - 1e3 * unit(type));
        cvr_mat_free(&W);
    }
    cvr_mat_free(&M);
    cvr_mat_free(&V);
}

static void group_shrink_is_the_proximal_step(void **state)
{
    (void)state;
    for_both(check_prox);
}

/* Z with (2D - 1) o Z = M_+ is a fixed point of the cone step. */
static void check_cone(cvr_type type)
{
    cvr_mat D = new_normal(type, 700, 3, 1), M = new_normal(type, 700, 6, 2);
    cvr_mat Z = new_mat(type, 700, 6), old = new_mat(type, 700, 6);
    cvr_gate(D, D);
    cvr_copy(old, M);
    cvr_copy(Z, M);
    cvr_relu(Z);
    cvr_cone_target(Z, D, Z, 1);
    cvr_residual r = cvr_cone_step(M, D, Z, 1.7);
    assert_true(r.primal2 == 0 && r.dual2 == 0);
    assert_true(cvr_distance2(M, old) == 0);
    near(r.primal_of2 + r.dual_of2, cvr_dot(M, M), 1e5 * unit(type));
    cvr_set(M, 3, 1, NAN);
    assert_true(isnan(cvr_cone_step(M, D, Z, 1).dual_of2));
    assert_true(isnan(cvr_get(M, 3, 1)));
    cvr_mat_free(&D);
    cvr_mat_free(&M);
    cvr_mat_free(&Z);
    cvr_mat_free(&old);
}

static void feasible_margins_are_a_fixed_point_of_the_cone_step(void **state)
{
    (void)state;
    for_both(check_cone);
}

/* |Q'Q - I| is small */
static void check_orthonormal(cvr_mat Q)
{
    cvr_mat G = new_mat(Q.type, Q.cols, Q.cols);
    cvr_gram(G, 1, CVR_T, Q, 0);
    cvr_symmetrize(G);
    cvr_add_diag(G, -1);
    near(cvr_max_abs(G), 0, 50 * unit(Q.type));
    cvr_mat_free(&G);
}

/* Q Q'A = A */
static void check_qr(cvr_type type)
{
    cvr_mat A = new_normal(type, 90, 20, 1), Q = new_mat(type, 90, 20);
    cvr_mat R = new_mat(type, 20, 20);
    cvr_copy(Q, A);
    assert_int_equal(cvr_orthonormalise(Q), CVR_OK);
    check_orthonormal(Q);
    cvr_gemm(R, 1, CVR_T, Q, CVR_N, A, 0);
    cvr_gemm(A, -1, CVR_N, Q, CVR_N, R, 1);
    near(cvr_max_abs(A), 0, 100 * unit(type));
    cvr_set(Q, 5, 5, INFINITY);
    assert_int_equal(cvr_orthonormalise(Q), CVR_NUMERICAL);
    cvr_mat_free(&A);
    cvr_mat_free(&Q);
    cvr_mat_free(&R);
}

static void orthonormalised_columns_span_the_same_space(void **state)
{
    (void)state;
    for_both(check_qr);
}

/* L L' = P'K P for K = B B' of rank 7, whose rows with numbers 1 mod 4 are 0. */
static void check_pivots(cvr_type type)
{
    enum { N = 90, RANK = 7 };
    cvr_mat B = new_normal(type, N, RANK, 1), K = new_mat(type, N, N);
    cvr_mat L = {0}, own = new_mat(type, N, RANK);
    int64_t pivot[N], rank = 0;
    for (int64_t i = 1; i < N; i += 4)
        cvr_fill(cvr_mat_part(B, i, 0, 1, RANK), 0);
    cvr_gram(K, 1, CVR_N, B, 0);
    assert_int_equal(cvr_pstrf(K, 1e3 * unit(type), pivot, &rank), CVR_OK);
    assert_int_equal(rank, RANK);
    L = cvr_mat_cols(K, 0, RANK);
    for (int64_t i = 0; i < N; i++)
        cvr_copy(cvr_mat_part(own, pivot[i], 0, 1, RANK), cvr_mat_part(L, i, 0, 1, RANK));
    for (int64_t j = 1; j < RANK; j++)
        assert_true(cvr_get(L, j, j) <= cvr_get(L, j - 1, j - 1) &&
                    cvr_get(L, 0, j) == 0);
    cvr_mat G = new_mat(type, N, N);
    cvr_gram(G, 1, CVR_N, B, 0);
    cvr_gram(G, -1, CVR_N, own, 1);
    near(cvr_max_abs(G), 0, 1e3 * unit(type));
    cvr_fill(K, 0);
    assert_int_equal(cvr_pstrf(K, 0, pivot, &rank), CVR_OK);
    assert_int_equal(rank, 0);
    cvr_set(K, 5, 2, NAN);
    assert_int_equal(cvr_pstrf(K, 0, pivot, &rank), CVR_NUMERICAL);
    cvr_mat_free(&B);
    cvr_mat_free(&K);
    cvr_mat_free(&own);
    cvr_mat_free(&G);
}

static void pivoted_cholesky_finds_the_rank(void **state)
{
    (void)state;
    for_both(check_pivots);
}

/* U'U = I, U S^2 U' = A A', s falls */
static void check_svd(cvr_type type)
{
    cvr_mat A = new_normal(type, 60, 11, 1), U = new_mat(type, 60, 11);
    cvr_mat s = new_mat(type, 11, 1), G = new_mat(type, 60, 60);
    cvr_copy(U, A);
    assert_int_equal(cvr_svd(U, s), CVR_OK);
    check_orthonormal(U);
    for (int64_t i = 1; i < 11; i++)
        assert_true(cvr_get(s, i, 0) <= cvr_get(s, i - 1, 0) && cvr_get(s, i, 0) > 0);
    cvr_scale_cols(U, s);
    cvr_gram(G, 1, CVR_N, A, 0);
    cvr_gram(G, -1, CVR_N, U, 1);
    near(cvr_max_abs(G), 0, 1e3 * unit(type));
    cvr_set(A, 0, 10, NAN);
    assert_int_equal(cvr_svd(A, s), CVR_NUMERICAL);
    cvr_mat_free(&A);
    cvr_mat_free(&U);
    cvr_mat_free(&s);
    cvr_mat_free(&G);
}

static void svd_reproduces_the_matrix(void **state)
{
    (void)state;
    for_both(check_svd);
}

/* Q'Q = I, Q diag(w) Q' = A, w rises */
static void check_eigh(cvr_type type)
{
    cvr_mat A = new_normal(type, 60, 60, 1), Q = new_mat(type, 60, 60);
    cvr_mat w = new_mat(type, 60, 1), B = new_mat(type, 60, 60);
    cvr_symmetrize(A);
    cvr_copy(Q, A);
    assert_int_equal(cvr_eigh(Q, w), CVR_OK);
    check_orthonormal(Q);
    for (int64_t i = 1; i < 60; i++)
        assert_true(cvr_get(w, i, 0) >= cvr_get(w, i - 1, 0));
    cvr_copy(B, Q);
    cvr_scale_cols(B, w);
    cvr_gemm(A, -1, CVR_N, B, CVR_T, Q, 1);
    near(cvr_max_abs(A), 0, 1e3 * unit(type));
    cvr_set(B, 59, 0, NAN);
    assert_int_equal(cvr_eigh(B, w), CVR_NUMERICAL);
    cvr_mat_free(&A);
    cvr_mat_free(&Q);
    cvr_mat_free(&w);
    cvr_mat_free(&B);
}

static void eigenvectors_reproduce_the_matrix(void **state)
{
    (void)state;
    for_both(check_eigh);
}

/* ---- what is not a number, what is not there ------------------------------------- */

static void check_nan(cvr_type type)
{
    static const int64_t places[] = {0, 15, 511, 512, 600};
    for (size_t k = 0; k < sizeof places / sizeof *places; k++) {
        cvr_mat A = new_normal(type, 601, 2, 1);
        cvr_set(A, places[k], 1, INFINITY);
        assert_false(cvr_all_finite(A));
        assert_true(isinf(cvr_max_abs(A)) && isfinite(cvr_min(A)));
        cvr_set(A, places[k], 1, NAN);
        assert_false(cvr_all_finite(A));
        assert_true(isnan(cvr_max_abs(A)) && isnan(cvr_min(A)));
        cvr_relu(A);
        assert_true(isnan(cvr_get(A, places[k], 1)));
        cvr_mat_free(&A);
    }
}

static void nan_is_never_lost(void **state)
{
    (void)state;
    for_both(check_nan);
}

static void check_pivot(cvr_type type)
{
    for (int64_t bad = 0; bad < 5; bad++) {
        cvr_mat A = new_mat(type, 5, 5);
        char pivot[20];
        cvr_add_diag(A, 1);
        cvr_set(A, bad, bad, bad % 2 ? -1 : (double)NAN);
        snprintf(pivot, sizeof pivot, "pivot %d", (int)bad + 1);
        assert_int_equal(cvr_potrf(A), CVR_NUMERICAL);
        assert_non_null(strstr(cvr_last_error(), pivot));
        cvr_mat_free(&A);
    }
}

static void potrf_names_the_pivot_that_is_not_positive(void **state)
{
    (void)state;
    for_both(check_pivot);
}

static void copies_convert_between_precisions(void **state)
{
    (void)state;
    cvr_mat A = new_normal(CVR_DOUBLE, 13, 5, 1), B = new_mat(CVR_SINGLE, 13, 5);
    cvr_mat C = new_mat(CVR_DOUBLE, 13, 5);
    cvr_copy(B, A);
    cvr_copy(C, B);
    for (int64_t k = 0; k < 65; k++) {
        double a = cvr_get(A, k % 13, k / 13);
        assert_true(cvr_get(B, k % 13, k / 13) == (float)a);
        assert_true(cvr_get(C, k % 13, k / 13) == (float)a);
    }
    cvr_mat_free(&A);
    cvr_mat_free(&B);
    cvr_mat_free(&C);
}

static void a_reshaped_matrix_keeps_its_entries(void **state)
{
    (void)state;
    cvr_mat A = new_normal(CVR_DOUBLE, 6, 4, 1), B = cvr_mat_reshape(A, 8, 3);
    assert_true(cvr_get(B, 1, 2) == cvr_get(A, 5, 2));
    assert_true(cvr_get(cvr_mat_cols(A, 2, 2), 5, 1) == cvr_get(A, 5, 3));
    cvr_mat_free(&A);
}

static void a_matrix_that_cannot_be_is_an_error(void **state)
{
    (void)state;
    cvr_mat A = {.rows = 1};
    assert_int_equal(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, INT64_MAX / 2, 9, &A),
                     CVR_NO_MEMORY);
    assert_non_null(strstr(cvr_last_error(), "a matrix of 4611686018427387903 x 9"));
    assert_true(A.data == NULL && A.rows == 0);
    assert_int_equal(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, -1, 9, &A), CVR_NO_MEMORY);
    assert_true(cvr_mat_bytes(CVR_SINGLE, 3, 5) == 60);
    assert_true(cvr_mat_bytes(CVR_DOUBLE, INT64_MAX / 4, 1) == -1);
}

static cvr_status take_matrix(cvr_mat A)
{
    cvr_mat B = {0};
    cvr_status status = cvr_mat_new(A.device, A.type, A.rows, A.cols, &B);
    assert_true((status == CVR_OK) == (B.data != NULL));
    cvr_mat_free(&B);
    return status;
}

static cvr_status take_svd(cvr_mat A)
{
    return cvr_svd(cvr_mat_part(A, 0, 1, 20, 3), cvr_mat_part(A, 0, 0, 3, 1));
}

static cvr_status take_pstrf(cvr_mat A)
{
    int64_t pivot[6], rank;
    cvr_mat K = cvr_mat_part(A, 0, 0, 6, 6);
    cvr_fill(K, 0);
    cvr_add_diag(K, 1);
    return cvr_pstrf(K, 0, pivot, &rank);
}

static cvr_status take_eigh(cvr_mat A)
{
    return cvr_eigh(cvr_mat_part(A, 0, 1, 3, 3), cvr_mat_part(A, 0, 0, 3, 1));
}

static cvr_status take_gate_gram(cvr_mat A)
{
    return cvr_gate_gram(cvr_mat_part(A, 0, 0, 5, 5), cvr_mat_part(A, 6, 0, 5, 5));
}

static void each_allocation_may_fail(void **state)
{
    static cvr_status (*const takers[])(cvr_mat A) = {
        take_matrix, cvr_orthonormalise, take_svd, take_pstrf, take_eigh, take_gate_gram};
    (void)state;
    if (under_test == cvr_test_device_bare() || under_test == named)
        skip(); /* what is done on the host stops there without memory */
    for (size_t k = 0; k < sizeof takers / sizeof *takers; k++) {
        cvr_mat A = new_normal(CVR_DOUBLE, 20, 6, 1);
        cvr_status status = CVR_NO_MEMORY;
        int64_t nth = 0;
        while (status != CVR_OK) {
            cvr_alloc_fail_at(++nth);
            status = takers[k](A);
            assert_true(status == CVR_OK || status == CVR_NO_MEMORY);
        }
        assert_true(nth > 1);
        assert_true(cvr_alloc_fail_at(0) == nth - 1);
        cvr_mat_free(&A);
    }
}

/* Any change of sides, in batches of any size, leaves the sum over the rows there. */
static void check_sides(cvr_type type)
{
    enum { N = 3000, D = 5 };
    cvr_mat X = new_normal(type, N, D, 1), Y = new_normal(type, N, 1, 2);
    cvr_mat H = new_mat(type, D + 1, D + 1), K = new_mat(type, N, 1);
    cvr_mat XY = new_mat(type, N, D + 1), want = new_mat(type, D + 1, D + 1);
    for (uint64_t seed = 3; seed < 6; seed++) {
        cvr_mat W = new_normal(type, N, 1, seed);
        cvr_mat P = new_mat(type, seed == 3 ? N : seed == 4 ? 7 : 1, D + 1);
        int64_t switched = cvr_update_active_set(H, K, X, Y, W, P, 0.1), again;
        again = cvr_update_active_set(H, K, X, Y, W, P, 0.1);
        assert_true(switched > N / 4 && again == 0);
        cvr_copy(cvr_mat_cols(XY, 0, D), X);
        cvr_copy(cvr_mat_cols(XY, D, 1), Y);
        for (int64_t i = 0; i < N; i++) {
            double y = cvr_get(Y, i, 0), w = cvr_get(W, i, 0);
            bool on = w > 0 || (y > 0 && w >= -0.1);
            assert_true(cvr_get(K, i, 0) == on);
        }
        cvr_scale_rows(XY, K);
        cvr_gram(want, 1, CVR_T, XY, 0);
        near(cvr_distance2(H, want), 0, pow(1e4 * N * unit(type), 2));
        cvr_mat_free(&W);
        cvr_mat_free(&P);
    }
    cvr_mat *all[] = {&X, &Y, &H, &K, &XY, &want};
    for (int i = 0; i < 6; i++)
        cvr_mat_free(all[i]);
}

static void side_switch_keeps_the_sum_of_its_rows(void **state)
{
    (void)state;
    for_both(check_sides);
}

/* |2 (b - H u)_j| <= t_j, with the sign of u_j where u_j is not 0. A
   column is repeated. */
static void check_lasso(cvr_type type)
{
    enum { N = 60, D = 12 };
    cvr_mat XY = new_normal(type, N, D + 1, 1), H = new_mat(type, D + 1, D + 1);
    cvr_mat u = new_mat(type, D, 1), t = new_mat(type, D, 1);
    cvr_mat W = new_mat(CVR_DOUBLE, D, D + 3);
    int64_t zeroes = 0;
    cvr_copy(cvr_mat_cols(XY, 3, 1), cvr_mat_cols(XY, 2, 1));
    cvr_gram(H, 1, CVR_T, XY, 0);
    cvr_fill(t, 9);
    cvr_set(t, D - 1, 0, 0);
    cvr_lasso(u, H, t, W);
    cvr_symmetrize(H);
    for (int64_t j = 0; j < D; j++) {
        double g = 2 * cvr_get(H, j, D), v = cvr_get(u, j, 0), T = cvr_get(t, j, 0);
        for (int64_t i = 0; i < D; i++)
            g -= 2 * cvr_get(H, i, j) * cvr_get(u, i, 0);
        zeroes += v == 0;
        near(v == 0 ? fmax(fabs(g), T) : g, v == 0 ? T : copysign(T, v),
             1e5 * unit(type));
    }
    assert_true(zeroes > 1 && zeroes < D - 2);
    cvr_mat *all[] = {&XY, &H, &u, &t, &W};
    for (int i = 0; i < 5; i++)
        cvr_mat_free(all[i]);
}

static void lasso_meets_its_conditions(void **state)
{
    (void)state;
    for_both(check_lasso);
}

/* The tests once with the kernels that this processor gets, once with the plain ones. */
static int use(void **state, const cvr_backend *backend)
{
    (void)state;
    under_test = backend;
    return 0;
}

static int use_own(void **state)
{
    return use(state, cvr_cpu());
}

static int use_plain(void **state)
{
    return use(state, cvr_cpu_plain());
}

static int use_device(void **state)
{
    return use(state, cvr_test_device());
}

static int use_bare_device(void **state)
{
    return use(state, cvr_test_device_bare());
}

static int use_named(void **state)
{
    return use(state, named);
}

/* test_ops DEVICE: on that device alone, which --device names. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_match_their_references),
        cmocka_unit_test(gated_pair_is_adjoint),
        cmocka_unit_test(group_shrink_is_the_proximal_step),
        cmocka_unit_test(feasible_margins_are_a_fixed_point_of_the_cone_step),
        cmocka_unit_test(side_switch_keeps_the_sum_of_its_rows),
        cmocka_unit_test(lasso_meets_its_conditions),
        cmocka_unit_test(orthonormalised_columns_span_the_same_space),
        cmocka_unit_test(pivoted_cholesky_finds_the_rank),
        cmocka_unit_test(svd_reproduces_the_matrix),
        cmocka_unit_test(eigenvectors_reproduce_the_matrix),
        cmocka_unit_test(nan_is_never_lost),
        cmocka_unit_test(potrf_names_the_pivot_that_is_not_positive),
        cmocka_unit_test(copies_convert_between_precisions),
        cmocka_unit_test(a_reshaped_matrix_keeps_its_entries),
        cmocka_unit_test(a_matrix_that_cannot_be_is_an_error),
        cmocka_unit_test(each_allocation_may_fail),
    };
    if (argc > 1 && cvr_device_open(argv[1], 0, &named) != CVR_OK) {
        fprintf(stderr, "%s\n", cvr_last_error());
        return EXIT_FAILURE;
    }
    if (named)
        return cmocka_run_group_tests_name(named->name, tests, use_named, NULL);
    return cmocka_run_group_tests_name("operations", tests, use_own, NULL) +
           cmocka_run_group_tests_name("plain operations", tests, use_plain, NULL) +
           cmocka_run_group_tests_name("on a device", tests, use_device, NULL) +
           cmocka_run_group_tests_name("on a bare device", tests, use_bare_device, NULL);
}

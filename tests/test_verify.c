/* Products that are verified without BLAS: right ones pass at any scale, wrong ones do
   not. Runs alone and under mpirun. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "convex/verify.h"
#include "linalg/ops.h"
#include "parallel/comm.h"
#include "support/problem.h"

enum { STREAM = 200 };

/* ---- products ---------------------------------------------------------------------- */

/* How entries are made: what (i, j) is multiplied by. */
typedef enum pattern {
    EVEN,
    COLUMNS,
    ROWS,
    ALIKE,
    SPARSE,
    LARGE,
    SMALL,
    TINY,
    PATTERNS
} pattern;

static double entry(pattern kind, int stream, int64_t i, int64_t j)
{
    double x = cvr_random_gauss(11, (uint32_t)(STREAM + stream), i, j);
    switch (kind) {
    case COLUMNS:
        return x * pow(10, (double)(j % 13) - 6);
    case ROWS:
        return x * pow(10, (double)(i % 13) - 6);
    case ALIKE:
        return 0.1 + (double)(j % 3); /* sums of equal numbers: rounding has a side */
    case SPARSE:
        return (i * 7 + j * 5) % 11 == 0 ? x : 0;
    case LARGE:
        return x * 1e15;
    case SMALL:
        return x * 1e-15;
    case TINY:
        return x * 1e-36; /* products vanish in single precision */
    default:
        return x;
    }
}

static cvr_mat make(cvr_type type, int64_t rows, int64_t cols, pattern kind, int stream,
                    int64_t first)
{
    cvr_mat A = {0};
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), type, rows, cols, &A));
    for (int64_t j = 0; j < cols; j++)
        for (int64_t i = 0; i < rows; i++)
            cvr_set(A, i, j, entry(kind, stream, first + i, j));
    return A;
}

/* X (own rows of n) with its verifier, and Z = X V, B = X'T summed. */
typedef struct bench {
    cvr_problem problem;
    cvr_verifier verifier;
    cvr_figures *figures;
    cvr_workspace workspace; /* the verifier's */
    cvr_mat X, V, Z, T, B;
} bench;

static void open_bench(bench *b, cvr_type type, int64_t n, int64_t d, int64_t k,
                       pattern kind, int stream)
{
    int rank = cvr_comm_rank(cvr_test_all), size = cvr_comm_size(cvr_test_all);
    int64_t first = n * rank / size, own = n * (rank + 1) / size - first;
    memset(b, 0, sizeof *b);
    b->X = make(type, own, d, kind, stream, first);
    b->V = make(type, d, k, kind, stream + 1, 0);
    b->T = make(type, own, k, kind, stream + 2, first);
    b->Z = make(type, own, k, EVEN, stream, 0);
    b->B = make(type, d, k, EVEN, stream, 0);
    cvr_gemm(b->Z, 1, CVR_N, b->X, CVR_N, b->V, 0);
    cvr_gemm(b->B, 1, CVR_T, b->X, CVR_N, b->T, 0);
    assert_int_equal(CVR_OK, cvr_allreduce(cvr_test_all, b->B));
    b->problem = (cvr_problem){
        .X = b->X, .rows = n, .first = first, .comm = cvr_test_all, .seed = 5};
    cvr_workspace_init(&b->workspace, cvr_cpu(), type, "a verifier");
    assert_int_equal(CVR_OK, cvr_figures_lay_out(&b->figures, 3 * k, &b->workspace));
    cvr_verifier_lay_out(&b->verifier, own, d, b->figures, &b->workspace);
    assert_int_equal(CVR_OK, cvr_workspace_take(&b->workspace, cvr_test_all));
    assert_int_equal(CVR_OK, cvr_verifier_start(&b->problem, b->X, &b->verifier));
}

static void close_bench(bench *b)
{
    cvr_mat *all[] = {&b->X, &b->V, &b->Z, &b->T, &b->B};
    for (int i = 0; i < 5; i++)
        cvr_mat_free(all[i]);
    cvr_workspace_free(&b->workspace);
}

static cvr_status forward(const bench *b)
{
    return cvr_verify_forward(&b->verifier, "a test", b->Z, b->V);
}

static cvr_status backward(const bench *b)
{
    return cvr_verify_adjoint(&b->verifier, "a test", b->B, b->T);
}

static const int64_t shapes[][3] = {{1, 1, 1},    {1, 40, 3},  {40, 1, 3},   {7, 5, 300},
                                    {300, 7, 2},  {61, 64, 5}, {500, 33, 4}, {33, 500, 4},
                                    {3000, 3, 1}, {3, 3000, 1}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/* ---- right ones -------------------------------------------------------------------- */

static void right_products_pass_at_any_scale(void **state)
{
    (void)state;
    for (int type = 0; type < 2; type++)
        for (int kind = 0; kind < PATTERNS; kind++)
            for (int i = 0; i < SHAPES; i++) {
                const int64_t *s = shapes[i];
                bench b;
                open_bench(&b, type, s[0], s[1], s[2], kind, 10 * i);
                if (forward(&b) != CVR_OK || backward(&b) != CVR_OK)
                    fail_msg("type %d, pattern %d, shape %d: %s", type, kind, i,
                             cvr_last_error());
                close_bench(&b);
            }
}

/* Beyond the range of squares, and of products; in double. */
static void right_products_pass_where_squares_do_not_exist(void **state)
{
    (void)state;
    static const double scales[][2] = {{1e-170, 1},    {1e-170, 1e-170}, {1e170, 1},
                                       {1e170, 1e170}, {1e-300, 1e300},  {1e300, 1e-300},
                                       {0, 1},         {1, 0},           {1e-310, 1}};
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
        bench b;
        open_bench(&b, CVR_DOUBLE, 61, 9, 4, EVEN, 3);
        cvr_scale(b.X, scales[i][0]);
        cvr_scale(b.V, scales[i][1]);
        cvr_scale(b.T, scales[i][1]);
        cvr_gemm(b.Z, 1, CVR_N, b.X, CVR_N, b.V, 0);
        cvr_gemm(b.B, 1, CVR_T, b.X, CVR_N, b.T, 0);
        assert_int_equal(CVR_OK, cvr_allreduce(cvr_test_all, b.B));
        assert_int_equal(CVR_OK, cvr_verifier_start(&b.problem, b.X, &b.verifier));
        if (forward(&b) != CVR_OK || backward(&b) != CVR_OK)
            fail_msg("%g, %g: %s", scales[i][0], scales[i][1], cvr_last_error());
        close_bench(&b);
    }
}

/* What diverges is not the product's fault. */
static void operands_that_are_not_finite_are_not_judged(void **state)
{
    (void)state;
    for (int type = 0; type < 2; type++) {
        bench b;
        open_bench(&b, type, 31, 6, 3, EVEN, 1);
        cvr_set(b.V, 2, 1, NAN);
        if (b.T.rows > 0)
            cvr_set(b.T, 0, 2, INFINITY);
        cvr_gemm(b.Z, 1, CVR_N, b.X, CVR_N, b.V, 0);
        cvr_gemm(b.B, 1, CVR_T, b.X, CVR_N, b.T, 0);
        assert_int_equal(CVR_OK, cvr_allreduce(cvr_test_all, b.B));
        assert_int_equal(CVR_OK, forward(&b));
        assert_int_equal(CVR_OK, backward(&b));
        close_bench(&b);
    }
}

/* ---- wrong ones -------------------------------------------------------------------- */

typedef struct fault {
    const char *name;
    double (*wrong)(double x, int64_t k); /* of entry k */
    bool in_single;
} fault;

static double a_hundredth(double x, int64_t k)
{
    return (void)k, x * 1.01;
}
static double a_millionth(double x, int64_t k)
{
    return (void)k, x * (1 + 1e-6);
}
static double one_entry(double x, int64_t k)
{
    return k == 0 ? x + 0.5 * (fabs(x) + 1) : x;
}
static double one_sign(double x, int64_t k)
{
    return k == 0 ? -x : x;
}
static double zeroes(double x, int64_t k)
{
    return k % 7 == 0 ? 0 : x;
}
static double a_nan(double x, int64_t k)
{
    return k == 0 ? NAN : x;
}
static double an_infinity(double x, int64_t k)
{
    return k == 0 ? INFINITY : x;
}

static const fault faults[] = {
    {"a hundredth", a_hundredth, true}, {"a millionth", a_millionth, false},
    {"one entry", one_entry, true},     {"one sign", one_sign, true},
    {"zeroes", zeroes, true},           {"NaN", a_nan, true},
    {"infinity", an_infinity, true}};

/* On process `who' alone, as a machine with a fault of its own would. */
static void spoil(cvr_mat A, const fault *f, int who)
{
    for (int64_t j = 0; j < A.cols && cvr_comm_rank(cvr_test_all) == who; j++)
        for (int64_t i = 0; i < A.rows; i++)
            cvr_set(A, i, j, f->wrong(cvr_get(A, i, j), i + j * A.rows));
}

static void caught(cvr_status status, const char *name, const char *product, int type)
{
    if (status != CVR_NUMERICAL)
        fail_msg("%s in %s is not seen, type %d", name, product, type);
    assert_non_null(strstr(cvr_last_error(), product));
    assert_non_null(strstr(cvr_last_error(), "BLAS"));
}

static void wrong_products_are_seen(void **state)
{
    (void)state;
    int last = cvr_comm_size(cvr_test_all) - 1;
    for (int type = 0; type < 2; type++)
        for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
            bench b;
            if (type == CVR_SINGLE && !faults[i].in_single)
                continue;
            open_bench(&b, type, 400, 30, 20, EVEN, (int)i);
            spoil(b.Z, &faults[i], last);
            caught(forward(&b), faults[i].name, "X V", type);
            spoil(b.B, &faults[i], 0);
            caught(backward(&b), faults[i].name, "X'T", type);
            close_bench(&b);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_products_pass_at_any_scale),
        cmocka_unit_test(right_products_pass_where_squares_do_not_exist),
        cmocka_unit_test(operands_that_are_not_finite_are_not_judged),
        cmocka_unit_test(wrong_products_are_seen),
    };
    return cmocka_run_group_tests(tests, cvr_test_open_comms, cvr_test_close_comms);
}

/* Conjugate gradients, the Nystrom preconditioner and power iteration on matrices with a
   known spectrum. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "linalg/cg.h"
#include "linalg/mats.h"
#include "linalg/nystrom.h"
#include "linalg/power.h"

enum { N = 80, RANK = 25 };

/* A = V diag(lambda) V' with lambda_i = ratio^i, and A + mu I. */
typedef struct model {
    cvr_mat A, V, lambda;
    double mu;
    cvr_nystrom nystrom;
    int products, refuse_at; /* fails at this product; 0: never */
} model;

static cvr_mat new_mat(cvr_type type, int64_t rows, int64_t cols)
{
    cvr_mat A = {0};
    assert_int_equal(cvr_mat_new(cvr_cpu(), type, rows, cols, &A), CVR_OK);
    return A;
}

static model new_model(cvr_type type, double ratio, double mu)
{
    model s = {.mu = mu};
    cvr_mat W = new_mat(type, N, N);
    s.A = new_mat(type, N, N);
    s.V = new_mat(type, N, N);
    s.lambda = new_mat(type, N, 1);
    cvr_random_normal(s.V, 1, 99, 0);
    assert_int_equal(cvr_orthonormalise(s.V), CVR_OK);
    for (int64_t i = 0; i < N; i++)
        cvr_set(s.lambda, i, 0, pow(ratio, (double)i));
    cvr_copy(W, s.V);
    cvr_scale_cols(W, s.lambda);
    cvr_gemm(s.A, 1, CVR_N, W, CVR_T, s.V, 0);
    cvr_mat_free(&W);
    return s;
}

static cvr_status refuses(model *s)
{
    return ++s->products == s->refuse_at ? cvr_fail(CVR_PARALLEL, "refused") : CVR_OK;
}

static cvr_status times_A(void *ctx, cvr_mat Y, cvr_mat X)
{
    model *s = ctx;
    cvr_gemm(Y, 1, CVR_N, s->A, CVR_N, X, 0);
    return refuses(s);
}

static cvr_cg new_cg(cvr_type type, int64_t cols)
{
    return (cvr_cg){.R = new_mat(type, N, cols),
                    .P = new_mat(type, N, cols),
                    .Q = new_mat(type, N, cols),
                    .Z = new_mat(type, N, cols),
                    .s = new_mat(CVR_DOUBLE, CVR_CG_NUMBERS, 1)};
}

static void free_cg(cvr_cg *w)
{
    CVR_MATS_FREE(&w->R, &w->P, &w->Q, &w->Z, &w->s);
}

static cvr_status form_nystrom(model *s, cvr_type type, int64_t rank, int64_t widest)
{
    cvr_nystrom *n = &s->nystrom;
    *n = (cvr_nystrom){.U = new_mat(type, N, rank),
                       .Q = new_mat(type, N, rank),
                       .s = new_mat(type, rank, 1),
                       .c = new_mat(type, rank, 1),
                       .W = new_mat(type, rank, widest),
                       .C = new_mat(type, rank, rank)};
    assert_int_equal(CVR_OK, cvr_nystrom_draw(n, 7));
    return cvr_nystrom_form(n, times_A, s);
}

static void free_nystrom(cvr_nystrom *n)
{
    CVR_MATS_FREE(&n->U, &n->Q, &n->s, &n->c, &n->W, &n->C);
}

static void free_model(model *s)
{
    cvr_mat_free(&s->A);
    cvr_mat_free(&s->V);
    cvr_mat_free(&s->lambda);
    free_nystrom(&s->nystrom);
}

static cvr_status times_shifted(void *ctx, cvr_mat Y, cvr_mat X)
{
    model *s = ctx;
    cvr_copy(Y, X);
    cvr_gemm(Y, 1, CVR_N, s->A, CVR_N, X, s->mu);
    return refuses(s);
}

static cvr_status by_nystrom(void *ctx, cvr_mat Y, cvr_mat X)
{
    model *s = ctx;
    cvr_nystrom_apply(&s->nystrom, s->mu, Y, X);
    return CVR_OK;
}

static void sketch(model *s, cvr_type type, int64_t rank)
{
    assert_int_equal(CVR_OK, form_nystrom(s, type, rank, 3));
}

/* The true |B - (A + mu I) X| / |B|. */
static double residual(model *s, cvr_mat X, cvr_mat B)
{
    cvr_mat R = new_mat(X.type, X.rows, X.cols);
    assert_int_equal(times_shifted(s, R, X), CVR_OK);
    double ratio = sqrt(cvr_distance2(R, B) / cvr_dot(B, B));
    cvr_mat_free(&R);
    return ratio;
}

typedef struct solve {
    cvr_status status;
    cvr_cg_result result;
    double residual;
} solve;

/* From X, which is kept, for a fixed right side of three columns. */
static solve run(model *s, cvr_apply precondition, cvr_mat X, double tolerance, int limit)
{
    cvr_cg_system system = {times_shifted, precondition, s, false, false};
    cvr_mat B = new_mat(X.type, N, 3);
    cvr_cg w = {0};
    solve r = {0};
    cvr_random_normal(B, 2, 99, 0);
    w = new_cg(X.type, 3);
    cvr_alloc_fail_at(1); /* the loop takes no memory */
    r.status = cvr_cg_solve(&w, &system, X, B, tolerance, limit, &r.result);
    assert_int_equal(cvr_alloc_fail_at(0), 0);
    r.residual = residual(s, X, B);
    free_cg(&w);
    cvr_mat_free(&B);
    return r;
}

static void check_solves(cvr_type type, double mu, double tolerance)
{
    model s = new_model(type, 0.7, mu);
    cvr_mat X = new_mat(type, N, 3);
    solve plain = run(&s, NULL, X, tolerance, 1000);
    assert_int_equal(plain.status, CVR_OK);
    assert_true(plain.result.residual <= tolerance && plain.residual <= 3 * tolerance);
    solve warm = run(&s, NULL, X, 3 * tolerance, 1000);
    assert_int_equal(warm.result.iterations, 0);
    sketch(&s, type, RANK);
    cvr_fill(X, 0);
    solve better = run(&s, by_nystrom, X, tolerance, 1000);
    assert_true(better.residual <= 3 * tolerance);
    assert_true(2 * better.result.iterations < plain.result.iterations);
    cvr_mat_free(&X);
    free_model(&s);
}

static void cg_solves_and_nystrom_speeds_it_up(void **state)
{
    (void)state;
    check_solves(CVR_DOUBLE, 1e-5, 1e-9);
    check_solves(CVR_SINGLE, 1e-2, 1e-4);
}

static void cg_stops_at_the_limit_without_a_failure(void **state)
{
    model s = new_model(CVR_DOUBLE, 0.7, 1e-5);
    cvr_mat X = new_mat(CVR_DOUBLE, N, 3);
    (void)state;
    solve r = run(&s, NULL, X, 1e-12, 4);
    assert_int_equal(r.status, CVR_OK);
    assert_int_equal(r.result.iterations, 4);
    assert_true(r.result.residual > 1e-12);
    cvr_mat_free(&X);
    free_model(&s);
}

static void cg_refuses_what_is_not_definite_or_not_a_number(void **state)
{
    model s = new_model(CVR_DOUBLE, 0.7, 1e-5);
    cvr_mat X = new_mat(CVR_DOUBLE, N, 3);
    (void)state;
    cvr_scale(s.A, -1);
    assert_int_equal(run(&s, NULL, X, 1e-9, 100).status, CVR_NUMERICAL);
    cvr_fill(X, 0);
    cvr_set(s.A, 3, 4, NAN);
    assert_int_equal(run(&s, NULL, X, 1e-9, 100).status, CVR_NUMERICAL);
    cvr_mat_free(&X);
    free_model(&s);
}

static void cg_passes_on_the_operator_s_failure(void **state)
{
    (void)state;
    for (int at = 1; at < 4; at++) {
        model s = new_model(CVR_DOUBLE, 0.7, 1e-5);
        cvr_mat X = new_mat(CVR_DOUBLE, N, 3);
        s.refuse_at = at;
        assert_int_equal(run(&s, NULL, X, 1e-9, 100).status, CVR_PARALLEL);
        cvr_mat_free(&X);
        free_model(&s);
    }
}

/* Y = (c A + I)^{-1} X by A's eigenvectors: c = 1 solves A + I, c = 1/2 is a
   preconditioner M = A / 2 + I that is at most A + I. */
static void by_spectrum(const model *s, double c, cvr_mat Y, cvr_mat X)
{
    cvr_mat W = new_mat(X.type, N, X.cols);
    cvr_gemm(W, 1, CVR_T, s->V, CVR_N, X, 0);
    for (int64_t i = 0; i < N; i++)
        cvr_scale(cvr_mat_part(W, i, 0, 1, W.cols),
                  1 / (c * cvr_get(s->lambda, i, 0) + 1));
    cvr_gemm(Y, 1, CVR_N, s->V, CVR_N, W, 0);
    cvr_mat_free(&W);
}

static cvr_status by_half(void *ctx, cvr_mat Y, cvr_mat X)
{
    by_spectrum(ctx, 0.5, Y, X);
    return CVR_OK;
}

/* sqrt(<e, A e> / <x, A x>) of the error that cg leaves, and its iterations. */
static double energy_error(model *s, bool below, double tolerance, int *iterations)
{
    cvr_cg_system system = {times_shifted, by_half, s, true, below};
    cvr_mat B = new_mat(CVR_DOUBLE, N, 3), X = new_mat(CVR_DOUBLE, N, 3),
            E = new_mat(CVR_DOUBLE, N, 3), AE = new_mat(CVR_DOUBLE, N, 3);
    cvr_cg w = {0};
    cvr_cg_result result;
    cvr_random_normal(B, 2, 99, 0);
    w = new_cg(CVR_DOUBLE, 3);
    assert_int_equal(cvr_cg_solve(&w, &system, X, B, tolerance, 1000, &result), CVR_OK);
    by_spectrum(s, 1, E, B);
    double whole = cvr_dot(E, B);
    cvr_axpby(E, -1, X, 1);
    assert_int_equal(times_shifted(s, AE, E), CVR_OK);
    double left = cvr_dot(E, AE);
    *iterations = result.iterations;
    free_cg(&w);
    cvr_mat_free(&B);
    cvr_mat_free(&X);
    cvr_mat_free(&E);
    cvr_mat_free(&AE);
    return sqrt(left / whole);
}

/* And a preconditioner that is known to be at most A says so sooner. */
static void a_tolerance_of_the_error_is_one_of_its_energy(void **state)
{
    model s = new_model(CVR_DOUBLE, 0.95, 1);
    int loose, tight;
    (void)state;
    cvr_scale(s.A, 1000);
    cvr_scale(s.lambda, 1000);
    for (double tolerance = 0.5; tolerance > 1e-9; tolerance /= 10) {
        assert_true(energy_error(&s, false, tolerance, &tight) <= tolerance);
        assert_true(energy_error(&s, true, tolerance, &loose) <= tolerance);
        assert_true(loose <= tight);
    }
    assert_true(energy_error(&s, true, 1e-3, &loose) > 1e-5);
    free_model(&s);
}

static void cg_of_nothing_is_zero(void **state)
{
    model s = new_model(CVR_DOUBLE, 0.7, 1);
    cvr_mat X = new_mat(CVR_DOUBLE, N, 1), B = new_mat(CVR_DOUBLE, N, 1);
    cvr_cg w = {0};
    cvr_cg_result r;
    (void)state;
    cvr_fill(X, 5);
    w = new_cg(CVR_DOUBLE, 1);
    assert_int_equal(cvr_cg_solve(&w, &(cvr_cg_system){times_A, NULL, &s, false, false},
                                  X, B, 1e-9, 9, &r),
                     CVR_OK);
    assert_true(cvr_max_abs(X) == 0 && r.iterations == 0 && r.residual == 0);
    free_cg(&w);
    cvr_mat_free(&X);
    cvr_mat_free(&B);
    free_model(&s);
}

/* Of full rank it is A: values, and P^{-1} (A + mu I) X = (s_r + mu) X. */
static void nystrom_of_full_rank_is_exact(void **state)
{
    model s = new_model(CVR_DOUBLE, 0.9, 0.1);
    cvr_mat X = new_mat(CVR_DOUBLE, N, 3), Y = new_mat(CVR_DOUBLE, N, 3);
    (void)state;
    sketch(&s, CVR_DOUBLE, N);
    for (int64_t i = 0; i < N; i++)
        assert_true(fabs(cvr_get(s.nystrom.s, i, 0) - cvr_get(s.lambda, i, 0)) < 1e-12);
    cvr_random_normal(X, 3, 99, 0);
    assert_int_equal(times_shifted(&s, Y, X), CVR_OK);
    cvr_axpby(X, 0, X, cvr_get(s.lambda, N - 1, 0) + s.mu);
    cvr_mat PY = new_mat(CVR_DOUBLE, N, 3);
    cvr_nystrom_apply(&s.nystrom, s.mu, PY, Y);
    assert_true(sqrt(cvr_distance2(PY, X)) < 1e-11);
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    cvr_mat_free(&PY);
    free_model(&s);
}

/* No more than the operator has, in either precision. */
static void nystrom_takes_operators_of_low_rank(void **state)
{
    (void)state;
    for (int type = CVR_DOUBLE; type <= CVR_SINGLE; type++) {
        model s = new_model((cvr_type)type, 0.01, 0.1);
        sketch(&s, (cvr_type)type, RANK);
        double small = cvr_get(s.nystrom.s, RANK - 1, 0);
        assert_true(fabs(cvr_get(s.nystrom.s, 0, 0) - 1) < 1e-3);
        assert_true(small >= 0 && small < 1e-3);
        free_nystrom(&s.nystrom);
        cvr_fill(s.A, 0);
        sketch(&s, (cvr_type)type, RANK);
        assert_true(cvr_max_abs(s.nystrom.s) == 0);
        free_model(&s);
    }
}

static void nystrom_refuses_what_is_not_semidefinite(void **state)
{
    model s = new_model(CVR_DOUBLE, 0.7, 0.1);
    (void)state;
    cvr_scale(s.A, -1);
    assert_int_equal(CVR_NUMERICAL, form_nystrom(&s, CVR_DOUBLE, RANK, 1));
    free_nystrom(&s.nystrom);
    cvr_set(s.A, 0, 0, NAN);
    assert_int_equal(CVR_NUMERICAL, form_nystrom(&s, CVR_DOUBLE, RANK, 1));
    free_model(&s);
}

static void power_iteration_finds_the_largest_eigenvalue(void **state)
{
    model s = new_model(CVR_DOUBLE, 0.7, 0);
    cvr_mat x = new_mat(CVR_DOUBLE, N, 1), y = new_mat(CVR_DOUBLE, N, 1);
    double value = 0;
    (void)state;
    cvr_scale(s.A, 3);
    cvr_random_normal(x, 4, 99, 0);
    assert_int_equal(cvr_power(times_A, &s, x, y, 1e-12, 500, &value), CVR_OK);
    assert_true(fabs(value - 3) < 1e-9);
    assert_true(fabs(cvr_dot(x, x) - 1) < 1e-12);
    cvr_fill(s.A, 0);
    assert_int_equal(cvr_power(times_A, &s, x, y, 1e-12, 500, &value), CVR_OK);
    assert_true(value == 0);
    cvr_set(s.A, 1, 1, NAN);
    assert_int_equal(cvr_power(times_A, &s, x, y, 1e-12, 500, &value), CVR_NUMERICAL);
    cvr_fill(x, 0);
    assert_int_equal(cvr_power(times_A, &s, x, y, 1e-12, 500, &value), CVR_NUMERICAL);
    cvr_mat_free(&x);
    cvr_mat_free(&y);
    free_model(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cg_solves_and_nystrom_speeds_it_up),
        cmocka_unit_test(cg_stops_at_the_limit_without_a_failure),
        cmocka_unit_test(cg_refuses_what_is_not_definite_or_not_a_number),
        cmocka_unit_test(cg_passes_on_the_operator_s_failure),
        cmocka_unit_test(a_tolerance_of_the_error_is_one_of_its_energy),
        cmocka_unit_test(cg_of_nothing_is_zero),
        cmocka_unit_test(nystrom_of_full_rank_is_exact),
        cmocka_unit_test(nystrom_takes_operators_of_low_rank),
        cmocka_unit_test(nystrom_refuses_what_is_not_semidefinite),
        cmocka_unit_test(power_iteration_finds_the_largest_eigenvalue),
    };
    return cmocka_run_group_tests_name("krylov", tests, NULL, NULL);
}

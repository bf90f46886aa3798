/* Wide rows: coordinates, and what is found in them. Runs alone and under mpirun. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "linalg/mats.h"
#include "solver/coordinates.h"
#include "support/problem.h"
#include "support/wide.h"

static cvr_dataset *prepared(cvr_comm *comm, cvr_type type, cvr_test_wide w,
                             cvr_bias bias)
{
    cvr_dataset *data = cvr_test_wide_data(comm, type, w);
    assert_int_equal(CVR_OK,
                     cvr_dataset_fit_transform(data, CVR_NORMALIZE_UNIT, bias, comm));
    return data;
}

static cvr_mat new_mat(int64_t rows, int64_t cols)
{
    cvr_mat A = {0};
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, rows, cols, &A));
    return A;
}

/* ---- coordinates ------------------------------------------------------------------- */

/* In the least entry. */
static void near(cvr_mat A, cvr_mat B, double tolerance)
{
    double size = cvr_max_abs(B);
    cvr_axpby(A, -1, B, 1);
    if (!(cvr_max_abs(A) <= tolerance * (size + 1e-300)))
        fail_msg("%g apart, of %g", cvr_max_abs(A), size);
}

/* |v Q| = |v|, X (v Q)' = A v', (v Q) Q' = v. */
static void check_coordinates(const cvr_dataset *data, double tolerance)
{
    enum { K = 5 };
    cvr_coordinates c = {0};
    assert_int_equal(CVR_OK, cvr_coordinates_new(data, cvr_test_all, &c));
    cvr_mat V = new_mat(K, c.r), W = new_mat(K, c.rows.d), Z = new_mat(K, c.rows.n);
    cvr_mat Vt = new_mat(c.r, K), Wt = new_mat(c.rows.d, K), back = new_mat(c.r, K);
    cvr_mat A = new_mat(data->X.rows, c.r), AV = new_mat(K, data->X.rows);
    cvr_mat G = new_mat(K, K), want = new_mat(K, K);
    cvr_random_normal(V, 5, 100, 0);
    cvr_transpose(Vt, V);
    assert_int_equal(CVR_OK, cvr_coordinates_weights(&c, V, W));
    cvr_transpose(Wt, W);
    cvr_gram(G, 1, CVR_N, W, 0);
    cvr_gram(want, 1, CVR_N, V, 0);
    near(G, want, tolerance);
    assert_int_equal(CVR_OK, cvr_rows_times(Z, W, &c.rows));
    cvr_copy(A, cvr_mat_cols(c.A, 0, c.r));
    cvr_gemm(AV, 1, CVR_N, V, CVR_T, A, 0);
    near(AV, cvr_mat_cols(Z, data->first, data->X.rows), tolerance);
    assert_int_equal(CVR_OK, cvr_coordinates_of(&c, Wt, back));
    near(back, Vt, tolerance);
    CVR_MATS_FREE(&V, &W, &Z, &Vt, &Wt, &back, &A, &AV, &G, &want);
    cvr_coordinates_free(&c);
}

static void coordinates_keep_lengths_and_products(void **state)
{
    (void)state;
    for (int sparse = 0; sparse < 2; sparse++)
        for (int kinship = CVR_TEST_STRANGERS; kinship <= CVR_TEST_SIBLINGS; kinship++)
            for (int type = CVR_DOUBLE; type <= CVR_SINGLE; type++) {
                cvr_test_wide w = {41, 300, 1, kinship, sparse};
                cvr_dataset *data = prepared(cvr_test_all, type, w, CVR_BIAS_NONE);
                check_coordinates(data, type == CVR_DOUBLE ? 1e-10 : 1e-6);
                cvr_dataset_free(data);
            }
}

/* ---- the same problem -------------------------------------------------------------- */

typedef struct trial {
    const char *text;
    cvr_type type;
    double tolerance; /* of numbers that the gap does not bound */
} trial;

static const trial trials[] = {
    {"--formulation relu --patterns 6 --tolerance 1e-9 --max-iterations 20000",
     CVR_DOUBLE, 1e-8},
    {"--formulation relu --primal block-pcg --patterns 6 --tolerance 1e-9 "
     "--max-iterations 20000",
     CVR_DOUBLE, 1e-8},
    {"--formulation relu --patterns 6 --gate-kind pairs --tolerance 1e-9 "
     "--max-iterations 20000",
     CVR_DOUBLE, 1e-8},
    {"--formulation gated --patterns 6 --tolerance 1e-10 --max-iterations 20000",
     CVR_DOUBLE, 1e-8},
    {"--formulation gated --solver fista --patterns 6 --tolerance 1e-10 "
     "--max-iterations 20000",
     CVR_DOUBLE, 1e-8},
    {"--formulation gated-ridge --patterns 9 --tolerance 1e-12", CVR_DOUBLE, 1e-8},
    {"--formulation gated-ridge --patterns 9 --beta-relative 1e-5 --tolerance 1e-12",
     CVR_DOUBLE, 1e-8},
    {"--formulation relu --patterns 6 --tolerance 1e-3", CVR_SINGLE, 3e-3},
    {"--formulation gated --patterns 6 --tolerance 1e-3", CVR_SINGLE, 3e-3},
};

/* What a run ends with, and its network's outputs on own rows of `rows`. */
typedef struct ending {
    cvr_progress p;
    cvr_mat F;
} ending;

static ending finish(const cvr_dataset *data, const cvr_dataset *rows, cvr_comm *comm,
                     const char *text)
{
    cvr_test_run run = cvr_test_start(data, comm, text);
    ending e = {.p = run.result};
    cvr_model m = {0};
    assert_int_equal(CVR_OK, cvr_solver_model(run.solver, &m));
    assert_int_equal(CVR_OK,
                     cvr_mat_new(cvr_cpu(), data->X.type, rows->X.rows, m.outputs, &e.F));
    assert_int_equal(CVR_OK, cvr_model_apply(&m, rows, e.F));
    cvr_model_free(&m);
    cvr_test_end(&run);
    return e;
}

/* The optimum lies between the bounds of both; the networks predict alike. */
static void same_ending(const trial *t, ending *one, ending *other)
{
    double size = fabs(one->p.upper_bound) * (1 + 1e-9);
    if (one->p.outcome != CVR_CONVERGED || other->p.outcome != CVR_CONVERGED)
        fail_msg("%s: %s, %s", t->text, cvr_outcome_name(one->p.outcome),
                 cvr_outcome_name(other->p.outcome));
    if (!(one->p.lower_bound - other->p.upper_bound <= t->tolerance * size) ||
        !(other->p.lower_bound - one->p.upper_bound <= t->tolerance * size))
        fail_msg("%s: %.12g..%.12g and %.12g..%.12g", t->text, one->p.lower_bound,
                 one->p.upper_bound, other->p.lower_bound, other->p.upper_bound);
    double apart = fabs(one->p.objective - other->p.objective);
    if (!(apart <= t->tolerance * size))
        fail_msg("%s: objectives %.12g and %.12g", t->text, one->p.objective,
                 other->p.objective);
}

/* 30 x 200 is too small to be turned when it is dense. */
static void sparse_and_dense_rows_have_the_same_optimum(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++)
        for (int kinship = CVR_TEST_STRANGERS; kinship <= CVR_TEST_TWINS; kinship++) {
            const trial *t = &trials[i];
            if (!cvr_test_turn((int64_t)i + kinship))
                continue;
            cvr_test_wide w = {30, 200, 2, kinship, false};
            cvr_dataset *dense = prepared(cvr_test_alone, t->type, w, CVR_BIAS_PENALISED);
            w.sparse = true;
            cvr_dataset *sparse = prepared(cvr_test_all, t->type, w, CVR_BIAS_PENALISED);
            ending plain = finish(dense, dense, cvr_test_alone, t->text);
            ending turned = finish(sparse, dense, cvr_test_all, t->text);
            same_ending(t, &plain, &turned);
            near(turned.F, plain.F, 30 * sqrt(t->tolerance));
            cvr_mat_free(&plain.F);
            cvr_mat_free(&turned.F);
            cvr_dataset_free(dense);
            cvr_dataset_free(sparse);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coordinates_keep_lengths_and_products),
        cmocka_unit_test(sparse_and_dense_rows_have_the_same_optimum),
    };
    return cmocka_run_group_tests_name("wide", tests, cvr_test_open_comms,
                                       cvr_test_close_comms);
}

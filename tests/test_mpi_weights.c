/* Weighted rows are repeated rows: statistics, start, steps and network, in every family.
   Runs alone and under mpirun. */
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
#include "baseline/baseline.h"
#include "data/from_arrays.h"
#include "data/split.h"
#include "linalg/mats.h"
#include "model/model.h"
#include "model/score.h"
#include "solver/resume.h"
#include "support/classes.h"
#include "support/files.h"
#include "support/problem.h"

enum { D = 4 };

/* How often row i comes: 0 to 3 times. */
static int64_t copies_of(int64_t i)
{
    return (i * 7 + i / 5) % 4;
}

/* Row i of all; classes: 0 for values. */
static void make_row(int64_t i, int classes, double *x, double *y)
{
    double f = 0;
    for (int64_t j = 0; j < D; j++) {
        x[j] = 3 * (double)j + (1 + (double)j) * cvr_random_gauss(8, CVR_FOR_ROWS, i, j);
        f += (j % 2 ? -1 : 1) * fabs(x[j] - 3 * (double)j) / (1 + (double)j);
    }
    f += 0.3 * cvr_random_gauss(8, CVR_FOR_NOISE, i, 0);
    *y = classes == 0 ? 2 + f : classes == 2 ? f > 0 : (f > -0.5) + (f > 0.5);
}

/* n rows, each as often as it counts, or once with its weight; each process's own in
   their order or the other way round. */
static cvr_dataset *make(cvr_comm *comm, cvr_type type, int64_t n, int classes,
                         bool repeated, bool turned, cvr_bias bias)
{
    int rank = cvr_comm_rank(comm), size = cvr_comm_size(comm);
    int64_t first = n * rank / size, end = n * (rank + 1) / size, rows = 0, at = 0;
    cvr_dataset *data = NULL;
    cvr_mat X = {0}, Y = {0}, W = {0};
    for (int64_t i = first; i < end; i++)
        rows += repeated ? copies_of(i) : 1;
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), type, rows, D, &X));
    assert_int_equal(CVR_OK, CVR_MATS_NEW(X, rows, 1, &Y));
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, rows, 1, &W));
    for (int64_t j = first; j < end; j++) {
        int64_t i = turned ? first + end - 1 - j : j;
        for (int64_t k = 0; k < (repeated ? copies_of(i) : 1); k++, at++) {
            double x[D], y;
            make_row(i, classes, x, &y);
            for (int64_t c = 0; c < D; c++)
                cvr_set(X, at, c, x[c]);
            cvr_set(Y, at, 0, y);
            cvr_set(W, at, 0, (double)copies_of(i));
        }
    }
    assert_int_equal(
        CVR_OK,
        cvr_dataset_from_matrix(X, Y, classes ? CVR_CLASSIFY : CVR_REGRESS, comm, &data));
    if (!repeated) {
        data->W = W;
        W = (cvr_mat){0};
        assert_int_equal(CVR_OK, cvr_dataset_drop_weightless(data, comm));
    }
    assert_int_equal(CVR_OK,
                     cvr_dataset_fit_transform(data, CVR_NORMALIZE_FEATURE, bias, comm));
    CVR_MATS_FREE(&X, &Y, &W);
    return data;
}

/* The network's outputs on the rows of `data`. */
static cvr_mat outputs(const cvr_test_training *t, const cvr_dataset *data)
{
    cvr_model m = {0};
    cvr_mat F = {0};
    assert_int_equal(CVR_OK, cvr_solver_model(t->solver, &m));
    assert_int_equal(CVR_OK, cvr_model_outputs(&m, data, &F));
    cvr_model_free(&m);
    return F;
}

/* ---- the same network -------------------------------------------------------------- */

typedef struct trial {
    const char *method, *text;
    int64_t rows;
    int classes;
    cvr_bias bias;
    double tolerance; /* relative, of outputs and objective, in double */
    bool turned;      /* the order of the rows does not matter either */
} trial;

static const trial trials[] = {
    {"convex", "--formulation kernel", 60, 0, CVR_BIAS_FREE, 1e-10, true},
    {"convex", "--formulation kernel --kernel tree", 60, 0, CVR_BIAS_FREE, 1e-10, true},
    {"convex", "--formulation kernel", 60, 2, CVR_BIAS_PENALISED, 1e-10, true},
    {"convex", "--formulation kernel --kernel relu", 60, 3, CVR_BIAS_NONE, 1e-10, true},
    {"convex", "--formulation kernel --kernel relu --components 3", 60, 2, CVR_BIAS_FREE,
     1e-10},
    {"convex", "--formulation kernel --kernel relu --compact landmarks=20", 90, 0,
     CVR_BIAS_FREE, 1e-10, true},
    {"linear", "", 60, 0, CVR_BIAS_FREE, 1e-6},
    {"linear", "--ridge 0.1 --tolerance 1e-12", 60, 3, CVR_BIAS_PENALISED, 1e-10},
    {"adam", "--layers 6 --batch 9999 --weight-decay 0.01", 60, 2, CVR_BIAS_FREE, 1e-8},
    {"sgd", "--layers 6 --batch 9999", 60, 0, CVR_BIAS_FREE, 1e-8},
    {"cg", "--layers 6 --max-iterations 8", 60, 3, CVR_BIAS_FREE, 1e-8},
    {"lbfgs", "--layers 6 --max-iterations 8", 60, 2, CVR_BIAS_FREE, 1e-8},
    {"bfgs", "--layers 6 --max-iterations 8", 60, 0, CVR_BIAS_FREE, 1e-8},
    {"ccp", "", 60, 0, CVR_BIAS_FREE, 1e-9},
    {"ccp", "--solver graph --restarts 2", 60, 0, CVR_BIAS_PENALISED, 1e-9},
    {"ccp", "--lambda-relative 0.02", 60, 0, CVR_BIAS_NONE, 1e-9},
    {"ccp", "--solver consensus --restarts 1", 60, 0, CVR_BIAS_FREE, 1e-7},
    {"deep", "--layers 8,5 --max-iterations 15", 60, 2, CVR_BIAS_FREE, 1e-9},
    {"deep", "--layers 8 --max-iterations 15", 60, 0, CVR_BIAS_PENALISED, 1e-9},
    {"deep", "--layers 8 --max-iterations 15 --loss softmax", 60, 3, CVR_BIAS_NONE, 1e-9},
    {"deep", "--layers 8 --max-iterations 15 --sweep paper", 60, 3, CVR_BIAS_FREE, 1e-9},
    {"dladmm", "--layers 8 --max-iterations 10 --blocks majorised", 60, 2, CVR_BIAS_FREE,
     1e-9},
    {"pdadmm", "--layers 8,6 --max-iterations 10", 60, 0, CVR_BIAS_FREE, 1e-9},
    {"mdlam", "--layers 8 --max-iterations 10", 60, 2, CVR_BIAS_FREE, 1e-9},
    {"mdlam", "--layers 8 --max-iterations 10 --tube fixed", 60, 0, CVR_BIAS_FREE, 1e-9},
    {"convex", "--formulation gated-ridge --patterns 20", 60, 0, CVR_BIAS_FREE, 1e-10},
    {"convex", "--formulation gated-ridge --patterns 4", 60, 2, CVR_BIAS_FREE, 1e-10},
    {"convex", "--formulation gated-ridge --patterns 20", 60, 3, CVR_BIAS_PENALISED,
     1e-10},
    {"convex",
     "--formulation gated --patterns 8 --rho 2 --tolerance 0 --max-iterations 20", 60, 0,
     CVR_BIAS_FREE, 1e-10},
    {"convex", "--formulation gated --patterns 8 --tolerance 1e-13 --solver fista", 60, 2,
     CVR_BIAS_PENALISED, 1e-8},
    {"convex",
     "--formulation relu --patterns 4 --primal direct --rho 2 --rho-slack 1 "
     "--certificate no --tolerance 0 --max-iterations 20",
     60, 2, CVR_BIAS_FREE, 1e-10},
    {"convex", "--formulation relu --patterns 8 --splitting projection --tolerance 1e-12",
     60, 0, CVR_BIAS_FREE, 1e-8},
    {"convex", "--formulation relu --patterns 8 --primal rbcd --tolerance 1e-9", 60, 3,
     CVR_BIAS_NONE, 1e-5},
};

static double relative(double a, double b)
{
    return fabs(a - b) / fmax(fabs(b), 1e-300);
}

static void compare(const trial *t, cvr_type type)
{
    cvr_comm *comm = cvr_test_all;
    double tolerance = type == CVR_DOUBLE ? t->tolerance : 2e-3;
    cvr_dataset *data[2];
    cvr_test_training run[2];
    cvr_mat F[2];
    for (int k = 0; k < 2; k++) {
        data[k] =
            make(comm, type, t->rows, t->classes, k == 1, k == 1 && t->turned, t->bias);
        run[k] = cvr_test_train(t->method, data[k], NULL, comm, t->text);
        F[k] = outputs(&run[k], data[0]);
    }
    double size = sqrt(cvr_dot(F[1], F[1])), apart = sqrt(cvr_distance2(F[0], F[1]));
    if (!(apart <= tolerance * size))
        fail_msg("%s %s: outputs of size %g are %g apart", t->method, t->text, size,
                 apart);
    double gap = relative(run[0].result.objective, run[1].result.objective);
    if (!(gap <= tolerance))
        fail_msg("%s %s: the objectives %.15g and %.15g", t->method, t->text,
                 run[0].result.objective, run[1].result.objective);
    for (int k = 0; k < 2; k++) {
        cvr_mat_free(&F[k]);
        cvr_test_trained(&run[k]);
        cvr_dataset_free(data[k]);
    }
}

static void weights_are_repeated_rows(void **state)
{
    (void)state;
    int64_t count = sizeof trials / sizeof *trials;
    for (int64_t i = 0; i < count; i++)
        if (cvr_test_turn(i))
            compare(&trials[i], i % 3 == 2 ? CVR_SINGLE : CVR_DOUBLE);
}

/* ---- going on ---------------------------------------------------------------------- */

static cvr_progress resumed(const char *method, const cvr_dataset *data, const char *text)
{
    cvr_settings *s = cvr_test_settings(method, text);
    cvr_solver *solver = NULL;
    cvr_progress result = {0};
    if (cvr_solver_new(data, NULL, cvr_test_all, s, &solver) != CVR_OK ||
        cvr_solver_restore(solver, cvr_test_path("half"), NULL) != CVR_OK ||
        cvr_solver_run(solver, NULL, NULL, &result) != CVR_OK)
        fail_msg("%s %s: %s", method, text, cvr_last_error());
    cvr_solver_free(solver);
    cvr_settings_free(s);
    return result;
}

/* Those times three. */
static void other_weights_are_refused(const char *method, cvr_dataset *data,
                                      const char *text)
{
    cvr_settings *s = cvr_test_settings(method, text);
    cvr_solver *solver = NULL;
    cvr_scale(data->W, 3);
    assert_int_equal(CVR_OK, cvr_solver_new(data, NULL, cvr_test_all, s, &solver));
    assert_int_equal(CVR_BAD_DATA,
                     cvr_solver_restore(solver, cvr_test_path("half"), NULL));
    cvr_solver_free(solver);
    cvr_settings_free(s);
}

static void a_resumed_run_ends_as_one_that_was_not_cut(void **state)
{
    (void)state;
    static const struct {
        const char *method, *text;
        int classes;
    } runs[] = {{"convex", "--formulation gated-ridge --patterns 9 --tolerance 0", 0},
                {"deep", "--layers 6,4", 3},
                {"mdlam", "--layers 6 --tube fixed", 2},
                {"ccp", "", 0},
                {"sgd", "--layers 6 --batch 16", 2}};
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        const char *method = runs[i].method;
        char half[200], whole[200];
        cvr_dataset *data = make(cvr_test_all, CVR_DOUBLE, 60, runs[i].classes, false,
                                 false, CVR_BIAS_FREE);
        snprintf(half, sizeof half, "%s --max-iterations 4", runs[i].text);
        snprintf(whole, sizeof whole, "%s --max-iterations 9", runs[i].text);
        cvr_test_training cut = cvr_test_train(method, data, NULL, cvr_test_all, half);
        assert_int_equal(CVR_OK, cvr_solver_save(cut.solver, cvr_test_path("half")));
        cvr_test_training run = cvr_test_train(method, data, NULL, cvr_test_all, whole);
        cvr_progress end = resumed(method, data, whole);
        assert_true(end.objective == run.result.objective);
        assert_true(end.iterations == run.result.iterations);
        assert_true(runs[i].classes == 0 ||
                    end.weighted_accuracy == run.result.weighted_accuracy);
        other_weights_are_refused(method, data, whole);
        cvr_test_trained(&cut);
        cvr_test_trained(&run);
        cvr_dataset_free(data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_repeated_rows),
        cmocka_unit_test(a_resumed_run_ends_as_one_that_was_not_cut)};
    cvr_baselines_register();
    return cmocka_run_group_tests(tests, cvr_test_open_all, cvr_test_close_all);
}

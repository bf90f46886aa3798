/* Kernels of infinitely many gates: their closed forms, exact leave-one-out, landmarks,
   calibrated probabilities, and the models that come of them. */
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
#include "convex/calibrate.h"
#include "convex/components.h"
#include "convex/exact_path.h"
#include "convex/landmarks.h"
#include "convex/limit_kernel.h"
#include "convex/merge.h"
#include "convex/press.h"
#include "linalg/mats.h"
#include "model/model.h"
#include "model/model_file.h"
#include "model/score.h"
#include "support/classes.h"
#include "support/models.h"
#include "support/problem.h"

static cvr_mat matrix(int64_t rows, int64_t cols)
{
    cvr_mat A = {0};
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, rows, cols, &A));
    return A;
}

static void near(double a, double b, double tolerance)
{
    if (!(fabs(a - b) <= tolerance))
        fail_msg("%.17g and %.17g differ by more than %g", a, b, tolerance);
}

/* ---- closed forms ------------------------------------------------------------------ */

/* Means over Gaussian gates of 1[h'x >= 0] 1[h'z >= 0] x'z and relu(h'x) relu(h'z), with
   their standard errors. */
static void sample(const double *x, const double *z, int64_t d, double mean[2],
                   double error[2])
{
    enum { GATES = 40000 };
    double sum[2] = {0}, square[2] = {0}, inner = 0;
    for (int64_t k = 0; k < d; k++)
        inner += x[k] * z[k];
    for (int64_t p = 0; p < GATES; p++) {
        double a = 0, b = 0, value[2];
        for (int64_t k = 0; k < d; k++) {
            double h = cvr_random_gauss(5, CVR_FOR_GATES, p, k);
            a += h * x[k];
            b += h * z[k];
        }
        value[0] = a >= 0 && b >= 0 ? inner : 0;
        value[1] = fmax(a, 0) * fmax(b, 0);
        for (int i = 0; i < 2; i++) {
            sum[i] += value[i];
            square[i] += value[i] * value[i];
        }
    }
    for (int i = 0; i < 2; i++) {
        mean[i] = sum[i] / GATES;
        error[i] = sqrt((square[i] / GATES - mean[i] * mean[i]) / GATES);
    }
}

static void kernels_are_means_over_gates(void **state)
{
    (void)state;
    enum { D = 4 };
    const double c = 0.7;
    cvr_mat X = cvr_test_matrix(CVR_DOUBLE, 3, D, 1), K = matrix(3, 3);
    cvr_machine machine = {0};
    cvr_kernel_rows rows = {0};
    for (int which = 0; which < 2; which++) {
        assert_int_equal(CVR_OK, cvr_machine_new(CVR_DOUBLE, 0, 0, 1, &machine));
        machine.part[0] = (cvr_kernel_part){.kind = CVR_KERNEL_ARC,
                                            .weight = 1,
                                            .bias2 = c,
                                            .gated = which == 0,
                                            .relu = which == 1,
                                            .count = D};
        assert_int_equal(CVR_OK, cvr_kernel_rows_new(&machine, X, 3, &rows));
        assert_int_equal(CVR_OK, cvr_kernel_tile(&rows, 0, &rows, K));
        for (int64_t i = 0; i < 3; i++)
            for (int64_t j = 0; j < 3; j++) {
                double x[D + 1] = {[D] = sqrt(c)}, z[D + 1] = {[D] = sqrt(c)};
                double mean[2], error[2];
                for (int64_t k = 0; k < D; k++) {
                    x[k] = cvr_get(X, i, k);
                    z[k] = cvr_get(X, j, k);
                }
                sample(x, z, D + 1, mean, error);
                near(cvr_get(K, i, j), mean[which], 5 * error[which]);
            }
        cvr_kernel_rows_free(&rows);
        cvr_machine_free(&machine);
    }
    CVR_MATS_FREE(&X, &K);
}

/* ---- leave-one-out ----------------------------------------------------------------- */

enum { N = 12, C = 2 };

/* A kernel, targets, and weights of rows. */
typedef struct pose {
    cvr_mat K, Y, omega;
} pose;

static pose new_pose(void)
{
    cvr_mat A = cvr_test_matrix(CVR_DOUBLE, N, 5, 2);
    pose p = {matrix(N, N), cvr_test_matrix(CVR_DOUBLE, N, C, 3), matrix(N, 1)};
    cvr_gram(p.K, 1, CVR_N, A, 0);
    cvr_symmetrize(p.K);
    for (int64_t i = 0; i < N; i++)
        cvr_set(p.omega, i, 0, 1 + (double)(i % 3));
    cvr_mat_free(&A);
    return p;
}

static void free_pose(pose *p)
{
    CVR_MATS_FREE(&p->K, &p->Y, &p->omega);
}

/* The intercept's penalty: free, a weight like others, none. */
static const double taus[] = {0, 1, INFINITY};
enum { TAUS = sizeof taus / sizeof *taus };

/* Solves (K + mu Omega^-1) alpha + 1 b' = Y, 1'alpha = tau b over the rows but `without`,
   by two Cholesky solves; f (C): prediction there. */
static void solve_without(const pose *p, double mu, double tau, int64_t without,
                          double *f)
{
    int64_t n = without < 0 ? N : N - 1;
    cvr_mat A = matrix(n, n), a = matrix(n, C), o = matrix(n, 1);
    int64_t at[N], count = 0;
    for (int64_t i = 0; i < N; i++)
        if (i != without)
            at[count++] = i;
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < n; j++)
            cvr_set(A, i, j,
                    cvr_get(p->K, at[i], at[j]) +
                        (i == j ? mu / cvr_get(p->omega, at[i], 0) : 0));
        for (int64_t c = 0; c < C; c++)
            cvr_set(a, i, c, cvr_get(p->Y, at[i], c));
        cvr_set(o, i, 0, 1);
    }
    assert_int_equal(CVR_OK, cvr_potrf(A));
    cvr_potrs(A, a);
    cvr_potrs(A, o);
    for (int64_t c = 0; c < C; c++) {
        double ones = 0, sum = 0;
        for (int64_t i = 0; i < n; i++) {
            ones += cvr_get(o, i, 0);
            sum += cvr_get(a, i, c);
        }
        double b = sum / (tau + ones);
        f[c] = b;
        for (int64_t i = 0; i < n; i++)
            f[c] += cvr_get(p->K, without < 0 ? 0 : without, at[i]) *
                    (cvr_get(a, i, c) - cvr_get(o, i, 0) * b);
    }
    CVR_MATS_FREE(&A, &a, &o);
}

static void leaving_out_is_retraining_without(void **state)
{
    static const double penalties[] = {1e-3, 0.1, 10};
    (void)state;
    pose p = new_pose();
    cvr_press press;
    cvr_mat K = matrix(N, N);
    cvr_copy(K, p.K);
    assert_int_equal(CVR_OK, cvr_press_new(&K, p.Y, p.omega, &press));
    for (size_t k = 0; k < TAUS * sizeof penalties / sizeof *penalties; k++) {
        double sum = 0, rows = 0, f[C], mu = penalties[k / TAUS];
        press.tau = taus[k % TAUS];
        double error = cvr_press_solve(&press, mu);
        for (int64_t i = 0; i < N; i++) {
            solve_without(&p, mu, press.tau, i, f);
            for (int64_t c = 0; c < C; c++) {
                double e = cvr_get(p.Y, i, c) - f[c];
                near(cvr_get(press.E, i, c), e, 1e-10 * (1 + fabs(e)));
                sum += cvr_get(p.omega, i, 0) * e * e / C;
            }
            rows += cvr_get(p.omega, i, 0);
        }
        near(error, sum / rows, 1e-10 * error);
    }
    cvr_press_free(&press);
    cvr_mat_free(&K);
    free_pose(&p);
}

static void the_dual_value_meets_the_objective(void **state)
{
    (void)state;
    pose p = new_pose();
    cvr_press press;
    double objective, lower;
    assert_int_equal(CVR_OK, cvr_press_new(&p.K, p.Y, p.omega, &press));
    for (int k = 0; k < TAUS; k++)
        for (double mu = 1e-4; mu < 1e4; mu *= 10) {
            press.tau = taus[k];
            cvr_press_solve(&press, mu);
            assert_int_equal(CVR_OK,
                             cvr_press_values(&press, p.Y, mu, &objective, &lower));
            assert_true(lower <= objective * (1 + 1e-12));
            near(lower, objective, 1e-11 * objective);
        }
    cvr_press_free(&press);
    free_pose(&p);
}

static void what_is_no_kernel_is_said_to_be_none(void **state)
{
    (void)state;
    pose p = new_pose();
    cvr_press press;
    cvr_add_diag(p.K, -1);
    assert_int_equal(CVR_NUMERICAL, cvr_press_new(&p.K, p.Y, p.omega, &press));
    free_pose(&p);
}

/* ---- rows that are equal ----------------------------------------------------------- */

static void equal_rows_become_one_with_a_weight(void **state)
{
    (void)state;
    static const double x[] = {1, 2, 1, 3, 1, 2}, y[] = {0, 1, 0, 1, 5, 1};
    static const double first[] = {1, 2, 3, 1}, omega[] = {2, 2, 1, 1};
    cvr_mat X = matrix(6, 1), Y = matrix(6, 1), weights = matrix(6, 1);
    cvr_merged m;
    cvr_fill(weights, 1);
    for (int64_t i = 0; i < 6; i++) {
        cvr_set(X, i, 0, x[i]);
        cvr_set(Y, i, 0, y[i]);
    }
    assert_int_equal(CVR_OK, cvr_merge(X, Y, weights, &m));
    assert_int_equal(4, m.X.rows);
    for (int64_t i = 0; i < 4; i++) {
        near(cvr_get(m.X, i, 0), first[i], 0);
        near(cvr_get(m.omega, i, 0), omega[i], 0);
    }
    cvr_merged_free(&m);
    CVR_MATS_FREE(&X, &Y, &weights);
}

/* ---- probabilities ----------------------------------------------------------------- */

/* The gradient of the penalised likelihood is 0 at what cvr_calibrate finds. */
static void calibration_is_stationary(void **state)
{
    (void)state;
    enum { ROWS = 60, CLASSES = 3 };
    cvr_mat F = cvr_test_matrix(CVR_DOUBLE, ROWS, CLASSES, 4), Y = matrix(ROWS, CLASSES);
    cvr_mat omega = matrix(ROWS, 1), A = matrix(CLASSES + 1, CLASSES);
    cvr_mat L = matrix(ROWS, CLASSES + 1), P = matrix(ROWS, CLASSES);
    cvr_mat G = matrix(CLASSES + 1, CLASSES);
    for (int64_t i = 0; i < ROWS; i++) {
        cvr_set(Y, i, (i * i + i / 7) % CLASSES, 1);
        cvr_set(omega, i, 0, 1 + (double)(i % 2));
        cvr_set(L, i, CLASSES, 1);
    }
    cvr_axpby(F, 1, Y, 0.5);
    assert_int_equal(CVR_OK, cvr_calibrate(F, Y, omega, A));
    cvr_copy(cvr_mat_cols(L, 0, CLASSES), F);
    cvr_gemm(P, 1, CVR_N, L, CVR_N, A, 0);
    cvr_softmax(P);
    cvr_axpby(P, -1, Y, 1);
    cvr_scale_rows(P, omega);
    cvr_gemm(G, 1, CVR_T, L, CVR_N, P, 0);
    cvr_axpby(G, 0.1, A, 1);
    for (int64_t c = 0; c < CLASSES; c++)
        cvr_set(G, c, c, cvr_get(G, c, c) - 0.1 * 4);
    near(cvr_max_abs(G), 0, 1e-6);
    assert_true(cvr_calibration_rises(A));
    CVR_MATS_FREE(&F, &Y, &omega, &A, &L, &P, &G);
}

/* ---- one factor a penalty ---------------------------------------------------------- */

/* 1 each, or another weight for each row of four. */
static void fill_weights(cvr_mat omega, bool weighted)
{
    for (int64_t i = 0; i < omega.rows; i++)
        cvr_set(omega, i, 0, weighted ? 0.5 + 0.75 * (double)(i % 4) : 1);
}

/* A factor a penalty, over more rows than one of its blocks has, beside the
   eigendecomposition: weights, leave-one-out predictions, bounds. */
static void factor_beside_eigenvalues(bool weighted)
{
    enum { ROWS = 600, D = 5 };
    const double penalties[] = {0.03, 1};
    cvr_dataset *data = cvr_test_data(cvr_test_alone, CVR_DOUBLE, ROWS, D + 1, C);
    cvr_problem q = {.X = data->X,
                     .Y = data->Y,
                     .rows = ROWS,
                     .train = data,
                     .comm = cvr_test_alone,
                     .seed = 1};
    cvr_mat X = cvr_mat_cols(data->X, 0, D), K = matrix(ROWS, ROWS);
    cvr_mat omega = matrix(ROWS, 1);
    cvr_machine machine;
    cvr_press press;
    cvr_exact e = {0};
    cvr_workspace w;
    double objective[2], lower[2];
    fill_weights(omega, weighted);
    assert_int_equal(CVR_OK, cvr_limit_machine(&q, 2, X, K, &machine));
    assert_int_equal(CVR_OK, cvr_press_new(&K, data->Y, omega, &press));
    cvr_workspace_init(&w, X.device, CVR_DOUBLE, "test");
    cvr_exact_lay_out(&e, ROWS, C, weighted, &w);
    assert_int_equal(CVR_OK, cvr_workspace_take(&w, cvr_test_alone));
    cvr_copy(e.Y, data->Y);
    if (weighted)
        cvr_copy(e.omega, omega);
    assert_int_equal(CVR_OK, cvr_exact_start(&e, &machine, X, cvr_test_alone));
    near(press.scale, e.scale, 1e-10 * e.scale);
    for (int k = 0; k < 2; k++) {
        double mu = penalties[k], error = 0, total = 0;
        cvr_press_solve(&press, mu);
        assert_int_equal(CVR_OK, cvr_exact_fit(&e, mu));
        double found = cvr_exact_judge(&e);
        for (int64_t c = 0; c < C; c++) {
            near(cvr_get(press.b, c, 0), cvr_get(e.b, c, 0), 1e-9);
            for (int64_t i = 0; i < ROWS; i++)
                near(cvr_get(press.alpha, i, c), cvr_get(e.alpha, i, c), 1e-9);
            for (int64_t i = 0; i < e.m; i++) {
                double left = cvr_get(press.E, ROWS - e.m + i, c);
                double weight = cvr_get(omega, ROWS - e.m + i, 0);
                near(left, cvr_get(e.E, i, c), 1e-10 * (1 + fabs(left)));
                error += weight * left * left;
                total += weight;
            }
        }
        near(error / total, found, 1e-10 * found);
        assert_int_equal(CVR_OK, cvr_exact_refine(&e));
        assert_int_equal(CVR_OK,
                         cvr_press_values(&press, data->Y, mu, &objective[0], &lower[0]));
        assert_int_equal(CVR_OK, cvr_exact_values(&e, mu, &objective[1], &lower[1]));
        near(objective[0], objective[1], 1e-9 * objective[0]);
        near(objective[1], lower[1], 1e-9 * objective[1]);
        assert_true(lower[1] <= objective[1] * (1 + 1e-13));
    }
    cvr_workspace_free(&w);
    cvr_press_free(&press);
    cvr_machine_free(&machine);
    CVR_MATS_FREE(&K, &omega);
    cvr_dataset_free(data);
}

static void one_factor_says_what_all_eigenvalues_say(void **state)
{
    (void)state;
    factor_beside_eigenvalues(false);
    factor_beside_eigenvalues(true);
}

/* The mean squared error on the last m rows, K the kernel of all, after training on the
   others. */
static double hold_out(cvr_mat K, cvr_mat Y, cvr_mat omega, int64_t m, double mu)
{
    int64_t n = Y.rows - m;
    cvr_mat K11 = matrix(n, n), F = matrix(m, Y.cols);
    cvr_press press;
    double error = 0, total = 0;
    cvr_copy(K11, cvr_mat_part(K, 0, 0, n, n));
    assert_int_equal(CVR_OK, cvr_press_new(&K11, cvr_mat_rows(Y, 0, n),
                                           cvr_mat_rows(omega, 0, n), &press));
    cvr_press_solve(&press, mu);
    cvr_gemm(F, 1, CVR_N, cvr_mat_part(K, n, 0, m, n), CVR_N, press.alpha, 0);
    cvr_add_row(F, press.b);
    for (int64_t i = 0; i < m; i++) {
        double weight = cvr_get(omega, n + i, 0);
        error += weight * cvr_distance2(cvr_mat_rows(F, i, 1), cvr_mat_rows(Y, n + i, 1));
        total += weight * (double)Y.cols;
    }
    cvr_press_free(&press);
    CVR_MATS_FREE(&K11, &F);
    return error / total;
}

/* The factor of one penalty says what training without the judges finds under others:
   under its own exactly, a decade away to what sixteen steps leave. */
static void judge_beside(bool weighted)
{
    enum { ROWS = 600, D = 5, COUNT = 5 };
    const double tolerances[COUNT] = {1e-3, 1e-6, 1e-10, 1e-6, 1e-3};
    cvr_dataset *data = cvr_test_data(cvr_test_alone, CVR_DOUBLE, ROWS, D + 1, C);
    cvr_problem q = {.X = data->X,
                     .Y = data->Y,
                     .rows = ROWS,
                     .train = data,
                     .comm = cvr_test_alone,
                     .seed = 1};
    cvr_mat X = cvr_mat_cols(data->X, 0, D), K = matrix(ROWS, ROWS);
    cvr_mat omega = matrix(ROWS, 1);
    cvr_machine machine;
    assert_int_equal(CVR_OK, cvr_limit_machine(&q, 1, X, K, &machine));
    cvr_exact e = {0};
    cvr_exact_path path;
    cvr_workspace w;
    double mu[COUNT], error[COUNT];
    cvr_workspace_init(&w, X.device, CVR_DOUBLE, "test");
    fill_weights(omega, weighted);
    cvr_exact_lay_out(&e, ROWS, C, weighted, &w);
    cvr_exact_path_lay_out(&path, &e, C, &w);
    assert_int_equal(CVR_OK, cvr_workspace_take(&w, cvr_test_alone));
    cvr_copy(e.Y, data->Y);
    if (weighted)
        cvr_copy(e.omega, omega);
    assert_int_equal(CVR_OK, cvr_exact_start(&e, &machine, X, cvr_test_alone));
    assert_int_equal(CVR_OK, cvr_exact_fit(&e, 0.1));
    for (int k = 0; k < COUNT; k++)
        mu[k] = 0.1 * pow(10, 0.5 * (k - 2));
    assert_int_equal(CVR_OK, cvr_exact_path_judge(&path, &e, COUNT, mu, error));
    for (int k = 0; k < COUNT; k++) {
        double right = hold_out(K, data->Y, omega, e.m, mu[k]);
        near(right, error[k], tolerances[k] * right);
    }
    cvr_workspace_free(&w);
    cvr_machine_free(&machine);
    CVR_MATS_FREE(&K, &omega);
    cvr_dataset_free(data);
}

static void one_factor_judges_the_penalties_beside_it(void **state)
{
    (void)state;
    judge_beside(false);
    judge_beside(true);
}

/* ---- landmarks --------------------------------------------------------------------- */

/* With all rows as landmarks the reduced problem is the whole one, to the rounding of the
   type that features are in. */
static void landmarks_on_every_row(cvr_type type)
{
    enum { ROWS = 80 };
    const double mu = 0.3, tolerance = type == CVR_DOUBLE ? 1e-6 : 1e-4;
    cvr_dataset *data = cvr_test_data(cvr_test_alone, type, ROWS, 4, C);
    cvr_problem q = {.X = data->X,
                     .Y = data->Y,
                     .rows = ROWS,
                     .train = data,
                     .comm = cvr_test_alone,
                     .seed = 1};
    cvr_mat X = {0}, own = {0}, K = matrix(ROWS, ROWS), down = matrix(C, 1);
    cvr_mat omega = matrix(ROWS, 1), alpha = matrix(ROWS, C), Y = matrix(ROWS, C);
    cvr_mat f = matrix(ROWS, C), g = matrix(ROWS, C), whole = matrix(ROWS, ROWS);
    cvr_machine machine;
    cvr_landmarks k;
    cvr_distinct rows;
    cvr_press press;
    double objective[2], lower[2];
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), type, ROWS, 3, &X));
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), type, ROWS, ROWS, &own));
    cvr_copy(X, cvr_mat_cols(data->X, 0, 3));
    cvr_copy(Y, data->Y);
    cvr_fill(omega, 1);
    assert_int_equal(CVR_OK, cvr_limit_machine(&q, 1, X, own, &machine));
    cvr_copy(whole, own);
    cvr_copy(K, own);
    cvr_mat_free(&machine.Z);
    machine.Z = X;
    machine.clip = 100;
    assert_int_equal(CVR_OK, cvr_distinct_find(&q, &rows));
    assert_int_equal(CVR_OK, cvr_landmarks_new(&q, &rows, &machine, down, &own, &k));
    assert_int_equal(CVR_OK, cvr_press_new(&K, Y, omega, &press));
    for (int i = 0; i < TAUS; i++) {
        k.tau = press.tau = taus[i];
        assert_int_equal(CVR_OK, cvr_landmarks_fit(&k, mu, true));
        assert_int_equal(CVR_OK, cvr_landmarks_weights(&k, alpha));
        assert_int_equal(CVR_OK, cvr_landmarks_values(&k, mu, &objective[0], &lower[0]));
        cvr_press_solve(&press, mu);
        assert_int_equal(CVR_OK,
                         cvr_press_values(&press, Y, mu, &objective[1], &lower[1]));
        near(objective[0], objective[1], tolerance * objective[1]);
        assert_true(lower[0] <= objective[0] * (1 + 1e-12));
        cvr_gemm(f, 1, CVR_N, whole, CVR_N, alpha, 0);
        cvr_add_row(f, k.b);
        cvr_gemm(g, 1, CVR_N, whole, CVR_N, press.alpha, 0);
        cvr_add_row(g, press.b);
        near(cvr_distance2(f, g), 0, tolerance * tolerance * cvr_dot(g, g));
    }
    cvr_press_free(&press);
    cvr_landmarks_free(&k);
    cvr_distinct_free(&rows);
    cvr_machine_free(&machine);
    CVR_MATS_FREE(&K, &down, &omega, &alpha, &f, &g, &whole, &Y);
    cvr_dataset_free(data);
}

static void landmarks_on_every_row_change_nothing(void **state)
{
    (void)state;
    landmarks_on_every_row(CVR_DOUBLE);
    landmarks_on_every_row(CVR_SINGLE);
}

/* ---- components -------------------------------------------------------------------- */

/* sum_i (x_i'v)^2 */
static double moment(cvr_mat X, cvr_mat v)
{
    cvr_mat f = matrix(X.rows, 1);
    cvr_gemm(f, 1, CVR_N, X, CVR_N, v, 0);
    double sum = cvr_dot(f, f);
    cvr_mat_free(&f);
    return sum;
}

/* Eigenvalues of a part's moments, rising. */
static void part_moments(cvr_mat X, double *to)
{
    cvr_mat G = matrix(X.cols, X.cols), w = matrix(X.cols, 1);
    cvr_gemm(G, 1, CVR_T, X, CVR_N, X, 0);
    assert_int_equal(CVR_OK, cvr_eigh(G, w));
    for (int64_t j = 0; j < X.cols; j++)
        to[j] = cvr_get(w, j, 0);
    CVR_MATS_FREE(&G, &w);
}

static int falling(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* Of three even and three odd features: the largest moments of both, each component of
   one kind of features alone, all together of the mean squared length K. */
static void components_are_of_even_or_odd_features(void **state)
{
    (void)state;
    enum { ROWS = 40, K = 3 };
    cvr_dataset *data = cvr_test_data(cvr_test_alone, CVR_DOUBLE, ROWS, 7, C);
    cvr_problem q = {.X = data->X,
                     .Y = data->Y,
                     .rows = ROWS,
                     .train = data,
                     .comm = cvr_test_alone,
                     .seed = 1};
    cvr_mat X = cvr_mat_cols(data->X, 0, 6), V;
    double all[6], found[K], sum = 0, of_found = 0;
    int64_t even;
    data->transform.features = 6;
    data->transform.groups = 1;
    data->transform.group[0] = (cvr_group){0, 6, 3};
    part_moments(cvr_mat_cols(X, 0, 3), all);
    part_moments(cvr_mat_cols(X, 3, 3), all + 3);
    qsort(all, 6, sizeof *all, falling);
    assert_int_equal(CVR_OK, cvr_components_fit(&q, K, 0, &V, &even));
    for (int64_t j = 0; j < K; j++) {
        cvr_mat other = cvr_mat_part(V, j < even ? 3 : 0, j, 3, 1);
        near(0, cvr_dot(other, other), 0);
        found[j] = moment(X, cvr_mat_cols(V, j, 1));
        of_found += found[j];
        sum += all[j];
    }
    near(K, of_found / ROWS, 1e-9);
    qsort(found, K, sizeof *found, falling);
    for (int j = 0; j < K; j++)
        near(all[j] / sum, found[j] / of_found, 1e-9);
    data->transform.groups = 0;
    cvr_mat_free(&V);
    cvr_dataset_free(data);
}

/* ---- runs -------------------------------------------------------------------------- */

static cvr_mat outputs_of(const cvr_model *m, const cvr_dataset *data)
{
    cvr_mat F = matrix(data->X.rows, m->outputs);
    assert_int_equal(CVR_OK, cvr_model_forward(m, data->X, F));
    return F;
}

static void every_kernel_converges_in_one_step(void **state)
{
    (void)state;
    cvr_dataset *data = cvr_test_classes(cvr_test_alone, CVR_DOUBLE, 0, 90, 4, 3);
    for (int k = 0; cvr_kernel_names[k]; k++) {
        char text[128];
        if (strcmp(cvr_kernel_names[k], "local") == 0) /* is for images */
            continue;
        snprintf(text, sizeof text, "--formulation kernel --kernel %s",
                 cvr_kernel_names[k]);
        cvr_progress p = cvr_test_solve(data, cvr_test_alone, text);
        assert_int_equal(CVR_CONVERGED, p.outcome);
        assert_int_equal(1, p.iterations);
        assert_true(p.gap <= 1e-9 && p.lower_bound <= p.objective);
        assert_true(p.train.accuracy > 0.8);
    }
    cvr_dataset_free(data);
}

/* Saved and loaded, and copied, it predicts the same; so it does in single precision,
   nearly. */
static void models_come_back_as_they_were(void **state)
{
    static const char *const kernels[] = {"mix+relu",
                                          "tree --compact landmarks=50",
                                          "mix2",
                                          "ntk",
                                          "ntk --components 2 --compact landmarks=50",
                                          "mix --components 2"};
    (void)state;
    cvr_dataset *data = cvr_test_classes(cvr_test_alone, CVR_DOUBLE, 0, 70, 3, 3);
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
        char text[128];
        unsigned char *bytes = NULL;
        size_t size = 0;
        cvr_model m, read, copy;
        snprintf(text, sizeof text, "--formulation kernel --kernel %s", kernels[i]);
        cvr_test_run run = cvr_test_start(data, cvr_test_alone, text);
        assert_int_equal(CVR_OK, cvr_solver_model(run.solver, &m));
        assert_int_equal(CVR_OK, cvr_model_to_bytes(&m, &bytes, &size));
        assert_int_equal(CVR_OK, cvr_model_from_bytes(bytes, size, &read));
        assert_int_equal(CVR_OK, cvr_model_copy(&read, &copy));
        cvr_mat f = outputs_of(&m, data), g = outputs_of(&copy, data);
        near(cvr_distance2(f, g), 0, 0);
        for (int64_t j = 0; j < data->X.rows; j++)
            assert_int_equal(cvr_model_class(&m, f, j), cvr_model_class(&copy, g, j));
        assert_true(copy.calibration.data != NULL);
        CVR_MATS_FREE(&f, &g);
        cvr_model_free(&m);
        cvr_model_free(&read);
        cvr_model_free(&copy);
        free(bytes);
        cvr_test_end(&run);
    }
    cvr_dataset_free(data);
}

/* What an evaluation says of probabilities P (rows x classes), by their formulas. */
static void judge_probabilities(const cvr_model *m, const cvr_dataset *data, cvr_mat P)
{
    cvr_evaluation e;
    double loss = 0, sums[CVR_RELIABILITY_BINS][2] = {{0}}, error = 0;
    int64_t rows = 0;
    assert_int_equal(CVR_OK, cvr_model_evaluate(m, data, cvr_test_alone, &e));
    for (int64_t i = 0; i < P.rows; i++) {
        int is = cvr_class_of(data->Y, i, 0), best = 0;
        for (int c = 1; c < P.cols; c++)
            best = cvr_get(P, i, c) > cvr_get(P, i, best) ? c : best;
        double p = cvr_get(P, i, best);
        loss -= log(cvr_get(P, i, is)) / (double)P.rows;
        sums[p < 1 ? (int)(10 * p) : 9][0] += p;
        sums[p < 1 ? (int)(10 * p) : 9][1] += is == best;
    }
    near(loss, e.log_loss, 1e-10 * (1 + loss));
    for (int b = 0; b < CVR_RELIABILITY_BINS; b++) {
        double n = (double)e.reliability[b].rows;
        rows += e.reliability[b].rows;
        error += fabs(sums[b][0] - sums[b][1]) / (double)P.rows;
        if (n == 0)
            continue;
        near(sums[b][0] / n, e.reliability[b].confidence, 1e-12);
        near(sums[b][1] / n, e.reliability[b].accuracy, 1e-12);
    }
    assert_int_equal(P.rows, rows);
    near(error, e.calibration_error, 1e-12);
    cvr_evaluation_free(&e);
}

static void probabilities_sum_to_one_and_agree_with_the_class(void **state)
{
    (void)state;
    for (int classes = 2; classes <= 3; classes++) {
        cvr_dataset *data =
            cvr_test_classes(cvr_test_alone, CVR_DOUBLE, 0, 80, 3, classes);
        cvr_model m;
        cvr_test_run run =
            cvr_test_start(data, cvr_test_alone, "--formulation kernel --kernel relu");
        assert_int_equal(CVR_OK, cvr_solver_model(run.solver, &m));
        cvr_mat F = outputs_of(&m, data), P = matrix(F.rows, classes);
        assert_int_equal(CVR_OK, cvr_model_probabilities(&m, F, P));
        for (int64_t i = 0; i < F.rows; i++) {
            double sum = 0;
            int best = cvr_model_class(&m, F, i);
            for (int c = 0; c < classes; c++) {
                sum += cvr_get(P, i, c);
                near(cvr_get(P, i, c), cvr_model_probability(&m, F, i, c), 1e-12);
                assert_true(cvr_get(P, i, c) <= cvr_get(P, i, best) + 1e-15);
            }
            near(sum, 1, 1e-12);
        }
        judge_probabilities(&m, data, P);
        CVR_MATS_FREE(&F, &P);
        cvr_model_free(&m);
        cvr_test_end(&run);
        cvr_dataset_free(data);
    }
}

/* y + c and s y are fitted as y is. */
static void targets_have_no_origin_and_no_unit(void **state)
{
    (void)state;
    cvr_dataset *data = cvr_test_data(cvr_test_alone, CVR_DOUBLE, 60, 4, 1);
    cvr_progress p[2];
    p[0] = cvr_test_solve(data, cvr_test_alone, "--formulation kernel");
    for (int64_t i = 0; i < 60; i++)
        cvr_set(data->Y, i, 0, 1e6 * (cvr_get(data->Y, i, 0) + 1000));
    p[1] = cvr_test_solve(data, cvr_test_alone, "--formulation kernel");
    near(p[0].train.r2, p[1].train.r2, 1e-6);
    near(p[0].objective * 1e12, p[1].objective, 1e-6 * p[1].objective);
    cvr_dataset_free(data);
}

/* A penalised bias is the weight of a column of ones, which is the sum of the kernel's
   weights; with a free one these have the sum 0; none is 0. */
static void the_bias_is_what_its_option_says(void **state)
{
    (void)state;
    for (int bias = CVR_BIAS_FREE; bias <= CVR_BIAS_NONE; bias++) {
        cvr_test_bias = (cvr_bias)bias;
        cvr_dataset *data = cvr_test_data(cvr_test_alone, CVR_DOUBLE, 60, 4, 1);
        cvr_test_run run =
            cvr_test_start(data, cvr_test_alone, "--formulation kernel --kernel relu");
        double sum = 0, b;
        cvr_model m;
        assert_int_equal(CVR_OK, cvr_solver_model(run.solver, &m));
        for (int64_t i = 0; i < m.layers[0].W.cols; i++)
            sum += cvr_get(m.layers[0].W, 0, i);
        b = cvr_get(m.layers[0].b, 0, 0);
        near(sum, bias == CVR_BIAS_PENALISED ? b : bias == CVR_BIAS_FREE ? 0 : sum, 1e-9);
        assert_true((b != 0) == (bias != CVR_BIAS_NONE));
        assert_true(run.result.gap <= 1e-9);
        cvr_model_free(&m);
        cvr_test_end(&run);
        cvr_dataset_free(data);
    }
    cvr_test_bias = CVR_BIAS_FREE;
}

/* More rows than an eigendecomposition is for: landmarks, the same on any process. */
static void many_rows_are_fitted_by_landmarks(void **state)
{
    (void)state;
    cvr_dataset *data = cvr_test_data(cvr_test_alone, CVR_DOUBLE, 2200, 3, 1);
    cvr_progress p =
        cvr_test_solve(data, cvr_test_alone, "--formulation kernel --kernel relu");
    assert_int_equal(CVR_CONVERGED, p.outcome);
    assert_true(p.train.r2 > 0.9 && p.gap <= 1e-6 && p.lower_bound <= p.objective);
    cvr_dataset_free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_are_means_over_gates),
        cmocka_unit_test(leaving_out_is_retraining_without),
        cmocka_unit_test(the_dual_value_meets_the_objective),
        cmocka_unit_test(what_is_no_kernel_is_said_to_be_none),
        cmocka_unit_test(equal_rows_become_one_with_a_weight),
        cmocka_unit_test(calibration_is_stationary),
        cmocka_unit_test(one_factor_says_what_all_eigenvalues_say),
        cmocka_unit_test(one_factor_judges_the_penalties_beside_it),
        cmocka_unit_test(landmarks_on_every_row_change_nothing),
        cmocka_unit_test(components_are_of_even_or_odd_features),
        cmocka_unit_test(every_kernel_converges_in_one_step),
        cmocka_unit_test(models_come_back_as_they_were),
        cmocka_unit_test(probabilities_sum_to_one_and_agree_with_the_class),
        cmocka_unit_test(targets_have_no_origin_and_no_unit),
        cmocka_unit_test(the_bias_is_what_its_option_says),
        cmocka_unit_test(many_rows_are_fitted_by_landmarks),
    };
    cvr_test_bias = CVR_BIAS_FREE; /* as the command's */
    return cmocka_run_group_tests(tests, cvr_test_open_comms, cvr_test_close_comms);
}

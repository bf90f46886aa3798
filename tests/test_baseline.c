/* The baselines: gradients, steps, what they learn, and what they refuse. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/random.h"
#include "baseline/baseline.h"
#include "baseline/mlp.h"
#include "data/dataset.h"
#include "data/from_arrays.h"
#include "linalg/ops.h"
#include "model/model.h"
#include "solver/methods.h"
#include "support/problem.h"

static cvr_comm *comm;

static const char *const methods[] = {"adam", "sgd", "cg", "bfgs", "lbfgs"};
enum { METHODS = sizeof methods / sizeof *methods };

/* ---- data and runs ---------------------------------------------------------------- */

static cvr_dataset *generate(const char *kind, cvr_type type, int64_t rows, int classes)
{
    cvr_generate what = {.kind = kind,
                         .rows = rows,
                         .features = strcmp(kind, "teacher") == 0 ? 6 : 0,
                         .classes = classes,
                         .noise = 0.02,
                         .seed = 4,
                         .type = type};
    cvr_dataset *data = NULL;
    assert_int_equal(CVR_OK, cvr_dataset_generate(&what, comm, &data));
    assert_int_equal(CVR_OK, cvr_dataset_fit_transform(data, CVR_NORMALIZE_FEATURE,
                                                       CVR_BIAS_PENALISED, comm));
    return data;
}

/* Gaussian rows without a bias column; classes 0: values, 2: -1/+1, more: one-hot. */
static cvr_dataset *rows_of(int64_t n, int64_t d, int classes, bool bias)
{
    cvr_mat X = {0}, Y = {0};
    cvr_dataset *data = NULL;
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, n, d, &X));
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, n, 1, &Y));
    cvr_random_normal(X, 5, 100, 0);
    for (int64_t i = 0; i < n; i++)
        cvr_set(Y, i, 0, classes ? (double)(i % classes) : sin((double)i));
    assert_int_equal(
        CVR_OK,
        cvr_dataset_from_matrix(X, Y, classes ? CVR_CLASSIFY : CVR_REGRESS, comm, &data));
    assert_int_equal(CVR_OK, cvr_dataset_fit_transform(
                                 data, CVR_NORMALIZE_NONE,
                                 bias ? CVR_BIAS_PENALISED : CVR_BIAS_NONE, comm));
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    return data;
}

static cvr_problem pose(const cvr_dataset *data, const cvr_settings *s, double *phases)
{
    return (cvr_problem){.X = data->X,
                         .Y = data->Y,
                         .rows = data->rows,
                         .first = data->first,
                         .train = data,
                         .comm = comm,
                         .settings = s,
                         .seed = 9,
                         .phases = phases};
}

/* The network of a problem, with its first weights. */
static void open_net(const cvr_problem *problem, cvr_mlp *n, cvr_workspace *w)
{
    cvr_workspace_init(w, problem->X.device, problem->X.type, "a test");
    assert_int_equal(CVR_OK, cvr_mlp_pose(n, problem));
    assert_int_equal(CVR_OK, cvr_mlp_lay_out(n, w, CVR_SCRATCH));
    assert_int_equal(CVR_OK, cvr_workspace_take(w, comm));
    assert_int_equal(CVR_OK, cvr_mlp_start(n));
}

static cvr_progress solve(const char *method, const cvr_dataset *data, const char *text)
{
    cvr_settings *s = cvr_test_settings(method, text);
    cvr_solver *solver = NULL;
    cvr_progress result = {0};
    if (cvr_solver_new(data, NULL, comm, s, &solver) != CVR_OK ||
        cvr_solver_run(solver, NULL, NULL, &result) != CVR_OK)
        fail_msg("%s %s: %s", method, text, cvr_last_error());
    cvr_solver_free(solver);
    cvr_settings_free(s);
    return result;
}

/* ---- the gradient ----------------------------------------------------------------- */

/* Away from where biases are 0, at which a unit without input sits on its kink. */
static void jitter(cvr_mat theta)
{
    for (int64_t k = 0; k < theta.rows; k++)
        cvr_set(theta, k, 0, cvr_get(theta, k, 0) + 0.3 * cvr_random_gauss(6, 100, k, 0));
}

/* The largest difference between the gradient and central differences of the objective,
   against the gradient's size. */
static double gradient_error(const cvr_dataset *data, const char *text)
{
    cvr_settings *s = cvr_test_settings("adam", text);
    double phases[CVR_PHASES] = {0}, worst = 0, value = 0, above = 0, below = 0, h = 1e-6;
    cvr_problem problem = pose(data, s, phases);
    cvr_mlp n = {0};
    cvr_workspace w;
    cvr_mat G = {0};
    open_net(&problem, &n, &w);
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, n.count, 1, &G));
    jitter(n.theta);
    assert_int_equal(CVR_OK, cvr_mlp_objective(&n, true, &value));
    cvr_copy(G, cvr_mlp_gradient(&n));
    for (int64_t k = 0; k < n.count; k++) {
        double at = cvr_get(n.theta, k, 0);
        cvr_set(n.theta, k, 0, at + h);
        assert_int_equal(CVR_OK, cvr_mlp_objective(&n, false, &above));
        cvr_set(n.theta, k, 0, at - h);
        assert_int_equal(CVR_OK, cvr_mlp_objective(&n, false, &below));
        cvr_set(n.theta, k, 0, at);
        worst = fmax(worst, fabs((above - below) / (2 * h) - cvr_get(G, k, 0)));
    }
    worst /= sqrt(cvr_dot(G, G));
    cvr_mat_free(&G);
    cvr_workspace_free(&w);
    cvr_settings_free(s);
    return worst;
}

static void the_gradient_is_that_of_finite_differences(void **state)
{
    (void)state;
    static const struct {
        int classes;
        const char *loss;
    } cases[] = {{0, "squared"},  {2, "squared"}, {3, "squared"}, {2, "logistic"},
                 {3, "logistic"}, {2, "hinge"},   {3, "hinge"},   {3, "softmax"}};
    static const char *const layers[] = {"none", "7", "7,5", "6,1,4"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t l = 0; l < sizeof layers / sizeof *layers; l++)
            for (int bias = 0; bias < 2; bias++) {
                char text[128];
                cvr_dataset *data = rows_of(23, 4, cases[i].classes, bias);
                snprintf(text, sizeof text, "--layers %s --loss %s --weight-decay 0.1",
                         layers[l], cases[i].loss);
                double error = gradient_error(data, text);
                if (!(error < 1e-6))
                    fail_msg("%s, %d classes, bias %d: off by %g", text, cases[i].classes,
                             bias, error);
                cvr_dataset_free(data);
            }
}

/* More rows than a block: sums over blocks are sums over rows. */
static void blocks_add_up(void **state)
{
    (void)state;
    cvr_dataset *data = rows_of(2500, 3, 3, true);
    cvr_settings *s = cvr_test_settings("adam", "--layers 4");
    double phases[CVR_PHASES] = {0}, whole = 0, sum = 0;
    cvr_problem problem = pose(data, s, phases);
    cvr_mlp n = {0};
    cvr_workspace w;
    open_net(&problem, &n, &w);
    assert_true(n.block < data->rows);
    assert_int_equal(CVR_OK, cvr_mlp_objective(&n, true, &whole));
    cvr_fill(n.gradient, 0);
    for (int64_t i = 0; i < data->rows; i++)
        sum += cvr_mlp_add(&n, cvr_mat_part(data->X, i, 0, 1, data->X.cols),
                           cvr_mat_part(data->Y, i, 0, 1, data->Y.cols), CVR_T,
                           1.0 / (double)data->rows, NULL);
    assert_true(fabs(sum / (double)data->rows - whole) <= 1e-12 * whole);
    assert_true(cvr_distance2(n.gradient, cvr_mlp_gradient(&n)) < 1e-24);
    cvr_workspace_free(&w);
    cvr_settings_free(s);
    cvr_dataset_free(data);
}

/* Targets in other units: the same run, with outputs, model and objective
   in those units. */
static void units_of_the_targets_do_not_matter(void **state)
{
    (void)state;
    cvr_dataset *data = rows_of(60, 4, 0, true), *other = rows_of(60, 4, 0, true);
    cvr_scale(other->Y, 1024);
    for (int i = 0; i < METHODS; i++) {
        const char *text = "--layers 6 --max-iterations 10";
        cvr_progress a = solve(methods[i], data, text);
        cvr_progress b = solve(methods[i], other, text);
        assert_true(fabs(1024.0 * 1024 * a.objective - b.objective) <=
                    1e-9 * b.objective);
        assert_true(fabs(a.train.r2 - b.train.r2) <= 1e-9);
        assert_true(fabs(1024 * a.train.rmse - b.train.rmse) <= 1e-9 * b.train.rmse);
    }
    cvr_dataset_free(data);
    cvr_dataset_free(other);
}

/* Rows prepared with a free bias and normalised so; y becomes scale y + shift. */
static cvr_dataset *free_rows(cvr_type type, cvr_normalize how, double scale,
                              double shift)
{
    cvr_dataset *made = rows_of(120, 4, 0, true), *data = NULL;
    cvr_mat X = {0}, Y = {0};
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), type, 120, 4, &X));
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), type, 120, 1, &Y));
    cvr_copy(X, cvr_mat_cols(made->X, 0, 4));
    for (int64_t i = 0; i < 120; i++)
        cvr_set(Y, i, 0, scale * cvr_get(made->Y, i, 0) + shift);
    assert_int_equal(CVR_OK, cvr_dataset_from_matrix(X, Y, CVR_REGRESS, comm, &data));
    assert_int_equal(CVR_OK, cvr_dataset_fit_transform(data, how, CVR_BIAS_FREE, comm));
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    cvr_dataset_free(made);
    return data;
}

static void a_free_bias_takes_up_the_units(void **state)
{
    static const double units[][2] = {{1, 1000}, {1e6, 0}, {1e6, 1e9}};
    (void)state;
    for (int type = 0; type < 2; type++)
        for (int i = 0; i < METHODS; i++)
            for (int u = 0; u < 3 - type; u++) {
                const char *text = "--layers 6 --max-iterations 10 --weight-decay 0.01";
                double s = units[u][0], near = type ? 1e-3 : 1e-6;
                cvr_dataset *one = free_rows((cvr_type)type, CVR_NORMALIZE_FEATURE, 1, 0);
                cvr_dataset *two =
                    free_rows((cvr_type)type, CVR_NORMALIZE_FEATURE, s, units[u][1]);
                cvr_progress a = solve(methods[i], one, text);
                cvr_progress b = solve(methods[i], two, text);
                if (!(fabs(a.train.r2 - b.train.r2) <= near))
                    fail_msg("%s, type %d, y %g y + %g: r2 %g and %g", methods[i], type,
                             s, units[u][1], a.train.r2, b.train.r2);
                assert_true(fabs(s * s * a.objective - b.objective) <=
                            10 * near * b.objective);
                cvr_dataset_free(one);
                cvr_dataset_free(two);
            }
}

/* The decay pulls all but the free bias: a linear model with a large one has the mean. */
static void no_decay_on_a_free_bias(void **state)
{
    (void)state;
    cvr_dataset *data = free_rows(CVR_DOUBLE, CVR_NORMALIZE_NONE, 1, 5);
    cvr_progress p = solve("bfgs", data, "--layers none --weight-decay 100");
    assert_int_equal(CVR_CONVERGED, p.outcome);
    assert_true(fabs(p.train.r2) < 1e-2);
    cvr_dataset_free(data);
}

/* ---- the linear model ------------------------------------------------------------- */

/* bfgs on a network without hidden layers has the same optimum: penalties are alike where
   the ones' weights are penalised too, and its objective is of the mean loss. */
static void linear_is_at_the_optimum(void **state)
{
    (void)state;
    static const struct {
        const char *kind;
        int classes;
    } all[] = {{"spiral", 2}, {"spiral", 4}, {"teacher", 0}};
    for (int type = 0; type < 2; type++)
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
            double n = 90, close = type == CVR_DOUBLE ? 1e-8 : 1e-4;
            cvr_dataset *data = generate(all[i].kind, type, 90, all[i].classes);
            char text[120];
            snprintf(text, sizeof text,
                     "--layers none --tolerance 1e-7 --max-iterations 5000 "
                     "--weight-decay %.17g",
                     0.5 / n);
            cvr_progress l = solve("linear", data,
                                   type == CVR_DOUBLE ? "--ridge 0.5 --tolerance 1e-9"
                                                      : "--ridge 0.5 --tolerance 1e-4");
            cvr_progress b = solve("bfgs", data, text);
            assert_int_equal(CVR_CONVERGED, l.outcome);
            assert_true(l.iterations <= 15);
            assert_true(fabs(l.objective / n - b.objective) <= close * b.objective);
            cvr_dataset_free(data);
        }
}

/* Without a penalty and with classes apart there is no minimum: it ends all the same. */
static void classes_apart_need_a_ridge(void **state)
{
    (void)state;
    cvr_dataset *data = rows_of(4, 6, 2, true);
    cvr_progress p = solve("linear", data, "--ridge 0");
    assert_true(p.outcome != CVR_DIVERGED && p.train.accuracy == 1);
    p = solve("linear", data, "");
    assert_int_equal(CVR_CONVERGED, p.outcome);
    cvr_dataset_free(data);
}

/* --normalize none: targets are left alone, and so are far ones. */
static void targets_are_left_alone_where_asked(void **state)
{
    (void)state;
    cvr_dataset *data = free_rows(CVR_DOUBLE, CVR_NORMALIZE_NONE, 1, 1000);
    assert_true(solve("adam", data, "--layers 6 --max-iterations 3").train.r2 < -100);
    cvr_dataset_free(data);
}

static void far_targets_are_learned(void **state)
{
    (void)state;
    cvr_dataset *data = rows_of(60, 4, 0, true);
    for (int64_t i = 0; i < data->Y.rows; i++)
        cvr_set(data->Y, i, 0, 1000 + 3 * cvr_get(data->X, i, 1));
    for (int i = 0; i < METHODS; i++)
        assert_true(solve(methods[i], data, "--layers 8 --max-iterations 1000").train.r2 >
                    0.8);
    cvr_dataset_free(data);
}

/* F and the model are the same network. */
static void check_model(int classes, bool bias)
{
    cvr_dataset *data = rows_of(40, 5, classes, bias);
    cvr_settings *s = cvr_test_settings("adam", "--layers 7,4 --init glorot");
    double phases[CVR_PHASES] = {0}, value = 0;
    cvr_problem problem = pose(data, s, phases);
    cvr_mlp n = {0};
    cvr_workspace w;
    cvr_model m = {0};
    cvr_mat F = {0};
    open_net(&problem, &n, &w);
    jitter(n.theta);
    assert_int_equal(CVR_OK, cvr_mlp_objective(&n, false, &value));
    assert_int_equal(CVR_OK, cvr_mlp_model(&n, &m));
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 40, data->Y.cols, &F));
    assert_int_equal(CVR_OK, cvr_model_forward(&m, data->X, F));
    assert_true(cvr_dot(F, F) > 0 && cvr_distance2(F, n.F) < 1e-24 * cvr_dot(F, F));
    cvr_mat_free(&F);
    cvr_model_free(&m);
    cvr_workspace_free(&w);
    cvr_settings_free(s);
    cvr_dataset_free(data);
}

static void the_model_computes_the_same_outputs(void **state)
{
    (void)state;
    for (int classes = 0; classes < 4; classes++)
        if (classes != 1)
            for (int bias = 0; bias < 2; bias++)
                check_model(classes, bias);
}

/* ---- steps by hand ---------------------------------------------------------------- */

/* One feature, no bias, a linear model f = w x under 1/2 (f - y)^2 + decay/2 w^2, the
   one row x = 2, y = 1. */
static double gradient_at(double w, double decay)
{
    return 2 * (2 * w - 1) + decay * w;
}

/* w after a number of epochs. */
static double weight_after(const char *method, const char *text, double decay, int epochs)
{
    double x = 2, y = 1;
    cvr_mat X = {1, 1, 1, CVR_DOUBLE, cvr_cpu(), &x};
    cvr_mat Y = {1, 1, 1, CVR_DOUBLE, cvr_cpu(), &y};
    char all[256];
    cvr_dataset *data = NULL;
    cvr_solver *solver = NULL;
    cvr_progress result = {0};
    cvr_model m = {0};
    assert_int_equal(CVR_OK, cvr_dataset_from_matrix(X, Y, CVR_REGRESS, comm, &data));
    assert_int_equal(
        CVR_OK, cvr_dataset_fit_transform(data, CVR_NORMALIZE_NONE, CVR_BIAS_NONE, comm));
    snprintf(all, sizeof all, "--layers none --weight-decay %g --max-iterations %d %s",
             decay, epochs, text);
    cvr_settings *s = cvr_test_settings(method, all);
    assert_int_equal(CVR_OK, cvr_solver_new(data, NULL, comm, s, &solver));
    assert_int_equal(CVR_OK, cvr_solver_run(solver, NULL, NULL, &result));
    assert_int_equal(CVR_OK, cvr_solver_model(solver, &m));
    double w = cvr_get(m.layers[0].W, 0, 0), miss = 2 * w - 1;
    assert_true(fabs(result.objective - (miss * miss + decay * w * w) / 2) < 1e-12);
    cvr_model_free(&m);
    cvr_solver_free(solver);
    cvr_settings_free(s);
    cvr_dataset_free(data);
    return w;
}

/* He: N(0, 2 / 1). */
static double first_weight(void)
{
    return sqrt(2) * cvr_random_gauss(1, CVR_FOR_WEIGHTS, 0, 0);
}

static void adam_takes_the_steps_of_its_paper(void **state)
{
    (void)state;
    static const char *const text =
        "--learning-rate 0.1 --beta-1 0.8 --beta-2 0.9 --epsilon 1e-3";
    for (double decay = 0; decay < 1; decay += 0.5) {
        double w = first_weight(), m = 0, v = 0;
        for (int t = 1; t <= 5; t++) {
            double g = gradient_at(w, decay);
            m = 0.8 * m + (1 - 0.8) * g;
            v = 0.9 * v + (1 - 0.9) * g * g;
            w -= 0.1 * (m / (1 - pow(0.8, t))) / (sqrt(v / (1 - pow(0.9, t))) + 1e-3);
            assert_true(fabs(weight_after("adam", text, decay, t) - w) < 1e-12);
        }
    }
}

/* Whatever the gradient's size, the first step is the learning rate. */
static void adam_begins_with_a_step_of_the_learning_rate(void **state)
{
    (void)state;
    double w = weight_after("adam", "--learning-rate 0.25", 0, 1);
    assert_true(fabs(fabs(w - first_weight()) - 0.25) < 1e-8);
}

static void sgd_keeps_a_part_of_the_last_step(void **state)
{
    (void)state;
    for (double decay = 0; decay < 1; decay += 0.5) {
        double w = first_weight(), u = 0;
        for (int t = 1; t <= 5; t++) {
            u = 0.7 * u + gradient_at(w, decay);
            w -= 0.01 * u;
            double found =
                weight_after("sgd", "--learning-rate 0.01 --momentum 0.7", decay, t);
            assert_true(fabs(found - w) < 1e-12);
        }
    }
}

/* One row is one step an epoch: of 4 steps the k-th has (1 + cos(pi k / 4)) / 2 of
 * it. */
static void a_cosine_takes_the_learning_rate_to_0(void **state)
{
    (void)state;
    double w = first_weight();
    for (int k = 0; k < 4; k++)
        w -= 0.03 * (1 + cos(acos(-1) * k / 4)) / 2 * gradient_at(w, 0);
    double found =
        weight_after("sgd", "--schedule cosine --learning-rate 0.03 --momentum 0", 0, 4);
    assert_true(fabs(found - w) < 1e-12);
}

/* A quadratic has one minimum: (4 + decay) w = 2. */
static void minimisers_find_the_minimum_of_a_quadratic(void **state)
{
    (void)state;
    for (int i = 2; i < 4; i++)
        for (double decay = 0; decay < 1; decay += 0.5)
            assert_true(fabs(weight_after(methods[i], "--tolerance 1e-10", decay, 100) -
                             2 / (4 + decay)) < 1e-8);
}

/* ---- batches ---------------------------------------------------------------------- */

/* The batch of all rows is gradient descent: the order does not matter. */
static void a_batch_larger_than_the_data_is_all_of_it(void **state)
{
    (void)state;
    cvr_dataset *data = rows_of(1500, 4, 2, true);
    cvr_progress exact = solve("sgd", data, "--layers 6 --batch 1500 --max-iterations 4");
    cvr_progress above =
        solve("sgd", data, "--layers 6 --batch 1000000 --max-iterations 4");
    assert_memory_equal(&exact.objective, &above.objective, sizeof exact.objective);
    cvr_progress by_hand = solve("sgd", data, "--layers 6 --batch 1 --max-iterations 1");
    assert_true(by_hand.objective != exact.objective);
    cvr_dataset_free(data);
}

/* 10 rows in batches of 4: steps of 4, 4 and 2 rows, each with its own mean. With one
   feature, w -= rate mean(x (w x - y)); the rows are alike, so the order is all one. */
static void a_short_last_batch_has_its_own_mean(void **state)
{
    (void)state;
    double x[10], y[10], w = first_weight();
    cvr_mat X = {10, 1, 10, CVR_DOUBLE, cvr_cpu(), x};
    cvr_mat Y = {10, 1, 10, CVR_DOUBLE, cvr_cpu(), y};
    cvr_dataset *data = NULL;
    for (int i = 0; i < 10; i++)
        x[i] = 2, y[i] = 1;
    assert_int_equal(CVR_OK, cvr_dataset_from_matrix(X, Y, CVR_REGRESS, comm, &data));
    assert_int_equal(
        CVR_OK, cvr_dataset_fit_transform(data, CVR_NORMALIZE_NONE, CVR_BIAS_NONE, comm));
    cvr_progress r = solve("sgd", data,
                           "--layers none --batch 4 --momentum 0 --learning-rate 0.03 "
                           "--max-iterations 1");
    for (int k = 0; k < 3; k++)
        w -= 0.03 * gradient_at(w, 0);
    assert_true(fabs(r.objective - (2 * w - 1) * (2 * w - 1) / 2) < 1e-12);
    cvr_dataset_free(data);
}

/* ---- learning --------------------------------------------------------------------- */

static void the_loss_falls(void **state)
{
    (void)state;
    static const char *const losses[] = {"squared", "logistic", "hinge", "softmax"};
    for (int type = 0; type < 2; type++) {
        cvr_dataset *data = generate("glyphs", type, 300, 3);
        for (int i = 0; i < METHODS; i++)
            for (int k = 0; k < 4; k++) {
                char text[128], longer[160];
                snprintf(text, sizeof text, "--layers 20 --loss %s --max-iterations ",
                         losses[k]);
                snprintf(longer, sizeof longer, "%s15", text);
                strcat(text, "1");
                double first = solve(methods[i], data, text).objective;
                double last = solve(methods[i], data, longer).objective;
                if (!(last < 0.5 * first))
                    fail_msg("%s %s: %g after %g", methods[i], longer, last, first);
            }
        cvr_dataset_free(data);
    }
}

static void the_spiral_is_learned(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "--layers 60,40 --max-iterations 300 --batch 32 --learning-rate 3e-3",
        "--layers 60,40 --max-iterations 400 --batch 32 --learning-rate 0.03",
        "--layers 60,40 --max-iterations 600", "--layers 60,40 --max-iterations 600",
        "--layers 60,40 --max-iterations 600"};
    for (int classes = 2; classes < 4; classes++) {
        cvr_dataset *data = generate("spiral", CVR_DOUBLE, 400, classes);
        for (int i = 0; i < METHODS; i++) {
            cvr_progress r = solve(methods[i], data, texts[i]);
            if (!(r.train.accuracy > 0.95))
                fail_msg("%s, %d classes: %g, %g", methods[i], classes, r.train.accuracy,
                         r.objective);
        }
        cvr_dataset_free(data);
    }
}

static void the_teacher_is_learned(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "--layers 40 --max-iterations 150 --batch 32 --learning-rate 3e-3",
        "--layers 40 --max-iterations 150 --batch 32", "--layers 40 --max-iterations 300",
        "--layers 40 --max-iterations 300", "--layers 40 --max-iterations 300"};
    cvr_dataset *data = generate("teacher", CVR_DOUBLE, 500, 0);
    for (int i = 0; i < METHODS; i++) {
        cvr_progress r = solve(methods[i], data, texts[i]);
        if (!(r.train.r2 > 0.98))
            fail_msg("%s: r2 %g", methods[i], r.train.r2);
    }
    cvr_dataset_free(data);
}

/* ---- stopping and going on -------------------------------------------------------- */

static void a_run_repeats_bit_for_bit(void **state)
{
    (void)state;
    cvr_dataset *data = generate("glyphs", CVR_SINGLE, 200, 2);
    for (int i = 0; i < METHODS; i++) {
        const char *text = "--layers 10,5 --max-iterations 8 --seed 3";
        cvr_progress a = solve(methods[i], data, text), b = solve(methods[i], data, text);
        cvr_progress other =
            solve(methods[i], data, "--layers 10,5 --max-iterations 8 --seed 4");
        assert_memory_equal(&a.objective, &b.objective, sizeof a.objective);
        assert_memory_equal(&a.train.loss, &b.train.loss, sizeof a.train.loss);
        assert_true(a.objective != other.objective);
    }
    cvr_dataset_free(data);
}

static int stop_at_3(const cvr_progress *p, void *user)
{
    (void)user;
    return p->iterations == 3;
}

static void a_stopped_run_goes_on_as_if_it_had_not_stopped(void **state)
{
    (void)state;
    cvr_dataset *data = generate("glyphs", CVR_DOUBLE, 200, 2);
    for (int i = 0; i < METHODS; i++) {
        const char *text = "--layers 10 --max-iterations 9";
        cvr_progress whole = solve(methods[i], data, text), parts;
        cvr_settings *s = cvr_test_settings(methods[i], text);
        cvr_solver *solver = NULL;
        assert_int_equal(CVR_OK, cvr_solver_new(data, NULL, comm, s, &solver));
        assert_int_equal(CVR_OK, cvr_solver_run(solver, stop_at_3, NULL, &parts));
        assert_int_equal(CVR_STOPPED, parts.outcome);
        assert_int_equal(3, parts.iterations);
        assert_int_equal(CVR_OK, cvr_solver_run(solver, NULL, NULL, &parts));
        assert_int_equal(whole.iterations, parts.iterations);
        assert_true(whole.iterations > 3);
        assert_memory_equal(&whole.objective, &parts.objective, sizeof whole.objective);
        cvr_solver_free(solver);
        cvr_settings_free(s);
    }
    cvr_dataset_free(data);
}

/* A regularised linear model is strictly convex: all come to the same point, and
   the gradient says when. */
static void a_small_gradient_is_convergence(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "--batch 1000 --learning-rate 0.02 --max-iterations 20000",
        "--batch 1000 --learning-rate 0.2 --max-iterations 20000", "", "", ""};
    cvr_dataset *data = rows_of(80, 4, 2, true);
    double objective[METHODS];
    for (int i = 0; i < METHODS; i++) {
        char text[256];
        snprintf(
            text, sizeof text,
            "--layers none --weight-decay 0.1 --tolerance 1e-7 --measure-every 1%s%s",
            *texts[i] ? " " : "", texts[i]);
        cvr_progress r = solve(methods[i], data, text);
        if (r.outcome != CVR_CONVERGED || !(r.dual_residual <= 1e-7))
            fail_msg("%s: %s at %g", methods[i], cvr_outcome_name(r.outcome),
                     r.dual_residual);
        objective[i] = r.objective;
        assert_true(fabs(objective[i] - objective[0]) < 1e-10);
    }
    cvr_dataset_free(data);
}

/* Single precision cannot follow a line for ever. */
static void a_stuck_line_search_says_so(void **state)
{
    (void)state;
    cvr_dataset *data = generate("teacher", CVR_SINGLE, 100, 0);
    for (int i = 2; i < METHODS; i++) {
        cvr_progress r = solve(methods[i], data,
                               "--layers 5 --tolerance 0 --precision single "
                               "--max-iterations 100000 --time-limit 30");
        assert_int_equal(CVR_STOPPED, r.outcome);
        assert_non_null(strstr(r.note, "no lower point"));
        assert_non_null(strstr(r.note, "--precision double"));
    }
    cvr_dataset_free(data);
}

/* ---- small and broken problems ---------------------------------------------------- */

static void one_sample_is_enough(void **state)
{
    (void)state;
    for (int type = 0; type < 2; type++) {
        cvr_dataset *data = generate("teacher", type, 1, 0);
        for (int i = 0; i < METHODS; i++) {
            cvr_progress r = solve(methods[i], data, "--layers 1,3 --max-iterations 200");
            assert_true(isfinite(r.objective));
        }
        cvr_dataset_free(data);
    }
}

static void no_loss_hides_nan(void **state)
{
    (void)state;
    static const char *const losses[] = {"squared", "logistic", "hinge", "softmax"};
    cvr_dataset *data = rows_of(20, 3, 3, true);
    for (int k = 0; k < 4; k++) {
        char text[64];
        double phases[CVR_PHASES] = {0}, value = 0;
        snprintf(text, sizeof text, "--layers 4 --loss %s", losses[k]);
        cvr_settings *s = cvr_test_settings("adam", text);
        cvr_problem problem = pose(data, s, phases);
        cvr_mlp n = {0};
        cvr_workspace w;
        open_net(&problem, &n, &w);
        cvr_set(n.layers[1].W, 2, 1, NAN);
        assert_int_equal(CVR_OK, cvr_mlp_objective(&n, true, &value));
        assert_true(isnan(value));
        cvr_workspace_free(&w);
        cvr_settings_free(s);
    }
    cvr_dataset_free(data);
}

static void weights_that_overflow_are_divergence(void **state)
{
    (void)state;
    static const char *const texts[] = {"--learning-rate 1e200", "--learning-rate 1e200",
                                        "--first-step 1e200", "--first-step 1e200"};
    cvr_dataset *data = rows_of(30, 3, 2, true);
    for (int i = 0; i < 2; i++) {
        char text[128];
        snprintf(text, sizeof text, "--layers 4,4 --max-iterations 5 %s", texts[i]);
        cvr_progress r = solve(methods[i], data, text);
        assert_int_equal(CVR_DIVERGED, r.outcome);
        assert_non_null(strstr(r.note, "not finite"));
    }
    for (int i = 2; i < 4; i++) { /* a line search may also come back from there */
        char text[128];
        snprintf(text, sizeof text, "--layers 4,4 --max-iterations 5 %s", texts[i]);
        cvr_progress r = solve(methods[i], data, text);
        assert_true(r.outcome == CVR_DIVERGED || isfinite(r.objective));
    }
    cvr_dataset_free(data);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    static const struct {
        int classes;
        const char *text, *sentence;
    } cases[] = {
        {2, "--layers 0", "layers '0'"},
        {2, "--layers 5,", "layers '5,'"},
        {2, "--layers 5,-3", "layers '5,-3'"},
        {2, "--layers 5;3", "layers '5;3'"},
        {2, "--layers 99999999999999999999", "from 1 to 1000000"},
        {2,
         "--layers "
         "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
         "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1",
         "at most 63"},
        {2, "--loss softmax", "three classes or more"},
        {0, "--loss hinge", "loss hinge is for classes"},
        {0, "--loss softmax", "loss softmax is for classes"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        for (int i = 0; i < METHODS; i++) {
            cvr_dataset *data = rows_of(10, 3, cases[k].classes, true);
            cvr_settings *s = cvr_test_settings(methods[i], cases[k].text);
            cvr_solver *solver = NULL;
            assert_int_equal(CVR_USAGE, cvr_solver_new(data, NULL, comm, s, &solver));
            if (!strstr(cvr_last_error(), cases[k].sentence))
                fail_msg("%s: %s", cases[k].text, cvr_last_error());
            assert_null(solver);
            cvr_settings_free(s);
            cvr_dataset_free(data);
        }
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    cvr_dataset *data = rows_of(30, 3, 2, true);
    for (int i = 0; i < METHODS; i++) {
        cvr_status status = CVR_NO_MEMORY;
        int64_t nth = 1;
        for (; status == CVR_NO_MEMORY; nth++) {
            cvr_settings *s = cvr_test_settings(methods[i], "--layers 4,3");
            cvr_solver *solver = NULL;
            cvr_alloc_fail_at(nth);
            status = cvr_solver_new(data, NULL, comm, s, &solver);
            cvr_alloc_fail_at(0);
            assert_true((status == CVR_OK) == (solver != NULL));
            cvr_solver_free(solver);
            cvr_settings_free(s);
            assert_true(nth < 1000);
        }
        assert_int_equal(CVR_OK, status);
        assert_true(nth > 10);
    }
    cvr_dataset_free(data);
}

/* An epoch takes no memory. */
static void a_step_allocates_nothing(void **state)
{
    (void)state;
    cvr_dataset *data = rows_of(30, 3, 2, true);
    for (int i = 0; i < METHODS; i++) {
        cvr_settings *s = cvr_test_settings(methods[i], i < 2 ? "--layers 4,3 --batch 7"
                                                              : "--layers 4,3");
        double phases[CVR_PHASES] = {0};
        cvr_problem problem = pose(data, s, phases);
        const cvr_method *method = cvr_method_named(methods[i]);
        cvr_workspace w;
        void *own = calloc(1, method->state_size);
        cvr_workspace_init(&w, problem.X.device, problem.X.type, "a test");
        assert_int_equal(CVR_OK, method->pose(own, &problem));
        assert_int_equal(CVR_OK, method->lay_out(own, &w));
        assert_int_equal(CVR_OK, cvr_workspace_take(&w, comm));
        assert_int_equal(CVR_OK, method->start(own));
        cvr_alloc_fail_at(0);
        assert_int_equal(CVR_OK, method->step(own));
        assert_int_equal(0, cvr_alloc_fail_at(0));
        if (method->teardown)
            method->teardown(own);
        cvr_workspace_free(&w);
        free(own);
        cvr_settings_free(s);
    }
    cvr_dataset_free(data);
}

static void methods_are_added_once(void **state)
{
    (void)state;
    int count = 0;
    while (cvr_method_at(count))
        count++;
    cvr_baselines_register();
    assert_non_null(cvr_method_at(count - 1));
    assert_null(cvr_method_at(count));
    for (int i = 0; i < METHODS; i++)
        assert_non_null(cvr_method_find(methods[i]));
}

static int open_comm(void **state)
{
    (void)state;
    cvr_baselines_register();
    return cvr_comm_open("serial", &comm);
}

static int close_comm(void **state)
{
    (void)state;
    cvr_comm_free(comm);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gradient_is_that_of_finite_differences),
        cmocka_unit_test(blocks_add_up),
        cmocka_unit_test(units_of_the_targets_do_not_matter),
        cmocka_unit_test(a_free_bias_takes_up_the_units),
        cmocka_unit_test(no_decay_on_a_free_bias),
        cmocka_unit_test(linear_is_at_the_optimum),
        cmocka_unit_test(classes_apart_need_a_ridge),
        cmocka_unit_test(targets_are_left_alone_where_asked),
        cmocka_unit_test(far_targets_are_learned),
        cmocka_unit_test(the_model_computes_the_same_outputs),
        cmocka_unit_test(adam_takes_the_steps_of_its_paper),
        cmocka_unit_test(adam_begins_with_a_step_of_the_learning_rate),
        cmocka_unit_test(sgd_keeps_a_part_of_the_last_step),
        cmocka_unit_test(a_cosine_takes_the_learning_rate_to_0),
        cmocka_unit_test(minimisers_find_the_minimum_of_a_quadratic),
        cmocka_unit_test(a_batch_larger_than_the_data_is_all_of_it),
        cmocka_unit_test(a_short_last_batch_has_its_own_mean),
        cmocka_unit_test(the_loss_falls),
        cmocka_unit_test(the_spiral_is_learned),
        cmocka_unit_test(the_teacher_is_learned),
        cmocka_unit_test(a_run_repeats_bit_for_bit),
        cmocka_unit_test(a_stopped_run_goes_on_as_if_it_had_not_stopped),
        cmocka_unit_test(a_small_gradient_is_convergence),
        cmocka_unit_test(a_stuck_line_search_says_so),
        cmocka_unit_test(one_sample_is_enough),
        cmocka_unit_test(no_loss_hides_nan),
        cmocka_unit_test(weights_that_overflow_are_divergence),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(a_step_allocates_nothing),
        cmocka_unit_test(methods_are_added_once),
    };
    return cmocka_run_group_tests(tests, open_comm, close_comm);
}

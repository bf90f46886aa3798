/* The deep family: closed forms against brute force, the sweeps as block-coordinate
   descent, fixed points, guards, and networks that learn. */
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
#include "data/dataset.h"
#include "data/from_arrays.h"
#include "deep/deep.h"
#include "deep/ops.h"
#include "linalg/ops.h"
#include "model/model.h"
#include "model/ops.h"
#include "support/classes.h"
#include "support/problem.h"

static cvr_comm *comm;

static cvr_mat new_mat(int64_t rows, int64_t cols)
{
    cvr_mat A = {0};
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, rows, cols, &A));
    return A;
}

static cvr_mat gaussian(int64_t rows, int64_t cols, int stream)
{
    cvr_mat A = new_mat(rows, cols);
    cvr_random_normal(A, 5, (uint32_t)(100 + stream), 0);
    return A;
}

/* ---- closed forms ----------------------------------------------------------------- */

static double relu(double z)
{
    return z > 0 ? z : 0;
}

static double hidden_objective(double z, double a, double m, double g, double b)
{
    return g * (a - relu(z)) * (a - relu(z)) + b * (z - m) * (z - m);
}

/* Over a, m in [-3, 3] and three ratios of g to b, both branches taken. */
static void the_hidden_step_is_the_global_minimum(void **state)
{
    static const double penalties[][2] = {{0.025, 0.005}, {1, 1}, {0.1, 3}};
    (void)state;
    int on = 0, off = 0, sharp = 0;
    for (int k = 0; k < 3 * 31 * 31; k++) {
        double g = penalties[k % 3][0], b = penalties[k % 3][1], least = INFINITY;
        double a = -3 + 0.2 * (k / 3 % 31), m = -3 + 0.2 * (k / 93);
        cvr_mat Z = new_mat(1, 1), M = new_mat(1, 1);
        cvr_set(Z, 0, 0, a);
        cvr_set(M, 0, 0, m);
        cvr_relu_prox(Z, Z, M, g, b);
        double z = cvr_get(Z, 0, 0), at = hidden_objective(z, a, m, g, b);
        for (int i = 0; i <= 8000; i++) {
            double tried = hidden_objective(-4 + 1e-3 * i, a, m, g, b);
            least = tried < least ? tried : least;
        }
        assert_true(at <= least + 1e-12 && at >= least - 1e-5);
        on += z > 0;
        off += z < 0;
        sharp += z > 0 && m < 0; /* climbs over the ridge between the branches */
        cvr_mat_free(&Z);
        cvr_mat_free(&M);
    }
    assert_true(on > 300 && off > 300 && sharp > 30);
}

static double loss_of(const cvr_loss *loss, double z, double y)
{
    if (loss == &cvr_loss_squared)
        return (z - y) * (z - y);
    return y > 0.5 ? relu(1 - z) : relu(z);
}

/* loss + lambda (z - m) + b (z - m)^2 on a grid; labels 1 and 0; kinks at 0 and 1. */
static void the_top_step_is_the_minimum(void **state)
{
    static const double bs[] = {0.05, 0.5, 2};
    (void)state;
    int kinks = 0;
    cvr_mat Z = new_mat(1, 1), T = new_mat(1, 1), U = new_mat(1, 1), M = new_mat(1, 1);
    cvr_mat Y = new_mat(1, 1);
    for (int k = 0; k < 3 * 2 * 2 * 3 * 41; k++) {
        const cvr_loss *loss = k % 2 ? &cvr_loss_hinge : &cvr_loss_squared;
        double y = k / 2 % 2, b = bs[k / 4 % 3], lambda = -0.4 + 0.4 * (k / 12 % 3);
        double m = -2 + 0.1 * (k / 36), least = INFINITY;
        cvr_set(M, 0, 0, m);
        cvr_set(Y, 0, 0, y);
        cvr_set(U, 0, 0, lambda / (2 * b));
        cvr_deep_top_step(&(cvr_deep_top){loss, k % 2 ? 1 : 2, b, CVR_MULTIPLIER_FULL}, Z,
                          T, U, M, Y);
        double z = cvr_get(Z, 0, 0);
        double at = loss_of(loss, z, y) + lambda * (z - m) + b * (z - m) * (z - m);
        for (int i = 0; i <= 60000; i++) {
            double x = -30 + 1e-3 * i, d = x - m;
            double tried = loss_of(loss, x, y) + lambda * d + b * d * d;
            least = tried < least ? tried : least;
        }
        assert_true(at <= least + 1e-12 && at >= least - 1e-4);
        assert_true(fabs(cvr_get(T, 0, 0) - z - lambda / (2 * b)) < 1e-14);
        assert_true(fabs(cvr_get(U, 0, 0) - lambda / (2 * b) - z + m) < 1e-13);
        kinks += k % 2 && z == y;
    }
    assert_true(kinks > 50);
    cvr_mat *all[] = {&Z, &T, &U, &M, &Y};
    for (int i = 0; i < 5; i++)
        cvr_mat_free(all[i]);
}

/* phi = log sum exp z - y'z + b |z - v|^2 of a row. */
static double phi(cvr_mat Z, cvr_mat V, cvr_mat Y, int64_t i, double b)
{
    cvr_mat z = cvr_mat_part(Z, i, 0, 1, Z.cols), v = cvr_mat_part(V, i, 0, 1, V.cols);
    return cvr_softmax_loss(z, cvr_mat_part(Y, i, 0, 1, Y.cols)) +
           b * cvr_distance2(z, v);
}

/* The gradient is zero, also where undamped Newton steps diverge: small b, large v. */
static void the_softmax_step_is_the_minimum(void **state)
{
    static const double bs[] = {1e-4, 0.0024, 0.05, 1, 30}, sizes[] = {0.1, 1, 30, 300};
    enum { ROWS = 20, C = 7 };
    (void)state;
    cvr_mat V = gaussian(ROWS, C, 1), Z = new_mat(ROWS, C), Y = new_mat(ROWS, C);
    for (int i = 0; i < ROWS; i++)
        cvr_set(Y, i, i % C, 1);
    for (int k = 0; k < 20; k++) {
        double b = bs[k % 5], size = sizes[k / 5];
        cvr_axpby(Z, size, V, 0);
        cvr_softmax_prox(Z, Y, b);
        for (int i = 0; i < ROWS; i++) {
            double high = -INFINITY, sum = 0;
            for (int j = 0; j < C; j++)
                high = fmax(high, cvr_get(Z, i, j));
            for (int j = 0; j < C; j++)
                sum += exp(cvr_get(Z, i, j) - high);
            for (int j = 0; j < C; j++) {
                double p = exp(cvr_get(Z, i, j) - high) / sum,
                       v = size * cvr_get(V, i, j);
                double slope = p - cvr_get(Y, i, j) + 2 * b * (cvr_get(Z, i, j) - v);
                assert_true(fabs(slope) < 1e-9);
            }
        }
    }
    cvr_copy(Z, V);
    cvr_softmax_prox(Z, Y, 0.05);
    for (int i = 0; i < ROWS; i++) { /* brute force: no neighbour is lower */
        double at = phi(Z, V, Y, i, 0.05);
        for (int k = 0; k < 200; k++) {
            cvr_mat near = gaussian(ROWS, C, 50 + k);
            cvr_axpby(near, 1, Z, k % 2 ? 1e-3 : 1);
            assert_true(phi(near, V, Y, i, 0.05) >= at);
            cvr_mat_free(&near);
        }
    }
    cvr_set(Z, 3, 3, NAN);
    cvr_softmax_prox(Z, Y, 0.05);
    assert_true(isnan(cvr_get(Z, 3, 0)) && !isnan(cvr_get(Z, 4, 0)));
    cvr_mat_free(&V);
    cvr_mat_free(&Z);
    cvr_mat_free(&Y);
}

/* lambda = -loss'(z): bounded by the loss's Lipschitz constant. */
static void the_multiplier_is_minus_the_slope_of_the_loss(void **state)
{
    enum { ROWS = 200, C = 3 };
    (void)state;
    cvr_mat M = gaussian(ROWS, C, 1), U = gaussian(ROWS, C, 2), Z = new_mat(ROWS, C);
    cvr_mat Y = new_mat(ROWS, C);
    double b = 0.3;
    for (int i = 0; i < ROWS; i++)
        cvr_set(Y, i, i % C, 1);
    for (int k = 0; cvr_losses[k]; k++) {
        bool squared = cvr_losses[k] == &cvr_loss_squared;
        if (!cvr_losses[k]->prox)
            continue;
        cvr_deep_top_step(
            &(cvr_deep_top){cvr_losses[k], squared ? 2 : 1, b, CVR_MULTIPLIER_PAPER}, Z,
            Z, U, M, Y);
        for (int i = 0; i < ROWS; i++)
            for (int j = 0; j < C; j++) {
                double lambda = 2 * b * cvr_get(U, i, j), z = cvr_get(Z, i, j);
                double y = cvr_get(Y, i, j);
                if (squared)
                    assert_true(fabs(lambda + 2 * (z - y)) < 1e-12);
                else if (cvr_losses[k] == &cvr_loss_hinge && z != y)
                    assert_true(fabs(lambda - (y > 0.5 ? z < 1 : -(z > 0))) < 1e-12);
                assert_true(squared || fabs(lambda) <= 1 + 1e-12);
            }
    }
    cvr_mat *all[] = {&M, &U, &Z, &Y};
    for (int i = 0; i < 4; i++)
        cvr_mat_free(all[i]);
}

/* ---- a method without its driver -------------------------------------------------- */

extern const cvr_method cvr_deep_refresh, cvr_deep_paper;

typedef struct bench {
    const cvr_method *method;
    cvr_dataset *data;
    cvr_settings *settings;
    cvr_problem problem;
    double phases[CVR_PHASES];
    cvr_workspace workspace;
    cvr_deep *deep; /* the state begins with it */
} bench;

/* Values to fit, widths 5 and 4, no ridge; U: the first multiplier, or {0}. */
static void open_bench(bench *b, const cvr_method *method, const char *multiplier,
                       cvr_mat U)
{
    memset(b, 0, sizeof *b);
    b->method = method;
    b->data = cvr_test_data(comm, CVR_DOUBLE, 60, 4, 2);
    b->settings = cvr_test_settings(
        "deep", "--layers 5,4 --block 16 --ridge 0 --penalty-top 0.7 --warm 0 "
                "--penalty-activation 0.5 --penalty-weights 0.2 --init-scale 1");
    assert_int_equal(CVR_OK, cvr_settings_set(b->settings, "multiplier", multiplier));
    b->problem = (cvr_problem){.X = b->data->X,
                               .Y = b->data->Y,
                               .rows = b->data->rows,
                               .train = b->data,
                               .comm = comm,
                               .settings = b->settings,
                               .seed = 3,
                               .phases = b->phases};
    b->deep = calloc(1, method->state_size);
    assert_int_equal(CVR_OK, method->pose(b->deep, &b->problem));
    cvr_workspace_init(&b->workspace, b->problem.X.device, CVR_DOUBLE, "a test");
    assert_int_equal(CVR_OK, method->lay_out(b->deep, &b->workspace));
    assert_int_equal(CVR_OK, cvr_workspace_take(&b->workspace, comm));
    if (U.device)
        cvr_copy(b->deep->U, U);
    assert_int_equal(CVR_OK, method->start(b->deep));
}

static void close_bench(bench *b)
{
    cvr_workspace_free(&b->workspace);
    free(b->deep);
    cvr_settings_free(b->settings);
    cvr_dataset_free(b->data);
}

/* (b W'W + g I)^{-1} (b W'z + g h), a sample a column, as the paper prints it. */
static void the_a_step_is_the_papers_formula(void **state)
{
    (void)state;
    bench b;
    open_bench(&b, &cvr_deep_refresh, "none", (cvr_mat){0});
    const cvr_deep_layer *up = &b.deep->network.layers[1];
    double beta = up->b, gamma = b.deep->network.layers[0].g;
    int64_t n = 9, units = 5;
    cvr_mat H = gaussian(n, units + 1, 1), Z = gaussian(n, up->out, 2);
    cvr_mat E = new_mat(n, up->out), A = new_mat(n, units), K = new_mat(units, units);
    cvr_mat right = new_mat(units, n), V = cvr_mat_part(up->V, 0, 0, units, up->out);
    cvr_fill(cvr_mat_cols(H, units, 1), 1);
    cvr_copy(E, Z);
    cvr_gemm(E, -1, CVR_N, H, CVR_N, up->V, 1);
    cvr_copy(A, cvr_mat_cols(H, 0, units));
    cvr_gemm(A, 1, CVR_N, E, CVR_N, up->P, 1);
    /* z without the bias: W h is what is left of m */
    cvr_gemm(Z, -1, CVR_N, cvr_mat_cols(H, units, 1), CVR_N,
             cvr_mat_part(up->V, units, 0, 1, up->out), 1);
    cvr_gram(K, beta, CVR_N, V, 0);
    cvr_add_diag(K, gamma);
    assert_int_equal(CVR_OK, cvr_potrf(K));
    cvr_transpose(right, cvr_mat_cols(H, 0, units));
    cvr_gemm(right, beta, CVR_N, V, CVR_T, Z, gamma);
    cvr_potrs(K, right);
    cvr_mat printed = new_mat(n, units);
    cvr_transpose(printed, right);
    assert_true(cvr_distance2(A, printed) < 1e-24 * cvr_dot(A, A));
    cvr_mat *all[] = {&H, &Z, &E, &A, &K, &right, &printed};
    for (int i = 0; i < 7; i++)
        cvr_mat_free(all[i]);
    close_bench(&b);
}

/* U = lambda / (2 b_L) with lambda = -l'(z_L), where z_L is from the first weights. */
static cvr_mat multiplier_at_start(const cvr_method *method)
{
    bench b;
    cvr_progress p = {0};
    cvr_mat F, U = new_mat(60, 2);
    open_bench(&b, method, "none", (cvr_mat){0});
    assert_int_equal(CVR_OK, method->measure(b.deep, &p, &F));
    cvr_copy(U, b.deep->targets.Y);
    cvr_axpby(U, -1 / b.deep->top.b, b.deep->F, 1 / b.deep->top.b);
    close_bench(&b);
    return U;
}

/* |change| / |weights| of one iteration from a feasible network with that multiplier. */
static double movement(const cvr_method *method, const char *multiplier)
{
    bench b;
    cvr_mat U = multiplier_at_start(method);
    open_bench(&b, method, multiplier, U);
    assert_true(sqrt(cvr_distance2(b.deep->U, U)) < 1e-10 * sqrt(cvr_dot(U, U)));
    double change2 = 0;
    for (int k = 0; k < 5; k++) {
        assert_int_equal(CVR_OK, method->step(b.deep));
        change2 += b.deep->network.fit.change2;
    }
    double moved = sqrt(change2 / b.deep->network.fit.size2 / 5);
    cvr_mat_free(&U);
    close_bench(&b);
    return moved;
}

static void the_papers_multiplier_freezes_every_network(void **state)
{
    (void)state;
    assert_true(movement(&cvr_deep_paper, "paper") < 1e-9);
    assert_true(movement(&cvr_deep_refresh, "paper") < 1e-9);
}

static void the_full_multiplier_moves_it(void **state)
{
    (void)state;
    assert_true(movement(&cvr_deep_paper, "full") > 1e-3);
    assert_true(movement(&cvr_deep_refresh, "full") > 1e-3);
}

/* ---- descent ---------------------------------------------------------------------- */

typedef struct fall {
    double last;
    int64_t count;
} fall;

static int must_fall(const cvr_progress *p, void *user)
{
    fall *f = user;
    if (!(p->objective <= f->last + 1e-9 * fabs(f->last)))
        fail_msg("iteration %d: the objective rises from %.15g to %.15g",
                 (int)p->iterations, f->last, p->objective);
    f->last = p->objective;
    f->count++;
    return 0;
}

/* The paper's order is exact block-coordinate descent when lambda = 0 and ridge = 0. */
static void without_a_multiplier_the_objective_never_rises(void **state)
{
    static const char *const texts[] = {
        "--loss hinge",
        "--loss squared",
        "--loss hinge --damping 0.3",
        "--loss softmax",
        "--loss squared --init gaussian",
        "--penalty-top 1 --penalty-activation 10 --penalty-weights 0.1 --init gaussian"};
    (void)state;
    for (int classes = 2; classes <= 3; classes++)
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
            char text[256];
            fall f = {INFINITY, 0};
            cvr_progress result;
            cvr_solver *solver = NULL;
            snprintf(text, sizeof text,
                     "--sweep paper --multiplier none --ridge 0 --layers 6,5 "
                     "--max-iterations 40 --measure-every 1 --tolerance 0 %s",
                     texts[i]);
            cvr_dataset *data = cvr_test_classes(comm, CVR_DOUBLE, 0, 150, 3, classes);
            cvr_settings *s = cvr_test_settings("deep", text);
            assert_int_equal(CVR_OK, cvr_solver_new(data, NULL, comm, s, &solver));
            assert_int_equal(CVR_OK, cvr_solver_run(solver, must_fall, &f, &result));
            assert_int_equal(40, f.count);
            cvr_solver_free(solver);
            cvr_settings_free(s);
            cvr_dataset_free(data);
        }
}

/* ---- learning --------------------------------------------------------------------- */

typedef struct lesson {
    const char *text;
    int classes;
    double accuracy;
} lesson;

static const lesson lessons[] = {
    {"--layers 20,10", 2, 0.95},
    {"--layers 20,10 --loss squared", 2, 0.95},
    {"--layers 20,10 --loss softmax", 2, 0.95},
    {"--layers 20,10 --multiplier none --loss squared", 2, 0.9},
    {"--layers 20,10 --sweep paper --max-iterations 100", 2, 0.85},
    {"--layers 20,10 --warm 5", 2, 0.95},
    {"--layers 20 --penalty-top 0.5", 2, 0.95},
    {"--layers 20,10 --penalty-top 0.5", 3, 0.95},
    {"--layers 20,10 --loss squared", 3, 0.9},
    {"--layers 20,10 --loss softmax", 3, 0.95},
};

/* In both precisions; and the outputs that the method has at hand are the model's. */
static void networks_learn(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lessons / sizeof *lessons; i++)
        for (int type = 0; type < 2; type++) {
            const lesson *l = &lessons[i];
            cvr_dataset *data =
                cvr_test_classes(comm, (cvr_type)type, 0, 600, 2, l->classes);
            cvr_test_training t = cvr_test_train("deep", data, NULL, comm, l->text);
            if (!(t.result.train.accuracy >= l->accuracy))
                fail_msg("%s, %d classes, type %d: accuracy %g", l->text, l->classes,
                         type, t.result.train.accuracy);
            cvr_model m = {0};
            cvr_score score;
            assert_int_equal(CVR_OK, cvr_solver_model(t.solver, &m));
            assert_int_equal(CVR_OK, cvr_model_score(&m, data, comm, &score));
            assert_int_equal(m.outputs, l->classes == 2 ? 1 : l->classes);
            assert_true(fabs(score.accuracy - t.result.train.accuracy) <=
                        (type ? 2.0 / 600 : 0));
            assert_true(fabs(score.loss - t.result.train.loss) <=
                        (type ? 1e-3 : 1e-9) * score.loss);
            cvr_model_free(&m);
            cvr_test_trained(&t);
            cvr_dataset_free(data);
        }
}

/* |objective - other| / |objective| after some iterations with other threads. */
static double apart(const cvr_dataset *data, const char *text, int threads, int others)
{
    double objective[2];
    for (int k = 0; k < 2; k++) {
        char all_of_it[256];
        snprintf(all_of_it, sizeof all_of_it, "%s --max-iterations 12 --threads %d", text,
                 k ? others : threads);
        cvr_test_training t = cvr_test_train("deep", data, data, comm, all_of_it);
        objective[k] = t.result.objective;
        cvr_test_trained(&t);
    }
    return fabs(objective[1] - objective[0]) / fabs(objective[0]);
}

/* More threads than rows are worth, and blocks that end within a thread's rows. */
static void any_number_of_threads_finds_the_same_objective(void **state)
{
    static const char *const texts[] = {"--layers 8,5", "--layers 40 --block 50",
                                        "--layers 8,5 --sweep paper --multiplier full",
                                        "--layers 6,5 --ridge 1e-4"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (int type = 0; type < 2; type++) {
            cvr_dataset *data = cvr_test_classes(comm, (cvr_type)type, 0, 203, 4, 3);
            for (int threads = 2; threads < 40; threads += 9)
                if (!(apart(data, texts[i], 1, threads) <= (type ? 1e-3 : 1e-10)))
                    fail_msg("%s, type %d, %d threads: %g apart", texts[i], type, threads,
                             apart(data, texts[i], 1, threads));
            assert_true(apart(data, texts[i], 3, 3) == 0);
            cvr_dataset_free(data);
        }
}

static void values_are_fitted(void **state)
{
    (void)state;
    cvr_dataset *data = cvr_test_data(comm, CVR_DOUBLE, 400, 4, 2);
    cvr_test_training t =
        cvr_test_train("deep", data, NULL, comm, "--layers 20,10 --max-iterations 100");
    assert_true(t.result.train.r2 > 0.7);
    cvr_test_trained(&t);
    cvr_dataset_free(data);
}

static const char *const restless =
    "--layers 15,10 --max-iterations 40 --penalty-top 0.05 --ridge-halving 0";

/* Of a run, with or without test rows. */
static void train_restless(const cvr_dataset *data, const cvr_dataset *test,
                           const char *more, cvr_progress *result, cvr_model *m)
{
    char text[256];
    snprintf(text, sizeof text, "%s %s", restless, more);
    cvr_test_training t = cvr_test_train("deep", data, test, comm, text);
    assert_int_equal(CVR_OK, cvr_solver_model(t.solver, m));
    *result = t.result;
    cvr_test_trained(&t);
}

static bool same_weights(const cvr_model *a, const cvr_model *b)
{
    bool same = true;
    for (int l = 0; l < a->depth; l++)
        same = same && cvr_distance2(a->layers[l].W, b->layers[l].W) == 0 &&
               cvr_distance2(a->layers[l].b, b->layers[l].b) == 0;
    return same;
}

/* Test rows are looked at and choose nothing. */
static void test_rows_do_not_choose(void **state)
{
    (void)state;
    cvr_dataset *data = cvr_test_classes(comm, CVR_DOUBLE, 0, 200, 4, 2);
    cvr_dataset *test = cvr_test_classes(comm, CVR_DOUBLE, 200, 300, 4, 2);
    cvr_progress with, without;
    cvr_model a = {0}, b = {0};
    cvr_score on_test;
    train_restless(data, test, "", &with, &a);
    train_restless(data, NULL, "", &without, &b);
    assert_true(same_weights(&a, &b));
    assert_true(with.train.accuracy == without.train.accuracy);
    assert_true(with.objective == without.objective);
    assert_int_equal(CVR_OK, cvr_model_score(&a, test, comm, &on_test));
    assert_true(on_test.accuracy == with.test.accuracy);
    cvr_model_free(&a);
    cvr_model_free(&b);
    cvr_dataset_free(test);
    cvr_dataset_free(data);
}

static int never_falls(const cvr_progress *p, void *user)
{
    double *last = user;
    assert_true(p->test.accuracy >= *last);
    *last = p->test.accuracy;
    return 0;
}

/* The rows that --validation holds out: the same draw from the same seed. */
static void split(const cvr_dataset *data, double amount, cvr_dataset **rest,
                  cvr_dataset **held)
{
    assert_int_equal(CVR_OK, cvr_dataset_copy(data, comm, rest));
    assert_int_equal(CVR_OK, cvr_dataset_split(*rest, amount, 1, comm, held));
}

/* The model is the best of those measured on training rows held out; every figure is that
   model's. */
static void rows_held_out_choose_the_iteration(void **state)
{
    (void)state;
    cvr_dataset *data = cvr_test_classes(comm, CVR_DOUBLE, 0, 300, 4, 2);
    cvr_dataset *rest = NULL, *held = NULL;
    char text[256];
    cvr_solver *solver = NULL;
    cvr_progress result;
    cvr_model m = {0};
    cvr_score on_rest, on_held;
    double last = 0;
    split(data, 120, &rest, &held);
    snprintf(text, sizeof text, "%s --validation 120", restless);
    cvr_settings *s = cvr_test_settings("deep", text);
    assert_int_equal(CVR_OK, cvr_solver_new(data, held, comm, s, &solver));
    assert_int_equal(CVR_OK, cvr_solver_run(solver, never_falls, &last, &result));
    assert_int_equal(CVR_OK, cvr_solver_model(solver, &m));
    assert_int_equal(CVR_OK, cvr_model_score(&m, rest, comm, &on_rest));
    assert_int_equal(CVR_OK, cvr_model_score(&m, held, comm, &on_held));
    assert_int_equal(180, result.rows);
    assert_true(on_rest.accuracy == result.train.accuracy);
    assert_true(fabs(on_rest.loss - result.train.loss) <= 1e-9 * on_rest.loss);
    assert_true(on_held.accuracy == result.test.accuracy);
    assert_non_null(strstr(result.note, "the best on 120 training rows held out"));
    cvr_model_free(&m);
    cvr_solver_free(solver);
    cvr_settings_free(s);
    cvr_dataset_free(held);
    cvr_dataset_free(rest);
    cvr_dataset_free(data);
}

/* ---- units of the targets --------------------------------------------------------- */

/* A free bias: y + c is fitted as y is, and s y as y is, with an objective s^2 as large;
   outputs of the saved network are in the user's units. */
static void units_of_the_targets_do_not_matter(void **state)
{
    static const struct {
        double scale, shift;
    } units[] = {{1, 1000}, {1e6, 0}, {1e6, 1e9}, {1e-6, 3}, {1e-120, 0}}; /* single: 3 */
    static const char *const texts[] = {"--layers 12,8", "--layers none",
                                        "--layers 12,8 --sweep paper --multiplier none",
                                        "--layers 12,8 --validation 0.2"};
    (void)state;
    for (int type = 0; type < 2; type++)
        for (int k = 0; k < 4; k++)
            for (size_t i = 0; i < sizeof units / sizeof *units - (type ? 2 : 0); i++) {
                double s = units[i].scale, near = type ? 1e-3 : 1e-6;
                cvr_dataset *a = cvr_test_free(comm, (cvr_type)type, 200, 5, 2, 1, 0);
                cvr_dataset *b =
                    cvr_test_free(comm, (cvr_type)type, 200, 5, 2, s, units[i].shift);
                cvr_test_training one = cvr_test_train("deep", a, NULL, comm, texts[k]);
                cvr_test_training two = cvr_test_train("deep", b, NULL, comm, texts[k]);
                cvr_model m = {0};
                cvr_score score;
                assert_int_equal(CVR_OK, cvr_solver_model(two.solver, &m));
                assert_int_equal(CVR_OK, cvr_model_score(&m, b, comm, &score));
                if (!(fabs(two.result.train.r2 - one.result.train.r2) <= near))
                    fail_msg("%s, y %g y + %g, type %d: r2 %g and %g", texts[k], s,
                             units[i].shift, type, one.result.train.r2,
                             two.result.train.r2);
                assert_true(one.result.train.r2 > 0.3);
                assert_true(k == 3 || fabs(score.r2 - two.result.train.r2) <= near);
                double objective = s * s * one.result.objective;
                assert_true(fabs(two.result.objective - objective) <=
                            100 * near * objective);
                cvr_model_free(&m);
                cvr_test_trained(&one);
                cvr_test_trained(&two);
                cvr_dataset_free(a);
                cvr_dataset_free(b);
            }
}

/* A linear model without a ridge but on its weights: residuals sum to 0 under a free
   bias, and do not under one that the ridge is on. */
static void a_free_bias_has_no_ridge(void **state)
{
    (void)state;
    double sums[2];
    for (int k = 0; k < 2; k++) {
        cvr_dataset *data = k ? cvr_test_data(comm, CVR_DOUBLE, 200, 5, 1)
                              : cvr_test_free(comm, CVR_DOUBLE, 200, 5, 1, 1, 3);
        cvr_test_training t = cvr_test_train("deep", data, NULL, comm,
                                             "--layers none --ridge 0.1 --ridge-halving "
                                             "0 --tolerance 1e-12 --max-iterations 2000");
        cvr_model m = {0};
        cvr_mat F = new_mat(200, 1);
        assert_int_equal(CVR_OK, cvr_solver_model(t.solver, &m));
        assert_int_equal(CVR_OK, cvr_model_forward(&m, data->X, F));
        cvr_axpby(F, -1, data->Y, 1);
        sums[k] = 0;
        for (int64_t i = 0; i < 200; i++)
            sums[k] += cvr_get(F, i, 0) / 200;
        cvr_mat_free(&F);
        cvr_model_free(&m);
        cvr_test_trained(&t);
        cvr_dataset_free(data);
    }
    assert_true(fabs(sums[0]) < 1e-9);
    assert_true(fabs(sums[1]) > 1e-3);
}

/* Bit for bit the same until the ridge first falls, and no longer after. */
static void the_ridge_falls_when_it_is_said_to(void **state)
{
    static const char *const texts[] = {
        "--layers 8 --max-iterations %d --ridge-halving 6 --ridge 0.03",
        "--layers 8 --max-iterations %d --ridge-halving 0 --ridge 0.03",
        "--layers 8 --max-iterations %d --ridge-halving 6 --ridge 0.004",
        "--layers 8 --max-iterations %d --ridge-halving 0 --ridge 0.004"};
    double objectives[4][2];
    (void)state;
    cvr_dataset *data = cvr_test_classes(comm, CVR_DOUBLE, 0, 200, 4, 2);
    for (int i = 0; i < 4; i++)
        for (int late = 0; late < 2; late++) {
            char text[128];
            snprintf(text, sizeof text, texts[i], 6 + late);
            cvr_test_training t = cvr_test_train("deep", data, NULL, comm, text);
            objectives[i][late] = t.result.objective;
            cvr_test_trained(&t);
        }
    assert_true(objectives[0][0] == objectives[1][0]);
    assert_true(objectives[0][1] != objectives[1][1]);
    assert_true(objectives[2][1] == objectives[3][1]);
    cvr_dataset_free(data);
}

/* Sums in another order, and nothing else. */
static void blocks_do_not_matter(void **state)
{
    static const char *const sweeps[] = {"refresh", "paper --init gaussian"};
    (void)state;
    for (int k = 0; k < 2; k++) {
        double objectives[3];
        for (int i = 0; i < 3; i++) {
            char text[128];
            snprintf(text, sizeof text,
                     "--layers 7,5 --max-iterations 10 --block %d --sweep %s",
                     (int[]){1, 17, 4096}[i], sweeps[k]);
            cvr_dataset *data = cvr_test_classes(comm, CVR_DOUBLE, 0, 100, 3, 3);
            cvr_test_training t = cvr_test_train("deep", data, NULL, comm, text);
            objectives[i] = t.result.objective;
            cvr_test_trained(&t);
            cvr_dataset_free(data);
        }
        assert_true(fabs(objectives[1] - objectives[0]) < 1e-8 * fabs(objectives[0]));
        assert_true(fabs(objectives[2] - objectives[0]) < 1e-8 * fabs(objectives[0]));
    }
}

/* ---- corners ---------------------------------------------------------------------- */

static const lesson corners[] = {
    {"--layers 1 --max-iterations 8", 2, 0}, /* one unit may well be dead */
    {"--layers 1,1,1 --max-iterations 8", 2, 0},
    {"--layers 6,4 --max-iterations 8 --sweep paper", 2, 0.7},
    {"--layers 6,4 --max-iterations 8 --ridge 0", 2, 0.7},
    {"--layers 6 --max-iterations 8 --loss softmax", 2, 0.9}};

/* Either separable, or half of the rows in each class and no way to tell. */
static void check_corner(cvr_mat X, cvr_mat Y, bool bias, bool separable)
{
    for (size_t i = 0; i < sizeof corners / sizeof *corners; i++) {
        cvr_dataset *data = NULL;
        assert_int_equal(CVR_OK,
                         cvr_dataset_from_matrix(X, Y, CVR_CLASSIFY, comm, &data));
        assert_int_equal(CVR_OK, cvr_dataset_fit_transform(
                                     data, CVR_NORMALIZE_NONE,
                                     bias ? CVR_BIAS_PENALISED : CVR_BIAS_NONE, comm));
        cvr_test_training t = cvr_test_train("deep", data, NULL, comm, corners[i].text);
        assert_true(t.result.outcome != CVR_DIVERGED && isfinite(t.result.objective));
        double accuracy = t.result.train.accuracy;
        if (separable)
            assert_true(accuracy >= corners[i].accuracy);
        else
            assert_true(accuracy == 0.5);
        assert_true(accuracy >= 0.5 || strstr(t.result.note, "dead"));
        cvr_test_trained(&t);
        cvr_dataset_free(data);
    }
}

static void small_and_degenerate_data_is_no_trouble(void **state)
{
    (void)state;
    cvr_mat X = gaussian(40, 3, 1), Y = new_mat(40, 1), zero = new_mat(40, 3);
    for (int i = 0; i < 40; i++)
        cvr_set(Y, i, 0, cvr_get(X, i, 0) > 0);
    check_corner(X, Y, false, true);
    cvr_fill(cvr_mat_cols(X, 1, 2), 7); /* constant, and twice the same */
    check_corner(X, Y, true, true);
    for (int i = 0; i < 40; i++)
        cvr_set(Y, i, 0, i % 2);
    check_corner(zero, Y, true, false);
    check_corner(cvr_mat_part(X, 0, 0, 2, 3), cvr_mat_part(Y, 0, 0, 2, 1), true, true);
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    cvr_mat_free(&zero);
}

static void one_sample_is_fitted(void **state)
{
    (void)state;
    cvr_mat X = gaussian(1, 3, 1), Y = new_mat(1, 1);
    cvr_dataset *data = NULL;
    cvr_set(Y, 0, 0, 2.5);
    assert_int_equal(CVR_OK, cvr_dataset_from_matrix(X, Y, CVR_REGRESS, comm, &data));
    assert_int_equal(CVR_OK, cvr_dataset_fit_transform(data, CVR_NORMALIZE_NONE,
                                                       CVR_BIAS_PENALISED, comm));
    cvr_test_training t =
        cvr_test_train("deep", data, NULL, comm, "--layers 4,3 --max-iterations 100");
    assert_true(t.result.train.rmse < 0.1);
    cvr_test_trained(&t);
    cvr_dataset_free(data);
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
}

static cvr_progress run_on(cvr_mat X, cvr_mat Y, bool bias, const char *text)
{
    cvr_dataset *data = NULL;
    assert_int_equal(CVR_OK, cvr_dataset_from_matrix(X, Y, CVR_REGRESS, comm, &data));
    assert_int_equal(CVR_OK, cvr_dataset_fit_transform(
                                 data, CVR_NORMALIZE_NONE,
                                 bias ? CVR_BIAS_PENALISED : CVR_BIAS_NONE, comm));
    cvr_test_training t = cvr_test_train("deep", data, NULL, comm, text);
    cvr_test_trained(&t);
    cvr_dataset_free(data);
    return t.result;
}

/* Dead units, raised ridges and what is not finite are said. */
static void guards_are_reported(void **state)
{
    (void)state;
    cvr_mat X = gaussian(30, 4, 1), Y = gaussian(30, 1, 2), zero = new_mat(30, 4);
    cvr_progress p = run_on(zero, Y, false, "--layers 6 --max-iterations 3");
    assert_non_null(strstr(p.note, "6 of 6 hidden units are dead"));
    assert_int_equal(0, p.active_neurons);
    cvr_copy(cvr_mat_cols(X, 1, 1), cvr_mat_cols(X, 0, 1));
    p = run_on(X, Y, true, "--layers 60 --ridge 0 --max-iterations 3");
    assert_non_null(strstr(p.note, "a ridge was raised"));
    assert_true(isfinite(p.objective));
    cvr_random_normal(X, 5, 101, 0);
    p = run_on(X, Y, true,
               "--layers 6 --max-iterations 40 --loss squared --penalty-top 0.02");
    assert_non_null(strstr(p.note, "a larger penalty-top may help"));
    cvr_scale(X, 1e200);
    p = run_on(X, Y, true, "--layers 6 --max-iterations 3");
    assert_int_equal(CVR_DIVERGED, p.outcome);
    assert_non_null(strstr(p.note, "no longer finite"));
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    cvr_mat_free(&zero);
}

/* X'(f - y) = 0. */
static void without_hidden_layers_it_is_least_squares(void **state)
{
    static const char *const texts[] = {
        "--layers none --ridge 0 --tolerance 1e-12 --max-iterations 1000",
        "--layers none --ridge 0 --tolerance 1e-12 --max-iterations 1000 --sweep paper "
        "--multiplier full --penalty-top 1"};
    (void)state;
    cvr_dataset *data = cvr_test_data(comm, CVR_DOUBLE, 40, 3, 2);
    cvr_mat F = {0}, G = {0};
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 40, 2, &F));
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 3, 2, &G));
    for (size_t i = 0; i < 2; i++) {
        cvr_test_training t = cvr_test_train("deep", data, NULL, comm, texts[i]);
        cvr_model m = {0};
        assert_int_equal(CVR_OK, cvr_solver_model(t.solver, &m));
        assert_int_equal(1, m.depth);
        assert_int_equal(0, t.result.active_neurons);
        cvr_gemm(F, 1, CVR_N, cvr_mat_cols(data->X, 0, 2), CVR_T, m.layers[0].W, 0);
        for (int64_t c = 0; c < 2; c++)
            for (int64_t k = 0; k < 40; k++)
                cvr_set(F, k, c, cvr_get(F, k, c) + cvr_get(m.layers[0].b, c, 0));
        cvr_axpby(F, -1, data->Y, 1);
        cvr_gemm(G, 1, CVR_T, data->X, CVR_N, F, 0);
        assert_true(cvr_max_abs(G) < 1e-6);
        cvr_model_free(&m);
        cvr_test_trained(&t);
    }
    cvr_mat_free(&F);
    cvr_mat_free(&G);
    cvr_dataset_free(data);
}

static void layers_are_read_strictly(void **state)
{
    static const char *const wrong[] = {"0",   "10,",   "10,,5", "a",   "10 5",    "-3",
                                        "1e3", "5,0,5", ",5",    "5;5", "99999999"};
    (void)state;
    cvr_dataset *data = cvr_test_classes(comm, CVR_DOUBLE, 0, 20, 2, 2);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cvr_settings *s = cvr_test_settings("deep", "");
        cvr_solver *solver = NULL;
        assert_int_equal(CVR_OK, cvr_settings_set(s, "layers", wrong[i]));
        assert_int_equal(CVR_USAGE, cvr_solver_new(data, NULL, comm, s, &solver));
        assert_non_null(strstr(cvr_last_error(), "layers"));
        cvr_settings_free(s);
    }
    cvr_dataset_free(data);
}

static void classes_and_values_have_their_losses(void **state)
{
    (void)state;
    cvr_dataset *data = cvr_test_data(comm, CVR_DOUBLE, 20, 3, 1);
    for (int i = 0; i < 2; i++) {
        cvr_settings *s =
            cvr_test_settings("deep", i ? "--loss softmax" : "--loss hinge");
        cvr_solver *solver = NULL;
        assert_int_equal(CVR_USAGE, cvr_solver_new(data, NULL, comm, s, &solver));
        cvr_settings_free(s);
    }
    cvr_dataset_free(data);
}

static void each_allocation_may_fail(void **state)
{
    static const char *const texts[] = {"--layers 3,2 --max-iterations 2",
                                        "--layers 3,2 --max-iterations 2 --sweep paper",
                                        "--layers 3 --max-iterations 2 --loss softmax"};
    (void)state;
    cvr_dataset *data = cvr_test_classes(comm, CVR_SINGLE, 0, 20, 2, 2);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        cvr_settings *s = cvr_test_settings("deep", texts[i]);
        cvr_status status = CVR_NO_MEMORY;
        for (int64_t nth = 1; status != CVR_OK; nth++) {
            cvr_solver *solver = NULL;
            cvr_progress result;
            cvr_alloc_fail_at(nth);
            status = cvr_solver_new(data, data, comm, s, &solver);
            if (status == CVR_OK)
                status = cvr_solver_run(solver, NULL, NULL, &result);
            assert_true(status == CVR_OK || status == CVR_NO_MEMORY);
            cvr_solver_free(solver);
            assert_true(nth < 2000);
        }
        cvr_alloc_fail_at(0);
        cvr_settings_free(s);
    }
    cvr_dataset_free(data);
}

static int open_comm(void **state)
{
    (void)state;
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
        cmocka_unit_test(the_hidden_step_is_the_global_minimum),
        cmocka_unit_test(the_top_step_is_the_minimum),
        cmocka_unit_test(the_softmax_step_is_the_minimum),
        cmocka_unit_test(the_multiplier_is_minus_the_slope_of_the_loss),
        cmocka_unit_test(the_a_step_is_the_papers_formula),
        cmocka_unit_test(the_papers_multiplier_freezes_every_network),
        cmocka_unit_test(the_full_multiplier_moves_it),
        cmocka_unit_test(without_a_multiplier_the_objective_never_rises),
        cmocka_unit_test(networks_learn),
        cmocka_unit_test(any_number_of_threads_finds_the_same_objective),
        cmocka_unit_test(values_are_fitted),
        cmocka_unit_test(test_rows_do_not_choose),
        cmocka_unit_test(rows_held_out_choose_the_iteration),
        cmocka_unit_test(units_of_the_targets_do_not_matter),
        cmocka_unit_test(a_free_bias_has_no_ridge),
        cmocka_unit_test(the_ridge_falls_when_it_is_said_to),
        cmocka_unit_test(blocks_do_not_matter),
        cmocka_unit_test(small_and_degenerate_data_is_no_trouble),
        cmocka_unit_test(one_sample_is_fitted),
        cmocka_unit_test(guards_are_reported),
        cmocka_unit_test(without_hidden_layers_it_is_least_squares),
        cmocka_unit_test(layers_are_read_strictly),
        cmocka_unit_test(classes_and_values_have_their_losses),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, open_comm, close_comm);
}

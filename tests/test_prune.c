/* Pruning: targets that are reached, functions that stay the same, refits that are
   optimal, supports that are found, and the cases at the edge. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/bytes.h"
#include "ccp/ops.h"
#include "data/dataset.h"
#include "data/from_arrays.h"
#include "linalg/ops.h"
#include "model/model.h"
#include "prune/budget.h"
#include "prune/exchange.h"
#include "prune/path.h"
#include "prune/refit.h"
#include "prune/sensitivity.h"
#include "prune/slopes.h"
#include "support/models.h"
#include "support/problem.h"

static const int64_t sizes[] = {12, 20, 8, 3};
enum { DEPTH = 3, ROWS = 300 };
static const cvr_prune_mode modes[] = {CVR_PRUNE_L0, CVR_PRUNE_L1, CVR_PRUNE_L1_REFIT,
                                       CVR_PRUNE_MAGNITUDE_REFIT, CVR_PRUNE_MAGNITUDE};
static const cvr_type types[] = {CVR_DOUBLE, CVR_SINGLE};

/* ---- problems ---------------------------------------------------------------------- */

static cvr_dataset *rows_of(cvr_type type, int64_t rows, int64_t features)
{
    cvr_mat X = cvr_test_matrix(type, rows, features, 3);
    cvr_mat Y = cvr_test_matrix(type, rows, 1, 4);
    cvr_dataset *data = NULL;
    assert_int_equal(CVR_OK,
                     cvr_dataset_from_matrix(X, Y, CVR_REGRESS, cvr_test_alone, &data));
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    return data;
}

typedef struct pruned {
    cvr_model m, after;
    cvr_dataset *data;
    cvr_prune_result result;
} pruned;

static void prune(pruned *p, cvr_prune_options o)
{
    if (cvr_prune(&p->m, p->data, cvr_test_alone, &o, &p->after, &p->result) != CVR_OK)
        fail_msg("%s", cvr_last_error());
}

static pruned prepared(cvr_type type)
{
    return (pruned){.m = cvr_test_network(type, DEPTH, sizes),
                    .data = rows_of(type, ROWS, sizes[0])};
}

static pruned run(cvr_type type, cvr_prune_options o)
{
    pruned p = prepared(type);
    prune(&p, o);
    return p;
}

static void end(pruned *p)
{
    cvr_model_free(&p->m);
    cvr_model_free(&p->after);
    cvr_prune_result_free(&p->result);
    cvr_dataset_free(p->data);
}

static int64_t kept(const pruned *p)
{
    int64_t sum = 0;
    for (int i = 0; i < p->m.depth; i++) {
        assert_int_equal(p->result.layers[i].kept,
                         cvr_count_nonzero(p->after.layers[i].W));
        sum += p->result.layers[i].kept;
    }
    return sum;
}

static int64_t weights(const pruned *p)
{
    int64_t sum = 0;
    for (int i = 0; i < p->m.depth; i++)
        sum += p->result.layers[i].inputs * p->result.layers[i].units;
    return sum;
}

/* Z = X W' + b of a layer, by loops; relu: its positive part. */
static cvr_mat activate(const cvr_layer *layer, cvr_mat X, bool relu)
{
    cvr_mat Z = {0};
    assert_int_equal(CVR_OK,
                     cvr_mat_new(cvr_cpu(), CVR_DOUBLE, X.rows, layer->W.rows, &Z));
    for (int64_t i = 0; i < X.rows; i++)
        for (int64_t c = 0; c < Z.cols; c++) {
            double z = cvr_get(layer->b, c, 0);
            for (int64_t j = 0; j < layer->W.cols; j++)
                z += cvr_get(X, i, j) * cvr_get(layer->W, c, j);
            cvr_set(Z, i, c, relu && z < 0 ? 0 : z);
        }
    return Z;
}

static double relative_distance(cvr_mat A, cvr_mat B)
{
    return sqrt(cvr_distance2(A, B) / cvr_dot(B, B));
}

static double function_distance(const pruned *p)
{
    cvr_mat before = {0}, after = {0}, X = p->data->X;
    int outputs = p->m.outputs;
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), X.type, X.rows, outputs, &before));
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), X.type, X.rows, outputs, &after));
    assert_int_equal(CVR_OK, cvr_model_forward(&p->m, X, before));
    assert_int_equal(CVR_OK, cvr_model_forward(&p->after, X, after));
    double distance = relative_distance(after, before);
    cvr_mat_free(&before);
    cvr_mat_free(&after);
    return distance;
}

/* ---- targets ----------------------------------------------------------------------- */

static void density_is_reached_exactly(void **state)
{
    (void)state;
    const double densities[] = {0.05, 0.3, 0.77};
    const cvr_prune_mode exact[] = {CVR_PRUNE_L0, CVR_PRUNE_MAGNITUDE_REFIT,
                                    CVR_PRUNE_MAGNITUDE};
    for (int t = 0; t < 2; t++)
        for (int i = 0; i < 3; i++)
            for (int k = 0; k < 3; k++) {
                pruned p = run(types[t], (cvr_prune_options){.mode = exact[k],
                                                             .density = densities[i]});
                double wanted = densities[i] * (double)weights(&p);
                assert_int_equal(kept(&p), llround(wanted));
                end(&p);
            }
}

static void the_result_sums_up_the_layers(void **state)
{
    (void)state;
    pruned p = run(CVR_DOUBLE, (cvr_prune_options){.mode = CVR_PRUNE_L1, .density = 0.3});
    const cvr_prune_result *r = &p.result;
    double gap = 0, seconds = 0;
    assert_int_equal(r->depth, DEPTH);
    assert_int_equal(r->kept, kept(&p));
    assert_int_equal(r->weights, weights(&p));
    for (int i = 0; i < DEPTH; i++) {
        gap = fmax(gap, r->layers[i].gap);
        seconds += r->layers[i].seconds;
    }
    assert_true(r->reached && r->gap == gap && r->fit_seconds == seconds);
    assert_true(r->seconds >= r->fit_seconds + r->error_seconds);
    assert_true(fabs(r->error - function_distance(&p)) <= 1e-12);
    end(&p);
}

static void uniform_allocation_keeps_the_same_part_of_each_layer(void **state)
{
    (void)state;
    pruned p = run(CVR_DOUBLE, (cvr_prune_options){.density = 0.25, .uniform = true});
    for (int i = 0; i < DEPTH; i++)
        assert_int_equal(p.result.layers[i].kept, sizes[i] * sizes[i + 1] / 4);
    end(&p);
}

static void allocation_by_size_is_in_proportion_until_a_layer_is_full(void **state)
{
    (void)state;
    int64_t keep[DEPTH], all = 0;
    cvr_model m = cvr_test_network(CVR_DOUBLE, DEPTH, sizes);
    cvr_prune_budget(&m, &(cvr_prune_options){.density = 0.1}, keep);
    assert_int_equal(keep[0] + keep[1] + keep[2], 42);
    for (int i = 0; i < DEPTH; i++)
        assert_true(
            fabs((double)keep[i] - 42.0 * (double)(sizes[i] + sizes[i + 1]) / 71) < 1);
    cvr_prune_budget(&m, &(cvr_prune_options){.density = 0.8}, keep);
    assert_int_equal(keep[2], 24);
    for (int i = 0; i < DEPTH; i++)
        all += keep[i];
    assert_true(llabs((long long)(all - 339)) <= 1);
    cvr_model_free(&m);
}

static void l1_keeps_at_most_the_density(void **state)
{
    (void)state;
    for (int k = 1; k <= 2; k++) {
        pruned p = run(CVR_DOUBLE, (cvr_prune_options){.mode = modes[k], .density = 0.3});
        int64_t keep[DEPTH];
        cvr_prune_budget(&p.m, &(cvr_prune_options){.density = 0.3}, keep);
        for (int i = 0; i < DEPTH; i++) {
            assert_true(p.result.layers[i].reached);
            assert_in_range(p.result.layers[i].kept, keep[i] / 2, keep[i]);
        }
        end(&p);
    }
}

static void a_density_of_1_gives_the_same_function(void **state)
{
    (void)state;
    for (int t = 0; t < 2; t++)
        for (int k = 0; k < 5; k++) {
            pruned p = run(types[t], (cvr_prune_options){.mode = modes[k], .density = 1});
            assert_int_equal(kept(&p), weights(&p));
            assert_true(function_distance(&p) == 0);
            for (int i = 0; i < DEPTH; i++)
                assert_true(p.result.layers[i].error <
                            (types[t] == CVR_DOUBLE ? 1e-12 : 1e-5));
            end(&p);
        }
}

static void an_error_that_is_allowed_is_kept_to_with_few_weights(void **state)
{
    (void)state;
    for (int k = 0; k < 5; k++) {
        pruned loose =
            run(CVR_DOUBLE,
                (cvr_prune_options){.mode = modes[k], .error = 0.3, .independent = true});
        pruned tight = run(
            CVR_DOUBLE,
            (cvr_prune_options){.mode = modes[k], .error = 0.05, .independent = true});
        for (int i = 0; i < DEPTH; i++) {
            assert_true(loose.result.layers[i].reached &&
                        loose.result.layers[i].error <= 0.3);
            assert_true(tight.result.layers[i].reached &&
                        tight.result.layers[i].error <= 0.05);
        }
        assert_true(kept(&loose) < kept(&tight) && kept(&tight) < weights(&tight));
        end(&loose);
        end(&tight);
    }
}

/* The second layer takes away what is common to its inputs, so that their small relative
   error is a large one of its own. */
static void an_error_out_of_reach_keeps_all_and_says_so(void **state)
{
    (void)state;
    pruned p = prepared(CVR_DOUBLE);
    cvr_mat W = p.m.layers[1].W;
    cvr_fill(p.m.layers[0].b, 100);
    for (int64_t c = 0; c < W.rows; c++)
        for (int64_t j = 0; j < W.cols; j++)
            cvr_set(p.m.layers[1].b, c, 0,
                    cvr_get(p.m.layers[1].b, c, 0) - 100 * cvr_get(W, c, j));
    prune(&p, (cvr_prune_options){.mode = CVR_PRUNE_MAGNITUDE, .error = 0.02});
    assert_true(p.result.layers[0].reached && p.result.layers[0].error <= 0.02);
    assert_true(!p.result.layers[1].reached && p.result.layers[1].error > 0.02);
    assert_int_equal(p.result.layers[1].kept, sizes[1] * sizes[2]);
    end(&p);
}

static void lambda_is_a_part_of_what_makes_all_weights_zero(void **state)
{
    (void)state;
    const double parts[] = {1.001, 0.3, 0.03};
    int64_t before = -1;
    for (int i = 0; i < 3; i++) {
        cvr_prune_options o = {.mode = CVR_PRUNE_L1,
                               .lambda_relative = parts[i],
                               .independent = true,
                               .iterations = 2000};
        pruned p = run(CVR_DOUBLE, o);
        for (int l = 0; l < DEPTH; l++)
            assert_true(p.result.layers[l].gap >= 0 && p.result.layers[l].gap < 1e-4);
        if (i == 0)
            assert_int_equal(p.result.layers[DEPTH - 1].kept, 0);
        assert_true(kept(&p) > before);
        before = kept(&p);
        end(&p);
    }
}

/* ---- fits -------------------------------------------------------------------------- */

static void a_refit_is_never_worse_and_keeps_its_support(void **state)
{
    (void)state;
    for (int t = 0; t < 2; t++) {
        cvr_prune_options o = {
            .mode = CVR_PRUNE_MAGNITUDE, .density = 0.3, .independent = true};
        pruned raw = run(types[t], o);
        o.mode = CVR_PRUNE_MAGNITUDE_REFIT;
        pruned fit = run(types[t], o);
        for (int l = 0; l < DEPTH; l++) {
            cvr_mat A = raw.after.layers[l].W, B = fit.after.layers[l].W;
            assert_true(fit.result.layers[l].error < raw.result.layers[l].error);
            for (int64_t i = 0; i < A.rows; i++)
                for (int64_t j = 0; j < A.cols; j++)
                    assert_true((cvr_get(A, i, j) == 0) == (cvr_get(B, i, j) == 0));
        }
        end(&raw);
        end(&fit);
    }
}

/* Layer by layer, with the inputs that it has been fitted to. */
static void check_errors(const pruned *p, bool independent, double tolerance)
{
    cvr_mat given = p->data->X, fed = p->data->X;
    for (int l = 0; l < DEPTH; l++) {
        bool relu = l + 1 < DEPTH;
        cvr_mat Y = activate(&p->m.layers[l], given, relu);
        cvr_mat Z = activate(&p->after.layers[l], independent ? given : fed, relu);
        assert_true(fabs(relative_distance(Z, Y) - p->result.layers[l].error) <
                    tolerance);
        if (l > 0) {
            cvr_mat_free(&given);
            cvr_mat_free(&fed);
        }
        given = Y;
        fed = Z;
    }
    assert_true(independent || fabs(function_distance(p) -
                                    p->result.layers[DEPTH - 1].error) < 10 * tolerance);
    cvr_mat_free(&given);
    cvr_mat_free(&fed);
}

static void the_error_reported_is_that_of_the_model(void **state)
{
    (void)state;
    for (int t = 0; t < 2; t++)
        for (int k = 0; k < 5; k++)
            for (int independent = 0; independent < 2; independent++) {
                pruned p = run(types[t], (cvr_prune_options){.mode = modes[k],
                                                             .density = 0.4,
                                                             .independent = independent});
                check_errors(&p, independent, types[t] == CVR_DOUBLE ? 1e-9 : 1e-5);
                end(&p);
            }
}

static void l0_beats_the_largest_weights(void **state)
{
    (void)state;
    const double densities[] = {0.15, 0.3, 0.5};
    for (int i = 0; i < 3; i++) {
        cvr_prune_options o = {.density = densities[i]};
        pruned l0 = run(CVR_DOUBLE, o);
        o.mode = CVR_PRUNE_MAGNITUDE;
        pruned raw = run(CVR_DOUBLE, o);
        o.mode = CVR_PRUNE_MAGNITUDE_REFIT;
        pruned fit = run(CVR_DOUBLE, o);
        assert_true(function_distance(&l0) < function_distance(&fit));
        assert_true(function_distance(&fit) < function_distance(&raw));
        end(&l0);
        end(&raw);
        end(&fit);
    }
}

/* Features 14 .. 19 are combinations of 0 .. 13, X = [A, A B], so adding [B z; -z] to a
   row of weights changes no activation: a layer of 3 weights a unit looks dense. */
static void hide(cvr_mat X, cvr_mat W)
{
    cvr_mat A = cvr_mat_cols(X, 0, 14), B = cvr_test_matrix(X.type, 14, 6, 50);
    cvr_mat z = cvr_test_matrix(X.type, W.rows, 6, 51);
    cvr_fill(W, 0);
    for (int64_t c = 0; c < W.rows; c++)
        for (int64_t k = 0; k < 3; k++)
            cvr_set(W, c, (3 * c + k * (k + 4)) % 20, k % 2 ? -2 : 1.5);
    cvr_scale(B, 0.3);
    cvr_gemm(cvr_mat_cols(X, 14, 6), 1, CVR_N, A, CVR_N, B, 0);
    cvr_gemm(cvr_mat_cols(W, 0, 14), 1, CVR_N, z, CVR_T, B, 1);
    cvr_axpby(cvr_mat_cols(W, 14, 6), -1, z, 1);
    cvr_mat_free(&B);
    cvr_mat_free(&z);
}

static void a_planted_sparse_layer_is_recovered(void **state)
{
    (void)state;
    const int64_t planted[] = {20, 6, 2};
    for (int t = 0; t < 2; t++) {
        pruned p = {.m = cvr_test_network(types[t], 2, planted),
                    .data = rows_of(types[t], 500, 20)};
        hide(p.data->X, p.m.layers[0].W);
        assert_int_equal(cvr_count_nonzero(p.m.layers[0].W), 120);
        prune(&p, (cvr_prune_options){.density = 18.0 / 120, .uniform = true});
        assert_int_equal(p.result.layers[0].kept, 18);
        if (!(p.result.layers[0].error < (types[t] == CVR_DOUBLE ? 1e-6 : 1e-3)))
            fail_msg("error %g", p.result.layers[0].error);
        end(&p);
    }
}

/* ---- refit and exchange ------------------------------------------------------------ */

static cvr_prune_task task_of(cvr_mat X, cvr_mat Y, cvr_mat sensitivity, bool relu)
{
    static const cvr_prune_options options = {.density = 0.5};
    cvr_fill(cvr_mat_cols(X, X.cols - 1, 1), 1);
    if (relu)
        cvr_relu(Y);
    return (cvr_prune_task){.X = X,
                            .Y = Y,
                            .sensitivity = sensitivity,
                            .relu = relu,
                            .options = &options,
                            .comm = cvr_test_alone};
}

static double error_of(const cvr_prune_task *task, cvr_mat U)
{
    double error = 0;
    assert_int_equal(CVR_OK, cvr_prune_error(task, U, &error));
    return error;
}

static void refit(const cvr_prune_task *task, cvr_mat U, cvr_mat Saliency)
{
    assert_int_equal(CVR_OK, cvr_prune_refit(task, U, (cvr_mat){0}, Saliency));
}

/* Without a relu F is quadratic. */
static void saliency_is_what_the_loss_of_a_weight_costs(void **state)
{
    (void)state;
    cvr_mat X = cvr_test_matrix(CVR_DOUBLE, 60, 7, 1);
    cvr_mat Y = cvr_test_matrix(CVR_DOUBLE, 60, 2, 2);
    cvr_mat U = cvr_test_matrix(CVR_DOUBLE, 7, 2, 5);
    cvr_mat Saliency = cvr_test_matrix(CVR_DOUBLE, 7, 2, 6);
    cvr_mat V = cvr_test_matrix(CVR_DOUBLE, 7, 2, 6);
    cvr_prune_task task = task_of(X, Y, (cvr_mat){0}, false);
    double yy = cvr_dot(Y, Y);
    cvr_set(U, 2, 0, 0);
    refit(&task, U, Saliency);
    double best = error_of(&task, U);
    for (int64_t c = 0; c < 2; c++)
        for (int64_t j = 0; j < 6; j++) {
            cvr_copy(V, U);
            cvr_set(V, j, c, 0);
            refit(&task, V, (cvr_mat){0});
            double rise = (pow(error_of(&task, V), 2) - best * best) * yy;
            assert_true(fabs(rise - cvr_get(Saliency, j, c)) < 1e-7 * yy);
        }
    cvr_mat *all[] = {&X, &Y, &U, &Saliency, &V};
    for (int i = 0; i < 5; i++)
        cvr_mat_free(all[i]);
}

/* No small change of the weights in the support lowers F. */
static void a_refit_is_a_local_minimum(void **state)
{
    (void)state;
    cvr_mat X = cvr_test_matrix(CVR_DOUBLE, 80, 9, 1);
    cvr_mat Y = cvr_test_matrix(CVR_DOUBLE, 80, 3, 2);
    cvr_mat U = cvr_test_matrix(CVR_DOUBLE, 9, 3, 5);
    cvr_prune_task task = task_of(X, Y, (cvr_mat){0}, true);
    for (int64_t c = 0; c < 3; c++)
        for (int64_t j = c; j < 8; j += 2)
            cvr_set(U, j, c, 0);
    refit(&task, U, (cvr_mat){0});
    double best = error_of(&task, U);
    for (int64_t c = 0; c < 3; c++)
        for (int64_t j = 0; j < 9; j++)
            for (int side = -1; side <= 1; side += 2) {
                double u = cvr_get(U, j, c);
                if (u == 0)
                    continue;
                cvr_set(U, j, c, u + side * 1e-4);
                assert_true(error_of(&task, U) >= best);
                cvr_set(U, j, c, u);
            }
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    cvr_mat_free(&U);
}

/* |g_j| <= lambda, and = lambda against the sign of u_j where u_j is not 0. */
static int64_t check_slopes(const cvr_prune_task *task, cvr_mat U, double lambda)
{
    cvr_prune_slopes at = {0};
    cvr_workspace memory;
    double near = 1e-4 * lambda;
    int64_t inside = 0;
    cvr_workspace_init(&memory, U.device, U.type, "slopes");
    cvr_prune_slopes_lay_out(task, false, &at, &memory);
    assert_int_equal(CVR_OK, cvr_workspace_take(&memory, task->comm));
    assert_int_equal(CVR_OK, cvr_prune_slopes_find(task, U, &at));
    for (int64_t c = 0; c < U.cols; c++)
        for (int64_t j = 0; j + 1 < U.rows; j++) {
            double g = cvr_get(at.G, j, c), u = cvr_get(U, j, c);
            assert_true(u == 0 ? fabs(g) <= lambda + near
                               : fabs(g + copysign(lambda, u)) <= near);
            inside += u != 0;
        }
    cvr_workspace_free(&memory);
    return inside;
}

static void a_path_of_l1_ends_where_no_weight_wants_to_move(void **state)
{
    (void)state;
    for (int relu = 0; relu < 2; relu++) {
        cvr_mat X = cvr_test_matrix(CVR_DOUBLE, 80, 13, 1);
        cvr_mat Y = cvr_test_matrix(CVR_DOUBLE, 80, 4, 2);
        cvr_mat U = cvr_test_matrix(CVR_DOUBLE, 13, 4, 5);
        cvr_prune_task task = task_of(X, Y, (cvr_mat){0}, relu);
        task.options = &(cvr_prune_options){.mode = CVR_PRUNE_L1, .lambda_relative = 0.2};
        task.Dense = U;
        cvr_prune_layer layer = {0};
        assert_int_equal(CVR_OK, cvr_prune_path(&task, U, &layer));
        assert_true(layer.reached && layer.gap < 1e-4 && layer.lambda > 0);
        assert_in_range(check_slopes(&task, U, layer.lambda), 3, 47);
        assert_int_equal(layer.kept, cvr_count_nonzero(cvr_prune_weights(U)));
        cvr_mat_free(&X);
        cvr_mat_free(&Y);
        cvr_mat_free(&U);
    }
}

static void exchanges_find_the_best_of_all_supports(void **state)
{
    (void)state;
    for (int relu = 0; relu < 2; relu++) {
        cvr_mat X = cvr_test_matrix(CVR_DOUBLE, 50, 9, 1);
        cvr_mat Y = cvr_test_matrix(CVR_DOUBLE, 50, 1, 2);
        cvr_mat U = cvr_test_matrix(CVR_DOUBLE, 9, 1, 5);
        cvr_prune_task task = task_of(X, Y, (cvr_mat){0}, relu);
        double best = INFINITY, worst = 0;
        for (int bits = 0; bits < 256; bits++) {
            if (__builtin_popcount((unsigned)bits) != 3)
                continue;
            for (int j = 0; j < 9; j++)
                cvr_set(U, j, 0, j == 8 || bits >> j & 1 ? 0.1 : 0);
            refit(&task, U, (cvr_mat){0});
            double error = error_of(&task, U);
            best = fmin(best, error);
            worst = fmax(worst, error);
        }
        for (int j = 0; j < 9; j++)
            cvr_set(U, j, 0, j < 3 || j == 8 ? 0.1 : 0);
        assert_int_equal(CVR_OK, cvr_prune_exchange(&task, 3, 20, U));
        assert_int_equal(cvr_count_nonzero(cvr_prune_weights(U)), 3);
        assert_true(error_of(&task, U) <= best + 0.1 * (worst - best));
        cvr_mat_free(&X);
        cvr_mat_free(&Y);
        cvr_mat_free(&U);
    }
}

static void exchanges_never_raise_the_error(void **state)
{
    (void)state;
    cvr_mat X = cvr_test_matrix(CVR_SINGLE, 200, 31, 1);
    cvr_mat Y = cvr_test_matrix(CVR_SINGLE, 200, 10, 2);
    cvr_mat U = cvr_test_matrix(CVR_SINGLE, 31, 10, 5);
    cvr_mat V = cvr_test_matrix(CVR_SINGLE, 31, 10, 5);
    cvr_prune_task task = task_of(X, Y, (cvr_mat){0}, true);
    cvr_hard_threshold(cvr_prune_weights(V), cvr_prune_weights(U), 60);
    refit(&task, V, (cvr_mat){0});
    double before = error_of(&task, V);
    for (int rounds = 0; rounds < 6; rounds++) {
        assert_int_equal(CVR_OK, cvr_prune_exchange(&task, 60, rounds, V));
        double after = error_of(&task, V);
        assert_true(after <= before + 1e-6);
        before = after;
    }
    cvr_mat *all[] = {&X, &Y, &U, &V};
    for (int i = 0; i < 4; i++)
        cvr_mat_free(all[i]);
}

static void units_weigh_what_those_above_make_of_them(void **state)
{
    (void)state;
    const int64_t narrow[] = {2, 2, 2, 1};
    cvr_model m = cvr_test_network(CVR_DOUBLE, 3, narrow);
    cvr_mat t = cvr_test_matrix(CVR_DOUBLE, 2, 1, 1);
    cvr_set(m.layers[2].W, 0, 0, 4);
    cvr_set(m.layers[2].W, 0, 1, 0.25);
    cvr_fill(m.layers[1].W, 0);
    cvr_set(m.layers[1].W, 0, 0, 2);
    cvr_set(m.layers[1].W, 1, 1, -2);
    assert_int_equal(CVR_OK, cvr_prune_sensitivity(&m, 0, t));
    assert_true(cvr_get(t, 0, 0) == 8 && cvr_get(t, 1, 0) == 0.5);
    assert_int_equal(CVR_OK, cvr_prune_sensitivity(&m, 1, t));
    assert_true(cvr_get(t, 0, 0) == 4 && cvr_get(t, 1, 0) == 0.25);
    cvr_mat_free(&t);
    cvr_model_free(&m);
}

/* ---- the model --------------------------------------------------------------------- */

static void the_record_has_the_options_and_the_record_before(void **state)
{
    (void)state;
    pruned p = prepared(CVR_DOUBLE);
    free(p.m.record);
    assert_int_equal(CVR_OK, cvr_text_copy("{\"method\":\"adam\"}", &p.m.record));
    prune(&p, (cvr_prune_options){.density = 0.25});
    json_t *record = json_loads(p.after.record, 0, NULL);
    const char *method = NULL, *mode = NULL, *from = NULL;
    double density = 0;
    assert_int_equal(0, json_unpack(record, "{s:s, s:{s:s, s:f}, s:{s:s}}", "method",
                                    &method, "options", "mode", &mode, "density",
                                    &density, "from", "method", &from));
    assert_string_equal(method, "prune");
    assert_string_equal(mode, "l0");
    assert_string_equal(from, "adam");
    assert_true(density == 0.25);
    json_decref(record);
    end(&p);
}

static void a_copy_of_a_model_is_whole(void **state)
{
    (void)state;
    cvr_model m = cvr_test_gated(CVR_DOUBLE, 4, 3, 2), copy;
    assert_int_equal(CVR_OK, cvr_model_copy(&m, &copy));
    assert_true(cvr_distance2(m.gates.W, copy.gates.W) == 0 && copy.kind == CVR_GATED);
    assert_true(cvr_distance2(m.layers[0].W, copy.layers[0].W) == 0);
    assert_true(copy.layers[0].W.data != m.layers[0].W.data && copy.outputs == 2);
    cvr_model_free(&m);
    cvr_model_free(&copy);
}

/* ---- edges ------------------------------------------------------------------------- */

static void options_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    const cvr_prune_options wrong[] = {{.density = 0},
                                       {.density = 0.1, .error = 0.1},
                                       {.density = 1.1},
                                       {.density = -0.1},
                                       {.density = NAN},
                                       {.error = -1},
                                       {.error = INFINITY},
                                       {.lambda_relative = 0.1},
                                       {.mode = CVR_PRUNE_L1, .lambda_relative = -1}};
    pruned p = prepared(CVR_DOUBLE);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(CVR_USAGE, cvr_prune(&p.m, p.data, cvr_test_alone, &wrong[i],
                                              &p.after, &p.result));
        assert_null(p.after.layers);
        assert_null(p.result.layers);
    }
    end(&p);
}

static void models_and_rows_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    const cvr_prune_options o = {.density = 0.5};
    pruned p = prepared(CVR_DOUBLE);
    cvr_dataset *wide = rows_of(CVR_DOUBLE, 5, 14), *none = rows_of(CVR_DOUBLE, 0, 12);
    cvr_model gated = cvr_test_gated(CVR_DOUBLE, 12, 3, 2);
    assert_int_equal(CVR_BAD_DATA,
                     cvr_prune(&p.m, wide, cvr_test_alone, &o, &p.after, &p.result));
    assert_int_equal(CVR_BAD_DATA,
                     cvr_prune(&p.m, none, cvr_test_alone, &o, &p.after, &p.result));
    assert_int_equal(CVR_USAGE,
                     cvr_prune(&gated, p.data, cvr_test_alone, &o, &p.after, &p.result));
    cvr_model_free(&gated);
    cvr_dataset_free(wide);
    cvr_dataset_free(none);
    end(&p);
}

static void one_row_is_enough_for_every_mode(void **state)
{
    (void)state;
    for (int t = 0; t < 2; t++)
        for (int k = 0; k < 5; k++) {
            pruned p = {.m = cvr_test_network(types[t], DEPTH, sizes),
                        .data = rows_of(types[t], 1, sizes[0])};
            prune(&p, (cvr_prune_options){.mode = modes[k], .density = 0.2});
            for (int l = 0; l < DEPTH; l++)
                assert_true(cvr_all_finite(p.after.layers[l].W));
            assert_true(k == 4 || function_distance(&p) < 0.1);
            end(&p);
        }
}

/* A unit that is 0 on all rows stays so; constant columns and columns of zeroes. */
static void dead_units_and_constant_features_are_no_trouble(void **state)
{
    (void)state;
    for (int t = 0; t < 2; t++)
        for (int k = 0; k < 5; k++) {
            pruned p = prepared(types[t]);
            cvr_set(p.m.layers[0].b, 4, 0, -1000);
            cvr_fill(cvr_mat_cols(p.data->X, 0, 1), 0);
            cvr_fill(cvr_mat_cols(p.data->X, 1, 2), 0.5);
            prune(&p, (cvr_prune_options){.mode = modes[k], .density = 0.3});
            assert_int_equal(p.result.layers[0].dead, 1);
            for (int l = 0; l < DEPTH; l++) {
                assert_true(cvr_all_finite(p.after.layers[l].W));
                assert_true(p.result.layers[l].error < 1.5);
            }
            end(&p);
        }
}

static void a_layer_that_is_dead_all_over_has_error_0(void **state)
{
    (void)state;
    pruned p = prepared(CVR_DOUBLE);
    cvr_fill(p.m.layers[1].b, -1e4);
    prune(&p, (cvr_prune_options){.density = 0.3});
    assert_int_equal(p.result.layers[1].dead, sizes[2]);
    assert_true(p.result.layers[1].error == 0 && p.result.layers[2].error < 1e-9);
    end(&p);
}

/* As a convex program leaves a network whose neurons are all zero. */
static void a_layer_without_units_is_no_trouble(void **state)
{
    (void)state;
    for (int k = 0; k < 5; k++) {
        pruned p = {.m = cvr_test_network(CVR_DOUBLE, 2, (int64_t[]){12, 0, 1}),
                    .data = rows_of(CVR_DOUBLE, ROWS, 12)};
        prune(&p, (cvr_prune_options){.mode = modes[k], .density = 0.3});
        assert_true(p.result.layers[1].kept == 0 && p.result.layers[1].density == 1);
        assert_true(function_distance(&p) == 0);
        end(&p);
    }
}

static void rows_may_have_another_type_and_a_column_of_ones(void **state)
{
    (void)state;
    cvr_prune_options o = {.density = 0.3};
    pruned p = run(CVR_SINGLE, o), q = prepared(CVR_SINGLE);
    cvr_dataset_free(q.data);
    q.data = rows_of(CVR_DOUBLE, ROWS, sizes[0]);
    assert_int_equal(CVR_OK,
                     cvr_dataset_fit_transform(q.data, CVR_NORMALIZE_NONE,
                                               CVR_BIAS_PENALISED, cvr_test_alone));
    prune(&q, o);
    for (int l = 0; l < DEPTH; l++)
        assert_true(p.result.layers[l].error == q.result.layers[l].error);
    end(&p);
    end(&q);
}

static void too_little_memory_is_an_error_that_leaves_nothing(void **state)
{
    (void)state;
    const cvr_prune_options o = {.density = 0.5, .iterations = 10};
    pruned p = {.m = cvr_test_network(CVR_DOUBLE, 2, (int64_t[]){3, 4, 2}),
                .data = rows_of(CVR_DOUBLE, 20, 3)};
    cvr_status status = CVR_NO_MEMORY;
    for (int64_t n = 1; status != CVR_OK; n++) {
        cvr_alloc_fail_at(n);
        status = cvr_prune(&p.m, p.data, cvr_test_alone, &o, &p.after, &p.result);
        cvr_alloc_fail_at(0);
        assert_true(status == CVR_OK || status == CVR_NO_MEMORY);
        assert_true(status == CVR_OK || (!p.after.layers && !p.result.layers));
    }
    end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(density_is_reached_exactly),
        cmocka_unit_test(the_result_sums_up_the_layers),
        cmocka_unit_test(uniform_allocation_keeps_the_same_part_of_each_layer),
        cmocka_unit_test(allocation_by_size_is_in_proportion_until_a_layer_is_full),
        cmocka_unit_test(l1_keeps_at_most_the_density),
        cmocka_unit_test(a_density_of_1_gives_the_same_function),
        cmocka_unit_test(an_error_that_is_allowed_is_kept_to_with_few_weights),
        cmocka_unit_test(an_error_out_of_reach_keeps_all_and_says_so),
        cmocka_unit_test(lambda_is_a_part_of_what_makes_all_weights_zero),
        cmocka_unit_test(a_refit_is_never_worse_and_keeps_its_support),
        cmocka_unit_test(the_error_reported_is_that_of_the_model),
        cmocka_unit_test(l0_beats_the_largest_weights),
        cmocka_unit_test(a_planted_sparse_layer_is_recovered),
        cmocka_unit_test(saliency_is_what_the_loss_of_a_weight_costs),
        cmocka_unit_test(a_refit_is_a_local_minimum),
        cmocka_unit_test(a_path_of_l1_ends_where_no_weight_wants_to_move),
        cmocka_unit_test(exchanges_find_the_best_of_all_supports),
        cmocka_unit_test(exchanges_never_raise_the_error),
        cmocka_unit_test(units_weigh_what_those_above_make_of_them),
        cmocka_unit_test(the_record_has_the_options_and_the_record_before),
        cmocka_unit_test(a_copy_of_a_model_is_whole),
        cmocka_unit_test(options_that_make_no_sense_are_refused),
        cmocka_unit_test(models_and_rows_that_do_not_fit_are_refused),
        cmocka_unit_test(one_row_is_enough_for_every_mode),
        cmocka_unit_test(dead_units_and_constant_features_are_no_trouble),
        cmocka_unit_test(a_layer_that_is_dead_all_over_has_error_0),
        cmocka_unit_test(a_layer_without_units_is_no_trouble),
        cmocka_unit_test(rows_may_have_another_type_and_a_column_of_ones),
        cmocka_unit_test(too_little_memory_is_an_error_that_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, cvr_test_open_comms, cvr_test_close_comms);
}

/* The successors of Bregman-ADMM (dladmm, pdadmm, mdlam): blocks that never raise what
   they minimise, slopes against differences, multipliers, descent, tubes, and networks
   that learn. */
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
#include "deep/stored.h"
#include "support/classes.h"
#include "support/problem.h"

extern const cvr_method cvr_dladmm_method, cvr_pdadmm_method, cvr_mdlam_tube;

static cvr_comm *comm;

/* ---- a method without its driver ------------------------------------------------ */

/* Values or classes to fit, widths 6 and 5, without a ridge. */
typedef struct bench {
    const cvr_method *method;
    cvr_dataset *data;
    cvr_settings *settings;
    cvr_problem problem;
    double phases[CVR_PHASES];
    cvr_workspace workspace;
    cvr_deep_stored *s; /* the state begins with it */
} bench;

static void open_bench(bench *b, const cvr_method *method, int classes, const char *text)
{
    memset(b, 0, sizeof *b);
    b->method = method;
    b->data = classes ? cvr_test_classes(comm, CVR_DOUBLE, 0, 70, 4, classes)
                      : cvr_test_data(comm, CVR_DOUBLE, 70, 4, 2);
    b->settings = cvr_test_settings(
        method->info.name,
        "--layers 6,5 --block 16 --ridge 0 --penalty-top 0.7 --init-scale 1");
    char copy[256], *at = copy;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *name = strtok_r(copy, " ", &at); name; name = strtok_r(NULL, " ", &at))
        assert_int_equal(
            CVR_OK, cvr_settings_set(b->settings, name + 2, strtok_r(NULL, " ", &at)));
    b->problem = (cvr_problem){.X = b->data->X,
                               .Y = b->data->Y,
                               .rows = b->data->rows,
                               .train = b->data,
                               .comm = comm,
                               .settings = b->settings,
                               .seed = 3,
                               .phases = b->phases};
    b->s = calloc(1, method->state_size);
    assert_int_equal(CVR_OK, method->pose(b->s, &b->problem));
    cvr_workspace_init(&b->workspace, b->problem.X.device, CVR_DOUBLE, "a test");
    assert_int_equal(CVR_OK, method->lay_out(b->s, &b->workspace));
    assert_int_equal(CVR_OK, cvr_workspace_take(&b->workspace, comm));
    assert_int_equal(CVR_OK, method->start(b->s));
}

static void close_bench(bench *b)
{
    cvr_workspace_free(&b->workspace);
    free(b->s);
    cvr_settings_free(b->settings);
    cvr_dataset_free(b->data);
}

static cvr_mat copy_of(cvr_mat A)
{
    cvr_mat B = {0};
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), A.type, A.rows, A.cols, &B));
    cvr_copy(B, A);
    return B;
}

/* Any point, not one that the method would reach. */
static void disturb(cvr_deep_stored *s)
{
    const cvr_deep_network *n = &s->deep.network;
    if (!s->split) /* which has no lambda */
        cvr_random_normal(s->deep.U, 7, 200, 0);
    for (int l = 0; l < n->depth; l++) {
        cvr_random_normal(s->Z[l], 7, 210 + (uint32_t)l, 0);
        if (l + 1 == n->depth)
            break;
        cvr_random_normal(cvr_deep_units(n, s->A[l]), 7, 220 + (uint32_t)l, 0);
        if (!s->split)
            continue;
        cvr_random_normal(s->Q[l], 7, 230 + (uint32_t)l, 0);
        cvr_random_normal(s->D[l], 7, 240 + (uint32_t)l, 0);
        cvr_scale(s->D[l], 0.1);
    }
}

static double value(cvr_deep_stored *s)
{
    return cvr_deep_stored_figures(s).objective;
}

/* ---- blocks --------------------------------------------------------------------- */

static const char *const blocks[] = {"--blocks exact", "--blocks majorised",
                                     "--blocks exact --loss squared",
                                     "--blocks majorised --loss squared"};

static void must_not_rise(double *last, cvr_deep_stored *s, const char *block, int l)
{
    double now = value(s);
    if (!(now <= *last + 1e-12 * fabs(*last)))
        fail_msg("%s of layer %d raises the objective from %.17g to %.17g", block, l + 1,
                 *last, now);
    *last = now;
}

/* Weights, activations and outputs, at the multipliers as they are; and with two copies
   of a, q. */
static void no_block_raises_what_it_minimises(void **state)
{
    static const cvr_method *const methods[] = {&cvr_dladmm_method, &cvr_pdadmm_method};
    (void)state;
    for (int k = 0; k < 2 * 4 * 4; k++) {
        bench b;
        int classes = k / 8 % 2 ? 0 : 3;
        if (classes == 0 && !strstr(blocks[k / 2 % 4], "squared"))
            continue;
        open_bench(&b, methods[k % 2], classes, blocks[k / 2 % 4]);
        disturb(b.s);
        int top = b.s->deep.network.depth - 1;
        cvr_deep_multiplier full = b.s->deep.options.multiplier;
        b.s->deep.top.multiplier = full;
        double last = value(b.s);
        for (int l = top; l >= 0; l--)
            for (int again = 0; again < 2; again++) {
                assert_int_equal(CVR_OK, cvr_deep_stored_w(b.s, l, 1));
                must_not_rise(&last, b.s, "W", l);
                b.s->deep.top.multiplier = CVR_MULTIPLIER_NONE; /* lambda stays */
                cvr_deep_stored_z(b.s, l);
                b.s->deep.top.multiplier = full;
                must_not_rise(&last, b.s, "z", l);
                if (l == top)
                    continue;
                assert_int_equal(CVR_OK, cvr_deep_stored_a(b.s, l));
                must_not_rise(&last, b.s, "a", l);
            }
        close_bench(&b);
    }
}

/* The derivative of the objective by entry (i, j) of A. */
static double derivative(cvr_deep_stored *s, cvr_mat A, int64_t i, int64_t j)
{
    double h = 1e-4, at = cvr_get(A, i, j), values[2];
    for (int k = 0; k < 2; k++) {
        cvr_set(A, i, j, at + (k ? h : -h));
        values[k] = value(s);
    }
    cvr_set(A, i, j, at);
    return (values[1] - values[0]) / (2 * h);
}

/* Those of all entries against a direction: the same to 1e-6. */
static void must_be_the_slope(cvr_deep_stored *s, cvr_mat A, cvr_mat D)
{
    double dot = 0, size2[2] = {0, 0};
    for (int64_t i = 0; i < A.rows; i++)
        for (int64_t j = 0; j < A.cols; j++) {
            double slope = derivative(s, A, i, j), d = cvr_get(D, i, j);
            dot += slope * d;
            size2[0] += slope * slope;
            size2[1] += d * d;
        }
    assert_true(size2[1] > 0 && dot > 0);
    double apart2 = 2 - 2 * dot / sqrt(size2[0] * size2[1]);
    if (!(apart2 < 1e-12))
        fail_msg("the step is %g off the slope", sqrt(fabs(apart2)));
}

/* A majorised step goes down the slope, and no further than pays. */
static void majorised_steps_follow_the_slope(void **state)
{
    static const cvr_method *const methods[] = {&cvr_dladmm_method, &cvr_pdadmm_method};
    (void)state;
    for (int k = 0; k < 2 * 3; k++) {
        bench b;
        int l = k / 2;
        open_bench(&b, methods[k % 2], 0, "--blocks majorised --loss squared");
        disturb(b.s);
        b.s->deep.top.multiplier = b.s->deep.options.multiplier;
        for (int of_a = 0; of_a < (l < 2 ? 2 : 1); of_a++) {
            cvr_deep_network *n = &b.s->deep.network;
            cvr_mat A = of_a ? cvr_deep_units(n, b.s->A[l]) : n->layers[l].V;
            cvr_mat D = copy_of(A);
            assert_int_equal(CVR_OK, of_a ? cvr_deep_stored_a(b.s, l)
                                          : cvr_deep_stored_w(b.s, l, 1));
            cvr_mat after = copy_of(A);
            cvr_copy(A, D);
            cvr_axpby(D, -1, after, 1);
            must_be_the_slope(b.s, A, D);
            cvr_mat_free(&D);
            cvr_mat_free(&after);
        }
        close_bench(&b);
    }
}

/* What backtracking would find: it accepts s, and not 2 s (unless s is the first). */
static void the_length_is_that_of_backtracking(void **state)
{
    (void)state;
    for (int k = -20; k <= 20; k++)
        for (int i = 1; i < 8; i++) {
            double d2 = 0.3 * i, q = ldexp(1.7 * i * i, k), s = cvr_deep_length(2, d2, q);
            int exponent;
            assert_true(frexp(s, &exponent) == 0.5 && s <= 2 && s * q <= d2);
            assert_true(s == 2 || 2 * s * q > d2);
        }
    assert_true(cvr_deep_length(2, 0, 0) == 0);
}

/* ---- multipliers ---------------------------------------------------------------- */

/* lambda + c l'(z_L), the largest entry of it; l is half a square, or softmax. */
static double slope_left(const bench *b, bool softmax)
{
    const cvr_deep *d = &b->s->deep;
    cvr_mat slope = copy_of(b->s->Z[d->network.depth - 1]);
    if (softmax)
        cvr_softmax(slope);
    cvr_axpby(slope, -d->top.c, d->targets.Y, d->top.c);
    cvr_axpby(slope, 2 * d->top.b, d->U, 1);
    double most = cvr_max_abs(slope);
    cvr_mat_free(&slope);
    return most;
}

static void lambda_is_minus_the_slope_of_the_loss(void **state)
{
    (void)state;
    for (int softmax = 0; softmax < 2; softmax++) {
        bench b;
        open_bench(&b, &cvr_dladmm_method, 3,
                   softmax ? "--loss softmax" : "--loss squared");
        for (int k = 0; k < 8; k++) {
            assert_int_equal(CVR_OK, b.method->step(b.s));
            assert_true(slope_left(&b, softmax) < 1e-10);
            assert_true(cvr_max_abs(b.s->deep.U) > 1e-3);
        }
        close_bench(&b);
    }
}

/* 2 r d = u = 2 g (q - h(z)). */
static void the_multiplier_of_copies_is_no_free_state(void **state)
{
    static const char *const texts[] = {"--order pqzwq", "--order paper",
                                        "--order pqzwq --penalty-copy 4"};
    (void)state;
    for (int k = 0; k < 3; k++) {
        bench b;
        open_bench(&b, &cvr_pdadmm_method, 3, texts[k]);
        for (int i = 0; i < 8; i++) {
            assert_int_equal(CVR_OK, b.method->step(b.s));
            for (int l = 0; l < 2; l++) {
                const cvr_deep_layer *layer = &b.s->deep.network.layers[l];
                cvr_mat u = copy_of(b.s->Z[l]);
                cvr_relu(u);
                cvr_axpby(u, 2 * layer->g, b.s->Q[l], -2 * layer->g);
                assert_true(i < 4 || cvr_max_abs(u) > 1e-6); /* labels have arrived */
                cvr_axpby(u, -2 * layer->r, b.s->D[l], 1);
                assert_true(cvr_max_abs(u) < 1e-10);
                cvr_mat_free(&u);
            }
        }
        close_bench(&b);
    }
}

static double objective(const char *method, const char *text)
{
    char all_of_it[256];
    snprintf(all_of_it, sizeof all_of_it, "--layers 8,5 --max-iterations 9 %s", text);
    cvr_dataset *data = cvr_test_classes(comm, CVR_DOUBLE, 0, 150, 4, 3);
    cvr_test_training t = cvr_test_train(method, data, NULL, comm, all_of_it);
    double objective = t.result.objective;
    cvr_test_trained(&t);
    cvr_dataset_free(data);
    return objective;
}

/* ---- descent -------------------------------------------------------------------- */

static int must_fall(const cvr_progress *p, void *user)
{
    double *last = user;
    if (p->iterations > 0 && !(p->objective <= *last + 1e-12 * fabs(*last)))
        fail_msg("iteration %d: the objective rises from %.15g to %.15g",
                 (int)p->iterations, *last, p->objective);
    *last = p->objective;
    return 0;
}

/* dladmm with b_L above the Lipschitz constant of the loss's slope (softmax 1/2, squared
   2), pdadmm with r >= 4 g, mdlam with a tube that stays, momentum included. */
static void the_objective_falls_in_every_iteration(void **state)
{
    static const struct {
        const char *method, *text;
    } runs[] = {{"dladmm", "--loss softmax --penalty-top 0.55"},
                {"dladmm", "--loss squared --penalty-top 2.1"},
                {"dladmm", "--loss softmax --penalty-top 0.55 --blocks majorised"},
                {"pdadmm", "--loss softmax --penalty-copy 4"},
                {"pdadmm", "--loss squared --penalty-copy 4"},
                {"pdadmm", "--loss hinge --penalty-copy 9"},
                {"pdadmm", "--loss softmax --penalty-copy 4 --order paper"},
                {"mdlam", "--tube fixed --momentum no"},
                {"mdlam", "--tube fixed --momentum no --blocks majorised"},
                {"mdlam", "--tube fixed --loss softmax"},
                {"mdlam", "--tube fixed --loss hinge --tube-width 0.1"},
                {"mdlam", "--tube fixed --loss squared --blocks majorised"}};
    (void)state;
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        char text[256];
        double last = INFINITY;
        cvr_progress result;
        cvr_solver *solver = NULL;
        snprintf(text, sizeof text,
                 "--ridge 0 --layers 6,5 --max-iterations 60 --measure-every 1 "
                 "--tolerance 0 %s",
                 runs[i].text);
        cvr_dataset *data = cvr_test_classes(comm, CVR_DOUBLE, 0, 150, 3, 3);
        cvr_settings *s = cvr_test_settings(runs[i].method, text);
        assert_int_equal(CVR_OK, cvr_solver_new(data, NULL, comm, s, &solver));
        assert_int_equal(CVR_OK, cvr_solver_run(solver, must_fall, &last, &result));
        assert_int_equal(60, result.iterations);
        cvr_solver_free(solver);
        cvr_settings_free(s);
        cvr_dataset_free(data);
    }
}

/* ---- tubes ---------------------------------------------------------------------- */

/* The largest |a - h(z)|, and the least a, of all layers. */
static double widest(const cvr_deep_stored *s, double *least)
{
    double most = 0;
    *least = INFINITY;
    for (int l = 0; l + 1 < s->deep.network.depth; l++) {
        cvr_mat A = cvr_deep_units(&s->deep.network, s->A[l]), H = copy_of(s->Z[l]);
        cvr_relu(H);
        *least = fmin(*least, cvr_min(A));
        cvr_axpby(H, -1, A, 1);
        most = fmax(most, cvr_max_abs(H));
        cvr_mat_free(&H);
    }
    return most;
}

static void activations_stay_in_their_tube(void **state)
{
    static const char *const texts[] = {"--tube fixed --momentum no",
                                        "--tube fixed --momentum yes",
                                        "--tube fixed --blocks majorised"};
    (void)state;
    for (int k = 0; k < 3; k++) {
        bench b;
        char text[96];
        double least, most = 0;
        snprintf(text, sizeof text, "%s --tube-width 0.3", texts[k]);
        open_bench(&b, &cvr_mdlam_tube, 3, text);
        for (int i = 0; i < 20; i++) {
            assert_int_equal(CVR_OK, b.method->step(b.s));
            most = fmax(most, widest(b.s, &least));
            assert_true(most <= 0.3 + 1e-14 && least >= -0.3 - 1e-14);
        }
        assert_true(most > 0.2); /* which is used */
        close_bench(&b);
    }
}

/* |V - V_0| / |V_0| of a layer after some iterations. */
static double moved(const char *text, int l)
{
    bench b;
    open_bench(&b, &cvr_mdlam_tube, 3, text);
    cvr_mat V = copy_of(b.s->deep.network.layers[l].V);
    for (int i = 0; i < 100; i++)
        assert_int_equal(CVR_OK, b.method->step(b.s));
    double apart = sqrt(cvr_distance2(V, b.s->deep.network.layers[l].V) / cvr_dot(V, V));
    cvr_mat_free(&V);
    close_bench(&b);
    return apart;
}

/* mDLAM as published, but for decay and a tube that shrinks: a network with z = m and
   a = h(z) is a fixed point of every layer below the top. Momentum moves them. */
static void layers_below_the_top_are_frozen(void **state)
{
    (void)state;
    for (int l = 0; l < 2; l++) {
        assert_true(moved("--tube fixed --momentum no", l) < 1e-9);
        assert_true(moved("--tube fixed --momentum yes", l) > 1e-3);
    }
    assert_true(moved("--tube fixed --momentum no", 2) > 1e-3);
}

/* Bit for bit; and a narrow one is not. */
static void a_wide_recentred_tube_is_refresh(void **state)
{
    static const char *const same = "--init-scale 0.4 --loss softmax";
    char text[96];
    (void)state;
    snprintf(text, sizeof text, "%s --tube-width 1e30", same);
    double wide = objective("mdlam", text), refresh = objective("deep", same);
    assert_true(wide == refresh);
    snprintf(text, sizeof text, "%s --tube-width 0.1", same);
    assert_true(objective("mdlam", text) != refresh);
}

static void options_of_other_tubes_are_refused(void **state)
{
    static const char *const texts[][2] = {{"--tube fixed --warm 3", "recentred"},
                                           {"--momentum yes", "fixed and shrinking"},
                                           {"--blocks majorised", "fixed and shrinking"}};
    (void)state;
    cvr_dataset *data = cvr_test_classes(comm, CVR_DOUBLE, 0, 20, 2, 2);
    for (int i = 0; i < 3; i++) {
        cvr_settings *s = cvr_test_settings("mdlam", texts[i][0]);
        cvr_solver *solver = NULL;
        assert_int_equal(CVR_USAGE, cvr_solver_new(data, NULL, comm, s, &solver));
        assert_non_null(strstr(cvr_last_error(), texts[i][1]));
        cvr_settings_free(s);
    }
    cvr_dataset_free(data);
}

/* ---- options -------------------------------------------------------------------- */

/* Published is what its sentence says, and each option goes before it. */
static void published_is_a_set_of_defaults(void **state)
{
    static const char *const texts[][4] = {
        {"dladmm", "--published yes",
         "--blocks majorised --schedule paper --penalty-top 5e-7 --penalty-activation 1 "
         "--penalty-weights 1 --loss softmax --init gaussian --init-scale 0.1 --ridge 0",
         "--published yes --blocks exact"},
        {"pdadmm", "--published yes",
         "--blocks majorised --schedule paper --penalty-top 1e-4 --penalty-activation 1 "
         "--penalty-weights 1 --loss softmax --init gaussian --ridge 0 --order paper",
         "--published yes --order pqzwq"},
        {"mdlam", "--published yes",
         "--tube shrinking --tube-width 100 --published yes --momentum no --ridge 0.05",
         "--published yes --momentum yes"}};
    (void)state;
    for (int k = 0; k < 3; k++) {
        double published = objective(texts[k][0], texts[k][1]);
        assert_true(published == objective(texts[k][0], texts[k][2]));
        assert_true(published != objective(texts[k][0], texts[k][3]));
    }
}

/* Penalties that grow leave lambda = 2 b u as it is. */
static void penalties_grow_when_they_are_said_to(void **state)
{
    static const cvr_method *const methods[] = {&cvr_dladmm_method, &cvr_pdadmm_method};
    (void)state;
    for (int k = 0; k < 2; k++) {
        bench b;
        open_bench(&b, methods[k], 3,
                   "--schedule paper --penalty-top 1e-4 --penalty-activation 1 "
                   "--penalty-weights 1 --loss softmax");
        const cvr_deep *d = &b.s->deep;
        double first = d->top.b, last = first;
        for (int i = 0; i < 40; i++) {
            assert_int_equal(CVR_OK, b.method->step(b.s));
            assert_true(d->top.b == last || fabs(d->top.b - 10 * last) < 1e-12 * last);
            assert_true(d->top.b == d->network.layers[2].b);
            assert_true(2 * d->top.b * cvr_max_abs(d->U) <= 1 + 1e-9); /* |l'| <= 1 */
            last = d->top.b;
        }
        assert_true(last > 5 * first);
        close_bench(&b);
    }
}

/* ---- learning ------------------------------------------------------------------- */

typedef struct lesson {
    const char *method, *text;
    int classes;
    double accuracy;
} lesson;

static const lesson lessons[] = {
    {"dladmm", "--layers 20,10", 2, 0.9},
    {"dladmm", "--layers 20,10", 3, 0.93},
    {"dladmm", "--layers 20,10 --loss softmax", 3, 0.93},
    {"dladmm", "--layers 20 --blocks majorised --max-iterations 100", 2, 0.9},
    {"mdlam", "--layers 20,10", 2, 0.95},
    {"mdlam", "--layers 20,10", 3, 0.95},
    {"mdlam", "--layers 20,10 --tube shrinking", 3, 0.85},
    {"pdadmm", "--layers 20,10", 2, 0.9},
    {"pdadmm", "--layers 20,10", 3, 0.93},
    {"pdadmm", "--layers 20,10 --order paper --penalty-copy 4", 3, 0.9},
    {"pdadmm", "--layers 20 --blocks majorised --max-iterations 100", 2, 0.9},
};

/* Both precisions within half a point; outputs at hand are the model's. */
static void networks_learn(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lessons / sizeof *lessons; i++) {
        const lesson *l = &lessons[i];
        double accuracy[2];
        for (int type = 0; type < 2; type++) {
            cvr_dataset *data =
                cvr_test_classes(comm, (cvr_type)type, 0, 600, 2, l->classes);
            cvr_test_training t = cvr_test_train(l->method, data, NULL, comm, l->text);
            cvr_model m = {0};
            cvr_score score;
            accuracy[type] = t.result.train.accuracy;
            if (!(accuracy[type] >= l->accuracy))
                fail_msg("%s %s, %d classes, type %d: accuracy %g", l->method, l->text,
                         l->classes, type, accuracy[type]);
            assert_int_equal(CVR_OK, cvr_solver_model(t.solver, &m));
            assert_int_equal(CVR_OK, cvr_model_score(&m, data, comm, &score));
            assert_true(fabs(score.accuracy - accuracy[type]) <= (type ? 2.0 / 600 : 0));
            cvr_model_free(&m);
            cvr_test_trained(&t);
            cvr_dataset_free(data);
        }
        if (!(fabs(accuracy[1] - accuracy[0]) <= 0.005))
            fail_msg("%s %s: %g in double, %g in single", l->method, l->text, accuracy[0],
                     accuracy[1]);
    }
}

static void values_are_fitted(void **state)
{
    static const char *const methods[] = {"dladmm", "pdadmm", "mdlam"};
    (void)state;
    for (int k = 0; k < 3; k++) {
        cvr_dataset *data = cvr_test_data(comm, CVR_DOUBLE, 400, 4, 2);
        cvr_test_training t = cvr_test_train(methods[k], data, NULL, comm,
                                             "--layers 20,10 --max-iterations 100");
        if (!(t.result.train.r2 > 0.6))
            fail_msg("%s: r2 %g", methods[k], t.result.train.r2);
        cvr_test_trained(&t);
        cvr_dataset_free(data);
    }
}

/* ---- threads, blocks, memory ---------------------------------------------------- */

static const char *const forms[][2] = {
    {"dladmm", "--blocks exact"},  {"dladmm", "--published yes"},
    {"pdadmm", "--order pqzwq"},   {"pdadmm", "--published yes"},
    {"mdlam", "--tube recentred"}, {"mdlam", "--tube shrinking"},
    {"mdlam", "--published yes"}};
enum { FORMS = sizeof forms / sizeof *forms };

/* Sums in another order, and nothing else. */
static void threads_and_blocks_do_not_matter(void **state)
{
    static const char *const how[] = {"--threads 1", "--threads 3", "--block 7",
                                      "--threads 2 --block 4096"};
    (void)state;
    for (int k = 0; k < FORMS; k++) {
        double first = 0;
        for (int i = 0; i < 4; i++) {
            char text[128];
            snprintf(text, sizeof text, "%s %s", forms[k][1], how[i]);
            double now = objective(forms[k][0], text);
            first = i ? first : now;
            if (!(fabs(now - first) <= 1e-9 * fabs(first)))
                fail_msg("%s %s: %.15g, not %.15g", forms[k][0], text, now, first);
            assert_true(now == objective(forms[k][0], text));
        }
    }
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    cvr_dataset *data = cvr_test_classes(comm, CVR_SINGLE, 0, 20, 2, 2);
    for (int i = 0; i < FORMS; i++) {
        cvr_settings *s = cvr_test_settings(forms[i][0], forms[i][1]);
        cvr_status status = CVR_NO_MEMORY;
        assert_int_equal(CVR_OK, cvr_settings_set(s, "layers", "3,2"));
        assert_int_equal(CVR_OK, cvr_settings_set(s, "max-iterations", "2"));
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
        cmocka_unit_test(no_block_raises_what_it_minimises),
        cmocka_unit_test(majorised_steps_follow_the_slope),
        cmocka_unit_test(the_length_is_that_of_backtracking),
        cmocka_unit_test(lambda_is_minus_the_slope_of_the_loss),
        cmocka_unit_test(the_multiplier_of_copies_is_no_free_state),
        cmocka_unit_test(the_objective_falls_in_every_iteration),
        cmocka_unit_test(activations_stay_in_their_tube),
        cmocka_unit_test(layers_below_the_top_are_frozen),
        cmocka_unit_test(a_wide_recentred_tube_is_refresh),
        cmocka_unit_test(options_of_other_tubes_are_refused),
        cmocka_unit_test(published_is_a_set_of_defaults),
        cmocka_unit_test(penalties_grow_when_they_are_said_to),
        cmocka_unit_test(networks_learn),
        cmocka_unit_test(values_are_fitted),
        cmocka_unit_test(threads_and_blocks_do_not_matter),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, open_comm, close_comm);
}

/* Small problems whose optimum is known to 12 digits, for every way to solve the u-step.
   They come with the folder that CVR_SHARED names; without it there is nothing to compare
   with. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "support/problem.h"

static cvr_comm *comm;

typedef struct reference {
    char name[64], gates[512];
    bool gated;
    double beta, optimum;
    cvr_dataset *data;
} reference;

static double number(json_t *problem, const char *key)
{
    return json_number_value(json_object_get(problem, key));
}

static cvr_dataset *read_rows(const char *path, int outputs)
{
    const char *paths[] = {path};
    cvr_load how = {
        .paths = paths, .path_count = 1, .task = CVR_REGRESS, .libsvm_base = -1};
    cvr_dataset *data = NULL;
    how.target = outputs == 3 ? "y0,y1,y2" : "y0";
    if (cvr_dataset_load(&how, comm, &data) != CVR_OK)
        fail_msg("%s", cvr_last_error());
    assert_int_equal(
        CVR_OK, cvr_dataset_fit_transform(data, CVR_NORMALIZE_NONE, CVR_BIAS_NONE, comm));
    return data;
}

static void read_reference(const char *folder, const char *name, reference *r)
{
    char path[512];
    snprintf(path, sizeof path, "%s/reference/convex/%s/problem.json", folder, name);
    json_t *problem = json_load_file(path, 0, NULL);
    assert_non_null(problem);
    snprintf(r->name, sizeof r->name, "%s", name);
    snprintf(r->gates, sizeof r->gates, "%s/reference/convex/%s/gates.csv", folder, name);
    r->gated = strcmp(json_string_value(json_object_get(problem, "model")), "gated") == 0;
    r->beta = number(problem, "beta");
    r->optimum = number(problem, "optimum_lower");
    snprintf(path, sizeof path, "%s/reference/convex/%s/data.csv", folder, name);
    r->data = read_rows(path, (int)number(problem, "outputs"));
    json_decref(problem);
}

static void check(const reference *r, const char *how)
{
    char text[1024];
    snprintf(text, sizeof text,
             "--gates %s --formulation %s --beta %.17g %s --tolerance 5e-7 "
             "--max-iterations 200000",
             r->gates, r->gated ? "gated" : "relu", r->beta, how);
    cvr_progress result = cvr_test_solve(r->data, comm, text);
    double excess = result.upper_bound / r->optimum - 1;
    if (result.outcome != CVR_CONVERGED || !(excess <= 1e-6) || !(result.gap <= 1e-5))
        fail_msg("%s, %s: gap %g, excess %g", r->name, how, result.gap, excess);
    assert_true(result.lower_bound <= r->optimum * (1 + 1e-10));
}

static void every_primal_step_reaches_the_known_optimum(void **state)
{
    (void)state;
    const char *names[] = {"gated",      "relu-conditioned", "relu-duplicate-column",
                           "relu-multi", "relu-strong",      "relu-tiny",
                           "relu-weak",  "relu-wide"};
    const char *primals[] = {"direct",    "cg",   "diag-pcg",   "nystrom-pcg",
                             "block-pcg", "rbcd", "block-rbcd", "block-nystrom-pcg"};
    char how[64];
    const char *folder = getenv("CVR_SHARED");
    if (!folder)
        skip();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        reference r = {0};
        read_reference(folder, names[i], &r);
        for (size_t j = 0; j < sizeof primals / sizeof *primals; j++) {
            snprintf(how, sizeof how, "--primal %s", primals[j]);
            check(&r, how);
        }
        if (!r.gated)
            check(&r, "--splitting projection");
        cvr_dataset_free(r.data);
    }
}

/* ---- other losses, weights, a free bias -------------------------------------------- */

/* "a:1.5,b:2" of an object. */
static void write_classes(json_t *classes, char *text, size_t size)
{
    const char *name;
    json_t *weight;
    size_t at = 0;
    json_object_foreach(classes, name, weight) at +=
        (size_t)snprintf(text + at, size - at, "%s%s:%.17g", at > 0 ? "," : "", name,
                         json_number_value(weight));
}

static cvr_dataset *read_weighed(const char *folder, json_t *p)
{
    char path[512], weights[512], classes[256];
    const char *paths[] = {path};
    const char *kind = json_string_value(json_object_get(p, "weights"));
    const char *loss = json_string_value(json_object_get(p, "loss"));
    bool values = strcmp(loss, "huber") == 0 || strcmp(loss, "squared") == 0;
    bool free = json_is_true(json_object_get(p, "free_bias"));
    cvr_load how = {.paths = paths,
                    .path_count = 1,
                    .task = values ? CVR_REGRESS : CVR_CLASSIFY,
                    .target = "y0",
                    .libsvm_base = -1};
    cvr_dataset *data = NULL;
    snprintf(path, sizeof path, "%s/data.csv", folder);
    snprintf(weights, sizeof weights, "%s/weights.csv", folder);
    write_classes(json_object_get(p, "class_weights"), classes, sizeof classes);
    how.weights = strncmp(kind, "weights.csv", 11) == 0 ? weights : NULL;
    how.class_weights = strcmp(kind, "class_weights") == 0 ? classes : NULL;
    if (cvr_dataset_load(&how, comm, &data) != CVR_OK)
        fail_msg("%s", cvr_last_error());
    assert_int_equal(
        CVR_OK, cvr_dataset_fit_transform(data, CVR_NORMALIZE_NONE,
                                          free ? CVR_BIAS_FREE : CVR_BIAS_NONE, comm));
    return data;
}

static cvr_progress solve_loss(const char *folder, json_t *p, const char *beta,
                               double value)
{
    char text[1024], width[64] = "";
    json_t *delta = json_object_get(p, "huber_delta");
    cvr_dataset *data = read_weighed(folder, p);
    if (delta)
        snprintf(width, sizeof width, "--huber-width %.17g", json_number_value(delta));
    snprintf(text, sizeof text,
             "--gates %s/gates.csv --formulation %s --loss %s %s --tolerance 1e-7 "
             "--max-iterations 20000 %s %.17g",
             folder, json_string_value(json_object_get(p, "model")),
             json_string_value(json_object_get(p, "loss")), width, beta, value);
    cvr_progress result = cvr_test_solve(data, comm, text);
    cvr_dataset_free(data);
    return result;
}

/* The optimum, and beta_max: half of it is the same penalty by both names. */
static void check_loss(const char *folder)
{
    char path[512];
    snprintf(path, sizeof path, "%s/problem.json", folder);
    json_t *p = json_load_file(path, 0, NULL);
    assert_non_null(p);
    double optimum = number(p, "optimum_upper"), half = number(p, "beta_max") / 2;
    cvr_progress r = solve_loss(folder, p, "--beta", number(p, "beta"));
    if (r.outcome != CVR_CONVERGED || !(r.gap <= 1e-7))
        fail_msg("%s: gap %g", folder, r.gap);
    assert_true(r.lower_bound <= optimum * (1 + 1e-9));
    assert_true(r.upper_bound >= optimum * (1 - 1e-9));
    cvr_progress a = solve_loss(folder, p, "--beta", half);
    cvr_progress b = solve_loss(folder, p, "--beta-relative", 0.5);
    assert_true(fabs(a.upper_bound - b.upper_bound) <= 1e-9 * a.upper_bound);
    json_decref(p);
}

static void every_loss_reaches_the_known_optimum(void **state)
{
    (void)state;
    const char *names[] = {
        "huber-gated-bias",  "huber-relu-weights",         "logistic-gated-weights-bias",
        "logistic-relu",     "logistic-relu-classes-bias", "softmax-gated-classes",
        "softmax-relu-bias", "squared-relu-weights-bias"};
    const char *shared = getenv("CVR_SHARED");
    if (!shared)
        skip();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char folder[400];
        snprintf(folder, sizeof folder, "%s/reference/losses/%s", shared, names[i]);
        check_loss(folder);
    }
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
        cmocka_unit_test(every_primal_step_reaches_the_known_optimum),
        cmocka_unit_test(every_loss_reaches_the_known_optimum),
    };
    return cmocka_run_group_tests(tests, open_comm, close_comm);
}

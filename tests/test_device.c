/* Every method on a device whose addresses fault outside its kernels (support/device.h):
   the bits of the processor, and few waits of the host for the device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cvxrelu/cvxrelu.h>

#include "baseline/baseline.h"
#include "solver/set_up.h"
#include "support/classes.h"
#include "support/device.h"
#include "support/problem.h"

typedef enum row_kind { VALUES, CLASSES, WIDE, TURNED } row_kind; /* in coordinates */

typedef struct configuration {
    const char *method, *options;
    row_kind rows;
    int most; /* waits of a measured iteration; 0: any number */
} configuration;

#define RELU "--formulation relu --patterns 50 "
#define GATED "--formulation gated --patterns 50 "

static const configuration configurations[] = {
    {"convex", RELU "--primal direct", VALUES, 8},
    {"convex", RELU "--primal block-pcg", VALUES, 8},
    {"convex", GATED, VALUES, 8},
    {"convex", RELU "--primal cg", VALUES, 0},
    {"convex", RELU "--primal diag-pcg", VALUES, 0},
    {"convex", RELU "--primal nystrom-pcg --nystrom-rank 5", VALUES, 0},
    {"convex", RELU "--primal block-nystrom-pcg --nystrom-rank 5", VALUES, 0},
    {"convex", RELU "--primal rbcd", VALUES, 0},
    {"convex", RELU "--primal block-rbcd", VALUES, 0},
    {"convex", RELU "--splitting slack", CLASSES, 0},
    {"convex", RELU "--splitting slack", WIDE, 0},
    {"convex", GATED, TURNED, 0},
    {"convex", RELU "--splitting slack --gate-kind pairs", TURNED, 0},
    {"convex", "--formulation gated-ridge", TURNED, 0},
    {"convex", "--formulation kernel", TURNED, 0},
    {"deep", "", TURNED, 0},
    {"convex", GATED "--solver fista", VALUES, 0},
    {"convex", "--formulation gated-ridge", VALUES, 0},
    {"convex", "--formulation gated-ridge", CLASSES, 0},
    {"convex", "--formulation kernel", VALUES, 0},
    {"convex", "--formulation kernel", CLASSES, 0},
    {"convex", "--gate-kind pairs --formulation relu --splitting slack", CLASSES, 0},
    {"deep", "", VALUES, 0},
    {"deep", "", CLASSES, 0},
    {"deep", "--loss softmax", CLASSES, 0},
    {"deep", "--loss hinge", CLASSES, 0},
    {"deep", "--sweep paper", CLASSES, 0},
    {"deep", "--validation 0.2", CLASSES, 0},
    {"mdlam", "", CLASSES, 0},
    {"mdlam", "--tube shrinking", CLASSES, 0},
    {"dladmm", "", VALUES, 0},
    {"dladmm", "--published yes", CLASSES, 0},
    {"pdadmm", "", CLASSES, 0},
    {"pdadmm", "--published yes", CLASSES, 0},
    {"ccp", "--solver newton", VALUES, 0},
    {"ccp", "--solver graph", VALUES, 0},
    {"ccp", "--solver consensus", VALUES, 0},
    {"ccp", "--start least-squares --restarts 3", VALUES, 0},
    {"adam", "", CLASSES, 0},
    {"sgd", "", VALUES, 0},
    {"cg", "", VALUES, 0},
    {"bfgs", "", CLASSES, 0},
    {"lbfgs", "", CLASSES, 0},
};

/* ---- one run ----------------------------------------------------------------------- */

typedef struct outcome {
    cvr_progress last;
    cvr_model model;
    int64_t waits, most; /* up to the last measurement; the most between two */
} outcome;

/* Without set-up and the first iterations, which look for more than later ones, and
   without the end of the run, where the network is remarked upon. */
static int count_waits(const cvr_progress *p, void *user)
{
    outcome *o = user;
    int64_t now = cvr_test_device_waits();
    if (p->iterations > 3 && p->outcome == CVR_RUNNING && now - o->waits > o->most)
        o->most = now - o->waits;
    o->waits = now;
    return 0;
}

static cvr_dataset *data_of(row_kind rows, cvr_type type)
{
    switch (rows) {
    case VALUES:
        return cvr_test_data(cvr_test_alone, type, 60, 6, 1);
    case CLASSES:
        return cvr_test_classes(cvr_test_alone, type, 0, 60, 5, 3);
    case TURNED:
        return cvr_test_free(cvr_test_alone, type, 24, 300, 1, 1, 0);
    default:
        return cvr_test_free(cvr_test_alone, type, 24, 60, 1, 1, 0);
    }
}

static outcome run(const configuration *c, cvr_type type, const cvr_backend *device)
{
    cvr_dataset *data = data_of(c->rows, type);
    cvr_settings *settings = cvr_test_settings(c->method, c->options);
    cvr_solver *solver = NULL;
    outcome o = {.waits = cvr_test_device_waits()};
    assert_int_equal(CVR_OK, cvr_settings_set(settings, "max-iterations", "13"));
    assert_int_equal(CVR_OK, cvr_settings_set(settings, "measure-every", "1"));
    if (cvr_solver_new_on(device, data, NULL, cvr_test_alone, settings, &solver) !=
            CVR_OK ||
        cvr_solver_run(solver, count_waits, &o, &o.last) != CVR_OK ||
        cvr_solver_model(solver, &o.model) != CVR_OK)
        fail_msg("%s %s: %s", c->method, c->options, cvr_last_error());
    cvr_solver_free(solver);
    cvr_settings_free(settings);
    cvr_dataset_free(data);
    return o;
}

/* ---- the same bits ----------------------------------------------------------------- */

static void same_matrix(const configuration *c, const char *what, cvr_mat A, cvr_mat B)
{
    assert_true(A.rows == B.rows && A.cols == B.cols && A.type == B.type);
    for (int64_t j = 0; j < A.cols; j++)
        for (int64_t i = 0; i < A.rows; i++) {
            double a = cvr_get(A, i, j), b = cvr_get(B, i, j);
            if (memcmp(&a, &b, sizeof a) != 0)
                fail_msg("%s %s: entry %d, %d of %s is %.17g on the device, not %.17g",
                         c->method, c->options, (int)i, (int)j, what, b, a);
        }
}

static void same_layer(const configuration *c, const char *what, cvr_layer a, cvr_layer b)
{
    same_matrix(c, what, a.W, b.W);
    same_matrix(c, what, a.b, b.b);
}

static void same_model(const configuration *c, const cvr_model *a, const cvr_model *b)
{
    assert_true(a->kind == b->kind && a->depth == b->depth && a->outputs == b->outputs);
    for (int l = 0; l < a->depth; l++)
        same_layer(c, "a layer", a->layers[l], b->layers[l]);
    same_layer(c, "the gates", a->gates, b->gates);
    same_matrix(c, "the constants", a->constant, b->constant);
    same_matrix(c, "the points", a->machine.Z, b->machine.Z);
    same_matrix(c, "the calibration", a->calibration, b->calibration);
}

/* All but clocks and memory. */
static char *figures(cvr_progress p)
{
    char *text = NULL;
    p.seconds = p.cpu_seconds = 0;
    p.peak_memory_bytes = 0;
    memset(p.phases, 0, sizeof p.phases);
    assert_int_equal(CVR_OK, cvr_progress_json(&p, &text));
    return text;
}

static void compare(const configuration *c, cvr_type type, const cvr_backend *device)
{
    outcome a = run(c, type, cvr_cpu()), b = run(c, type, device);
    char *here = figures(a.last), *there = figures(b.last);
    size_t same = 0;
    while (here[same] && here[same] == there[same])
        same++;
    if (here[same] != there[same])
        fail_msg("%s %s: %.80s on the device, not %.80s", c->method, c->options,
                 there + (same < 40 ? 0 : same - 40), here + (same < 40 ? 0 : same - 40));
    same_model(c, &a.model, &b.model);
    if (device == cvr_test_device()) {
        print_message("%4d waits  %s %s\n", (int)b.most, c->method, c->options);
        if (c->most > 0 && b.most > c->most)
            fail_msg("%s %s: %d waits in an iteration, at most %d are allowed", c->method,
                     c->options, (int)b.most, c->most);
    }
    cvr_model_free(&a.model);
    cvr_model_free(&b.model);
    free(here);
    free(there);
}

static void each(const cvr_backend *device)
{
    for (size_t i = 0; i < sizeof configurations / sizeof *configurations; i++)
        for (int type = CVR_DOUBLE; type <= CVR_SINGLE; type++)
            compare(&configurations[i], (cvr_type)type, device);
}

static void methods_find_the_same_on_a_device(void **state)
{
    (void)state;
    each(cvr_test_device());
}

/* Operations that it lacks are done on the host. */
static void methods_find_the_same_on_a_bare_device(void **state)
{
    (void)state;
    each(cvr_test_device_bare());
}

static void addresses_of_the_device_fault(void **state)
{
    (void)state;
    cvr_mat A;
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_test_device(), CVR_DOUBLE, 2, 2, &A));
    assert_true((uintptr_t)A.data >> 47 != 0);
    cvr_set(A, 1, 1, 3);
    assert_true(cvr_get(A, 1, 1) == 3);
    cvr_mat_free(&A);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_the_device_fault),
        cmocka_unit_test(methods_find_the_same_on_a_device),
        cmocka_unit_test(methods_find_the_same_on_a_bare_device),
    };
    cvr_baselines_register();
    return cmocka_run_group_tests(tests, cvr_test_open_comms, cvr_test_close_comms);
}

/* Kernels of sampled gates and the gated networks that they are. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "convex/limit_gates.h"
#include "convex/limit_kernel.h"
#include "linalg/mats.h"
#include "model/model.h"
#include "model/model_file.h"
#include "support/classes.h"
#include "support/models.h"
#include "support/problem.h"

enum { ROWS = 40, D = 9, C = 2, GATES = 16 };

static cvr_mat matrix(cvr_type type, int64_t rows, int64_t cols)
{
    cvr_mat A = {0};
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), type, rows, cols, &A));
    return A;
}

/* Groups of columns: two, the second one with odd columns. */
static void group(cvr_dataset *data)
{
    cvr_transform *t = &data->transform;
    t->groups = 2;
    t->group[0] = (cvr_group){0, 4, 4};
    t->group[1] = (cvr_group){4, D - 5, 2};
}

/* A model of the machine's kernel with these weights at its points. */
static cvr_model kernel_model(const cvr_machine *machine, cvr_mat alpha, cvr_mat b)
{
    cvr_model m;
    cvr_mat turned = matrix(CVR_DOUBLE, C, alpha.rows);
    assert_int_equal(CVR_OK,
                     cvr_model_new_kernel(machine->Z.type, 0, alpha.rows, 0, C, &m));
    cvr_machine_free(&m.machine);
    assert_int_equal(CVR_OK, cvr_machine_copy(machine, &m.machine));
    cvr_transpose(turned, alpha);
    cvr_copy(m.layers[0].W, turned);
    cvr_copy(m.layers[0].b, b);
    cvr_mat_free(&turned);
    return m;
}

static void agree(const cvr_model *one, const cvr_model *other, cvr_mat X, double most)
{
    cvr_mat F = matrix(CVR_DOUBLE, X.rows, C), G = matrix(CVR_DOUBLE, X.rows, C);
    assert_int_equal(CVR_OK, cvr_model_forward(one, X, F));
    assert_int_equal(CVR_OK, cvr_model_forward(other, X, G));
    double distance = sqrt(cvr_distance2(F, G)), size = sqrt(cvr_dot(G, G));
    if (!(distance <= most * size))
        fail_msg("outputs are %g apart, of %g", distance, size);
    CVR_MATS_FREE(&F, &G);
}

/* Of every kernel that sampled gates stand for, mirrored or not, in both precisions: the
   network says of new rows what the kernel says. */
static void a_kernel_of_gates_is_a_gated_network(void **state)
{
    (void)state;
    cvr_dataset *data = cvr_test_data(cvr_test_alone, CVR_DOUBLE, ROWS, D, C);
    cvr_problem q = {.X = data->X,
                     .Y = data->Y,
                     .rows = ROWS,
                     .train = data,
                     .comm = cvr_test_alone,
                     .seed = 1};
    for (int k = 0; k < 4 * 7; k++) {
        cvr_type type = k % 2 ? CVR_SINGLE : CVR_DOUBLE;
        cvr_mat X = matrix(type, ROWS, D - 1), K = matrix(type, ROWS, ROWS);
        cvr_mat alpha = cvr_test_matrix(CVR_DOUBLE, ROWS, C, 5);
        cvr_mat b = cvr_test_matrix(CVR_DOUBLE, C, 1, 6);
        cvr_mat new = cvr_test_matrix(CVR_DOUBLE, 3 * ROWS, D - 1, 7);
        cvr_machine machine;
        cvr_model gated;
        cvr_copy(X, cvr_mat_cols(data->X, 0, D - 1));
        if (k / 2 % 2)
            group(data);
        else
            data->transform.groups = 0;
        assert_int_equal(CVR_OK, cvr_limit_sampled(&q, k / 4, GATES, X, K, &machine));
        cvr_mat_free(&machine.Z);
        machine.Z = X;
        machine.clip = 1.5;
        cvr_model kernel = kernel_model(&machine, alpha, b);
        assert_int_equal(CVR_OK, cvr_limit_gated(&machine, alpha, b, &gated));
        assert_int_equal(GATES + 1, gated.gates.W.rows);
        agree(&gated, &kernel, new, type == CVR_DOUBLE ? 1e-12 : 1e-5);
        cvr_model_free(&kernel);
        cvr_model_free(&gated);
        cvr_machine_free(&machine);
        CVR_MATS_FREE(&K, &alpha, &b, &new);
    }
    cvr_dataset_free(data);
}

/* Trained as such, it is a gated model that is judged beside the kernel, and comes back
   from its bytes as it was. */
static void a_compact_network_is_saved_and_judged(void **state)
{
    static const char *const options[] = {
        "--compact gates=60", "--compact gates=60 --kernel ntk",
        "--compact gates=60 --kernel tree", "--compact gates=60 --components 3"};
    (void)state;
    cvr_dataset *data = cvr_test_classes(cvr_test_alone, CVR_DOUBLE, 0, 90, 5, 3);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        char text[128] = "--formulation kernel ";
        unsigned char *bytes = NULL;
        size_t size = 0;
        cvr_model m, read, copy;
        cvr_test_run run = cvr_test_start(data, cvr_test_alone, strcat(text, options[i]));
        cvr_progress p = run.result;
        assert_int_equal(CVR_CONVERGED, p.outcome);
        assert_true(p.train.accuracy > 0.7 && p.loo_error < 0.5);
        assert_true(strncmp(p.note, "loo_error of kernel ", 20) == 0);
        assert_true(atof(strrchr(p.note, ' ')) < 0.5);
        assert_int_equal(CVR_OK, cvr_solver_model(run.solver, &m));
        assert_int_equal(CVR_GATED, m.kind);
        assert_int_equal(61, m.gates.W.rows);
        assert_true(m.calibration.data != NULL);
        assert_int_equal(CVR_OK, cvr_model_to_bytes(&m, &bytes, &size));
        assert_int_equal(CVR_OK, cvr_model_from_bytes(bytes, size, &read));
        assert_int_equal(CVR_OK, cvr_model_copy(&read, &copy));
        cvr_mat F = matrix(CVR_DOUBLE, 90, 3), G = matrix(CVR_DOUBLE, 90, 3);
        assert_int_equal(CVR_OK, cvr_model_apply(&m, data, F));
        assert_int_equal(CVR_OK, cvr_model_apply(&copy, data, G));
        assert_true(cvr_distance2(F, G) == 0);
        CVR_MATS_FREE(&F, &G);
        cvr_model_free(&m);
        cvr_model_free(&read);
        cvr_model_free(&copy);
        free(bytes);
        cvr_test_end(&run);
    }
    cvr_dataset_free(data);
}

static void what_compact_takes_is_said(void **state)
{
    static const char *const wrong[] = {"--compact gates=", "--compact gates=0",
                                        "--compact gates=5x", "--compact rows=5",
                                        "--compact gates=50 --kernel exp"};
    (void)state;
    cvr_dataset *data = cvr_test_classes(cvr_test_alone, CVR_DOUBLE, 0, 60, 5, 3);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[128] = "--formulation kernel ";
        cvr_solver *solver = NULL;
        cvr_settings *settings = cvr_test_settings("convex", strcat(text, wrong[i]));
        assert_int_equal(CVR_USAGE,
                         cvr_solver_new(data, NULL, cvr_test_alone, settings, &solver));
        cvr_settings_free(settings);
    }
    cvr_dataset_free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kernel_of_gates_is_a_gated_network),
        cmocka_unit_test(a_compact_network_is_saved_and_judged),
        cmocka_unit_test(what_compact_takes_is_said),
    };
    return cmocka_run_group_tests(tests, cvr_test_open_comms, cvr_test_close_comms);
}

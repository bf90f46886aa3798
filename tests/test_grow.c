/* Networks that begin as a saved one: identities between its hidden layers and its top
   leave its outputs as they are, in every unit of targets, and in coordinates. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "linalg/ops.h"
#include "support/classes.h"
#include "support/files.h"
#include "support/problem.h"

/* n x 6 rows, prepared as they are for training. */
static cvr_dataset *rows(int64_t n, int classes, cvr_type type)
{
    if (classes)
        return cvr_test_classes(cvr_test_alone, type, 0, n, 5, classes);
    return cvr_test_free(cvr_test_alone, type, n, 6, 2, 3, 7);
}

static void outputs(const cvr_solver *s, const cvr_dataset *d, cvr_mat Y)
{
    cvr_model m = {0};
    assert_int_equal(CVR_OK, cvr_solver_model((cvr_solver *)s, &m));
    assert_int_equal(CVR_OK, cvr_model_apply(&m, d, Y));
    cvr_model_free(&m);
}

static const char *options(const char *layers, const char *loss, const char *from)
{
    static char text[300];
    snprintf(text, sizeof text, "--layers %s --loss %s --max-iterations 6%s%s", layers,
             loss, from ? " --grow-from " : "", from ? from : "");
    return text;
}

static void check(const char *method, int64_t n, int classes, const char *loss,
                  cvr_type type)
{
    const char *path = cvr_test_path("small.st");
    cvr_dataset *d = rows(n, classes, type);
    cvr_mat before = {0}, after = {0};
    cvr_solver *grown = NULL;
    cvr_model m = {0};
    cvr_test_training t =
        cvr_test_train(method, d, NULL, cvr_test_alone, options("9,7", loss, NULL));
    assert_int_equal(CVR_OK, cvr_solver_model(t.solver, &m));
    assert_int_equal(CVR_OK, cvr_model_save(&m, path));
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), type, n, m.outputs, &before));
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), type, n, m.outputs, &after));
    outputs(t.solver, d, before);
    cvr_settings *s = cvr_test_settings(method, options("9,7,7,7", loss, path));
    if (cvr_solver_new(d, NULL, cvr_test_alone, s, &grown) != CVR_OK)
        fail_msg("%s", cvr_last_error());
    outputs(grown, d, after);
    double apart = sqrt(cvr_distance2(before, after) / cvr_dot(before, before));
    if (!(apart < (type == CVR_DOUBLE ? 1e-12 : 1e-5)))
        fail_msg("%s, %d classes, %s: outputs are %g apart", method, classes, loss,
                 apart);
    cvr_solver_free(grown);
    cvr_settings_free(s);
    cvr_test_trained(&t);
    cvr_model_free(&m);
    cvr_mat_free(&before);
    cvr_mat_free(&after);
    cvr_dataset_free(d);
}

static void identities_keep_what_a_network_computes(void **state)
{
    static const char *const methods[] = {"deep", "pdadmm", "dladmm"};
    (void)state;
    for (int type = CVR_DOUBLE; type <= CVR_SINGLE; type++)
        for (int k = 0; k < 3; k++) {
            check(methods[k], 60, 3, "hinge", (cvr_type)type);
            check(methods[k], 60, 2, "hinge", (cvr_type)type);
            check(methods[k], 60, 2, "softmax", (cvr_type)type);
            check(methods[k], 60, 0, "squared", (cvr_type)type);
            check(methods[k], 4, 0, "squared", (cvr_type)type);
        }
}

static void refused(const char *layers, const char *path, cvr_status status,
                    const char *words)
{
    cvr_dataset *d = rows(60, 3, CVR_DOUBLE);
    cvr_settings *s = cvr_test_settings("deep", options(layers, "hinge", path));
    cvr_solver *solver = NULL;
    assert_int_equal(status, cvr_solver_new(d, NULL, cvr_test_alone, s, &solver));
    if (!strstr(cvr_last_error(), words))
        fail_msg("'%s' does not say '%s'", cvr_last_error(), words);
    cvr_settings_free(s);
    cvr_dataset_free(d);
}

static void other_shapes_are_refused(void **state)
{
    const char *path = cvr_test_path("small.st");
    (void)state;
    check("deep", 60, 3, "hinge", CVR_DOUBLE);
    refused("9", path, CVR_USAGE, "no network with 1 to 1 hidden layers");
    refused("9,8", path, CVR_USAGE, "layer 2 has 9 inputs and 7 units there");
    refused("9,7,8", path, CVR_USAGE, "layer 3 has 7 inputs and 7 units there");
    refused("9,7", cvr_test_text("no.st", "nothing"), CVR_BAD_DATA, "no.st");
    refused("9,7", cvr_test_path("absent"), CVR_IO, "absent");
    check("deep", 60, 2, "hinge", CVR_DOUBLE);
    refused("9,7", path, CVR_USAGE, "it has 1 outputs, and these data 3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identities_keep_what_a_network_computes),
        cmocka_unit_test(other_shapes_are_refused),
    };
    return cmocka_run_group_tests_name("grow", tests, cvr_test_open_all,
                                       cvr_test_close_all);
}

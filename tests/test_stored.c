/* Files that version 0.1.0 wrote (stored/0.1): models predict as they did, a checkpoint
   goes on or is refused by its version. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cvxrelu/cvxrelu.h>

#include "model/model.h"

static const char *stored(const char *name, const char *ending)
{
    static char path[4][4096];
    static int turn;
    char *text = path[turn = (turn + 1) % 4];
    snprintf(text, sizeof path[0], "%s/0.1/%s.%s", CVR_STORED, name, ending);
    return text;
}

static cvr_dataset *rows_of(const char *name, const cvr_model *m, cvr_comm *comm)
{
    const char *path = stored(name, "csv");
    cvr_load how = {.paths = &path,
                    .path_count = 1,
                    .task = m->task,
                    .libsvm_base = -1,
                    .type = m->layers[0].W.type};
    cvr_dataset *data = NULL;
    assert_int_equal(CVR_OK, cvr_dataset_load(&how, comm, &data));
    assert_int_equal(CVR_OK, cvr_dataset_transform(data, &m->transform, m->classes,
                                                   m->class_names, comm));
    return data;
}

/* A line a row, the outputs with commas between. */
static void compare(cvr_mat F, const char *path, double rounding)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (int64_t i = 0; i < F.rows; i++)
        for (int64_t c = 0; c < F.cols; c++) {
            double then = NAN;
            assert_int_equal(1, fscanf(file, c > 0 ? ",%lf" : "%lf", &then));
            if (fabs(cvr_get(F, i, c) - then) > rounding * fmax(1, fabs(then)))
                fail_msg("%s: row %lld: %.17g, it was %.17g", path, (long long)i + 1,
                         cvr_get(F, i, c), then);
        }
    fclose(file);
}

static void predicts_as_it_did(const char *name, const char *rows)
{
    cvr_comm *comm = NULL;
    cvr_model m = {0};
    cvr_mat F = {0};
    assert_int_equal(CVR_OK, cvr_comm_open("serial", &comm));
    assert_int_equal(CVR_OK, cvr_model_load(stored(name, "safetensors"), &m));
    cvr_dataset *data = rows_of(rows, &m, comm);
    assert_int_equal(CVR_OK,
                     cvr_mat_new(cvr_cpu(), data->X.type, data->X.rows, m.outputs, &F));
    assert_int_equal(CVR_OK, cvr_model_forward(&m, data->X, F));
    compare(F, stored(name, "outputs"), F.type == CVR_SINGLE ? 1e-5 : 1e-12);
    cvr_mat_free(&F);
    cvr_dataset_free(data);
    cvr_model_free(&m);
    cvr_comm_free(comm);
}

static void models_predict_as_they_did(void **state)
{
    static const char *const stored_models[][2] = {
        {"relu", "two"},   {"gated", "three"}, {"ridge", "values"},
        {"deep", "three"}, {"ccp", "values"},  {"adam", "two"}};
    (void)state;
    for (size_t i = 0; i < sizeof stored_models / sizeof *stored_models; i++)
        predicts_as_it_did(stored_models[i][0], stored_models[i][1]);
}

static void a_checkpoint_of_another_version_is_refused_by_it(void **state)
{
    (void)state;
    const char *path = stored("two", "csv");
    cvr_load how = {.paths = &path, .path_count = 1, .libsvm_base = -1};
    cvr_comm *comm = NULL;
    cvr_dataset *data = NULL;
    cvr_settings *settings = NULL;
    cvr_solver *solver = NULL;
    char *about = NULL;
    assert_int_equal(CVR_OK, cvr_comm_open("serial", &comm));
    assert_int_equal(CVR_OK, cvr_dataset_load(&how, comm, &data));
    assert_int_equal(CVR_OK,
                     cvr_dataset_fit_transform(data, CVR_NORMALIZE_FEATURE, true, comm));
    assert_int_equal(CVR_OK, cvr_settings_new("convex", &settings));
    assert_int_equal(CVR_OK, cvr_settings_set(settings, "patterns", "3"));
    assert_int_equal(CVR_OK, cvr_settings_set(settings, "max-iterations", "5"));
    assert_int_equal(CVR_OK, cvr_solver_new(data, NULL, comm, settings, &solver));
    assert_int_equal(CVR_OK,
                     cvr_checkpoint_about(stored("convex", "checkpoint"), &about));
    assert_non_null(strstr(about, "0.1.0"));
    assert_int_equal(CVR_BAD_DATA,
                     cvr_solver_restore(solver, stored("convex", "checkpoint"), NULL));
    assert_non_null(strstr(cvr_last_error(), "version"));
    free(about);
    cvr_solver_free(solver);
    cvr_settings_free(settings);
    cvr_dataset_free(data);
    cvr_comm_free(comm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(models_predict_as_they_did),
        cmocka_unit_test(a_checkpoint_of_another_version_is_refused_by_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

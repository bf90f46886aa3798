/* Memory that one process does not get while rows are read, prepared and split, a network
   is scored or pruned: all of them are told, and none waits for ever. Runs alone and
   under mpirun. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "data/dataset.h"
#include "data/from_arrays.h"
#include "prune/task.h"
#include "support/classes.h"
#include "support/files.h"
#include "support/lack.h"
#include "support/models.h"
#include "support/problem.h"

enum { ROWS = 30, COLUMNS = 5, CLASSES = 3 };

/* Own rows of features, and class numbers (one column) or values. */
static void numbers(cvr_mat *X, cvr_mat *Y, bool classes)
{
    int rank = cvr_comm_rank(cvr_test_all), size = cvr_comm_size(cvr_test_all);
    int64_t own = ROWS * (rank + 1) / size - ROWS * rank / size;
    *X = cvr_test_matrix(CVR_DOUBLE, own, COLUMNS, rank);
    *Y = cvr_test_matrix(CVR_DOUBLE, own, classes ? 1 : 2, rank + 100);
    for (int64_t i = 0; i < own && classes; i++)
        cvr_set(*Y, i, 0, (double)(i % CLASSES));
}

/* Rows that are not prepared yet. */
static cvr_dataset *raw(bool classes)
{
    cvr_mat X = {0}, Y = {0};
    cvr_dataset *data = NULL;
    cvr_task task = classes ? CVR_CLASSIFY : CVR_REGRESS;
    numbers(&X, &Y, classes);
    assert_int_equal(CVR_OK, cvr_dataset_from_matrix(X, Y, task, cvr_test_all, &data));
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    return data;
}

/* ---- rows -------------------------------------------------------------------------- */

static cvr_status wrap(const void *ctx)
{
    const cvr_task *task = ctx;
    cvr_mat X = {0}, Y = {0};
    cvr_dataset *data = NULL;
    numbers(&X, &Y, *task != CVR_REGRESS);
    cvr_test_lack_from();
    cvr_status status = cvr_dataset_from_matrix(X, Y, *task, cvr_test_all, &data);
    cvr_dataset_free(data);
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    return status;
}

static cvr_status load(const void *ctx)
{
    cvr_dataset *data = NULL;
    const char *path = ctx;
    cvr_load how = {.paths = &path, .path_count = 1, .libsvm_base = -1};
    cvr_test_lack_from();
    cvr_status status = cvr_dataset_load(&how, cvr_test_all, &data);
    cvr_dataset_free(data);
    return status;
}

/* Texts and missing values are read, and become features. */
static cvr_status table(const void *ctx)
{
    cvr_dataset *data = NULL;
    const char *path = ctx;
    cvr_load how = {.paths = &path,
                    .path_count = 1,
                    .missing = CVR_MISSING_MEDIAN,
                    .missing_indicator = true};
    cvr_test_lack_from();
    cvr_status status = cvr_dataset_load(&how, cvr_test_all, &data);
    if (status == CVR_OK)
        status = cvr_dataset_fit_transform(data, CVR_NORMALIZE_FEATURE,
                                           CVR_BIAS_PENALISED, cvr_test_all);
    cvr_dataset_free(data);
    return status;
}

static cvr_status generate(const void *ctx)
{
    cvr_dataset *data = NULL;
    cvr_generate what = {.kind = ctx, .rows = ROWS, .seed = 1};
    cvr_test_lack_from();
    cvr_status status = cvr_dataset_generate(&what, cvr_test_all, &data);
    cvr_dataset_free(data);
    return status;
}

static cvr_status prepare(const void *ctx)
{
    cvr_dataset *data = raw(true);
    cvr_test_lack_from();
    cvr_status status = cvr_dataset_fit_transform(data, *(const cvr_normalize *)ctx,
                                                  CVR_BIAS_PENALISED, cvr_test_all);
    cvr_dataset_free(data);
    return status;
}

static cvr_status apply(const void *ctx)
{
    const cvr_dataset *like = ctx;
    cvr_dataset *data = raw(true);
    cvr_test_lack_from();
    cvr_status status = cvr_dataset_transform(data, &like->transform, like->classes,
                                              like->class_names, cvr_test_all);
    cvr_dataset_free(data);
    return status;
}

static cvr_status hold_out(const void *ctx)
{
    cvr_dataset *data = raw(true), *held = NULL;
    (void)ctx;
    cvr_test_lack_from();
    cvr_status status = cvr_dataset_split(data, 0.3, 7, cvr_test_all, &held);
    cvr_dataset_free(held);
    cvr_dataset_free(data);
    return status;
}

static cvr_status fold(const void *ctx)
{
    cvr_dataset *rest = NULL, *held = NULL;
    cvr_test_lack_from();
    cvr_status status = cvr_dataset_fold(ctx, 3, 1, 7, cvr_test_all, &rest, &held);
    cvr_dataset_free(held);
    cvr_dataset_free(rest);
    return status;
}

static void memory_for_rows_may_be_lacking(void **state)
{
    static const cvr_task tasks[] = {CVR_TASK_AUTO, CVR_CLASSIFY, CVR_REGRESS};
    (void)state;
    for (int i = 0; i < 3; i++)
        cvr_test_lack("wrap", 5, wrap, &tasks[i]);
    cvr_test_text("rows.csv", "1,2,a\n3,4,b\n5,6,a\n7,8,b\n9,9,a\n");
    cvr_test_lack("load", 5, load, cvr_test_path("rows.csv"));
    cvr_test_text("table.csv", "k,x,y\n1,2,a\nr,?,b\n1,6,a\nr,7,b\n1,9,a\ng,9,a\n"
                               "g,1,b\n1,2,b\n1,2,a\n1,3,a\n1,4,b\n");
    cvr_test_lack("table", 5, table, cvr_test_path("table.csv"));
    cvr_test_lack("generate", 3, generate, "teacher");
    cvr_test_lack("generate", 3, generate, "spiral");
}

static void memory_for_preparing_rows_may_be_lacking(void **state)
{
    static const cvr_normalize ways[] = {CVR_NORMALIZE_GLOBAL, CVR_NORMALIZE_FEATURE,
                                         CVR_NORMALIZE_UNIT};
    cvr_dataset *prepared = raw(true);
    (void)state;
    assert_int_equal(CVR_OK, cvr_dataset_fit_transform(prepared, CVR_NORMALIZE_FEATURE,
                                                       CVR_BIAS_PENALISED, cvr_test_all));
    for (int i = 0; i < 3; i++)
        cvr_test_lack("prepare", 5, prepare, &ways[i]);
    cvr_test_lack("apply", 2, apply, prepared);
    cvr_dataset_free(prepared);
}

static void memory_for_splitting_rows_may_be_lacking(void **state)
{
    cvr_dataset *data = raw(true);
    (void)state;
    cvr_test_lack("hold out", 5, hold_out, NULL);
    cvr_test_lack("fold", 10, fold, data);
    cvr_dataset_free(data);
}

/* ---- networks ---------------------------------------------------------------------- */

typedef struct network {
    cvr_model m;
    cvr_dataset *data;
    cvr_prune_options options;
} network;

static cvr_status score(const void *ctx)
{
    const network *n = ctx;
    cvr_score s;
    cvr_test_lack_from();
    return cvr_model_score(&n->m, n->data, cvr_test_all, &s);
}

/* In another precision than the rows have. */
static void memory_for_a_score_may_be_lacking(void **state)
{
    const int64_t sizes[] = {COLUMNS, 4, 2};
    network n = {.m = cvr_test_network(CVR_SINGLE, 2, sizes), .data = raw(false)};
    (void)state;
    cvr_test_lack("score", 5, score, &n);
    cvr_model_free(&n.m);
    n.m = cvr_test_gated(CVR_DOUBLE, COLUMNS, 3, 2);
    cvr_test_lack("score", 5, score, &n);
    cvr_model_free(&n.m);
    cvr_dataset_free(n.data);
}

static cvr_status prune(const void *ctx)
{
    const network *n = ctx;
    cvr_model pruned;
    cvr_prune_result result;
    cvr_test_lack_from();
    cvr_status status =
        cvr_prune(&n->m, n->data, cvr_test_all, &n->options, &pruned, &result);
    cvr_model_free(&pruned);
    cvr_prune_result_free(&result);
    return status;
}

static void memory_for_pruning_may_be_lacking(void **state)
{
    const int64_t sizes[] = {COLUMNS, COLUMNS, 2};
    const cvr_prune_options all[] = {
        {.mode = CVR_PRUNE_L0, .density = 0.7, .iterations = 10},
        {.mode = CVR_PRUNE_L1, .lambda_relative = 0.4, .iterations = 1},
        {.mode = CVR_PRUNE_L1_REFIT, .error = 0.9, .iterations = 1},
        {.mode = CVR_PRUNE_MAGNITUDE_REFIT, .density = 0.5, .independent = true},
        {.mode = CVR_PRUNE_MAGNITUDE, .density = 0.5}};
    network n = {.data = raw(false)};
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        bool l1 = all[i].mode == CVR_PRUNE_L1 || all[i].mode == CVR_PRUNE_L1_REFIT;
        n.m = cvr_test_network(CVR_DOUBLE, l1 ? 1 : 2, l1 ? sizes + 1 : sizes);
        n.options = all[i];
        cvr_test_lack(cvr_prune_mode_name(n.options.mode), 10, prune, &n);
        cvr_model_free(&n.m);
    }
    cvr_dataset_free(n.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_for_rows_may_be_lacking),
        cmocka_unit_test(memory_for_preparing_rows_may_be_lacking),
        cmocka_unit_test(memory_for_splitting_rows_may_be_lacking),
        cmocka_unit_test(memory_for_a_score_may_be_lacking),
        cmocka_unit_test(memory_for_pruning_may_be_lacking),
    };
    return cmocka_run_group_tests(tests, cvr_test_open_all, cvr_test_close_all);
}

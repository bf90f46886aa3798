/* Data sets at any process count: the same rows, statistics and draws as
   one process has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cvxrelu/data.h>

#include "data/dataset.h"
#include "data/from_arrays.h"
#include "linalg/ops.h"

static cvr_comm *many, *one;
static char path[64];

static int setup(void **state)
{
    (void)state;
    if (cvr_comm_open("mpi", &many) != CVR_OK || cvr_comm_open("serial", &one) != CVR_OK)
        return -1;
    int number = (int)getpid();
    if (cvr_broadcast(many, &number, sizeof number) != CVR_OK)
        return -1;
    snprintf(path, sizeof path, "/tmp/cvr-mpi-data-%d.csv", number);
    if (cvr_comm_rank(many) > 0)
        return cvr_allreduce_status(many, CVR_OK);
    FILE *f = fopen(path, "w");
    for (int i = 0; f && i < 101; i++)
        fprintf(f, "%d,%.17g,1,%d\n", i, sin(i) * 1e3, i * 7 % 5 % 3);
    return cvr_allreduce_status(many, f && fclose(f) == 0 ? CVR_OK : CVR_IO);
}

static int teardown(void **state)
{
    (void)state;
    cvr_status status = cvr_allreduce_status(many, CVR_OK);
    if (cvr_comm_rank(many) == 0)
        unlink(path);
    cvr_comm_free(one);
    cvr_comm_free(many);
    return status;
}

static cvr_dataset *load(cvr_comm *comm)
{
    const char *paths[] = {path};
    cvr_load how = {.paths = paths, .path_count = 1};
    cvr_dataset *d = NULL;
    if (cvr_dataset_load(&how, comm, &d) != CVR_OK)
        fail_msg("%s", cvr_last_error());
    return d;
}

/* own rows are rows first .. of whole */
static void assert_part(const cvr_dataset *own, const cvr_dataset *whole, double slack)
{
    assert_int_equal(own->rows, whole->rows);
    assert_int_equal(own->X.cols, whole->X.cols);
    assert_int_equal(own->classes, whole->classes);
    for (int64_t i = 0; i < own->X.rows; i++) {
        for (int64_t j = 0; j < own->X.cols; j++) {
            double a = cvr_get(own->X, i, j), b = cvr_get(whole->X, own->first + i, j);
            assert_true(fabs(a - b) <= slack);
        }
        for (int64_t j = 0; j < own->Y.cols; j++)
            assert_true(cvr_get(own->Y, i, j) == cvr_get(whole->Y, own->first + i, j));
    }
}

static void blocks_are_parts_of_the_whole(void **state)
{
    (void)state;
    cvr_dataset *own = load(many), *whole = load(one);
    assert_part(own, whole, 0);
    assert_int_equal(own->first, 101 * cvr_comm_rank(many) / cvr_comm_size(many));
    cvr_dataset_free(own);
    cvr_dataset_free(whole);
}

static void hold_out_and_statistics_are_the_same(void **state)
{
    (void)state;
    for (int how = CVR_NORMALIZE_NONE; how <= CVR_NORMALIZE_UNIT; how++) {
        cvr_dataset *own[2] = {load(many), NULL}, *whole[2] = {load(one), NULL};
        assert_int_equal(cvr_dataset_split(own[0], 0.3, 7, many, &own[1]), CVR_OK);
        assert_int_equal(cvr_dataset_split(whole[0], 0.3, 7, one, &whole[1]), CVR_OK);
        for (int p = 0; p < 2; p++)
            assert_part(own[p], whole[p], 0);
        cvr_normalize n = (cvr_normalize)how;
        assert_int_equal(cvr_dataset_fit_transform(own[0], n, CVR_BIAS_PENALISED, many),
                         CVR_OK);
        assert_int_equal(cvr_dataset_fit_transform(whole[0], n, CVR_BIAS_PENALISED, one),
                         CVR_OK);
        assert_int_equal(cvr_dataset_transform(own[1], &own[0]->transform, 3,
                                               own[0]->class_names, many),
                         CVR_OK);
        assert_int_equal(cvr_dataset_transform(whole[1], &whole[0]->transform, 3,
                                               whole[0]->class_names, one),
                         CVR_OK);
        for (int p = 0; p < 2; p++) {
            assert_part(own[p], whole[p], 1e-12);
            cvr_dataset_free(own[p]);
            cvr_dataset_free(whole[p]);
        }
    }
}

static void folds_are_the_same(void **state)
{
    (void)state;
    cvr_dataset *own = load(many), *whole = load(one);
    for (int f = 0; f < 3; f++) {
        cvr_dataset *a[2], *b[2];
        assert_int_equal(cvr_dataset_fold(own, 3, f, 7, many, &a[0], &a[1]), CVR_OK);
        assert_int_equal(cvr_dataset_fold(whole, 3, f, 7, one, &b[0], &b[1]), CVR_OK);
        for (int p = 0; p < 2; p++) {
            assert_part(a[p], b[p], 0);
            cvr_dataset_free(a[p]);
            cvr_dataset_free(b[p]);
        }
    }
    cvr_dataset_free(own);
    cvr_dataset_free(whole);
}

static void generated_rows_are_the_same(void **state)
{
    (void)state;
    static const char *const kinds[] = {"teacher", "spiral", "glyphs", "relu-regression",
                                        "higgs-like"};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        cvr_generate g = {.kind = kinds[k], .rows = 41, .noise = 0.1, .seed = 1};
        cvr_dataset *own = NULL, *whole = NULL;
        assert_int_equal(cvr_dataset_generate(&g, many, &own), CVR_OK);
        assert_int_equal(cvr_dataset_generate(&g, one, &whole), CVR_OK);
        assert_part(own, whole, 0);
        cvr_dataset_free(own);
        cvr_dataset_free(whole);
    }
}

static void wrapped_rows_agree_on_classes(void **state)
{
    (void)state;
    cvr_mat X = {0}, Y = {0};
    cvr_dataset *d = NULL;
    int rank = cvr_comm_rank(many), size = cvr_comm_size(many);
    assert_int_equal(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, rank + 2, 2, &X), CVR_OK);
    assert_int_equal(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, rank + 2, 1, &Y), CVR_OK);
    cvr_fill(Y, -rank);
    assert_int_equal(cvr_dataset_from_matrix(X, Y, CVR_TASK_AUTO, many, &d), CVR_OK);
    assert_int_equal(d->classes, size);
    assert_int_equal(d->rows, size * (size + 3) / 2);
    assert_int_equal(d->first, rank * (rank + 3) / 2);
    if (size > 2)
        assert_true(cvr_get(d->Y, 0, size - 1 - rank) == 1);
    cvr_dataset_free(d);
    if (rank == size - 1)
        cvr_set(Y, 0, 0, 0.5);
    assert_int_equal(cvr_dataset_from_matrix(X, Y, CVR_TASK_AUTO, many, &d), CVR_OK);
    assert_int_equal(d->task, CVR_REGRESS);
    cvr_dataset_free(d);
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
}

static cvr_dataset *load_table(const char *file, const cvr_transform *like,
                               cvr_missing missing, cvr_comm *comm)
{
    cvr_load how = {.paths = &file,
                    .path_count = 1,
                    .missing = missing,
                    .missing_indicator = missing == CVR_MISSING_MEAN,
                    .like = like};
    cvr_dataset *d = NULL;
    if (cvr_dataset_load(&how, comm, &d) != CVR_OK)
        fail_msg("%s", cvr_last_error());
    return d;
}

/* Texts late in a column of numbers, missing values, categories of few rows: what they
   become is the same at any number of processes, in training and in test data. */
static void tables_are_the_same(void **state)
{
    (void)state;
    char file[80];
    snprintf(file, sizeof file, "%s.table", path);
    cvr_status status = CVR_OK;
    if (cvr_comm_rank(many) == 0) {
        FILE *f = fopen(file, "w");
        fprintf(f, "k,x,late,flag,y\n");
        for (int i = 0; i < 90; i++)
            fprintf(f, "%s,%s,%s,%s,%d\n",
                    i < 60   ? "a"
                    : i < 85 ? "b"
                             : "c",
                    i % 7 ? (i % 2 ? "1.5" : "-4") : "NA",
                    i > 80  ? "3+"
                    : i % 3 ? "1"
                            : "2",
                    i % 4 ? "yes" : "FALSE", i % 2);
        status = f && fclose(f) == 0 ? CVR_OK : CVR_IO;
    }
    assert_int_equal(cvr_allreduce_status(many, status), CVR_OK);
    for (int how = CVR_MISSING_MEAN; how <= CVR_MISSING_DROP; how++) {
        cvr_missing missing = (cvr_missing)how;
        cvr_dataset *own[2] = {load_table(file, NULL, missing, many)};
        cvr_dataset *whole[2] = {load_table(file, NULL, missing, one)};
        own[1] = load_table(file, &own[0]->transform, missing, many);
        whole[1] = load_table(file, &whole[0]->transform, missing, one);
        for (int p = 0; p < 2; p++) {
            cvr_dataset *d = p ? whole[0] : own[0], *test = p ? whole[1] : own[1];
            cvr_comm *comm = p ? one : many;
            assert_int_equal(cvr_dataset_fit_transform(d, CVR_NORMALIZE_FEATURE,
                                                       CVR_BIAS_PENALISED, comm),
                             CVR_OK);
            assert_int_equal(
                cvr_dataset_transform(test, &d->transform, 2, d->class_names, comm),
                CVR_OK);
        }
        assert_int_equal(own[0]->X.cols, how == CVR_MISSING_MEAN ? 10 : 9);
        for (int p = 0; p < 2; p++) {
            assert_part(own[p], whole[p], 1e-12);
            cvr_dataset_free(own[p]);
            cvr_dataset_free(whole[p]);
        }
    }
    assert_int_equal(cvr_allreduce_status(many, CVR_OK), CVR_OK);
    if (cvr_comm_rank(many) == 0)
        unlink(file);
}

/* A failure that one process alone sees is everybody's. */
static void failures_are_shared(void **state)
{
    (void)state;
    const char *paths[] = {cvr_comm_rank(many) == 0 ? "/nowhere/x.csv" : path};
    cvr_load how = {.paths = paths, .path_count = 1};
    cvr_dataset *d = NULL;
    assert_int_equal(cvr_dataset_load(&how, many, &d), CVR_IO);
    assert_null(d);
    assert_non_null(strstr(cvr_last_error(), "cannot read /nowhere/x.csv"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_parts_of_the_whole),
        cmocka_unit_test(hold_out_and_statistics_are_the_same),
        cmocka_unit_test(folds_are_the_same),
        cmocka_unit_test(generated_rows_are_the_same),
        cmocka_unit_test(wrapped_rows_agree_on_classes),
        cmocka_unit_test(tables_are_the_same),
        cmocka_unit_test(failures_are_shared),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

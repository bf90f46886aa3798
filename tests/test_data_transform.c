/* Normalisation, the bias, hold-out, and putting other data in a model's terms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <cvxrelu/data.h>

#include "base/bytes.h"
#include "data/dataset.h"
#include "data/from_arrays.h"
#include "linalg/ops.h"

#define LENGTH(a) (sizeof(a) / sizeof *(a))

static cvr_comm *comm;

static int open_comm(void **state)
{
    (void)state;
    return cvr_comm_open("serial", &comm) == CVR_OK ? 0 : -1;
}

static int close_comm(void **state)
{
    (void)state;
    cvr_comm_free(comm);
    return 0;
}

/* rows x cols of values given row by row, targets i mod 2 */
static cvr_dataset *table(cvr_type type, int64_t rows, int64_t cols, const double *values)
{
    cvr_mat X = {0}, Y = {0};
    cvr_dataset *d = NULL;
    assert_int_equal(cvr_mat_new(cvr_cpu(), type, rows, cols, &X), CVR_OK);
    assert_int_equal(cvr_mat_new(cvr_cpu(), type, rows, 1, &Y), CVR_OK);
    for (int64_t i = 0; i < rows; i++) {
        cvr_set(Y, i, 0, (double)(i % 2));
        for (int64_t j = 0; j < cols; j++)
            cvr_set(X, i, j, values[i * cols + j]);
    }
    assert_int_equal(cvr_dataset_from_matrix(X, Y, CVR_CLASSIFY, comm, &d), CVR_OK);
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    return d;
}

static const double values[] = {1, 10, 0.1, 0, 3, 20, 0.1, 0, 5, 60, 0.1, 0};

static void normalised_columns_are_as_said(void **state)
{
    (void)state;
    double sd1 = sqrt(8.0 / 3), sd2 = sqrt(1400.0 / 3), mean = 99.3 / 12, square = 0;
    for (size_t i = 0; i < LENGTH(values); i++)
        square += (values[i] - mean) * (values[i] - mean) / 12;
    const struct {
        cvr_normalize how;
        double shift[4], scale[4];
    } cases[] = {
        {CVR_NORMALIZE_NONE, {0}, {1, 1, 1, 1}},
        {CVR_NORMALIZE_FEATURE, {3, 30, 0.1, 0}, {1 / sd1, 1 / sd2, 0, 0}},
        {CVR_NORMALIZE_GLOBAL,
         {mean, mean, mean, mean},
         {1 / sqrt(square), 1 / sqrt(square), 1 / sqrt(square), 1 / sqrt(square)}},
        {CVR_NORMALIZE_UNIT, {0}, {1 / sqrt(35), 1 / sqrt(4100), 1 / sqrt(0.03), 0}},
    };
    for (size_t k = 0; k < LENGTH(cases); k++)
        for (int type = CVR_DOUBLE; type <= CVR_SINGLE; type++) {
            double slack = type == CVR_SINGLE ? 1e-5 : 1e-13;
            cvr_dataset *d = table((cvr_type)type, 3, 4, values);
            assert_int_equal(
                cvr_dataset_fit_transform(d, cases[k].how, CVR_BIAS_PENALISED, comm),
                CVR_OK);
            assert_int_equal(d->X.cols, 5);
            for (int i = 0; i < 3; i++) {
                for (int j = 0; j < 4; j++) {
                    double v =
                        (values[4 * i + j] - cases[k].shift[j]) * cases[k].scale[j];
                    assert_true(fabs(cvr_get(d->X, i, j) - v) <= slack * (1 + fabs(v)));
                }
                assert_true(cvr_get(d->X, i, 4) == 1);
            }
            assert_int_equal(
                cvr_dataset_fit_transform(d, cases[k].how, CVR_BIAS_PENALISED, comm),
                CVR_USAGE);
            cvr_dataset_free(d);
        }
}

/* Columns that do not vary become 0, whatever their size, and never NaN. */
static void constant_columns_become_zero(void **state)
{
    (void)state;
    double v[7 * 4];
    for (int i = 0; i < 7; i++) {
        v[4 * i] = 0.1;
        v[4 * i + 1] = 1e300;
        v[4 * i + 2] = i == 3 ? 4e-324 : 0;
        v[4 * i + 3] = 1e9 + 1e-6 * i;
    }
    cvr_dataset *d = table(CVR_DOUBLE, 7, 4, v);
    assert_int_equal(
        cvr_dataset_fit_transform(d, CVR_NORMALIZE_FEATURE, CVR_BIAS_NONE, comm), CVR_OK);
    for (int i = 0; i < 7; i++) {
        for (int j = 0; j < 3; j++)
            assert_true(cvr_get(d->X, i, j) == 0);
        assert_true(fabs(cvr_get(d->X, i, 3) - (i - 3) / 2.0) < 0.2);
    }
    cvr_dataset_free(d);
}

static void what_cannot_be_normalised_is_named(void **state)
{
    (void)state;
    static const double large[] = {1, 1e308, 2, -1e308};
    cvr_dataset *d = table(CVR_DOUBLE, 2, 2, large);
    assert_int_equal(
        cvr_dataset_fit_transform(d, CVR_NORMALIZE_FEATURE, CVR_BIAS_PENALISED, comm),
        CVR_BAD_DATA);
    assert_string_equal(cvr_last_error(),
                        "the matrix: feature 2: values up to 1e+308 are "
                        "too large to normalise");
    cvr_dataset_free(d);
    d = table(CVR_DOUBLE, 1, 2, large);
    assert_int_equal(
        cvr_dataset_fit_transform(d, CVR_NORMALIZE_NONE, CVR_BIAS_PENALISED, comm),
        CVR_BAD_DATA);
    assert_string_equal(
        cvr_last_error(),
        "the matrix: only one class ('0') where classification needs two");
    cvr_dataset_free(d);
}

static void a_test_set_gets_the_training_statistics(void **state)
{
    (void)state;
    static const double other[] = {3, 30, 7, 5};
    cvr_dataset *train = table(CVR_DOUBLE, 3, 4, values), *test = NULL;
    assert_int_equal(
        cvr_dataset_fit_transform(train, CVR_NORMALIZE_FEATURE, CVR_BIAS_PENALISED, comm),
        CVR_OK);
    test = table(CVR_DOUBLE, 1, 4, other);
    assert_int_equal(test->classes, 1);
    assert_int_equal(cvr_dataset_transform(test, &train->transform, train->classes,
                                           train->class_names, comm),
                     CVR_OK);
    static const double expected[] = {0, 0, 0, 0, 1};
    for (int j = 0; j < 5; j++)
        assert_true(cvr_get(test->X, 0, j) == expected[j]);
    assert_int_equal(test->classes, 2);
    assert_true(test->Y.cols == 1 && cvr_get(test->Y, 0, 0) == -1);
    cvr_dataset_free(test);
    test = table(CVR_DOUBLE, 2, 2, other);
    assert_int_equal(
        cvr_dataset_transform(test, &train->transform, 2, train->class_names, comm),
        CVR_BAD_DATA);
    assert_string_equal(cvr_last_error(),
                        "the matrix: rows have 2 features, the model takes 4");
    cvr_dataset_free(test);
    cvr_dataset_free(train);
}

static void classes_follow_the_model(void **state)
{
    (void)state;
    static char *names[] = {"5", "1", "0"};
    static char *others[] = {"7", "1"};
    cvr_dataset *d = table(CVR_DOUBLE, 3, 4, values);
    cvr_transform plain = {.features = 4, .raw_features = 4};
    assert_int_equal(cvr_dataset_transform(d, &plain, 2, others, comm), CVR_BAD_DATA);
    assert_string_equal(cvr_last_error(),
                        "the matrix: the model does not know class '0'");
    assert_int_equal(cvr_dataset_transform(d, &plain, 3, names, comm), CVR_OK);
    assert_int_equal(d->Y.cols, 3);
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            assert_true(cvr_get(d->Y, i, k) == (k == (i % 2 ? 1 : 2)));
    assert_string_equal(d->class_names[2], "0");
    cvr_dataset_free(d);
    d = table(CVR_DOUBLE, 3, 4, values);
    assert_int_equal(cvr_dataset_transform(d, &plain, 0, NULL, comm), CVR_OK);
    assert_int_equal(d->classes, 2);
    cvr_dataset_free(d);
}

/* Whole images given to a model of small gray ones. */
static void raw_images_become_the_models(void **state)
{
    (void)state;
    static const double image[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
                                   1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    cvr_transform t = {.channels = 3,
                       .height = 2,
                       .width = 2,
                       .gray = true,
                       .new_height = 1,
                       .new_width = 1,
                       .features = 1,
                       .raw_features = 12,
                       .bias = CVR_BIAS_PENALISED};
    cvr_dataset *d = table(CVR_DOUBLE, 2, 12, image);
    assert_int_equal(cvr_dataset_transform(d, &t, 0, NULL, comm), CVR_OK);
    assert_int_equal(d->X.cols, 2);
    double gray = 0.299 * 2.5 + 0.587 * 6.5 + 0.114 * 10.5;
    assert_true(fabs(cvr_get(d->X, 1, 0) - gray) < 1e-14 && cvr_get(d->X, 1, 1) == 1);
    cvr_dataset_free(d);
}

/* Every row is in exactly one part, with its target, in its old order. */
static void hold_out_splits_rows(void **state)
{
    (void)state;
    enum { ROWS = 500 };
    static const struct {
        double amount;
        int held;
    } cases[] = {{0.2, 100}, {37, 37}, {0.5, 250}, {1, 1}, {499, 499}};
    double v[ROWS * 2];
    for (int i = 0; i < ROWS; i++)
        v[2 * i] = i, v[2 * i + 1] = -i;
    for (size_t k = 0; k < LENGTH(cases); k++)
        for (int type = CVR_DOUBLE; type <= CVR_SINGLE; type++) {
            cvr_dataset *d = table((cvr_type)type, ROWS, 2, v), *held = NULL;
            int seen[ROWS] = {0};
            assert_int_equal(cvr_dataset_split(d, cases[k].amount, 5, comm, &held),
                             CVR_OK);
            assert_int_equal(held->rows, cases[k].held);
            assert_int_equal(d->rows, ROWS - cases[k].held);
            const cvr_dataset *parts[] = {d, held};
            for (int p = 0; p < 2; p++)
                for (int64_t i = 0, last = -1; i < parts[p]->X.rows; i++) {
                    int64_t row = (int64_t)cvr_get(parts[p]->X, i, 0);
                    assert_true(row > last && cvr_get(parts[p]->X, i, 1) == -(double)row);
                    assert_true(cvr_get(parts[p]->Y, i, 0) == (row % 2 ? 1 : -1));
                    last = row;
                    seen[row]++;
                }
            for (int i = 0; i < ROWS; i++)
                assert_int_equal(seen[i], 1);
            assert_int_equal(held->classes, 2);
            cvr_dataset_free(held);
            cvr_dataset_free(d);
        }
}

static void hold_out_follows_the_seed(void **state)
{
    (void)state;
    double v[100];
    int differences[2] = {0};
    for (int i = 0; i < 100; i++)
        v[i] = i;
    for (int k = 0; k < 2; k++) {
        cvr_dataset *a = table(CVR_DOUBLE, 100, 1, v), *b = table(CVR_DOUBLE, 100, 1, v);
        cvr_dataset *from_a = NULL, *from_b = NULL;
        assert_int_equal(cvr_dataset_split(a, 30, 1, comm, &from_a), CVR_OK);
        assert_int_equal(cvr_dataset_split(b, 30, 1 + (uint64_t)k, comm, &from_b),
                         CVR_OK);
        for (int i = 0; i < 30; i++)
            differences[k] += cvr_get(from_a->X, i, 0) != cvr_get(from_b->X, i, 0);
        cvr_dataset_free(a);
        cvr_dataset_free(b);
        cvr_dataset_free(from_a);
        cvr_dataset_free(from_b);
    }
    assert_int_equal(differences[0], 0);
    assert_true(differences[1] > 10);
}

static void impossible_hold_outs_are_refused(void **state)
{
    (void)state;
    static const double amounts[] = {0, -1, 3, 4, 1e300, 0.01, NAN};
    cvr_dataset *d = table(CVR_DOUBLE, 3, 4, values), *held = NULL;
    for (size_t i = 0; i < LENGTH(amounts); i++) {
        assert_int_equal(cvr_dataset_split(d, amounts[i], 1, comm, &held), CVR_USAGE);
        assert_null(held);
        assert_int_equal(d->X.rows, 3);
    }
    assert_int_equal(cvr_dataset_split(d, 3, 1, comm, &held), CVR_USAGE);
    assert_string_equal(cvr_last_error(), "the matrix: cannot hold out 3 of 3 rows");
    cvr_dataset_free(d);
}

/* The first column is the row's number, the second -that, the target its parity. */
static cvr_dataset *numbered(cvr_type type, int rows)
{
    double v[2 * 101];
    assert_true(rows <= 101);
    for (int i = 0; i < rows; i++)
        v[2 * i] = i, v[2 * i + 1] = -i;
    return table(type, rows, 2, v);
}

/* Counts the rows of d that are seen; they are whole and in their old order. */
static void see_rows(const cvr_dataset *d, int *seen)
{
    for (int64_t i = 0, last = -1; i < d->X.rows; i++) {
        int64_t row = (int64_t)cvr_get(d->X, i, 0);
        assert_true(row > last && cvr_get(d->X, i, 1) == -(double)row);
        assert_true(cvr_get(d->Y, i, 0) == (row % 2 ? 1 : -1));
        last = row;
        seen[row]++;
    }
}

/* Of one row more than a multiple of the folds, and one less, and as many as folds. */
static void folds_hold_each_row_once(void **state)
{
    (void)state;
    static const struct {
        int rows, folds;
    } cases[] = {{101, 5}, {101, 10}, {99, 10}, {7, 7}, {100, 2}};
    for (size_t k = 0; k < LENGTH(cases); k++)
        for (int type = CVR_DOUBLE; type <= CVR_SINGLE; type++) {
            int rows = cases[k].rows, folds = cases[k].folds;
            int in_held[101] = {0}, in_all[101] = {0};
            cvr_dataset *d = numbered((cvr_type)type, rows);
            for (int f = 0; f < folds; f++) {
                cvr_dataset *rest = NULL, *held = NULL;
                assert_int_equal(cvr_dataset_fold(d, folds, f, 5, comm, &rest, &held),
                                 CVR_OK);
                assert_true(held->rows == rows / folds || held->rows == rows / folds + 1);
                assert_true(held->X.rows == held->rows && held->Y.rows == held->rows);
                assert_int_equal(rest->rows, rows - held->rows);
                assert_true(rest->classes == 2 && held->classes == 2);
                see_rows(held, in_held);
                see_rows(held, in_all);
                see_rows(rest, in_all);
                cvr_dataset_free(rest);
                cvr_dataset_free(held);
            }
            for (int i = 0; i < rows; i++)
                assert_true(in_held[i] == 1 && in_all[i] == folds);
            assert_int_equal(d->X.rows, rows);
            cvr_dataset_free(d);
        }
}

static void folds_follow_the_seed(void **state)
{
    (void)state;
    int seen[3][101] = {{0}}, same = 0;
    static const uint64_t seeds[] = {1, 1, 2};
    for (int k = 0; k < 3; k++) {
        cvr_dataset *d = numbered(CVR_DOUBLE, 100), *rest = NULL, *held = NULL;
        assert_int_equal(cvr_dataset_fold(d, 4, 1, seeds[k], comm, &rest, &held), CVR_OK);
        see_rows(held, seen[k]);
        cvr_dataset_free(d);
        cvr_dataset_free(rest);
        cvr_dataset_free(held);
    }
    assert_memory_equal(seen[0], seen[1], sizeof seen[0]);
    for (int i = 0; i < 100; i++)
        same += seen[0][i] && seen[2][i];
    assert_true(same < 20);
}

/* Normalisation is fitted on the rest: a held row that is far off does not move it. */
static void held_folds_do_not_touch_the_statistics(void **state)
{
    (void)state;
    cvr_dataset *rest[2], *held[2];
    int64_t first_held = 0;
    for (int far = 0; far < 2; far++) {
        cvr_dataset *d = numbered(CVR_DOUBLE, 12);
        if (far)
            cvr_set(d->X, first_held, 1, 1e6);
        assert_int_equal(cvr_dataset_fold(d, 3, 0, 1, comm, &rest[far], &held[far]),
                         CVR_OK);
        first_held = (int64_t)cvr_get(held[far]->X, 0, 0);
        assert_int_equal(cvr_dataset_fit_transform(rest[far], CVR_NORMALIZE_FEATURE,
                                                   CVR_BIAS_PENALISED, comm),
                         CVR_OK);
        cvr_dataset_free(d);
    }
    assert_true(cvr_get(held[1]->X, 0, 1) == 1e6);
    for (int j = 0; j < 2; j++) {
        assert_true(cvr_get(rest[0]->transform.shift, j, 0) ==
                    cvr_get(rest[1]->transform.shift, j, 0));
        assert_true(cvr_get(rest[0]->transform.scale, j, 0) ==
                    cvr_get(rest[1]->transform.scale, j, 0));
    }
    for (int k = 0; k < 2; k++) {
        cvr_dataset_free(rest[k]);
        cvr_dataset_free(held[k]);
    }
}

static void impossible_folds_are_refused(void **state)
{
    (void)state;
    static const int folds[] = {1, 4, 1000};
    cvr_dataset *d = numbered(CVR_DOUBLE, 3), *rest = NULL, *held = NULL;
    for (size_t i = 0; i < LENGTH(folds); i++) {
        assert_int_equal(cvr_dataset_fold(d, folds[i], 0, 1, comm, &rest, &held),
                         CVR_USAGE);
        assert_true(rest == NULL && held == NULL);
    }
    assert_string_equal(cvr_last_error(), "the matrix: 3 rows do not make 1000 folds");
    cvr_dataset_free(d);
}

static void wrapped_targets_are_understood(void **state)
{
    (void)state;
    cvr_mat X = {0}, Y = {0};
    cvr_dataset *d = NULL;
    assert_int_equal(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 3, 1, &X), CVR_OK);
    assert_int_equal(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 3, 3, &Y), CVR_OK);
    for (int i = 0; i < 3; i++)
        cvr_set(Y, i, 2 - i, 1);
    assert_int_equal(cvr_dataset_from_matrix(X, Y, CVR_CLASSIFY, comm, &d), CVR_OK);
    assert_true(d->classes == 3 && d->outputs == 3 && cvr_get(d->Y, 0, 2) == 1);
    cvr_dataset_free(d);
    assert_int_equal(cvr_dataset_from_matrix(X, Y, CVR_TASK_AUTO, comm, &d), CVR_OK);
    assert_true(d->task == CVR_REGRESS && d->outputs == 3);
    cvr_dataset_free(d);
    cvr_set(Y, 1, 0, 0.5);
    assert_int_equal(cvr_dataset_from_matrix(X, Y, CVR_CLASSIFY, comm, &d), CVR_BAD_DATA);
    assert_string_equal(cvr_last_error(), "row 2 of Y is not one-hot");
    assert_int_equal(
        cvr_dataset_from_matrix(X, cvr_mat_cols(Y, 0, 1), CVR_TASK_AUTO, comm, &d),
        CVR_OK);
    assert_int_equal(d->task, CVR_REGRESS);
    cvr_dataset_free(d);
    cvr_set(X, 2, 0, NAN);
    assert_int_equal(cvr_dataset_from_matrix(X, Y, CVR_REGRESS, comm, &d), CVR_BAD_DATA);
    assert_string_equal(cvr_last_error(), "X: row 3, column 1: nan is not finite");
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
}

static cvr_status everything(void)
{
    cvr_dataset *d = NULL, *held = NULL, *fold = NULL, *rest = NULL;
    cvr_mat X = {0}, Y = {0};
    cvr_status status = cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 8, 2, &X);
    if (status == CVR_OK)
        status = cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 8, 1, &Y);
    for (int i = 0; status == CVR_OK && i < 8; i++) {
        cvr_set(X, i, 0, i);
        cvr_set(Y, i, 0, i % 3);
    }
    if (status == CVR_OK)
        status = cvr_dataset_from_matrix(X, Y, CVR_TASK_AUTO, comm, &d);
    if (status == CVR_OK)
        status = cvr_dataset_split(d, 3, 1, comm, &held);
    if (status == CVR_OK)
        status = cvr_dataset_fold(d, 2, 1, 1, comm, &rest, &fold);
    if (status == CVR_OK)
        status =
            cvr_dataset_fit_transform(d, CVR_NORMALIZE_FEATURE, CVR_BIAS_PENALISED, comm);
    if (status == CVR_OK)
        status =
            cvr_dataset_transform(held, &d->transform, d->classes, d->class_names, comm);
    cvr_dataset_free(fold);
    cvr_dataset_free(rest);
    cvr_dataset_free(held);
    cvr_dataset_free(d);
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    return status;
}

static void every_allocation_can_fail(void **state)
{
    (void)state;
    int nth = 1;
    cvr_status status = CVR_NO_MEMORY;
    for (; status != CVR_OK; nth++) {
        cvr_alloc_fail_at(nth);
        status = everything();
        cvr_alloc_fail_at(0);
        assert_true(status == CVR_OK || status == CVR_NO_MEMORY);
    }
    assert_true(nth > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normalised_columns_are_as_said),
        cmocka_unit_test(constant_columns_become_zero),
        cmocka_unit_test(what_cannot_be_normalised_is_named),
        cmocka_unit_test(a_test_set_gets_the_training_statistics),
        cmocka_unit_test(classes_follow_the_model),
        cmocka_unit_test(raw_images_become_the_models),
        cmocka_unit_test(hold_out_splits_rows),
        cmocka_unit_test(hold_out_follows_the_seed),
        cmocka_unit_test(impossible_hold_outs_are_refused),
        cmocka_unit_test(folds_hold_each_row_once),
        cmocka_unit_test(folds_follow_the_seed),
        cmocka_unit_test(held_folds_do_not_touch_the_statistics),
        cmocka_unit_test(impossible_folds_are_refused),
        cmocka_unit_test(wrapped_targets_are_understood),
        cmocka_unit_test(every_allocation_can_fail),
    };
    return cmocka_run_group_tests(tests, open_comm, close_comm);
}

/* Rows of files become a data set: classes, blocks, several files, real data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cvxrelu/data.h>

#include "base/bytes.h"
#include "data/load.h"
#include "data/load_shared.h"
#include "linalg/ops.h"
#include "support/files.h"

#define LENGTH(a) (sizeof(a) / sizeof *(a))

static cvr_dataset *block(cvr_load how, const char *path, int rank, int size)
{
    cvr_dataset *data = NULL;
    how.paths = &path;
    how.path_count = 1;
    if (cvr_load_block(&how, rank, size, &data) != CVR_OK)
        fail_msg("%s", cvr_last_error());
    return data;
}

static cvr_dataset *good(cvr_load how, const char *path)
{
    return block(how, path, 0, 1);
}

static const char *refused(cvr_load how, const char *path, cvr_status status)
{
    cvr_dataset *data = NULL;
    how.paths = &path;
    how.path_count = 1;
    assert_int_equal(cvr_load_block(&how, 0, 1, &data), status);
    assert_null(data);
    const char *slash = strrchr(cvr_last_error(), '/');
    return slash ? slash + 1 : cvr_last_error();
}

static void assert_names(const cvr_dataset *d, const char *names)
{
    char joined[256] = "";
    for (int k = 0; k < d->classes; k++)
        sprintf(joined + strlen(joined), "%s%s", k ? "," : "", d->class_names[k]);
    assert_string_equal(joined, names);
}

static void two_classes_are_signs_and_more_are_one_hot(void **state)
{
    (void)state;
    cvr_dataset *d = good((cvr_load){0}, cvr_test_text("d.csv", "1,10\n2,-3\n3,10.0\n"));
    assert_int_equal(d->task, CVR_CLASSIFY);
    assert_names(d, "-3,10");
    assert_int_equal(d->Y.cols, 1);
    for (int i = 0; i < 3; i++)
        assert_true(cvr_get(d->Y, i, 0) == (i == 1 ? -1 : 1));
    cvr_dataset_free(d);
    d = good((cvr_load){0}, cvr_test_text("d.csv", "1,10\n2,-3\n3,9\n"));
    assert_names(d, "-3,9,10");
    assert_int_equal(d->outputs, 3);
    static const int k[] = {2, 0, 1};
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            assert_true(cvr_get(d->Y, i, j) == (j == k[i]));
    cvr_dataset_free(d);
}

static void chosen_classes_keep_their_order(void **state)
{
    (void)state;
    const char *path = cvr_test_text("d.csv", "1,0\n2,1\n3,2\n4,1\n5,2\n");
    cvr_dataset *d = good((cvr_load){.classes = "2,+0"}, path);
    assert_names(d, "2,0");
    assert_int_equal(d->rows, 3);
    static const double x[] = {1, 3, 5}, y[] = {1, -1, -1};
    for (int i = 0; i < 3; i++)
        assert_true(cvr_get(d->X, i, 0) == x[i] && cvr_get(d->Y, i, 0) == y[i]);
    cvr_dataset_free(d);
    d = good((cvr_load){.classes = "2,0,1", .rows = 4}, path);
    assert_names(d, "2,0,1");
    assert_int_equal(d->rows, 4);
    assert_true(cvr_get(d->Y, 0, 1) == 1 && cvr_get(d->Y, 2, 0) == 1);
    cvr_dataset_free(d);
    d = good((cvr_load){.classes = "b,c"}, cvr_test_text("t.csv", "1,c\n2,a\n3,b\n"));
    assert_names(d, "b,c");
    assert_true(d->rows == 2 && cvr_get(d->Y, 0, 0) == 1 && cvr_get(d->Y, 1, 0) == -1);
    cvr_dataset_free(d);
    cvr_load how = {.classes = "0,7"};
    assert_string_equal(refused(how, path, CVR_BAD_DATA), "d.csv: no row of class '7'");
    how.classes = "8,7";
    assert_string_equal(refused(how, path, CVR_BAD_DATA),
                        "d.csv: no rows of these classes");
    how.classes = "1,1";
    assert_string_equal(refused(how, path, CVR_USAGE), "class '1' is named twice");
    how.classes = "1";
    assert_string_equal(refused(how, path, CVR_USAGE),
                        "one class ('1') is not enough: two are needed");
    how.classes = "1,,2";
    refused(how, path, CVR_USAGE);
}

static void rows_are_the_first_of_the_chosen(void **state)
{
    (void)state;
    const char *path = cvr_test_text("d.csv", "1,0\n2,1\n3,2\n4,1\nbroken\n");
    cvr_dataset *d = good((cvr_load){.rows = 2, .classes = "1,2"}, path);
    assert_true(d->rows == 2 && cvr_get(d->X, 1, 0) == 3);
    cvr_dataset_free(d);
    refused((cvr_load){.rows = -1}, path, CVR_USAGE);
}

/* n rows "i, value(i)" */
static const char *column(int n, int modulus, const char *tail)
{
    static char text[40000];
    char *p = text;
    for (int i = 0; i < n; i++)
        p += sprintf(p, "%d,%d%s\n", i, i % modulus, tail);
    return cvr_test_text("column.csv", text);
}

static void task_follows_the_labels(void **state)
{
    (void)state;
    static const struct {
        int rows, modulus;
        const char *tail;
        cvr_task asked, found;
        int classes;
    } cases[] = {
        {200, 100, "", CVR_TASK_AUTO, CVR_CLASSIFY, 100},
        {202, 101, "", CVR_TASK_AUTO, CVR_REGRESS, 0},
        {202, 101, "", CVR_CLASSIFY, CVR_CLASSIFY, 101},
        {10, 2, ".5", CVR_TASK_AUTO, CVR_REGRESS, 0},
        {10, 2, ".5", CVR_CLASSIFY, CVR_CLASSIFY, 2},
        {10, 2, "", CVR_REGRESS, CVR_REGRESS, 0},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        const char *path = column(cases[i].rows, cases[i].modulus, cases[i].tail);
        cvr_dataset *d = good((cvr_load){.task = cases[i].asked}, path);
        assert_int_equal(d->task, cases[i].found);
        assert_int_equal(d->classes, cases[i].classes);
        if (d->task == CVR_REGRESS)
            assert_true(cvr_get(d->Y, 1, 0) == (*cases[i].tail ? 1.5 : 1));
        cvr_dataset_free(d);
    }
    cvr_load how = {.task = CVR_CLASSIFY};
    assert_string_equal(refused(how, column(1200, 1100, ""), CVR_BAD_DATA),
                        "column.csv:1001: column 2: more than 1000 classes");
    assert_string_equal(cvr_last_hint(), "is this a regression? (task regress; "
                                         "target names another column)");
    how.target = "0,1";
    assert_string_equal(refused(how, column(10, 3, ",5"), CVR_USAGE),
                        "column.csv: classes are in one target column, 2 are given");
}

/* One number in several spellings is one label; texts that are not the same are two. */
static void labels_are_texts(void **state)
{
    (void)state;
    static const struct {
        const char *text, *names;
    } files[] = {
        {"1,001\n2,002\n3,001\n", "001,002"},
        {"1,001\n2,1\n3,01\n4,1\n", "001,01,1"},
        {"1,9007199254740993\n2,9007199254740992\n3,9007199254740993\n",
         "9007199254740992,9007199254740993"},
        {"1,+1\n2,-1\n3,1.0\n4,1e0\n5,-1.00\n", "-1,1"},
        {"1,-0\n2,0\n3,1\n", "0,1"},
        {"1,10\n2,9\n3,-3\n", "-3,9,10"},
        {"1,0\n2,0\n3,yes\n", "0,yes"},
        {"x,y\n1,yes\n2,0\n3,0\n", "0,yes"},
        {"1,1\n2,cat\n3,cat\n4,2\n", "1,2,cat"},
        {"1,0.5\n2,cat\n3,0.25\n", "0.25,0.5,cat"},
        {"1,-\n2,+\n3,-\n", "+,-"},
    };
    for (size_t i = 0; i < LENGTH(files); i++)
        for (int size = 1; size <= 3; size++) {
            const char *path = cvr_test_text("l.csv", files[i].text);
            cvr_dataset *d = block((cvr_load){0}, path, size - 1, size);
            assert_int_equal(d->task, CVR_CLASSIFY);
            assert_names(d, files[i].names);
            cvr_dataset_free(d);
        }
}

/* Forward and backward, the same rows are the same kind of target. */
static void the_kind_of_a_target_is_not_its_order(void **state)
{
    (void)state;
    enum { ROWS = 3000 };
    static char forward[80000], backward[80000];
    static const struct {
        int modulus, rare;
        const char *tail;
        cvr_task task;
    } cases[] = {
        {2, 0, "", CVR_CLASSIFY},  {4, 0, "", CVR_CLASSIFY},   {4, 1, "", CVR_REGRESS},
        {4, 3, "", CVR_CLASSIFY},  {2, 1, "", CVR_CLASSIFY},   {90, 0, "", CVR_CLASSIFY},
        {101, 0, "", CVR_REGRESS}, {1500, 0, "", CVR_REGRESS}, {3, 0, ".5", CVR_REGRESS},
    };
    for (size_t k = 0; k < LENGTH(cases); k++) {
        char *p = forward, *q = backward;
        for (int i = 0; i < ROWS; i++) {
            int back = ROWS - 1 - i;
            int y = i < cases[k].rare ? 900 : i % cases[k].modulus;
            int z = back < cases[k].rare ? 900 : back % cases[k].modulus;
            p += sprintf(p, "%d,%d%s\n", i, y, cases[k].tail);
            q += sprintf(q, "%d,%d%s\n", back, z, cases[k].tail);
        }
        for (int size = 1; size <= 2; size++) {
            cvr_dataset *d =
                block((cvr_load){0}, cvr_test_text("f.csv", forward), 0, size);
            cvr_dataset *e =
                block((cvr_load){0}, cvr_test_text("b.csv", backward), 0, size);
            assert_int_equal(d->task, cases[k].task);
            assert_int_equal(e->task, cases[k].task);
            for (int64_t i = 0; i < d->Y.rows && d->task == CVR_REGRESS; i++)
                assert_true(cvr_get(d->Y, i, 0) >= cvr_get(d->X, i, 0) ||
                            cvr_get(d->Y, i, 0) < cases[k].modulus);
            cvr_dataset_free(d);
            cvr_dataset_free(e);
        }
    }
}

/* A thousand values are remembered; the rows before the next one keep theirs. */
static void many_values_are_kept(void **state)
{
    (void)state;
    for (int size = 1; size <= 2; size++) {
        const char *path = column(1400, 1400, "");
        cvr_dataset *d = block((cvr_load){0}, path, size - 1, size);
        assert_int_equal(d->task, CVR_REGRESS);
        for (int64_t i = 0; i < d->Y.rows; i++)
            assert_true(cvr_get(d->Y, i, 0) == (double)(d->first + i));
        cvr_dataset_free(d);
    }
}

static void several_files_are_appended(void **state)
{
    (void)state;
    const char *paths[] = {cvr_test_text("a.csv", "1,2,0\n3,4,1\n"),
                           cvr_test_text("b.csv", "u,v,y\n5,6,0\n"),
                           cvr_test_text("c.csv", "7,8\n")};
    cvr_dataset *d = NULL;
    cvr_load how = {.paths = paths, .path_count = 2};
    assert_int_equal(cvr_load_block(&how, 0, 1, &d), CVR_OK);
    assert_int_equal(d->rows, 3);
    assert_true(cvr_get(d->X, 2, 0) == 5 && cvr_get(d->X, 0, 1) == 2);
    assert_non_null(strstr(d->source, "a.csv, "));
    cvr_dataset_free(d);
    how.path_count = 3;
    assert_int_equal(cvr_load_block(&how, 0, 1, &d), CVR_BAD_DATA);
    assert_non_null(strstr(cvr_last_error(), "c.csv: its 2 columns are the features"));
    how.path_count = 2;
    how.labels = cvr_test_text("l.csv", "4\n5\n4\n");
    assert_int_equal(cvr_load_block(&how, 0, 1, &d), CVR_OK);
    assert_true(d->X.cols == 3 && cvr_get(d->Y, 1, 0) == 1);
    cvr_dataset_free(d);
    const char *mixed[] = {paths[0], cvr_test_text("t.csv", "5,6,zero\n")};
    how = (cvr_load){.paths = mixed, .path_count = 2};
    assert_int_equal(cvr_load_block(&how, 0, 1, &d), CVR_OK);
    assert_names(d, "0,1,zero");
    cvr_dataset_free(d);
}

static void assert_same_entries(cvr_mat A, int64_t i, cvr_mat B, int64_t first)
{
    assert_int_equal(A.cols, B.cols);
    for (int64_t j = 0; j < A.cols; j++)
        assert_true(cvr_get(A, i, j) == cvr_get(B, first + i, j));
}

/* The blocks of s processes, one after the other, are what one process reads. */
static void assert_blocks_make_whole(cvr_load how, const char *path)
{
    cvr_dataset *whole = good(how, path);
    for (int size = 1; size <= 7; size++) {
        int64_t first = 0;
        for (int rank = 0; rank < size; rank++) {
            cvr_dataset *d = block(how, path, rank, size);
            assert_int_equal(d->first, first);
            assert_int_equal(d->first, whole->rows * rank / size);
            assert_int_equal(d->rows, whole->rows);
            assert_int_equal(d->classes, whole->classes);
            for (int64_t i = 0; i < d->X.rows; i++) {
                assert_same_entries(d->X, i, whole->X, first);
                assert_same_entries(d->Y, i, whole->Y, first);
            }
            first += d->X.rows;
            cvr_dataset_free(d);
        }
        assert_int_equal(first, whole->rows);
    }
    cvr_dataset_free(whole);
}

static void blocks_are_independent_of_the_process_count(void **state)
{
    (void)state;
    assert_blocks_make_whole((cvr_load){0}, column(1337, 7, ""));
    assert_blocks_make_whole((cvr_load){.classes = "5,2"}, column(1337, 7, ""));
    assert_blocks_make_whole((cvr_load){.rows = 3}, column(1337, 7, ""));
    assert_blocks_make_whole((cvr_load){.task = CVR_REGRESS, .type = CVR_SINGLE},
                             column(1337, 7, ".25"));
    assert_blocks_make_whole((cvr_load){.classes = "b,a"},
                             cvr_test_text("t.csv", "1,c\n2,a\n3,b\n4,a\n5,b\n"));
    assert_blocks_make_whole((cvr_load){.libsvm_base = -1},
                             cvr_test_text("d.svm", "1 3:1\n2 1:4\n1 2:2 5:1\n"));
}

/* Rows of others are passed by, whatever stands between the targets. */
static void blocks_find_their_targets_anywhere(void **state)
{
    (void)state;
    static const struct {
        const char *text, *target;
    } files[] = {
        {"1.000000000000000000e+00,8.69e-01,2\n0.000000000000000000e+00,9.1e-01,3\n"
         "1.0e+00,-7.9e-01,4\n",
         "0"},
        {"a;b;c\n1;\"2\";\"x;1\"\n2;3;y\n3;4;\"x;1\"\n\n4;5;y\n", "c"},
        {"\"n\",\"p, q\",r\n\"1\",2,3\n4,\"5\",6\n7,8,9\n", "p, q"},
        {"  1   2 3\n 4 5   6 \n7 8 9\n", "1"},
        {"1,2,3\n4,5,6\n7,8,9\n10,11,12\n", "2,0"},
        {"1,2,3\n4,5,6\n7,8,9\n10,11,12\n", "none"},
    };
    for (size_t i = 0; i < LENGTH(files); i++) {
        cvr_load how = {.target = files[i].target};
        const char *text = files[i].text;
        assert_blocks_make_whole(how, cvr_test_text("t.csv", text));
        assert_blocks_make_whole(how, cvr_test_gz("t.csv.gz", text, strlen(text)));
    }
}

/* What a column is, all find out together; a number that is too large is found by the
   process whose row it is in. */
static void each_process_looks_at_its_own_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        cvr_status first, last;
    } files[] = {
        {"1,2,1\n3,4,2\n5,6,1\n7,1e999,2\n", CVR_OK, CVR_BAD_DATA},
        {"1,2,1\n3,4,2\n5,6,1\n7,x,2\n", CVR_BAD_DATA, CVR_BAD_DATA},
        {"1,2,1\n3,4,2\n5,6,1\n7,2\n", CVR_BAD_DATA, CVR_BAD_DATA},
        {"1,2,1\n3,nan,2\n5,6,1\n7,8,2\n", CVR_BAD_DATA, CVR_BAD_DATA},
        {"1,2,1\n3,4,2\n5,6,1\n7,8,nan\n", CVR_BAD_DATA, CVR_BAD_DATA},
    };
    for (size_t i = 0; i < LENGTH(files); i++)
        for (int rank = 0; rank < 2; rank++) {
            cvr_dataset *d = NULL;
            const char *path = cvr_test_text("b.csv", files[i].text);
            cvr_load how = {.paths = &path, .path_count = 1};
            assert_int_equal(cvr_load_block(&how, rank, 2, &d),
                             rank ? files[i].last : files[i].first);
            cvr_dataset_free(d);
        }
}

static void single_precision_must_hold_the_values(void **state)
{
    (void)state;
    const char *path = cvr_test_text("d.csv", "1,2\n3e38,2\n4e38,1\n");
    cvr_load how = {.type = CVR_SINGLE};
    assert_string_equal(
        refused(how, path, CVR_BAD_DATA),
        "d.csv: row 3, column 1: 4e+38 is not finite in single precision");
    how.rows = 2;
    cvr_dataset *d = good(how, path);
    assert_int_equal(d->X.type, CVR_SINGLE);
    assert_true(cvr_get(d->X, 1, 0) == (double)3e38f);
    cvr_dataset_free(d);
    how.rows = 0;
    path = cvr_test_text("d.csv", "1e-60,1e-50,2.5\n-1e-45,0,1.5\n");
    assert_string_equal(
        refused(how, path, CVR_BAD_DATA),
        "d.csv: all features are below 1.2e-38 and 0 in single precision");
    path = cvr_test_text("d.csv", "1,2.5e-60\n2,0\n");
    assert_string_equal(refused(how, path, CVR_BAD_DATA),
                        "d.csv: all targets are below 1.2e-38 and 0 in single precision");
    path = cvr_test_text("d.csv", "1e-60,1,2.5\n1,0,1.5\n"); /* beside others it is 0 */
    d = good(how, path);
    assert_true(cvr_get(d->X, 0, 0) == 0 && cvr_get(d->X, 1, 0) == 1);
    cvr_dataset_free(d);
}

static void a_matrix_is_read_whole(void **state)
{
    (void)state;
    cvr_mat A = {0};
    assert_int_equal(
        cvr_mat_read(cvr_test_text("g.csv", "1,2,3\n4,5,6\n"), CVR_SINGLE, &A), CVR_OK);
    assert_true(A.rows == 2 && A.cols == 3 && A.type == CVR_SINGLE);
    assert_true(cvr_get(A, 1, 2) == 6);
    cvr_mat_free(&A);
    assert_int_equal(cvr_mat_read(cvr_test_path("none"), CVR_DOUBLE, &A), CVR_IO);
    assert_null(A.data);
}

/* ---- images ----------------------------------------------------------------------- */

static const char *cifar(int count)
{
    unsigned char *bytes = malloc((size_t)count * 3073);
    for (int i = 0; i < count; i++)
        for (int j = 0; j < 3073; j++)
            bytes[i * 3073 + j] = (unsigned char)(j ? (37 * i + 11 * j) % 256 : i % 2);
    const char *path = cvr_test_file("c.bin", bytes, (size_t)count * 3073);
    free(bytes);
    return path;
}

static double weighted(const cvr_dataset *d, int64_t i, int64_t pixel)
{
    return 0.299 * cvr_get(d->X, i, pixel) + 0.587 * cvr_get(d->X, i, 1024 + pixel) +
           0.114 * cvr_get(d->X, i, 2048 + pixel);
}

/* The area average by its definition: each old pixel by the part that is covered. */
static double area(const cvr_dataset *d, int64_t i, int y, int x, double h, double w)
{
    double sum = 0, whole = 0;
    for (int r = 0; r < 32; r++)
        for (int c = 0; c < 32; c++) {
            double top = fmax(r, y * h), bottom = fmin(r + 1, (y + 1) * h);
            double left = fmax(c, x * w), right = fmin(c + 1, (x + 1) * w);
            if (bottom <= top || right <= left)
                continue;
            sum += (bottom - top) * (right - left) * weighted(d, i, 32 * r + c);
            whole += (bottom - top) * (right - left);
        }
    return sum / whole;
}

static void images_become_gray_and_small_by_area(void **state)
{
    (void)state;
    static const int sizes[][2] = {{10, 10}, {32, 32}, {7, 45}, {1, 1}, {64, 3}, {0, 0}};
    const char *path = cifar(3);
    cvr_dataset *raw = good((cvr_load){0}, path);
    for (size_t k = 0; k < LENGTH(sizes); k++) {
        cvr_load how = {
            .gray = true, .new_height = sizes[k][0], .new_width = sizes[k][1]};
        int height = how.new_height ? how.new_height : 32;
        int width = how.new_width ? how.new_width : 32;
        cvr_dataset *d = good(how, path);
        assert_int_equal(d->X.cols, height * width);
        assert_int_equal(d->transform.raw_features, 3072);
        assert_int_equal(d->transform.features, height * width);
        for (int i = 0; i < 3; i++)
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++) {
                    double v = area(raw, i, y, x, 32.0 / height, 32.0 / width);
                    assert_true(fabs(cvr_get(d->X, i, y * width + x) - v) < 1e-10);
                }
        cvr_dataset_free(d);
    }
    cvr_dataset_free(raw);
}

static void colours_are_resized_apart(void **state)
{
    (void)state;
    const char *path = cifar(2);
    cvr_dataset *raw = good((cvr_load){0}, path);
    cvr_dataset *d = good((cvr_load){.new_height = 16, .new_width = 16}, path);
    assert_int_equal(d->X.cols, 768);
    for (int c = 0; c < 3; c++) {
        double sum = 0;
        for (int k = 0; k < 4; k++)
            sum += cvr_get(raw->X, 1, 1024 * c + 32 * (4 + k / 2) + 6 + k % 2);
        assert_true(fabs(cvr_get(d->X, 1, 256 * c + 16 * 2 + 3) - sum / 4) < 1e-12);
    }
    cvr_dataset_free(raw);
    cvr_dataset_free(d);
    cvr_load how = {.gray = true};
    assert_string_equal(
        refused(how, cvr_test_text("d.csv", "1,2\n3,4\n"), CVR_BAD_DATA),
        "d.csv: rows are not images: gray, resize and hog648 cannot be applied");
}

/* ---- real data, where there is some ------------------------------------------------ */

static void real_files_have_their_shapes(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t rows, features;
        int classes;
    } files[] = {
        {"cifar10-airplane-automobile/test.bin.gz", 2000, 3072, 2},
        {"mnist/t10k-images-idx3-ubyte.gz", 10000, 784, 10},
        {"libsvm/heart_scale.svm", 270, 13, 2},
        {"libsvm/a9a.svm.gz", 32561, 123, 2},
        {"uci/iris.csv", 150, 4, 3},
        {"uci/letter.csv.gz", 20000, 16, 26},
        {"uci-delgado/abalone_R.dat", 4177, 8, 3},
        {"regression/kin8nm.csv.gz", 8192, 8, 0},
        {"higgs/higgs-5k-test.csv.gz", 5000, 28, 2},
    };
    const char *shared = getenv("CVR_SHARED");
    char path[1024];
    if (!shared)
        skip();
    for (size_t i = 0; i < LENGTH(files); i++) {
        snprintf(path, sizeof path, "%s/data/%s", shared, files[i].name);
        cvr_dataset *d = good((cvr_load){.libsvm_base = -1}, path);
        assert_int_equal(d->rows, files[i].rows);
        assert_int_equal(d->X.cols, files[i].features);
        assert_int_equal(d->classes, files[i].classes);
        assert_true(cvr_all_finite(d->X));
        cvr_dataset_free(d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_classes_are_signs_and_more_are_one_hot),
        cmocka_unit_test(chosen_classes_keep_their_order),
        cmocka_unit_test(rows_are_the_first_of_the_chosen),
        cmocka_unit_test(task_follows_the_labels),
        cmocka_unit_test(labels_are_texts),
        cmocka_unit_test(the_kind_of_a_target_is_not_its_order),
        cmocka_unit_test(many_values_are_kept),
        cmocka_unit_test(several_files_are_appended),
        cmocka_unit_test(blocks_are_independent_of_the_process_count),
        cmocka_unit_test(blocks_find_their_targets_anywhere),
        cmocka_unit_test(each_process_looks_at_its_own_numbers),
        cmocka_unit_test(single_precision_must_hold_the_values),
        cmocka_unit_test(a_matrix_is_read_whole),
        cmocka_unit_test(images_become_gray_and_small_by_area),
        cmocka_unit_test(colours_are_resized_apart),
        cmocka_unit_test(real_files_have_their_shapes),
    };
    return cmocka_run_group_tests(tests, cvr_test_folder, cvr_test_remove);
}

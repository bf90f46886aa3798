/* LIBSVM rows that stay sparse: what is read, drawn, scaled, written and predicted is
   what dense rows would give. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <cvxrelu/cvxrelu.h>

#include "base/random.h"
#include "data/sparse.h"
#include "linalg/mats.h"
#include "model/model.h"
#include "support/wide.h"

static cvr_comm *comm;
static char folder[] = "/tmp/cvr_sparse_XXXXXX";

enum { N = 61, D = 40000, EACH = 25 };

static const char *place(const char *name)
{
    static char path[2][200];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

/* N rows of EACH entries among D columns, the last one in the last row; two classes. */
static void write_rows(const char *path, int64_t rows)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int64_t i = 0; i < rows; i++) {
        fprintf(file, "%d", cvr_random_gauss(3, CVR_FOR_NOISE, i, 0) > 0 ? 1 : -1);
        for (int64_t k = 0; k < EACH; k++) {
            int64_t step = cvr_random_below(3, CVR_FOR_PLANT, i, k, D / EACH - 1);
            fprintf(file, " %lld:%.17g", (long long)(1 + k * (D / EACH) + step),
                    cvr_random_gauss(3, CVR_FOR_ROWS, i, k));
        }
        fprintf(file, "%s\n", i + 1 == rows ? " 40000:1" : "");
    }
    assert_int_equal(0, fclose(file));
}

static cvr_dataset *load(const char *path, cvr_type type)
{
    cvr_dataset *data = NULL;
    cvr_load how = {.paths = &path, .path_count = 1, .libsvm_base = -1, .type = type};
    if (cvr_dataset_load(&how, comm, &data) != CVR_OK)
        fail_msg("%s", cvr_last_error());
    return data;
}

static cvr_dataset *load_sparse(cvr_type type)
{
    cvr_dataset *data = load(place("rows.svm"), type);
    assert_true(data->S.start && !data->X.data);
    assert_int_equal(data->X.rows, N);
    assert_int_equal(data->X.cols, D);
    return data;
}

static cvr_dataset *dense_copy(const cvr_dataset *data)
{
    cvr_dataset *copy = NULL;
    assert_int_equal(CVR_OK, cvr_dataset_copy(data, comm, &copy));
    assert_int_equal(CVR_OK, cvr_dataset_make_dense(copy));
    assert_true(copy->X.data && !copy->S.start);
    return copy;
}

/* The same numbers in X and Y, to rounding of their type. */
static void same(const cvr_dataset *data, const cvr_dataset *want)
{
    cvr_dataset *own = dense_copy(data);
    double unit = own->X.type == CVR_DOUBLE ? 1e-14 : 1e-6;
    assert_int_equal(own->X.rows, want->X.rows);
    assert_int_equal(own->X.cols, want->X.cols);
    assert_int_equal(own->rows, want->rows);
    cvr_axpby(own->X, -1, want->X, 1);
    cvr_axpby(own->Y, -1, want->Y, 1);
    assert_true(cvr_max_abs(own->X) <= unit * cvr_max_abs(want->X));
    assert_true(cvr_max_abs(own->Y) == 0);
    cvr_dataset_free(own);
}

/* ---- reading and drawing ----------------------------------------------------------- */

static void entries_are_where_the_file_has_them(void **state)
{
    (void)state;
    for (int type = CVR_DOUBLE; type <= CVR_SINGLE; type++) {
        cvr_dataset *data = load_sparse(type);
        double *x = malloc(D * sizeof *x);
        for (int64_t i = 0; i < N; i++) {
            double sum = 0, want = i + 1 == N;
            cvr_dataset_row(data, i, D, x);
            for (int64_t j = 0; j < D; j++)
                sum += x[j];
            for (int64_t k = 0; k < EACH; k++)
                want += cvr_random_gauss(3, CVR_FOR_ROWS, i, k);
            assert_true(fabs(sum - want) < (type == CVR_DOUBLE ? 1e-12 : 1e-5));
        }
        assert_true(x[D - 1] == 1);
        free(x);
        cvr_dataset_free(data);
    }
}

static void the_same_rows_are_held_out(void **state)
{
    (void)state;
    for (int fold = -1; fold < 3; fold++) {
        cvr_dataset *sparse = load_sparse(CVR_DOUBLE), *dense = dense_copy(sparse);
        cvr_dataset *a = NULL, *b = NULL, *rest = NULL, *dense_rest = NULL;
        if (fold < 0) {
            assert_int_equal(CVR_OK, cvr_dataset_split(sparse, 0.3, 5, comm, &a));
            assert_int_equal(CVR_OK, cvr_dataset_split(dense, 0.3, 5, comm, &b));
            same(sparse, dense);
        } else {
            assert_int_equal(CVR_OK,
                             cvr_dataset_fold(sparse, 3, fold, 5, comm, &rest, &a));
            assert_int_equal(CVR_OK,
                             cvr_dataset_fold(dense, 3, fold, 5, comm, &dense_rest, &b));
            same(rest, dense_rest);
        }
        assert_non_null(a->S.start);
        same(a, b);
        cvr_dataset_free(a);
        cvr_dataset_free(b);
        cvr_dataset_free(rest);
        cvr_dataset_free(dense_rest);
        cvr_dataset_free(sparse);
        cvr_dataset_free(dense);
    }
}

/* A file of the rows as they are reads back to the same bits. */
static void rows_are_written_as_they_are(void **state)
{
    static const char *const names[] = {"again.svm", "again.svm.gz", "again.csv"};
    (void)state;
    for (int k = 0; k < 3; k++) {
        cvr_dataset *data = load_sparse(CVR_DOUBLE), *again = NULL;
        assert_int_equal(CVR_OK, cvr_dataset_save(data, place(names[k]), NULL));
        again = load(place(names[k]), CVR_DOUBLE);
        assert_true((again->S.start != NULL) == (k < 2));
        cvr_dataset *want = dense_copy(data);
        same(again, want);
        cvr_dataset_free(want);
        cvr_dataset_free(again);
        cvr_dataset_free(data);
    }
}

/* Few entries with a large index ask for no more than the file is worth. */
static void an_index_out_of_proportion_is_refused(void **state)
{
    const char *path = place("huge.svm");
    cvr_load how = {.paths = &path, .path_count = 1, .libsvm_base = -1};
    cvr_dataset *data = NULL;
    FILE *file = fopen(path, "w");
    (void)state;
    fputs("1 1:1\n-1 2147483646:1\n", file);
    assert_int_equal(0, fclose(file));
    assert_int_equal(CVR_BAD_DATA, cvr_dataset_load(&how, comm, &data));
    assert_non_null(strstr(cvr_last_error(), "too many"));
    assert_null(data);
}

/* ---- normalising and predicting ---------------------------------------------------- */

/* Without a shift the scales are those of dense rows. */
static void columns_are_scaled_and_not_shifted(void **state)
{
    (void)state;
    for (int how = CVR_NORMALIZE_NONE; how <= CVR_NORMALIZE_UNIT; how++) {
        cvr_dataset *sparse = load_sparse(CVR_DOUBLE), *dense = dense_copy(sparse);
        cvr_dataset *raw = dense_copy(sparse);
        assert_int_equal(
            CVR_OK, cvr_dataset_fit_transform(sparse, how, CVR_BIAS_PENALISED, comm));
        assert_int_equal(CVR_OK,
                         cvr_dataset_fit_transform(dense, how, CVR_BIAS_PENALISED, comm));
        assert_int_equal(sparse->X.cols, D + 1);
        if (how != CVR_NORMALIZE_NONE) {
            cvr_mat scale = sparse->transform.scale, want = dense->transform.scale;
            double size = cvr_max_abs(want);
            assert_true(cvr_max_abs(sparse->transform.shift) == 0);
            assert_true(sqrt(cvr_distance2(scale, want)) <= 1e-12 * size * D);
            cvr_fill(dense->transform.shift, 0);
        }
        assert_int_equal(CVR_OK,
                         cvr_dataset_transform(raw, &sparse->transform, sparse->classes,
                                               sparse->class_names, comm));
        same(sparse, raw);
        cvr_dataset_free(raw);
        cvr_dataset_free(dense);
        cvr_dataset_free(sparse);
    }
}

static void fill_layer(cvr_layer layer, uint32_t stream)
{
    cvr_random_normal(layer.W, 9, 100 + stream, 0);
    cvr_random_normal(layer.b, 9, 200 + stream, 0);
}

static cvr_model some_model(int kind, cvr_type type)
{
    const int64_t sizes[] = {D, 19, 1};
    cvr_model m = {0};
    if (kind == CVR_GATED) {
        assert_int_equal(CVR_OK, cvr_model_new_gated(type, D, 18, 1, &m));
        fill_layer(m.gates, 5);
    } else {
        assert_int_equal(CVR_OK, cvr_model_new(type, 2, sizes, &m));
        fill_layer(m.layers[1], 1);
    }
    fill_layer(m.layers[0], 0);
    return m;
}

/* The transform of dense rows shifts; sparse rows come to the same outputs. */
static void outputs_do_not_depend_on_how_rows_are_kept(void **state)
{
    (void)state;
    for (int run = 0; run < 4; run++) {
        cvr_type type = run % 2 ? CVR_SINGLE : CVR_DOUBLE;
        cvr_dataset *sparse = load_sparse(type), *dense = dense_copy(sparse);
        cvr_model m = some_model(run / 2 ? CVR_GATED : CVR_NETWORK, type);
        cvr_mat F = {0}, G = {0};
        assert_int_equal(CVR_OK, cvr_dataset_fit_transform(dense, CVR_NORMALIZE_FEATURE,
                                                           CVR_BIAS_FREE, comm));
        assert_int_equal(CVR_OK,
                         cvr_dataset_transform(sparse, &dense->transform, dense->classes,
                                               dense->class_names, comm));
        assert_non_null(sparse->S.start);
        assert_true(cvr_max_abs(dense->transform.shift) > 0);
        CVR_ASSERT(CVR_MATS_NEW(dense->Y, N, 1, &F, &G) == CVR_OK);
        assert_int_equal(CVR_OK, cvr_model_apply(&m, sparse, F));
        assert_int_equal(CVR_OK, cvr_model_apply(&m, dense, G));
        double size = cvr_max_abs(G);
        cvr_axpby(F, -1, G, 1);
        assert_true(cvr_max_abs(F) <= (type == CVR_DOUBLE ? 1e-10 : 1e-4) * size);
        CVR_MATS_FREE(&F, &G);
        cvr_model_free(&m);
        cvr_dataset_free(dense);
        cvr_dataset_free(sparse);
    }
}

/* ---- products ---------------------------------------------------------------------- */

/* A W', Z A and A A' for sparse rows and the same, dense, in both types. */
static void products_are_those_of_dense_rows(void **state)
{
    (void)state;
    for (int type = CVR_DOUBLE; type <= CVR_SINGLE; type++) {
        cvr_test_wide w = {37, 301, 1, CVR_TEST_STRANGERS, true};
        cvr_dataset *sparse = cvr_test_wide_data(comm, type, w);
        w.sparse = false;
        cvr_dataset *dense = cvr_test_wide_data(comm, type, w);
        cvr_rows one = cvr_rows_of(sparse->X, sparse->S);
        cvr_rows other = cvr_rows_of(dense->X, dense->S);
        cvr_mat W[3] = {{0}}, Z[3] = {{0}}, K[2] = {{0}};
        for (int i = 0; i < 3; i++) {
            CVR_ASSERT(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 5, 301, &W[i]) == CVR_OK);
            CVR_ASSERT(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 5, 37, &Z[i]) == CVR_OK);
        }
        for (int i = 0; i < 2; i++)
            CVR_ASSERT(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 37, 37, &K[i]) == CVR_OK);
        cvr_random_normal(W[2], 4, 100, 0);
        cvr_random_normal(Z[2], 4, 101, 0);
        for (int i = 0; i < 2; i++) {
            const cvr_rows *R = i ? &other : &one;
            assert_int_equal(CVR_OK, cvr_rows_times(Z[i], W[2], R));
            assert_int_equal(CVR_OK, cvr_rows_gather(W[i], Z[2], R));
            assert_int_equal(CVR_OK, cvr_rows_gram(K[i], R));
            cvr_symmetrize(K[i]);
        }
        assert_true(cvr_distance2(Z[0], Z[1]) <= 1e-24 * cvr_dot(Z[1], Z[1]));
        assert_true(cvr_distance2(W[0], W[1]) <= 1e-24 * cvr_dot(W[1], W[1]));
        assert_true(cvr_distance2(K[0], K[1]) <= 1e-24 * cvr_dot(K[1], K[1]));
        for (int i = 0; i < 3; i++)
            CVR_MATS_FREE(&W[i], &Z[i]);
        CVR_MATS_FREE(&K[0], &K[1]);
        cvr_dataset_free(sparse);
        cvr_dataset_free(dense);
    }
}

static int begin(void **state)
{
    (void)state;
    if (!mkdtemp(folder) || cvr_comm_open("serial", &comm) != CVR_OK)
        return 1;
    write_rows(place("rows.svm"), N);
    return 0;
}

static int end(void **state)
{
    static const char *const names[] = {"rows.svm", "again.svm", "again.svm.gz",
                                        "again.csv", "huge.svm"};
    (void)state;
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        remove(place(names[k]));
    cvr_comm_free(comm);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_where_the_file_has_them),
        cmocka_unit_test(the_same_rows_are_held_out),
        cmocka_unit_test(rows_are_written_as_they_are),
        cmocka_unit_test(an_index_out_of_proportion_is_refused),
        cmocka_unit_test(columns_are_scaled_and_not_shifted),
        cmocka_unit_test(outputs_do_not_depend_on_how_rows_are_kept),
        cmocka_unit_test(products_are_those_of_dense_rows),
    };
    return cmocka_run_group_tests_name("sparse rows", tests, begin, end);
}

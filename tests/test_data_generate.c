/* Generated rows: functions of (seed, row) alone, and what they are said to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <cvxrelu/data.h>

#include "base/bytes.h"
#include "base/random.h"
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

static cvr_dataset *make(cvr_generate g)
{
    cvr_dataset *d = NULL;
    if (cvr_dataset_generate(&g, comm, &d) != CVR_OK)
        fail_msg("%s", cvr_last_error());
    return d;
}

static const char *const kinds[] = {"teacher", "spiral", "glyphs", "relu-regression",
                                    "higgs-like"};

static void rows_do_not_depend_on_how_many_are_made(void **state)
{
    (void)state;
    for (size_t k = 0; k < LENGTH(kinds); k++) {
        cvr_generate g = {.kind = kinds[k], .rows = 150, .noise = 0.1, .seed = 3};
        cvr_dataset *all = make(g);
        g.rows = 60;
        g.first = 70;
        cvr_dataset *some = make(g);
        for (int64_t i = 0; i < 60; i++) {
            for (int64_t j = 0; j < all->X.cols; j++)
                assert_true(cvr_get(some->X, i, j) == cvr_get(all->X, 70 + i, j));
            assert_true(cvr_get(some->Y, i, 0) == cvr_get(all->Y, 70 + i, 0));
        }
        g.type = CVR_SINGLE;
        cvr_dataset *single = make(g);
        for (int64_t j = 0; j < all->X.cols; j++)
            assert_true(cvr_get(single->X, 9, j) == (float)cvr_get(some->X, 9, j));
        g.seed = 4;
        cvr_dataset *other = make(g);
        assert_true(cvr_distance2(other->X, single->X) > 0);
        cvr_dataset_free(all);
        cvr_dataset_free(some);
        cvr_dataset_free(single);
        cvr_dataset_free(other);
    }
}

/* y = sum_k (-1)^k relu(x'u_k), with u_k as planted. */
static void teacher_is_the_planted_network(void **state)
{
    (void)state;
    cvr_dataset *d = make((cvr_generate){
        .kind = "teacher", .rows = 40, .features = 7, .neurons = 3, .seed = 11});
    assert_int_equal(d->task, CVR_REGRESS);
    for (int64_t i = 0; i < 40; i++) {
        double y = 0;
        for (int k = 0; k < 3; k++) {
            double z = 0, norm = 0;
            for (int64_t j = 0; j < 7; j++) {
                double u = cvr_random_gauss(11, CVR_FOR_PLANT, k, j);
                z += u * cvr_get(d->X, i, j);
                norm += u * u;
            }
            y += (k == 1 ? -1 : 1) * fmax(0, z) / sqrt(norm);
        }
        assert_true(fabs(y - cvr_get(d->Y, i, 0)) < 1e-12);
    }
    cvr_dataset_free(d);
}

static void relu_regression_is_one_sparse_neuron(void **state)
{
    (void)state;
    enum { N = 400, D = 10 };
    cvr_dataset *d = make(
        (cvr_generate){.kind = "relu-regression", .rows = N, .features = D, .seed = 2});
    cvr_mat G = {0}, u = {0};
    int filled = 0;
    assert_int_equal(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, D, D, &G), CVR_OK);
    assert_int_equal(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, D, 1, &u), CVR_OK);
    for (int i = 0; i < N; i++) { /* least squares on the active rows finds u exactly */
        double y = cvr_get(d->Y, i, 0);
        assert_true(y >= 0);
        cvr_mat row = cvr_mat_part(d->X, i, 0, 1, D);
        if (y > 0) {
            cvr_gram(G, 1, CVR_T, row, 1);
            for (int j = 0; j < D; j++)
                cvr_set(u, j, 0, cvr_get(u, j, 0) + y * cvr_get(row, 0, j));
        }
    }
    assert_int_equal(cvr_potrf(G), CVR_OK);
    cvr_potrs(G, u);
    for (int j = 0; j < D; j++)
        filled += fabs(cvr_get(u, j, 0)) > 1e-9;
    assert_int_equal(filled, D / 5);
    for (int i = 0; i < N; i++) {
        double z = 0;
        for (int j = 0; j < D; j++)
            z += cvr_get(d->X, i, j) * cvr_get(u, j, 0);
        assert_true(fabs(fmax(0, z) - cvr_get(d->Y, i, 0)) < 1e-9);
    }
    cvr_mat_free(&G);
    cvr_mat_free(&u);
    cvr_dataset_free(d);
}

static void noise_has_the_deviation_asked_for(void **state)
{
    (void)state;
    cvr_generate g = {.kind = "teacher", .rows = 4000, .seed = 5};
    cvr_dataset *clean = make(g);
    g.noise = 0.5;
    cvr_dataset *noisy = make(g);
    assert_true(cvr_distance2(clean->X, noisy->X) == 0);
    double sd = sqrt(cvr_distance2(clean->Y, noisy->Y) / 4000);
    assert_true(fabs(sd - 0.5) < 0.03);
    cvr_dataset_free(clean);
    cvr_dataset_free(noisy);
}

static void the_largest_noise_leaves_numbers(void **state)
{
    (void)state;
    for (size_t k = 0; k < LENGTH(kinds); k++) {
        cvr_generate g = {.kind = kinds[k], .rows = 300, .noise = 1e30, .seed = 5};
        g.type = CVR_SINGLE;
        cvr_dataset *d = make(g);
        for (int64_t i = 0; i < 300; i++) {
            assert_true(isfinite(cvr_get(d->Y, i, 0)));
            for (int64_t j = 0; j < d->X.cols; j++)
                assert_true(isfinite(cvr_get(d->X, i, j)));
        }
        cvr_dataset_free(d);
    }
}

static void spiral_arms_are_where_they_belong(void **state)
{
    (void)state;
    cvr_dataset *d =
        make((cvr_generate){.kind = "spiral", .rows = 90, .classes = 3, .seed = 1});
    assert_int_equal(d->classes, 3);
    for (int i = 0; i < 90; i++) {
        double x = cvr_get(d->X, i, 0), y = cvr_get(d->X, i, 1), r = hypot(x, y);
        double turns = atan2(y, x) / 6.283185307179586 - 1.5 * r - (i % 3) / 3.0;
        assert_true(r > 0.1 && r < 1);
        assert_true(fabs(turns - rint(turns)) < 1e-9);
        assert_true(cvr_get(d->Y, i, i % 3) == 1);
    }
    cvr_dataset_free(d);
}

/* Accuracy on the second half of a ridge fit on the first half. */
static double linear_accuracy(cvr_dataset *d, double ridge)
{
    int64_t n = d->X.rows / 2, right = 0;
    cvr_mat G = {0}, w = {0};
    cvr_mat A = cvr_mat_part(d->X, 0, 0, n, d->X.cols);
    assert_int_equal(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, A.cols, A.cols, &G), CVR_OK);
    assert_int_equal(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, A.cols, 1, &w), CVR_OK);
    cvr_gram(G, 1, CVR_T, A, 0);
    cvr_add_diag(G, ridge * (double)n);
    cvr_gemm(w, 1, CVR_T, A, CVR_N, cvr_mat_part(d->Y, 0, 0, n, 1), 0);
    assert_int_equal(cvr_potrf(G), CVR_OK);
    cvr_potrs(G, w);
    for (int64_t i = n; i < d->X.rows; i++) {
        double f = 0;
        for (int64_t j = 0; j < A.cols; j++)
            f += cvr_get(d->X, i, j) * cvr_get(w, j, 0);
        right += (f > 0) == (cvr_get(d->Y, i, 0) > 0);
    }
    cvr_mat_free(&G);
    cvr_mat_free(&w);
    return (double)right / (double)(d->X.rows - n);
}

/* Well above chance, well below all. */
static void lines_do_not_separate_the_classes(void **state)
{
    (void)state;
    static const struct {
        const char *kind;
        double noise, above, below;
    } cases[] = {{"glyphs", 0.1, 0.7, 0.96},
                 {"higgs-like", 0, 0.6, 0.76},
                 {"spiral", 0.02, 0.5, 0.75}};
    for (size_t k = 0; k < LENGTH(cases); k++) {
        cvr_dataset *d = make((cvr_generate){
            .kind = cases[k].kind, .rows = 1600, .noise = cases[k].noise, .seed = 9});
        assert_int_equal(
            cvr_dataset_fit_transform(d, CVR_NORMALIZE_GLOBAL, CVR_BIAS_PENALISED, comm),
            CVR_OK);
        double accuracy = linear_accuracy(d, 1e-2);
        if (accuracy < cases[k].above || accuracy > cases[k].below)
            fail_msg("%s: %g", cases[k].kind, accuracy);
        cvr_dataset_free(d);
    }
}

static void glyphs_are_images_of_digits(void **state)
{
    (void)state;
    static const char *const names[] = {"1", "7", NULL, "1", "4", "7", NULL, "0", "1",
                                        "2", "3", "4",  "5", "6", "7", "8",  "9", NULL};
    int at = 0;
    static const int counts[] = {2, 3, 10};
    for (size_t c = 0; c < LENGTH(counts); c++, at++) {
        cvr_dataset *d =
            make((cvr_generate){.kind = "glyphs", .rows = 20, .classes = counts[c]});
        assert_true(d->transform.channels == 1 && d->transform.height == 28 &&
                    d->transform.width == 28);
        for (int k = 0; k < counts[c]; k++)
            assert_string_equal(d->class_names[k], names[at++]);
        for (int i = 0; i < 20; i++) {
            double ink = 0;
            for (int j = 0; j < 784; j++) {
                double v = cvr_get(d->X, i, j);
                assert_true(v >= 0 && v <= 255 && v == rint(v));
                ink += v / 255;
            }
            assert_true(ink > 15 && ink < 250);
        }
        cvr_dataset_free(d);
    }
}

static void impossible_wishes_are_refused(void **state)
{
    (void)state;
    static const struct {
        cvr_generate g;
        const char *sentence;
    } cases[] = {
        {{.kind = "moons", .rows = 1}, "unknown generator 'moons'"},
        {{.kind = "glyphs", .rows = 1, .classes = 11},
         "glyphs has 2 to 10 classes, not 11"},
        {{.kind = "glyphs", .rows = 1, .features = 10},
         "glyphs has 784 features, not 10"},
        {{.kind = "spiral", .rows = 1, .classes = 1},
         "spiral has 2 to 100 classes, not 1"},
        {{.kind = "teacher", .rows = 0},
         "cannot generate 0 rows of 20 features from row 0 with 5 neurons"},
        {{.kind = "teacher", .rows = 5, .features = -1},
         "cannot generate 5 rows of -1 features from row 0 with 5 neurons"},
        {{.kind = "teacher", .rows = 5, .noise = -1},
         "noise of -1 is not a standard deviation between 0 and 1e+30"},
        {{.kind = "spiral", .rows = 5, .noise = 1e31},
         "noise of 1e+31 is not a standard deviation between 0 and 1e+30"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        cvr_dataset *d = NULL;
        assert_int_equal(cvr_dataset_generate(&cases[i].g, comm, &d), CVR_USAGE);
        assert_string_equal(cvr_last_error(), cases[i].sentence);
    }
    cvr_dataset *d = NULL;
    cvr_generate huge = {.kind = "teacher", .rows = INT64_MAX / 2};
    assert_int_equal(cvr_dataset_generate(&huge, comm, &d), CVR_NO_MEMORY);
    for (size_t k = 0; k < LENGTH(kinds); k++)
        for (int nth = 1;; nth++) {
            cvr_generate g = {.kind = kinds[k], .rows = 3};
            cvr_alloc_fail_at(nth);
            cvr_status status = cvr_dataset_generate(&g, comm, &d);
            cvr_alloc_fail_at(0);
            if (status == CVR_OK) {
                cvr_dataset_free(d);
                break;
            }
            assert_int_equal(status, CVR_NO_MEMORY);
            assert_null(d);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_do_not_depend_on_how_many_are_made),
        cmocka_unit_test(teacher_is_the_planted_network),
        cmocka_unit_test(relu_regression_is_one_sparse_neuron),
        cmocka_unit_test(noise_has_the_deviation_asked_for),
        cmocka_unit_test(the_largest_noise_leaves_numbers),
        cmocka_unit_test(spiral_arms_are_where_they_belong),
        cmocka_unit_test(lines_do_not_separate_the_classes),
        cmocka_unit_test(glyphs_are_images_of_digits),
        cmocka_unit_test(impossible_wishes_are_refused),
    };
    return cmocka_run_group_tests(tests, open_comm, close_comm);
}

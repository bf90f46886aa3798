/* Training and predicting on arrays: as through a data set and a solver, however the
   arrays lie; a caller's mistake is a status and a sentence. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "data/dataset.h"
#include "data/from_arrays.h"
#include "linalg/ops.h"
#include "support/problem.h"

enum { N = 40, D = 3 };

/* Rows in C order, and the sign of their first entry as a label. */
typedef struct rows {
    double x[N][D];
    float single[N][D];
    double value[N];
    int32_t label[N];
} rows;

static rows made_rows(void)
{
    rows r;
    cvr_mat X = {0};
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, N, D, &X));
    cvr_random_normal(X, 1, 2, 0);
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < D; j++) {
            r.single[i][j] = (float)cvr_get(X, i, j);
            r.x[i][j] = r.single[i][j];
        }
        r.value[i] = fabs(r.x[i][0]) - r.x[i][1];
        r.label[i] = r.x[i][0] > 0 ? 7 : 3;
    }
    cvr_mat_free(&X);
    return r;
}

static cvr_array doubles(void *data, int64_t n, int64_t d)
{
    return (cvr_array){data, CVR_FLOAT64, n, d, 0, 0};
}

static cvr_array labels(rows *r)
{
    return (cvr_array){r->label, CVR_INT32, N, 1, 0, 0};
}

static const char options[] = "patterns=6 formulation=gated beta=0.01 max-iterations=30";

static cvr_model fitted(cvr_array X, cvr_array Y, const char *text)
{
    cvr_model m;
    if (cvr_fit("convex", X, Y, NULL, text, &m) != CVR_OK)
        fail_msg("%s", cvr_last_error());
    return m;
}

static void assert_same_models(const cvr_model *a, const cvr_model *b)
{
    unsigned char *bytes[2];
    size_t sizes[2];
    assert_int_equal(CVR_OK, cvr_model_to_bytes(a, &bytes[0], &sizes[0]));
    assert_int_equal(CVR_OK, cvr_model_to_bytes(b, &bytes[1], &sizes[1]));
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(bytes[0], bytes[1], sizes[0]);
    free(bytes[0]);
    free(bytes[1]);
}

/* ---- as through a solver ----------------------------------------------------------- */

static void a_fit_is_what_a_solver_finds(void **state)
{
    (void)state;
    rows r = made_rows();
    cvr_mat X = {0}, Y = {0};
    cvr_dataset *data = NULL;
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, N, D, &X));
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, N, 1, &Y));
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < D; j++)
            cvr_set(X, i, j, r.x[i][j]);
        cvr_set(Y, i, 0, r.value[i]);
    }
    assert_int_equal(CVR_OK,
                     cvr_dataset_from_matrix(X, Y, CVR_TASK_AUTO, cvr_test_alone, &data));
    assert_int_equal(CVR_OK, cvr_dataset_fit_transform(data, CVR_NORMALIZE_FEATURE,
                                                       CVR_BIAS_FREE, cvr_test_alone));
    cvr_test_run t = cvr_test_start(
        data, cvr_test_alone,
        "--patterns 6 --formulation gated --beta 0.01 --max-iterations 30");
    cvr_model by_solver;
    assert_int_equal(CVR_OK, cvr_solver_model(t.solver, &by_solver));
    cvr_model m = fitted(doubles(r.x, N, D), doubles(r.value, N, 1), options);
    assert_same_models(&by_solver, &m);
    cvr_model_free(&by_solver);
    cvr_model_free(&m);
    cvr_test_end(&t);
    cvr_dataset_free(data);
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
}

/* ---- however they lie -------------------------------------------------------------- */

/* The same rows: column after column, with gaps, backwards, of other types. */
static void the_order_of_elements_does_not_matter(void **state)
{
    (void)state;
    rows r = made_rows();
    static double columns[D][N], gaps[N][2 * D + 1], back[N][D];
    for (int i = 0; i < N; i++)
        for (int j = 0; j < D; j++)
            columns[j][i] = gaps[i][2 * j] = back[N - 1 - i][D - 1 - j] = r.x[i][j];
    cvr_model first = fitted(doubles(r.x, N, D), labels(&r), options);
    const cvr_array all[] = {
        {columns, CVR_FLOAT64, N, D, 1, N},
        {gaps, CVR_FLOAT64, N, D, 2 * D + 1, 2},
        {&back[N - 1][D - 1], CVR_FLOAT64, N, D, -D, -1},
        {r.x, CVR_FLOAT64, N, D, D, 1},
    };
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        cvr_model m = fitted(all[k], labels(&r), options);
        double f[2][N];
        assert_same_models(&first, &m);
        assert_int_equal(CVR_OK, cvr_predict(&m, all[k], doubles(f[0], N, 1)));
        assert_int_equal(
            CVR_OK, cvr_predict(&m, doubles(r.x, N, D),
                                (cvr_array){&f[1][N - 1], CVR_FLOAT64, N, 1, -1, 1}));
        for (int i = 0; i < N; i++)
            assert_true(f[0][i] == f[1][N - 1 - i]);
        cvr_model_free(&m);
    }
    cvr_model_free(&first);
}

static void single_rows_are_trained_on_in_single_precision(void **state)
{
    (void)state;
    rows r = made_rows();
    const cvr_array X = {r.single, CVR_FLOAT32, N, D, 0, 0};
    cvr_model m = fitted(X, labels(&r), options);
    assert_int_equal(CVR_SINGLE, m.layers[0].W.type);
    cvr_model_free(&m);
    m = fitted(
        X, labels(&r),
        "precision=double patterns=6 formulation=gated beta=0.01 max-iterations=30");
    cvr_model same = fitted(doubles(r.x, N, D), labels(&r), options);
    assert_int_equal(CVR_DOUBLE, m.layers[0].W.type);
    for (int64_t i = 0; i < m.layers[0].W.rows; i++)
        assert_true(cvr_get(m.layers[0].W, i, 0) == cvr_get(same.layers[0].W, i, 0));
    cvr_model_free(&m);
    cvr_model_free(&same);
}

static void whole_numbers_are_rows_and_labels_too(void **state)
{
    (void)state;
    static uint8_t x[N][2];
    static int64_t y[N];
    uint8_t class[N];
    for (int i = 0; i < N; i++) {
        x[i][0] = (uint8_t)(6 * i);
        x[i][1] = (uint8_t)(i % 5);
        y[i] = i % 2 ? -5 : 1000000007;
        x[i][1] = (uint8_t)(x[i][1] + (i % 2 ? 100 : 0));
    }
    const cvr_array X = {x, CVR_UINT8, N, 2, 0, 0};
    cvr_model m = fitted(X, (cvr_array){y, CVR_INT64, N, 1, 0, 0}, options);
    assert_int_equal(2, m.classes);
    assert_string_equal("-5", m.class_names[0]);
    assert_string_equal("1000000007", m.class_names[1]);
    assert_int_equal(CVR_OK,
                     cvr_predict(&m, X, (cvr_array){class, CVR_UINT8, N, 1, 0, 0}));
    for (int i = 0; i < N; i++)
        assert_int_equal(i % 2 ? 0 : 1, class[i]);
    cvr_model_free(&m);
}

/* ---- what may come with them ------------------------------------------------------- */

static int count(const cvr_progress *p, void *user)
{
    int *calls = user;
    assert_true(p->iterations > 0);
    return ++*calls == 3;
}

static void names_are_in_the_model_and_the_callback_ends_the_run(void **state)
{
    (void)state;
    static const char *const features[] = {"length", "width", "age"};
    static const char *const targets[] = {"kind"}, *const classes[] = {"cat", "dog"};
    rows r = made_rows();
    int calls = 0;
    cvr_progress last;
    const cvr_fit_extras extras = {.feature_names = features,
                                   .target_names = targets,
                                   .class_names = classes,
                                   .class_count = 2,
                                   .progress = count,
                                   .user = &calls,
                                   .result = &last};
    cvr_model m;
    assert_int_equal(CVR_OK, cvr_fit("convex", doubles(r.x, N, D), labels(&r), &extras,
                                     "patterns=6 formulation=relu tolerance=0", &m));
    assert_int_equal(3, calls);
    assert_int_equal(CVR_STOPPED, last.outcome);
    assert_string_equal("dog", m.class_names[1]);
    assert_string_equal("width", m.transform.columns.item[1].name);
    assert_string_equal("kind", m.transform.columns.target[0].name);
    double f[N];
    assert_int_equal(CVR_OK, cvr_predict(&m, doubles(r.x, N, D), doubles(f, N, 1)));
    cvr_model_free(&m);
}

static int asked_often;
static int ends_at_once(void *user)
{
    (void)user;
    asked_often++;
    return CVR_END;
}

static void an_interrupt_is_heard_in_the_set_up(void **state)
{
    (void)state;
    rows r = made_rows();
    const cvr_fit_extras extras = {.interrupt = ends_at_once};
    cvr_model m;
    assert_int_equal(CVR_INTERRUPTED, cvr_fit("convex", doubles(r.x, N, D), labels(&r),
                                              &extras, options, &m));
    assert_true(asked_often > 0 && !m.layers);
    assert_true(cvr_last_error()[0] != '\0');
}

static void hear(cvr_log_level level, const char *sentence, void *user)
{
    if (level == CVR_LOG_NOTE)
        snprintf(user, 200, "%s", sentence);
}

static void notes_go_to_the_target_of_the_call(void **state)
{
    (void)state;
    rows r = made_rows();
    static char inside[200], outside[200];
    const cvr_fit_extras extras = {.log = hear, .user = inside};
    cvr_model m;
    cvr_log_to(hear, outside);
    assert_int_equal(
        CVR_OK, cvr_fit("convex", doubles(r.x, N, D), labels(&r), &extras, options, &m));
    assert_non_null(strstr(inside, "class"));
    assert_string_equal("", outside);
    cvr_model_free(&m);
    m = fitted(doubles(r.x, N, D), labels(&r), options);
    assert_non_null(strstr(outside, "class"));
    cvr_log_to(NULL, NULL);
    cvr_model_free(&m);
}

static void a_model_comes_back_from_its_bytes(void **state)
{
    (void)state;
    rows r = made_rows();
    unsigned char *bytes = NULL;
    size_t size = 0;
    double f[2][N];
    cvr_model m = fitted(doubles(r.x, N, D), doubles(r.value, N, 1), options), back;
    assert_int_equal(CVR_OK, cvr_model_to_bytes(&m, &bytes, &size));
    assert_int_equal(CVR_OK, cvr_model_from_bytes(bytes, size, &back));
    assert_int_equal(CVR_OK, cvr_predict(&m, doubles(r.x, N, D), doubles(f[0], N, 1)));
    assert_int_equal(CVR_OK, cvr_predict(&back, doubles(r.x, N, D), doubles(f[1], N, 1)));
    assert_memory_equal(f[0], f[1], sizeof f[0]);
    bytes[size / 2] ^= 1;
    cvr_model_free(&back);
    assert_int_equal(CVR_BAD_DATA, cvr_model_from_bytes(bytes, size, &back));
    assert_int_equal(CVR_USAGE, cvr_model_from_bytes(NULL, 0, &back));
    free(bytes);
    cvr_model_free(&m);
}

/* ---- mistakes ---------------------------------------------------------------------- */

typedef struct mistake {
    cvr_status status;
    const char *method, *options, *sentence;
    cvr_array X, Y;
} mistake;

static void mistakes_have_a_sentence(void **state)
{
    (void)state;
    rows r = made_rows(), bad = made_rows();
    double y[N];
    bad.x[4][1] = NAN;
    for (int i = 0; i < N; i++)
        y[i] = i == 8 ? INFINITY : i / 3.0;
    const cvr_array X = doubles(r.x, N, D), Y = labels(&r);
    const mistake all[] = {
        {CVR_USAGE, NULL, "", "no method is named", X, Y},
        {CVR_USAGE, "convx", "", "unknown method 'convx'", X, Y},
        {CVR_USAGE, "convex", "patterns", "'patterns' is not of the form name=value", X,
         Y},
        {CVR_USAGE, "convex", "paterns=3", "paterns", X, Y},
        {CVR_USAGE, "convex", "beta=-1", "beta", X, Y},
        {CVR_USAGE, "convex", "=3", "'=3' is not of the form", X, Y},
        {CVR_USAGE, "convex", "", "40 rows of X do not match 39 rows of Y", X,
         doubles(r.value, N - 1, 1)},
        {CVR_USAGE, "convex", "", "X: its data is NULL", doubles(NULL, N, D), Y},
        {CVR_USAGE, "convex", "", "X: 9 is not a type", {r.x, 9, N, D, 0, 0}, Y},
        {CVR_USAGE, "convex", "", "X: -1 x 3", doubles(r.x, -1, D), Y},
        {CVR_USAGE, "convex", "", "repeat", {r.x, CVR_FLOAT64, N, D, 0, 1}, Y},
        {CVR_USAGE, "convex", "", "do not fit into memory",
         doubles(r.x, INT64_MAX, INT64_MAX), doubles(r.value, INT64_MAX, 1)},
        {CVR_USAGE,
         "convex",
         "",
         "do not fit into memory",
         {r.x, CVR_FLOAT64, N, D, INT64_MIN, 1},
         Y},
        {CVR_BAD_DATA, "convex", "", "no rows", doubles(r.x, 0, D),
         doubles(r.value, 0, 1)},
        {CVR_BAD_DATA, "convex", "", "X: row 5, column 2: nan", doubles(bad.x, N, D), Y},
        {CVR_BAD_DATA, "convex", "", "Y: row 9, column 1: inf", X, doubles(y, N, 1)},
        {CVR_BAD_DATA, "convex", "", "targets", X, doubles(r.value, N, 0)},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        cvr_model m;
        cvr_status status =
            cvr_fit(all[i].method, all[i].X, all[i].Y, NULL, all[i].options, &m);
        if (status != all[i].status || !strstr(cvr_last_error(), all[i].sentence))
            fail_msg("'%s' %s: %d, %s", all[i].sentence, all[i].options, (int)status,
                     cvr_last_error());
        assert_null(m.layers);
        cvr_model_free(&m);
    }
    assert_int_equal(CVR_USAGE, cvr_fit("convex", X, Y, NULL, NULL, NULL));
}

static void extras_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"a", NULL, "c"};
    rows r = made_rows();
    const cvr_array X = doubles(r.x, N, D), Y = labels(&r);
    const cvr_fit_extras all[] = {{.weights = &X},
                                  {.class_names = names},
                                  {.class_count = 2},
                                  {.class_names = names, .class_count = 3},
                                  {.class_names = names, .class_count = 2},
                                  {.feature_names = names}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        cvr_model m;
        assert_int_equal(CVR_USAGE, cvr_fit("convex", X, Y, &all[i], options, &m));
        assert_null(m.layers);
    }
}

static void predictions_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    rows r = made_rows(), bad = made_rows();
    double f[N][2];
    int32_t k[N];
    const cvr_array X = doubles(r.x, N, D), out = doubles(f, N, 1);
    cvr_model classes = fitted(X, labels(&r), options), none = {0};
    cvr_model values = fitted(X, doubles(r.value, N, 1), options);
    bad.x[7][2] = NAN;
    const struct {
        cvr_status status;
        const cvr_model *m;
        cvr_array X, out;
        const char *sentence;
    } all[] = {
        {CVR_USAGE, NULL, X, out, "no model"},
        {CVR_USAGE, &none, X, out, "no model"},
        {CVR_USAGE, &classes, X, doubles(f, N, 2), "40 x 1, not 40 x 2"},
        {CVR_USAGE, &classes, X, doubles(f, N - 1, 1), "40 x 1, not 39 x 1"},
        {CVR_USAGE, &classes, X, doubles(NULL, N, 1), "out: its data is NULL"},
        {CVR_USAGE, &values, X, {k, CVR_INT32, N, 1, 0, 0}, "no classes"},
        {CVR_BAD_DATA, &values, doubles(r.x, N, D - 1), out, "the model takes 3"},
        {CVR_BAD_DATA, &values, doubles(bad.x, N, D), out, "X: row 8, column 3: nan"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        cvr_status status = cvr_predict(all[i].m, all[i].X, all[i].out);
        if (status != all[i].status || !strstr(cvr_last_error(), all[i].sentence))
            fail_msg("'%s': %d, %s", all[i].sentence, (int)status, cvr_last_error());
    }
    assert_int_equal(CVR_OK, cvr_predict(&classes, doubles(r.x, 0, D), doubles(f, 0, 1)));
    cvr_model_free(&classes);
    cvr_model_free(&values);
}

/* Numbers that a float cannot hold are said to be so. */
static void numbers_too_large_for_single_precision_are_refused(void **state)
{
    (void)state;
    rows r = made_rows();
    cvr_model m;
    r.x[2][0] = 1e300;
    assert_int_equal(CVR_BAD_DATA, cvr_fit("convex", doubles(r.x, N, D), labels(&r), NULL,
                                           "precision=single", &m));
    assert_non_null(strstr(cvr_last_error(), "row 3, column 1"));
    assert_non_null(strstr(cvr_last_error(), "in single precision"));
}

static void a_failed_allocation_is_a_status(void **state)
{
    (void)state;
    rows r = made_rows();
    cvr_status status = CVR_NO_MEMORY;
    for (int64_t k = 1; status == CVR_NO_MEMORY; k++) {
        cvr_model m;
        cvr_alloc_fail_at(k);
        status = cvr_fit("convex", doubles(r.x, N, D), labels(&r), NULL,
                         "patterns=2 formulation=gated max-iterations=2", &m);
        cvr_alloc_fail_at(0);
        assert_true(status == CVR_OK || !m.layers);
        cvr_model_free(&m);
    }
    assert_int_equal(CVR_OK, status);
}

/* One row: zero weights are optimal and no step is made. */
static void what_has_converged_at_once_is_a_model(void **state)
{
    (void)state;
    double x[2] = {1, 2}, y[1] = {3}, f[1] = {0};
    cvr_model m;
    assert_int_equal(CVR_OK, cvr_fit("ccp", doubles(x, 1, 2), doubles(y, 1, 1), NULL,
                                     "task=regress", &m));
    assert_int_equal(CVR_OK, cvr_predict(&m, doubles(x, 1, 2), doubles(f, 1, 1)));
    assert_true(f[0] == 3);
    cvr_model_free(&m);
}

/* Rows i with entries in columns (7 i + k) % cols of a pattern, also as a dense array. */
static cvr_sparse made_sparse(int64_t n, int64_t cols, double *dense)
{
    enum { EACH = 3 };
    cvr_sparse S = {.rows = n, .cols = cols, .type = CVR_DOUBLE};
    S.start = malloc((size_t)(n + 1) * sizeof *S.start);
    S.index = malloc((size_t)n * EACH * sizeof *S.index);
    double *value = malloc((size_t)n * EACH * sizeof *value);
    assert_true(S.start && S.index && value);
    for (int64_t i = 0; i <= n; i++)
        S.start[i] = EACH * i;
    for (int64_t e = 0; e < EACH * n; e++) {
        S.index[e] = (int32_t)((7 * (e / EACH)) % (cols - EACH) + e % EACH);
        value[e] = (double)((e * 37) % 11) - 4;
        dense[e / EACH * cols + S.index[e]] = value[e];
    }
    S.value = value;
    return S;
}

static void free_sparse(cvr_sparse *S)
{
    free(S->start);
    free(S->index);
    free(S->value);
}

/* Few columns become dense; many stay sparse, which changes rounding alone. */
static void sparse_rows_are_trained_on_as_dense_ones(void **state)
{
    (void)state;
    enum { ROWS = 60, SMALL = 20, WIDE = 60000 };
    static const int64_t widths[] = {SMALL, WIDE};
    for (int k = 0; k < 2; k++) {
        int64_t cols = widths[k];
        double *x = calloc((size_t)(ROWS * cols), sizeof *x), y[ROWS], f[2][ROWS];
        assert_non_null(x);
        cvr_sparse S = made_sparse(ROWS, cols, x);
        for (int i = 0; i < ROWS; i++)
            y[i] = x[i * cols + (7 * i) % (cols - 3)];
        cvr_array all[] = {{&S, CVR_CSR, ROWS, cols, 0, 0}, doubles(x, ROWS, cols)};
        for (int j = 0; j < 2; j++) {
            cvr_model m = fitted(all[j], doubles(y, ROWS, 1),
                                 "formulation=gated-ridge patterns=9 normalize=none "
                                 "task=regress");
            assert_int_equal(CVR_OK, cvr_predict(&m, all[1 - j], doubles(f[j], ROWS, 1)));
            cvr_model_free(&m);
        }
        for (int i = 0; i < ROWS; i++)
            assert_true(fabs(f[0][i] - f[1][i]) < 1e-6);
        free(x);
        free_sparse(&S);
    }
}

static void sparse_rows_that_are_none_are_refused(void **state)
{
    (void)state;
    double x[5 * 9] = {0}, y[5] = {1, 2, 3, 4, 5};
    cvr_sparse S = made_sparse(5, 9, x);
    cvr_array X = {&S, CVR_CSR, 5, 9, 0, 0};
    cvr_model m;
    const char *how = "formulation=gated patterns=3 task=regress";
    S.index[1] = 9;
    assert_int_equal(CVR_USAGE, cvr_fit("convex", X, doubles(y, 5, 1), NULL, how, &m));
    assert_non_null(strstr(cvr_last_error(), "sparse row 1"));
    S.index[1] = 1;
    S.start[2] = 2;
    assert_int_equal(CVR_USAGE, cvr_fit("convex", X, doubles(y, 5, 1), NULL, how, &m));
    assert_non_null(strstr(cvr_last_error(), "ends before it begins"));
    S.start[2] = 6;
    ((double *)S.value)[4] = INFINITY;
    assert_int_equal(CVR_BAD_DATA, cvr_fit("convex", X, doubles(y, 5, 1), NULL, how, &m));
    assert_non_null(strstr(cvr_last_error(), "row 2, column 3: inf"));
    X.cols = 8;
    assert_int_equal(CVR_USAGE, cvr_fit("convex", X, doubles(y, 5, 1), NULL, how, &m));
    X.data = NULL;
    assert_int_equal(CVR_USAGE, cvr_fit("convex", X, doubles(y, 5, 1), NULL, how, &m));
    assert_int_equal(CVR_USAGE,
                     cvr_fit("convex", doubles(x, 5, 9),
                             (cvr_array){&S, CVR_CSR, 5, 9, 0, 0}, NULL, how, &m));
    free_sparse(&S);
}

/* Rows of images are described as data sets of images are, and raw ones predicted. */
static void rows_may_be_images(void **state)
{
    enum { IMAGES = 30, PIXELS = 2 * 14 * 12 };
    static const char *const wrong[] = {"image=2x12",
                                        "image=2x12x12",
                                        "image=0x12x11",
                                        "features=conv",
                                        "mirror=yes",
                                        "image=2x14x12 features=nonsense",
                                        "image=2x14x12 features=conv filters=0",
                                        "image=84x2x2 features=conv"};
    (void)state;
    float *x = malloc(IMAGES * PIXELS * sizeof *x);
    double y[IMAGES], f[IMAGES];
    cvr_array X = {x, CVR_FLOAT32, IMAGES, PIXELS, 0, 0};
    cvr_array Y = {y, CVR_FLOAT64, IMAGES, 1, 0, 0},
              F = {f, CVR_FLOAT64, IMAGES, 1, 0, 0};
    cvr_model m;
    uint32_t number = 3;
    assert_non_null(x);
    for (int k = 0; k < IMAGES * PIXELS; k++) {
        number = 1664525 * number + 1013904223;
        x[k] = (float)(number >> 24);
        y[k / PIXELS] = x[k / PIXELS * PIXELS + 5] / 100;
    }
    for (int k = 0; k < 3; k++) {
        static const char *const kinds[] = {"conv", "pixels+oriented", "hog648"};
        char words[200];
        snprintf(words, sizeof words,
                 "formulation=kernel kernel=relu image=2x14x12 filters=4 features=%s",
                 kinds[k]);
        assert_int_equal(CVR_OK, cvr_fit("convex", X, Y, NULL, words, &m));
        assert_int_equal(PIXELS, m.transform.raw_features);
        assert_int_equal(CVR_OK, cvr_predict(&m, X, F));
        for (int i = 0; i < IMAGES; i++)
            assert_true(isfinite(f[i]));
        cvr_model_free(&m);
    }
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++)
        assert_int_equal(CVR_USAGE, cvr_fit("convex", X, Y, NULL, wrong[k], &m));
    free(x);
}

/* Rows of weight 0, 1, 2, and each so often; weights of classes by name and in order. */
static void weights_are_repeated_rows(void **state)
{
    (void)state;
    static const char how[] = "formulation=kernel kernel=relu class-weights=3:2";
    rows r = made_rows();
    double w[N], x[2 * N][D], f[N], g[N];
    int32_t y[2 * N];
    int64_t n = 0;
    for (int i = 0; i < N; i++) {
        w[i] = i % 3;
        for (int k = 0; k < i % 3; k++, n++) {
            memcpy(x[n], r.x[i], sizeof x[n]);
            y[n] = r.label[i];
        }
    }
    const cvr_array weights = doubles(w, N, 1), X = doubles(r.x, N, D);
    cvr_model a, b = fitted(doubles(x, n, D), (cvr_array){y, CVR_INT32, n, 1, 0, 0},
                            "formulation=kernel kernel=relu class-weights=2,1");
    assert_int_equal(CVR_OK, cvr_fit("convex", X, labels(&r),
                                     &(cvr_fit_extras){.weights = &weights}, how, &a));
    assert_int_equal(CVR_OK, cvr_predict(&a, X, doubles(f, N, 1)));
    assert_int_equal(CVR_OK, cvr_predict(&b, X, doubles(g, N, 1)));
    for (int i = 0; i < N; i++)
        assert_true(fabs(f[i] - g[i]) <= 1e-10);
    cvr_model_free(&a);
    cvr_model_free(&b);
}

static void weights_that_are_none_are_refused(void **state)
{
    (void)state;
    rows r = made_rows();
    double w[N] = {0};
    cvr_model m;
    const cvr_array X = doubles(r.x, N, D), few = doubles(w, N - 1, 1);
    const cvr_array all = doubles(w, N, 1);
    const struct {
        double entry;
        const cvr_array *weights;
        cvr_status status;
        const char *sentence;
    } wrong[] = {
        {1, &few, CVR_USAGE, "weights: 39 x 1 numbers for 40 rows"},
        {-1, &all, CVR_BAD_DATA, "weights: row 3: -1 is not a finite number"},
        {NAN, &all, CVR_BAD_DATA, "weights: row 3"},
        {INFINITY, &all, CVR_BAD_DATA, "weights: row 3"},
        {0, &all, CVR_BAD_DATA, "no row has a weight above 0"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        w[2] = wrong[i].entry;
        cvr_status status =
            cvr_fit("convex", X, labels(&r),
                    &(cvr_fit_extras){.weights = wrong[i].weights}, options, &m);
        assert_int_equal(wrong[i].status, status);
        assert_non_null(strstr(cvr_last_error(), wrong[i].sentence));
    }
    assert_int_equal(CVR_USAGE,
                     cvr_fit("convex", X, labels(&r), NULL, "class-weights=1,2,3", &m));
    assert_int_equal(CVR_USAGE,
                     cvr_fit("convex", X, labels(&r), NULL, "class-weights=0,2", &m));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_may_be_images),
        cmocka_unit_test(a_fit_is_what_a_solver_finds),
        cmocka_unit_test(the_order_of_elements_does_not_matter),
        cmocka_unit_test(single_rows_are_trained_on_in_single_precision),
        cmocka_unit_test(whole_numbers_are_rows_and_labels_too),
        cmocka_unit_test(names_are_in_the_model_and_the_callback_ends_the_run),
        cmocka_unit_test(an_interrupt_is_heard_in_the_set_up),
        cmocka_unit_test(notes_go_to_the_target_of_the_call),
        cmocka_unit_test(a_model_comes_back_from_its_bytes),
        cmocka_unit_test(mistakes_have_a_sentence),
        cmocka_unit_test(extras_that_do_not_fit_are_refused),
        cmocka_unit_test(predictions_that_do_not_fit_are_refused),
        cmocka_unit_test(numbers_too_large_for_single_precision_are_refused),
        cmocka_unit_test(a_failed_allocation_is_a_status),
        cmocka_unit_test(what_has_converged_at_once_is_a_model),
        cmocka_unit_test(sparse_rows_are_trained_on_as_dense_ones),
        cmocka_unit_test(sparse_rows_that_are_none_are_refused),
        cmocka_unit_test(weights_are_repeated_rows),
        cmocka_unit_test(weights_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, cvr_test_open_comms, cvr_test_close_comms);
}

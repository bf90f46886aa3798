/* Columns of tables: what they are found to be, what becomes of them, and that test data
   are read alike. */
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
#include <cvxrelu/log.h>

#include "base/bytes.h"
#include "data/columns.h"
#include "data/dataset.h"
#include "data/from_arrays.h"
#include "data/load.h"
#include "linalg/ops.h"
#include "support/files.h"

#define LENGTH(a) (sizeof(a) / sizeof *(a))

static cvr_comm *comm;
static char notes[4096];

static void hear(cvr_log_level level, const char *sentence, void *user)
{
    (void)level, (void)user;
    size_t length = strlen(notes);
    snprintf(notes + length, sizeof notes - length, "%s\n", sentence);
}

static int setup(void **state)
{
    cvr_log_to(hear, NULL);
    return cvr_test_folder(state) == 0 && cvr_comm_open("serial", &comm) == CVR_OK ? 0
                                                                                   : -1;
}

static int teardown(void **state)
{
    cvr_log_to(NULL, NULL);
    cvr_comm_free(comm);
    return cvr_test_remove(state);
}

static cvr_dataset *block(cvr_load how, const char *path, int rank, int size)
{
    cvr_dataset *data = NULL;
    how.paths = &path;
    how.path_count = 1;
    notes[0] = '\0';
    if (cvr_load_block(&how, rank, size, &data) != CVR_OK)
        fail_msg("%s", cvr_last_error());
    return data;
}

static cvr_dataset *good(cvr_load how, const char *text)
{
    return block(how, cvr_test_text("t.csv", text), 0, 1);
}

static void refused(cvr_load how, const char *text, const char *sentence,
                    const char *hint)
{
    cvr_dataset *data = NULL;
    const char *path = cvr_test_text("t.csv", text);
    for (int size = 1; size <= 3; size++) {
        how.paths = &path;
        how.path_count = 1;
        assert_int_equal(cvr_load_block(&how, size - 1, size, &data), CVR_BAD_DATA);
        const char *slash = strrchr(cvr_last_error(), '/');
        assert_string_equal(slash ? slash + 1 : cvr_last_error(), sentence);
        if (!strstr(cvr_last_hint(), hint))
            fail_msg("%s", cvr_last_hint());
    }
}

static void said(const char *sentence)
{
    if (!strstr(notes, sentence))
        fail_msg("%s", notes);
}

static void prepare(cvr_dataset *d)
{
    if (cvr_dataset_fit_transform(d, CVR_NORMALIZE_NONE, CVR_BIAS_NONE, comm) != CVR_OK)
        fail_msg("%s", cvr_last_error());
}

/* X row by row. */
static void assert_X(const cvr_dataset *d, int64_t rows, int64_t cols,
                     const double *expected)
{
    assert_int_equal(d->X.rows, rows);
    assert_int_equal(d->X.cols, cols);
    for (int64_t i = 0; i < rows * cols; i++)
        if (cvr_get(d->X, i / cols, i % cols) != expected[i])
            fail_msg("row %d, column %d is %g", (int)(i / cols), (int)(i % cols),
                     cvr_get(d->X, i / cols, i % cols));
}

/* ---- kinds ------------------------------------------------------------------------- */

static const char colors[] = "color,x,label\nred,1,0\ngreen,2,1\nblue,3,0\nred,4,1\n";

static void texts_become_categories(void **state)
{
    (void)state;
    static const double expected[] = {0, 0, 1, 1, 0, 1, 0, 2, 1, 0, 0, 3, 0, 0, 1, 4};
    for (int type = CVR_DOUBLE; type <= CVR_SINGLE; type++) {
        cvr_dataset *d = good((cvr_load){.type = (cvr_type)type}, colors);
        said("column color (3): texts are categories");
        const cvr_column *c = &d->transform.columns.item[0];
        assert_int_equal(c->kind, CVR_COLUMN_CATEGORY);
        assert_string_equal(c->category[0], "blue");
        assert_string_equal(c->category[2], "red");
        assert_int_equal(d->X.cols, 2);
        prepare(d);
        assert_X(d, 4, 4, expected);
        assert_int_equal(d->transform.features, 4);
        assert_int_equal(d->transform.raw_features, 2);
        cvr_dataset_free(d);
    }
}

/* What a column is does not depend on where its texts stand, nor on who reads. */
static void kinds_do_not_depend_on_order(void **state)
{
    (void)state;
    static const struct {
        const char *rows[6];
        cvr_column_kind kind;
        const char *first;
    } cases[] = {
        {{"0,1", "1,2", "2,3", "3+,4", "3+,5", "1,6"}, CVR_COLUMN_CATEGORY, "0"},
        {{"a,1", "b,2", "7,3", "a,4", "a,5", "b,6"}, CVR_COLUMN_CATEGORY, "7"},
        {{"true,1", "False,2", "TRUE,3", "false,4", "true,5", "true,6"},
         CVR_COLUMN_BOOLEAN,
         ""},
        {{"1,1", "no,2", "yes,3", "0,4", "Yes,5", "NO,6"}, CVR_COLUMN_BOOLEAN, ""},
        {{"1,1", "2,2", "3,3", "4.5,4", "5,5", "6,6"}, CVR_COLUMN_NUMBER, ""},
    };
    for (size_t k = 0; k < LENGTH(cases); k++)
        for (int turn = 0; turn < 6; turn++)
            for (int size = 1; size <= 3; size++) {
                char text[200] = "v,y\n";
                for (int i = 0; i < 6; i++) {
                    strcat(text, cases[k].rows[(turn + i) % 6]);
                    strcat(text, "\n");
                }
                const char *path = cvr_test_text("t.csv", text);
                cvr_dataset *d = block((cvr_load){0}, path, size - 1, size);
                const cvr_column *c = &d->transform.columns.item[0];
                assert_int_equal(c->kind, cases[k].kind);
                if (c->categories)
                    assert_string_equal(c->category[0], cases[k].first);
                for (int64_t i = 0; i < d->X.rows; i++) {
                    const char *row = cases[k].rows[(turn + d->first + i) % 6];
                    double v = cvr_get(d->X, i, 0);
                    if (c->kind == CVR_COLUMN_CATEGORY)
                        assert_memory_equal(row, c->category[(int)v],
                                            strlen(c->category[(int)v]));
                    else if (c->kind == CVR_COLUMN_BOOLEAN)
                        assert_true(v == (strchr("1tTyY", *row) != NULL));
                    else
                        assert_true(v == atof(row));
                }
                cvr_dataset_free(d);
            }
}

static void names_of_rows_are_left_out(void **state)
{
    (void)state;
    char text[1000] = "id,x,label\n";
    for (int i = 0; i < 20; i++)
        sprintf(text + strlen(text), "u%03d,%d,%d\n", i, i * i % 7, i % 2);
    for (int size = 1; size <= 3; size++) {
        cvr_dataset *d = block((cvr_load){0}, cvr_test_text("t.csv", text), 0, size);
        said("column id: left out: its texts are all different, like names of rows");
        assert_int_equal(d->X.cols, 1);
        for (int64_t i = 0; i < d->X.rows; i++)
            assert_true(cvr_get(d->X, i, 0) == (double)(i * i % 7));
        assert_int_equal(d->transform.columns.item[0].kind, CVR_COLUMN_IGNORED);
        assert_int_equal(d->transform.raw_features, 1);
        cvr_dataset_free(d);
    }
}

static void numbers_of_rows_are_left_out(void **state)
{
    (void)state;
    static const char *const names[] = {"Unnamed: 0", "id", "PassengerId", "\"\"", "row"};
    for (size_t k = 0; k < LENGTH(names); k++) {
        char text[400];
        sprintf(text, "%s,x,y\n", names[k]);
        for (int i = 0; i < 12; i++)
            sprintf(text + strlen(text), "%d,%d,%d\n", i + 1, i * i % 5, i % 2);
        cvr_dataset *d = good((cvr_load){0}, text);
        assert_int_equal(d->X.cols, 1);
        cvr_dataset_free(d);
        d = good((cvr_load){.target = "0", .task = CVR_REGRESS}, text);
        assert_int_equal(d->X.cols, 2);
        cvr_dataset_free(d);
    }
    cvr_dataset *d = good((cvr_load){0}, "id,y\n1,0\n2,1\n3,1\n4,0\n");
    assert_int_equal(d->X.cols, 1);
    cvr_dataset_free(d);
}

static void what_cannot_be_used_is_named(void **state)
{
    (void)state;
    char many[4000] = "x,city,y\n";
    for (int i = 0; i < 60; i++)
        sprintf(many + strlen(many), "%d,c%d,%d\n", i, i < 55 ? i : 0, i % 2);
    refused((cvr_load){0}, many,
            "t.csv:2: column 2 (city): 'c0' is a text, and the column has more than 50 "
            "of them",
            "ignore city");
    refused((cvr_load){0}, "x,when,y\n1,5,0\n2,2024-01-31,1\n",
            "t.csv:3: column 2 (when): '2024-01-31' is a date or a time", "ignore when");
    refused((cvr_load){0}, "1.5,31.1.2024 10:30,0\n2,1.2.2024 11:00,1\n",
            "t.csv:1: column 2: '31.1.2024 10:30' is a date or a time", "ignore 1");
    refused((cvr_load){0}, "x,y\n1,0\n2,1\n3,0\n4x,1\n",
            "t.csv:5: column 1 (x): '4x' is not a number", "ignore x");
    refused((cvr_load){0}, "x,z,y\n1,,0\n2,3,1\n",
            "t.csv:2: column 2 (z): a value is missing",
            "missing mean or median fills in a value");
    refused((cvr_load){.ignore = "w"}, "x,z,y\n1,2,0\n2,3,1\n",
            "t.csv: no column 'w' among 3 to ignore", "");
    refused((cvr_load){0}, "label,x,z\n1,2,3\n0,3,4\n",
            "t.csv: which column is the target, 'label' or the last, 'z'?",
            "target label");
    refused((cvr_load){0}, "y,x,z\n1,2,3\n0,3,4\n",
            "t.csv: which column is the target, 'y' or the last, 'z'?", "target y");
}

static void ignored_columns_are_not_looked_at(void **state)
{
    (void)state;
    static const char text[] = "when,x,note,y\n2024-01-01,1,,0\n2024-01-02,2,\"a\nb\",1\n"
                               "2024-01-03,3,?,0\n";
    static const char *const lists[] = {"when,note", "0,note", "note,0", "2,0"};
    static const double expected[] = {1, 2, 3};
    for (size_t k = 0; k < LENGTH(lists); k++) {
        cvr_dataset *d = good((cvr_load){.ignore = lists[k]}, text);
        assert_X(d, 3, 1, expected);
        cvr_dataset_free(d);
    }
}

/* ---- missing values ---------------------------------------------------------------- */

static const char holes[] = "a,b,c,y\n1,NA,r,0\n?,2,g,1\n5,4,,0\n6,n/a,r,1\n";

/* NaN in other formats is an error whatever is asked for. */
static void other_formats_have_no_missing_values(void **state)
{
    (void)state;
    const char *path = cvr_test_text("t.svm", "1 1:2 2:3\n-1 1:4\n");
    const cvr_load asked[] = {{.missing = CVR_MISSING_MEAN},
                              {.missing = CVR_MISSING_DROP},
                              {.missing_indicator = true}};
    for (size_t k = 0; k < LENGTH(asked); k++) {
        cvr_load how = asked[k];
        cvr_dataset *data = NULL;
        how.paths = &path;
        how.path_count = 1;
        assert_int_equal(cvr_load_block(&how, 0, 1, &data), CVR_USAGE);
        assert_null(data);
        assert_non_null(strstr(cvr_last_error(), "t.svm: missing values are replaced or "
                                                 "left out in CSV files only"));
    }
}

static void missing_values_are_filled_in(void **state)
{
    (void)state;
    static const struct {
        cvr_missing how;
        bool indicator;
        int cols;
        double rows[4][8];
    } cases[] = {
        {CVR_MISSING_MEAN,
         false,
         4,
         {{1, 3, 0, 1}, {4, 2, 1, 0}, {5, 4, 0, 0}, {6, 3, 0, 1}}},
        {CVR_MISSING_MEDIAN,
         false,
         4,
         {{1, 3, 0, 1}, {5, 2, 1, 0}, {5, 4, 0, 0}, {6, 3, 0, 1}}},
        {CVR_MISSING_MEAN,
         true,
         7,
         {{1, 0, 3, 1, 0, 1, 0},
          {4, 1, 2, 0, 1, 0, 0},
          {5, 0, 4, 0, 0, 0, 1},
          {6, 0, 3, 1, 0, 1, 0}}},
    };
    for (size_t k = 0; k < LENGTH(cases); k++) {
        cvr_load how = {.missing = cases[k].how, .missing_indicator = cases[k].indicator};
        cvr_dataset *d = good(how, holes);
        assert_true(isnan(cvr_get(d->X, 1, 0)));
        prepare(d);
        double flat[28];
        for (int i = 0; i < 4 * cases[k].cols; i++)
            flat[i] = cases[k].rows[i / cases[k].cols][i % cases[k].cols];
        assert_X(d, 4, cases[k].cols, flat);
        cvr_dataset_free(d);
    }
}

static void rows_without_a_value_are_dropped(void **state)
{
    (void)state;
    static const char text[] = "a,b,y\n1,2,0\n,3,1\n4,5,?\n6,7,1\n8,.,0\n9,1,0\n";
    static const double expected[] = {1, 2, 6, 7, 9, 1};
    cvr_dataset *d = good((cvr_load){.missing = CVR_MISSING_DROP}, text);
    said("3 rows without a value left out");
    assert_X(d, 3, 2, expected);
    assert_int_equal(d->classes, 2);
    cvr_dataset_free(d);
    int64_t rows = 0;
    for (int rank = 0; rank < 2; rank++) {
        d = block((cvr_load){.missing = CVR_MISSING_DROP}, cvr_test_text("t.csv", text),
                  rank, 2);
        assert_int_equal(d->rows, 3);
        for (int64_t i = 0; i < d->X.rows; i++)
            assert_true(cvr_get(d->X, i, 0) == expected[2 * (d->first + i)]);
        rows += d->X.rows;
        cvr_dataset_free(d);
    }
    assert_int_equal(rows, 3);
}

/* Against a sort, with ties, an even and an odd number of values, and a hole. */
static void medians_are_medians(void **state)
{
    (void)state;
    static const struct {
        const char *values;
        double median;
    } cases[] = {{"3 1 2 .", 2},     {"4 1 3 2 .", 2.5},    {"-1e300 1e300 5 .", 5},
                 {". 7 7 7 1 9", 7}, {"-2 -1 . 0 3", -0.5}, {"1e-300 . 3e-300", 2e-300}};
    for (size_t k = 0; k < LENGTH(cases); k++) {
        char text[200] = "x,y\n", list[64];
        strcpy(list, cases[k].values);
        int at = 0, hole = 0;
        for (char *v = strtok(list, " "); v; v = strtok(NULL, " "), at++) {
            hole = *v == '.' && !v[1] ? at : hole;
            sprintf(text + strlen(text), "%s,%d\n", v, at % 2);
        }
        cvr_dataset *d = good((cvr_load){.missing = CVR_MISSING_MEDIAN}, text);
        prepare(d);
        assert_true(cvr_get(d->X, hole, 0) == cases[k].median);
        cvr_dataset_free(d);
    }
}

/* What is put in comes from the training rows, not from those held out. */
static void fills_are_of_the_training_rows(void **state)
{
    (void)state;
    char text[4000] = "k,x,y\n";
    for (int i = 0; i < 60; i++)
        sprintf(text + strlen(text), "%s,%s%d,%d\n",
                i == 7  ? "rare"
                : i % 2 ? "a"
                        : "b",
                i % 5 ? "" : "?", i % 5 ? i : 0, i % 2);
    for (char *p = text; (p = strstr(p, "?0"));)
        memmove(p + 1, p + 2, strlen(p + 2) + 1);
    cvr_load how = {.missing = CVR_MISSING_MEAN};
    for (int fold = 0; fold < 4; fold++) {
        cvr_dataset *d = good(how, text), *rest = NULL, *held = NULL;
        assert_int_equal(cvr_dataset_fold(d, 4, fold, 3, comm, &rest, &held), CVR_OK);
        double sum = 0, count = 0, rare = 0;
        for (int64_t i = 0; i < rest->X.rows; i++) {
            double x = cvr_get(rest->X, i, 1);
            sum += isnan(x) ? 0 : x;
            count += !isnan(x);
            rare += cvr_get(rest->X, i, 0) == 2;
        }
        prepare(rest);
        notes[0] = '\0';
        assert_int_equal(cvr_dataset_transform(held, &rest->transform, rest->classes,
                                               rest->class_names, comm),
                         CVR_OK);
        const cvr_columns *c = &rest->transform.columns;
        assert_true(fabs(c->item[1].fill - sum / count) < 1e-12);
        assert_int_equal(c->item[0].categories, rare > 0 ? 3 : 2);
        assert_int_equal(held->X.cols, rest->X.cols);
        assert_true(cvr_all_finite(held->X));
        if (rare == 0)
            said("1 value is unknown to the training rows ('rare')");
        cvr_dataset_free(d);
        cvr_dataset_free(rest);
        cvr_dataset_free(held);
    }
}

/* ---- test data --------------------------------------------------------------------- */

static void columns_are_found_by_their_names(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "a,k,b,y\n1,r,2,0\n3,g,4,1\n",
        "y,b,k,a\n0,2,r,1\n1,4,g,3\n",
        "b,extra,a,y,k,when\n2,?,1,0,r,2024-01-01\n4,x,3,1,g,\n",
    };
    static const double expected[] = {1, 0, 1, 2, 3, 1, 0, 4};
    cvr_dataset *train = good((cvr_load){0}, texts[0]), *d = NULL;
    prepare(train);
    for (size_t k = 0; k < LENGTH(texts); k++) {
        d = good((cvr_load){.like = &train->transform}, texts[k]);
        assert_int_equal(
            cvr_dataset_transform(d, &train->transform, 2, train->class_names, comm),
            CVR_OK);
        assert_X(d, 2, 4, expected);
        assert_true(cvr_get(d->Y, 0, 0) == -1 && cvr_get(d->Y, 1, 0) == 1);
        cvr_dataset_free(d);
    }
    said("column");
    refused((cvr_load){.like = &train->transform}, "a,k,y\n1,r,0\n",
            "t.csv: no column b, which the model or the first data have",
            "its columns are a, k, y");
    refused((cvr_load){.like = &train->transform}, "a,k,b\n1,r,0\n",
            "t.csv: no column y, which the model or the first data have", "");
    refused((cvr_load){.like = &train->transform}, "a,k,b,y\n1,r,x,0\n",
            "t.csv:2: column 3 (b): 'x' is not a number", "");
    refused((cvr_load){.like = &train->transform}, "a,k,b,y\n1,r,,0\n",
            "t.csv:2: column 3 (b): a value is missing",
            "no value was missing in training");
    cvr_load predict = {
        .like = &train->transform, .maybe_unlabelled = true, .unlabelled = true};
    static const char *const bare[] = {"a,k,b\n1,r,2\n3,g,4\n",
                                       "k,y,b,a\nr,?,2,1\ng,,4,3\n", "1,r,2\n3,g,4\n",
                                       "1,r,2,0\n3,g,4,1\n"};
    for (size_t k = 0; k < LENGTH(bare); k++) {
        d = good(predict, bare[k]);
        assert_int_equal(cvr_dataset_transform(d, &train->transform, 0, NULL, comm),
                         CVR_OK);
        assert_X(d, 2, 4, expected);
        assert_int_equal(d->Y.cols, 0);
        cvr_dataset_free(d);
    }
    refused((cvr_load){.like = &train->transform}, "1,r,2\n3,g,4\n",
            "t.csv: its 3 columns are the features: there is no target", "");
    refused(predict, "1,r,2,3,0\n3,g,4,5,1\n",
            "t.csv: rows have 5 columns, 3 features and perhaps the target are expected",
            "without a header");
    cvr_dataset_free(train);
}

static void unknown_categories_are_none(void **state)
{
    (void)state;
    static const double expected[] = {0, 0, 0, 1, 0, 0, 1, 2};
    cvr_dataset *train = good((cvr_load){0}, colors), *d = NULL;
    prepare(train);
    for (int size = 1; size <= 2; size++) {
        cvr_load how = {.like = &train->transform};
        d = block(how, cvr_test_text("t.csv", "label,x,color\n1,1,purple\n0,2,red\n"), 0,
                  size);
        said("column color: 1 value is unknown to the model ('purple')");
        assert_int_equal(
            cvr_dataset_transform(d, &train->transform, 2, train->class_names, comm),
            CVR_OK);
        assert_X(d, size == 1 ? 2 : 1, 4, expected);
        cvr_dataset_free(d);
    }
    /* Read alone, then put in the model's terms. */
    d = good((cvr_load){.target = "label"}, "label,x,color\n1,1,purple\n0,2,red\n");
    assert_int_equal(
        cvr_dataset_transform(d, &train->transform, 2, train->class_names, comm), CVR_OK);
    assert_X(d, 2, 4, expected);
    cvr_dataset_free(d);
    cvr_dataset_free(train);
}

static void files_that_are_appended_match_by_name(void **state)
{
    (void)state;
    static const double expected[] = {1, 2, 3, 4, 5, 6};
    const char *paths[] = {cvr_test_text("a.csv", "a,b,y\n1,2,0\n3,4,1\n"),
                           cvr_test_text("b.csv", "y,b,z,a\n1,6,9,5\n")};
    cvr_load how = {.paths = paths, .path_count = 2};
    cvr_dataset *d = NULL;
    notes[0] = '\0';
    assert_int_equal(cvr_load_block(&how, 0, 1, &d), CVR_OK);
    said("b.csv: column z: left out");
    assert_X(d, 3, 2, expected);
    assert_true(cvr_get(d->Y, 2, 0) == 1);
    cvr_dataset_free(d);
    paths[1] = cvr_test_text("b.csv", "y,c,a\n1,6,5\n");
    assert_int_equal(cvr_load_block(&how, 0, 1, &d), CVR_BAD_DATA);
    assert_non_null(strstr(cvr_last_error(), "b.csv: no column b"));
    paths[1] = cvr_test_text("b.csv", "a,b,y\nred,6,1\nred,6,1\n");
    paths[0] = cvr_test_text("a.csv", "a,b,y\n1,2,0\n");
    for (int size = 1; size <= 3; size++) {
        assert_int_equal(cvr_load_block(&how, 0, size, &d), CVR_OK);
        assert_int_equal(d->transform.columns.item[0].categories, 2);
        cvr_dataset_free(d);
    }
}

/* ---- the rest ---------------------------------------------------------------------- */

static void saved_tables_keep_names_and_texts(void **state)
{
    (void)state;
    static const char text[] = "k,\"a, b\",flag,y\nred,1,true,no\nblue,,false,yes\n";
    cvr_load how = {.missing = CVR_MISSING_MEAN};
    cvr_dataset *d = good(how, text);
    const char *path = cvr_test_path("s.csv");
    char back[200] = "";
    assert_int_equal(cvr_dataset_save(d, path, NULL), CVR_OK);
    FILE *f = fopen(path, "r");
    back[fread(back, 1, sizeof back - 1, f)] = '\0';
    fclose(f);
    assert_string_equal(back, "k,\"a, b\",flag,y\nred,1,1,no\nblue,,0,yes\n");
    assert_int_equal(cvr_dataset_save(d, cvr_test_path("s.npy"), NULL), CVR_USAGE);
    assert_int_equal(cvr_dataset_save(d, cvr_test_path("s.svm"), NULL), CVR_USAGE);
    cvr_dataset_free(d);
}

static void columns_in_memory_can_be_named(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b"}, *const target[] = {"y"};
    cvr_mat X = {0}, Y = {0};
    cvr_dataset *train = NULL, *d = NULL;
    assert_int_equal(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 2, 2, &X), CVR_OK);
    assert_int_equal(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 2, 1, &Y), CVR_OK);
    cvr_set(Y, 1, 0, 1);
    assert_int_equal(cvr_dataset_from_matrix(X, Y, CVR_CLASSIFY, comm, &train), CVR_OK);
    assert_int_equal(cvr_dataset_name(train, names, target), CVR_OK);
    assert_int_equal(cvr_dataset_name(train, names, target), CVR_USAGE);
    prepare(train);
    d = good((cvr_load){.like = &train->transform}, "y,b,a\n0,2,1\n1,4,3\n");
    static const double expected[] = {1, 2, 3, 4};
    assert_int_equal(
        cvr_dataset_transform(d, &train->transform, 2, train->class_names, comm), CVR_OK);
    assert_X(d, 2, 2, expected);
    cvr_dataset_free(d);
    cvr_dataset_free(train);
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
}

static cvr_status all_of_it(const char *train_path, const char *test_path)
{
    cvr_dataset *train = NULL, *test = NULL;
    cvr_load how = {.paths = &train_path,
                    .path_count = 1,
                    .missing = CVR_MISSING_MEDIAN,
                    .missing_indicator = true};
    cvr_status status = cvr_load_block(&how, 0, 1, &train);
    if (status == CVR_OK)
        status =
            cvr_dataset_fit_transform(train, CVR_NORMALIZE_FEATURE, CVR_BIAS_FREE, comm);
    how.paths = &test_path;
    how.like = train ? &train->transform : NULL;
    if (status == CVR_OK)
        status = cvr_load_block(&how, 0, 1, &test);
    if (status == CVR_OK)
        status = cvr_dataset_transform(test, &train->transform, train->classes,
                                       train->class_names, comm);
    cvr_dataset_free(train);
    cvr_dataset_free(test);
    return status;
}

static void every_allocation_can_fail(void **state)
{
    (void)state;
    const char *train = cvr_test_text("a.csv", "k,m,x,b,y\nr,1,1,yes,0\ng,t,,no,1\n"
                                               "r,t,3,yes,0\n");
    const char *test = cvr_test_text("b.csv", "y,b,x,m,k\n1,no,,9,blue\n");
    int nth = 1;
    for (; nth < 5000; nth++) {
        cvr_alloc_fail_at(nth);
        cvr_status status = all_of_it(train, test);
        cvr_alloc_fail_at(0);
        if (status == CVR_OK)
            break;
        if (status != CVR_NO_MEMORY)
            fail_msg("%d: %s", nth, cvr_last_error());
    }
    assert_true(nth > 100 && nth < 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_become_categories),
        cmocka_unit_test(kinds_do_not_depend_on_order),
        cmocka_unit_test(names_of_rows_are_left_out),
        cmocka_unit_test(numbers_of_rows_are_left_out),
        cmocka_unit_test(what_cannot_be_used_is_named),
        cmocka_unit_test(ignored_columns_are_not_looked_at),
        cmocka_unit_test(other_formats_have_no_missing_values),
        cmocka_unit_test(missing_values_are_filled_in),
        cmocka_unit_test(rows_without_a_value_are_dropped),
        cmocka_unit_test(medians_are_medians),
        cmocka_unit_test(fills_are_of_the_training_rows),
        cmocka_unit_test(columns_are_found_by_their_names),
        cmocka_unit_test(unknown_categories_are_none),
        cmocka_unit_test(files_that_are_appended_match_by_name),
        cmocka_unit_test(saved_tables_keep_names_and_texts),
        cmocka_unit_test(columns_in_memory_can_be_named),
        cmocka_unit_test(every_allocation_can_fail),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

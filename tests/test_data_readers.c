/* Every format: what is read, and the sentence when it cannot be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cvxrelu/data.h>
#include <cvxrelu/log.h>

#include "base/bytes.h"
#include "data/load.h"
#include "data/number.h"
#include "support/files.h"

#define LENGTH(a) (sizeof(a) / sizeof *(a))

static cvr_status load(cvr_load how, const char *path, cvr_dataset **data)
{
    how.paths = &path;
    how.path_count = 1;
    return cvr_load_block(&how, 0, 1, data);
}

static cvr_dataset *good(cvr_load how, const char *path)
{
    cvr_dataset *data = NULL;
    if (load(how, path, &data) != CVR_OK)
        fail_msg("%s", cvr_last_error());
    return data;
}

/* The sentence is "FOLDER/name" and `tail`. */
static void bad(cvr_load how, const char *path, cvr_status status, const char *tail)
{
    cvr_dataset *data = NULL;
    char sentence[1024];
    snprintf(sentence, sizeof sentence, "%s%s", path, tail);
    assert_int_equal(load(how, path, &data), status);
    assert_null(data);
    assert_string_equal(cvr_last_error(), sentence);
}

/* Rows of X and then Y, row by row. */
static void assert_rows(const cvr_dataset *d, int64_t rows, int64_t cols, int outputs,
                        const double *expected)
{
    assert_int_equal(d->X.rows, rows);
    assert_int_equal(d->X.cols, cols);
    assert_int_equal(d->Y.cols, outputs);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols + outputs; j++) {
            double v = j < cols ? cvr_get(d->X, i, j) : cvr_get(d->Y, i, j - cols);
            if (v != *expected++)
                fail_msg("row %d, entry %d is %.17g", (int)i, (int)j, v);
        }
}

static void hear(cvr_log_level level, const char *sentence, void *last)
{
    (void)level;
    snprintf(last, 200, "%s", sentence);
}

/* ---- numbers ---------------------------------------------------------------------- */

static void numbers_are_read_like_strtod(void **state)
{
    (void)state;
    static const char *const texts[] = {"0",
                                        "-0",
                                        "1",
                                        "+1.5",
                                        ".5",
                                        "5.",
                                        "1e3",
                                        "1E-3",
                                        "-2.5e+2",
                                        "0.1",
                                        "1e22",
                                        "1e23",
                                        "1e-22",
                                        "1e-23",
                                        "123456",
                                        "0.3",
                                        "1e308",
                                        "1e-320",
                                        "4.9e-324",
                                        "1e400",
                                        "-1e400",
                                        "9007199254740993",
                                        "9007199254740992",
                                        "18446744073709551616",
                                        "0.10000000000000001",
                                        "3.1415926535897932384626433832795028841971",
                                        "2.2250738585072011e-308",
                                        "1.7976931348623157e308",
                                        "000000000000000000000001",
                                        "1e0000000000000000000000000000005",
                                        "123456789012345678901234567890e-20"};
    for (size_t i = 0; i < LENGTH(texts); i++) {
        double v = 0, w = strtod(texts[i], NULL);
        const char *end = cvr_number_read(texts[i], &v);
        assert_ptr_equal(end, texts[i] + strlen(texts[i]));
        assert_memory_equal(&v, &w, sizeof v);
    }
    for (uint64_t i = 1; i < 20000; i++) {
        char text[40];
        double v = 0, w = ldexp((double)(i * 0x9E3779B97F4A7C15u), (int)(i % 200) - 160);
        snprintf(text, sizeof text, "%.*g", (int)(i % 17) + 1, w);
        w = strtod(text, NULL);
        assert_non_null(cvr_number_read(text, &v));
        assert_memory_equal(&v, &w, sizeof v);
    }
}

/* 16 to 19 digits and powers near 0: the path through long double. */
static void long_numbers_round_like_strtod(void **state)
{
    (void)state;
    for (uint64_t i = 1; i < 200000; i++) {
        char text[40];
        double v = 0;
        uint64_t m = i * 0x9E3779B97F4A7C15u;
        snprintf(text, sizeof text, "%llue%d",
                 (unsigned long long)(m % (i % 2 ? 10000000000000000000u
                                                 : 99999999999999999u)),
                 (int)((m >> 33) % 57) - 28);
        double w = strtod(text, NULL);
        assert_non_null(cvr_number_read(text, &v));
        assert_memory_equal(&v, &w, sizeof v);
    }
}

static void what_is_no_number_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",      " ",  "a",  "1x",   "--1",
                                        "1.2.3", "e5", "1e", "1e+x", "0x10",
                                        "n/a",   "+",  ".",  "1 2"};
    double v;
    for (size_t i = 0; i < LENGTH(texts); i++)
        assert_false(cvr_number_is(texts[i], &v));
    assert_true(cvr_number_is(" nan ", &v) && isnan(v));
    assert_true(cvr_number_is("-Infinity", &v) && isinf(v) && v < 0);
}

static void written_numbers_read_back(void **state)
{
    (void)state;
    char text[CVR_NUMBER_SIZE];
    assert_int_equal(cvr_number_write(0.1, CVR_DOUBLE, text), 3);
    assert_string_equal(text, "0.1");
    assert_int_equal(cvr_number_write((double)0.1f, CVR_SINGLE, text), 3);
    assert_int_equal(cvr_number_write(-12, CVR_DOUBLE, text), 3);
    for (int64_t i = 1; i < 20000; i++) {
        double v = ldexp((double)(i * 0x9E3779B97F4A7C15), (int)(i % 300) - 200), w = 0;
        cvr_number_write(v, CVR_DOUBLE, text);
        assert_true(cvr_number_is(text, &w) && v == w);
        float s = (float)ldexp(v, (int)(200 - i % 300) - 63);
        cvr_number_write((double)s, CVR_SINGLE, text);
        assert_true(cvr_number_is(text, &w) && s == (float)w);
    }
    double zero = -0.0, w = 1;
    cvr_number_write(zero, CVR_DOUBLE, text);
    assert_true(cvr_number_is(text, &w) && w == 0 && signbit(w));
}

/* A locale with a decimal comma must not change anything; skipped where none is
 * installed. */
static void locale_does_not_matter(void **state)
{
    (void)state;
    char text[CVR_NUMBER_SIZE];
    double v = 0;
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8") && !setlocale(LC_NUMERIC, "fr_FR.UTF-8"))
        skip();
    cvr_number_write(0.30000000000000004, CVR_DOUBLE, text);
    assert_string_equal(text, "0.30000000000000004");
    assert_true(cvr_number_is(text, &v) && v == 0.30000000000000004);
    setlocale(LC_NUMERIC, "C");
}

/* ---- CSV -------------------------------------------------------------------------- */

static const double the_six[] = {1, 2, 3.5, -4, 0.5, 6};

static void csv_dialects_mean_the_same(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "a,b,y\n1,2,3.5\n-4,5e-1,6\n",
        "1,2,3.5\n-4,0.5,6\n",
        "1,2,3.5\r\n-4,.5,6.\r\n",
        "1;2;3.5\n-4;0.5;6",
        "1\t2\t3.5\n-4\t0.5\t6\n\n",
        "\xEF\xBB\xBF\"a\",\"b, c\",\"y\"\n1,2,3.5\n\n-4,0.5,6\n",
        "# made by numpy\n1 2 3.5\n  -4   0.5 6  \n",
        " 1 , 2 , 3.5 \n\"-4\",\"0.5\", \"6\"\n",
        "\"\",f1,f2,y\n1,1,2,3.5\n2,-4,0.5,6\n",
        "\tf1\tf2\tclase\nr1\t1\t2\t3.5\nr2\t-4\t0.5\t6\n",
        "0,1,target\n1,2,3.5\n-4,0.5,6\n",
        "0,1,2\n1,2,3.5\n-4,0.5,6\n",
        ",0,1,2\n0,1,2,3.5\n1,-4,0.5,6\n",
        "1|2|3.5\n-4|0.5|6\n",
        "f1|f2|y\n1|2|3.5\n-4|0.5|6\n",
        "temp;C,x,y\n1,2,3.5\n-4,0.5,6\n",
        "a;b;y\n1;2;3,5\n-4;0,5;6\n",
        "1,0;2,0;3,5\n-4;0,5;6\n",
        "a|b|y\n1|2|3,5\n-4|0,5|6\n",
        "a b y\n1 2 3,5\n-4 0,5 6\n",
        "a,b,y,\n1,2,3.5,\n-4,0.5,6,\n",
        "a,b,y\n1,2,3.5,\n-4,0.5,6,\n",
        "1,2,3.5,\n-4,0.5,6,\n",
        "f1 f2 y\n\"1\" 1 2 3.5\n\"2\" -4 0.5 6\n",
        "\"f1\",\"f2\",\"y\"\n\"1\",1,2,3.5\n\"2\",-4,0.5,6\n",
        "a,b,y\r1,2,3.5\r-4,0.5,6\r",
        "a,b,y\r1,2,3.5\r-4,0.5,6",
        "'a','b, c','y'\n'1','2','3.5'\n'-4','0.5','6'\n",
        "\"a\",\"two\nlines\",\"y\"\n1,2,3.5\n\"-4\",\"0.5\",\"6\"\n",
        "\"a\",\"two\r\n\r\nlines\",\"y\"\r\n1,2,3.5\r\n-4,0.5,6\r\n",
        "sep=;\na;b;y\n1;2;3.5\n-4;0.5;6\n",
        "SEP=|\r\n1|2|3.5\r\n-4|0.5|6\r\n",
        "# a, b, y\n1,2,3.5\n-4,0.5,6\n",
        "#a\tb\ty\n1\t2\t3.5\n-4\t0.5\t6\n",
        "# 1, 2, 3, go\n1,2,3.5\n# in the middle\n# 9,9,9\n-4,0.5,6\n#end\n",
        "a,b,y\n1,2,3.5\n-4,0.5,6\n,,\n,,\n",
        "2nd,%fat,y?\n1,2,3.5\n-4,0.5,6\n",
        "1,2,(%)\n1,2,3.5\n-4,0.5,6\n",
    };
    for (size_t i = 0; i < LENGTH(texts); i++) {
        cvr_dataset *d = good((cvr_load){0}, cvr_test_text("d.csv", texts[i]));
        assert_int_equal(d->task, CVR_REGRESS);
        assert_rows(d, 2, 2, 1, the_six);
        cvr_dataset_free(d);
    }
}

/* text as UTF-16; returns its size. */
static size_t widen(const uint16_t *text, size_t count, bool big, unsigned char *out)
{
    for (size_t i = 0; i < count; i++) {
        out[2 * i + !big] = (unsigned char)(text[i] >> 8);
        out[2 * i + big] = (unsigned char)text[i];
    }
    return 2 * count;
}

static void utf16_is_read(void **state)
{
    (void)state;
    static const char text[] = "a\tb\ty\r\n1\t2\t3.5\r\n-4\t0.5\t6\r\n";
    for (int k = 0; k < 4; k++) {
        uint16_t wide[64] = {0xFEFF};
        unsigned char bytes[128];
        size_t count = sizeof text - 1;
        for (size_t i = 0; i < count; i++)
            wide[i + 1] = (unsigned char)text[i];
        bool mark = k & 1;
        size_t size = widen(wide + !mark, count + mark, k & 2, bytes);
        cvr_dataset *d = good((cvr_load){0}, cvr_test_file("w.tsv", bytes, size));
        assert_rows(d, 2, 2, 1, the_six);
        cvr_dataset_free(d);
    }
}

/* Longer than any buffer, with characters of one to four bytes that parts cut through. */
static void long_utf16_is_read(void **state)
{
    (void)state;
    enum { ROWS = 30000 };
    static uint16_t wide[ROWS * 8 + 8];
    static unsigned char bytes[2 * (ROWS * 8 + 8)];
    static const uint16_t names[3][3] = {
        {'a', 0xE9, 'b'}, {0x20AC, 'x', 'y'}, {0xD83D, 0xDE00, 'z'}};
    size_t count = 0;
    wide[count++] = 0xFEFF;
    for (int i = 0; i < ROWS; i++) {
        wide[count++] = (uint16_t)('0' + i % 10);
        wide[count++] = ',';
        memcpy(wide + count, names[i % 3], sizeof names[0]);
        count += 3;
        wide[count++] = '\n';
    }
    size_t size = widen(wide, count, false, bytes);
    cvr_dataset *d = good((cvr_load){0}, cvr_test_file("w.csv", bytes, size));
    assert_int_equal(d->rows, ROWS);
    assert_int_equal(d->classes, 3);
    assert_string_equal(d->class_names[0], "a\xC3\xA9"
                                           "b");
    assert_string_equal(d->class_names[1], "\xE2\x82\xACxy");
    assert_string_equal(d->class_names[2], "\xF0\x9F\x98\x80z");
    cvr_dataset_free(d);
}

static void latin_texts_become_utf8(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "x,name\n1,M\xFCller\n2,M\xE4r\n3,M\xE4r\n", /* Latin-1 */
        "x,name\n1,M\xC3\xBCller\n2,M\xC3\xA4r\n3,M\xC3\xA4r\n"};
    for (size_t i = 0; i < LENGTH(texts); i++) {
        cvr_dataset *d = good((cvr_load){0}, cvr_test_text("l.csv", texts[i]));
        assert_string_equal(d->class_names[0], "M\xC3\xA4r");
        assert_string_equal(d->class_names[1], "M\xC3\xBCller");
        cvr_dataset_free(d);
    }
    cvr_dataset *d = good((cvr_load){.target = "0"},
                          cvr_test_text("l.csv", "name,x,k\nM\xFC,1,M\xE4\nM\xE4,2,M\xFC"
                                                 "nchner\nM\xFC,3,M\xE4\n"));
    assert_int_equal(d->classes, 2);
    assert_string_equal(d->class_names[0], "M\xC3\xA4");
    cvr_dataset_free(d);
}

static void labels_may_begin_with_a_hash(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "label,x,z\nC,1,2\nC#,3,4\n#C,5,6\nC,7,8\n# a remark\n",
        "label,x,z\n#C,5,6\nC,1,2\nC#,3,4\nC,7,8\n",
        "#label,x,z\nC,1,2\nC#,3,4\n#C,5,6\nC,7,8\n",
        "# by hand\n#C,5,6\nC#,3,4\nC,1,2\nC,7,8\n"};
    for (size_t i = 0; i < LENGTH(texts); i++) {
        cvr_dataset *d =
            good((cvr_load){.target = "0"}, cvr_test_text("h.csv", texts[i]));
        assert_int_equal(d->rows, 4);
        assert_int_equal(d->classes, 3);
        assert_string_equal(d->class_names[0], "#C");
        cvr_dataset_free(d);
    }
}

/* First rows that look like names, and are none. */
static void what_comes_again_is_no_header(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int rows;
    } cases[] = {
        {"p,1\ne,2\np,3\n", 3},    {"yes,1\nno,2\nyes,3\n", 3},
        {"kind,1\na,2\nb,3\n", 3}, {"1,2,3\n2,3,4\n3,4,5\n", 3},
        {"0,1\n1,0\n", 2},         {"0,1,2\n0,1,2\n1,2,0\n", 3},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        cvr_dataset *d =
            good((cvr_load){.target = "0"}, cvr_test_text("n.csv", cases[i].text));
        assert_int_equal(d->rows, cases[i].rows);
        cvr_dataset_free(d);
    }
}

static void delimiter_and_decimal_can_be_given(void **state)
{
    (void)state;
    const char *path = cvr_test_text("g.csv", "1,5;2;3\n2;1;7\n3,25;2;4\n");
    static const double expected[] = {1.5, 2, 3, 2, 1, 7, 3.25, 2, 4};
    cvr_dataset *d =
        good((cvr_load){.delimiter = ';', .decimal = ',', .target = "none"}, path);
    assert_rows(d, 3, 3, 0, expected);
    cvr_dataset_free(d);
    d = good((cvr_load){.target = "none"}, path);
    assert_rows(d, 3, 3, 0, expected);
    cvr_dataset_free(d);
    bad((cvr_load){.decimal = '.', .target = "none"}, path, CVR_BAD_DATA,
        ":1: column 1: '1,5' is not a number");
    assert_non_null(strstr(cvr_last_hint(), "decimal , reads it as 1.5"));
    path = cvr_test_text("g.csv", "1!2!3\n4!5!6\n");
    static const double marked[] = {1, 2, 3, 4, 5, 6};
    d = good((cvr_load){.delimiter = '!', .target = "none"}, path);
    assert_rows(d, 2, 3, 0, marked);
    cvr_dataset_free(d);
}

static void target_can_be_any_column(void **state)
{
    (void)state;
    const char *path = cvr_test_text("d.csv", "a,b,\"c,d\",1\n1,2,3,4.5\n5,6,7,8\n");
    static const struct {
        const char *target;
        int outputs;
        double expected[8];
    } cases[] = {
        {NULL, 1, {1, 2, 3, 4.5, 5, 6, 7, 8}},
        {"last", 1, {1, 2, 3, 4.5, 5, 6, 7, 8}},
        {"0", 1, {2, 3, 4.5, 1, 6, 7, 8, 5}},
        {"b", 1, {1, 3, 4.5, 2, 5, 7, 8, 6}},
        {"c,d", 1, {1, 2, 4.5, 3, 5, 6, 8, 7}},
        {"1", 1, {1, 2, 3, 4.5, 5, 6, 7, 8}},
        {"b,a", 2, {3, 4.5, 2, 1, 7, 8, 6, 5}},
        {"last,2", 2, {1, 2, 4.5, 3, 5, 6, 8, 7}},
        {"none", 0, {1, 2, 3, 4.5, 5, 6, 7, 8}},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        cvr_load how = {.target = cases[i].target, .task = CVR_REGRESS};
        cvr_dataset *d = good(how, path);
        assert_rows(d, 2, 4 - cases[i].outputs, cases[i].outputs, cases[i].expected);
        cvr_dataset_free(d);
    }
    bad((cvr_load){.target = "z"}, path, CVR_BAD_DATA,
        ": no column 'z' among 4 for the target");
    bad((cvr_load){.target = "4"}, path, CVR_BAD_DATA,
        ": no column '4' among 4 for the target");
    bad((cvr_load){.target = "a,a"}, path, CVR_BAD_DATA,
        ": column a is named twice for the target");
}

static void text_labels_are_classes(void **state)
{
    (void)state;
    static const char *const texts[] = {"x,kind\n1,cat\n2,a dog\n3,cat\n",
                                        "1,cat\n2,\"a dog\"\n3,cat\n"};
    static const double expected[] = {1, 1, 2, -1, 3, 1};
    for (size_t i = 0; i < LENGTH(texts); i++) {
        const char *path = cvr_test_text("d.csv", texts[i]);
        cvr_dataset *d = good((cvr_load){0}, path);
        assert_rows(d, 3, 1, 1, expected);
        assert_string_equal(d->class_names[0], "a dog");
        assert_string_equal(d->class_names[1], "cat");
        cvr_dataset_free(d);
        bad((cvr_load){.task = CVR_REGRESS}, path, CVR_BAD_DATA,
            i ? ":1: column 2: 'cat' is not a number"
              : ":2: column 2: 'cat' is not a number");
    }
}

static void bad_csv_is_named_by_line_and_column(void **state)
{
    (void)state;
    static const struct {
        const char *text, *tail;
    } cases[] = {
        {"a,b,y\n1,2,3\n4,n/a,6\n", ":3: column 2 (b): a value is missing"},
        {"1,n/a,3\n4,5,6\n", ":1: column 2: a value is missing"},
        {"1,2,3\n4,nan,6\n", ":2: column 2: a value is missing"},
        {"1,2,3\n4,5,-inf\n", ":2: column 3: '-inf' is not finite"},
        {"1,2,3\n4,1e999,6\n", ":2: column 2: '1e999' is not finite"},
        {"1,2,3\n\n4,,6\n", ":3: column 2: a value is missing"},
        {"1,2,3\n4,5,\n", ":2: column 3: a value is missing"},
        {"1,2,3\n4,5\n", ":2: 2 fields where 3 are expected"},
        {"1,2,3\n4,5,6,7\n", ":2: 4 fields where 3 are expected"},
        {"1,2,3\n4,\"5,6\n", ":2: column 2: a quote is not closed"},
        {"1,2,3\n4,5x,6\n", ":2: column 2: '5x' is not a number"},
        {"1,2,3\n4,0x5,6\n", ":2: column 2: '0x5' is not a number"},
        {"1,2,3\n4,5 6,7\n", ":2: column 2: '5 6' is not a number"},
        {"a,b,y\n", ": no rows"},
        {"\n\n", ": the file has no rows"},
        {"# only words\n", ": the file has no rows"},
        {"", ": the file is empty"},
        {"1\n2\n", ": no feature columns"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        bad((cvr_load){0}, cvr_test_text("bad.csv", cases[i].text), CVR_BAD_DATA,
            cases[i].tail);
}

static void long_lines_are_read(void **state)
{
    (void)state;
    enum { FIELDS = 60000 };
    char *text = malloc(2 * FIELDS + 8), *p = text;
    for (int j = 0; j < FIELDS; j++)
        p += sprintf(p, "%d%s", j % 10, j < FIELDS - 1 ? "," : "\n");
    cvr_dataset *d = good((cvr_load){0}, cvr_test_text("long.csv", text));
    assert_int_equal(d->X.cols, FIELDS - 1);
    assert_true(cvr_get(d->X, 0, 54321) == 1);
    cvr_dataset_free(d);
    free(text);
}

/* ---- LIBSVM ----------------------------------------------------------------------- */

static void libsvm_base_is_found_or_given(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int base, found;
        int64_t features, width;
        double expected[8];
    } cases[] = {
        {"+1 1:5 3:7\n-1 2:6 # c\n", -1, 1, 0, 3, {5, 0, 7, 1, 0, 6, 0, -1}},
        {"1 0:5 2:7\n-1 1:6\n", -1, 0, 0, 3, {5, 0, 7, 1, 0, 6, 0, -1}},
        {"1 1:5 2:7\n-1 2:6\n", 0, 0, 0, 3, {0, 5, 7, 1, 0, 0, 6, -1}},
        {"1 1:5\n-1 2:6\n", -1, 1, 3, 3, {5, 0, 0, 1, 0, 6, 0, -1}},
        {"1\n-1 3:6\n", -1, 1, 0, 3, {0, 0, 0, 1, 0, 0, 6, -1}},
        {"1 1:5 3:9\n-1 2:6\n", -1, 1, 2, 2, {5, 0, 1, 0, 6, -1}},
        {"1 0:5 2:9\n-1 1:6\n", 0, 0, 2, 2, {5, 0, 1, 0, 6, -1}},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        cvr_load how = {.libsvm_base = cases[i].base, .features = cases[i].features};
        cvr_dataset *d = good(how, cvr_test_text("d.svm", cases[i].text));
        assert_int_equal(d->transform.libsvm_base, cases[i].found);
        assert_rows(d, 2, cases[i].width, 1, cases[i].expected);
        cvr_dataset_free(d);
    }
}

/* Queries, weights and texts before the same features. */
static void relatives_of_libsvm_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *note;
    } cases[] = {
        {"1 qid:1 1:5 3:7 # a\n0 qid:2 2:6\n", "queries of rows (qid): left out"},
        {"1:0.5 1:5 3:7\n0:2 2:6\n", "weights of rows (label:weight): left out"},
        {"-1:1 2:6\n1:1e-3 1:5 3:7\n", "weights of rows (label:weight): left out"},
        {"2.5:1 qid:8 1:5 3:7\n-3:1 qid:9 2:6\n",
         "weights of rows (label:weight) and queries of rows (qid): left out"},
        {"spam 1:5 3:7\nham 2:6\n", ""},
        {"1 1:5 3:7\nham 2:6\n", ""},
        {"  b\t1:5 3:7\na\t2:6\n", ""},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char last[200] = "";
        cvr_log_to(hear, last);
        const char *path = cvr_test_text("d.svm", cases[i].text);
        cvr_dataset *d = good((cvr_load){.libsvm_base = -1, .task = CVR_CLASSIFY}, path);
        cvr_log_to(NULL, NULL);
        assert_string_equal(*last ? last + strlen(path) + 2 : last, cases[i].note);
        int64_t five = cvr_get(d->X, 0, 0) == 5 ? 0 : 1, six = 1 - five;
        assert_true(d->X.rows == 2 && d->X.cols == 3);
        assert_true(cvr_get(d->X, five, 0) == 5 && cvr_get(d->X, five, 2) == 7);
        assert_true(cvr_get(d->X, six, 1) == 6 && cvr_get(d->X, six, 0) == 0);
        assert_true(cvr_get(d->Y, five, 0) != cvr_get(d->Y, six, 0));
        cvr_dataset_free(d);
    }
}

static void libsvm_without_labels_is_for_predictions(void **state)
{
    (void)state;
    static const double expected[] = {5, 0, 7, 0, 6, 0};
    const char *path = cvr_test_text("d.svm", "1:5 3:7\n2:6\n");
    static const cvr_load hows[] = {
        {.libsvm_base = -1, .target = "none"},
        {.libsvm_base = -1, .maybe_unlabelled = true},
    };
    for (size_t i = 0; i < LENGTH(hows); i++) {
        cvr_dataset *d = good(hows[i], path);
        assert_rows(d, 2, 3, 0, expected);
        cvr_dataset_free(d);
    }
    bad((cvr_load){.libsvm_base = -1}, path, CVR_BAD_DATA,
        ": no labels in the file or next to it");
    cvr_load how = {.libsvm_base = -1, .target = "none"};
    cvr_dataset *d = good(how, cvr_test_text("d.svm", "a 1:5 3:7\nb 2:6\n"));
    assert_rows(d, 2, 3, 0, expected);
    cvr_dataset_free(d);
}

static void bad_libsvm_is_named_by_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *tail;
        int base;
    } cases[] = {
        {"1 1:2\nnan 1:2\n", ":2: 'nan' is not a finite number, as a label should be",
         -1},
        {"1 1:2\n1,2 1:2\n", ":2: '1,2' is a list of labels, where a row has one", -1},
        {"1 1:2\n1:2 2:2\n", ":2: '1:2' is a feature: the row has no label", -1},
        {"1:1 1:2\n1:-1 2:2\n", ":2: '1:-1' is not label:weight", -1},
        {"1:1 2:2\n1 1:2\n", ":1: '1:1' is a feature: the row has no label", -1},
        {"1 1:2\n1 1\n", ":2: '1' is not index:value", -1},
        {"1 1:2\n1 1:z\n", ":2: '1:z' is not index:value", -1},
        {"1 1:2\n1 -1:2\n", ":2: '-1:2' is not index:value", -1},
        {"1 1:2\n1 2:1 2:3\n", ":2: index 2 after 2: indices must increase", -1},
        {"1 1:2\n1 2:nan\n", ":2: feature 2: 'nan' is not finite", -1},
        {"1 1:2\n1 0:2\n", ":2: index 0 where indices begin at 1", 1},
        {"1 1:2\n1 9999999999:2\n", ":2: index 9999999999 is too large", -1},
        {"1 1:2\n1 1000000000:2\n",
         ": index 1000000000 in row 2 makes 1000000000 columns: too many for 2 rows and "
         "21 bytes of text",
         -1},
        {"1\n-1\n", ": no feature columns", -1},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        cvr_load how = {.format = "libsvm", .libsvm_base = cases[i].base};
        bad(how, cvr_test_text("bad.svm", cases[i].text), CVR_BAD_DATA, cases[i].tail);
    }
}

/* ---- NPY -------------------------------------------------------------------------- */

/* An NPY file: version, dict, body. */
static const char *npy(const char *name, int version, const char *dict, const void *body,
                       size_t size)
{
    static unsigned char bytes[4096];
    size_t length = strlen(dict), at = version == 1 ? 10 : 12;
    memcpy(bytes, "\x93NUMPY", 6);
    bytes[6] = (unsigned char)version;
    bytes[7] = bytes[10] = bytes[11] = 0;
    bytes[8] = (unsigned char)length;
    bytes[9] = (unsigned char)(length >> 8);
    memcpy(bytes + at, dict, length);
    if (size)
        memcpy(bytes + at + length, body, size);
    return cvr_test_file(name, bytes, at + length + size);
}

static void npy_kinds_and_orders_mean_the_same(void **state)
{
    (void)state;
    static const double f8[] = {1, 2, 3, 4, 5, 6}, expected[] = {1, 2, 3, 4, 5, 6};
    static const float f4[] = {1, 2, 3, 4, 5, 6};
    static const int8_t i1[] = {1, 2, 3, 4, 5, 6};
    static const int16_t fortran[] = {1, 4, 2, 5, 3, 6};
    static const int32_t i4[] = {1, 2, 3, 4, 5, 6};
    static const int64_t i8[] = {1, 2, 3, 4, 5, 6};
    static const unsigned char big[] = {0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6};
    static const uint16_t f2[] = {0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600};
    static const unsigned char big_f2[] = {0x3c, 0, 0x44, 0, 0x40, 0,
                                           0x45, 0, 0x42, 0, 0x46, 0};
    static const uint16_t bf2[] = {0x3f80, 0x4000, 0x4040, 0x4080, 0x40a0, 0x40c0};
#define DICT(kind, order)                                                                \
    "{'descr': '" kind "', 'fortran_order': " order ", 'shape': (2, 3), }   \n"
    static const struct {
        int version;
        const char *dict;
        const void *body;
        size_t size;
    } cases[] = {
        {1, DICT("<f8", "False"), f8, sizeof f8},
        {1, DICT("<f4", "False"), f4, sizeof f4},
        {2, DICT("|i1", "False"), i1, sizeof i1},
        {3, DICT("|u1", "False"), i1, sizeof i1},
        {1, DICT("<i4", "False"), i4, sizeof i4},
        {1, DICT("<i8", "False"), i8, sizeof i8},
        {1, DICT(">u2", "False"), big, sizeof big},
        {1, DICT("<i2", "True"), fortran, sizeof fortran},
        {1, DICT("<f2", "False"), f2, sizeof f2},
        {1, DICT(">f2", "True"), big_f2, sizeof big_f2},
        {1, DICT("bfloat16", "False"), bf2, sizeof bf2},
        {1, "{\"shape\": (2L, 3L), \"descr\": \"<f8\", \"fortran_order\": False}\n", f8,
         sizeof f8},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        const char *path =
            npy("d.npy", cases[i].version, cases[i].dict, cases[i].body, cases[i].size);
        cvr_dataset *d = good((cvr_load){.task = CVR_REGRESS}, path);
        assert_rows(d, 2, 2, 1, expected);
        cvr_dataset_free(d);
    }
}

/* rows x height x width x channels, in each order of the bytes, become planes. */
static void images_of_any_layout_become_planes(void **state)
{
    (void)state;
    enum { N = 2, C = 3, H = 2, W = 4 };
    static const char *const dicts[] = {
        "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3, 2, 4)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2, 4, 3)}",
        "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2, 4, 3)}",
    };
    for (size_t k = 0; k < LENGTH(dicts); k++) {
        unsigned char body[N * C * H * W];
        double expected[N * C * H * W], *next = expected;
        for (int i = 0; i < N; i++)
            for (int c = 0; c < C; c++)
                for (int y = 0; y < H; y++)
                    for (int x = 0; x < W; x++) {
                        unsigned char v = (unsigned char)(next - expected);
                        int at = k == 0   ? v
                                 : k == 1 ? ((i * H + y) * W + x) * C + c
                                          : i + N * (y + H * (x + W * c));
                        body[at] = v;
                        *next++ = v;
                    }
        cvr_dataset *d = good((cvr_load){.target = "none"},
                              npy("i.npy", 1, dicts[k], body, sizeof body));
        assert_rows(d, N, C * H * W, 0, expected);
        assert_true(d->transform.channels == C && d->transform.height == H &&
                    d->transform.width == W);
        cvr_dataset_free(d);
    }
}

static void npy_labels_lie_in_another_file(void **state)
{
    (void)state;
    static const uint8_t pixels[] = {1, 2, 3, 4, 5, 6, 7, 8};
    static const uint8_t truth[] = {0, 1};
    static const double expected[] = {1, 2, 3, 4, -1, 5, 6, 7, 8, 1};
    const char *x = npy("x.npy", 1,
                        "{'descr': '|u1', 'fortran_order': False, "
                        "'shape': (2, 2, 2), }",
                        pixels, sizeof pixels);
    const char *y =
        npy("y.npy", 1, "{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }",
            truth, sizeof truth);
    cvr_dataset *d = good((cvr_load){.labels = y}, x);
    assert_rows(d, 2, 4, 1, expected);
    assert_int_equal(d->transform.height, 2);
    cvr_dataset_free(d);
    d = good((cvr_load){.labels = cvr_test_text("y.csv", "label\n0\n1\n")}, x);
    assert_rows(d, 2, 4, 1, expected);
    cvr_dataset_free(d);
    bad((cvr_load){0}, x, CVR_BAD_DATA, ": no labels in the file or next to it");
    cvr_dataset *none = NULL;
    assert_int_equal(load((cvr_load){.labels = cvr_test_text("y1.csv", "0\n")}, x, &none),
                     CVR_BAD_DATA);
    assert_non_null(strstr(cvr_last_error(), "y1.csv: fewer labels than "));
    assert_int_equal(
        load((cvr_load){.labels = cvr_test_text("y3.csv", "0\n1\n1\n")}, x, &none),
        CVR_BAD_DATA);
    assert_non_null(strstr(cvr_last_error(), "y3.csv: more labels than "));
    assert_int_equal(load((cvr_load){.labels = x}, x, &none), CVR_BAD_DATA);
}

static void bad_npy_is_named(void **state)
{
    (void)state;
    static const double values[12] = {1, 2, NAN, 4, 5, 6};
    static const struct {
        int version;
        const char *dict;
        size_t size;
        const char *tail;
    } cases[] = {
        {4, DICT("<f8", "False"), 48, ": NPY version 4 is not supported"},
        {1, DICT("<f8", "False"), 48, ": row 1, column 3: NaN is not finite"},
        {1, DICT("<f8", "False"), 47,
         ": the header promises 2 x 3 entries of 8 bytes, the file has 47 bytes after "
         "it"},
        {1, DICT("<f8", "False"), 40,
         ": the header promises 2 x 3 entries of 8 bytes, the file has 40 bytes after "
         "it"},
        {1, DICT("<c16", "False"), 48,
         ": its entries are complex numbers (NumPy's type '<c16')"},
        {1, DICT("<U3", "False"), 72, ": its entries are texts (NumPy's type '<U3')"},
        {1, DICT("|S2", "False"), 12, ": its entries are texts (NumPy's type '|S2')"},
        {1, DICT("|O", "False"), 48,
         ": its entries are Python objects (NumPy's type '|O')"},
        {1, DICT("<M8[D]", "False"), 48,
         ": its entries are dates (NumPy's type '<M8[D]')"},
        {1, DICT("<f16", "False"), 96,
         ": its entries are floating numbers of more than 64 bits (NumPy's type '<f16')"},
        {1, DICT("<q9", "False"), 48,
         ": its entries are not numbers of a supported type (NumPy's type '<q9')"},
        {1,
         "{'descr': [('a', '<f8'), ('b', '<i4')], 'fortran_order': False, 'shape': (4,), "
         "}",
         48, ": a structured array: its entries have named fields"},
        {1, "{'descr': '<f8', 'fortran_order': False, 'shape': (), }", 8,
         ": a single number without dimensions has no rows"},
        {1, "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1, 1, 1, 2), }", 16,
         ": NPY header: more than 4 dimensions"},
        {1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, -3), }", 48,
         ": NPY header: a dimension that is not a size"},
        {1, "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 3), }", 0,
         ": the array is empty"},
        {1, "{'descr': '<f8', 'shape': (2, 3), }", 48,
         ": NPY header: no 'fortran_order'"},
        {1,
         "{'descr': '<f8', 'fortran_order': False, 'shape': (4000000000, 4000000000), }",
         48,
         ": the header promises 4000000000 x 4000000000 entries of 8 bytes, the file has "
         "48 "
         "bytes after it"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        bad((cvr_load){.format = "npy"},
            npy("bad.npy", cases[i].version, cases[i].dict, values, cases[i].size),
            CVR_BAD_DATA, cases[i].tail);
    bad((cvr_load){.format = "npy"}, cvr_test_text("bad.npy", "\x93NUM"), CVR_BAD_DATA,
        ": wrong magic: NPY files begin with \\x93NUMPY");
}

/* Compressed, the length is not known before: a promise of terabytes costs nothing. */
static void promises_take_no_memory(void **state)
{
    (void)state;
    const char *path =
        npy("huge.npy", 1,
            "{'descr': '<f8', 'fortran_order': False, 'shape': (9, 900000000000), }",
            NULL, 0);
    char bytes[256];
    FILE *f = fopen(path, "rb");
    size_t size = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    int64_t before = cvr_memory_peak();
    bad((cvr_load){0}, cvr_test_gz("huge.npy.gz", bytes, size), CVR_BAD_DATA,
        ": the array is cut off in row 1 of 9, at byte 80: 0 of 7200000000000 bytes");
    static const unsigned char idx[] = {0,   0,   8, 3, 0x7f, 255, 255, 255, 0, 0,
                                        255, 255, 0, 0, 255,  255, 1,   2,   3};
    bad((cvr_load){0}, cvr_test_gz("huge-images.gz", idx, sizeof idx), CVR_BAD_DATA,
        ": the array is cut off in row 1 of 2147483647, at byte 19: 3 of 4294836225 "
        "bytes");
    assert_true(cvr_memory_peak() - before < 16 << 20);
}

/* ---- IDX and CIFAR ---------------------------------------------------------------- */

static const unsigned char images[] = {0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0,
                                       1, 0, 0, 0, 2, 1, 2, 3, 4, 5, 255};
static const unsigned char labels[] = {0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 7};

static void idx_labels_are_found_by_name(void **state)
{
    (void)state;
    static const double expected[] = {1, 2, 1, 3, 4, -1, 5, 255, 1};
    static const char *const names[][2] = {
        {"a-images-idx3-ubyte", "a-labels-idx1-ubyte"},
        {"b-images-idx3-ubyte.gz", "b-labels-idx1-ubyte.gz"},
        {"c-images.idx3-ubyte", "c-labels.idx1-ubyte.gz"},
        {"d-images-idx3-ubyte.gz", "d-labels-idx1-ubyte"},
        {"e-images", "e-labels"},
    };
    for (size_t i = 0; i < LENGTH(names); i++) {
        bool gz[2];
        for (int k = 0; k < 2; k++)
            gz[k] = strstr(names[i][k], ".gz") != NULL;
        (gz[1] ? cvr_test_gz : cvr_test_file)(names[i][1], labels, sizeof labels);
        const char *path =
            (gz[0] ? cvr_test_gz : cvr_test_file)(names[i][0], images, sizeof images);
        cvr_dataset *d = good((cvr_load){0}, path);
        assert_rows(d, 3, 2, 1, expected);
        assert_string_equal(d->class_names[0], "0");
        assert_string_equal(d->class_names[1], "7");
        assert_int_equal(d->transform.width, 2);
        cvr_dataset_free(d);
    }
}

static void idx_has_every_type(void **state)
{
    (void)state;
    static const double expected[] = {1, -2, 3, -4};
    static const struct {
        unsigned char bytes[48];
        size_t size;
    } cases[] = {
        {{0, 0, 9, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 254, 3, 252}, 16},
        {{0, 0, 11, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 1, 255, 254, 0, 3, 255, 252}, 20},
        {{0, 0, 12,  2,   0,   0,   0, 2, 0, 0, 0,   2,   0,   0,
          0, 1, 255, 255, 255, 254, 0, 0, 0, 3, 255, 255, 255, 252},
         28},
        {{0, 0, 13,   2, 0, 0, 0,    2,    0, 0, 0,    2,    0x3f, 0x80,
          0, 0, 0xc0, 0, 0, 0, 0x40, 0x40, 0, 0, 0xc0, 0x80, 0,    0},
         28},
        {{0, 0, 14, 2, 0, 0,    0,    2,    0, 0, 0, 2, 0x3f, 0xf0, 0,
          0, 0, 0,  0, 0, 0xc0, 0,    0,    0, 0, 0, 0, 0,    0x40, 0x08,
          0, 0, 0,  0, 0, 0,    0xc0, 0x10, 0, 0, 0, 0, 0,    0},
         44},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        const char *path = cvr_test_file("typed", cases[i].bytes, cases[i].size);
        cvr_dataset *d = good((cvr_load){.target = "none"}, path);
        assert_rows(d, 2, 2, 0, expected);
        cvr_dataset_free(d);
    }
}

static void bad_idx_is_named(void **state)
{
    (void)state;
    unsigned char bytes[64];
    cvr_load unlabelled = {.target = "none", .format = "idx"};
    memcpy(bytes, images, sizeof images);
    bad(unlabelled, cvr_test_file("bad", bytes, sizeof images - 1), CVR_BAD_DATA,
        ": the header promises 3 items of 2 bytes, the file has 5 bytes after it");
    bad(unlabelled, cvr_test_gz("bad.gz", bytes, sizeof images - 1), CVR_BAD_DATA,
        ": the array is cut off in row 3 of 3, at byte 21: 1 of 2 bytes");
    bad(unlabelled, cvr_test_file("bad", bytes, 9), CVR_BAD_DATA,
        ": the IDX header is cut off");
    bytes[sizeof images] = 9;
    bad(unlabelled, cvr_test_gz("bad.gz", bytes, sizeof images + 1), CVR_BAD_DATA,
        ": bytes follow the 3 rows of 2 entries");
    bytes[2] = 10;
    bad(unlabelled, cvr_test_file("bad", bytes, sizeof images), CVR_BAD_DATA,
        ": wrong magic 0x00000a03: IDX files begin with 0x00000801 (labels), 0x00000803 "
        "(images), or another type than 08 (bytes) in the third place");
    bad((cvr_load){0}, cvr_test_file("alone", labels, sizeof labels), CVR_BAD_DATA,
        ": no feature columns");
}

enum { RECORD = 3073 };

static unsigned char *records(int count)
{
    unsigned char *bytes = malloc((size_t)count * RECORD);
    for (int i = 0; i < count; i++)
        for (int j = 0; j < RECORD; j++)
            bytes[i * RECORD + j] = (unsigned char)(j ? 7 * i + j : i % 3);
    return bytes;
}

static void cifar_records_are_planes(void **state)
{
    (void)state;
    unsigned char *bytes = records(4);
    static const char *const names[] = {"r.bin", "r.bin.gz"};
    for (int k = 0; k < 2; k++) {
        const char *path =
            (k ? cvr_test_gz : cvr_test_file)(names[k], bytes, (size_t)4 * RECORD);
        cvr_dataset *d = good((cvr_load){0}, path);
        assert_int_equal(d->X.rows, 4);
        assert_int_equal(d->X.cols, 3072);
        assert_int_equal(d->classes, 3);
        for (int i = 0; i < 4; i++) {
            assert_true(cvr_get(d->Y, i, i % 3) == 1);
            for (int j = 0; j < 3072; j++)
                assert_true(cvr_get(d->X, i, j) == bytes[i * RECORD + 1 + j]);
        }
        cvr_dataset_free(d);
    }
    free(bytes);
}

/* --target chooses the coarse class or the fine one. */
static void cifar100_has_two_classes_a_record(void **state)
{
    (void)state;
    enum { BYTES = RECORD + 1, COUNT = 4 };
    static unsigned char bytes[COUNT * BYTES];
    for (int i = 0; i < COUNT; i++) {
        for (int j = 0; j < RECORD; j++)
            bytes[i * BYTES + 1 + j] = (unsigned char)(7 * i + j);
        bytes[i * BYTES] = (unsigned char)(i % 2 + 5);
        bytes[i * BYTES + 1] = (unsigned char)(i + 90);
    }
    static const struct {
        const char *target;
        int classes;
        const char *last;
    } cases[] = {{NULL, 4, "93"},
                 {"fine", 4, "93"},
                 {"coarse", 2, "6"},
                 {"0", 2, "6"},
                 {"none", 0, NULL}};
    const char *path = cvr_test_file("r100.bin", bytes, sizeof bytes);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        cvr_dataset *d = good((cvr_load){.target = cases[i].target}, path);
        assert_int_equal(d->X.cols, 3072);
        assert_int_equal(d->classes, cases[i].classes);
        assert_true(cvr_get(d->X, 1, 1) == bytes[BYTES + 3]);
        if (cases[i].last)
            assert_string_equal(d->class_names[d->classes - 1], cases[i].last);
        cvr_dataset_free(d);
    }
    bad((cvr_load){.target = "rough"}, path, CVR_BAD_DATA,
        ": no column 'rough' among 2 for the target");
    bytes[2 * BYTES] = 20;
    bad((cvr_load){.format = "cifar100", .target = "coarse"},
        cvr_test_file("r100.bin", bytes, sizeof bytes), CVR_BAD_DATA,
        ": record 3 (byte 6148): label 20 is not in 0..19");
}

static void bad_cifar_is_named_by_record(void **state)
{
    (void)state;
    unsigned char *bytes = records(3);
    cvr_load how = {.format = "cifar10"};
    bad(how, cvr_test_file("r.bin", bytes, 2 * RECORD + 100), CVR_BAD_DATA,
        ": record 3, which begins at byte 6146, is cut off: 100 of 3073 bytes");
    bytes[2 * RECORD] = 77;
    bad(how, cvr_test_file("r.bin", bytes, (size_t)3 * RECORD), CVR_BAD_DATA,
        ": record 3 (byte 6146): label 77 is not in 0..9");
    free(bytes);
}

/* ---- files ------------------------------------------------------------------------ */

static void gzip_that_is_cut_or_damaged_is_named(void **state)
{
    (void)state;
    char text[4000] = "", compressed[4096];
    for (int i = 0; i < 300; i++)
        sprintf(text + strlen(text), "%d,%d\n", i * 7919 % 1000, i * 104729 % 1000);
    FILE *f = fopen(cvr_test_gz("whole.csv.gz", text, strlen(text)), "rb");
    size_t size = fread(compressed, 1, sizeof compressed, f);
    fclose(f);
    cvr_dataset *d = good((cvr_load){.task = CVR_REGRESS}, cvr_test_path("whole.csv.gz"));
    assert_int_equal(d->rows, 300);
    cvr_dataset_free(d);
    cvr_dataset *none = NULL;
    const char *path = cvr_test_file("cut.csv.gz", compressed, size / 2);
    assert_int_equal(load((cvr_load){0}, path, &none), CVR_BAD_DATA);
    assert_non_null(
        strstr(cvr_last_error(), "cut.csv.gz: the compressed data are cut off"));
    compressed[size - 6] ^= 1;
    path = cvr_test_file("sum.csv.gz", compressed, size);
    assert_int_equal(load((cvr_load){0}, path, &none), CVR_BAD_DATA);
    assert_non_null(strstr(cvr_last_error(), "the compressed data are damaged"));
    compressed[size - 6] ^= 1;
    compressed[10] = 7; /* a block type that does not exist */
    path = cvr_test_file("type.csv.gz", compressed, size);
    assert_int_equal(load((cvr_load){0}, path, &none), CVR_BAD_DATA);
    assert_non_null(strstr(cvr_last_error(), "the compressed data are damaged"));
}

static void files_that_cannot_be_read_are_named(void **state)
{
    (void)state;
    cvr_dataset *none = NULL;
    char sentence[512];
    const char *path = cvr_test_path("nowhere.csv");
    snprintf(sentence, sizeof sentence, "cannot read %s: No such file or directory",
             path);
    assert_int_equal(load((cvr_load){0}, path, &none), CVR_IO);
    assert_string_equal(cvr_last_error(), sentence);
    assert_int_equal(load((cvr_load){0}, "/", &none), CVR_IO);
    assert_string_equal(cvr_last_error(), "cannot read /: Is a directory");
    bad((cvr_load){0}, cvr_test_file("junk", "\x80\x02\x63\x73", 4), CVR_BAD_DATA,
        ": this is a Python pickle, which is not supported");
    path = cvr_test_text("d.csv", "1,2\n");
    assert_int_equal(load((cvr_load){.format = "xls"}, path, &none), CVR_USAGE);
    assert_string_equal(cvr_last_error(), "unknown format 'xls'");
    assert_int_equal(cvr_load_block(&(cvr_load){0}, 0, 1, &none), CVR_USAGE);
}

/* ---- any allocation can fail ------------------------------------------------------- */

static void every_allocation_can_fail(void **state)
{
    (void)state;
    unsigned char *bytes = records(3);
    static const double f8[] = {1, 2, 3, 4, 5, 6};
    cvr_test_file("z-labels-idx1-ubyte", labels, sizeof labels);
    const char *paths[] = {
        cvr_test_text("z.csv", "a,b,kind\n1,2,x\n3,4,\"y\"\n"),
        cvr_test_text("z.svm", "1 1:2 3:4\n-1 2:2\n"),
        npy("z.npy", 1, DICT("<f8", "False"), f8, sizeof f8),
        cvr_test_file("z-images-idx3-ubyte", images, sizeof images),
        cvr_test_gz("z.bin.gz", bytes, (size_t)3 * RECORD),
    };
    for (size_t i = 0; i < LENGTH(paths); i++)
        for (int nth = 1;; nth++) {
            cvr_dataset *d = NULL;
            cvr_alloc_fail_at(nth);
            cvr_status status = load((cvr_load){.libsvm_base = -1}, paths[i], &d);
            cvr_alloc_fail_at(0);
            if (status == CVR_OK) {
                assert_true(nth > 10);
                cvr_dataset_free(d);
                break;
            }
            assert_int_equal(status, CVR_NO_MEMORY);
            assert_null(d);
        }
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_like_strtod),
        cmocka_unit_test(long_numbers_round_like_strtod),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(written_numbers_read_back),
        cmocka_unit_test(locale_does_not_matter),
        cmocka_unit_test(csv_dialects_mean_the_same),
        cmocka_unit_test(utf16_is_read),
        cmocka_unit_test(long_utf16_is_read),
        cmocka_unit_test(latin_texts_become_utf8),
        cmocka_unit_test(labels_may_begin_with_a_hash),
        cmocka_unit_test(what_comes_again_is_no_header),
        cmocka_unit_test(delimiter_and_decimal_can_be_given),
        cmocka_unit_test(target_can_be_any_column),
        cmocka_unit_test(text_labels_are_classes),
        cmocka_unit_test(bad_csv_is_named_by_line_and_column),
        cmocka_unit_test(long_lines_are_read),
        cmocka_unit_test(libsvm_base_is_found_or_given),
        cmocka_unit_test(relatives_of_libsvm_are_read),
        cmocka_unit_test(libsvm_without_labels_is_for_predictions),
        cmocka_unit_test(bad_libsvm_is_named_by_line),
        cmocka_unit_test(npy_kinds_and_orders_mean_the_same),
        cmocka_unit_test(images_of_any_layout_become_planes),
        cmocka_unit_test(npy_labels_lie_in_another_file),
        cmocka_unit_test(bad_npy_is_named),
        cmocka_unit_test(promises_take_no_memory),
        cmocka_unit_test(idx_labels_are_found_by_name),
        cmocka_unit_test(idx_has_every_type),
        cmocka_unit_test(bad_idx_is_named),
        cmocka_unit_test(cifar_records_are_planes),
        cmocka_unit_test(cifar100_has_two_classes_a_record),
        cmocka_unit_test(bad_cifar_is_named_by_record),
        cmocka_unit_test(gzip_that_is_cut_or_damaged_is_named),
        cmocka_unit_test(files_that_cannot_be_read_are_named),
        cmocka_unit_test(every_allocation_can_fail),
    };
    return cmocka_run_group_tests(tests, cvr_test_folder, cvr_test_remove);
}

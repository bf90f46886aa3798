/* MAT files of version 5, built here byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cvxrelu/data.h>

#include "base/bytes.h"
#include "data/load.h"
#include "support/files.h"

#define LENGTH(a) (sizeof(a) / sizeof *(a))

enum { H = 4, W = 3, C = 3, N = 5, ITEM = H * W * C };
enum { UINT8 = 2, INT32 = 5, UINT32 = 6, DOUBLE = 9, MATRIX = 14, COMPRESSED = 15 };

/* ---- writing ----------------------------------------------------------------------- */

typedef struct bytes {
    unsigned char at[1 << 16];
    size_t size;
    bool big; /* byte order */
} bytes;

static void put(bytes *b, const void *from, size_t size)
{
    memcpy(b->at + b->size, from, size);
    b->size += size;
}

static void put_number(bytes *b, uint64_t v, int size)
{
    for (int i = 0; i < size; i++)
        b->at[b->size++] = (unsigned char)(v >> 8 * (b->big ? size - 1 - i : i));
}

static void put_element(bytes *b, uint32_t type, const bytes *content)
{
    put_number(b, type, 4);
    put_number(b, content->size, 4);
    put(b, content->at, content->size);
    while (type != COMPRESSED && b->size % 8)
        b->at[b->size++] = 0;
}

/* What an array begins with. */
static void put_head(bytes *b, const char *name, int class, int dimensions,
                     const uint32_t *size)
{
    bytes flags = {.big = b->big}, sizes = {.big = b->big};
    put_number(&flags, (uint64_t) class, 4);
    put_number(&flags, 0, 4);
    put_element(b, UINT32, &flags);
    for (int i = 0; i < dimensions; i++)
        put_number(&sizes, size[i], 4);
    put_element(b, INT32, &sizes);
    if (strlen(name) > 4) {
        bytes text = {0};
        put(&text, name, strlen(name));
        put_element(b, 1, &text);
        return;
    }
    put_number(b, (uint64_t)(strlen(name) << 16 | 1), 4); /* a small element */
    if (b->big) {
        b->size -= 4;
        put_number(b, strlen(name), 2);
        put_number(b, 1, 2);
    }
    put(b, name, strlen(name));
    while (b->size % 8)
        b->at[b->size++] = 0;
}

static void put_matrix(bytes *b, const bytes *matrix, bool compress)
{
    bytes *whole = calloc(1, sizeof *whole), *packed = calloc(1, sizeof *packed);
    uLongf size = sizeof packed->at;
    whole->big = b->big;
    put_element(whole, MATRIX, matrix);
    assert_int_equal(compress2(packed->at, &size, whole->at, whole->size, 6), Z_OK);
    packed->size = size;
    if (compress)
        put_element(b, COMPRESSED, packed);
    else
        put(b, whole->at, whole->size);
    free(whole);
    free(packed);
}

static void put_header(bytes *b, int version)
{
    memset(b->at, ' ', 124);
    memcpy(b->at, "MATLAB 5.0 MAT-file", 19);
    b->size = 124;
    put_number(b, (uint64_t)version, 2);
    put_number(b, 'M' << 8 | 'I', 2);
}

static unsigned char pixel(int i, int c, int y, int x)
{
    return (unsigned char)(40 * i + 13 * c + 5 * y + x);
}

static void put_images(bytes *b, bool compress)
{
    static const uint32_t size[] = {H, W, C, N};
    bytes *matrix = calloc(1, sizeof *matrix), *pixels = calloc(1, sizeof *pixels);
    matrix->big = b->big;
    put_head(matrix, "X", 9, 4, size);
    for (int i = 0; i < N; i++)
        for (int c = 0; c < C; c++)
            for (int x = 0; x < W; x++)
                for (int y = 0; y < H; y++)
                    pixels->at[pixels->size++] = pixel(i, c, y, x);
    put_element(matrix, UINT8, pixels);
    put_matrix(b, matrix, compress);
    free(matrix);
    free(pixels);
}

static void put_labels(bytes *b, const double *label, uint32_t count, bool doubles,
                       bool compress)
{
    bytes matrix = {.big = b->big}, numbers = {.big = b->big};
    put_head(&matrix, "y", doubles ? 6 : 9, 2, (uint32_t[]){count, 1});
    for (uint32_t i = 0; i < count; i++) {
        uint64_t word;
        memcpy(&word, &label[i], 8);
        put_number(&numbers, doubles ? word : (uint64_t)label[i], doubles ? 8 : 1);
    }
    put_element(&matrix, doubles ? DOUBLE : UINT8, &numbers);
    put_matrix(b, &matrix, compress);
}

static const double digits[N] = {1, 10, 2, 10, 9};

/* A file as SVHN has it, or with one thing else. */
static const char *file(bool big, bool doubles, bool compress, bool labels_first)
{
    static bytes b;
    b = (bytes){.big = big};
    put_header(&b, 0x100);
    if (labels_first)
        put_labels(&b, digits, N, doubles, compress);
    put_images(&b, compress);
    if (!labels_first)
        put_labels(&b, digits, N, doubles, compress);
    return cvr_test_file("svhn.mat", b.at, b.size);
}

/* ---- reading ----------------------------------------------------------------------- */

static cvr_status load_part(cvr_load how, const char *path, int rank, int size,
                            cvr_dataset **data)
{
    how.paths = &path;
    how.path_count = 1;
    return cvr_load_block(&how, rank, size, data);
}

static cvr_dataset *good(cvr_load how, const char *path, int rank, int size)
{
    cvr_dataset *data = NULL;
    if (load_part(how, path, rank, size, &data) != CVR_OK)
        fail_msg("%s", cvr_last_error());
    return data;
}

static void assert_images(const cvr_dataset *d)
{
    assert_int_equal(d->X.cols, ITEM);
    for (int64_t i = 0; i < d->X.rows; i++)
        for (int j = 0; j < ITEM; j++)
            assert_true(cvr_get(d->X, i, j) ==
                        pixel((int)(d->first + i), j / (H * W), j / W % H, j % W));
}

static void every_kind_of_file_is_read(void **state)
{
    (void)state;
    static const char *const names[] = {"0", "1", "2", "9"};
    static const int class[N] = {1, 0, 2, 0, 3};
    for (int k = 0; k < 16; k++) {
        cvr_dataset *d = good((cvr_load){0}, file(k & 1, k & 2, k & 4, k & 8), 0, 1);
        assert_int_equal(d->rows, N);
        assert_images(d);
        assert_int_equal(d->transform.channels, C);
        assert_int_equal(d->transform.height, H);
        assert_int_equal(d->transform.width, W);
        assert_int_equal(d->classes, 4);
        for (int c = 0; c < 4; c++)
            assert_string_equal(d->class_names[c], names[c]);
        for (int i = 0; i < N; i++)
            for (int c = 0; c < 4; c++)
                assert_true(cvr_get(d->Y, i, c) == (c == class[i]));
        cvr_dataset_free(d);
    }
}

static void blocks_are_independent_of_the_process_count(void **state)
{
    (void)state;
    const char *path = file(false, false, true, false);
    for (int size = 1; size <= 6; size++)
        for (int rank = 0; rank < size; rank++) {
            cvr_dataset *d = good((cvr_load){0}, path, rank, size);
            assert_int_equal(d->rows, N);
            assert_int_equal(d->first, N * rank / size);
            assert_images(d);
            cvr_dataset_free(d);
        }
}

static void classes_and_rows_are_chosen(void **state)
{
    (void)state;
    const char *path = file(false, true, true, false);
    for (int size = 1; size <= 2; size++) {
        cvr_dataset *d = good((cvr_load){.classes = "0,1"}, path, size - 1, size);
        assert_int_equal(d->rows, 3);
        int64_t last = d->X.rows - 1;
        assert_true(cvr_get(d->X, last, 0) == pixel(3, 0, 0, 0));
        assert_true(cvr_get(d->Y, last, 0) == -1);
        cvr_dataset_free(d);
        d = good((cvr_load){.rows = 2}, path, size - 1, size);
        assert_int_equal(d->rows, 2);
        assert_int_equal(d->classes, 2);
        assert_images(d);
        cvr_dataset_free(d);
    }
}

static void a_label_0_leaves_10_alone(void **state)
{
    (void)state;
    static const double label[N] = {0, 10, 2, 10, 9};
    static bytes b;
    b = (bytes){0};
    put_header(&b, 0x100);
    put_images(&b, false);
    put_labels(&b, label, N, false, false);
    cvr_dataset *d = good((cvr_load){0}, cvr_test_file("ten.mat", b.at, b.size), 0, 1);
    assert_string_equal(d->class_names[3], "10");
    cvr_dataset_free(d);
}

/* Other variables, one label in its tag, compression by gzip besides. */
static void other_variables_are_passed(void **state)
{
    (void)state;
    static bytes b;
    bytes other = {0}, text = {0}, pixels = {0}, matrix = {0};
    b = (bytes){0};
    put_header(&b, 0x100);
    put_head(&other, "info", 4, 2, (uint32_t[]){1, 3});
    put(&text, "abc", 3);
    put_element(&other, 16, &text);
    put_matrix(&b, &other, true);
    put_head(&matrix, "X", 9, 3, (uint32_t[]){2, 2, 3}); /* one image: no 4th size */
    for (int i = 0; i < 12; i++)
        pixels.at[pixels.size++] = (unsigned char)i;
    put_element(&matrix, UINT8, &pixels);
    put_matrix(&b, &matrix, true);
    matrix.size = 0;
    put_head(&matrix, "y", 9, 2, (uint32_t[]){1, 1});
    put_number(&matrix, 1 << 16 | UINT8, 4);
    put_number(&matrix, 7, 4);
    put_matrix(&b, &matrix, false);
    put_matrix(&b, &other, false);
    cvr_dataset *d = good((cvr_load){0}, cvr_test_gz("one.mat.gz", b.at, b.size), 0, 1);
    static const double expected[] = {0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11};
    assert_int_equal(d->rows, 1);
    assert_string_equal(d->class_names[0], "7");
    for (int j = 0; j < 12; j++)
        assert_true(cvr_get(d->X, 0, j) == expected[j]);
    cvr_dataset_free(d);
}

/* ---- tables ------------------------------------------------------------------------ */

/* Rows of 3 columns, as numbers of a class and type, stored columns first (or, turned,
   the other way round). */
enum { ROWS = 4, COLUMNS = 3 };
static const double table[ROWS][COLUMNS] = {{1, 0, 3}, {0, 5, 0}, {-7, 0, 0}, {2, 8, 9}};

static void put_value(bytes *b, double v, int type, int size)
{
    float narrow = (float)v;
    uint64_t whole = (uint64_t)(int64_t)v, word;
    uint32_t half;
    memcpy(&word, &v, 8);
    memcpy(&half, &narrow, 4);
    put_number(b, type == DOUBLE ? word : type == 7 ? half : whole, size);
}

static void put_table(bytes *b, const char *name, int class, int type, int size,
                      bool turned)
{
    bytes matrix = {.big = b->big}, numbers = {.big = b->big};
    put_head(&matrix, name, class, 2,
             turned ? (uint32_t[]){COLUMNS, ROWS} : (uint32_t[]){ROWS, COLUMNS});
    for (int i = 0; i < ROWS * COLUMNS; i++)
        put_value(&numbers,
                  turned ? table[i / COLUMNS][i % COLUMNS] : table[i % ROWS][i / ROWS],
                  type, size);
    put_element(&matrix, (uint32_t)type, &numbers);
    put_matrix(b, &matrix, true);
}

static void put_vector(bytes *b, const char *name, bool lying)
{
    bytes matrix = {.big = b->big}, numbers = {.big = b->big};
    put_head(&matrix, name, 6, 2, lying ? (uint32_t[]){1, ROWS} : (uint32_t[]){ROWS, 1});
    for (int i = 0; i < ROWS; i++)
        put_value(&numbers, i % 2 + 1, 2, 1); /* doubles that MATLAB keeps as bytes */
    put_element(&matrix, UINT8, &numbers);
    put_matrix(b, &matrix, false);
}

static void assert_table(const cvr_dataset *d)
{
    assert_true(d->X.rows == ROWS && d->X.cols == COLUMNS);
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < COLUMNS; j++)
            assert_true(cvr_get(d->X, i, j) == table[i][j]);
    for (int i = 0; i < ROWS && d->Y.cols; i++)
        assert_true(cvr_get(d->Y, i, 0) == (i % 2 ? 1 : -1));
}

static void tables_of_any_numbers_are_read(void **state)
{
    (void)state;
    static const struct {
        int class, type, size;
    } cases[] = {{6, DOUBLE, 8}, {7, 7, 4},   {8, 1, 1}, {10, 3, 2},
                 {12, 5, 4},     {14, 12, 8}, {6, 1, 1}, {6, 3, 2}};
    static bytes b;
    for (size_t k = 0; k < 4 * LENGTH(cases); k++) {
        b = (bytes){.big = k & 1};
        put_header(&b, 0x100);
        put_table(&b, "X", cases[k / 4].class, cases[k / 4].type, cases[k / 4].size,
                  k & 2);
        put_vector(&b, "y", k & 1);
        cvr_dataset *d = good((cvr_load){0}, cvr_test_file("t.mat", b.at, b.size), 0, 1);
        assert_table(d);
        cvr_dataset_free(d);
    }
}

static void arrays_are_found_by_usual_names(void **state)
{
    (void)state;
    static const char *const names[][2] = {{"X", "Y"},
                                           {"data", "labels"},
                                           {"fea", "gnd"},
                                           {"X_train", "y_train"},
                                           {"xTrain", "yTrain"},
                                           {"trainX", "trainY"},
                                           {"measurements", "kind"},
                                           {"train_data", "train_labels"}};
    static bytes b;
    for (size_t k = 0; k < LENGTH(names); k++) {
        b = (bytes){0};
        put_header(&b, 0x100);
        put_vector(&b, names[k][1], false);
        put_table(&b, names[k][0], 6, DOUBLE, 8, false);
        cvr_dataset *d = good((cvr_load){0}, cvr_test_file("n.mat", b.at, b.size), 0, 1);
        assert_table(d);
        cvr_dataset_free(d);
    }
}

static void a_file_may_have_a_training_and_a_test_part(void **state)
{
    (void)state;
    static bytes b;
    b = (bytes){0};
    put_header(&b, 0x100);
    put_table(&b, "X_train", 6, DOUBLE, 8, false);
    put_vector(&b, "y_train", false);
    bytes matrix = {0}, numbers = {0};
    put_head(&matrix, "X_test", 6, 2, (uint32_t[]){2, COLUMNS});
    for (int i = 0; i < 2 * COLUMNS; i++)
        put_value(&numbers, 100 + i, DOUBLE, 8);
    put_element(&matrix, DOUBLE, &numbers);
    put_matrix(&b, &matrix, false);
    matrix.size = 0;
    put_head(&matrix, "y_test", 6, 2, (uint32_t[]){2, 1});
    numbers.size = 0;
    put_value(&numbers, 1, DOUBLE, 8);
    put_value(&numbers, 2, DOUBLE, 8);
    put_element(&matrix, DOUBLE, &numbers);
    put_matrix(&b, &matrix, false);
    const char *path = cvr_test_file("parts.mat", b.at, b.size);
    cvr_dataset *d = good((cvr_load){0}, path, 0, 1);
    assert_table(d);
    cvr_dataset_free(d);
    d = good((cvr_load){.testing = true}, path, 0, 1);
    assert_int_equal(d->X.rows, 2);
    assert_true(cvr_get(d->X, 1, 0) == 101 && cvr_get(d->X, 0, 1) == 102);
    cvr_dataset_free(d);
    d = good((cvr_load){.target = "none"}, path, 0, 1);
    assert_int_equal(d->Y.cols, 0);
    cvr_dataset_free(d);
}

/* ---- sparse ------------------------------------------------------------------------ */

static void put_sparse(bytes *b, bool turned)
{
    bytes matrix = {.big = b->big}, rows = {.big = b->big}, ends = {.big = b->big},
          values = {.big = b->big};
    int m = turned ? COLUMNS : ROWS, n = turned ? ROWS : COLUMNS, count = 0;
    put_head(&matrix, "X", 5, 2, (uint32_t[]){(uint32_t)m, (uint32_t)n});
    put_number(&ends, 0, 4);
    for (int j = 0; j < n; j++) {
        for (int i = 0; i < m; i++) {
            double v = turned ? table[j][i] : table[i][j];
            if (v == 0)
                continue;
            put_number(&rows, (uint64_t)i, 4);
            put_value(&values, v, DOUBLE, 8);
            count++;
        }
        put_number(&ends, (uint64_t)count, 4);
    }
    put_element(&matrix, INT32, &rows);
    put_element(&matrix, INT32, &ends);
    put_element(&matrix, DOUBLE, &values);
    put_matrix(b, &matrix, true);
}

static void sparse_arrays_are_read(void **state)
{
    (void)state;
    static bytes b;
    for (int k = 0; k < 16; k++) {
        b = (bytes){.big = k & 1};
        put_header(&b, 0x100);
        put_sparse(&b, k & 2);
        if (k & 4)
            put_vector(&b, "y", true);
        const char *path = cvr_test_file("s.mat", b.at, b.size);
        cvr_load how = {.target = k & 4 ? NULL : "none",
                        .libsvm_base = k & 8 ? 0 : -1,
                        .features = k & 2 ? 0 : COLUMNS};
        if (!(k & 4) && (k & 2))
            continue; /* which way round, only the targets tell */
        cvr_dataset *d = good(how, path, 0, 1);
        assert_table(d);
        cvr_dataset_free(d);
        d = good(how, path, 1, 2);
        assert_int_equal(d->X.cols, COLUMNS);
        assert_true(cvr_get(d->X, 1, 2) == 9);
        cvr_dataset_free(d);
    }
}

/* ---- what is wrong ----------------------------------------------------------------- */

static void refused(const char *path, const char *sentence)
{
    cvr_dataset *data = NULL;
    assert_int_equal(load_part((cvr_load){0}, path, 0, 1, &data), CVR_BAD_DATA);
    assert_null(data);
    if (!strstr(cvr_last_error(), sentence))
        fail_msg("%s", cvr_last_error());
}

static void wrong_files_are_named(void **state)
{
    (void)state;
    static bytes b;
    static const double five[N] = {1, 2, 3, 4, 5};
    b = (bytes){0};
    put_header(&b, 0x200);
    refused(cvr_test_file("w.mat", b.at, b.size), "MAT files of version 2 are not read");
    b.size = 0;
    put_header(&b, 0x100);
    refused(cvr_test_file("w.mat", b.at, b.size), "it does not contain an array");
    put_labels(&b, five, 2, false, false);
    put_images(&b, true);
    refused(cvr_test_file("w.mat", b.at, b.size),
            "X (4 x 3 x 3 x 5) and y (2 x 1) do not have the same number of rows");
    b.size = 128;
    put_images(&b, false);
    refused(cvr_test_file("w.mat", b.at, b.size), "no labels in the file");
    b.at[128 + 8 + 16 + 8] = 5; /* the height */
    refused(cvr_test_file("w.mat", b.at, b.size),
            "X: its sizes promise 225 bytes of numbers, there are 180");
    put_number(&b, 7, 4);
    refused(cvr_test_file("w.mat", b.at, b.size), "the file is cut off");
    b.size = 128;
    put_number(&b, 7, 4);
    put_number(&b, 0, 4);
    refused(cvr_test_file("w.mat", b.at, b.size),
            "byte 136: neither an array nor a compressed one");
}

static void arrays_of_no_numbers_are_named(void **state)
{
    (void)state;
    static const struct {
        int class;
        const char *sentence;
    } cases[] = {
        {1, "X is a cell array where numbers are expected"},
        {2, "X is a struct where numbers are expected"},
        {4, "X is text where numbers are expected"},
        {6 | 0x800, "X is an array of complex numbers where numbers are expected"},
        {16, "X is a function where numbers are expected"}};
    static bytes b;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        b = (bytes){0};
        put_header(&b, 0x100);
        put_table(&b, "X", cases[i].class, DOUBLE, 8, false);
        refused(cvr_test_file("k.mat", b.at, b.size), cases[i].sentence);
    }
    b = (bytes){0};
    put_header(&b, 0x100);
    put_table(&b, "one", 6, DOUBLE, 8, false);
    put_table(&b, "two", 6, DOUBLE, 8, false);
    refused(cvr_test_file("k.mat", b.at, b.size),
            "which array has the rows? It contains one (4 x 3), two (4 x 3)");
    static unsigned char hdf[1024] = "MATLAB 7.3 MAT-file, Platform: GLNXA64";
    memcpy(hdf + 512, "\x89HDF\r\n\x1a\n", 8);
    refused(cvr_test_file("k.mat", hdf, sizeof hdf),
            "this is a MATLAB 7.3 file, which is HDF5, which is not supported");
}

/* Whatever byte a file ends at, or has wrong: a sentence or rows, and no more memory. */
static void damage_is_survived(void **state)
{
    (void)state;
    static bytes b;
    for (int k = 0; k < 3; k++) {
        bool compress = k & 1, sparse = k & 2;
        b = (bytes){0};
        put_header(&b, 0x100);
        put_images(&b, compress);
        put_labels(&b, digits, N, true, compress);
        if (sparse) {
            b.size = 128;
            put_sparse(&b, false);
            put_vector(&b, "y", false);
        }
        for (size_t cut = 128; cut < b.size; cut++) {
            cvr_dataset *d = NULL;
            const char *path = cvr_test_file("cut.mat", b.at, cut);
            assert_int_equal(load_part((cvr_load){0}, path, 0, 1, &d), CVR_BAD_DATA);
            assert_null(d);
        }
        for (size_t at = 128; at < b.size; at++) {
            cvr_dataset *d = NULL;
            b.at[at] ^= 0x85;
            const char *path = cvr_test_file("flip.mat", b.at, b.size);
            cvr_status status = load_part((cvr_load){0}, path, 0, 1, &d);
            assert_true(status == CVR_OK || status == CVR_BAD_DATA);
            assert_int_equal(status == CVR_OK, d != NULL);
            cvr_dataset_free(d);
            b.at[at] ^= 0x85;
        }
    }
}

/* A promise of 4 GiB in a few bytes. */
static void promises_take_no_memory(void **state)
{
    (void)state;
    static bytes b;
    bytes matrix = {0};
    b = (bytes){0};
    put_header(&b, 0x100);
    put_head(&matrix, "X", 9, 4, (uint32_t[]){1 << 10, 1 << 10, 3, 1000});
    put_number(&matrix, UINT8, 4);
    put_number(&matrix, 3u * 1000 << 20, 4);
    put_matrix(&b, &matrix, true);
    refused(cvr_test_file("b.mat", b.at, b.size),
            "X: 3145728000 bytes of numbers are promised in an element of");
}

static void every_allocation_can_fail(void **state)
{
    (void)state;
    const char *path = file(false, true, true, false);
    cvr_status status = CVR_NO_MEMORY;
    int nth = 1;
    for (; status != CVR_OK; nth++) {
        cvr_dataset *d = NULL;
        cvr_alloc_fail_at(nth);
        status = load_part((cvr_load){0}, path, 0, 1, &d);
        cvr_alloc_fail_at(0);
        assert_true(status == CVR_OK || status == CVR_NO_MEMORY);
        cvr_dataset_free(d);
    }
    assert_true(nth > 10);
}

static void pipes_are_refused(void **state)
{
    (void)state;
    static bytes b;
    int ends[2];
    char path[64];
    b = (bytes){0};
    put_header(&b, 0x100);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], b.at, b.size), b.size);
    close(ends[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    refused(path, "not a regular file, and MAT files are read more than once");
    close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_file_is_read),
        cmocka_unit_test(blocks_are_independent_of_the_process_count),
        cmocka_unit_test(classes_and_rows_are_chosen),
        cmocka_unit_test(a_label_0_leaves_10_alone),
        cmocka_unit_test(other_variables_are_passed),
        cmocka_unit_test(tables_of_any_numbers_are_read),
        cmocka_unit_test(arrays_are_found_by_usual_names),
        cmocka_unit_test(a_file_may_have_a_training_and_a_test_part),
        cmocka_unit_test(sparse_arrays_are_read),
        cmocka_unit_test(wrong_files_are_named),
        cmocka_unit_test(arrays_of_no_numbers_are_named),
        cmocka_unit_test(damage_is_survived),
        cmocka_unit_test(promises_take_no_memory),
        cmocka_unit_test(every_allocation_can_fail),
        cmocka_unit_test(pipes_are_refused),
    };
    return cmocka_run_group_tests(tests, cvr_test_folder, cvr_test_remove);
}

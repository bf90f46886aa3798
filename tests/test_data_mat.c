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
    refused(cvr_test_file("w.mat", b.at, b.size), "there is no array X of images");
    put_labels(&b, five, 4, false, false);
    put_images(&b, true);
    refused(cvr_test_file("w.mat", b.at, b.size), "X has 5 images, y has 4 labels");
    b.size = 128;
    put_images(&b, false);
    refused(cvr_test_file("w.mat", b.at, b.size), "there are no labels in it");
    b.at[128 + 8 + 16 + 8] = 5; /* the height */
    refused(cvr_test_file("w.mat", b.at, b.size),
            "X (5 x 3 x 3 x 5) is no array of images: 180 bytes of type 2");
    put_number(&b, 7, 4);
    refused(cvr_test_file("w.mat", b.at, b.size), "is no array of images");
    b.size = 128;
    put_number(&b, 7, 4);
    put_number(&b, 0, 4);
    refused(cvr_test_file("w.mat", b.at, b.size),
            "byte 136: neither an array nor a compressed one");
}

/* Whatever byte a file ends at, or has wrong: a sentence or rows, and no more memory. */
static void damage_is_survived(void **state)
{
    (void)state;
    static bytes b;
    for (int compress = 0; compress < 2; compress++) {
        b = (bytes){0};
        put_header(&b, 0x100);
        put_images(&b, compress);
        put_labels(&b, digits, N, true, compress);
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
            "X promises 3145728000 bytes of images");
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
    refused(path, "no regular file, and MAT files are read twice");
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
        cmocka_unit_test(wrong_files_are_named),
        cmocka_unit_test(damage_is_survived),
        cmocka_unit_test(promises_take_no_memory),
        cmocka_unit_test(every_allocation_can_fail),
        cmocka_unit_test(pipes_are_refused),
    };
    return cmocka_run_group_tests(tests, cvr_test_folder, cvr_test_remove);
}

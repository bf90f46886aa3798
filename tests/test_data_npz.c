/* Archives of NumPy's arrays, built here byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include <cvxrelu/data.h>

#include "base/bytes.h"
#include "data/load.h"
#include "support/files.h"

#define LENGTH(a) (sizeof(a) / sizeof *(a))

/* ---- writing ----------------------------------------------------------------------- */

typedef struct archive {
    unsigned char at[1 << 14], directory[1 << 12];
    size_t size, directory_size;
    int entries;
    bool deflate, wide; /* wide: 64-bit fields */
    int flags, method;  /* to say besides */
    bool wrong_sum;
} archive;

static void put(unsigned char *at, size_t *size, const void *from, size_t length)
{
    memcpy(at + *size, from, length);
    *size += length;
}

static void number(unsigned char *at, size_t *size, uint64_t v, int length)
{
    for (int i = 0; i < length; i++)
        at[(*size)++] = (unsigned char)(v >> 8 * i);
}

static size_t deflated(const unsigned char *from, size_t size, unsigned char *to,
                       size_t room)
{
    z_stream z = {.next_in = (unsigned char *)from,
                  .avail_in = (unsigned)size,
                  .next_out = to,
                  .avail_out = (unsigned)room};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return room - z.avail_out;
}

/* What a local header and an entry of the directory share, from the flags
   to the lengths. */
static void put_common(unsigned char *at, size_t *size, const archive *a, uint32_t sum,
                       size_t packed, size_t length, const char *name, int extra)
{
    number(at, size, (uint64_t)a->flags, 2);
    number(at, size, (uint64_t)(a->method ? a->method : a->deflate ? 8 : 0), 2);
    number(at, size, 0, 4);
    number(at, size, sum, 4);
    number(at, size, a->wide ? 0xffffffff : packed, 4);
    number(at, size, a->wide ? 0xffffffff : length, 4);
    number(at, size, strlen(name), 2);
    number(at, size, (uint64_t)extra, 2);
}

static void put_wide(unsigned char *at, size_t *size, size_t packed, size_t length)
{
    number(at, size, 1, 2);
    number(at, size, 16, 2);
    number(at, size, length, 8);
    number(at, size, packed, 8);
}

static void add(archive *a, const char *name, const unsigned char *content, size_t length)
{
    static unsigned char small[1 << 13];
    size_t packed = length, place = a->size;
    uint32_t sum = (uint32_t)crc32(0, content, (unsigned)length) ^ a->wrong_sum;
    if (a->deflate)
        packed = deflated(content, length, small, sizeof small);
    put(a->at, &a->size, "PK\3\4\55\0", 6);
    put_common(a->at, &a->size, a, sum, packed, length, name, a->wide ? 20 : 0);
    put(a->at, &a->size, name, strlen(name));
    if (a->wide)
        put_wide(a->at, &a->size, packed, length);
    put(a->at, &a->size, a->deflate ? small : content, packed);
    put(a->directory, &a->directory_size, "PK\1\2\55\0\55\0", 8);
    put_common(a->directory, &a->directory_size, a, sum, packed, length, name,
               a->wide ? 20 : 0);
    number(a->directory, &a->directory_size, 0, 8);
    number(a->directory, &a->directory_size, 0, 2);
    number(a->directory, &a->directory_size, place, 4);
    put(a->directory, &a->directory_size, name, strlen(name));
    if (a->wide)
        put_wide(a->directory, &a->directory_size, packed, length);
    a->entries++;
}

static const char *finish(archive *a, const char *name)
{
    size_t place = a->size;
    put(a->at, &a->size, a->directory, a->directory_size);
    if (a->wide) {
        size_t end = a->size;
        put(a->at, &a->size, "PK\6\6", 4);
        number(a->at, &a->size, 44, 8);
        number(a->at, &a->size, 0, 8);
        number(a->at, &a->size, 0, 4);
        number(a->at, &a->size, (uint64_t)a->entries, 8);
        number(a->at, &a->size, (uint64_t)a->entries, 8);
        number(a->at, &a->size, a->directory_size, 8);
        number(a->at, &a->size, place, 8);
        put(a->at, &a->size, "PK\6\7\0\0\0\0", 8);
        number(a->at, &a->size, end, 8);
        number(a->at, &a->size, 1, 4);
    }
    put(a->at, &a->size, "PK\5\6\0\0\0\0", 8);
    number(a->at, &a->size, (uint64_t)a->entries, 2);
    number(a->at, &a->size, a->wide ? 0xffff : (uint64_t)a->entries, 2);
    number(a->at, &a->size, a->wide ? 0xffffffff : a->directory_size, 4);
    number(a->at, &a->size, a->wide ? 0xffffffff : place, 4);
    number(a->at, &a->size, 0, 2);
    return cvr_test_file(name, a->at, a->size);
}

/* An NPY file with this dict. */
static size_t npy(unsigned char *to, const char *dict, const void *body, size_t size)
{
    size_t at = 0;
    put(to, &at, "\x93NUMPY\1\0", 8);
    number(to, &at, strlen(dict), 2);
    put(to, &at, dict, strlen(dict));
    put(to, &at, body, size);
    return at;
}

static const double X[4][3] = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}, {10, 11, 12}};
static const int32_t y[4] = {0, 1, 1, 0};
#define DICT(kind, shape)                                                                \
    "{'descr': '" kind "', 'fortran_order': False, 'shape': " shape "}"

static void add_array(archive *a, const char *name, const char *dict, const void *body,
                      size_t size)
{
    unsigned char bytes[2048];
    add(a, name, bytes, npy(bytes, dict, body, size));
}

static void add_rows(archive *a, const char *name)
{
    add_array(a, name, DICT("<f8", "(4, 3)"), X, sizeof X);
}

static void add_labels(archive *a, const char *name)
{
    add_array(a, name, DICT("<i4", "(4,)"), y, sizeof y);
}

/* ---- reading ----------------------------------------------------------------------- */

static cvr_status load(cvr_load how, const char *path, int rank, int size,
                       cvr_dataset **d)
{
    how.paths = &path;
    how.path_count = 1;
    return cvr_load_block(&how, rank, size, d);
}

static void assert_read(cvr_load how, const char *path, int targets)
{
    for (int size = 1; size <= 3; size++)
        for (int rank = 0; rank < size; rank++) {
            cvr_dataset *d = NULL;
            if (load(how, path, rank, size, &d) != CVR_OK)
                fail_msg("%s", cvr_last_error());
            assert_true(d->rows == 4 && d->X.cols == 3 && d->Y.cols == targets);
            for (int64_t i = 0; i < d->X.rows; i++) {
                for (int j = 0; j < 3; j++)
                    assert_true(cvr_get(d->X, i, j) == X[d->first + i][j]);
                if (targets)
                    assert_true(cvr_get(d->Y, i, 0) == (y[d->first + i] ? 1 : -1));
            }
            cvr_dataset_free(d);
        }
}

static void refused(const char *path, const char *sentence)
{
    cvr_dataset *d = NULL;
    if (load((cvr_load){0}, path, 0, 1, &d) != CVR_BAD_DATA)
        fail_msg("not refused: %s", sentence);
    assert_null(d);
    if (!strstr(cvr_last_error(), sentence))
        fail_msg("%s", cvr_last_error());
}

static void every_kind_of_archive_is_read(void **state)
{
    (void)state;
    for (int k = 0; k < 8; k++) {
        static archive a;
        a = (archive){.deflate = k & 1, .wide = k & 2};
        if (k & 4)
            add_labels(&a, "y.npy");
        add_rows(&a, "X.npy");
        if (!(k & 4))
            add_labels(&a, "y.npy");
        const char *path = finish(&a, "a.npz");
        assert_read((cvr_load){0}, path, 1);
        assert_read((cvr_load){.target = "none"}, path, 0);
    }
}

static void arrays_are_found_by_name_or_shape(void **state)
{
    (void)state;
    static const char *const names[][2] = {{"x.npy", "labels.npy"},
                                           {"x_train.npy", "y_train.npy"},
                                           {"arr_0.npy", "arr_1.npy"},
                                           {"features.npy", "targets.npy"},
                                           {"spectra.npy", "concentration.npy"}};
    static archive a;
    for (size_t i = 0; i < LENGTH(names); i++) {
        a = (archive){0};
        add_rows(&a, names[i][0]);
        add_labels(&a, names[i][1]);
        assert_read((cvr_load){0}, finish(&a, "a.npz"), 1);
    }
    a = (archive){0};
    add_rows(&a, "X.npy");
    add_labels(&a, "y.npy");
    add_array(&a, "age.npy", DICT("<f8", "(4,)"), X, 32);
    const char *path = finish(&a, "a.npz");
    cvr_dataset *d = NULL;
    assert_int_equal(
        load((cvr_load){.target = "age", .task = CVR_REGRESS}, path, 0, 1, &d), CVR_OK);
    assert_true(cvr_get(d->Y, 3, 0) == X[1][0]);
    cvr_dataset_free(d);
    assert_int_equal(load((cvr_load){.target = "0", .task = CVR_REGRESS}, path, 0, 1, &d),
                     CVR_OK);
    assert_true(d->X.cols == 2 && cvr_get(d->Y, 3, 0) == 10);
    cvr_dataset_free(d);
}

static void wrong_archives_are_named(void **state)
{
    (void)state;
    static archive a;
    a = (archive){0};
    add_rows(&a, "X.npy");
    refused(finish(&a, "a.npz"), "no labels in the file");
    a = (archive){0};
    add_rows(&a, "X.npy");
    add_array(&a, "y.npy", DICT("<U1", "(4,)"), X, 16);
    refused(finish(&a, "a.npz"), "a.npz: y: its entries are texts (NumPy's type '<U1')");
    a = (archive){0};
    add_rows(&a, "X.npy");
    add_array(&a, "y.npy", DICT("<i4", "(3,)"), y, 12);
    refused(finish(&a, "a.npz"),
            "X (4 x 3) and y (3) do not have the same number of rows");
    a = (archive){0};
    add_rows(&a, "one.npy");
    add_rows(&a, "two.npy");
    refused(finish(&a, "a.npz"),
            "which array has the rows? It contains one (4 x 3), two (4 x 3)");
    a = (archive){.wrong_sum = true};
    add_rows(&a, "X.npy");
    add_labels(&a, "y.npy");
    refused(finish(&a, "a.npz"), "X: the checksum of its content is wrong");
    a = (archive){.flags = 1};
    add_rows(&a, "X.npy");
    refused(finish(&a, "a.npz"), "X is encrypted");
    a = (archive){.method = 12};
    add_rows(&a, "X.npy");
    refused(finish(&a, "a.npz"), "X is compressed by method 12");
    a = (archive){0};
    add_rows(&a, "indices.npy");
    add_rows(&a, "indptr.npy");
    refused(finish(&a, "a.npz"), "this is a sparse matrix of SciPy");
    a = (archive){0};
    add(&a, "[Content_Types].xml", (const unsigned char *)"<a\1>", 4);
    refused(finish(&a, "a.npz"), "this is an Excel or other Office file");
    a = (archive){0};
    add(&a, "data.csv", (const unsigned char *)"1,2\n", 4);
    refused(finish(&a, "a.npz"), "this is a zip archive without arrays");
}

/* Whatever byte an archive ends at, or has wrong: a sentence or rows, no more memory. */
static void damage_is_survived(void **state)
{
    (void)state;
    static archive a;
    for (int k = 0; k < 4; k++) {
        a = (archive){.deflate = k & 1, .wide = k & 2};
        add_rows(&a, "X.npy");
        add_labels(&a, "y.npy");
        finish(&a, "a.npz");
        for (size_t cut = 100; cut < a.size; cut++) {
            cvr_dataset *d = NULL;
            const char *path = cvr_test_file("cut.npz", a.at, cut);
            assert_int_equal(load((cvr_load){.format = "npz"}, path, 0, 1, &d),
                             CVR_BAD_DATA);
        }
        for (size_t at = 0; at < a.size; at++) {
            cvr_dataset *d = NULL;
            a.at[at] ^= 0x85;
            const char *path = cvr_test_file("flip.npz", a.at, a.size);
            cvr_status status = load((cvr_load){.format = "npz"}, path, 0, 1, &d);
            assert_true(status == CVR_OK || status == CVR_BAD_DATA);
            assert_int_equal(status == CVR_OK, d != NULL);
            cvr_dataset_free(d);
            a.at[at] ^= 0x85;
        }
    }
}

/* 1 GB of zeroes in a megabyte, as one row. */
static void bombs_take_no_memory(void **state)
{
    (void)state;
    static archive a;
    const char *dict = DICT("<f8", "(1, 134217728)");
    unsigned char head[256];
    size_t size = npy(head, dict, "", 0), room = 2 << 20;
    unsigned char *zeroes = test_malloc(1 << 20), *packed = test_malloc(room);
    memset(zeroes, 0, 1 << 20);
    z_stream z = {.next_out = packed, .avail_out = (unsigned)room};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    z.next_in = head;
    z.avail_in = (unsigned)size;
    assert_int_equal(deflate(&z, Z_NO_FLUSH), Z_OK);
    for (int i = 0; i < 1024; i++) {
        z.next_in = zeroes;
        z.avail_in = 1 << 20;
        assert_int_equal(deflate(&z, Z_NO_FLUSH), Z_OK);
    }
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    a = (archive){.method = 8};
    const char *path = cvr_test_path("bomb.npz");
    FILE *f = fopen(path, "wb");
    unsigned char local[30 + 5];
    size_t at = 0, length = room - z.avail_out;
    put(local, &at, "PK\3\4\55\0", 6);
    put_common(local, &at, &a, 0, length, size + (1u << 30), "X.npy", 0);
    put(local, &at, "X.npy", 5);
    fwrite(local, 1, at, f);
    fwrite(packed, 1, length, f);
    put(a.directory, &a.directory_size, "PK\1\2\55\0\55\0", 8);
    put_common(a.directory, &a.directory_size, &a, 0, length, size + (1u << 30), "X.npy",
               0);
    number(a.directory, &a.directory_size, 0, 8);
    number(a.directory, &a.directory_size, 0, 6);
    put(a.directory, &a.directory_size, "X.npy", 5);
    put(a.directory, &a.directory_size, "PK\5\6\0\0\0\0\1\0\1\0", 12);
    number(a.directory, &a.directory_size, 51, 4);
    number(a.directory, &a.directory_size, at + length, 4);
    number(a.directory, &a.directory_size, 0, 2);
    fwrite(a.directory, 1, a.directory_size, f);
    fclose(f);
    int64_t before = cvr_memory_peak();
    refused(path, "an array takes 32 MiB or more, which");
    assert_true(cvr_memory_peak() - before < 200 << 20);
    test_free(zeroes);
    test_free(packed);
}

static void every_allocation_can_fail(void **state)
{
    (void)state;
    static archive a;
    a = (archive){.deflate = true};
    add_rows(&a, "X.npy");
    add_labels(&a, "y.npy");
    const char *path = finish(&a, "a.npz");
    cvr_status status = CVR_NO_MEMORY;
    int nth = 1;
    for (; status != CVR_OK; nth++) {
        cvr_dataset *d = NULL;
        cvr_alloc_fail_at(nth);
        status = load((cvr_load){0}, path, 0, 1, &d);
        cvr_alloc_fail_at(0);
        assert_true(status == CVR_OK || status == CVR_NO_MEMORY);
        cvr_dataset_free(d);
    }
    assert_true(nth > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_archive_is_read),
        cmocka_unit_test(arrays_are_found_by_name_or_shape),
        cmocka_unit_test(wrong_archives_are_named),
        cmocka_unit_test(damage_is_survived),
        cmocka_unit_test(bombs_take_no_memory),
        cmocka_unit_test(every_allocation_can_fail),
    };
    return cmocka_run_group_tests(tests, cvr_test_folder, cvr_test_remove);
}

/* Reading and writing of tensors in bytes. */
#define _GNU_SOURCE
#include "model/safetensors.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

enum { LENGTH_BYTES = 8, DIGITS = 16 };
#define META "__metadata__"
#define SUM_MARK "\"checksum\":\"fnv1a64:"
#define NO_SUM "fnv1a64:0000000000000000"

static const struct {
    const char *name;
    int64_t size;
} dtypes[] = {[CVR_DOUBLE] = {"F64", 8}, [CVR_SINGLE] = {"F32", 4}};

/* ---- checksum --------------------------------------------------------------------- */

/* FNV-1a, 64 bits. */
static uint64_t hash(uint64_t h, const unsigned char *bytes, int64_t length)
{
    for (int64_t i = 0; i < length; i++)
        h = (h ^ bytes[i]) * 0x100000001b3;
    return h;
}

/* Where the digits of the checksum are in the file; NULL: it has none. */
static const unsigned char *sum_digits(const unsigned char *bytes, int64_t header)
{
    size_t mark = sizeof SUM_MARK - 1;
    const unsigned char *at =
        memmem(bytes + LENGTH_BYTES, (size_t)header, SUM_MARK, mark);
    if (!at || at + mark + DIGITS > bytes + LENGTH_BYTES + header)
        return NULL;
    return at + mark;
}

/* Of the whole file, with the digits read as zeroes, in hexadecimal. */
static void checksum(const unsigned char *bytes, int64_t length,
                     const unsigned char *digits, char text[DIGITS + 1])
{
    const unsigned char *rest = digits + DIGITS;
    uint64_t h = hash(0xcbf29ce484222325, bytes, digits - bytes);
    h = hash(h, (const unsigned char *)"0000000000000000", DIGITS);
    h = hash(h, rest, bytes + length - rest);
    snprintf(text, DIGITS + 1, "%016" PRIx64, h);
}

/* ---- writing ---------------------------------------------------------------------- */

static int64_t tensor_bytes(const cvr_tensor *t)
{
    return t->A.rows * t->A.cols * dtypes[t->A.type].size;
}

static json_t *describe(const cvr_tensor *t, int64_t begin)
{
    json_t *shape =
        t->vector ? json_pack("[I]", (json_int_t)t->A.rows)
                  : json_pack("[I,I]", (json_int_t)t->A.rows, (json_int_t)t->A.cols);
    return json_pack("{s:s, s:o, s:[I,I]}", "dtype", dtypes[t->A.type].name, "shape",
                     shape, "data_offsets", (json_int_t)begin,
                     (json_int_t)(begin + tensor_bytes(t)));
}

/* The header as text; NULL: no memory. *data is the length of the tensors. */
static char *header_text(const cvr_tensor *tensors, int count, const json_t *metadata,
                         int64_t *data)
{
    json_t *meta = json_copy((json_t *)metadata), *header = json_object();
    bool ok = json_object_set_new(meta, "checksum", json_string(NO_SUM)) == 0;
    ok = ok && json_object_set(header, META, meta) == 0;
    *data = 0;
    for (int i = 0; ok && i < count; i++) {
        ok = json_object_set_new(header, tensors[i].name, describe(&tensors[i], *data)) ==
             0;
        *data += tensor_bytes(&tensors[i]);
    }
    char *text = ok ? json_dumps(header, JSON_COMPACT) : NULL;
    json_decref(meta);
    json_decref(header);
    return text;
}

/* Row-major bytes of A at to: A' column by column. */
static cvr_status put_tensor(const cvr_tensor *t, unsigned char *to)
{
    cvr_mat rows = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(t->A.on, t->A.type, t->A.cols, t->A.rows, &rows));
    if (tensor_bytes(t) > 0) {
        cvr_transpose(rows, t->A);
        CVR_ASSERT(rows.ld == rows.rows);
        memcpy(to, rows.data, (size_t)tensor_bytes(t));
    }
done:
    cvr_mat_free(&rows);
    return status;
}

/* Length, header and blanks so that tensors begin at a multiple of 8. */
static void put_header(unsigned char *to, const char *header, int64_t padded)
{
    for (int i = 0; i < LENGTH_BYTES; i++)
        to[i] = (unsigned char)((uint64_t)padded >> 8 * i);
    memset(to + LENGTH_BYTES, ' ', (size_t)padded);
    memcpy(to + LENGTH_BYTES, header, strlen(header));
}

static void put_checksum(unsigned char *bytes, int64_t length, int64_t header)
{
    char text[DIGITS + 1];
    const unsigned char *digits = sum_digits(bytes, header);
    CVR_ASSERT(digits);
    checksum(bytes, length, digits, text);
    memcpy(bytes + (digits - bytes), text, DIGITS);
}

cvr_status cvr_safetensors_encode(const cvr_tensor *tensors, int count,
                                  const json_t *metadata, unsigned char **bytes,
                                  int64_t *length)
{
    int64_t data = 0, padded = 0;
    cvr_status status = CVR_OK;
    unsigned char *file = NULL, *at = NULL;
    char *header = header_text(tensors, count, metadata, &data);
    if (!header)
        CVR_FAIL(CVR_NO_MEMORY, "cannot write down the model's header");
    padded = ((int64_t)strlen(header) + 7) / 8 * 8;
    *length = LENGTH_BYTES + padded + data;
    CVR_TRY(cvr_alloc(*length, 1, "a model file", (void **)&file));
    put_header(file, header, padded);
    at = file + LENGTH_BYTES + padded;
    for (int i = 0; i < count; i++) {
        CVR_TRY(put_tensor(&tensors[i], at));
        at += tensor_bytes(&tensors[i]);
    }
    put_checksum(file, *length, padded);
    *bytes = file;
    file = NULL;
done:
    free(header);
    cvr_release(file);
    return status;
}

/* ---- checking --------------------------------------------------------------------- */

static cvr_status damaged(const cvr_safetensors *f, const char *what)
{
    return cvr_fail(CVR_BAD_DATA, "%s: no usable model file: %s", f->path, what);
}

static cvr_status bad_tensor(const cvr_safetensors *f, const char *name, const char *what)
{
    return cvr_fail(CVR_BAD_DATA, "%s: tensor '%.40s' %s", f->path, name, what);
}

/* Index in dtypes, -1: none that we read. */
static int dtype_of(const json_t *tensor)
{
    const char *name = json_string_value(json_object_get(tensor, "dtype"));
    for (int i = 0; name && i < 2; i++)
        if (strcmp(name, dtypes[i].name) == 0)
            return i;
    return -1;
}

/* Entries in a shape; -1 when it is no shape. */
static int64_t shape_count(const json_t *shape)
{
    int64_t count = json_is_array(shape) ? 1 : -1;
    for (size_t i = 0; i < json_array_size(shape); i++) {
        const json_t *n = json_array_get(shape, i);
        count = json_is_integer(n) ? cvr_times(count, json_integer_value(n)) : -1;
    }
    return count;
}

static int64_t offset(const json_t *tensor, size_t which)
{
    const json_t *pair = json_object_get(tensor, "data_offsets");
    const json_t *n = json_array_get(pair, which);
    return json_array_size(pair) == 2 && json_is_integer(n) ? json_integer_value(n) : -1;
}

static cvr_status check_tensor(const cvr_safetensors *f, const char *name,
                               const json_t *tensor)
{
    int64_t begin = offset(tensor, 0), end = offset(tensor, 1);
    int64_t count = shape_count(json_object_get(tensor, "shape"));
    int dtype = dtype_of(tensor);
    if (dtype < 0)
        return bad_tensor(f, name, "is of another type than F64 and F32");
    if (count < 0)
        return bad_tensor(f, name, "has no proper shape");
    if (begin < 0 || end < begin || end > f->length)
        return bad_tensor(f, name, "lies outside the file");
    if (cvr_times(count, dtypes[dtype].size) != end - begin)
        return bad_tensor(f, name, "has another length than its shape says");
    return CVR_OK;
}

typedef struct span {
    int64_t begin, end;
} span;

static int by_place(const void *a, const void *b)
{
    const span *p = a, *q = b;
    if (p->begin != q->begin)
        return p->begin < q->begin ? -1 : 1;
    return (p->end > q->end) - (p->end < q->end);
}

/* Tensors cover the data: no gap, no overlap, nothing behind the last. */
static cvr_status check_cover(const cvr_safetensors *f, span *spans, int count)
{
    int64_t at = 0;
    qsort(spans, (size_t)count, sizeof *spans, by_place);
    for (int i = 0; i < count; i++) {
        if (spans[i].begin != at)
            return damaged(f, "its tensors overlap or leave gaps");
        at = spans[i].end;
    }
    return at == f->length ? CVR_OK : damaged(f, "it is longer than its tensors");
}

static cvr_status check_tensors(const cvr_safetensors *f)
{
    int count = 0;
    span *spans = NULL;
    const char *name;
    json_t *tensor;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_alloc((int64_t)json_object_size(f->header), sizeof *spans,
                      "a model's table", (void **)&spans));
    json_object_foreach(f->header, name, tensor)
    {
        if (strcmp(name, META) == 0)
            continue;
        CVR_TRY(check_tensor(f, name, tensor));
        spans[count++] = (span){offset(tensor, 0), offset(tensor, 1)};
    }
    CVR_TRY(check_cover(f, spans, count));
done:
    cvr_release(spans);
    return status;
}

/* Our files must have the checksum, and it must fit; others need none. */
static cvr_status check_sum(const cvr_safetensors *f, const unsigned char *bytes)
{
    char text[DIGITS + 1];
    int64_t header = f->data - bytes - LENGTH_BYTES;
    const unsigned char *digits = sum_digits(bytes, header);
    const char *format = cvr_safetensors_text(f, "format");
    if (!digits && !cvr_safetensors_text(f, "checksum"))
        return format && strcmp(format, "cvxrelu") == 0
                   ? damaged(f, "its checksum is missing")
                   : CVR_OK;
    if (digits) {
        checksum(bytes, f->data - bytes + f->length, digits, text);
        if (memcmp(text, digits, DIGITS) == 0)
            return CVR_OK;
    }
    cvr_status status = damaged(f, "its checksum does not fit its content");
    cvr_hint("it is damaged, or another program has changed it and kept the old checksum "
             "in the metadata");
    return status;
}

static int64_t header_length(const unsigned char *bytes, int64_t length)
{
    uint64_t n = 0;
    for (int i = 0; length >= LENGTH_BYTES && i < LENGTH_BYTES; i++)
        n |= (uint64_t)bytes[i] << 8 * i;
    return n >= 2 && n <= (uint64_t)(length - LENGTH_BYTES) ? (int64_t)n : -1;
}

static cvr_status check(cvr_safetensors *f, const unsigned char *bytes, int64_t length)
{
    json_error_t error;
    cvr_status status = CVR_OK;
    int64_t header = length >= LENGTH_BYTES ? header_length(bytes, length) : -1;
    if (header < 0 || bytes[LENGTH_BYTES] != '{')
        return damaged(f, "it does not begin as a safetensors file");
    f->data = bytes + LENGTH_BYTES + header;
    f->length = length - LENGTH_BYTES - header;
    f->header = json_loadb((const char *)bytes + LENGTH_BYTES, (size_t)header,
                           JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(f->header))
        return damaged(f, "its header is no JSON object");
    CVR_TRY(check_tensors(f));
    CVR_TRY(check_sum(f, bytes));
done:
    return status;
}

cvr_status cvr_safetensors_open(const unsigned char *bytes, int64_t length,
                                const char *path, cvr_safetensors *file)
{
    *file = (cvr_safetensors){.path = path};
    cvr_status status = check(file, bytes, length);
    if (status != CVR_OK)
        cvr_safetensors_close(file);
    return status;
}

void cvr_safetensors_close(cvr_safetensors *file)
{
    json_decref(file->header);
    *file = (cvr_safetensors){0};
}

/* ---- reading ---------------------------------------------------------------------- */

int cvr_safetensors_count(const cvr_safetensors *f)
{
    return (int)json_object_size(f->header) - (json_object_get(f->header, META) != NULL);
}

const char *cvr_safetensors_text(const cvr_safetensors *f, const char *key)
{
    return json_string_value(json_object_get(json_object_get(f->header, META), key));
}

bool cvr_safetensors_shape(const cvr_safetensors *f, const char *name, int64_t *rows,
                           int64_t *cols, cvr_type *type)
{
    const json_t *tensor = json_object_get(f->header, name);
    const json_t *shape = json_object_get(tensor, "shape");
    size_t rank = json_array_size(shape);
    if (!tensor || rank < 1 || rank > 2)
        return false;
    *rows = json_integer_value(json_array_get(shape, 0));
    *cols = rank == 2 ? json_integer_value(json_array_get(shape, 1)) : 1;
    *type = (cvr_type)dtype_of(tensor);
    return true;
}

cvr_status cvr_safetensors_read(const cvr_safetensors *f, const char *name, cvr_mat A)
{
    int64_t rows = 0, cols = 0;
    cvr_type type = CVR_DOUBLE;
    cvr_mat stored = {0}, turned = {0};
    cvr_status status = CVR_OK;
    if (!cvr_safetensors_shape(f, name, &rows, &cols, &type) || rows != A.rows ||
        cols != A.cols)
        CVR_FAIL(CVR_BAD_DATA, "%s: tensor '%s' is not there as %lld x %lld", f->path,
                 name, (long long)A.rows, (long long)A.cols);
    if (rows == 0 || cols == 0)
        return CVR_OK;
    CVR_TRY(cvr_mat_new(A.on, type, cols, rows, &stored));
    CVR_TRY(cvr_mat_new(A.on, type, rows, cols, &turned));
    CVR_ASSERT(stored.ld == cols);
    memcpy(stored.data, f->data + offset(json_object_get(f->header, name), 0),
           (size_t)(rows * cols * dtypes[type].size));
    cvr_transpose(turned, stored);
    if (!cvr_all_finite(turned))
        CVR_FAIL(CVR_BAD_DATA, "%s: tensor '%s' has an entry that is not finite", f->path,
                 name);
    cvr_copy(A, turned);
done:
    cvr_mat_free(&stored);
    cvr_mat_free(&turned);
    return status;
}

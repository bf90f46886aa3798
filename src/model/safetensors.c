/* Reading and writing of tensors in bytes. */
#define _GNU_SOURCE
#include "model/safetensors.h"
#include "linalg/ops.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/packed.h"

enum { LENGTH_BYTES = 8, DIGITS = 16 };
#define META "__metadata__"
#define SUM_MARK "\"checksum\":\"fnv1a64:"
#define NO_SUM "fnv1a64:0000000000000000"

/* What is written, by the type of a matrix; then what is read besides. */
static const struct {
    const char *name;
    int64_t size;
    cvr_packed kind;
    cvr_type type; /* that it is read in */
} dtypes[] = {[CVR_DOUBLE] = {"F64", 8, CVR_F8, CVR_DOUBLE},
              [CVR_SINGLE] = {"F32", 4, CVR_F4, CVR_SINGLE},
              {"F16", 2, CVR_F2, CVR_SINGLE},
              {"BF16", 2, CVR_BF2, CVR_SINGLE}};
enum { DTYPES = sizeof dtypes / sizeof *dtypes };

/* ---- checksum --------------------------------------------------------------------- */

uint64_t cvr_safetensors_hash(uint64_t h, const unsigned char *bytes, int64_t length)
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

/* Of bytes from the file's first on, with the digits read as zeroes. */
static uint64_t checksum(const unsigned char *bytes, int64_t length,
                         const unsigned char *digits)
{
    const unsigned char *rest = digits + DIGITS;
    uint64_t h = cvr_safetensors_hash(0xcbf29ce484222325, bytes, digits - bytes);
    h = cvr_safetensors_hash(h, (const unsigned char *)"0000000000000000", DIGITS);
    return cvr_safetensors_hash(h, rest, bytes + length - rest);
}

uint64_t cvr_safetensors_head_sum(const unsigned char *head, int64_t length)
{
    const unsigned char *digits = sum_digits(head, length - LENGTH_BYTES);
    return digits ? checksum(head, length, digits) : 0;
}

bool cvr_safetensors_sum_fits(const unsigned char *head, int64_t length, uint64_t sum)
{
    char text[DIGITS + 1];
    const unsigned char *digits = sum_digits(head, length - LENGTH_BYTES);
    snprintf(text, sizeof text, "%016" PRIx64, sum);
    return digits && memcmp(text, digits, DIGITS) == 0;
}

void cvr_safetensors_put_sum(unsigned char *head, int64_t length, uint64_t sum)
{
    char text[DIGITS + 1];
    const unsigned char *digits = sum_digits(head, length - LENGTH_BYTES);
    CVR_ASSERT(digits);
    snprintf(text, sizeof text, "%016" PRIx64, sum);
    memcpy(head + (digits - head), text, DIGITS);
}

/* ---- writing ---------------------------------------------------------------------- */

static int64_t tensor_bytes(const cvr_tensor *t)
{
    return t->A.rows * t->A.cols * dtypes[t->A.type].size;
}

bool cvr_safetensors_add(json_t *header, const char *name, cvr_type type, int64_t rows,
                         int64_t cols, bool vector, int64_t begin)
{
    int64_t end = begin + cvr_mat_bytes(type, rows, cols);
    json_t *shape = vector ? json_pack("[I]", (json_int_t)rows)
                           : json_pack("[I,I]", (json_int_t)rows, (json_int_t)cols);
    json_t *tensor = json_pack("{s:s, s:o, s:[I,I]}", "dtype", dtypes[type].name, "shape",
                               shape, "data_offsets", (json_int_t)begin, (json_int_t)end);
    return json_object_set_new(header, name, tensor) == 0;
}

/* Length, header and blanks so that tensors begin at a multiple of 8. */
static void put_header(unsigned char *to, const char *header, int64_t padded)
{
    for (int i = 0; i < LENGTH_BYTES; i++)
        to[i] = (unsigned char)((uint64_t)padded >> 8 * i);
    memset(to + LENGTH_BYTES, ' ', (size_t)padded);
    memcpy(to + LENGTH_BYTES, header, strlen(header));
}

cvr_status cvr_safetensors_head(json_t *header, const json_t *metadata, int64_t data,
                                unsigned char **head, int64_t *length)
{
    json_t *meta = json_copy((json_t *)metadata);
    char *text = NULL;
    int64_t padded;
    cvr_status status = CVR_OK;
    if (json_object_set_new(meta, "checksum", json_string(NO_SUM)) == 0 &&
        json_object_set(header, META, meta) == 0)
        text = json_dumps(header, JSON_COMPACT);
    if (!text)
        CVR_FAIL(CVR_NO_MEMORY, "cannot write down the header of a file of tensors");
    padded = ((int64_t)strlen(text) + 7) / 8 * 8;
    *length = LENGTH_BYTES + padded;
    CVR_TRY(cvr_alloc(*length + data, 1, "a file of tensors", (void **)head));
    put_header(*head, text, padded);
done:
    json_decref(meta);
    free(text);
    return status;
}

/* Row-major bytes of A at to: A' column by column. */
static cvr_status put_tensor(const cvr_tensor *t, unsigned char *to)
{
    cvr_mat rows = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(t->A.device, t->A.type, t->A.cols, t->A.rows, &rows));
    if (tensor_bytes(t) > 0) {
        cvr_transpose(rows, t->A);
        CVR_ASSERT(rows.ld == rows.rows);
        memcpy(to, rows.data, (size_t)tensor_bytes(t));
    }
done:
    cvr_mat_free(&rows);
    return status;
}

cvr_status cvr_safetensors_encode(const cvr_tensor *tensors, int count,
                                  const json_t *metadata, unsigned char **bytes,
                                  int64_t *length)
{
    int64_t data = 0, head = 0;
    bool listed = true;
    json_t *header = json_object();
    unsigned char *file = NULL, *at = NULL;
    cvr_status status = CVR_OK;
    for (int i = 0; i < count; i++) {
        const cvr_tensor *t = &tensors[i];
        listed = listed && cvr_safetensors_add(header, t->name, t->A.type, t->A.rows,
                                               t->A.cols, t->vector, data);
        data += tensor_bytes(t);
    }
    if (!listed)
        CVR_FAIL(CVR_NO_MEMORY, "cannot write down the model's header");
    CVR_TRY(cvr_safetensors_head(header, metadata, data, &file, &head));
    at = file + head;
    for (int i = 0; i < count; i++) {
        CVR_TRY(put_tensor(&tensors[i], at));
        at += tensor_bytes(&tensors[i]);
    }
    *length = head + data;
    cvr_safetensors_put_sum(
        file, head, checksum(file, *length, sum_digits(file, head - LENGTH_BYTES)));
    *bytes = file;
    file = NULL;
done:
    json_decref(header);
    cvr_release(file);
    return status;
}

/* ---- checking --------------------------------------------------------------------- */

bool cvr_safetensors_checkpoint(const cvr_safetensors *f)
{
    const char *name = cvr_safetensors_text(f, "kind");
    return name && strcmp(name, "checkpoint") == 0;
}

static const char *kind(const cvr_safetensors *f)
{
    return f->kind                         ? f->kind
           : cvr_safetensors_checkpoint(f) ? "checkpoint"
           : f->header                     ? "model file"
                                           : "model or checkpoint";
}

static cvr_status damaged(const cvr_safetensors *f, const char *what)
{
    return cvr_fail(CVR_BAD_DATA, "%s: not a usable %s: %s", f->path, kind(f), what);
}

static cvr_status bad_tensor(const cvr_safetensors *f, const char *name, const char *what)
{
    return cvr_fail(CVR_BAD_DATA, "%s: not a usable %s: tensor '%.40s' %s", f->path,
                    kind(f), name, what);
}

/* Index in dtypes, -1: none that we read. */
static int dtype_of(const json_t *tensor)
{
    const char *name = json_string_value(json_object_get(tensor, "dtype"));
    for (int i = 0; name && i < DTYPES; i++)
        if (strcmp(name, dtypes[i].name) == 0)
            return i;
    return -1;
}

/* Entries in a shape; -1 when it is not a shape. */
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
        return bad_tensor(f, name, "is of another type than F64, F32, F16 and BF16");
    if (count < 0)
        return bad_tensor(f, name, "does not have a valid shape");
    if (begin < 0 || end < begin)
        return bad_tensor(f, name, "does not have a valid offset");
    if (end > f->length)
        return cvr_fail(CVR_BAD_DATA,
                        "%s: not a usable %s: tensor '%.40s' ends %lld bytes after the "
                        "end of the file",
                        f->path, kind(f), name, (long long)(end - f->length));
    if (cvr_times(count, dtypes[dtype].size) != end - begin)
        return bad_tensor(f, name, "has a length that does not match its shape");
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
    int64_t header = f->data - bytes - LENGTH_BYTES;
    const unsigned char *digits = sum_digits(bytes, header);
    const char *format = cvr_safetensors_text(f, "format");
    if (!digits && !cvr_safetensors_text(f, "checksum"))
        return format && strcmp(format, "cvxrelu") == 0
                   ? damaged(f, "its checksum is missing")
                   : CVR_OK;
    if (digits &&
        cvr_safetensors_sum_fits(bytes, header + LENGTH_BYTES,
                                 checksum(bytes, f->data - bytes + f->length, digits)))
        return CVR_OK;
    return cvr_safetensors_wrong_sum(f);
}

cvr_status cvr_safetensors_wrong_sum(const cvr_safetensors *f)
{
    cvr_status status = damaged(f, "its checksum does not match its content");
    cvr_hint("it is damaged, or another program has changed it and kept the old checksum "
             "in the metadata");
    return status;
}

/* Bytes that the header should have; 0: the file is too short to say it. */
static uint64_t announced(const unsigned char *bytes, int64_t length)
{
    uint64_t n = 0;
    for (int i = 0; length > LENGTH_BYTES && i < LENGTH_BYTES; i++)
        n |= (uint64_t)bytes[i] << 8 * i;
    return n;
}

int64_t cvr_safetensors_head_length(const unsigned char *bytes, int64_t length)
{
    uint64_t n = announced(bytes, length);
    return n >= 2 && n <= (uint64_t)(length - LENGTH_BYTES) ? LENGTH_BYTES + (int64_t)n
                                                            : -1;
}

/* Of a file whose header does not fit into it. Text is not a header of 2^48 bytes. */
static cvr_status no_head(const cvr_safetensors *f, const unsigned char *head,
                          int64_t length)
{
    uint64_t n = announced(head, length);
    if (n < 2 || n >> 48 != 0 || head[LENGTH_BYTES] != '{')
        return damaged(f, "it does not begin like a safetensors file");
    return cvr_fail(
        CVR_BAD_DATA,
        "%s: not a usable %s: it is cut off in its header: %lld of %lld bytes", f->path,
        kind(f), (long long)length - LENGTH_BYTES, (long long)n);
}

cvr_status cvr_safetensors_check(cvr_safetensors *f, const unsigned char *head,
                                 int64_t head_length, int64_t length)
{
    json_error_t error;
    if (head_length < 0 || head[LENGTH_BYTES] != '{')
        return no_head(f, head, length);
    f->length = length - head_length;
    f->header =
        json_loadb((const char *)head + LENGTH_BYTES,
                   (size_t)(head_length - LENGTH_BYTES), JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(f->header))
        return damaged(f, "its header is not a JSON object");
    return check_tensors(f);
}

cvr_status cvr_safetensors_open(const unsigned char *bytes, int64_t length,
                                const char *path, cvr_safetensors *file)
{
    cvr_status status = CVR_OK;
    int64_t head = cvr_safetensors_head_length(bytes, length);
    *file = (cvr_safetensors){.path = path, .data = bytes + (head < 0 ? 0 : head)};
    CVR_TRY(cvr_safetensors_check(file, bytes, head, length));
    CVR_TRY(check_sum(file, bytes));
done:
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

int64_t cvr_safetensors_place(const cvr_safetensors *f, const char *name)
{
    return offset(json_object_get(f->header, name), 0);
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
    *type = dtypes[dtype_of(tensor)].type;
    return true;
}

/* The entries of a tensor, column by column of A, into its type. */
static cvr_status unpack(const cvr_safetensors *f, const char *name, cvr_mat A)
{
    int dtype = dtype_of(json_object_get(f->header, name));
    const unsigned char *from = f->data + cvr_safetensors_place(f, name);
    double *column = NULL;
    cvr_status status = CVR_OK;
    if (dtype == (int)A.type) {
        memcpy(A.data, from, (size_t)(A.rows * A.cols * dtypes[dtype].size));
        return CVR_OK;
    }
    CVR_TRY(cvr_alloc(A.rows, sizeof *column, "weights", (void **)&column));
    for (int64_t j = 0; j < A.cols; j++) {
        cvr_unpack(dtypes[dtype].kind, __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__,
                   from + j * A.rows * dtypes[dtype].size, NULL, A.rows, column);
        for (int64_t i = 0; i < A.rows; i++)
            ((float *)A.data)[i + j * A.ld] = (float)column[i];
    }
done:
    cvr_release(column);
    return status;
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
    CVR_TRY(cvr_mat_new(A.device, type, cols, rows, &stored));
    CVR_TRY(cvr_mat_new(A.device, type, rows, cols, &turned));
    CVR_ASSERT(stored.ld == cols);
    CVR_TRY(unpack(f, name, stored));
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

/* NPY of NumPy, versions 1 to 3: magic, version, a Python dict as text, then the array in
   C or Fortran order. Two dimensions are rows and columns, one is labels, three and four
   are images (rows x height x width, rows x channels x height x width).
   https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "data/number.h"
#include "data/reader.h"
#include "data/targets.h"

enum { MOST_DIMENSIONS = 4, MOST_HEADER = 1 << 20 };

typedef double decoder(const unsigned char *item);

typedef struct npy {
    decoder *decode;
    int item;     /* bytes of an entry */
    bool swapped; /* the file's bytes are in the other order */
    bool fortran;
    int dimensions;
    int64_t size[MOST_DIMENSIONS];
    int64_t row, rows, columns;
    int32_t *place;
    unsigned char *bytes; /* one row, or everything in Fortran order */
    int64_t room;
    double *value, *target;
} npy;

/* ---- entries ---------------------------------------------------------------------- */

#define DECODER(name, type)                                                              \
    static double name(const unsigned char *item)                                        \
    {                                                                                    \
        type v;                                                                          \
        memcpy(&v, item, sizeof v);                                                      \
        return (double)v;                                                                \
    }
DECODER(from_f8, double)
DECODER(from_f4, float)
DECODER(from_u1, uint8_t)
DECODER(from_i1, int8_t)
DECODER(from_u2, uint16_t)
DECODER(from_i2, int16_t)
DECODER(from_u4, uint32_t)
DECODER(from_i4, int32_t)
DECODER(from_u8, uint64_t)
DECODER(from_i8, int64_t)
#undef DECODER

static const struct {
    const char *name;
    int size;
    decoder *decode;
} kinds[] = {
    {"f8", 8, from_f8}, {"f4", 4, from_f4}, {"u1", 1, from_u1}, {"i1", 1, from_i1},
    {"b1", 1, from_u1}, {"u2", 2, from_u2}, {"i2", 2, from_i2}, {"u4", 4, from_u4},
    {"i4", 4, from_i4}, {"u8", 8, from_u8}, {"i8", 8, from_i8},
};

static double entry(const npy *f, const unsigned char *item)
{
    unsigned char turned[8];
    if (!f->swapped)
        return f->decode(item);
    for (int i = 0; i < f->item; i++)
        turned[i] = item[f->item - 1 - i];
    return f->decode(turned);
}

/* ---- header ----------------------------------------------------------------------- */

static bool sniff(const unsigned char *head, size_t size)
{
    return size >= 6 && memcmp(head, "\x93NUMPY", 6) == 0;
}

static cvr_status bad_header(const cvr_reader *r, const char *what)
{
    return cvr_fail(CVR_BAD_DATA, "%s: NPY header: %s", r->path, what);
}

/* The text of the header, '\0' at its end; the caller frees *text. */
static cvr_status read_header(cvr_reader *r, unsigned char **text)
{
    cvr_status status = CVR_OK;
    unsigned char b[12] = {0};
    size_t got = 0;
    int64_t room = 0, have = 0;
    CVR_TRY(cvr_stream_read(r->in, b, 8, &got));
    if (!sniff(b, got))
        CVR_FAIL(CVR_BAD_DATA, "%s: wrong magic: NPY files begin with \\x93NUMPY",
                 r->path);
    if (b[6] < 1 || b[6] > 3)
        CVR_FAIL(CVR_BAD_DATA, "%s: NPY version %d is not known here", r->path, b[6]);
    CVR_TRY(cvr_stream_read(r->in, b + 8, b[6] == 1 ? 2 : 4, &got));
    int64_t length = b[8] | b[9] << 8 | b[10] << 16 | (int64_t)b[11] << 24;
    if (length > MOST_HEADER)
        CVR_FAIL(CVR_BAD_DATA, "%s: NPY header: %lld bytes are too many", r->path,
                 (long long)length);
    CVR_TRY(cvr_stream_take(r->in, length, text, &room, &have));
    if (have < length)
        CVR_FAIL(CVR_BAD_DATA, "%s: the NPY header is cut off", r->path);
    CVR_TRY(cvr_grow((void **)text, length + 1, 1, "an NPY header"));
    (*text)[length] = '\0';
done:
    return status;
}

/* What follows 'key': in the dict, NULL when it is not there. */
static const char *after(const char *text, const char *key)
{
    const char *p = strstr(text, key);
    if (!p)
        return NULL;
    p += strlen(key);
    p += strspn(p, " ");
    if (*p != ':')
        return NULL;
    return p + 1 + strspn(p + 1, " ");
}

static cvr_status read_kind(const cvr_reader *r, npy *f, const char *text)
{
    char name[CVR_QUOTE_SIZE] = "";
    const char *p = after(text, "'descr'");
    if (!p || sscanf(p, "'%31[^']'", name) != 1)
        return bad_header(r, "no 'descr'");
    const char *kind = name + (strchr("<>|=", name[0]) != NULL);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kind, kinds[i].name) == 0) {
            f->decode = kinds[i].decode;
            f->item = kinds[i].size;
            f->swapped =
                name[0] == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? '>' : '<');
            return CVR_OK;
        }
    char quoted[CVR_QUOTE_SIZE];
    return cvr_fail(CVR_BAD_DATA, "%s: entries of type '%s' are not numbers known here",
                    r->path, cvr_quote(name, quoted));
}

static cvr_status read_shape(const cvr_reader *r, npy *f, const char *text)
{
    const char *p = after(text, "'shape'");
    if (!p || *p++ != '(')
        return bad_header(r, "no 'shape'");
    for (f->dimensions = 0; *p != ')'; f->dimensions++) {
        char *end = NULL;
        if (f->dimensions == MOST_DIMENSIONS)
            return bad_header(r, "more than 4 dimensions");
        p += strspn(p, " ");
        long long size = *p >= '0' && *p <= '9' ? strtoll(p, &end, 10) : -1;
        if (size < 0 || size > INT64_MAX / 16)
            return bad_header(r, "a dimension that is no size");
        f->size[f->dimensions] = size;
        p = end + strspn(end, " ");
        p += *p == ',';
        p += strspn(p, " ");
    }
    return f->dimensions == 0 ? bad_header(r, "no dimensions") : CVR_OK;
}

static cvr_status parse_header(const cvr_reader *r, npy *f, const char *text)
{
    const char *order = after(text, "'fortran_order'");
    cvr_status status = CVR_OK;
    if (!order)
        return bad_header(r, "no 'fortran_order'");
    f->fortran = strncmp(order, "True", 4) == 0;
    CVR_TRY(read_kind(r, f, text));
    CVR_TRY(read_shape(r, f, text));
    f->rows = f->size[0];
    f->columns = 1;
    for (int i = 1; i < f->dimensions; i++)
        f->columns = cvr_times(f->columns, f->size[i]);
    f->fortran = f->fortran && f->dimensions > 1;
    if (f->fortran && f->dimensions > 2)
        CVR_FAIL(CVR_BAD_DATA, "%s: Fortran order is read in two dimensions only",
                 r->path);
done:
    return status;
}

/* The promised bytes must be there; only then memory is sized by the header. */
static cvr_status check_length(const cvr_reader *r, const npy *f)
{
    int64_t length = cvr_stream_length(r->in), header = cvr_stream_offset(r->in);
    int64_t bytes = cvr_times(cvr_times(f->rows, f->columns), f->item);
    if (bytes >= 0 && (length < 0 || bytes == length - header))
        return CVR_OK;
    return cvr_fail(CVR_BAD_DATA,
                    "%s: the header promises %lld x %lld entries of %d bytes, the file "
                    "has %lld bytes after it",
                    r->path, (long long)f->rows, (long long)f->columns, f->item,
                    (long long)(length - header));
}

static void set_images(cvr_reader *r, const npy *f)
{
    if (f->dimensions < 3 || f->columns > INT32_MAX)
        return;
    r->channels = f->dimensions == 4 ? (int)f->size[1] : 1;
    r->height = (int)f->size[f->dimensions - 2];
    r->width = (int)f->size[f->dimensions - 1];
}

/* ---- rows ------------------------------------------------------------------------- */

/* Reads what a row needs: the next row, or everything when columns lie together. */
static cvr_status fetch(cvr_reader *r, npy *f)
{
    int64_t got = 0, byte = cvr_stream_offset(r->in);
    int64_t size = (f->fortran ? f->rows : 1) * f->columns * f->item;
    cvr_status status = cvr_stream_take(r->in, size, &f->bytes, &f->room, &got);
    if (status == CVR_OK && got < size)
        return cvr_fail(
            CVR_BAD_DATA, "%s: the array is cut off in row %lld of %lld, at byte %lld",
            r->path, (long long)f->row + 1, (long long)f->rows, (long long)(byte + got));
    return status;
}

/* Images have no target column: it would not be an image any more. */
static cvr_status plan_columns(cvr_reader *r, npy *f)
{
    cvr_status status = CVR_OK;
    const char *target = f->dimensions > 2 && !r->target ? "none" : r->target;
    CVR_TRY(cvr_alloc(f->columns, sizeof *f->place, "columns", (void **)&f->place));
    CVR_TRY(cvr_alloc(f->columns, sizeof *f->value, "a row", (void **)&f->value));
    CVR_TRY(cvr_alloc(f->columns, sizeof *f->target, "targets", (void **)&f->target));
    CVR_TRY(cvr_targets_place(target, f->columns, NULL, r->path, f->place, &r->targets));
    r->features = f->columns - r->targets;
    if (r->targets == 0)
        set_images(r, f);
done:
    return status;
}

/* The first row (all rows in Fortran order) is read here: its bytes justify the memory
   that a row takes as numbers. */
static cvr_status open(cvr_reader *r)
{
    cvr_status status = CVR_OK;
    unsigned char *text = NULL;
    CVR_TRY(cvr_alloc(1, sizeof(npy), "an NPY header", &r->state));
    npy *f = r->state;
    CVR_TRY(read_header(r, &text));
    CVR_TRY(parse_header(r, f, (char *)text));
    CVR_TRY(check_length(r, f));
    if (f->rows == 0 || f->columns == 0)
        CVR_FAIL(CVR_BAD_DATA, "%s: an array of %lld x %lld has no entries", r->path,
                 (long long)f->rows, (long long)f->columns);
    CVR_TRY(fetch(r, f));
    CVR_TRY(plan_columns(r, f));
done:
    cvr_release(text);
    return status;
}

static cvr_status decode_row(const cvr_reader *r, npy *f)
{
    int64_t start = f->fortran ? f->row : 0, step = f->fortran ? f->rows : 1, feature = 0;
    for (int64_t j = 0; j < f->columns; j++) {
        double v = entry(f, f->bytes + (start + j * step) * f->item);
        if (!isfinite(v))
            return cvr_fail(CVR_BAD_DATA, "%s: row %lld, column %lld: %s is not finite",
                            r->path, (long long)f->row + 1, (long long)j + 1,
                            isnan(v) ? "NaN" : "infinity");
        if (f->place[j] >= 0)
            f->target[f->place[j]] = v;
        else
            f->value[feature++] = v;
    }
    return CVR_OK;
}

static cvr_status check_end(cvr_reader *r, const npy *f)
{
    unsigned char extra;
    size_t got = 0;
    cvr_status status = cvr_stream_read(r->in, &extra, 1, &got);
    if (status == CVR_OK && got > 0)
        return cvr_fail(CVR_BAD_DATA, "%s: bytes follow the %lld x %lld entries", r->path,
                        (long long)f->rows, (long long)f->columns);
    return status;
}

static cvr_status next(cvr_reader *r, cvr_row *row, bool *end)
{
    npy *f = r->state;
    cvr_status status = CVR_OK;
    *end = f->row == f->rows;
    if (*end)
        return check_end(r, f);
    if (f->row > 0 && !f->fortran)
        CVR_TRY(fetch(r, f));
    CVR_TRY(decode_row(r, f));
    f->row++;
    *row = (cvr_row){.count = r->features, .value = f->value, .target = f->target};
done:
    return status;
}

static void close(cvr_reader *r)
{
    npy *f = r->state;
    if (!f)
        return;
    cvr_release(f->place);
    cvr_release(f->bytes);
    cvr_release(f->value);
    cvr_release(f->target);
    cvr_release(f);
}

const cvr_format cvr_format_npy = {"npy", "NumPy array", sniff, open, next, close};

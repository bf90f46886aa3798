/* IDX, the format of MNIST: big-endian magic 00 00 08 D (unsigned bytes, D dimensions),
   D sizes of 4 bytes, then the bytes. 1 dimension: labels; 3: images; 2: rows.
   http://yann.lecun.com/exdb/mnist */
#include "base/bytes.h"
#include "data/reader.h"

enum { MOST_DIMENSIONS = 4 };

typedef struct idx {
    int dimensions;
    int64_t size[MOST_DIMENSIONS];
    int64_t row, row_bytes;
    unsigned char *bytes;
    int64_t room;
    double *value;
    double label;
} idx;

static bool sniff(const unsigned char *head, size_t size)
{
    return size >= 4 && head[0] == 0 && head[1] == 0 && head[2] >= 8 && head[2] <= 14 &&
           head[3] >= 1 && head[3] <= MOST_DIMENSIONS;
}

static int64_t big_endian(const unsigned char *b)
{
    return (int64_t)b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
}

static cvr_status read_head(cvr_reader *r, idx *f)
{
    cvr_status status = CVR_OK;
    unsigned char b[4] = {0};
    size_t got = 0;
    CVR_TRY(cvr_stream_read(r->in, b, 4, &got));
    f->dimensions = b[3];
    if (got < 4 || b[0] || b[1] || b[2] != 8 || b[3] < 1 || b[3] > MOST_DIMENSIONS)
        CVR_FAIL(CVR_BAD_DATA,
                 "%s: wrong magic 0x%08llx: IDX files of bytes begin with 0x00000801 "
                 "(labels) or 0x00000803 (images)",
                 r->path, (unsigned long long)big_endian(b));
    for (int i = 0; i < f->dimensions; i++) {
        CVR_TRY(cvr_stream_read(r->in, b, 4, &got));
        if (got < 4)
            CVR_FAIL(CVR_BAD_DATA, "%s: the IDX header is cut off", r->path);
        f->size[i] = big_endian(b);
    }
done:
    return status;
}

/* What the header promises, against the length of the file when that is known. */
static cvr_status check_length(const cvr_reader *r, const idx *f)
{
    int64_t length = cvr_stream_length(r->in);
    int64_t bytes = cvr_times(f->size[0], f->row_bytes);
    int64_t header = cvr_stream_offset(r->in);
    if (bytes < 0 || f->row_bytes < 0 || (length >= 0 && bytes != length - header))
        return cvr_fail(CVR_BAD_DATA,
                        "%s: the header promises %lld items of %lld bytes, the file has "
                        "%lld bytes after it",
                        r->path, (long long)f->size[0], (long long)f->row_bytes,
                        (long long)(length - header));
    return CVR_OK;
}

static void set_shape(cvr_reader *r, const idx *f)
{
    r->features = f->dimensions == 1 ? 0 : f->row_bytes;
    r->targets = f->dimensions == 1;
    if (f->dimensions < 3 || f->row_bytes > INT32_MAX)
        return;
    r->channels = f->dimensions == 4 ? (int)f->size[1] : 1;
    r->height = (int)f->size[f->dimensions - 2];
    r->width = (int)f->size[f->dimensions - 1];
}

static cvr_status open(cvr_reader *r)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_alloc(1, sizeof(idx), "an IDX header", &r->state));
    idx *f = r->state;
    CVR_TRY(read_head(r, f));
    f->row_bytes = 1;
    for (int i = 1; i < f->dimensions; i++)
        f->row_bytes = cvr_times(f->row_bytes, f->size[i]);
    CVR_TRY(check_length(r, f));
    if (f->row_bytes == 0)
        CVR_FAIL(CVR_BAD_DATA, "%s: the items have no bytes", r->path);
    set_shape(r, f);
done:
    return status;
}

static cvr_status check_end(cvr_reader *r, const idx *f)
{
    unsigned char extra;
    size_t got = 0;
    cvr_status status = cvr_stream_read(r->in, &extra, 1, &got);
    if (status == CVR_OK && got > 0)
        return cvr_fail(CVR_BAD_DATA, "%s: bytes follow the %lld items of the header",
                        r->path, (long long)f->size[0]);
    return status;
}

/* Memory for a row as numbers: once a row of bytes has been read. */
static cvr_status widen(idx *f)
{
    cvr_status status = CVR_OK;
    if (!f->value)
        status = cvr_alloc(f->row_bytes, sizeof(double), "an image", (void **)&f->value);
    for (int64_t i = 0; status == CVR_OK && i < f->row_bytes; i++)
        f->value[i] = f->bytes[i];
    return status;
}

static cvr_status next(cvr_reader *r, cvr_row *row, bool *end)
{
    idx *f = r->state;
    cvr_status status = CVR_OK;
    int64_t got = 0, byte = cvr_stream_offset(r->in);
    *end = f->row == f->size[0];
    if (*end)
        return check_end(r, f);
    CVR_TRY(cvr_stream_take(r->in, f->row_bytes, &f->bytes, &f->room, &got));
    if (got < f->row_bytes)
        CVR_FAIL(CVR_BAD_DATA,
                 "%s: item %lld of %lld, which begins at byte %lld, is cut off: %lld of "
                 "%lld bytes",
                 r->path, (long long)f->row + 1, (long long)f->size[0], (long long)byte,
                 (long long)got, (long long)f->row_bytes);
    CVR_TRY(widen(f));
    f->row++;
    f->label = f->value[0];
    *row = (cvr_row){.count = r->features, .value = f->value, .target = &f->label};
done:
    return status;
}

static void close(cvr_reader *r)
{
    idx *f = r->state;
    if (f) {
        cvr_release(f->bytes);
        cvr_release(f->value);
    }
    cvr_release(f);
}

const cvr_format cvr_format_idx = {
    "idx", "IDX images or labels (MNIST)", sniff, open, next, close};

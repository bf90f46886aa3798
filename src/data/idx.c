/* IDX, the format of MNIST: big-endian magic 00 00 TYPE D (D dimensions), D sizes of 4
   bytes, then the numbers. 1 dimension: labels; 2: rows; 3 and 4: images.
   http://yann.lecun.com/exdb/mnist */
#include "base/bytes.h"
#include "data/pair.h"

static const cvr_packed kinds[] = {[0x08] = CVR_U1, [0x09] = CVR_I1, [0x0b] = CVR_I2,
                                   [0x0c] = CVR_I4, [0x0d] = CVR_F4, [0x0e] = CVR_F8};
enum { KINDS = sizeof kinds / sizeof *kinds };

static bool known(const unsigned char *magic)
{
    return magic[0] == 0 && magic[1] == 0 && magic[2] < KINDS && kinds[magic[2]] &&
           magic[3] >= 1 && magic[3] <= CVR_MOST_DIMENSIONS;
}

static bool sniff(const unsigned char *head, size_t size)
{
    return size >= 4 && known(head);
}

static int64_t big_endian(const unsigned char *b)
{
    return (int64_t)b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
}

static cvr_status read_head(cvr_reader *r, cvr_file_array *a)
{
    cvr_status status = CVR_OK;
    unsigned char b[4] = {0};
    size_t got = 0;
    CVR_TRY(cvr_substream_read(&a->in, b, 4, &got));
    if (got < 4 || !known(b))
        CVR_FAIL(
            CVR_BAD_DATA,
            "%s: wrong magic 0x%08llx: IDX files begin with 0x00000801 (labels), "
            "0x00000803 (images), or another type than 08 (bytes) in the third place",
            r->path, (unsigned long long)big_endian(b));
    a->kind = kinds[b[2]];
    a->dimensions = b[3];
    for (int i = 0; i < a->dimensions; i++) {
        CVR_TRY(cvr_substream_read(&a->in, b, 4, &got));
        if (got < 4)
            CVR_FAIL(CVR_BAD_DATA, "%s: the IDX header is cut off", r->path);
        a->size[i] = big_endian(b);
    }
done:
    return status;
}

/* What the header promises, against the length of the file when that is known. */
static cvr_status check_length(const cvr_reader *r, const cvr_file_array *a)
{
    int64_t item = cvr_packed_size(a->kind);
    for (int i = 1; i < a->dimensions; i++)
        item = cvr_times(item, a->size[i]);
    int64_t bytes = cvr_times(a->size[0], item);
    bool unsure = cvr_stream_length(r->in) < 0;
    if (bytes >= 0 && (unsure || bytes == a->in.left))
        return CVR_OK;
    return cvr_fail(CVR_BAD_DATA,
                    "%s: the header promises %lld items of %lld bytes, the file has %lld "
                    "bytes after it",
                    r->path, (long long)a->size[0], (long long)item,
                    unsure ? -1 : (long long)a->in.left);
}

static cvr_status open(cvr_reader *r)
{
    cvr_status status = CVR_OK;
    int64_t length = cvr_stream_length(r->in);
    CVR_TRY(cvr_alloc(1, sizeof(cvr_pair), "an IDX reader", &r->state));
    cvr_pair *p = r->state;
    cvr_file_array *a = &p->X;
    *a = (cvr_file_array){.path = r->path, .name = ""};
    a->swapped = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
    CVR_TRY(
        cvr_substream_open(r->in, length < 0 ? INT64_MAX : length, CVR_PLAIN, &a->in));
    CVR_TRY(read_head(r, a));
    CVR_TRY(check_length(r, a));
    CVR_TRY(cvr_file_array_plan(a, 0));
    CVR_TRY(cvr_pair_open(r, p, a->dimensions == 1 ? "last" : "none"));
done:
    return status;
}

static cvr_status next(cvr_reader *r, cvr_row *row, bool *end)
{
    return cvr_pair_next(r, r->state, row, end);
}

static void close(cvr_reader *r)
{
    cvr_pair_close(r->state);
}

const cvr_format cvr_format_idx = {
    "idx", "IDX images or labels (MNIST)", sniff, open, next, close};

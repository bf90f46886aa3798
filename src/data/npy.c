/* One array of NumPy. Two dimensions are rows and columns, one is labels, three and four
   are images (rows x height x width, rows x channels x height x width, or, with 1, 3 or 4
   channels, rows x height x width x channels). */
#include <string.h>

#include "base/bytes.h"
#include "data/npy_head.h"
#include "data/pair.h"

static bool sniff(const unsigned char *head, size_t size)
{
    return size >= 6 && memcmp(head, "\x93NUMPY", 6) == 0;
}

/* Images have no target column: they would not be images any more. */
static cvr_status open(cvr_reader *r)
{
    cvr_status status = CVR_OK;
    cvr_substream in = {0};
    int64_t length = cvr_stream_length(r->in);
    CVR_TRY(cvr_alloc(1, sizeof(cvr_pair), "an NPY reader", &r->state));
    cvr_pair *p = r->state;
    p->X = (cvr_file_array){.path = r->path, .name = ""};
    CVR_TRY(cvr_substream_open(r->in, length < 0 ? INT64_MAX : length, CVR_PLAIN, &in));
    CVR_TRY(cvr_npy_head(&in, &p->X));
    CVR_TRY(cvr_file_array_plan(&p->X, 0));
    bool images = p->X.dimensions > 2 && !r->target;
    CVR_TRY(cvr_pair_open(r, p, images ? "none" : cvr_reader_target(r, p->X.columns)));
done:
    cvr_substream_close(&in);
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

const cvr_format cvr_format_npy = {"npy", "NumPy array", sniff, open, next, close};

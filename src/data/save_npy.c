/* NPY: rows of features, then targets, of one floating-point type. */
#include <stdio.h>

#include "data/written.h"
#include "linalg/type.h"

/* Magic, version 1, and a dict that ends at a multiple of 64 bytes. */
static cvr_status head(const cvr_written *t, cvr_line *l)
{
    cvr_status status = CVR_OK;
    char dict[160];
    CVR_TRY(cvr_written_numbers(t, "NPY", true));
    bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
    int length =
        snprintf(dict, sizeof dict,
                 "{'descr': '%cf%d', 'fortran_order': False, 'shape': (%lld, %lld), }",
                 little ? '<' : '>', (int)cvr_type_size(t->data->X.type),
                 (long long)t->rows, (long long)t->features + t->targets);
    int padded = (10 + length + 1 + 63) / 64 * 64 - 10;
    char magic[10] = {
        '\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0, (char)(padded & 255), (char)(padded >> 8)};
    CVR_TRY(cvr_line_add(l, magic, 10));
    CVR_TRY(cvr_line_add(l, dict, length));
    for (int i = length; i < padded - 1; i++)
        CVR_TRY(cvr_line_add(l, " ", 1));
    CVR_TRY(cvr_line_add(l, "\n", 1));
done:
    return status;
}

static cvr_status row(const cvr_written *t, int64_t i, cvr_line *l)
{
    cvr_status status = CVR_OK;
    for (int64_t j = 0; j < t->features + t->targets; j++) {
        double v =
            j < t->features ? t->x[j] : cvr_written_number(t, i, (int)(j - t->features));
        float single = (float)v;
        if (t->data->X.type == CVR_SINGLE)
            CVR_TRY(cvr_line_add(l, (const char *)&single, sizeof single));
        else
            CVR_TRY(cvr_line_add(l, (const char *)&v, sizeof v));
    }
done:
    return status;
}

const cvr_written_format cvr_written_npy = {".npy", head, row};

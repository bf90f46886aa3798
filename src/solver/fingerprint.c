/* sum over rows of a hash of (place, numbers) of the row, in whole numbers modulo 2^64:
   it does not depend on who holds which rows. */
#include "solver/fingerprint.h"

#include <string.h>

#include "base/bytes.h"

/* Takes one more number in: multiplication by an odd constant, and high bits down. */
static uint64_t mix(uint64_t h, uint64_t bits)
{
    h = (h ^ bits) * 0x9e3779b97f4a7c15;
    return h ^ h >> 29;
}

/* Column by column: the hash of each row goes on. */
static void add_columns(uint64_t *h, cvr_mat A, cvr_mat column)
{
    const double *x = column.data;
    for (int64_t j = 0; j < A.cols; j++) {
        cvr_copy(column, cvr_mat_cols(A, j, 1));
        for (int64_t i = 0; i < A.rows; i++) {
            uint64_t bits;
            memcpy(&bits, &x[i], sizeof bits);
            h[i] = mix(h[i], bits);
        }
    }
}

static cvr_status sum_of_own_rows(const cvr_dataset *data, uint64_t *sum)
{
    int64_t rows = data->X.rows;
    uint64_t *h = NULL;
    cvr_mat column = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_alloc(rows, sizeof *h, "a fingerprint", (void **)&h));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, rows, 1, &column));
    for (int64_t i = 0; i < rows; i++)
        h[i] = mix(0, (uint64_t)(data->first + i));
    add_columns(h, data->X, column);
    add_columns(h, data->Y, column);
    for (int64_t i = 0; i < rows; i++)
        *sum += mix(h[i], 1);
done:
    cvr_mat_free(&column);
    cvr_release(h);
    return status;
}

/* Sums of 16 bits each are exact in double. */
cvr_status cvr_fingerprint(const cvr_dataset *data, cvr_comm *comm, uint64_t *print)
{
    enum { PARTS = 4, BITS = 16 };
    uint64_t own = 0;
    double parts[PARTS];
    cvr_status status = CVR_OK;
    *print = 0;
    if (!data)
        return CVR_OK;
    CVR_TRY(cvr_agree(comm, sum_of_own_rows(data, &own)));
    for (int i = 0; i < PARTS; i++)
        parts[i] = (double)(own >> BITS * i & 0xffff);
    CVR_TRY(cvr_sum_scalars(comm, parts, PARTS));
    for (int i = 0; i < PARTS; i++)
        *print += (uint64_t)parts[i] << BITS * i;
done:
    return status;
}

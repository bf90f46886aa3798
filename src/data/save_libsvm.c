/* LIBSVM: "target 3:0.5 7:1", columns from 1 on. */
#include <math.h>

#include "data/written.h"

static cvr_status head(const cvr_written *t, cvr_line *l)
{
    cvr_status status = cvr_written_numbers(t, "LIBSVM", false);
    (void)l;
    if (status != CVR_OK)
        return status;
    if (t->targets > 1)
        return cvr_fail(CVR_USAGE, "%s: LIBSVM has one target, the data have %d",
                        t->data->source, t->targets);
    return CVR_OK;
}

/* Zeroes are left out, but the first row names the last column: the width reads back. */
static cvr_status row(const cvr_written *t, int64_t i, cvr_line *l)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_line_number(l, t->targets ? cvr_written_number(t, i, 0) : 0,
                            t->data->classes ? CVR_DOUBLE : t->data->Y.type));
    for (int64_t j = 0; j < t->features; j++) {
        double v = t->x[j];
        bool last = t->first + i == 0 && j == t->features - 1;
        if (v == 0 && !signbit(v) && !last)
            continue;
        CVR_TRY(cvr_line_index(l, j + 1));
        CVR_TRY(cvr_line_number(l, v, t->data->X.type));
    }
    CVR_TRY(cvr_line_add(l, "\n", 1));
done:
    return status;
}

const cvr_written_format cvr_written_libsvm = {".libsvm .svm .t", head, row};

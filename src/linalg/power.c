/* Power iteration: y = A x, the estimate is |y| with |x| = 1. */
#include "linalg/power.h"

#include <math.h>

#include "base/fail.h"

/* x = y / |y|; false when |y| is not a positive number. */
static bool normalise(cvr_mat x, cvr_mat y, double *size)
{
    *size = sqrt(cvr_dot(y, y));
    if (!(*size > 0) || !isfinite(*size))
        return false;
    cvr_axpby(x, 1 / *size, y, 0);
    return true;
}

cvr_status cvr_power(cvr_apply A, void *ctx, cvr_mat x, cvr_mat y, double tolerance,
                     int limit, double *value)
{
    double size = 0, change = INFINITY;
    cvr_status status = CVR_OK;
    *value = 0;
    if (!normalise(x, x, &size))
        CVR_FAIL(CVR_NUMERICAL, "power iteration starts with a vector of norm %g", size);
    for (int k = 0; k < limit && change > tolerance * *value; k++) {
        CVR_TRY(A(ctx, y, x));
        bool going = normalise(x, y, &size);
        if (!isfinite(size))
            CVR_FAIL(CVR_NUMERICAL, "product %d of power iteration has norm %g", k + 1,
                     size);
        change = fabs(size - *value);
        *value = size;
        if (!going)
            break;
    }
done:
    return status;
}

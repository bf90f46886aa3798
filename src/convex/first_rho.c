#include "convex/first_rho.h"

#include <math.h>

#include "linalg/ops.h"
#include "parallel/comm.h"

cvr_status cvr_first_rho(const cvr_program *p, double *size, double *rho)
{
    double t = cvr_dot(p->X, p->X) / (double)p->d;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_sum(p->comm, &t, 1));
    *size = t > 0 ? sqrt(p->y2 / ((double)p->m * t)) : 0;
    *rho = fmax(*size > 0 ? 5 * p->beta / *size : 0, t > 0 ? t / 10 : 1);
done:
    return status;
}

/* The relative error of a layer, and the names of the modes. */
#include "prune/task.h"

#include <math.h>

#include "ccp/ops.h"
#include "linalg/mats.h"
#include "linalg/ops.h"

const char *cvr_prune_mode_name(cvr_prune_mode mode)
{
    static const char *const names[] = {[CVR_PRUNE_L0] = "l0",
                                        [CVR_PRUNE_L1] = "l1",
                                        [CVR_PRUNE_L1_REFIT] = "l1-refit",
                                        [CVR_PRUNE_MAGNITUDE_REFIT] = "magnitude-refit",
                                        [CVR_PRUNE_MAGNITUDE] = "magnitude"};
    return (unsigned)mode < sizeof names / sizeof *names ? names[mode] : "unknown";
}

static double distance2(const cvr_prune_task *t, cvr_mat Z, cvr_mat Y)
{
    return t->relu ? cvr_relu_distance2(Z, Z, 0, Y) : cvr_distance2(Z, Y);
}

cvr_status cvr_prune_error(const cvr_prune_task *t, cvr_mat U, double *error)
{
    enum { STRIP = 2048 };
    int64_t N = t->X.rows, strip = N < STRIP ? N : STRIP;
    double sums[2] = {0, cvr_dot(t->Y, t->Y)};
    cvr_mat A = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(
        cvr_allreduce_status(t->comm, cvr_mat_new(U.device, U.type, strip, U.cols, &A)));
    for (int64_t i = 0; i < N; i += strip) {
        cvr_mat X = cvr_mat_rows(t->X, i, strip), Z = cvr_mat_rows(A, 0, X.rows);
        cvr_gemm(Z, 1, CVR_N, X, CVR_N, U, 0);
        sums[0] += distance2(t, Z, cvr_mat_rows(t->Y, i, strip));
    }
    CVR_TRY(cvr_allreduce_sum(t->comm, sums, 2));
    *error = sums[1] > 0 ? sqrt(sums[0] / sums[1]) : sums[0] > 0 ? INFINITY : 0;
done:
    cvr_mat_free(&A);
    return status;
}

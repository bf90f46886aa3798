/* The maps F and F' in two products each. */
#include "convex/program.h"

#include <string.h>

#include "linalg/mats.h"
#include "parallel/comm.h"

cvr_mat cvr_half(const cvr_program *p, cvr_mat A, int sign)
{
    int64_t half = p->C * p->P;
    return cvr_mat_cols(A, sign * half, half);
}

cvr_status cvr_apply_adjoint(const cvr_program *p, cvr_mat B, cvr_mat T)
{
    cvr_gemm(B, 1, CVR_T, p->X, CVR_N, T, 0);
    return cvr_allreduce(p->comm, B);
}

static double rounded(double x, cvr_type type)
{
    return type == CVR_SINGLE ? (double)(float)x : x;
}

/* p->sums = 1'R */
static void column_sums(const cvr_program *p, cvr_mat R)
{
    int64_t before = p->figures->taken;
    cvr_mat s;
    const double *x = cvr_figures_place(p->figures, R.cols, &s);
    for (int64_t c = 0; c < R.cols; c++)
        cvr_put_dot(cvr_mat_rows(s, c, 1), cvr_mat_cols(R, c, 1), p->each);
    cvr_figures_read(p->figures, before);
    memcpy(p->sums, x, (size_t)R.cols * sizeof *x);
}

/* Of one process, whose means nobody asks for: they stay where R is. */
static void centre_there(const cvr_program *p, cvr_mat R)
{
    int64_t before = p->figures->taken;
    const double *unread;
    cvr_mat s = cvr_figures_one(p->figures, &unread);
    for (int64_t c = 0; c < R.cols; c++) {
        cvr_mat r = cvr_mat_cols(R, c, 1);
        cvr_put_dot(s, r, p->each);
        cvr_take_part(r, s, p->total, p->each);
    }
    p->figures->taken = before;
}

cvr_status cvr_centre(const cvr_program *p, cvr_mat R, double *mean)
{
    cvr_status status = CVR_OK;
    for (int64_t c = 0; c < R.cols && mean; c++)
        mean[c] = 0;
    if (!p->free)
        return CVR_OK;
    if (!mean && cvr_comm_size(p->comm) == 1) {
        centre_there(p, R);
        return CVR_OK;
    }
    column_sums(p, R);
    CVR_TRY(cvr_allreduce_sum(p->comm, p->sums, (int)R.cols));
    for (int64_t c = 0; c < R.cols; c++) {
        double m = rounded(p->sums[c] / p->total, R.type);
        cvr_axpby(cvr_mat_cols(R, c, 1), -m, p->each, 1);
        if (mean)
            mean[c] = m;
    }
done:
    return status;
}

cvr_status cvr_program_apply(const cvr_program *p, cvr_mat R, cvr_mat U, double *mean)
{
    cvr_gemm(p->Z, 1, CVR_N, p->X, CVR_N, U, 0);
    return cvr_combine(p, R, mean);
}

cvr_status cvr_combine(const cvr_program *p, cvr_mat R, double *mean)
{
    cvr_mat T = cvr_half(p, p->T, 0);
    if (p->signs == 1) {
        cvr_gated_sum(R, p->D, p->Z);
        return cvr_centre(p, R, mean);
    }
    cvr_copy(T, cvr_half(p, p->Z, 0));
    cvr_axpby(T, -1, cvr_half(p, p->Z, 1), 1);
    cvr_gated_sum(R, p->D, T);
    return cvr_centre(p, R, mean);
}

cvr_status cvr_network_outputs(const cvr_program *p, cvr_mat R, double *mean)
{
    cvr_mat T = cvr_half(p, p->T, 0);
    if (p->signs == 1)
        return cvr_combine(p, R, mean);
    cvr_copy(p->T, p->Z);
    cvr_relu(p->T);
    cvr_axpby(T, -1, cvr_half(p, p->T, 1), 1);
    cvr_fill(R, 0); /* without BLAS: the objective rests on it */
    for (int64_t j = 0; j < p->C * p->P; j++)
        cvr_axpby(cvr_mat_cols(R, j / p->P, 1), 1, cvr_mat_cols(T, j, 1), 1);
    return cvr_centre(p, R, mean);
}

void cvr_gates_adjoint(const cvr_program *p, cvr_mat T, cvr_mat R)
{
    cvr_gated_adjoint(cvr_half(p, T, 0), p->D, R);
    if (p->signs == 2)
        cvr_axpby(cvr_half(p, T, 1), -1, cvr_half(p, T, 0), 0);
}

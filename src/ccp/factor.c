/* Scales of the columns, their products, and the Cholesky factor. */
#include "ccp/factor.h"

#include <math.h>

#include "linalg/mats.h"
#include "linalg/ops.h"
#include "parallel/comm.h"

static bool is_wide(const cvr_graph_factor *f)
{
    return f->rows < f->X.cols;
}

void cvr_graph_factor_lay_out(cvr_graph_factor *f, int64_t outputs, cvr_workspace *w)
{
    int64_t d = f->X.cols, size = is_wide(f) ? f->rows : d;
    CVR_LAY_SCRATCH(w, d, 1, &f->scale, &f->unscale);
    CVR_LAY_SCRATCH(w, size, size, &f->L);
    if (!is_wide(f))
        return;
    CVR_LAY_SCRATCH(w, f->rows, d, &f->Z);
    CVR_LAY_SCRATCH(w, f->rows, outputs, &f->T);
}

/* scale = RMS of the columns, 1 where it is 0; kappa = 0.1 (columns that are not 0) / d
   rows. */
cvr_status cvr_graph_factor_scale(cvr_graph_factor *f)
{
    cvr_mat X = f->X;
    double rows = f->total;
    int64_t used = 0;
    cvr_status status = CVR_OK;
    cvr_col_norms(f->scale, X);
    cvr_square(f->scale, f->scale);
    CVR_TRY(cvr_allreduce(f->comm, f->scale));
    cvr_scale(f->scale, 1 / rows);
    cvr_square_root(f->scale);
    for (int64_t j = 0; j < X.cols; j++) {
        double size = cvr_get(f->scale, j, 0);
        if (!isfinite(size))
            CVR_FAIL(CVR_BAD_DATA, "feature %lld: its squares overflow", (long long)j);
        used += size > 0;
        if (size == 0)
            cvr_set(f->scale, j, 0, 1);
    }
    cvr_copy(f->unscale, f->scale);
    cvr_reciprocal(f->unscale, 0);
    f->kappa = used > 0 ? 0.1 * rows * (double)used / (double)X.cols : 1;
done:
    return status;
}

/* L = Z Z' */
static cvr_status form_wide(cvr_graph_factor *f)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allgather(f->comm, f->X, f->Z));
    cvr_scale_cols(f->Z, f->unscale);
    cvr_gram(f->L, 1, CVR_N, f->Z, 0);
    CVR_TRY(cvr_interrupt_sync(f->comm));
done:
    return status;
}

/* L = Z'Z */
static cvr_status form_tall(cvr_graph_factor *f)
{
    cvr_status status = CVR_OK;
    cvr_gram(f->L, 1, CVR_T, f->X, 0);
    CVR_TRY(cvr_allreduce(f->comm, f->L));
    CVR_TRY(cvr_interrupt_check(f->comm));
    cvr_scale_rows(f->L, f->unscale);
    cvr_scale_cols(f->L, f->unscale);
done:
    return status;
}

cvr_status cvr_graph_factor_form(cvr_graph_factor *f)
{
    cvr_status status = CVR_OK;
    f->needed = true;
    if (f->formed)
        return CVR_OK;
    CVR_TRY(is_wide(f) ? form_wide(f) : form_tall(f));
    cvr_add_diag(f->L, f->kappa);
    CVR_TRY(cvr_potrf(f->L));
    f->formed = true;
done:
    return status;
}

void cvr_graph_factor_solve(const cvr_graph_factor *f, cvr_mat U)
{
    CVR_ASSERT(f->formed);
    if (!is_wide(f)) {
        cvr_potrs(f->L, U);
        return;
    }
    cvr_gemm(f->T, 1, CVR_N, f->Z, CVR_N, U, 0);
    cvr_potrs(f->L, f->T);
    cvr_gemm(U, -1 / f->kappa, CVR_T, f->Z, CVR_N, f->T, 1 / f->kappa);
}

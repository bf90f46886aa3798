/* Scales of the columns, their products X'X, and the factor of X'X + kappa I. */
#include <math.h>

#include "ccp/graph.h"
#include "linalg/mats.h"
#include "parallel/heed.h"

void cvr_graph_factor_free(cvr_graph_factor *f)
{
    CVR_MATS_FREE(&f->scale, &f->unscale, &f->G, &f->L);
    *f = (cvr_graph_factor){0};
}

static cvr_status take_factor(cvr_mat X, cvr_graph_factor *f)
{
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(X, X.cols, 1, &f->scale, &f->unscale));
    CVR_TRY(CVR_MATS_NEW(X, X.cols, X.cols, &f->G, &f->L));
done:
    return status;
}

/* scale = RMS of the columns, 1 where it is 0; kappa = 0.1 (columns that are not 0) / d
   rows. */
static cvr_status find_scales(cvr_mat X, cvr_graph_factor *f)
{
    double rows = (double)X.rows;
    int64_t used = 0;
    cvr_status status = CVR_OK;
    cvr_col_norms(f->scale, X);
    cvr_square(f->scale, f->scale);
    CVR_TRY(cvr_allreduce(f->comm, f->scale));
    CVR_TRY(cvr_allreduce_sum(f->comm, &rows, 1));
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

cvr_status cvr_graph_factor_take(cvr_mat X, cvr_comm *comm, cvr_graph_factor *f)
{
    cvr_status status = CVR_OK;
    *f = (cvr_graph_factor){.comm = comm};
    CVR_TRY(cvr_allreduce_status(comm, take_factor(X, f)));
    CVR_TRY(find_scales(X, f));
done:
    if (status != CVR_OK)
        cvr_graph_factor_free(f);
    return status;
}

cvr_status cvr_graph_factor_form(cvr_mat X, cvr_graph_factor *f)
{
    cvr_status status = CVR_OK;
    if (f->formed)
        return CVR_OK;
    cvr_gram(f->G, 1, CVR_T, X, 0);
    CVR_TRY(cvr_allreduce(f->comm, f->G));
    CVR_TRY(cvr_heed(f->comm));
    cvr_scale_rows(f->G, f->unscale);
    cvr_scale_cols(f->G, f->unscale);
    cvr_copy(f->L, f->G);
    cvr_add_diag(f->L, f->kappa);
    CVR_TRY(cvr_potrf(f->L));
    f->formed = true;
done:
    return status;
}

cvr_status cvr_graph_factor_new(cvr_mat X, cvr_comm *comm, cvr_graph_factor *f)
{
    cvr_status status = cvr_graph_factor_take(X, comm, f);
    if (status == CVR_OK)
        status = cvr_graph_factor_form(X, f);
    if (status != CVR_OK)
        cvr_graph_factor_free(f);
    return status;
}

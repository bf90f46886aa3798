/* The penalty, and the lambda from which on nothing beats zero. */
#include "ccp/terms.h"

double cvr_terms_penalty(cvr_mat S, cvr_mat lambda, cvr_mat v)
{
    double sum = 0;
    cvr_abs(S);
    cvr_scale_rows(S, lambda);
    cvr_col_sums(v, S);
    for (int64_t c = 0; c < v.rows; c++)
        sum += cvr_get(v, c, 0);
    return sum;
}

typedef struct work {
    cvr_mat X, Y;       /* a strip of rows, X_+ and Y_+ */
    cvr_mat A, B, Size; /* features x C: X'Y_+, X_+'Y_+, |X'Y_+| */
} work;

static cvr_status take_memory(cvr_mat X, cvr_mat Y, int64_t strip, work *w)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(X.on, X.type, strip, X.cols, &w->X));
    CVR_TRY(cvr_mat_new(X.on, X.type, strip, Y.cols, &w->Y));
    CVR_TRY(cvr_mat_new(X.on, X.type, X.cols, Y.cols, &w->A));
    CVR_TRY(cvr_mat_new(X.on, X.type, X.cols, Y.cols, &w->B));
    CVR_TRY(cvr_mat_new(X.on, X.type, X.cols, Y.cols, &w->Size));
done:
    return status;
}

static void add_strip(work *w, cvr_mat X, cvr_mat Y)
{
    cvr_mat right = cvr_mat_part(w->X, 0, 0, X.rows, X.cols);
    cvr_mat up = cvr_mat_part(w->Y, 0, 0, Y.rows, Y.cols);
    cvr_relu_of(right, X);
    cvr_relu_of(up, Y);
    cvr_gemm(w->A, 1, CVR_T, X, CVR_N, up, 1);
    cvr_gemm(w->B, 1, CVR_T, right, CVR_N, up, 1);
}

/* The unit vector of the largest entry of each column of B, with the sign of A there. */
static void find_axes(cvr_mat axes, cvr_mat A, cvr_mat B)
{
    cvr_fill(axes, 0);
    for (int64_t c = 0; c < B.cols; c++) {
        int64_t most = 0;
        for (int64_t j = 1; j < B.rows; j++)
            most = cvr_get(B, j, c) > cvr_get(B, most, c) ? j : most;
        if (B.rows > 0)
            cvr_set(axes, most, c, cvr_get(A, most, c) < 0 ? -1 : 1);
    }
}

/* (x)_- = (x)_+ - x: the larger sum is 2 X_+'y - X'y + |X'y|. */
cvr_status cvr_terms_lambda0(cvr_mat X, cvr_mat Y, int64_t features, cvr_comm *comm,
                             cvr_mat axes, double *lambda0)
{
    enum { STRIP = 1024 };
    int64_t strip = X.rows < STRIP ? X.rows : STRIP;
    work w = {0};
    cvr_mat *all[] = {&w.X, &w.Y, &w.A, &w.B, &w.Size};
    cvr_status status = CVR_OK;
    cvr_mat part = cvr_mat_cols(X, 0, features);
    CVR_TRY(cvr_agree(comm, take_memory(part, Y, strip, &w)));
    for (int64_t i = 0; i < X.rows; i += strip) {
        int64_t rows = X.rows - i < strip ? X.rows - i : strip;
        add_strip(&w, cvr_mat_part(part, i, 0, rows, features),
                  cvr_mat_part(Y, i, 0, rows, Y.cols));
    }
    CVR_TRY(cvr_sum(comm, w.A));
    CVR_TRY(cvr_sum(comm, w.B));
    cvr_copy(w.Size, w.A);
    cvr_abs(w.Size);
    cvr_axpby(w.B, 1, w.Size, 2);
    cvr_axpby(w.B, -1, w.A, 1);
    *lambda0 = cvr_max_abs(w.B);
    if (axes.on)
        find_axes(axes, w.A, w.B);
done:
    for (int i = 0; i < 5; i++)
        cvr_mat_free(all[i]);
    return status;
}

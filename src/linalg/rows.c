/* Products with rows of either kind. Dense rows in single precision are taken to double
   some columns at a time. */
#include "linalg/rows.h"

#include "linalg/mats.h"

/* Columns of dense rows in double: of R itself, or copied to `own`. */
typedef struct strip {
    cvr_mat X, own; /* own: rows x width, no memory when X is in double */
    int64_t width;
} strip;

static cvr_status new_strip(const cvr_rows *R, strip *s)
{
    enum { COLUMNS = 256 };
    *s = (strip){.X = R->X, .width = R->d};
    if (R->X.type == CVR_DOUBLE)
        return CVR_OK;
    s->width = R->d < COLUMNS ? R->d : COLUMNS;
    return cvr_mat_new(R->X.device, CVR_DOUBLE, R->n, s->width, &s->own);
}

/* Columns j, j + 1, ...: width of them, or as many as there are. */
static cvr_mat columns_from(const strip *s, int64_t j)
{
    int64_t left = s->X.cols - j;
    cvr_mat part = cvr_mat_cols(s->X, j, left < s->width ? left : s->width), copy;
    if (!s->own.data)
        return part;
    copy = cvr_mat_cols(s->own, 0, part.cols);
    cvr_copy(copy, part);
    return copy;
}

cvr_status cvr_rows_times(cvr_mat Z, cvr_mat W, const cvr_rows *R)
{
    strip s = {0};
    cvr_status status = CVR_OK;
    if (R->S.start) {
        cvr_sparse_times(Z, W, &R->S);
        return CVR_OK;
    }
    CVR_TRY(new_strip(R, &s));
    for (int64_t j = 0; j < R->d; j += s.width) {
        cvr_mat X = columns_from(&s, j);
        cvr_gemm(Z, 1, CVR_N, cvr_mat_cols(W, j, X.cols), CVR_T, X, j > 0);
    }
done:
    cvr_mat_free(&s.own);
    return status;
}

cvr_status cvr_rows_gather(cvr_mat W, cvr_mat Z, const cvr_rows *R)
{
    strip s = {0};
    cvr_status status = CVR_OK;
    if (R->S.start) {
        cvr_sparse_gather(W, Z, &R->S);
        return CVR_OK;
    }
    CVR_TRY(new_strip(R, &s));
    for (int64_t j = 0; j < R->d; j += s.width) {
        cvr_mat X = columns_from(&s, j);
        cvr_gemm(cvr_mat_cols(W, j, X.cols), 1, CVR_N, Z, CVR_N, X, 0);
    }
done:
    cvr_mat_free(&s.own);
    return status;
}

cvr_status cvr_rows_gram(cvr_mat K, const cvr_rows *R)
{
    strip s = {0};
    cvr_status status = CVR_OK;
    if (R->S.start)
        return cvr_sparse_gram(K, &R->S);
    CVR_TRY(new_strip(R, &s));
    for (int64_t j = 0; j < R->d; j += s.width)
        cvr_gram(K, 1, CVR_N, columns_from(&s, j), j > 0);
done:
    cvr_mat_free(&s.own);
    return status;
}

/* Norms of columns of X', a strip of rows at a time. */
cvr_status cvr_row_lengths(cvr_mat r, cvr_mat X)
{
    enum { STRIP = 256 };
    cvr_mat T = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(X.device, X.type, X.cols, X.rows < STRIP ? X.rows : STRIP, &T));
    for (int64_t i = 0; i < X.rows; i += STRIP) {
        cvr_mat rows = cvr_mat_rows(X, i, STRIP), turned = cvr_mat_cols(T, 0, rows.rows);
        cvr_transpose(turned, rows);
        cvr_col_norms(cvr_mat_rows(r, i, STRIP), turned);
    }
done:
    cvr_mat_free(&T);
    return status;
}

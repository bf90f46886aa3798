/* The penalty of F. */
#include "ccp/terms.h"

#include "linalg/ops.h"

double cvr_terms_penalty(cvr_mat S, cvr_mat lambda, cvr_mat v)
{
    double sum = 0;
    cvr_absolute(S);
    cvr_scale_rows(S, lambda);
    cvr_col_sums(v, S);
    for (int64_t c = 0; c < v.rows; c++)
        sum += cvr_get(v, c, 0);
    return sum;
}

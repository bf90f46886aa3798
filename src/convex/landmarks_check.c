#include "convex/landmarks_check.h"

#include <math.h>

#include "linalg/mats.h"
#include "linalg/product.h"
#include "parallel/comm.h"

void cvr_landmark_check_lay_out(cvr_landmark_check *c, int64_t m, int64_t C,
                                int64_t strip, cvr_workspace *w)
{
    int64_t high = m > strip ? m : strip;
    CVR_LAY_DOUBLE(w, m, 1, &c->r, &c->Lr, &c->Ltr, &c->PPr, &c->m1);
    CVR_LAY_DOUBLE(w, high, 1, &c->before, &c->Pr, &c->work);
    CVR_LAY_DOUBLE(w, C, 1, &c->YPr);
}

void cvr_landmark_check_start(cvr_landmark_check *c, cvr_type type)
{
    c->type = type;
    cvr_draw_signs(c->r, 0, 0, 3);
}

/* The first entries of a column. */
static cvr_mat head(cvr_mat v, int64_t rows)
{
    return cvr_mat_part(v, 0, 0, rows, 1);
}

void cvr_landmark_note(cvr_landmark_check *c, cvr_mat K)
{
    cvr_plain_product(head(c->before, K.rows), CVR_N, K, c->r, c->work);
}

/* ---- the factor, features ---------------------------------------------------------- */

/* y = op(L) x for the lower triangle of L. */
static void times_triangle(cvr_mat y, cvr_trans t, cvr_mat L, cvr_mat x)
{
    int64_t m = L.rows;
    cvr_fill(y, 0);
    for (int64_t j = 0; j < m; j++) {
        cvr_mat below = cvr_mat_part(L, j, j, m - j, 1);
        cvr_mat part = cvr_mat_part(t == CVR_N ? y : x, j, 0, m - j, 1);
        if (t == CVR_N)
            cvr_axpby(part, cvr_get(x, j, 0), below, 1);
        else
            cvr_set(y, j, 0, cvr_dot(below, part));
    }
}

cvr_status cvr_landmark_check_factor(cvr_landmark_check *c, cvr_mat L)
{
    double m = (double)L.rows;
    cvr_mat again = head(c->Pr, L.rows);
    c->L2 = 0;
    for (int64_t j = 0; j < L.rows; j++) {
        cvr_mat below = cvr_mat_part(L, j, j, L.rows - j, 1);
        c->L2 += cvr_dot(below, below);
    }
    times_triangle(c->Lr, CVR_N, L, c->r);
    times_triangle(c->Ltr, CVR_T, L, c->r);
    times_triangle(again, CVR_N, L, c->Ltr);
    return cvr_product_judge("L L' of a kernel's factor",
                             sqrt(cvr_distance2(again, head(c->before, L.rows))), m,
                             L.type, c->L2);
}

cvr_status cvr_landmark_check_features(cvr_landmark_check *c, cvr_mat P)
{
    cvr_mat again = head(c->Pr, P.rows);
    cvr_plain_product(again, CVR_N, P, c->Ltr, c->work);
    return cvr_product_judge("P L' of the features of landmarks",
                             sqrt(cvr_distance2(again, head(c->before, P.rows))),
                             (double)P.cols, P.type, cvr_norm_bound(P) * sqrt(c->L2));
}

/* ---- sums -------------------------------------------------------------------------- */

void cvr_landmark_add(cvr_landmark_check *c, cvr_mat P, cvr_mat Y, cvr_mat ones)
{
    cvr_mat Pr = head(c->Pr, P.rows);
    cvr_plain_product(Pr, CVR_N, P, c->r, c->work);
    cvr_plain_product(c->m1, CVR_T, P, Pr, c->work);
    cvr_axpby(c->PPr, 1, c->m1, 1);
    for (int64_t k = 0; k < Y.cols; k++)
        cvr_set(c->YPr, k, 0, cvr_get(c->YPr, k, 0) + cvr_dot(cvr_mat_cols(Y, k, 1), Pr));
    c->ones += cvr_dot(ones, Pr);
    c->p2 += cvr_dot(P, P);
}

cvr_status cvr_landmark_share(cvr_landmark_check *c, cvr_comm *comm)
{
    double sums[] = {c->ones, c->p2};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce(comm, c->PPr));
    CVR_TRY(cvr_allreduce(comm, c->YPr));
    CVR_TRY(cvr_allreduce_sum(comm, sums, 2));
    c->ones = sums[0];
    c->p2 = sums[1];
done:
    return status;
}

cvr_status cvr_landmark_check_sums(cvr_landmark_check *c, cvr_mat A, cvr_mat B, cvr_mat s,
                                   double y2, double rows, double n)
{
    cvr_status status = CVR_OK;
    cvr_plain_product(c->m1, CVR_T, A, c->r, c->work);
    CVR_TRY(cvr_product_judge("P'P of the landmarks", sqrt(cvr_distance2(c->m1, c->PPr)),
                              rows, c->type, c->p2));
    for (int64_t k = 0; k < B.cols; k++)
        CVR_TRY(cvr_product_judge(
            "P'Y of the landmarks",
            fabs(cvr_dot(cvr_mat_cols(B, k, 1), c->r) - cvr_get(c->YPr, k, 0)), rows,
            c->type, sqrt(c->p2) * sqrt(y2)));
    CVR_TRY(cvr_product_judge("P'1 of the landmarks", fabs(cvr_dot(s, c->r) - c->ones),
                              rows, c->type, sqrt(c->p2) * sqrt(n)));
done:
    return status;
}

/* ---- a fit ------------------------------------------------------------------------- */

cvr_status cvr_landmark_check_product(cvr_landmark_check *c, cvr_mat Ab, cvr_mat beta)
{
    cvr_status status = CVR_OK;
    for (int64_t k = 0; k < beta.cols; k++) {
        cvr_mat b = cvr_mat_cols(beta, k, 1);
        double gap = fabs(cvr_dot(cvr_mat_cols(Ab, k, 1), c->r) - cvr_dot(c->PPr, b));
        CVR_TRY(cvr_product_judge("A beta of the bounds", gap, (double)beta.rows, c->type,
                                  c->p2 * cvr_norm_bound(b)));
    }
done:
    return status;
}

cvr_status cvr_landmark_check_weights(cvr_landmark_check *c, cvr_mat alpha, cvr_mat beta)
{
    cvr_status status = CVR_OK;
    for (int64_t k = 0; k < beta.cols; k++) {
        cvr_mat a = cvr_mat_cols(alpha, k, 1), b = cvr_mat_cols(beta, k, 1);
        double gap = fabs(cvr_dot(b, c->r) - cvr_dot(c->Lr, a));
        CVR_TRY(cvr_product_judge("L'alpha of the model's weights", gap,
                                  (double)beta.rows, beta.type,
                                  sqrt(c->L2) * cvr_norm_bound(a)));
    }
done:
    return status;
}

/* Products that are verified without BLAS (Freivalds 1979): with random signs r,
   C r = op(A) (op(B) r), at the cost of reading the three once. */
#ifndef CVR_LINALG_PRODUCT_H
#define CVR_LINALG_PRODUCT_H

#include <cvxrelu/mat.h>

#include "base/fail.h"
#include "linalg/ops.h"

/* How far a sum of this number of terms may be off by rounding, in units of the rounding
   of one: k, and for long sums, where errors partly cancel, 16 sqrt(k). */
double cvr_rounding_growth(double terms);
/* The relative rounding of one operation. */
double cvr_rounding_unit(cvr_type type);

/* Random signs, a function of seed and place; v: a column. */
void cvr_draw_signs(cvr_mat v, uint64_t seed, int64_t first, int64_t stream);

/* a itself, or its copy in work (rows x 1, in double). */
cvr_mat cvr_in_double(cvr_mat work, cvr_mat a);

/* y = op(A) x by plain loops: y, x: columns in double; work: A.rows x 1 in double, read
   where A is single. */
void cvr_plain_product(cvr_mat y, cvr_trans t, cvr_mat A, cvr_mat x, cvr_mat work);

/* |A|, or a little more where squares leave the range of numbers. */
double cvr_norm_bound(cvr_mat A);

/* CVR_NUMERICAL, "the product `what' is wrong ...", when |gap| > 10 times the rounding
   that a sum of `terms' may have where `size' bounds its terms; nothing is said when size
   is not finite. */
cvr_status cvr_product_judge(const char *what, double gap, double terms, cvr_type type,
                             double size) CVR_MUST_CHECK;

/* The advice that goes with such a sentence. */
void cvr_hint_blas(void);

/* C = op(A) op(B) by BLAS, verified. whole: all entries are whole numbers
   and sums exact. */
cvr_status cvr_product_verified(const char *what, cvr_mat C, cvr_trans ta, cvr_mat A,
                                cvr_trans tb, cvr_mat B, bool whole) CVR_MUST_CHECK;

#endif

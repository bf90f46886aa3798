/* Residuals of a splitting step, and sums of them. */
#ifndef CVR_LINALG_RESIDUAL_H
#define CVR_LINALG_RESIDUAL_H

typedef struct cvr_residual {
    double primal2, dual2;       /* |step in the constraint|^2, |change of the copy|^2 */
    double primal_of2, dual_of2; /* what they are measured against */
    double either2[2]; /* primal_of2 is the larger of these, which add up over rows */
} cvr_residual;

/* Of the sums primal2, dual2, either2 and dual_of2. */
static inline cvr_residual cvr_residual_of(const double sums[5])
{
    double of = sums[2] < sums[3] ? sums[3] : sums[2];
    cvr_residual r = {sums[0], sums[1], of, sums[4], {sums[2], sums[3]}};
    return r;
}

static inline void cvr_residual_add(cvr_residual *sum, cvr_residual r)
{
    sum->primal2 += r.primal2;
    sum->dual2 += r.dual2;
    sum->primal_of2 += r.primal_of2;
    sum->dual_of2 += r.dual_of2;
    sum->either2[0] += r.either2[0];
    sum->either2[1] += r.either2[1];
}

#endif

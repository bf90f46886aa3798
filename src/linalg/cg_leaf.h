/* The scalars of conjugate gradients (cg.c), which stay where the matrices are: an
   iteration needs none of them on the host, and one that is no longer wanted has the step
   length 0 and changes nothing. */
#ifndef CVR_LINALG_CG_LEAF_H
#define CVR_LINALG_CG_LEAF_H

#include "linalg/leaf.h"

enum { CVR_CG_RUNS, CVR_CG_ENOUGH, CVR_CG_FLAT, CVR_CG_BAD_RZ, CVR_CG_BAD_CURVATURE };

/* Doubles alone: a column of CVR_CG_NUMBERS of them. */
typedef struct cvr_cg_numbers {
    double bb;                            /* |B|^2 */
    double rr, rz, zz;                    /* |R|^2, <R, Z>, |Z|^2 with Z = M^{-1} R */
    double xb;                            /* <X, B> */
    double pp, pq, qq;                    /* |P|^2, <P, Q>, |Q|^2 with Q = A P */
    double first_rz, old, beta, a;        /* rz of the first X, rz before; P, X move by */
    double residual, iterations, outcome; /* |R|; of CVR_CG_RUNS and the others */
} cvr_cg_numbers;

enum { CVR_CG_NUMBERS = sizeof(cvr_cg_numbers) / sizeof(double) };

/* When |R| is small enough. */
typedef struct cvr_cg_rule {
    double tolerance, rounding; /* rounding: of |B|, below which nothing is asked for */
    bool energy, below;         /* cvr_cg_system */
    bool preconditioned;        /* rz is there; else it is rr */
} cvr_cg_rule;

/* max(rounding |B|, tolerance min(|B|, sqrt <X, B>)) */
CVR_LEAF double cvr_leaf_cg_target(const cvr_cg_numbers *s, cvr_cg_rule rule)
{
    double all = sqrt(s->bb), energy = sqrt(fmax(0.0, s->xb));
    return fmax(rule.rounding * all, rule.tolerance * fmin(all, energy));
}

/* What bounds the error is |R|, or with `below' sqrt(rz) once it is half of what the
   first X had in rz. So each solution moves X: a bound that close would let warm starts
   rest. */
CVR_LEAF bool cvr_leaf_cg_enough(const cvr_cg_numbers *s, cvr_cg_rule rule)
{
    double all = sqrt(s->bb);
    if (!rule.energy)
        return !(s->residual > rule.tolerance * all);
    if (!rule.below)
        return !(s->residual > cvr_leaf_cg_target(s, rule));
    return !(s->residual > rule.rounding * all) ||
           (s->rz <= s->first_rz / 2 && sqrt(s->rz) <= cvr_leaf_cg_target(s, rule));
}

/* From rr, rz and xb: whether it goes on, and beta = rz / old, 0 to start with. */
CVR_LEAF void cvr_leaf_cg_judge(cvr_cg_numbers *s, cvr_cg_rule rule)
{
    s->a = s->beta = 0;
    if (s->outcome != CVR_CG_RUNS)
        return;
    s->rz = rule.preconditioned ? s->rz : s->rr;
    s->residual = sqrt(s->rr);
    if (s->bb == 0) { /* X = 0 */
        s->outcome = CVR_CG_ENOUGH;
        return;
    }
    if (!isfinite(s->rz) || s->rz < 0) {
        s->outcome = CVR_CG_BAD_RZ;
        return;
    }
    s->first_rz = s->iterations == 0 ? s->rz : s->first_rz;
    s->beta = s->iterations > 0 && s->old > 0 ? s->rz / s->old : 0;
    s->old = s->rz;
    if (cvr_leaf_cg_enough(s, rule))
        s->outcome = CVR_CG_ENOUGH;
}

/* a = rz / p'Ap, or the end when p'Ap is zero within rounding. */
CVR_LEAF void cvr_leaf_cg_length(cvr_cg_numbers *s, double unit)
{
    double rounding = 10 * unit * sqrt(s->pp) * sqrt(s->qq);
    s->a = 0;
    if (s->outcome != CVR_CG_RUNS)
        return;
    if (!isfinite(s->pq) || s->pq < -rounding)
        s->outcome = CVR_CG_BAD_CURVATURE;
    else if (s->pq > 0)
        s->a = s->rz / s->pq;
    if (s->a == 0 && s->outcome == CVR_CG_RUNS)
        s->outcome = CVR_CG_FLAT;
    s->iterations += s->outcome == CVR_CG_RUNS;
}

#endif

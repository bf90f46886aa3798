/* Least-norm points inside shifted cones: min |c_i|^2 / 2 subject to G_i c_i >= q_i, for
   all patterns (and outputs) at once. With q = 1 these are the directions of the widest
   margin; with q = the violations of a point they are the shortest way to make it
   feasible. */
#ifndef CVR_CONVEX_SLATER_H
#define CVR_CONVEX_SLATER_H

#include "convex/program.h"

/* The factor that all such problems of a program share. */
typedef struct cvr_slater_factor {
    cvr_mat XX; /* X'X over all processes, lower triangle; the system's */
    cvr_mat K;  /* of I + rho X'X; less than I for thresholds, rows w .. d - 1 */
    double rho;
    int64_t w;
} cvr_slater_factor;

typedef struct cvr_slater {
    const cvr_program *p;
    cvr_slater_factor *factor;
    cvr_mat C, XC; /* points d x k, and X C (own rows x k); k a multiple of P */
    cvr_mat E;     /* (2 D - 1) o q: own rows x k; the caller sets it */
    cvr_mat M, T;  /* s + nu of s = G c - q, and work: own rows x k */
    double rho;    /* that M is scaled for */
    int64_t iterations, next_balance;
} cvr_slater;

void cvr_slater_factor_lay_out(cvr_slater_factor *f, int64_t d, cvr_workspace *w);
void cvr_slater_lay_out(cvr_slater *s, const cvr_program *p, cvr_slater_factor *f,
                        int64_t k, cvr_workspace *w);
/* First rho, and M = 0. Not collective. */
cvr_status cvr_slater_factor_start(const cvr_program *p, cvr_mat XX,
                                   cvr_slater_factor *f) CVR_MUST_CHECK;
void cvr_slater_start(cvr_slater *s);
/* K for the restored rho. */
cvr_status cvr_slater_factor_restored(const cvr_program *p, cvr_mat XX,
                                      cvr_slater_factor *f) CVR_MUST_CHECK;

/* `count` more iterations from where M stands, but no more than CVR_INSIDE_MOST; `adapt`
   lets them move the factor's rho. Left with CVR_INTERRUPTED it can be gone on with. */
enum { CVR_INSIDE_MOST = 20000 };
cvr_status cvr_slater_improve(cvr_slater *w, int64_t count, bool adapt) CVR_MUST_CHECK;

/* margin[j] = least over all rows of G c_j / |c_j|, for points C (d x k) with X C at
   hand: positive inside, 0 otherwise; the norm without thresholds. v: k x 1, work. Reads
   the program's figures from number `first' on. */
cvr_status cvr_slater_slacks(const cvr_program *p, cvr_mat C, cvr_mat XC, cvr_mat v,
                             int64_t first, double *margin) CVR_MUST_CHECK;

#endif

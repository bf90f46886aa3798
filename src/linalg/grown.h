/* A Cholesky factor L L' of a Gram matrix whose rows come and go, in double:
   k (k + 1) / 2 numbers, row after row. Each change costs O(k^2). */
#ifndef CVR_LINALG_GROWN_H
#define CVR_LINALG_GROWN_H

#include <stdbool.h>
#include <stdint.h>

/* sum x_i y_i, and y += a x. */
double cvr_grown_dot(int64_t n, const double *x, const double *y);
void cvr_grown_axpy(int64_t n, double a, const double *x, double *y);

/* Another row whose products with the k that are there are g (overwritten), its own
   square 1. false: it depends on them but for rounding, 1 - |line|^2 < 1e-12, and is not
   taken. */
bool cvr_grown_add(double *L, int64_t k, double *g);
/* Row r of k goes, by plane rotations of the rows below it. work: 2 k. */
void cvr_grown_drop(double *L, int64_t k, int64_t r, double *work);
/* b = (L L')^{-1} b, k numbers. */
void cvr_grown_solve(const double *L, int64_t k, double *b);

#endif

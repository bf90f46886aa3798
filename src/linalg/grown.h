/* A Cholesky factor L L' of a Gram matrix whose rows come and go, in double. A change of
   one row costs O(k^2). Lines lie in panels of 64, so that many at once are products of
   matrices: those of the first panel one after another, i + 1 numbers each; those of a
   later one as long as its last. */
#ifndef CVR_LINALG_GROWN_H
#define CVR_LINALG_GROWN_H

#include <stdbool.h>
#include <stdint.h>

/* sum x_i y_i, and y += a x. */
double cvr_grown_dot(int64_t n, const double *x, const double *y);
void cvr_grown_axpy(int64_t n, double a, const double *x, double *y);

/* Numbers of a factor of k rows. */
int64_t cvr_grown_size(int64_t k);

/* Another row whose products with the k that are there are g (overwritten), its own
   square 1. false: it depends on them but for rounding, 1 - |line|^2 < 1e-12, and is not
   taken. */
bool cvr_grown_add(double *L, int64_t k, double *g);
/* Several rows: what line i, k <= i < k + count, holds are its products with those before
   it, in the order of the lines. count <= cvr_grown_room(k). taken[i - k]: as above, and
   those that are move together. Returns how many. */
int64_t cvr_grown_room(int64_t k);
double *cvr_grown_line(double *L, int64_t i);
int64_t cvr_grown_add_lines(double *L, int64_t k, int64_t count, bool *taken);
/* Row r of k goes, by plane rotations of the rows below it. work: 2 k. */
void cvr_grown_drop(double *L, int64_t k, int64_t r, double *work);
/* b = (L L')^{-1} b, k numbers. */
void cvr_grown_solve(const double *L, int64_t k, double *b);

#endif

#include "linalg/grown.h"

#include <math.h>

#include <cblas.h>

double cvr_grown_dot(int64_t n, const double *x, const double *y)
{
    return cblas_ddot((int)n, x, 1, y, 1);
}

void cvr_grown_axpy(int64_t n, double a, const double *x, double *y)
{
    cblas_daxpy((int)n, a, x, 1, y, 1);
}

static int64_t begin(int64_t row)
{
    return row * (row + 1) / 2;
}

enum { SMALL = 40 }; /* below it a call of BLAS costs more than it saves */

/* b = L^{-1} b, and L'^{-1} b, by plain loops. */
static void forward(const double *L, int64_t k, double *b)
{
    for (int64_t i = 0; i < k; i++) {
        const double *line = L + begin(i);
        double sum = b[i];
#pragma omp simd reduction(- : sum)
        for (int64_t j = 0; j < i; j++)
            sum -= line[j] * b[j];
        b[i] = sum / line[i];
    }
}

static void backward(const double *L, int64_t k, double *b)
{
    for (int64_t i = k - 1; i >= 0; i--) {
        const double *line = L + begin(i);
        double x = b[i] /= line[i];
#pragma omp simd
        for (int64_t j = 0; j < i; j++)
            b[j] -= x * line[j];
    }
}

/* b = op(L)^{-1} b */
static void triangle(const double *L, int64_t k, CBLAS_TRANSPOSE op, double *b)
{
    if (k < SMALL && op == CblasNoTrans)
        forward(L, k, b);
    else if (k < SMALL)
        backward(L, k, b);
    else
        cblas_dtpsv(CblasRowMajor, CblasLower, op, CblasNonUnit, (int)k, L, b, 1);
}

bool cvr_grown_add(double *L, int64_t k, double *g)
{
    double *line = L + begin(k), pivot;
    triangle(L, k, CblasNoTrans, g);
    pivot = 1 - cvr_grown_dot(k, g, g);
    if (!(pivot >= 1e-12))
        return false;
    for (int64_t i = 0; i < k; i++)
        line[i] = g[i];
    line[k] = sqrt(pivot);
    return true;
}

/* Row i of L moves up by one; its last entry is rotated into the one before. */
static void move_up(double *L, int64_t i, int64_t r, double *c, double *s)
{
    const double *from = L + begin(i);
    double *to = L + begin(i - 1), x = from[r], size;
    for (int64_t t = 0; t < r; t++)
        to[t] = from[t];
    for (int64_t t = r; t < i - 1; t++) {
        double y = from[t + 1];
        to[t] = c[t] * x + s[t] * y;
        x = c[t] * y - s[t] * x;
    }
    size = hypot(x, from[i]);
    c[i - 1] = x / size;
    s[i - 1] = from[i] / size;
    to[i - 1] = size;
}

void cvr_grown_drop(double *L, int64_t k, int64_t r, double *work)
{
    for (int64_t i = r + 1; i < k; i++)
        move_up(L, i, r, work, work + k);
}

void cvr_grown_solve(const double *L, int64_t k, double *b)
{
    triangle(L, k, CblasNoTrans, b);
    triangle(L, k, CblasTrans, b);
}

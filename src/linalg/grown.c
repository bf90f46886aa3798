#include "linalg/grown.h"

#include <math.h>
#include <string.h>

#include <cblas.h>

enum { PANEL = 64 };

double cvr_grown_dot(int64_t n, const double *x, const double *y)
{
    return cblas_ddot((int)n, x, 1, y, 1);
}

void cvr_grown_axpy(int64_t n, double a, const double *x, double *y)
{
    cblas_daxpy((int)n, a, x, 1, y, 1);
}

/* ---- where lines lie --------------------------------------------------------------- */

/* From one line of panel p > 0 to the next. */
static int64_t stride(int64_t p)
{
    return PANEL * (p + 1);
}

static int64_t begin(int64_t i)
{
    int64_t p = i / PANEL, before = PANEL * (PANEL + 1) / 2;
    if (p == 0)
        return i * (i + 1) / 2;
    return before + PANEL * PANEL * (p * (p + 1) / 2 - 1) + (i - p * PANEL) * stride(p);
}

int64_t cvr_grown_size(int64_t k)
{
    return k <= PANEL ? k * (k + 1) / 2 : begin(k - 1) + stride((k - 1) / PANEL);
}

double *cvr_grown_line(double *L, int64_t i)
{
    return L + begin(i);
}

int64_t cvr_grown_room(int64_t k)
{
    return PANEL - k % PANEL;
}

/* ---- one right-hand side ----------------------------------------------------------- */

/* b = T^{-1} b and T'^{-1} b for the k lines of the first panel. */
static void forward_first(const double *L, int64_t k, double *b)
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

static void backward_first(const double *L, int64_t k, double *b)
{
    for (int64_t i = k - 1; i >= 0; i--) {
        const double *line = L + begin(i);
        double x = b[i] /= line[i];
#pragma omp simd
        for (int64_t j = 0; j < i; j++)
            b[j] -= x * line[j];
    }
}

static int smaller(int64_t a, int64_t b)
{
    return (int)(a < b ? a : b);
}

/* b = L^{-1} b */
static void forward(const double *L, int64_t k, double *b)
{
    forward_first(L, smaller(k, PANEL), b);
    for (int64_t i = PANEL; i < k; i += PANEL) {
        const double *lines = L + begin(i);
        int rows = smaller(k - i, PANEL), ld = (int)stride(i / PANEL);
        cblas_dgemv(CblasRowMajor, CblasNoTrans, rows, (int)i, -1, lines, ld, b, 1, 1,
                    b + i, 1);
        cblas_dtrsv(CblasRowMajor, CblasLower, CblasNoTrans, CblasNonUnit, rows,
                    lines + i, ld, b + i, 1);
    }
}

/* b = L'^{-1} b */
static void backward(const double *L, int64_t k, double *b)
{
    for (int64_t i = (k - 1) / PANEL * PANEL; i > 0; i -= PANEL) {
        const double *lines = L + begin(i);
        int rows = smaller(k - i, PANEL), ld = (int)stride(i / PANEL);
        cblas_dtrsv(CblasRowMajor, CblasLower, CblasTrans, CblasNonUnit, rows, lines + i,
                    ld, b + i, 1);
        cblas_dgemv(CblasRowMajor, CblasTrans, rows, (int)i, -1, lines, ld, b + i, 1, 1,
                    b, 1);
    }
    backward_first(L, smaller(k, PANEL), b);
}

void cvr_grown_solve(const double *L, int64_t k, double *b)
{
    forward(L, k, b);
    backward(L, k, b);
}

/* ---- rows come --------------------------------------------------------------------- */

bool cvr_grown_add(double *L, int64_t k, double *g)
{
    double *line = L + begin(k), pivot;
    forward(L, k, g);
    pivot = 1 - cvr_grown_dot(k, g, g);
    if (!(pivot >= 1e-12))
        return false;
    for (int64_t i = 0; i < k; i++)
        line[i] = g[i];
    line[k] = sqrt(pivot);
    return true;
}

/* The first k numbers of `count` lines: B = B L^{-T}; then S = S - B B' of what follows
   them, 1 on its diagonal. */
static void eliminate(double *L, int64_t k, int64_t count)
{
    double *B = L + begin(k);
    int ld = (int)stride(k / PANEL), rows = (int)count;
    for (int64_t i = 0; i < rows; i++) {
        B[i * ld + k + i] = 1;
        forward_first(L, smaller(k, PANEL), B + i * ld);
    }
    for (int64_t i = PANEL; i < k; i += PANEL) {
        const double *lines = L + begin(i);
        int cols = smaller(k - i, PANEL), from = (int)stride(i / PANEL);
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, cols, (int)i, -1, B,
                    ld, lines, from, 1, B + i, ld);
        cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, rows,
                    cols, 1, lines + i, from, B + i, ld);
    }
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, rows, (int)k, -1, B, ld, 1,
                B + k, ld);
}

/* Line i of S, eliminated by `found` lines of it, whose entries lie at `at`. */
static void eliminate_line(const double *S, int64_t ld, int64_t found, const int64_t *at,
                           double *line)
{
    for (int64_t t = 0; t < found; t++)
        line[t] = (line[at[t]] - cvr_grown_dot(t, line, S + t * ld)) / S[t * ld + t];
}

static int64_t add_one_by_one(double *L, int64_t k, int64_t count, bool *taken)
{
    double g[PANEL];
    int64_t at[PANEL], found = 0;
    for (int64_t i = 0; i < count; i++) {
        const double *line = L + begin(k + i);
        memcpy(g, line, (size_t)k * sizeof *g);
        for (int64_t t = 0; t < found; t++)
            g[k + t] = line[k + at[t]];
        taken[i] = cvr_grown_add(L, k + found, g);
        if (taken[i])
            at[found++] = i;
    }
    return found;
}

int64_t cvr_grown_add_lines(double *L, int64_t k, int64_t count, bool *taken)
{
    double *S = L + begin(k) + k;
    int64_t at[PANEL], found = 0, ld = stride(k / PANEL);
    if (k < PANEL)
        return add_one_by_one(L, k, count, taken);
    eliminate(L, k, count);
    for (int64_t i = 0; i < count; i++) {
        double *line = S + i * ld, pivot;
        eliminate_line(S, ld, found, at, line);
        pivot = line[i] - cvr_grown_dot(found, line, line);
        taken[i] = pivot >= 1e-12;
        if (!taken[i])
            continue;
        line[found] = sqrt(pivot);
        if (i > found)
            memcpy(S + found * ld - k, line - k, (size_t)(k + found + 1) * sizeof *S);
        at[found++] = i;
    }
    return found;
}

/* ---- rows go ----------------------------------------------------------------------- */

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

/* BLAS and LAPACK against plain loops, through the operations that the library has of
   them.

   Products are of small whole numbers: any order of summation gives the same, in single
   precision too, so they are compared exactly. Factors are of well-conditioned matrices
   L L' with the diagonal 4 and row sums beside it below 2: they are compared to a few
   roundings. A result that BLAS must not read holds NaN before. */
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include <cblas.h>

#include "linalg/blas.h"
#include <cvxrelu/mat.h>

#include "base/bytes.h"
#include "linalg/mats.h"
#include "linalg/type.h"

/* ---- matrices ---------------------------------------------------------------------- */

/* A generator of Knuth's: tests of BLAS need no good numbers, but cheap ones. */
static double next_whole(uint64_t *state, int most)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)((*state >> 33) % (uint64_t)(2 * most + 1)) - most;
}

static double *column(cvr_mat A, int64_t j)
{
    return (double *)A.data + j * A.ld;
}

/* -most .. most; in double. */
static void fill_whole(cvr_mat A, int most, uint64_t seed)
{
    for (int64_t j = 0; j < A.cols; j++)
        for (int64_t i = 0; i < A.rows; i++)
            column(A, j)[i] = next_whole(&seed, most);
}

/* Lower triangle with the diagonal 4; above it zeroes. */
static void fill_triangle(cvr_mat L, uint64_t seed)
{
    for (int64_t j = 0; j < L.cols; j++)
        for (int64_t i = 0; i < L.rows; i++) {
            double x = next_whole(&seed, 4) / (double)(2 * L.rows);
            column(L, j)[i] = i > j ? x : i == j ? 4 : 0;
        }
}

/* C = a op(A) op(B) + b C by loops; all in double. */
static void multiply(cvr_mat C, double a, cvr_trans ta, cvr_mat A, cvr_trans tb,
                     cvr_mat B, double b)
{
    int64_t inner = ta == CVR_N ? A.cols : A.rows;
    for (int64_t j = 0; j < C.cols; j++) {
        double *c = column(C, j);
        for (int64_t i = 0; i < C.rows; i++)
            c[i] = b == 0 ? 0 : b * c[i];
        for (int64_t k = 0; k < inner; k++) {
            double y = a * (tb == CVR_N ? column(B, j)[k] : column(B, k)[j]);
            const double *x = ta == CVR_N ? column(A, k) : (double *)A.data + k;
            int64_t step = ta == CVR_N ? 1 : A.ld;
            for (int64_t i = 0; i < C.rows; i++)
                c[i] += x[i * step] * y;
        }
    }
}

static cvr_status wrong(const char *format, ...)
{
    char sentence[400];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    return cvr_fail(CVR_NUMERICAL, "BLAS is wrong here (%s kernels, %d threads): %s",
                    cvr_blas_kernels(), openblas_get_num_threads(), sentence);
}

/* Entries got - want within tolerance, in the lower triangle or everywhere. */
static cvr_status compare(const char *routine, cvr_mat got, cvr_mat want, bool lower,
                          double tolerance)
{
    for (int64_t j = 0; j < want.cols; j++)
        for (int64_t i = lower ? j : 0; i < want.rows; i++) {
            double x = cvr_get(got, i, j), y = column(want, j)[i];
            if (!(fabs(x - y) <= tolerance))
                return wrong("%s, %lld x %lld, %s precision: entry (%lld, %lld) is %.9g, "
                             "and %.9g by plain loops",
                             routine, (long long)want.rows, (long long)want.cols,
                             cvr_type_name(got.type), (long long)i + 1, (long long)j + 1,
                             x, y);
        }
    return CVR_OK;
}

/* What a routine complains of in an operand that has no such fault. */
static cvr_status refuted(cvr_status status)
{
    char sentence[300];
    if (status != CVR_NUMERICAL)
        return status;
    snprintf(sentence, sizeof sentence, "%.290s", cvr_last_error());
    return wrong("%s", sentence);
}

/* ---- products ---------------------------------------------------------------------- */

typedef struct products {
    cvr_mat A[2], B[2]; /* op(A) m x k, op(B) k x n: as they are, transposed; in double */
    cvr_mat AB, C, sum; /* A B, C, -2 A B + C: m x n */
    cvr_mat a[2], b[2], c;
} products;

static cvr_status take_doubles(products *p, int64_t m, int64_t n, int64_t k)
{
    cvr_mat like = {.type = CVR_DOUBLE, .device = cvr_cpu()};
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(like, m, k, &p->A[0]));
    CVR_TRY(CVR_MATS_NEW(like, k, m, &p->A[1]));
    CVR_TRY(CVR_MATS_NEW(like, k, n, &p->B[0]));
    CVR_TRY(CVR_MATS_NEW(like, n, k, &p->B[1]));
    CVR_TRY(CVR_MATS_NEW(like, m, n, &p->AB, &p->C, &p->sum));
done:
    return status;
}

static void free_typed(products *p)
{
    CVR_MATS_FREE(&p->a[0], &p->a[1], &p->b[0], &p->b[1], &p->c);
}

static void free_products(products *p)
{
    free_typed(p);
    CVR_MATS_FREE(&p->A[0], &p->A[1], &p->B[0], &p->B[1], &p->AB, &p->C, &p->sum);
}

static void fill_products(products *p)
{
    fill_whole(p->A[0], 4, 1);
    fill_whole(p->B[0], 4, 2);
    fill_whole(p->C, 4, 3);
    cvr_transpose(p->A[1], p->A[0]);
    cvr_transpose(p->B[1], p->B[0]);
    multiply(p->AB, 1, CVR_N, p->A[0], CVR_N, p->B[0], 0);
    cvr_copy(p->sum, p->C);
    cvr_axpby(p->sum, -2, p->AB, 1);
}

/* Copies in one type of A, B and their transposes; room for C. */
static cvr_status take_typed(products *p, cvr_type type)
{
    cvr_mat *from[] = {&p->A[0], &p->A[1], &p->B[0], &p->B[1], &p->C};
    cvr_mat *to[] = {&p->a[0], &p->a[1], &p->b[0], &p->b[1], &p->c};
    cvr_status status = CVR_OK;
    for (int i = 0; i < 5; i++) {
        CVR_TRY(cvr_mat_new(cvr_cpu(), type, from[i]->rows, from[i]->cols, to[i]));
        cvr_copy(*to[i], *from[i]);
    }
done:
    return status;
}

static cvr_status check_gemm(products *p, cvr_trans ta, cvr_trans tb)
{
    static const char *const names[2][2] = {{"A B", "A B'"}, {"A'B", "A'B'"}};
    cvr_status status = CVR_OK;
    cvr_fill(p->c, NAN);
    cvr_gemm(p->c, 1, ta, p->a[ta], tb, p->b[tb], 0);
    CVR_TRY(compare(names[ta][tb], p->c, p->AB, false, 0));
    cvr_copy(p->c, p->C);
    cvr_gemm(p->c, -2, ta, p->a[ta], tb, p->b[tb], 1);
    CVR_TRY(compare(names[ta][tb], p->c, p->sum, false, 0));
done:
    return status;
}

/* A A' from A (CVR_N) or its transpose (CVR_T). */
static cvr_status check_gram(products *p)
{
    int64_t m = p->A[0].rows;
    cvr_mat want = {0}, got = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, m, m, &want));
    CVR_TRY(cvr_mat_new(cvr_cpu(), p->c.type, m, m, &got));
    multiply(want, 1, CVR_N, p->A[0], CVR_N, p->A[1], 0);
    cvr_fill(got, NAN);
    cvr_gram(got, 1, CVR_N, p->a[0], 0);
    CVR_TRY(compare("A A' (syrk)", got, want, true, 0));
    cvr_gram(got, 1, CVR_T, p->a[1], 1);
    cvr_scale(want, 2);
    CVR_TRY(compare("A'A (syrk)", got, want, true, 0));
done:
    CVR_MATS_FREE(&want, &got);
    return status;
}

static cvr_status check_products(const int64_t *shape)
{
    products p = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(take_doubles(&p, shape[0], shape[1], shape[2]));
    fill_products(&p);
    for (int type = 0; type < 2; type++) {
        CVR_TRY(take_typed(&p, type));
        for (int t = 0; t < 4; t++)
            CVR_TRY(check_gemm(&p, t / 2, t % 2));
        CVR_TRY(check_gram(&p));
        free_typed(&p);
    }
done:
    free_products(&p);
    return status;
}

/* ---- factors ----------------------------------------------------------------------- */

typedef struct factors {
    cvr_mat L, A, X, B; /* A = L L', X: n x k, B: work; in double */
    cvr_mat l, b;       /* in one type */
} factors;

static cvr_status check_cholesky(factors *f, double tolerance)
{
    cvr_status status = CVR_OK;
    cvr_copy(f->l, f->A);
    CVR_TRY(refuted(cvr_potrf(f->l)));
    CVR_TRY(compare("a Cholesky factor (potrf)", f->l, f->L, true, tolerance));
    multiply(f->B, 1, CVR_N, f->A, CVR_N, f->X, 0);
    cvr_copy(f->b, f->B);
    cvr_potrs(f->l, f->b);
    CVR_TRY(compare("a solution (potrs, trsv)", f->b, f->X, false, tolerance));
done:
    return status;
}

static cvr_status check_triangle(factors *f, cvr_trans t, double tolerance)
{
    cvr_status status = CVR_OK;
    cvr_mat right = {0}, solution = {0};
    CVR_TRY(cvr_mat_new(cvr_cpu(), f->b.type, f->X.cols, f->X.rows, &right));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, f->X.cols, f->X.rows, &solution));
    cvr_copy(f->l, f->L);
    multiply(f->B, 1, t, f->L, CVR_N, f->X, 0);
    cvr_copy(f->b, f->B);
    cvr_trsm(f->l, t, f->b);
    CVR_TRY(compare("a solution (trsm)", f->b, f->X, false, tolerance));
    cvr_transpose(solution, f->B);
    cvr_copy(right, solution);
    cvr_trsm_right(right, f->l, t == CVR_N ? CVR_T : CVR_N);
    cvr_transpose(solution, f->X);
    CVR_TRY(
        compare("a solution (trsm from the right)", right, solution, false, tolerance));
done:
    CVR_MATS_FREE(&right, &solution);
    return status;
}

/* Order n, k right-hand sides. */
static cvr_status check_factors(int64_t n, int64_t k)
{
    factors f = {0};
    cvr_mat like = {.type = CVR_DOUBLE, .device = cvr_cpu()};
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(like, n, n, &f.L, &f.A));
    CVR_TRY(CVR_MATS_NEW(like, n, k, &f.X, &f.B));
    fill_triangle(f.L, 4);
    fill_whole(f.X, 4, 5);
    multiply(f.A, 1, CVR_N, f.L, CVR_T, f.L, 0);
    for (int type = 0; type < 2; type++) {
        double tolerance = 100 * (double)(n + 8) * cvr_epsilon(type);
        like.type = type;
        CVR_TRY(CVR_MATS_NEW(like, n, n, &f.l));
        CVR_TRY(CVR_MATS_NEW(like, n, k, &f.b));
        CVR_TRY(check_cholesky(&f, tolerance));
        CVR_TRY(check_triangle(&f, CVR_N, tolerance));
        CVR_TRY(check_triangle(&f, CVR_T, tolerance));
        CVR_MATS_FREE(&f.l, &f.b);
    }
done:
    CVR_MATS_FREE(&f.L, &f.A, &f.X, &f.B, &f.l, &f.b);
    return status;
}

/* ---- orthogonal factors ------------------------------------------------------------ */

typedef struct turned {
    cvr_mat A, Q, back, QA, QQ,
        want;     /* m x k three times, k x k three times: in double */
    cvr_mat q, s; /* in one type */
} turned;

/* Q'Q = 1 and Q (Q'A) = A, when Q has been made of A. */
static cvr_status check_basis(turned *t, const char *routine, double tolerance)
{
    cvr_status status = CVR_OK;
    cvr_copy(t->Q, t->q);
    multiply(t->QQ, 1, CVR_T, t->Q, CVR_N, t->Q, 0);
    CVR_TRY(compare(routine, t->QQ, t->want, false, tolerance));
    multiply(t->QA, 1, CVR_T, t->Q, CVR_N, t->A, 0);
    multiply(t->back, 1, CVR_N, t->Q, CVR_N, t->QA, 0);
    CVR_TRY(compare(routine, t->back, t->A, false, 4 * tolerance));
done:
    return status;
}

/* U'A = S V', so its rows have the squares of s. */
static cvr_status check_values(turned *t, double tolerance)
{
    double size2 = cvr_dot(t->A, t->A);
    cvr_fill(t->want, 0);
    for (int64_t j = 0; j < t->s.rows; j++)
        column(t->want, j)[j] = pow(cvr_get(t->s, j, 0), 2);
    multiply(t->QQ, 1, CVR_N, t->QA, CVR_T, t->QA, 0);
    return compare("singular values (gesdd)", t->QQ, t->want, false, tolerance * size2);
}

static cvr_status check_turned(turned *t, cvr_type type)
{
    double tolerance = 10 * (double)(t->A.rows + 8) * cvr_epsilon(type);
    cvr_status status = CVR_OK;
    cvr_copy(t->q, t->A);
    CVR_TRY(refuted(cvr_orthonormalise(t->q)));
    CVR_TRY(check_basis(t, "an orthonormal basis (geqrf, orgqr)", tolerance));
    cvr_copy(t->q, t->A);
    CVR_TRY(refuted(cvr_svd(t->q, t->s)));
    CVR_TRY(check_basis(t, "singular vectors (gesdd)", tolerance));
    CVR_TRY(check_values(t, tolerance));
done:
    return status;
}

static cvr_status check_orthogonal(int64_t m, int64_t k)
{
    turned t = {0};
    cvr_mat like = {.type = CVR_DOUBLE, .device = cvr_cpu()};
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(like, m, k, &t.A, &t.Q, &t.back));
    CVR_TRY(CVR_MATS_NEW(like, k, k, &t.QA, &t.QQ, &t.want));
    fill_whole(t.A, 4, 6);
    for (int type = 0; type < 2; type++) {
        like.type = type;
        CVR_TRY(CVR_MATS_NEW(like, m, k, &t.q));
        CVR_TRY(CVR_MATS_NEW(like, k, 1, &t.s));
        cvr_fill(t.want, 0);
        cvr_add_diag(t.want, 1);
        CVR_TRY(check_turned(&t, type));
        CVR_MATS_FREE(&t.q, &t.s);
    }
done:
    CVR_MATS_FREE(&t.A, &t.Q, &t.back, &t.QA, &t.QQ, &t.want, &t.q, &t.s);
    return status;
}

/* ---- vectors ----------------------------------------------------------------------- */

/* What the minimisers of GSL ask of it; steps 1 and 2. x, y: whole numbers, 2
   n of them. */
static cvr_status check_steps(int n, int step, const double *x, double *y)
{
    double dot = 0, norm2 = 0, off = 0;
    for (int i = 0; i < n; i++) {
        dot += x[i * step] * y[i * step];
        norm2 += x[i * step] * x[i * step];
    }
    off += fabs(cblas_ddot(n, x, step, y, step) - dot);
    off += fabs(cblas_dnrm2(n, x, step) - sqrt(norm2)) > 1e-12 * sqrt(norm2);
    cblas_daxpy(n, 3, x, step, y, step);
    cblas_dscal(n, 2, y, step);
    cblas_daxpy(n, -6, x, step, y, step);
    cblas_dscal(n, 0.5, y, step);
    off += fabs(cblas_ddot(n, x, step, y, step) - dot);
    if (off == 0)
        return CVR_OK;
    return wrong("dot, nrm2, axpy or scal of %d numbers, step %d, double precision", n,
                 step);
}

static cvr_status check_vectors(int64_t n)
{
    cvr_mat A = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 2 * n, 2, &A));
    fill_whole(A, 4, 7);
    for (int step = 1; step <= 2; step++)
        CVR_TRY(check_steps((int)n, step, column(A, 0), column(A, 1)));
done:
    cvr_mat_free(&A);
    return status;
}

/* ---- sizes ------------------------------------------------------------------------- */

/* Around the blocks that kernels work in, each side in turn. */
static cvr_status check_around_blocks(void)
{
    static const int64_t blocks[] = {32, 64, 128, 192, 256, 320, 384, 448, 512, 768};
    cvr_status status = CVR_OK;
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        for (int side = 0; side < 9; side++) {
            int64_t shape[3] = {37, 29, 33};
            shape[side / 3] = blocks[i] - 1 + side % 3;
            CVR_TRY(check_products(shape));
        }
done:
    return status;
}

static cvr_status check_small(void)
{
    static const int64_t sides[] = {0, 1, 2, 3, 8, 17};
    cvr_status status = CVR_OK;
    for (int i = 0; i < 216; i++) {
        int64_t shape[3] = {sides[i / 36], sides[i / 6 % 6], sides[i % 6]};
        CVR_TRY(check_products(shape));
    }
done:
    return status;
}

/* Large enough for threads, and for the pieces that gemm is given. */
static cvr_status check_large(void)
{
    static const int64_t shapes[][3] = {{300, 300, 300}, {513, 257, 385}, {1025, 67, 35},
                                        {35, 1025, 67},  {67, 35, 8300},  {1500, 1, 700},
                                        {1, 1500, 700}};
    cvr_status status = CVR_OK;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        CVR_TRY(check_products(shapes[i]));
done:
    return status;
}

static cvr_status check_orders(void)
{
    static const int64_t orders[] = {0,  1,  2,   3,   5,   8,   17,  31,  32, 33,
                                     63, 65, 127, 129, 200, 257, 300, 385, 513};
    cvr_status status = CVR_OK;
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        CVR_TRY(check_factors(orders[i], 1));
        CVR_TRY(check_factors(orders[i], 19));
        CVR_TRY(check_vectors(13 * orders[i]));
    }
    for (size_t i = 1; i < sizeof orders / sizeof *orders; i += 3)
        CVR_TRY(check_orthogonal(orders[i], (orders[i] + 2) / 3));
done:
    return status;
}

static cvr_status check_quickly(void)
{
    static const int64_t shapes[][3] = {{37, 29, 33}, {1, 29, 41}, {37, 1, 41}};
    cvr_status status = CVR_OK;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        CVR_TRY(check_products(shapes[i]));
    CVR_TRY(check_factors(33, 1));
    CVR_TRY(check_factors(33, 5));
done:
    return status;
}

cvr_status cvr_blas_check(bool thorough)
{
    cvr_status status = CVR_OK;
    CVR_TRY(check_quickly());
    if (!thorough)
        return CVR_OK;
    CVR_TRY(check_small());
    CVR_TRY(check_around_blocks());
    CVR_TRY(check_large());
    CVR_TRY(check_orders());
done:
    return status;
}

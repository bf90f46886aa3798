/* The ccp family: its terms against brute force, its algorithms against each other and
   against literal ones, its certificates, and the cases at the edge. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/bytes.h"
#include "base/random.h"
#include "ccp/bounds.h"
#include "ccp/lambda_max.h"
#include "ccp/ops.h"
#include "ccp/terms.h"
#include "data/dataset.h"
#include "data/from_arrays.h"
#include "linalg/mats.h"
#include "linalg/ops.h"
#include "support/problem.h"
#include "support/qp.h"

static cvr_comm *comm;

/* ---- problems ---------------------------------------------------------------------- */

static cvr_mat new_mat(cvr_type type, int64_t rows, int64_t cols)
{
    cvr_mat A = {0};
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), type, rows, cols, &A));
    return A;
}

static cvr_mat one(double x)
{
    cvr_mat A = new_mat(CVR_DOUBLE, 1, 1);
    cvr_set(A, 0, 0, x);
    return A;
}

/* y = max(0, x'u) + noise; floor: the least y. Features are correlated. */
static void draw(int64_t n, int64_t d, double noise, double least, cvr_mat *X, cvr_mat *Y)
{
    *X = new_mat(CVR_DOUBLE, n, d);
    *Y = new_mat(CVR_DOUBLE, n, 1);
    for (int64_t i = 0; i < n; i++) {
        double w = 0, common = cvr_random_gauss(5, CVR_FOR_ROWS, i, d);
        for (int64_t j = 0; j < d; j++) {
            double x = cvr_random_gauss(5, CVR_FOR_ROWS, i, j) + 0.5 * common;
            cvr_set(*X, i, j, x);
            w += x * (j % 3 ? 0 : cvr_random_gauss(5, CVR_FOR_PLANT, 0, j));
        }
        double y = fmax(w, 0) + noise * cvr_random_gauss(5, CVR_FOR_NOISE, i, 0);
        cvr_set(*Y, i, 0, fmax(y, least));
    }
}

static cvr_dataset *wrap(cvr_mat X, cvr_mat Y, bool bias)
{
    cvr_dataset *data = NULL;
    assert_int_equal(CVR_OK, cvr_dataset_from_matrix(X, Y, CVR_REGRESS, comm, &data));
    assert_int_equal(CVR_OK, cvr_dataset_fit_transform(
                                 data, CVR_NORMALIZE_NONE,
                                 bias ? CVR_BIAS_PENALISED : CVR_BIAS_NONE, comm));
    return data;
}

static cvr_dataset *drawn(int64_t n, int64_t d, double noise, double least, bool bias)
{
    cvr_mat X = {0}, Y = {0};
    draw(n, d, noise, least, &X, &Y);
    cvr_dataset *data = wrap(X, Y, bias);
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    return data;
}

/* The first `rows` of these rows, each `copies` times: wide ones, where sums over active
   rows are singular. */
static cvr_dataset *repeated(int64_t rows, int64_t d, int64_t copies)
{
    cvr_mat X = {0}, Y = {0}, x = {0}, y = {0};
    draw(rows, d, 0.1, -1, &X, &Y);
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, copies * rows, d, &x));
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, copies * rows, 1, &y));
    for (int64_t i = 0; i < copies * rows; i++) {
        cvr_copy(cvr_mat_rows(x, i, 1), cvr_mat_rows(X, i / copies, 1));
        cvr_copy(cvr_mat_rows(y, i, 1), cvr_mat_rows(Y, i / copies, 1));
    }
    cvr_dataset *data = wrap(x, y, true);
    CVR_MATS_FREE(&X, &Y, &x, &y);
    return data;
}

/* The same with an offset, targets scale y + shift. */
static cvr_dataset *drawn_free(int64_t n, int64_t d, double scale, double shift)
{
    cvr_mat X = {0}, Y = {0};
    cvr_dataset *data = NULL;
    draw(n, d, 0.5, -1e9, &X, &Y);
    for (int64_t i = 0; i < n; i++)
        cvr_set(Y, i, 0, scale * cvr_get(Y, i, 0) + shift);
    assert_int_equal(CVR_OK, cvr_dataset_from_matrix(X, Y, CVR_REGRESS, comm, &data));
    assert_int_equal(
        CVR_OK, cvr_dataset_fit_transform(data, CVR_NORMALIZE_NONE, CVR_BIAS_FREE, comm));
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    return data;
}

typedef struct run {
    cvr_settings *settings;
    cvr_solver *solver;
    cvr_progress result;
    cvr_model model;
    double F[400]; /* of each measurement */
    int count;
} run;

static int watch(const cvr_progress *p, void *user)
{
    run *r = user;
    if (r->count < 400)
        r->F[r->count++] = p->objective;
    return 0;
}

static void train(const cvr_dataset *data, const char *text, run *r)
{
    *r = (run){.settings = cvr_test_settings("ccp", text)};
    if (cvr_solver_new(data, NULL, comm, r->settings, &r->solver) != CVR_OK ||
        cvr_solver_run(r->solver, watch, r, &r->result) != CVR_OK ||
        cvr_solver_model(r->solver, &r->model) != CVR_OK)
        fail_msg("%s: %s", text, cvr_last_error());
}

static void finish(run *r)
{
    cvr_model_free(&r->model);
    cvr_solver_free(r->solver);
    cvr_settings_free(r->settings);
}

static double objective_of(const cvr_dataset *data, const char *text)
{
    run r;
    train(data, text, &r);
    double F = r.result.objective;
    finish(&r);
    return F;
}

static void near(double got, double want, double allowed)
{
    if (!(fabs(got - want) <= allowed))
        fail_msg("%.17g is not within %g of %.17g", got, allowed, want);
}

/* u of a trained model of one output, with the intercept last. */
static void weights_of(const run *r, cvr_mat u)
{
    cvr_mat W = r->model.layers[0].W;
    for (int64_t j = 0; j < u.rows; j++)
        cvr_set(u, j, 0,
                j < W.cols ? cvr_get(W, 0, j) : cvr_get(r->model.layers[0].b, 0, 0));
}

/* F as written. */
static double objective_at(const cvr_dataset *data, cvr_mat u, double lambda)
{
    double F = 0;
    int64_t d = data->X.cols;
    for (int64_t j = 0; j < d - (data->transform.bias == CVR_BIAS_PENALISED); j++)
        F += lambda * fabs(cvr_get(u, j, 0));
    for (int64_t i = 0; i < data->X.rows; i++) {
        double w = 0;
        for (int64_t j = 0; j < d; j++)
            w += cvr_get(data->X, i, j) * cvr_get(u, j, 0);
        F += pow(fmax(w, 0) - cvr_get(data->Y, i, 0), 2);
    }
    return F;
}

/* ---- terms ------------------------------------------------------------------------- */

typedef struct term {
    double y, z; /* z >= y, or -inf */
} term;

static const term terms[] = {{1.3, -INFINITY}, {-0.7, -INFINITY}, {1.3, 2.6},
                             {0.4, 0.8},       {-0.7, 0},         {0, 0},
                             {1.3, 1.3},       {0, -INFINITY}};
enum { TERMS = sizeof terms / sizeof *terms };

/* const + s^2 + 2 (z - y) s with s = (w - z)_+ */
static double value(term t, double w)
{
    if (isinf(t.z))
        return (w - t.y) * (w - t.y);
    double s = fmax(w - t.z, 0), flat = (t.z - t.y) * (t.z - t.y);
    return flat + s * s + 2 * (t.z - t.y) * s;
}

static double prox(term t, double r, double rho)
{
    cvr_mat R = one(r), W = one(0), A = one(0), Y = one(t.y), K = one(t.z);
    (void)cvr_majorizer_step(R, W, A, Y, K, 1.6, rho);
    double w = cvr_get(W, 0, 0);
    cvr_mat *all[] = {&R, &W, &A, &Y, &K};
    for (int i = 0; i < 5; i++)
        cvr_mat_free(all[i]);
    return w;
}

static void each_prox_is_the_minimiser(void **state)
{
    (void)state;
    const double sizes[] = {0.1, 1, 7};
    for (int i = 0; i < TERMS; i++)
        for (int k = 0; k < 3; k++)
            for (double r = -6; r <= 6; r += 0.37) {
                double w = prox(terms[i], r, sizes[k]), rho = sizes[k];
                double least = value(terms[i], w) + rho / 2 * (w - r) * (w - r);
                for (double v = -8; v <= 8; v += 0.003) {
                    double other = value(terms[i], v) + rho / 2 * (v - r) * (v - r);
                    assert_true(least <= other + 1e-12);
                }
            }
}

static double kink(double z, double y)
{
    cvr_mat K = one(0), Z = one(z), Y = one(y);
    cvr_breakpoints(K, Z, Y, 1e-12);
    double k = cvr_get(K, 0, 0);
    cvr_mat_free(&K);
    cvr_mat_free(&Z);
    cvr_mat_free(&Y);
    return k;
}

static void majorisers_lie_above_and_touch(void **state)
{
    (void)state;
    for (double y = -2; y <= 2; y += 0.25)
        for (double w0 = -3; w0 <= 3; w0 += 0.25) {
            term t = {y, kink(w0, y)};
            near(value(t, w0), pow(fmax(w0, 0) - y, 2), 1e-14);
            for (double w = -8; w <= 8; w += 0.01)
                assert_true(value(t, w) >= pow(fmax(w, 0) - y, 2) - 1e-12);
        }
    assert_true(isinf(kink(-1e-17, 1))); /* rounding does not pick the other branch */
}

/* The envelope of f lies below it and is 0 at w = 0 whatever y > 0 is: that start knows
   nothing of the data. */
static void the_relaxation_is_an_empty_lower_bound(void **state)
{
    (void)state;
    for (double y = 0.25; y <= 2; y += 0.25) {
        term t = {y, y};
        assert_true(value(t, 0) == 0);
        for (double w = -4; w <= 8; w += 0.01)
            assert_true(value(t, w) <= pow(fmax(w, 0) - y, 2) + 1e-12);
    }
}

static double conjugate(term t, double nu)
{
    cvr_mat N = one(nu), Y = one(t.y), K = one(t.z);
    double f = cvr_majorizer_conjugate(N, Y, K);
    cvr_mat_free(&N);
    cvr_mat_free(&Y);
    cvr_mat_free(&K);
    return f;
}

static void each_conjugate_is_the_supremum(void **state)
{
    (void)state;
    for (int i = 0; i < TERMS; i++)
        for (double nu = isinf(terms[i].z) ? -4 : 0; nu <= 4; nu += 0.31) {
            double most = -INFINITY;
            for (double w = -20; w <= 20; w += 0.001)
                most = fmax(most, nu * w - value(terms[i], w));
            near(conjugate(terms[i], nu), most, 1e-5);
        }
}

/* ---- consensus --------------------------------------------------------------------- */

enum { N = 40, D = 4 };

typedef struct literal {
    double X[N][D], y[N], z[N], s[N];
    double up[N][D], dp[N][D], u[D];
    double rho, lambda, sign;
} literal;

/* u_p = argmin f_p(x_p'u_p) + rho/2 |u_p - u + d_p|^2, then u = S(mean u_p + sign mean
   d_p), d_p += u_p - u: N copies of d numbers. */
static void literal_step(literal *l)
{
    for (int p = 0; p < N; p++) {
        double r = 0, w;
        for (int j = 0; j < D; j++)
            r += l->X[p][j] * (l->u[j] - l->dp[p][j]);
        w = prox((term){l->y[p], l->z[p]}, r, l->rho / l->s[p]);
        for (int j = 0; j < D; j++)
            l->up[p][j] = l->u[j] - l->dp[p][j] + (w - r) / l->s[p] * l->X[p][j];
    }
    for (int j = 0; j < D; j++) {
        double mean = 0, t = l->lambda / (N * l->rho);
        for (int p = 0; p < N; p++)
            mean += (l->up[p][j] + l->sign * l->dp[p][j]) / N;
        l->u[j] = copysign(fmax(fabs(mean) - t, 0), mean);
        for (int p = 0; p < N; p++)
            l->dp[p][j] += l->up[p][j] - l->u[j];
    }
}

static void literal_start(literal *l, double sign)
{
    memset(l, 0, sizeof *l);
    l->rho = D;
    l->lambda = 1;
    l->sign = sign;
    for (int p = 0; p < N; p++) {
        for (int j = 0; j < D; j++) {
            l->X[p][j] = cvr_random_gauss(7, CVR_FOR_ROWS, p, j);
            l->s[p] += l->X[p][j] * l->X[p][j];
        }
        l->y[p] = l->X[p][0] + 0.3 * cvr_random_gauss(7, CVR_FOR_NOISE, p, 0);
        l->z[p] = kink(l->X[p][0], l->y[p]);
    }
}

/* The scalar form, by the operations that consensus.c is written in. */
static void literal_consensus_is_the_scalar_form(void **state)
{
    (void)state;
    static literal l;
    literal_start(&l, 1);
    cvr_mat X = new_mat(CVR_DOUBLE, N, D), a = new_mat(CVR_DOUBLE, N, 1);
    cvr_mat s = new_mat(CVR_DOUBLE, N, 1), Y = new_mat(CVR_DOUBLE, N, 1);
    cvr_mat K = new_mat(CVR_DOUBLE, N, 1), R = new_mat(CVR_DOUBLE, N, 1);
    cvr_mat u = new_mat(CVR_DOUBLE, D, 1), e = new_mat(CVR_DOUBLE, D, 1);
    cvr_mat old = new_mat(CVR_DOUBLE, D, 1), t = new_mat(CVR_DOUBLE, D, 1);
    cvr_fill(t, l.lambda / (N * l.rho));
    for (int p = 0; p < N; p++) {
        for (int j = 0; j < D; j++)
            cvr_set(X, p, j, l.X[p][j]);
        cvr_set(s, p, 0, l.s[p]);
        cvr_set(Y, p, 0, l.y[p]);
        cvr_set(K, p, 0, l.z[p]);
    }
    for (int k = 0; k < 200; k++) {
        literal_step(&l);
        cvr_copy(e, u);
        cvr_axpby(e, -1, old, 2);
        cvr_gemm(R, 1, CVR_N, X, CVR_N, e, 0);
        cvr_consensus_step(a, s, R, Y, K, l.rho);
        cvr_copy(old, u);
        cvr_gemm(u, 1.0 / N, CVR_T, X, CVR_N, a, 1);
        cvr_soft_threshold(u, u, t);
        for (int j = 0; j < D; j++)
            near(cvr_get(u, j, 0), l.u[j], 1e-12);
    }
    assert_true(cvr_max_abs(u) > 0.01);
    cvr_mat *all[] = {&X, &a, &s, &Y, &K, &R, &u, &e, &old, &t};
    for (int i = 0; i < 10; i++)
        cvr_mat_free(all[i]);
}

static void the_printed_minus_sign_diverges(void **state)
{
    (void)state;
    static literal l;
    double size[2] = {0};
    for (int minus = 0; minus < 2; minus++) {
        literal_start(&l, minus ? -1 : 1);
        for (int k = 0; k < 300; k++)
            literal_step(&l);
        for (int j = 0; j < D; j++)
            size[minus] += fabs(l.u[j]);
    }
    assert_true(size[0] < 10);
    assert_false(size[1] < 1e10);
}

/* ---- the convex problem ------------------------------------------------------------ */

/* The kinked lasso by proximal gradient steps, far slower and far plainer. */
static double by_gradients(cvr_mat X, cvr_mat Y, cvr_mat K, double lambda, double *u)
{
    int64_t n = X.rows, d = X.cols;
    double L = 0, F = 0, g[16], z[16] = {0}, old[16] = {0}, t = 1;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < d; j++)
            L += 2 * pow(cvr_get(X, i, j), 2);
    for (int k = 0; k < 60000; k++) {
        memset(g, 0, sizeof g);
        for (int64_t i = 0; i < n; i++) {
            double w = 0;
            for (int64_t j = 0; j < d; j++)
                w += cvr_get(X, i, j) * z[j];
            double slope = w > cvr_get(K, i, 0) ? 2 * (w - cvr_get(Y, i, 0)) : 0;
            for (int64_t j = 0; j < d; j++)
                g[j] += slope * cvr_get(X, i, j);
        }
        double next = (1 + sqrt(1 + 4 * t * t)) / 2, turn = 0;
        for (int64_t j = 0; j < d; j++) {
            double m = z[j] - g[j] / L;
            u[j] = copysign(fmax(fabs(m) - lambda / L, 0), m);
            turn += (z[j] - u[j]) * (u[j] - old[j]);
        }
        t = turn > 0 ? 1 : next;
        for (int64_t j = 0; j < d; j++) {
            z[j] = turn > 0 ? u[j] : u[j] + (next - 1) / (next + 1) * (u[j] - old[j]);
            old[j] = u[j];
        }
    }
    for (int64_t i = 0; i < n; i++) {
        double w = 0;
        for (int64_t j = 0; j < d; j++)
            w += cvr_get(X, i, j) * u[j];
        F += value((term){cvr_get(Y, i, 0), cvr_get(K, i, 0)}, w);
    }
    for (int64_t j = 0; j < d; j++)
        F += lambda * fabs(u[j]);
    return F;
}

/* Rows without kinks of a finite slope (y > 0, y = 0): gradients exist. At the touching
   point all w < 0 rows with y > 0 keep theirs, far away. */
static void the_convex_problem_has_an_independent_solution(void **state)
{
    (void)state;
    cvr_mat X = {0}, Y = {0}, U = new_mat(CVR_DOUBLE, 5, 1);
    double u[16] = {0}, lambda = 4;
    cvr_workspace memory = {0};
    cvr_graph g = {0};
    cvr_graph_bounds bounds;
    draw(60, 5, 0.3, 0, &X, &Y);
    cvr_graph_problem p = {
        .X = X, .Y = Y, .relu = true, .intercept = -1, .lambda = lambda};
    assert_int_equal(CVR_OK, cvr_graph_new(&p, comm, &memory, &g));
    assert_int_equal(CVR_OK, cvr_graph_start(&g, U, NULL));
    assert_int_equal(CVR_OK, cvr_graph_solve(&g, 5000, 0, 1e-13));
    assert_int_equal(CVR_OK, cvr_graph_gap(&g, &bounds));
    double want = by_gradients(X, Y, g.K, lambda, u);
    near(bounds.upper, want, 1e-9 * want);
    assert_true(bounds.lower <= want * (1 + 1e-12));
    assert_true(bounds.gap <= 1e-10);
    cvr_graph_weights(&g, U);
    for (int64_t j = 0; j < 5; j++) {
        near(cvr_get(U, j, 0), u[j], 1e-5);
        assert_true((cvr_get(U, j, 0) == 0) == (u[j] == 0));
    }
    cvr_workspace_free(&memory);
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    cvr_mat_free(&U);
}

/* The same as a quadratic program in u_+, u_- >= 0 and s >= 0, s >= w - z for rows with a
   kink, where a term is (z - y)^2 + s^2 + 2 (z - y) s. */
static double by_quadratic_program(cvr_mat X, cvr_mat Y, cvr_mat K, double lambda,
                                   double *u)
{
    static cvr_qp q;
    int n = (int)X.rows, d = (int)X.cols;
    double constant = 0;
    memset(&q, 0, sizeof q);
    q.n = 2 * d + n;
    for (int j = 0; j < 2 * d; j++)
        q.c[j] = lambda;
    for (int j = 0; j < q.n; j++)
        q.G[q.m++][j] = -1;
    for (int i = 0; i < n; i++) {
        double x[CVR_QP_MOST], y = cvr_get(Y, i, 0), z = cvr_get(K, i, 0);
        bool whole = isinf(z);
        for (int j = 0; j < 2 * d; j++)
            x[j] = (j < d ? 1 : -1) * cvr_get(X, i, j % d);
        for (int j = 0; whole && j < 2 * d; j++) {
            q.c[j] -= 2 * y * x[j];
            for (int k = 0; k < 2 * d; k++)
                q.Q[j][k] += 2 * x[j] * x[k];
        }
        constant += whole ? y * y : (z - y) * (z - y);
        q.Q[2 * d + i][2 * d + i] = 2;
        q.c[2 * d + i] = whole ? 0 : 2 * (z - y);
        if (whole)
            continue;
        memcpy(q.G[q.m], x, sizeof x[0] * 2 * (size_t)d);
        q.G[q.m][2 * d + i] = -1;
        q.h[q.m++] = z;
    }
    double least = cvr_qp_solve(&q) + constant;
    for (int j = 0; j < d; j++)
        u[j] = q.x[j] - q.x[d + j];
    return least;
}

/* Targets of both signs, majorisers that touch at random weights: every kind of term. */
static void the_convex_problem_is_the_quadratic_program(void **state)
{
    (void)state;
    for (int k = 0; k < 12; k++) {
        cvr_mat X = {0}, Y = {0}, U = new_mat(CVR_DOUBLE, 5, 1);
        double u[5] = {0}, lambda = k % 4 + 0.5;
        cvr_workspace memory = {0};
        cvr_graph g = {0};
        cvr_graph_bounds bounds;
        draw(40, 5, 0.5, -1e9, &X, &Y);
        cvr_random_normal(U, (uint64_t)k, CVR_FOR_STARTS, 0);
        cvr_graph_problem p = {
            .X = X, .Y = Y, .relu = true, .intercept = -1, .lambda = lambda};
        assert_int_equal(CVR_OK, cvr_graph_new(&p, comm, &memory, &g));
        assert_int_equal(CVR_OK, cvr_graph_start(&g, U, NULL));
        assert_int_equal(CVR_OK, cvr_graph_solve(&g, 20000, 0, 1e-14));
        assert_int_equal(CVR_OK, cvr_graph_gap(&g, &bounds));
        double want = by_quadratic_program(X, Y, g.K, lambda, u);
        near(bounds.upper, want, 1e-8 * want);
        assert_true(bounds.gap <= 1e-8);
        cvr_graph_weights(&g, U);
        for (int64_t j = 0; j < 5; j++)
            near(cvr_get(U, j, 0), u[j], 1e-5);
        cvr_workspace_free(&memory);
        cvr_mat_free(&X);
        cvr_mat_free(&Y);
        cvr_mat_free(&U);
    }
}

/* Any multiplier gives a lower bound, also with an intercept: early iterates. */
static void the_lower_bound_never_exceeds_the_optimum(void **state)
{
    (void)state;
    for (int bias = 0; bias < 2; bias++) {
        cvr_dataset *data = drawn(80, 6, 0.4, -1e9, bias);
        cvr_workspace memory = {0};
        cvr_graph g = {0};
        cvr_graph_bounds bounds, last;
        cvr_mat U = new_mat(CVR_DOUBLE, data->X.cols, 1);
        cvr_graph_problem p = {.X = data->X, .Y = data->Y, .relu = true, .lambda = 5};
        p.intercept = bias ? data->X.cols - 1 : -1;
        assert_int_equal(CVR_OK, cvr_graph_new(&p, comm, &memory, &g));
        assert_int_equal(CVR_OK, cvr_graph_start(&g, U, NULL));
        double most = -INFINITY, least = INFINITY;
        for (int k = 0; k < 60; k++) {
            assert_int_equal(CVR_OK, cvr_graph_gap(&g, &bounds));
            most = fmax(most, bounds.lower);
            least = fmin(least, bounds.upper);
            assert_int_equal(CVR_OK, cvr_graph_step(&g));
        }
        assert_int_equal(CVR_OK, cvr_graph_solve(&g, 20000, 0, 1e-13));
        assert_int_equal(CVR_OK, cvr_graph_gap(&g, &last));
        assert_true(last.gap <= 1e-9);
        assert_true(most <= last.upper * (1 + 1e-12) && least >= last.lower);
        cvr_workspace_free(&memory);
        cvr_mat_free(&U);
        cvr_dataset_free(data);
    }
}

static void a_mask_and_a_number_of_entries_are_kept(void **state)
{
    (void)state;
    cvr_mat X = {0}, Y = {0}, U = new_mat(CVR_DOUBLE, 7, 1);
    cvr_mat mask = new_mat(CVR_DOUBLE, 7, 1);
    cvr_workspace memory = {0};
    draw(90, 7, 0.2, 0, &X, &Y);
    cvr_fill(cvr_mat_cols(X, 6, 1), 1);
    cvr_set(mask, 1, 0, 1);
    cvr_set(mask, 4, 0, 1);
    for (int kind = CVR_GRAPH_KEEP_OUTPUT; kind <= CVR_GRAPH_MASK; kind++) {
        cvr_graph g = {0};
        cvr_graph_problem p = {.X = X, .Y = Y, .intercept = 6, .keep = 3, .mask = mask};
        p.penalty = (cvr_graph_penalty)kind;
        cvr_fill(U, 0);
        assert_int_equal(CVR_OK, cvr_graph_new(&p, comm, &memory, &g));
        assert_int_equal(CVR_OK, cvr_graph_start(&g, U, NULL));
        assert_int_equal(CVR_OK, cvr_graph_solve(&g, 3000, 0, 1e-12));
        cvr_graph_weights(&g, U);
        assert_int_equal(cvr_count_nonzero(U), kind == CVR_GRAPH_MASK ? 3 : 4);
        assert_true(cvr_get(U, 6, 0) != 0);
        if (kind == CVR_GRAPH_MASK) { /* the normal equations of the support */
            cvr_mat R = new_mat(CVR_DOUBLE, 90, 1), G = new_mat(CVR_DOUBLE, 7, 1);
            cvr_copy(R, Y);
            cvr_gemm(R, 1, CVR_N, X, CVR_N, U, -1);
            cvr_gemm(G, 1, CVR_T, X, CVR_N, R, 0);
            near(cvr_get(G, 1, 0), 0, 1e-7);
            near(cvr_get(G, 4, 0), 0, 1e-7);
            near(cvr_get(G, 6, 0), 0, 1e-7);
            cvr_mat_free(&R);
            cvr_mat_free(&G);
        }
        cvr_workspace_free(&memory);
    }
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    cvr_mat_free(&U);
    cvr_mat_free(&mask);
}

/* ---- the whole -------------------------------------------------------------------- */

static const char *const solvers[] = {"newton", "graph", "consensus"};

static void the_objective_never_rises(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++)
        for (int signs = 0; signs < 2; signs++) {
            char text[200];
            run r;
            cvr_dataset *data = drawn(200, 8, 0.5, signs ? -1e9 : 0, true);
            snprintf(text, sizeof text,
                     "--solver %s --start zero --restarts 0 --measure-every 1 "
                     "--lambda-relative 0.02 --tolerance 1e-9",
                     solvers[k]);
            train(data, text, &r);
            assert_true(r.count > 1);
            for (int i = 1; i < r.count; i++)
                assert_true(r.F[i] <= r.F[i - 1] * (1 + 1e-12));
            assert_int_equal(r.result.outcome, CVR_CONVERGED);
            finish(&r);
            cvr_dataset_free(data);
        }
}

/* No weights near by are better. */
static void what_is_found_is_a_local_minimum(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++) {
        char text[200];
        run r;
        cvr_dataset *data = drawn(150, 6, 0.5, -1e9, true);
        cvr_mat u = new_mat(CVR_DOUBLE, 7, 1), v = new_mat(CVR_DOUBLE, 7, 1);
        snprintf(text, sizeof text,
                 "--solver %s --lambda 9 --restarts 3 --tolerance 1e-11 --inner 20",
                 solvers[k]);
        train(data, text, &r);
        weights_of(&r, u);
        double F = objective_at(data, u, 9);
        near(r.result.objective, F, 1e-9 * F);
        for (int probe = 0; probe < 300; probe++) {
            cvr_random_normal(v, (uint64_t)probe, CVR_FOR_NOISE, 0);
            cvr_axpby(v, 1, u, pow(10, -2 - probe % 5));
            assert_true(objective_at(data, v, 9) >= F * (1 - 1e-10));
        }
        cvr_mat_free(&u);
        cvr_mat_free(&v);
        finish(&r);
        cvr_dataset_free(data);
    }
}

static void the_algorithms_agree(void **state)
{
    (void)state;
    cvr_dataset *data = drawn(300, 9, 0.1, 0, true);
    double newton = objective_of(data, "--solver newton --tolerance 1e-9");
    double graph = objective_of(data, "--solver graph --tolerance 1e-9");
    double consensus = objective_of(data, "--solver consensus --tolerance 1e-9");
    near(graph, newton, 1e-8 * newton);
    near(consensus, newton, 1e-8 * newton);
    cvr_dataset_free(data);
}

static void single_precision_agrees(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++) {
        char text[200];
        cvr_dataset *two = cvr_test_data(comm, CVR_DOUBLE, 200, 6, 2);
        cvr_dataset *one_ = cvr_test_data(comm, CVR_SINGLE, 200, 6, 2);
        snprintf(text, sizeof text, "--solver %s --restarts 0 --tolerance 1e-5",
                 solvers[k]);
        double F = objective_of(two, text);
        near(objective_of(one_, text), F, 1e-3 * F);
        cvr_dataset_free(two);
        cvr_dataset_free(one_);
    }
}

static void outputs_are_independent_problems(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        char text[200];
        cvr_dataset *both = cvr_test_data(comm, CVR_DOUBLE, 150, 6, 2);
        double sum = 0;
        snprintf(text, sizeof text,
                 "--solver %s --lambda 8 --restarts 40 --tolerance 1e-9", solvers[k]);
        for (int c = 0; c < 2; c++) {
            cvr_mat X = cvr_mat_cols(both->X, 0, 5);
            cvr_dataset *alone = wrap(X, cvr_mat_cols(both->Y, c, 1), true);
            sum += objective_of(alone, text);
            cvr_dataset_free(alone);
        }
        near(objective_of(both, text), sum, 1e-6 * sum);
        cvr_dataset_free(both);
    }
}

/* The model's outputs give the objective's data term: loss is half of it. */
static void the_model_is_what_was_measured(void **state)
{
    (void)state;
    run r;
    cvr_score score;
    cvr_dataset *data = cvr_test_data(comm, CVR_DOUBLE, 120, 6, 2);
    train(data, "--lambda 5", &r);
    assert_int_equal(CVR_OK, cvr_model_score(&r.model, data, comm, &score));
    near(score.loss, r.result.train.loss, 1e-9 * score.loss);
    double size = 0;
    for (int64_t c = 0; c < 2; c++)
        for (int64_t j = 0; j < 5; j++)
            size += fabs(cvr_get(r.model.layers[0].W, c, j));
    near(2 * score.loss + 5 * size, r.result.objective, 1e-9 * r.result.objective);
    finish(&r);
    cvr_dataset_free(data);
}

/* ---- certificates and edges -------------------------------------------------------- */

static void above_lambda_max_zero_is_certified(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++) {
        char text[200];
        run r;
        cvr_dataset *data = drawn(100, 5, 0.3, -1e9, false);
        snprintf(text, sizeof text, "--solver %s --lambda-relative 1", solvers[k]);
        train(data, text, &r);
        assert_int_equal(r.result.outcome, CVR_CONVERGED);
        assert_true(r.result.gap == 0);
        near(r.result.objective, cvr_dot(data->Y, data->Y), 1e-9);
        near(r.result.lower_bound, r.result.objective, 1e-9);
        assert_non_null(strstr(r.result.note, "globally optimal"));
        assert_true(cvr_max_abs(r.model.layers[0].W) == 0);
        finish(&r);
        cvr_dataset_free(data);
    }
}

/* 2 max_j max( sum (a (x_j - mean))_+, sum (a (x_j - mean))_- ),
   a = y - max(mean y, 0) */
static double zero_from(cvr_mat X, cvr_mat Y)
{
    int64_t n = X.rows;
    double most = 0, level = 0;
    for (int64_t i = 0; i < n; i++)
        level += cvr_get(Y, i, 0) / (double)n;
    for (int64_t j = 0; j < X.cols; j++) {
        double mean = 0, sums[2] = {0};
        for (int64_t i = 0; i < n; i++)
            mean += cvr_get(X, i, j) / (double)n;
        for (int64_t i = 0; i < n; i++) {
            double a = cvr_get(Y, i, 0) - fmax(level, 0);
            double product = a * (cvr_get(X, i, j) - mean);
            sums[product < 0] += 2 * fabs(product);
        }
        most = fmax(most, fmax(sums[0], sums[1]));
    }
    return most;
}

/* From there on no weights beat zero, tried at random; below it nothing is claimed. */
static void zero_beside_an_intercept_is_certified(void **state)
{
    (void)state;
    for (int sign = 0; sign < 2; sign++) {
        cvr_mat X = {0}, Y = {0}, u = new_mat(CVR_DOUBLE, 6, 1);
        draw(100, 5, 0.3, -1e9, &X, &Y);
        for (int64_t i = 0; sign && i < 100; i++)
            cvr_set(Y, i, 0, cvr_get(Y, i, 0) - 3);
        cvr_dataset *data = wrap(X, Y, true);
        double lambda = zero_from(X, Y);
        for (int below = 0; below < 2; below++) {
            char text[100];
            run r;
            snprintf(text, sizeof text, "--lambda %.17g --tolerance 1e-9",
                     lambda * (below ? 1 - 1e-9 : 1 + 1e-9));
            train(data, text, &r);
            assert_true(cvr_max_abs(r.model.layers[0].W) == 0);
            assert_true((strstr(r.result.note, "globally optimal") == NULL) == below);
            double F = r.result.objective;
            near(r.result.lower_bound, F, 1e-8 * F);
            for (int probe = 0; probe < 500; probe++) {
                cvr_random_normal(u, (uint64_t)probe, CVR_FOR_NOISE, 0);
                cvr_scale(u, pow(10, -probe % 5));
                assert_true(objective_at(data, u, lambda) >= F * (1 - 1e-9));
            }
            finish(&r);
        }
        cvr_dataset_free(data);
        cvr_mat_free(&X);
        cvr_mat_free(&Y);
        cvr_mat_free(&u);
    }
}

/* Each counted iteration has done something, whatever is measured when. */
static void a_finished_search_counts_no_iterations(void **state)
{
    (void)state;
    run often, seldom, none;
    cvr_dataset *data = drawn(200, 6, 0.3, 0, false);
    train(data, "--restarts 10 --measure-every 1", &often);
    train(data, "--restarts 10 --measure-every 1000", &seldom);
    train(data, "--lambda-relative 1", &none);
    assert_int_equal(often.result.outcome, CVR_CONVERGED);
    assert_true(often.result.iterations > 10);
    assert_int_equal(seldom.result.iterations, often.result.iterations);
    assert_int_equal(none.result.iterations, 0);
    finish(&often);
    finish(&seldom);
    finish(&none);
    cvr_dataset_free(data);
}

/* lambda_max by its definition; just below it, zero is not a minimum along the axis when
   all other targets are 0. */
static void lambda_max_is_the_least_that_proves_it(void **state)
{
    (void)state;
    cvr_mat X = {0}, Y = {0};
    double most = 0, lambda_max = 0, lower = 0;
    draw(100, 5, 0.3, -1e9, &X, &Y);
    for (int64_t j = 0; j < 5; j++)
        for (int sign = -1; sign < 2; sign += 2) {
            double sum = 0;
            for (int64_t i = 0; i < 100; i++)
                sum += 2 * fmax(cvr_get(Y, i, 0), 0) * fmax(sign * cvr_get(X, i, j), 0);
            most = fmax(most, sum);
        }
    assert_int_equal(CVR_OK,
                     cvr_lambda_max(&(cvr_lambda_rows){.X = X, .Y = Y}, CVR_NO_CONSTANT,
                                    comm, (cvr_mat){0}, &lambda_max, &lower));
    near(lambda_max, most, 1e-10 * most);
    cvr_relu(Y);
    cvr_dataset *data = wrap(X, Y, false);
    for (int k = 0; k < 3; k++) {
        char text[200];
        run r;
        snprintf(text, sizeof text, "--solver %s --lambda-relative 0.99 --restarts 0",
                 solvers[k]);
        train(data, text, &r);
        assert_true(r.result.objective < cvr_dot(Y, Y) * (1 - 1e-8));
        finish(&r);
    }
    cvr_dataset_free(data);
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
}

/* Columns times 1e-6 .. 1e6, with lambda_j = lambda / scale_j: the same problem. One
   lambda serves all columns, so all are scaled alike, and then each in turn without a
   penalty. */
static void scales_of_the_columns_do_not_matter(void **state)
{
    (void)state;
    const double scales[] = {1e-6, 1e-3, 1, 1e3, 1e6};
    for (int k = 0; k < 3; k++) {
        double want[2] = {0};
        for (int i = -1; i < 5; i++) {
            cvr_mat X = {0}, Y = {0};
            char text[200];
            draw(120, 5, 0.3, 0, &X, &Y);
            double all = i < 0 ? 1 : scales[i];
            for (int64_t j = 0; j < 5; j++)
                cvr_scale(cvr_mat_cols(X, j, 1), all);
            cvr_dataset *data = wrap(X, Y, false);
            snprintf(text, sizeof text,
                     "--solver %s --lambda %.17g --restarts 0 --tolerance 1e-10",
                     solvers[k], 20 * all);
            double F = objective_of(data, text);
            cvr_dataset_free(data);
            for (int64_t j = 0; j < 5; j++)
                cvr_scale(cvr_mat_cols(X, j, 1), i < 0 ? 1 : scales[(i + j) % 5] / all);
            data = wrap(X, Y, false);
            snprintf(text, sizeof text,
                     "--solver %s --lambda 0 --start least-squares --restarts 0 "
                     "--tolerance 1e-9",
                     solvers[k]);
            double G = objective_of(data, text);
            cvr_dataset_free(data);
            if (i < 0) {
                want[0] = F;
                want[1] = G;
            }
            near(F, want[0], 1e-8 * want[0]);
            near(G, want[1], 1e-6 * want[1]);
            cvr_mat_free(&X);
            cvr_mat_free(&Y);
        }
    }
}

/* Zero columns, zero rows, equal columns: F does not change. */
static void idle_rows_and_columns_change_nothing(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++) {
        cvr_mat X = {0}, Y = {0}, X2 = new_mat(CVR_DOUBLE, 103, 7);
        cvr_mat Y2 = new_mat(CVR_DOUBLE, 103, 1);
        char text[200];
        run r;
        draw(100, 5, 0.3, -1e9, &X, &Y);
        cvr_copy(cvr_mat_part(X2, 0, 0, 100, 5), X);
        cvr_copy(cvr_mat_part(X2, 0, 6, 100, 1), cvr_mat_cols(X, 2, 1));
        cvr_copy(cvr_mat_part(Y2, 0, 0, 100, 1), Y);
        snprintf(text, sizeof text,
                 "--solver %s --lambda 10 --start zero --restarts 0 --tolerance 1e-10",
                 solvers[k]);
        cvr_dataset *data = wrap(X, Y, false), *more = wrap(X2, Y2, false);
        double F = objective_of(data, text);
        train(more, text, &r);
        near(r.result.objective, F, 1e-7 * F);
        assert_non_null(strstr(r.result.note, "3 rows without features"));
        assert_true(cvr_get(r.model.layers[0].W, 0, 5) == 0);
        finish(&r);
        cvr_dataset_free(data);
        cvr_dataset_free(more);
        cvr_mat *all[] = {&X, &Y, &X2, &Y2};
        for (int i = 0; i < 4; i++)
            cvr_mat_free(all[i]);
    }
}

static void targets_that_are_never_positive_give_zero(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++)
        for (int bias = 0; bias < 2; bias++) {
            cvr_mat X = {0}, Y = {0};
            char text[100];
            run r;
            draw(60, 4, 0.5, 0, &X, &Y);
            cvr_scale(Y, -1);
            cvr_dataset *data = wrap(X, Y, bias);
            snprintf(text, sizeof text, "--solver %s --lambda 2", solvers[k]);
            train(data, text, &r);
            near(r.result.objective, cvr_dot(Y, Y), 1e-9);
            assert_true(cvr_max_abs(r.model.layers[0].W) == 0);
            finish(&r);
            cvr_dataset_free(data);
            cvr_mat_free(&X);
            cvr_mat_free(&Y);
        }
}

/* lambda = 0 from least squares: u that makes every w of y > 0 negative
   is left behind. */
static void without_a_penalty_the_plant_is_found(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++) {
        char text[200];
        cvr_dataset *data = drawn(200, 5, 0, 0, false);
        snprintf(text, sizeof text,
                 "--solver %s --lambda 0 --start least-squares --restarts 0 "
                 "--tolerance 1e-9",
                 solvers[k]);
        assert_true(objective_of(data, text) < 1e-8);
        cvr_dataset_free(data);
    }
}

static void wrong_settings_are_refused(void **state)
{
    (void)state;
    cvr_dataset *data = drawn(20, 3, 0.1, 0, true);
    cvr_settings *s = cvr_test_settings("ccp", "--lambda 1 --lambda-relative 0.5");
    cvr_solver *solver = NULL;
    assert_int_equal(CVR_USAGE, cvr_solver_new(data, NULL, comm, s, &solver));
    assert_null(solver);
    cvr_settings_free(s);
    cvr_dataset_free(data);
}

static void try_allocations(cvr_dataset *data)
{
    for (int k = 0; k < 3; k++) {
        char text[100];
        snprintf(text, sizeof text, "--solver %s --restarts 1", solvers[k]);
        cvr_settings *s = cvr_test_settings("ccp", text);
        cvr_status status = CVR_NO_MEMORY;
        int64_t nth = 0;
        while (status != CVR_OK) {
            cvr_solver *solver = NULL;
            cvr_alloc_fail_at(++nth);
            status = cvr_solver_new(data, NULL, comm, s, &solver);
            assert_true((status == CVR_OK) == (solver != NULL));
            assert_true(status == CVR_OK || status == CVR_NO_MEMORY);
            cvr_solver_free(solver);
        }
        cvr_alloc_fail_at(0);
        assert_true(nth > 20);
        cvr_settings_free(s);
    }
    cvr_dataset_free(data);
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    try_allocations(drawn(30, 4, 0.3, 0, true));
    try_allocations(drawn_free(30, 4, 1, 2));
}

static void go_down(cvr_dataset *data)
{
    run r;
    train(data, "--lambda-relative 0.9 --restarts 0", &r);
    double before = r.result.objective;
    for (double relative = 0.5; relative > 0.01; relative /= 2) {
        char text[100];
        snprintf(text, sizeof text, "--lambda-relative %.17g --restarts 0", relative);
        assert_int_equal(CVR_OK, cvr_solver_set_penalty(r.solver, relative));
        assert_int_equal(CVR_OK, cvr_solver_run(r.solver, NULL, NULL, &r.result));
        assert_int_equal(r.result.outcome, CVR_CONVERGED);
        assert_true(r.result.objective < before);
        assert_true(r.result.objective <= objective_of(data, text) * (1 + 1e-6));
        before = r.result.objective;
    }
    finish(&r);
    cvr_dataset_free(data);
}

/* A smaller penalty, from where the solver stands, ends no worse than from scratch. */
static void a_path_of_penalties_falls(void **state)
{
    (void)state;
    go_down(drawn(150, 6, 0.3, 0, true));
    go_down(drawn_free(150, 6, 1, 30));
}

/* ---- offsets ----------------------------------------------------------------------- */

/* F of v = [u; u0; b] as written. */
static double offset_objective(const cvr_dataset *data, cvr_mat v, double lambda)
{
    int64_t d = data->X.cols;
    double F = 0, u0 = cvr_get(v, d, 0), b = cvr_get(v, d + 1, 0);
    for (int64_t j = 0; j < d; j++)
        F += lambda * fabs(cvr_get(v, j, 0));
    for (int64_t i = 0; i < data->X.rows; i++) {
        double w = u0;
        for (int64_t j = 0; j < d; j++)
            w += cvr_get(data->X, i, j) * cvr_get(v, j, 0);
        F += pow(fmax(w, 0) + b - cvr_get(data->Y, i, 0), 2);
    }
    return F;
}

static void constants_of(const run *r, cvr_mat v)
{
    int64_t d = v.rows - 2;
    weights_of(r, cvr_mat_part(v, 0, 0, d + 1, 1));
    cvr_set(v, d + 1, 0, cvr_get(r->model.layers[1].b, 0, 0));
}

/* The objective is F as written at the model's weights, it never rises on the way, and no
   weights and constants near by are better. */
static void an_offset_is_found_with_the_weights(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++)
        for (int start = 0; start < 2; start++) {
            char text[200];
            run r;
            cvr_dataset *data = drawn_free(150, 6, 1, 40);
            cvr_mat u = new_mat(CVR_DOUBLE, 8, 1), v = new_mat(CVR_DOUBLE, 8, 1);
            snprintf(text, sizeof text,
                     "--solver %s --lambda 9 --tolerance 1e-10 --inner 20 "
                     "--measure-every 1 %s",
                     solvers[k], start ? "--restarts 3" : "--start zero --restarts 0");
            train(data, text, &r);
            assert_int_equal(r.result.outcome, CVR_CONVERGED);
            for (int i = 1; i < r.count; i++)
                assert_true(r.F[i] <= r.F[i - 1] * (1 + 1e-12));
            constants_of(&r, u);
            double F = offset_objective(data, u, 9);
            near(r.result.objective, F, 1e-9 * F);
            assert_true(F <= r.result.upper_bound * (1 + 1e-9));
            for (int probe = 0; probe < 300; probe++) {
                cvr_random_normal(v, (uint64_t)probe, CVR_FOR_NOISE, 0);
                cvr_axpby(v, 1, u, pow(10, -2 - probe % 5));
                double near_by = offset_objective(data, v, 9);
                if (!(near_by >= F * (1 - 1e-9)))
                    fail_msg("%s: F is %.15g, at probe %d %.15g; %s", text, F, probe,
                             near_by, r.result.note);
            }
            cvr_mat_free(&u);
            cvr_mat_free(&v);
            finish(&r);
            cvr_dataset_free(data);
        }
}

static void the_algorithms_agree_on_offsets(void **state)
{
    (void)state;
    cvr_dataset *data = drawn_free(300, 9, 1, 7);
    double newton = objective_of(data, "--solver newton --tolerance 1e-9");
    double graph = objective_of(data, "--solver graph --tolerance 1e-9");
    double consensus = objective_of(data, "--solver consensus --tolerance 1e-9");
    near(graph, newton, 1e-7 * newton);
    near(consensus, newton, 1e-7 * newton);
    cvr_dataset_free(data);
}

/* y + c is fitted as y is, and s y as y is. */
static void units_of_the_targets_do_not_matter(void **state)
{
    static const double units[][2] = {{1, 1000}, {1e6, 0}, {1e-6, 3}, {1e-120, 0}};
    static const char *const texts[] = {
        "--solver newton", "--solver graph", "--solver consensus",
        "--restarts 0 --lambda-relative 0.01", "--start least-squares --restarts 0"};
    (void)state;
    for (int type = 0; type < 2; type++)
        for (int k = 0; k < 5; k++)
            for (int i = 0; i < (type ? 2 : 4); i++) {
                double s = units[i][0], allowed = type ? 1e-3 : 1e-6;
                run one, two;
                cvr_dataset *a = cvr_test_free(comm, (cvr_type)type, 200, 6, 2, 1, 0);
                cvr_dataset *b =
                    cvr_test_free(comm, (cvr_type)type, 200, 6, 2, s, units[i][1]);
                train(a, texts[k], &one);
                train(b, texts[k], &two);
                near(two.result.train.r2, one.result.train.r2, allowed);
                near(two.result.objective / (s * s), one.result.objective,
                     10 * allowed * one.result.objective);
                assert_true(one.result.train.r2 > 0.1);
                finish(&one);
                finish(&two);
                cvr_dataset_free(a);
                cvr_dataset_free(b);
            }
}

/* From lambda_max on zero weights are proved, at once; just below they are not. */
static void zero_beside_an_offset_is_certified(void **state)
{
    (void)state;
    cvr_dataset *data = drawn_free(100, 5, 1, -12);
    cvr_mat v = new_mat(CVR_DOUBLE, 7, 1);
    run r;
    train(data, "--lambda-relative 1", &r);
    assert_int_equal(r.result.outcome, CVR_CONVERGED);
    assert_int_equal(r.result.iterations, 0);
    assert_true(r.result.gap == 0 && cvr_max_abs(r.model.layers[0].W) == 0);
    assert_non_null(strstr(r.result.note, "globally optimal"));
    double F = r.result.objective, lambda = 0;
    near(r.result.train.r2, 0, 1e-9);
    sscanf(strstr(r.result.note, "lambda "), "lambda %lf", &lambda);
    for (int probe = 0; probe < 1000; probe++) {
        cvr_random_normal(v, (uint64_t)probe, CVR_FOR_NOISE, 0);
        cvr_scale(v, pow(10, 1 - probe % 5));
        cvr_set(v, 6, 0, cvr_get(v, 6, 0) - 12);
        assert_true(offset_objective(data, v, lambda * (1 + 1e-4)) >= F * (1 - 1e-12));
    }
    finish(&r);
    train(data, "--lambda-relative 0.5", &r);
    assert_null(strstr(r.result.note, "globally optimal"));
    assert_true(r.result.objective < F);
    finish(&r);
    cvr_mat_free(&v);
    cvr_dataset_free(data);
}

/* Targets that do not vary: the offset is all there is. */
static void equal_targets_need_no_weights(void **state)
{
    (void)state;
    run r;
    cvr_dataset *data = drawn_free(40, 3, 0, 17);
    train(data, "", &r);
    assert_int_equal(r.result.outcome, CVR_CONVERGED);
    assert_true(r.result.objective == 0 && cvr_max_abs(r.model.layers[0].W) == 0);
    assert_true(cvr_get(r.model.layers[1].b, 0, 0) == 17);
    finish(&r);
    cvr_dataset_free(data);
}

/* ---- problems whose best value is known -------------------------------------------- */

static void check_reference(const char *folder, const char *name, double allowed)
{
    char path[600], text[200];
    snprintf(path, sizeof path, "%s/reference/ccp/%s/problem.json", folder, name);
    json_t *problem = json_load_file(path, 0, NULL);
    assert_non_null(problem);
    double best = json_number_value(json_object_get(problem, "best_known"));
    double lambda = json_number_value(json_object_get(problem, "lambda_"));
    snprintf(path, sizeof path, "%s/reference/ccp/%s/data.csv", folder, name);
    const char *paths[] = {path};
    cvr_load how = {.paths = paths,
                    .path_count = 1,
                    .task = CVR_REGRESS,
                    .target = "last",
                    .libsvm_base = -1};
    cvr_dataset *data = NULL;
    assert_int_equal(CVR_OK, cvr_dataset_load(&how, comm, &data));
    assert_int_equal(
        CVR_OK, cvr_dataset_fit_transform(data, CVR_NORMALIZE_NONE, CVR_BIAS_NONE, comm));
    for (int k = 0; k < 3; k++) {
        snprintf(text, sizeof text, "--solver %s --lambda %.17g", solvers[k], lambda);
        double F = objective_of(data, text);
        if (!(F <= best * (1 + allowed)))
            fail_msg("%s, %s: F exceeds the best known by %g", name, solvers[k],
                     F / best - 1);
    }
    cvr_dataset_free(data);
    json_decref(problem);
}

static void the_best_known_values_are_reached(void **state)
{
    (void)state;
    const char *folder = getenv("CVR_SHARED");
    if (!folder)
        skip();
    check_reference(folder, "teacher", 1e-5);
    check_reference(folder, "signed", 1e-5);
    check_reference(folder, "correlated", 1e-5);
    check_reference(folder, "agnostic", 1e-3);
}

static void wide_rows_may_come_twice(void **state)
{
    (void)state;
    double objective[3];
    for (int64_t copies = 1; copies <= 3; copies++) {
        cvr_dataset *data = repeated(12, 25, copies);
        run r;
        train(data, "", &r);
        objective[copies - 1] = r.result.objective / (double)copies;
        finish(&r);
        cvr_dataset_free(data);
    }
    near(objective[1], objective[0], 1e-6 * objective[0]);
    near(objective[2], objective[0], 1e-6 * objective[0]);
}

static int open_comm(void **state)
{
    (void)state;
    return cvr_comm_open("serial", &comm);
}

static int close_comm(void **state)
{
    (void)state;
    cvr_comm_free(comm);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_prox_is_the_minimiser),
        cmocka_unit_test(majorisers_lie_above_and_touch),
        cmocka_unit_test(the_relaxation_is_an_empty_lower_bound),
        cmocka_unit_test(each_conjugate_is_the_supremum),
        cmocka_unit_test(literal_consensus_is_the_scalar_form),
        cmocka_unit_test(the_printed_minus_sign_diverges),
        cmocka_unit_test(the_convex_problem_has_an_independent_solution),
        cmocka_unit_test(the_convex_problem_is_the_quadratic_program),
        cmocka_unit_test(the_lower_bound_never_exceeds_the_optimum),
        cmocka_unit_test(a_mask_and_a_number_of_entries_are_kept),
        cmocka_unit_test(the_objective_never_rises),
        cmocka_unit_test(what_is_found_is_a_local_minimum),
        cmocka_unit_test(the_algorithms_agree),
        cmocka_unit_test(single_precision_agrees),
        cmocka_unit_test(outputs_are_independent_problems),
        cmocka_unit_test(the_model_is_what_was_measured),
        cmocka_unit_test(above_lambda_max_zero_is_certified),
        cmocka_unit_test(zero_beside_an_intercept_is_certified),
        cmocka_unit_test(lambda_max_is_the_least_that_proves_it),
        cmocka_unit_test(a_finished_search_counts_no_iterations),
        cmocka_unit_test(scales_of_the_columns_do_not_matter),
        cmocka_unit_test(wide_rows_may_come_twice),
        cmocka_unit_test(idle_rows_and_columns_change_nothing),
        cmocka_unit_test(targets_that_are_never_positive_give_zero),
        cmocka_unit_test(without_a_penalty_the_plant_is_found),
        cmocka_unit_test(wrong_settings_are_refused),
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(a_path_of_penalties_falls),
        cmocka_unit_test(an_offset_is_found_with_the_weights),
        cmocka_unit_test(the_algorithms_agree_on_offsets),
        cmocka_unit_test(units_of_the_targets_do_not_matter),
        cmocka_unit_test(zero_beside_an_offset_is_certified),
        cmocka_unit_test(equal_targets_need_no_weights),
        cmocka_unit_test(the_best_known_values_are_reached),
    };
    return cmocka_run_group_tests(tests, open_comm, close_comm);
}

/* One ADMM iteration with the direct u-step, and one inner iteration of block-pcg,
   against the products that they cannot do without.

       bench_step [N D P [single|double [RUNS]]]

   The floor is the sum over those products of flops / (rate of cblas gemm in this process
   at exactly that shape and transposition; of gemv for one column). A solve with a
   Cholesky factor of side k counts 2 k^2 flops a column, at the rate of the k x k product
   with as many columns. Nothing else is in the floor. Times are medians; data are N(0,
   1), formulation relu, one output, the penalties fixed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "base/bytes.h"
#include "convex/convex.h"
#include "convex/primal.h"
#include "convex/sampled.h"
#include "linalg/ops.h"
#include "posed.h"

typedef struct bench {
    posed posed;
    cvr_program program;
    cvr_system system;
    cvr_primal primal;       /* block-pcg */
    cvr_workspace workspace; /* of these three */
    void *state;             /* of ADMM */
    cvr_mat B, U, Y;         /* d x P */
    int64_t n, d, P;         /* d counts the bias */
    cvr_type type;
    int runs;
} bench;

typedef struct product {
    cvr_trans ta;
    int64_t rows, cols, inner; /* C (rows x cols) = op(A) B, op(A) rows x inner */
    int count;                 /* in one step */
} product;

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median seconds of b->runs calls, after one that is not counted. */
static double median(const bench *b, void (*run)(void *ctx), void *ctx)
{
    double *all = calloc((size_t)b->runs, sizeof *all), middle;
    if (!all)
        exit(CVR_NO_MEMORY);
    run(ctx);
    for (int k = 0; k < b->runs; k++) {
        double begun = cvr_wall_seconds();
        run(ctx);
        all[k] = cvr_wall_seconds() - begun;
    }
    qsort(all, (size_t)b->runs, sizeof *all, by_size);
    middle = (all[(b->runs - 1) / 2] + all[b->runs / 2]) / 2;
    free(all);
    return middle;
}

/* ---- the floor --------------------------------------------------------------------- */

typedef struct operands {
    cvr_mat A, B, C;
    CBLAS_TRANSPOSE ta;
} operands;

static void multiply_double(const operands *o, int inner)
{
    int m = (int)o->C.rows, k = (int)o->C.cols, lda = (int)o->A.ld;
    if (k == 1)
        cblas_dgemv(CblasColMajor, o->ta, (int)o->A.rows, (int)o->A.cols, 1, o->A.data,
                    lda, o->B.data, 1, 0, o->C.data, 1);
    else
        cblas_dgemm(CblasColMajor, o->ta, CblasNoTrans, m, k, inner, 1, o->A.data, lda,
                    o->B.data, (int)o->B.ld, 0, o->C.data, (int)o->C.ld);
}

static void multiply_single(const operands *o, int inner)
{
    int m = (int)o->C.rows, k = (int)o->C.cols, lda = (int)o->A.ld;
    if (k == 1)
        cblas_sgemv(CblasColMajor, o->ta, (int)o->A.rows, (int)o->A.cols, 1, o->A.data,
                    lda, o->B.data, 1, 0, o->C.data, 1);
    else
        cblas_sgemm(CblasColMajor, o->ta, CblasNoTrans, m, k, inner, 1, o->A.data, lda,
                    o->B.data, (int)o->B.ld, 0, o->C.data, (int)o->C.ld);
}

static void multiply(void *ctx)
{
    const operands *o = ctx;
    (o->A.type == CVR_DOUBLE ? multiply_double : multiply_single)(o, (int)o->B.rows);
}

/* Seconds of one such product. */
static double product_seconds(const bench *b, const product *q)
{
    operands o = {.ta = q->ta == CVR_T ? CblasTrans : CblasNoTrans};
    bool turned = q->ta == CVR_T;
    double seconds;
    must(cvr_mat_new(cvr_cpu(), b->type, turned ? q->inner : q->rows,
                     turned ? q->rows : q->inner, &o.A));
    must(cvr_mat_new(cvr_cpu(), b->type, q->inner, q->cols, &o.B));
    must(cvr_mat_new(cvr_cpu(), b->type, q->rows, q->cols, &o.C));
    cvr_fill(o.A, 0.5);
    cvr_fill(o.B, 0.25);
    seconds = median(b, multiply, &o);
    cvr_mat_free(&o.A);
    cvr_mat_free(&o.B);
    cvr_mat_free(&o.C);
    return seconds;
}

static void report(const bench *b, const char *name, double seconds,
                   const product *products, size_t count)
{
    double floor = 0, flops = 0;
    for (size_t i = 0; i < count; i++) {
        const product *q = &products[i];
        floor += q->count * product_seconds(b, q);
        flops += 2.0 * q->count * (double)q->rows * (double)q->cols * (double)q->inner;
    }
    printf("%-30s %10.3f ms  floor %10.3f ms (%6.1f GFlop/s)  ratio %5.2f\n", name,
           1e3 * seconds, 1e3 * floor, 1e-9 * flops / floor, seconds / floor);
    fflush(stdout);
}

/* ---- the steps --------------------------------------------------------------------- */

static void admm_step(void *ctx)
{
    must(cvr_admm.step(((bench *)ctx)->state));
}

static void measure_admm(bench *b)
{
    int64_t n = b->n, d = b->d, P = b->P;
    const product products[] = {
        {CVR_T, d, 2 * P, n, 1}, /* G'|Ms| */
        {CVR_N, d, P, d, 3},     /* K^{-1}: sigma, and twice for delta */
        {CVR_N, n, P, d, 1},     /* F K^{-1} b */
        {CVR_N, n, 1, n, 1},     /* the n x n factor */
        {CVR_T, d, P, n, 1},     /* F' of its result */
        {CVR_N, n, 2 * P, d, 1}, /* G u */
    };
    double seconds;
    cvr_workspace w;
    must(cvr_alloc(1, cvr_admm.state_size, "ADMM", &b->state));
    must(cvr_method_set_up(&cvr_admm, b->state, &b->posed.problem, &w));
    seconds = median(b, admm_step, b);
    cvr_admm.teardown(b->state);
    cvr_workspace_free(&w);
    cvr_release(b->state);
    report(b, "ADMM iteration, direct", seconds, products,
           sizeof products / sizeof *products);
}

static void product_and_block(void *ctx)
{
    bench *b = ctx;
    must(cvr_system_apply(&b->system, b->Y, b->U));
    cvr_copy(b->Y, b->B);
    cvr_system_solve_block(&b->system, b->Y);
}

/* A solve of exactly system.limit inner iterations. */
static void inner_iterations(void *ctx)
{
    bench *b = ctx;
    cvr_fill(b->Y, 0);
    must(cvr_primal_solve(&b->primal, b->B, b->Y, 0));
    if (b->system.inner == b->system.limit)
        return;
    fprintf(stderr,
            "bench_step: block-pcg is done after %lld iterations: use more columns\n",
            (long long)b->system.inner);
    exit(CVR_USAGE);
}

static void measure_pcg(bench *b)
{
    int64_t n = b->n, d = b->d, P = b->P;
    const product products[] = {
        {CVR_N, n, P, d, 1}, /* X p */
        {CVR_T, d, P, n, 1}, /* X' of the gated sums */
        {CVR_N, d, P, d, 1}, /* K^{-1} */
    };
    enum { FEW = 1, MORE = 5 };
    double few, more;
    must(cvr_primal_factor(&b->primal));
    report(b, "block-pcg, product and block", median(b, product_and_block, b), products,
           3);
    b->system.limit = FEW;
    few = median(b, inner_iterations, b);
    b->system.limit = MORE;
    more = median(b, inner_iterations, b);
    report(b, "block-pcg, whole iteration", (more - few) / (MORE - FEW), products, 3);
}

/* ---- the problem ------------------------------------------------------------------- */

static void set(bench *b, const char *name, const char *format, double value)
{
    char text[64];
    snprintf(text, sizeof text, format, value);
    must(cvr_settings_set(b->posed.settings, name, text));
}

/* The penalties that ADMM would begin with: trace(X'X) / d is near n. */
static void make_settings(bench *b)
{
    must(cvr_settings_set(b->posed.settings, "primal", "direct"));
    must(cvr_settings_set(b->posed.settings, "certificate", "no"));
    set(b, "patterns", "%.0f", (double)b->P);
    set(b, "rho", "%g", (double)b->n / 10);
    set(b, "rho-slack", "%g", 1);
}

static void make_data(bench *b)
{
    cvr_mat X = {0}, Y = {0};
    must(cvr_mat_new(cvr_cpu(), b->type, b->n, b->d - 1, &X));
    must(cvr_mat_new(cvr_cpu(), b->type, b->n, 1, &Y));
    cvr_random_normal(X, 1, 1, 0);
    cvr_random_normal(Y, 1, 2, 0);
    pose_data(&b->posed, X, Y, CVR_REGRESS);
}

static void make_problem(bench *b)
{
    cvr_mat *work[] = {&b->B, &b->U, &b->Y}, B = {0};
    cvr_program *p = &b->program;
    cvr_workspace *w = &b->workspace;
    double rho;
    pose_begin(&b->posed, "convex");
    make_settings(b);
    make_data(b);
    pose_problem(&b->posed);
    must(cvr_program_pose(&b->posed.problem, p));
    b->P = p->P; /* equal patterns are dropped */
    cvr_workspace_init(w, cvr_cpu(), b->type, "the bench");
    must(cvr_program_lay_out(p, w));
    cvr_system_lay_out(&b->system, p, w);
    b->primal.way = cvr_primal_auto(p, false);
    must(cvr_primal_lay_out(&b->primal, &b->system, w));
    CVR_LAY_SCRATCH(w, b->d, b->P, &b->B, &b->U, &b->Y);
    CVR_LAY_SCRATCH(w, b->d, p->m, &B);
    must(cvr_workspace_take(w, b->posed.comm));
    must(cvr_program_start(p, B));
    must(cvr_system_start(&b->system));
    for (uint32_t i = 0; i < 3; i++)
        cvr_random_normal(*work[i], 1, 3 + i, 0);
    rho = cvr_settings_real(b->posed.settings, "rho");
    must(cvr_system_set(&b->system, rho, 1 / rho));
}

static void free_problem(bench *b)
{
    cvr_workspace_free(&b->workspace);
    cvr_program_free(&b->program);
    pose_end(&b->posed);
}

int main(int argc, char **argv)
{
    bench b = {.n = argc > 3 ? atoll(argv[1]) : 10000,
               .d = argc > 3 ? atoll(argv[2]) : 3073,
               .P = argc > 3 ? atoll(argv[3]) : 50,
               .type = argc > 4 && !strcmp(argv[4], "single") ? CVR_SINGLE : CVR_DOUBLE,
               .runs = argc > 5 ? atoi(argv[5]) : 5};
    if (b.d < 10 || b.P < 1 || b.n < 10 || b.n > 100000 || b.n >= b.d * b.P ||
        b.runs < 1) {
        fprintf(stderr, "usage: bench_step [N D P [single|double [RUNS]]], "
                        "10 <= N <= 100000, D >= 10, N < D P\n");
        return CVR_USAGE;
    }
    make_problem(&b);
    printf("n %lld  d %lld  P %lld  %s  medians of %d\n", (long long)b.n, (long long)b.d,
           (long long)b.P, b.type == CVR_SINGLE ? "single" : "double", b.runs);
    measure_admm(&b);
    measure_pcg(&b);
    free_problem(&b);
    return 0;
}

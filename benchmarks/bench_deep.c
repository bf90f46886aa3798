/* One iteration of `train deep` (sweep refresh) on the networks of docs/mathematics.md,
   against what it cannot do without.

       bench_deep [single|double [RUNS [NETWORK]]]

   A line of JSON a network (NETWORK: only the one of that name):
       seconds         an iteration, measurement left out
       gflop           of its products, a Gram matrix counted once (not for both halves)
       square          gflop over the rate of a 2000 x 2000 product
       shapes          seconds of its products as single calls of BLAS on blocks of rows
       memory          seconds of reading the data twice at the rate of a plain copy
       ratio           seconds / square;  shape_ratio: seconds / (shapes + memory)
   Times are the least of RUNS (5), and of half a second. Data are N(0, 1), labels are
   random. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "base/bytes.h"
#include "linalg/ops.h"
#include "posed.h"

extern const cvr_method cvr_deep_method;

typedef struct network {
    const char *name, *layers;
    int64_t rows, features, outputs;
    int64_t widths[6]; /* inputs, hidden layers, outputs; 0 ends them */
} network;

static const network networks[] = {
    {"784-100-50-10-1", "100,50,10", 10000, 784, 1, {784, 100, 50, 10, 1}},
    {"784-300-100-10", "300,100", 60000, 784, 10, {784, 300, 100, 10}},
    {"648-100-50-1", "100,50", 120290, 648, 1, {648, 100, 50, 1}},
    {"28-300-1", "300", 1000000, 28, 1, {28, 300, 1}},
};

typedef struct bench {
    const network *net;
    posed posed;
    const cvr_method *method;
    cvr_workspace workspace;
    void *state;
    cvr_type type;
    char threads[8]; /* of BLAS as it was found: for the products and the method */
    int runs;
} bench;

/* The least seconds of b->runs calls, and of as many as half a second takes, after one
   that is not counted. */
static double least(const bench *b, void (*run)(void *ctx), void *ctx)
{
    const double enough = 0.5;
    double best = INFINITY, spent = 0;
    run(ctx);
    for (int k = 0; k < b->runs || spent < enough; k++) {
        double begun = cvr_wall_seconds();
        run(ctx);
        double seconds = cvr_wall_seconds() - begun;
        spent += seconds;
        best = seconds < best ? seconds : best;
    }
    return best;
}

/* ---- floors ------------------------------------------------------------------------ */

/* C (rows x cols) = op(A) B over `inner`; gram: the lower triangle of A'A. */
typedef struct product {
    cvr_trans ta;
    int64_t rows, cols, inner;
    bool gram;
    cvr_mat A, B, C;
} product;

static void multiply(void *ctx)
{
    product *q = ctx;
    if (q->gram)
        cvr_gram(q->C, 1, CVR_T, q->A, 0);
    else
        cvr_gemm(q->C, 1, q->ta, q->A, CVR_N, q->B, 0);
}

static double product_seconds(const bench *b, product q)
{
    bool turned = q.ta == CVR_T;
    double seconds;
    must(cvr_mat_new(cvr_cpu(), b->type, turned ? q.inner : q.rows,
                     turned ? q.rows : q.inner, &q.A));
    must(cvr_mat_new(cvr_cpu(), b->type, q.inner, q.cols, &q.B));
    must(cvr_mat_new(cvr_cpu(), b->type, q.rows, q.cols, &q.C));
    cvr_fill(q.A, 0.5);
    cvr_fill(q.B, 0.25);
    seconds = least(b, multiply, &q);
    cvr_mat_free(&q.A);
    cvr_mat_free(&q.B);
    cvr_mat_free(&q.C);
    return seconds;
}

static double flops(const product *q)
{
    return (q->gram ? 1 : 2) * (double)q->rows * (double)q->cols * (double)q->inner;
}

/* The products of one block of rows; returns how many. */
static int products(const network *net, int64_t block, product *list)
{
    int count = 0;
    for (int l = 1; l < 6 && net->widths[l] > 0; l++) {
        int64_t in = net->widths[l - 1] + 1, out = net->widths[l];
        list[count++] = (product){.rows = block, .cols = out, .inner = in};
        list[count++] = (product){.ta = CVR_T, .rows = in, .cols = out, .inner = block};
        if (l == 1)
            continue;
        list[count++] = (product){.rows = block, .cols = in - 1, .inner = out};
        list[count++] =
            (product){.ta = CVR_T, .rows = in, .cols = in, .inner = block, .gram = true};
    }
    return count;
}

static void copy(void *ctx)
{
    cvr_mat *AB = ctx;
    cvr_copy(AB[1], AB[0]);
}

/* Bytes a second that a plain copy reads and writes. */
static double copy_rate(const bench *b)
{
    enum { NUMBERS = 16 << 20 };
    cvr_mat AB[2] = {0};
    double seconds;
    for (int k = 0; k < 2; k++)
        must(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, NUMBERS, 1, &AB[k]));
    seconds = least(b, copy, AB);
    for (int k = 0; k < 2; k++)
        cvr_mat_free(&AB[k]);
    return 2.0 * NUMBERS * sizeof(double) / seconds;
}

/* ---- the iteration ----------------------------------------------------------------- */

static void make_data(bench *b)
{
    const network *net = b->net;
    cvr_mat X = {0}, Y = {0};
    must(cvr_mat_new(cvr_cpu(), b->type, net->rows, net->features, &X));
    must(cvr_mat_new(cvr_cpu(), b->type, net->rows, net->outputs, &Y));
    cvr_random_normal(X, 1, 1, 0);
    for (int64_t i = 0; i < net->rows; i++)
        cvr_set(Y, i, i % net->outputs, net->outputs > 1 || i % 2 ? 1 : -1);
    pose_data(&b->posed, X, Y, CVR_CLASSIFY);
}

static void make_problem(bench *b)
{
    pose_begin(&b->posed, "deep");
    must(cvr_settings_set(b->posed.settings, "layers", b->net->layers));
    must(cvr_settings_set(b->posed.settings, "threads", b->threads));
    make_data(b);
    pose_problem(&b->posed);
    must(cvr_deep_method.choose(&b->posed.problem, &b->method));
    must(cvr_alloc(1, b->method->state_size, "a state", &b->state));
    openblas_set_num_threads(1); /* the method has threads of its own */
    must(b->method->pose(b->state, &b->posed.problem));
    cvr_workspace_init(&b->workspace, cvr_cpu(), b->type, "deep");
    must(b->method->lay_out(b->state, &b->workspace));
    must(cvr_workspace_take(&b->workspace, b->posed.comm));
    must(b->method->start(b->state));
}

static void free_problem(bench *b)
{
    openblas_set_num_threads(atoi(b->threads));
    cvr_workspace_free(&b->workspace);
    cvr_release(b->state);
    pose_end(&b->posed);
}

static void step(void *ctx)
{
    const bench *b = ctx;
    must(b->method->step(b->state));
}

static void measure(bench *b, double rate, double bytes_rate)
{
    enum { BLOCK = 4096 };
    const network *net = b->net;
    product list[20];
    int count = products(net, BLOCK, list);
    double gflop = 0, shapes = 0, blocks = (double)net->rows / BLOCK;
    double size = b->type == CVR_DOUBLE ? 8 : 4;
    double memory = 2 * size * (double)net->rows * (double)(net->features + 1);
    for (int i = 0; i < count; i++) {
        gflop += 1e-9 * blocks * flops(&list[i]);
        shapes += blocks * product_seconds(b, list[i]);
    }
    memory /= bytes_rate;
    make_problem(b);
    double seconds = least(b, step, b), square = gflop / rate;
    free_problem(b);
    printf("{\"network\":\"%s\",\"rows\":%lld,\"precision\":\"%s\",\"seconds\":%.5f,"
           "\"gflop\":%.2f,\"gemm_gflops\":%.1f,\"square\":%.5f,\"shapes\":%.5f,"
           "\"memory\":%.5f,\"ratio\":%.3f,\"shape_ratio\":%.3f}\n",
           net->name, (long long)net->rows, size > 4 ? "double" : "single", seconds,
           gflop, rate, square, shapes, memory, seconds / square,
           seconds / (shapes + memory));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    enum { SIDE = 2000 };
    bench b = {.type = argc > 1 && !strcmp(argv[1], "single") ? CVR_SINGLE : CVR_DOUBLE,
               .runs = argc > 2 ? atoi(argv[2]) : 5};
    if (b.runs < 1) {
        fprintf(stderr, "usage: bench_deep [single|double [RUNS [NETWORK]]]\n");
        return CVR_USAGE;
    }
    snprintf(b.threads, sizeof b.threads, "%d", openblas_get_num_threads());
    product square = {.rows = SIDE, .cols = SIDE, .inner = SIDE};
    double rate = 1e-9 * flops(&square) / product_seconds(&b, square);
    double bytes_rate = copy_rate(&b);
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        b.net = &networks[i];
        if (argc < 4 || strcmp(argv[3], b.net->name) == 0)
            measure(&b, rate, bytes_rate);
    }
    return 0;
}

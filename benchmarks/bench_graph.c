/* One iteration of graph-form ADMM (src/ccp/graph.c) against its floor.

       bench_graph [N D C [single|double [RUNS]]]

   The floor is the larger of two times. Products: of X U and X'A by cblas gemm in this
   process at exactly these shapes, for C > 1; a product with one column has nothing but
   its bytes. Bytes: X once, and 6 numbers a row and output (R, W read and written, Y, K
   read), over the rate at which gemv reads X. All three are the fastest of RUNS, taken by
   turns, so that they see the same machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ccp/graph.h"
#include "linalg/ops.h"
#include "posed.h"

typedef struct bench {
    cvr_mat X, Y, U, A, v, w; /* N x D, N x C, D x C, N x C, D x 1, N x 1 */
    cvr_workspace memory;
    cvr_graph graph;
} bench;

static void step(bench *b)
{
    must(cvr_graph_step(&b->graph));
}

static void read_all(bench *b)
{
    cvr_gemm(b->w, 1, CVR_N, b->X, CVR_N, b->v, 0);
}

static void multiply(bench *b)
{
    cvr_gemm(b->A, 1, CVR_N, b->X, CVR_N, b->U, 0);
    cvr_gemm(b->U, 1e-9, CVR_T, b->X, CVR_N, b->A, 0);
}

static void faster(bench *b, void (*run)(bench *b), double *best)
{
    double begun = cvr_wall_seconds();
    run(b);
    double took = cvr_wall_seconds() - begun;
    *best = took < *best ? took : *best;
}

static void setup(bench *b, cvr_comm *comm, cvr_type type, int64_t n, int64_t d,
                  int64_t C)
{
    struct {
        cvr_mat *A;
        int64_t rows, cols;
    } all[] = {{&b->X, n, d}, {&b->Y, n, C}, {&b->U, d, C},
               {&b->A, n, C}, {&b->v, d, 1}, {&b->w, n, 1}};
    for (int i = 0; i < 6; i++)
        must(cvr_mat_new(cvr_cpu(), type, all[i].rows, all[i].cols, all[i].A));
    for (int64_t j = 0; j < d; j++)
        cvr_random_normal(cvr_mat_cols(b->X, j, 1), 1, (uint32_t)j, 0);
    cvr_random_normal(b->U, 2, 0, 0);
    cvr_random_normal(b->v, 3, 0, 0);
    cvr_gemm(b->Y, 1, CVR_N, b->X, CVR_N, b->U, 0);
    cvr_relu(b->Y);
    cvr_graph_problem problem = {
        .X = b->X, .Y = b->Y, .relu = true, .intercept = -1, .lambda = (double)n / 10};
    must(cvr_graph_new(&problem, comm, &b->memory, &b->graph));
    cvr_fill(b->U, 0);
    must(cvr_graph_start(&b->graph, b->U, NULL));
}

static void teardown(bench *b)
{
    cvr_mat *all[] = {&b->X, &b->Y, &b->U, &b->A, &b->v, &b->w};
    cvr_workspace_free(&b->memory);
    for (int i = 0; i < 6; i++)
        cvr_mat_free(all[i]);
}

static void measure(bench *b, int runs)
{
    double X = (double)cvr_mat_bytes(b->X.type, b->X.rows, b->X.cols);
    double rows = (double)cvr_mat_bytes(b->X.type, 6 * b->X.rows, b->Y.cols);
    double took = 1e300, reading = 1e300, products = 1e300;
    for (int k = 0; k < runs; k++) {
        faster(b, step, &took);
        faster(b, read_all, &reading);
        if (b->Y.cols > 1)
            faster(b, multiply, &products);
    }
    double bytes = reading * (X + rows) / X;
    products = b->Y.cols > 1 ? products : 0;
    double floor = products > bytes ? products : bytes;
    printf("{\"rows\":%lld,\"features\":%lld,\"outputs\":%lld,\"precision\":\"%s\","
           "\"milliseconds\":%.4g,\"products\":%.4g,\"bytes\":%.4g,\"ratio\":%.4g}\n",
           (long long)b->X.rows, (long long)b->X.cols, (long long)b->Y.cols,
           b->X.type == CVR_SINGLE ? "single" : "double", 1e3 * took, 1e3 * products,
           1e3 * bytes, took / floor);
}

int main(int argc, char **argv)
{
    int64_t n = argc > 1 ? atoll(argv[1]) : 1000000, d = argc > 2 ? atoll(argv[2]) : 100;
    int64_t C = argc > 3 ? atoll(argv[3]) : 1;
    cvr_type type = argc > 4 && strcmp(argv[4], "single") == 0 ? CVR_SINGLE : CVR_DOUBLE;
    int runs = argc > 5 ? atoi(argv[5]) : 30;
    cvr_comm *comm = NULL;
    bench b = {0};
    if (n < 1 || d < 1 || C < 1 || runs < 1) {
        fprintf(stderr, "usage: bench_graph [N D C [single|double [RUNS]]]\n");
        return 2;
    }
    must(cvr_comm_open("serial", &comm));
    setup(&b, comm, type, n, d, C);
    measure(&b, runs);
    teardown(&b);
    cvr_comm_free(comm);
    return 0;
}

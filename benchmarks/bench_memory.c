/* What a solver of the ccp family takes beyond the data, a row.

       bench_memory N D SOLVER

   All memory is taken when a solver is made (glibc's count of allocated bytes before and
   after); reading the data takes its own, earlier. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "linalg/ops.h"

#include "posed.h"

static double allocated(void)
{
    struct mallinfo2 m = mallinfo2();
    return (double)m.uordblks + (double)m.hblkhd;
}

int main(int argc, char **argv)
{
    int64_t n = argc > 1 ? atoll(argv[1]) : 0, d = argc > 2 ? atoll(argv[2]) : 0;
    cvr_mat X = {0}, Y = {0};
    posed p = {0};
    cvr_solver *solver = NULL;
    if (argc < 4 || n < 1 || d < 1) {
        fprintf(stderr, "usage: bench_memory N D SOLVER\n");
        return 2;
    }
    pose_begin(&p, "ccp");
    must(cvr_settings_set(p.settings, "solver", argv[3]));
    must(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, n, d, &X));
    must(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, n, 1, &Y));
    for (int64_t j = 0; j < d; j++)
        cvr_random_normal(cvr_mat_cols(X, j, 1), 1, (uint32_t)j, 0);
    cvr_relu_of(Y, cvr_mat_cols(X, 0, 1));
    pose_data(&p, X, Y, CVR_REGRESS);
    double before = allocated();
    must(cvr_solver_new(p.data, NULL, p.comm, p.settings, &solver));
    printf("{\"rows\":%lld,\"features\":%lld,\"solver\":\"%s\",\"bytes_a_row\":%.4g}\n",
           (long long)n, (long long)d, argv[3], (allocated() - before) / (double)n);
    cvr_solver_free(solver);
    pose_end(&p);
    return 0;
}

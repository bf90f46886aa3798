/* Blocks of rows through the layers:   m_l = a_{l-1} V_l,  a_l = h(m_l) */
#include "deep/forward.h"

#include "linalg/mats.h"
#include "parallel/comm.h"
#include "parallel/threads.h"

int64_t cvr_deep_strip(int64_t cols, int64_t j, int64_t inner)
{
    enum { WIDTH = 64 };
    return inner >= WIDTH || cols - j < WIDTH ? cols - j : WIDTH;
}

/* m = x V and its units h(m), columns by strips, while they are in the cache. */
static void activate(cvr_mat units, cvr_mat M, cvr_mat X, cvr_mat V)
{
    for (int64_t j = 0, cols; j < M.cols; j += cols) {
        cols = cvr_deep_strip(M.cols, j, X.cols);
        cvr_mat part = cvr_mat_cols(M, j, cols);
        cvr_gemm(part, 1, CVR_N, X, CVR_N, cvr_mat_cols(V, j, cols), 0);
        cvr_relu_of(cvr_mat_cols(units, j, cols), part);
    }
}

void cvr_deep_forward_through(const cvr_deep_network *n, const cvr_deep_block *blocks,
                              int begin, int end, cvr_mat H, cvr_mat F)
{
    int64_t rows = H.rows;
    for (int l = begin; l < end && l + 1 < n->depth; l++) {
        cvr_mat above = cvr_mat_rows(blocks[l].H, 0, rows);
        activate(cvr_deep_units(n, above), cvr_mat_rows(blocks[l].M, 0, rows), H,
                 n->layers[l].V);
        H = above;
    }
    if (end == n->depth)
        cvr_gemm(F, 1, CVR_N, H, CVR_N, n->layers[n->depth - 1].V, 0);
}

void cvr_deep_forward(cvr_deep_thread *thread, int64_t first, int64_t rows, cvr_mat F)
{
    const cvr_deep_network *n = thread->network;
    cvr_deep_forward_through(n, thread->blocks, 0, n->depth,
                             cvr_mat_rows(n->X, first, rows), F);
}

typedef struct pass {
    cvr_deep_network *network;
    cvr_deep_work *work;
    void *ctx;
} pass;

/* As few blocks as fit, all of about the same size. */
static void work_on_rows(void *ctx, int index)
{
    const pass *p = ctx;
    cvr_deep_thread *t = &p->network->threads[index];
    int64_t count = t->rows > 0 ? (t->rows - 1) / p->network->block + 1 : 0;
    for (int64_t k = 0; k < count && !cvr_interrupt_poll(p->network->problem->comm);
         k++) {
        int64_t begin = t->rows * k / count, end = t->rows * (k + 1) / count;
        p->work(p->ctx, t, t->first + begin, end - begin);
    }
}

void cvr_deep_each_block(cvr_deep_network *n, cvr_deep_work *work, void *ctx)
{
    cvr_parallel_for(n->thread_count, work_on_rows, &(pass){n, work, ctx});
}

cvr_deep_figures cvr_deep_take_figures(cvr_deep_network *n)
{
    cvr_deep_figures sum = {0};
    for (int i = 0; i < n->thread_count; i++) {
        cvr_deep_figures *own = &n->threads[i].figures;
        sum.objective += own->objective;
        sum.primal2 += own->primal2;
        sum.size2 += own->size2;
        *own = (cvr_deep_figures){0};
    }
    return sum;
}

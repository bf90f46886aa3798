/* Passes over own rows, block by block, threads side by side. */
#ifndef CVR_DEEP_FORWARD_H
#define CVR_DEEP_FORWARD_H

#include "deep/network.h"

/* work(ctx, thread, first, rows) on each block of own rows. When the process wishes to
   end (parallel/comm.h) it is left, and its results are void. */
typedef void cvr_deep_work(void *ctx, cvr_deep_thread *thread, int64_t first,
                           int64_t rows);
void cvr_deep_each_block(cvr_deep_network *n, cvr_deep_work *work, void *ctx);

/* Rows first .. first + rows - 1: M_l and H_l of the thread's blocks, the top's into F
   (rows x outputs). */
void cvr_deep_forward(cvr_deep_thread *thread, int64_t first, int64_t rows, cvr_mat F);

/* The same from the input H of layer `begin` through the layers before `end`, in other
   blocks; F: where the last of all is among them. */
void cvr_deep_forward_through(const cvr_deep_network *n, const cvr_deep_block *blocks,
                              int begin, int end, cvr_mat H, cvr_mat F);

/* The figures of all threads, which begin anew. */
cvr_deep_figures cvr_deep_take_figures(cvr_deep_network *n);

/* The number of columns from j on, of `cols`, that a product over `inner` and what
   follows process at a time: a strip that stays in the cache where `inner` is small, else
   all, since each product copies its left side. */
int64_t cvr_deep_strip(int64_t cols, int64_t j, int64_t inner);

#endif

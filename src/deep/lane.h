/* Own rows shared among the threads of a process: a lane each, with its blocks and its
   sums. */
#ifndef CVR_DEEP_LANE_H
#define CVR_DEEP_LANE_H

#include "deep/network.h"

/* What a lane has of a layer. */
typedef struct cvr_deep_strand {
    cvr_mat M, H; /* of one block: rows x out, rows x (out and ones); no H at the top */
    cvr_mat T;    /* of one block: targets of the layer, rows x out */
    cvr_mat S, G; /* sum a_{-}'t (in x out; turned: out x in), sum a_{-}'a_{-} */
    cvr_mat part_S, part_G; /* the same in single precision only: of the last blocks; no
                               part_G with wide_gram */
    bool turned;            /* few inputs, in double, are faster so */
    int64_t pending;        /* rows of those blocks */
} cvr_deep_strand;

typedef struct cvr_deep_lane {
    const cvr_deep_network *network;
    int64_t first, rows;      /* of own rows */
    cvr_deep_strand *strands; /* depth of them */
    cvr_mat Z;                /* one block of z_L */
    cvr_mat wide;             /* scratch in double */
    cvr_deep_figures figures; /* over its rows, for cvr_deep_take_figures */
} cvr_deep_lane;

/* Takes the memory of n->lanes, `threads' of them if there are rows for so many. */
cvr_status cvr_deep_lanes_new(cvr_deep_network *n, int64_t threads);
void cvr_deep_lanes_free(cvr_deep_network *n);

/* work(ctx, lane, first, rows) on each block of own rows, lanes side by side. When the
   process wishes to end (parallel/heed.h) it is left, and its results are void. */
typedef void cvr_deep_work(void *ctx, cvr_deep_lane *lane, int64_t first, int64_t rows);
void cvr_deep_each_block(cvr_deep_network *n, cvr_deep_work *work, void *ctx);

/* Rows first .. first + rows - 1: M_l and H_l of the lane's blocks, the top's into F
   (rows x outputs). */
void cvr_deep_forward(cvr_deep_lane *lane, int64_t first, int64_t rows, cvr_mat F);

/* The figures of all lanes, which begin anew. */
cvr_deep_figures cvr_deep_take_figures(cvr_deep_network *n);

/* S += h't, G += h'h of layer l (no G of the first: it stays). */
void cvr_deep_add(cvr_deep_lane *lane, int l, cvr_mat H, cvr_mat T);

/* Columns from j on, of `cols`, that a product over `inner` and what follows work on at a
   time: with few inner ones so many that they stay in the cache; with more all, since
   each product copies its left side. */
static inline int64_t cvr_deep_strip(int64_t cols, int64_t j, int64_t inner)
{
    enum { WIDTH = 64 };
    return inner >= WIDTH || cols - j < WIDTH ? cols - j : WIDTH;
}

/* The sums of all lanes move into S and G of the layer; always in the same order. */
void cvr_deep_collect(cvr_deep_network *n, int l);

#endif

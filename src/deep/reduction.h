/* The sums over all rows that W-steps are made of, "transpose reduction" (Taylor et al.
   2016):

       S_l = sum omega a'z (in x out),   G_l = sum omega a'a (in x in)
       a = a_{l-1}, z = z_l, omega the weight of a row

   Each thread adds up its own rows (add); threads are added up, always in the same order,
   and packed for sending (gather); then one message adds up the processes (allreduce). It
   holds S and the lower triangle of G of each layer, whatever the number of rows; of the
   first layer S only, because its a is the data, whose G is made once. Sums are in
   double; in single precision the last few thousand rows add up in single first. */
#ifndef CVR_DEEP_REDUCTION_H
#define CVR_DEEP_REDUCTION_H

#include <cvxrelu/comm.h>

#include "deep/layer.h"

/* A thread's sums of a layer. */
typedef struct cvr_deep_sums {
    cvr_mat S, G; /* in x out (transposed: out x in), in x in, double */
    cvr_mat S32,
        G32; /* of the pending rows in single precision only; no G32 with gram64 */
    bool transposed; /* few inputs, in double, are faster so */
    int64_t pending;
} cvr_deep_sums;

typedef struct cvr_deep_reduction {
    cvr_comm *comm;
    cvr_deep_layer *layers; /* depth of them: their S and G are the results */
    int depth, threads;
    cvr_type type;       /* of the rows */
    int64_t block;       /* rows of a block at most */
    bool gram64;         /* a'a is formed in double: single precision is too coarse */
    cvr_deep_sums *sums; /* threads x depth */
    cvr_mat *scratch;    /* threads: room in double for what each copies */
    bool weighted;       /* rows have weights: */
    cvr_mat root;        /* own rows x 1: sqrt(omega) */
    cvr_mat *H, *T;      /* threads: block x the widest layer: a, z times root */
    bool summed;    /* over the rows as soon as they are gathered, by cvr_deep_sum_rows */
    bool gives;     /* its sums are saved, if they are those of all rows */
    cvr_mat buffer; /* what is sent, a column of doubles */
} cvr_deep_reduction;

/* rows: own ones. saved: whether sums of own rows outlive a step: CVR_PARTIAL or
   CVR_SCRATCH; of all rows and some of the layers: CVR_TOTAL, saved by the processes that
   give. */
cvr_status cvr_deep_reduction_lay_out(cvr_deep_reduction *r, cvr_workspace *w,
                                      int64_t rows, cvr_mark saved) CVR_MUST_CHECK;
/* Views, when all is there; omega: own rows x 1, no memory: 1 each. */
void cvr_deep_reduction_start(cvr_deep_reduction *r, cvr_mat omega);

/* Collective: G of the first layer, from X (own rows x in). */
cvr_status cvr_deep_first_gram(cvr_deep_reduction *r, cvr_mat X) CVR_MUST_CHECK;

/* Of layers l .. l + count - 1: */
void cvr_deep_zero(cvr_deep_reduction *r, int l, int count);
void cvr_deep_gather(cvr_deep_reduction *r, int l, int count);
cvr_status cvr_deep_sum_rows(cvr_deep_reduction *r, int l, int count) CVR_MUST_CHECK;
cvr_status cvr_deep_allreduce(cvr_deep_reduction *r, int l, int count) CVR_MUST_CHECK;
void cvr_deep_forget(cvr_deep_reduction *r, int l); /* zeroes in place of what is sent */

/* The sums of a thread: S += h't, G += h'h of layer l, for a block of rows from first
   on. */
void cvr_deep_add(cvr_deep_reduction *r, int thread, int l, int64_t first, cvr_mat H,
                  cvr_mat T);
/* A times root, for rows from first on, in the thread's H or T; without weights A. */
cvr_mat cvr_deep_weigh(const cvr_deep_reduction *r, cvr_mat work, int64_t first,
                       cvr_mat A);

#endif

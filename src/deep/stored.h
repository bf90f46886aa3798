/* z and a of every layer kept for all rows, and the exact step over each of them and over
   the weights: blocks of methods that differ in the order of these.

       W   V_l = (G_l + eps I)^{-1} S_l,  S_l = sum a_{l-1}'t_l, G_l = sum a_{l-1}'a_{l-1}
       a   a_l = c_l + (t_{l+1} - [c_l 1] V_{l+1}) P_{l+1},  the minimiser of
           b_{l+1} |t_{l+1} - [a 1] V_{l+1}|^2 + r_l |a - c_l|^2
       z   z_l = argmin g_l |q_l - h(z)|^2 + b_l |z - a_{l-1} V_l|^2
           z_L and lambda at m_L = a_{L-1} V_L (top.h)

   t_l = z_l, and z_L + lambda / (2 b_L) at the top with the full multiplier.
   c_l = h(z_l), q_l = a_l and r_l = g_l, unless a method keeps a_l twice (split): as a_l
   for the layer above and as q_l for the one below, equal by a multiplier
   u_l = 2 r_l d_l; there c_l = q_l - d_l.

   With majorised steps (layer.h) a goes down its gradient, all rows by one length:

       a_l -= s D,   D = b ([a 1] V - t) V_' + r (a - c),   V = V_{l+1}
                     s = s_0 / 2^k up to |D|^2 / (b |D V_|^2 + r |D|^2),  s_0 = 1 / r */
#ifndef CVR_DEEP_STORED_H
#define CVR_DEEP_STORED_H

#include "deep/deep.h"
#include "deep/forward.h"

typedef struct cvr_deep_stored {
    cvr_deep deep;            /* first */
    cvr_mat A[CVR_DEEP_MOST]; /* own rows x (out and ones), of hidden layers */
    cvr_mat Z[CVR_DEEP_MOST]; /* own rows x out */
    bool split;
    cvr_mat Q[CVR_DEEP_MOST]; /* split: own rows x out, of hidden layers */
    cvr_mat D[CVR_DEEP_MOST]; /* likewise */
    int layer, count;         /* of this step */
    double length;            /* s of a majorised one */
} cvr_deep_stored;

/* Of a cvr_method whose state begins with a cvr_deep_stored. Start: first weights and the
   z and a that they make. Measure: the function itself, multipliers included, is the
   objective. */
cvr_status cvr_deep_stored_lay_out(void *state, cvr_workspace *w) CVR_MUST_CHECK;
cvr_status cvr_deep_stored_start(void *state) CVR_MUST_CHECK;
cvr_status cvr_deep_stored_measure(void *state, cvr_progress *progress,
                                   cvr_mat *outputs) CVR_MUST_CHECK;

/* Start in three: z = m and a = h(z) between problem and model, or what a method has. */
cvr_status cvr_deep_stored_open(cvr_deep_stored *s) CVR_MUST_CHECK;
void cvr_deep_stored_follow(cvr_deep_stored *s);

/* work(ctx = s, ...) on all blocks of own rows, for layer l. */
void cvr_deep_stored_each(cvr_deep_stored *s, int l, cvr_deep_work *work);

/* a_{l-1} V_l of a block of rows, in the thread's block M_l. */
cvr_mat cvr_deep_stored_product(const cvr_deep_stored *s, const cvr_deep_thread *t, int l,
                                int64_t first, int64_t rows);

/* Layers l from 0; the z-step of the last one is that of the top. W, of layers l to
   l + count - 1 at once, is collective; a may be. */
cvr_status cvr_deep_stored_w(cvr_deep_stored *s, int l, int count) CVR_MUST_CHECK;
cvr_status cvr_deep_stored_a(cvr_deep_stored *s, int l) CVR_MUST_CHECK;
void cvr_deep_stored_z(cvr_deep_stored *s, int l);

/* The objective of own rows and what belongs to it. */
cvr_deep_figures cvr_deep_stored_figures(cvr_deep_stored *s);

#endif

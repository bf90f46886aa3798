/* z and a of every layer kept for all rows, and the exact step over each of them and over
   the weights: blocks of methods that differ in the order of these.

       W   V_l = (G_l + eps I)^{-1} S_l,  S_l = sum a_{l-1}'t_l, G_l = sum a_{l-1}'a_{l-1}
       a   a_l = h(z_l) + (t_{l+1} - [h(z_l) 1] V_{l+1}) P_{l+1}
       z   z_l = argmin g_l |a_l - h(z)|^2 + b_l |z - a_{l-1} V_l|^2
           z_L and lambda at m_L = a_{L-1} V_L (top.h)

   t_l = z_l, and z_L + lambda / (2 b_L) at the top with the full multiplier. */
#ifndef CVR_DEEP_STORED_H
#define CVR_DEEP_STORED_H

#include "deep/deep.h"

typedef struct cvr_deep_stored {
    cvr_deep deep;            /* first */
    cvr_mat A[CVR_DEEP_MOST]; /* own rows x (out and ones), of hidden layers */
    cvr_mat Z[CVR_DEEP_MOST]; /* own rows x out */
    int layer;                /* of this step */
} cvr_deep_stored;

/* Of a cvr_method whose state begins with a cvr_deep_stored. Start: first weights and the
   z and a that they make, or (gaussian) the other way round. Measure: the function
   itself, multiplier included, is the objective. */
cvr_status cvr_deep_stored_lay_out(void *state, cvr_workspace *w) CVR_MUST_CHECK;
cvr_status cvr_deep_stored_start(void *state) CVR_MUST_CHECK;
cvr_status cvr_deep_stored_measure(void *state, cvr_progress *progress,
                                   cvr_mat *outputs) CVR_MUST_CHECK;

/* Layers l from 0; the z-step of the last one is that of the top. W is collective. */
cvr_status cvr_deep_stored_w(cvr_deep_stored *s, int l) CVR_MUST_CHECK;
void cvr_deep_stored_a(cvr_deep_stored *s, int l);
void cvr_deep_stored_z(cvr_deep_stored *s, int l);

#endif

/* The steps of the sweep `refresh`, for methods that differ in how far a may go. */
#ifndef CVR_DEEP_REFRESH_H
#define CVR_DEEP_REFRESH_H

#include "deep/deep.h"

typedef struct cvr_deep_sweep {
    cvr_deep deep; /* first */
    /* 2 x 1, double: |z_L - m_L|^2 and |z_L|^2 of the last sweep's rows */
    cvr_mat residual;
    double tube; /* tau; 0: a pull is as long as it is */
} cvr_deep_sweep;

/* Of a cvr_method whose state begins with a cvr_deep_sweep. */
cvr_status cvr_deep_refresh_lay_out(void *state, cvr_workspace *w) CVR_MUST_CHECK;
cvr_status cvr_deep_refresh_start(void *state) CVR_MUST_CHECK;
cvr_status cvr_deep_refresh_step(void *state) CVR_MUST_CHECK;
cvr_status cvr_deep_refresh_measure(void *state, cvr_progress *progress,
                                    cvr_mat *outputs) CVR_MUST_CHECK;

#endif

/* Penalties that grow, --schedule paper: b, g and r of all layers tenfold at a time.

   dlADMM: when the training loss has risen three times since they last did; pdADMM: when
   it has fallen by less than a thousandth. The multipliers lambda = 2 b_L u keep their
   values, so u is divided by ten; P is the same, as it depends on ratios alone. */
#ifndef CVR_DEEP_SCHEDULE_H
#define CVR_DEEP_SCHEDULE_H

#include "deep/deep.h"

typedef struct cvr_deep_penalty {
    double b, g, r;
} cvr_deep_penalty;

typedef struct cvr_deep_schedule {
    cvr_deep_penalty given[CVR_DEEP_MOST]; /* of each layer */
    double factor;                         /* of what is given */
    double loss;   /* at the last iteration; infinite: there was none */
    int64_t rises; /* of the loss since penalties last grew */
} cvr_deep_schedule;

/* After the layers' penalties are posed. */
void cvr_deep_schedule_pose(cvr_deep_schedule *c, const cvr_deep *s);
void cvr_deep_schedule_lay_out(cvr_deep_schedule *c, cvr_workspace *w);
/* The penalties of a state that may have been brought back. */
void cvr_deep_schedule_apply(const cvr_deep_schedule *c, cvr_deep *s);
/* At the end of an iteration: *grown is by what penalties have become larger, 1 or 10;
   scaled multipliers beside U are the caller's to divide by it. Collective, and nothing
   without a schedule. */
cvr_status cvr_deep_schedule_step(cvr_deep_schedule *c, cvr_deep *s,
                                  double *grown) CVR_MUST_CHECK;

#endif

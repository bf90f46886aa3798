/* The loss of the present weights, and what follows from it. */
#include "deep/schedule.h"

#include <math.h>

#include "deep/forward.h"
#include "linalg/mats.h"
#include "parallel/comm.h"

/* A top penalty that grows stops here: labels would no longer enter. */
static const double TENFOLD = 10, MOST = 10;

/* A cvr_deep_work: the outputs of the present weights. */
static void outputs(void *ctx, cvr_deep_thread *t, int64_t first, int64_t rows)
{
    const cvr_deep *s = ctx;
    cvr_deep_forward(t, first, rows, cvr_mat_rows(s->F, first, rows));
}

/* Over all rows; collective. */
static cvr_status training_loss(cvr_deep *s, double *loss)
{
    cvr_status status = CVR_OK;
    cvr_deep_each_block(&s->network, outputs, s);
    *loss = cvr_deep_own_loss(s, s->F);
    CVR_TRY(cvr_allreduce_sum(s->problem->comm, loss, 1));
    CVR_TRY(cvr_interrupt_check(s->problem->comm));
done:
    return status;
}

void cvr_deep_schedule_pose(cvr_deep_schedule *c, const cvr_deep *s)
{
    *c = (cvr_deep_schedule){.factor = 1, .loss = INFINITY};
    for (int l = 0; l < s->network.depth; l++) {
        const cvr_deep_layer *layer = &s->network.layers[l];
        c->given[l] = (cvr_deep_penalty){layer->b, layer->g, layer->r};
    }
}

void cvr_deep_schedule_apply(const cvr_deep_schedule *c, cvr_deep *s)
{
    int depth = s->network.depth;
    for (int l = 0; l < depth; l++) {
        cvr_deep_layer *layer = &s->network.layers[l];
        layer->b = c->factor * c->given[l].b;
        layer->g = c->factor * c->given[l].g;
        layer->r = c->factor * c->given[l].r;
    }
    s->top.b = s->network.layers[depth - 1].b;
}

void cvr_deep_schedule_lay_out(cvr_deep_schedule *c, cvr_workspace *w)
{
    cvr_workspace_push(w, "schedule", 0);
    cvr_lay_real(w, "factor", &c->factor);
    cvr_lay_real(w, "loss", &c->loss);
    cvr_lay_count(w, "rises", &c->rises);
    cvr_workspace_pop(w);
}

/* Whether the penalties are to grow now that the loss is this. */
static bool due(cvr_deep_schedule *c, cvr_deep_growth growth, double loss)
{
    enum { RISES = 3 };
    bool stalls = !(loss < 0.999 * c->loss);
    c->rises += loss > c->loss;
    c->loss = loss;
    return growth == CVR_GROWTH_STALLS ? stalls : c->rises >= RISES;
}

cvr_status cvr_deep_schedule_step(cvr_deep_schedule *c, cvr_deep *s, double *grown)
{
    double loss;
    cvr_status status = CVR_OK;
    *grown = 1;
    if (s->options.growth == CVR_GROWTH_NONE || !s->network.fit.finite)
        return CVR_OK;
    CVR_TRY(training_loss(s, &loss));
    if (!due(c, s->options.growth, loss) || s->top.b * TENFOLD > MOST)
        return CVR_OK;
    *grown = TENFOLD;
    c->factor *= TENFOLD;
    c->rises = 0;
    cvr_deep_schedule_apply(c, s);
    cvr_scale(s->U, 1 / TENFOLD);
done:
    return status;
}

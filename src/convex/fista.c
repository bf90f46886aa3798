/* Restarted accelerated proximal gradient for the gated program (R-FISTA).

       x+ = shrink( z - F'(F z - Y) / L, beta / L ),   L >= |F|^2
       t+ = (1 + sqrt(1 + 4 t^2)) / 2,   z = x+ + ((t - 1) / t+) (x+ - x)
   and t = 1 again whenever <z - x+, x+ - x> > 0 (O'Donoghue and Candes 2015, the gradient
   scheme). Sources: Beck and Teboulle 2009; Mishkin, Sahiner and Pilanci 2022. */
#include <math.h>

#include "base/bytes.h"
#include "convex/formulation.h"
#include "convex/plan.h"
#include "linalg/power.h"

typedef struct fista {
    cvr_program *p;
    cvr_certificate certificate;
    cvr_mat V, Old, Z, G,
        R; /* x, the x before, z, gradient: d x m; F z - Y: own rows x C */
    double L, t;
    bool bounds;
} fista;

/* Y = F'F X. */
static cvr_status normal(void *ctx, cvr_mat Y, cvr_mat X)
{
    fista *s = ctx;
    cvr_predict(s->p, s->R, X);
    cvr_fan(s->p, s->p->T, s->R);
    return cvr_backward(s->p, Y, s->p->T);
}

/* x+ = shrink(z - gradient / L), into V; the x before goes to Old. */
static cvr_status gradient_step(fista *s)
{
    const cvr_program *p = s->p;
    cvr_status status = CVR_OK;
    cvr_predict(p, s->R, s->Z);
    cvr_axpby(s->R, -1, p->Y, 1);
    cvr_fan(p, p->T, s->R);
    CVR_TRY(cvr_backward(p, s->G, p->T));
    cvr_copy(s->Old, s->V);
    cvr_axpby(s->G, 1, s->Z, -1 / s->L);
    cvr_group_shrink(s->V, s->G, p->P, p->beta / s->L);
done:
    return status;
}

/* z = x+ + momentum (x+ - x). */
static void accelerate(fista *s)
{
    double next = (1 + sqrt(1 + 4 * s->t * s->t)) / 2, momentum = (s->t - 1) / next;
    double against = cvr_dot(s->Z, s->V) - cvr_dot(s->Z, s->Old) - cvr_dot(s->V, s->V) +
                     cvr_dot(s->V, s->Old);
    if (against > 0)
        next = 1, momentum = 0;
    cvr_copy(s->Z, s->V);
    cvr_axpby(s->Z, -momentum, s->Old, 1 + momentum);
    s->t = next;
}

static cvr_status step(void *state)
{
    fista *s = state;
    cvr_status status = CVR_OK;
    double t = cvr_wall_seconds();
    CVR_TRY(gradient_step(s));
    t = cvr_phase_end(s->p->problem, CVR_PHASE_PRIMAL, t);
    accelerate(s);
    cvr_phase_end(s->p->problem, CVR_PHASE_PROX, t);
done:
    return status;
}

/* The point itself is feasible and its residual a dual point. */
static cvr_status measure(void *state, cvr_progress *progress)
{
    fista *s = state;
    cvr_program *p = s->p;
    const cvr_problem *q = p->problem;
    cvr_score score;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_certificate_upper(&s->certificate, s->V, true, 0));
    CVR_TRY(cvr_score_outputs(p->R, p->Y, q->train->task, q->train->classes, 0, p->comm,
                              &score));
    progress->pattern_accuracy = score.accuracy;
    if (s->bounds)
        CVR_TRY(cvr_certificate_lower(&s->certificate, p->R, p->T, 0));
    cvr_certificate_report(&s->certificate, progress);
    progress->primal_residual =
        sqrt(cvr_distance2(s->V, s->Old) / fmax(cvr_dot(s->V, s->V), 1e-300));
done:
    return status;
}

static cvr_status take_memory(fista *s)
{
    const cvr_program *p = s->p;
    cvr_mat *wide[] = {&s->V, &s->Old, &s->Z, &s->G};
    cvr_status status = CVR_OK;
    for (int i = 0; i < 4; i++)
        CVR_TRY(cvr_mat_new(p->X.on, p->X.type, p->d, p->m, wide[i]));
    CVR_TRY(cvr_mat_new(p->X.on, p->X.type, p->n, p->C, &s->R));
    CVR_TRY(cvr_certificate_new(p, (cvr_mat){0}, &s->certificate));
done:
    return status;
}

/* L = 1.02 times the estimate of |F|^2, which comes from below. */
static cvr_status setup(void *state, cvr_program *p)
{
    fista *s = state;
    cvr_status status = CVR_OK;
    s->p = p;
    s->t = 1;
    s->bounds = cvr_plan_bounds(p);
    CVR_TRY(cvr_agree(p->comm, take_memory(s)));
    cvr_fan(p, p->T, p->Y);
    CVR_TRY(cvr_backward(p, s->G, p->T));
    if (cvr_max_abs(s->G) == 0)
        cvr_fill(s->G, 1);
    CVR_TRY(cvr_power(normal, s, s->G, s->Old, 1e-3, 100, &s->L));
    s->L = fmax(1.02 * s->L, 1e-300);
    cvr_fill(s->Old, 0);
done:
    return status;
}

static cvr_status set_penalty(void *state)
{
    fista *s = state;
    s->t = 1;
    cvr_certificate_reset(&s->certificate);
    return CVR_OK;
}

static cvr_mat weights(void *state)
{
    return ((fista *)state)->V;
}

static const char *detail(void *state)
{
    (void)state;
    return "";
}

static void teardown(void *state)
{
    fista *s = state;
    cvr_mat *all[] = {&s->V, &s->Old, &s->Z, &s->G, &s->R};
    for (int i = 0; i < 5; i++)
        cvr_mat_free(all[i]);
    cvr_certificate_free(&s->certificate);
}

const cvr_algorithm cvr_fista = {"fista", sizeof(fista), setup,  step,    measure,
                                 weights, set_penalty,   detail, teardown};

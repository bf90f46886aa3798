/* The certificate (docs/mathematics.md, "Certificate").

   Lower bound: for the residual r = Y - F u and multipliers mu >= 0 of G v >= 0,
       m_i = | +-F_i'r + G_i'mu_i |,  t = max(0, min( <r, Y> / <r, r>, beta / max m_i )),
       g = t <r, Y> - t^2 <r, r> / 2  <=  optimum.
   Upper bound: adding the same e_i to both v_i and w_i changes no prediction. The
   shortest e_i with G_i e_i >= the violations of both (inside.c) makes them feasible up
   to its own tolerance; what is left goes along the direction c_i of the widest margin,
   by t_i = max_j violation_j / margin_j. The best multiple a >= 0 of that point is
   feasible. */
#include "convex/certificate.h"

#include <math.h>

#include "base/bytes.h"
#include "linalg/mats.h"

static cvr_status take_memory(const cvr_program *p, cvr_certificate *c)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(p->X.on, p->X.type, p->d, p->m, &c->B));
    if (p->signs == 1)
        return CVR_OK;
    CVR_TRY(cvr_mat_new(p->X.on, p->X.type, p->d, p->m, &c->V));
    CVR_TRY(cvr_mat_new(p->X.on, p->X.type, p->m, 1, &c->t));
done:
    return status;
}

cvr_status cvr_certificate_new(const cvr_program *p, cvr_mat XX, cvr_certificate *c)
{
    c->p = p;
    c->XX = XX;
    cvr_certificate_reset(c);
    return take_memory(p, c);
}

static void free_points(cvr_certificate *c)
{
    double **lists[] = {&c->width, &c->wider, &c->steps};
    CVR_MATS_FREE(&c->In, &c->XIn);
    for (int i = 0; i < 3; i++) {
        cvr_release(*lists[i]);
        *lists[i] = NULL;
    }
    cvr_inside_free(&c->margin);
    cvr_inside_free(&c->repair);
    cvr_inside_factor_free(&c->factor);
}

void cvr_certificate_free(cvr_certificate *c)
{
    CVR_MATS_FREE(&c->B, &c->V, &c->t);
    free_points(c);
}

void cvr_certificate_reset(cvr_certificate *c)
{
    c->lower = -INFINITY;
    c->upper = INFINITY;
}

/* ---- lower bound ------------------------------------------------------------------- */

cvr_status cvr_certificate_lower(cvr_certificate *c, cvr_mat F, cvr_mat M, double rho_s)
{
    const cvr_program *p = c->p;
    cvr_status status = CVR_OK;
    double sums[2], sum, largest, t;
    cvr_axpby(F, 1, p->Y, -1);
    sums[0] = cvr_dot(F, p->Y);
    sums[1] = cvr_dot(F, F);
    CVR_TRY(cvr_sum_scalars(p->comm, sums, 2));
    cvr_fan(p, p->T, F);
    if (p->signs == 2)
        cvr_cone_multiplier(p->T, p->D, M, rho_s, 1);
    CVR_TRY(cvr_backward(p, c->B, p->T));
    CVR_TRY(cvr_verify_backward(&p->verifier, "the lower bound", c->B, p->T));
    cvr_group_sizes(p, c->B, &sum, &largest);
    t = sums[1] > 0 ? fmax(0, sums[0] / sums[1]) : 0;
    if (largest * t > p->beta)
        t = p->beta / largest;
    c->lower = fmax(c->lower, t * sums[0] - t * t * sums[1] / 2);
done:
    return status;
}

/* ---- upper bound ------------------------------------------------------------------- */

static const char upper[] = "the upper bound";

/* What a point with outputs F is worth: |Y - F|^2, <Y - F, F>, |F|^2, and its penalty. */
typedef struct cvr_worth {
    double rr, rf, ff, penalty;
} cvr_worth;

static cvr_status value(const cvr_program *p, cvr_mat F, cvr_mat V, cvr_worth *w)
{
    double sums[3] = {cvr_distance2(F, p->Y), cvr_dot(F, p->Y), cvr_dot(F, F)}, largest;
    cvr_status status = cvr_sum_scalars(p->comm, sums, 3);
    *w = (cvr_worth){.rr = sums[0], .rf = sums[1] - sums[2], .ff = sums[2]};
    cvr_group_sizes(p, V, &w->penalty, &largest);
    w->penalty *= p->beta;
    return status;
}

/* The least of 1/2 |Y - a F|^2 + a penalty over a = 1 + e >= 0, from the residual: a
   small loss is not the difference of large numbers. */
static double best_multiple(cvr_worth w)
{
    double e = w.ff > 0 ? fmax(-1, (w.rf - w.penalty) / w.ff) : 0;
    return (w.rr + e * e * w.ff) / 2 - e * w.rf + (1 + e) * w.penalty;
}

/* Takes the points found so far that have a wider margin than those at hand; *gain is the
   largest relative widening. */
static cvr_status adopt(cvr_certificate *c, double *gain)
{
    const cvr_program *p = c->p;
    const cvr_inside *found = &c->margin;
    cvr_mat v = cvr_mat_part(c->t, 0, 0, p->P, 1);
    cvr_status status = CVR_OK;
    *gain = 0;
    CVR_TRY(cvr_verify_forward(&p->verifier, upper, found->XC, found->C));
    CVR_TRY(cvr_inside_margins(p, found->C, found->XC, v, c->wider));
    for (int64_t i = 0; i < p->P; i++) {
        double had = c->width[i];
        if (!(c->wider[i] > had))
            continue;
        *gain = fmax(*gain, had > 0 ? c->wider[i] / had - 1 : 1);
        c->width[i] = c->wider[i];
        cvr_copy(cvr_mat_cols(c->In, i, 1), cvr_mat_cols(found->C, i, 1));
        cvr_copy(cvr_mat_cols(c->XIn, i, 1), cvr_mat_cols(found->XC, i, 1));
    }
done:
    return status;
}

/* Iterations are made in dozens and more: one that has been left goes on to the same
   count. */
static int64_t rounded(int64_t effort)
{
    enum { AT_ONCE = 20 };
    return effort / AT_ONCE * AT_ONCE;
}

/* Widest margins are looked for until none widens by a hundredth any more. */
static cvr_status widen(cvr_certificate *c, int64_t effort)
{
    double gain;
    int64_t count = rounded(effort) - c->margin.iterations;
    cvr_status status = CVR_OK;
    if (c->settled || count <= 0)
        return CVR_OK;
    CVR_TRY(cvr_inside_improve(&c->margin, count, true));
    CVR_TRY(adopt(c, &gain));
    c->settled = gain > 0 && gain < 0.01;
done:
    return status;
}

static cvr_status take_points(cvr_certificate *c)
{
    const cvr_program *p = c->p;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(p->X.on, p->X.type, p->d, p->P, &c->In));
    CVR_TRY(cvr_mat_new(p->X.on, p->X.type, p->n, p->P, &c->XIn));
    CVR_TRY(cvr_alloc(p->P, sizeof(double), "margins", (void **)&c->width));
    CVR_TRY(cvr_alloc(p->P, sizeof(double), "margins", (void **)&c->wider));
    CVR_TRY(cvr_alloc(p->C * p->P, sizeof(double), "steps", (void **)&c->steps));
    CVR_TRY(cvr_inside_factor_new(p, c->XX, &c->factor));
    CVR_TRY(cvr_inside_new(p, &c->factor, p->C * p->P, &c->repair));
    CVR_TRY(cvr_inside_new(p, &c->factor, p->P, &c->margin));
done:
    return status;
}

/* The gate h_i itself is inside cone i, if only just. */
static cvr_status begin(cvr_certificate *c)
{
    const cvr_program *p = c->p;
    cvr_status status = CVR_OK;
    if (c->begun)
        return CVR_OK;
    CVR_TRY(cvr_agree(p->comm, take_points(c)));
    cvr_fill(c->margin.T, 1);
    cvr_cone_target(c->margin.E, p->D, c->margin.T, 1);
    cvr_copy(c->In, p->H);
    cvr_gemm(c->XIn, 1, CVR_N, p->X, CVR_N, p->H, 0);
    CVR_TRY(cvr_verify_forward(&p->verifier, upper, c->XIn, c->In));
    CVR_TRY(cvr_inside_margins(p, c->In, c->XIn, cvr_mat_part(c->t, 0, 0, p->P, 1),
                               c->width));
    c->begun = true;
done:
    if (!c->begun)
        free_points(c);
    return status;
}

/* q = the larger violation of v and w, and its size over all processes; the iterates of
   the last repair follow it, because the problem scales with q. */
static cvr_status violations(cvr_certificate *c, cvr_mat Z)
{
    const cvr_program *p = c->p;
    cvr_mat q = c->repair.T;
    double before = c->excess;
    cvr_status status = CVR_OK;
    cvr_fill(q, 0);
    cvr_cone_excess(q, p->D, cvr_half(p, Z, 0));
    cvr_cone_excess(q, p->D, cvr_half(p, Z, 1));
    c->excess = cvr_dot(q, q);
    CVR_TRY(cvr_sum_scalars(p->comm, &c->excess, 1));
    c->excess = sqrt(c->excess);
    cvr_cone_target(c->repair.E, p->D, q, 1);
    cvr_scale(c->repair.M, before > 0 ? c->excess / before : 0);
done:
    return status;
}

/* c->V = V + e and Z = X c->V, e the shortest common step into the cones of v and w, as
   far as `count` iterations go. */
static cvr_status step_inside(cvr_certificate *c, cvr_mat V, cvr_mat Z, int64_t count)
{
    const cvr_program *p = c->p;
    cvr_status status = CVR_OK;
    CVR_TRY(violations(c, Z));
    CVR_TRY(cvr_inside_improve(&c->repair, count, false));
    CVR_TRY(cvr_verify_forward(&p->verifier, upper, c->repair.XC, c->repair.C));
    cvr_copy(c->V, V);
    for (int sign = 0; sign < 2; sign++) {
        cvr_axpby(cvr_half(p, c->V, sign), 1, c->repair.C, 1);
        cvr_axpby(cvr_half(p, Z, sign), 1, c->repair.XC, 1);
    }
done:
    return status;
}

/* c->V += t c in both halves, t the larger distance of v and w along the point c inside;
   a hair more, for rounding. */
static cvr_status finish_inside(cvr_certificate *c, cvr_mat Z)
{
    const cvr_program *p = c->p;
    int64_t half = p->C * p->P;
    cvr_status status = CVR_OK;
    cvr_cone_distance(c->t, p->D, Z, c->XIn);
    for (int64_t j = 0; j < half; j++)
        c->steps[j] = fmax(cvr_get(c->t, j, 0), cvr_get(c->t, half + j, 0));
    CVR_TRY(cvr_max_scalars(p->comm, c->steps, (int)half));
    for (int64_t j = 0; j < p->m; j++)
        cvr_axpby(cvr_mat_cols(c->V, j, 1), c->steps[j % half] * (1 + 1e-6),
                  cvr_mat_cols(c->In, j % p->P, 1), 1);
done:
    return status;
}

/* The bound of the point V + e + t c, which predicts what V predicts. */
static cvr_status bound_from(cvr_certificate *c, cvr_mat Z, cvr_worth w)
{
    cvr_status status = CVR_OK;
    double largest;
    CVR_TRY(finish_inside(c, Z));
    cvr_group_sizes(c->p, c->V, &w.penalty, &largest);
    w.penalty *= c->p->beta;
    c->upper = fmin(c->upper, best_multiple(w));
done:
    return status;
}

/* Along the points inside alone (e = 0), then after the shortest step. No bound while
   some cone has no point inside. Measured on CIFAR rows: that step is worth most of the
   effort. */
static cvr_status feasible_bound(cvr_certificate *c, cvr_mat V, cvr_mat Z, int64_t effort,
                                 cvr_worth w)
{
    const cvr_program *p = c->p;
    int64_t count;
    cvr_status status = CVR_OK;
    if (p->problem->hurried)
        effort = 0;
    if (p->problem->hurried && !c->begun)
        return CVR_OK;
    CVR_TRY(begin(c));
    CVR_TRY(widen(c, effort / 4));
    for (int64_t i = 0; i < p->P; i++)
        if (!(c->width[i] > 0))
            goto done;
    cvr_copy(c->V, V);
    CVR_TRY(bound_from(c, Z, w));
    count = rounded(effort) - c->repair.iterations;
    if (count <= 0)
        goto done;
    CVR_TRY(step_inside(c, V, Z, count));
    CVR_TRY(bound_from(c, Z, w));
done:
    return status;
}

/* The largest -(2D - 1) o Z, over all processes. */
static cvr_status violation(cvr_certificate *c, cvr_mat Z)
{
    const cvr_program *p = c->p;
    double worst = 0;
    cvr_cone_margin(c->t, p->D, Z);
    for (int64_t j = 0; j < p->m; j++)
        worst = fmax(worst, -cvr_get(c->t, j, 0));
    c->violation = worst;
    return cvr_max_scalars(p->comm, &c->violation, 1);
}

cvr_status cvr_certificate_upper(cvr_certificate *c, cvr_mat V, cvr_mat F, bool bound,
                                 int64_t effort)
{
    const cvr_program *p = c->p;
    cvr_status status = CVR_OK;
    cvr_worth w;
    CVR_TRY(value(p, F, V, &w));
    c->objective = w.rr / 2 + w.penalty;
    c->violation = NAN;
    if (bound)
        CVR_TRY(cvr_verify_forward(&p->verifier, upper, p->Z, V));
    if (p->signs == 1) {
        c->upper = fmin(c->upper, best_multiple(w));
        goto done;
    }
    CVR_TRY(violation(c, p->Z));
    if (bound)
        CVR_TRY(feasible_bound(c, V, p->Z, effort, w));
done:
    return status;
}

cvr_status cvr_certificate_report(const cvr_certificate *c, cvr_progress *progress)
{
    double rounding = c->B.type == CVR_DOUBLE ? 1e-8 : 1e-3;
    progress->objective = c->objective;
    progress->constraint_violation = c->violation;
    if (isfinite(c->lower))
        progress->lower_bound = c->lower;
    if (isfinite(c->upper))
        progress->upper_bound = c->upper;
    if (!isfinite(c->lower) || !isfinite(c->upper))
        return CVR_OK;
    progress->gap = fmax(0, c->upper - c->lower) / fmax(fabs(c->upper), 1e-300);
    if (c->lower - c->upper > rounding * (fabs(c->upper) + c->p->y2 * 1e-6))
        return cvr_fail(CVR_NUMERICAL,
                        "the lower bound %.9g is above the upper bound %.9g", c->lower,
                        c->upper);
    return CVR_OK;
}

/* Memory for the points inside is taken when they are first looked for. */
static cvr_status keep_points(cvr_certificate *c, cvr_keeper *k)
{
    bool begun = c->begun;
    cvr_status status = CVR_OK;
    cvr_keep_switch(k, "begun", &begun);
    if (cvr_keeper_restoring(k)) {
        CVR_TRY(cvr_keeper_status(k));
        if (begun)
            CVR_TRY(begin(c));
    }
    if (!begun)
        return CVR_OK;
    cvr_keep_switch(k, "settled", &c->settled);
    cvr_keep_real(k, "excess", &c->excess);
    cvr_keep_reals(k, "width", c->width, c->p->P);
    cvr_keep_mat(k, "In", c->In);
    cvr_keep_rows(k, "XIn", c->XIn);
    CVR_TRY(cvr_inside_factor_keep(&c->factor, k));
    cvr_keeper_enter(k, "margin", 0);
    cvr_inside_keep(&c->margin, k);
    cvr_keeper_leave(k);
    cvr_keeper_enter(k, "repair", 0);
    cvr_inside_keep(&c->repair, k);
    cvr_keeper_leave(k);
done:
    return status;
}

cvr_status cvr_certificate_keep(cvr_certificate *c, cvr_keeper *k)
{
    cvr_status status = CVR_OK;
    cvr_keeper_enter(k, "certificate", 0);
    cvr_keep_real(k, "lower", &c->lower);
    cvr_keep_real(k, "upper", &c->upper);
    if (c->p->signs == 2)
        status = keep_points(c, k);
    cvr_keeper_leave(k);
    return status;
}

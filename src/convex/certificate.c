/* The certificate (docs/mathematics.md, "Certificate"). F and Y stand for J F and J Y
   with a free bias.

   Lower bound: for the residual r = Y - F u and multipliers mu >= 0 of G v >= 0,
       m_i = | +-F_i'r + G_i'mu_i |,  t = max(0, min( <r, Y> / <r, r>, beta / max m_i )),
       g = t <r, Y> - t^2 <r, r> / 2  <=  optimum.
   Upper bound: adding the same e_i to both v_i and w_i changes no prediction. The
   shortest e_i with G_i e_i >= the violations of both (slater.c) makes them feasible up
   to its own tolerance; what is left goes along the direction c_i of the widest margin,
   by t_i = max_j violation_j / margin_j. The best multiple a >= 0 of that point is
   feasible. */
#include "convex/certificate.h"

#include <math.h>

#include "convex/norms.h"
#include "convex/ops.h"
#include "convex/sides.h"
#include "convex/units.h"
#include "linalg/mats.h"
#include "linalg/rows.h"
#include "solver/coordinates.h"
#include "solver/remark.h"

bool cvr_certificate_wanted(const cvr_convex_options *o)
{
    return o->certificate == 0 ? !CVR_GIVEN(o, run.target_train_accuracy)
                               : o->certificate == 1;
}

/* ---- matrices ---------------------------------------------------------------------- */

/* Points inside the cones, and what finds them. */
static cvr_status lay_out_points(cvr_certificate *c, cvr_workspace *w)
{
    const cvr_program *p = c->p;
    bool faces = cvr_convex_options_of(p->problem)->gates;
    cvr_status status = CVR_OK;
    cvr_lay(w, CVR_SHARED, "In", &c->In, p->d, p->P);
    cvr_lay(w, CVR_ROWS, "XIn", &c->XIn, p->n, p->P);
    CVR_LAY_SCRATCH(w, p->d, faces ? p->m : 0, &c->on_face);
    CVR_TRY(cvr_lay_array(w, (void **)&c->width, p->P, sizeof *c->width));
    CVR_TRY(cvr_lay_array(w, (void **)&c->wider, p->P, sizeof *c->wider));
    CVR_TRY(cvr_lay_array(w, (void **)&c->shared, p->C * p->P, sizeof *c->shared));
    CVR_TRY(cvr_lay_array(w, (void **)&c->rests, p->C * p->P, sizeof *c->rests));
    CVR_LAY_DOUBLE(w, p->C * p->P, 1, &c->steps);
    cvr_lay_reals(w, "width", c->width, p->P);
    cvr_lay_switch(w, "begun", &c->begun);
    cvr_lay_switch(w, "settled", &c->settled);
    cvr_lay_switch(w, "rough", &c->rough);
    cvr_lay_real(w, "excess", &c->excess);
    cvr_slater_factor_lay_out(&c->factor, p->d, w);
    cvr_workspace_push(w, "margin", 0);
    cvr_slater_lay_out(&c->margin, p, &c->factor, p->P, w);
    cvr_workspace_pop(w);
    cvr_workspace_push(w, "repair", 0);
    cvr_slater_lay_out(&c->repair, p, &c->factor, p->C * p->P, w);
    cvr_workspace_pop(w);
done:
    return status;
}

cvr_status cvr_certificate_lay_out(cvr_certificate *c, const cvr_program *p, bool bounds,
                                   cvr_workspace *w)
{
    cvr_status status = CVR_OK;
    c->p = p;
    cvr_workspace_push(w, "certificate", 0);
    cvr_lay_real(w, "lower", &c->lower);
    cvr_lay_real(w, "upper", &c->upper);
    cvr_lay_switch(w, "zero", &c->zero);
    cvr_lay_switch(w, "answers", &c->answers);
    CVR_TRY(cvr_lay_array(w, (void **)&c->mean, 3 * p->C, sizeof *c->mean));
    c->best_mean = c->mean + p->C;
    c->lost = c->best_mean + p->C;
    cvr_lay_reals(w, "means", c->mean, 2 * p->C);
    cvr_lay(w, CVR_SHARED, "best", &c->best, p->d, p->m);
    cvr_lay(w, CVR_ROWS, "best_N", &c->best_N, p->n, p->C);
    CVR_LAY_SCRATCH(w, p->n, p->C, &c->N);
    CVR_LAY_SCRATCH(w, p->d, p->m, &c->B);
    if (p->signs == 2) {
        CVR_LAY_SCRATCH(w, p->d, p->m, &c->V);
        CVR_LAY_SCRATCH(w, p->m, 1, &c->t);
    }
    if (p->signs == 2 && bounds)
        CVR_TRY(lay_out_points(c, w));
    cvr_workspace_pop(w);
done:
    return status;
}

void cvr_certificate_start(cvr_certificate *c, cvr_mat XX)
{
    const cvr_coordinates *k = c->p->problem->coordinates;
    c->XX = XX;
    c->direct = k && k->r == k->rows.n;
    cvr_certificate_reset(c);
}

void cvr_certificate_open(cvr_certificate *c)
{
    cvr_figures_clear(c->p->figures);
    c->dual.placed = false;
}

void cvr_certificate_free(cvr_certificate *c)
{
    cvr_faces_free(&c->faces);
}

void cvr_certificate_reset(cvr_certificate *c)
{
    c->lower = -INFINITY;
    c->upper = INFINITY;
    c->zero = c->answers = false;
}

/* ---- lower bound ------------------------------------------------------------------- */

/* Without a limit to its threshold no neuron of a pattern that is active on all rows
   meets a cone: its multipliers are left out. */
static void drop_multipliers(const cvr_program *p, cvr_mat T, cvr_mat r)
{
    for (int64_t j = 0; j < p->m && p->w < p->d; j++)
        if (cvr_sides_whole(p, j % p->P)) {
            cvr_mat t = cvr_mat_cols(T, j, 1);
            int64_t c = j / p->P % p->C;
            cvr_copy(t, cvr_mat_cols(r, c, 1));
            cvr_scale(t, j < p->C * p->P ? 1 : -1);
        }
}

/* The bound holds for 1'r = 0 only: of rounding. A dual point of another loss has that,
   and may not leave its domain. */
cvr_status cvr_certificate_dual(cvr_certificate *c, cvr_mat R)
{
    const cvr_program *p = c->p;
    cvr_mat dots;
    cvr_status status = CVR_OK;
    if (!p->misfit.other)
        CVR_TRY(cvr_centre(p, R, NULL));
    c->dual.theta = R;
    c->dual.dots = cvr_figures_place(p->figures, 3, &dots);
    cvr_put_dots(dots, R, p->Y);
    cvr_gates_adjoint(p, p->T, R);
done:
    return status;
}

cvr_status cvr_certificate_lower_of(cvr_certificate *c, cvr_mat R)
{
    const cvr_program *p = c->p;
    cvr_status status = CVR_OK;
    if (p->signs == 2)
        drop_multipliers(p, p->T, R);
    CVR_TRY(cvr_apply_adjoint(p, c->B, p->T));
    c->dual.check = cvr_check_adjoint(&p->verifier, "the lower bound", c->B, p->T);
    if (p->elastic > 0) {
        c->dual.threshold2 = cvr_threshold_square(p, c->B);
        c->dual.norms = cvr_group_norms_place(p, c->B);
    } else {
        c->dual.norms = cvr_dual_size_place(p, c->B);
    }
    c->dual.placed = true;
done:
    return status;
}

cvr_status cvr_certificate_lower(cvr_certificate *c, cvr_mat F, cvr_mat M, double rho_s)
{
    const cvr_program *p = c->p;
    cvr_status status = CVR_OK;
    cvr_axpby(F, 1, p->Y, -1);
    CVR_TRY(cvr_certificate_dual(c, F));
    if (p->signs == 2)
        cvr_cone_multiplier(p->T, p->D, M, rho_s, 1);
    CVR_TRY(cvr_certificate_lower_of(c, F));
done:
    return status;
}

/* sup over u of <t (F'theta + G'mu), u> - beta |u|_{2,1} - alpha / 2 |u|^2 */
static double elastic_less(const void *certificate, double t)
{
    const cvr_certificate *c = certificate;
    double sum = cvr_elastic_square(c->p, c->dual.norms, t);
    return (sum + t * t * c->dual.threshold2) / (2 * c->p->elastic);
}

/* The lower bound from what was placed, once it has been read. */
static cvr_status take_lower(cvr_certificate *c)
{
    const cvr_program *p = c->p;
    double sums[2] = {c->dual.dots[1], c->dual.dots[0]}, largest, t;
    cvr_status status = CVR_OK;
    c->dual.placed = false;
    CVR_TRY(cvr_allreduce_sum(p->comm, sums, 2));
    CVR_TRY(cvr_check_judge(&p->verifier, &c->dual.check));
    largest = cvr_dual_size_of(p, c->dual.norms);
    if (p->misfit.other) {
        const cvr_misfit_less less = {elastic_less, c};
        bool norm = !(p->elastic > 0);
        double most = norm && largest > 0 ? p->beta / largest : 2;
        CVR_TRY(
            cvr_misfit_dual(&p->misfit, c->dual.theta, most, norm ? NULL : &less, &t));
        c->lower = fmax(c->lower, t);
        return CVR_OK;
    }
    t = sums[1] > 0 ? fmax(0, sums[0] / sums[1]) : 0;
    if (!(largest * t <= p->beta))
        t = p->beta / largest;
    t = t * sums[0] - t * t * sums[1] / 2;
    if (t > c->lower)
        c->lower = t;
done:
    return status;
}

/* All that was placed comes to the host. */
static cvr_status read_figures(cvr_certificate *c)
{
    cvr_figures_read(c->p->figures, 0);
    return c->dual.placed ? take_lower(c) : CVR_OK;
}

/* ---- upper bound ------------------------------------------------------------------- */

static const char upper[] = "the upper bound";

/* What a point with outputs F is worth: |Y - F|^2, <Y - F, F>, |F|^2, and its penalty. */
typedef struct cvr_saliency {
    double rr, rf, ff, penalty, square; /* square: alpha / 2 |u|^2 */
} cvr_saliency;

/* The sums for it, placed among the figures, and what goes with them. */
typedef struct placed {
    const double *dots, *rr, *norms; /* <F, F>, <F, Y>, |Y|^2; |Y - F|^2; of the groups */
    const double *loss;              /* |N - Y|^2 of the network */
    const double *square;            /* |V|^2 */
    cvr_check check;                 /* of X V */
    const double *largest;           /* gated: V's largest entry */
    const double *slack, *excess;    /* the least of (2D - 1) o Z; |q|^2 */
    const double *columns;           /* V's largest entry in each column: m */
} placed;

static void place_value(const cvr_program *p, cvr_mat F, cvr_mat V, placed *x)
{
    cvr_mat dots;
    x->dots = cvr_figures_place(p->figures, 3, &dots);
    cvr_put_dots(dots, F, p->Y);
    cvr_put_distance2(cvr_figures_one(p->figures, &x->rr), F, p->Y);
    x->norms = cvr_group_norms_place(p, V);
    cvr_put_dot(cvr_figures_one(p->figures, &x->square), V, V);
}

/* The least of 1/2 |Y - a F|^2 + a penalty over a = 1 + e >= 0, from the residual: a
   small loss is not the difference of large numbers. */
static double best_multiple(cvr_saliency w, double *e)
{
    *e = w.ff > 0 ? fmax(-1, (w.rf - w.penalty) / w.ff) : 0;
    return (w.rr + *e * *e * w.ff) / 2 - *e * w.rf + (1 + *e) * w.penalty;
}

/* F += 1 b', means -= b; b = NULL: nothing. */
static void add_constants(const cvr_program *p, const double *b, cvr_mat F, double *mean)
{
    for (int64_t k = 0; k < p->C && b; k++) {
        cvr_axpby(cvr_mat_cols(F, k, 1), b[k], p->each, 1);
        mean[k] -= b[k];
    }
}

/* The best multiple a of the point with outputs p->R, what it is worth, and constants. */
static cvr_status best_fit(const cvr_program *p, cvr_saliency w, double *a, double *bound,
                           const double **b)
{
    const cvr_misfit *fit = &p->misfit;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_misfit_constants(fit, p->R));
    CVR_TRY(cvr_misfit_multiple(fit, p->R, (double[]){w.penalty, w.square}, a, bound));
    *b = fit->b;
    if (fit->value0 < *bound) {
        *a = 0;
        *bound = fit->value0;
        *b = fit->b0;
    }
done:
    return status;
}

/* Keeps the best multiple of the feasible point V with outputs p->R, if it is better than
   what is known. largest: |V|'s largest entry. */
static cvr_status offer(cvr_certificate *c, cvr_mat V, double largest, cvr_saliency w)
{
    const cvr_program *p = c->p;
    const double *b = NULL;
    double e, a, bound = best_multiple(w, &e);
    cvr_status status = CVR_OK;
    a = 1 + e;
    if (p->misfit.other)
        CVR_TRY(best_fit(p, w, &a, &bound, &b));
    if (!(bound < c->upper))
        return CVR_OK;
    c->upper = bound;
    c->zero = largest == 0 || a == 0;
    cvr_axpby(c->best, a, V, 0);
    cvr_axpby(c->best_N, a, p->R, 0);
    for (int64_t k = 0; k < p->C; k++)
        c->best_mean[k] = a * c->lost[k];
    add_constants(p, b, c->best_N, c->best_mean);
done:
    return status;
}

/* Margins of points C, XC (own rows x P), which is verified: least over all rows of
   G c_j / |c_j|. Rows that are idle come to lie far inside, in XC too. */
static cvr_status find_margins(cvr_certificate *c, cvr_mat C, cvr_mat XC, double *margin)
{
    const cvr_program *p = c->p;
    cvr_mat v = cvr_mat_part(c->t, 0, 0, p->P, 1), T = cvr_mat_cols(p->T, 0, p->P);
    int64_t first = p->figures->taken;
    cvr_check check = cvr_check_forward(&p->verifier, upper, XC, C);
    cvr_status status = CVR_OK;
    if (c->faces.idle.rows > 0) {
        cvr_cone_target(T, p->D, c->faces.idle, 4 * cvr_max_abs(XC) + 1);
        cvr_axpby(XC, 1, T, 1);
    }
    CVR_TRY(cvr_slater_slacks(p, C, XC, v, first, margin));
    CVR_TRY(cvr_check_judge(&p->verifier, &check));
done:
    return status;
}

/* A (d x k) on its faces, XA its product with X. */
static void onto_faces(const cvr_certificate *c, cvr_mat A, cvr_mat XA)
{
    if (cvr_faces_project(&c->faces, A))
        cvr_gemm(XA, 1, CVR_N, c->p->X, CVR_N, A, 0);
}

/* Takes the points found so far that have a wider margin than those at hand; *gain is the
   largest relative widening. */
static cvr_status adopt(cvr_certificate *c, double *gain)
{
    const cvr_program *p = c->p;
    const cvr_slater *found = &c->margin;
    cvr_status status = CVR_OK;
    *gain = 0;
    onto_faces(c, found->C, found->XC);
    CVR_TRY(find_margins(c, found->C, found->XC, c->wider));
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
    CVR_TRY(cvr_slater_improve(&c->margin, count, true));
    CVR_TRY(adopt(c, &gain));
    c->settled = gain > 0 && gain < 0.01;
done:
    return status;
}

/* w's points C with X C = T (own rows x k). */
static cvr_status reach(const cvr_program *p, cvr_slater *w, cvr_mat T)
{
    const cvr_coordinates *k = p->problem->coordinates;
    cvr_status status = CVR_OK;
    cvr_fill(w->C, 0);
    CVR_TRY(cvr_coordinates_reach(k, p->comm, T, cvr_mat_rows(w->C, 0, k->r)));
    cvr_copy(w->XC, T);
    CVR_TRY(cvr_verify_forward(&p->verifier, upper, w->XC, w->C));
done:
    return status;
}

/* The points at which all rows have margin 1. */
static cvr_status widest(cvr_certificate *c)
{
    double gain;
    cvr_status status = CVR_OK;
    CVR_TRY(reach(c->p, &c->margin, c->margin.E));
    CVR_TRY(adopt(c, &gain));
done:
    return status;
}

/* What follows from gates and rows alone. */
static cvr_status find_faces(cvr_certificate *c)
{
    const cvr_program *p = c->p;
    cvr_status status = CVR_OK;
    cvr_faces_free(&c->faces);
    CVR_TRY(cvr_faces_find(p, &c->faces));
    cvr_fill(c->margin.T, 1);
    if (c->faces.idle.rows > 0)
        cvr_axpby(c->margin.T, -1, c->faces.idle, 1);
    cvr_cone_target(c->margin.E, p->D, c->margin.T, 1);
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
    cvr_certificate_free(c);
    CVR_TRY(find_faces(c));
    status = cvr_slater_factor_start(p, c->XX, &c->factor);
    CVR_TRY(cvr_allreduce_status(p->comm, status));
    cvr_slater_start(&c->repair);
    cvr_slater_start(&c->margin);
    cvr_copy(c->In, cvr_mat_rows(p->H, 0, p->d)); /* without thresholds that v has not */
    cvr_faces_project(&c->faces, c->In);
    cvr_gemm(c->XIn, 1, CVR_N, p->X, CVR_N, c->In, 0);
    CVR_TRY(find_margins(c, c->In, c->XIn, c->width));
    if (c->direct)
        CVR_TRY(widest(c));
    c->begun = true;
done:
    return status;
}

cvr_status cvr_certificate_restored(cvr_certificate *c)
{
    const cvr_program *p = c->p;
    cvr_status status = CVR_OK;
    if (!c->begun)
        return CVR_OK;
    CVR_TRY(find_faces(c));
    status = cvr_slater_factor_restored(p, c->XX, &c->factor);
    CVR_TRY(cvr_allreduce_status(p->comm, status));
done:
    return status;
}

/* q = the larger violation of v and w, and its size. */
static void place_violations(cvr_certificate *c, cvr_mat V, cvr_mat Z, placed *x)
{
    const cvr_program *p = c->p;
    cvr_mat q = c->repair.T, largest;
    cvr_fill(q, 0);
    cvr_cone_violation(q, p->D, cvr_half(p, Z, 0));
    cvr_cone_violation(q, p->D, cvr_half(p, Z, 1));
    cvr_put_dot(cvr_figures_one(p->figures, &x->excess), q, q);
    cvr_cone_target(c->repair.E, p->D, q, 1);
    x->columns = cvr_figures_place(p->figures, p->m, &largest);
    cvr_col_max_abs(c->t, V);
    cvr_copy(largest, c->t);
}

/* The iterates of the last repair follow q, because the problem scales with it. Pairs
   that are 0 will rest. */
static void take_violations(cvr_certificate *c, double excess2, const double *largest)
{
    int64_t half = c->p->C * c->p->P;
    double before = c->excess;
    c->excess = sqrt(excess2);
    cvr_scale(c->repair.M, before > 0 ? c->excess / before : 0);
    for (int64_t j = 0; j < half; j++)
        c->rests[j] = !(largest[j] > 0 || largest[half + j] > 0);
}

/* Pairs that are 0 are inside as they are. */
static void rest_pairs(cvr_certificate *c, cvr_mat Z)
{
    int64_t half = c->p->C * c->p->P;
    for (int64_t k = 0; k < c->p->m; k++)
        if (c->rests[k % half]) {
            cvr_fill(cvr_mat_cols(c->V, k, 1), 0);
            cvr_fill(cvr_mat_cols(Z, k, 1), 0);
        }
}

/* c->V = V + e and Z = X c->V, e the shortest common step into the cones of v and w, as
   far as `count` iterations go; count 0: that on which rows move no further than to the
   boundary. The step's check is placed among the figures. */
static cvr_status step_inside(cvr_certificate *c, cvr_mat V, cvr_mat Z, int64_t count,
                              cvr_check *check)
{
    const cvr_program *p = c->p;
    cvr_slater *repair = &c->repair;
    cvr_status status = CVR_OK;
    if (count == 0)
        CVR_TRY(reach(p, repair, repair->E));
    else
        CVR_TRY(cvr_slater_improve(repair, count, false));
    *check = cvr_check_forward(&p->verifier, upper, repair->XC, repair->C);
    cvr_copy(c->V, V);
    for (int sign = 0; sign < 2; sign++) {
        cvr_axpby(cvr_half(p, c->V, sign), 1, repair->C, 1);
        cvr_axpby(cvr_half(p, Z, sign), 1, repair->XC, 1);
    }
    rest_pairs(c, Z);
    onto_faces(c, c->V, Z);
done:
    return status;
}

/* x = the largest of all processes; one alone leaves it where it is. */
static cvr_status share_largest(const cvr_program *p, cvr_mat s, double *x)
{
    cvr_status status = CVR_OK;
    if (cvr_comm_size(p->comm) == 1)
        return CVR_OK;
    cvr_mat_numbers(s, x);
    CVR_TRY(cvr_allreduce_max(p->comm, x, (int)s.rows));
    cvr_copy(s, cvr_host_numbers(x, s.rows));
done:
    return status;
}

/* c->V += t c in both halves, t the larger distance of v and w along the point c inside;
   a hair more, for rounding. */
static cvr_status finish_inside(cvr_certificate *c, cvr_mat Z)
{
    const cvr_program *p = c->p;
    int64_t half = p->C * p->P;
    cvr_mat near = cvr_mat_rows(c->t, 0, half);
    cvr_status status = CVR_OK;
    cvr_cone_distance(c->t, p->D, Z, c->XIn);
    cvr_maximum(near, cvr_mat_rows(c->t, half, half));
    cvr_copy(c->steps, near);
    CVR_TRY(share_largest(p, c->steps, c->shared));
    cvr_scale(c->steps, 1 + 1e-6);
    for (int sign = 0; sign < 2; sign++)
        if (p->outer == CVR_OUTER_ANY || (p->outer == CVR_OUTER_NEGATIVE) == sign)
            cvr_add_scaled_cols(cvr_half(p, c->V, sign), c->steps, c->In);
done:
    return status;
}

/* The point V + e + t c, which predicts what V predicts. */
typedef struct inside {
    const double *norms, *largest, *square; /* placed: of its groups; its largest entry;
                                               |v|^2 */
} inside;

static cvr_status place_inside(cvr_certificate *c, cvr_mat Z, inside *x)
{
    cvr_status status = CVR_OK;
    CVR_TRY(finish_inside(c, Z));
    x->norms = cvr_group_norms_place(c->p, c->V);
    cvr_put_max_abs(cvr_figures_one(c->p->figures, &x->largest), c->V);
    cvr_put_dot(cvr_figures_one(c->p->figures, &x->square), c->V, c->V);
done:
    return status;
}

static cvr_status offer_inside(cvr_certificate *c, cvr_saliency w, const inside *x)
{
    w.penalty = c->p->beta * cvr_group_norms_sum(c->p, x->norms);
    w.square = c->p->elastic / 2 * *x->square;
    return offer(c, c->V, *x->largest, w);
}

/* V on its faces, in memory of ours, with what goes with it; V itself where there are
   none. */
static cvr_status come_to_faces(cvr_certificate *c, cvr_mat *V, cvr_mat Z, placed *x)
{
    const cvr_program *p = c->p;
    cvr_status status = CVR_OK;
    if (!cvr_faces_any(&c->faces))
        return CVR_OK;
    cvr_copy(c->on_face, *V);
    cvr_faces_project(&c->faces, c->on_face);
    *V = c->on_face;
    CVR_TRY(cvr_program_apply(p, p->R, *V, c->lost));
    CVR_TRY(cvr_verify_forward(&p->verifier, upper, Z, *V));
    place_value(p, p->R, *V, x);
done:
    return status;
}

/* What a point is worth, from what was placed. */
static cvr_status take_value(const cvr_program *p, const placed *x, cvr_saliency *w)
{
    double sums[3] = {*x->rr, x->dots[1], x->dots[0]};
    cvr_status status = cvr_allreduce_sum(p->comm, sums, 3);
    *w = (cvr_saliency){.rr = sums[0], .rf = sums[1] - sums[2], .ff = sums[2]};
    w->penalty = p->beta * cvr_group_norms_sum(p, x->norms);
    w->square = p->elastic / 2 * *x->square;
    return status;
}

/* J F u in p->R, the network in c->N, and places for what both are worth, and for the
   check of the bound. Leaves X V in p->Z. */
static cvr_status look(cvr_certificate *c, cvr_mat V, bool bound, placed *x)
{
    const cvr_program *p = c->p;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_program_apply(p, p->R, V, c->lost));
    place_value(p, p->R, V, x);
    CVR_TRY(cvr_network_outputs(p, c->N, c->mean));
    cvr_put_distance2(cvr_figures_one(p->figures, &x->loss), c->N, p->Y);
    if (bound)
        x->check = cvr_check_forward(&p->verifier, upper, p->Z, V);
    if (bound && p->signs == 1)
        cvr_put_max_abs(cvr_figures_one(p->figures, &x->largest), V);
    if (p->signs == 2) {
        cvr_cone_slack(c->t, p->D, p->Z);
        cvr_put_min(cvr_figures_one(p->figures, &x->slack), c->t);
    }
done:
    return status;
}

/* The network's loss, and its constants where the loss has such. */
static cvr_status take_loss(cvr_certificate *c, const placed *x, double *loss)
{
    const cvr_program *p = c->p;
    cvr_status status = CVR_OK;
    *loss = *x->loss / 2;
    if (!p->misfit.other)
        return cvr_allreduce_sum(p->comm, loss, 1);
    CVR_TRY(cvr_misfit_constants(&p->misfit, c->N));
    CVR_TRY(cvr_misfit_value(&p->misfit, c->N, 1, p->misfit.b, loss));
    add_constants(p, p->misfit.b, c->N, c->mean);
done:
    return status;
}

/* The network's objective and violation, over all processes, and what the point at hand
   is worth. */
static cvr_status take_look(cvr_certificate *c, const placed *x, bool bound,
                            cvr_saliency *w)
{
    const cvr_program *p = c->p;
    double loss;
    cvr_status status = CVR_OK;
    CVR_TRY(read_figures(c));
    CVR_TRY(take_value(p, x, w));
    CVR_TRY(take_loss(c, x, &loss));
    c->objective = loss + w->penalty + w->square;
    c->violation = NAN;
    if (bound)
        CVR_TRY(cvr_check_judge(&p->verifier, &x->check));
    if (p->signs == 2) {
        c->violation = fmax(0, -*x->slack);
        CVR_TRY(cvr_allreduce_max(p->comm, &c->violation, 1));
    }
done:
    return status;
}

static bool all_wide(const cvr_certificate *c)
{
    for (int64_t i = 0; i < c->p->P; i++)
        if (!(c->width[i] > 0))
            return false;
    return true;
}

/* Whether a point inside each cone is known, after some looking for better ones. Where
   only the rounding of double precision is to be made up for, the gates are enough. */
static cvr_status find_inside(cvr_certificate *c, int64_t effort, bool *found)
{
    bool enough;
    cvr_status status = CVR_OK;
    *found = false;
    if (c->p->problem->hurried && !c->begun && !c->exact)
        return CVR_OK;
    CVR_TRY(begin(c));
    enough = c->exact && c->In.type == CVR_DOUBLE && all_wide(c);
    if (!enough && (!c->direct || c->rough))
        CVR_TRY(widen(c, effort / 4));
    *found = all_wide(c);
done:
    return status;
}

/* The bound after the shortest step into the cones. */
static cvr_status step_bound(cvr_certificate *c, cvr_mat V, int64_t count,
                             const placed *x, cvr_saliency w)
{
    const cvr_program *p = c->p;
    double excess2 = *x->excess;
    inside point;
    cvr_check check;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_sum(p->comm, &excess2, 1));
    take_violations(c, excess2, x->columns);
    CVR_TRY(step_inside(c, V, p->Z, count, &check));
    CVR_TRY(place_inside(c, p->Z, &point));
    CVR_TRY(read_figures(c));
    CVR_TRY(cvr_check_judge(&p->verifier, &check));
    CVR_TRY(offer_inside(c, w, &point));
done:
    return status;
}

/* Of a point that is in its cones but for rounding. */
static cvr_status bound_as_it_is(cvr_certificate *c, cvr_mat V, int64_t effort,
                                 const placed *at)
{
    const cvr_program *p = c->p;
    placed x = *at;
    inside point;
    cvr_saliency w;
    bool found;
    cvr_status status = CVR_OK;
    CVR_TRY(take_look(c, at, true, &w));
    if (c->violation == 0)
        return offer(c, V, cvr_max_abs(V), w);
    CVR_TRY(find_inside(c, effort, &found));
    if (!found)
        goto done;
    CVR_TRY(come_to_faces(c, &V, p->Z, &x));
    cvr_copy(c->V, V);
    CVR_TRY(place_inside(c, p->Z, &point));
    if (p->outer != CVR_OUTER_ANY) /* one sign alone moves predictions */
        CVR_TRY(cvr_program_apply(p, p->R, c->V, c->lost));
    CVR_TRY(read_figures(c));
    if (x.rr != at->rr)
        CVR_TRY(take_value(p, &x, &w));
    CVR_TRY(offer_inside(c, w, &point));
done:
    return status;
}

/* Along the points inside alone (e = 0), then after the shortest step. No bound while
   some cone has no point inside. Measured on CIFAR rows: that step is worth most of the
   effort. */
static cvr_status feasible_bound(cvr_certificate *c, cvr_mat V, int64_t effort,
                                 const placed *at)
{
    const cvr_program *p = c->p;
    placed x = *at;
    inside point;
    cvr_saliency w;
    double value;
    bool found, further;
    cvr_status status = CVR_OK;
    effort = p->problem->hurried ? 0 : c->direct ? effort / 2 : effort;
    CVR_TRY(find_inside(c, effort, &found));
    int64_t count = c->direct && !c->rough ? 0 : rounded(effort) - c->repair.iterations;
    further = found && (count > 0 || (count == 0 && c->direct));
    if (found) {
        CVR_TRY(come_to_faces(c, &V, p->Z, &x));
        cvr_copy(c->V, V);
        CVR_TRY(place_inside(c, p->Z, &point));
    }
    if (further)
        place_violations(c, V, p->Z, &x);
    CVR_TRY(take_look(c, at, true, &w));
    if (!found)
        goto done;
    value = w.rr / 2 + w.penalty;
    if (x.rr != at->rr)
        CVR_TRY(take_value(p, &x, &w));
    CVR_TRY(offer_inside(c, w, &point));
    if (!further)
        goto done;
    CVR_TRY(step_bound(c, V, count, &x, w));
    c->rough = c->upper - value > fmax(value - c->lower, 0);
done:
    return status;
}

cvr_status cvr_certificate_upper(cvr_certificate *c, cvr_mat V, bool bound,
                                 int64_t effort)
{
    placed x = {0};
    cvr_saliency w;
    cvr_status status = CVR_OK;
    CVR_TRY(look(c, V, bound, &x));
    if (bound && c->exact)
        return bound_as_it_is(c, V, effort, &x);
    if (bound && c->p->signs == 2)
        return feasible_bound(c, V, effort, &x);
    CVR_TRY(take_look(c, &x, bound, &w));
    if (bound)
        CVR_TRY(offer(c, V, *x.largest, w));
done:
    return status;
}

/* ---- what is reported -------------------------------------------------------------- */

/* The zero network is an answer only where it is proven to be one: before, a network that
   has learned something is worth more, whatever its objective. */
static void decide(cvr_certificate *c, double gap)
{
    double tolerance = cvr_convex_options_of(c->p->problem)->run.tolerance;
    c->answers = c->upper < c->objective && (!c->zero || gap <= tolerance);
}

static void remark(const cvr_certificate *c, cvr_progress *progress)
{
    if (c->zero && c->objective > c->upper && !c->answers)
        cvr_remark(progress,
                   "the upper bound is that of the zero network, not of this one");
    else if (c->objective < c->lower && !c->answers)
        cvr_remark(progress, "the network leaves the sampled patterns: its objective is "
                             "below the lower bound for networks that keep them");
}

cvr_status cvr_certificate_report(cvr_certificate *c, cvr_progress *progress)
{
    double rounding = c->B.type == CVR_DOUBLE ? 1e-8 : 1e-3;
    double unit = c->p->unit, square = unit * unit, gap;
    bool bounded;
    cvr_status status = c->dual.placed ? read_figures(c) : CVR_OK;
    if (status != CVR_OK)
        return status;
    bounded = isfinite(c->lower) && isfinite(c->upper);
    gap = cvr_relative_gap(fmax(c->upper, c->lower), c->lower);
    decide(c, gap);
    remark(c, progress);
    progress->objective = square * (c->answers ? c->upper : c->objective);
    progress->constraint_violation = c->answers ? 0 : unit * c->violation;
    if (c->p->signs == 1)
        progress->constraint_violation = NAN;
    if (isfinite(c->lower))
        progress->lower_bound = square * c->lower;
    if (isfinite(c->upper))
        progress->upper_bound = square * c->upper;
    if (!bounded)
        return CVR_OK;
    progress->gap = gap;
    if (c->lower - c->upper > rounding * (fabs(c->upper) + c->p->y2 * 1e-6))
        return cvr_fail(CVR_NUMERICAL,
                        "the lower bound %.9g is above the upper bound %.9g",
                        square * c->lower, square * c->upper);
    return CVR_OK;
}

cvr_mat cvr_certificate_answer(const cvr_certificate *c, cvr_mat V, const double **mean)
{
    *mean = c->answers ? c->best_mean : c->mean;
    return c->answers ? c->best : V;
}

void cvr_certificate_outputs(const cvr_certificate *c, cvr_mat F)
{
    cvr_copy(F, c->answers ? c->best_N : c->N);
    cvr_in_user_units(c->p, F);
}

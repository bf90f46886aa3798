#include "convex/sampled.h"

#include <math.h>

#include "convex/gates.h"
#include "convex/norms.h"
#include "convex/sides.h"
#include "convex/units.h"
#include "linalg/mats.h"
#include "parallel/comm.h"
#include "solver/coordinates.h"
#include "solver/features.h"
#include "solver/units.h"

/* beta_max = max_i |F_i'Y|, and the penalty that the user named. */
static cvr_status set_penalty(cvr_program *p, cvr_mat B)
{
    const cvr_convex_options *o = cvr_convex_options_of(p->problem);
    cvr_status status = CVR_OK;
    cvr_gates_adjoint(p, p->T, p->Y);
    CVR_TRY(cvr_apply_adjoint(p, B, p->T));
    CVR_TRY(cvr_interrupt_check(p->comm));
    CVR_TRY(cvr_verify_adjoint(&p->verifier, "beta_max", B, p->T));
    p->beta_max = cvr_dual_size(p, B);
    if (p->given_beta > 0)
        p->beta = p->given_beta / p->unit;
    else if (CVR_GIVEN(o, beta))
        p->beta = o->beta / p->unit;
    else
        p->beta = o->beta_relative * p->beta_max;
done:
    return status;
}

/* Rows and columns of the program of P gates. */
static void pose(cvr_program *p, int64_t P)
{
    const cvr_convex_options *o = cvr_convex_options_of(p->problem);
    bool thresholds = p->free && p->signs == 2 && p->H.rows > p->X.cols;
    if (thresholds)
        p->X = cvr_gate_rows(p->problem);
    p->n = p->X.rows;
    p->d = p->X.cols;
    p->w = p->d - thresholds;
    p->C = p->problem->Y.cols;
    p->P = P;
    p->groups = o->group == CVR_GROUP_OUTPUT ? p->C * P : P;
    p->by_feature = o->group == CVR_GROUP_FEATURE;
    p->outer = o->outer;
    p->elastic = o->elastic;
    p->m = p->signs * p->C * p->P;
}

cvr_status cvr_program_lay_out(cvr_program *p, cvr_workspace *w)
{
    cvr_status status = CVR_OK;
    cvr_lay_given(w, CVR_SHARED, "gates", "gates", &p->drawn);
    cvr_lay_given(w, CVR_ROWS, "patterns", "patterns", &p->D);
    cvr_lay_real(w, "beta", &p->beta);
    CVR_LAY_SCRATCH(w, p->n, p->m, &p->Z, &p->T);
    CVR_LAY_SCRATCH(w, p->n, p->C, &p->R, &p->Y);
    CVR_LAY_SCRATCH(w, p->n, 1, &p->each);
    if (p->weighted) {
        CVR_LAY_SCRATCH(w, p->n, 1, &p->unroot);
        CVR_LAY_SCRATCH(w, p->n, p->d, &p->X);
    }
    CVR_LAY_SCRATCH(w, p->d, p->w < p->d ? 2 * p->P : 0, &p->sides);
    CVR_TRY(cvr_figures_lay_out(&p->figures,
                                20 * p->m + (p->by_feature ? 6 * p->w : 0) + 64, w));
    cvr_verifier_lay_out(&p->verifier, p->n, p->d, p->figures, w);
    CVR_TRY(cvr_lay_array(w, (void **)&p->sums, 2 * p->C, sizeof *p->sums));
    p->centre = p->sums + p->C;
    if (p->w < p->d)
        CVR_TRY(cvr_lay_array(w, (void **)&p->side_rows, 2 * p->P, sizeof(double)));
    CVR_TRY(cvr_misfit_lay_out(&p->misfit, w));
done:
    return status;
}

/* The program with all the gates that are asked for: before anything large is taken. */
static cvr_status check_memory(cvr_program *p)
{
    int64_t asked = p->given.rows > 0 ? p->given.rows : cvr_convex_patterns(p->problem);
    cvr_workspace w;
    cvr_mat D, H;
    cvr_status status = CVR_OK;
    cvr_workspace_init(&w, p->X.device, p->X.type, "the sampled program");
    pose(p, asked);
    CVR_LAY_SCRATCH(&w, p->n, asked, &D);
    CVR_LAY_SCRATCH(&w, cvr_features(p->problem) + p->d, asked, &H);
    status = cvr_program_lay_out(p, &w);
    status = cvr_workspace_check(&w, p->comm);
    cvr_workspace_free(&w);
    return status;
}

/* The gates' part in the span of the rows; the rest has no product with any. */
static cvr_status turn(const cvr_coordinates *c, cvr_mat drawn, cvr_mat *H)
{
    int64_t features = c->rows.d, more = drawn.rows - features;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(drawn.device, drawn.type, c->r + more, drawn.cols, H));
    CVR_TRY(cvr_coordinates_of(c, cvr_mat_rows(drawn, 0, features),
                               cvr_mat_rows(*H, 0, c->r)));
    cvr_copy(cvr_mat_rows(*H, c->r, more), cvr_mat_rows(drawn, features, more));
done:
    return status;
}

static cvr_status turn_gates(cvr_program *p)
{
    const cvr_coordinates *c = p->problem->coordinates;
    p->H = p->drawn;
    return c ? cvr_allreduce_status(p->comm, turn(c, p->drawn, &p->H)) : CVR_OK;
}

/* Rows of wide data may be long. Their ones become as long, so that a threshold is no
   smaller among weights than the others; what it stands for is p->one times it. */
static cvr_status stretch_ones(cvr_program *p)
{
    cvr_mat X = cvr_mat_cols(p->X, 0, p->w);
    double size = cvr_dot(X, X) / (double)p->problem->rows;
    cvr_status status = CVR_OK;
    p->one = 1;
    if (p->w == p->d || !p->problem->coordinates)
        return CVR_OK;
    CVR_TRY(cvr_allreduce_sum(p->comm, &size, 1));
    p->one = size > 1 ? sqrt(size) : 1;
    cvr_fill(cvr_mat_cols(p->X, p->w, 1), p->one);
    cvr_scale(cvr_mat_rows(p->H, p->w, 1), 1 / p->one);
done:
    return status;
}

cvr_status cvr_program_pose(const cvr_problem *problem, cvr_program *p)
{
    cvr_formulation formulation =
        cvr_convex_formulation(cvr_convex_options_of(problem), problem->train);
    cvr_status status = CVR_OK;
    p->problem = problem;
    p->comm = problem->comm;
    p->X = problem->X;
    p->free = problem->train->transform.bias == CVR_BIAS_FREE;
    p->signs = formulation == CVR_RELU ? 2 : 1;
    CVR_TRY(cvr_misfit_choose(problem, &p->misfit));
    p->weighted = problem->W.data && !p->misfit.other;
    p->total = p->weighted ? problem->total : (double)problem->rows;
    CVR_TRY(check_memory(p));
    CVR_TRY(cvr_squares_check(problem, true));
    CVR_TRY(p->given.rows > 0 ? cvr_gates_of(problem, p->given, &p->drawn, &p->D)
                              : cvr_gates_draw(problem, &p->drawn, &p->D));
    CVR_TRY(turn_gates(p));
    pose(p, p->D.cols);
    CVR_TRY(stretch_ones(p));
done:
    return status;
}

/* Another loss keeps the user's unit. */
static cvr_status start_fit(cvr_program *p)
{
    double curvature = p->misfit.loss.curvature;
    cvr_status status = CVR_OK;
    p->unit = 1;
    for (int64_t c = 0; c < p->C; c++)
        p->centre[c] = 0;
    CVR_TRY(cvr_misfit_start(&p->misfit, p->problem));
    CVR_TRY(cvr_misfit_first_dual(&p->misfit, p->Y));
    p->y2 = cvr_dot(p->Y, p->Y) / (curvature < 1 ? curvature * curvature : 1);
    CVR_TRY(cvr_allreduce_sum(p->comm, &p->y2, 1));
done:
    return status;
}

/* X and its ones times sqrt(omega): no row leaves its side of a gate, nor a neuron its
   cone. */
static void scale_rows(cvr_program *p)
{
    cvr_copy(p->each, p->problem->W);
    cvr_square_root(p->each);
    cvr_copy(p->unroot, p->each);
    cvr_reciprocal(p->unroot, 0);
    cvr_copy(p->X, p->w < p->d ? cvr_gate_rows(p->problem) : p->problem->X);
    cvr_scale_rows(p->X, p->each);
}

cvr_status cvr_program_start(cvr_program *p, cvr_mat B)
{
    cvr_status status = CVR_OK;
    cvr_fill(p->each, 1);
    if (p->weighted)
        scale_rows(p);
    CVR_TRY(cvr_verifier_start(p->problem, p->X, &p->verifier));
    CVR_TRY(p->misfit.other ? start_fit(p) : cvr_units_choose(p));
    if (p->w < p->d)
        CVR_TRY(cvr_sides_find(p));
    CVR_TRY(set_penalty(p, B));
done:
    return status;
}

void cvr_program_free(cvr_program *p)
{
    if (p->problem && p->problem->coordinates)
        cvr_mat_free(&p->H);
    CVR_MATS_FREE(&p->drawn, &p->D);
}

/* The ways to solve the u-step, and which is taken. */
#include "convex/primal.h"

#define ALONE(name, solver) {name, &cvr_##solver, NULL},
#define WITH(name, solver, with) {name, &cvr_##solver, &cvr_precondition_##with},
const cvr_primal_way cvr_primal_ways[] = {CVR_PRIMAL_WAYS(ALONE, WITH){0}};

const cvr_primal_way *cvr_primal_named(const cvr_convex_options *o)
{
    return o->primal > 0 ? &cvr_primal_ways[o->primal - 1] : NULL;
}

/* Direct pays when its factor costs less than the iterations that it makes cheaper; a run
   that stops at an accuracy takes a few iterations only. The dual form is whole on each
   process, so it is for one. */
static bool direct_pays(const cvr_program *p)
{
    double n = (double)p->problem->rows, d = (double)p->d, m = (double)p->m;
    double side = d * (double)p->P, form = n >= side ? n * side * side : 0;
    double iterations = 100 * 12 * n * d * m;
    if (CVR_GIVEN(cvr_convex_options_of(p->problem), run.target_train_accuracy))
        return false;
    if (n < side && cvr_comm_size(p->comm) > 1)
        return false;
    return form + cvr_direct.flops(p) < iterations;
}

const cvr_primal_way *cvr_primal_auto(const cvr_program *p, bool direct_fits)
{
    const cvr_primal_way *way = cvr_primal_ways;
    bool direct = direct_fits && direct_pays(p);
    while (direct ? way->solver != &cvr_direct : way->with != &cvr_precondition_block)
        way++;
    return way;
}

cvr_status cvr_primal_lay_out(cvr_primal *u, cvr_system *system, cvr_workspace *w)
{
    const cvr_preconditioner *with = u->way->with;
    cvr_status status = CVR_OK;
    u->system = system;
    CVR_TRY(cvr_lay_array(w, &u->state, 1, u->way->solver->state_size));
    u->way->solver->lay_out(u, w);
    if (with)
        CVR_TRY(cvr_lay_array(w, &u->M, 1, with->state_size));
    if (with && with->lay_out)
        with->lay_out(u, w);
done:
    return status;
}

cvr_status cvr_primal_start(cvr_primal *u)
{
    const cvr_primal_solver *solver = u->way->solver;
    return solver->start ? solver->start(u) : CVR_OK;
}

cvr_status cvr_primal_factor(cvr_primal *u)
{
    const cvr_primal_solver *solver = u->way->solver;
    const cvr_preconditioner *with = u->way->with;
    cvr_status status = CVR_OK;
    if (with && with->build)
        CVR_TRY(with->build(u));
    if (solver->factor)
        CVR_TRY(solver->factor(u));
done:
    return status;
}

cvr_status cvr_primal_solve(cvr_primal *u, cvr_mat B, cvr_mat D, double tolerance)
{
    return u->way->solver->solve(u, B, D, tolerance);
}

double cvr_primal_flops(const cvr_program *p, const cvr_primal_way *way)
{
    bool more = way->with && way->with->flops;
    return way->solver->flops(p) + (more ? way->with->flops(p) : 0);
}

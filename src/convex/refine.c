/* --refine K: a network that gets better by the convex program over its own patterns.
   A round, from the best network so far (at first that of --start):

   1. solve the program whose gates are its neurons, and those found in the last round:
      the network is feasible there, so the optimum is no higher;
   2. polish the program's network by L-BFGS on the objective that both have, over which
      neurons leave their cones;
   3. look for patterns that violate the optimality conditions of the whole problem at the
      best network (violation.h): the next round's gates.

   The objective of the best network never rises. Rounds 0 (own patterns alone) to K.
   Sources: Pilanci and Ergen 2020 (the conditions); docs/mathematics.md, "Refinement". */
#include <math.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/log.h"
#include "base/random.h"
#include "convex/convex.h"
#include "convex/options.h"
#include "convex/program.h"
#include "convex/splitting.h"
#include "convex/violation.h"
#include "linalg/mats.h"
#include "model/model.h"
#include "parallel/comm.h"
#include "solver/lbfgs.h"
#include "solver/remark.h"

enum { PROGRAM_STEPS = 1000, MEMORY = 10, DESCENTS = 8 };
static const double aside = 1e-3; /* of a neuron's length */

typedef struct refine {
    const cvr_problem *problem;
    const cvr_method *inner; /* solves the programs; its state begins with cvr_program */
    cvr_start start;
    cvr_network net;
    cvr_lbfgs polish;
    cvr_search search;
    cvr_mat best, next_best; /* N x 1, double: the best network, that of this round */
    cvr_mat theta, g;        /* N x 1, double: a network at hand, work */
    cvr_mat found, next;     /* add x d: gates of the last search, of the next */
    cvr_mat gates;           /* most x d */
    int64_t rounds, round, descents, add, steps; /* descents: done of this round */
    int64_t count, found_count, patterns;        /* of best, found, the last program */
    double beta;                 /* in the user's unit; 0 before it is known */
    double objective, violation; /* of best, at it */
    double tolerance;
    bool fresh; /* net has been evaluated at best last */
} refine;

/* ---- the program ------------------------------------------------------------------- */

/* Gates: `count` neurons of the best network of this round, and what has been found. */
static cvr_mat gather_gates(refine *s, int64_t count, int64_t found)
{
    int64_t room = s->net.most - found, own = count < room ? count : room;
    for (int64_t k = 0; k < own; k++)
        cvr_network_gate(&s->net, s->next_best, k, cvr_mat_rows(s->gates, k, 1));
    for (int64_t k = 0; k < found; k++)
        cvr_copy(cvr_mat_rows(s->gates, own + k, 1), cvr_mat_rows(s->found, k, 1));
    return cvr_mat_rows(s->gates, 0, own + found);
}

/* Steps until the gap is closed. */
static cvr_status iterate(refine *s, void *state, cvr_progress *p)
{
    cvr_mat outputs;
    int64_t next = 20;
    cvr_status status = CVR_OK;
    for (int64_t k = 1; p->outcome == CVR_RUNNING && k <= PROGRAM_STEPS; k++) {
        CVR_TRY(s->inner->step(state));
        if (k < next && k < PROGRAM_STEPS)
            continue;
        next += next / 2;
        outputs = (cvr_mat){0};
        CVR_TRY(s->inner->measure(state, p, &outputs));
        if (p->gap <= s->tolerance)
            break;
    }
done:
    return status;
}

/* m = the network of the program with these gates (none: those of the options). */
static cvr_status solve(refine *s, cvr_mat gates, double beta, cvr_model *m,
                        cvr_progress *p)
{
    void *state = NULL;
    cvr_workspace w = {0};
    cvr_program *program;
    cvr_status status =
        cvr_alloc(1, s->inner->state_size, "the state of a program", &state);
    CVR_TRY(cvr_allreduce_status(s->problem->comm, status));
    program = state;
    program->given = gates;
    program->given_beta = beta;
    CVR_TRY(cvr_method_set_up(s->inner, state, s->problem, &w));
    s->patterns = program->P;
    s->net.beta = program->beta * program->unit;
    cvr_progress_init(p);
    CVR_TRY(iterate(s, state, p));
    CVR_TRY(cvr_allreduce_status(s->problem->comm, s->inner->model(state, m)));
done:
    if (state)
        s->inner->teardown(state);
    cvr_workspace_free(&w);
    cvr_release(state);
    return status;
}

/* ---- a round ----------------------------------------------------------------------- */

/* What a round has come to; it is the state's when the round is done. */
typedef struct outcome {
    int64_t count, found;
    double objective, violation;
    double beta, program, gap; /* of the last program */
} outcome;

/* theta is the best when it is lower. */
static cvr_status compare(refine *s, outcome *o)
{
    double value;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_network_evaluate(&s->net, s->theta, &value, s->g));
    if (!(value < o->objective))
        return CVR_OK;
    o->objective = value;
    o->count = s->net.count;
    cvr_copy(s->next_best, s->theta);
done:
    return status;
}

/* The program's neurons lie on the borders of their cones, where J has kinks and no slope
   tells the way: they step aside first, by a small part of their lengths. */
static void step_aside(const refine *s, cvr_mat theta)
{
    const cvr_network *n = &s->net;
    int64_t first = ((int64_t)1 << 40) + (s->round * DESCENTS + s->descents) * n->most;
    for (int64_t k = 0; k < n->count; k++) {
        cvr_mat a = cvr_mat_rows(theta, k * n->d, n->d);
        double part = aside * sqrt(cvr_dot(a, a) / (double)n->d);
        for (int64_t i = 0; i < n->d; i++)
            cvr_set(a, i, 0,
                    cvr_get(a, i, 0) + part * cvr_random_gauss(s->problem->seed,
                                                               CVR_FOR_STARTS, first + k,
                                                               i));
    }
}

static cvr_status polish(refine *s)
{
    cvr_lbfgs *l = &s->polish;
    double size;
    cvr_status status = CVR_OK;
    cvr_copy(l->x, s->theta);
    step_aside(s, l->x);
    CVR_TRY(cvr_lbfgs_start(l));
    size = sqrt(cvr_dot(l->g, l->g));
    for (int64_t k = 0; k < s->steps && !l->stuck; k++) {
        CVR_TRY(cvr_lbfgs_step(l));
        if (sqrt(cvr_dot(l->g, l->g)) <= 1e-9 * size)
            break;
    }
    cvr_copy(s->theta, l->x);
    cvr_network_tidy(&s->net, s->theta);
done:
    return status;
}

/* The start as it is, balanced. */
static cvr_status compare_start(refine *s, outcome *o)
{
    cvr_status status = CVR_OK;
    if (s->round > 0 || o->count > 0 || !s->start.outer.data)
        return CVR_OK;
    CVR_TRY(cvr_allreduce_status(s->problem->comm,
                                 cvr_network_take(&s->net, &s->start, s->theta)));
    CVR_TRY(compare(s, o));
    cvr_note(CVR_LOG_DETAIL, "start: %lld neurons, objective %.10g",
             (long long)s->net.count, o->objective);
done:
    return status;
}

/* Patterns to add, at the best network. */
static cvr_status look(refine *s, outcome *o)
{
    double value;
    cvr_status status = CVR_OK;
    s->net.count = o->count;
    CVR_TRY(cvr_network_evaluate(&s->net, s->next_best, &value, s->g));
    CVR_TRY(cvr_search_run(&s->search, s->next_best, s->round, s->next, &o->found,
                           &o->violation));
done:
    return status;
}

static void say(const refine *s, const outcome *o)
{
    cvr_note(CVR_LOG_DETAIL,
             "round %lld: program over %lld patterns %.10g (gap %.1e), best %.10g with "
             "%lld neurons",
             (long long)s->round, (long long)s->patterns, o->program, o->gap,
             o->objective, (long long)o->count);
}

/* The program over the patterns of the best network and what has been found, polished. */
static cvr_status descend(refine *s, int64_t found, outcome *o)
{
    cvr_model m = {0};
    cvr_progress p;
    cvr_status status = CVR_OK;
    CVR_TRY(solve(s, gather_gates(s, o->count, found), o->beta, &m, &p));
    o->beta = s->net.beta;
    CVR_TRY(compare_start(s, o));
    CVR_TRY(cvr_allreduce_status(s->problem->comm,
                                 cvr_network_take_model(&s->net, &m, s->theta)));
    CVR_TRY(compare(s, o));
    o->program = p.objective;
    o->gap = p.gap;
    CVR_TRY(polish(s));
    CVR_TRY(compare(s, o));
done:
    cvr_model_free(&m);
    return status;
}

/* A step is one descent: polished neurons have new patterns, so that it goes on for a
   while without others. What is found at the end of a round is for the next. */
static cvr_status run_step(refine *s, outcome *o, bool *ends)
{
    double before = o->objective;
    cvr_status status = CVR_OK;
    CVR_TRY(descend(s, s->descents == 0 ? s->found_count : 0, o));
    say(s, o);
    *ends = s->descents + 1 == DESCENTS || !(before - o->objective > 1e-6 * o->objective);
    if (*ends)
        CVR_TRY(look(s, o));
done:
    return status;
}

static cvr_status step(void *state)
{
    refine *s = state;
    outcome o = {.count = s->count, .objective = s->objective, .beta = s->beta};
    double begun = cvr_wall_seconds();
    int64_t patterns = s->patterns;
    bool ends = false;
    cvr_status status = CVR_OK;
    s->fresh = false;
    cvr_copy(s->next_best, s->best);
    CVR_TRY(run_step(s, &o, &ends));
    cvr_copy(s->best, s->next_best);
    s->beta = o.beta;
    s->count = o.count;
    s->objective = o.objective;
    s->descents++;
    if (ends) {
        cvr_copy(s->found, s->next);
        s->found_count = o.found;
        s->violation = o.violation;
        s->descents = 0;
        s->round++;
    }
done:
    if (status != CVR_OK)
        s->patterns = patterns;
    cvr_phase_end(s->problem, CVR_PHASE_PRIMAL, begun);
    return status;
}

static bool finished(const void *state)
{
    const refine *s = state;
    return s->round > s->rounds ||
           (s->round > 0 && s->descents == 0 && s->found_count == 0);
}

/* ---- measuring --------------------------------------------------------------------- */

static void judge(const refine *s, cvr_progress *p)
{
    if (!isfinite(s->objective)) {
        p->outcome = CVR_DIVERGED;
        return;
    }
    if (!finished(s))
        return;
    p->outcome = s->found_count == 0 ? CVR_CONVERGED : CVR_MAX_ITERATIONS;
    if (s->found_count == 0)
        cvr_remark(p, "no pattern that would lower the objective was found, which is no "
                      "proof that there is none");
    else
        cvr_remark(p,
                   "patterns are left that would lower the objective, of which the "
                   "largest that was found is %.4f times what it would be at the optimum",
                   s->violation);
}

static cvr_status measure(void *state, cvr_progress *progress, cvr_mat *outputs)
{
    refine *s = state;
    double value;
    cvr_status status = CVR_OK;
    s->net.count = s->count;
    s->net.beta = s->beta;
    if (!s->fresh)
        CVR_TRY(cvr_network_evaluate(&s->net, s->best, &value, s->g));
    s->fresh = true;
    *outputs = s->net.f;
    progress->objective = s->objective;
    progress->pattern_violation = s->violation;
    progress->patterns = s->patterns;
    progress->active_neurons = s->count;
    snprintf(progress->solver, sizeof progress->solver, "refine, %s and l-bfgs",
             s->inner->info.name);
    judge(s, progress);
done:
    return status;
}

static cvr_status model(void *state, cvr_model *m)
{
    refine *s = state;
    s->net.count = s->count;
    return cvr_network_model(&s->net, s->best, m);
}

/* ---- making ------------------------------------------------------------------------ */

/* convex.c has refused what does not go together: no option is named here. */
static const char *no_name(size_t offset)
{
    (void)offset;
    return "";
}

static cvr_status choose_inner(refine *s)
{
    bool projects = cvr_convex_options_of(s->problem)->loss > 0;
    cvr_status status = CVR_OK;
    if (!projects)
        CVR_TRY(cvr_splitting_choose(s->problem, no_name, &projects));
    s->inner = projects ? &cvr_projection : &cvr_admm;
done:
    return status;
}

static cvr_status pose(void *state, const cvr_problem *problem)
{
    refine *s = state;
    const cvr_convex_options *o = cvr_convex_options_of(problem);
    int64_t first = cvr_convex_patterns(problem), most;
    cvr_status status = CVR_OK;
    s->problem = problem;
    s->rounds = o->refine;
    s->steps = o->refine_steps;
    s->tolerance = o->run.tolerance;
    s->objective = INFINITY;
    s->violation = NAN;
    CVR_TRY(choose_inner(s));
    if (o->start) {
        CVR_TRY(cvr_start_read(problem, o->start, &s->start));
        first = s->start.H.rows;
        if (!s->start.outer.data)
            CVR_FAIL(CVR_USAGE,
                     "--start %s: --refine begins with a network of one hidden layer and "
                     "one output",
                     o->start);
    }
    most = o->refine_gates > 0 ? o->refine_gates : 4 * first;
    most = most > first ? most : first;
    s->add = (most + 1) / 2;
    CVR_TRY(cvr_network_pose(&s->net, problem, most));
    s->polish = (cvr_lbfgs){.function = cvr_network_evaluate,
                            .state = &s->net,
                            .N = s->net.N,
                            .memory = MEMORY};
    cvr_search_pose(&s->search, &s->net, 6 * (s->add > 20 ? s->add : 20));
done:
    return status;
}

static cvr_status lay_out(void *state, cvr_workspace *w)
{
    refine *s = state;
    int64_t N = s->net.N, d = s->net.d, most = s->net.most;
    cvr_status status = CVR_OK;
    cvr_lay_double(w, CVR_SHARED, "best", &s->best, N, 1);
    cvr_lay_double(w, CVR_SHARED, "found", &s->found, s->add, d);
    cvr_lay_count(w, "round", &s->round);
    cvr_lay_integer(w, "descents", &s->descents, 0, DESCENTS);
    cvr_lay_integer(w, "count", &s->count, 0, most);
    cvr_lay_integer(w, "found_count", &s->found_count, 0, s->add);
    cvr_lay_count(w, "patterns", &s->patterns);
    cvr_lay_real(w, "beta", &s->beta);
    cvr_lay_real(w, "objective", &s->objective);
    cvr_lay_real(w, "violation", &s->violation);
    CVR_LAY_DOUBLE(w, N, 1, &s->theta, &s->g, &s->next_best);
    CVR_LAY_DOUBLE(w, s->add, d, &s->next);
    CVR_LAY_DOUBLE(w, most, d, &s->gates);
    cvr_network_lay_out(&s->net, w);
    CVR_TRY(cvr_lbfgs_lay_out(&s->polish, w, false));
    CVR_TRY(cvr_search_lay_out(&s->search, w));
    cvr_lay_passing(w, s->net.X.rows + d, 16 * most); /* about what a program takes */
done:
    return status;
}

static cvr_status start(void *state)
{
    refine *s = state;
    return cvr_search_start(&s->search);
}

static cvr_status restored(void *state)
{
    ((refine *)state)->fresh = false;
    return CVR_OK;
}

static void teardown(void *state)
{
    cvr_start_free(&((refine *)state)->start);
}

const cvr_method cvr_refine = {.info = {.name = "refine"},
                               .state_size = sizeof(refine),
                               .pose = pose,
                               .lay_out = lay_out,
                               .start = start,
                               .restored = restored,
                               .step = step,
                               .rolls_back = true,
                               .measure = measure,
                               .model = model,
                               .teardown = teardown,
                               .finished = finished,
                               .weighs = true};

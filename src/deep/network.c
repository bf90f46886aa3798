/* Layers together: sizes, memory, first weights, W-steps. */
#include "deep/network.h"

#include <math.h>

#include "base/random.h"
#include "linalg/mats.h"
#include "parallel/comm.h"
#include "parallel/threads.h"

/* Below this a Gram matrix in single precision is too coarse. */
static const double LEAST_RIDGE32 = 1e-3;

/* A thread with fewer rows is not worth it. */
enum { LEAST_ROWS = 16 };

cvr_mat cvr_deep_units(const cvr_deep_network *n, cvr_mat H)
{
    return cvr_mat_cols(H, 0, H.cols - n->bias);
}

double cvr_deep_dot(const cvr_deep_thread *t, int64_t first, cvr_mat A, cvr_mat B)
{
    const cvr_deep_reduction *r = &t->network->reduction;
    A = cvr_deep_weigh(r, r->H[t->index], first, A);
    B = cvr_deep_weigh(r, r->T[t->index], first, B);
    return cvr_dot(A, B);
}

double cvr_deep_distance2(const cvr_deep_thread *t, int64_t first, cvr_mat A, cvr_mat B)
{
    const cvr_deep_reduction *r = &t->network->reduction;
    A = cvr_deep_weigh(r, r->H[t->index], first, A);
    B = cvr_deep_weigh(r, r->T[t->index], first, B);
    return cvr_distance2(A, B);
}

/* ---- steps ------------------------------------------------------------------------ */

/* V and P of a layer; G of the first stays, and so does its factor with its ridge. */
static cvr_status solve(cvr_deep_network *n, int l)
{
    cvr_deep_layer *layer = &n->layers[l];
    cvr_status status = CVR_OK;
    if (l > 0 || layer->ridge != n->fit.ridge)
        CVR_TRY(cvr_deep_factor(layer, &n->fit));
    cvr_deep_solve(layer, &n->fit);
    if (l > 0 && n->fit.finite)
        CVR_TRY(cvr_deep_couple(layer, n->layers[l - 1].r));
done:
    return status;
}

static cvr_status solve_all(cvr_deep_network *n, int l, int count)
{
    cvr_status status = CVR_OK;
    for (int i = l; i < l + count; i++) {
        CVR_TRY(cvr_interrupt_check(n->problem->comm));
        CVR_TRY(solve(n, i));
    }
done:
    return status;
}

/* What a column knows of its layers all learn: failures, whether all is finite, how far
   the weights moved, raised ridges, dead inputs. */
static cvr_status agree(cvr_deep_network *n, int64_t raised, cvr_status own)
{
    cvr_deep_fit *fit = &n->fit;
    double x[4 + CVR_DEEP_MOST] = {!fit->finite, fit->change2, fit->size2,
                                   (double)(fit->escalations - raised)};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(n->stack, own));
    for (int l = n->begin; l < n->end; l++)
        x[4 + l] = (double)n->layers[l].dead;
    CVR_TRY(cvr_allreduce_sum(n->stack, x, 4 + n->depth));
    fit->finite = x[0] == 0;
    fit->change2 = x[1];
    fit->size2 = x[2];
    fit->escalations = raised + (int64_t)x[3];
    for (int l = 0; l < n->depth; l++)
        n->layers[l].dead = (int64_t)x[4 + l];
done:
    return status;
}

cvr_status cvr_deep_w_step(cvr_deep_network *n, int l, int count)
{
    int64_t raised = n->fit.escalations;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_deep_allreduce(&n->reduction, l, count));
    status = solve_all(n, l, count);
    if (n->stack)
        CVR_TRY(agree(n, raised, status));
done:
    return status;
}

/* ---- first values ----------------------------------------------------------------- */

/* The mean square of the features, the ones left out. */
static void measure_features(cvr_deep_network *n)
{
    const cvr_deep_layer *layer = &n->layers[0];
    double sum = 0;
    for (int64_t j = 0; j < layer->units; j++)
        sum += cvr_get(layer->G, j, j);
    sum /= cvr_problem_total(n->problem) * (double)(layer->units > 0 ? layer->units : 1);
    n->mean_square = sum > 0 ? sum : 1;
}

static cvr_status start_first(cvr_deep_network *n)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_deep_first_gram(&n->reduction, n->X));
    CVR_TRY(cvr_deep_factor(&n->layers[0], &n->fit));
    measure_features(n);
done:
    return status;
}

cvr_status cvr_deep_network_start(cvr_deep_network *n)
{
    cvr_status status = CVR_OK;
    cvr_deep_reduction_start(&n->reduction, n->problem->W);
    for (int i = 0; i < n->thread_count; i++)
        for (int l = 0; l + 1 < n->depth; l++)
            cvr_fill(cvr_mat_cols(n->threads[i].blocks[l].H, n->layers[l].out, n->bias),
                     1);
    if (n->begin == 0)
        status = start_first(n);
    if (n->stack)
        CVR_TRY(agree(n, 0, status));
    if (n->stack)
        CVR_TRY(cvr_allreduce_sum(n->stack, &n->mean_square, 1));
done:
    return status;
}

cvr_status cvr_deep_draw(cvr_deep_network *n, bool he, double scale)
{
    int64_t first = 0;
    cvr_status status = CVR_OK;
    for (int l = 0; l < n->depth; l++) {
        cvr_deep_layer *layer = &n->layers[l];
        double mean_square = l > 0 ? 1 : n->mean_square;
        cvr_mat V = cvr_mat_rows(layer->S, 0, layer->units);
        cvr_fill(layer->S, 0);
        cvr_random_normal(V, n->problem->seed, CVR_FOR_WEIGHTS, first);
        if (he)
            cvr_scale(V, sqrt(2 / ((double)layer->units * mean_square)));
        cvr_scale(V, scale);
        cvr_copy(layer->V, layer->S);
        if (l > 0)
            CVR_TRY(cvr_deep_couple(layer, n->layers[l - 1].r));
        first += layer->in;
    }
done:
    return status;
}

/* ---- making ----------------------------------------------------------------------- */

static int64_t between(int64_t low, int64_t x, int64_t high)
{
    return x < low ? low : x > high ? high : x;
}

static void size_layers(cvr_deep_network *n, const int64_t *hidden, int64_t outputs)
{
    bool free = n->problem->train->transform.bias == CVR_BIAS_FREE;
    for (int l = 0; l < n->depth; l++) {
        bool top = l + 1 == n->depth;
        int64_t units = l > 0 ? hidden[l - 1] : n->X.cols - n->bias;
        n->layers[l] = (cvr_deep_layer){.number = l + 1,
                                        .units = units,
                                        .in = units + n->bias,
                                        .out = top ? outputs : hidden[l],
                                        .free = top && free};
    }
}

cvr_status cvr_deep_network_pose(cvr_deep_network *n, const cvr_problem *problem,
                                 const cvr_deep_options *o, int64_t outputs)
{
    int64_t rows = problem->X.rows;
    int64_t shares = between(1, rows / LEAST_ROWS, CVR_MOST_THREADS);
    cvr_type type = problem->X.type;
    cvr_status status = CVR_OK;
    n->problem = problem;
    CVR_TRY(cvr_problem_ones(problem, &n->X));
    n->bias = problem->train->transform.bias != CVR_BIAS_NONE;
    n->depth = n->end = o->hidden.count + 1;
    n->saves = true;
    n->block = between(1, rows, o->block);
    /* A device is used by one thread. */
    n->thread_count =
        problem->device == cvr_cpu() ? (int)between(1, o->threads, shares) : 1;
    size_layers(n, o->hidden.widths, outputs);
    CVR_TRY(cvr_deep_penalties(n->layers, n->depth, o->penalty_top, o->penalty_activation,
                               o->penalty_weights));
    n->fit = (cvr_deep_fit){.ridge = o->ridge,
                            .first_ridge = o->ridge,
                            .halving = o->ridge_halving,
                            .damping = o->damping,
                            .threads = n->thread_count,
                            .majorised = o->majorised,
                            .finite = true};
    n->reduction = (cvr_deep_reduction){.comm = problem->comm,
                                        .layers = n->layers,
                                        .depth = n->depth,
                                        .threads = n->thread_count,
                                        .type = type,
                                        .block = n->block,
                                        .weighted = problem->W.data != NULL,
                                        .gram64 = type == CVR_SINGLE &&
                                                  o->ridge + o->damping < LEAST_RIDGE32};
done:
    return status;
}

static cvr_status lay_out_thread(cvr_deep_network *n, int index, cvr_workspace *w)
{
    cvr_deep_thread *t = &n->threads[index];
    int64_t count = n->thread_count, rows = n->X.rows;
    cvr_status status = CVR_OK;
    *t = (cvr_deep_thread){.network = n, .index = index, .first = rows * index / count};
    t->rows = rows * (index + 1) / count - t->first;
    CVR_TRY(cvr_lay_array(w, (void **)&t->blocks, n->depth, sizeof *t->blocks));
    for (int l = 0; l < n->depth; l++) {
        int64_t out = n->layers[l].out;
        CVR_LAY_SCRATCH(w, n->block, out, &t->blocks[l].M, &t->blocks[l].T);
        if (l + 1 < n->depth)
            CVR_LAY_SCRATCH(w, n->block, out + n->bias, &t->blocks[l].H);
    }
    CVR_LAY_SCRATCH(w, n->block, n->layers[n->depth - 1].out, &t->Z);
done:
    return status;
}

cvr_status cvr_deep_network_lay_out(cvr_deep_network *n, cvr_workspace *w, cvr_mark saved)
{
    int64_t most = 0;
    cvr_status status = CVR_OK;
    for (int l = 0; l < n->depth; l++) {
        cvr_deep_layer_lay_out(&n->layers[l], w, n->stack != NULL,
                               n->saves && n->begin <= l && l < n->end);
        most = between(most, n->layers[l].in * n->layers[l].out, INT64_MAX);
    }
    cvr_lay_double(w, CVR_SCRATCH, NULL, &n->fit.scratch, most, 1);
    if (n->fit.majorised)
        cvr_lay_double(w, CVR_SCRATCH, NULL, &n->fit.curve, most, 1);
    cvr_lay_count(w, "escalations", &n->fit.escalations);
    cvr_lay_switch(w, "finite", &n->fit.finite);
    CVR_TRY(cvr_deep_reduction_lay_out(&n->reduction, w, n->X.rows, saved));
    CVR_TRY(cvr_lay_array(w, (void **)&n->threads, n->thread_count, sizeof *n->threads));
    for (int i = 0; i < n->thread_count; i++)
        CVR_TRY(lay_out_thread(n, i, w));
done:
    return status;
}

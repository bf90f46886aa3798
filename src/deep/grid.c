/* Which process has which rows and layers. */
#include "deep/grid.h"

#include <stdlib.h>

#include "linalg/mats.h"
#include "parallel/comm.h"

bool cvr_deep_grid_top(const cvr_deep_grid *g)
{
    return g->column + 1 == g->columns;
}

/* ---- processes -------------------------------------------------------------------- */

/* "RxL" */
static cvr_status read(const char *text, int *rows, int *columns)
{
    enum { MOST = 1 << 20 };
    char *end = NULL;
    long r = *text >= '0' && *text <= '9' ? strtol(text, &end, 10) : 0;
    const char *second = end && *end == 'x' ? end + 1 : "";
    long l = *second >= '0' && *second <= '9' ? strtol(second, &end, 10) : 0;
    if (r < 1 || l < 1 || r > MOST || l > MOST || *end != '\0') {
        cvr_fail(CVR_USAGE,
                 "--grid '%s': it is parts of the rows times columns of layers", text);
        cvr_hint("as in 1x4: four processes, each with some of the layers");
        return CVR_USAGE;
    }
    *rows = (int)r;
    *columns = (int)l;
    return CVR_OK;
}

/* The stack's rows follow each other in the order of its columns. */
static cvr_status find_rows(cvr_deep_grid *g, const cvr_problem *problem)
{
    double sums[3] = {(double)problem->X.rows,
                      g->column == 0 ? (double)problem->first : 0, 0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_problem_ones(problem, &g->X));
    g->Y = problem->Y;
    g->W = problem->W;
    CVR_TRY(cvr_allreduce_sum(g->stack, sums, 2));
    g->own = problem->X.rows;
    g->first = (int64_t)sums[1];
    g->place = problem->first - g->first;
    g->problem.first = g->first;
    g->problem.X.rows = g->problem.X.ld = g->problem.Y.rows = g->problem.Y.ld =
        (int64_t)sums[0];
    g->problem.comm = g->rows;
done:
    return status;
}

cvr_status cvr_deep_grid_pose(cvr_deep_grid *g, const cvr_problem *problem,
                              const char *text)
{
    int rows = 0, columns = 1, size = cvr_comm_size(problem->comm);
    cvr_status status = CVR_OK;
    *g = (cvr_deep_grid){.problem = *problem,
                         .columns = 1,
                         .own = problem->X.rows,
                         .first = problem->first};
    if (!text)
        return CVR_OK;
    CVR_TRY(read(text, &rows, &columns));
    if ((int64_t)rows * columns != size)
        CVR_FAIL(CVR_USAGE, "--grid %s is of %lld processes, and there %s %d", text,
                 (long long)rows * columns, size == 1 ? "is" : "are", size);
    if (columns == 1)
        return CVR_OK;
    CVR_TRY(cvr_comm_grid(problem->comm, columns, &g->rows, &g->stack));
    g->columns = columns;
    g->column = cvr_comm_rank(g->stack);
    CVR_TRY(find_rows(g, problem));
done:
    return status;
}

void cvr_deep_grid_free(cvr_deep_grid *g)
{
    cvr_comm_free(g->rows);
    cvr_comm_free(g->stack);
    g->rows = g->stack = NULL;
}

/* ---- layers ----------------------------------------------------------------------- */

/* Products of a row in an iteration: forward, pull and S, and G. */
static double work(const cvr_deep_layer *layer)
{
    double in = (double)layer->in, out = (double)layer->out;
    return layer->number > 1 ? 3 * in * out + in * in / 2 : 2 * in * out;
}

/* Columns of layers that lie together, none heavier than `bound`, each with one at least:
   how many are needed; owner[l]: which has l, where the last `columns` layers at most are
   left one each. */
static int deal(const cvr_deep_network *n, double bound, int columns, int *owner)
{
    int column = 0;
    double load = 0;
    for (int l = 0; l < n->depth; l++) {
        double own = work(&n->layers[l]);
        bool full = load > 0 && load + own > bound;
        bool last = load > 0 && n->depth - l <= columns - 1 - column;
        column += full || last;
        load = full || last ? own : load + own;
        owner[l] = column;
    }
    return column + 1;
}

/* The least bound is the sum of some layers that lie together. */
static double least_bound(const cvr_deep_network *n, int columns, int *owner)
{
    double best = 0;
    for (int l = 0; l < n->depth; l++)
        best += work(&n->layers[l]);
    for (int from = 0; from < n->depth; from++) {
        double sum = 0;
        for (int l = from; l < n->depth; l++) {
            sum += work(&n->layers[l]);
            bool heaviest = false;
            for (int k = 0; k < n->depth; k++)
                heaviest = heaviest || work(&n->layers[k]) > sum;
            if (!heaviest && sum < best && deal(n, sum, columns, owner) <= columns)
                best = sum;
        }
    }
    return best;
}

cvr_status cvr_deep_grid_deal(cvr_deep_grid *g, cvr_deep_network *n)
{
    int most = n->depth;
    if (g->columns > most)
        return cvr_fail(
            CVR_USAGE, "--grid: %d columns for %d layers, of which each has one at least",
            g->columns, n->depth);
    (void)deal(n, least_bound(n, g->columns, g->owner), g->columns, g->owner);
    g->begin = n->depth;
    for (int l = n->depth - 1; l >= 0; l--) {
        g->begin = g->owner[l] == g->column ? l : g->begin;
        g->end = g->owner[l] == g->column && g->end == 0 ? l + 1 : g->end;
    }
    n->begin = g->begin;
    n->end = g->end;
    n->stack = g->stack;
    n->saves = n->reduction.gives = !g->rows || cvr_comm_rank(g->rows) == 0;
    return CVR_OK;
}

/* ---- rows and weights ------------------------------------------------------------- */

void cvr_deep_grid_lay_out(cvr_deep_grid *g, cvr_workspace *w, cvr_deep_network *n)
{
    if (!g->stack)
        return;
    CVR_LAY_SCRATCH(w, g->problem.X.rows, n->X.cols, &n->X);
    CVR_LAY_SCRATCH(w, g->problem.X.rows, g->problem.Y.cols, &g->problem.Y);
    if (g->W.data)
        CVR_LAY_DOUBLE(w, g->problem.X.rows, 1, &g->problem.W);
}

cvr_status cvr_deep_grid_start(cvr_deep_grid *g, cvr_deep_network *n)
{
    cvr_status status = CVR_OK;
    if (!g->stack)
        return CVR_OK;
    CVR_TRY(cvr_allgather(g->stack, g->X, n->X));
    CVR_TRY(cvr_allgather(g->stack, g->Y, g->problem.Y));
    if (g->W.data)
        CVR_TRY(cvr_allgather(g->stack, g->W, g->problem.W));
done:
    return status;
}

cvr_status cvr_deep_grid_share(const cvr_deep_grid *g, cvr_deep_network *n)
{
    cvr_status status = CVR_OK;
    for (int l = 0; g->stack && l < n->depth; l++)
        CVR_TRY(cvr_broadcast_mat(g->stack, g->owner[l], n->layers[l].V));
done:
    return status;
}

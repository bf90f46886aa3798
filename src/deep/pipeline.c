/* deep --grid RxL: the sweep `refresh` with layers over processes. Blocks of rows flow up
   through the columns of layers and back down:

       up      h_l of a block, n_l numbers a row, to the owner of layer l + 1
       down    (t_{l+1} - m_{l+1}) P_{l+1}, n_l numbers a row, to the owner of layer l

   Of K columns, column c takes block j up in tick j + c, down in tick j + 2 (K - 1) - c;
   a tick ends with an exchange down and one up. So 2 n_l N numbers cross a cut in an
   iteration, B blocks take B + 2 (K - 1) ticks, and column c has up to 2 (K - 1 - c) + 1
   blocks on their way. A column sums S and G of its layers and solves for their weights.
   All numbers are those of refresh.c, whose steps these are, with one thread. */
#include "deep/block.h"
#include "deep/forward.h"
#include "deep/ops.h"
#include "linalg/mats.h"
#include "parallel/comm.h"

typedef struct pipeline {
    cvr_deep deep;    /* first */
    cvr_mat residual; /* 2 x 1, double: |z_L - m_L|^2 and |z_L|^2 of the last sweep */
    cvr_deep_block
        *flights; /* slots x depth: of the own layers, and H and T below them */
    int slots;
} pipeline;

/* ---- a block ----------------------------------------------------------------------- */

typedef struct rows {
    cvr_deep_block *of; /* layers of the slot */
    int64_t first, count;
} rows;

static int64_t block_count(const pipeline *s)
{
    const cvr_deep_network *n = &s->deep.network;
    return n->X.rows > 0 ? (n->X.rows - 1) / n->block + 1 : 0;
}

/* Block j, with the rows that cvr_deep_each_block gives it. */
static rows block_at(const pipeline *s, int64_t j)
{
    int64_t count = block_count(s), all = s->deep.network.X.rows;
    int64_t first = all * j / count;
    return (rows){s->flights + j % s->slots * s->deep.network.depth, first,
                  all * (j + 1) / count - first};
}

static bool is_block(const pipeline *s, int64_t j)
{
    return j >= 0 && j < block_count(s);
}

/* [a_{l-1} 1] */
static cvr_mat input(const cvr_deep_network *n, rows b, int l)
{
    return l > 0 ? cvr_mat_rows(b.of[l - 1].H, 0, b.count)
                 : cvr_mat_rows(n->X, b.first, b.count);
}

static cvr_mat target(rows b, int l)
{
    return cvr_mat_rows(b.of[l].T, 0, b.count);
}

/* m_l: at the top the outputs. */
static cvr_mat product(const pipeline *s, rows b, int l)
{
    return l + 1 < s->deep.network.depth ? cvr_mat_rows(b.of[l].M, 0, b.count)
                                         : cvr_mat_rows(s->deep.F, b.first, b.count);
}

static void go_up(pipeline *s, rows b)
{
    const cvr_deep_network *n = &s->deep.network;
    cvr_deep_forward_through(n, b.of, n->begin, n->end, input(n, b, n->begin),
                             cvr_mat_rows(s->deep.F, b.first, b.count));
}

/* Sums of layer l with t_l, then the pull of t_l - m_l: below the own layers to be
   sent. */
static void go_down(pipeline *s, rows b)
{
    cvr_deep_network *n = &s->deep.network;
    int last = n->end - 1;
    if (n->end == n->depth)
        cvr_deep_top_block(&s->deep, &n->threads[0], target(b, last), b.first, b.count);
    else
        cvr_relu_pull(target(b, last), product(s, b, last), n->layers[last].g,
                      n->layers[last].b);
    for (int l = last; l >= n->begin; l--) {
        cvr_mat T = target(b, l);
        cvr_deep_add(&n->reduction, 0, l, b.first, input(n, b, l), T);
        if (l > 0)
            cvr_axpby(T, -1, product(s, b, l), 1);
        if (l > n->begin)
            cvr_deep_pull_z(target(b, l - 1), product(s, b, l - 1), T, n->layers[l].P,
                            &n->layers[l - 1]);
        else if (l > 0)
            cvr_deep_pull(target(b, l - 1), T, n->layers[l].P);
    }
}

/* ---- ticks ------------------------------------------------------------------------- */

static cvr_mat nothing(const pipeline *s)
{
    return (cvr_mat){.type = s->deep.network.X.type, .device = s->deep.network.X.device};
}

/* What block j has at the cut above layer l: h_l on its way up, the pull on its way
   down. */
static cvr_mat at_cut(const pipeline *s, int64_t j, int l, bool up)
{
    const cvr_deep_network *n = &s->deep.network;
    if (!is_block(s, j) || l < 0 || l + 1 >= n->depth)
        return nothing(s);
    rows b = block_at(s, j);
    return up ? cvr_deep_units(n, input(n, b, l + 1)) : target(b, l);
}

/* The exchanges that end tick t; the one down comes first, as the next block up may take
   the place of the block that has left. */
static cvr_status exchange(pipeline *s, int64_t t)
{
    const cvr_deep_network *n = &s->deep.network;
    int column = s->deep.grid.column, below = n->begin - 1, above = n->end - 1;
    int64_t back = t - 2 * (s->deep.grid.columns - 1) + column;
    cvr_status status = CVR_OK;
    if (!n->stack)
        return CVR_OK;
    CVR_TRY(cvr_shift(n->stack, -1, at_cut(s, back, below, false),
                      at_cut(s, back + 1, above, false)));
    CVR_TRY(cvr_shift(n->stack, 1, at_cut(s, t - column, above, true),
                      at_cut(s, t - column + 1, below, true)));
done:
    return status;
}

/* A process that wishes to end works no more, but takes part: its results are void. */
static cvr_status ticks(pipeline *s)
{
    const cvr_deep_grid *g = &s->deep.grid;
    int64_t turn = 2 * (g->columns - 1);
    cvr_status status = CVR_OK;
    for (int64_t t = 0; t < block_count(s) + turn; t++) {
        bool works = !cvr_interrupt_poll(s->deep.problem->comm);
        int64_t up = t - g->column, down = t - turn + g->column;
        if (works && is_block(s, up))
            go_up(s, block_at(s, up));
        if (works && is_block(s, down))
            go_down(s, block_at(s, down));
        CVR_TRY(exchange(s, t));
    }
done:
    return status;
}

/* ---- an iteration ----------------------------------------------------------------- */

static cvr_status sweep(pipeline *s, int64_t iteration)
{
    cvr_deep_network *n = &s->deep.network;
    int count = n->end - n->begin;
    cvr_status status = CVR_OK;
    cvr_deep_multiply(&s->deep, iteration);
    cvr_deep_zero(&n->reduction, n->begin, count);
    CVR_TRY(ticks(s));
    cvr_deep_gather(&n->reduction, n->begin, count);
    CVR_TRY(cvr_deep_sum_rows(&n->reduction, n->begin, count));
    cvr_deep_figures figures = cvr_deep_take_figures(n);
    cvr_set(s->residual, 0, 0, figures.primal2);
    cvr_set(s->residual, 1, 0, figures.size2);
done:
    return status;
}

static cvr_status step(void *state)
{
    pipeline *s = state;
    cvr_deep_network *n = &s->deep.network;
    cvr_status status = CVR_OK;
    double t = cvr_wall_seconds();
    if (!cvr_deep_begin(&s->deep))
        return CVR_OK;
    CVR_TRY(cvr_deep_w_step(n, n->begin, n->end - n->begin));
    t = cvr_phase_end(n->problem, CVR_PHASE_PRIMAL, t);
    if (n->fit.finite)
        CVR_TRY(sweep(s, s->deep.iterations + 1));
    cvr_phase_end(n->problem, CVR_PHASE_PROX, t);
    CVR_TRY(cvr_deep_end(&s->deep));
done:
    return status;
}

/* Outputs are the top's, and weights their owners', until all need them. */
static cvr_status measure(void *state, cvr_progress *progress, cvr_mat *outputs)
{
    pipeline *s = state;
    cvr_deep *d = &s->deep;
    cvr_deep_figures own = {.objective = cvr_deep_own_loss(d, d->F),
                            .primal2 = cvr_get(s->residual, 0, 0),
                            .size2 = cvr_get(s->residual, 1, 0)};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_deep_grid_share(&d->grid, &d->network));
    if (d->grid.stack)
        CVR_TRY(cvr_broadcast_mat(d->grid.stack, d->grid.columns - 1, d->F));
    CVR_TRY(cvr_deep_report(d, own, progress, outputs));
done:
    return status;
}

/* ---- making ----------------------------------------------------------------------- */

static cvr_status pose(void *state, const cvr_problem *problem)
{
    pipeline *s = state;
    cvr_deep_network *n = &s->deep.network;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_deep_pose(&s->deep, problem, &cvr_deep_refresh_defaults));
    n->thread_count = n->fit.threads = n->reduction.threads = 1;
    n->reduction.summed = true;
    s->slots = 2 * (s->deep.grid.columns - 1 - s->deep.grid.column) + 1;
done:
    return status;
}

/* Below the own layers H comes in and T goes out. */
static cvr_status lay_out_flights(pipeline *s, cvr_workspace *w)
{
    const cvr_deep_network *n = &s->deep.network;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_lay_array(w, (void **)&s->flights, (int64_t)s->slots * n->depth,
                          sizeof *s->flights));
    for (int k = 0; k < s->slots; k++)
        for (int l = n->begin > 0 ? n->begin - 1 : 0; l < n->end; l++) {
            cvr_deep_block *b = &s->flights[k * n->depth + l];
            int64_t out = n->layers[l].out;
            CVR_LAY_SCRATCH(w, n->block, out, &b->T);
            if (l >= n->begin && l + 1 < n->depth)
                CVR_LAY_SCRATCH(w, n->block, out, &b->M);
            if (l + 1 < n->depth)
                CVR_LAY_SCRATCH(w, n->block, out + n->bias, &b->H);
        }
done:
    return status;
}

static cvr_status lay_out(void *state, cvr_workspace *w)
{
    pipeline *s = state;
    cvr_status status = CVR_OK;
    cvr_lay_double(w, CVR_PARTIAL, "residual", &s->residual, 2, 1);
    CVR_TRY(lay_out_flights(s, w));
    CVR_TRY(cvr_deep_lay_out(&s->deep, w, CVR_TOTAL));
done:
    return status;
}

/* Sums of layers that others own are theirs. */
static cvr_status restored(void *state)
{
    cvr_deep_network *n = &((pipeline *)state)->deep.network;
    for (int l = 0; l < n->depth; l++)
        if (l < n->begin || l >= n->end)
            cvr_deep_forget(&n->reduction, l);
    return CVR_OK;
}

static cvr_status start(void *state)
{
    pipeline *s = state;
    cvr_deep_network *n = &s->deep.network;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_deep_start(&s->deep));
    for (int k = 0; k < s->slots; k++)
        for (int l = 0; l + 1 < n->depth; l++)
            if (s->flights[k * n->depth + l].H.device)
                cvr_fill(cvr_mat_cols(s->flights[k * n->depth + l].H, n->layers[l].out,
                                      n->bias),
                         1);
    CVR_TRY(restored(s));
    CVR_TRY(sweep(s, 0));
    CVR_TRY(cvr_deep_started(&s->deep));
done:
    return status;
}

const cvr_method cvr_deep_pipeline = {.info = {.name = "deep"},
                                      .state_size = sizeof(pipeline),
                                      .pose = pose,
                                      .lay_out = lay_out,
                                      .start = start,
                                      .restored = restored,
                                      .step = step,
                                      .measure = measure,
                                      .model = cvr_deep_model,
                                      .teardown = cvr_deep_teardown,
                                      .weighs = true,
                                      .turns = true};

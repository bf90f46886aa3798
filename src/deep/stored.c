/* Steps over stored z and a, blocks of rows at a time. */
#include "deep/stored.h"

#include "deep/ops.h"
#include "linalg/mats.h"
#include "parallel/comm.h"

/* ---- blocks of rows --------------------------------------------------------------- */

/* a_{l-1} */
static cvr_mat input(const cvr_deep_stored *s, int l, int64_t first, int64_t rows)
{
    return cvr_mat_rows(l > 0 ? s->A[l - 1] : s->deep.network.X, first, rows);
}

/* t_l, at the top in the thread's block. */
static cvr_mat target(const cvr_deep_stored *s, const cvr_deep_thread *t, int l,
                      int64_t first, int64_t rows)
{
    cvr_mat Z = cvr_mat_rows(s->Z[l], first, rows);
    cvr_mat T = cvr_mat_rows(t->blocks[l].T, 0, rows);
    if (l + 1 < s->deep.network.depth || s->deep.top.multiplier != CVR_MULTIPLIER_FULL)
        return Z;
    cvr_copy(T, Z);
    cvr_axpby(T, 1, cvr_mat_rows(s->deep.U, first, rows), 1);
    return T;
}

/* [h(z_l) 1], in the thread's block. */
static cvr_mat activation(const cvr_deep_stored *s, const cvr_deep_thread *t, int l,
                          int64_t first, int64_t rows)
{
    cvr_mat H = cvr_mat_rows(t->blocks[l].H, 0, rows);
    cvr_relu_of(cvr_deep_units(t->network, H), cvr_mat_rows(s->Z[l], first, rows));
    return H;
}

/* [c_l 1], likewise. */
static cvr_mat centre(const cvr_deep_stored *s, const cvr_deep_thread *t, int l,
                      int64_t first, int64_t rows)
{
    cvr_mat H = cvr_mat_rows(t->blocks[l].H, 0, rows);
    if (!s->split)
        return activation(s, t, l, first, rows);
    cvr_copy(cvr_deep_units(t->network, H), cvr_mat_rows(s->Q[l], first, rows));
    cvr_axpby(cvr_deep_units(t->network, H), -1, cvr_mat_rows(s->D[l], first, rows), 1);
    return H;
}

/* a_l without the ones, and q_l. */
static cvr_mat units(const cvr_deep_stored *s, int l, int64_t first, int64_t rows)
{
    return cvr_deep_units(&s->deep.network, cvr_mat_rows(s->A[l], first, rows));
}

static cvr_mat copy_below(const cvr_deep_stored *s, int l, int64_t first, int64_t rows)
{
    return s->split ? cvr_mat_rows(s->Q[l], first, rows) : units(s, l, first, rows);
}

cvr_mat cvr_deep_stored_product(const cvr_deep_stored *s, const cvr_deep_thread *t, int l,
                                int64_t first, int64_t rows)
{
    cvr_mat M = cvr_mat_rows(t->blocks[l].M, 0, rows);
    cvr_gemm(M, 1, CVR_N, input(s, l, first, rows), CVR_N, t->network->layers[l].V, 0);
    return M;
}

/* The steps are a cvr_deep_work each. */
static void a_block(void *ctx, cvr_deep_thread *t, int64_t first, int64_t rows)
{
    const cvr_deep_stored *s = ctx;
    const cvr_deep_network *n = t->network;
    int l = s->layer;
    cvr_mat H = centre(s, t, l, first, rows), A = units(s, l, first, rows);
    cvr_mat E = cvr_mat_rows(t->blocks[l + 1].M, 0, rows);
    cvr_gemm(E, -1, CVR_N, H, CVR_N, n->layers[l + 1].V, 0);
    cvr_axpby(E, 1, target(s, t, l + 1, first, rows), 1);
    cvr_copy(A, cvr_deep_units(n, H));
    cvr_gemm(A, 1, CVR_N, E, CVR_N, n->layers[l + 1].P, 1);
}

/* D of a_l, in the thread's block. */
static cvr_mat slope(const cvr_deep_stored *s, cvr_deep_thread *t, int64_t first,
                     int64_t rows)
{
    int l = s->layer;
    const cvr_deep_layer *above = &t->network->layers[l + 1];
    double r = t->network->layers[l].r;
    cvr_mat D = cvr_deep_units(t->network, centre(s, t, l, first, rows));
    cvr_mat E = cvr_deep_stored_product(s, t, l + 1, first, rows);
    cvr_axpby(E, -1, target(s, t, l + 1, first, rows), 1);
    cvr_axpby(D, r, units(s, l, first, rows), -r);
    cvr_gemm(D, above->b, CVR_N, E, CVR_T, cvr_mat_rows(above->V, 0, above->units), 1);
    return D;
}

/* |D|^2 and b |D V_|^2 + r |D|^2. */
static void slope_block(void *ctx, cvr_deep_thread *t, int64_t first, int64_t rows)
{
    const cvr_deep_stored *s = ctx;
    int l = s->layer;
    const cvr_deep_layer *above = &t->network->layers[l + 1];
    cvr_mat D = slope(s, t, first, rows), E = cvr_mat_rows(t->blocks[l + 1].M, 0, rows);
    cvr_gemm(E, 1, CVR_N, D, CVR_N, cvr_mat_rows(above->V, 0, above->units), 0);
    double d2 = cvr_deep_dot(t, first, D, D);
    t->figures.size2 += d2;
    t->figures.objective +=
        above->b * cvr_deep_dot(t, first, E, E) + t->network->layers[l].r * d2;
}

static void descend_block(void *ctx, cvr_deep_thread *t, int64_t first, int64_t rows)
{
    const cvr_deep_stored *s = ctx;
    cvr_axpby(units(s, s->layer, first, rows), -s->length, slope(s, t, first, rows), 1);
}

static void z_block(void *ctx, cvr_deep_thread *t, int64_t first, int64_t rows)
{
    const cvr_deep_stored *s = ctx;
    int l = s->layer;
    cvr_relu_prox(cvr_mat_rows(s->Z[l], first, rows), copy_below(s, l, first, rows),
                  cvr_deep_stored_product(s, t, l, first, rows), t->network->layers[l].g,
                  t->network->layers[l].b);
}

static void top_block(void *ctx, cvr_deep_thread *t, int64_t first, int64_t rows)
{
    const cvr_deep_stored *s = ctx;
    const cvr_deep *d = &s->deep;
    int l = s->layer;
    cvr_deep_top_step(&d->top, cvr_mat_rows(s->Z[l], first, rows),
                      cvr_mat_rows(t->blocks[l].T, 0, rows),
                      cvr_mat_rows(d->U, first, rows),
                      cvr_deep_stored_product(s, t, l, first, rows),
                      cvr_mat_rows(d->targets.Y, first, rows));
}

static void add_block(void *ctx, cvr_deep_thread *t, int64_t first, int64_t rows)
{
    cvr_deep_stored *s = ctx;
    for (int l = s->layer; l < s->layer + s->count; l++)
        cvr_deep_add(&s->deep.network.reduction, t->index, l, first,
                     input(s, l, first, rows), target(s, t, l, first, rows));
}

/* ---- steps ------------------------------------------------------------------------ */

cvr_status cvr_deep_stored_w(cvr_deep_stored *s, int l, int count)
{
    cvr_deep_network *n = &s->deep.network;
    double begun = cvr_wall_seconds();
    s->layer = l;
    s->count = count;
    cvr_deep_zero(&n->reduction, l, count);
    cvr_deep_each_block(n, add_block, s);
    cvr_deep_gather(&n->reduction, l, count);
    cvr_status status = cvr_deep_w_step(n, l, count);
    cvr_phase_end(n->problem, CVR_PHASE_PRIMAL, begun);
    return status;
}

void cvr_deep_stored_each(cvr_deep_stored *s, int l, cvr_deep_work *work)
{
    cvr_deep_network *n = &s->deep.network;
    double begun = cvr_wall_seconds();
    s->layer = l;
    cvr_deep_each_block(n, work, s);
    cvr_phase_end(n->problem, CVR_PHASE_PROX, begun);
}

static cvr_status descend(cvr_deep_stored *s, int l)
{
    cvr_deep_network *n = &s->deep.network;
    cvr_status status = CVR_OK;
    cvr_deep_stored_each(s, l, slope_block);
    cvr_deep_figures own = cvr_deep_take_figures(n);
    double sums[] = {own.size2, own.objective};
    CVR_TRY(cvr_allreduce_sum(n->problem->comm, sums, 2));
    CVR_TRY(cvr_interrupt_check(n->problem->comm));
    s->length = cvr_deep_length(1 / n->layers[l].r, sums[0], sums[1]);
    cvr_deep_stored_each(s, l, descend_block);
done:
    return status;
}

cvr_status cvr_deep_stored_a(cvr_deep_stored *s, int l)
{
    if (s->deep.options.majorised)
        return descend(s, l);
    cvr_deep_stored_each(s, l, a_block);
    return CVR_OK;
}

void cvr_deep_stored_z(cvr_deep_stored *s, int l)
{
    cvr_deep_stored_each(s, l, l + 1 < s->deep.network.depth ? z_block : top_block);
}

/* ---- first values ----------------------------------------------------------------- */

/* z = m and a = h(z). */
static void follow_weights(void *ctx, cvr_deep_thread *t, int64_t first, int64_t rows)
{
    const cvr_deep_stored *s = ctx;
    int depth = t->network->depth;
    cvr_mat top = s->Z[depth - 1].rows ? s->Z[depth - 1] : s->deep.F;
    cvr_deep_forward(t, first, rows, cvr_mat_rows(top, first, rows));
    for (int l = 0; l + 1 < depth; l++) {
        if (s->Z[l].rows)
            cvr_copy(cvr_mat_rows(s->Z[l], first, rows),
                     cvr_mat_rows(t->blocks[l].M, 0, rows));
        if (s->A[l].rows)
            cvr_copy(cvr_mat_rows(s->A[l], first, rows),
                     cvr_mat_rows(t->blocks[l].H, 0, rows));
        if (s->A[l].rows && s->split)
            cvr_copy(cvr_mat_rows(s->Q[l], first, rows), units(s, l, first, rows));
    }
}

cvr_status cvr_deep_stored_open(cvr_deep_stored *s)
{
    cvr_deep_network *n = &s->deep.network;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_deep_start(&s->deep));
    for (int l = 0; l + 1 < n->depth; l++)
        cvr_fill(cvr_mat_cols(s->A[l], n->layers[l].out, n->bias), 1);
    s->deep.top.multiplier = CVR_MULTIPLIER_NONE;
done:
    return status;
}

void cvr_deep_stored_follow(cvr_deep_stored *s)
{
    cvr_deep_each_block(&s->deep.network, follow_weights, s);
}

cvr_status cvr_deep_stored_start(void *state)
{
    cvr_deep_stored *s = state;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_deep_stored_open(s));
    cvr_deep_stored_follow(s);
    CVR_TRY(cvr_deep_started(&s->deep));
done:
    return status;
}

/* ---- measuring -------------------------------------------------------------------- */

/* r |a_l - q_l|^2 and its multiplier. */
static void add_split(const cvr_deep_stored *s, cvr_deep_thread *t, int l, int64_t first,
                      int64_t rows)
{
    double r = t->network->layers[l].r;
    cvr_deep_figures *sum = &t->figures;
    cvr_mat A = units(s, l, first, rows), Q = cvr_mat_rows(s->Q[l], first, rows);
    cvr_mat D = cvr_mat_rows(s->D[l], first, rows);
    double apart2 = cvr_deep_distance2(t, first, A, Q);
    double along = cvr_deep_dot(t, first, D, A) - cvr_deep_dot(t, first, D, Q);
    sum->objective += r * (apart2 + 2 * along);
    sum->primal2 += apart2;
    sum->size2 += cvr_deep_dot(t, first, Q, Q);
}

/* b_l |z_l - m_l|^2 + g_l |q_l - h(z_l)|^2, at the top with the multiplier. */
static void add_figures(const cvr_deep_stored *s, cvr_deep_thread *t, int l,
                        int64_t first, int64_t rows)
{
    const cvr_deep_layer *layer = &t->network->layers[l];
    cvr_deep_figures *sum = &t->figures;
    cvr_mat Z = cvr_mat_rows(s->Z[l], first, rows);
    cvr_mat M = cvr_deep_stored_product(s, t, l, first, rows);
    double apart2 = cvr_deep_distance2(t, first, Z, M);
    sum->objective += layer->b * apart2;
    sum->primal2 += apart2;
    sum->size2 += cvr_deep_dot(t, first, Z, Z);
    if (l + 1 < t->network->depth) {
        cvr_mat H = cvr_deep_units(t->network, activation(s, t, l, first, rows));
        sum->objective +=
            layer->g * cvr_deep_distance2(t, first, copy_below(s, l, first, rows), H);
        if (s->split)
            add_split(s, t, l, first, rows);
    } else {
        cvr_mat U = cvr_mat_rows(s->deep.U, first, rows);
        sum->objective +=
            2 * layer->b * (cvr_deep_dot(t, first, U, Z) - cvr_deep_dot(t, first, U, M));
    }
}

static void figures_block(void *ctx, cvr_deep_thread *t, int64_t first, int64_t rows)
{
    const cvr_deep_stored *s = ctx;
    for (int l = t->network->begin; l < t->network->end; l++)
        add_figures(s, t, l, first, rows);
}

cvr_deep_figures cvr_deep_stored_figures(cvr_deep_stored *s)
{
    cvr_deep *d = &s->deep;
    cvr_deep_each_block(&d->network, figures_block, s);
    cvr_deep_figures sum = cvr_deep_take_figures(&d->network);
    sum.objective += cvr_deep_own_loss(d, s->Z[d->network.depth - 1]);
    return sum;
}

/* The outputs of the driver's rows. */
static void forward_block(void *ctx, cvr_deep_thread *t, int64_t first, int64_t rows)
{
    const cvr_deep *s = ctx;
    int64_t begin = first > s->grid.place ? first : s->grid.place;
    int64_t end = s->grid.place + s->grid.own;
    end = first + rows < end ? first + rows : end;
    if (end > begin)
        cvr_deep_forward(t, begin, end - begin, cvr_mat_rows(s->F, begin, end - begin));
}

cvr_status cvr_deep_stored_measure(void *state, cvr_progress *progress, cvr_mat *outputs)
{
    cvr_deep_stored *s = state;
    cvr_deep_figures own = cvr_deep_stored_figures(s);
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_deep_grid_share(&s->deep.grid, &s->deep.network));
    cvr_deep_each_block(&s->deep.network, forward_block, &s->deep);
    CVR_TRY(cvr_deep_report(&s->deep, own, progress, outputs));
done:
    return status;
}

/* ---- making ----------------------------------------------------------------------- */

/* The rows of a layer, where they are: with the layer's owner, and copies and multipliers
   of a hidden one with the owner of the layer above, too. */
static void lay_rows(const cvr_deep_stored *s, cvr_workspace *w, bool here, bool saves,
                     const char *name, cvr_mat *A, int64_t cols)
{
    int64_t rows = here ? s->deep.network.X.rows : 0;
    cvr_lay_rows_of(w, name, A, rows, cols, s->deep.grid.first, saves);
}

cvr_status cvr_deep_stored_lay_out(void *state, cvr_workspace *w)
{
    cvr_deep_stored *s = state;
    const cvr_deep_network *n = &s->deep.network;
    for (int l = 0; l < n->depth; l++) {
        bool own = n->begin <= l && l < n->end, either = own || l + 1 == n->begin;
        int64_t out = n->layers[l].out;
        cvr_workspace_push(w, "rows", l + 1);
        lay_rows(s, w, own, own, "Z", &s->Z[l], out);
        if (l + 1 < n->depth)
            lay_rows(s, w, either, own, "A", &s->A[l], out + n->bias);
        if (l + 1 < n->depth && s->split) {
            lay_rows(s, w, either, own, "Q", &s->Q[l], out);
            lay_rows(s, w, either, own, "D", &s->D[l], out);
        }
        cvr_workspace_pop(w);
    }
    return cvr_deep_lay_out(&s->deep, w, CVR_SCRATCH);
}

/* Blocks of rows and the sums over them, each thread with its own:

       m_l = a_{l-1} V_l,  a_l = h(m_l);      S_l += a_{l-1}'t_l,  G_l += a_{l-1}'a_{l-1}

   Sums are in double; in single precision the last few thousand rows add up narrow. */
#include "deep/lane.h"

#include "base/bytes.h"
#include "linalg/mats.h"
#include "parallel/heed.h"
#include "parallel/team.h"

/* Single precision adds up so many rows at least before the sums go on in double. */
enum { NARROW_ROWS = 4096 };

/* A lane with fewer rows is not worth a thread. */
enum { LEAST_ROWS = 16 };

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* ---- passes -------------------------------------------------------------------- */

/* m = x V and its units h(m), columns by strips, while they are in the cache. */
static void activate(cvr_mat units, cvr_mat M, cvr_mat X, cvr_mat V)
{
    for (int64_t j = 0, cols; j < M.cols; j += cols) {
        cols = cvr_deep_strip(M.cols, j, X.cols);
        cvr_mat part = cvr_mat_cols(M, j, cols);
        cvr_gemm(part, 1, CVR_N, X, CVR_N, cvr_mat_cols(V, j, cols), 0);
        cvr_relu_of(cvr_mat_cols(units, j, cols), part);
    }
}

void cvr_deep_forward(cvr_deep_lane *lane, int64_t first, int64_t rows, cvr_mat F)
{
    const cvr_deep_network *n = lane->network;
    cvr_mat H = cvr_mat_rows(n->X, first, rows);
    for (int l = 0; l + 1 < n->depth; l++) {
        cvr_mat above = cvr_mat_rows(lane->strands[l].H, 0, rows);
        activate(cvr_deep_units(n, above), cvr_mat_rows(lane->strands[l].M, 0, rows), H,
                 n->layers[l].V);
        H = above;
    }
    cvr_gemm(F, 1, CVR_N, H, CVR_N, n->layers[n->depth - 1].V, 0);
}

typedef struct blocks {
    cvr_deep_network *network;
    cvr_deep_work *work;
    void *ctx;
} blocks;

/* As few blocks as fit, all of about the same size. */
static void work_on_lane(void *ctx, int member)
{
    const blocks *b = ctx;
    cvr_deep_lane *lane = &b->network->lanes[member];
    cvr_comm *comm = b->network->problem->comm;
    int64_t count = lane->rows > 0 ? (lane->rows - 1) / b->network->block + 1 : 0;
    for (int64_t k = 0; k < count && !cvr_wished(comm); k++) {
        int64_t begin = lane->rows * k / count, end = lane->rows * (k + 1) / count;
        b->work(b->ctx, lane, lane->first + begin, end - begin);
    }
}

void cvr_deep_each_block(cvr_deep_network *n, cvr_deep_work *work, void *ctx)
{
    blocks b = {n, work, ctx};
    cvr_parallel_for(n->lane_count, work_on_lane, &b);
}

cvr_deep_figures cvr_deep_take_figures(cvr_deep_network *n)
{
    cvr_deep_figures sum = {0};
    for (int i = 0; i < n->lane_count; i++) {
        cvr_deep_figures *own = &n->lanes[i].figures;
        sum.objective += own->objective;
        sum.primal2 += own->primal2;
        sum.size2 += own->size2;
        *own = (cvr_deep_figures){0};
    }
    return sum;
}

/* ---- sums ---------------------------------------------------------------------- */

/* What is in single precision moves into S and G. */
static void flush(cvr_deep_lane *lane, int l)
{
    cvr_deep_strand *s = &lane->strands[l];
    cvr_mat narrow[] = {s->part_S, s->part_G}, sums[] = {s->S, s->G};
    for (int k = 0; k < 2 && s->pending > 0; k++) {
        if (!narrow[k].on)
            continue;
        cvr_mat wide = cvr_deep_shaped(lane->wide, sums[k].rows, sums[k].cols);
        cvr_copy(wide, narrow[k]);
        cvr_axpby(sums[k], 1, wide, 1);
        cvr_fill(narrow[k], 0);
    }
    s->pending = 0;
}

/* G += a'a */
static void add_gram(cvr_deep_lane *lane, int l, cvr_mat H)
{
    cvr_deep_strand *s = &lane->strands[l];
    if (lane->network->wide_gram) {
        cvr_mat wide = cvr_deep_shaped(lane->wide, H.rows, H.cols);
        cvr_copy(wide, H);
        H = wide;
    }
    cvr_gram(s->part_G.on ? s->part_G : s->G, 1, CVR_T, H, 1);
}

void cvr_deep_add(cvr_deep_lane *lane, int l, cvr_mat H, cvr_mat T)
{
    cvr_deep_strand *s = &lane->strands[l];
    if (s->turned)
        cvr_gemm(s->S, 1, CVR_T, T, CVR_N, H, 1);
    else
        cvr_gemm(s->part_S.on ? s->part_S : s->S, 1, CVR_T, H, CVR_N, T, 1);
    if (l > 0)
        add_gram(lane, l, H);
    s->pending += H.rows;
    if (s->pending >= NARROW_ROWS)
        flush(lane, l);
}

static void move(cvr_mat to, cvr_mat from)
{
    cvr_axpby(to, 1, from, 1);
    cvr_fill(from, 0);
}

void cvr_deep_collect(cvr_deep_network *n, int l)
{
    cvr_deep_layer *layer = &n->layers[l];
    for (int i = 0; i < n->lane_count; i++) {
        cvr_deep_strand *s = &n->lanes[i].strands[l];
        cvr_mat S = s->S;
        flush(&n->lanes[i], l);
        if (s->turned) {
            S = cvr_deep_shaped(n->wide, layer->in, layer->out);
            cvr_transpose(S, s->S);
            cvr_fill(s->S, 0);
        }
        move(layer->S, S);
        if (l > 0)
            move(layer->G, s->G);
    }
}

/* ---- making -------------------------------------------------------------------- */

static cvr_status take_strand(cvr_deep_lane *lane, int l)
{
    const cvr_deep_network *n = lane->network;
    const cvr_deep_layer *layer = &n->layers[l];
    cvr_deep_strand *s = &lane->strands[l];
    const cvr_backend *on = n->X.on;
    int64_t in = layer->in, out = layer->out;
    cvr_type type = n->X.type;
    cvr_status status = CVR_OK;
    s->turned = type == CVR_DOUBLE && 4 * in <= out;
    CVR_TRY(
        cvr_mat_new(on, CVR_DOUBLE, s->turned ? out : in, s->turned ? in : out, &s->S));
    if (l > 0)
        CVR_TRY(cvr_mat_new(on, CVR_DOUBLE, in, in, &s->G));
    if (type == CVR_SINGLE)
        CVR_TRY(cvr_mat_new(on, type, in, out, &s->part_S));
    if (type == CVR_SINGLE && l > 0 && !n->wide_gram)
        CVR_TRY(cvr_mat_new(on, type, in, in, &s->part_G));
    CVR_TRY(CVR_MATS_NEW(n->X, n->block, out, &s->M, &s->T));
    if (l + 1 == n->depth)
        return CVR_OK;
    CVR_TRY(cvr_mat_new(on, type, n->block, out + n->bias, &s->H));
    cvr_fill(cvr_mat_cols(s->H, out, n->bias), 1);
done:
    return status;
}

/* Room in double for what flush, add_gram and the first Gram matrix copy. */
static cvr_status take_wide(cvr_deep_lane *lane)
{
    const cvr_deep_network *n = lane->network;
    int64_t size = 0;
    if (n->X.type == CVR_DOUBLE)
        return CVR_OK;
    for (int l = 0; l < n->depth; l++) {
        int64_t in = n->layers[l].in;
        size = larger(size, in * n->layers[l].out);
        size = larger(size, l > 0 ? in * in : 0);
        size = larger(size, l == 0 || n->wide_gram ? n->block * in : 0);
    }
    return cvr_mat_new(n->X.on, CVR_DOUBLE, size, 1, &lane->wide);
}

static cvr_status take_lane(cvr_deep_lane *lane)
{
    const cvr_deep_network *n = lane->network;
    const cvr_deep_layer *top = &n->layers[n->depth - 1];
    cvr_status status = CVR_OK;
    CVR_TRY(
        cvr_alloc(n->depth, sizeof *lane->strands, "layers", (void **)&lane->strands));
    for (int l = 0; l < n->depth; l++)
        CVR_TRY(take_strand(lane, l));
    CVR_TRY(cvr_mat_new(n->X.on, n->X.type, n->block, top->out, &lane->Z));
    CVR_TRY(take_wide(lane));
done:
    return status;
}

cvr_status cvr_deep_lanes_new(cvr_deep_network *n, int64_t threads)
{
    int64_t worth = larger(1, n->X.rows / LEAST_ROWS);
    int64_t count = larger(1, threads < worth ? threads : worth);
    cvr_status status = CVR_OK;
    count = count < CVR_TEAM_MOST ? count : CVR_TEAM_MOST;
    CVR_TRY(cvr_alloc(count, sizeof *n->lanes, "threads", (void **)&n->lanes));
    for (; n->lane_count < count; n->lane_count++) {
        int64_t i = n->lane_count, first = n->X.rows * i / count;
        n->lanes[i] = (cvr_deep_lane){.network = n, .first = first};
        n->lanes[i].rows = n->X.rows * (i + 1) / count - first;
    }
    for (int i = 0; i < n->lane_count; i++)
        CVR_TRY(take_lane(&n->lanes[i]));
done:
    return status;
}

static void free_strand(cvr_deep_strand *s)
{
    CVR_MATS_FREE(&s->M, &s->H, &s->T, &s->S, &s->G, &s->part_S, &s->part_G);
}

void cvr_deep_lanes_free(cvr_deep_network *n)
{
    for (int i = 0; i < n->lane_count; i++) {
        cvr_deep_lane *lane = &n->lanes[i];
        for (int l = 0; lane->strands && l < n->depth; l++)
            free_strand(&lane->strands[l]);
        cvr_release(lane->strands);
        cvr_mat_free(&lane->Z);
        cvr_mat_free(&lane->wide);
    }
    cvr_release(n->lanes);
}

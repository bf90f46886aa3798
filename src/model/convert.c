/* The pairs a, b of each gate and output, and the network of them. */
#include "model/convert.h"

#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "linalg/least_norm.h"
#include "linalg/mats.h"
#include "model/model.h"
#include "parallel/comm.h"

enum { REWEIGHTINGS = 12 };

/* All in double: X, H and V with their constants last. */
typedef struct converter {
    const cvr_model *m;
    cvr_convert way;
    cvr_comm *comm;
    int64_t n, d, P, C; /* rows of all processes */
    cvr_mat X;          /* d x n: a row a column, of length 1 or 0 */
    double *size;       /* n: its length */
    cvr_mat H, V;       /* d x P, d x C P: output c of gate i is column c P + i */
    cvr_mat A, B;       /* d x C P; h-shift: B of output 0 stands for all */
    cvr_mat h, v;       /* n x 1: X'h of the gate, X'V of the output at hand */
    double length;      /* of the gate */
    double *s, *q, *e;  /* n, n, d: signs, bounds, a shift */
    cvr_least_norm inside;
    int64_t tied;
} converter;

static double *column(cvr_mat A, int64_t j)
{
    return (double *)A.data + j * A.ld;
}

static double norm(cvr_mat A, int64_t j)
{
    cvr_mat a = cvr_mat_cols(A, j, 1);
    return sqrt(cvr_dot(a, a));
}

/* ---- one gate and output ----------------------------------------------------------- */

/* The signs of gate i, and X'h. */
static void open_gate(converter *k, int64_t i)
{
    const double *h = column(k->h, 0);
    cvr_gemm(k->h, 1, CVR_T, k->X, CVR_N, cvr_mat_cols(k->H, i, 1), 0);
    for (int64_t j = 0; j < k->n; j++)
        k->s[j] = h[j] >= 0 ? 1 : -1;
    k->length = norm(k->H, i);
}

/* v = X'V of column j. */
static void open_output(converter *k, int64_t j)
{
    cvr_gemm(k->v, 1, CVR_T, k->X, CVR_N, cvr_mat_cols(k->V, j, 1), 0);
}

/* The least t >= 0 with t G h >= q - G e, z = X'e; infinite: a row on the gate has
   none. */
static double shift_length(const converter *k, const double *z)
{
    const double *h = column(k->h, 0);
    double t = 0;
    for (int64_t j = 0; j < k->n; j++) {
        double lacks = k->q[j] - k->s[j] * z[j];
        if (lacks > 1e-13 * fabs(k->q[j]))
            t = fmax(t, fabs(h[j]) > 1e-14 * k->length ? lacks / fabs(h[j]) : INFINITY);
    }
    return t;
}

/* q = (-G V)_+, or |G V| / 2. */
static void bounds(converter *k)
{
    const double *v = column(k->v, 0);
    for (int64_t j = 0; j < k->n; j++)
        k->q[j] =
            k->way == CVR_CONVERT_MIN_NORM ? fabs(v[j]) / 2 : fmax(-k->s[j] * v[j], 0);
}

/* The shortest e with G e >= q, along h the rest of the way, where rounding has left
   one. */
static void shortest(converter *k, int64_t i)
{
    cvr_mat e = cvr_host_numbers(k->e, k->d);
    double t;
    cvr_least_norm_find(&k->inside, k->s, k->q, k->e);
    t = shift_length(k, k->inside.z);
    if (isfinite(t))
        cvr_axpby(e, t, cvr_mat_cols(k->H, i, 1), 1);
}

/* min |e| + |V + e|: with c = |e| / (|e| + |V + e|) of the last, the shortest e + c V,
   whose bounds are q + c G V. */
static void least_sum(converter *k, int64_t i, int64_t j)
{
    const double *v = column(k->v, 0);
    cvr_mat e = cvr_host_numbers(k->e, k->d), V = cvr_mat_cols(k->V, j, 1);
    cvr_mat A = cvr_mat_cols(k->A, j, 1);
    for (int round = 0; round < REWEIGHTINGS; round++) {
        cvr_copy(A, V);
        cvr_axpby(A, 1, e, 1);
        double b = sqrt(cvr_dot(e, e)), a = norm(k->A, j), c = b / (a + b);
        if (!(a + b > 0))
            return;
        bounds(k);
        for (int64_t r = 0; r < k->n; r++)
            k->q[r] += c * k->s[r] * v[r];
        shortest(k, i);
        cvr_axpby(e, -c, V, 1);
    }
}

/* a and b of column j, which belongs to gate i. */
static void split(converter *k, int64_t i, int64_t j)
{
    double half = k->way == CVR_CONVERT_MIN_NORM ? 0.5 : 0;
    cvr_mat e = cvr_host_numbers(k->e, k->d), V = cvr_mat_cols(k->V, j, 1);
    cvr_mat A = cvr_mat_cols(k->A, j, 1), B = cvr_mat_cols(k->B, j, 1);
    open_output(k, j);
    bounds(k);
    shortest(k, i);
    if (k->way == CVR_CONVERT_MIN_SUM)
        least_sum(k, i, j);
    cvr_copy(A, e);
    cvr_axpby(A, 1 - half, V, 1);
    cvr_copy(B, e);
    cvr_axpby(B, -half, V, 1);
}

/* b = t h for all outputs; false: a row on the gate has no t. */
static bool shift(converter *k, int64_t i)
{
    double t = 0;
    memset(k->inside.z, 0, (size_t)k->n * sizeof *k->inside.z);
    for (int64_t c = 0; c < k->C; c++) {
        open_output(k, c * k->P + i);
        bounds(k);
        t = fmax(t, shift_length(k, k->inside.z));
    }
    if (!isfinite(t))
        return false;
    cvr_axpby(cvr_mat_cols(k->B, i, 1), t, cvr_mat_cols(k->H, i, 1), 0);
    for (int64_t c = 0; c < k->C; c++) {
        cvr_mat A = cvr_mat_cols(k->A, c * k->P + i, 1);
        cvr_copy(A, cvr_mat_cols(k->V, c * k->P + i, 1));
        cvr_axpby(A, 1, cvr_mat_cols(k->B, i, 1), 1);
    }
    return true;
}

/* Gates that are shifted have no b but that of output 0. */
static cvr_status convert(converter *k, bool *shared)
{
    double tied = 0;
    cvr_status status = CVR_OK;
    for (int64_t i = cvr_comm_rank(k->comm); i < k->P; i += cvr_comm_size(k->comm)) {
        open_gate(k, i);
        shared[i] = k->way == CVR_CONVERT_H_SHIFT && shift(k, i);
        tied += k->way == CVR_CONVERT_H_SHIFT && !shared[i];
        for (int64_t c = 0; c < k->C && !shared[i]; c++)
            split(k, i, c * k->P + i);
        if (cvr_interrupt_poll(k->comm))
            break;
    }
    CVR_TRY(cvr_allreduce_sum(k->comm, &tied, 1));
    CVR_TRY(cvr_interrupt_check(k->comm));
    CVR_TRY(cvr_allreduce(k->comm, k->A));
    CVR_TRY(cvr_allreduce(k->comm, k->B));
    k->tied = (int64_t)tied;
done:
    return status;
}

/* ---- the network ------------------------------------------------------------------- */

/* A neuron of each column that is not 0, of both signs, in equal parts. */
static int64_t count_neurons(const converter *k)
{
    int64_t count = 0;
    for (int64_t j = 0; j < k->C * k->P; j++)
        count += (norm(k->A, j) > 0) + (norm(k->B, j) > 0);
    return count;
}

/* Neuron r of the network: sign relu(x'a) into outputs first .. last. */
static void put(const converter *k, cvr_model *to, int64_t *r, cvr_mat a,
                const double span[3])
{
    double size = sqrt(cvr_dot(a, a)), root = sqrt(size);
    if (!(size > 0))
        return;
    for (int64_t t = 0; t + 1 < k->d; t++)
        cvr_set(to->layers[0].W, *r, t, cvr_get(a, t, 0) / root);
    cvr_set(to->layers[0].b, *r, 0, cvr_get(a, k->d - 1, 0) / root);
    for (int64_t c = (int64_t)span[0]; c <= (int64_t)span[1]; c++)
        cvr_set(to->layers[1].W, c, *r, span[2] * root);
    ++*r;
}

static cvr_status build(const converter *k, const bool *shared, cvr_model *to)
{
    int64_t count = count_neurons(k), r = 0;
    int64_t sizes[] = {k->d - 1, count > 0 ? count : 1, k->C};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_model_new(CVR_DOUBLE, 2, sizes, to));
    cvr_copy(to->layers[1].b, k->m->constant);
    for (int64_t j = 0; j < k->C * k->P; j++) {
        double c = (double)(j / k->P), all = (double)(k->C - 1);
        bool of_all = shared[j % k->P];
        put(k, to, &r, cvr_mat_cols(k->A, j, 1), (double[]){c, c, 1});
        put(k, to, &r, cvr_mat_cols(k->B, j, 1),
            (double[]){of_all ? 0 : c, of_all ? all : c, -1});
    }
    CVR_TRY(cvr_model_copy_about(k->m, to));
done:
    return status;
}

/* sum |a| + |b| over sum |V|; a shared b counts for each output. */
static double growth(const converter *k, const bool *shared)
{
    double after = 0, before = 0;
    for (int64_t j = 0; j < k->C * k->P; j++) {
        after += norm(k->A, j) + norm(k->B, shared[j % k->P] ? j % k->P : j);
        before += norm(k->V, j);
    }
    return before > 0 ? after / before : 1;
}

/* ---- rows and weights in double ---------------------------------------------------- */

/* B (d x k) = (W b)', in double. */
static cvr_status with_constants(const cvr_layer *layer, cvr_mat *B)
{
    cvr_mat W = {0}, b = {0};
    int64_t in = layer->W.cols, out = layer->W.rows;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, out, in, &W));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, out, 1, &b));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, in + 1, out, B));
    cvr_copy(W, layer->W);
    cvr_copy(b, layer->b);
    cvr_transpose(cvr_mat_rows(*B, 0, in), W);
    cvr_transpose(cvr_mat_rows(*B, in, 1), b);
done:
    CVR_MATS_FREE(&W, &b);
    return status;
}

/* Rows of all processes, with ones, scaled to length 1. */
static cvr_status gather(converter *k, const cvr_dataset *rows)
{
    cvr_mat own = {0}, all = {0};
    cvr_status status = cvr_mat_new(cvr_cpu(), CVR_DOUBLE, rows->X.rows, k->d, &own);
    if (status == CVR_OK)
        status = cvr_mat_new(cvr_cpu(), CVR_DOUBLE, k->n, k->d, &all);
    CVR_TRY(cvr_allreduce_status(k->comm, status));
    cvr_fill(own, 1);
    cvr_copy(cvr_mat_cols(own, 0, k->d - 1), cvr_mat_cols(rows->X, 0, k->d - 1));
    CVR_TRY(cvr_allgather(k->comm, own, all));
    cvr_transpose(k->X, all);
    for (int64_t j = 0; j < k->n; j++)
        cvr_scale(cvr_mat_cols(k->X, j, 1), 1 / norm(k->X, j));
done:
    CVR_MATS_FREE(&own, &all);
    return status;
}

static cvr_status take(converter *k)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, k->d, k->n, &k->X));
    CVR_TRY(with_constants(&k->m->gates, &k->H));
    CVR_TRY(with_constants(&k->m->layers[0], &k->V));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, k->d, k->C * k->P, &k->A));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, k->d, k->C * k->P, &k->B));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, k->n, 1, &k->h));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, k->n, 1, &k->v));
    CVR_TRY(cvr_alloc(k->n, sizeof *k->s, "signs", (void **)&k->s));
    CVR_TRY(cvr_alloc(k->n, sizeof *k->q, "bounds", (void **)&k->q));
    CVR_TRY(cvr_alloc(k->d, sizeof *k->e, "a shift", (void **)&k->e));
    CVR_TRY(cvr_least_norm_new(k->X, &k->inside));
done:
    return status;
}

static void release(converter *k)
{
    CVR_MATS_FREE(&k->X, &k->H, &k->V, &k->A, &k->B, &k->h, &k->v);
    cvr_release(k->s);
    cvr_release(k->q);
    cvr_release(k->e);
    cvr_least_norm_free(&k->inside);
}

static cvr_status check(const cvr_model *m, const cvr_dataset *rows)
{
    int64_t in = m->kind == CVR_GATED ? m->layers[0].W.cols : 0;
    if (m->kind != CVR_GATED)
        return cvr_fail(CVR_USAGE, "the model is %s: only a gated network is converted",
                        m->kind == CVR_NETWORK ? "a ReLU network already" : "a kernel");
    if (rows->S.start || (rows->X.cols != in && rows->X.cols != in + 1))
        return cvr_fail(CVR_BAD_DATA, "the model takes %lld features, the data has %lld",
                        (long long)in, (long long)rows->X.cols);
    return CVR_OK;
}

cvr_status cvr_model_convert(const cvr_model *m, cvr_convert way, const cvr_dataset *rows,
                             cvr_comm *comm, cvr_model *network, cvr_conversion *about)
{
    converter k = {.m = m, .way = way, .comm = comm, .n = rows->rows};
    bool *shared = NULL;
    cvr_status status = CVR_OK;
    *network = (cvr_model){0};
    CVR_TRY(cvr_allreduce_status(comm, check(m, rows)));
    k.d = m->layers[0].W.cols + 1;
    k.P = m->gates.W.rows;
    k.C = m->outputs;
    status = take(&k);
    if (status == CVR_OK)
        status = cvr_alloc(k.P, sizeof *shared, "gates", (void **)&shared);
    CVR_TRY(cvr_allreduce_status(comm, status));
    CVR_TRY(gather(&k, rows));
    CVR_TRY(convert(&k, shared));
    for (int64_t i = 0; i < k.P; i++) {
        double one = shared[i];
        CVR_TRY(cvr_allreduce_sum(comm, &one, 1));
        shared[i] = one > 0;
    }
    status = build(&k, shared, network);
    CVR_TRY(cvr_allreduce_status(comm, status));
    *about = (cvr_conversion){
        .neurons = network->layers[0].W.rows, .norm = growth(&k, shared), .tied = k.tied};
done:
    if (status != CVR_OK)
        cvr_model_free(network);
    cvr_release(shared);
    release(&k);
    return status;
}

/* ---- differences ------------------------------------------------------------------- */

cvr_status cvr_models_differ(const cvr_model *a, const cvr_model *b,
                             const cvr_dataset *rows, cvr_comm *comm, cvr_difference *d)
{
    cvr_mat F = {0}, G = {0};
    double numbers[2] = {0}, apart = 0;
    cvr_status status = cvr_mat_new(cvr_cpu(), CVR_DOUBLE, rows->X.rows, a->outputs, &F);
    if (status == CVR_OK)
        status = cvr_mat_new(cvr_cpu(), CVR_DOUBLE, rows->X.rows, a->outputs, &G);
    if (status == CVR_OK)
        status = cvr_model_apply(a, rows, F);
    if (status == CVR_OK)
        status = cvr_model_apply(b, rows, G);
    CVR_TRY(cvr_allreduce_status(comm, status));
    numbers[0] = cvr_max_abs(F);
    cvr_axpby(G, -1, F, 1);
    numbers[1] = cvr_max_abs(G);
    CVR_TRY(cvr_allreduce_max(comm, numbers, 2));
    for (int64_t i = 0; i < G.rows; i++)
        apart += cvr_max_abs(cvr_mat_rows(G, i, 1)) > 1e-6 * numbers[0];
    CVR_TRY(cvr_allreduce_sum(comm, &apart, 1));
    *d = (cvr_difference){.rows = rows->rows,
                          .apart = (int64_t)apart,
                          .most = numbers[0] > 0 ? numbers[1] / numbers[0] : numbers[1]};
done:
    CVR_MATS_FREE(&F, &G);
    return status;
}

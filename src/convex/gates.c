/* Sampled gates: of a kind (gate_kind.h), or the user's own; without those whose pattern
   is empty or there already. A gate that is drawn never runs through a row: ties.h. */
#include "convex/gates.h"

#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "base/random.h"
#include "convex/enumerate.h"
#include "convex/gate_kind.h"
#include "convex/options.h"
#include "convex/start.h"
#include "convex/ties.h"
#include "linalg/mats.h"
#include "parallel/comm.h"
#include "solver/features.h"

cvr_mat cvr_gate_rows(const cvr_problem *q)
{
    cvr_mat X = q->X;
    if (q->train->prepared && q->train->transform.bias != CVR_BIAS_PENALISED)
        X.cols++; /* ones are behind it */
    return X;
}

/* Gates that are drawn have a threshold in their last row. */
static bool thresholds(const cvr_problem *q)
{
    return q->train->prepared && q->train->transform.bias != CVR_BIAS_NONE;
}

/* Numbers of such a gate. */
static int64_t drawn_size(const cvr_problem *q)
{
    return cvr_features(q) + thresholds(q);
}

/* ---- which patterns are new ------------------------------------------------------- */

/* Two random sums of each pattern, d_j'g: equal sums, equal patterns (the chance of an
   error is below 1e-15). S: cols x 2, in double, the same on all processes. */
static cvr_status signatures(const cvr_problem *q, cvr_mat D, cvr_mat S)
{
    enum { BLOCK = 4096 };
    cvr_mat part = {0}, G = {0};
    cvr_status status = CVR_OK;
    int64_t block = D.rows < BLOCK ? D.rows : BLOCK;
    CVR_TRY(cvr_mat_new(D.device, CVR_DOUBLE, block, D.cols, &part));
    CVR_TRY(cvr_mat_new(D.device, CVR_DOUBLE, block, 2, &G));
    cvr_fill(S, 0);
    for (int64_t i = 0; i < D.rows; i += BLOCK) {
        cvr_mat own = cvr_mat_rows(D, i, block);
        cvr_mat d = cvr_mat_rows(part, 0, own.rows), g = cvr_mat_rows(G, 0, own.rows);
        cvr_copy(d, own);
        cvr_random_normal(g, q->seed, CVR_FOR_SIGNATURES, q->first + i);
        cvr_gemm(S, 1, CVR_T, d, CVR_N, g, 1);
    }
done:
    cvr_mat_free(&part);
    cvr_mat_free(&G);
    return status;
}

static bool same(const double *a, const double *b)
{
    double scale = 1e-10 * (1 + fabs(b[0]) + fabs(b[1]));
    return fabs(a[0] - b[0]) + fabs(a[1] - b[1]) <= scale;
}

/* Keeps the new ones among candidates h, d: copies them behind the `kept` ones of H, D.
   signs holds two numbers a kept gate. */
static cvr_status keep_new(const cvr_problem *q, cvr_mat h, cvr_mat d, cvr_mat H,
                           cvr_mat D, double *seen, int64_t *kept)
{
    cvr_mat S = {0};
    const double empty[2] = {0, 0};
    cvr_status status = CVR_OK;
    CVR_TRY(
        cvr_allreduce_status(q->comm, cvr_mat_new(d.device, CVR_DOUBLE, d.cols, 2, &S)));
    CVR_TRY(cvr_allreduce_status(q->comm, signatures(q, d, S)));
    CVR_TRY(cvr_allreduce(q->comm, S));
    for (int64_t j = 0; j < d.cols && *kept < H.cols; j++) {
        double *mine = seen + 2 * *kept;
        int64_t k = 0;
        mine[0] = cvr_get(S, j, 0);
        mine[1] = cvr_get(S, j, 1);
        while (k < *kept && !same(mine, seen + 2 * k))
            k++;
        if (k < *kept || same(mine, empty))
            continue;
        cvr_copy(cvr_mat_cols(H, *kept, 1), cvr_mat_cols(h, j, 1));
        cvr_copy(cvr_mat_cols(D, *kept, 1), cvr_mat_cols(d, j, 1));
        (*kept)++;
    }
done:
    cvr_mat_free(&S);
    return status;
}

/* Room for P gates of d numbers and their patterns, on all processes or on none. */
static cvr_status take_gates(const cvr_problem *q, int64_t d, int64_t P, cvr_mat *H,
                             cvr_mat *D)
{
    cvr_mat X = q->X;
    cvr_status status = cvr_mat_new(X.device, X.type, d, P, H);
    if (status == CVR_OK)
        status = cvr_mat_new(X.device, X.type, X.rows, P, D);
    return cvr_allreduce_status(q->comm, status);
}

/* ---- drawing ----------------------------------------------------------------------- */

static const cvr_gate_kind *kind_of(const cvr_problem *q)
{
    return cvr_gate_kinds[cvr_convex_options_of(q)->gate_kind];
}

/* Gate j once more. */
static void draw_again(const cvr_sampler *s, cvr_mat h, int64_t j)
{
    static const int64_t second = (int64_t)1 << 40; /* numbers of no first one */
    const cvr_gate_kind *kind = kind_of(s->problem);
    (kind->draw_again ? kind : &cvr_gate_gaussian)->draw_again(s, h, j, second + j);
}

/* Z = X h with no row of X on the boundary of a gate: its threshold moves, or, when it
   has none, it is drawn again. */
static cvr_status margins(const cvr_sampler *s, cvr_ties *t, int64_t first, cvr_mat h,
                          cvr_mat Z)
{
    const cvr_problem *q = s->problem;
    cvr_status status = CVR_OK;
    int64_t last = s->d - 1;
    bool tied = false;
    CVR_TRY(cvr_allreduce_status(q->comm, cvr_features_times(q, Z, h)));
    if (s->thresholds)
        return cvr_ties_part(t, Z, cvr_mat_rows(h, 0, last), cvr_mat_rows(h, last, 1));
    CVR_TRY(cvr_ties_find(t, Z, h, (cvr_mat){0}));
    for (int64_t j = 0; j < h.cols; j++) {
        if (t->on[j] > 0)
            draw_again(s, cvr_mat_cols(h, j, 1), first + j);
        tied = tied || t->on[j] > 0;
    }
    if (tied)
        CVR_TRY(cvr_allreduce_status(q->comm, cvr_features_times(q, Z, h)));
done:
    return status;
}

/* At most 512 candidates, and at most 4 million numbers. */
static int64_t batch_size(cvr_mat H)
{
    int64_t most = (4 << 20) / H.rows + 1;
    most = most < 512 ? most : 512;
    return H.cols < most ? H.cols : most;
}

/* Batches of candidates until P patterns are there, or four batches in a row bring none:
   small data have few patterns. */
static cvr_status sample(const cvr_problem *q, cvr_mat H, cvr_mat D, double *seen,
                         int64_t *kept)
{
    const cvr_gate_kind *kind = kind_of(q);
    const cvr_sampler s = {q, H.rows, thresholds(q)};
    int64_t batch = batch_size(H), idle = 0;
    cvr_mat h = {0}, d = {0};
    cvr_ties ties = {0};
    cvr_status status = CVR_OK;
    if (kind->check)
        CVR_TRY(kind->check(&s));
    CVR_TRY(take_gates(q, H.rows, batch, &h, &d));
    CVR_TRY(cvr_ties_new(q, (cvr_mat){0}, batch, &ties));
    for (int64_t first = 0; *kept < H.cols && idle < 4; first += batch) {
        int64_t before = *kept;
        CVR_TRY(kind->draw(&s, h, first));
        CVR_TRY(margins(&s, &ties, first, h, d));
        cvr_gate(d, d);
        CVR_TRY(keep_new(q, h, d, H, D, seen, kept));
        CVR_TRY(cvr_interrupt_check(q->comm));
        idle = *kept > before ? 0 : idle + 1;
    }
done:
    cvr_ties_free(&ties);
    cvr_mat_free(&h);
    cvr_mat_free(&d);
    return status;
}

/* Gates of a file stay as they are: says how many run through rows. */
static cvr_status note_ties(const cvr_problem *q, const char *path, cvr_mat Z, cvr_mat h)
{
    cvr_ties t = {0};
    int64_t features = cvr_features(q);
    double gates = 0, rows = 0;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_ties_new(q, (cvr_mat){0}, h.cols, &t));
    CVR_TRY(cvr_ties_find(&t, Z, cvr_mat_rows(h, 0, features),
                          cvr_mat_rows(h, features, h.rows - features)));
    for (int64_t j = 0; j < h.cols; j++) {
        gates += t.on[j] > 0;
        rows += t.on[j];
    }
    if (gates > 0)
        cvr_note(CVR_LOG_NOTE,
                 "%.0f of the %lld gates of %s run through rows of the data (%.0f in "
                 "all): the side of these depends on rounding",
                 gates, (long long)h.cols, path, rows);
done:
    cvr_ties_free(&t);
    return status;
}

/* Gates that have been found are no user's own: neurons may share a pattern. */
static bool of_network(const cvr_problem *q, cvr_mat rows)
{
    return rows.rows > 0 && !cvr_convex_options_of(q)->gates;
}

/* A row a gate, with its threshold last or without. */
static cvr_status from_rows(const cvr_problem *q, cvr_mat rows, cvr_mat H, cvr_mat D,
                            double *seen, int64_t *kept)
{
    const char *path = of_network(q, rows) ? NULL : cvr_convex_options_of(q)->gates;
    cvr_mat h = {0}, d = {0}, own = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(take_gates(q, H.rows, rows.rows, &h, &d));
    status = cvr_mat_new(h.device, h.type, rows.rows, rows.cols, &own);
    CVR_TRY(cvr_allreduce_status(q->comm, status));
    cvr_copy(own, rows);
    cvr_transpose(cvr_mat_rows(h, 0, rows.cols), own);
    CVR_TRY(cvr_allreduce_status(q->comm, cvr_features_times(q, d, h)));
    if (path)
        CVR_TRY(note_ties(q, path, d, h));
    cvr_gate(d, d);
    CVR_TRY(keep_new(q, h, d, H, D, seen, kept));
done:
    CVR_MATS_FREE(&h, &d, &own);
    return status;
}

static cvr_status read_gates(const cvr_problem *q, const char *path, cvr_mat *rows)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_features_read(q, path, rows));
    int64_t features = cvr_features(q), ones = q->train->prepared;
    if (rows->cols != features && rows->cols != features + ones)
        CVR_FAIL(CVR_BAD_DATA,
                 "%s: gates have %lld columns, and the data %lld features: a gate has "
                 "one number per feature, and optionally a threshold",
                 path, (long long)rows->cols, (long long)features);
done:
    return status;
}

/* Numbers of a gate. With a column of ones in X all have a threshold, if only 0. */
static int64_t gate_size(const cvr_problem *q, cvr_mat rows)
{
    if (q->train->X.cols > cvr_features(q))
        return q->train->X.cols;
    return rows.rows > 0 ? rows.cols : drawn_size(q);
}

/* Takes room for P gates, fills it, and cuts it to what was found. */
static cvr_status fill(const cvr_problem *q, cvr_mat rows, int64_t P, cvr_mat *H,
                       cvr_mat *D)
{
    double *seen = NULL;
    int64_t kept = 0;
    cvr_status status = CVR_OK;
    CVR_TRY(
        cvr_allreduce_status(q->comm, cvr_alloc(2 * P + 2, sizeof *seen,
                                                "signatures of gates", (void **)&seen)));
    CVR_TRY(take_gates(q, gate_size(q, rows), P, H, D));
    if (rows.rows > 0)
        CVR_TRY(from_rows(q, rows, *H, *D, seen, &kept));
    else
        CVR_TRY(sample(q, *H, *D, seen, &kept));
    if (kept == 0)
        CVR_FAIL(CVR_BAD_DATA, "%s: no gate is active on any row", q->train->source);
    if (kept < P)
        cvr_note(of_network(q, rows) ? CVR_LOG_DETAIL : CVR_LOG_NOTE,
                 "%lld of %lld gates have a new, nonempty pattern", (long long)kept,
                 (long long)P);
    H->cols = D->cols = kept;
done:
    cvr_release(seen);
    return status;
}

cvr_status cvr_gates_of(const cvr_problem *q, cvr_mat given, cvr_mat *H, cvr_mat *D)
{
    return fill(q, given, given.rows, H, D);
}

cvr_status cvr_gates_draw(const cvr_problem *q, cvr_mat *H, cvr_mat *D)
{
    const cvr_convex_options *o = cvr_convex_options_of(q);
    cvr_mat rows = {0};
    cvr_start start = {0};
    cvr_status status = CVR_OK;
    if (o->enumerate)
        return cvr_gates_enumerate(q, H, D);
    if (o->gates)
        CVR_TRY(read_gates(q, o->gates, &rows));
    else if (o->start)
        CVR_TRY(cvr_start_read(q, o->start, &start));
    rows = o->gates ? rows : start.H;
    CVR_TRY(fill(q, rows, rows.rows > 0 ? rows.rows : cvr_convex_patterns(q), H, D));
done:
    if (o->gates)
        cvr_mat_free(&rows);
    cvr_start_free(&start);
    return status;
}

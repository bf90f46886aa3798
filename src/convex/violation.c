/* Each start climbs phi(v) = theta'relu(X v) over |v| = 1:

       v <- normalise((1 - e) v + e g / |g|),   g = X'(1[X v >= 0] o theta),

   e times 1.5 where the value rises, else half of it and v stays. Where thresholds are
   free the best one is found for each v: phi is piecewise linear in it, with kinks at
   -x_j'v. A third of the starts are Gaussian, a third X'(D o theta) of random patterns, a
   third neurons of the network, and neighbours of these. */
#include "convex/violation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "linalg/mats.h"
#include "parallel/comm.h"

enum { STEPS = 60 };
static const double enough = 1 + 1e-5; /* times beta */

static double *column(cvr_mat A, int64_t j)
{
    return (double *)A.data + j * A.ld;
}

static bool thresholds(const cvr_search *s)
{
    return s->w < s->d;
}

/* ---- values ------------------------------------------------------------------------ */

static int falling(const void *a, const void *b)
{
    const cvr_place *x = a, *y = b;
    return x->key != y->key ? (x->key < y->key) - (x->key > y->key)
                            : (x->index > y->index) - (x->index < y->index);
}

/* The best threshold g of products z = X v, the largest phi: rows join as g grows, from
   the largest z on. */
static double best_threshold(cvr_search *s, const double *z, double sign)
{
    const double *theta = column(s->theta, 0);
    double slope = 0, value = 0, best = 0, g, last;
    for (int64_t j = 0; j < s->n; j++)
        s->order[j] = (cvr_place){z[j], j};
    qsort(s->order, (size_t)s->n, sizeof *s->order, falling);
    g = last = -s->order[0].key;
    for (int64_t k = 0; k < s->n; k++) {
        double kink = -s->order[k].key;
        value += slope * (kink - last);
        if (value > best) {
            best = value;
            g = kink;
        }
        slope += sign * theta[s->order[k].index];
        last = kink;
    }
    return g;
}

/* Thresholds of W, Z = X'W, and the value of each column. */
static void evaluate(cvr_search *s, double sign, double *value)
{
    const double *theta = column(s->theta, 0);
    cvr_mat weights = cvr_mat_part(s->W, 0, 0, s->w, s->own);
    cvr_gemm(s->Z, 1, CVR_T, cvr_mat_part(s->X, 0, 0, s->w, s->n), CVR_N, weights, 0);
    for (int64_t j = 0; j < s->own; j++) {
        double *z = column(s->Z, j), g = 0;
        value[j] = 0;
        if (thresholds(s))
            g = column(s->W, j)[s->w] = best_threshold(s, z, sign);
        for (int64_t i = 0; i < s->n; i++) {
            z[i] += g;
            value[j] += z[i] > 0 ? sign * theta[i] * z[i] : 0;
        }
    }
}

/* G = X (1[Z >= 0] o sign theta), of length 1 over the first w entries. */
static void gradients(cvr_search *s, double sign)
{
    const double *theta = column(s->theta, 0);
    for (int64_t j = 0; j < s->own; j++) {
        double *z = column(s->Z, j);
        for (int64_t i = 0; i < s->n; i++)
            z[i] = z[i] >= 0 ? sign * theta[i] : 0;
    }
    cvr_gemm(s->G, 1, CVR_N, s->X, CVR_N, s->Z, 0);
}

static void normalise(const cvr_search *s, cvr_mat A, int64_t j)
{
    cvr_mat a = cvr_mat_cols(A, j, 1), part = cvr_mat_rows(a, 0, s->w);
    double size = sqrt(cvr_dot(part, part));
    cvr_scale(a, size > 0 ? 1 / size : 0);
}

/* ---- starts ------------------------------------------------------------------------ */

/* Start number j of all, into column k of W. */
static void begin(cvr_search *s, cvr_mat theta, int64_t round, int64_t j, int64_t k)
{
    uint64_t seed = s->net->problem->seed;
    int64_t count = s->net->count, number = round * 3 * s->starts + j;
    double *w = column(s->W, k), *z = column(s->Z, k);
    for (int64_t i = 0; i < s->d; i++)
        w[i] = cvr_random_gauss(seed, CVR_FOR_STARTS, number, i);
    if (j % 3 == 1) {
        cvr_mat W = cvr_mat_cols(s->W, k, 1), Z = cvr_mat_cols(s->Z, k, 1);
        cvr_gemm(Z, 1, CVR_T, s->X, CVR_N, W, 0);
        for (int64_t i = 0; i < s->n; i++)
            z[i] = z[i] >= 0 ? cvr_get(s->theta, i, 0) : 0;
        cvr_gemm(W, 1, CVR_N, s->X, CVR_N, Z, 0);
    } else if (j % 3 == 2 && count > 0) {
        const double *a = (const double *)theta.data + (j / 3) % count * s->d;
        double size = 0, by = j / 3 < count ? 0 : 0.3;
        for (int64_t i = 0; i < s->w; i++)
            size += a[i] * a[i];
        by *= sqrt(size / (double)s->w);
        for (int64_t i = 0; i < s->d; i++)
            w[i] = a[i] + by * w[i];
    }
    normalise(s, s->W, k);
}

/* ---- one sign ---------------------------------------------------------------------- */

static cvr_status climb(cvr_search *s, double sign)
{
    cvr_status status = CVR_OK;
    double *trial = s->value + s->own;
    evaluate(s, sign, s->value);
    cvr_copy(s->V, s->W);
    for (int64_t j = 0; j < s->own; j++)
        s->e[j] = 0.5;
    for (int step = 0; step < STEPS; step++) {
        gradients(s, sign);
        cvr_copy(s->W, s->V);
        for (int64_t j = 0; j < s->own; j++) {
            normalise(s, s->G, j);
            cvr_axpby(cvr_mat_cols(s->W, j, 1), s->e[j], cvr_mat_cols(s->G, j, 1),
                      1 - s->e[j]);
            normalise(s, s->W, j);
        }
        evaluate(s, sign, trial);
        for (int64_t j = 0; j < s->own; j++) {
            bool rises = trial[j] > s->value[j];
            s->e[j] = rises ? fmin(1.5 * s->e[j], 1) : s->e[j] / 2;
            if (!rises)
                continue;
            s->value[j] = trial[j];
            cvr_copy(cvr_mat_cols(s->V, j, 1), cvr_mat_cols(s->W, j, 1));
        }
        if (cvr_interrupt_poll(s->net->problem->comm))
            break;
        /* Z of what stands */
        cvr_copy(s->W, s->V);
        cvr_gemm(s->Z, 1, CVR_T, s->X, CVR_N, s->V, 0);
    }
    return status;
}

/* ---- what is new ------------------------------------------------------------------- */

/* Two random sums of the pattern of v. */
static void signature(const cvr_search *s, const double *v, double sums[2])
{
    uint64_t seed = s->net->problem->seed;
    sums[0] = sums[1] = 0;
    for (int64_t i = 0; i < s->n; i++) {
        const double *x = column(s->X, i);
        double z = 0;
        for (int64_t k = 0; k < s->d; k++)
            z += x[k] * v[k];
        for (int k = 0; k < 2 && z >= 0; k++)
            sums[k] += cvr_random_gauss(seed, CVR_FOR_SIGNATURES, i, k);
    }
}

/* The best of s->all into rows. */
static void choose(cvr_search *s, double beta, cvr_mat rows, int64_t *found)
{
    double sums[2], (*seen)[2] = s->seen;
    *found = 0;
    for (int64_t j = 0; j < 2 * s->starts && *found < rows.rows; j++) {
        const double *v = column(s->all, s->order[j].index);
        bool known = false;
        if (!(v[s->d] > beta * enough))
            return;
        signature(s, v, sums);
        for (int64_t k = 0; k < *found; k++)
            known |= seen[k][0] == sums[0] && seen[k][1] == sums[1];
        if (known)
            continue;
        memcpy(seen[*found], sums, sizeof sums);
        for (int64_t i = 0; i < rows.cols; i++)
            cvr_set(rows, *found, i, i < s->d ? v[i] : 0);
        ++*found;
    }
}

/* theta of all processes; its mean is 0 where a constant is free. */
static cvr_status open_theta(cvr_search *s)
{
    const cvr_network *net = s->net;
    int64_t first = net->problem->first;
    double mean = 0;
    cvr_status status = CVR_OK;
    cvr_fill(s->theta, 0);
    for (int64_t i = 0; i < net->s.rows; i++)
        cvr_set(s->theta, first + i, 0, -cvr_get(net->s, i, 0));
    CVR_TRY(cvr_allreduce(net->problem->comm, s->theta));
    for (int64_t i = 0; i < s->n && net->free; i++)
        mean += cvr_get(s->theta, i, 0) / (double)s->n;
    for (int64_t i = 0; i < s->n && net->free; i++)
        cvr_set(s->theta, i, 0, cvr_get(s->theta, i, 0) - mean);
done:
    return status;
}

cvr_status cvr_search_run(cvr_search *s, cvr_mat theta, int64_t round, cvr_mat rows,
                          int64_t *found, double *most)
{
    cvr_comm *comm = s->net->problem->comm;
    double beta = s->net->beta;
    cvr_status status = CVR_OK;
    CVR_TRY(open_theta(s));
    cvr_fill(s->all, 0);
    for (int side = 0; side < 2; side++) {
        for (int64_t k = 0; k < s->own; k++)
            begin(s, theta, round, s->first + k, k);
        CVR_TRY(climb(s, side == 0 ? 1 : -1));
        for (int64_t k = 0; k < s->own; k++) {
            double *to = column(s->all, side * s->starts + s->first + k);
            memcpy(to, column(s->V, k), (size_t)s->d * sizeof *to);
            to[s->d] = s->value[k];
        }
    }
    CVR_TRY(cvr_allreduce(comm, s->all));
    CVR_TRY(cvr_interrupt_check(comm));
    for (int64_t j = 0; j < 2 * s->starts; j++)
        s->order[j] = (cvr_place){column(s->all, j)[s->d], j};
    qsort(s->order, (size_t)(2 * s->starts), sizeof *s->order, falling);
    *most = s->order[0].key / beta;
    choose(s, beta, rows, found);
done:
    return status;
}

/* ---- making ------------------------------------------------------------------------ */

void cvr_search_pose(cvr_search *s, const cvr_network *net, int64_t starts)
{
    cvr_comm *comm = net->problem->comm;
    int rank = cvr_comm_rank(comm), size = cvr_comm_size(comm);
    s->net = net;
    s->n = net->problem->rows;
    s->d = net->d;
    s->w = net->w;
    s->starts = starts;
    s->first = starts * rank / size;
    s->own = starts * (rank + 1) / size - s->first;
}

cvr_status cvr_search_lay_out(cvr_search *s, cvr_workspace *w)
{
    int64_t longest = s->n > 2 * s->starts ? s->n : 2 * s->starts;
    cvr_status status = CVR_OK;
    CVR_LAY_DOUBLE(w, s->d, s->n, &s->X);
    CVR_LAY_DOUBLE(w, s->n, 1, &s->theta);
    CVR_LAY_DOUBLE(w, s->d, s->own, &s->V, &s->W, &s->G);
    CVR_LAY_DOUBLE(w, s->n, s->own, &s->Z);
    CVR_LAY_DOUBLE(w, s->d + 1, 2 * s->starts, &s->all);
    cvr_lay_passing(w, 2 * s->n, s->d);
    CVR_TRY(cvr_lay_array(w, (void **)&s->e, s->own + 1, sizeof *s->e));
    CVR_TRY(cvr_lay_array(w, (void **)&s->value, 2 * s->own + 1, sizeof *s->value));
    CVR_TRY(cvr_lay_array(w, (void **)&s->seen, 2 * s->starts, sizeof *s->seen));
    CVR_TRY(cvr_lay_array(w, (void **)&s->order, longest, sizeof *s->order));
done:
    return status;
}

cvr_status cvr_search_start(cvr_search *s)
{
    const cvr_network *net = s->net;
    cvr_mat all = {0}, rows = {0};
    cvr_status status = cvr_mat_new(cvr_cpu(), net->X.type, s->n, s->d, &all);
    if (status == CVR_OK)
        status = cvr_mat_new(cvr_cpu(), CVR_DOUBLE, s->n, s->d, &rows);
    CVR_TRY(cvr_allreduce_status(net->problem->comm, status));
    CVR_TRY(cvr_allgather(net->problem->comm, net->X, all));
    cvr_copy(rows, all);
    cvr_transpose(s->X, rows);
done:
    CVR_MATS_FREE(&all, &rows);
    return status;
}

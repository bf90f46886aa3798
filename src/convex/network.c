#include "convex/network.h"

#include <math.h>
#include <string.h>

#include "convex/gates.h"
#include "convex/options.h"
#include "linalg/mats.h"
#include "model/model.h"
#include "parallel/comm.h"
#include "solver/features.h"

/* Neurons of less than this part of the largest are 0. */
static const double nothing = 1e-12;

/* ---- theta ------------------------------------------------------------------------- */

static double *inner(const cvr_network *n, cvr_mat theta, int64_t k)
{
    return (double *)theta.data + k * n->d;
}

static double *outer(const cvr_network *n, cvr_mat theta)
{
    return (double *)theta.data + n->d * n->most;
}

static double *constant(const cvr_network *n, cvr_mat theta)
{
    return n->free ? (double *)theta.data + n->N - 1 : NULL;
}

static double length(const cvr_network *n, const double *a)
{
    double sum = 0;
    for (int64_t i = 0; i < n->w; i++)
        sum += a[i] * a[i];
    return sqrt(sum);
}

/* ---- objective --------------------------------------------------------------------- */

/* A and c of theta, in X's type. */
static void open_theta(cvr_network *n, cvr_mat theta)
{
    cvr_mat A = cvr_mat_reshape(cvr_mat_rows(theta, 0, n->d * n->most), n->d, n->most);
    cvr_copy(n->A, A);
    cvr_copy(n->c, cvr_mat_rows(theta, n->d * n->most, n->most));
}

/* f, and Z and D of the neurons. */
static void forward(cvr_network *n, double b)
{
    cvr_mat Z = cvr_mat_cols(n->Z, 0, n->count), c = cvr_mat_rows(n->c, 0, n->count);
    cvr_fill(n->f, b);
    if (n->count == 0)
        return;
    cvr_gemm(Z, 1, CVR_N, n->X, CVR_N, cvr_mat_cols(n->A, 0, n->count), 0);
    cvr_gate(cvr_mat_cols(n->D, 0, n->count), Z);
    cvr_relu(Z);
    cvr_gemm(n->f, 1, CVR_N, Z, CVR_N, c, 1);
}

/* s, and the sum of the losses of own rows. */
static double slopes(cvr_network *n)
{
    const cvr_problem *q = n->problem;
    bool labels = n->loss.targets == CVR_TARGETS_LABELS;
    double sum = 0;
    for (int64_t i = 0; i < n->f.rows; i++) {
        double f = cvr_get(n->f, i, 0), y = cvr_get(q->Y, i, 0), slope = 0;
        double omega = q->W.data ? cvr_get(q->W, i, 0) : 1;
        y = labels ? (y > 0 ? 1 : -1) : y;
        sum += omega * n->loss.row(&n->loss, 1, &f, &y, &slope);
        cvr_set(n->s, i, 0, omega * slope);
    }
    return sum;
}

/* Gc = Z's,  GA = X'(D o (s c')). */
static void backward(cvr_network *n)
{
    int64_t k = n->count;
    cvr_mat E = cvr_mat_cols(n->E, 0, k), c = cvr_mat_rows(n->c, 0, k);
    if (k == 0)
        return;
    cvr_gemm(cvr_mat_rows(n->Gc, 0, k), 1, CVR_T, cvr_mat_cols(n->Z, 0, k), CVR_N, n->s,
             0);
    cvr_gemm(E, 1, CVR_N, n->s, CVR_T, c, 0);
    cvr_hadamard(E, cvr_mat_cols(n->D, 0, k));
    cvr_gemm(cvr_mat_cols(n->GA, 0, k), 1, CVR_T, n->X, CVR_N, E, 0);
}

/* The whole gradient of the losses, and their sum, into the message. */
static cvr_status sum_up(cvr_network *n, double *loss)
{
    cvr_mat m = n->message, A = cvr_mat_rows(m, 0, n->d * n->most);
    double slope = 0;
    cvr_status status = CVR_OK;
    cvr_fill(m, 0);
    if (n->count > 0) {
        cvr_copy(cvr_mat_cols(cvr_mat_reshape(A, n->d, n->most), 0, n->count),
                 cvr_mat_cols(n->GA, 0, n->count));
        cvr_copy(cvr_mat_rows(m, n->d * n->most, n->count),
                 cvr_mat_rows(n->Gc, 0, n->count));
    }
    for (int64_t i = 0; i < n->s.rows && n->free; i++)
        slope += cvr_get(n->s, i, 0);
    if (n->free)
        cvr_set(m, n->N - 1, 0, slope);
    cvr_set(m, n->N, 0, *loss);
    CVR_TRY(cvr_allreduce(n->problem->comm, m));
    CVR_TRY(cvr_interrupt_check(n->problem->comm));
    *loss = cvr_get(m, n->N, 0);
done:
    return status;
}

/* Adds the penalty's gradient to g; returns the penalty. */
static double penalise(const cvr_network *n, cvr_mat theta, cvr_mat g)
{
    double *slopes_c = outer(n, g), *c = outer(n, theta), sum = 0;
    for (int64_t k = 0; k < n->count; k++) {
        double *a = inner(n, theta, k), *slope = inner(n, g, k);
        for (int64_t i = 0; i < n->w; i++) {
            slope[i] += n->beta * a[i];
            sum += a[i] * a[i];
        }
        slopes_c[k] += n->beta * c[k];
        sum += c[k] * c[k];
    }
    return n->beta / 2 * sum;
}

cvr_status cvr_network_evaluate(void *network, cvr_mat theta, double *value, cvr_mat g)
{
    cvr_network *n = network;
    const double *b = constant(n, theta);
    double loss;
    cvr_status status = CVR_OK;
    open_theta(n, theta);
    forward(n, b ? *b : 0);
    loss = slopes(n);
    backward(n);
    CVR_TRY(sum_up(n, &loss));
    cvr_copy(g, cvr_mat_rows(n->message, 0, n->N));
    *value = loss + penalise(n, theta, g);
done:
    return status;
}

/* ---- networks ---------------------------------------------------------------------- */

/* Neuron k = relu(x'a) c, balanced; false: it has no weights that are penalised. */
static bool put(const cvr_network *n, cvr_mat theta, int64_t k, const double *a, double c)
{
    double size = length(n, a), root = size > 0 ? sqrt(fabs(c) / size) : 0;
    double *to = inner(n, theta, k);
    for (int64_t i = 0; i < n->d; i++)
        to[i] = root * a[i];
    outer(n, theta)[k] = root > 0 ? copysign(sqrt(fabs(c) * size), c) : 0;
    return size > 0;
}

void cvr_network_tidy(cvr_network *n, cvr_mat theta)
{
    double *c = outer(n, theta), *b = constant(n, theta), most = 0;
    for (int64_t k = 0; k < n->count; k++) {
        double *a = inner(n, theta, k);
        if (length(n, a) == 0 && b)
            *b += n->w < n->d ? c[k] * fmax(a[n->w], 0) : 0;
        if (!put(n, theta, k, a, c[k]))
            c[k] = 0;
        most = fmax(most, fabs(c[k]));
    }
    for (int64_t k = 0; k < n->count; k++) /* the largest first: selection, exchanges */
        for (int64_t j = n->count - 1; j > k; j--)
            if (fabs(c[j]) > fabs(c[j - 1])) {
                double t = c[j];
                c[j] = c[j - 1];
                c[j - 1] = t;
                for (int64_t i = 0; i < n->d; i++) {
                    t = inner(n, theta, j)[i];
                    inner(n, theta, j)[i] = inner(n, theta, j - 1)[i];
                    inner(n, theta, j - 1)[i] = t;
                }
            }
    while (n->count > 0 && fabs(c[n->count - 1]) <= sqrt(nothing) * most) {
        n->count--;
        memset(inner(n, theta, n->count), 0, (size_t)n->d * sizeof(double));
        c[n->count] = 0;
    }
}

/* The place of the smallest of all neurons, where there is no more room. */
static int64_t next_place(cvr_network *n, cvr_mat theta, double size)
{
    double *c = outer(n, theta);
    int64_t least = 0;
    if (n->count < n->most)
        return n->count++;
    for (int64_t k = 1; k < n->count; k++)
        if (fabs(c[k]) < fabs(c[least]))
            least = k;
    return c[least] * c[least] < size ? least : -1;
}

/* A neuron (a's first entries are w, its threshold g) with outer weight c. */
static cvr_status add(cvr_network *n, cvr_mat theta, const double *a, double c)
{
    double size = length(n, a), *b = constant(n, theta);
    int64_t k;
    if (size == 0 && b)
        *b += n->w < n->d ? c * fmax(a[n->w], 0) : 0;
    if (size == 0 || c == 0)
        return CVR_OK;
    k = next_place(n, theta, size * fabs(c));
    if (k >= 0)
        (void)put(n, theta, k, a, c);
    return CVR_OK;
}

cvr_status cvr_network_take(cvr_network *n, const cvr_start *from, cvr_mat theta)
{
    int64_t features = cvr_features(n->problem);
    double *b;
    cvr_mat row = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, features + 1, 1, &row));
    cvr_fill(theta, 0);
    n->count = 0;
    b = constant(n, theta);
    if (b)
        *b = from->b;
    for (int64_t k = 0; k < from->H.rows; k++) {
        cvr_transpose(row, cvr_mat_rows(from->H, k, 1));
        if (n->d == features && cvr_get(row, features, 0) != 0)
            CVR_FAIL(CVR_USAGE,
                     "--start: the network has thresholds, and --bias none has "
                     "none");
        CVR_TRY(add(n, theta, row.data, cvr_get(from->outer, k, 0)));
    }
    if (!b && from->b != 0) {
        if (n->d == features)
            CVR_FAIL(CVR_USAGE,
                     "--start: the network has a constant, and --bias none has "
                     "none");
        cvr_fill(row, 0);
        cvr_set(row, features, 0, 1);
        CVR_TRY(add(n, theta, row.data, from->b));
    }
    cvr_network_tidy(n, theta);
done:
    cvr_mat_free(&row);
    return status;
}

cvr_status cvr_network_take_model(cvr_network *n, const cvr_model *m, cvr_mat theta)
{
    const cvr_layer *first = &m->layers[0], *last = &m->layers[1];
    int64_t k = first->W.rows, in = first->W.cols;
    cvr_start s = {.b = cvr_get(last->b, 0, 0)};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, k, in + 1, &s.H));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, k, 1, &s.outer));
    cvr_copy(cvr_mat_cols(s.H, 0, in), first->W);
    cvr_copy(cvr_mat_cols(s.H, in, 1), first->b);
    for (int64_t i = 0; i < k; i++)
        cvr_set(s.outer, i, 0, cvr_get(last->W, 0, i));
    CVR_TRY(cvr_network_take(n, &s, theta));
done:
    cvr_start_free(&s);
    return status;
}

void cvr_network_gate(const cvr_network *n, cvr_mat theta, int64_t k, cvr_mat row)
{
    const double *a = inner(n, theta, k);
    for (int64_t i = 0; i < row.cols; i++)
        cvr_set(row, 0, i, i < n->d ? a[i] : 0);
}

cvr_status cvr_network_model(const cvr_network *n, cvr_mat theta, cvr_model *m)
{
    int64_t features = cvr_features(n->problem), count = n->count > 0 ? n->count : 1;
    int64_t sizes[] = {features, count, 1};
    const double *b = constant(n, theta), *c = outer(n, theta);
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_model_new(n->X.type, 2, sizes, m));
    for (int64_t k = 0; k < n->count; k++) {
        const double *a = inner(n, theta, k);
        for (int64_t i = 0; i < n->d; i++)
            cvr_set(i < features ? m->layers[0].W : m->layers[0].b, k,
                    i < features ? i : 0, a[i]);
        cvr_set(m->layers[1].W, 0, k, c[k]);
    }
    if (b)
        cvr_set(m->layers[1].b, 0, 0, *b);
done:
    return status;
}

/* ---- making ------------------------------------------------------------------------ */

cvr_status cvr_network_pose(cvr_network *n, const cvr_problem *q, int64_t most)
{
    const cvr_convex_options *o = cvr_convex_options_of(q);
    cvr_misfit misfit = {0};
    cvr_bias bias = q->train->transform.bias;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_misfit_choose(q, &misfit));
    n->problem = q;
    n->loss = misfit.loss;
    if (q->Y.cols != 1)
        CVR_FAIL(CVR_USAGE, "--refine is for one output: two classes, or one value");
    if (!isfinite(n->loss.curvature))
        CVR_FAIL(CVR_USAGE, "--refine is for losses without kinks, unlike --loss %s",
                 cvr_losses[o->loss]->name);
    n->free = bias == CVR_BIAS_FREE;
    n->X = n->free ? cvr_gate_rows(q) : q->X;
    n->d = n->X.cols;
    n->w = n->d - n->free;
    n->most = most;
    n->N = (n->d + 1) * most + n->free;
done:
    return status;
}

void cvr_network_lay_out(cvr_network *n, cvr_workspace *w)
{
    int64_t own = n->X.rows, most = n->most;
    CVR_LAY_SCRATCH(w, n->d, most, &n->A, &n->GA);
    CVR_LAY_SCRATCH(w, most, 1, &n->c, &n->Gc);
    CVR_LAY_SCRATCH(w, own, most, &n->Z, &n->D, &n->E);
    CVR_LAY_SCRATCH(w, own, 1, &n->f, &n->s);
    CVR_LAY_DOUBLE(w, n->N + 1, 1, &n->message);
}

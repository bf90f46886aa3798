/* A network of k hidden layers becomes one of more: layers 1 .. k and the top are its
   own, those between are identities, since h(h(x)) = h(x). So it computes what it did;
   J. Wang et al. (TNNLS 2022) replace the top as well, which loses what it knew. */
#include "deep/grow.h"

#include <stdio.h>

#include "linalg/mats.h"
#include "model/model.h"
#include "parallel/comm.h"
#include "solver/coordinates.h"

/* Which layer of the network layer l of ours is; -1: an identity. */
static int layer_of(const cvr_deep_network *n, const cvr_model *m, int l)
{
    return l + 1 == n->depth ? m->depth - 1 : l + 1 < m->depth ? l : -1;
}

static int64_t features(const cvr_deep_network *n)
{
    const cvr_coordinates *c = n->problem->coordinates;
    return c ? c->rows.d : n->layers[0].units;
}

static cvr_status check(const cvr_deep_network *n, const cvr_model *m, const char *path)
{
    int64_t before = features(n);
    if (m->kind != CVR_NETWORK || m->depth < 2 || m->depth > n->depth)
        return cvr_fail(CVR_USAGE,
                        "--grow-from %s: it is no network with 1 to %d hidden layers",
                        path, n->depth - 1);
    if (m->outputs != n->problem->Y.cols)
        return cvr_fail(CVR_USAGE,
                        "--grow-from %s: it has %d outputs, and these data %lld", path,
                        m->outputs, (long long)n->problem->Y.cols);
    for (int l = 0; l < n->depth; l++) {
        int from = layer_of(n, m, l);
        int64_t in = from < 0 ? before : m->layers[from].W.cols;
        int64_t out = l + 1 == n->depth ? n->layers[l].out
                      : from < 0        ? before
                                        : m->layers[from].W.rows;
        if (in != before || out != n->layers[l].out)
            return cvr_fail(
                CVR_USAGE,
                "--grow-from %s: layer %d has %lld inputs and %lld units there, "
                "and %lld and %lld here",
                path, l + 1, (long long)in, (long long)out, (long long)before,
                (long long)n->layers[l].out);
        before = out;
    }
    return CVR_OK;
}

/* B = A in double. */
static cvr_status in_double(cvr_mat A, cvr_mat *B)
{
    cvr_status status = cvr_mat_new(cvr_cpu(), CVR_DOUBLE, A.rows, A.cols, B);
    if (status == CVR_OK)
        cvr_copy(*B, A);
    return status;
}

/* S of a layer: the units' rows are W', of the first layer in coordinates. */
static cvr_status put_layer(cvr_deep_network *n, int l, cvr_mat W, cvr_mat b)
{
    const cvr_coordinates *c = l == 0 ? n->problem->coordinates : NULL;
    cvr_deep_layer *layer = &n->layers[l];
    cvr_mat V = cvr_mat_rows(layer->S, 0, layer->units), W64 = {0}, H = {0}, C = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(in_double(W, &W64));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, W.cols, W.rows, &H));
    cvr_transpose(H, W64);
    if (c) {
        CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, V.rows, V.cols, &C));
        CVR_TRY(cvr_coordinates_of(c, H, C));
    }
    cvr_copy(V, c ? C : H);
    for (int64_t j = 0; n->bias && j < layer->out; j++)
        cvr_set(layer->S, layer->in - 1, j, cvr_get(b, j, 0));
done:
    CVR_MATS_FREE(&W64, &H, &C);
    return status;
}

/* f = R'z + m, so z = R (f - m) / r^2, r^2 the square of a column of R. */
static cvr_status put_top(cvr_deep_network *n, const cvr_deep_targets *t, cvr_layer f)
{
    cvr_mat R = {0}, W = {0}, b = {0}, shift = {0}, Wz = {0}, bz = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(in_double(t->R, &R));
    CVR_TRY(in_double(f.W, &W));
    CVR_TRY(in_double(f.b, &b));
    CVR_TRY(in_double(t->shift, &shift));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, R.rows, W.cols, &Wz));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, R.rows, 1, &bz));
    double r2 = cvr_dot(cvr_mat_cols(R, 0, 1), cvr_mat_cols(R, 0, 1));
    cvr_axpby(b, -1, shift, 1);
    cvr_gemm(Wz, 1 / r2, CVR_N, R, CVR_N, W, 0);
    cvr_gemm(bz, 1 / r2, CVR_N, R, CVR_N, b, 0);
    CVR_TRY(put_layer(n, n->depth - 1, Wz, bz));
done:
    CVR_MATS_FREE(&R, &W, &b, &shift, &Wz, &bz);
    return status;
}

static cvr_status put(cvr_deep_network *n, const cvr_deep_targets *t, const cvr_model *m)
{
    cvr_status status = CVR_OK;
    for (int l = 0; l < n->depth; l++) {
        cvr_deep_layer *layer = &n->layers[l];
        int from = layer_of(n, m, l);
        cvr_fill(layer->S, 0);
        if (from < 0)
            cvr_add_diag(cvr_mat_rows(layer->S, 0, layer->units), 1);
        else if (l + 1 == n->depth)
            CVR_TRY(put_top(n, t, m->layers[from]));
        else
            CVR_TRY(put_layer(n, l, m->layers[from].W, m->layers[from].b));
        cvr_copy(layer->V, layer->S);
        if (l > 0)
            CVR_TRY(cvr_deep_couple(layer, n->layers[l - 1].r));
    }
done:
    return status;
}

cvr_status cvr_deep_grow(cvr_deep_network *n, const cvr_deep_targets *t, const char *path)
{
    cvr_model m = {0};
    cvr_status status = cvr_model_load(path, &m);
    if (status == CVR_OK)
        status = check(n, &m, path);
    if (status == CVR_OK)
        status = put(n, t, &m);
    cvr_model_free(&m);
    return status;
}

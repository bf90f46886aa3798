/* Neurons from groups (Pilanci and Ergen 2020, theorem 1). */
#include "convex/recover.h"

#include <math.h>

static double norm(cvr_mat v)
{
    return sqrt(cvr_dot(v, v));
}

/* Gated: gate i is alive when any output uses it. */
static bool alive(const cvr_program *p, cvr_mat V, int64_t i)
{
    for (int64_t c = 0; c < p->C; c++)
        if (norm(cvr_mat_cols(V, c * p->P + i, 1)) > 0)
            return true;
    return false;
}

int64_t cvr_recover_count(const cvr_program *p, cvr_mat V)
{
    int64_t count = 0;
    for (int64_t j = 0; j < (p->signs == 2 ? p->m : p->P); j++)
        count += p->signs == 2 ? norm(cvr_mat_cols(V, j, 1)) > 0 : alive(p, V, j);
    return count;
}

/* Row k of a layer = scale (w, b), for w over the features and, last in v, the one's
 * weight. */
static void put(const cvr_program *p, cvr_layer layer, int64_t k, cvr_mat v, double scale)
{
    int64_t features = layer.W.cols;
    cvr_mat row = cvr_mat_part(layer.W, k, 0, 1, features);
    cvr_transpose(row, cvr_mat_part(v, 0, 0, features, 1));
    cvr_scale(row, scale);
    if (p->problem->train->transform.bias == CVR_BIAS_PENALISED)
        cvr_set(layer.b, k, 0, scale * cvr_get(v, features, 0));
}

static cvr_status recover_relu(const cvr_program *p, cvr_mat V, cvr_model *m)
{
    int64_t sizes[3] = {p->problem->train->transform.features, cvr_recover_count(p, V),
                        p->C};
    int64_t k = 0, half = p->C * p->P;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_model_new(V.type, 2, sizes, m));
    for (int64_t j = 0; j < p->m; j++) {
        cvr_mat v = cvr_mat_cols(V, j, 1);
        double size = norm(v);
        if (!(size > 0))
            continue;
        put(p, m->layers[0], k, v, 1 / sqrt(size));
        cvr_set(m->layers[1].W, j % half / p->P, k, j < half ? sqrt(size) : -sqrt(size));
        k++;
    }
done:
    return status;
}

static cvr_status recover_gated(const cvr_program *p, cvr_mat V, cvr_model *m)
{
    int64_t count = cvr_recover_count(p, V), k = 0;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_model_new_gated(V.type, p->problem->train->transform.features, count,
                                (int)p->C, m));
    for (int64_t i = 0; i < p->P; i++) {
        if (!alive(p, V, i))
            continue;
        put(p, m->gates, k, cvr_mat_cols(p->H, i, 1), 1);
        for (int64_t c = 0; c < p->C; c++)
            put(p, m->layers[0], c * count + k, cvr_mat_cols(V, c * p->P + i, 1), 1);
        k++;
    }
done:
    return status;
}

cvr_status cvr_recover(const cvr_program *p, cvr_mat V, cvr_model *m)
{
    return p->signs == 2 ? recover_relu(p, V, m) : recover_gated(p, V, m);
}

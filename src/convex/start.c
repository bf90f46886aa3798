#include "convex/start.h"

#include <string.h>

#include "linalg/mats.h"
#include "model/model.h"
#include "parallel/comm.h"
#include "solver/features.h"

/* The neurons, or the gates that stand for them: of features, or of their components. */
static const cvr_layer *neurons(const cvr_model *m)
{
    return m->kind == CVR_GATED ? &m->gates : &m->layers[0];
}

static cvr_status check(const cvr_problem *q, const cvr_model *m, const char *path)
{
    const cvr_dataset *data = q->train;
    int64_t features = cvr_features(q);
    if (m->kind == CVR_KERNEL || (m->kind == CVR_NETWORK && m->depth < 2))
        return cvr_fail(CVR_USAGE, "--start %s: it has no neurons", path);
    if (neurons(m)->W.cols != features)
        return cvr_fail(CVR_USAGE,
                        "--start %s: its neurons have %lld inputs, and these data %lld "
                        "features",
                        path, (long long)neurons(m)->W.cols, (long long)features);
    if (m->outputs != q->Y.cols || m->classes != data->classes)
        return cvr_fail(CVR_USAGE, "--start %s: it has other outputs than these data",
                        path);
    for (int c = 0; c < m->classes; c++)
        if (strcmp(m->class_names[c], data->class_names[c]) != 0)
            return cvr_fail(CVR_USAGE, "--start %s: its class %d is %s, and here %s",
                            path, c + 1, m->class_names[c], data->class_names[c]);
    return CVR_OK;
}

/* Entry j of a transform's column, or what stands for a missing one. */
static double entry(cvr_mat v, int64_t j, double none)
{
    return v.data ? cvr_get(v, j, 0) : none;
}

/* Rows of a layer over features (x - s) k as the model has them become rows over
   (x - s') k' of these data:  w' = w k / k',  g' = g + sum_j w_j k_j (s'_j - s_j). */
static void translate(const cvr_transform *from, const cvr_transform *to,
                      const cvr_layer *layer, cvr_mat H)
{
    int64_t features = layer->W.cols;
    for (int64_t i = 0; i < layer->W.rows; i++) {
        double g = cvr_get(layer->b, i, 0);
        for (int64_t j = 0; j < features; j++) {
            double w = cvr_get(layer->W, i, j) * entry(from->scale, j, 1);
            double scale = entry(to->scale, j, 1);
            g += w * (entry(to->shift, j, 0) - entry(from->shift, j, 0));
            cvr_set(H, i, j, scale != 0 ? w / scale : 0);
        }
        cvr_set(H, i, features, g);
    }
}

static cvr_status take(const cvr_problem *q, const cvr_model *m, cvr_start *s)
{
    const cvr_layer *layer = neurons(m);
    bool network = m->kind == CVR_NETWORK && m->depth == 2 && m->outputs == 1;
    int64_t k = layer->W.rows;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, k, layer->W.cols + 1, &s->H));
    translate(&m->transform, &q->train->transform, layer, s->H);
    if (!network)
        return CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, k, 1, &s->outer));
    for (int64_t i = 0; i < k; i++)
        cvr_set(s->outer, i, 0, cvr_get(m->layers[1].W, 0, i));
    s->b = cvr_get(m->layers[1].b, 0, 0);
done:
    return status;
}

cvr_status cvr_start_read(const cvr_problem *q, const char *path, cvr_start *s)
{
    cvr_model m = {0};
    cvr_status status = CVR_OK;
    *s = (cvr_start){0};
    status = cvr_model_load(path, &m);
    if (status == CVR_OK)
        status = check(q, &m, path);
    if (status == CVR_OK)
        status = take(q, &m, s);
    cvr_model_free(&m);
    CVR_TRY(cvr_allreduce_status(q->comm, status));
done:
    if (status != CVR_OK)
        cvr_start_free(s);
    return status;
}

void cvr_start_free(cvr_start *s)
{
    CVR_MATS_FREE(&s->H, &s->outer);
    *s = (cvr_start){0};
}

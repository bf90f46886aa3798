/* Neurons from groups (Pilanci and Ergen 2020, theorem 1), on the processor. */
#include "convex/recover.h"

#include <math.h>

#include "convex/ops.h"
#include "linalg/mats.h"
#include "model/model.h"
#include "solver/coordinates.h"
#include "solver/features.h"

/* Rows that the norms see. */
static cvr_mat penalised(const cvr_program *p, cvr_mat V)
{
    return cvr_mat_part(V, 0, 0, p->w, V.cols);
}

/* A neuron is a column; gated: a gate, alive when any output uses it. */
static int64_t neurons(const cvr_program *p)
{
    return p->signs == 2 ? p->m : p->P;
}

/* |v_j| of each neuron, placed among the figures. */
static const double *place_sizes(const cvr_program *p, cvr_mat V)
{
    cvr_mat s;
    const double *size = cvr_figures_place(p->figures, neurons(p), &s);
    cvr_put_group_norms(s, penalised(p, V), neurons(p));
    return size;
}

static int64_t count_active(const cvr_program *p, const double *size)
{
    int64_t count = 0, all = neurons(p);
    for (int64_t j = 0; j < all; j++)
        count += size[j] > 0;
    return count;
}

void cvr_recover_figures(const cvr_program *p, cvr_mat V, cvr_progress *progress)
{
    int64_t before = p->figures->taken;
    const double *size = place_sizes(p, V);
    cvr_figures_read(p->figures, before);
    progress->patterns = p->P;
    progress->active_neurons = count_active(p, size);
}

/* Row k of a layer = scale (w, b), for w over the features and, last in v if it is there,
   the threshold or the one's weight. */
static void put(cvr_layer layer, int64_t k, cvr_mat v, double scale)
{
    int64_t features = layer.W.cols;
    cvr_mat row = cvr_mat_part(layer.W, k, 0, 1, features);
    cvr_transpose(row, cvr_mat_part(v, 0, 0, features, 1));
    cvr_scale(row, scale);
    if (v.rows > features)
        cvr_set(layer.b, k, 0, scale * cvr_get(v, features, 0));
}

/* The constant of output c: the mean of the targets less that of the weights' outputs. */
static double constant(const cvr_program *p, const double *mean, int64_t c)
{
    return p->free ? p->centre[c] - p->unit * mean[c] : 0;
}

/* Columns of X that are no ones. */
static int64_t inputs(const cvr_program *p)
{
    return p->problem->coordinates ? p->problem->coordinates->r
                                   : cvr_features(p->problem);
}

static cvr_status recover_relu(const cvr_program *p, cvr_mat V, const double *size,
                               const double *mean, cvr_model *m)
{
    int64_t sizes[3] = {inputs(p), count_active(p, size), p->C};
    int64_t k = 0, half = p->C * p->P;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_model_new(V.type, 2, sizes, m));
    for (int64_t c = 0; c < p->C; c++)
        cvr_set(m->layers[1].b, c, 0, constant(p, mean, c));
    for (int64_t j = 0; j < p->m; j++) {
        cvr_mat v = cvr_mat_cols(V, j, 1), b = m->layers[1].b;
        int64_t c = j % half / p->P;
        double sign = j < half ? 1 : -1;
        if (size[j] > 0) {
            put(m->layers[0], k, v, sqrt(p->unit) / sqrt(size[j]));
            cvr_scale(cvr_mat_rows(m->layers[0].b, k, 1), p->one);
            cvr_set(m->layers[1].W, c, k++, sign * sqrt(p->unit * size[j]));
        } else if (p->w < p->d) { /* a threshold alone is a constant */
            double g = fmax(0, p->one * cvr_get(v, p->w, 0));
            cvr_set(b, c, 0, cvr_get(b, c, 0) + sign * p->unit * g);
        }
    }
done:
    return status;
}

/* At least one gate is there. */
static cvr_status recover_gated(const cvr_program *p, cvr_mat V, const double *size,
                                const double *mean, cvr_model *m)
{
    int64_t found = count_active(p, size), count = found > 0 ? found : 1, k = 0;
    cvr_mat drawn, own = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_model_new_gated(V.type, inputs(p), count, (int)p->C, m));
    cvr_mat_free(&m->gates.W);
    CVR_TRY(cvr_mat_bring(V.device, p->drawn, &own, &drawn));
    CVR_TRY(cvr_mat_new(V.device, V.type, count, cvr_features(p->problem), &m->gates.W));
    for (int64_t c = 0; c < p->C; c++)
        cvr_set(m->constant, c, 0, constant(p, mean, c));
    for (int64_t i = 0; i < p->P; i++) {
        if (!(size[i] > 0) && !(found == 0 && i == 0))
            continue;
        put(m->gates, k, cvr_mat_cols(drawn, i, 1), 1);
        for (int64_t c = 0; c < p->C; c++)
            put(m->layers[0], c * count + k, cvr_mat_cols(V, c * p->P + i, 1), p->unit);
        k++;
    }
done:
    cvr_mat_free(&own);
    return status;
}

/* The link of a loss that means probabilities, softmax([f, 1] A): f of the class, and
   half of it for the second of two classes and against the first. */
static cvr_status add_link(const cvr_program *p, cvr_model *m)
{
    const cvr_loss *loss = cvr_losses[cvr_convex_options_of(p->problem)->loss];
    bool two = loss == &cvr_loss_logistic && p->C == 1;
    int64_t classes = two ? 2 : p->C;
    cvr_status status = CVR_OK;
    if (!two && loss != &cvr_loss_softmax)
        return CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, p->C + 1, classes, &m->calibration));
    cvr_fill(m->calibration, 0);
    for (int64_t c = 0; c < classes; c++)
        cvr_set(m->calibration, two ? 0 : c, c, two ? (double)c - 0.5 : 1);
done:
    return status;
}

cvr_status cvr_recover(const cvr_program *p, cvr_mat V, const double *mean, cvr_model *m)
{
    int64_t before = p->figures->taken;
    const double *size = place_sizes(p, V);
    cvr_mat own = {0};
    cvr_status status = CVR_OK;
    cvr_figures_read(p->figures, before);
    CVR_TRY(cvr_mat_bring(cvr_cpu(), V, &own, &V));
    CVR_TRY(p->signs == 2 ? recover_relu(p, V, size, mean, m)
                          : recover_gated(p, V, size, mean, m));
    CVR_TRY(add_link(p, m));
done:
    cvr_mat_free(&own);
    return status;
}

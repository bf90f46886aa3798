/* How many weights each layer keeps for a density of all of them. By size: a layer of a
   inputs and b units keeps min(e (a + b), a b) with one e for all layers, so small layers
   keep a larger part. (Mocanu et al. 2018) */
#include "prune/budget.h"

#include <math.h>

static double count(const cvr_layer *layer)
{
    return (double)layer->W.rows * (double)layer->W.cols;
}

/* min(e (a + b), a b) of a layer */
static double share(const cvr_layer *layer, double e)
{
    return fmin(e * (double)(layer->W.rows + layer->W.cols), count(layer));
}

/* e with sum min(e (a + b), a b) = density sum a b, by bisection. */
static double factor(const cvr_model *m, double density)
{
    double target = 0, low = 0, high = 0;
    for (int i = 0; i < m->depth; i++) {
        const cvr_mat W = m->layers[i].W;
        target += density * count(&m->layers[i]);
        high += (double)(W.rows < W.cols ? W.rows : W.cols);
    }
    for (int k = 0; k < 60; k++) {
        double middle = (low + high) / 2, sum = 0;
        for (int i = 0; i < m->depth; i++)
            sum += share(&m->layers[i], middle);
        *(sum < target ? &low : &high) = middle;
    }
    return high;
}

/* Rounded so that the counts add up to the rounded sum. */
void cvr_prune_budget(const cvr_model *m, const cvr_prune_options *o, int64_t *keep)
{
    double e = o->density > 0 && !o->uniform ? factor(m, o->density) : 0, sum = 0;
    int64_t before = 0;
    for (int i = 0; i < m->depth; i++) {
        double all = count(&m->layers[i]);
        sum += o->uniform ? o->density * all : share(&m->layers[i], e);
        keep[i] = o->density > 0 ? llround(sum) - before : -1;
        if ((double)keep[i] > all)
            keep[i] = (int64_t)all;
        before += keep[i];
    }
}

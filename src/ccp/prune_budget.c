/* How many weights each layer keeps of a part of all. By size: a layer of a inputs and b
   units keeps a number in proportion to a + b (Mocanu et al. 2018), so small layers keep
   a larger part; those that would keep more than they have keep all. */
#include <math.h>

#include "ccp/prune.h"

static double count(const cvr_layer *layer)
{
    return (double)layer->W.rows * (double)layer->W.cols;
}

/* The factor e with sum min(e (a + b), a b) = density sum a b, by bisection. */
static double factor(const cvr_model *m, double density)
{
    double wanted = 0, low = 0, high = 0;
    for (int i = 0; i < m->depth; i++) {
        const cvr_mat W = m->layers[i].W;
        wanted += density * count(&m->layers[i]);
        high += (double)(W.rows < W.cols ? W.rows : W.cols);
    }
    for (int k = 0; k < 60; k++) {
        double middle = (low + high) / 2, sum = 0;
        for (int i = 0; i < m->depth; i++) {
            const cvr_mat W = m->layers[i].W;
            sum += fmin(middle * (double)(W.rows + W.cols), count(&m->layers[i]));
        }
        *(sum < wanted ? &low : &high) = middle;
    }
    return high;
}

/* Rounded so that the counts add up to the rounded sum. */
void cvr_prune_allot(const cvr_model *m, const cvr_prune_options *o, int64_t *keep)
{
    double e = o->density > 0 && !o->even ? factor(m, o->density) : 0, sum = 0;
    int64_t before = 0;
    for (int i = 0; i < m->depth; i++) {
        const cvr_mat W = m->layers[i].W;
        double all = count(&m->layers[i]), part = o->density * all;
        if (!o->even)
            part = fmin(e * (double)(W.rows + W.cols), all);
        sum += part;
        keep[i] = o->density > 0 ? llround(sum) - before : -1;
        if ((double)keep[i] > all)
            keep[i] = (int64_t)all;
        before += keep[i];
    }
}

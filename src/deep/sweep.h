/* One iteration of Bregman-ADMM: the order of its steps, as an object that bregman.c
   drives. */
#ifndef CVR_DEEP_SWEEP_H
#define CVR_DEEP_SWEEP_H

#include "deep/network.h"
#include "deep/updates.h"

/* What both sweeps work on; the network, the labels and F belong to the method. */
typedef struct cvr_deep_task {
    cvr_deep_network *network;
    cvr_deep_loss loss;
    cvr_deep_multiplier multiplier;
    cvr_mat Y;    /* own rows x outputs: labels 1 and 0 (or -1), or values */
    cvr_mat U;    /* own rows x outputs: lambda / (2 b_L) */
    cvr_mat F;    /* own rows x outputs: the network's outputs */
    int64_t warm; /* iterations without a multiplier */
    bool he;      /* how it starts, and how large */
    double init_scale;
} cvr_deep_task;

typedef struct cvr_deep_sweep {
    const char *name;
    size_t state_size;
    cvr_status (*setup)(void *state, cvr_deep_task *task); /* memory; not collective */
    cvr_status (*start)(void *state);                      /* collective */
    cvr_status (*step)(void *state, int64_t iteration);    /* from 0; collective */
    /* Leaves the outputs of the present weights in F. */
    cvr_deep_figures (*measure)(void *state);
    /* What it has besides the network, U and F. */
    void (*keep)(void *state, cvr_archive *k);
    void (*teardown)(void *state);
} cvr_deep_sweep;

extern const cvr_deep_sweep cvr_deep_refresh, cvr_deep_paper;

/* The multiplier of an iteration. */
static inline cvr_deep_multiplier cvr_deep_multiplier_at(const cvr_deep_task *t,
                                                         int64_t iteration)
{
    return iteration < t->warm ? CVR_MULTIPLIER_NONE : t->multiplier;
}

#endif

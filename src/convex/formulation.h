/* How one formulation or algorithm of the convex family gives itself to convex.c. */
#ifndef CVR_CONVEX_FORMULATION_H
#define CVR_CONVEX_FORMULATION_H

#include "convex/certificate.h"
#include "convex/recover.h"

/* As cvr_method, on a program that exists already. */
typedef struct cvr_algorithm {
    const char *name;
    size_t state_size;
    cvr_status (*setup)(void *state, cvr_program *p);
    cvr_status (*step)(void *state);
    cvr_status (*measure)(void *state, cvr_progress *progress, cvr_mat *outputs);
    /* d x m: what the network is recovered from, with the means of its outputs (C); or */
    cvr_mat (*weights)(void *state, const double **mean);
    cvr_status (*model)(void *state, cvr_model *m);  /* it makes its model itself */
    cvr_status (*keep)(void *state, cvr_archive *k); /* p->beta has been restored */
    cvr_status (*set_penalty)(void *state); /* p->beta is new; NULL: nothing to do */
    const char *(*detail)(void *state);     /* the u-step's name, or "" */
    void (*teardown)(void *state);
} cvr_algorithm;

extern const cvr_algorithm cvr_admm, cvr_fista, cvr_ridge, cvr_limit;

#endif

/* Growing: --grow-from MODEL. */
#ifndef CVR_DEEP_GROW_H
#define CVR_DEEP_GROW_H

#include "deep/network.h"
#include "deep/targets.h"

/* A row of options. */
#define CVR_DEEP_GROW                                                                    \
    {                                                                                    \
        "grow-from", CVR_FILE, "", 0, 0, NULL,                                           \
            "network to start from, trained on such features: its hidden layers come "   \
            "first, "                                                                    \
            "those that it lacks are identities below its top",                          \
            CVR_DEEP_AT(const char *, grow_from)                                         \
    }

/* Weights of a saved network in place of those that are drawn. CVR_USAGE where its layers
   are not these, with the last of the hidden ones repeated; the same on all processes. */
cvr_status cvr_deep_grow(cvr_deep_network *n, const cvr_deep_targets *t,
                         const char *path) CVR_MUST_CHECK;

#endif

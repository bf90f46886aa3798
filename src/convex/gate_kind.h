/* Where gates h_i come from: kinds, drawn in batches.

   A kind is a file gate_<name>.c (mirrored: gate_patch.c) and a line of CVR_GATE_KINDS.
   A gate that is drawn never runs through a row, whatever its kind: gates.c sees to
   that. */
#ifndef CVR_CONVEX_GATE_KIND_H
#define CVR_CONVEX_GATE_KIND_H

#include "solver/method.h"

typedef struct cvr_sampler {
    const cvr_problem *problem;
    int64_t d;       /* numbers of a gate: one for each feature, and a threshold */
    bool thresholds; /* the last number of a gate is its threshold; else it has none */
} cvr_sampler;

typedef struct cvr_gate_kind {
    /* CVR_USAGE where the data or the options do not allow it; NULL: any do. */
    cvr_status (*check)(const cvr_sampler *s);
    /* H (d x k) = gates first .. first + k - 1. Gate j is a function of the seed, of j
       and of the data: the same on all processes, at any number of them. Collective. */
    cvr_status (*draw)(const cvr_sampler *s, cvr_mat H, int64_t first);
    /* h (d x 1) = gate j once more by the numbers `stream` of the seed, where gates have
       no threshold that could move off a row. NULL: a Gaussian one. */
    void (*draw_again)(const cvr_sampler *s, cvr_mat h, int64_t j, int64_t stream);
} cvr_gate_kind;

/* The kinds: name, and what the help of --gate-kind says; in the order of its choices. */
#define CVR_GATE_KINDS(FIRST, MORE)                                                      \
    FIRST(gaussian, "N(0, I)")                                                           \
    MORE(patch, "image patches")                                                         \
    MORE(pairs, "planes between two classes")                                            \
    MORE(mix, "beside rows, of all, one or two coordinates, both sides")                 \
    MORE(mirrored, "image patches, each followed by its mirror image")

#define CVR_GATE_DECLARE(name, about) extern const cvr_gate_kind cvr_gate_##name;
CVR_GATE_KINDS(CVR_GATE_DECLARE, CVR_GATE_DECLARE)
#undef CVR_GATE_DECLARE

extern const cvr_gate_kind *const cvr_gate_kinds[]; /* by the index of the choice */

/* Memory for `count` row indices, which the caller releases, and for A of such a shape,
   on all processes or on none. */
cvr_status cvr_sampler_rows(const cvr_sampler *s, int64_t count, int64_t **index,
                            cvr_mat shape, cvr_mat *A) CVR_MUST_CHECK;

#endif

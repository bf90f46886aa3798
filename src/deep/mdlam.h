/* The options of the method mdlam. */
#ifndef CVR_DEEP_MDLAM_H
#define CVR_DEEP_MDLAM_H

#include "deep/options.h"

typedef enum cvr_mdlam_kind {
    CVR_TUBE_FIXED,
    CVR_TUBE_SHRINKING,
    CVR_TUBE_RECENTRED
} cvr_mdlam_kind;

typedef struct cvr_mdlam_given {
    cvr_deep_given deep; /* first */
    int tube;            /* a cvr_mdlam_kind */
    double width;
    int momentum; /* auto, yes, no */
} cvr_mdlam_given;

/* As given, or what --published means. */
static inline cvr_mdlam_kind cvr_mdlam_kind_of(const cvr_mdlam_given *o)
{
    return o->deep.published && !CVR_GIVEN(o, tube) ? CVR_TUBE_SHRINKING
                                                    : (cvr_mdlam_kind)o->tube;
}

#endif

/* Features of images by patches on a device. */
#ifndef CVR_DATA_PATCHES_THERE_H
#define CVR_DATA_PATCHES_THERE_H

#include "data/patches.h"

/* cvr_patches_apply but for rounding, with what is done to patches on a device: images
   and features go there and back. CVR_NO_MEMORY. */
cvr_status cvr_patches_apply_there(const cvr_patches *p, const cvr_backend *device,
                                   cvr_mat X, cvr_comm *comm, cvr_mat F) CVR_MUST_CHECK;

#endif

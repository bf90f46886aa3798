/* Histograms of oriented gradients. */
#ifndef CVR_DATA_HOG_H
#define CVR_DATA_HOG_H

enum { CVR_HOG_SIDE = 32, CVR_HOG_FEATURES = 648 };

/* planes: `channels` of 32 x 32, row-major, finite; out: 648 numbers from 0 to 1. */
void cvr_hog(const double *planes, int channels, double *out);

#endif

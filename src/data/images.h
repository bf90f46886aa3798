/* Images to gray, another size and a description. */
#ifndef CVR_DATA_IMAGES_H
#define CVR_DATA_IMAGES_H

#include <cvxrelu/data.h>

typedef struct cvr_axis {
    int from, to;   /* pixels before and after */
    int *first;     /* to of them: the first pixel that a new one covers */
    int *count;     /* and how many */
    double *weight; /* by which part; most of them for each */
    int most;
} cvr_axis;

/* Plans what transform says of channels, height, width, gray, new sizes, descriptor. */
typedef struct cvr_imager {
    int channels, height, width; /* before */
    bool gray, hog;
    cvr_axis down, across;
    double *plane, *narrow, *small, *out; /* small: the new planes */
    int64_t features;                     /* after */
} cvr_imager;

/* CVR_BAD_DATA when rows are not images. features: the size of a row before. */
cvr_status cvr_imager_new(const cvr_transform *transform, int64_t features,
                          const char *source, cvr_imager *m) CVR_MUST_CHECK;
void cvr_imager_free(cvr_imager *m);
/* What row becomes; valid until the next call. */
const double *cvr_imager_row(cvr_imager *m, const double *row);
/* Row i of F: what row i of X becomes; row: room for one. */
void cvr_imager_turn(cvr_imager *m, cvr_mat X, int64_t i, double *row, cvr_mat F);
/* Whether images are described once all of them are there (describe.h). */
bool cvr_described(const cvr_transform *transform);
/* True when rows stay as they are. */
bool cvr_imager_idle(const cvr_transform *transform);

#endif

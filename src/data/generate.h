/* Generators: a row is a function of (seed, row) alone. */
#ifndef CVR_DATA_GENERATE_H
#define CVR_DATA_GENERATE_H

#include <cvxrelu/data.h>

typedef struct cvr_generator {
    const char *name;
    int64_t features;                /* 0: as asked, 20 when nothing is asked */
    int least_classes, most_classes; /* 0: regression */
    int height, width;               /* of images, else 0 */
    /* Row i: x has `features` entries; the answer is the target, or the class. plant is
       what plan made. */
    double (*row)(const cvr_generate *g, const double *plant, int64_t i, double *x);
    /* Numbers that all rows share, drawn by the seed; NULL: none are needed. */
    int64_t (*plant_size)(const cvr_generate *g);
    void (*plan)(const cvr_generate *g, double *plant);
    /* The number that names class k; NULL: k. */
    int (*class_name)(const cvr_generate *g, int k);
} cvr_generator;

/* Block `rank` of `size` of the rows; *data is NULL after a failure. */
cvr_status cvr_generate_block(const cvr_generate *what, int rank, int size,
                              cvr_dataset **data) CVR_MUST_CHECK;

#endif

/* Counter-based random numbers (Random123, Philox 4x32-10): each is a function of
   (seed, purpose, row, column) alone, so gates, generated rows and sketches are the same
   at any process and thread count. */
#ifndef CVR_BASE_RANDOM_H
#define CVR_BASE_RANDOM_H

#include <stdint.h>

/* Purposes keep streams of one seed apart. A number is never used for two things. */
enum {
    CVR_FOR_GATES = 1,
    CVR_FOR_SKETCH = 2,
    CVR_FOR_HOLDOUT = 3,
    CVR_FOR_ROWS = 4,  /* generated features */
    CVR_FOR_PLANT = 5, /* what a generator plants */
    CVR_FOR_NOISE = 6,
    CVR_FOR_PATCH = 7,
    CVR_FOR_BLOCKS = 8,  /* order of coordinate blocks */
    CVR_FOR_WEIGHTS = 9, /* initial weights */
    CVR_FOR_BATCHES = 10,
    CVR_FOR_STARTS = 11,
    CVR_FOR_SIGNATURES = 12,
    CVR_FOR_FOLDS = 13,
    CVR_FOR_CHECKS = 14, /* signs of products that are verified */
    CVR_FOR_LANDMARKS = 16,
    CVR_FOR_ANCHORS = 15 /* rows next to which thresholds lie, coordinates of gates */
};

double cvr_random_uniform(uint64_t seed, uint32_t purpose, int64_t i,
                          int64_t j); /* (0, 1) */
double cvr_random_gauss(uint64_t seed, uint32_t purpose, int64_t i, int64_t j);
/* 0 .. count - 1 */
int64_t cvr_random_below(uint64_t seed, uint32_t purpose, int64_t i, int64_t j,
                         int64_t count);

#endif

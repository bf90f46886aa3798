/* Philox 4x32-10 keyed by the seed; the counter is (row, column, purpose). */
#include "base/random.h"

#include <math.h>

#include <Random123/philox.h>

static philox4x32_ctr_t draw(uint64_t seed, uint32_t purpose, int64_t i, int64_t j)
{
    philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    uint64_t row = (uint64_t)i, column = (uint64_t)j;
    philox4x32_ctr_t counter = {{(uint32_t)row, (uint32_t)(row >> 32), (uint32_t)column,
                                 purpose ^ (uint32_t)(column >> 32) << 8}};
    return philox4x32(counter, key);
}

/* 53 bits, never 0 and never 1. */
static double unit(uint32_t high, uint32_t low)
{
    uint64_t bits = ((uint64_t)high << 32 | low) >> 12;
    return ((double)bits + 0.5) * 0x1p-52;
}

double cvr_random_uniform(uint64_t seed, uint32_t purpose, int64_t i, int64_t j)
{
    philox4x32_ctr_t r = draw(seed, purpose, i, j);
    return unit(r.v[0], r.v[1]);
}

/* Box and Muller. */
double cvr_random_gauss(uint64_t seed, uint32_t purpose, int64_t i, int64_t j)
{
    philox4x32_ctr_t r = draw(seed, purpose, i, j);
    double radius = sqrt(-2 * log(unit(r.v[0], r.v[1])));
    return radius * cos(6.283185307179586477 * unit(r.v[2], r.v[3]));
}

int64_t cvr_random_below(uint64_t seed, uint32_t purpose, int64_t i, int64_t j,
                         int64_t count)
{
    return (int64_t)(cvr_random_uniform(seed, purpose, i, j) * (double)count);
}

/* Histograms of oriented gradients as Dalal and Triggs, CVPR 2005, describe them, for
   images of 32 x 32. 648 = 3 x 3 blocks x 2 x 2 cells x 18 orientations:

     out[((3 R + C) 4 + 2 r + c) 18 + k]   block (R, C), cell (R + r, C + c),
                                           direction k

   Gradients by direction in cells of 8 x 8 pixels: data/gradient.h. A block is divided by
   its norm, cut at 0.2 and divided again. All is relative to the brightest pixel: a
   factor on the pixels changes nothing. */
#include "data/hog.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "data/gradient.h"

enum {
    SIDE = CVR_HOG_SIDE,
    PIXELS = SIDE * SIDE,
    CELL = 8,
    BINS = CVR_DIRECTIONS,
    GRID = SIDE / CELL + 2, /* cells in a row, with one outside at either end */
    BLOCKS = 3,
    BLOCK = 4 * BINS
};

static const double CUT = 0.2;
static const double SMALL = 1e-6; /* a norm that is rounding, the brightest pixel is 1 */
static const double FAINT = 1e-3; /* a block's norm to the image's that is noise */

/* 1 / the largest absolute value, 0 for a black image */
static double brightness(const double *planes, int channels)
{
    double most = 0;
    for (int i = 0; i < channels * PIXELS; i++)
        most = fabs(planes[i]) > most ? fabs(planes[i]) : most;
    return most >= DBL_MIN ? 1 / most : 0;
}

static double squares(const double *v, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += v[i] * v[i];
    return sum;
}

/* The squared norm below which a block fades. */
static double threshold(double cells[GRID][GRID][BINS])
{
    double sum = 0;
    for (int r = 1; r < GRID - 1; r++)
        sum += squares(cells[r][1], (GRID - 2) * BINS);
    return FAINT * FAINT * sum + SMALL * SMALL;
}

static void normalise(double *block, double faint)
{
    double factor = 1 / sqrt(squares(block, BLOCK) + faint);
    for (int i = 0; i < BLOCK; i++)
        block[i] = fmin(block[i] * factor, CUT);
    factor = 1 / sqrt(squares(block, BLOCK) + SMALL);
    for (int i = 0; i < BLOCK; i++)
        block[i] *= factor;
}

void cvr_hog(const double *planes, int channels, double *out)
{
    double dx[PIXELS], dy[PIXELS], cells[GRID][GRID][BINS] = {0};
    const cvr_planes image = {planes, channels, SIDE, SIDE, brightness(planes, channels)};
    cvr_gradients(&image, dx, dy);
    cvr_gradient_cells(dx, dy, SIDE, SIDE, CELL, &cells[0][0][0]);
    double faint = threshold(cells);
    for (int b = 0; b < BLOCKS * BLOCKS; b++) {
        double *block = out + b * BLOCK;
        for (int r = 0; r < 2; r++)
            memcpy(block + 2 * r * BINS, cells[1 + b / BLOCKS + r][1 + b % BLOCKS],
                   2 * BINS * sizeof *block);
        normalise(block, faint);
    }
}

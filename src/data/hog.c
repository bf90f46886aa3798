/* Histograms of oriented gradients as Dalal and Triggs, CVPR 2005, describe them, for
   images of 32 x 32. 648 = 3 x 3 blocks x 2 x 2 cells x 18 orientations:

     out[((3 R + C) 4 + 2 r + c) 18 + k]   block (R, C), cell (R + r, C + c),
                                           orientation k

   Gradient of a pixel: right - left and below - above (at the edge the pixel itself
   stands in for the missing one), of the channel where it is longest. Its length goes to
   the two orientations k 20 degrees (0: brighter to the right, 90 degrees: brighter
   below) that its angle lies between and to the four cells of 8 x 8 pixels whose centres
   are nearest, to each by nearness. A block is divided by its norm, cut at 0.2 and
   divided again. All is relative to the brightest pixel: a factor on the pixels changes
   nothing. */
#include "data/hog.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

enum {
    SIDE = CVR_HOG_SIDE,
    PIXELS = SIDE * SIDE,
    CELL = 8,
    BINS = 18,
    GRID = SIDE / CELL + 2, /* cells in a row, with one outside at either end */
    BLOCKS = 3,
    BLOCK = 4 * BINS
};

static const double CUT = 0.2;
static const double SMALL = 1e-6; /* a norm that is rounding, the brightest pixel is 1 */
static const double FAINT = 1e-3; /* a block's norm to the image's that is noise */
static const double TURN = 6.283185307179586477;

/* 1 / the largest absolute value, 0 for a black image */
static double brightness(const double *planes, int channels)
{
    double most = 0;
    for (int i = 0; i < channels * PIXELS; i++)
        most = fabs(planes[i]) > most ? fabs(planes[i]) : most;
    return most >= DBL_MIN ? 1 / most : 0;
}

/* Keeps in dx, dy the longer of what is there and the gradients of a plane. */
static void gradients(const double *plane, double factor, double *dx, double *dy)
{
    for (int y = 0; y < SIDE; y++) {
        const double *row = plane + y * SIDE;
        const double *above = y > 0 ? row - SIDE : row;
        const double *below = y < SIDE - 1 ? row + SIDE : row;
        for (int x = 0; x < SIDE; x++) {
            int left = x > 0 ? x - 1 : x, right = x < SIDE - 1 ? x + 1 : x;
            double h = factor * row[right] - factor * row[left];
            double v = factor * below[x] - factor * above[x];
            double *a = dx + y * SIDE + x, *b = dy + y * SIDE + x;
            bool longer = h * h + v * v > *a * *a + *b * *b;
            *a = longer ? h : *a;
            *b = longer ? v : *b;
        }
    }
}

/* A value of 1 at pixel i of a row goes to cells *cell and *cell + 1 of the grid by
   1 - *part and *part. */
static void nearest(int i, int *cell, double *part)
{
    double at = (i + 0.5) / CELL + 0.5;
    *cell = (int)at;
    *part = at - *cell;
}

static void add(double *cell, double weight, int first, int second, double part)
{
    cell[first] += weight * (1 - part);
    cell[second] += weight * part;
}

static void cast(const double *dx, const double *dy, double cells[GRID][GRID][BINS])
{
    for (int i = 0; i < PIXELS; i++) {
        double length = sqrt(dx[i] * dx[i] + dy[i] * dy[i]), down, across;
        if (length == 0)
            continue;
        double turn = atan2(dy[i], dx[i]) / TURN;
        double angle = (turn < 0 ? turn + 1 : turn) * BINS;
        double whole = floor(angle), part = angle - whole;
        int k = (int)whole % BINS, next = (k + 1) % BINS, r, c;
        nearest(i / SIDE, &r, &down);
        nearest(i % SIDE, &c, &across);
        add(cells[r][c], length * (1 - down) * (1 - across), k, next, part);
        add(cells[r][c + 1], length * (1 - down) * across, k, next, part);
        add(cells[r + 1][c], length * down * (1 - across), k, next, part);
        add(cells[r + 1][c + 1], length * down * across, k, next, part);
    }
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
    double dx[PIXELS] = {0}, dy[PIXELS] = {0}, cells[GRID][GRID][BINS] = {0};
    double factor = brightness(planes, channels);
    for (int p = 0; p < channels; p++)
        gradients(planes + p * PIXELS, factor, dx, dy);
    cast(dx, dy, cells);
    double faint = threshold(cells);
    for (int b = 0; b < BLOCKS * BLOCKS; b++) {
        double *block = out + b * BLOCK;
        for (int r = 0; r < 2; r++)
            memcpy(block + 2 * r * BINS, cells[1 + b / BLOCKS + r][1 + b % BLOCKS],
                   2 * BINS * sizeof *block);
        normalise(block, faint);
    }
}

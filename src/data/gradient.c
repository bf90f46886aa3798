#include "data/gradient.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { BINS = CVR_DIRECTIONS };

static const double TURN = 6.283185307179586477;

/* Keeps in dx, dy the longer of what is there and the gradients of a plane. */
static void lengthen(const cvr_planes *image, const double *plane, double *dx, double *dy)
{
    int height = image->height, width = image->width;
    double factor = image->factor;
    for (int y = 0; y < height; y++) {
        const double *row = plane + y * width;
        const double *above = y > 0 ? row - width : row;
        const double *below = y < height - 1 ? row + width : row;
        for (int x = 0; x < width; x++) {
            int left = x > 0 ? x - 1 : x, right = x < width - 1 ? x + 1 : x;
            double h = factor * row[right] - factor * row[left];
            double v = factor * below[x] - factor * above[x];
            double *a = dx + y * width + x, *b = dy + y * width + x;
            bool longer = h * h + v * v > *a * *a + *b * *b;
            *a = longer ? h : *a;
            *b = longer ? v : *b;
        }
    }
}

void cvr_gradients(const cvr_planes *image, double *dx, double *dy)
{
    int pixels = image->height * image->width;
    memset(dx, 0, (size_t)pixels * sizeof *dx);
    memset(dy, 0, (size_t)pixels * sizeof *dy);
    for (int p = 0; p < image->count; p++)
        lengthen(image, image->value + p * pixels, dx, dy);
}

/* A value of 1 at pixel i of a row goes to cells *at and *at + 1 of the grid by 1 - *part
   and *part. */
static void nearest(int i, int cell, int *at, double *part)
{
    double where = (i + 0.5) / cell + 0.5;
    *at = (int)where;
    *part = where - *at;
}

double cvr_gradient_share(int i, int cell, int k)
{
    int at;
    double part;
    nearest(i, cell, &at, &part);
    return k == at ? 1 - part : k == at + 1 ? part : 0;
}

static void add(double *cell, double weight, int first, int second, double part)
{
    cell[first] += weight * (1 - part);
    cell[second] += weight * part;
}

void cvr_gradient_cells(const double *dx, const double *dy, int height, int width,
                        int cell, double *cells)
{
    int across_cells = width / cell + 2;
    for (int i = 0; i < height * width; i++) {
        double length = sqrt(dx[i] * dx[i] + dy[i] * dy[i]), down, across;
        if (length == 0)
            continue;
        double turn = atan2(dy[i], dx[i]) / TURN;
        double angle = (turn < 0 ? turn + 1 : turn) * BINS;
        double whole = floor(angle), part = angle - whole;
        int k = (int)whole % BINS, next = (k + 1) % BINS, r, c;
        nearest(i / width, cell, &r, &down);
        nearest(i % width, cell, &c, &across);
        double *upper = cells + (r * across_cells + c) * BINS;
        double *lower = upper + across_cells * BINS;
        add(upper, length * (1 - down) * (1 - across), k, next, part);
        add(upper + BINS, length * (1 - down) * across, k, next, part);
        add(lower, length * down * (1 - across), k, next, part);
        add(lower + BINS, length * down * across, k, next, part);
    }
}

int cvr_direction_mirrored(int k)
{
    return (BINS / 2 - k + BINS) % BINS;
}

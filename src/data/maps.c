/* conv      the planes as they are, pixels 0 .. 255 (Coates, Lee and Ng 2011)
   oriented  sqrt of gradients, 18 directions in cells of 2 x 2 pixels */
#include "data/maps.h"

#include <math.h>
#include <string.h>

/* ---- conv -------------------------------------------------------------------------- */

static void conv_size(const cvr_planes *image, int size[3])
{
    size[0] = image->count;
    size[1] = image->height;
    size[2] = image->width;
}

static void conv_draw(const cvr_planes *image, double *work, double *maps)
{
    int count = image->count * image->height * image->width;
    (void)work;
    for (int i = 0; i < count; i++)
        maps[i] = image->factor * image->value[i];
}

static int same(int plane)
{
    return plane;
}

const cvr_maps_kind cvr_maps_conv = {.name = "conv",
                                     .size = conv_size,
                                     .draw = conv_draw,
                                     .mirrored = same,
                                     .side = 6,
                                     .centred = true,
                                     .faint = 10,
                                     .floor = 0.05,
                                     .quantile = 0.5};

/* ---- oriented ---------------------------------------------------------------------- */

enum { CELL = CVR_MAPS_CELL };

static void oriented_size(const cvr_planes *image, int size[3])
{
    size[0] = CVR_DIRECTIONS;
    size[1] = image->height / CELL;
    size[2] = image->width / CELL;
}

/* Gradients of pixels 0 .. 1. The ring of cells outside is left out. */
static void oriented_draw(const cvr_planes *image, double *work, double *maps)
{
    int pixels = image->height * image->width, size[3];
    oriented_size(image, size);
    int height = size[1], width = size[2], ring = width + 2;
    cvr_planes unit = *image;
    double *dx = work, *dy = dx + pixels, *cells = dy + pixels;
    unit.factor /= 255;
    memset(cells, 0, sizeof *cells * (size_t)((height + 2) * ring * CVR_DIRECTIONS));
    cvr_gradients(&unit, dx, dy);
    cvr_gradient_cells(dx, dy, image->height, image->width, CELL, cells);
    for (int k = 0; k < CVR_DIRECTIONS; k++)
        for (int i = 0; i < height * width; i++) {
            int cell = (i / width + 1) * ring + i % width + 1;
            maps[k * height * width + i] = sqrt(cells[cell * CVR_DIRECTIONS + k]);
        }
}

const cvr_maps_kind cvr_maps_oriented = {.name = "oriented",
                                         .size = oriented_size,
                                         .draw = oriented_draw,
                                         .mirrored = cvr_direction_mirrored,
                                         .side = 4,
                                         .faint = 0.01,
                                         .floor = 5,
                                         .relative = true,
                                         .quantile = 0.9};

int cvr_maps_work(const cvr_planes *image)
{
    int pixels = image->height * image->width;
    int cells = (image->height / CELL + 2) * (image->width / CELL + 2);
    return 2 * pixels + cells * CVR_DIRECTIONS;
}

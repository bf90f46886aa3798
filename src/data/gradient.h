/* Gradients of an image by direction and place: what HOG and oriented patches are
   made of. */
#ifndef CVR_DATA_GRADIENT_H
#define CVR_DATA_GRADIENT_H

enum { CVR_DIRECTIONS = 18 };

/* Planes of height x width, row-major, times factor. */
typedef struct cvr_planes {
    const double *value;
    int count, height, width;
    double factor;
} cvr_planes;

/* dx, dy (height x width): right - left and below - above, at the edge the pixel itself
   in place of the missing one, of the plane where the gradient is longest. */
void cvr_gradients(const cvr_planes *image, double *dx, double *dy);
/* The length of each gradient goes to the two directions k 20 degrees (0: brighter to the
   right, 90 degrees: brighter below) that its angle lies between, and to the four cells
   of `cell` x `cell` pixels whose centres are nearest, to each by nearness.

       cells   (height / cell + 2) x (width / cell + 2) x CVR_DIRECTIONS, zeroed before: a
               ring of cells outside takes what belongs to none */
void cvr_gradient_cells(const double *dx, const double *dy, int height, int width,
                        int cell, double *cells);
/* Which part of pixel i of a row its cell k takes; cells of the grid are 1, 2, ..., what
   is outside is 0. */
double cvr_gradient_share(int i, int cell, int k);
/* The direction of k in the mirror image. */
int cvr_direction_mirrored(int k);

#endif

#include "data/patch_cutter.h"

#include <math.h>

#include "base/bytes.h"
#include "data/dataset.h"
#include "linalg/mats.h"

void cvr_cutter_measure(const cvr_maps_kind *kind, const cvr_planes *image, cvr_cutter *t)
{
    int size[3];
    kind->size(image, size);
    *t = (cvr_cutter){.kind = kind,
                      .image = *image,
                      .planes = size[0],
                      .height = size[1],
                      .width = size[2]};
    t->down = t->height - kind->side + 1;
    t->across = t->width - kind->side + 1;
}

int64_t cvr_cutter_positions(const cvr_cutter *t)
{
    return (int64_t)t->down * t->across;
}

int64_t cvr_cutter_inputs(const cvr_cutter *t)
{
    return (int64_t)t->kind->side * t->kind->side * t->planes;
}

static int64_t pixels_of(const cvr_planes *image)
{
    return (int64_t)image->count * image->height * image->width;
}

void cvr_cutter_free(cvr_cutter *t)
{
    cvr_release(t->pixels);
    cvr_release(t->maps);
    cvr_release(t->work);
    cvr_release(t->sum);
    cvr_release(t->square);
}

cvr_status cvr_cutter_new(const cvr_maps_kind *kind, const cvr_planes *image,
                          cvr_cutter *t)
{
    cvr_status status = CVR_OK;
    static const char what[] = "patches of an image";
    cvr_cutter_measure(kind, image, t);
    int64_t maps = (int64_t)t->planes * t->height * t->width;
    size_t size = sizeof(double);
    CVR_TRY(cvr_alloc(pixels_of(image), size, what, (void **)&t->pixels));
    CVR_TRY(cvr_alloc(maps, size, what, (void **)&t->maps));
    CVR_TRY(cvr_alloc(cvr_maps_work(image), size, what, (void **)&t->work));
    CVR_TRY(cvr_alloc(cvr_cutter_positions(t), size, what, (void **)&t->sum));
    CVR_TRY(cvr_alloc(cvr_cutter_positions(t), size, what, (void **)&t->square));
    t->image.value = t->pixels;
done:
    return status;
}

void cvr_cutter_draw(cvr_cutter *t, cvr_mat X, int64_t i)
{
    cvr_copy(cvr_mat_of(t->pixels, 1, X.cols), cvr_mat_part(X, i, 0, 1, X.cols));
    t->kind->draw(&t->image, t->work, t->maps);
}

/* Number k of the patch at a position begins here in the maps. */
static const double *number(const cvr_cutter *t, int64_t k)
{
    int side = t->kind->side, plane = (int)(k / (side * side));
    int y = (int)(k / side) % side, x = (int)(k % side);
    return t->maps + ((int64_t)plane * t->height + y) * t->width + x;
}

int64_t cvr_cutter_mirrored(const cvr_cutter *t, int64_t k)
{
    int side = t->kind->side, plane = (int)(k / (side * side));
    int64_t row = k / side % side, x = k % side;
    return ((int64_t)t->kind->mirrored(plane) * side + row) * side + side - 1 - x;
}

void cvr_cutter_cut(cvr_cutter *t, int top, int left, int down, int across, double *P,
                    int64_t ld)
{
    int64_t count = (int64_t)down * across, K = cvr_cutter_inputs(t);
    for (int64_t i = 0; i < count; i++)
        t->sum[i] = t->square[i] = 0;
    for (int64_t k = 0; k < K; k++) {
        const double *from = number(t, k) + (int64_t)top * t->width + left;
        double *to = P + k * ld, *sum = t->sum, *square = t->square;
        for (int y = 0; y < down; y++, from += t->width)
            for (int x = 0; x < across; x++) {
                *sum++ += from[x];
                *square++ += from[x] * from[x];
                *to++ = from[x];
            }
    }
    for (int64_t i = 0; i < count; i++) {
        double mean = t->kind->centred ? t->sum[i] / (double)K : 0;
        double square = t->square[i] / (double)K - mean * mean;
        t->sum[i] = mean;
        t->square[i] = 1 / sqrt((square > 0 ? square : 0) + t->kind->faint);
    }
    for (int64_t k = 0; k < K; k++)
        for (int64_t i = 0; i < count; i++)
            P[k * ld + i] = (P[k * ld + i] - t->sum[i]) * t->square[i];
}

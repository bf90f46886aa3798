/* Gray: 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601). Size: the exact average over the area
   that a new pixel covers, first along rows, then along columns; any ratio. Then the
   description of the result. */
#include "data/images.h"

#include "base/bytes.h"
#include "data/dataset.h"
#include "data/hog.h"

bool cvr_described(const cvr_transform *t)
{
    return t->mirror || (t->descriptor & ~(unsigned)CVR_HOG648) != 0;
}

/* Histograms are made of an image alone, unless there is more to tell of it. */
static bool plain_hog(const cvr_transform *t)
{
    return t->descriptor == CVR_HOG648 && !cvr_described(t);
}

bool cvr_imager_idle(const cvr_transform *t)
{
    return !t->gray && t->new_height == 0 && t->new_width == 0 && !plain_hog(t);
}

static void free_axis(cvr_axis *a)
{
    cvr_release(a->first);
    cvr_release(a->count);
    cvr_release(a->weight);
    *a = (cvr_axis){0};
}

/* New pixel i covers [i from / to, (i + 1) from / to). In units of 1 / to a pixel is `to`
   long and a new one `from`, so the weights are exact fractions. */
static void plan_pixel(cvr_axis *a, int i)
{
    int64_t begin = (int64_t)i * a->from, end = begin + a->from;
    a->first[i] = (int)(begin / a->to);
    a->count[i] = (int)((end - 1) / a->to) - a->first[i] + 1;
    for (int k = 0; k < a->count[i]; k++) {
        int64_t left = (int64_t)(a->first[i] + k) * a->to, right = left + a->to;
        left = left > begin ? left : begin;
        right = right < end ? right : end;
        a->weight[(int64_t)i * a->most + k] = (double)(right - left) / a->from;
    }
}

static cvr_status plan_axis(cvr_axis *a, int from, int to)
{
    cvr_status status = CVR_OK;
    *a = (cvr_axis){.from = from, .to = to ? to : from};
    a->most = a->from / a->to + 2;
    CVR_TRY(cvr_alloc(a->to, sizeof *a->first, "an image axis", (void **)&a->first));
    CVR_TRY(cvr_alloc(a->to, sizeof *a->count, "an image axis", (void **)&a->count));
    CVR_TRY(cvr_alloc(cvr_times(a->to, a->most), sizeof *a->weight, "an image axis",
                      (void **)&a->weight));
    for (int i = 0; i < a->to; i++)
        plan_pixel(a, i);
done:
    return status;
}

enum { LARGEST_SIDE = 1 << 12 };

/* The new size; histograms of gradients fix their own. */
static int new_side(const cvr_transform *t, int asked)
{
    return plain_hog(t) ? CVR_HOG_SIDE : asked;
}

static cvr_status no_images(const char *source)
{
    cvr_fail(CVR_BAD_DATA,
             "%s: rows are not images: gray, resize and hog648 cannot be applied",
             source);
    cvr_hint("images are in CIFAR, IDX and MAT files, and in NPY files with 3 or 4 "
             "dimensions");
    return CVR_BAD_DATA;
}

static cvr_status check_hog(const cvr_transform *t)
{
    int height = t->new_height, width = t->new_width;
    if (!plain_hog(t) || (!height && !width) ||
        (height == CVR_HOG_SIDE && width == CVR_HOG_SIDE))
        return CVR_OK;
    cvr_fail(CVR_USAGE, "hog648 describes images of 32 x 32, not %d x %d", height, width);
    cvr_hint("leave --resize out: images of any size are resized to 32 x 32");
    return CVR_USAGE;
}

static cvr_status check(const cvr_transform *t, int64_t features, const char *source)
{
    int64_t pixels = cvr_times(t->height, t->width);
    if (t->channels < 1 || cvr_times(pixels, t->channels) != features)
        return no_images(source);
    if (t->gray && t->channels != 3 && t->channels != 1)
        return cvr_fail(CVR_BAD_DATA, "%s: gray needs 3 channels, the images have %d",
                        source, t->channels);
    if (t->new_height < 0 || t->new_width < 0 || t->new_height > LARGEST_SIDE ||
        t->new_width > LARGEST_SIDE)
        return cvr_fail(CVR_USAGE, "images of %d x %d: sides are 1 to %d", t->new_height,
                        t->new_width, LARGEST_SIDE);
    return check_hog(t);
}

static int planes(const cvr_imager *m)
{
    return m->gray ? 1 : m->channels;
}

cvr_status cvr_imager_new(const cvr_transform *t, int64_t features, const char *source,
                          cvr_imager *m)
{
    cvr_status status = CVR_OK;
    *m = (cvr_imager){.channels = t->channels, .height = t->height, .width = t->width};
    CVR_TRY(check(t, features, source));
    m->gray = t->gray && t->channels == 3;
    m->hog = plain_hog(t);
    CVR_TRY(plan_axis(&m->down, t->height, new_side(t, t->new_height)));
    CVR_TRY(plan_axis(&m->across, t->width, new_side(t, t->new_width)));
    int64_t pixels = (int64_t)t->height * t->width;
    int64_t small = (int64_t)m->down.to * m->across.to * planes(m);
    m->features = m->hog ? CVR_HOG_FEATURES : small;
    CVR_TRY(cvr_alloc(pixels, sizeof(double), "an image", (void **)&m->plane));
    CVR_TRY(cvr_alloc((int64_t)t->height * m->across.to, sizeof(double), "an image",
                      (void **)&m->narrow));
    CVR_TRY(cvr_alloc(small, sizeof(double), "an image", (void **)&m->small));
    CVR_TRY(cvr_alloc(m->features, sizeof(double), "an image", (void **)&m->out));
done:
    if (status != CVR_OK)
        cvr_imager_free(m);
    return status;
}

void cvr_imager_free(cvr_imager *m)
{
    free_axis(&m->down);
    free_axis(&m->across);
    cvr_release(m->plane);
    cvr_release(m->narrow);
    cvr_release(m->small);
    cvr_release(m->out);
    *m = (cvr_imager){0};
}

/* count averages along an axis: x has a stride between its pixels, y between its own. */
static void average(const cvr_axis *a, const double *x, int64_t x_step, double *y,
                    int64_t y_step)
{
    for (int i = 0; i < a->to; i++) {
        const double *weight = a->weight + (int64_t)i * a->most;
        double sum = 0;
        for (int k = 0; k < a->count[i]; k++)
            sum += weight[k] * x[(a->first[i] + k) * x_step];
        y[i * y_step] = sum;
    }
}

static void resize(cvr_imager *m, const double *plane, double *out)
{
    int w = m->across.to;
    for (int y = 0; y < m->height; y++)
        average(&m->across, plane + (int64_t)y * m->width, 1, m->narrow + (int64_t)y * w,
                1);
    for (int x = 0; x < w; x++)
        average(&m->down, m->narrow + x, w, out + x, w);
}

static const double *gray(cvr_imager *m, const double *row)
{
    int64_t pixels = (int64_t)m->height * m->width;
    for (int64_t i = 0; i < pixels; i++)
        m->plane[i] =
            0.299 * row[i] + 0.587 * row[pixels + i] + 0.114 * row[2 * pixels + i];
    return m->plane;
}

const double *cvr_imager_row(cvr_imager *m, const double *row)
{
    int64_t pixels = (int64_t)m->height * m->width;
    int64_t small = (int64_t)m->down.to * m->across.to;
    const double *from = m->gray ? gray(m, row) : row, *to = m->small;
    if (m->down.from == m->down.to && m->across.from == m->across.to)
        to = from;
    for (int c = 0; c < planes(m) && to == m->small; c++)
        resize(m, from + c * pixels, m->small + c * small);
    if (!m->hog)
        return to;
    cvr_hog(to, planes(m), m->out);
    return m->out;
}

void cvr_imager_turn(cvr_imager *m, cvr_mat X, int64_t i, double *row, cvr_mat F)
{
    cvr_copy(cvr_mat_of(row, 1, X.cols), cvr_mat_part(X, i, 0, 1, X.cols));
    cvr_copy(cvr_mat_part(F, i, 0, 1, F.cols),
             cvr_mat_of(cvr_imager_row(m, row), 1, F.cols));
}

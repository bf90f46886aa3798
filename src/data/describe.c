#include "data/describe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "data/dataset.h"
#include "data/hog.h"
#include "data/images.h"
#include "data/patches.h"
#include "data/patches_there.h"
#include "linalg/blas_threads.h"
#include "linalg/mats.h"
#include "parallel/comm.h"
#include "parallel/threads.h"

static const struct {
    const char *name;
    unsigned descriptor;
    const cvr_maps_kind *maps; /* of a layer */
} kinds[CVR_GROUPS] = {{"pixels", CVR_PIXELS, NULL},
                       {"conv", CVR_CONV, &cvr_maps_conv},
                       {"oriented", CVR_ORIENTED, &cvr_maps_oriented},
                       {"hog648", CVR_HOG648, NULL}};

/* ---- names ------------------------------------------------------------------------- */

char *cvr_descriptor_name(unsigned descriptor)
{
    char *text = calloc(1, 64);
    if (text && descriptor == CVR_UNDESCRIBED)
        strcpy(text, "none");
    for (int k = 0; text && k < CVR_GROUPS; k++)
        if (descriptor & kinds[k].descriptor) {
            strcat(text, *text ? "+" : "");
            strcat(text, kinds[k].name);
        }
    return text;
}

int cvr_descriptor_find(const char *names)
{
    unsigned all = CVR_UNDESCRIBED;
    if (strcmp(names, "none") == 0)
        return CVR_UNDESCRIBED;
    for (const char *at = names;; at++) {
        size_t length = strcspn(at, "+");
        int k = 0;
        while (k < CVR_GROUPS && (strlen(kinds[k].name) != length ||
                                  strncmp(kinds[k].name, at, length) != 0))
            k++;
        if (k == CVR_GROUPS || all & kinds[k].descriptor)
            return -1;
        all |= kinds[k].descriptor;
        at += length;
        if (!*at)
            return (int)all;
    }
}

/* ---- groups ------------------------------------------------------------------------ */

/* What is described: planes, height and width after gray and another size. */
static cvr_planes image_of(const cvr_transform *t)
{
    return (cvr_planes){.count = t->gray ? 1 : t->channels,
                        .height = t->new_height ? t->new_height : t->height,
                        .width = t->new_width ? t->new_width : t->width,
                        .factor = t->factor};
}

int64_t cvr_description_pixels(const cvr_transform *t)
{
    cvr_planes p = image_of(t);
    return cvr_times(p.count, cvr_times(p.height, p.width));
}

static bool has(const cvr_transform *t, int k)
{
    unsigned all = t->descriptor == CVR_UNDESCRIBED ? CVR_PIXELS : t->descriptor;
    return (all & kinds[k].descriptor) != 0;
}

/* Filters of a layer: as many as of each side where mirrored. */
static int64_t filters(const cvr_transform *t)
{
    return t->filters + (t->mirror ? t->filters % 2 : 0);
}

static void size_group(const cvr_transform *t, int k, cvr_group *g)
{
    cvr_planes p = image_of(t);
    g->count = kinds[k].maps ? CVR_PATCH_CELLS * CVR_PATCH_CELLS * filters(t)
               : kinds[k].descriptor == CVR_HOG648
                   ? CVR_HOG_FEATURES
                   : (int64_t)p.count * p.height * p.width;
    g->even = t->mirror ? g->count / 2 : g->count;
    if (t->mirror && kinds[k].descriptor == CVR_PIXELS)
        g->even = (int64_t)p.count * p.height * ((p.width + 1) / 2);
}

/* The groups in the order of their columns, and how many. */
static int find_groups(const cvr_transform *t, cvr_group group[CVR_GROUPS])
{
    int count = 0;
    int64_t first = 0;
    for (int k = 0; k < CVR_GROUPS; k++)
        if (has(t, k)) {
            group[count].first = first;
            size_group(t, k, &group[count]);
            first += group[count++].count;
        }
    return count;
}

static int64_t width_of(const cvr_transform *t)
{
    cvr_group g[CVR_GROUPS];
    int count = find_groups(t, g);
    return g[count - 1].first + g[count - 1].count;
}

/* ---- even and odd parts ------------------------------------------------------------ */

/* x, y become (x + y) / sqrt 2, (x - y) / sqrt 2. */
static void turn(cvr_mat x, cvr_mat y)
{
    cvr_axpby(x, 1, y, 1);
    cvr_axpby(y, 1, x, -2);
    cvr_scale(x, sqrt(0.5));
    cvr_scale(y, sqrt(0.5));
}

/* Feature j in the mirror image. */
static int64_t mirrored_pixel(const cvr_transform *t, int64_t j)
{
    int64_t width = image_of(t).width;
    return j / width * width + width - 1 - j % width;
}

static int64_t mirrored_hog(const cvr_transform *t, int64_t j)
{
    int k = (int)(j % CVR_DIRECTIONS);
    int64_t cell = j / CVR_DIRECTIONS, c = cell % 2, r = cell / 2 % 2;
    int64_t C = cell / 4 % 3, R = cell / 12;
    (void)t;
    return (((3 * R + 2 - C) * 2 + r) * 2 + 1 - c) * CVR_DIRECTIONS +
           cvr_direction_mirrored(k);
}

/* G, a group's columns of X, from the features F in their own order. */
static void turn_features(const cvr_transform *t, const cvr_group *g, cvr_mat F,
                          cvr_mat G, int64_t (*mirrored)(const cvr_transform *, int64_t))
{
    int64_t even = 0, odd = g->even;
    if (!t->mirror) {
        cvr_copy(G, F);
        return;
    }
    for (int64_t pass = 0; pass < 2; pass++) /* pairs, then what stays as it is */
        for (int64_t j = 0; j < F.cols; j++) {
            int64_t p = mirrored(t, j);
            if (pass == 0 ? p <= j : p != j)
                continue;
            cvr_copy(cvr_mat_cols(G, even, 1), cvr_mat_cols(F, j, 1));
            if (p > j) {
                cvr_copy(cvr_mat_cols(G, odd, 1), cvr_mat_cols(F, p, 1));
                turn(cvr_mat_cols(G, even, 1), cvr_mat_cols(G, odd++, 1));
            }
            even++;
        }
}

/* ---- one group --------------------------------------------------------------------- */

/* Rows of F are made of rows of X by threads, each with what an image needs. */
typedef struct painter {
    cvr_imager imager;
    double *row;
} painter;

typedef struct team {
    painter *painter;
    int64_t threads;
    cvr_mat X, F;
    int64_t first, end; /* rows */
} team;

static void paint_some(void *ctx, int thread)
{
    const team *t = ctx;
    painter *p = &t->painter[thread];
    int64_t count = t->end - t->first, end = count * (thread + 1) / t->threads;
    for (int64_t i = count * thread / t->threads; i < end; i++)
        cvr_imager_turn(&p->imager, t->X, t->first + i, p->row, t->F);
}

static cvr_status describe_rows(const cvr_transform *t, const char *source, cvr_mat X,
                                cvr_comm *comm, cvr_mat F)
{
    enum { STRIP = 1024 };
    cvr_planes p = image_of(t);
    cvr_transform hog = {.channels = p.count,
                         .height = p.height,
                         .width = p.width,
                         .descriptor = CVR_HOG648};
    painter painters[CVR_MOST_THREADS] = {0};
    team all = {painters, cvr_blas_threads(), X, F, 0, 0};
    cvr_status status = CVR_OK;
    all.threads = all.threads < CVR_MOST_THREADS ? all.threads : CVR_MOST_THREADS;
    for (int k = 0; k < all.threads; k++) {
        CVR_TRY(cvr_imager_new(&hog, X.cols, source, &painters[k].imager));
        CVR_TRY(cvr_alloc(X.cols, sizeof(double), "an image", (void **)&painters[k].row));
    }
    for (; all.first < X.rows && !cvr_interrupt_poll(comm); all.first += STRIP) {
        all.end = all.first + STRIP < X.rows ? all.first + STRIP : X.rows;
        cvr_parallel_for((int)all.threads, paint_some, &all);
    }
done:
    for (int k = 0; k < all.threads; k++) {
        cvr_imager_free(&painters[k].imager);
        cvr_release(painters[k].row);
    }
    return status;
}

static cvr_status describe_hog(const cvr_transform *t, const char *source,
                               const cvr_group *g, cvr_mat X, cvr_comm *comm, cvr_mat G)
{
    cvr_mat F = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(X.device, X.type, X.rows, g->count, &F));
    CVR_TRY(describe_rows(t, source, X, comm, F));
    turn_features(t, g, F, G, mirrored_hog);
done:
    cvr_mat_free(&F);
    return status;
}

static cvr_patches patches_of(const cvr_transform *t, int k)
{
    const cvr_filters *f = &t->layer[k - 1];
    return (cvr_patches){.kind = kinds[k].maps,
                         .image = image_of(t),
                         .mirrored = t->mirror,
                         .W = f->W,
                         .c = f->c};
}

static cvr_status describe_layer(const cvr_dataset *data, const cvr_transform *t, int k,
                                 cvr_comm *comm, cvr_mat G)
{
    cvr_patches p = patches_of(t, k);
    int64_t half = G.cols / 2;
    cvr_status status = data->device && data->device != cvr_cpu()
                            ? cvr_patches_apply_there(&p, data->device, data->X, comm, G)
                            : cvr_patches_apply(&p, data->X, comm, G);
    for (int64_t j = 0; status == CVR_OK && t->mirror && j < half; j++)
        turn(cvr_mat_cols(G, j, 1), cvr_mat_cols(G, half + j, 1));
    return status;
}

static cvr_status describe_group(const cvr_dataset *data, const cvr_transform *t, int k,
                                 const cvr_group *g, cvr_comm *comm, cvr_mat G)
{
    if (kinds[k].maps)
        return describe_layer(data, t, k, comm, G);
    if (kinds[k].descriptor == CVR_HOG648)
        return describe_hog(t, data->source, g, data->X, comm, G);
    turn_features(t, g, data->X, G, mirrored_pixel);
    return CVR_OK;
}

/* ---- all --------------------------------------------------------------------------- */

/* Whether a transform says of images what can be made of them. */
static cvr_status check(const cvr_transform *t, const char *source)
{
    cvr_planes p = image_of(t);
    cvr_status status = CVR_OK;
    if (t->channels < 1)
        CVR_FAIL(CVR_USAGE, "%s: its rows are not images, which the features are made of",
                 source);
    if (t->filters < 1 || t->filters > CVR_FILTERS_MOST)
        CVR_FAIL(CVR_USAGE, "%d filters: they are 1 to %d", t->filters, CVR_FILTERS_MOST);
    for (int k = 0; k < CVR_GROUPS; k++)
        if (has(t, k) && kinds[k].maps)
            CVR_TRY(cvr_patches_check(kinds[k].maps, &p, source));
done:
    return status;
}

/* Whether a layer that may come from a file has the sizes that its images want. */
static bool layer_fits(const cvr_transform *t, int k)
{
    if (!has(t, k) || !kinds[k].maps)
        return true;
    cvr_patches p = patches_of(t, k);
    return p.W.rows == cvr_patches_inputs(&p) && p.W.cols == filters(t) &&
           p.c.rows == p.W.cols;
}

static cvr_status check_fitted(const cvr_transform *t, const char *source)
{
    cvr_group g[CVR_GROUPS] = {{0}};
    bool ok = isfinite(t->factor) && find_groups(t, g) == t->groups &&
              memcmp(g, t->group, (size_t)t->groups * sizeof *g) == 0;
    for (int k = 0; ok && k < CVR_GROUPS; k++)
        ok = layer_fits(t, k);
    return ok ? CVR_OK
              : cvr_fail(CVR_BAD_DATA,
                         "%s: the filters do not fit the images that they are for",
                         source);
}

cvr_status cvr_description_check(const cvr_transform *t, const char *source)
{
    cvr_status status = CVR_OK;
    CVR_TRY(check(t, source));
    CVR_TRY(check_fitted(t, source));
done:
    return status;
}

bool cvr_description_layer(const cvr_transform *t, unsigned descriptor, cvr_patches *p)
{
    for (int k = 0; k < CVR_GROUPS; k++)
        if (kinds[k].descriptor == descriptor && kinds[k].maps && has(t, k)) {
            *p = patches_of(t, k);
            return true;
        }
    return false;
}

cvr_status cvr_describe(cvr_dataset *data, const cvr_transform *t, cvr_comm *comm)
{
    const cvr_group *g = t->group;
    cvr_dataset *fresh = NULL;
    int at = 0;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_description_check(t, data->source));
    if (cvr_description_pixels(t) != data->X.cols)
        CVR_FAIL(CVR_BAD_DATA,
                 "%s: rows of %lld numbers are not the images of %lld pixels "
                 "that the features are made of",
                 data->source, (long long)data->X.cols,
                 (long long)cvr_description_pixels(t));
    CVR_TRY(cvr_dataset_new_like(data, width_of(t), 1, &fresh));
    for (int k = 0; k < CVR_GROUPS; k++)
        if (has(t, k)) {
            cvr_mat G = cvr_mat_cols(fresh->X, g[at].first, g[at].count);
            CVR_TRY(describe_group(data, t, k, &g[at], comm, G));
            at++;
        }
    cvr_mat_free(&data->X);
    data->X = fresh->X;
    fresh->X = (cvr_mat){0};
    data->transform.features = data->X.cols;
done:
    cvr_dataset_free(fresh);
    return status;
}

cvr_status cvr_describe_fit(cvr_dataset *data, cvr_comm *comm)
{
    cvr_transform *t = &data->transform;
    const cvr_patch_rows rows = {data->X, data->rows, data->first,
                                 comm,    t->seed,    data->source};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(comm, check(t, data->source)));
    for (int k = 0; k < CVR_GROUPS; k++)
        if (has(t, k) && kinds[k].maps) {
            cvr_patches p = patches_of(t, k);
            CVR_TRY(cvr_patches_fit(&p, &rows, filters(t)));
            t->layer[k - 1] = (cvr_filters){p.W, p.c};
            t->factor = p.image.factor;
        }
    t->groups = find_groups(t, t->group);
    CVR_TRY(cvr_allreduce_status(comm, cvr_describe(data, t, comm)));
    CVR_TRY(cvr_interrupt_sync(comm));
done:
    return status;
}

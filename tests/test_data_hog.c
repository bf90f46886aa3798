/* Histograms of oriented gradients: the definition, what must not change them, and their
   way through files and models. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cvxrelu/data.h>

#include "data/hog.h"
#include "data/load.h"
#include "support/files.h"

enum { SIDE = CVR_HOG_SIDE, PIXELS = SIDE * SIDE, D = CVR_HOG_FEATURES, BINS = 18 };

#define LENGTH(a) (sizeof(a) / sizeof *(a))

/* The same texture at every call: 0..255. */
static void texture(double *planes, int channels, uint64_t seed)
{
    for (int i = 0; i < channels * PIXELS; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        planes[i] = (double)(seed >> 56);
    }
}

/* ---- the definition ---------------------------------------------------------------- */

static double tent(double distance)
{
    return fmax(0, 1 - fabs(distance));
}

static double pixel(const double *plane, int y, int x)
{
    y = y < 0 ? 0 : y > SIDE - 1 ? SIDE - 1 : y;
    x = x < 0 ? 0 : x > SIDE - 1 ? SIDE - 1 : x;
    return plane[y * SIDE + x];
}

/* Orientation k of cell (r, c) before normalisation, of one plane. */
static double histogram(const double *plane, int r, int c, int k)
{
    double sum = 0, pi = acos(-1);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            double h = pixel(plane, y, x + 1) - pixel(plane, y, x - 1);
            double v = pixel(plane, y + 1, x) - pixel(plane, y - 1, x);
            double turn = remainder(atan2(v, h) - k * pi / 9, 2 * pi);
            sum += hypot(h, v) * tent(turn / (pi / 9)) * tent((y - 8 * r - 3.5) / 8) *
                   tent((x - 8 * c - 3.5) / 8);
        }
    return sum;
}

static double norm(const double *v, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += v[i] * v[i];
    return sqrt(sum);
}

static void it_is_what_the_definition_says(void **state)
{
    (void)state;
    static double plane[PIXELS], out[D];
    texture(plane, 1, 3);
    cvr_hog(plane, 1, out);
    for (int b = 0; b < 9; b++) {
        double block[4 * BINS];
        for (int i = 0; i < 4 * BINS; i++)
            block[i] =
                histogram(plane, b / 3 + i / (2 * BINS), b % 3 + i / BINS % 2, i % BINS);
        double first = norm(block, 4 * BINS);
        for (int i = 0; i < 4 * BINS; i++)
            block[i] = fmin(block[i] / first, 0.2);
        double second = norm(block, 4 * BINS);
        for (int i = 0; i < 4 * BINS; i++)
            assert_true(fabs(out[b * 4 * BINS + i] - block[i] / second) < 1e-5);
    }
}

/* Energy of all blocks by orientation, of a step between two halves. */
static void energy(bool horizontal, double first, double second, double *sum)
{
    static double plane[PIXELS], out[D];
    for (int i = 0; i < PIXELS; i++)
        plane[i] = (horizontal ? i / SIDE : i % SIDE) < SIDE / 2 ? first : second;
    cvr_hog(plane, 1, out);
    memset(sum, 0, BINS * sizeof *sum);
    for (int i = 0; i < D; i++)
        sum[i % BINS] += out[i] * out[i];
}

/* 90 degrees lie in the middle between orientations 4 and 5. */
static void an_edge_is_in_its_orientations(void **state)
{
    (void)state;
    static const struct {
        bool horizontal;
        double first, second;
        int one, other;
    } edges[] = {{false, 10, 200, 0, 0},
                 {false, 200, 10, 9, 9},
                 {true, 10, 200, 4, 5},
                 {true, 200, 10, 13, 14}};
    for (size_t e = 0; e < LENGTH(edges); e++) {
        double sum[BINS];
        energy(edges[e].horizontal, edges[e].first, edges[e].second, sum);
        for (int k = 0; k < BINS; k++)
            if (k == edges[e].one || k == edges[e].other)
                assert_true(sum[k] > 1 && fabs(sum[k] - sum[edges[e].one]) < 1e-9);
            else
                assert_true(sum[k] < 1e-20);
    }
}

/* A spot in the corner of an image is in the corner cell of the corner block alone. */
static void a_spot_is_in_its_cell(void **state)
{
    (void)state;
    static const struct {
        int y, x, cell;
    } spots[] = {{1, 1, 0}, {1, 30, 9}, {30, 1, 26}, {30, 30, 35}};
    for (size_t s = 0; s < LENGTH(spots); s++) {
        double plane[PIXELS] = {0}, out[D];
        plane[spots[s].y * SIDE + spots[s].x] = 1;
        cvr_hog(plane, 1, out);
        for (int i = 0; i < D; i++)
            assert_true(i / BINS == spots[s].cell || out[i] == 0);
        assert_true(norm(out + spots[s].cell * BINS, BINS) > 0.99);
    }
}

/* ---- what does not change it ------------------------------------------------------- */

static double farthest(const double *a, const double *b)
{
    double most = 0;
    for (int i = 0; i < D; i++)
        most = fmax(most, fabs(a[i] - b[i]));
    return most;
}

static void brightness_and_contrast_do_not_matter(void **state)
{
    (void)state;
    static const double changes[][2] = {{1, 50},    {1, -300},   {0.01, 0},
                                        {1e250, 0}, {1e-250, 0}, {3, 1000}};
    static double plane[3 * PIXELS], changed[3 * PIXELS], out[D], other[D];
    texture(plane, 3, 5);
    cvr_hog(plane, 3, out);
    for (size_t k = 0; k < LENGTH(changes); k++) {
        for (int i = 0; i < 3 * PIXELS; i++)
            changed[i] = changes[k][0] * plane[i] + changes[k][1];
        cvr_hog(changed, 3, other);
        assert_true(farthest(out, other) < 1e-7);
    }
}

static void blocks_are_short_and_numbers_finite(void **state)
{
    (void)state;
    static const double factors[] = {0, 1e-320, 1e-300, 1, 1e306};
    static double plane[3 * PIXELS], scaled[3 * PIXELS], out[D];
    texture(plane, 3, 7);
    for (size_t k = 0; k < LENGTH(factors); k++) {
        for (int i = 0; i < 3 * PIXELS; i++)
            scaled[i] = factors[k] * (plane[i] - 128);
        cvr_hog(scaled, 3, out);
        for (int i = 0; i < D; i++)
            assert_true(out[i] >= 0 && out[i] <= 1);
        for (int b = 0; b < 9; b++) {
            double length = norm(out + b * 4 * BINS, 4 * BINS);
            assert_true(length <= 1 + 1e-12);
            assert_true(factors[k] >= 1e-300 ? length > 0.99 : length == 0);
        }
    }
}

/* Rounding of a resized flat image is not texture. */
static void flat_images_have_no_gradients(void **state)
{
    (void)state;
    static double plane[PIXELS], out[D];
    for (int i = 0; i < PIXELS; i++)
        plane[i] = 200 * (1 + (i * 7 % 5 - 2) * 1e-16);
    cvr_hog(plane, 1, out);
    assert_true(norm(out, D) < 1e-3);
}

static void the_strongest_channel_counts(void **state)
{
    (void)state;
    static double planes[3 * PIXELS], out[D], alone[D];
    texture(planes, 3, 9);
    cvr_hog(planes + PIXELS, 1, alone);
    for (int i = 0; i < PIXELS; i++)
        planes[i] = planes[2 * PIXELS + i] = 40;
    cvr_hog(planes, 3, out);
    assert_true(farthest(out, alone) < 1e-12);
    for (int c = 0; c < 3; c += 2)
        memcpy(planes + c * PIXELS, planes + PIXELS, PIXELS * sizeof *planes);
    cvr_hog(planes, 3, out);
    assert_true(farthest(out, alone) < 1e-12);
}

/* ---- files and models -------------------------------------------------------------- */

enum { RECORD = 1 + 3 * PIXELS, RECORDS = 7 };

static const char *cifar(void)
{
    static unsigned char bytes[RECORDS * RECORD];
    static double planes[3 * PIXELS];
    for (int i = 0; i < RECORDS; i++) {
        texture(planes, 3, (uint64_t)i);
        bytes[i * RECORD] = (unsigned char)(i % 2);
        for (int j = 0; j < 3 * PIXELS; j++)
            bytes[i * RECORD + 1 + j] = (unsigned char)planes[j];
    }
    return cvr_test_file("c.bin", bytes, sizeof bytes);
}

static cvr_dataset *load(cvr_load how, const char *path, int rank, int size)
{
    cvr_dataset *data = NULL;
    how.paths = &path;
    how.path_count = 1;
    if (cvr_load_block(&how, rank, size, &data) != CVR_OK)
        fail_msg("%s", cvr_last_error());
    return data;
}

static void files_are_described_at_any_process_count(void **state)
{
    (void)state;
    static double planes[3 * PIXELS], out[D];
    const char *path = cifar();
    cvr_load how = {.descriptor = CVR_HOG648};
    for (int size = 1; size <= 3; size++)
        for (int rank = 0; rank < size; rank++) {
            cvr_dataset *d = load(how, path, rank, size);
            assert_int_equal(d->X.cols, D);
            assert_int_equal(d->transform.features, D);
            assert_int_equal(d->transform.raw_features, 3 * PIXELS);
            assert_int_equal(d->transform.descriptor, CVR_HOG648);
            for (int64_t i = 0; i < d->X.rows; i++) {
                texture(planes, 3, (uint64_t)(d->first + i));
                cvr_hog(planes, 3, out);
                for (int j = 0; j < D; j++)
                    assert_true(fabs(cvr_get(d->X, i, j) - out[j]) < 1e-12);
            }
            cvr_dataset_free(d);
        }
}

static void gray_comes_first(void **state)
{
    (void)state;
    static double planes[3 * PIXELS], out[D];
    cvr_load how = {
        .descriptor = CVR_HOG648, .gray = true, .new_height = 32, .new_width = 32};
    cvr_dataset *d = load(how, cifar(), 0, 1);
    texture(planes, 3, 1);
    for (int i = 0; i < PIXELS; i++)
        planes[i] = 0.299 * planes[i] + 0.587 * planes[PIXELS + i] +
                    0.114 * planes[2 * PIXELS + i];
    cvr_hog(planes, 1, out);
    for (int j = 0; j < D; j++)
        assert_true(fabs(cvr_get(d->X, 1, j) - out[j]) < 1e-12);
    cvr_dataset_free(d);
}

/* An image of 64 x 64 whose pixels are the texture's, each four times. */
static void other_sizes_are_brought_to_32(void **state)
{
    (void)state;
    static double plane[PIXELS], out[D];
    static unsigned char bytes[16 + 4 * PIXELS] = {0, 0, 8, 3,  0, 0, 0, 1,
                                                   0, 0, 0, 64, 0, 0, 0, 64};
    texture(plane, 1, 11);
    for (int i = 0; i < 4 * PIXELS; i++)
        bytes[16 + i] = (unsigned char)plane[i / 128 * SIDE + i % 64 / 2];
    const char *path = cvr_test_file("large", bytes, sizeof bytes);
    cvr_dataset *d =
        load((cvr_load){.descriptor = CVR_HOG648, .target = "none"}, path, 0, 1);
    cvr_hog(plane, 1, out);
    for (int j = 0; j < D; j++)
        assert_true(fabs(cvr_get(d->X, 0, j) - out[j]) < 1e-9);
    cvr_dataset_free(d);
}

/* Raw images given to a model of described ones. */
static void raw_images_become_the_models(void **state)
{
    (void)state;
    cvr_comm *comm = NULL;
    const char *path = cifar();
    cvr_dataset *described = load((cvr_load){.descriptor = CVR_HOG648}, path, 0, 1);
    cvr_dataset *raw = load((cvr_load){0}, path, 0, 1);
    assert_int_equal(cvr_comm_open("serial", &comm), CVR_OK);
    assert_int_equal(cvr_dataset_fit_transform(described, CVR_NORMALIZE_GLOBAL,
                                               CVR_BIAS_PENALISED, comm),
                     CVR_OK);
    assert_int_equal(cvr_dataset_transform(raw, &described->transform, 2,
                                           described->class_names, comm),
                     CVR_OK);
    assert_int_equal(raw->X.cols, D + 1);
    for (int i = 0; i < RECORDS; i++)
        for (int j = 0; j <= D; j++)
            assert_true(cvr_get(raw->X, i, j) == cvr_get(described->X, i, j));
    cvr_dataset_free(raw);
    raw = load((cvr_load){0}, path, 0, 1);
    described->transform.features = D + 1;
    assert_int_equal(cvr_dataset_transform(raw, &described->transform, 0, NULL, comm),
                     CVR_BAD_DATA);
    assert_non_null(strstr(cvr_last_error(), "become 648 features, the model takes 649"));
    cvr_dataset_free(raw);
    cvr_dataset_free(described);
    cvr_comm_free(comm);
}

static void what_cannot_be_described_is_refused(void **state)
{
    (void)state;
    cvr_dataset *data = NULL;
    const char *path = cifar();
    cvr_load how = {.paths = &path,
                    .path_count = 1,
                    .descriptor = CVR_HOG648,
                    .new_height = 10,
                    .new_width = 32};
    assert_int_equal(cvr_load_block(&how, 0, 1, &data), CVR_USAGE);
    assert_string_equal(cvr_last_error(),
                        "hog648 describes images of 32 x 32, not 10 x 32");
    path = cvr_test_text("d.csv", "1,2\n3,4\n");
    assert_int_equal(cvr_load_block(&how, 0, 1, &data), CVR_BAD_DATA);
    assert_non_null(strstr(cvr_last_error(), "rows are not images"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_what_the_definition_says),
        cmocka_unit_test(an_edge_is_in_its_orientations),
        cmocka_unit_test(a_spot_is_in_its_cell),
        cmocka_unit_test(brightness_and_contrast_do_not_matter),
        cmocka_unit_test(blocks_are_short_and_numbers_finite),
        cmocka_unit_test(flat_images_have_no_gradients),
        cmocka_unit_test(the_strongest_channel_counts),
        cmocka_unit_test(files_are_described_at_any_process_count),
        cmocka_unit_test(gray_comes_first),
        cmocka_unit_test(other_sizes_are_brought_to_32),
        cmocka_unit_test(raw_images_become_the_models),
        cmocka_unit_test(what_cannot_be_described_is_refused),
    };
    return cmocka_run_group_tests(tests, cvr_test_folder, cvr_test_remove);
}

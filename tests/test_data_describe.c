/* What is told of images: patch features by their formula, the mirror image, and their
   way through data sets and models. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/describe.h"
#include "data/from_arrays.h"
#include "data/patches.h"
#include "data/patches_there.h"
#include "linalg/mats.h"
#include "model/model_file.h"
#include "parallel/comm.h"
#include "support/device.h"
#include "support/models.h"
#include "support/problem.h"

enum {
    CHANNELS = 3,
    HEIGHT = 16,
    WIDTH = 18,
    PIXELS = CHANNELS * HEIGHT * WIDTH,
    N = 24
};

static void near(double a, double b, double tolerance)
{
    if (!(fabs(a - b) <= tolerance))
        fail_msg("%.17g and %.17g differ by more than %g", a, b, tolerance);
}

/* Smooth random images, 0 .. 255: each pixel a mean of neighbours' numbers. */
static cvr_mat images(cvr_type type, int64_t n)
{
    cvr_mat X = cvr_test_matrix(CVR_DOUBLE, n, PIXELS, 3), Y = {0};
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), type, n, PIXELS, &Y));
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < PIXELS; k++) {
            double sum = 0;
            for (int64_t next = k; next < k + 4; next++)
                sum += cvr_get(X, i, next % PIXELS);
            cvr_set(Y, i, k, fmin(fmax(128 + 40 * sum, 0), 255));
        }
    cvr_mat_free(&X);
    return Y;
}

/* Columns of pixels from the right to the left. */
static cvr_mat mirror(cvr_mat X)
{
    cvr_mat Y = {0};
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), X.type, X.rows, X.cols, &Y));
    for (int64_t k = 0; k < X.cols; k++)
        cvr_copy(cvr_mat_cols(Y, k / WIDTH * WIDTH + WIDTH - 1 - k % WIDTH, 1),
                 cvr_mat_cols(X, k, 1));
    return Y;
}

static cvr_patches fitted(const cvr_maps_kind *kind, cvr_mat X, bool mirrored, int64_t P)
{
    cvr_patches p = {.kind = kind,
                     .image = {.count = CHANNELS, .height = HEIGHT, .width = WIDTH},
                     .mirrored = mirrored};
    const cvr_patch_rows rows = {X, X.rows, 0, cvr_test_alone, 7, "test"};
    assert_int_equal(CVR_OK, cvr_patches_fit(&p, &rows, P));
    assert_int_equal(P, p.W.cols);
    assert_int_equal(cvr_patches_inputs(&p), p.W.rows);
    return p;
}

static cvr_mat features(const cvr_patches *p, cvr_mat X)
{
    cvr_mat F = {0};
    assert_int_equal(CVR_OK,
                     cvr_mat_new(cvr_cpu(), X.type, X.rows, cvr_patches_features(p), &F));
    assert_int_equal(CVR_OK, cvr_patches_apply(p, X, cvr_test_alone, F));
    return F;
}

/* ---- the formula ------------------------------------------------------------------- */

/* relu(w'p - c) of the conv patch at (y, x), p of the image's pixels as they are. */
static double response(const cvr_patches *p, cvr_mat X, int64_t j, int y, int x)
{
    int s = p->kind->side, K = (int)p->W.rows;
    double mean = 0, square = 0, sum = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int k = 0; k < K; k++) {
            int plane = k / (s * s), row = k / s % s, column = k % s;
            int64_t at = ((int64_t)plane * HEIGHT + y + row) * WIDTH + x + column;
            double v = p->image.factor * cvr_get(X, 0, at);
            mean += pass ? 0 : v / K;
            square += pass ? 0 : v * v / K;
            sum += pass ? cvr_get(p->W, k, j) * (v - mean) /
                              sqrt(square - mean * mean + p->kind->faint)
                        : 0;
        }
    return fmax(sum - cvr_get(p->c, j, 0), 0);
}

static double overlap(int i, int m, int cell)
{
    double from = fmax(i, m * cell / 3.0), to = fmin(i + 1, m * (cell + 1) / 3.0);
    return fmax(to - from, 0) / (m / 3.0);
}

static void a_feature_is_the_root_of_a_mean_of_responses_over_a_cell(void **state)
{
    (void)state;
    cvr_mat X = images(CVR_DOUBLE, N);
    cvr_patches p = fitted(&cvr_maps_conv, X, false, 5);
    cvr_mat F = features(&p, X);
    int down = HEIGHT - 5, across = WIDTH - 5;
    for (int64_t j = 0; j < 5; j++)
        for (int cell = 0; cell < 9; cell++) {
            double mean = 0;
            for (int y = 0; y < down; y++)
                for (int x = 0; x < across; x++)
                    mean += overlap(y, down, cell / 3) * overlap(x, across, cell % 3) *
                            response(&p, X, j, y, x);
            near(sqrt(mean), cvr_get(F, 0, 9 * j + cell), 1e-9);
        }
    cvr_mat_free(&X);
    cvr_mat_free(&F);
    CVR_MATS_FREE(&p.W, &p.c);
}

/* A threshold is a quantile of the responses: half of the sampled ones for conv. Few
   images and all their patches are near to a sample of them. */
static void half_of_all_responses_are_above_the_threshold_of_a_filter(void **state)
{
    (void)state;
    cvr_mat X = images(CVR_DOUBLE, N);
    cvr_patches p = fitted(&cvr_maps_conv, X, true, 4);
    for (int64_t j = 0; j < 4; j++) {
        int above = 0, all = 0;
        for (int64_t i = 0; i < N; i++)
            for (int y = 0; y < HEIGHT - 5; y++)
                for (int x = 0; x < WIDTH - 5; x++, all++)
                    above += response(&p, cvr_mat_rows(X, i, 1), j, y, x) > 0;
        near(0.5, (double)above / all, 0.04);
    }
    cvr_mat_free(&X);
    CVR_MATS_FREE(&p.W, &p.c);
}

/* ---- the mirror image -------------------------------------------------------------- */

/* To half of the digits: a feature is a root, of rounding where it is 0. */
static void half_of_the_features_are_those_of_the_mirror_image(void **state)
{
    const cvr_maps_kind *kinds[] = {&cvr_maps_conv, &cvr_maps_oriented};
    (void)state;
    for (int k = 0; k < 2; k++) {
        cvr_mat X = images(CVR_DOUBLE, N), Y = mirror(X);
        cvr_patches p = fitted(kinds[k], X, true, 6);
        cvr_mat F = features(&p, X), G = features(&p, Y);
        int64_t half = F.cols / 2;
        for (int64_t i = 0; i < N; i++)
            for (int64_t f = 0; f < half; f++) {
                near(cvr_get(F, i, f), cvr_get(G, i, half + f), 1e-6);
                near(cvr_get(G, i, f), cvr_get(F, i, half + f), 1e-6);
            }
        CVR_MATS_FREE(&X, &Y, &F, &G);
        CVR_MATS_FREE(&p.W, &p.c);
    }
}

/* On a device, position by position, they are the same but for rounding. */
static void features_are_the_same_on_a_device(void **state)
{
    (void)state;
    for (int k = 0; k < 8; k++) {
        const cvr_maps_kind *kind = k & 1 ? &cvr_maps_oriented : &cvr_maps_conv;
        cvr_type type = k & 4 ? CVR_SINGLE : CVR_DOUBLE;
        cvr_mat X = images(type, N);
        cvr_patches p = fitted(kind, X, k & 2, 6);
        cvr_mat F = features(&p, X), G = {0};
        assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), type, F.rows, F.cols, &G));
        assert_int_equal(
            CVR_OK, cvr_patches_apply_there(&p, cvr_test_device(), X, cvr_test_alone, G));
        for (int64_t f = 0; f < F.cols; f++)
            for (int64_t i = 0; i < N; i++)
                near(cvr_get(F, i, f), cvr_get(G, i, f), k & 4 ? 2e-3 : 1e-7);
        CVR_MATS_FREE(&X, &F, &G);
        CVR_MATS_FREE(&p.W, &p.c);
    }
}

/* Rows X of the processes of comm. */
static cvr_dataset *data_on(cvr_comm *comm, cvr_mat X, const char *names, bool mirrored)
{
    cvr_dataset *data = NULL;
    cvr_mat Y = {0};
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), X.type, X.rows, 1, &Y));
    for (int64_t i = 0; i < X.rows; i++)
        cvr_set(Y, i, 0, cvr_get(X, i, 7) > 128 ? 1 : -1);
    assert_int_equal(CVR_OK, cvr_dataset_from_matrix(X, Y, CVR_REGRESS, comm, &data));
    cvr_mat_free(&Y);
    cvr_transform *t = &data->transform;
    t->channels = CHANNELS;
    t->height = HEIGHT;
    t->width = WIDTH;
    t->raw_features = PIXELS;
    t->descriptor = (unsigned)cvr_descriptor_find(names);
    t->mirror = mirrored;
    t->filters = 6;
    return data;
}

static cvr_dataset *data_of(cvr_mat X, const char *names, bool mirrored)
{
    return data_on(cvr_test_alone, X, names, mirrored);
}

static void prepare(cvr_dataset *data)
{
    assert_int_equal(CVR_OK, cvr_dataset_fit_transform(data, CVR_NORMALIZE_FEATURE,
                                                       CVR_BIAS_FREE, cvr_test_alone));
}

static const char all[] = "pixels+conv+oriented+hog648";

static void
the_mirror_image_has_the_same_even_part_and_the_opposite_odd_part(void **state)
{
    (void)state;
    cvr_mat X = images(CVR_DOUBLE, N), Y = mirror(X);
    cvr_dataset *data = data_of(X, all, true), *other = data_of(Y, all, true);
    const cvr_group *g = data->transform.group;
    prepare(data);
    assert_int_equal(
        CVR_OK, cvr_dataset_transform(other, &data->transform, 0, NULL, cvr_test_alone));
    assert_int_equal(CVR_GROUPS, data->transform.groups);
    for (int k = 0; k < 4; k++)
        for (int64_t f = 0; f < g[k].count; f++)
            for (int64_t i = 0; i < N; i++)
                near(cvr_get(data->X, i, g[k].first + f) * (f < g[k].even ? 1 : -1),
                     cvr_get(other->X, i, g[k].first + f), 1e-5);
    CVR_MATS_FREE(&X, &Y);
    cvr_dataset_free(data);
    cvr_dataset_free(other);
}

static void even_and_odd_parts_keep_lengths_and_angles(void **state)
{
    (void)state;
    cvr_mat X = images(CVR_DOUBLE, N), G = {0}, H = {0};
    cvr_dataset *data = data_of(X, "pixels", true);
    assert_int_equal(CVR_OK, CVR_MATS_NEW(X, N, N, &G, &H));
    assert_int_equal(CVR_OK, cvr_describe_fit(data, cvr_test_alone));
    cvr_gemm(G, 1, CVR_N, X, CVR_T, X, 0);
    cvr_gemm(H, 1, CVR_N, data->X, CVR_T, data->X, 0);
    for (int64_t i = 0; i < N; i++)
        for (int64_t j = 0; j < N; j++)
            near(cvr_get(G, i, j), cvr_get(H, i, j), 1e-9 * cvr_get(G, i, i));
    CVR_MATS_FREE(&X, &G, &H);
    cvr_dataset_free(data);
}

/* ---- kernels of mirrored images ---------------------------------------------------- */

static cvr_model model_of(const cvr_dataset *data, const char *kernel, double beta)
{
    char text[128];
    cvr_model m = {0};
    snprintf(text, sizeof text, "--formulation kernel --kernel %s --beta %.17g", kernel,
             beta);
    cvr_test_run run = cvr_test_start(data, cvr_test_alone, text);
    assert_int_equal(CVR_OK, cvr_solver_run(run.solver, NULL, NULL, &run.result));
    assert_int_equal(CVR_OK, cvr_solver_model(run.solver, &m));
    cvr_test_end(&run);
    return m;
}

static cvr_model kernel_model(const cvr_dataset *data, double beta)
{
    return model_of(data, "ntk", beta);
}

/* Gates are closed under mirroring, and none is so for nothing: scores of an image are
   those of its mirror image. */
static void sampled_gates_do_not_tell_an_image_from_its_mirror_image(void **state)
{
    (void)state;
    static const char *const kernels[] = {"local --gate-size 3", "mix", "tree", "ntk",
                                          "exp"};
    cvr_mat X = images(CVR_DOUBLE, N), M = mirror(X), f = {0}, g = {0};
    assert_int_equal(CVR_OK, CVR_MATS_NEW(X, N, 1, &f, &g));
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
        cvr_dataset *data = data_of(X, "pixels", true),
                    *other = data_of(M, "none", false);
        prepare(data);
        cvr_model m = model_of(data, kernels[i], 0.3);
        assert_int_equal(
            CVR_OK, cvr_dataset_transform(other, &m.transform, 0, NULL, cvr_test_alone));
        assert_int_equal(CVR_OK, cvr_model_apply(&m, data, f));
        assert_int_equal(CVR_OK, cvr_model_apply(&m, other, g));
        for (int64_t j = 0; j < N; j++)
            near(cvr_get(f, j, 0), cvr_get(g, j, 0), 1e-7); /* angles near 0 */
        cvr_model_free(&m);
        cvr_dataset_free(data);
        cvr_dataset_free(other);
    }
    CVR_MATS_FREE(&X, &M, &f, &g);
}

/* A penalty is one of k, and parts of kernels have weights. */
static void mirrored_training_is_training_on_the_mirror_images_too(void **state)
{
    (void)state;
    cvr_mat X = images(CVR_DOUBLE, N), M = mirror(X), Both = {0};
    cvr_mat scores = {0}, others = {0};
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 2 * N, PIXELS, &Both));
    cvr_copy(cvr_mat_rows(Both, 0, N), X);
    cvr_copy(cvr_mat_rows(Both, N, N), M);
    cvr_dataset *one = data_of(X, "pixels", true), *two = data_of(Both, "pixels", false);
    for (int64_t i = 0; i < N; i++)
        cvr_set(two->Y, N + i, 0, cvr_get(one->Y, i, 0));
    prepare(one);
    prepare(two);
    cvr_model a = kernel_model(one, 0.3), b = kernel_model(two, 1);
    double ratio = b.machine.part[0].weight / a.machine.part[0].weight;
    cvr_model_free(&b);
    b = kernel_model(two, 0.3 * ratio);
    assert_int_equal(CVR_OK, CVR_MATS_NEW(X, N, 1, &scores));
    assert_int_equal(CVR_OK, CVR_MATS_NEW(X, 2 * N, 1, &others));
    assert_int_equal(CVR_OK, cvr_model_apply(&a, one, scores));
    assert_int_equal(CVR_OK, cvr_model_apply(&b, two, others));
    for (int64_t i = 0; i < N; i++)
        near(cvr_get(scores, i, 0), cvr_get(others, i, 0), 1e-7);
    CVR_MATS_FREE(&X, &M, &Both, &scores, &others);
    cvr_model_free(&a);
    cvr_model_free(&b);
    cvr_dataset_free(one);
    cvr_dataset_free(two);
}

/* ---- models ------------------------------------------------------------------------ */

static void a_model_in_a_file_describes_images_as_it_did(void **state)
{
    (void)state;
    cvr_mat X = images(CVR_DOUBLE, N);
    cvr_dataset *data = data_of(X, all, true), *again = data_of(X, "none", false);
    unsigned char *bytes = NULL;
    size_t length = 0;
    prepare(data);
    cvr_model m = kernel_model(data, 0.1), copy = {0};
    assert_int_equal(CVR_OK, cvr_model_to_bytes(&m, &bytes, &length));
    assert_int_equal(CVR_OK, cvr_model_from_bytes(bytes, length, &copy));
    assert_int_equal(
        CVR_OK, cvr_dataset_transform(again, &copy.transform, 0, NULL, cvr_test_alone));
    assert_int_equal(data->X.cols, again->X.cols);
    for (int64_t f = 0; f < data->X.cols; f++)
        near(cvr_get(data->X, 3, f), cvr_get(again->X, 3, f), 1e-12);
    free(bytes);
    cvr_mat_free(&X);
    cvr_model_free(&m);
    cvr_model_free(&copy);
    cvr_dataset_free(data);
    cvr_dataset_free(again);
}

static void names_are_sums_of_known_ones(void **state)
{
    (void)state;
    char *name = cvr_descriptor_name((unsigned)cvr_descriptor_find("hog648+conv"));
    assert_string_equal("conv+hog648", name);
    free(name);
    assert_int_equal(CVR_UNDESCRIBED, cvr_descriptor_find("none"));
    const char *const wrong[] = {"",          "+",         "conv+",
                                 "conv+conv", "none+conv", "convolution"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(-1, cvr_descriptor_find(wrong[i]));
}

/* ---- processes --------------------------------------------------------------------- */

static void features_do_not_depend_on_the_number_of_processes(void **state)
{
    (void)state;
    int rank = cvr_comm_rank(cvr_test_all), size = cvr_comm_size(cvr_test_all);
    int64_t first = N * rank / size, own = N * (rank + 1) / size - first;
    cvr_mat X = images(CVR_DOUBLE, N);
    cvr_dataset *alone = data_of(X, all, true);
    cvr_dataset *part = data_on(cvr_test_all, cvr_mat_rows(X, first, own), all, true);
    prepare(alone);
    assert_int_equal(CVR_OK, cvr_dataset_fit_transform(part, CVR_NORMALIZE_FEATURE,
                                                       CVR_BIAS_FREE, cvr_test_all));
    for (int64_t i = 0; i < own; i++)
        for (int64_t f = 0; f < alone->X.cols; f++)
            near(cvr_get(alone->X, first + i, f), cvr_get(part->X, i, f), 1e-5);
    cvr_mat_free(&X);
    cvr_dataset_free(alone);
    cvr_dataset_free(part);
}

/* ---- what cannot be described ------------------------------------------------------ */

static void flat_or_small_images_are_refused(void **state)
{
    (void)state;
    cvr_mat X = images(CVR_DOUBLE, N);
    cvr_dataset *small = data_of(X, "conv", false), *flat = data_of(X, "conv", true);
    small->transform.height = 6;
    small->transform.width = 48;
    assert_int_equal(CVR_USAGE, cvr_dataset_fit_transform(small, CVR_NORMALIZE_FEATURE,
                                                          CVR_BIAS_FREE, cvr_test_alone));
    assert_non_null(strstr(cvr_last_error(), "too small"));
    cvr_fill(flat->X, 3);
    assert_int_equal(CVR_BAD_DATA,
                     cvr_dataset_fit_transform(flat, CVR_NORMALIZE_FEATURE, CVR_BIAS_FREE,
                                               cvr_test_alone));
    assert_non_null(strstr(cvr_last_error(), "flat"));
    cvr_mat_free(&X);
    cvr_dataset_free(small);
    cvr_dataset_free(flat);
}

/* ---- a call that is to end --------------------------------------------------------- */

static int end(void *user)
{
    (void)user;
    return CVR_END;
}

/* Never half-described images. */
static void a_description_that_is_left_is_not_taken_for_one(void **state)
{
    (void)state;
    cvr_mat X = images(CVR_DOUBLE, N);
    cvr_dataset *data = data_of(X, all, true), *other = data_of(X, all, true);
    cvr_dataset *fresh = data_of(X, all, true);
    prepare(data);
    cvr_interrupt_source before =
        cvr_interrupt_swap(cvr_test_alone, (cvr_interrupt_source){end, NULL});
    assert_int_equal(CVR_INTERRUPTED, cvr_dataset_transform(other, &data->transform, 0,
                                                            NULL, cvr_test_alone));
    cvr_interrupt_swap(cvr_test_alone, (cvr_interrupt_source){end, NULL});
    assert_int_equal(CVR_INTERRUPTED,
                     cvr_dataset_fit_transform(fresh, CVR_NORMALIZE_FEATURE,
                                               CVR_BIAS_FREE, cvr_test_alone));
    cvr_interrupt_swap(cvr_test_alone, before);
    cvr_mat_free(&X);
    cvr_dataset_free(data);
    cvr_dataset_free(other);
    cvr_dataset_free(fresh);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_feature_is_the_root_of_a_mean_of_responses_over_a_cell),
        cmocka_unit_test(half_of_all_responses_are_above_the_threshold_of_a_filter),
        cmocka_unit_test(half_of_the_features_are_those_of_the_mirror_image),
        cmocka_unit_test(
            the_mirror_image_has_the_same_even_part_and_the_opposite_odd_part),
        cmocka_unit_test(even_and_odd_parts_keep_lengths_and_angles),
        cmocka_unit_test(mirrored_training_is_training_on_the_mirror_images_too),
        cmocka_unit_test(sampled_gates_do_not_tell_an_image_from_its_mirror_image),
        cmocka_unit_test(a_model_in_a_file_describes_images_as_it_did),
        cmocka_unit_test(names_are_sums_of_known_ones),
        cmocka_unit_test(features_do_not_depend_on_the_number_of_processes),
        cmocka_unit_test(a_description_that_is_left_is_not_taken_for_one),
        cmocka_unit_test(features_are_the_same_on_a_device),
        cmocka_unit_test(flat_or_small_images_are_refused),
    };
    return cmocka_run_group_tests(tests, cvr_test_open_comms, cvr_test_close_comms);
}

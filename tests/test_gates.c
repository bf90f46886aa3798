/* Gates that are drawn run between the rows of the data, never through one: on which side
   a row is does not depend on the order of additions. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "convex/gate_kind.h"
#include "convex/gates.h"
#include "support/problem.h"

/* ---- data with rows on boundaries -------------------------------------------------- */

/* Images with areas of one grey. */
static cvr_dataset *images(cvr_type type, bool ones)
{
    cvr_generate what = {
        .kind = "glyphs", .rows = 80, .classes = 3, .seed = 5, .type = type};
    cvr_dataset *data = NULL;
    assert_int_equal(CVR_OK, cvr_dataset_generate(&what, cvr_test_alone, &data));
    assert_int_equal(CVR_OK,
                     cvr_dataset_fit_transform(data, CVR_NORMALIZE_GLOBAL,
                                               ones ? CVR_BIAS_PENALISED : CVR_BIAS_NONE,
                                               cvr_test_alone));
    return data;
}

/* Rows on a grid of thirds: planes halfway between two of them hold others. */
static cvr_dataset *grid(cvr_type type, bool ones)
{
    cvr_dataset *data = cvr_test_data(cvr_test_alone, type, 60, 3, 1);
    data->transform.bias = ones ? CVR_BIAS_PENALISED : CVR_BIAS_NONE;
    for (int64_t i = 0; i < data->rows; i++) {
        for (int64_t j = 0; j < (ones ? 2 : 3); j++)
            cvr_set(data->X, i, j, nearbyint(cvr_get(data->X, i, j) * 2) / 3);
        cvr_set(data->Y, i, 0, i % 2 ? 1 : -1);
    }
    return data;
}

typedef struct drawn {
    cvr_dataset *data;
    cvr_settings *settings;
    cvr_mat H, D;
} drawn;

static drawn draw(cvr_dataset *data, const char *text)
{
    drawn g = {.data = data, .settings = cvr_test_settings("convex", text)};
    cvr_problem problem = {.X = data->X,
                           .Y = data->Y,
                           .rows = data->rows,
                           .train = data,
                           .comm = cvr_test_alone,
                           .settings = g.settings,
                           .seed = 3};
    assert_int_equal(CVR_OK, cvr_gates_draw(&problem, &g.H, &g.D));
    return g;
}

static void put_away(drawn *g)
{
    cvr_mat_free(&g->H);
    cvr_mat_free(&g->D);
    cvr_settings_free(g->settings);
    cvr_dataset_free(g->data);
}

/* ---- promises ---------------------------------------------------------------------- */

/* h'x with additions from the first on or from the last on, and sum |h_k x_k|. */
static double margin(const drawn *g, int64_t i, int64_t j, bool backwards, double *size)
{
    int64_t d = g->H.rows;
    double sum = 0;
    *size = 0;
    for (int64_t k = 0; k < d; k++) {
        int64_t at = backwards ? d - 1 - k : k;
        double term = cvr_get(g->data->X, i, at) * cvr_get(g->H, at, j);
        sum += term;
        *size += fabs(term);
    }
    return sum;
}

/* A row is off the boundary by more than rounding, or all its products are zero. */
static void check_apart(const drawn *g, const char *what)
{
    double unit = g->H.type == CVR_SINGLE ? FLT_EPSILON : DBL_EPSILON, size;
    for (int64_t j = 0; j < g->H.cols; j++)
        for (int64_t i = 0; i < g->D.rows; i++) {
            double one = margin(g, i, j, false, &size);
            double other = margin(g, i, j, true, &size);
            if (size > 0 && !(fabs(one) > 2 * unit * size))
                fail_msg("%s: row %d is on gate %d: %g of %g", what, (int)i, (int)j, one,
                         size);
            assert_true((one >= 0) == (other >= 0));
            assert_true(cvr_get(g->D, i, j) == (one >= 0));
        }
}

/* A new kind is tested by being in the table. */
#define OPTION(name, about) "--gate-size 5 --gate-kind " #name,
static const char *const kinds[] = {CVR_GATE_KINDS(OPTION, OPTION)};
enum { KINDS = sizeof kinds / sizeof *kinds };

static const char *with_patterns(int patterns, int kind, char text[80])
{
    snprintf(text, 80, "--patterns %d %s", patterns, kinds[kind]);
    return text;
}

static void no_row_is_on_the_boundary_of_a_drawn_gate(void **state)
{
    char text[80];
    (void)state;
    for (int type = 0; type < 2; type++)
        for (int ones = 0; ones < 2; ones++)
            for (int k = 0; k < KINDS; k++) {
                drawn g = draw(images(type, ones), with_patterns(30, k, text));
                assert_true(g.H.cols >= 10);
                check_apart(&g, text);
                put_away(&g);
                if (cvr_gate_kinds[k]->check) /* for images alone */
                    continue;
                g = draw(grid(type, ones), text);
                check_apart(&g, text);
                put_away(&g);
            }
}

static void a_few_gates_are_the_first_of_more(void **state)
{
    char text[80];
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        drawn few = draw(images(CVR_DOUBLE, true), with_patterns(6, k, text));
        drawn more = draw(images(CVR_DOUBLE, true), with_patterns(20, k, text));
        assert_true(few.H.cols == 6 && more.H.cols > 6);
        assert_true(cvr_distance2(few.H, cvr_mat_cols(more.H, 0, 6)) == 0);
        assert_true(cvr_distance2(few.D, cvr_mat_cols(more.D, 0, 6)) == 0);
        put_away(&few);
        put_away(&more);
    }
}

/* Rows 0, 1, 2 of classes a, b, a: the plane between 0 and 2 would run through 1. */
static void a_threshold_goes_halfway_to_the_next_value(void **state)
{
    (void)state;
    cvr_dataset *data = cvr_test_data(cvr_test_alone, CVR_DOUBLE, 4, 2, 1);
    data->transform.bias = CVR_BIAS_PENALISED;
    for (int64_t i = 0; i < 4; i++) {
        cvr_set(data->X, i, 0, (double)i);
        cvr_set(data->Y, i, 0, i < 2 ? 1 : -1);
    }
    drawn g = draw(data, "--patterns 20 --gate-kind pairs");
    for (int64_t j = 0; j < g.H.cols; j++) {
        double at = -cvr_get(g.H, 1, j) / cvr_get(g.H, 0, j);
        assert_true(fabs(at - floor(at) - 0.5) <= 1e-5);
    }
    put_away(&g);
}

/* Gates of `mix` come in turn of all coordinates, one, and two; the second of a pair is
   the other side of the first but for the row that both run beside. */
static void mixed_gates_have_both_sides(void **state)
{
    (void)state;
    enum { ROWS = 60, D = 7, GATES = 18 };
    static const int64_t entries[] = {D - 1, 1, 2};
    cvr_dataset *data = cvr_test_data(cvr_test_alone, CVR_DOUBLE, ROWS, D, 1);
    data->transform.bias = CVR_BIAS_PENALISED;
    for (int64_t i = 0; i < ROWS; i++)
        cvr_set(data->X, i, D - 1, 1);
    drawn g = draw(data, "--patterns 18 --gate-kind mix");
    assert_int_equal(GATES, g.H.cols);
    for (int64_t j = 0; j < GATES; j += 2) {
        cvr_mat h = cvr_mat_part(g.H, 0, j, D - 1, 1), other = h;
        int64_t alike = 0;
        other.data = (double *)h.data + h.ld;
        assert_int_equal(entries[j / 2 % 3], cvr_count_nonzero(h));
        for (int64_t k = 0; k < D - 1; k++)
            assert_true(cvr_get(h, k, 0) == -cvr_get(other, k, 0));
        for (int64_t i = 0; i < ROWS; i++)
            alike += cvr_get(g.D, i, j) == cvr_get(g.D, i, j + 1);
        assert_true(alike <= 1);
    }
    put_away(&g);
}

/* Gate 2 k + 1 of `mirrored` is the mirror image of gate 2 k. */
static void mirrored_patches_come_in_pairs(void **state)
{
    (void)state;
    enum { SIDE = 28, GATES = 12 };
    drawn g = draw(images(CVR_DOUBLE, true),
                   "--patterns 12 --gate-size 9 --gate-kind mirrored");
    assert_int_equal(GATES, g.H.cols);
    assert_int_equal(SIDE * SIDE + 1, g.H.rows);
    for (int64_t j = 0; j < GATES; j += 2)
        for (int64_t k = 0; k < SIDE * SIDE; k++)
            assert_true(cvr_get(g.H, k, j) ==
                        cvr_get(g.H, k / SIDE * SIDE + SIDE - 1 - k % SIDE, j + 1));
    put_away(&g);
}

/* ---- gates of a file --------------------------------------------------------------- */

static void listen(cvr_log_level level, const char *sentence, void *user)
{
    (void)level;
    snprintf(user, 300, "%s", sentence);
}

static void gates_of_a_file_stay_and_their_ties_are_counted(void **state)
{
    (void)state;
    char note[300] = "";
    FILE *file = fopen("ties.csv", "w");
    assert_non_null(file);
    fputs("1,-1\n1,-1.5\n", file);
    fclose(file);
    cvr_dataset *data = cvr_test_data(cvr_test_alone, CVR_DOUBLE, 6, 2, 1);
    data->transform.bias = CVR_BIAS_PENALISED;
    for (int64_t i = 0; i < 6; i++)
        cvr_set(data->X, i, 0, (double)(i / 2));
    cvr_log_to(listen, note);
    drawn g = draw(data, "--gates ties.csv");
    cvr_log_to(NULL, NULL);
    assert_true(cvr_get(g.H, 1, 0) == -1 && cvr_get(g.H, 1, 1) == -1.5);
    assert_non_null(strstr(note, "1 of the 2 gates of ties.csv run through rows of the "
                                 "data (2 in all)"));
    put_away(&g);
    remove("ties.csv");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_row_is_on_the_boundary_of_a_drawn_gate),
        cmocka_unit_test(a_few_gates_are_the_first_of_more),
        cmocka_unit_test(a_threshold_goes_halfway_to_the_next_value),
        cmocka_unit_test(mixed_gates_have_both_sides),
        cmocka_unit_test(mirrored_patches_come_in_pairs),
        cmocka_unit_test(gates_of_a_file_stay_and_their_ties_are_counted),
    };
    return cmocka_run_group_tests(tests, cvr_test_open_comms, cvr_test_close_comms);
}

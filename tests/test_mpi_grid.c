/* Layers over processes: the weights of one process, bit for bit where one stack has all
   rows; two numbers a unit and row at each cut; checkpoints, endings, refusals. Runs
   alone and under mpirun. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "deep/code.h"
#include "linalg/ops.h"
#include "parallel/comm.h"
#include "support/classes.h"
#include "support/files.h"
#include "support/problem.h"
#include "support/resume.h"

enum { ROWS = 203 };

static const struct {
    const char *method, *text;
    int classes;
    cvr_type type;
} trials[] = {
    {"deep", "--layers 9,8,7,6,5 --block 16", 3, CVR_DOUBLE},
    {"deep", "--layers 30,8,7 --block 1000 --damping 0.01", 2, CVR_DOUBLE},
    {"deep", "--layers 9,8,7 --block 1 --loss squared", 3, CVR_DOUBLE},
    {"deep", "--layers 9,8,7,6,5 --block 31 --validation 0.2", 3, CVR_SINGLE},
    {"pdadmm", "--layers 9,8,7,6,5 --block 16", 3, CVR_DOUBLE},
    {"pdadmm", "--layers 9,30,7 --order paper --loss softmax", 2, CVR_DOUBLE},
    {"pdadmm", "--layers 9,8,7,6,5 --threads 3 --validation 0.2", 3, CVR_SINGLE},
    {"pdadmm", "--layers 9,8,7,6,5 --quantise 16", 3, CVR_DOUBLE},
    {"pdadmm", "--layers 9,8,7,6,5 --quantise 8", 2, CVR_SINGLE},
    {"pdadmm", "--layers 9,8,7,6,5 --quantise 4", 3, CVR_DOUBLE},
};
enum { TRIALS = sizeof trials / sizeof *trials };

static int size, rank;

/* The options, on R x columns processes. */
static const char *on_grid(const char *text, int rows, int columns)
{
    static char all[300];
    snprintf(all, sizeof all, "%s --max-iterations 8 --grid %dx%d", text, rows, columns);
    return all;
}

static const char *without(const char *text)
{
    static char all[300];
    snprintf(all, sizeof all, "%s --max-iterations 8", text);
    return all;
}

typedef struct outcome {
    double objective, accuracy;
    cvr_model m;
} outcome;

static outcome train(int k, cvr_comm *comm, const char *text)
{
    cvr_dataset *data =
        cvr_test_classes(comm, trials[k].type, 0, ROWS, 4, trials[k].classes);
    cvr_test_training t = cvr_test_train(trials[k].method, data, data, comm, text);
    outcome o = {t.result.objective, t.result.test.accuracy, {0}};
    assert_int_equal(CVR_OK, cvr_solver_model(t.solver, &o.m));
    cvr_test_trained(&t);
    cvr_dataset_free(data);
    return o;
}

static double apart(const outcome *a, const outcome *b)
{
    double most = 0, size_of = 0;
    for (int l = 0; l < a->m.depth; l++) {
        cvr_mat A = a->m.layers[l].W, B = b->m.layers[l].W;
        for (int64_t i = 0; i < A.rows; i++)
            for (int64_t j = 0; j < A.cols; j++) {
                most = fmax(most, fabs(cvr_get(A, i, j) - cvr_get(B, i, j)));
                size_of = fmax(size_of, fabs(cvr_get(A, i, j)));
            }
    }
    return most / size_of;
}

static void compare(int k, int rows, int columns)
{
    outcome one = train(k, cvr_test_alone, without(trials[k].text));
    outcome many = train(k, cvr_test_all, on_grid(trials[k].text, rows, columns));
    double tolerance = rows == 1 ? 0 : trials[k].type == CVR_DOUBLE ? 1e-9 : 1e-2;
    double d = apart(&one, &many);
    if (!(d <= tolerance))
        fail_msg("%s %s on %d x %d: weights are %g apart", trials[k].method,
                 trials[k].text, rows, columns, d);
    assert_true(fabs(one.objective - many.objective) <=
                (trials[k].type == CVR_DOUBLE ? 1e-9 : 1e-2) * fabs(one.objective));
    if (rows == 1)
        assert_true(one.accuracy == many.accuracy);
    cvr_model_free(&one.m);
    cvr_model_free(&many.m);
}

static void columns_of_layers_find_the_weights_of_one_process(void **state)
{
    (void)state;
    for (int k = 0; k < TRIALS; k++)
        compare(k, 1, size);
}

static void rows_and_columns_find_them_up_to_rounding(void **state)
{
    (void)state;
    for (int k = 0; k < TRIALS; k++) {
        compare(k, size, 1);
        if (size == 4)
            compare(k, 2, 2);
    }
}

/* ---- messages ---------------------------------------------------------------------- */

/* Bytes that all processes send in one more iteration. */
static double message(const char *method, const char *text, int64_t rows)
{
    double bytes[2];
    for (int k = 0; k < 2; k++) {
        char all[300];
        snprintf(all, sizeof all,
                 "--layers 10,10,10,10,10,10,10 --grid 1x%d --max-iterations %d "
                 "--measure-every 1000 %s",
                 size, 3 + k, text);
        cvr_dataset *data = cvr_test_classes(cvr_test_all, CVR_DOUBLE, 0, rows, 4, 2);
        int64_t before = cvr_comm_traffic(cvr_test_all).bytes;
        cvr_test_training t = cvr_test_train(method, data, NULL, cvr_test_all, all);
        bytes[k] = (double)(cvr_comm_traffic(cvr_test_all).bytes - before);
        cvr_test_trained(&t);
        cvr_dataset_free(data);
    }
    assert_int_equal(CVR_OK, cvr_allreduce_sum(cvr_test_all, bytes, 2));
    return bytes[1] - bytes[0];
}

/* n_l N numbers up and n_l N down at each cut, and what does not depend on N. */
static void two_numbers_a_unit_and_row_cross_a_cut(void **state)
{
    static const char *const methods[] = {"deep", "pdadmm"};
    (void)state;
    for (int k = 0; k < 2; k++) {
        double few = message(methods[k], "", 50), many = message(methods[k], "", 250);
        assert_true(many - few == 8.0 * 2 * 10 * 200 * (size - 1));
        assert_true(few - 8.0 * 2 * 10 * 50 * (size - 1) <= 8.0 * 40 * size);
    }
}

/* bits / 8 bytes in place of 8, and two floats a unit: of 8 bits at most 14 % at 140
   rows. */
static void codes_of_few_bits_cross_a_cut(void **state)
{
    (void)state;
    for (int bits = 4; bits <= 16; bits *= 2) {
        char text[40];
        snprintf(text, sizeof text, "--quantise %d", bits);
        double few = message("pdadmm", text, 50), many = message("pdadmm", text, 250);
        assert_true(many - few == bits / 8.0 * 2 * 10 * 200 * (size - 1));
    }
    cvr_deep_coder c = {.bits = 8, .rows = 140};
    assert_true((double)cvr_deep_coded_bytes(&c, 200) <= 0.14 * 8 * 200 * 140);
    assert_int_equal(2 * cvr_deep_coded_bytes(&c, 200), 59200);
}

/* Decoded is what the sender goes on with, to the bit, and near what it was. */
static void both_sides_of_a_code_have_the_same_numbers(void **state)
{
    enum { CODED = 37, UNITS = 3 };
    double column[CODED], extent[2 * UNITS];
    unsigned char bytes[UNITS * (8 + 2 * CODED)];
    (void)state;
    for (int type = CVR_DOUBLE; type <= CVR_SINGLE; type++)
        for (int bits = 4; bits <= 16; bits *= 2) {
            cvr_deep_coder c = {.bits = bits, .rows = CODED, .column = column};
            cvr_mat A = {0}, B = {0}, was = {0};
            cvr_mat *all[] = {&A, &B, &was};
            for (int k = 0; k < 3; k++)
                assert_int_equal(
                    CVR_OK, cvr_mat_new(cvr_cpu(), (cvr_type)type, CODED, UNITS, all[k]));
            cvr_random_normal(A, 3, 99, 0);
            cvr_fill(cvr_mat_cols(A, 1, 1), 0.1);
            cvr_copy(was, A);
            cvr_deep_extent(&c, A, extent);
            cvr_deep_encode(&c, A, extent, bytes);
            cvr_deep_decode(&c, B, bytes);
            size_t size_of = (size_t)cvr_mat_bytes(A.type, CODED, UNITS);
            assert_memory_equal(A.data, B.data, size_of);
            for (int j = 0; j < UNITS; j++) {
                double range = extent[2 * j] + extent[2 * j + 1];
                for (int i = 0; i < CODED; i++)
                    assert_true(fabs(cvr_get(A, i, j) - cvr_get(was, i, j)) <=
                                0.5001 * range / ((1 << bits) - 1) + 1e-6);
            }
            for (int k = 0; k < 3; k++)
                cvr_mat_free(all[k]);
        }
}

/* ---- checkpoints, endings ---------------------------------------------------------- */

static void a_resumed_run_ends_as_one_that_was_not_cut(void **state)
{
    const char *path = cvr_test_path("cut");
    (void)state;
    for (int k = 0; k < TRIALS; k++) {
        char text[300];
        int columns = size == 4 && k % 2 ? 2 : size;
        snprintf(text, sizeof text, "%s --grid %dx%d", trials[k].text, size / columns,
                 columns);
        const cvr_test_cut cut = {
            trials[k].method, text, trials[k].classes, 1, 4, 8, false, 0};
        cvr_dataset *data = cvr_test_cut_data(&cut, cvr_test_all, trials[k].type);
        cvr_test_training whole =
            cvr_test_part(&cut, data, NULL, cvr_test_all, 8, NULL, NULL);
        cvr_test_training first =
            cvr_test_part(&cut, data, NULL, cvr_test_all, 4, NULL, path);
        cvr_test_trained(&first);
        cvr_test_training rest =
            cvr_test_part(&cut, data, NULL, cvr_test_all, 8, path, NULL);
        int64_t a = 0, b = 0;
        unsigned char *one = cvr_test_model_bytes(whole.solver, &a);
        unsigned char *two = cvr_test_model_bytes(rest.solver, &b);
        if (a != b || memcmp(one, two, (size_t)a) != 0)
            fail_msg("%s %s: another model", trials[k].method, text);
        assert_true(whole.result.objective == rest.result.objective);
        cvr_release(one);
        cvr_release(two);
        cvr_test_trained(&whole);
        cvr_test_trained(&rest);
        cvr_dataset_free(data);
    }
}

static int asked;

static int end_after(void *user)
{
    return ++asked >= *(const int *)user ? CVR_END : CVR_GO_ON;
}

/* Whenever the last process wishes it, within a step too. */
static void all_leave_together(void **state)
{
    (void)state;
    for (int k = 0; k < TRIALS; k += 4)
        for (int questions = 1; questions < 400; questions += 37) {
            int never = 1 << 30;
            cvr_settings *s =
                cvr_test_settings(trials[k].method, on_grid(trials[k].text, 1, size));
            cvr_dataset *data =
                cvr_test_classes(cvr_test_all, trials[k].type, 0, ROWS, 4, 3);
            cvr_solver *solver = NULL;
            cvr_progress p;
            asked = 0;
            cvr_comm_question(cvr_test_all, end_after,
                              rank == size - 1 ? &questions : &never);
            cvr_status status = cvr_solver_new(data, NULL, cvr_test_all, s, &solver);
            if (status == CVR_OK)
                status = cvr_solver_run(solver, NULL, NULL, &p);
            cvr_comm_question(cvr_test_all, NULL, NULL);
            assert_true(status == CVR_OK || status == CVR_INTERRUPTED);
            cvr_solver_free(solver);
            cvr_settings_free(s);
            cvr_dataset_free(data);
        }
}

/* ---- refusals ---------------------------------------------------------------------- */

static void refused(const char *method, const char *text, const char *words)
{
    cvr_settings *s = cvr_test_settings(method, text);
    cvr_dataset *data = cvr_test_classes(cvr_test_all, CVR_DOUBLE, 0, ROWS, 4, 3);
    cvr_solver *solver = NULL;
    assert_int_equal(CVR_USAGE, cvr_solver_new(data, NULL, cvr_test_all, s, &solver));
    assert_null(solver);
    if (!strstr(cvr_last_error(), words))
        fail_msg("%s: '%s' does not say '%s'", text, cvr_last_error(), words);
    cvr_settings_free(s);
    cvr_dataset_free(data);
}

static void grids_that_do_not_match_are_refused(void **state)
{
    char text[100];
    (void)state;
    refused("deep", "--grid 7x9", "is of 63 processes");
    refused("deep", "--grid 4", "parts of the rows times columns");
    refused("pdadmm", "--grid 1x", "parts of the rows times columns");
    snprintf(text, sizeof text, "--sweep paper --grid 1x%d", size);
    refused("deep", text, "for sweep refresh");
    snprintf(text, sizeof text, "--layers none --grid 1x%d", size);
    if (size > 1)
        refused("deep", text, "columns for 1 layers");
    snprintf(text, sizeof text, "--layers 5,5,5 --blocks majorised --grid 1x%d", size);
    if (size > 1)
        refused("pdadmm", text, "blocks exact");
}

static int open_all(void **state)
{
    int failed = cvr_test_open_all(state);
    size = cvr_comm_size(cvr_test_all);
    rank = cvr_comm_rank(cvr_test_all);
    return failed;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_of_layers_find_the_weights_of_one_process),
        cmocka_unit_test(rows_and_columns_find_them_up_to_rounding),
        cmocka_unit_test(two_numbers_a_unit_and_row_cross_a_cut),
        cmocka_unit_test(codes_of_few_bits_cross_a_cut),
        cmocka_unit_test(both_sides_of_a_code_have_the_same_numbers),
        cmocka_unit_test(a_resumed_run_ends_as_one_that_was_not_cut),
        cmocka_unit_test(all_leave_together),
        cmocka_unit_test(grids_that_do_not_match_are_refused),
    };
    return cmocka_run_group_tests_name("grid", tests, open_all, cvr_test_close_all);
}

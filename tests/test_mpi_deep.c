/* The deep family on several processes: the same iterates, one message an iteration whose
   size does not depend on the rows. Runs alone and under mpirun. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "linalg/ops.h"
#include "support/classes.h"
#include "support/problem.h"
#include "support/wide.h"

typedef struct trial {
    const char *method, *text;
    int classes;
    cvr_type type;
    double tolerance; /* relative, on the objective after these iterations */
} trial;

static const trial trials[] = {
    {"deep", "--layers 8,5 --max-iterations 15", 2, CVR_DOUBLE, 1e-9},
    {"deep", "--layers 8,5 --max-iterations 15 --block 7", 3, CVR_DOUBLE, 1e-9},
    {"deep", "--layers 8 --max-iterations 15 --loss softmax", 2, CVR_DOUBLE, 1e-9},
    {"deep", "--layers 8,5 --max-iterations 15 --loss squared --warm 4", 3, CVR_DOUBLE,
     1e-9},
    {"deep", "--layers 8,5 --max-iterations 15 --sweep paper", 2, CVR_DOUBLE, 1e-9},
    {"deep",
     "--layers 8,5 --max-iterations 15 --sweep paper --init gaussian --multiplier full",
     3, CVR_DOUBLE, 1e-9},
    {"deep", "--layers 8,5 --max-iterations 15 --ridge 0 --damping 0.01", 2, CVR_DOUBLE,
     1e-9},
    {"deep", "--layers 8,5 --max-iterations 15 --threads 3", 2, CVR_DOUBLE, 1e-9},
    {"deep", "--layers 8,5 --max-iterations 5", 3, CVR_SINGLE, 1e-3},
    {"deep", "--layers 8,5 --max-iterations 5 --ridge 1e-4", 2, CVR_SINGLE, 1e-3},
    {"mdlam", "--layers 8,5 --max-iterations 15", 3, CVR_DOUBLE, 1e-9},
    {"mdlam", "--layers 8,5 --max-iterations 15 --tube shrinking", 3, CVR_DOUBLE, 1e-9},
    {"mdlam", "--layers 8,5 --max-iterations 15 --published yes", 2, CVR_DOUBLE, 1e-9},
    {"mdlam", "--layers 8,5 --max-iterations 5", 3, CVR_SINGLE, 1e-3},
    {"dladmm", "--layers 8,5 --max-iterations 15", 3, CVR_DOUBLE, 1e-9},
    {"dladmm", "--layers 8,5 --max-iterations 15 --published yes", 2, CVR_DOUBLE, 1e-9},
    {"dladmm", "--layers 8,5 --max-iterations 5", 3, CVR_SINGLE, 1e-3},
    {"pdadmm", "--layers 8,5 --max-iterations 15", 3, CVR_DOUBLE, 1e-9},
    {"pdadmm", "--layers 8,5 --max-iterations 15 --order paper --threads 2", 2,
     CVR_DOUBLE, 1e-9},
    {"pdadmm", "--layers 8,5 --max-iterations 15 --published yes", 2, CVR_DOUBLE, 1e-9},
    {"pdadmm", "--layers 8,5 --max-iterations 5", 3, CVR_SINGLE, 1e-3},
};

/* |W - W'| / |W|, the largest of all layers. */
static double weights_apart(const cvr_test_training *a, const cvr_test_training *b)
{
    cvr_model m = {0}, other = {0};
    double most = 0;
    assert_int_equal(CVR_OK, cvr_solver_model(a->solver, &m));
    assert_int_equal(CVR_OK, cvr_solver_model(b->solver, &other));
    for (int l = 0; l < m.depth; l++) {
        cvr_mat W = m.layers[l].W;
        most = fmax(most, sqrt(cvr_distance2(W, other.layers[l].W) / cvr_dot(W, W)));
    }
    cvr_model_free(&m);
    cvr_model_free(&other);
    return most;
}

static void any_number_of_processes_finds_the_same_objective(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
        const trial *t = &trials[i];
        cvr_dataset *whole =
            cvr_test_classes(cvr_test_alone, t->type, 0, 203, 4, t->classes);
        cvr_dataset *part =
            cvr_test_classes(cvr_test_all, t->type, 0, 203, 4, t->classes);
        cvr_test_training one =
            cvr_test_train(t->method, whole, whole, cvr_test_alone, t->text);
        cvr_test_training many =
            cvr_test_train(t->method, part, part, cvr_test_all, t->text);
        double apart = fabs(one.result.objective - many.result.objective) /
                       fabs(one.result.objective);
        if (!(apart <= t->tolerance))
            fail_msg("%s %s: objectives differ by %g", t->method, t->text, apart);
        assert_int_equal(one.result.iterations, many.result.iterations);
        if (!(weights_apart(&one, &many) <= t->tolerance))
            fail_msg("%s %s: weights differ by %g", t->method, t->text,
                     weights_apart(&one, &many));
        if (t->type == CVR_DOUBLE)
            assert_true(one.result.train.accuracy == many.result.train.accuracy);
        cvr_test_trained(&one);
        cvr_test_trained(&many);
        cvr_dataset_free(whole);
        cvr_dataset_free(part);
    }
}

/* Bytes that this process puts into the sums of one more iteration. */
static int64_t message(const char *method, const char *text, int64_t rows)
{
    int64_t bytes[2];
    for (int k = 0; k < 2; k++) {
        char all_of_it[256];
        snprintf(all_of_it, sizeof all_of_it,
                 "%s --max-iterations %d --measure-every 1000", text, 3 + k);
        cvr_dataset *data = cvr_test_classes(cvr_test_all, CVR_SINGLE, 0, rows, 4, 2);
        int64_t before = cvr_comm_traffic(cvr_test_all).bytes;
        cvr_test_training t = cvr_test_train(method, data, NULL, cvr_test_all, all_of_it);
        bytes[k] = cvr_comm_traffic(cvr_test_all).bytes - before;
        cvr_test_trained(&t);
        cvr_dataset_free(data);
    }
    return bytes[1] - bytes[0];
}

/* n_l (n_{l-1} + 1) numbers a layer, and a triangle of a'a for all but the first;
   the loop has 5 numbers of its own, and a step one by which all learn that it is
   to be left. */
static void a_message_holds_products_and_triangles(void **state)
{
    (void)state;
    int64_t numbers = 5 * 8 + 9 * 5 + 6 * 1 + 9 * 10 / 2 + 6 * 7 / 2 + 5 + 1;
    int64_t expected = cvr_comm_size(cvr_test_all) > 1 ? 8 * numbers : 0;
    assert_int_equal(expected, message("deep", "--layers 8,5", 50));
    assert_int_equal(expected, message("deep", "--layers 8,5", 400));
    assert_int_equal(expected, message("deep", "--layers 8,5 --sweep paper", 50));
    assert_int_equal(expected, message("pdadmm", "--layers 8,5", 50));
    expected = cvr_comm_size(cvr_test_all) > 1 ? 8 * (2 * numbers - 6) : 0;
    assert_int_equal(expected, message("dladmm", "--layers 8,5", 50));
}

/* Fewer rows than processes: some have none. */
static void processes_without_rows_take_part(void **state)
{
    (void)state;
    const char *methods[] = {"deep",   "deep",   "dladmm", "pdadmm",
                             "dladmm", "pdadmm", "mdlam",  "mdlam"};
    const char *texts[] = {"--layers 4 --max-iterations 10",
                           "--layers 4 --max-iterations 10 --sweep paper",
                           "--layers 4 --max-iterations 10",
                           "--layers 4 --max-iterations 10",
                           "--layers 4 --max-iterations 10 --published yes",
                           "--layers 4 --max-iterations 10 --published yes",
                           "--layers 4 --max-iterations 10",
                           "--layers 4 --max-iterations 10 --tube shrinking"};
    for (int i = 0; i < 8; i++) {
        cvr_dataset *whole = cvr_test_data(cvr_test_alone, CVR_DOUBLE, 3, 3, 1);
        cvr_dataset *part = cvr_test_data(cvr_test_all, CVR_DOUBLE, 3, 3, 1);
        cvr_test_training one =
            cvr_test_train(methods[i], whole, NULL, cvr_test_alone, texts[i]);
        cvr_test_training many =
            cvr_test_train(methods[i], part, NULL, cvr_test_all, texts[i]);
        assert_true(fabs(one.result.objective - many.result.objective) <=
                    1e-9 * (1 + fabs(one.result.objective)));
        cvr_test_trained(&one);
        cvr_test_trained(&many);
        cvr_dataset_free(whole);
        cvr_dataset_free(part);
    }
}

/* In coordinates of the rows' span: the same ones whatever the processes, since weights
   are drawn in them. */
static void wide_rows_find_the_same_objective(void **state)
{
    static const char *const methods[] = {"deep", "dladmm", "pdadmm", "mdlam"};
    (void)state;
    for (int k = 0; k < 8; k++) {
        cvr_test_wide w = {41, 300, 2, CVR_TEST_STRANGERS, k >= 4};
        cvr_comm *comms[] = {cvr_test_alone, cvr_test_all};
        double objectives[2];
        for (int i = 0; i < 2; i++) {
            cvr_dataset *data = cvr_test_wide_data(comms[i], CVR_DOUBLE, w);
            assert_int_equal(CVR_OK,
                             cvr_dataset_fit_transform(data, CVR_NORMALIZE_FEATURE,
                                                       CVR_BIAS_FREE, comms[i]));
            cvr_test_training t = cvr_test_train(methods[k % 4], data, NULL, comms[i],
                                                 "--layers 8,5 --max-iterations 5");
            objectives[i] = t.result.objective;
            cvr_test_trained(&t);
            cvr_dataset_free(data);
        }
        if (!(fabs(objectives[1] - objectives[0]) <= 1e-9 * fabs(objectives[0])))
            fail_msg("%s: %.15g, not %.15g", methods[k % 4], objectives[1],
                     objectives[0]);
    }
}

static void a_refusal_is_shared(void **state)
{
    (void)state;
    cvr_dataset *part = cvr_test_data(cvr_test_all, CVR_DOUBLE, 20, 3, 1);
    cvr_settings *s = cvr_test_settings("deep", "--loss hinge");
    cvr_solver *solver = NULL;
    assert_int_equal(CVR_USAGE, cvr_solver_new(part, NULL, cvr_test_all, s, &solver));
    assert_null(solver);
    cvr_settings_free(s);
    cvr_dataset_free(part);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_processes_finds_the_same_objective),
        cmocka_unit_test(a_message_holds_products_and_triangles),
        cmocka_unit_test(processes_without_rows_take_part),
        cmocka_unit_test(wide_rows_find_the_same_objective),
        cmocka_unit_test(a_refusal_is_shared),
    };
    return cmocka_run_group_tests(tests, cvr_test_open_comms, cvr_test_close_comms);
}

/* Evaluations against plain counting, and predictions as text: the same on any number of
   processes. Runs alone and under mpirun. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "linalg/ops.h"
#include "model/evaluation.h"
#include "model/score.h"
#include "support/problem.h"

static void near(double got, double want)
{
    if (!(fabs(got - want) <= 1e-12 * (1 + fabs(want))) && !(isnan(got) && isnan(want)))
        fail_msg("%.17g is not %.17g", got, want);
}

/* Rows of n whose outputs and targets are small whole numbers: scores tie often. */
enum { ROWS = 203 };

static double output(int64_t i, int64_t j)
{
    return (double)cvr_random_below(5, CVR_FOR_ROWS, i, j, 7) / 4 - 0.75;
}

static int class_of(int64_t i, int classes)
{
    return (int)cvr_random_below(6, CVR_FOR_ROWS, i, 0, classes);
}

typedef struct posed {
    cvr_dataset *data;
    cvr_mat F;
    cvr_model m;
} posed;

/* classes 0: values. This process's rows, as the communicator deals them. */
static posed pose(cvr_comm *comm, int classes, int outputs)
{
    static char *names[] = {"a", "b", "c", "d"};
    posed p = {.m = {.outputs = outputs, .classes = classes, .class_names = names}};
    p.data = cvr_test_data(comm, CVR_DOUBLE, ROWS, 2, outputs);
    p.data->task = classes ? CVR_CLASSIFY : CVR_REGRESS;
    p.data->classes = classes;
    p.m.task = p.data->task;
    assert_int_equal(CVR_OK,
                     cvr_mat_new(cvr_cpu(), CVR_DOUBLE, p.data->X.rows, outputs, &p.F));
    for (int64_t i = 0; i < p.F.rows; i++)
        for (int j = 0; j < outputs; j++) {
            int64_t row = p.data->first + i;
            int is = classes ? class_of(row, classes) : 0;
            double y = outputs > 1 ? is == j : 2 * is - 1;
            cvr_set(p.F, i, j, output(row, j));
            cvr_set(p.data->Y, i, j, classes ? y : output(row, j) * 2 + output(row, 9));
        }
    return p;
}

static void put_away(posed *p)
{
    cvr_mat_free(&p->F);
    cvr_dataset_free(p->data);
}

/* ---- classes ----------------------------------------------------------------------- */

/* The chance that a row of class 1 has the larger output than one of class 0. */
static double area(void)
{
    double halves = 0, pairs = 0;
    for (int64_t i = 0; i < ROWS; i++)
        for (int64_t k = 0; k < ROWS; k++) {
            if (class_of(i, 2) != 1 || class_of(k, 2) != 0)
                continue;
            double gap = output(i, 0) - output(k, 0);
            halves += gap > 0 ? 2 : gap == 0;
            pairs += 2;
        }
    return halves / pairs;
}

static void two_classes_are_counted(void **state)
{
    (void)state;
    posed p = pose(cvr_test_all, 2, 1);
    cvr_evaluation e;
    int64_t counts[2][2] = {{0}};
    p.m.threshold = 0.25;
    for (int64_t i = 0; i < ROWS; i++)
        counts[class_of(i, 2)][output(i, 0) > 0.25]++;
    assert_int_equal(CVR_OK, cvr_evaluate_outputs(&p.m, p.F, p.data, cvr_test_all, &e));
    for (int c = 0; c < 2; c++)
        for (int k = 0; k < 2; k++)
            assert_int_equal(counts[c][k], e.confusion[2 * c + k]);
    double recall[2], precision;
    for (int c = 0; c < 2; c++) {
        recall[c] = (double)counts[c][c] / (double)(counts[c][0] + counts[c][1]);
        precision = (double)counts[c][c] / (double)(counts[0][c] + counts[1][c]);
        near(e.recall[c], recall[c]);
        near(e.precision[c], precision);
        near(e.f1[c], 2 / (1 / recall[c] + 1 / precision));
        assert_int_equal(e.support[c], counts[c][0] + counts[c][1]);
    }
    near(e.accuracy, (double)(counts[0][0] + counts[1][1]) / ROWS);
    near(e.balanced_accuracy, (recall[0] + recall[1]) / 2);
    near(e.auc, area());
    cvr_evaluation_free(&e);
    put_away(&p);
}

/* Class d has no rows and is predicted; nothing is said of what there is not. */
static void classes_without_rows_do_not_count(void **state)
{
    (void)state;
    posed p = pose(cvr_test_all, 3, 4);
    cvr_evaluation e;
    double recalls = 0;
    p.m.classes = p.data->classes = 4;
    for (int64_t i = 0; i < p.F.rows; i++)
        cvr_set(p.F, i, 2, -9); /* c is never predicted */
    assert_int_equal(CVR_OK, cvr_evaluate_outputs(&p.m, p.F, p.data, cvr_test_all, &e));
    assert_int_equal(e.support[3], 0);
    assert_true(isnan(e.recall[3]) && e.precision[3] == 0 && e.f1[3] == 0);
    assert_true(isnan(e.precision[2]) && e.recall[2] == 0 && e.f1[2] == 0);
    for (int c = 0; c < 3; c++)
        recalls += e.recall[c];
    near(e.balanced_accuracy, recalls / 3);
    assert_true(isnan(e.auc) && isnan(e.r2));
    cvr_evaluation_free(&e);
    put_away(&p);
}

/* One class alone has no curve. */
static void one_class_has_no_area(void **state)
{
    (void)state;
    posed p = pose(cvr_test_all, 2, 1);
    cvr_evaluation e;
    cvr_fill(p.data->Y, 1);
    assert_int_equal(CVR_OK, cvr_evaluate_outputs(&p.m, p.F, p.data, cvr_test_all, &e));
    assert_true(isnan(e.auc));
    near(e.balanced_accuracy, e.accuracy);
    cvr_evaluation_free(&e);
    cvr_fill(p.F, NAN);
    assert_int_equal(CVR_NUMERICAL,
                     cvr_evaluate_outputs(&p.m, p.F, p.data, cvr_test_all, &e));
    put_away(&p);
}

/* ---- values ------------------------------------------------------------------------ */

static void values_are_measured_for_each_output(void **state)
{
    (void)state;
    posed p = pose(cvr_test_all, 0, 2);
    cvr_evaluation e;
    double square = 0, absolute = 0, spread = 0;
    assert_int_equal(CVR_OK, cvr_evaluate_outputs(&p.m, p.F, p.data, cvr_test_all, &e));
    for (int j = 0; j < 2; j++) {
        double mean = 0, s = 0, a = 0, v = 0;
        for (int64_t i = 0; i < ROWS; i++)
            mean += (output(i, j) * 2 + output(i, 9)) / ROWS;
        for (int64_t i = 0; i < ROWS; i++) {
            double y = output(i, j) * 2 + output(i, 9), error = output(i, j) - y;
            s += error * error;
            a += fabs(error);
            v += (y - mean) * (y - mean);
        }
        near(e.r2_of[j], 1 - s / v);
        near(e.rmse_of[j], sqrt(s / ROWS));
        near(e.mae_of[j], a / ROWS);
        square += s;
        absolute += a;
        spread += v;
    }
    near(e.r2, 1 - square / spread);
    near(e.rmse, sqrt(square / ROWS / 2));
    near(e.mae, absolute / ROWS / 2);
    assert_true(e.classes == 0 && isnan(e.accuracy));
    cvr_evaluation_free(&e);
    put_away(&p);
}

/* ---- predictions ------------------------------------------------------------------- */

/* What process 0 writes; "" on the others. */
static char *text_of(const posed *p, cvr_comm *comm, char *const *ids, bool json)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    const cvr_predictions q = {.model = &p->m,
                               .F = p->F,
                               .rows = p->data->rows,
                               .first = p->data->first,
                               .what = CVR_SCORES,
                               .json = json,
                               .id = "name",
                               .ids = ids};
    assert_int_equal(CVR_OK, cvr_predictions_write(&q, comm, NULL, file));
    fclose(file);
    return text;
}

/* "", "r1", "rr2", ... */
static char **names_from(int64_t first, int64_t rows)
{
    char **names = calloc((size_t)rows + 1, sizeof *names);
    for (int64_t i = 0; i < rows; i++) {
        names[i] = calloc(40, 1);
        snprintf(names[i], 40, "%.*s%lld", (int)((first + i) % 5), "rrrr",
                 (long long)(first + i));
    }
    return names;
}

static void free_names(char **names)
{
    for (int i = 0; names[i]; i++)
        free(names[i]);
    free(names);
}

static void predictions_are_the_same_text(void **state)
{
    (void)state;
    for (int json = 0; json < 2; json++) {
        posed whole = pose(cvr_test_alone, 3, 3), part = pose(cvr_test_all, 3, 3);
        char **ids = names_from(0, ROWS);
        char **own = names_from(part.data->first, part.F.rows);
        char *one = text_of(&whole, cvr_test_alone, ids, json);
        char *many = text_of(&part, cvr_test_all, own, json);
        assert_string_equal(cvr_comm_rank(cvr_test_all) == 0 ? one : "", many);
        free(one);
        free(many);
        free_names(ids);
        free_names(own);
        put_away(&whole);
        put_away(&part);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_classes_are_counted),
        cmocka_unit_test(classes_without_rows_do_not_count),
        cmocka_unit_test(one_class_has_no_area),
        cmocka_unit_test(values_are_measured_for_each_output),
        cmocka_unit_test(predictions_are_the_same_text),
    };
    return cmocka_run_group_tests(tests, cvr_test_open_comms, cvr_test_close_comms);
}

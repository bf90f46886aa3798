/* Models: forward is its formula, scores and predictions are theirs. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <cvxrelu/cvxrelu.h>

#include "model/model.h"
#include "model/score.h"
#include "support/models.h"

/* w_i'x + b_i */
static double unit(const cvr_layer *layer, int64_t i, const double *x)
{
    double sum = cvr_get(layer->b, i, 0);
    for (int64_t j = 0; j < layer->W.cols; j++)
        sum += cvr_get(layer->W, i, j) * x[j];
    return sum;
}

static void reference_network(const cvr_model *m, const double *x, double *y)
{
    double in[64], out[64];
    memcpy(in, x, sizeof *x * (size_t)m->layers[0].W.cols);
    for (int l = 0; l < m->depth; l++) {
        for (int64_t i = 0; i < m->layers[l].W.rows; i++) {
            out[i] = unit(&m->layers[l], i, in);
            if (l + 1 < m->depth && out[i] < 0)
                out[i] = 0;
        }
        memcpy(in, out, sizeof in);
    }
    memcpy(y, in, sizeof *y * (size_t)m->outputs);
}

static void reference_gated(const cvr_model *m, const double *x, double *y)
{
    int64_t gates = m->gates.W.rows;
    for (int c = 0; c < m->outputs; c++) {
        y[c] = 0;
        for (int64_t i = 0; i < gates; i++)
            if (unit(&m->gates, i, x) >= 0)
                y[c] += unit(&m->layers[0], c * gates + i, x);
    }
}

static void assert_forward(const cvr_model *m, cvr_type type, int64_t rows, int bias)
{
    int64_t inputs = m->layers[0].W.cols;
    cvr_mat X = cvr_test_matrix(type, rows, inputs + bias, 1),
            Y = cvr_test_matrix(type, rows, m->outputs, 2);
    bool single = type == CVR_SINGLE || m->layers[0].W.type == CVR_SINGLE;
    double x[64], y[64];
    assert_int_equal(cvr_model_forward(m, X, Y), CVR_OK);
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t j = 0; j < inputs; j++)
            x[j] = cvr_get(X, i, j);
        (m->kind == CVR_GATED ? reference_gated : reference_network)(m, x, y);
        for (int c = 0; c < m->outputs; c++)
            assert_true(fabs(cvr_get(Y, i, c) - y[c]) < (single ? 2e-4 : 1e-12));
    }
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
}

/* ---- forward ----------------------------------------------------------------------- */

static void network_is_its_formula(void **state)
{
    static const int64_t sizes[] = {5, 7, 3, 2};
    (void)state;
    for (int type = 0; type < 4; type++)
        for (int depth = 1; depth <= 3; depth++) {
            cvr_model m = cvr_test_network((cvr_type)(type % 2), depth, sizes);
            assert_forward(&m, (cvr_type)(type / 2), 9, depth % 2);
            cvr_model_free(&m);
        }
}

static void gated_model_is_its_formula(void **state)
{
    (void)state;
    for (int type = 0; type < 4; type++)
        for (int outputs = 1; outputs <= 3; outputs++) {
            cvr_model m = cvr_test_gated((cvr_type)(type % 2), 4, 6, outputs);
            assert_forward(&m, (cvr_type)(type / 2), 9, outputs % 2);
            cvr_model_free(&m);
        }
}

static void blocks_of_rows_join(void **state)
{
    static const int64_t sizes[] = {3, 4, 1}, rows[] = {0, 1, 2047, 2048, 2049, 4100};
    (void)state;
    cvr_model m = cvr_test_network(CVR_DOUBLE, 2, sizes),
              g = cvr_test_gated(CVR_DOUBLE, 3, 4, 2);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_forward(&m, CVR_DOUBLE, rows[i], 1);
        assert_forward(&g, CVR_SINGLE, rows[i], 0);
    }
    cvr_model_free(&m);
    cvr_model_free(&g);
}

/* All groups dead: what is left is the last offset. */
static void network_without_neurons_is_constant(void **state)
{
    static const int64_t sizes[] = {3, 0, 1};
    (void)state;
    cvr_model m = cvr_test_network(CVR_DOUBLE, 2, sizes);
    cvr_mat X = cvr_test_matrix(CVR_DOUBLE, 4, 4, 1),
            Y = cvr_test_matrix(CVR_DOUBLE, 4, 1, 2);
    assert_int_equal(cvr_model_forward(&m, X, Y), CVR_OK);
    for (int i = 0; i < 4; i++)
        assert_true(cvr_get(Y, i, 0) == cvr_get(m.layers[1].b, 0, 0));
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    cvr_model_free(&m);
}

static void other_width_is_refused(void **state)
{
    static const int64_t sizes[] = {3, 2, 1};
    (void)state;
    cvr_model m = cvr_test_network(CVR_DOUBLE, 2, sizes);
    cvr_mat X = cvr_test_matrix(CVR_DOUBLE, 4, 5, 1),
            Y = cvr_test_matrix(CVR_DOUBLE, 4, 1, 2);
    assert_int_equal(cvr_model_forward(&m, X, Y), CVR_BAD_DATA);
    assert_string_equal(cvr_last_error(), "the model takes 3 features, the data has 5");
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    cvr_model_free(&m);
}

/* ---- scores ------------------------------------------------------------------------ */

static cvr_mat column(cvr_type type, int64_t rows, int64_t cols, const double *by_row)
{
    cvr_mat A = cvr_test_matrix(type, rows, cols, 0);
    for (int64_t i = 0; i < rows * cols; i++)
        cvr_set(A, i / cols, i % cols, by_row[i]);
    return A;
}

static cvr_score score(int64_t rows, int64_t cols, const double *f, const double *y,
                       cvr_task task, int classes, double threshold)
{
    cvr_score s = {0};
    cvr_comm *comm = NULL;
    cvr_mat F = column(CVR_DOUBLE, rows, cols, f), Y = column(CVR_DOUBLE, rows, cols, y);
    assert_int_equal(cvr_comm_open("serial", &comm), CVR_OK);
    assert_int_equal(cvr_score_outputs(F, Y, task, classes, threshold, comm, &s), CVR_OK);
    assert_int_equal(s.rows, rows);
    cvr_comm_free(comm);
    cvr_mat_free(&F);
    cvr_mat_free(&Y);
    return s;
}

static void two_classes_split_at_the_threshold(void **state)
{
    const double f[] = {0.1, -2, 0, 3}, signs[] = {1, -1, 1, -1}, bits[] = {0, 0, 0, 1};
    (void)state;
    cvr_score s = score(4, 1, f, signs, CVR_CLASSIFY, 2, 0);
    assert_true(s.accuracy == 0.5);
    assert_true(fabs(s.loss - (0.81 + 1 + 1 + 16) / 2) < 1e-12);
    assert_true(isnan(s.r2) && isnan(s.rmse));
    assert_true(score(4, 1, f, bits, CVR_CLASSIFY, 2, 0.5).accuracy == 1);
}

static void an_output_that_is_no_number_is_never_right(void **state)
{
    const double f[] = {-1, NAN}, y[] = {-1, -1};
    (void)state;
    assert_true(isnan(score(2, 1, f, y, CVR_CLASSIFY, 2, 0).accuracy));
}

static void more_classes_go_to_the_largest_output(void **state)
{
    const double f[] = {3, 1, 2, -3, -1, -2, 0, 0, 0}, y[] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    (void)state;
    assert_true(fabs(score(3, 3, f, y, CVR_CLASSIFY, 3, 0).accuracy - 2. / 3) < 1e-15);
}

static void regression_is_measured_against_the_mean(void **state)
{
    const double y[] = {1, 10, 2, 20, 6, 30}, mean[] = {3, 20, 3, 20, 3, 20};
    const double flat[] = {2, 2, 2, 2, 2, 2};
    (void)state;
    cvr_score s = score(3, 2, y, y, CVR_REGRESS, 0, 0);
    assert_true(s.r2 == 1 && s.rmse == 0 && isnan(s.accuracy));
    s = score(3, 2, mean, y, CVR_REGRESS, 0, 0);
    assert_true(fabs(s.r2) < 1e-12);
    assert_true(fabs(s.rmse - sqrt((4 + 1 + 9 + 200) / 6.)) < 1e-12);
    assert_true(isnan(score(3, 2, y, flat, CVR_REGRESS, 0, 0).r2));
}

/* ---- predictions ------------------------------------------------------------------- */

static cvr_comm *comm;

static cvr_status write_to(const cvr_model *m, cvr_mat F, cvr_predicted what,
                           const char *path, FILE *file)
{
    const cvr_predictions p = {.model = m, .F = F, .rows = F.rows, .what = what};
    return cvr_predictions_write(&p, comm, path, file);
}

static void assert_writes(const cvr_predictions *p, const char *lines)
{
    char text[400] = "";
    FILE *file = fmemopen(text, sizeof text, "w");
    assert_int_equal(cvr_predictions_write(p, comm, NULL, file), CVR_OK);
    fclose(file);
    assert_string_equal(text, lines);
}

static void predictions_have_a_header_labels_and_scores(void **state)
{
    static char *names[] = {"cat", "a,\"b\"", "owl"};
    static char *ids[] = {"r 1", "r,2", "r3"};
    const double one[] = {0.5, -1, 0}, three[] = {0, 2, 1, 3, 3, 3};
    cvr_model m = {.outputs = 1, .classes = 2, .class_names = names};
    (void)state;
    cvr_mat F = column(CVR_DOUBLE, 3, 1, one), G = column(CVR_SINGLE, 2, 3, three);
    cvr_predictions p = {.model = &m, .F = F, .rows = 3};
    assert_writes(&p, "label,score\n\"a,\"\"b\"\"\",0.5\ncat,1\ncat,0\n");
    p.what = CVR_SCORES;
    p.id = "row";
    p.ids = ids;
    m.threshold = -0.25;
    assert_writes(&p, "row,label,score_cat,\"score_a,\"\"b\"\"\"\n"
                      "r 1,\"a,\"\"b\"\"\",-0.75,0.75\n"
                      "\"r,2\",cat,0.75,-0.75\n"
                      "r3,\"a,\"\"b\"\"\",-0.25,0.25\n");
    p.what = CVR_VALUES;
    p.json = true;
    assert_writes(&p, "{\"rows\":3,\"columns\":[\"row\",\"value\"],\"predictions\":"
                      "[[\"r 1\",0.5],[\"r,2\",-1],[\"r3\",0]]}\n");
    m.outputs = m.classes = 3;
    p = (cvr_predictions){.model = &m, .F = G, .rows = 2};
    assert_writes(&p, "label,score\n\"a,\"\"b\"\"\",2\ncat,3\n");
    p.json = true;
    assert_writes(&p, "{\"rows\":2,\"columns\":[\"label\",\"score\"],\"predictions\":"
                      "[[\"a,\\\"b\\\"\",2],[\"cat\",3]]}\n");
    cvr_mat_free(&F);
    cvr_mat_free(&G);
}

static void values_have_the_names_of_their_targets(void **state)
{
    static char *targets[] = {"price", "two words", "a\nb"};
    const double three[] = {0, 2, 1, 3, 3, 3};
    cvr_model m = {.outputs = 3};
    (void)state;
    cvr_mat G = column(CVR_SINGLE, 2, 3, three);
    cvr_predictions p = {.model = &m, .F = G, .rows = 2};
    assert_writes(&p, "value_1,value_2,value_3\n0,2,1\n3,3,3\n");
    p.targets = targets;
    assert_writes(&p, "price,two words,\"a\nb\"\n0,2,1\n3,3,3\n");
    cvr_mat_free(&G);
}

static void outputs_that_are_not_finite_are_no_predictions(void **state)
{
    static char *names[] = {"cat", "dog"};
    static const double wrong[] = {NAN, INFINITY, -INFINITY};
    cvr_model m = {.outputs = 1, .classes = 2, .class_names = names};
    (void)state;
    for (int i = 0; i < 3; i++) {
        const double f[] = {1, wrong[i], 2};
        cvr_mat F = column(CVR_DOUBLE, 3, 1, f);
        for (int what = CVR_LABELS; what <= CVR_VALUES; what++) {
            assert_int_equal(write_to(&m, F, what, NULL, stderr), CVR_NUMERICAL);
            assert_non_null(strstr(cvr_last_error(), "row 2: output 1"));
            assert_int_equal(write_to(&m, F, what, "/dev/full", NULL), CVR_NUMERICAL);
        }
        cvr_mat_free(&F);
    }
}

static void full_disk_is_noticed(void **state)
{
    const double f[] = {1};
    cvr_model m = {.outputs = 1};
    FILE *file = fopen("/dev/full", "w");
    (void)state;
    cvr_mat F = column(CVR_DOUBLE, 1, 1, f);
    assert_non_null(file);
    setvbuf(file, NULL, _IONBF, 0);
    assert_int_equal(write_to(&m, F, CVR_VALUES, NULL, file), CVR_IO);
    assert_non_null(strstr(cvr_last_error(), "No space left"));
    assert_int_equal(write_to(&m, F, CVR_VALUES, "/dev/full", NULL), CVR_IO);
    fclose(file);
    cvr_mat_free(&F);
}

static int open_comm(void **state)
{
    (void)state;
    return cvr_comm_open("serial", &comm);
}

static int close_comm(void **state)
{
    (void)state;
    cvr_comm_free(comm);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(network_is_its_formula),
        cmocka_unit_test(gated_model_is_its_formula),
        cmocka_unit_test(blocks_of_rows_join),
        cmocka_unit_test(network_without_neurons_is_constant),
        cmocka_unit_test(other_width_is_refused),
        cmocka_unit_test(two_classes_split_at_the_threshold),
        cmocka_unit_test(an_output_that_is_no_number_is_never_right),
        cmocka_unit_test(more_classes_go_to_the_largest_output),
        cmocka_unit_test(regression_is_measured_against_the_mean),
        cmocka_unit_test(predictions_have_a_header_labels_and_scores),
        cmocka_unit_test(values_have_the_names_of_their_targets),
        cmocka_unit_test(outputs_that_are_not_finite_are_no_predictions),
        cmocka_unit_test(full_disk_is_noticed)};
    return cmocka_run_group_tests(tests, open_comm, close_comm);
}

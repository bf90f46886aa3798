/* Models: forward is its formula, scores are theirs, and a file is what was saved or is
   refused. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <cvxrelu/cvxrelu.h>

#include "base/bytes.h"
#include "base/random.h"
#include "model/model_file.h"

/* ---- networks to test with --------------------------------------------------------- */

static void fill(cvr_mat A, int64_t stream)
{
    for (int64_t j = 0; j < A.cols; j++)
        for (int64_t i = 0; i < A.rows; i++)
            cvr_set(A, i, j, cvr_random_gauss(7, CVR_FOR_WEIGHTS, i + 1000 * stream, j));
}

static cvr_mat matrix(cvr_type type, int64_t rows, int64_t cols, int64_t stream)
{
    cvr_mat A = {0};
    assert_int_equal(cvr_mat_new(cvr_cpu(), type, rows, cols, &A), CVR_OK);
    fill(A, stream);
    return A;
}

static void fill_model(cvr_model *m)
{
    for (int i = 0; i < m->depth; i++) {
        fill(m->layers[i].W, 10 + i);
        fill(m->layers[i].b, 20 + i);
    }
    if (m->kind == CVR_GATED) {
        fill(m->gates.W, 30);
        fill(m->gates.b, 31);
    }
}

static cvr_model network(cvr_type type, int depth, const int64_t *sizes)
{
    cvr_model m;
    assert_int_equal(cvr_model_new(type, depth, sizes, &m), CVR_OK);
    fill_model(&m);
    return m;
}

static cvr_model gated(cvr_type type, int64_t inputs, int64_t gates, int outputs)
{
    cvr_model m;
    assert_int_equal(cvr_model_new_gated(type, inputs, gates, outputs, &m), CVR_OK);
    fill_model(&m);
    return m;
}

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
    cvr_mat X = matrix(type, rows, inputs + bias, 1),
            Y = matrix(type, rows, m->outputs, 2);
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
            cvr_model m = network((cvr_type)(type % 2), depth, sizes);
            assert_forward(&m, (cvr_type)(type / 2), 9, depth % 2);
            cvr_model_free(&m);
        }
}

static void gated_model_is_its_formula(void **state)
{
    (void)state;
    for (int type = 0; type < 4; type++)
        for (int outputs = 1; outputs <= 3; outputs++) {
            cvr_model m = gated((cvr_type)(type % 2), 4, 6, outputs);
            assert_forward(&m, (cvr_type)(type / 2), 9, outputs % 2);
            cvr_model_free(&m);
        }
}

static void blocks_of_rows_join(void **state)
{
    static const int64_t sizes[] = {3, 4, 1}, rows[] = {0, 1, 2047, 2048, 2049, 4100};
    (void)state;
    cvr_model m = network(CVR_DOUBLE, 2, sizes), g = gated(CVR_DOUBLE, 3, 4, 2);
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
    cvr_model m = network(CVR_DOUBLE, 2, sizes);
    cvr_mat X = matrix(CVR_DOUBLE, 4, 4, 1), Y = matrix(CVR_DOUBLE, 4, 1, 2);
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
    cvr_model m = network(CVR_DOUBLE, 2, sizes);
    cvr_mat X = matrix(CVR_DOUBLE, 4, 5, 1), Y = matrix(CVR_DOUBLE, 4, 1, 2);
    assert_int_equal(cvr_model_forward(&m, X, Y), CVR_BAD_DATA);
    assert_string_equal(cvr_last_error(), "the model takes 3 features, the data has 5");
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    cvr_model_free(&m);
}

/* ---- scores ------------------------------------------------------------------------ */

static cvr_mat column(cvr_type type, int64_t rows, int64_t cols, const double *by_row)
{
    cvr_mat A = matrix(type, rows, cols, 0);
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

static void assert_prints(const cvr_model *m, cvr_mat F, bool values, const char *lines)
{
    char text[200] = "";
    FILE *file = fmemopen(text, sizeof text, "w");
    assert_int_equal(cvr_predictions_print(m, F, values, file), CVR_OK);
    fclose(file);
    assert_string_equal(text, lines);
}

static void predictions_are_names_or_values(void **state)
{
    static char *names[] = {"cat", "dog", "owl"};
    const double one[] = {0.5, -1, 0}, three[] = {0, 2, 1, 3, 3, 3};
    cvr_model m = {.outputs = 1, .classes = 2, .class_names = names};
    (void)state;
    cvr_mat F = column(CVR_DOUBLE, 3, 1, one), G = column(CVR_SINGLE, 2, 3, three);
    assert_prints(&m, F, false, "dog\ncat\ncat\n");
    assert_prints(&m, F, true, "0.5\n-1\n0\n");
    m.threshold = -0.5;
    assert_int_equal(cvr_model_class(&m, F, 2), 1);
    m.outputs = m.classes = 3;
    assert_prints(&m, G, false, "dog\ncat\n");
    m.classes = 0;
    assert_prints(&m, G, false, "0,2,1\n3,3,3\n");
    cvr_mat_free(&F);
    cvr_mat_free(&G);
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
    assert_int_equal(cvr_predictions_print(&m, F, true, file), CVR_IO);
    assert_non_null(strstr(cvr_last_error(), "No space left"));
    assert_int_equal(cvr_predictions_save(&m, F, true, "/dev/full"), CVR_IO);
    fclose(file);
    cvr_mat_free(&F);
}

/* ---- files ------------------------------------------------------------------------- */

static const char *temporary(char *path, const char *name)
{

    snprintf(path, 256, "%s/cvr-%ld-%s", P_tmpdir, (long)getpid(), name);
    return path;
}

static void assert_same(cvr_mat A, cvr_mat B)
{
    assert_int_equal(A.rows, B.rows);
    assert_int_equal(A.cols, B.cols);
    assert_int_equal(A.type, B.type);
    for (int64_t j = 0; j < A.cols; j++)
        for (int64_t i = 0; i < A.rows; i++)
            assert_true(cvr_get(A, i, j) == cvr_get(B, i, j));
}

static void describe(cvr_model *m)
{
    static char *names[] = {"airplane", "auto\"mobile\"\n"};
    cvr_dataset data = {.task = CVR_CLASSIFY, .classes = 2, .class_names = names};
    int64_t inputs = m->layers[0].W.cols;
    data.transform = (cvr_transform){.channels = 3,
                                     .height = 2,
                                     .width = 2,
                                     .gray = true,
                                     .new_height = 1,
                                     .new_width = (int)inputs,
                                     .normalize = CVR_NORMALIZE_FEATURE,
                                     .shift = matrix(CVR_DOUBLE, inputs, 1, 41),
                                     .scale = matrix(CVR_DOUBLE, inputs, 1, 42),
                                     .bias = true,
                                     .features = inputs,
                                     .raw_features = 12};
    assert_int_equal(cvr_model_describe(m, &data), CVR_OK);
    cvr_mat_free(&data.transform.shift);
    cvr_mat_free(&data.transform.scale);
    m->threshold = 0.1;
    cvr_release(m->record);
    assert_int_equal(cvr_text_copy("{\"method\":\"convex\",\"seed\":3}", &m->record),
                     CVR_OK);
}

static void assert_same_model(const cvr_model *a, const cvr_model *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->depth, b->depth);
    for (int i = 0; i < a->depth; i++) {
        assert_same(a->layers[i].W, b->layers[i].W);
        assert_same(a->layers[i].b, b->layers[i].b);
    }
    assert_int_equal(a->outputs, b->outputs);
    assert_int_equal(a->task, b->task);
    assert_int_equal(a->classes, b->classes);
    for (int i = 0; i < a->classes; i++)
        assert_string_equal(a->class_names[i], b->class_names[i]);
    assert_true(a->threshold == b->threshold);
    assert_string_equal(a->record, b->record);
}

static void assert_same_transform(const cvr_transform *a, const cvr_transform *b)
{
    assert_int_equal(a->channels, b->channels);
    assert_int_equal(a->height, b->height);
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->gray, b->gray);
    assert_int_equal(a->new_height, b->new_height);
    assert_int_equal(a->new_width, b->new_width);
    assert_int_equal(a->normalize, b->normalize);
    assert_int_equal(a->bias, b->bias);
    assert_int_equal(a->features, b->features);
    assert_int_equal(a->raw_features, b->raw_features);
    assert_same(a->shift, b->shift);
    assert_same(a->scale, b->scale);
}

static void assert_round_trip(cvr_model *m)
{
    char path[256];
    cvr_model back;
    temporary(path, "model");
    assert_int_equal(cvr_model_save(m, path), CVR_OK);
    assert_int_equal(cvr_model_load(path, &back), CVR_OK);
    assert_same_model(m, &back);
    assert_same_transform(&m->transform, &back.transform);
    if (m->kind == CVR_GATED) {
        assert_same(m->gates.W, back.gates.W);
        assert_same(m->gates.b, back.gates.b);
    }
    unlink(path);
    cvr_model_free(&back);
}

static void saved_model_comes_back(void **state)
{
    static const int64_t sizes[] = {3, 5, 1}, none[] = {3, 0, 1};
    (void)state;
    for (int type = 0; type < 2; type++) {
        cvr_model models[] = {network((cvr_type)type, 2, sizes),
                              network((cvr_type)type, 2, none),
                              network((cvr_type)type, 1, (int64_t[]){2, 1}),
                              gated((cvr_type)type, 3, 4, 1)};
        for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
            describe(&models[i]);
            assert_round_trip(&models[i]);
            cvr_model_free(&models[i]);
        }
    }
}

static cvr_status decode(const unsigned char *bytes, int64_t length)
{
    cvr_model m;
    cvr_status status = cvr_model_decode(bytes, length, "m", &m);
    cvr_model_free(&m);
    return status;
}

/* A file with this header, and data of `count` floats 1, 2, 3 ... */
static cvr_status decode_header(const char *header, int count, cvr_model *m)
{
    unsigned char file[2048] = {0};
    size_t n = strlen(header);
    assert_true(8 + n + 4 * (size_t)count < sizeof file);
    file[0] = (unsigned char)n;
    file[1] = (unsigned char)(n >> 8);
    memcpy(file + 8, header, n);
    for (int i = 0; i < count; i++) {
        float x = (float)(i + 1);
        memcpy(file + 8 + n + 4 * (size_t)i, &x, 4);
    }
    return cvr_model_decode(file, (int64_t)(8 + n) + 4 * count, "m", m);
}

#define T(name, shape, offsets)                                                          \
    "\"" name "\":{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

/* As NumPy writes them: (out, in), row by row. */
static void foreign_file_needs_weights_only(void **state)
{
    cvr_model m;
    (void)state;
    assert_int_equal(
        decode_header("{" T("W1", "[2,3]", "[0,24]") "," T("b1", "[2]", "[24,32]") "," T(
                          "W2", "[1,2]", "[32,40]") "}",
                      10, &m),
        CVR_OK);
    assert_int_equal(m.depth, 2);
    assert_int_equal(m.task, CVR_REGRESS);
    assert_int_equal(m.layers[0].W.type, CVR_SINGLE);
    assert_true(cvr_get(m.layers[0].W, 0, 2) == 3);
    assert_true(cvr_get(m.layers[0].W, 1, 0) == 4);
    assert_true(cvr_get(m.layers[0].b, 1, 0) == 8);
    assert_true(cvr_get(m.layers[1].W, 0, 1) == 10);
    assert_true(cvr_get(m.layers[1].b, 0, 0) == 0);
    assert_int_equal(m.transform.features, 3);
    cvr_model_free(&m);
}

static void unfit_files_are_refused(void **state)
{
    static const struct {
        const char *header, *sentence;
        int count;
    } cases[] = {
        {"{}", "no tensor W1", 0},
        {"[]", "does not begin", 0},
        {"{\"W1\":", "no JSON", 0},
        {"{" T("W1", "[1,2]", "[0,8]") "}", "longer than", 3},
        {"{" T("W1", "[1,2]", "[0,8]") "}", "outside the file", 1},
        {"{" T("W1", "[1,2]", "[0,4]") "}", "another length", 1},
        {"{" T("W1", "[1,-2]", "[0,8]") "}", "no proper shape", 2},
        {"{" T("W1", "[4611686018427387904,4]", "[0,0]") "}", "no proper shape", 0},
        {"{" T("W1", "[1,2]", "[8,16]") "}", "overlap or leave gaps", 4},
        {"{" T("W1", "[1,2]", "[0,8]") "," T("b1", "[1]", "[4,8]") "}",
         "overlap or leave gaps", 2},
        {"{" T("W1", "[1,2]", "[0,8]") "," T("W1", "[1,2]", "[0,8]") "}", "no JSON", 2},
        {"{" T("W1", "[1,2]", "[0,8]") "," T("b1", "[2]", "[8,16]") "}",
         "'b1' is not there as 1 x 1", 4},
        {"{" T("W1", "[1,2]", "[0,8]") "," T("W2", "[1,3]", "[8,20]") "}",
         "W2 takes 3 inputs, W1 gives 1", 5},
        {"{" T("W1", "[1,2]", "[0,8]") "," T("W3", "[1,1]", "[8,12]") "}",
         "1 of its 2 tensors are no part", 3},
        {"{" T("W1", "[0,2]", "[0,0]") "}", "no outputs", 0},
        {"{" T("W1", "[1,2,1]", "[0,8]") "}", "no tensor W1", 2},
        {"{\"W1\":{\"dtype\":\"BF16\",\"shape\":[1,2],\"data_offsets\":[0,4]}}",
         "another type", 1},
        {"{" T("W1", "[2,2]", "[0,16]") "," T("H", "[3,2]", "[16,40]") "}",
         "do not fit W1", 10},
        {"{\"__metadata__\":{\"format\":\"cvxrelu\"}," T("W1", "[1,2]", "[0,8]") "}",
         "checksum is missing", 2},
        {"{\"__metadata__\":{\"checksum\":\"fnv1a64:0123456789abcdef\"}," T("W1", "[1,2]",
                                                                            "[0,8]") "}",
         "checksum does not fit", 2},
        {"{\"__metadata__\":{\"checksum\":1,\"transform\":\"{}\"}," T("W1", "[1,2]",
                                                                      "[0,8]") "}",
         "transform does not fit", 2},
        {"{\"__metadata__\":{\"task\":\"dance\"}," T("W1", "[1,2]", "[0,8]") "}",
         "task 'dance' is unknown", 2},
        {"{\"__metadata__\":{\"task\":\"classify\",\"classes\":\"[\\\"a\\\"]\"}," T(
             "W1", "[1,2]", "[0,8]") "}",
         "1 classes do not fit 1 outputs", 2},
        {"{\"__metadata__\":{\"kind\":\"gated\"}," T("W1", "[1,2]", "[0,8]") "}",
         "kind does not fit", 2},
        {"{\"__metadata__\":{\"record\":\"[\"}," T("W1", "[1,2]", "[0,8]") "}",
         "record is no JSON", 2},
        {"{\"__metadata__\":{\"threshold\":\"high\"}," T("W1", "[1,2]", "[0,8]") "}",
         "threshold is no number", 2}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cvr_model m;
        assert_int_equal(decode_header(cases[i].header, cases[i].count, &m),
                         CVR_BAD_DATA);
        if (!strstr(cvr_last_error(), cases[i].sentence))
            fail_msg("case %zu: '%s' does not say '%s'", i, cvr_last_error(),
                     cases[i].sentence);
        assert_null(m.layers);
    }
}

static void encode_one(unsigned char **bytes, int64_t *length)
{
    static const int64_t sizes[] = {2, 2, 1};
    cvr_model m = network(CVR_SINGLE, 2, sizes);
    describe(&m);
    assert_int_equal(cvr_model_encode(&m, bytes, length), CVR_OK);
    cvr_model_free(&m);
}

static void every_flipped_bit_is_noticed(void **state)
{
    unsigned char *bytes = NULL;
    int64_t length = 0;
    (void)state;
    encode_one(&bytes, &length);
    assert_int_equal(decode(bytes, length), CVR_OK);
    for (int64_t i = 0; i < 8 * length; i++) {
        bytes[i / 8] ^= (unsigned char)(1 << i % 8);
        if (decode(bytes, length) != CVR_BAD_DATA)
            fail_msg("bit %d of byte %lld", (int)(i % 8), (long long)i / 8);
        bytes[i / 8] ^= (unsigned char)(1 << i % 8);
    }
    cvr_release(bytes);
}

static void every_truncation_is_noticed(void **state)
{
    unsigned char *bytes = NULL;
    int64_t length = 0;
    (void)state;
    encode_one(&bytes, &length);
    for (int64_t i = 0; i < length; i++)
        assert_int_equal(decode(bytes, i), CVR_BAD_DATA);
    cvr_release(bytes);
}

static void weights_that_are_not_finite_are_refused(void **state)
{
    static const int64_t sizes[] = {2, 1};
    unsigned char *bytes = NULL;
    int64_t length = 0;
    (void)state;
    cvr_model m = network(CVR_DOUBLE, 1, sizes);
    cvr_set(m.layers[0].W, 0, 1, NAN);
    assert_int_equal(cvr_model_encode(&m, &bytes, &length), CVR_OK);
    assert_int_equal(decode(bytes, length), CVR_BAD_DATA);
    assert_non_null(strstr(cvr_last_error(), "'W1' has an entry that is not finite"));
    cvr_release(bytes);
    cvr_model_free(&m);
}

static void places_that_cannot_be_used_are_named(void **state)
{
    static const int64_t sizes[] = {2, 1};
    (void)state;
    cvr_model m = network(CVR_DOUBLE, 1, sizes), back;
    assert_int_equal(cvr_model_save(&m, "/no/such/folder/m"), CVR_IO);
    assert_non_null(strstr(cvr_last_error(), "/no/such/folder/m"));
    assert_int_equal(cvr_model_load("/no/such/folder/m", &back), CVR_IO);
    assert_non_null(strstr(cvr_last_error(), "/no/such/folder/m"));
    assert_int_equal(cvr_model_load("/", &back), CVR_IO);
    cvr_model_free(&m);
}

/* ---- allocation -------------------------------------------------------------------- */

static cvr_status save_and_load(void)
{
    unsigned char *bytes = NULL;
    int64_t length = 0;
    static char *names[] = {"a", "b", "c"};
    cvr_dataset data = {.task = CVR_CLASSIFY, .classes = 3, .class_names = names};
    cvr_model m = {0}, back = {0};
    cvr_mat X = {0}, Y = {0};
    cvr_status status = CVR_OK;
    data.transform.features = data.transform.raw_features = 3;
    CVR_TRY(cvr_model_new_gated(CVR_DOUBLE, 3, 2, 3, &m));
    CVR_TRY(cvr_model_describe(&m, &data));
    CVR_TRY(cvr_model_encode(&m, &bytes, &length));
    CVR_TRY(cvr_model_decode(bytes, length, "m", &back));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_SINGLE, 2, 3, &X));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_SINGLE, 2, 3, &Y));
    CVR_TRY(cvr_model_forward(&back, X, Y));
done:
    cvr_release(bytes);
    cvr_model_free(&m);
    cvr_model_free(&back);
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    return status;
}

static void each_failing_allocation_is_reported(void **state)
{
    (void)state;
    cvr_alloc_fail_at(0);
    assert_int_equal(save_and_load(), CVR_OK);
    int64_t count = cvr_alloc_fail_at(0);
    assert_true(count > 10);
    for (int64_t i = 1; i <= count; i++) {
        cvr_alloc_fail_at(i);
        assert_int_equal(save_and_load(), CVR_NO_MEMORY);
    }
    cvr_alloc_fail_at(0);
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
        cmocka_unit_test(more_classes_go_to_the_largest_output),
        cmocka_unit_test(regression_is_measured_against_the_mean),
        cmocka_unit_test(predictions_are_names_or_values),
        cmocka_unit_test(full_disk_is_noticed),
        cmocka_unit_test(saved_model_comes_back),
        cmocka_unit_test(foreign_file_needs_weights_only),
        cmocka_unit_test(unfit_files_are_refused),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(every_truncation_is_noticed),
        cmocka_unit_test(weights_that_are_not_finite_are_refused),
        cmocka_unit_test(places_that_cannot_be_used_are_named),
        cmocka_unit_test(each_failing_allocation_is_reported)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

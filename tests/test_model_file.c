/* Model files: what was saved comes back, and anything else is refused. */
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
#include "model/model.h"
#include "model/model_file.h"
#include "support/models.h"

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
                                     .descriptor = CVR_HOG648,
                                     .normalize = CVR_NORMALIZE_FEATURE,
                                     .shift = cvr_test_matrix(CVR_DOUBLE, inputs, 1, 41),
                                     .scale = cvr_test_matrix(CVR_DOUBLE, inputs, 1, 42),
                                     .bias = CVR_BIAS_PENALISED,
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
    assert_int_equal(a->descriptor, b->descriptor);
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
        cvr_model models[] = {cvr_test_network((cvr_type)type, 2, sizes),
                              cvr_test_network((cvr_type)type, 2, none),
                              cvr_test_network((cvr_type)type, 1, (int64_t[]){2, 1}),
                              cvr_test_gated((cvr_type)type, 3, 4, 1)};
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

/* Version 0.1 wrote whether there is a column of ones. */
static void every_bias_is_kept(void **state)
{
    static const char *const texts[] = {
        "\\\"free\\\"", "\\\"penalised\\\"", "\\\"none\\\"", "true", "false", "1"};
    static const int biases[] = {CVR_BIAS_FREE,      CVR_BIAS_PENALISED, CVR_BIAS_NONE,
                                 CVR_BIAS_PENALISED, CVR_BIAS_NONE,      -1};
    static const char *const head =
        "{\"__metadata__\":{\"transform\":\"{\\\"gray\\\":false,\\\"normalize\\\":"
        "\\\"none\\\",\\\"bias\\\":%s,\\\"features\\\":2,\\\"raw_features\\\":2,"
        "\\\"channels\\\":0,\\\"height\\\":0,\\\"width\\\":0,\\\"new_height\\\":0,"
        "\\\"new_width\\\":0,\\\"libsvm_base\\\":-1}\"}," T("W1", "[1,2]", "[0,8]") "}";
    (void)state;
    for (int i = 0; i < 6; i++) {
        char header[512];
        cvr_model m;
        snprintf(header, sizeof header, head, texts[i]);
        assert_int_equal(decode_header(header, 2, &m),
                         biases[i] < 0 ? CVR_BAD_DATA : CVR_OK);
        if (biases[i] >= 0)
            assert_int_equal((int)m.transform.bias, biases[i]);
        cvr_model_free(&m);
    }
}

static void unfit_files_are_refused(void **state)
{
    static const struct {
        const char *header, *sentence;
        int count;
    } cases[] = {
        {"{}", "tensor W1, the first layer, is missing", 0},
        {"[]", "does not begin", 0},
        {"{\"W1\":", "not a JSON", 0},
        {"{" T("W1", "[1,2]", "[0,8]") "}", "longer than", 3},
        {"{" T("W1", "[1,2]", "[0,8]") "}", "4 bytes after the end of the file", 1},
        {"{" T("W1", "[1,2]", "[0,4]") "}", "length that does not match", 1},
        {"{" T("W1", "[1,-2]", "[0,8]") "}", "does not have a valid shape", 2},
        {"{" T("W1", "[4611686018427387904,4]", "[0,0]") "}",
         "does not have a valid shape", 0},
        {"{" T("W1", "[1,2]", "[8,16]") "}", "overlap or leave gaps", 4},
        {"{" T("W1", "[1,2]", "[0,8]") "," T("b1", "[1]", "[4,8]") "}",
         "overlap or leave gaps", 2},
        {"{" T("W1", "[1,2]", "[0,8]") "," T("W1", "[1,2]", "[0,8]") "}", "not a JSON",
         2},
        {"{" T("W1", "[1,2]", "[0,8]") "," T("b1", "[2]", "[8,16]") "}",
         "'b1' is not there as 1 x 1", 4},
        {"{" T("W1", "[1,2]", "[0,8]") "," T("W2", "[1,3]", "[8,20]") "}",
         "W2 takes 3 inputs, W1 gives 1", 5},
        {"{" T("W1", "[1,2]", "[0,8]") "," T("W3", "[1,1]", "[8,12]") "}",
         "1 of its 2 tensors are not part", 3},
        {"{" T("W1", "[0,2]", "[0,0]") "}", "no outputs", 0},
        {"{" T("W1", "[1,2,1]", "[0,8]") "}", "tensor W1, the first layer, is missing",
         2},
        {"{\"W1\":{\"dtype\":\"I16\",\"shape\":[1,2],\"data_offsets\":[0,4]}}",
         "another type", 1},
        {"{" T("W1", "[2,2]", "[0,16]") "," T("H", "[3,2]", "[16,40]") "}",
         "do not fit W1", 10},
        {"{\"__metadata__\":{\"format\":\"cvxrelu\"}," T("W1", "[1,2]", "[0,8]") "}",
         "checksum is missing", 2},
        {"{\"__metadata__\":{\"checksum\":\"fnv1a64:0123456789abcdef\"}," T("W1", "[1,2]",
                                                                            "[0,8]") "}",
         "checksum does not match", 2},
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
         "record is not a JSON", 2},
        {"{\"__metadata__\":{\"threshold\":\"high\"}," T("W1", "[1,2]", "[0,8]") "}",
         "threshold is not a number", 2}};
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
    size_t size = 0;
    cvr_model m = cvr_test_network(CVR_SINGLE, 2, sizes);
    describe(&m);
    assert_int_equal(cvr_model_to_bytes(&m, bytes, &size), CVR_OK);
    *length = (int64_t)size;
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
    size_t length = 0;
    (void)state;
    cvr_model m = cvr_test_network(CVR_DOUBLE, 1, sizes);
    cvr_set(m.layers[0].W, 0, 1, NAN);
    assert_int_equal(cvr_model_to_bytes(&m, &bytes, &length), CVR_OK);
    assert_int_equal(decode(bytes, (int64_t)length), CVR_BAD_DATA);
    assert_non_null(strstr(cvr_last_error(), "'W1' has an entry that is not finite"));
    cvr_release(bytes);
    cvr_model_free(&m);
}

static void places_that_cannot_be_used_are_named(void **state)
{
    static const int64_t sizes[] = {2, 1};
    (void)state;
    cvr_model m = cvr_test_network(CVR_DOUBLE, 1, sizes), back;
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
    size_t length = 0;
    static char *names[] = {"a", "b", "c"};
    cvr_dataset data = {.task = CVR_CLASSIFY, .classes = 3, .class_names = names};
    cvr_model m = {0}, back = {0};
    cvr_mat X = {0}, Y = {0};
    cvr_status status = CVR_OK;
    data.transform.features = data.transform.raw_features = 3;
    CVR_TRY(cvr_model_new_gated(CVR_DOUBLE, 3, 2, 3, &m));
    CVR_TRY(cvr_model_describe(&m, &data));
    CVR_TRY(cvr_model_to_bytes(&m, &bytes, &length));
    CVR_TRY(cvr_model_from_bytes(bytes, length, &back));
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
        cmocka_unit_test(saved_model_comes_back),
        cmocka_unit_test(foreign_file_needs_weights_only),
        cmocka_unit_test(every_bias_is_kept),
        cmocka_unit_test(unfit_files_are_refused),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(every_truncation_is_noticed),
        cmocka_unit_test(weights_that_are_not_finite_are_refused),
        cmocka_unit_test(places_that_cannot_be_used_are_named),
        cmocka_unit_test(each_failing_allocation_is_reported)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

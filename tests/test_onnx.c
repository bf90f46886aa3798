/* ONNX files: a reader of protocol buffers finds a graph in them whose operators take
   values that are there, whose constants have the bytes of their shapes, and whose
   outputs are those of the model. That runtimes compute the same from it is asked
   in python/tests/test_onnx.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cvxrelu/cvxrelu.h>

#include "base/bytes.h"
#include "data/dataset.h"
#include "data/describe.h"
#include "model/onnx.h"

/* ---- a reader ---------------------------------------------------------------------- */

typedef struct field {
    int number, type;
    uint64_t whole; /* type 0 */
    const unsigned char *bytes;
    size_t length; /* type 2 */
} field;

typedef struct reader {
    const unsigned char *at, *end;
} reader;

static uint64_t whole(reader *r)
{
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
        assert_true(r->at < r->end && shift < 64);
        value |= (uint64_t)(*r->at & 127) << shift;
        if (*r->at++ < 128)
            return value;
    }
}

static bool next(reader *r, field *f)
{
    if (r->at == r->end)
        return false;
    uint64_t key = whole(r);
    *f = (field){.number = (int)(key >> 3), .type = (int)(key & 7)};
    if (f->type == 0) {
        f->whole = whole(r);
        return true;
    }
    f->length = f->type == 2 ? whole(r) : 4;
    assert_true(f->type == 2 || f->type == 5);
    assert_true(f->length <= (size_t)(r->end - r->at));
    f->bytes = r->at;
    r->at += f->length;
    return true;
}

static reader inside(const field *f)
{
    return (reader){f->bytes, f->bytes + f->length};
}

/* The first field of that number; false: none. */
static bool find(reader r, int number, field *f)
{
    while (next(&r, f))
        if (f->number == number)
            return true;
    return false;
}

/* ---- a graph ----------------------------------------------------------------------- */

enum { MOST = 400, LENGTH = 40 };

typedef struct graph {
    char known[MOST][LENGTH]; /* names of values */
    int count, nodes, constants;
    char operators[MOST * LENGTH]; /* " Gemm Relu ..." */
    char outputs[200];             /* " label scores" */
} graph;

static void copy_text(const field *f, char text[LENGTH])
{
    assert_true(f->length < LENGTH);
    memcpy(text, f->bytes, f->length);
    text[f->length] = '\0';
}

static bool is_known(const graph *g, const char *name)
{
    for (int i = 0; i < g->count; i++)
        if (strcmp(g->known[i], name) == 0)
            return true;
    return false;
}

static void add_known(graph *g, const field *f)
{
    char name[LENGTH];
    copy_text(f, name);
    assert_false(is_known(g, name));
    assert_true(g->count < MOST);
    strcpy(g->known[g->count++], name);
}

static void add_word(char *list, const field *f)
{
    char word[LENGTH];
    copy_text(f, word);
    strcat(strcat(list, " "), word);
}

static void read_constant(graph *g, const field *tensor)
{
    static const size_t sizes[] = {[1] = 4, [7] = 8, [11] = 8};
    size_t count = 1, type = 0;
    field f;
    for (reader r = inside(tensor); next(&r, &f);) {
        count *= f.number == 1 ? (size_t)f.whole : 1;
        type = f.number == 2 ? (size_t)f.whole : type;
        if (f.number == 8)
            add_known(g, &f);
        if (f.number == 9) {
            assert_true(type < sizeof sizes / sizeof *sizes && sizes[type] > 0);
            assert_int_equal(count * sizes[type], f.length);
        }
    }
    g->constants++;
}

static void read_node(graph *g, const field *node)
{
    char name[LENGTH];
    field f;
    for (reader r = inside(node); next(&r, &f);) {
        if (f.number == 1) {
            copy_text(&f, name);
            if (!is_known(g, name))
                fail_msg("%s has not been made", name);
        }
        if (f.number == 2)
            add_known(g, &f);
        if (f.number == 4)
            add_word(g->operators, &f);
    }
    g->nodes++;
}

/* Constants and inputs first, then nodes in their order. */
static void read_graph(const field *all, graph *g)
{
    field f, name;
    *g = (graph){0};
    for (reader r = inside(all); next(&r, &f);) {
        if (f.number == 5)
            read_constant(g, &f);
        if (f.number == 11 && find(inside(&f), 1, &name))
            add_known(g, &name);
    }
    for (reader r = inside(all); next(&r, &f);) {
        if (f.number == 1)
            read_node(g, &f);
        if (f.number == 12 && find(inside(&f), 1, &name)) {
            add_word(g->outputs, &name);
            assert_true(is_known(g, strrchr(g->outputs, ' ') + 1));
        }
    }
}

static void read_file(const cvr_message *file, graph *g)
{
    reader r = {file->bytes, file->bytes + file->length};
    field opset, version, all;
    assert_true(find(r, 8, &opset) && find(inside(&opset), 2, &version));
    assert_int_equal(13, version.whole);
    assert_true(find(r, 7, &all));
    read_graph(&all, g);
}

/* ---- models ------------------------------------------------------------------------ */

enum { N = 40, D = 3 };

typedef struct rows {
    double x[N * D], y[N];
} rows;

static rows made_rows(int classes)
{
    rows r;
    uint32_t state = 7;
    for (int k = 0; k < N * D; k++) {
        state = 1664525 * state + 1013904223;
        r.x[k] = (double)state / 2e9 - 1;
    }
    for (int i = 0; i < N; i++)
        r.y[i] = classes ? i % classes : r.x[i * D] * r.x[i * D];
    return r;
}

static cvr_model fitted(const char *method, int classes, const char *options)
{
    rows r = made_rows(classes);
    cvr_model m;
    if (cvr_fit(method, (cvr_array){r.x, CVR_FLOAT64, N, D, 0, 0},
                (cvr_array){r.y, CVR_FLOAT64, N, 1, 0, 0}, NULL, options, &m) != CVR_OK)
        fail_msg("%s", cvr_last_error());
    return m;
}

static void encode(const cvr_model *m, bool fold, graph *g)
{
    cvr_message file;
    if (cvr_model_encode_onnx(m, fold, &file) != CVR_OK)
        fail_msg("%s", cvr_last_error());
    read_file(&file, g);
    cvr_message_free(&file);
}

#define RELU "formulation=relu patterns=4 max-iterations=3"
#define GATED "formulation=gated patterns=4 max-iterations=3"
#define KERNEL "formulation=kernel precision=single kernel="

static void a_graph_is_whole_and_has_the_outputs_of_its_model(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        int classes;
        const char *options, *outputs, *has;
    } cases[] = {{"convex", 0, RELU, " values", " Relu"},
                 {"convex", 2, RELU, " label scores", " ArgMax"},
                 {"convex", 3, GATED, " label scores", " GreaterOrEqual"},
                 {"convex", 0, GATED " precision=single", " values", " ReduceSum"},
                 {"deep", 3, "layers=5,4 max-iterations=3", " label scores", " Relu"},
                 {"ccp", 0, "restarts=0", " values", " Relu"},
                 {"convex", 2, KERNEL "relu", " probabilities label scores", " Acos"},
                 {"convex", 3, KERNEL "mix+relu", " probabilities label scores", " Acos"},
                 {"convex", 0, KERNEL "tree", " values", " Exp"}};
    graph *g = malloc(sizeof *g);
    assert_non_null(g);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        cvr_model m = fitted(cases[k].method, cases[k].classes, cases[k].options);
        encode(&m, false, g);
        assert_string_equal(cases[k].outputs, g->outputs);
        assert_non_null(strstr(g->operators, cases[k].has));
        assert_non_null(strstr(g->operators, " Sub"));
        cvr_model_free(&m);
    }
    free(g);
}

static void folded_there_is_no_normalisation(void **state)
{
    (void)state;
    cvr_model m = fitted("convex", 0, RELU);
    graph *g = malloc(sizeof *g);
    assert_non_null(g);
    encode(&m, true, g);
    assert_null(strstr(g->operators, " Sub"));
    assert_non_null(strstr(g->operators, " Gemm Relu Gemm"));
    cvr_model_free(&m);
    free(g);
}

static void refuses(const cvr_model *m, bool fold, const char *words)
{
    cvr_message file;
    assert_int_equal(CVR_USAGE, cvr_model_encode_onnx(m, fold, &file));
    assert_null(file.bytes);
    assert_non_null(strstr(cvr_last_error(), words));
}

/* A network whose rows are features of images of 14 x 12: conv and oriented, mirrored. */
static cvr_model imaged(void)
{
    enum { IMAGES = 12, PIXELS = 3 * 14 * 12 };
    cvr_model m = fitted("convex", 0, RELU " precision=single");
    cvr_dataset *data = NULL;
    cvr_comm *alone = NULL;
    uint32_t state = 5;
    assert_int_equal(CVR_OK, cvr_comm_open("serial", &alone));
    assert_int_equal(CVR_OK,
                     cvr_dataset_new("images", CVR_SINGLE,
                                     (cvr_extent){IMAGES, 0, IMAGES}, PIXELS, 1, &data));
    for (int k = 0; k < IMAGES * PIXELS; k++) {
        state = 1664525 * state + 1013904223;
        cvr_set(data->X, k % IMAGES, k / IMAGES, state >> 24);
    }
    data->transform.channels = 3;
    data->transform.height = 14;
    data->transform.width = 12;
    data->transform.descriptor = CVR_PIXELS | CVR_CONV | CVR_ORIENTED;
    data->transform.mirror = true;
    data->transform.filters = 4;
    assert_int_equal(CVR_OK, cvr_describe_fit(data, alone));
    data->transform.raw_features = PIXELS;
    cvr_transform own = m.transform;
    m.transform = data->transform;
    data->transform = own;
    cvr_dataset_free(data);
    cvr_comm_free(alone);
    return m;
}

static void filters_of_images_are_convolutions(void **state)
{
    (void)state;
    cvr_model m = imaged();
    graph *g = malloc(sizeof *g);
    assert_non_null(g);
    encode(&m, false, g);
    assert_string_equal(" values", g->outputs);
    assert_non_null(strstr(g->operators, " Conv"));
    assert_non_null(strstr(g->operators, " Atan"));
    assert_non_null(strstr(g->operators, " Concat Gemm Relu"));
    m.transform.filters = 6;
    cvr_message file;
    assert_int_equal(CVR_BAD_DATA, cvr_model_encode_onnx(&m, false, &file));
    m.transform.filters = 4;
    cvr_model_free(&m);
    free(g);
}

static void what_onnx_cannot_say_is_refused(void **state)
{
    (void)state;
    cvr_model m = fitted("convex", 0, "formulation=kernel kernel=relu");
    refuses(&m, false, "single precision");
    cvr_model_free(&m);
    m = fitted("convex", 0, KERNEL "relu");
    refuses(&m, true, "fold");
    m.transform.descriptor = CVR_HOG648;
    refuses(&m, false, "hog648");
    m.transform.descriptor = CVR_UNDESCRIBED;
    m.transform.hops = 1;
    refuses(&m, false, "graph");
    cvr_model_free(&m);
    refuses(&(cvr_model){0}, false, "no model");
    refuses(NULL, false, "no model");
}

static void a_failed_allocation_is_a_status(void **state)
{
    (void)state;
    static const char *const options[] = {RELU, GATED, KERNEL "mix+relu", NULL};
    for (int i = 0; i < 4; i++) {
        cvr_model m = options[i] ? fitted("convex", 2, options[i]) : imaged();
        cvr_status status = CVR_NO_MEMORY;
        for (int64_t k = 1; status == CVR_NO_MEMORY; k++) {
            cvr_message file;
            cvr_alloc_fail_at(k);
            status = cvr_model_encode_onnx(&m, i < 2, &file);
            cvr_alloc_fail_at(0);
            assert_true(status == CVR_OK || !file.bytes);
            cvr_message_free(&file);
        }
        assert_int_equal(CVR_OK, status);
        cvr_model_free(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_graph_is_whole_and_has_the_outputs_of_its_model),
        cmocka_unit_test(folded_there_is_no_normalisation),
        cmocka_unit_test(filters_of_images_are_convolutions),
        cmocka_unit_test(what_onnx_cannot_say_is_refused),
        cmocka_unit_test(a_failed_allocation_is_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

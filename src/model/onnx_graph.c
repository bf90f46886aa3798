/* Graphs of ONNX as protocol buffers. */
#include "model/onnx_graph.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "linalg/mats.h"

/* Fields by their numbers in onnx.proto3. */
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_OP = 4, NODE_ATTRIBUTE = 5 };
enum { ATTRIBUTE_NAME = 1, ATTRIBUTE_I = 3, ATTRIBUTE_TYPE = 20, ATTRIBUTE_INT = 2 };
enum {
    TENSOR_DIMS = 1,
    TENSOR_TYPE = 2,
    TENSOR_STRINGS = 6,
    TENSOR_NAME = 8,
    TENSOR_RAW = 9
};
enum { INFO_NAME = 1, INFO_TYPE = 2, TYPE_TENSOR = 1, OF_TYPE = 1, OF_SHAPE = 2 };
enum { SHAPE_DIM = 1, DIM_VALUE = 1, DIM_PARAM = 2 };
enum {
    GRAPH_NODE = 1,
    GRAPH_NAME = 2,
    GRAPH_CONSTANT = 5,
    GRAPH_INPUT = 11,
    GRAPH_OUTPUT = 12
};
enum {
    MODEL_IR = 1,
    MODEL_PRODUCER = 2,
    MODEL_VERSION = 3,
    MODEL_GRAPH = 7,
    MODEL_OPSET = 8,
    MODEL_META = 14
};
enum { OPSET_DOMAIN = 1, OPSET_VERSION = 2, META_KEY = 1, META_VALUE = 2 };
enum { IR = 7, OPSET = 13 };

enum { NAME = 24 };

static void name_value(cvr_onnx_value x, char name[NAME])
{
    if (x == CVR_ONNX_INPUT)
        strcpy(name, "X");
    else
        snprintf(name, NAME, "v%d", x);
}

/* ---- operators --------------------------------------------------------------------- */

static void put_attribute(cvr_message *node, const char *name, int64_t value)
{
    cvr_message a = {0};
    cvr_message_text(&a, ATTRIBUTE_NAME, name);
    cvr_message_int(&a, ATTRIBUTE_I, value);
    cvr_message_int(&a, ATTRIBUTE_TYPE, ATTRIBUTE_INT);
    cvr_message_put(node, NODE_ATTRIBUTE, &a);
}

static void begin_node(int count, const cvr_onnx_value *inputs, cvr_message *node)
{
    char name[NAME];
    for (int i = 0; i < count; i++) {
        name_value(inputs[i], name);
        cvr_message_text(node, NODE_INPUT, name);
    }
}

/* output NULL: a new value */
static cvr_onnx_value end_node(cvr_onnx_graph *g, const char *op, const char *output,
                               cvr_message *node)
{
    char name[NAME];
    if (!output)
        name_value(++g->values, name);
    cvr_message_text(node, NODE_OUTPUT, output ? output : name);
    cvr_message_text(node, NODE_OP, op);
    cvr_message_put(&g->nodes, GRAPH_NODE, node);
    return g->values;
}

cvr_onnx_value cvr_onnx_node(cvr_onnx_graph *g, const char *op, int count,
                             const cvr_onnx_value *inputs)
{
    cvr_message node = {0};
    begin_node(count, inputs, &node);
    return end_node(g, op, NULL, &node);
}

cvr_onnx_value cvr_onnx_axis_node(cvr_onnx_graph *g, const char *op, int axis, int count,
                                  const cvr_onnx_value *inputs)
{
    cvr_message node = {0};
    begin_node(count, inputs, &node);
    put_attribute(&node, "axis", axis);
    if (strcmp(op, "ArgMax") == 0)
        put_attribute(&node, "keepdims", 0);
    return end_node(g, op, NULL, &node);
}

cvr_onnx_value cvr_onnx_cast(cvr_onnx_graph *g, cvr_onnx_value x, cvr_onnx_type type)
{
    cvr_message node = {0};
    begin_node(1, &x, &node);
    put_attribute(&node, "to", type);
    return end_node(g, "Cast", NULL, &node);
}

cvr_onnx_value cvr_onnx_gate(cvr_onnx_graph *g, cvr_onnx_value x)
{
    return cvr_onnx_cast(g, CVR_ONNX(g, "GreaterOrEqual", x, cvr_onnx_number(g, 0)),
                         g->type);
}

cvr_onnx_value cvr_onnx_columns(cvr_onnx_graph *g, cvr_onnx_value X, int64_t first,
                                int64_t count)
{
    const int64_t end = first + count, axis = 1;
    return CVR_ONNX(g, "Slice", X, cvr_onnx_whole(g, 1, &first),
                    cvr_onnx_whole(g, 1, &end), cvr_onnx_whole(g, 1, &axis));
}

cvr_onnx_value cvr_onnx_affine(cvr_onnx_graph *g, cvr_onnx_value X, cvr_mat W, cvr_mat b)
{
    const cvr_onnx_value inputs[] = {X, cvr_onnx_matrix(g, W), cvr_onnx_row(g, b)};
    cvr_message node = {0};
    begin_node(3, inputs, &node);
    put_attribute(&node, "transB", 1);
    return end_node(g, "Gemm", NULL, &node);
}

/* ---- constants --------------------------------------------------------------------- */

/* A constant of that shape; its values come next. */
static cvr_onnx_value begin_tensor(cvr_onnx_graph *g, cvr_onnx_type type, int dimensions,
                                   const int64_t *size, cvr_message *t)
{
    char name[NAME];
    name_value(++g->values, name);
    for (int i = 0; i < dimensions; i++)
        cvr_message_int(t, TENSOR_DIMS, size[i]);
    cvr_message_int(t, TENSOR_TYPE, type);
    cvr_message_text(t, TENSOR_NAME, name);
    return g->values;
}

static unsigned char *put_number(const cvr_onnx_graph *g, double x, unsigned char *at)
{
    bool single = g->type == CVR_ONNX_FLOAT;
    size_t size = single ? sizeof(float) : sizeof(double);
    float f = (float)x;
    memcpy(at, single ? (const void *)&f : &x, size);
    return at + size;
}

/* Numbers row after row, in the graph's type; turned: those of A'. */
static cvr_onnx_value put_matrix(cvr_onnx_graph *g, cvr_mat A, bool turned)
{
    cvr_message t = {0};
    int64_t rows = turned ? A.cols : A.rows, cols = turned ? A.rows : A.cols;
    int64_t size = g->type == CVR_ONNX_FLOAT ? sizeof(float) : sizeof(double);
    cvr_onnx_value made = begin_tensor(g, g->type, 2, (int64_t[]){rows, cols}, &t);
    unsigned char *at = cvr_message_bytes(&t, TENSOR_RAW, rows * cols * size);
    for (int64_t i = 0; at && i < rows; i++)
        for (int64_t j = 0; j < cols; j++)
            at = put_number(g, turned ? cvr_get(A, j, i) : cvr_get(A, i, j), at);
    cvr_message_put(&g->constants, GRAPH_CONSTANT, &t);
    return made;
}

cvr_onnx_value cvr_onnx_matrix(cvr_onnx_graph *g, cvr_mat A)
{
    return put_matrix(g, A, false);
}

cvr_onnx_value cvr_onnx_transposed(cvr_onnx_graph *g, cvr_mat A)
{
    return put_matrix(g, A, true);
}

cvr_onnx_value cvr_onnx_row(cvr_onnx_graph *g, cvr_mat vector)
{
    return put_matrix(g, vector, true);
}

cvr_onnx_value cvr_onnx_number(cvr_onnx_graph *g, double x)
{
    cvr_message t = {0};
    cvr_onnx_value made = begin_tensor(g, g->type, 0, NULL, &t);
    int64_t size = g->type == CVR_ONNX_FLOAT ? sizeof(float) : sizeof(double);
    unsigned char *at = cvr_message_bytes(&t, TENSOR_RAW, size);
    if (at)
        put_number(g, x, at);
    cvr_message_put(&g->constants, GRAPH_CONSTANT, &t);
    return made;
}

cvr_onnx_value cvr_onnx_whole(cvr_onnx_graph *g, int64_t count, const int64_t *n)
{
    cvr_message t = {0};
    cvr_onnx_value made = begin_tensor(g, CVR_ONNX_INT64, 1, &count, &t);
    unsigned char *at = cvr_message_bytes(&t, TENSOR_RAW, count * (int64_t)sizeof *n);
    if (at && count > 0)
        memcpy(at, n, (size_t)count * sizeof *n);
    cvr_message_put(&g->constants, GRAPH_CONSTANT, &t);
    return made;
}

cvr_onnx_value cvr_onnx_texts(cvr_onnx_graph *g, int64_t count, char *const *texts)
{
    cvr_message t = {0};
    cvr_onnx_value made = begin_tensor(g, CVR_ONNX_STRING, 1, &count, &t);
    for (int64_t k = 0; k < count; k++)
        cvr_message_text(&t, TENSOR_STRINGS, texts[k]);
    cvr_message_put(&g->constants, GRAPH_CONSTANT, &t);
    return made;
}

/* ---- the file ---------------------------------------------------------------------- */

/* name: N x cols of a type; cols 0: N. */
static void put_info(cvr_message *to, int field, const char *name, cvr_onnx_type type,
                     int64_t cols)
{
    cvr_message info = {0}, of = {0}, tensor = {0}, shape = {0}, rows = {0}, width = {0};
    cvr_message_text(&rows, DIM_PARAM, "N");
    cvr_message_put(&shape, SHAPE_DIM, &rows);
    if (cols > 0) {
        cvr_message_int(&width, DIM_VALUE, cols);
        cvr_message_put(&shape, SHAPE_DIM, &width);
    }
    cvr_message_int(&tensor, OF_TYPE, type);
    cvr_message_put(&tensor, OF_SHAPE, &shape);
    cvr_message_put(&of, TYPE_TENSOR, &tensor);
    cvr_message_text(&info, INFO_NAME, name);
    cvr_message_put(&info, INFO_TYPE, &of);
    cvr_message_put(to, field, &info);
}

void cvr_onnx_output(cvr_onnx_graph *g, cvr_onnx_value x, const char *name,
                     cvr_onnx_type type, int64_t cols)
{
    cvr_message node = {0};
    begin_node(1, &x, &node);
    end_node(g, "Identity", name, &node);
    put_info(&g->outputs, GRAPH_OUTPUT, name, type, cols);
}

static void put_meta(cvr_message *model, const char *key, const char *value)
{
    cvr_message pair = {0};
    cvr_message_text(&pair, META_KEY, key);
    cvr_message_text(&pair, META_VALUE, value);
    cvr_message_put(model, MODEL_META, &pair);
}

cvr_status cvr_onnx_file(cvr_onnx_graph *g, int64_t inputs, const char *metadata,
                         cvr_message *file)
{
    cvr_message graph = {0}, opset = {0};
    cvr_message_append(&graph, &g->nodes);
    cvr_message_append(&graph, &g->constants);
    cvr_message_append(&graph, &g->outputs);
    cvr_message_text(&graph, GRAPH_NAME, "cvxrelu");
    put_info(&graph, GRAPH_INPUT, "X", g->type, inputs);
    cvr_message_text(&opset, OPSET_DOMAIN, "");
    cvr_message_int(&opset, OPSET_VERSION, OPSET);
    cvr_message_int(file, MODEL_IR, IR);
    cvr_message_text(file, MODEL_PRODUCER, "cvxrelu");
    cvr_message_text(file, MODEL_VERSION, cvr_version());
    cvr_message_put(file, MODEL_GRAPH, &graph);
    cvr_message_put(file, MODEL_OPSET, &opset);
    put_meta(file, "record", metadata);
    return file->status;
}

void cvr_onnx_free(cvr_onnx_graph *g)
{
    cvr_message_free(&g->nodes);
    cvr_message_free(&g->constants);
    cvr_message_free(&g->outputs);
    *g = (cvr_onnx_graph){0};
}

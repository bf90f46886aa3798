/* A graph of ONNX on its way out: constants, and operators that make values of values,
   all of one floating type but for flags, places and labels. A value is a number;
   its name in the file is v and that number, unless it is an output.

   Operators are core ones of version 13, and of those the ones that runtimes have for
   both floating types, Acos, Atan and Conv apart. Source: onnx.proto3, ONNX Operators
   (opset 13). */
#ifndef CVR_MODEL_ONNX_GRAPH_H
#define CVR_MODEL_ONNX_GRAPH_H

#include <cvxrelu/model.h>

#include "model/protobuf.h"

/* TensorProto.DataType */
typedef enum cvr_onnx_type {
    CVR_ONNX_FLOAT = 1,
    CVR_ONNX_INT64 = 7,
    CVR_ONNX_STRING = 8,
    CVR_ONNX_DOUBLE = 11
} cvr_onnx_type;

typedef struct cvr_onnx_graph {
    cvr_onnx_type type; /* of numbers: of the model's weights */
    int values;         /* made so far */
    cvr_message nodes, constants, outputs;
} cvr_onnx_graph;

typedef int cvr_onnx_value;
enum { CVR_ONNX_INPUT = 0 }; /* the rows: N x columns */

/* inputs[0 .. count - 1]; axis: the operator's attribute of that name. */
cvr_onnx_value cvr_onnx_node(cvr_onnx_graph *g, const char *op, int count,
                             const cvr_onnx_value *inputs);
cvr_onnx_value cvr_onnx_axis_node(cvr_onnx_graph *g, const char *op, int axis, int count,
                                  const cvr_onnx_value *inputs);
#define CVR_ONNX(g, op, ...)                                                             \
    cvr_onnx_node(g, op,                                                                 \
                  sizeof((cvr_onnx_value[]){__VA_ARGS__}) / sizeof(cvr_onnx_value),      \
                  (cvr_onnx_value[]){__VA_ARGS__})
/* Values in another type. */
cvr_onnx_value cvr_onnx_cast(cvr_onnx_graph *g, cvr_onnx_value x, cvr_onnx_type type);
/* 1[x >= 0] in the type of numbers */
cvr_onnx_value cvr_onnx_gate(cvr_onnx_graph *g, cvr_onnx_value x);
/* Columns (of maps: planes) first .. first + count - 1 of X. */
cvr_onnx_value cvr_onnx_columns(cvr_onnx_graph *g, cvr_onnx_value X, int64_t first,
                                int64_t count);
/* X W' + b for constants W (out x in) and b (out x 1) */
cvr_onnx_value cvr_onnx_affine(cvr_onnx_graph *g, cvr_onnx_value X, cvr_mat W, cvr_mat b);

/* A (rows x cols) as a constant in the graph's type, or A'; of a vector (n x 1) 1 x n. */
cvr_onnx_value cvr_onnx_matrix(cvr_onnx_graph *g, cvr_mat A);
cvr_onnx_value cvr_onnx_transposed(cvr_onnx_graph *g, cvr_mat A);
cvr_onnx_value cvr_onnx_row(cvr_onnx_graph *g, cvr_mat vector);
cvr_onnx_value cvr_onnx_number(cvr_onnx_graph *g, double x);
/* Whole numbers and texts, a list. */
cvr_onnx_value cvr_onnx_whole(cvr_onnx_graph *g, int64_t count, const int64_t *n);
cvr_onnx_value cvr_onnx_texts(cvr_onnx_graph *g, int64_t count, char *const *texts);

/* An output N x cols (0: N), a name and a type for a value. */
void cvr_onnx_output(cvr_onnx_graph *g, cvr_onnx_value x, const char *name,
                     cvr_onnx_type type, int64_t cols);
/* The whole file: the graph's rows have `inputs` columns; metadata is the model's record.
   Frees the graph. */
cvr_status cvr_onnx_file(cvr_onnx_graph *g, int64_t inputs, const char *metadata,
                         cvr_message *file) CVR_MUST_CHECK;
void cvr_onnx_free(cvr_onnx_graph *g);

#endif

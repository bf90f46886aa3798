/* Kernels as operators of ONNX: products with the points, and what is made of them entry
   by entry (docs/mathematics.md, "Kernels"). */
#include "model/onnx_kernel.h"

#include <math.h>

#include "linalg/mats.h"

/* X Z' for constant points Z. */
static cvr_onnx_value product(cvr_onnx_graph *g, cvr_onnx_value X, cvr_mat Z)
{
    return CVR_ONNX(g, "MatMul", X, cvr_onnx_transposed(g, Z));
}

static double squared_length(cvr_mat Z, int64_t i)
{
    double sum = 0;
    for (int64_t j = 0; j < Z.cols; j++)
        sum += cvr_get(Z, i, j) * cvr_get(Z, i, j);
    return sum;
}

/* sqrt(|x|^2 + c) (N x 1) times sqrt(|z|^2 + c) (1 x points), at least a little. */
static cvr_status sizes(cvr_onnx_graph *g, const cvr_kernel_part *p, cvr_onnx_value x,
                        cvr_mat Z, cvr_onnx_value *size)
{
    const int64_t axis = 1;
    cvr_mat v = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, Z.rows, 1, &v));
    for (int64_t i = 0; i < Z.rows; i++)
        cvr_set(v, i, 0, sqrt(squared_length(Z, i) + p->bias2));
    x = CVR_ONNX(g, "ReduceSum", CVR_ONNX(g, "Mul", x, x), cvr_onnx_whole(g, 1, &axis));
    x = CVR_ONNX(g, "Sqrt", CVR_ONNX(g, "Add", x, cvr_onnx_number(g, p->bias2)));
    *size = CVR_ONNX(g, "Max", CVR_ONNX(g, "Mul", x, cvr_onnx_row(g, v)),
                     cvr_onnx_number(g, 1e-30));
done:
    cvr_mat_free(&v);
    return status;
}

/* What cvr_arc_cosine makes of inner products and sizes. */
static cvr_onnx_value arc(cvr_onnx_graph *g, const cvr_kernel_part *p, cvr_onnx_value k,
                          cvr_onnx_value size)
{
    const double pi = 3.14159265358979323846;
    cvr_onnx_value one = cvr_onnx_number(g, 1), inner, cosine, outside, sine, sum;
    inner = CVR_ONNX(g, "Add", k, cvr_onnx_number(g, p->bias2));
    cosine =
        CVR_ONNX(g, "Clip", CVR_ONNX(g, "Div", inner, size), cvr_onnx_number(g, -1), one);
    outside = CVR_ONNX(
        g, "Mul", CVR_ONNX(g, "Sub", cvr_onnx_number(g, pi), CVR_ONNX(g, "Acos", cosine)),
        inner);
    sine =
        CVR_ONNX(g, "Sqrt", CVR_ONNX(g, "Sub", one, CVR_ONNX(g, "Mul", cosine, cosine)));
    sum = CVR_ONNX(g, "Mul", CVR_ONNX(g, "Mul", size, sine),
                   cvr_onnx_number(g, p->relu / (2 * pi)));
    outside =
        CVR_ONNX(g, "Mul", outside, cvr_onnx_number(g, (p->gated + p->relu) / (2 * pi)));
    return CVR_ONNX(g, "Add", sum, outside);
}

static cvr_status put_arc(cvr_onnx_graph *g, const cvr_kernel_part *p, cvr_onnx_value x,
                          cvr_mat Z, cvr_onnx_value *K)
{
    cvr_onnx_value size = 0;
    cvr_status status = CVR_OK;
    CVR_TRY(sizes(g, p, x, Z, &size));
    *K = arc(g, p, product(g, x, Z), size);
done:
    return status;
}

/* exp(-|x - z|^2 / c) */
static cvr_status put_exp(cvr_onnx_graph *g, const cvr_kernel_part *p, cvr_onnx_value x,
                          cvr_mat Z, cvr_onnx_value *K)
{
    const int64_t axis = 1;
    cvr_onnx_value inner, far;
    cvr_mat v = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, Z.rows, 1, &v));
    for (int64_t i = 0; i < Z.rows; i++)
        cvr_set(v, i, 0, squared_length(Z, i));
    inner = product(g, x, Z);
    far = CVR_ONNX(g, "ReduceSum", CVR_ONNX(g, "Mul", x, x), cvr_onnx_whole(g, 1, &axis));
    far = CVR_ONNX(g, "Add", far, cvr_onnx_row(g, v));
    far = CVR_ONNX(g, "Sub", far, CVR_ONNX(g, "Add", inner, inner));
    far = CVR_ONNX(g, "Max", far, cvr_onnx_number(g, 0));
    *K = CVR_ONNX(g, "Exp", CVR_ONNX(g, "Mul", far, cvr_onnx_number(g, -1 / p->bias2)));
done:
    cvr_mat_free(&v);
    return status;
}

/* s(x)'s(z) / P of the part's gates, s = 2 1[H x + g >= 0] - 1 */
static cvr_status agreement(cvr_onnx_graph *g, const cvr_kernel_part *p, cvr_onnx_value x,
                            cvr_mat Z, cvr_onnx_value *same)
{
    int64_t P = p->gates.W.rows;
    cvr_mat S = {0}, own = {0};
    cvr_onnx_value s;
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(p->gates.W, Z.rows, P, &S));
    CVR_TRY(CVR_MATS_NEW(p->gates.W, Z.rows, Z.cols, &own));
    cvr_copy(own, Z);
    cvr_gemm(S, 1, CVR_N, own, CVR_T, p->gates.W, 0);
    cvr_add_row(S, p->gates.b);
    for (int64_t j = 0; j < P; j++)
        for (int64_t i = 0; i < Z.rows; i++)
            cvr_set(S, i, j, (cvr_get(S, i, j) >= 0 ? 1.0 : -1.0) / (double)P);
    s = cvr_onnx_gate(g, cvr_onnx_affine(g, x, p->gates.W, p->gates.b));
    s = CVR_ONNX(g, "Sub", CVR_ONNX(g, "Add", s, s), cvr_onnx_number(g, 1));
    *same = product(g, s, S);
done:
    CVR_MATS_FREE(&S, &own);
    return status;
}

/* mix: (x'z + c) (1 + same) / 2; tree: exp(2 same - 2) */
static cvr_status put_sides(cvr_onnx_graph *g, const cvr_kernel_part *p, cvr_onnx_value x,
                            cvr_mat Z, cvr_onnx_value *K)
{
    bool tree = p->kind == CVR_KERNEL_TREE;
    cvr_onnx_value same = 0, inner;
    cvr_status status = CVR_OK;
    CVR_TRY(agreement(g, p, x, Z, &same));
    same = CVR_ONNX(g, "Mul", same, cvr_onnx_number(g, tree ? 2 : 0.5));
    same = CVR_ONNX(g, "Add", same, cvr_onnx_number(g, tree ? -2 : 0.5));
    if (tree) {
        *K = CVR_ONNX(g, "Exp", same);
        return CVR_OK;
    }
    inner = product(g, x, Z);
    inner = CVR_ONNX(g, "Add", inner, cvr_onnx_number(g, p->bias2));
    *K = CVR_ONNX(g, "Mul", inner, same);
done:
    return status;
}

static cvr_status put_plain(cvr_onnx_graph *g, const cvr_kernel_part *p, cvr_onnx_value x,
                            cvr_mat Z, cvr_onnx_value *K)
{
    cvr_status (*const put[])(cvr_onnx_graph *, const cvr_kernel_part *, cvr_onnx_value,
                              cvr_mat, cvr_onnx_value *) = {[CVR_KERNEL_ARC] = put_arc,
                                                            [CVR_KERNEL_MIX] = put_sides,
                                                            [CVR_KERNEL_TREE] = put_sides,
                                                            [CVR_KERNEL_EXP] = put_exp};
    return put[p->kind](g, p, x, Z, K);
}

/* Mirrored: k(x, z) + k(x, z~), whose odd columns have the other sign. */
static cvr_status put_part(cvr_onnx_graph *g, const cvr_kernel_part *p, cvr_onnx_value x,
                           cvr_mat Z, cvr_onnx_value *K)
{
    cvr_onnx_value image = 0;
    cvr_mat M = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(put_plain(g, p, x, Z, K));
    if (p->even == 0)
        return CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), Z.type, Z.rows, Z.cols, &M));
    cvr_copy(M, Z);
    cvr_scale(cvr_mat_cols(M, p->even, p->count - p->even), -1);
    CVR_TRY(put_plain(g, p, x, M, &image));
    *K = CVR_ONNX(g, "Add", *K, image);
done:
    cvr_mat_free(&M);
    return status;
}

cvr_status cvr_onnx_kernel(cvr_onnx_graph *g, const cvr_machine *z, cvr_onnx_value X,
                           cvr_onnx_value *sum)
{
    cvr_status status = CVR_OK;
    for (int k = 0; k < z->parts; k++) {
        const cvr_kernel_part *p = &z->part[k];
        cvr_onnx_value x = cvr_onnx_columns(g, X, p->first, p->count), K = 0;
        CVR_TRY(put_part(g, p, x, cvr_mat_cols(z->Z, p->first, p->count), &K));
        K = CVR_ONNX(g, "Mul", K, cvr_onnx_number(g, p->weight));
        *sum = k > 0 ? CVR_ONNX(g, "Add", *sum, K) : K;
    }
done:
    return status;
}

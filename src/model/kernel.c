/* Kernels, tile by tile: one product of the rows, one of the sides, then entry by entry.

       arc    w_g K_gated + w_r K_relu of cvr_arc_cosine, bias2 its c
       mix    (x'z + bias2) (1 + s(x)'s(z)) / 2
       tree   exp(-2 (1 - s(x)'s(z)))
       exp    exp(-|x - z|^2 / bias2)

   Mirrored, a part is k(x, z) + k(x, z~) for the mirror image z~ of z: with the even
   and the odd columns' products S and A, x'z = S + A and x'z~ = S - A, so that one
   kernel of n rows stands for training on these and their mirror images. Of its gates
   the second half are the mirror images of the first, so that s(z~) is s(z) with its
   halves exchanged.

   s is the side of each gate, +-1 / sqrt(P): (1 + s's) / 2 is the part of the gates that
   x and z are on one side of. It is counted in single precision, which is exact for up to
   2^24 gates. tree: the limit of boxes, each the product of Poisson(4) one-coordinate
   gates. */
#include "model/kernel.h"

#include <math.h>

#include "base/bytes.h"
#include "linalg/mats.h"
#include "linalg/product.h"
#include "model/ops.h"

static bool has_norms(const cvr_kernel_part *p)
{
    return p->kind != CVR_KERNEL_TREE;
}

static cvr_mat columns(const cvr_kernel_part *p, cvr_mat X)
{
    return cvr_mat_cols(X, p->first, p->count);
}

/* ---- rows -------------------------------------------------------------------------- */

/* u_i = |x_i|^2: norms of the columns of X', a strip of rows at a time. */
static cvr_status squared_norms(cvr_mat X, cvr_mat u)
{
    enum { STRIP = 256 };
    cvr_mat T = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(X.device, X.type, X.cols, X.rows < STRIP ? X.rows : STRIP, &T));
    for (int64_t i = 0; i < X.rows; i += STRIP) {
        cvr_mat rows = cvr_mat_rows(X, i, STRIP), turned = cvr_mat_cols(T, 0, rows.rows);
        cvr_transpose(turned, rows);
        cvr_col_dots(cvr_mat_rows(u, i, STRIP), turned, turned);
    }
done:
    cvr_mat_free(&T);
    return status;
}

/* S = 2 1[X H' + g >= 0] - 1. */
static cvr_status sides(const cvr_kernel_part *p, cvr_mat X, cvr_mat S)
{
    cvr_mat Z = {0}, down = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(X.device, X.type, S.rows, S.cols, &Z));
    CVR_TRY(cvr_mat_new(S.device, S.type, S.cols, 1, &down));
    cvr_fill(down, -1);
    CVR_TRY(cvr_product_verified("X H of the gates", Z, CVR_N, columns(p, X), CVR_T,
                                 p->gates.W, false));
    cvr_add_row(Z, p->gates.b);
    cvr_gate(Z, Z);
    cvr_copy(S, Z);
    cvr_scale(S, 2);
    cvr_add_row(S, down);
done:
    cvr_mat_free(&Z);
    cvr_mat_free(&down);
    return status;
}

static bool has_mirrored_gates(const cvr_machine *m)
{
    for (int k = 0; k < m->parts; k++)
        if (m->part[k].even > 0 && m->part[k].gates.W.data)
            return true;
    return false;
}

static cvr_status take_part(const cvr_kernel_part *p, cvr_mat X, cvr_mat *u, cvr_mat *S)
{
    cvr_status status = CVR_OK;
    if (has_norms(p)) {
        CVR_TRY(cvr_mat_new(X.device, X.type, X.rows, 1, u));
        CVR_TRY(squared_norms(columns(p, X), *u));
    }
    if (p->gates.W.data) {
        CVR_TRY(cvr_mat_new(X.device, CVR_SINGLE, X.rows, p->gates.W.rows, S));
        CVR_TRY(sides(p, X, *S));
    }
done:
    return status;
}

cvr_status cvr_kernel_rows_new(const cvr_machine *machine, cvr_mat X, int64_t high,
                               cvr_kernel_rows *r)
{
    cvr_status status = CVR_OK;
    int parts = machine->parts;
    *r = (cvr_kernel_rows){.machine = machine, .X = X};
    CVR_TRY(cvr_alloc(parts, sizeof *r->u, "rows of a kernel", (void **)&r->u));
    CVR_TRY(cvr_alloc(parts, sizeof *r->S, "rows of a kernel", (void **)&r->S));
    CVR_TRY(cvr_mat_new(X.device, X.type, high, cvr_times(2, X.rows), &r->tile));
    CVR_TRY(cvr_mat_new(X.device, CVR_SINGLE, high, X.rows, &r->same));
    CVR_TRY(cvr_mat_new(X.device, X.type, X.rows, 1, &r->row));
    if (has_mirrored_gates(machine))
        CVR_TRY(cvr_mat_new(X.device, X.type, high, cvr_times(2, X.rows), &r->agreed));
    for (int k = 0; k < parts; k++)
        CVR_TRY(take_part(&machine->part[k], X, &r->u[k], &r->S[k]));
done:
    if (status != CVR_OK)
        cvr_kernel_rows_free(r);
    return status;
}

void cvr_kernel_rows_free(cvr_kernel_rows *r)
{
    for (int k = 0; k < (r->machine ? r->machine->parts : 0); k++) {
        if (r->u)
            cvr_mat_free(&r->u[k]);
        if (r->S)
            cvr_mat_free(&r->S[k]);
    }
    cvr_release(r->u);
    cvr_release(r->S);
    cvr_mat_free(&r->tile);
    cvr_mat_free(&r->same);
    CVR_MATS_FREE(&r->row, &r->agreed);
    *r = (cvr_kernel_rows){0};
}

/* ---- tiles ------------------------------------------------------------------------- */

/* T += c, by way of a row of that constant. */
static void add_constant(cvr_mat T, cvr_mat row, double c)
{
    row = cvr_mat_rows(row, 0, T.cols);
    cvr_fill(row, c);
    cvr_add_row(T, row);
}

/* The rows of a tile, and the columns: x and z of a part, their squared lengths and
   sides. */
typedef struct pair {
    cvr_mat X, Z, x2, z2, sx, sz;
} pair;

/* T = c s(x)'s(z) / P for the part's gates; count: work in single. */
static cvr_status agreement(const pair *t, cvr_mat count, cvr_mat T, double c)
{
    cvr_status status = CVR_OK;
    count = cvr_mat_part(count, 0, 0, T.rows, T.cols);
    CVR_TRY(cvr_product_verified("S S' of the gates' sides", count, CVR_N, t->sx, CVR_T,
                                 t->sz, true));
    cvr_copy(T, count);
    cvr_scale(T, c / (double)t->sx.cols);
done:
    return status;
}

/* T = c s(x)'s(z~) / P, W work of the same shape. */
static cvr_status mirrored_agreement(const pair *t, cvr_mat count, cvr_mat T, cvr_mat W,
                                     double c)
{
    int64_t half = t->sx.cols / 2;
    pair one = *t, other = *t;
    cvr_status status = CVR_OK;
    one.sx = cvr_mat_cols(t->sx, 0, half);
    one.sz = cvr_mat_cols(t->sz, half, half);
    other.sx = cvr_mat_cols(t->sx, half, half);
    other.sz = cvr_mat_cols(t->sz, 0, half);
    CVR_TRY(agreement(&one, count, T, c / 2));
    CVR_TRY(agreement(&other, count, W, c / 2));
    cvr_axpby(T, 1, W, 1);
done:
    return status;
}

/* What agreements are multiplied by: see the formulas above. */
static double slope(const cvr_kernel_part *p)
{
    return p->kind == CVR_KERNEL_TREE ? 2 : 0.5;
}

/* K = exp((2 K - |x|^2 - |z|^2) / c) */
static cvr_status exponential(const pair *t, double c, cvr_mat K)
{
    cvr_mat U = {0}, V = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(K, K.rows, 2, &U));
    CVR_TRY(CVR_MATS_NEW(K, K.cols, 2, &V));
    cvr_fill(U, 1);
    cvr_fill(V, 1);
    cvr_copy(cvr_mat_cols(U, 0, 1), t->x2);
    cvr_copy(cvr_mat_cols(V, 1, 1), t->z2);
    cvr_gemm(K, -1 / c, CVR_N, U, CVR_T, V, 2 / c);
    cvr_clamp(K, -INFINITY, 0); /* of rounding */
    cvr_exponential(K, 1);
done:
    CVR_MATS_FREE(&U, &V);
    return status;
}

/* K = k_part of the inner products K and the agreements A. */
static cvr_status apply(const cvr_kernel_part *p, const pair *t, cvr_mat row, cvr_mat K,
                        cvr_mat A)
{
    switch (p->kind) {
    case CVR_KERNEL_ARC:
        cvr_arc_cosine(K, t->x2, t->z2, p->bias2, p->gated, p->relu);
        break;
    case CVR_KERNEL_MIX:
        add_constant(K, row, p->bias2);
        add_constant(A, row, 0.5);
        cvr_hadamard(K, A);
        break;
    case CVR_KERNEL_TREE:
        cvr_copy(K, A);
        add_constant(K, row, -2);
        cvr_exponential(K, 1);
        break;
    case CVR_KERNEL_EXP:
        return exponential(t, p->bias2, K);
    }
    return CVR_OK;
}

/* K = S + A, T = S - A. */
static cvr_status mirrored_products(const cvr_kernel_part *p, const pair *t, cvr_mat K,
                                    cvr_mat T)
{
    static const char what[] = "X Z' of a mirrored kernel";
    int64_t odd = p->count - p->even;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_product_verified(what, K, CVR_N, cvr_mat_cols(t->X, 0, p->even), CVR_T,
                                 cvr_mat_cols(t->Z, 0, p->even), false));
    CVR_TRY(cvr_product_verified(what, T, CVR_N, cvr_mat_cols(t->X, p->even, odd), CVR_T,
                                 cvr_mat_cols(t->Z, p->even, odd), false));
    cvr_axpby(K, 1, T, 1);
    cvr_axpby(T, 1, K, -2);
done:
    return status;
}

/* K = k(x, z) + k(x, z~), T = k(x, z~). */
static cvr_status mirrored_tile(const cvr_kernel_part *p, const pair *t,
                                cvr_kernel_rows *z, cvr_mat K, cvr_mat T)
{
    cvr_mat A = {0}, B = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(mirrored_products(p, t, K, T));
    if (p->gates.W.data) {
        A = cvr_mat_part(z->agreed, 0, 0, K.rows, K.cols);
        B = cvr_mat_part(z->agreed, 0, K.cols, K.rows, K.cols);
        CVR_TRY(agreement(t, z->same, A, slope(p)));
    }
    CVR_TRY(apply(p, t, z->row, K, A));
    if (p->gates.W.data)
        CVR_TRY(mirrored_agreement(t, z->same, A, B, slope(p)));
    CVR_TRY(apply(p, t, z->row, T, A));
    cvr_axpby(K, 1, T, 1);
done:
    return status;
}

/* Rows first .. of x, and from .. of z. */
static pair pair_of(int k, const cvr_kernel_rows *x, int64_t first, int64_t rows,
                    const cvr_kernel_rows *z, int64_t from)
{
    const cvr_kernel_part *p = &x->machine->part[k];
    int64_t all = z->X.rows;
    pair t = {.X = columns(p, cvr_mat_rows(x->X, first, rows)),
              .Z = columns(p, cvr_mat_rows(z->X, from, all))};
    if (has_norms(p)) {
        t.x2 = cvr_mat_rows(x->u[k], first, rows);
        t.z2 = cvr_mat_rows(z->u[k], from, all);
    }
    if (p->gates.W.data) {
        t.sx = cvr_mat_rows(x->S[k], first, rows);
        t.sz = cvr_mat_rows(z->S[k], from, all);
    }
    return t;
}

/* K = k_part; T: work of the same shape. */
static cvr_status part_tile(const cvr_kernel_part *p, const pair *t, cvr_kernel_rows *z,
                            cvr_mat K, cvr_mat T)
{
    cvr_status status = CVR_OK;
    if (p->even > 0)
        return mirrored_tile(p, t, z, K, T);
    if (has_norms(p))
        CVR_TRY(
            cvr_product_verified("X Z' of a kernel", K, CVR_N, t->X, CVR_T, t->Z, false));
    if (p->gates.W.data)
        CVR_TRY(agreement(t, z->same, T, slope(p)));
    CVR_TRY(apply(p, t, z->row, K, T));
done:
    return status;
}

cvr_status cvr_kernel_block(const cvr_kernel_rows *x, int64_t first, cvr_kernel_rows *z,
                            int64_t from, cvr_mat K)
{
    cvr_status status = CVR_OK;
    const cvr_machine *m = x->machine;
    cvr_mat T = cvr_mat_rows(z->tile, 0, K.rows);
    cvr_mat own = cvr_mat_cols(T, 0, K.cols), work = cvr_mat_cols(T, K.cols, K.cols);
    for (int k = 0; k < m->parts; k++) {
        pair t = pair_of(k, x, first, K.rows, z, from);
        CVR_TRY(part_tile(&m->part[k], &t, z, own, work));
        cvr_axpby(K, m->part[k].weight, own, k > 0);
    }
done:
    return status;
}

cvr_status cvr_kernel_tile(const cvr_kernel_rows *x, int64_t first, cvr_kernel_rows *z,
                           cvr_mat K)
{
    return cvr_kernel_block(x, first, z, 0, K);
}

/* v_i += weight k(x_i, x_i~), from small tiles. */
static cvr_status add_mirrored(cvr_kernel_rows *x, int k, cvr_mat v)
{
    enum { SMALL = 64 };
    const cvr_kernel_part *p = &x->machine->part[k];
    cvr_kernel_rows work = {0};
    cvr_mat K = {0}, T = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(x->X, SMALL, SMALL, &K, &T));
    CVR_TRY(CVR_MATS_NEW(x->X, SMALL, 2 * SMALL, &work.agreed));
    CVR_TRY(CVR_MATS_NEW(x->X, SMALL, 1, &work.row));
    CVR_TRY(cvr_mat_new(x->X.device, CVR_SINGLE, SMALL, SMALL, &work.same));
    for (int64_t i = 0; i < v.rows; i += SMALL) {
        pair t = pair_of(k, x, i, SMALL, x, 0);
        t.Z = t.X;
        t.z2 = t.x2;
        t.sz = t.sx;
        cvr_mat own = cvr_mat_part(K, 0, 0, t.X.rows, t.X.rows);
        cvr_mat mirror = cvr_mat_part(T, 0, 0, t.X.rows, t.X.rows);
        CVR_TRY(mirrored_tile(p, &t, &work, own, mirror));
        mirror = cvr_mat_part(mirror, 0, 0, 1, t.X.rows);
        mirror.ld++;
        cvr_transpose(cvr_mat_rows(x->row, i, SMALL), mirror);
    }
    cvr_axpby(v, p->weight, x->row, 1);
done:
    CVR_MATS_FREE(&K, &T, &work.agreed, &work.row, &work.same);
    return status;
}

cvr_status cvr_kernel_diagonal(cvr_kernel_rows *x, cvr_mat v)
{
    const cvr_machine *m = x->machine;
    cvr_status status = CVR_OK;
    cvr_fill(v, 0);
    for (int k = 0; k < m->parts; k++) {
        const cvr_kernel_part *p = &m->part[k];
        double half = (p->gated + p->relu) / 2;
        double times = p->kind == CVR_KERNEL_ARC ? half : 1;
        bool one = p->kind == CVR_KERNEL_TREE || p->kind == CVR_KERNEL_EXP;
        cvr_fill(x->row, one ? 1 : times * p->bias2);
        if (!one)
            cvr_axpby(x->row, times, x->u[k], 1);
        cvr_axpby(v, p->weight, x->row, 1);
        if (p->even > 0)
            CVR_TRY(add_mirrored(x, k, v));
    }
done:
    return status;
}

/* ---- machines ---------------------------------------------------------------------- */

cvr_status cvr_machine_new(cvr_type type, int64_t points, int64_t features, int parts,
                           cvr_machine *machine)
{
    cvr_status status = CVR_OK;
    *machine = (cvr_machine){.parts = parts};
    CVR_TRY(cvr_alloc(parts, sizeof *machine->part, "a kernel", (void **)&machine->part));
    CVR_TRY(cvr_mat_new(cvr_cpu(), type, points, features, &machine->Z));
done:
    if (status != CVR_OK)
        cvr_machine_free(machine);
    return status;
}

static cvr_status copy_mat(cvr_mat from, cvr_mat *to)
{
    cvr_status status = CVR_OK;
    *to = (cvr_mat){0};
    if (!from.data)
        return CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), from.type, from.rows, from.cols, to));
    cvr_copy(*to, from);
done:
    return status;
}

cvr_status cvr_machine_copy(const cvr_machine *from, cvr_machine *to)
{
    cvr_status status = CVR_OK;
    *to = (cvr_machine){.clip = from->clip};
    CVR_TRY(cvr_alloc(from->parts, sizeof *to->part, "a kernel", (void **)&to->part));
    to->parts = from->parts;
    CVR_TRY(copy_mat(from->Z, &to->Z));
    CVR_TRY(copy_mat(from->V, &to->V));
    for (int k = 0; k < from->parts; k++) {
        const cvr_layer gates = from->part[k].gates;
        to->part[k] = from->part[k];
        to->part[k].gates = (cvr_layer){0};
        CVR_TRY(copy_mat(gates.W, &to->part[k].gates.W));
        CVR_TRY(copy_mat(gates.b, &to->part[k].gates.b));
    }
done:
    if (status != CVR_OK)
        cvr_machine_free(to);
    return status;
}

cvr_status cvr_machine_reduce(const cvr_machine *machine, cvr_mat X, cvr_mat *R,
                              cvr_mat *view)
{
    cvr_mat V = machine->V, own = {0}; /* in the type of the rows */
    cvr_status status = CVR_OK;
    *view = X;
    if (!V.data)
        return CVR_OK;
    CVR_TRY(CVR_MATS_NEW(X, X.rows, V.cols, R));
    if (V.type != X.type) {
        CVR_TRY(CVR_MATS_NEW(X, V.rows, V.cols, &own));
        cvr_copy(own, V);
        V = own;
    }
    CVR_TRY(cvr_product_verified("X V of components", *R, CVR_N, X, CVR_N, V, false));
    *view = *R;
done:
    cvr_mat_free(&own);
    return status;
}

void cvr_machine_free(cvr_machine *machine)
{
    for (int k = 0; machine->part && k < machine->parts; k++) {
        cvr_mat_free(&machine->part[k].gates.W);
        cvr_mat_free(&machine->part[k].gates.b);
    }
    cvr_release(machine->part);
    CVR_MATS_FREE(&machine->Z, &machine->V);
    *machine = (cvr_machine){0};
}

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
#include "model/kernel_entries.h"

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

/* Rows S = 2 1[X H' + g >= 0] - 1, of rows in the gates' type; down: -1 each. */
static cvr_status sides_of(const cvr_kernel_part *p, cvr_mat X, cvr_mat Z, cvr_mat down,
                           cvr_mat S)
{
    cvr_mat own = {0};
    cvr_status status = CVR_OK;
    if (X.type != Z.type) {
        CVR_TRY(CVR_MATS_NEW(Z, X.rows, X.cols, &own));
        cvr_copy(own, X);
        X = own;
    }
    CVR_TRY(
        cvr_product_verified("X H of the gates", Z, CVR_N, X, CVR_T, p->gates.W, false));
    cvr_add_row(Z, p->gates.b);
    cvr_gate(Z, Z);
    cvr_copy(S, Z);
    cvr_scale(S, 2);
    cvr_add_row(S, down);
done:
    cvr_mat_free(&own);
    return status;
}

/* Sides of all rows, a strip at a time; mirrored, the first half of gates once more. */
static cvr_status sides(const cvr_kernel_part *p, cvr_mat X, cvr_mat S)
{
    enum { STRIP = 1024 };
    int64_t P = p->gates.W.rows;
    cvr_mat Z = {0}, down = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(p->gates.W, X.rows < STRIP ? X.rows : STRIP, P, &Z));
    CVR_TRY(CVR_MATS_NEW(S, P, 1, &down));
    cvr_fill(down, -1);
    for (int64_t i = 0; i < X.rows; i += STRIP) {
        cvr_mat x = cvr_mat_rows(columns(p, X), i, STRIP);
        CVR_TRY(sides_of(p, x, cvr_mat_rows(Z, 0, x.rows), down,
                         cvr_mat_rows(cvr_mat_cols(S, 0, P), i, STRIP)));
    }
    cvr_copy(cvr_mat_cols(S, P, S.cols - P), cvr_mat_cols(S, 0, S.cols - P));
done:
    cvr_mat_free(&Z);
    cvr_mat_free(&down);
    return status;
}

/* How often as wide as the columns what is asked of gates is: 0 without any, 2 where
   some are mirrored. */
static int64_t width_of_gates(const cvr_machine *m)
{
    int64_t width = 0;
    for (int k = 0; k < m->parts; k++)
        if (m->part[k].gates.W.data && width < 2)
            width = m->part[k].even > 0 ? 2 : 1;
    return width;
}

static cvr_status take_part(const cvr_kernel_part *p, cvr_mat X, cvr_mat *u, cvr_mat *S)
{
    cvr_status status = CVR_OK;
    if (has_norms(p)) {
        CVR_TRY(cvr_mat_new(X.device, X.type, X.rows, 1, u));
        CVR_TRY(squared_norms(columns(p, X), *u));
    }
    if (p->gates.W.data) {
        int64_t P = p->gates.W.rows, again = p->even > 0 ? P / 2 : 0;
        CVR_TRY(cvr_mat_new(X.device, CVR_SINGLE, X.rows, P + again, S));
        CVR_TRY(sides(p, X, *S));
    }
done:
    return status;
}

/* For tiles of at most `high` rows and as many columns as X has rows. */
static cvr_status take_work(cvr_kernel_rows *r, cvr_mat X, int64_t high)
{
    int64_t gates = cvr_times(width_of_gates(r->machine), X.rows);
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(X, high, cvr_times(2, X.rows), &r->tile));
    CVR_TRY(CVR_MATS_NEW(X, X.rows, 1, &r->row));
    if (gates == 0)
        return CVR_OK;
    CVR_TRY(cvr_mat_new(X.device, CVR_SINGLE, high, gates, &r->same));
    r->agreed = r->same;
    if (X.type != CVR_SINGLE)
        CVR_TRY(CVR_MATS_NEW(X, high, gates, &r->agreed));
done:
    return status;
}

static void free_work(cvr_kernel_rows *r)
{
    if (r->agreed.data != r->same.data)
        cvr_mat_free(&r->agreed);
    CVR_MATS_FREE(&r->tile, &r->same, &r->row);
}

cvr_status cvr_kernel_rows_new(const cvr_machine *machine, cvr_mat X, int64_t high,
                               cvr_kernel_rows *r)
{
    cvr_status status = CVR_OK;
    int parts = machine->parts;
    *r = (cvr_kernel_rows){.machine = machine, .X = X};
    CVR_TRY(cvr_alloc(parts, sizeof *r->u, "rows of a kernel", (void **)&r->u));
    CVR_TRY(cvr_alloc(parts, sizeof *r->S, "rows of a kernel", (void **)&r->S));
    CVR_TRY(take_work(r, X, high));
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
    free_work(r);
    *r = (cvr_kernel_rows){0};
}

/* ---- tiles ------------------------------------------------------------------------- */

/* The rows of a tile, and the columns: x and z of a part, their squared lengths and
   sides. */
typedef struct pair {
    cvr_mat X, Z, x2, z2, sx, sz;
} pair;

/* same[0] = P s(x)'s(z); mirrored: same[1] = P s(x)'s(z~), whose sides begin with the
   second half of z's. */
static cvr_status agreements(const cvr_kernel_part *p, const pair *t, cvr_mat same[2])
{
    int64_t P = p->gates.W.rows;
    for (int image = 0; image < (p->even > 0 ? 2 : 1); image++) {
        cvr_mat z = cvr_mat_cols(t->sz, image * (P / 2), P);
        cvr_status status =
            cvr_product_verified("S S' of the gates' sides", same[image], CVR_N,
                                 cvr_mat_cols(t->sx, 0, P), CVR_T, z, true);
        if (status != CVR_OK)
            return status;
    }
    return CVR_OK;
}

/* K = x'z of the columns of p; mirrored: K of the even ones, T of the odd ones. */
static cvr_status inner_products(const cvr_kernel_part *p, const pair *t, cvr_mat K,
                                 cvr_mat T)
{
    static const char what[] = "X Z' of a mirrored kernel";
    int64_t odd = p->count - p->even;
    cvr_status status = CVR_OK;
    if (p->even == 0)
        return cvr_product_verified("X Z' of a kernel", K, CVR_N, t->X, CVR_T, t->Z,
                                    false);
    CVR_TRY(cvr_product_verified(what, K, CVR_N, cvr_mat_cols(t->X, 0, p->even), CVR_T,
                                 cvr_mat_cols(t->Z, 0, p->even), false));
    CVR_TRY(cvr_product_verified(what, T, CVR_N, cvr_mat_cols(t->X, p->even, odd), CVR_T,
                                 cvr_mat_cols(t->Z, p->even, odd), false));
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

/* Columns of A, a matrix of work for the part that columns 0 or 1 of tiles have. */
static cvr_mat of_image(cvr_mat A, int image, cvr_mat K)
{
    return cvr_mat_part(A, 0, image * K.cols, K.rows, K.cols);
}

/* sum (+)= weight k_part. */
static cvr_status part_tile(const cvr_kernel_part *p, const pair *t, cvr_kernel_rows *z,
                            cvr_mat sum, bool more)
{
    cvr_kernel_entries e = {.part = p,
                            .K = of_image(z->tile, 0, sum),
                            .x2 = t->x2,
                            .z2 = t->z2,
                            .row = z->row,
                            .sum = sum,
                            .more = more};
    cvr_status status = CVR_OK;
    if (p->even > 0)
        e.T = of_image(z->tile, 1, sum);
    for (int image = 0; p->gates.W.data && image < (p->even > 0 ? 2 : 1); image++) {
        e.same[image] = of_image(z->same, image, sum);
        e.twice[image] = of_image(z->agreed, image, sum);
    }
    if (has_norms(p))
        CVR_TRY(inner_products(p, t, e.K, e.T));
    if (p->gates.W.data)
        CVR_TRY(agreements(p, t, e.same));
    cvr_kernel_make_entries(&e);
done:
    return status;
}

cvr_status cvr_kernel_block(const cvr_kernel_rows *x, int64_t first, cvr_kernel_rows *z,
                            int64_t from, cvr_mat K)
{
    cvr_status status = CVR_OK;
    const cvr_machine *m = x->machine;
    for (int k = 0; k < m->parts; k++) {
        pair t = pair_of(k, x, first, K.rows, z, from);
        CVR_TRY(part_tile(&m->part[k], &t, z, K, k > 0));
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
    cvr_kernel_rows work = {.machine = x->machine};
    cvr_mat K = {0}, few = cvr_mat_rows(x->X, 0, SMALL);
    cvr_status status = CVR_OK;
    CVR_TRY(take_work(&work, few, few.rows));
    CVR_TRY(CVR_MATS_NEW(x->X, few.rows, few.rows, &K));
    for (int64_t i = 0; i < v.rows; i += SMALL) {
        pair t = pair_of(k, x, i, SMALL, x, 0);
        t.Z = t.X;
        t.z2 = t.x2;
        t.sz = t.sx;
        cvr_mat own = cvr_mat_part(K, 0, 0, t.X.rows, t.X.rows);
        CVR_TRY(part_tile(p, &t, &work, own, false));
        cvr_mat mirror = of_image(work.tile, 1, own);
        mirror = cvr_mat_part(mirror, 0, 0, 1, t.X.rows);
        mirror.ld++;
        cvr_transpose(cvr_mat_rows(x->row, i, SMALL), mirror);
    }
    cvr_axpby(v, p->weight, x->row, 1);
done:
    free_work(&work);
    cvr_mat_free(&K);
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

/* With S = +-1 the sides, D = (S + 1) / 2, a part of P gates is

       k(x, z) = w ([x c]'[z 1]) sum_i (1 + S_i(x) S_i(z)) / (2 P)

   so that with U_i = sum_j S_i(z_j) alpha_j [z_j 1] and T = sum_j alpha_j [z_j 1]

       f(x) = sum_i D_i(x) (w / P) U_i'[x c] + (w / 2) (T - sum_i U_i / P)'[x c]:

   a linear map behind each gate, and one that is always there: behind a gate that is open
   to all rows. Mirrored, the images z~_j and their sides are summed up, too. */
#include "convex/limit_gates.h"

#include "linalg/mats.h"
#include "linalg/product.h"
#include "model/model.h"

enum { STRIP = 1024 };

typedef struct conversion {
    const cvr_machine *machine;
    cvr_mat alpha;
    cvr_model *m;
    int64_t gates; /* of the model: the last is the one that is open to all */
} conversion;

/* Row k of the model's layer += c [v x-part, v's last times bias2]; columns from `first`
   on. */
static void add_row(conversion *s, int64_t k, const cvr_kernel_part *p, double c,
                    cvr_mat v)
{
    cvr_layer *layer = &s->m->layers[0];
    for (int64_t j = 0; j < p->count; j++)
        cvr_set(layer->W, k, p->first + j,
                cvr_get(layer->W, k, p->first + j) + c * cvr_get(v, j, 0));
    cvr_set(layer->b, k, 0,
            cvr_get(layer->b, k, 0) + c * p->bias2 * cvr_get(v, p->count, 0));
}

/* U (count + 1 x P) += B' diag(a) S and T += B' a, for rows B = [z 1] and their sides;
   image: z~ in place of z. B is work. */
static cvr_status add_points(const cvr_kernel_part *p, cvr_mat B, cvr_mat a, cvr_mat S,
                             bool image, cvr_mat U, cvr_mat T)
{
    cvr_mat W = {0}, ones = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(U, U.rows, U.cols, &W));
    CVR_TRY(CVR_MATS_NEW(U, B.rows, 1, &ones));
    cvr_fill(ones, 1);
    cvr_scale_rows(B, a);
    if (image)
        cvr_scale(cvr_mat_cols(B, p->even, p->count - p->even), -1);
    CVR_TRY(cvr_product_verified("Z'S of a compact model", W, CVR_T, B, CVR_N, S, false));
    cvr_axpby(U, 1, W, 1);
    cvr_gemm(T, 1, CVR_T, B, CVR_N, ones, 1);
done:
    CVR_MATS_FREE(&W, &ones);
    return status;
}

/* Points first .. of part k, for output c. */
static cvr_status add_strip(conversion *s, int k, int64_t first, int64_t c, cvr_mat U,
                            cvr_mat T)
{
    const cvr_kernel_part *p = &s->machine->part[k];
    int64_t P = p->gates.W.rows;
    cvr_mat Z = cvr_mat_rows(s->machine->Z, first, STRIP), B = {0}, S = {0};
    cvr_mat a = cvr_mat_rows(cvr_mat_cols(s->alpha, c, 1), first, STRIP);
    cvr_kernel_rows rows = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_kernel_rows_new(s->machine, Z, 0, &rows));
    CVR_TRY(CVR_MATS_NEW(U, Z.rows, p->count + 1, &B));
    CVR_TRY(CVR_MATS_NEW(U, Z.rows, P, &S));
    for (int image = 0; image < (p->even > 0 ? 2 : 1); image++) {
        cvr_copy(cvr_mat_cols(B, 0, p->count), cvr_mat_cols(Z, p->first, p->count));
        cvr_fill(cvr_mat_cols(B, p->count, 1), 1);
        cvr_copy(S, cvr_mat_cols(rows.S[k], image * (P / 2), P));
        CVR_TRY(add_points(p, B, a, S, image > 0, U, T));
    }
done:
    cvr_kernel_rows_free(&rows);
    CVR_MATS_FREE(&B, &S);
    return status;
}

/* Part k, its gates from number `at` on, for output c. */
static cvr_status put_part(conversion *s, int k, int64_t at, int64_t c)
{
    const cvr_kernel_part *p = &s->machine->part[k];
    int64_t P = p->gates.W.rows, open = (c + 1) * s->gates - 1;
    double each = p->weight / (double)P;
    cvr_mat U = {0}, T = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(s->alpha, p->count + 1, P, &U));
    CVR_TRY(CVR_MATS_NEW(s->alpha, p->count + 1, 1, &T));
    for (int64_t i = 0; i < s->alpha.rows; i += STRIP)
        CVR_TRY(add_strip(s, k, i, c, U, T));
    for (int64_t i = 0; i < P; i++) {
        cvr_mat u = cvr_mat_cols(U, i, 1);
        add_row(s, c * s->gates + at + i, p, each, u);
        cvr_axpby(T, -1 / (double)P, u, 1);
    }
    add_row(s, open, p, p->weight / 2, T);
done:
    CVR_MATS_FREE(&U, &T);
    return status;
}

static void put_gates(conversion *s, int k, int64_t at)
{
    const cvr_kernel_part *p = &s->machine->part[k];
    int64_t P = p->gates.W.rows;
    cvr_copy(cvr_mat_part(s->m->gates.W, at, p->first, P, p->count), p->gates.W);
    cvr_copy(cvr_mat_rows(s->m->gates.b, at, P), p->gates.b);
}

cvr_status cvr_limit_gated(const cvr_machine *machine, cvr_mat alpha, cvr_mat b,
                           cvr_model *m)
{
    conversion s = {machine, alpha, m, 1};
    int64_t at = 0, C = alpha.cols;
    cvr_status status = CVR_OK;
    const cvr_machine look = {.clip = machine->clip, .V = machine->V};
    for (int k = 0; k < machine->parts; k++)
        s.gates += machine->part[k].gates.W.rows;
    CVR_TRY(cvr_model_new_gated(machine->Z.type, machine->Z.cols, s.gates, (int)C, m));
    CVR_TRY(cvr_machine_copy(&look, &m->machine));
    cvr_set(m->gates.b, s.gates - 1, 0, 1);
    for (int k = 0; k < machine->parts; k++) {
        put_gates(&s, k, at);
        for (int64_t c = 0; c < C; c++)
            CVR_TRY(put_part(&s, k, at, c));
        at += machine->part[k].gates.W.rows;
    }
    cvr_copy(m->constant, b);
done:
    if (status != CVR_OK)
        cvr_model_free(m);
    return status;
}

/* The dual matrix of the gated model and its Cholesky factor. */
#include "convex/dual_gram.h"

#include "base/bytes.h"
#include "convex/ops.h"
#include "linalg/ops.h"
#include "parallel/comm.h"

static bool several(const cvr_program *p)
{
    return cvr_comm_size(p->comm) > 1;
}

void cvr_dual_gram_lay_out(cvr_dual_gram *k, const cvr_program *p, bool with_block,
                           cvr_workspace *w)
{
    int64_t rows = p->problem->rows;
    k->p = p;
    CVR_LAY_SCRATCH(w, rows, rows, &k->W);
    CVR_LAY_SCRATCH(w, rows, 1, &k->diagonal);
    CVR_LAY_SCRATCH(w, rows, p->C, &k->R);
    if (p->free)
        CVR_LAY_SCRATCH(w, rows, 1, &k->one, &k->z);
    if (with_block)
        CVR_LAY_SCRATCH(w, p->n, p->d, &k->Xs);
    if (several(p)) {
        CVR_LAY_SCRATCH(w, rows, p->d, &k->all);
        CVR_LAY_SCRATCH(w, rows, p->P, &k->D);
    }
}

/* W = W o (D D') with the patterns of all processes; takes memory. */
static cvr_status gate(cvr_dual_gram *k)
{
    const cvr_program *p = k->p;
    cvr_status status = CVR_OK;
    if (several(p) && !k->gathered)
        CVR_TRY(cvr_allgather(p->comm, p->D, k->D));
    k->gathered = true;
    CVR_TRY(cvr_allreduce_status(p->comm, cvr_gate_gram(k->W, several(p) ? k->D : p->D)));
done:
    return status;
}

/* The diagonal as a row: 1 x n. */
static cvr_mat diagonal(cvr_mat A)
{
    cvr_mat v = cvr_mat_part(A, 0, 0, 1, A.cols);
    v.ld = A.ld + 1;
    return v;
}

/* X K^{-1} X' = (X L^{-T}) (X L^{-T})'. */
cvr_status cvr_dual_gram_form(cvr_dual_gram *k, cvr_mat K)
{
    const cvr_program *p = k->p;
    cvr_mat Xs = p->X;
    cvr_status status = CVR_OK;
    if (K.rows > 0) {
        Xs = k->Xs;
        cvr_copy(Xs, p->X);
        cvr_trsm_right(Xs, K, CVR_T);
    }
    if (several(p)) {
        CVR_TRY(cvr_allgather(p->comm, Xs, k->all));
        Xs = k->all;
    }
    CVR_TRY(cvr_interrupt_sync(p->comm));
    cvr_gram(k->W, 1, CVR_N, Xs, 0);
    CVR_TRY(cvr_interrupt_sync(p->comm));
    CVR_TRY(gate(k));
    CVR_TRY(cvr_interrupt_check(p->comm));
    if (p->weighted && p->free)
        CVR_TRY(cvr_allgather(p->comm, p->each, k->one));
    cvr_symmetrize(k->W);
    cvr_transpose(k->diagonal, diagonal(k->W));
done:
    return status;
}

cvr_status cvr_dual_gram_factor(cvr_dual_gram *k, double shift)
{
    cvr_status status = CVR_OK;
    cvr_add_diag(k->W, shift);
    CVR_TRY(cvr_potrf(k->W));
    if (k->p->free) {
        if (!k->p->weighted)
            cvr_fill(k->one, 1);
        cvr_copy(k->z, k->one);
        cvr_potrs(k->W, k->z);
        k->sum = cvr_dot(k->one, k->z);
    }
done:
    return status;
}

/* a = M^{-1} r - z b' with 1'a = 0, in k->R. */
static void border(cvr_dual_gram *k)
{
    int64_t before = k->p->figures->taken;
    const double *unread;
    cvr_mat s = cvr_figures_one(k->p->figures, &unread);
    for (int64_t c = 0; c < k->p->C; c++) {
        cvr_mat a = cvr_mat_cols(k->R, c, 1);
        cvr_put_dot(s, k->one, a);
        cvr_take_part(a, s, k->sum, k->z);
    }
    k->p->figures->taken = before;
}

cvr_status cvr_dual_gram_solve(cvr_dual_gram *k, cvr_mat R)
{
    const cvr_program *p = k->p;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allgather(p->comm, R, k->R));
    cvr_potrs(k->W, k->R);
    if (p->free)
        border(k);
    cvr_copy(R, cvr_mat_part(k->R, p->problem->first, 0, p->n, p->C));
done:
    return status;
}

/* Lower triangle = upper triangle', in blocks of columns. */
void cvr_dual_gram_restore(cvr_dual_gram *k)
{
    enum { BLOCK = 64 };
    int64_t n = k->W.cols;
    for (int64_t j = 0; j < n; j++) {
        int64_t end = j - j % BLOCK + BLOCK < n ? j - j % BLOCK + BLOCK : n;
        cvr_transpose(cvr_mat_part(k->W, j + 1, j, end - j - 1, 1),
                      cvr_mat_part(k->W, j, j + 1, 1, end - j - 1));
        if (j % BLOCK == 0)
            cvr_transpose(cvr_mat_part(k->W, end, j, n - end, end - j),
                          cvr_mat_part(k->W, j, end, end - j, n - end));
    }
    cvr_transpose(diagonal(k->W), k->diagonal);
}

/* F = J F: own rows x d P. */
static cvr_status centre_columns(const cvr_program *p, cvr_mat F)
{
    cvr_mat means = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(
        cvr_allreduce_status(p->comm, cvr_mat_new(F.device, F.type, F.cols, 1, &means)));
    cvr_col_sums(means, F);
    if (p->weighted)
        cvr_gemm(means, 1, CVR_T, F, CVR_N, p->each, 0);
    CVR_TRY(cvr_allreduce(p->comm, means));
    cvr_scale(means, -1 / p->total);
    if (p->weighted)
        cvr_gemm(F, 1, CVR_N, p->each, CVR_T, means, 1);
    else
        cvr_add_row(F, means);
done:
    cvr_mat_free(&means);
    return status;
}

void cvr_gated_gram_lay_out(const cvr_program *p, cvr_mat *FF, cvr_workspace *w)
{
    int64_t side = cvr_times(p->d, p->P);
    CVR_LAY_SCRATCH(w, side, side, FF);
    cvr_lay_passing(w, p->n, side);
}

cvr_status cvr_gated_gram(const cvr_program *p, cvr_mat FF)
{
    cvr_mat F = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(
        p->comm, cvr_mat_new(p->X.device, p->X.type, p->n, p->d * p->P, &F)));
    for (int64_t i = 0; i < p->P; i++) {
        cvr_mat Fi = cvr_mat_cols(F, i * p->d, p->d);
        cvr_copy(Fi, p->X);
        cvr_scale_rows(Fi, cvr_mat_cols(p->D, i, 1));
    }
    if (p->free)
        CVR_TRY(centre_columns(p, F));
    cvr_gram(FF, 1, CVR_T, F, 0);
    CVR_TRY(cvr_allreduce(p->comm, FF));
    CVR_TRY(cvr_interrupt_check(p->comm));
done:
    cvr_mat_free(&F);
    return status;
}

/* The dual matrix of the gated model and its Cholesky factor. */
#include "convex/kernel.h"

#include "base/bytes.h"

static int64_t several(const cvr_program *p)
{
    return cvr_comm_size(p->comm) > 1;
}

int64_t cvr_kernel_bytes(const cvr_program *p, bool with_block)
{
    int64_t rows = p->problem->rows, copies = with_block ? p->n : 0;
    int64_t square = cvr_mat_bytes(p->X.type, rows, rows);
    int64_t other = cvr_mat_bytes(p->X.type, copies + several(p) * rows, p->d);
    int64_t gates = cvr_mat_bytes(p->X.type, several(p) * rows, p->P);
    return square < 0 || other < 0 || gates < 0 ? -1 : square + other + gates;
}

cvr_status cvr_kernel_new(const cvr_program *p, bool with_block, cvr_kernel *k)
{
    int64_t rows = p->problem->rows;
    cvr_status status = CVR_OK;
    k->p = p;
    CVR_TRY(cvr_mat_new(p->X.on, p->X.type, rows, rows, &k->W));
    CVR_TRY(cvr_mat_new(p->X.on, p->X.type, rows, p->C, &k->R));
    if (with_block)
        CVR_TRY(cvr_mat_new(p->X.on, p->X.type, p->n, p->d, &k->Xs));
    if (several(p))
        CVR_TRY(cvr_mat_new(p->X.on, p->X.type, rows, p->d, &k->all));
done:
    return status;
}

void cvr_kernel_free(cvr_kernel *k)
{
    cvr_mat_free(&k->W);
    cvr_mat_free(&k->R);
    cvr_mat_free(&k->Xs);
    cvr_mat_free(&k->all);
}

/* W = W o (D D') with the patterns of all processes. */
static cvr_status gate(cvr_kernel *k)
{
    const cvr_program *p = k->p;
    cvr_mat D = {0};
    cvr_status status = CVR_OK;
    if (!several(p))
        return cvr_gate_gram(k->W, p->D);
    CVR_TRY(
        cvr_agree(p->comm, cvr_mat_new(p->D.on, p->D.type, p->problem->rows, p->P, &D)));
    CVR_TRY(cvr_gather(p->comm, p->D, D));
    CVR_TRY(cvr_gate_gram(k->W, D));
done:
    cvr_mat_free(&D);
    return status;
}

/* X K^{-1} X' = (X L^{-T}) (X L^{-T})'. */
cvr_status cvr_kernel_form(cvr_kernel *k, cvr_mat K)
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
        CVR_TRY(cvr_gather(p->comm, Xs, k->all));
        Xs = k->all;
    }
    cvr_gram(k->W, 1, CVR_N, Xs, 0);
    CVR_TRY(gate(k));
done:
    return status;
}

cvr_status cvr_kernel_factor(cvr_kernel *k, double shift)
{
    cvr_add_diag(k->W, shift);
    return cvr_potrf(k->W);
}

cvr_status cvr_kernel_solve(cvr_kernel *k, cvr_mat R)
{
    const cvr_program *p = k->p;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_gather(p->comm, R, k->R));
    cvr_potrs(k->W, k->R);
    cvr_copy(R, cvr_mat_part(k->R, p->problem->first, 0, p->n, p->C));
done:
    return status;
}

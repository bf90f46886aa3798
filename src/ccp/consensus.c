/* Consensus ADMM: a copy u_p of u for each row, in numbers. The copies are u plus a
   multiple of x_p, so one number a_p for each row holds them all:

       r = X (2 u - u_old) - s o a,   w = prox_{f / (rho / s)}(r),   a = (w - r) / s
       u = S_{lambda / (N rho)}( u + X'a / N )

   with s_p = |x_p|^2 and S the soft threshold, in columns of RMS 1. rho = mean s, so that
   rho / s is about 1. Rows that are zero are passed over.

   Source: D. Johnston 2017, section 5. Where it subtracts the mean of the multipliers it
   has to be added: with its sign the iteration diverges. */
#include "ccp/ops.h"
#include "ccp/splitting.h"
#include "linalg/ops.h"
#include "parallel/comm.h"

typedef struct consensus {
    cvr_ccp_splitting splitting; /* first */
    cvr_mat V, Old, E, B; /* d x C, scaled: u, u before, 2 u - u_old unscaled, X'a */
    cvr_mat T, w2;        /* d x 1: thresholds, 1 / scale^2 */
    cvr_mat s;            /* own rows x 1 */
    cvr_mat A, Q;         /* strip x C, strip x d */
    double rho, rows;
} consensus;

/* s_p = sum_j x_pj^2 / scale_j^2, of rows without their weights: each of omega copies
   would have a number of its own, the same as this one. */
static void find_sizes(consensus *c)
{
    const cvr_ccp *p = c->splitting.descent.ccp;
    cvr_mat X = p->X;
    for (int64_t i = 0; i < X.rows; i += c->Q.rows) {
        cvr_mat x = cvr_mat_rows(X, i, c->Q.rows), Q = cvr_mat_rows(c->Q, 0, x.rows);
        cvr_square(Q, x);
        cvr_gemm(cvr_mat_rows(c->s, i, x.rows), 1, CVR_N, Q, CVR_N, c->w2, 0);
    }
    for (int k = 0; k < 2 && p->unroot.data; k++)
        cvr_scale_rows(c->s, p->unroot);
}

static cvr_status lay_out(void *state, cvr_workspace *w)
{
    consensus *c = state;
    const cvr_ccp *p = c->splitting.descent.ccp;
    int64_t strip = cvr_strip_rows(p->X.rows, p->d + 4 * p->C, 1 << 17, 256);
    cvr_lay(w, CVR_SHARED, "u", &c->V, p->d, p->C);
    cvr_lay(w, CVR_SHARED, "u_old", &c->Old, p->d, p->C);
    cvr_lay(w, CVR_SHARED, "thresholds", &c->T, p->d, 1);
    CVR_LAY_SCRATCH(w, p->d, p->C, &c->E, &c->B);
    CVR_LAY_SCRATCH(w, p->d, 1, &c->w2);
    CVR_LAY_SCRATCH(w, p->X.rows, 1, &c->s);
    CVR_LAY_SCRATCH(w, strip, p->C, &c->A);
    CVR_LAY_SCRATCH(w, strip, p->d, &c->Q);
    return cvr_ccp_splitting_lay_out(state, w);
}

static void prepare(void *state)
{
    consensus *c = state;
    const cvr_ccp *p = c->splitting.descent.ccp;
    cvr_square(c->w2, p->graph.factor.unscale);
    find_sizes(c);
    c->rows = p->total;
    c->rho = p->graph.factor.kappa / c->rows / 0.1 * (double)p->d;
}

static cvr_status start(void *state, cvr_mat U)
{
    consensus *c = state;
    cvr_ccp *p = c->splitting.descent.ccp;
    cvr_copy(c->V, U);
    cvr_scale_rows(c->V, p->graph.factor.scale);
    cvr_copy(c->Old, c->V);
    cvr_copy(c->T, p->graph.T);
    cvr_scale(c->T, p->graph.rho * p->graph.factor.kappa / (c->rows * c->rho));
    cvr_fill(p->graph.R, 0);
    cvr_ccp_splitting_place(&c->splitting, U);
    return cvr_graph_majorise(&p->graph, U, c->splitting.descent.F);
}

/* a of all rows, and B = X'a. */
static void sweep(consensus *c)
{
    const cvr_ccp *p = c->splitting.descent.ccp;
    cvr_fill(c->B, 0);
    for (int64_t i = 0, strip = c->A.rows; i < p->X.rows; i += strip) {
        cvr_mat X = cvr_mat_rows(p->X, i, strip), Y = cvr_mat_rows(p->Y, i, strip);
        cvr_mat A = cvr_mat_rows(c->A, 0, X.rows), s = cvr_mat_rows(c->s, i, strip);
        cvr_mat a = cvr_mat_rows(p->graph.R, i, strip);
        cvr_mat K = cvr_mat_rows(p->graph.K, i, strip);
        cvr_gemm(A, 1, CVR_N, X, CVR_N, c->E, 0);
        for (int64_t j = 0; j < p->C; j++)
            cvr_consensus_step(cvr_mat_cols(a, j, 1), s, cvr_mat_cols(A, j, 1),
                               cvr_mat_cols(Y, j, 1), cvr_mat_cols(K, j, 1), c->rho);
        cvr_gemm(c->B, 1, CVR_T, X, CVR_N, a, 1);
    }
}

static cvr_status iterate(void *state, cvr_mat U)
{
    consensus *c = state;
    const cvr_ccp *p = c->splitting.descent.ccp;
    cvr_status status = CVR_OK;
    cvr_copy(c->E, c->V);
    cvr_axpby(c->E, -1, c->Old, 2);
    cvr_scale_rows(c->E, p->graph.factor.unscale);
    sweep(c);
    CVR_TRY(cvr_allreduce(p->problem->comm, c->B));
    CVR_TRY(cvr_interrupt_check(p->problem->comm));
    cvr_scale_rows(c->B, p->graph.factor.unscale);
    cvr_copy(c->Old, c->V);
    cvr_axpby(c->V, 1 / c->rows, c->B, 1);
    cvr_soft_threshold(c->V, c->V, c->T);
    cvr_copy(U, c->V);
    cvr_scale_rows(U, p->graph.factor.unscale);
done:
    return status;
}

/* u and the u before move, numbers of the rows stay. */
static void translate(void *state, int64_t output, double by)
{
    consensus *c = state;
    int64_t last = c->V.rows - 1;
    double scaled = by * cvr_get(c->splitting.descent.ccp->graph.factor.scale, last, 0);
    cvr_set(c->V, last, output, cvr_get(c->V, last, output) + scaled);
    cvr_set(c->Old, last, output, cvr_get(c->Old, last, output) + scaled);
}

static cvr_status step(void *state, bool *stalled)
{
    static const cvr_ccp_moves moves = {iterate, translate};
    consensus *c = state;
    return cvr_ccp_splitting_step(&c->splitting, &moves, stalled);
}

/* By graph-form ADMM. */
static cvr_status least_squares(void *state, cvr_mat U)
{
    return cvr_ccp_graph.least_squares(state, U);
}

const cvr_ccp_algorithm cvr_ccp_consensus = {.name = "consensus",
                                             .state_size = sizeof(consensus),
                                             .lay_out = lay_out,
                                             .prepare = prepare,
                                             .start = start,
                                             .least_squares = least_squares,
                                             .step = step};

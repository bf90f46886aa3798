/* Consensus ADMM, a copy of u for each row (D. Johnston 2017, section 5), in scalars. The
   copies are u_p = u + (a multiple of x_p), so a number a_p for each row says it all:

       r = X (2 u - u_old) - s o a,   w = prox_{f / (rho / s)}(r),   a = (w - r) / s
       u = S_{lambda / (N rho)}( u + X'a / N )

   with s_p = |x_p|^2. Where the source subtracts the mean of the multipliers it has to be
   added: with its sign the iteration diverges. In columns of RMS 1; rho = mean s, so that
   rho / s is about 1. Rows that are zero are passed over. */
#include <math.h>

#include "ccp/ccp.h"
#include "ccp/strips.h"
#include "linalg/ops.h"
#include "parallel/heed.h"

typedef struct consensus {
    cvr_ccp_splitting splitting; /* first */
    cvr_mat V, Old, E, B; /* d x C, scaled: u, u before, 2 u - u_old unscaled, X'a */
    cvr_mat T, w2;        /* d x 1: thresholds, 1 / scale^2 */
    cvr_mat s;            /* own rows x 1 */
    cvr_mat A, Q;         /* strip x C, strip x d */
    double rho, rows;
} consensus;

/* s_p = sum_j x_pj^2 / scale_j^2 */
static void find_sizes(consensus *c)
{
    cvr_mat X = c->splitting.ccp->X;
    for (int64_t i = 0; i < X.rows; i += c->Q.rows) {
        cvr_mat x = cvr_mat_rows(X, i, c->Q.rows), Q = cvr_mat_rows(c->Q, 0, x.rows);
        cvr_square(Q, x);
        cvr_gemm(cvr_mat_rows(c->s, i, x.rows), 1, CVR_N, Q, CVR_N, c->w2, 0);
    }
}

static cvr_status take_memory(consensus *c)
{
    const cvr_ccp *p = c->splitting.ccp;
    int64_t strip = cvr_strip_rows(p->X.rows, p->d + 4 * p->C, 1 << 17, 256);
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(p->X, p->d, p->C, &c->V, &c->Old, &c->E, &c->B));
    CVR_TRY(CVR_MATS_NEW(p->X, p->d, 1, &c->T, &c->w2));
    CVR_TRY(cvr_mat_new(p->X.on, p->X.type, p->X.rows, 1, &c->s));
    CVR_TRY(cvr_mat_new(p->X.on, p->X.type, strip, p->C, &c->A));
    CVR_TRY(cvr_mat_new(p->X.on, p->X.type, strip, p->d, &c->Q));
done:
    return status;
}

static cvr_status setup(void *state, cvr_ccp *ccp)
{
    consensus *c = state;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_ccp_splitting_new(ccp, &c->splitting));
    CVR_TRY(take_memory(c));
    cvr_square(c->w2, ccp->factor.unscale);
    find_sizes(c);
    c->rows = (double)ccp->problem->rows;
    c->rho = ccp->factor.kappa / c->rows / 0.1 * (double)ccp->d;
done:
    return status;
}

static cvr_status start(void *state, cvr_mat U)
{
    consensus *c = state;
    cvr_ccp *p = c->splitting.ccp;
    cvr_copy(c->V, U);
    cvr_scale_rows(c->V, p->factor.scale);
    cvr_copy(c->Old, c->V);
    cvr_copy(c->T, p->graph.T);
    cvr_scale(c->T, p->graph.rho * p->factor.kappa / (c->rows * c->rho));
    cvr_fill(p->graph.R, 0);
    return cvr_ccp_splitting_start(&c->splitting, U);
}

static cvr_status least_squares(void *state, cvr_mat U)
{
    consensus *c = state;
    return cvr_ccp_graph.least_squares(&c->splitting, U);
}

/* a of all rows, and B = X'a. */
static void sweep(consensus *c)
{
    const cvr_ccp *p = c->splitting.ccp;
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
    const cvr_ccp *p = c->splitting.ccp;
    cvr_status status = CVR_OK;
    cvr_copy(c->E, c->V);
    cvr_axpby(c->E, -1, c->Old, 2);
    cvr_scale_rows(c->E, p->factor.unscale);
    sweep(c);
    CVR_TRY(cvr_allreduce(p->problem->comm, c->B));
    CVR_TRY(cvr_heed(p->problem->comm));
    cvr_scale_rows(c->B, p->factor.unscale);
    cvr_copy(c->Old, c->V);
    cvr_axpby(c->V, 1 / c->rows, c->B, 1);
    cvr_soft_threshold(c->V, c->V, c->T);
    cvr_copy(U, c->V);
    cvr_scale_rows(U, p->factor.unscale);
done:
    return status;
}

/* u and the u before move, numbers of the rows stay. */
static void translate(void *state, int64_t output, double by)
{
    consensus *c = state;
    int64_t last = c->V.rows - 1;
    double scaled = by * cvr_get(c->splitting.ccp->factor.scale, last, 0);
    cvr_set(c->V, last, output, cvr_get(c->V, last, output) + scaled);
    cvr_set(c->Old, last, output, cvr_get(c->Old, last, output) + scaled);
}

static cvr_status step(void *state, bool *stalled)
{
    static const cvr_ccp_moves moves = {iterate, translate};
    consensus *c = state;
    return cvr_ccp_splitting_step(&c->splitting, &moves, stalled);
}

static void keep(void *state, cvr_archive *k)
{
    consensus *c = state;
    cvr_ccp_splitting_serialize(&c->splitting, k);
    cvr_archive_mat(k, "u", c->V);
    cvr_archive_mat(k, "u_old", c->Old);
    cvr_archive_mat(k, "thresholds", c->T);
}

static void teardown(void *state)
{
    consensus *c = state;
    CVR_MATS_FREE(&c->V, &c->Old, &c->E, &c->B, &c->T, &c->w2, &c->s, &c->A, &c->Q);
    cvr_ccp_splitting_free(&c->splitting);
}

const cvr_ccp_algorithm cvr_ccp_consensus = {.name = "consensus",
                                             .state_size = sizeof(consensus),
                                             .setup = setup,
                                             .start = start,
                                             .least_squares = least_squares,
                                             .step = step,
                                             .objectives = cvr_ccp_splitting_objectives,
                                             .weights = cvr_ccp_splitting_weights,
                                             .keep = keep,
                                             .teardown = teardown};

/* The one door to matrices: checks that operands fit, then calls the backend's kernel. */
#include <cvxrelu/mat.h>

#include <stdio.h>

#include "base/bytes.h"
#include "linalg/backend.h"

static const cvr_kernels *kernels(cvr_mat A)
{
    CVR_ASSERT(A.on != NULL);
    CVR_ASSERT(A.type == CVR_DOUBLE || A.type == CVR_SINGLE);
    return A.on->of[A.type];
}

static bool alike(cvr_mat A, cvr_mat B)
{
    return A.on == B.on && A.type == B.type;
}

static bool same(cvr_mat A, cvr_mat B)
{
    return alike(A, B) && A.rows == B.rows && A.cols == B.cols;
}

/* v has an entry for each of count. */
static bool lists(cvr_mat v, int64_t count, cvr_mat A)
{
    return alike(v, A) && v.rows == count && v.cols == 1;
}

static bool square(cvr_mat A)
{
    return A.rows == A.cols;
}

/* Z (n x m P) goes with D (n x P) read cyclically. */
static bool cycles(cvr_mat Z, cvr_mat D)
{
    return alike(Z, D) && Z.rows == D.rows &&
           (D.cols > 0 ? Z.cols % D.cols == 0 : Z.cols == 0);
}

/* ---- making and reading ---------------------------------------------------------- */

int64_t cvr_mat_bytes(cvr_type type, int64_t rows, int64_t cols)
{
    return cvr_times(cvr_times(rows, cols), (int64_t)cvr_type_size(type));
}

cvr_status cvr_mat_new(const cvr_backend *on, cvr_type type, int64_t rows, int64_t cols,
                       cvr_mat *A)
{
    char what[80];
    void *data = NULL;
    cvr_status status = CVR_OK;
    *A = (cvr_mat){0};
    snprintf(what, sizeof what, "a matrix of %lld x %lld", (long long)rows,
             (long long)cols);
    CVR_TRY(on->take(cvr_times(rows, cols), cvr_type_size(type), what, &data));
    *A = (cvr_mat){rows, cols, rows, type, on, data};
done:
    return status;
}

void cvr_mat_free(cvr_mat *A)
{
    if (A->data)
        A->on->give(A->data);
    *A = (cvr_mat){0};
}

cvr_mat cvr_mat_part(cvr_mat A, int64_t i, int64_t j, int64_t rows, int64_t cols)
{
    CVR_ASSERT(i >= 0 && rows >= 0 && i <= A.rows - rows);
    CVR_ASSERT(j >= 0 && cols >= 0 && j <= A.cols - cols);
    char *data = A.data;
    cvr_mat part = A;
    part.rows = rows;
    part.cols = cols;
    part.data = data + (size_t)(i + j * A.ld) * cvr_type_size(A.type);
    return part;
}

cvr_mat cvr_mat_cols(cvr_mat A, int64_t j, int64_t cols)
{
    return cvr_mat_part(A, 0, j, A.rows, cols);
}

cvr_mat cvr_mat_reshape(cvr_mat A, int64_t rows, int64_t cols)
{
    CVR_ASSERT(A.ld == A.rows || A.cols <= 1);
    CVR_ASSERT(cvr_times(rows, cols) == A.rows * A.cols);
    A.rows = A.ld = rows;
    A.cols = cols;
    return A;
}

double cvr_get(cvr_mat A, int64_t i, int64_t j)
{
    CVR_ASSERT(i >= 0 && i < A.rows && j >= 0 && j < A.cols);
    return kernels(A)->get(A, i, j);
}

void cvr_set(cvr_mat A, int64_t i, int64_t j, double value)
{
    CVR_ASSERT(i >= 0 && i < A.rows && j >= 0 && j < A.cols);
    kernels(A)->set(A, i, j, value);
}

/* ---- entries --------------------------------------------------------------------- */

void cvr_fill(cvr_mat A, double value)
{
    kernels(A)->fill(A, value);
}

void cvr_copy(cvr_mat B, cvr_mat A)
{
    CVR_ASSERT(A.on && B.on && A.rows == B.rows && A.cols == B.cols);
    const cvr_backend *who = B.on == cvr_cpu() ? A.on : B.on;
    who->copy(B, A);
}

void cvr_transpose(cvr_mat B, cvr_mat A)
{
    CVR_ASSERT(alike(A, B) && A.rows == B.cols && A.cols == B.rows);
    kernels(A)->transpose(B, A);
}

void cvr_scale(cvr_mat A, double c)
{
    kernels(A)->scale(A, c);
}

void cvr_axpby(cvr_mat B, double a, cvr_mat A, double b)
{
    CVR_ASSERT(same(A, B));
    kernels(B)->axpby(B, a, A, b);
}

void cvr_hadamard(cvr_mat B, cvr_mat A)
{
    CVR_ASSERT(same(A, B));
    kernels(B)->mul(B, A);
}

void cvr_add_diag(cvr_mat A, double c)
{
    CVR_ASSERT(square(A));
    kernels(A)->add_diag(A, c);
}

void cvr_symmetrize(cvr_mat A)
{
    CVR_ASSERT(square(A));
    kernels(A)->mirror(A);
}

void cvr_scale_rows(cvr_mat A, cvr_mat v)
{
    CVR_ASSERT(lists(v, A.rows, A));
    kernels(A)->scale_rows(A, v);
}

void cvr_scale_cols(cvr_mat A, cvr_mat v)
{
    CVR_ASSERT(lists(v, A.cols, A));
    kernels(A)->scale_cols(A, v);
}

void cvr_add_row(cvr_mat A, cvr_mat v)
{
    CVR_ASSERT(lists(v, A.cols, A));
    kernels(A)->add_row(A, v);
}

void cvr_relu(cvr_mat A)
{
    kernels(A)->relu(A);
}

void cvr_relu_of(cvr_mat B, cvr_mat A)
{
    CVR_ASSERT(same(A, B));
    kernels(B)->relu_of(B, A);
}

void cvr_square(cvr_mat B, cvr_mat A)
{
    CVR_ASSERT(same(A, B));
    kernels(B)->square(B, A);
}

void cvr_sqrt(cvr_mat A)
{
    kernels(A)->sqrt(A);
}

void cvr_reciprocal(cvr_mat A, double floor)
{
    kernels(A)->reciprocal(A, floor);
}

/* ---- sums ------------------------------------------------------------------------ */

double cvr_dot(cvr_mat A, cvr_mat B)
{
    CVR_ASSERT(same(A, B));
    return kernels(A)->dot(A, B);
}

double cvr_distance2(cvr_mat A, cvr_mat B)
{
    CVR_ASSERT(same(A, B));
    return kernels(A)->distance2(A, B);
}

double cvr_min(cvr_mat A)
{
    return kernels(A)->min(A);
}

double cvr_max_abs(cvr_mat A)
{
    return kernels(A)->max_abs(A);
}

void cvr_col_sums(cvr_mat v, cvr_mat A)
{
    CVR_ASSERT(lists(v, A.cols, A));
    kernels(A)->col_sums(v, A);
}

void cvr_col_norms(cvr_mat v, cvr_mat A)
{
    CVR_ASSERT(lists(v, A.cols, A));
    kernels(A)->col_norms(v, A);
}

void cvr_col_dots(cvr_mat v, cvr_mat A, cvr_mat B)
{
    CVR_ASSERT(same(A, B) && lists(v, A.cols, A));
    kernels(A)->col_dots(v, A, B);
}

bool cvr_all_finite(cvr_mat A)
{
    return kernels(A)->all_finite(A);
}

/* ---- products and factors -------------------------------------------------------- */

void cvr_gemm(cvr_mat C, double a, cvr_trans ta, cvr_mat A, cvr_trans tb, cvr_mat B,
              double b)
{
    CVR_ASSERT(alike(A, B) && alike(A, C));
    CVR_ASSERT(C.rows == (ta == CVR_N ? A.rows : A.cols));
    CVR_ASSERT(C.cols == (tb == CVR_N ? B.cols : B.rows));
    CVR_ASSERT((ta == CVR_N ? A.cols : A.rows) == (tb == CVR_N ? B.rows : B.cols));
    kernels(C)->gemm(C, a, ta, A, tb, B, b);
}

void cvr_gram(cvr_mat G, double a, cvr_trans ta, cvr_mat A, double b)
{
    CVR_ASSERT(alike(A, G) && square(G));
    CVR_ASSERT(G.rows == (ta == CVR_T ? A.cols : A.rows));
    kernels(G)->gram(G, a, ta, A, b);
}

cvr_status cvr_potrf(cvr_mat A)
{
    CVR_ASSERT(square(A));
    return kernels(A)->potrf(A);
}

cvr_status cvr_pstrf(cvr_mat A, double tolerance, int64_t *pivot, int64_t *rank)
{
    CVR_ASSERT(square(A) && A.ld >= A.rows && tolerance >= 0);
    return kernels(A)->pstrf(A, tolerance, pivot, rank);
}

void cvr_potrs(cvr_mat L, cvr_mat B)
{
    CVR_ASSERT(alike(L, B) && square(L) && L.rows == B.rows);
    kernels(L)->potrs(L, B);
}

void cvr_trsm(cvr_mat L, cvr_trans t, cvr_mat B)
{
    CVR_ASSERT(alike(L, B) && square(L) && L.rows == B.rows);
    kernels(L)->trsm(L, t, B);
}

void cvr_trsm_right(cvr_mat B, cvr_mat L, cvr_trans t)
{
    CVR_ASSERT(alike(L, B) && square(L) && L.rows == B.cols);
    kernels(L)->trsm_right(B, L, t);
}

cvr_status cvr_orthonormalise(cvr_mat A)
{
    CVR_ASSERT(A.rows >= A.cols);
    return kernels(A)->orthonormalise(A);
}

cvr_status cvr_svd(cvr_mat A, cvr_mat s)
{
    CVR_ASSERT(A.rows >= A.cols && lists(s, A.cols, A));
    return kernels(A)->svd(A, s);
}

cvr_status cvr_eigh(cvr_mat A, cvr_mat w)
{
    CVR_ASSERT(square(A) && lists(w, A.cols, A));
    return kernels(A)->eigh(A, w);
}

/* ---- gates ----------------------------------------------------------------------- */

void cvr_gate(cvr_mat D, cvr_mat Z)
{
    CVR_ASSERT(same(D, Z));
    kernels(D)->gate(D, Z);
}

void cvr_gated_sum(cvr_mat Y, cvr_mat D, cvr_mat Z)
{
    CVR_ASSERT(cycles(Z, D) && alike(Y, Z) && Y.rows == Z.rows);
    CVR_ASSERT(Y.cols * D.cols == Z.cols);
    kernels(Y)->gated_sum(Y, D, Z);
}

void cvr_gated_adjoint(cvr_mat Z, cvr_mat D, cvr_mat R)
{
    CVR_ASSERT(cycles(Z, D) && alike(R, Z) && R.rows == Z.rows);
    CVR_ASSERT(R.cols * D.cols == Z.cols);
    kernels(Z)->gated_fan(Z, D, R);
}

cvr_status cvr_gate_gram(cvr_mat W, cvr_mat D)
{
    CVR_ASSERT(alike(W, D) && square(W) && W.rows == D.rows);
    return kernels(W)->gate_gram(W, D);
}

void cvr_gate_ties(cvr_mat N, cvr_mat Z, cvr_mat r, cvr_mat B, double t)
{
    CVR_ASSERT(alike(N, Z) && N.rows == 3 && N.cols == Z.cols && lists(r, Z.rows, Z));
    CVR_ASSERT(alike(B, Z) && B.rows == Z.cols && B.cols == 2);
    kernels(Z)->gate_ties(N, Z, r, B, t);
}

/* ---- proximal steps -------------------------------------------------------------- */

/* The columns of A are whole rounds of groups. */
static bool rounds(cvr_mat A, int64_t groups)
{
    return groups > 0 ? A.cols % groups == 0 : A.cols == 0;
}

void cvr_group_soft_threshold(cvr_mat V, cvr_mat M, int64_t groups, double t)
{
    CVR_ASSERT(same(V, M) && rounds(M, groups));
    kernels(V)->group_shrink(V, M, groups, t);
}

double cvr_group_norms(cvr_mat V, int64_t groups)
{
    CVR_ASSERT(rounds(V, groups));
    return kernels(V)->group_norms(V, groups);
}

cvr_residual cvr_shrink_step(cvr_mat M, cvr_mat V, cvr_mat U, int64_t groups, double a,
                             double t)
{
    CVR_ASSERT(same(M, V) && same(M, U) && rounds(M, groups));
    return kernels(M)->shrink_step(M, V, U, groups, a, t);
}

cvr_residual cvr_cone_step(cvr_mat M, cvr_mat D, cvr_mat Z, double a)
{
    CVR_ASSERT(same(M, Z) && cycles(Z, D));
    return kernels(M)->cone_step(M, D, Z, a);
}

void cvr_cone_target(cvr_mat T, cvr_mat D, cvr_mat M, double k)
{
    CVR_ASSERT(same(T, M) && cycles(M, D));
    kernels(T)->cone_target(T, D, M, k);
}

void cvr_cone_rescale(cvr_mat M, double c)
{
    kernels(M)->cone_rescale(M, c);
}

void cvr_cone_multiplier(cvr_mat T, cvr_mat D, cvr_mat M, double k, double a)
{
    CVR_ASSERT(same(T, M) && cycles(M, D));
    kernels(T)->cone_multiplier(T, D, M, k, a);
}

void cvr_cone_violation(cvr_mat Q, cvr_mat D, cvr_mat Z)
{
    CVR_ASSERT(same(Q, Z) && cycles(Z, D));
    kernels(Q)->cone_excess(Q, D, Z);
}

void cvr_cone_slack(cvr_mat v, cvr_mat D, cvr_mat Z)
{
    CVR_ASSERT(cycles(Z, D) && lists(v, Z.cols, Z));
    kernels(Z)->cone_margin(v, D, Z);
}

void cvr_cone_distance(cvr_mat v, cvr_mat D, cvr_mat Z, cvr_mat H)
{
    CVR_ASSERT(cycles(Z, D) && same(H, D) && lists(v, Z.cols, Z));
    kernels(Z)->cone_distance(v, D, Z, H);
}

void cvr_relu_prox(cvr_mat Z, cvr_mat A, cvr_mat M, double g, double b)
{
    CVR_ASSERT(same(Z, A) && same(Z, M) && g >= 0 && b > 0);
    kernels(Z)->relu_prox(Z, A, M, g, b);
}

void cvr_relu_pull(cvr_mat Z, cvr_mat M, double g, double b)
{
    CVR_ASSERT(same(Z, M) && g >= 0 && b > 0);
    kernels(Z)->relu_pull(Z, M, g, b);
}

void cvr_hinge_prox(cvr_mat Z, cvr_mat Y, double t)
{
    CVR_ASSERT(same(Z, Y));
    kernels(Z)->hinge_prox(Z, Y, t);
}

double cvr_hinge_loss(cvr_mat Z, cvr_mat Y)
{
    CVR_ASSERT(same(Z, Y));
    return kernels(Z)->hinge_loss(Z, Y);
}

void cvr_softmax_prox(cvr_mat Z, cvr_mat Y, double b)
{
    CVR_ASSERT(same(Z, Y) && Z.cols <= CVR_SOFTMAX_COLUMNS && b > 0);
    kernels(Z)->softmax_prox(Z, Y, b);
}

double cvr_softmax_loss(cvr_mat Z, cvr_mat Y)
{
    CVR_ASSERT(same(Z, Y) && Z.cols <= CVR_SOFTMAX_COLUMNS);
    return kernels(Z)->softmax_loss(Z, Y);
}

/* ---- terms of the ccp family ----------------------------------------------------- */

void cvr_breakpoints(cvr_mat K, cvr_mat Z, cvr_mat Y, double slack)
{
    CVR_ASSERT(same(K, Z) && same(K, Y) && slack >= 0);
    kernels(K)->kinks(K, Z, Y, slack);
}

void cvr_breakpoints_positive(cvr_mat K, cvr_mat Y)
{
    CVR_ASSERT(same(K, Y));
    kernels(K)->kinks_positive(K, Y);
}

cvr_residual cvr_majorizer_step(cvr_mat R, cvr_mat W, cvr_mat A, cvr_mat Y, cvr_mat K,
                                double relax, double rho)
{
    CVR_ASSERT(same(R, W) && same(R, A) && same(R, Y) && same(R, K) && rho > 0);
    return kernels(R)->kink_step(R, W, A, Y, K, relax, rho);
}

void cvr_consensus_step(cvr_mat a, cvr_mat s, cvr_mat R, cvr_mat Y, cvr_mat K, double rho)
{
    CVR_ASSERT(same(a, s) && same(a, R) && same(a, Y) && same(a, K) && a.cols == 1);
    kernels(a)->consensus_step(a, s, R, Y, K, rho);
}

double cvr_majorizer_value(cvr_mat Z, cvr_mat Y, cvr_mat K)
{
    CVR_ASSERT(same(Z, Y) && same(Z, K));
    return kernels(Z)->kink_value(Z, Y, K);
}

void cvr_majorizer_slope(cvr_mat N, cvr_mat Z, cvr_mat Y, cvr_mat K)
{
    CVR_ASSERT(same(N, Z) && same(N, Y) && same(N, K));
    kernels(N)->kink_slope(N, Z, Y, K);
}

void cvr_project_dual(cvr_mat N, cvr_mat K)
{
    CVR_ASSERT(same(N, K));
    kernels(N)->kink_clip(N, K);
}

double cvr_majorizer_conjugate(cvr_mat N, cvr_mat Y, cvr_mat K)
{
    CVR_ASSERT(same(N, Y) && same(N, K));
    return kernels(N)->kink_conjugate(N, Y, K);
}

double cvr_relu_distance2(cvr_mat Z, cvr_mat P, double t, cvr_mat Y)
{
    CVR_ASSERT(same(Z, Y) && (t == 0 || same(Z, P)));
    return kernels(Z)->relu_distance2(Z, P, t, Y);
}

void cvr_soft_threshold(cvr_mat V, cvr_mat M, cvr_mat t)
{
    CVR_ASSERT(same(V, M) && lists(t, M.rows, M));
    kernels(V)->soft_threshold(V, M, t);
}

void cvr_hard_threshold(cvr_mat V, cvr_mat M, int64_t count)
{
    CVR_ASSERT(same(V, M));
    kernels(V)->keep_largest(V, M, count);
}

int64_t cvr_count_nonzero(cvr_mat A)
{
    return kernels(A)->count_nonzero(A);
}

void cvr_abs(cvr_mat A)
{
    kernels(A)->abs(A);
}

void cvr_scale_signs(cvr_mat A, cvr_mat p, cvr_mat q)
{
    CVR_ASSERT(lists(p, A.cols, A) && lists(q, A.cols, A));
    kernels(A)->scale_signs(A, p, q);
}

void cvr_col_max_abs(cvr_mat v, cvr_mat A)
{
    CVR_ASSERT(lists(v, A.cols, A));
    kernels(A)->col_max_abs(v, A);
}

int64_t cvr_update_active_set(cvr_mat H, cvr_mat K, cvr_mat X, cvr_mat Y, cvr_mat W,
                              cvr_mat P, double slack)
{
    CVR_ASSERT(square(H) && H.rows == X.cols + 1 && alike(H, X) && alike(P, X));
    CVR_ASSERT(lists(Y, X.rows, X) && same(K, Y) && same(W, Y));
    CVR_ASSERT(P.rows > 0 && P.cols == H.cols);
    return kernels(H)->side_switch(H, K, X, Y, W, P, slack);
}

void cvr_lasso(cvr_mat u, cvr_mat H, cvr_mat t, cvr_mat W)
{
    CVR_ASSERT(square(H) && lists(u, H.rows - 1, H) && same(u, t));
    CVR_ASSERT(W.on == u.on && W.type == CVR_DOUBLE && W.rows == u.rows);
    CVR_ASSERT(W.cols == u.rows + 3 && W.ld == W.rows);
    kernels(H)->lasso(u, H, t, W);
}

/* ---- kernels of infinitely many gates, probabilities ----------------------------- */

void cvr_arc_cosine(cvr_mat K, cvr_mat u, cvr_mat v, double c, double w_g, double w_r)
{
    CVR_ASSERT(lists(u, K.rows, K) && lists(v, K.cols, K) && c >= 0);
    kernels(K)->arc_cosine(K, u, v, c, w_g, w_r);
}

void cvr_exp(cvr_mat A, double c)
{
    kernels(A)->exp(A, c);
}

void cvr_clamp(cvr_mat A, double low, double high)
{
    CVR_ASSERT(low <= high);
    kernels(A)->clamp(A, low, high);
}

void cvr_softmax(cvr_mat A)
{
    kernels(A)->softmax(A);
}

/* ---- random numbers -------------------------------------------------------------- */

void cvr_random_normal(cvr_mat A, uint64_t seed, uint32_t purpose, int64_t first)
{
    kernels(A)->random_normal(A, seed, purpose, first);
}

/* L-BFGS: its direction is that of the matrices, and it goes down to minima. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "parallel/comm.h"
#include "solver/lbfgs.h"

enum { N = 6, MEMORY = 4 };

static double at(cvr_mat x, int64_t i)
{
    return cvr_get(x, i, 0);
}

/* 1/2 sum_i 10^(i / 2) (x_i - i)^2 */
static cvr_status quadratic(void *state, cvr_mat x, double *value, cvr_mat g)
{
    (void)state;
    *value = 0;
    for (int i = 0; i < N; i++) {
        double a = pow(10, i / 2.0), e = at(x, i) - i;
        *value += a * e * e / 2;
        cvr_set(g, i, 0, a * e);
    }
    return CVR_OK;
}

/* Rosenbrock's, of the first two. */
static cvr_status valley(void *state, cvr_mat x, double *value, cvr_mat g)
{
    double a = at(x, 0), b = at(x, 1);
    (void)state;
    *value = 100 * (b - a * a) * (b - a * a) + (1 - a) * (1 - a);
    cvr_fill(g, 0);
    cvr_set(g, 0, 0, -400 * a * (b - a * a) - 2 * (1 - a));
    cvr_set(g, 1, 0, 200 * (b - a * a));
    return CVR_OK;
}

/* sum_i |x_i| (1 + i) + |x|^2 / 2, least at its kink, 0. */
static cvr_status kinked(void *state, cvr_mat x, double *value, cvr_mat g)
{
    (void)state;
    *value = 0;
    for (int i = 0; i < N; i++) {
        double v = at(x, i);
        *value += fabs(v) * (1 + i) + v * v / 2;
        cvr_set(g, i, 0, (v >= 0 ? 1 : -1) * (1 + i) + v);
    }
    return CVR_OK;
}

/* Left at its second evaluation, once. */
static cvr_status left_once(void *state, cvr_mat x, double *value, cvr_mat g)
{
    int *count = state;
    if (++*count == 8)
        return CVR_INTERRUPTED;
    return valley(NULL, x, value, g);
}

static void open_search(cvr_lbfgs *l, cvr_workspace *w, cvr_comm *comm)
{
    l->N = N;
    l->memory = MEMORY;
    cvr_workspace_init(w, cvr_cpu(), CVR_DOUBLE, "a test");
    assert_int_equal(CVR_OK, cvr_lbfgs_lay_out(l, w, true));
    assert_int_equal(CVR_OK, cvr_workspace_take(w, comm));
    for (int i = 0; i < N; i++)
        cvr_set(l->x, i, 0, cvr_random_gauss(3, 100, i, 0));
    assert_int_equal(CVR_OK, cvr_lbfgs_start(l));
}

/* H <- (I - r s y') H (I - r y s') + r s s', r = 1 / s'y, for dense N x N H. */
static void update(double H[N][N], cvr_mat s, cvr_mat y)
{
    double left[N][N] = {{0}}, r = 1 / cvr_dot(s, y);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            for (int k = 0; k < N; k++)
                left[i][j] += ((i == k) - r * at(s, i) * at(y, k)) * H[k][j];
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            H[i][j] = r * at(s, i) * at(s, j);
            for (int k = 0; k < N; k++)
                H[i][j] += left[i][k] * ((k == j) - r * at(y, k) * at(s, j));
        }
}

static void the_direction_is_that_of_the_matrix(void **state)
{
    cvr_lbfgs l = {.function = valley};
    cvr_workspace w;
    (void)state;
    open_search(&l, &w, *state);
    for (int step = 0; step < 9; step++) {
        double H[N][N] = {{0}};
        int64_t kept = l.pairs < MEMORY ? l.pairs : MEMORY;
        assert_int_equal(CVR_OK, cvr_lbfgs_step(&l));
        kept = l.pairs < MEMORY ? l.pairs : MEMORY;
        for (int64_t k = l.pairs - kept; k < l.pairs; k++) {
            cvr_mat s = cvr_mat_cols(l.S, k % MEMORY, 1);
            cvr_mat y = cvr_mat_cols(l.Y, k % MEMORY, 1);
            cvr_mat last = cvr_mat_cols(l.Y, (l.pairs - 1) % MEMORY, 1);
            cvr_mat last_s = cvr_mat_cols(l.S, (l.pairs - 1) % MEMORY, 1);
            for (int i = 0; i < N && k == l.pairs - kept; i++)
                H[i][i] = cvr_dot(last_s, last) / cvr_dot(last, last);
            update(H, s, y);
        }
        cvr_lbfgs_direction(&l);
        for (int i = 0; i < N; i++) {
            double Hg = 0;
            for (int j = 0; j < N; j++)
                Hg += H[i][j] * at(l.g, j);
            assert_true(fabs(Hg + at(l.p, i)) <= 1e-10 * (1 + sqrt(cvr_dot(l.p, l.p))));
        }
    }
    cvr_workspace_free(&w);
}

static void it_finds_minima(void **state)
{
    const struct {
        cvr_lbfgs_function *function;
        int steps;
        double value;
    } all[] = {{quadratic, 90, 1e-12}, {valley, 60, 1e-12}, {kinked, 80, 0.1}};
    for (int i = 0; i < 3; i++) {
        cvr_lbfgs l = {.function = all[i].function};
        cvr_workspace w;
        open_search(&l, &w, *state);
        for (int step = 0; step < all[i].steps; step++) {
            double before = l.value;
            assert_int_equal(CVR_OK, cvr_lbfgs_step(&l));
            if (!(l.stuck ? l.value == before : l.value < before))
                fail_msg("function %d, step %d: %.17g after %.17g", i, step, l.value,
                         before);
        }
        if (!(l.value <= all[i].value))
            fail_msg("function %d: %g is left", i, l.value);
        cvr_workspace_free(&w);
    }
}

/* A step that has been left changes nothing. */
static void a_step_may_be_left(void **state)
{
    cvr_lbfgs one = {.function = valley}, other = {.function = left_once};
    cvr_workspace w, v;
    int count = 0, left = 0;
    other.state = &count;
    open_search(&one, &w, *state);
    open_search(&other, &v, *state);
    for (int step = 0; step < 12; step++)
        assert_int_equal(CVR_OK, cvr_lbfgs_step(&one));
    for (int step = 0; step < 12; step++) {
        cvr_status status = cvr_lbfgs_step(&other);
        if (status == CVR_INTERRUPTED) {
            left++;
            step--;
        }
    }
    assert_int_equal(1, left);
    assert_true(cvr_distance2(one.x, other.x) == 0 && one.value == other.value);
    cvr_workspace_free(&w);
    cvr_workspace_free(&v);
}

static int open_comm(void **state)
{
    return cvr_comm_open("serial", (cvr_comm **)state) == CVR_OK ? 0 : -1;
}

static int close_comm(void **state)
{
    cvr_comm_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_direction_is_that_of_the_matrix),
        cmocka_unit_test(it_finds_minima), cmocka_unit_test(a_step_may_be_left)};
    return cmocka_run_group_tests(tests, open_comm, close_comm);
}

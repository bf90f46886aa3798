/* Projections on cones by sets of rows, the factor under them, and the extrapolation of
   fixed points: optimality conditions instead of stored numbers. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>
#include <cmocka.h>

#include "base/random.h"
#include "convex/anderson.h"
#include "convex/cones.h"
#include "linalg/grown.h"
#include "support/problem.h"

enum { GATES = 6, DRAW = 301 };

static double gauss(int64_t i, int64_t j)
{
    return cvr_random_gauss(5, DRAW, i, j);
}

/* ---- the factor -------------------------------------------------------------------- */

/* What is left of rows that joined and left is the factor of those that stay. */
static void a_factor_follows_its_rows(void **state)
{
    enum { D = 12, ALL = 10 };
    double x[ALL][D], L[ALL * (ALL + 1) / 2], work[2 * ALL], b[ALL], g[ALL];
    int64_t kept[ALL], count = 0;
    (void)state;
    for (int i = 0; i < ALL; i++) {
        double size = 0;
        for (int j = 0; j < D; j++)
            size += gauss(i, j) * gauss(i, j);
        for (int j = 0; j < D; j++)
            x[i][j] = gauss(i, j) / sqrt(size);
        for (int64_t k = 0; k < count; k++)
            g[k] = cvr_grown_dot(D, x[i], x[kept[k]]);
        assert_true(cvr_grown_add(L, count, g));
        kept[count++] = i;
        if (i % 3 != 2)
            continue;
        cvr_grown_drop(L, count, 1, work);
        memmove(kept + 1, kept + 2, (size_t)(count - 2) * sizeof *kept);
        count--;
    }
    for (int64_t i = 0; i < count; i++)
        b[i] = gauss(99, i);
    cvr_grown_solve(L, count, b);
    for (int64_t i = 0; i < count; i++) {
        double sum = 0;
        for (int64_t k = 0; k < count; k++)
            sum += cvr_grown_dot(D, x[kept[i]], x[kept[k]]) * b[k];
        assert_true(fabs(sum - gauss(99, i)) < 1e-12);
    }
    for (int64_t k = 0; k < count; k++) /* a row that is there depends on the others */
        g[k] = cvr_grown_dot(D, x[kept[0]], x[kept[k]]);
    assert_false(cvr_grown_add(L, count, g));
}

/* Of several rows in panels, that which depends on others is left out; the factor is that
   of the others, whatever leaves it. */
static void many_rows_join_at_once(void **state)
{
    enum { D = 160, ALL = 150, TWICE = 90 };
    static double x[ALL][D], work[2 * ALL], b[ALL];
    double *L = calloc((size_t)cvr_grown_size(ALL), sizeof *L);
    int64_t kept[ALL], count = 0, next = 0;
    bool taken[64];
    (void)state;
    for (int i = 0; i < ALL; i++) {
        double size;
        for (int j = 0; j < D; j++)
            x[i][j] = gauss(i == TWICE ? 3 : i, j);
        size = sqrt(cvr_grown_dot(D, x[i], x[i]));
        for (int j = 0; j < D; j++)
            x[i][j] /= size;
    }
    while (next < ALL) {
        int64_t many = cvr_grown_room(count), k = count;
        many = many < ALL - next ? many : ALL - next;
        for (int64_t i = 0; i < many; i++) {
            double *line = cvr_grown_line(L, k + i);
            for (int64_t t = 0; t < k + i; t++)
                line[t] =
                    cvr_grown_dot(D, x[next + i], x[t < k ? kept[t] : next + t - k]);
        }
        count += cvr_grown_add_lines(L, k, many, taken);
        for (int64_t i = 0, at = k; i < many; i++, next++) {
            assert_int_equal(taken[i], next != TWICE);
            if (taken[i])
                kept[at++] = next;
        }
    }
    assert_int_equal(count, ALL - 1);
    for (int64_t r = 100; r >= 20; r -= 40) {
        cvr_grown_drop(L, count, r, work);
        memmove(kept + r, kept + r + 1, (size_t)(--count - r) * sizeof *kept);
    }
    for (int64_t i = 0; i < count; i++)
        b[i] = gauss(99, i);
    cvr_grown_solve(L, count, b);
    for (int64_t i = 0; i < count; i++) {
        double sum = 0;
        for (int64_t k = 0; k < count; k++)
            sum += cvr_grown_dot(D, x[kept[i]], x[kept[k]]) * b[k];
        assert_true(fabs(sum - gauss(99, i)) < 1e-9);
    }
    free(L);
}

/* ---- projections ------------------------------------------------------------------- */

typedef struct fixture {
    cvr_problem problem;
    cvr_program p;
    cvr_workspace w;
    cvr_cones cones;
    cvr_mat X, D, M, V, T, G;
} fixture;

/* A program of n rows, d columns (the last one a threshold when `threshold`), C
   outputs. */
static void begin(fixture *f, cvr_type type, int64_t n, int64_t d, int64_t C,
                  bool threshold)
{
    cvr_program *p = &f->p;
    *f = (fixture){0};
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), type, n, d, &f->X));
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), type, n, GATES, &f->D));
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < d; j++)
            cvr_set(f->X, i, j, j + 1 == d ? 1 : gauss(i, j));
    for (int64_t k = 0; k < GATES; k++)
        for (int64_t i = 0; i < n; i++) {
            double z = 0;
            for (int64_t j = 0; j < d; j++)
                z += cvr_get(f->X, i, j) * gauss(1000 + k, j);
            cvr_set(f->D, i, k, z >= 0);
        }
    f->problem = (cvr_problem){.rows = n, .comm = cvr_test_alone};
    *p = (cvr_program){.problem = &f->problem,
                       .comm = cvr_test_alone,
                       .X = f->X,
                       .D = f->D,
                       .n = n,
                       .d = d,
                       .P = GATES,
                       .groups = GATES,
                       .C = C,
                       .signs = 2,
                       .m = 2 * C * GATES,
                       .w = d - threshold};
    cvr_workspace_init(&f->w, cvr_cpu(), type, "cones");
    assert_int_equal(CVR_OK, cvr_cones_lay_out(&f->cones, p, &f->w));
    CVR_LAY_SCRATCH(&f->w, d, p->m, &f->M, &f->V, &f->G);
    CVR_LAY_SCRATCH(&f->w, n, p->m, &f->T);
    assert_int_equal(CVR_OK, cvr_workspace_take(&f->w, cvr_test_alone));
    assert_int_equal(CVR_OK, cvr_cones_start(&f->cones));
}

static void end(fixture *f)
{
    cvr_workspace_free(&f->w);
    cvr_mat_free(&f->X);
    cvr_mat_free(&f->D);
}

static double entry_of_group(const fixture *f, cvr_mat A, int64_t group, double *size)
{
    const cvr_program *p = &f->p;
    double sum = 0;
    for (int64_t c = 0; c < p->C; c++)
        for (int64_t i = 0; i < p->w; i++) {
            int64_t j = group / p->P * p->C * p->P + c * p->P + group % p->P;
            sum += cvr_get(A, i, j) * cvr_get(A, i, j);
        }
    *size = sqrt(sum);
    return *size;
}

/* G v >= 0, mu >= 0 and mu o G v = 0. */
static void check_cones(const fixture *f, double tolerance)
{
    const cvr_program *p = &f->p;
    for (int64_t j = 0; j < p->m; j++)
        for (int64_t i = 0; i < f->p.n; i++) {
            double side = 2 * cvr_get(f->D, i, j % GATES) - 1, z = 0;
            double mu = side * cvr_get(f->T, i, j);
            for (int64_t k = 0; k < p->d; k++)
                z += side * cvr_get(f->X, i, k) * cvr_get(f->V, k, j);
            assert_true(z >= -tolerance);
            assert_true(mu >= 0);
            assert_true(fabs(mu * z) <= 4 * tolerance);
        }
}

/* M + G'mu - V = t V / |V| on the weights, or no longer than t where V is 0, and 0 on
   thresholds: with the cones' conditions that is optimality. */
static void check_optimum(fixture *f, double t, double tolerance)
{
    const cvr_program *p = &f->p;
    cvr_fill(f->T, 0);
    assert_int_equal(CVR_OK, cvr_cones_multipliers(&f->cones, f->T, 1));
    check_cones(f, tolerance);
    cvr_gemm(f->G, 1, CVR_T, f->X, CVR_N, f->T, 0);
    cvr_axpby(f->G, 1, f->M, 1);
    cvr_axpby(f->G, -1, f->V, 1);
    for (int64_t g = 0; g < 2 * GATES; g++) {
        double size, left;
        entry_of_group(f, f->V, g, &size);
        entry_of_group(f, f->G, g, &left);
        assert_true(left <= t + tolerance);
        for (int64_t c = 0; c < p->C; c++) {
            int64_t j = g / GATES * p->C * GATES + c * GATES + g % GATES;
            for (int64_t i = 0; i < p->d; i++) {
                double want = i < p->w ? size > 0 ? t / size * cvr_get(f->V, i, j)
                                                  : cvr_get(f->G, i, j)
                                       : 0;
                assert_true(fabs(cvr_get(f->G, i, j) - want) <= tolerance);
            }
        }
    }
}

/* Cold, then from the sets of a point nearby, then of one far away. */
static void check_steps(cvr_type type, int64_t n, int64_t d, int64_t C, bool threshold,
                        double t)
{
    static const double moves[] = {1, 0.01, 3};
    double tolerance = type == CVR_DOUBLE ? 1e-10 : 2e-4;
    fixture f;
    begin(&f, type, n, d, C, threshold);
    for (int k = 0; k < 3; k++) {
        for (int64_t j = 0; j < f.p.m; j++)
            for (int64_t i = 0; i < d; i++)
                cvr_set(f.M, i, j,
                        cvr_get(f.M, i, j) + moves[k] * gauss(100 * k + i, 500 + j));
        assert_int_equal(CVR_OK, cvr_cones_project(&f.cones, f.V, f.M, t));
        check_optimum(&f, t, tolerance);
    }
    end(&f);
}

static void steps_meet_the_conditions_of_the_optimum(void **state)
{
    static const double thresholds[] = {0, 0.3, 1.5, 40};
    (void)state;
    for (int k = 0; k < 4; k++)
        for (int C = 1; C <= 3; C += 2)
            for (int type = 0; type < 2; type++)
                for (int threshold = 0; threshold < 2; threshold++) {
                    check_steps((cvr_type)type, 40, 5, C, threshold, thresholds[k]);
                    check_steps((cvr_type)type, 40, 70, C, threshold, thresholds[k]);
                }
}

/* Weights that are 0 leave thresholds to be held, small ones beside the points' weights
   too. */
static void small_thresholds_are_held_where_weights_are_zero(void **state)
{
    fixture f;
    (void)state;
    begin(&f, CVR_DOUBLE, 40, 5, 3, true);
    for (int k = 0; k < 40; k++) {
        for (int64_t j = 0; j < f.p.m; j++)
            for (int64_t i = 0; i < f.p.d; i++)
                cvr_set(f.M, i, j, (i < f.p.w ? 1 : 0.01) * gauss(100 * k + i, 500 + j));
        assert_int_equal(CVR_OK, cvr_cones_project(&f.cones, f.V, f.M, 40));
        check_optimum(&f, 40, 1e-10);
    }
    end(&f);
}

/* Sets of several panels, whose rows change many at once. */
static void large_steps_meet_the_conditions_too(void **state)
{
    (void)state;
    for (int threshold = 0; threshold < 2; threshold++) {
        check_steps(CVR_DOUBLE, 150, 250, 1, threshold, 0.3);
        check_steps(CVR_SINGLE, 300, 90, 2, threshold, 0.3);
    }
}

/* Each group is one thread's work. */
static void steps_do_not_depend_on_threads(void **state)
{
    enum { N = 400, D = 330 };
    int threads = openblas_get_num_threads();
    fixture f[2];
    (void)state;
    for (int k = 0; k < 2; k++) {
        openblas_set_num_threads(k == 0 ? 1 : 3);
        begin(&f[k], CVR_DOUBLE, N, D, 1, false);
        openblas_set_num_threads(1);
        assert_int_equal(f[k].cones.threads, k == 0 ? 1 : 3);
        for (int64_t j = 0; j < f[k].p.m; j++)
            for (int64_t i = 0; i < D; i++)
                cvr_set(f[k].M, i, j, gauss(i, j));
        assert_int_equal(CVR_OK, cvr_cones_project(&f[k].cones, f[k].V, f[k].M, 0.3));
    }
    assert_true(cvr_distance2(f[0].V, f[1].V) == 0);
    for (int k = 0; k < 2; k++)
        end(&f[k]);
    openblas_set_num_threads(threads);
}

/* The multipliers of k M are k times those of M: then no row has to move. */
static void scaled_sets_fit_scaled_points(void **state)
{
    fixture f;
    (void)state;
    begin(&f, CVR_DOUBLE, 40, 6, 1, true);
    for (int64_t j = 0; j < f.p.m; j++)
        for (int64_t i = 0; i < 6; i++)
            cvr_set(f.M, i, j, gauss(i, j));
    assert_int_equal(CVR_OK, cvr_cones_project(&f.cones, f.V, f.M, 0.2));
    cvr_scale(f.M, 3);
    cvr_cones_scale(&f.cones, 3);
    assert_int_equal(CVR_OK, cvr_cones_project(&f.cones, f.V, f.M, 0.6));
    check_optimum(&f, 0.6, 1e-10);
    end(&f);
}

/* ---- fixed points ------------------------------------------------------------------ */

typedef struct map {
    cvr_mat A, b, z, y, f;
} map;

/* y = A z + b, f = y - z; A symmetric with eigenvalues up to 0.999. */
static void apply(map *s)
{
    cvr_copy(s->y, s->b);
    cvr_gemm(s->y, 1, CVR_N, s->A, CVR_N, s->z, 1);
    cvr_copy(s->f, s->y);
    cvr_axpby(s->f, -1, s->z, 1);
}

/* A linear map of dimension 8 is solved as soon as its memory spans the space. */
static void a_linear_map_is_solved_in_a_few_steps(void **state)
{
    enum { D = 8 };
    map s = {0};
    cvr_mat *const list[] = {&s.b, &s.z, &s.y, &s.f};
    cvr_anderson a = {0};
    cvr_workspace w;
    const double weight = 1;
    (void)state;
    cvr_workspace_init(&w, cvr_cpu(), CVR_DOUBLE, "map");
    cvr_anderson_lay_out(&a, cvr_test_alone, false, D, 1, &w);
    assert_int_equal(CVR_OK, cvr_workspace_take(&w, cvr_test_alone));
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, D, D, &s.A));
    for (int k = 0; k < 4; k++)
        assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, D, 1, list[k]));
    for (int i = 0; i < D; i++) {
        cvr_set(s.A, i, i, 0.999 - 0.12 * i);
        cvr_set(s.b, i, 0, gauss(i, 7));
    }
    for (int k = 0; k < 24; k++) {
        apply(&s);
        cvr_copy(s.z, s.y);
        assert_int_equal(CVR_OK, cvr_anderson_step(&a, &s.z, &s.f, &weight));
    }
    for (int i = 0; i < D; i++) {
        double want = cvr_get(s.b, i, 0) / (1 - cvr_get(s.A, i, i));
        assert_true(fabs(cvr_get(s.z, i, 0) - want) <= 1e-6 * fabs(want) + 1e-9);
    }
    cvr_workspace_free(&w);
    cvr_mat_free(&s.A);
    for (int k = 0; k < 4; k++)
        cvr_mat_free(list[k]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_factor_follows_its_rows),
        cmocka_unit_test(many_rows_join_at_once),
        cmocka_unit_test(steps_meet_the_conditions_of_the_optimum),
        cmocka_unit_test(small_thresholds_are_held_where_weights_are_zero),
        cmocka_unit_test(large_steps_meet_the_conditions_too),
        cmocka_unit_test(steps_do_not_depend_on_threads),
        cmocka_unit_test(scaled_sets_fit_scaled_points),
        cmocka_unit_test(a_linear_map_is_solved_in_a_few_steps),
    };
    return cmocka_run_group_tests(tests, cvr_test_open_comms, cvr_test_close_comms);
}

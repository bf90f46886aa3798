/* Entries of kernels from inner products: their formulas, and the same bits at any number
   of threads. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <cblas.h>

#include "linalg/mats.h"
#include "model/kernel_entries.h"
#include "support/models.h"

enum { ROWS = 130, COLS = 700, GATES = 10 };

/* What the entries are made of, and work. */
typedef struct pose {
    cvr_kernel_part part;
    cvr_mat K, T, x2, z2, same[2], twice[2], row, sum;
} pose;

static cvr_mat matrix(cvr_type type, int64_t rows, int64_t cols)
{
    cvr_mat A = {0};
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), type, rows, cols, &A));
    return A;
}

/* Whole numbers of -GATES .. GATES, all even or all odd. */
static cvr_mat counts(int64_t stream)
{
    cvr_mat A = cvr_test_matrix(CVR_SINGLE, ROWS, COLS, stream);
    for (int64_t j = 0; j < COLS; j++)
        for (int64_t i = 0; i < ROWS; i++)
            cvr_set(A, i, j, 2 * floor(GATES / 2 * tanh(cvr_get(A, i, j))));
    return A;
}

static pose new_pose(cvr_kernel_kind kind, cvr_type type, bool mirrored)
{
    bool gates = kind == CVR_KERNEL_MIX || kind == CVR_KERNEL_TREE;
    pose p = {.part = {.kind = kind,
                       .weight = 1.25,
                       .bias2 = 3,
                       .gated = 1,
                       .relu = 0.5,
                       .even = mirrored ? 1 : 0}};
    p.K = cvr_test_matrix(type, ROWS, COLS, 1);
    p.T = cvr_test_matrix(type, ROWS, COLS, 2);
    p.x2 = matrix(type, ROWS, 1);
    p.z2 = matrix(type, COLS, 1);
    p.row = matrix(type, COLS, 1);
    p.sum = matrix(type, ROWS, COLS);
    cvr_fill(p.x2, 9);
    cvr_fill(p.z2, 16);
    for (int k = 0; gates && k < (mirrored ? 2 : 1); k++) {
        p.same[k] = counts(3 + k);
        p.twice[k] = type == CVR_SINGLE ? p.same[k] : matrix(type, ROWS, COLS);
    }
    if (gates)
        p.part.gates.W = matrix(CVR_DOUBLE, GATES, 1);
    return p;
}

static void free_pose(pose *p)
{
    for (int k = 0; k < 2; k++) {
        if (p->twice[k].data != p->same[k].data)
            cvr_mat_free(&p->twice[k]);
        cvr_mat_free(&p->same[k]);
    }
    CVR_MATS_FREE(&p->K, &p->T, &p->x2, &p->z2, &p->row, &p->sum, &p->part.gates.W);
}

static void make(pose *p, int threads)
{
    int before = openblas_get_num_threads();
    cvr_kernel_entries e = {.part = &p->part,
                            .K = p->K,
                            .T = p->T,
                            .x2 = p->x2,
                            .z2 = p->z2,
                            .same = {p->same[0], p->same[1]},
                            .twice = {p->twice[0], p->twice[1]},
                            .row = p->row,
                            .sum = p->sum};
    openblas_set_num_threads(threads);
    cvr_kernel_make_entries(&e);
    openblas_set_num_threads(before);
}

/* k_part of an inner product and of how many gates are shared, |x| = 3, |z| = 4. */
static double entry(const cvr_kernel_part *p, double k, double same)
{
    double g = k + p->bias2, size = sqrt((9 + p->bias2) * (16 + p->bias2));
    double t = acos(fmin(1, fmax(-1, g / size)));
    switch (p->kind) {
    case CVR_KERNEL_ARC:
        return (p->gated * g * (M_PI - t) + p->relu * (size * sin(t) + (M_PI - t) * g)) /
               (2 * M_PI);
    case CVR_KERNEL_MIX:
        return g * (1 + same / GATES) / 2;
    case CVR_KERNEL_TREE:
        return exp(2 * same / GATES - 2);
    case CVR_KERNEL_EXP:
        return exp(fmin(0, 2 * k - 25) / p->bias2);
    }
    return NAN;
}

static double count_at(cvr_mat same, int64_t i, int64_t j)
{
    return same.data ? cvr_get(same, i, j) : 0;
}

static void check(cvr_kernel_kind kind, cvr_type type, bool mirrored)
{
    pose p = new_pose(kind, type, mirrored), given = new_pose(kind, type, mirrored);
    double most = type == CVR_DOUBLE ? 1e-12 : 2e-5;
    make(&p, 1);
    for (int64_t j = 0; j < COLS; j++)
        for (int64_t i = 0; i < ROWS; i++) {
            double s = cvr_get(given.K, i, j), a = cvr_get(given.T, i, j), right;
            right = entry(&p.part, mirrored ? s + a : s, count_at(given.same[0], i, j));
            if (mirrored)
                right += entry(&p.part, s - a, count_at(given.same[1], i, j));
            double made = cvr_get(p.sum, i, j);
            if (!(fabs(made - p.part.weight * right) <= most * (1 + fabs(made))))
                fail_msg("kind %d: %.17g, not %.17g", (int)kind, made,
                         p.part.weight * right);
        }
    make(&given, 3);
    for (int64_t j = 0; j < COLS; j++)
        for (int64_t i = 0; i < ROWS; i++)
            assert_true(cvr_get(p.sum, i, j) == cvr_get(given.sum, i, j));
    free_pose(&p);
    free_pose(&given);
}

static void entries_follow_their_formulas_at_any_number_of_threads(void **state)
{
    (void)state;
    for (int k = 0; k < 4 * 4; k++)
        check((cvr_kernel_kind)(k / 4), k % 2 ? CVR_SINGLE : CVR_DOUBLE, k / 2 % 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_follow_their_formulas_at_any_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Random numbers: known values of the generator, the same numbers for any
   split, moments. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <Random123/philox.h>

#include <cvxrelu/mat.h>

#include "base/random.h"
#include "linalg/ops.h"

static cvr_mat new_mat(cvr_type type, int64_t rows, int64_t cols)
{
    cvr_mat A = {0};
    assert_int_equal(cvr_mat_new(cvr_cpu(), type, rows, cols, &A), CVR_OK);
    return A;
}

/* The vectors of Random123's own kat_vectors for philox4x32, 10 rounds. */
static void philox_gives_its_published_values(void **state)
{
    static const struct {
        uint32_t counter[4], key[2], want[4];
    } known[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    (void)state;
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        philox4x32_ctr_t counter;
        philox4x32_key_t key = {{known[k].key[0], known[k].key[1]}};
        for (int i = 0; i < 4; i++)
            counter.v[i] = known[k].counter[i];
        counter = philox4x32(counter, key);
        for (int i = 0; i < 4; i++)
            assert_int_equal(counter.v[i], known[k].want[i]);
    }
}

/* 52 bits of the first published vector, centred. */
static void uniform_numbers_are_the_generator_s_bits(void **state)
{
    uint64_t bits = ((uint64_t)0x6627e8d5 << 32 | 0xe169c58d) >> 12;
    (void)state;
    assert_true(cvr_random_uniform(0, 0, 0, 0) == ((double)bits + 0.5) * 0x1p-52);
}

static void rows_do_not_depend_on_the_split(void **state)
{
    cvr_mat whole = new_mat(CVR_DOUBLE, 101, 7), part = new_mat(CVR_DOUBLE, 101, 7);
    static const int64_t cuts[] = {0, 1, 40, 41, 101};
    (void)state;
    cvr_random_normal(whole, 9, CVR_FOR_GATES, 1000000000000);
    for (size_t k = 0; k + 1 < sizeof cuts / sizeof *cuts; k++)
        cvr_random_normal(cvr_mat_part(part, cuts[k], 0, cuts[k + 1] - cuts[k], 7), 9,
                          CVR_FOR_GATES, 1000000000000 + cuts[k]);
    assert_true(cvr_distance2(whole, part) == 0);
    assert_true(cvr_get(whole, 5, 3) ==
                cvr_random_gauss(9, CVR_FOR_GATES, 1000000000005, 3));
    cvr_mat_free(&whole);
    cvr_mat_free(&part);
}

static void single_numbers_are_rounded_double_ones(void **state)
{
    cvr_mat A = new_mat(CVR_DOUBLE, 50, 4), B = new_mat(CVR_SINGLE, 50, 4);
    cvr_mat C = new_mat(CVR_SINGLE, 50, 4);
    (void)state;
    cvr_random_normal(A, 3, CVR_FOR_ROWS, 0);
    cvr_random_normal(B, 3, CVR_FOR_ROWS, 0);
    cvr_copy(C, A);
    assert_true(cvr_distance2(B, C) == 0);
    cvr_mat_free(&A);
    cvr_mat_free(&B);
    cvr_mat_free(&C);
}

/* Seed, purpose, row and column each give other numbers, also beyond 32 bits. */
static void streams_differ(void **state)
{
    double base = cvr_random_gauss(1, CVR_FOR_GATES, 2, 3);
    (void)state;
    assert_true(base != cvr_random_gauss(2, CVR_FOR_GATES, 2, 3));
    assert_true(base != cvr_random_gauss(1 + (1ULL << 32), CVR_FOR_GATES, 2, 3));
    assert_true(base != cvr_random_gauss(1, CVR_FOR_NOISE, 2, 3));
    assert_true(base != cvr_random_gauss(1, CVR_FOR_GATES, 3, 2));
    assert_true(base != cvr_random_gauss(1, CVR_FOR_GATES, 2 + (1LL << 32), 3));
    assert_true(base != cvr_random_gauss(1, CVR_FOR_GATES, 2, 3 + (1LL << 32)));
}

/* Mean, variance, third and fourth moment of N numbers, each within 5 of its standard
   deviations: 1, sqrt 2, sqrt 15, sqrt 96 over sqrt N. */
static void normal_numbers_have_normal_moments(void **state)
{
    enum { N = 200000 };
    static const double want[] = {0, 1, 0, 3}, spread[] = {1, 2, 15, 96};
    double sums[4] = {0};
    (void)state;
    for (int64_t k = 0; k < N; k++) {
        double x = cvr_random_gauss(5, CVR_FOR_ROWS, k % 1000, k / 1000), power = 1;
        for (int m = 0; m < 4; m++)
            sums[m] += power *= x;
    }
    for (int m = 0; m < 4; m++)
        assert_true(fabs(sums[m] / N - want[m]) < 5 * sqrt(spread[m] / N));
}

/* Each of 10 values as often as any other, within 5 standard deviations. */
static void whole_numbers_are_even(void **state)
{
    enum { N = 100000 };
    int seen[10] = {0};
    (void)state;
    for (int64_t k = 0; k < N; k++) {
        int64_t x = cvr_random_below(5, CVR_FOR_BLOCKS, k, 0, 10);
        assert_true(x >= 0 && x < 10);
        seen[x]++;
    }
    for (int v = 0; v < 10; v++)
        assert_true(fabs(seen[v] - N / 10.0) < 5 * sqrt(0.09 * N));
    assert_true(cvr_random_below(5, CVR_FOR_BLOCKS, 0, 0, 1) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_its_published_values),
        cmocka_unit_test(uniform_numbers_are_the_generator_s_bits),
        cmocka_unit_test(rows_do_not_depend_on_the_split),
        cmocka_unit_test(single_numbers_are_rounded_double_ones),
        cmocka_unit_test(streams_differ),
        cmocka_unit_test(normal_numbers_have_normal_moments),
        cmocka_unit_test(whole_numbers_are_even),
    };
    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}

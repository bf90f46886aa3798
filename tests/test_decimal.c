/* Numbers as text: the shortest that read back to the same bits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"

#define LENGTH(a) (sizeof(a) / sizeof *(a))

static uint64_t bits_of(uint64_t i)
{
    uint64_t z = i * 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    return z ^ z >> 27;
}

/* Digits that count: without zeroes in front and behind. */
static int significant(const char *text)
{
    int count = 0, zeroes = 0;
    for (; *text && *text != 'e'; text++) {
        if (*text < '0' || *text > '9' || (*text == '0' && count == 0))
            continue;
        zeroes = *text == '0' ? zeroes + 1 : 0;
        count++;
    }
    return count - zeroes;
}

/* Reads back, and the next shorter text does not. */
static void assert_shortest(double v)
{
    char text[CVR_DECIMAL_SIZE], shorter[40];
    int length = cvr_decimal_write(v, false, text), digits = significant(text);
    double back = strtod(text, NULL);
    assert_int_equal(length, strlen(text));
    assert_memory_equal(&back, &v, sizeof v);
    if (digits < 2 || (v == rint(v) && fabs(v) < 1e15))
        return;
    snprintf(shorter, sizeof shorter, "%.*e", digits - 2, v);
    if (strtod(shorter, NULL) == v)
        fail_msg("%s where %s would do", text, shorter);
}

static void assert_shortest_float(float v)
{
    char text[CVR_DECIMAL_SIZE], shorter[40];
    int length = cvr_decimal_write((double)v, true, text), digits = significant(text);
    float back = strtof(text, NULL);
    assert_int_equal(length, strlen(text));
    assert_memory_equal(&back, &v, sizeof v);
    float through = (float)strtod(text, NULL);
    assert_memory_equal(&through, &v, sizeof v);
    if (digits < 2 || (v == rintf(v) && fabsf(v) < 1e15f))
        return;
    snprintf(shorter, sizeof shorter, "%.*e", digits - 2, (double)v);
    if (strtof(shorter, NULL) == v)
        fail_msg("%s where %s would do", text, shorter);
}

/* Any bits; no fraction (powers of two); no exponent (subnormal numbers). */
static void any_bits_are_written_shortest(void **state)
{
    (void)state;
    static const uint64_t masks[] = {UINT64_MAX, 0xFFF0000000000000u,
                                     0x800FFFFFFFFFFFFFu};
    for (uint64_t i = 1; i < 30000; i++) {
        uint64_t bits = bits_of(i) & masks[i % LENGTH(masks)];
        double v;
        memcpy(&v, &bits, sizeof v);
        if (isfinite(v))
            assert_shortest(v);
        static const uint32_t narrow[] = {UINT32_MAX, 0xFF800000u, 0x807FFFFFu};
        uint32_t half = (uint32_t)(bits_of(i) >> 32) & narrow[i % LENGTH(narrow)];
        float s;
        memcpy(&s, &half, sizeof s);
        if (isfinite(s))
            assert_shortest_float(s);
    }
}

/* Decimals of few digits come out as they went in. */
static void short_decimals_stay_short(void **state)
{
    (void)state;
    for (uint64_t i = 1; i < 20000; i++) {
        char in[40], out[CVR_DECIMAL_SIZE];
        uint64_t m = bits_of(i) % 100000000000000 * 10 + i % 9 + 1;
        snprintf(in, sizeof in, "0.%015llu", (unsigned long long)m);
        double v = strtod(in, NULL);
        cvr_decimal_write(v, false, out);
        if (v >= 1e-4)
            assert_string_equal(out, in);
        else
            assert_int_equal(significant(out), significant(in));
    }
}

static void numbers_look_like_this(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text, *single;
    } cases[] = {
        {0, "0", "0"},
        {-0.0, "-0", "-0"},
        {1, "1", "1"},
        {-12, "-12", "-12"},
        {0.1, "0.1", "0.1"},
        {-0.5, "-0.5", "-0.5"},
        {0.3, "0.3", "0.3"},
        {0.1 + 0.2, "0.30000000000000004", "0.3"},
        {1.0 / 3, "0.3333333333333333", "0.33333334"},
        {100.25, "100.25", "100.25"},
        {0.0001, "0.0001", "0.0001"},
        {0.00001, "1e-05", "1e-05"},
        {-1.5e-5, "-1.5e-05", "-1.5e-05"},
        {999999999999999, "999999999999999", "999999986991104"},
        {1e15, "1000000000000000", "999999986991104"},
        {9007199254740992, "9007199254740992", "9007199000000000"},
        {1e16, "1e+16", "1e+16"},
        {1e22, "1e+22", "1e+22"},
        {1e23, "1e+23", "1e+23"},
        {123456789012345680.0, "1.2345678901234568e+17", "1.2345679e+17"},
        {5e-324, "5e-324", "0"},
        {2.2250738585072014e-308, "2.2250738585072014e-308", "0"},
        {1.7976931348623157e308, "1.7976931348623157e+308", "inf"},
        {1.401298464324817e-45, "1.401298464324817e-45", "1e-45"},
        {3.4028234663852886e38, "3.4028234663852886e+38", "3.4028235e+38"},
        {7.038530691851209e-26, "7.038530691851209e-26", "7.0385307e-26"},
        {INFINITY, "inf", "inf"},
        {-INFINITY, "-inf", "-inf"},
        {NAN, "nan", "nan"},
    };
    char text[CVR_DECIMAL_SIZE];
    for (size_t i = 0; i < LENGTH(cases); i++) {
        cvr_decimal_write(cases[i].value, false, text);
        assert_string_equal(text, cases[i].text);
        cvr_decimal_write((double)(float)cases[i].value, true, text);
        assert_string_equal(text, cases[i].single);
    }
}

static void whole_numbers_have_all_digits(void **state)
{
    (void)state;
    static const int64_t values[] = {0,  1,   9,         10,        99,      100,
                                     -1, -10, INT64_MAX, INT64_MIN, 1234567, -98765432};
    char text[CVR_DECIMAL_SIZE], expected[40];
    for (size_t i = 0; i < LENGTH(values); i++) {
        int length = cvr_decimal_whole(values[i], text);
        snprintf(expected, sizeof expected, "%lld", (long long)values[i]);
        assert_string_equal(text, expected);
        assert_int_equal(length, strlen(expected));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_bits_are_written_shortest),
        cmocka_unit_test(short_decimals_stay_short),
        cmocka_unit_test(numbers_look_like_this),
        cmocka_unit_test(whole_numbers_have_all_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

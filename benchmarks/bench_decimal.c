/* Numbers to text and back: is every one right, and how long does one take?

       bench_decimal COUNT [STRIDE]

   COUNT doubles of random bits, uniform ones, powers of two, subnormal ones and decimals
   of few digits, against the C library; and every STRIDEth float (1: all 2^31). Fails
   when one does not read back to the same bits, or fewer digits would do. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "data/number.h"

static uint64_t draw(void)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 7;
    state ^= state >> 9;
    return state * 0x9E3779B97F4A7C15u;
}

static double number(int64_t i)
{
    uint64_t bits = draw(), fraction = ((uint64_t)1 << 52) - 1;
    double v;
    if (i % 8 == 1)
        return ldexp((double)(bits >> 11), -53);
    if (i % 8 == 2)
        return (double)((int64_t)bits >> 20) / 1000;
    bits &= i % 8 == 3 ? ~fraction : i % 8 == 4 ? fraction : ~(uint64_t)0;
    memcpy(&v, &bits, sizeof v);
    return isfinite(v) ? v : 0;
}

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

static int64_t wrong;

static void must_hold(bool truth, double v, const char *text)
{
    wrong += !truth;
    if (!truth && wrong < 20)
        printf("wrong: %a as %s\n", v, text);
}

static void check_double(double v)
{
    char text[CVR_DECIMAL_SIZE], fewer[40];
    double back = 0, own = 0;
    cvr_decimal_write(v, false, text);
    back = strtod(text, NULL);
    cvr_number_read(text, &own);
    int digits = significant(text);
    must_hold(memcmp(&back, &v, sizeof v) == 0, v, text);
    must_hold(memcmp(&own, &v, sizeof v) == 0, v, text);
    if (digits < 2 || (v == rint(v) && fabs(v) < 1e15))
        return;
    snprintf(fewer, sizeof fewer, "%.*e", digits - 2, v);
    must_hold(strtod(fewer, NULL) != v, v, text);
}

static void check_float(float v)
{
    char text[CVR_DECIMAL_SIZE];
    double back = 0;
    cvr_decimal_write((double)v, true, text);
    cvr_number_read(text, &back);
    float narrow = (float)back, direct = strtof(text, NULL);
    must_hold(memcmp(&narrow, &v, sizeof v) == 0, (double)v, text);
    must_hold(memcmp(&direct, &v, sizeof v) == 0, (double)v, text);
}

static void time_both(void)
{
    enum { COUNT = 1 << 16, TIMES = 64 };
    static char text[COUNT][CVR_DECIMAL_SIZE];
    static double v[COUNT];
    double sum = 0, each = 1e9 / ((double)COUNT * TIMES);
    for (int i = 0; i < COUNT; i++)
        v[i] = ldexp((double)(draw() >> 11), -53);
    double start = cvr_cpu_seconds();
    for (int t = 0; t < TIMES; t++)
        for (int i = 0; i < COUNT; i++)
            cvr_decimal_write(v[i], false, text[i]);
    double middle = cvr_cpu_seconds();
    for (int t = 0; t < TIMES; t++)
        for (int i = 0; i < COUNT; i++)
            sum += cvr_number_read(text[i], &v[i]) ? v[i] : 0;
    printf("%.1f ns to write a double, %.1f ns to read it (sum %g)\n",
           (middle - start) * each, (cvr_cpu_seconds() - middle) * each, sum);
}

int main(int argc, char **argv)
{
    int64_t count = argc > 1 ? atoll(argv[1]) : 1000000;
    uint32_t stride = argc > 2 ? (uint32_t)atoll(argv[2]) : 4099;
    for (int64_t i = 0; i < count; i++)
        check_double(number(i));
    for (uint64_t bits = 1; stride > 0 && bits < 0x7f800000u; bits += stride) {
        uint32_t b = (uint32_t)bits;
        float v;
        memcpy(&v, &b, sizeof v);
        check_float(v);
    }
    time_both();
    printf("%lld wrong\n", (long long)wrong);
    return wrong > 0;
}

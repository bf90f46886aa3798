/* Decimal to binary: exact when digits and power of ten are (Clinger 1990); through a
   long double of 64 bits when its rounding cannot matter; else the C library's strtod in
   the C locale. */
#define _GNU_SOURCE
#include "data/number.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <threads.h>

#include "base/decimal.h"

static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static locale_t c_locale;
static once_flag c_locale_once = ONCE_FLAG_INIT;

static void make_c_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static locale_t c(void)
{
    call_once(&c_locale_once, make_c_locale);
    return c_locale;
}

static const long double long_powers[] = {
    1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,  1e7L,  1e8L,  1e9L,
    1e10L, 1e11L, 1e12L, 1e13L, 1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L,
    1e20L, 1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L};

/* m 10^power, |power| <= 27. m and the power are exact in 64 bits, so the result is
   within half a unit of the 64th bit. It rounds to 53 bits like the exact value unless
   its last 11 bits are next to the middle; false then, and where long double is not 64
   bits. */
static bool through_long(uint64_t m, int power, double *value)
{
    long double v = power < 0 ? (long double)m / long_powers[-power]
                              : (long double)m * long_powers[power];
    uint64_t mantissa = 0;
    if (LDBL_MANT_DIG != 64)
        return false;
    memcpy(&mantissa, &v, sizeof mantissa);
    uint64_t rest = mantissa & 0x7FF;
    *value = (double)v;
    return rest < 0x3FE || rest > 0x402;
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *digits(const char *p, uint64_t *m)
{
    for (; digit(*p); p++)
        *m = *m * 10 + (uint64_t)(*p - '0');
    return p;
}

/* e+12 at p; leaves p when it is not an exponent. */
static const char *exponent(const char *p, int *power)
{
    if (*p != 'e' && *p != 'E')
        return p;
    const char *q = p + 1;
    bool minus = *q == '-';
    int e = 0;
    q += *q == '-' || *q == '+';
    if (!digit(*q))
        return p;
    for (; digit(*q); q++)
        e = e < 100000 ? e * 10 + (*q - '0') : e;
    *power += minus ? -e : e;
    return q;
}

/* p is past the sign. */
static const char *word(const char *p, bool minus, double *value)
{
    static const struct {
        const char *text;
        double value;
    } words[] = {{"infinity", INFINITY}, {"inf", INFINITY}, {"nan", NAN}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncasecmp(p, words[i].text, strlen(words[i].text)) == 0) {
            *value = minus ? -words[i].value : words[i].value;
            return p + strlen(words[i].text);
        }
    return NULL;
}

const char *cvr_number_read(const char *p, double *value)
{
    const char *start = p;
    bool minus = *p == '-';
    uint64_t m = 0;
    int power = 0;
    p += *p == '-' || *p == '+';
    const char *first = p;
    p = digits(p, &m);
    int64_t count = p - first, seen = count;
    if (*p == '.') {
        const char *point = p + 1, *from = point;
        while (m == 0 && *from == '0')
            from++;
        p = digits(from, &m);
        count += p - from;
        seen += p - point;
        power = p - point < 100000 ? -(int)(p - point) : -100000;
    }
    if (seen == 0)
        return word(first, minus, value);
    p = exponent(p, &power);
    double v = 0;
    if (count <= 19 && m <= 1ull << 53 && power >= -22 && power <= 22)
        v = power < 0 ? (double)m / powers[-power] : (double)m * powers[power];
    else if (count > 19 || power < -27 || power > 27 || !through_long(m, power, &v)) {
        *value = strtod_l(start, NULL, c());
        return p;
    }
    *value = minus ? -v : v;
    return p;
}

bool cvr_number_is(const char *text, double *value)
{
    const char *p = cvr_number_read(text + strspn(text, " \t"), value);
    return p && p[strspn(p, " \t")] == '\0';
}

int cvr_number_write(double value, cvr_type type, char text[CVR_NUMBER_SIZE])
{
    return cvr_decimal_write(value, type == CVR_SINGLE, text);
}

const char *cvr_quote(const char *text, char quoted[CVR_QUOTE_SIZE])
{
    size_t length = strnlen(text, CVR_QUOTE_SIZE);
    bool cut = length >= CVR_QUOTE_SIZE;
    size_t shown = cut ? CVR_QUOTE_SIZE - 4 : length;
    for (size_t i = 0; i < shown; i++)
        quoted[i] = (unsigned char)text[i] < ' ' || text[i] == 127 ? '?' : text[i];
    strcpy(quoted + shown, cut ? "..." : "");
    return quoted;
}

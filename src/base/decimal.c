/* Shortest digits by R. Giulietti, "The Schubfach way to render doubles" (2020).

   value = c 2^q. All decimals between value's neighbours, half way, read back to it. For
   the k with 10^k just below the width of that interval it has one or two multiples of
   10^k, perhaps one of 10^(k + 1): the shortest is among these. So the interval is
   needed in units of 10^k, that is times 10^-k, to a quarter and with a sticky bit, for
   which 128 bits of 10^-k suffice. */
#include "base/decimal.h"

#include <math.h>
#include <string.h>
#include <threads.h>

__extension__ typedef unsigned __int128 wide;

/* ---- powers of ten ---------------------------------------------------------------- */

enum { LEAST = -292, MOST = 324, LIMBS = 14 };

/* The first 128 bits of 10^k, rounded up. */
static wide powers[MOST - LEAST + 1];
static once_flag powers_once = ONCE_FLAG_INIT;

/* The first 128 bits of a number of LIMBS, the lowest first; rounded up when something
   follows, as `more` says there does behind the number. */
static wide first_bits(const uint64_t *b, bool more)
{
    int i = LIMBS - 1;
    while (b[i] == 0)
        i--;
    int shift = __builtin_clzll(b[i]);
    uint64_t second = i > 0 ? b[i - 1] : 0, third = i > 1 ? b[i - 2] : 0;
    wide bits = ((wide)b[i] << 64 | second) << shift;
    bits |= shift ? third >> (64 - shift) : 0;
    more = more || third << shift != 0;
    for (int j = 0; j < i - 2; j++)
        more = more || b[j] != 0;
    return bits + more;
}

/* 10^k begins as 5^k does: multiply by 5, or divide a power of 2 by 5. */
static void make_powers(void)
{
    uint64_t up[LIMBS] = {1}, down[LIMBS] = {0};
    down[LIMBS - 1] = (uint64_t)1 << 63;
    for (int k = 0; k <= MOST; k++) {
        wide carry = 0, rest = 0;
        powers[k - LEAST] = first_bits(up, false);
        if (-k >= LEAST && k > 0)
            powers[-k - LEAST] = first_bits(down, true);
        for (int i = 0; i < LIMBS; i++) {
            carry += (wide)up[i] * 5;
            up[i] = (uint64_t)carry;
            carry >>= 64;
            rest = rest << 64 | down[LIMBS - 1 - i];
            down[LIMBS - 1 - i] = (uint64_t)(rest / 5);
            rest %= 5;
        }
    }
}

/* ---- digits ----------------------------------------------------------------------- */

/* value = digits 10^power */
typedef struct decimal {
    uint64_t digits;
    int power;
} decimal;

/* c g / 2^128, with a sticky last bit: g is above the power by less than 1, so a
   fraction of at most 1 / 2^64 is none. */
static uint64_t scaled(wide g, uint64_t c)
{
    wide low = (wide)(uint64_t)g * c;
    wide high = (wide)(uint64_t)(g >> 64) * c + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/* Of c 2^q; near: the neighbour below is half as far as that above. Even c are read for
   decimals right in the middle between two numbers. */
static decimal shortest(uint64_t c, int q, bool near)
{
    uint64_t odd = c & 1;
    int k = (q * 1262611 - (near ? 524031 : 0)) >> 22; /* floor(log10(width)) */
    int h = q + ((-k * 1741647) >> 19) + 1;            /* q + floor(log2(10^-k)) + 1 */
    wide g = powers[-k - LEAST];
    uint64_t least = scaled(g, (4 * c - 2 + near) << h) + odd;
    uint64_t most = scaled(g, (4 * c + 2) << h) - odd;
    uint64_t v = scaled(g, 4 * c << h), s = v / 4, tens = s / 10 * 10;
    bool below = least <= 4 * tens, above = 4 * tens + 40 <= most;
    if (s >= 10 && below != above)
        return (decimal){s / 10 + above, k + 1};
    below = least <= 4 * s;
    above = 4 * s + 4 <= most;
    if (below != above)
        return (decimal){s + above, k};
    uint64_t middle = 4 * s + 2;
    return (decimal){s + (v > middle || (v == middle && s % 2 == 1)), k};
}

/* A finite positive number: 53 bits (24) and an exponent of 11 (8). */
static decimal from_double(double value)
{
    uint64_t bits, one = 1;
    memcpy(&bits, &value, sizeof bits);
    uint64_t c = bits & ((one << 52) - 1);
    int e = (int)(bits >> 52);
    return e ? shortest(c | one << 52, e - 1075, c == 0 && e > 1)
             : shortest(c, -1074, false);
}

/* Of all floats one alone (bench_decimal looks at each) has a shortest
   text, 7.038531e-26, that becomes its neighbour when it is read as a double first: it
   gets a digit more. */
static decimal from_float(float value)
{
    uint32_t bits, one = 1;
    memcpy(&bits, &value, sizeof bits);
    if (bits == 0x15ae43fd)
        return (decimal){70385307, -33};
    uint32_t c = bits & ((one << 23) - 1);
    int e = (int)(bits >> 23);
    return e ? shortest(c | one << 23, e - 150, c == 0 && e > 1)
             : shortest(c, -149, false);
}

/* ---- text ------------------------------------------------------------------------- */

/* Digits of n; returns how many. */
static int put_digits(uint64_t n, char *text)
{
    static const char pairs[] =
        "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
        "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
        "8081828384858687888990919293949596979899";
    char buffer[20], *p = buffer + sizeof buffer;
    for (; n >= 100; n /= 100)
        memcpy(p -= 2, pairs + 2 * (n % 100), 2);
    if (n >= 10)
        memcpy(p -= 2, pairs + 2 * n, 2);
    else
        *--p = (char)('0' + n);
    int count = (int)(buffer + sizeof buffer - p);
    memcpy(text, p, (size_t)count);
    return count;
}

int cvr_decimal_whole(int64_t value, char text[CVR_DECIMAL_SIZE])
{
    uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
    text[0] = '-';
    int length = (value < 0) + put_digits(size, text + (value < 0));
    text[length] = '\0';
    return length;
}

/* d.ddde+12 of n digits, the first of 10^exponent. */
static int put_scientific(const char *digits, int n, int exponent, char *text)
{
    int size = exponent < 0 ? -exponent : exponent, at = 1;
    text[0] = digits[0];
    if (n > 1) {
        text[at++] = '.';
        memcpy(text + at, digits + 1, (size_t)n - 1);
        at += n - 1;
    }
    text[at++] = 'e';
    text[at++] = exponent < 0 ? '-' : '+';
    if (size < 10)
        text[at++] = '0';
    return at + put_digits((uint64_t)size, text + at);
}

/* 12.3, 0.0123 or 12300, as Python and C's %g would. */
static int put_decimal(decimal d, char *text)
{
    char digits[20];
    for (; d.digits % 10 == 0; d.power++)
        d.digits /= 10;
    int n = put_digits(d.digits, digits), whole = n + d.power;
    if (whole <= -4 || whole > 16)
        return put_scientific(digits, n, whole - 1, text);
    if (whole <= 0) {
        memcpy(text, "0.0000", 6);
        memcpy(text + 2 - whole, digits, (size_t)n);
        return 2 - whole + n;
    }
    if (whole >= n) {
        memset(text, '0', (size_t)whole);
        memcpy(text, digits, (size_t)n);
        return whole;
    }
    memcpy(text, digits, (size_t)whole);
    text[whole] = '.';
    memcpy(text + whole + 1, digits + whole, (size_t)(n - whole));
    return n + 1;
}

int cvr_decimal_write(double value, bool single, char text[CVR_DECIMAL_SIZE])
{
    double size = fabs(value);
    int at = signbit(value) && !isnan(value);
    text[0] = '-';
    call_once(&powers_once, make_powers);
    if (isnan(value) || isinf(value)) {
        memcpy(text + at, isnan(value) ? "nan" : "inf", 3);
        at += 3;
    } else if (size < 1e15 && size == rint(size)) {
        at += put_digits((uint64_t)size, text + at);
    } else {
        at +=
            put_decimal(single ? from_float((float)size) : from_double(size), text + at);
    }
    text[at] = '\0';
    return at;
}

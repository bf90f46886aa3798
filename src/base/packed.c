/* A loop a kind: what a number is made of is known before it. */
#include "base/packed.h"

#include <math.h>
#include <string.h>

static double half(uint16_t bits)
{
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double size = exponent == 31  ? (fraction ? NAN : INFINITY)
                  : exponent == 0 ? ldexp(fraction, -24)
                                  : ldexp(1024 + fraction, exponent - 25);
    return bits >> 15 ? -size : size;
}

static double upper_half(uint16_t bits)
{
    uint32_t whole = (uint32_t)bits << 16;
    float v;
    memcpy(&v, &whole, sizeof v);
    return (double)v;
}

#define SAME(v) (double)(v)
#define TURN1(v) (v)
#define TURN2(v) __builtin_bswap16(v)
#define TURN4(v) __builtin_bswap32(v)
#define TURN8(v) __builtin_bswap64(v)

/* bits: a whole number without sign of the same size, which can be turned. */
#define KIND(name, bits, type, turn, value)                                              \
    static void name(bool swapped, const unsigned char *bytes, const int64_t *place,     \
                     int64_t count, double *to)                                          \
    {                                                                                    \
        for (int64_t i = 0; i < count; i++) {                                            \
            bits b;                                                                      \
            type v;                                                                      \
            memcpy(&b, bytes + (place ? place[i] : i) * (int64_t)sizeof b, sizeof b);    \
            b = swapped ? turn(b) : b;                                                   \
            memcpy(&v, &b, sizeof v);                                                    \
            to[i] = value(v);                                                            \
        }                                                                                \
    }
KIND(from_i1, uint8_t, int8_t, TURN1, SAME)
KIND(from_u1, uint8_t, uint8_t, TURN1, SAME)
KIND(from_i2, uint16_t, int16_t, TURN2, SAME)
KIND(from_u2, uint16_t, uint16_t, TURN2, SAME)
KIND(from_i4, uint32_t, int32_t, TURN4, SAME)
KIND(from_u4, uint32_t, uint32_t, TURN4, SAME)
KIND(from_i8, uint64_t, int64_t, TURN8, SAME)
KIND(from_u8, uint64_t, uint64_t, TURN8, SAME)
KIND(from_f2, uint16_t, uint16_t, TURN2, half)
KIND(from_bf2, uint16_t, uint16_t, TURN2, upper_half)
KIND(from_f4, uint32_t, float, TURN4, SAME)
KIND(from_f8, uint64_t, double, TURN8, SAME)

static const struct {
    int size;
    void (*unpack)(bool swapped, const unsigned char *bytes, const int64_t *place,
                   int64_t count, double *to);
} kinds[] = {[CVR_I1] = {1, from_i1},   [CVR_U1] = {1, from_u1}, [CVR_I2] = {2, from_i2},
             [CVR_U2] = {2, from_u2},   [CVR_I4] = {4, from_i4}, [CVR_U4] = {4, from_u4},
             [CVR_I8] = {8, from_i8},   [CVR_U8] = {8, from_u8}, [CVR_F2] = {2, from_f2},
             [CVR_BF2] = {2, from_bf2}, [CVR_F4] = {4, from_f4}, [CVR_F8] = {8, from_f8}};

int cvr_packed_size(cvr_packed kind)
{
    return kinds[kind].size;
}

void cvr_unpack(cvr_packed kind, bool swapped, const unsigned char *bytes,
                const int64_t *place, int64_t count, double *to)
{
    kinds[kind].unpack(swapped, bytes, place, count, to);
}

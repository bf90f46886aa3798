/* Numbers as files have them: whole ones of 8 to 64 bits, floating ones of 16 to 64. */
#ifndef CVR_BASE_PACKED_H
#define CVR_BASE_PACKED_H

#include <stdbool.h>
#include <stdint.h>

typedef enum cvr_packed {
    CVR_NOT_PACKED,
    CVR_I1,
    CVR_U1,
    CVR_I2,
    CVR_U2,
    CVR_I4,
    CVR_U4,
    CVR_I8,
    CVR_U8,
    CVR_F2,  /* IEEE 754 binary16 */
    CVR_BF2, /* the upper half of a float */
    CVR_F4,
    CVR_F8
} cvr_packed;

int cvr_packed_size(cvr_packed kind); /* bytes of one; 0: CVR_NOT_PACKED */
/* to[i] = number place[i] of bytes (NULL: number i), for count of them. swapped: their
   bytes are in the other order than this machine's. */
void cvr_unpack(cvr_packed kind, bool swapped, const unsigned char *bytes,
                const int64_t *place, int64_t count, double *to);

#endif

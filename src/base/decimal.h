/* Numbers as text, the same in every locale. */
#ifndef CVR_BASE_DECIMAL_H
#define CVR_BASE_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

enum { CVR_DECIMAL_SIZE = 32 };

/* The shortest digits that read back to the same bits, in double or (value is a float)
   in single, and of those the nearest to value; as 0.1, 12, 1e+16, 1.5e-05, nan, -inf.
   Ends with '\0'; returns the length. */
int cvr_decimal_write(double value, bool single, char text[CVR_DECIMAL_SIZE]);
/* A whole number. */
int cvr_decimal_whole(int64_t value, char text[CVR_DECIMAL_SIZE]);

#endif

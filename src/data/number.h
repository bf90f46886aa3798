/* Numbers in text, the same in every locale. */
#ifndef CVR_DATA_NUMBER_H
#define CVR_DATA_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

#include <cvxrelu/mat.h>

/* The number at p, correctly rounded; returns where it ends, NULL when there is none.
   p ends with '\0'. "nan" and "inf" are numbers here: the caller looks at *value. */
const char *cvr_number_read(const char *p, double *value);
/* All of text (blanks around it do not count) as a number. */
bool cvr_number_is(const char *text, double *value);

enum { CVR_NUMBER_SIZE = 32 };
/* As the shortest text that reads back to the same bits; returns its length. */
int cvr_number_write(double value, cvr_type type, char text[CVR_NUMBER_SIZE]);

enum { CVR_QUOTE_SIZE = 48 };
/* text for a message: cut to a readable length, without control characters. */
const char *cvr_quote(const char *text, char quoted[CVR_QUOTE_SIZE]);

#endif

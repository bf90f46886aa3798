/* Gray images of digits. */
#ifndef CVR_DATA_GLYPHS_H
#define CVR_DATA_GLYPHS_H

#include <cvxrelu/data.h>

enum { CVR_GLYPH_SIDE = 28 };

/* Row i: x gets the pixels, the class is returned (generate.h). */
double cvr_glyph_row(const cvr_generate *g, const double *plant, int64_t i, double *x);
/* The digit that class k is. */
int cvr_glyph_class(const cvr_generate *g, int k);

#endif

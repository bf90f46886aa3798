/* Facts of the two types of numbers, and how an operand is taken. */
#ifndef CVR_LINALG_TYPE_H
#define CVR_LINALG_TYPE_H

#include <float.h>
#include <stddef.h>

#include <cvxrelu/mat.h>

typedef enum cvr_trans { CVR_N = 0, CVR_T = 1 } cvr_trans; /* as it is, transposed */

/* The bytes of one entry. */
static inline size_t cvr_type_size(cvr_type type)
{
    return type == CVR_DOUBLE ? sizeof(double) : sizeof(float);
}

/* As the option precision names it. */
static inline const char *cvr_type_name(cvr_type type)
{
    return type == CVR_DOUBLE ? "double" : "single";
}

/* From 1 to the next number. */
static inline double cvr_epsilon(cvr_type type)
{
    return type == CVR_DOUBLE ? DBL_EPSILON : (double)FLT_EPSILON;
}

#endif

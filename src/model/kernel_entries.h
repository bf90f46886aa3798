/* Entries of a part of a kernel from inner products (formulas: model/kernel.c). */
#ifndef CVR_MODEL_KERNEL_ENTRIES_H
#define CVR_MODEL_KERNEL_ENTRIES_H

#include <cvxrelu/model.h>

typedef struct cvr_kernel_entries {
    const cvr_kernel_part *part;
    cvr_mat K, T;     /* x'z; mirrored: of the even columns, and of the odd ones */
    cvr_mat x2, z2;   /* squared lengths of the rows and of the columns; or empty */
    cvr_mat same[2];  /* single: on how many gates more x and z are on one side than on
                         two; mirrored: x and z~, too. Empty without gates. */
    cvr_mat twice[2]; /* work: the same shapes in K's type; where it is single, these are
                         `same` */
    cvr_mat row;      /* work: a number a column */
    cvr_mat sum;      /* gets weight k_part; or empty */
    bool more;        /* to what is in it */
} cvr_kernel_entries;

/* K = k_part; mirrored, T = k(x, z~), which is a summand of it. On all threads: bits do
   not depend on how many there are. */
void cvr_kernel_make_entries(cvr_kernel_entries *e);

#endif

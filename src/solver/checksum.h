/* Some numbers that tell matrices apart, and data sets. Rows that are normalised on
   another number of processes differ in their last bits: so these numbers do not depend
   on such bits but by rounding, and are compared up to it. */
#ifndef CVR_SOLVER_FINGERPRINT_H
#define CVR_SOLVER_FINGERPRINT_H

#include <cvxrelu/data.h>

#include "base/fail.h"

typedef struct cvr_checksum {
    double size2; /* |X|^2 + |Y|^2 */
    double sum;   /* of all entries, weighted by numbers that belong to their places */
} cvr_checksum;

/* Of a matrix whose own rows begin with number `first`, over all processes; comm NULL: it
   is the same on each. Collective. */
cvr_status cvr_checksum_of(cvr_mat A, int64_t first, cvr_comm *comm,
                           cvr_checksum *f) CVR_MUST_CHECK;
/* Of the rows as they are prepared, over all processes: collective. data NULL: zeroes. */
cvr_status cvr_checksum_add(const cvr_dataset *data, cvr_comm *comm,
                            cvr_checksum *f) CVR_MUST_CHECK;
/* Equal but for rounding in this type. */
bool cvr_checksum_fits(const cvr_checksum *a, const cvr_checksum *b, cvr_type type);

#endif

/* (x - shift) * scale column by column. */
#ifndef CVR_DATA_NORMALISE_H
#define CVR_DATA_NORMALISE_H

#include <cvxrelu/data.h>

/* Fits shift and scale of t on the rows of all processes. CVR_BAD_DATA when values are
   too large. Collective. */
cvr_status cvr_normalise_fit(const cvr_dataset *data, cvr_normalize how, cvr_comm *comm,
                             cvr_transform *t) CVR_MUST_CHECK;
/* Applies those of the data's transform, if they are fitted. */
cvr_status cvr_normalise_apply(cvr_dataset *data) CVR_MUST_CHECK;

#endif

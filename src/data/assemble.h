/* The rows that a pass has kept become a data set. */
#ifndef CVR_DATA_ASSEMBLE_H
#define CVR_DATA_ASSEMBLE_H

#include "data/loader.h"

/* l's labels are settled. first: rows before the first kept one. */
cvr_status cvr_loader_assemble(cvr_loader *l, int64_t first,
                               cvr_dataset **data) CVR_MUST_CHECK;

#endif

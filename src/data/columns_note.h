/* Notes about columns. */
#ifndef CVR_DATA_COLUMNS_NOTE_H
#define CVR_DATA_COLUMNS_NOTE_H

#include "data/columns.h"

/* What tells of columns that say nothing or only count the rows: notes. Collective. */
cvr_status cvr_columns_note(const cvr_dataset *data, cvr_comm *comm) CVR_MUST_CHECK;

#endif

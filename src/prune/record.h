/* The record of a pruned model. */
#ifndef CVR_PRUNE_RECORD_H
#define CVR_PRUNE_RECORD_H

#include <cvxrelu/prune.h>

/* {"method": "prune", "version": ..., "options": {...}, "from": m's record} as the record
   of pruned. */
cvr_status cvr_prune_record(const cvr_model *m, const cvr_prune_options *options,
                            cvr_model *pruned) CVR_MUST_CHECK;

#endif

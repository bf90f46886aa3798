/* Columns of tables as JSON, in the metadata of a model. */
#ifndef CVR_MODEL_COLUMNS_JSON_H
#define CVR_MODEL_COLUMNS_JSON_H

#include <jansson.h>

#include <cvxrelu/data.h>

/* {"columns": [...], "targets": [{"name": ..., "at": ...}]}; a column that is only a
   number is its name, or null without one. NULL: there is no memory. */
json_t *cvr_columns_to_json(const cvr_columns *c);
/* Back; *ok: that it is such an object. What it has must be freed in any case. */
cvr_status cvr_columns_from_json(const json_t *object, cvr_columns *c,
                                 bool *ok) CVR_MUST_CHECK;

#endif

/* Columns of tables: what they are and what becomes of them. */
#ifndef CVR_DATA_COLUMNS_H
#define CVR_DATA_COLUMNS_H

#include <cvxrelu/data.h>

#include "base/fail.h"

enum { CVR_MOST_CATEGORIES = 50 };

cvr_status cvr_columns_copy(const cvr_columns *from, cvr_columns *to) CVR_MUST_CHECK;
void cvr_columns_free(cvr_columns *c); /* leaves {0} */

int64_t cvr_columns_raw(const cvr_columns *c);   /* entries of a raw row */
int64_t cvr_columns_width(const cvr_columns *c); /* features that they become */

/* Names for the columns of X and of Y (for classes one), which are copied. Either may be
   NULL: its columns are then called x1, x2, ... or y1, y2, ... CVR_USAGE when the columns
   have names, or the data are prepared. */
cvr_status cvr_dataset_name(cvr_dataset *data, const char *const *features,
                            const char *const *targets) CVR_MUST_CHECK;

/* True when raw rows are what a network sees. */
bool cvr_columns_plain(const cvr_columns *c);
/* True when they have names. */
bool cvr_columns_named(const cvr_columns *c);
/* The place in the file of an item. */
int64_t cvr_columns_at(const cvr_columns *c, int64_t item);

enum { CVR_COLUMN_LABEL = 64 };
/* An item for messages: "color", or "3" (from 0, as --ignore takes it). */
const char *cvr_columns_label(const cvr_columns *c, int64_t item,
                              char label[CVR_COLUMN_LABEL]);
/* Appends a name to a list of names with commas between, "..." when it gets long. */
void cvr_list_add(char *list, size_t size, const char *name);

/* Features of a column, without its indicator; feature k of it for the raw value v. */
int64_t cvr_column_width(const cvr_column *c);
double cvr_column_feature(const cvr_column *c, int64_t k, double v);

#endif

/* One row of an option table: reading its value from text, naming its limits, and finding
   the name that a user may have meant. */
#ifndef CVR_SOLVER_OPTIONS_H
#define CVR_SOLVER_OPTIONS_H

#include <cvxrelu/solve.h>

#include "base/fail.h"

/* A value, in the form that its kind reads. */
typedef struct cvr_option_value {
    double real;     /* REAL, SECONDS; NaN: unset */
    int64_t integer; /* INTEGER; CHOICE: index; SWITCH: 0 or 1 */
} cvr_option_value;

/* CVR_USAGE with the row's name, the text and what is allowed. */
cvr_status cvr_option_parse(const cvr_option *row, const char *text,
                            cvr_option_value *value) CVR_MUST_CHECK;

/* How far a name is from what was typed: edits, fewer when one contains the other;
   above cvr_option_reach(typed) it is no suggestion. */
int cvr_option_distance(const char *typed, const char *name);
int cvr_option_reach(const char *typed);

#endif

/* One row of an option table: reading its value from text, naming its limits, and how far
   it is from the name that a user has typed. */
#ifndef CVR_SOLVER_OPTIONS_H
#define CVR_SOLVER_OPTIONS_H

#include <stddef.h>

#include <cvxrelu/solve.h>

#include "base/fail.h"

/* The common options, with their values. A method's struct of options begins with them; a
   row of its table says where in the struct its value goes. */
typedef struct cvr_run_options {
    const cvr_settings *settings; /* that the values are of */
    double tolerance, time_limit, target_train_accuracy;
    int64_t max_iterations, seed, threads, measure_every;
    int precision;
    const char *device;
    double validation; /* of methods that list it; 0: none of the rows */
} cvr_run_options;

/* The offset of a field of that type in a struct T: double (REAL and SECONDS; NaN:
   unset), int64_t (INTEGER; 0: unset), int (CHOICE: its index), bool (SWITCH), const char
   * (TEXT and FILE; NULL: unset). */
#define CVR_FIELD(T, type, field)                                                        \
    (offsetof(T, field) + 0 * sizeof(_Generic(((T *)NULL)->field, type : 0)))

/* A value, in the form that its kind reads. */
typedef struct cvr_option_value {
    double real;     /* REAL, SECONDS; NaN: unset */
    int64_t integer; /* INTEGER; CHOICE: index; SWITCH: 0 or 1 */
} cvr_option_value;

/* CVR_USAGE with the row's name, the text and what is allowed. */
cvr_status cvr_option_parse(const cvr_option *row, const char *text,
                            cvr_option_value *value) CVR_MUST_CHECK;

/* How far a name is from what was typed: edits, fewer when one contains the other;
   above cvr_option_reach(typed) it is not a suggestion. */
int cvr_option_distance(const char *typed, const char *name);
int cvr_option_reach(const char *typed);

#endif

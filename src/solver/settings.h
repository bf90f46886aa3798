/* Settings: rows of option tables, each with its value, and the method's struct of
   options that the values go to. */
#ifndef CVR_SOLVER_SETTINGS_H
#define CVR_SOLVER_SETTINGS_H

#include "solver/options.h"

struct cvr_method;

/* For a method (NULL: none) with such a table, whose struct of options has `size` bytes;
   the common options come with it. */
cvr_status cvr_settings_make(const struct cvr_method *method, const cvr_option *table,
                             size_t size, cvr_settings **settings) CVR_MUST_CHECK;
/* The method that they were made for; NULL: none. */
const struct cvr_method *cvr_settings_method(const cvr_settings *s);
/* Its struct of options; it lives and changes with the settings. */
const void *cvr_settings_values(const cvr_settings *s);

/* Whether the user gave the option of a field of o, a pointer to such a struct. */
#define CVR_GIVEN(o, field)                                                              \
    cvr_option_given(o, (size_t)((const char *)&(o)->field - (const char *)(o)))
bool cvr_option_given(const void *options, size_t offset);

#endif

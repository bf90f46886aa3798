/* Which of the arrays in a file are the rows and which the targets. */
#ifndef CVR_DATA_VARIABLES_H
#define CVR_DATA_VARIABLES_H

#include "data/array.h"

enum { CVR_NAME_ROOM = 64, CVR_NOTE_ROOM = 200 };

typedef struct cvr_variable {
    char name[CVR_NAME_ROOM];
    const char *other; /* what it is if no numbers ("text", ...); NULL: numbers */
    bool columnwise;
    int dimensions;
    int64_t size[CVR_MOST_DIMENSIONS];
} cvr_variable;

typedef struct cvr_choice {
    int X, y;  /* places in the list; y -1: no targets */
    int along; /* the index of X that counts rows */
    int y_along;
    char note[CVR_NOTE_ROOM]; /* what to say of it, or "" */
} cvr_choice;

/* By name (X and y, data and labels, x_train and y_train, ...; the test part when it is
   for testing, else the training part), else a matrix with a vector as long. target
   names y, or is "none" or a column of X: no y; NULL or anything else: y by name.
   CVR_BAD_DATA with the list of arrays. What is chosen may have no numbers. */
cvr_status cvr_variables_choose(const char *path, const cvr_variable *list, int count,
                                const char *target, bool testing,
                                cvr_choice *choice) CVR_MUST_CHECK;

#endif

/* The distinct targets of a data set, and what classes they make. */
#ifndef CVR_DATA_LABELS_H
#define CVR_DATA_LABELS_H

#include <stdbool.h>
#include <stdint.h>

#include <cvxrelu/data.h>

#include "base/fail.h"

enum { CVR_MOST_AUTO_CLASSES = 100, CVR_MOST_CLASSES = 1000 };

typedef struct cvr_label {
    double value; /* of a number; NaN for texts */
    double code;  /* what is kept for a row: the value, or the place in which it came */
    char *name;   /* texts and wanted classes; numbers get theirs at the end */
    bool seen;
} cvr_label;

typedef struct cvr_labels {
    bool text;   /* set before the first label */
    bool wanted; /* only these, in this order */
    bool values; /* these are values of a regression: none are kept */
    cvr_task task;
    cvr_label *item;
    int64_t count, room, last; /* last: where the latest was found */
} cvr_labels;

/* --classes "0,1" */
cvr_status cvr_labels_want(cvr_labels *l, const char *list) CVR_MUST_CHECK;
/* Notes the label of a row. *code: what to keep for the row; *keep: false when its class
   is not wanted. CVR_BAD_DATA when there are too many classes. */
cvr_status cvr_labels_note(cvr_labels *l, double number, const char *text, double *code,
                           bool *keep) CVR_MUST_CHECK;
/* After the last: sorts (unless wanted) and names; then the count labels are classes, or
   task is CVR_REGRESS. CVR_BAD_DATA when a wanted class did not come. */
cvr_status cvr_labels_settle(cvr_labels *l, const char *source) CVR_MUST_CHECK;
/* The place of a code among the settled classes. */
int64_t cvr_labels_find(cvr_labels *l, double code);
void cvr_labels_free(cvr_labels *l);

/* outputs of `classes` classes, and row i of Y for class k: -1/+1 for two (or one),
   one-hot 0/1 for more. */
int cvr_class_outputs(int64_t classes);
void cvr_class_encode(cvr_mat Y, int64_t i, int64_t k, int64_t classes);
/* The class that row i of Y says. */
int64_t cvr_class_decode(cvr_mat Y, int64_t i, int64_t classes);

#endif

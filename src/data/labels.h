/* The distinct targets of a data set, and what classes they make.

   Labels are texts: 001 and 1 are two, and so are 9007199254740992 and ...993. Only the
   ways of writing one number (+1, 1.0, 1e0) are one label. What a column of labels is
   does not depend on the order of its rows: classes if one of them is a text, values if
   one of them has a fraction; whole numbers as labels.c says. */
#ifndef CVR_DATA_LABELS_H
#define CVR_DATA_LABELS_H

#include <stdbool.h>
#include <stdint.h>

#include <cvxrelu/data.h>

#include "base/fail.h"
#include "data/dictionary.h"

enum {
    CVR_SURE_CLASSES = 3,
    CVR_MOST_AUTO_CLASSES = 100,
    CVR_MOST_CLASSES = 1000,
    CVR_MOST_SPELLINGS = 4 * CVR_MOST_CLASSES
};

typedef struct cvr_label {
    char *name;
    double value;  /* of a number; NaN for texts */
    int64_t count; /* of rows */
    int64_t place; /* among the classes, when these are settled */
} cvr_label;

typedef struct cvr_labels {
    cvr_task task;
    bool wanted;  /* only these, in this order */
    bool images;  /* labels of images: few numbers are classes, however rare they are */
    bool text;    /* one of them is not a number */
    bool values;  /* too many numbers for classes: their rows keep the values */
    bool settled; /* what comes now has been counted before */
    cvr_label *item;
    int64_t count, room, rows;
    cvr_dictionary spelling; /* a text, or a number's bytes */
    int64_t *meant; /* the label that a spelling means; -1: none that is wanted */
    int64_t meant_room;
} cvr_labels;

/* --classes "0,1" */
cvr_status cvr_labels_want(cvr_labels *l, const char *list) CVR_MUST_CHECK;
/* Notes the label of a row: text, or a number when that is NULL. *code: what to keep for
   the row; *keep: false when its class is not wanted. CVR_BAD_DATA when there are too
   many classes, or a text is not a value. */
cvr_status cvr_labels_note(cvr_labels *l, double number, const char *text, double *code,
                           bool *keep) CVR_MUST_CHECK;
/* So many more rows have the label of a code. */
void cvr_labels_repeat(cvr_labels *l, double code, int64_t rows);
/* The value for which a code was kept before `values` became true. */
double cvr_labels_value(const cvr_labels *l, double code);
/* After the last: orders them (unless wanted); then the count labels are classes, or task
   is CVR_REGRESS. A task that was found is told in a note, of `target` ("target 'y'").
   CVR_BAD_DATA when a wanted class did not come. */
cvr_status cvr_labels_settle(cvr_labels *l, const char *source,
                             const char *target) CVR_MUST_CHECK;
/* The place of a code among the settled classes. */
int64_t cvr_labels_find(const cvr_labels *l, double code);
void cvr_labels_free(cvr_labels *l);

/* A label as it is named: +1, 1.0 and 1e0 as 1; name: CVR_NUMBER_SIZE chars, used when
   the text itself is not returned. */
const char *cvr_label_name(const char *text, char *name);

/* outputs of `classes` classes, and row i of Y for class k: -1/+1 for two (or one),
   one-hot 0/1 for more. */
int cvr_class_outputs(int64_t classes);
void cvr_class_encode(cvr_mat Y, int64_t i, int64_t k, int64_t classes);
/* The class that row i of Y says. */
int64_t cvr_class_decode(cvr_mat Y, int64_t i, int64_t classes);

#endif

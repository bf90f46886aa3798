/* A short list, searched from where the last label was found: files tend to be sorted or
   to have few classes. */
#include "data/labels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "data/number.h"

void cvr_labels_free(cvr_labels *l)
{
    for (int64_t k = 0; k < l->count; k++)
        cvr_release(l->item[k].name);
    cvr_release(l->item);
    *l = (cvr_labels){0};
}

static bool is(const cvr_labels *l, int64_t k, double number, const char *text)
{
    return text ? strcmp(l->item[k].name, text) == 0 : l->item[k].value == number;
}

static int64_t find(cvr_labels *l, double number, const char *text)
{
    if (l->last < l->count && is(l, l->last, number, text))
        return l->last;
    for (int64_t k = 0; k < l->count; k++)
        if (is(l, k, number, text))
            return l->last = k;
    return -1;
}

int64_t cvr_labels_find(cvr_labels *l, double code)
{
    if (l->last < l->count && l->item[l->last].code == code)
        return l->last;
    for (int64_t k = 0; k < l->count; k++)
        if (l->item[k].code == code)
            return l->last = k;
    return -1;
}

static cvr_status add(cvr_labels *l, double number, const char *text)
{
    cvr_status status = CVR_OK;
    if (l->count == l->room) {
        int64_t room = l->room ? 2 * l->room : 16;
        CVR_TRY(cvr_grow((void **)&l->item, room, sizeof *l->item, "class labels"));
        l->room = room;
    }
    cvr_label *item = &l->item[l->count];
    *item = (cvr_label){.value = number, .code = text ? (double)l->count : number};
    if (text)
        CVR_TRY(cvr_text_copy(text, &item->name));
    l->count++;
done:
    return status;
}

static cvr_status want_one(cvr_labels *l, const char *item, size_t length)
{
    cvr_status status = CVR_OK;
    char *name = NULL;
    double number = NAN;
    CVR_TRY(cvr_alloc((int64_t)length + 1, 1, "a class name", (void **)&name));
    memcpy(name, item, length);
    if (length == 0)
        CVR_FAIL(CVR_USAGE, "an empty class name in the list of classes");
    if (find(l, 0, name) >= 0)
        CVR_FAIL(CVR_USAGE, "class '%s' is named twice", name);
    number = cvr_number_is(name, &number) ? number : NAN;
    CVR_TRY(add(l, number, name));
done:
    cvr_release(name);
    return status;
}

cvr_status cvr_labels_want(cvr_labels *l, const char *list)
{
    cvr_status status = CVR_OK;
    for (const char *item = list;; item++) {
        size_t length = strcspn(item, ",");
        CVR_TRY(want_one(l, item, length));
        item += length;
        if (*item == '\0')
            break;
    }
    if (l->count < 2)
        CVR_FAIL(CVR_USAGE, "one class ('%s') is not enough: two are needed", list);
    l->wanted = true;
    l->task = CVR_CLASSIFY;
done:
    return status;
}

/* Many values or a fraction mean regression, when nothing else is said. */
static cvr_status crowded(cvr_labels *l, double number)
{
    bool integer = l->text || number == rint(number);
    int64_t most =
        l->task == CVR_TASK_AUTO && !l->text ? CVR_MOST_AUTO_CLASSES : CVR_MOST_CLASSES;
    if (l->task == CVR_TASK_AUTO && !l->text && (!integer || l->count == most)) {
        l->values = true;
        return CVR_OK;
    }
    if (l->count < most)
        return CVR_OK;
    cvr_fail(CVR_BAD_DATA, "more than %lld classes", (long long)most);
    cvr_hint("is this a regression? (--task regress)");
    return CVR_BAD_DATA;
}

cvr_status cvr_labels_note(cvr_labels *l, double number, const char *text, double *code,
                           bool *keep)
{
    cvr_status status = CVR_OK;
    *keep = true;
    *code = number;
    if (l->values || l->task == CVR_REGRESS)
        return CVR_OK;
    int64_t k = find(l, number, text);
    if (k < 0 && l->wanted) {
        *keep = false;
        return CVR_OK;
    }
    if (k < 0) {
        CVR_TRY(crowded(l, number));
        if (l->values)
            goto done;
        k = l->count;
        CVR_TRY(add(l, number, text));
    }
    l->item[k].seen = true;
    *code = l->item[k].code;
done:
    return status;
}

static int by_value(const void *a, const void *b)
{
    double x = ((const cvr_label *)a)->value, y = ((const cvr_label *)b)->value;
    return (x > y) - (x < y);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const cvr_label *)a)->name, ((const cvr_label *)b)->name);
}

/* A number is named as it is written here, whatever the user wrote: 1 for +1.0. */
static cvr_status name_number(cvr_label *item)
{
    char name[CVR_NUMBER_SIZE];
    cvr_release(item->name);
    item->name = NULL;
    cvr_number_write(item->value, CVR_DOUBLE, name);
    return cvr_text_copy(name, &item->name);
}

static cvr_status settle_wanted(cvr_labels *l, const char *source)
{
    cvr_status status = CVR_OK;
    for (int64_t k = 0; k < l->count; k++) {
        if (!l->item[k].seen)
            CVR_FAIL(CVR_BAD_DATA, "%s: no row of class '%s'", source, l->item[k].name);
        if (!l->text)
            CVR_TRY(name_number(&l->item[k]));
    }
done:
    return status;
}

cvr_status cvr_labels_settle(cvr_labels *l, const char *source)
{
    cvr_status status = CVR_OK;
    if (l->wanted)
        return settle_wanted(l, source);
    if (l->values || l->task == CVR_REGRESS) {
        l->task = CVR_REGRESS;
        return CVR_OK;
    }
    l->task = CVR_CLASSIFY;
    qsort(l->item, (size_t)l->count, sizeof *l->item, l->text ? by_name : by_value);
    for (int64_t k = 0; k < l->count && !l->text; k++)
        CVR_TRY(name_number(&l->item[k]));
done:
    return status;
}

int cvr_class_outputs(int64_t classes)
{
    return classes > 2 ? (int)classes : 1;
}

void cvr_class_encode(cvr_mat Y, int64_t i, int64_t k, int64_t classes)
{
    if (classes <= 2)
        cvr_set(Y, i, 0, k == 0 ? -1 : 1);
    for (int64_t j = 0; classes > 2 && j < classes; j++)
        cvr_set(Y, i, j, j == k);
}

int64_t cvr_class_decode(cvr_mat Y, int64_t i, int64_t classes)
{
    if (classes <= 2)
        return cvr_get(Y, i, 0) > 0;
    for (int64_t j = 1; j < classes; j++)
        if (cvr_get(Y, i, j) > 0.5)
            return j;
    return 0;
}

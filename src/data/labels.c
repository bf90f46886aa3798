/* Whole numbers are classes when there are at most 3 of them, or at most 100 and each
   comes in max(2, n / 1000) of n rows or more; else they are values: years, prices and
   counts have rare ones. Labels of images are classes when there are at most 100. */
#include "data/labels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "data/number.h"

void cvr_labels_free(cvr_labels *l)
{
    for (int64_t k = 0; k < l->count; k++)
        cvr_release(l->item[k].name);
    cvr_release(l->item);
    cvr_release(l->meant);
    cvr_dictionary_free(&l->spelling);
    *l = (cvr_labels){0};
}

/* ---- one label --------------------------------------------------------------------- */

/* Digits, and perhaps a minus, are a name as they are. */
static bool plain(const char *text)
{
    const char *digits = text + (*text == '-');
    return *digits && digits[strspn(digits, "0123456789")] == '\0';
}

const char *cvr_label_name(const char *text, char *name)
{
    double v;
    if ((plain(text) && strcmp(text, "-0") != 0) || !cvr_number_is(text, &v) ||
        !isfinite(v))
        return text;
    if (*text == '+' && plain(text + 1))
        return text + 1;
    cvr_number_write(v + 0.0, CVR_DOUBLE, name);
    return name;
}

static cvr_status add(cvr_labels *l, const char *name, double value)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_make_room((void **)&l->item, &l->room, l->count + 1, sizeof *l->item,
                          "class labels"));
    l->item[l->count] = (cvr_label){.value = value};
    CVR_TRY(cvr_text_copy(name, &l->item[l->count].name));
    l->text = l->text || isnan(value);
    l->count++;
done:
    return status;
}

/* What the spelling at `place` of the dictionary means. */
static cvr_status set_meaning(cvr_labels *l, int64_t place, int64_t label)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_make_room((void **)&l->meant, &l->meant_room, place + 1, sizeof *l->meant,
                          "class labels"));
    l->meant[place] = label;
done:
    return status;
}

/* ---- wanted classes ---------------------------------------------------------------- */

static int64_t by_its_name(const cvr_labels *l, const char *name)
{
    for (int64_t k = 0; k < l->count; k++)
        if (strcmp(l->item[k].name, name) == 0)
            return k;
    return -1;
}

static cvr_status want_one(cvr_labels *l, const char *item, size_t length)
{
    cvr_status status = CVR_OK;
    char *text = NULL, written[CVR_NUMBER_SIZE];
    double number = NAN;
    CVR_TRY(cvr_alloc((int64_t)length + 1, 1, "a class name", (void **)&text));
    memcpy(text, item, length);
    const char *name = cvr_label_name(text, written);
    if (length == 0)
        CVR_FAIL(CVR_USAGE, "an empty class name in the list of classes");
    if (by_its_name(l, name) >= 0)
        CVR_FAIL(CVR_USAGE, "class '%s' is named twice", name);
    CVR_TRY(add(l, name, cvr_number_is(name, &number) ? number : NAN));
done:
    cvr_release(text);
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

/* ---- row by row -------------------------------------------------------------------- */

static cvr_status too_many(void)
{
    cvr_fail(CVR_BAD_DATA, "more than %d classes", CVR_MOST_CLASSES);
    cvr_hint("is this a regression? (--task regress; --target names another column)");
    return CVR_BAD_DATA;
}

/* A number as the value of a row. */
static cvr_status read_value(double number, const char *text, double *value)
{
    char quoted[CVR_QUOTE_SIZE];
    *value = number;
    if (!text || (cvr_number_is(text, value) && isfinite(*value)))
        return CVR_OK;
    cvr_fail(CVR_BAD_DATA, "'%s' is not %s", cvr_quote(text, quoted),
             isfinite(*value) || !cvr_number_is(text, value) ? "a number" : "finite");
    cvr_hint("values are numbers; text is classes, at most %d of them", CVR_MOST_CLASSES);
    return CVR_BAD_DATA;
}

/* A label that has not come in this spelling; *label -1: it is not wanted. */
static cvr_status meet(cvr_labels *l, double number, const char *text, int64_t *label)
{
    char written[CVR_NUMBER_SIZE], other[CVR_NUMBER_SIZE];
    cvr_status status = CVR_OK;
    if (!text) {
        cvr_number_write(number + 0.0, CVR_DOUBLE, written);
        text = written;
    }
    const char *name = cvr_label_name(text, other);
    double value = NAN;
    if (cvr_number_is(name, &value) && !isfinite(value))
        CVR_TRY(read_value(0, text, &value));
    *label = by_its_name(l, name);
    if (*label >= 0 || l->wanted)
        goto done;
    bool number_only = !l->text && cvr_number_is(name, &value);
    if (l->count == CVR_MOST_CLASSES && number_only && l->task == CVR_TASK_AUTO)
        l->values = true;
    else if (l->count == CVR_MOST_CLASSES)
        CVR_TRY(too_many());
    if (l->values)
        goto done;
    CVR_TRY(add(l, name, cvr_number_is(name, &value) ? value : NAN));
    *label = l->count - 1;
done:
    return status;
}

/* Its meaning is kept, unless files write numbers in more ways than that is good for. */
static cvr_status learn(cvr_labels *l, const void *bytes, size_t length, double number,
                        const char *text, int64_t *label)
{
    cvr_status status = CVR_OK;
    int64_t place = 0;
    CVR_TRY(meet(l, number, text, label));
    if (l->values || l->spelling.count == CVR_MOST_SPELLINGS)
        goto done;
    CVR_TRY(cvr_dictionary_add(&l->spelling, bytes, length, &place));
    CVR_TRY(set_meaning(l, place, *label));
done:
    return status;
}

/* The label of a row. */
static cvr_status look_up(cvr_labels *l, double number, const char *text, int64_t *label)
{
    char bytes[1 + sizeof number] = ""; /* no text begins with '\0' */
    memcpy(bytes + 1, &number, sizeof number);
    const void *key = text ? text : bytes;
    size_t length = text ? strlen(text) : sizeof bytes;
    int64_t place = cvr_dictionary_find(&l->spelling, key, length);
    *label = place < 0 ? -1 : l->meant[place];
    return place < 0 ? learn(l, key, length, number, text, label) : CVR_OK;
}

cvr_status cvr_labels_note(cvr_labels *l, double number, const char *text, double *code,
                           bool *keep)
{
    cvr_status status = CVR_OK;
    int64_t label = -1;
    *keep = true;
    l->rows += !l->settled;
    l->values = l->values || (l->task == CVR_REGRESS && !l->settled);
    if (!l->values)
        CVR_TRY(look_up(l, number, text, &label));
    if (label >= 0) {
        l->item[label].count += !l->settled;
        *code = (double)label;
    } else if (l->values) {
        CVR_TRY(read_value(number, text, code));
    } else {
        *keep = false;
    }
done:
    return status;
}

void cvr_labels_repeat(cvr_labels *l, double code, int64_t rows)
{
    l->rows += rows;
    if (!l->values)
        l->item[(int64_t)code].count += rows;
}

double cvr_labels_value(const cvr_labels *l, double code)
{
    return l->item[(int64_t)code].value;
}

/* ---- after the last ---------------------------------------------------------------- */

static cvr_status settle_wanted(cvr_labels *l, const char *source)
{
    for (int64_t k = 0; k < l->count; k++) {
        l->item[k].place = k;
        if (!l->item[k].count)
            return cvr_fail(CVR_BAD_DATA, "%s: no row of class '%s'", source,
                            l->item[k].name);
    }
    return CVR_OK;
}

/* Numbers by their values, texts by their names. */
static int by_order(const void *a, const void *b)
{
    const cvr_label *x = *(cvr_label *const *)a, *y = *(cvr_label *const *)b;
    int order = (x->value > y->value) - (x->value < y->value);
    return order ? order : strcmp(x->name, y->name);
}

static cvr_status put_in_order(cvr_labels *l)
{
    cvr_label **order = NULL;
    cvr_status status =
        cvr_alloc(l->count, sizeof *order, "an order of classes", (void **)&order);
    if (status != CVR_OK)
        return status;
    for (int64_t k = 0; k < l->count; k++) {
        order[k] = &l->item[k];
        if (l->text)
            order[k]->value = NAN;
    }
    qsort(order, (size_t)l->count, sizeof(cvr_label *), by_order);
    for (int64_t k = 0; k < l->count; k++)
        order[k]->place = k;
    cvr_release(order);
    return status;
}

/* What numbers are, and why. */
static cvr_task judge(const cvr_labels *l, char *why, size_t size)
{
    int64_t fewest = INT64_MAX, fractions = 0;
    for (int64_t k = 0; k < l->count; k++) {
        fractions += l->item[k].value != rint(l->item[k].value);
        fewest = l->item[k].count < fewest ? l->item[k].count : fewest;
    }
    long long count = l->count;
    bool often = fewest >= 2 && fewest >= (l->rows + 999) / 1000;
    if (fractions || l->values || l->count > CVR_MOST_AUTO_CLASSES) {
        snprintf(why, size, "%s%lld different numbers%s", l->values ? "more than " : "",
                 count, fractions ? " with fractions" : "");
        return CVR_REGRESS;
    }
    bool sure = l->images || l->count <= CVR_SURE_CLASSES;
    snprintf(why, size, "%lld different whole number%s%s", count, count == 1 ? "" : "s",
             sure    ? ""
             : often ? ", each in many rows"
                     : ", some of them in few rows");
    return sure || often ? CVR_CLASSIFY : CVR_REGRESS;
}

static void decide(cvr_labels *l, const char *source, const char *target)
{
    char why[96] = "text";
    l->task = l->text ? CVR_CLASSIFY : judge(l, why, sizeof why);
    if (l->task == CVR_REGRESS)
        cvr_note(CVR_LOG_NOTE,
                 "%s: %s is values (regression): %s; --task classify makes it classes",
                 source, target, why);
    else if (l->text)
        cvr_note(CVR_LOG_NOTE, "%s: %s is %lld classes: text", source, target,
                 (long long)l->count);
    else
        cvr_note(CVR_LOG_NOTE,
                 "%s: %s is %lld class%s: %s; --task regress makes it values", source,
                 target, (long long)l->count, l->count == 1 ? "" : "es", why);
}

cvr_status cvr_labels_settle(cvr_labels *l, const char *source, const char *target)
{
    l->settled = true;
    if (l->wanted)
        return settle_wanted(l, source);
    if (l->task == CVR_TASK_AUTO)
        decide(l, source, target);
    return l->task == CVR_CLASSIFY ? put_in_order(l) : CVR_OK;
}

int64_t cvr_labels_find(const cvr_labels *l, double code)
{
    return l->item[(int64_t)code].place;
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

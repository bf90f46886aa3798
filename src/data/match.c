/* Names first; who has none goes by the width, which then must be all that there was (the
   targets where they were) or all but the targets. */
#include "data/match.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "base/log.h"
#include "data/columns.h"
#include "data/dictionary.h"
#include "data/number.h"
#include "data/targets.h"

enum { LIST = 200 };

static void add_quoted(char *list, const char *name)
{
    char quoted[CVR_QUOTE_SIZE];
    cvr_list_add(list, LIST, cvr_quote(name, quoted));
}

/* ---- the first file ---------------------------------------------------------------- */

/* Names that tables give to numbers of rows. */
static bool names_rows(const char *name)
{
    static const char *const words[] = {"unnamed: 0", "index", "id",       "row",
                                        "row_id",     "rowid", "rownames", "no",
                                        "nr",         "#",     "obs",      "sno"};
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(name, words[i]) == 0)
            return true;
    return length > 2 && strcasecmp(name + length - 2, "id") == 0 &&
           (!isalpha((unsigned char)name[length - 3]) || name[length - 2] == 'I');
}

/* --ignore: marks[j] = true; CVR_BAD_DATA when there is no such column. */
static cvr_status mark_ignored(const cvr_header_row *h, bool *ignored)
{
    cvr_status status = CVR_OK;
    int32_t *place = NULL;
    int count = 0;
    if (!h->ignore)
        return CVR_OK;
    CVR_TRY(cvr_alloc(h->count, sizeof *place, "columns", (void **)&place));
    status = cvr_select_columns(h->ignore, "to ignore", h->count, h->name, h->path, place,
                                &count);
    for (int64_t j = 0; status == CVR_OK && j < h->count; j++)
        ignored[j] = place[j] >= 0;
done:
    cvr_release(place);
    return status;
}

/* Columns that only name or number the rows, unless there are no others. */
static void mark_row_names(const cvr_header_row *h, const int32_t *target, bool *ignored)
{
    char list[LIST] = "";
    int64_t features = 0, found = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int64_t j = 0; h->name && j < h->count; j++) {
            bool rows = target[j] == CVR_COLUMN_FEATURE && !ignored[j] &&
                        ((j == 0 && !h->name[0][0]) ||
                         (h->counting && h->counting[j] && names_rows(h->name[j])));
            features += pass == 0 && target[j] == CVR_COLUMN_FEATURE && !ignored[j];
            found += pass == 0 && rows;
            if (pass == 1 && rows && found < features) {
                ignored[j] = true;
                add_quoted(list, h->name[j]);
            }
        }
    if (*list && strcmp(list, "") != 0 && !h->quiet)
        cvr_note(CVR_LOG_NOTE, "%s: column %s is left out: it numbers the rows", h->path,
                 list);
}

/* A name that a target has in many tables. */
static bool names_target(const char *name, int64_t j)
{
    static const char *const words[] = {"label", "labels", "class", "target"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(name, words[i]) == 0)
            return true;
    return j == 0 && strcasecmp(name, "y") == 0;
}

/* The last column is the target unless one is named; but not when another seems to be. */
static cvr_status check_last(const cvr_header_row *h, const bool *ignored)
{
    char last[CVR_QUOTE_SIZE], other[CVR_QUOTE_SIZE];
    int64_t end = h->count - 1;
    if (h->target || !h->name || h->unlabelled || end < 1 ||
        names_target(h->name[end], 0))
        return CVR_OK;
    for (int64_t j = 0; j < end; j++)
        if (names_target(h->name[j], j) && !ignored[j] && h->optional) {
            cvr_note(CVR_LOG_NOTE,
                     "%s: the last column is the target; --target %s names '%s'", h->path,
                     cvr_quote(h->name[j], other), other);
            return CVR_OK;
        } else if (names_target(h->name[j], j) && !ignored[j]) {
            cvr_fail(CVR_BAD_DATA,
                     "%s: which column is the target, '%s' or the last, '%s'?", h->path,
                     cvr_quote(h->name[j], other), cvr_quote(h->name[end], last));
            cvr_hint("--target %s (or --target last)", other);
            return CVR_BAD_DATA;
        }
    return CVR_OK;
}

static cvr_status list_columns(const cvr_header_row *h, const int32_t *target,
                               const bool *ignored, cvr_columns *c)
{
    cvr_status status = CVR_OK;
    for (int64_t j = 0; j < h->count; j++) {
        bool feature = target[j] < 0;
        char **name = NULL;
        if (feature) {
            cvr_column *item = &c->item[c->count++];
            item->kind = ignored[j] ? CVR_COLUMN_IGNORED : CVR_COLUMN_NUMBER;
            name = &item->name;
        } else {
            c->target[target[j]].at = j;
            name = &c->target[target[j]].name;
        }
        if (h->name)
            CVR_TRY(cvr_text_copy(h->name[j], name));
    }
done:
    return status;
}

static void set_places(const cvr_header_row *h, const int32_t *target,
                       const bool *ignored, cvr_place *place)
{
    int32_t features = 0;
    for (int64_t j = 0; j < h->count; j++) {
        bool feature = target[j] < 0 && !ignored[j];
        place[j].feature = feature ? features++ : -1;
        place[j].target = target[j] >= 0 && !h->unlabelled ? target[j] : -1;
    }
}

cvr_status cvr_match_first(const cvr_header_row *h, cvr_columns *c, cvr_place *place)
{
    cvr_status status = CVR_OK;
    int32_t *target = NULL;
    bool *ignored = NULL;
    CVR_TRY(cvr_alloc(h->count, sizeof *target, "columns", (void **)&target));
    CVR_TRY(cvr_alloc(h->count, sizeof *ignored, "columns", (void **)&ignored));
    CVR_TRY(
        cvr_select_targets(h->target, h->count, h->name, h->path, target, &c->targets));
    CVR_TRY(mark_ignored(h, ignored));
    CVR_TRY(check_last(h, ignored));
    mark_row_names(h, target, ignored);
    CVR_TRY(cvr_alloc(h->count, sizeof *c->item, "columns", (void **)&c->item));
    CVR_TRY(cvr_alloc(c->targets, sizeof *c->target, "targets", (void **)&c->target));
    CVR_TRY(list_columns(h, target, ignored, c));
    set_places(h, target, ignored, place);
done:
    cvr_release(target);
    cvr_release(ignored);
    return status;
}

/* ---- a file like known columns: by names ------------------------------------------- */

/* The names of a file, and what has become of its columns. */
typedef struct lookup {
    cvr_dictionary names;
    bool *used;
} lookup;

static cvr_status open_lookup(const cvr_header_row *h, lookup *l)
{
    cvr_status status = CVR_OK;
    int64_t place = 0;
    CVR_TRY(cvr_alloc(h->count, sizeof *l->used, "columns", (void **)&l->used));
    for (int64_t j = 0; j < h->count; j++)
        CVR_TRY(cvr_dictionary_add(&l->names, h->name[j], strlen(h->name[j]), &place));
done:
    return status;
}

static void close_lookup(lookup *l)
{
    cvr_dictionary_free(&l->names);
    cvr_release(l->used);
}

/* The column of a name, -1: none. The names of a file differ from each other. */
static int64_t use(lookup *l, const char *name)
{
    int64_t j = cvr_dictionary_find(&l->names, name, strlen(name));
    if (j >= 0)
        l->used[j] = true;
    return j;
}

static cvr_status no_columns(const cvr_header_row *h, const char *missing)
{
    char there[LIST] = "";
    for (int64_t j = 0; j < h->count; j++)
        add_quoted(there, h->name[j]);
    cvr_fail(CVR_BAD_DATA, "%s: no column %s, which the model or the first data have",
             h->path, missing);
    cvr_hint("its columns are %s", there);
    return CVR_BAD_DATA;
}

/* place[j].target of the targets that are asked for. */
static cvr_status place_asked(const cvr_header_row *h, cvr_place *place, int *targets)
{
    cvr_status status = CVR_OK;
    int32_t *asked = NULL;
    *targets = 0;
    if (!h->target)
        return CVR_OK;
    CVR_TRY(cvr_alloc(h->count, sizeof *asked, "columns", (void **)&asked));
    CVR_TRY(cvr_select_targets(h->target, h->count, h->name, h->path, asked, targets));
    for (int64_t j = 0; j < h->count; j++)
        place[j].target = asked[j] >= 0 ? asked[j] : -1;
done:
    cvr_release(asked);
    return status;
}

/* The targets that are asked for, or the known ones. */
static cvr_status place_targets(const cvr_header_row *h, const cvr_columns *c, lookup *l,
                                cvr_place *place, int *targets)
{
    cvr_status status = CVR_OK;
    CVR_TRY(place_asked(h, place, targets));
    for (int64_t j = 0; j < h->count; j++)
        l->used[j] = place[j].target >= 0;
    for (int k = 0; k < c->targets; k++) {
        int64_t j = c->target[k].name ? use(l, c->target[k].name) : -1;
        if (h->target || h->unlabelled || (j < 0 && h->optional))
            continue;
        if (j < 0)
            CVR_TRY(no_columns(h, c->target[k].name));
        place[j].target = (*targets)++;
    }
done:
    return status;
}

static void note_surplus(const cvr_header_row *h, const lookup *l)
{
    char list[LIST] = "";
    int64_t count = 0;
    for (int64_t j = 0; j < h->count; j++)
        if (!l->used[j] && (j > 0 || *h->name[0])) {
            add_quoted(list, h->name[j]);
            count++;
        }
    if (count > 0 && !h->quiet)
        cvr_note(CVR_LOG_NOTE,
                 "%s: column%s %s: left out: not in the model or the first data", h->path,
                 count == 1 ? "" : "s", list);
}

static cvr_status by_names(const cvr_header_row *h, const cvr_columns *c,
                           cvr_place *place, int *targets)
{
    cvr_status status = CVR_OK;
    lookup l = {0};
    char missing[LIST] = "";
    int32_t feature = 0;
    CVR_TRY(open_lookup(h, &l));
    CVR_TRY(place_targets(h, c, &l, place, targets));
    for (int64_t i = 0; i < c->count; i++) {
        int64_t j = use(&l, c->item[i].name);
        if (c->item[i].kind == CVR_COLUMN_IGNORED)
            continue;
        if (j < 0 || place[j].target >= 0)
            add_quoted(missing, c->item[i].name);
        else
            place[j].feature = feature;
        feature++;
    }
    if (*missing)
        CVR_TRY(no_columns(h, missing));
    note_surplus(h, &l);
done:
    close_lookup(&l);
    return status;
}

/* ---- by the width ------------------------------------------------------------------ */

static cvr_status bad_width(const cvr_header_row *h, const cvr_columns *c)
{
    cvr_fail(CVR_BAD_DATA, "%s: rows have %lld columns, %lld features%s are expected",
             h->path, (long long)h->count, (long long)cvr_columns_raw(c),
             c->targets ? " and perhaps the target" : "");
    if (!h->name)
        cvr_hint("without a header only the number of columns can tell which is which");
    return CVR_BAD_DATA;
}

/* Where the targets are: as asked, where they were, or nowhere. */
static cvr_status targets_by_width(const cvr_header_row *h, const cvr_columns *c,
                                   cvr_place *place, int *targets)
{
    cvr_status status = place_asked(h, place, targets);
    if (status != CVR_OK || h->target || h->count != c->count + c->targets)
        return status;
    for (int k = 0; k < c->targets; k++)
        place[c->target[k].at].target = (*targets)++;
    return CVR_OK;
}

static cvr_status by_width(const cvr_header_row *h, const cvr_columns *c,
                           cvr_place *place, int *targets)
{
    cvr_status status = CVR_OK;
    int32_t feature = 0;
    int64_t item = 0;
    CVR_TRY(targets_by_width(h, c, place, targets));
    int64_t left = h->count - *targets;
    bool all = left == c->count;
    if (!all && left != cvr_columns_raw(c))
        CVR_TRY(bad_width(h, c));
    if (*targets == 0 && c->targets > 0 && !h->target && !h->optional)
        CVR_FAIL(CVR_BAD_DATA,
                 "%s: its %lld columns are the features: there is no target", h->path,
                 (long long)h->count);
    for (int64_t j = 0; j < h->count; j++) {
        if (place[j].target >= 0)
            continue;
        bool ignored = all && c->item[item].kind == CVR_COLUMN_IGNORED;
        place[j].feature = ignored ? -1 : feature++;
        item++;
    }
done:
    return status;
}

cvr_status cvr_match_known(const cvr_header_row *h, const cvr_columns *c,
                           cvr_place *place, int *targets)
{
    cvr_status status = CVR_OK;
    for (int64_t j = 0; j < h->count; j++)
        place[j] = (cvr_place){-1, -1};
    CVR_TRY(h->name && cvr_columns_named(c) ? by_names(h, c, place, targets)
                                            : by_width(h, c, place, targets));
    for (int64_t j = 0; h->unlabelled && j < h->count; j++)
        place[j].target = -1;
    *targets = h->unlabelled ? 0 : *targets;
done:
    return status;
}

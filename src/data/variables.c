/* The names that people give to data: scikit-learn, Keras, MATLAB courses. */
#define _GNU_SOURCE
#include "data/variables.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "data/number.h"

/* In the order in which they are preferred. */
static const char *const inputs[] = {
    "x",     "data", "features", "feature",  "images",    "image", "inputs",
    "input", "fea",  "samples",  "patterns", "instances", "arr0",  "a"};
static const char *const outputs[] = {
    "y",      "labels", "label", "targets",    "target",   "classes", "class", "outputs",
    "output", "t",      "gnd",   "finelabels", "response", "arr1",    "b"};
#define LENGTH(a) ((int)(sizeof(a) / sizeof *(a)))

typedef enum part { ANY, TRAIN, TEST } part;

static const struct {
    const char *text;
    part part;
} affixes[] = {{"training", TRAIN}, {"train", TRAIN},  {"trn", TRAIN},
               {"tr", TRAIN},       {"testing", TEST}, {"test", TEST},
               {"tst", TEST},       {"te", TEST},      {"", ANY}};

/* What a name says: the place in its list (-1: none), and which rows. */
typedef struct meaning {
    int input, output;
    part part;
} meaning;

static int find(const char *const *list, int count, const char *name, size_t length)
{
    for (int i = 0; i < count; i++)
        if (strlen(list[i]) == length && memcmp(list[i], name, length) == 0)
            return i;
    return -1;
}

/* Letters and digits of name, small, into plain. */
static size_t simplify(const char *name, char plain[CVR_NAME_ROOM])
{
    size_t n = 0;
    for (; *name; name++)
        if (isalnum((unsigned char)*name))
            plain[n++] = (char)tolower((unsigned char)*name);
    plain[n] = '\0';
    return n;
}

static meaning mean(const char *name)
{
    char plain[CVR_NAME_ROOM];
    size_t n = simplify(name, plain);
    for (int i = 0; i < LENGTH(affixes); i++) {
        size_t m = strlen(affixes[i].text);
        for (int end = 0; end < 2 && m < n; end++) {
            const char *at = end ? plain + n - m : plain, *rest = end ? plain : plain + m;
            meaning found = {find(inputs, LENGTH(inputs), rest, n - m),
                             find(outputs, LENGTH(outputs), rest, n - m),
                             affixes[i].part};
            if (memcmp(at, affixes[i].text, m) == 0 &&
                (found.input >= 0 || found.output >= 0))
                return found;
        }
    }
    return (meaning){-1, -1, ANY};
}

/* ---- choosing ---------------------------------------------------------------------- */

/* The wanted part before one that is not named, before another; then by the list. */
static int rank(const meaning *m, part wanted, int place)
{
    int group = m->part == wanted ? 0 : m->part == ANY ? 1 : 2;
    return place < 0 ? -1 : 100 * group + place;
}

static int best(const cvr_variable *list, int count, bool output, part wanted, int not )
{
    int least = -1, found = -1;
    for (int i = 0; i < count; i++) {
        meaning m = mean(list[i].name);
        int r = rank(&m, wanted, output ? m.output : m.input);
        if (r >= 0 && i != not &&(found < 0 || r < least)) {
            least = r;
            found = i;
        }
    }
    return found;
}

static int64_t entries(const cvr_variable *v)
{
    int64_t n = 1;
    for (int i = 0; i < v->dimensions; i++)
        n *= v->size[i] > 0 && n < INT64_MAX / v->size[i] ? v->size[i] : 1;
    return n;
}

/* One column, or (n x 1, 1 x n) what may be one. */
static bool vector(const cvr_variable *v)
{
    return v->dimensions == 1 ||
           (v->dimensions == 2 && (v->size[0] == 1 || v->size[1] == 1));
}

/* The index of y that counts rows. */
static int along_of_targets(const cvr_variable *y)
{
    return y->dimensions == 2 && y->size[0] == 1 && y->size[1] > 1;
}

/* The index of X that counts its rows, of which there are n (-1: unknown); -1: none.
   NumPy's is the first. MATLAB has images one behind the other, so there the last index
   is asked first; and it leaves out a last size of 1, so one row is counted by the index
   behind the last. */
static int along(const cvr_variable *X, int64_t n)
{
    int last = X->dimensions - 1;
    bool behind = X->columnwise && X->dimensions > 2;
    if (n < 0)
        return behind ? last : 0;
    if (!X->columnwise)
        return X->size[0] == n ? 0 : -1;
    if (X->size[behind ? last : 0] == n)
        return behind ? last : 0;
    if (X->size[behind ? 0 : last] == n)
        return behind ? 0 : last;
    return behind && n == 1 && X->dimensions < CVR_MOST_DIMENSIONS ? last + 1 : -1;
}

/* The only array of numbers with several columns. */
static int only_matrix(const cvr_variable *list, int count, int not )
{
    int found = -1;
    for (int i = 0; i < count; i++)
        if (!list[i].other && i != not &&!vector(&list[i])) {
            if (found >= 0)
                return -1;
            found = i;
        }
    return found;
}

/* The only vector that is as long as X has rows. */
static int only_vector(const cvr_variable *list, int count, int X)
{
    int found = -1;
    for (int i = 0; i < count; i++)
        if (!list[i].other && i != X && vector(&list[i]) &&
            along(&list[X], entries(&list[i])) >= 0) {
            if (found >= 0)
                return -1;
            found = i;
        }
    return found;
}

/* ---- the arrays -------------------------------------------------------------------- */

static void describe(const cvr_variable *v, char *text, size_t room)
{
    char quoted[CVR_QUOTE_SIZE];
    size_t at = (size_t)snprintf(text, room, "%s (", cvr_quote(v->name, quoted));
    for (int i = 0; i < v->dimensions && at < room; i++)
        at += (size_t)snprintf(text + at, room - at, "%s%lld", i ? " x " : "",
                               (long long)v->size[i]);
    if (at < room)
        snprintf(text + at, room - at, "%s%s)", v->other && v->dimensions ? ", " : "",
                 v->other ? v->other : "");
}

static cvr_status nothing_known(const char *path, const cvr_variable *list, int count)
{
    char text[400] = "", one[160];
    for (int i = 0; i < count && strlen(text) + sizeof one < sizeof text; i++) {
        describe(&list[i], one, sizeof one);
        strcat(text, i ? ", " : "");
        strcat(text, one);
    }
    if (count == 0)
        return cvr_fail(CVR_BAD_DATA, "%s: it does not contain an array", path);
    cvr_fail(CVR_BAD_DATA, "%s: which array has the rows? It contains %s", path, text);
    cvr_hint("call the arrays X and y (--target NAME names y)");
    return CVR_BAD_DATA;
}

static cvr_status no_fit(const char *path, const cvr_variable *X, const cvr_variable *y)
{
    char left[160], right[160];
    describe(X, left, sizeof left);
    describe(y, right, sizeof right);
    return cvr_fail(CVR_BAD_DATA, "%s: %s and %s do not have the same number of rows",
                    path, left, right);
}

static void tell(const cvr_variable *list, int count, part wanted, cvr_choice *c)
{
    const cvr_variable *X = &list[c->X], *y = c->y < 0 ? NULL : &list[c->y];
    meaning m = mean(X->name);
    bool parts = false;
    for (int i = 0; i < count; i++)
        parts |= mean(list[i].name).part != ANY && mean(list[i].name).part != m.part;
    c->note[0] = '\0';
    if (parts || m.input < 0 || (y && mean(y->name).output < 0) || m.part == 3 - wanted)
        snprintf(c->note, CVR_NOTE_ROOM, "rows are of %.50s%s%.50s", X->name,
                 y ? ", targets of " : "", y ? y->name : "");
    if (X->dimensions == 2 && c->along == 1)
        snprintf(c->note + strlen(c->note), CVR_NOTE_ROOM - strlen(c->note),
                 "%s%.50s is transposed: its columns are the rows", *c->note ? "; " : "",
                 X->name);
}

/* A target that can only be a column of X. */
static bool column(const char *target)
{
    return target && (isdigit((unsigned char)*target) || strcmp(target, "last") == 0);
}

static int choose_targets(const cvr_variable *list, int count, const char *target, int X,
                          part wanted)
{
    bool none = target && strcmp(target, "none") == 0;
    if (none || column(target))
        return -1;
    int y = best(list, count, true, wanted, X);
    return y < 0 && !list[X].other ? only_vector(list, count, X) : y;
}

/* Where rows are counted in both. */
static cvr_status fit(const char *path, const cvr_variable *list, cvr_choice *c)
{
    const cvr_variable *X = &list[c->X], *y = c->y < 0 ? NULL : &list[c->y];
    c->along = c->y_along = 0;
    if (X->other || (y && y->other))
        return CVR_OK;
    c->y_along = y ? along_of_targets(y) : 0;
    c->along = along(X, y ? y->size[c->y_along] : -1);
    return c->along < 0 ? no_fit(path, X, y) : CVR_OK;
}

cvr_status cvr_variables_choose(const char *path, const cvr_variable *list, int count,
                                const char *target, bool testing, cvr_choice *c)
{
    part wanted = testing ? TEST : TRAIN;
    c->y = -1;
    for (int i = 0; target && i < count; i++)
        c->y = strcmp(list[i].name, target) == 0 ? i : c->y;
    c->X = best(list, count, false, wanted, c->y);
    if (c->X < 0)
        c->X = only_matrix(list, count, c->y);
    if (c->X < 0)
        return nothing_known(path, list, count);
    part own = mean(list[c->X].name).part;
    if (c->y < 0)
        c->y = choose_targets(list, count, target, c->X, own == ANY ? wanted : own);
    cvr_status status = fit(path, list, c);
    if (status == CVR_OK)
        tell(list, count, wanted, c);
    return status;
}

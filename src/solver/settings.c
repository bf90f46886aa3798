#include "solver/settings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/bytes.h"
#include "base/fail.h"
#include "model/json_text.h"

typedef struct setting {
    const cvr_option *row;
    cvr_option_value value;
    char **texts; /* as given: text_count of them, more than one for a LIST only */
    int text_count;
    bool given;  /* by the user */
    bool method; /* a row of the method's or the common table */
} setting;

struct cvr_settings {
    const struct cvr_method *method; /* NULL: none */
    setting *rows;
    int count;
    void *values; /* the method's struct of options; begins with cvr_run_options */
};

#define AT(type, field) CVR_FIELD(cvr_run_options, type, field)
static const cvr_option common[] = {
    {"tolerance", CVR_REAL, "1e-3", 0, 1, NULL,
     "stop when the relative gap (without a certificate: the residuals) is this small; "
     "0: never",
     AT(double, tolerance)},
    {"max-iterations", CVR_INTEGER, "1000", 1, 1e15, NULL,
     "stop after this number of iterations", AT(int64_t, max_iterations)},
    {"time-limit", CVR_SECONDS, "0", 0, 1e9, NULL,
     "stop after this number of seconds, setup included (also 90s, 5m, 2h); 0: never",
     AT(double, time_limit)},
    {"target-train-accuracy", CVR_REAL, "", 0, 1, NULL,
     "stop when the recovered network reaches this accuracy on the training rows",
     AT(double, target_train_accuracy)},
    {"seed", CVR_INTEGER, "1", 0, 9007199254740991, NULL,
     "number that determines every random choice", AT(int64_t, seed)},
    {"precision", CVR_CHOICE, "double", 0, 0, "double|single",
     "floating-point type of data and weights", AT(int, precision)},
    {"threads", CVR_INTEGER, "0", 0, 4096, NULL,
     "threads of each process; 0: the cores it may use, shared with its neighbours",
     AT(int64_t, threads)},
    {"device", CVR_TEXT, "cpu", 0, 0, NULL,
     "where it runs: cpu, cuda (a GPU), cuda:K (that of number K, from 0) or auto: a GPU "
     "where there is one",
     AT(const char *, device)},
    {"measure-every", CVR_INTEGER, "0", 0, 1e15, NULL,
     "iterations between two measurements; 0: as often as it costs little",
     AT(int64_t, measure_every)},
    {0}};

const cvr_option *cvr_common_options(void)
{
    return common;
}

/* ---- looking up ------------------------------------------------------------------- */

static setting *find(const cvr_settings *s, const char *name)
{
    for (int i = 0; i < s->count; i++)
        if (strcmp(s->rows[i].row->name, name) == 0)
            return &s->rows[i];
    return NULL;
}

const cvr_option *cvr_settings_find(const cvr_settings *s, const char *name)
{
    const setting *found = find(s, name);
    return found ? found->row : NULL;
}

const cvr_option *cvr_settings_row(const cvr_settings *s, int i)
{
    return i < s->count ? s->rows[i].row : NULL;
}

bool cvr_settings_given(const cvr_settings *s, const char *name)
{
    const setting *found = find(s, name);
    return found && found->given;
}

const struct cvr_method *cvr_settings_method(const cvr_settings *s)
{
    return s->method;
}

/* What a name that is in no table has. */
static const setting unset = {.row = &(const cvr_option){.initial = ""},
                              .value = {.real = NAN}};

static const setting *known(const cvr_settings *s, const char *name)
{
    const setting *found = find(s, name);
    return found ? found : &unset;
}

const char *cvr_settings_text(const cvr_settings *s, const char *name)
{
    const setting *found = known(s, name);
    if (found->text_count > 0)
        return found->texts[found->text_count - 1];
    return *found->row->initial ? found->row->initial : NULL;
}

double cvr_settings_real(const cvr_settings *s, const char *name)
{
    const setting *found = known(s, name);
    bool real = found->row->kind == CVR_REAL || found->row->kind == CVR_SECONDS;
    return real ? found->value.real : NAN;
}

static int64_t integer_of(const cvr_settings *s, const char *name, cvr_option_kind kind)
{
    const setting *found = known(s, name);
    return found->row->kind == kind ? found->value.integer : 0;
}

int64_t cvr_settings_integer(const cvr_settings *s, const char *name)
{
    return integer_of(s, name, CVR_INTEGER);
}

bool cvr_settings_switch(const cvr_settings *s, const char *name)
{
    return integer_of(s, name, CVR_SWITCH) != 0;
}

int cvr_settings_choice(const cvr_settings *s, const char *name)
{
    return (int)integer_of(s, name, CVR_CHOICE);
}

int cvr_settings_count(const cvr_settings *s, const char *name)
{
    return known(s, name)->text_count;
}

const char *const *cvr_settings_list(const cvr_settings *s, const char *name)
{
    return (const char *const *)known(s, name)->texts;
}

/* ---- making ----------------------------------------------------------------------- */

/* Where the value of a row goes: a common option of a method's own has its place. */
static size_t offset_of(const cvr_option *row)
{
    for (const cvr_option *o = common; o->name && row->offset == 0; o++)
        if (strcmp(o->name, row->name) == 0)
            return o->offset;
    return row->offset;
}

/* The value of a row, to its place in the struct. */
static void write_value(cvr_settings *s, const setting *row)
{
    size_t offset = row->method ? offset_of(row->row) : 0;
    if (offset == 0)
        return;
    void *at = (char *)s->values + offset;
    switch (row->row->kind) {
    case CVR_REAL:
    case CVR_SECONDS:
        *(double *)at = row->value.real;
        break;
    case CVR_INTEGER:
        *(int64_t *)at = row->value.integer;
        break;
    case CVR_SWITCH:
        *(bool *)at = row->value.integer != 0;
        break;
    case CVR_CHOICE:
        *(int *)at = (int)row->value.integer;
        break;
    default:
        *(const char **)at = cvr_settings_text(s, row->row->name);
    }
}

const void *cvr_settings_values(const cvr_settings *s)
{
    return s->values;
}

bool cvr_option_given(const void *options, size_t offset)
{
    const cvr_settings *s = ((const cvr_run_options *)options)->settings;
    for (int i = 0; i < s->count; i++)
        if (s->rows[i].method && offset_of(s->rows[i].row) == offset)
            return s->rows[i].given;
    CVR_ASSERT(false);
}

/* Rows of a table with their defaults; a name that is there already stays as it is. */
static cvr_status add(cvr_settings *s, const cvr_option *table, bool method)
{
    cvr_status status = CVR_OK;
    for (const cvr_option *row = table; row->name; row++) {
        if (find(s, row->name))
            continue;
        CVR_TRY(cvr_grow((void **)&s->rows, s->count + 1, sizeof *s->rows, "settings"));
        setting *new = &s->rows[s->count++];
        *new = (setting){.row = row, .value = {.real = NAN}, .method = method};
        if (*row->initial)
            CVR_TRY(cvr_option_parse(row, row->initial, &new->value));
        write_value(s, new);
    }
done:
    return status;
}

cvr_status cvr_settings_add(cvr_settings *s, const cvr_option *table)
{
    return add(s, table, false);
}

cvr_status cvr_settings_make(const struct cvr_method *method, const cvr_option *table,
                             size_t size, cvr_settings **settings)
{
    cvr_settings *s = NULL;
    size_t least = sizeof(cvr_run_options);
    cvr_status status = CVR_OK;
    *settings = NULL;
    CVR_TRY(cvr_alloc(1, sizeof *s, "settings", (void **)&s));
    s->method = method;
    if (method) {
        CVR_TRY(cvr_alloc(1, size > least ? size : least, "settings", &s->values));
        ((cvr_run_options *)s->values)->settings = s;
        CVR_TRY(add(s, table, true));
        CVR_TRY(add(s, common, true));
    }
    *settings = s;
    s = NULL;
done:
    cvr_settings_free(s);
    return status;
}

static void forget(setting *row)
{
    for (int i = 0; i < row->text_count; i++)
        cvr_release(row->texts[i]);
    cvr_release(row->texts);
    row->texts = NULL;
    row->text_count = 0;
}

void cvr_settings_free(cvr_settings *s)
{
    if (!s)
        return;
    for (int i = 0; i < s->count; i++)
        forget(&s->rows[i]);
    cvr_release(s->rows);
    cvr_release(s->values);
    cvr_release(s);
}

/* ---- setting ---------------------------------------------------------------------- */

/* The nearest name of these settings; NULL: none is near. */
static const char *nearest(const cvr_settings *s, const char *typed)
{
    int best = cvr_option_reach(typed) + 1;
    const char *name = NULL;
    for (int i = 0; i < s->count; i++) {
        int distance = cvr_option_distance(typed, s->rows[i].row->name);
        if (distance < best) {
            best = distance;
            name = s->rows[i].row->name;
        }
    }
    return name;
}

/* A method that has an option of this name; NULL: none. */
static const char *method_with(const char *name)
{
    for (int i = 0; cvr_method_at(i); i++)
        for (const cvr_option *o = cvr_method_at(i)->options; o->name; o++)
            if (strcmp(o->name, name) == 0)
                return cvr_method_at(i)->name;
    return NULL;
}

static cvr_status unknown_option(const cvr_settings *s, const char *name)
{
    const char *method = method_with(name), *near = nearest(s, name);
    if (method)
        return cvr_fail(CVR_USAGE, "--%s is an option of method %s, and not used here",
                        name, method);
    cvr_status status = cvr_fail(CVR_USAGE, "unknown option --%s here", name);
    if (near)
        cvr_hint("did you mean --%s?", near);
    return status;
}

/* Appends to a LIST, replaces what anything else holds. */
static cvr_status keep_text(setting *row, const char *text)
{
    char *copy = NULL;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_text_copy(text, &copy));
    if (row->row->kind != CVR_LIST)
        forget(row);
    CVR_TRY(cvr_grow((void **)&row->texts, row->text_count + 1, sizeof *row->texts,
                     "settings"));
    row->texts[row->text_count++] = copy;
    copy = NULL;
    row->given = true;
done:
    cvr_release(copy);
    return status;
}

cvr_status cvr_settings_set(cvr_settings *s, const char *name, const char *text)
{
    setting *row = find(s, name);
    cvr_option_value value = {.real = NAN};
    cvr_status status = CVR_OK;
    if (!row)
        return unknown_option(s, name);
    CVR_TRY(cvr_option_parse(row->row, text, &value));
    CVR_TRY(keep_text(row, text));
    row->value = value;
    write_value(s, row);
done:
    return status;
}

/* ---- record ----------------------------------------------------------------------- */

static json_t *value_json(const cvr_settings *s, const setting *row)
{
    const char *text = cvr_settings_text(s, row->row->name);
    if (!text)
        return json_null();
    switch (row->row->kind) {
    case CVR_REAL:
    case CVR_SECONDS:
        return json_real(row->value.real);
    case CVR_INTEGER:
        return json_integer(row->value.integer);
    case CVR_SWITCH:
        return json_boolean(row->value.integer);
    default:
        return cvr_json_text(text);
    }
}

cvr_status cvr_settings_json(const cvr_settings *s, char **text)
{
    json_t *object = json_object();
    bool ok = object != NULL;
    for (int i = 0; ok && i < s->count; i++)
        if (s->rows[i].method)
            ok = json_object_set_new(object, s->rows[i].row->name,
                                     value_json(s, &s->rows[i])) == 0;
    *text = ok ? json_dumps(object, JSON_REAL_PRECISION(15)) : NULL;
    json_decref(object);
    return *text ? CVR_OK : cvr_fail(CVR_NO_MEMORY, "cannot write down the settings");
}

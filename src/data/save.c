/* Rows to a file: csv, npy or libsvm, compressed when its name ends in .gz. What is
   written reads back to the same bits (csv, libsvm: shortest digits that do). Prepared
   data are written without the bias column. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/atomic_file.h"
#include "base/bytes.h"
#include "base/decimal.h"
#include "data/dataset.h"
#include "data/number.h"
#include "data/save.h"
#include "data/sparse.h"
#include "linalg/type.h"

/* ---- where bytes go --------------------------------------------------------------- */

typedef struct sink {
    cvr_atomic out;
    gzFile gz; /* NULL: as they are */
} sink;

static cvr_status cannot_write(const sink *s, int error)
{
    return cvr_fail(CVR_IO, "cannot write %s: %s", s->out.path,
                    strerror(error ? error : EIO));
}

static cvr_status open_sink(const char *path, bool compress, sink *s)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_atomic_open(path, &s->out));
    if (!compress)
        goto done;
    int fd = dup(fileno(s->out.file));
    if (fd < 0 || !(s->gz = gzdopen(fd, "wb1"))) {
        status = cannot_write(s, fd < 0 ? errno : ENOMEM);
        if (fd >= 0)
            close(fd);
    }
done:
    return status;
}

static cvr_status put(sink *s, const void *bytes, size_t size)
{
    errno = 0;
    if (!s->gz)
        return cvr_atomic_write(&s->out, bytes, size);
    return gzwrite(s->gz, bytes, (unsigned)size) == (int)size ? CVR_OK
                                                              : cannot_write(s, errno);
}

static cvr_status commit_sink(sink *s)
{
    errno = 0;
    gzFile gz = s->gz;
    s->gz = NULL;
    if (gz && gzclose(gz) != Z_OK)
        return cannot_write(s, errno);
    return cvr_atomic_commit(&s->out);
}

static void close_sink(sink *s)
{
    if (s->gz)
        gzclose(s->gz);
    cvr_atomic_discard(&s->out);
}

/* ---- a line at a time ------------------------------------------------------------- */

typedef struct line {
    char *text;
    int64_t used, room;
} line;

/* Room for `length` bytes more. */
static cvr_status reserve(line *l, int64_t length)
{
    cvr_status status = CVR_OK;
    if (l->used + length > l->room) {
        int64_t room = 2 * (l->room + length);
        CVR_TRY(cvr_grow((void **)&l->text, room, 1, "a line of text"));
        l->room = room;
    }
done:
    return status;
}

static cvr_status add(line *l, const char *text, int64_t length)
{
    cvr_status status = reserve(l, length);
    if (status != CVR_OK)
        return status;
    memcpy(l->text + l->used, text, (size_t)length);
    l->used += length;
    return CVR_OK;
}

static cvr_status add_number(line *l, double v, cvr_type type)
{
    cvr_status status = reserve(l, CVR_NUMBER_SIZE);
    if (status == CVR_OK)
        l->used += cvr_number_write(v, type, l->text + l->used);
    return status;
}

/* " 12:" */
static cvr_status add_index(line *l, int64_t index)
{
    cvr_status status = reserve(l, CVR_DECIMAL_SIZE + 2);
    if (status != CVR_OK)
        return status;
    l->text[l->used++] = ' ';
    l->used += cvr_decimal_whole(index, l->text + l->used);
    l->text[l->used++] = ':';
    return CVR_OK;
}

static cvr_status add_text(line *l, const char *text)
{
    return add(l, text, (int64_t)strlen(text));
}

/* A name for CSV: in quotes when it needs them. */
static cvr_status add_name(line *l, const char *name)
{
    cvr_status status = CVR_OK;
    if (!strpbrk(name, ",;\t\" \n") && *name)
        return add_text(l, name);
    CVR_TRY(add(l, "\"", 1));
    for (const char *p = name; *p; p++) {
        CVR_TRY(add(l, p, 1));
        if (*p == '"')
            CVR_TRY(add(l, p, 1));
    }
    CVR_TRY(add(l, "\"", 1));
done:
    return status;
}

/* ---- what is written -------------------------------------------------------------- */

typedef struct table {
    const cvr_dataset *data; /* the rows at hand */
    int64_t rows, first;     /* of the file; of it before the rows at hand */
    int64_t features;        /* columns of X without the bias */
    int targets;             /* columns after them: 1 for classes */
    double *x;               /* features of the row that is written; ours */
    const int64_t *item;     /* which column of data's table each feature is; or NULL */
} table;

/* The column of a table that feature j is, NULL: it is none. */
static const cvr_column *column_of(const table *t, int64_t j)
{
    return t->item ? &t->data->transform.columns.item[t->item[j]] : NULL;
}

static const char *class_of(const table *t, int64_t i)
{
    return t->data->class_names[cvr_class_decode(t->data->Y, i, t->data->classes)];
}

/* Target k of row i as a number: a class by its name, or by its place when
   that is none. */
static double number_of(const table *t, int64_t i, int k)
{
    double v;
    if (!t->data->classes)
        return cvr_get(t->data->Y, i, k);
    if (cvr_number_is(class_of(t, i), &v))
        return v;
    return (double)cvr_class_decode(t->data->Y, i, t->data->classes);
}

/* Names of the columns where they have some, else x0 x1 ... y, or y0 y1 ... */
static cvr_status csv_head(const table *t, line *l)
{
    cvr_status status = CVR_OK;
    char name[CVR_NUMBER_SIZE];
    const cvr_columns *c = &t->data->transform.columns;
    for (int64_t j = 0; j < t->features; j++) {
        const cvr_column *own = column_of(t, j);
        snprintf(name, sizeof name, "x%lld", (long long)j);
        if (j > 0)
            CVR_TRY(add(l, ",", 1));
        CVR_TRY(add_name(l, own && own->name ? own->name : name));
    }
    for (int k = 0; k < t->targets; k++) {
        const char *own = c->targets == t->targets ? c->target[k].name : NULL;
        snprintf(name, sizeof name, t->targets == 1 ? "y" : "y%d", k);
        CVR_TRY(add(l, ",", 1));
        CVR_TRY(add_name(l, own ? own : name));
    }
    CVR_TRY(add(l, "\n", 1));
done:
    return status;
}

/* A missing value is empty, and so is a category that is not known. */
static cvr_status csv_value(const table *t, int64_t j, line *l)
{
    const cvr_column *own = column_of(t, j);
    double v = t->x[j];
    bool category = own && own->kind == CVR_COLUMN_CATEGORY;
    if (isnan(v) || (category && v < 0))
        return CVR_OK;
    if (category)
        return add_name(l, own->category[(int64_t)v]);
    return add_number(l, v, t->data->X.type);
}

static cvr_status csv_row(const table *t, int64_t i, line *l)
{
    cvr_status status = CVR_OK;
    for (int64_t j = 0; j < t->features; j++) {
        if (j > 0)
            CVR_TRY(add(l, ",", 1));
        CVR_TRY(csv_value(t, j, l));
    }
    for (int k = 0; k < t->targets; k++) {
        CVR_TRY(add(l, ",", 1));
        if (t->data->classes)
            CVR_TRY(add_name(l, class_of(t, i)));
        else
            CVR_TRY(add_number(l, cvr_get(t->data->Y, i, k), t->data->Y.type));
    }
    CVR_TRY(add(l, "\n", 1));
done:
    return status;
}

/* Formats that hold numbers alone; missing: they can say that one is missing. */
static cvr_status only_numbers(const table *t, const char *format, bool missing)
{
    for (int64_t j = 0; t->item && j < t->features; j++) {
        const cvr_column *own = column_of(t, j);
        const char *name = own->name ? own->name : "";
        if (own->kind == CVR_COLUMN_CATEGORY)
            return cvr_fail(CVR_USAGE, "%s: column %s is texts, %s holds numbers",
                            t->data->source, name, format);
        for (int64_t i = 0; !missing && i < t->data->X.rows; i++)
            if (isnan(cvr_get(t->data->X, i, j)))
                return cvr_fail(CVR_USAGE,
                                "%s: column %s has missing values, %s has none",
                                t->data->source, name, format);
    }
    return CVR_OK;
}

static cvr_status libsvm_head(const table *t, line *l)
{
    cvr_status status = only_numbers(t, "LIBSVM", false);
    (void)l;
    if (status != CVR_OK)
        return status;
    if (t->targets > 1)
        return cvr_fail(CVR_USAGE, "%s: LIBSVM has one target, the data have %d",
                        t->data->source, t->targets);
    return CVR_OK;
}

/* Zeroes are left out, but the first row names the last column: the width reads back. */
static cvr_status libsvm_row(const table *t, int64_t i, line *l)
{
    cvr_status status = CVR_OK;
    CVR_TRY(add_number(l, t->targets ? number_of(t, i, 0) : 0,
                       t->data->classes ? CVR_DOUBLE : t->data->Y.type));
    for (int64_t j = 0; j < t->features; j++) {
        double v = t->x[j];
        bool last = t->first + i == 0 && j == t->features - 1;
        if (v == 0 && !signbit(v) && !last)
            continue;
        CVR_TRY(add_index(l, j + 1));
        CVR_TRY(add_number(l, v, t->data->X.type));
    }
    CVR_TRY(add(l, "\n", 1));
done:
    return status;
}

/* Magic, version 1, and a dict that ends at a multiple of 64 bytes. */
static cvr_status npy_head(const table *t, line *l)
{
    cvr_status status = CVR_OK;
    char dict[160];
    CVR_TRY(only_numbers(t, "NPY", true));
    bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
    int length =
        snprintf(dict, sizeof dict,
                 "{'descr': '%cf%d', 'fortran_order': False, 'shape': (%lld, %lld), }",
                 little ? '<' : '>', (int)cvr_type_size(t->data->X.type),
                 (long long)t->rows, (long long)t->features + t->targets);
    int padded = (10 + length + 1 + 63) / 64 * 64 - 10;
    char magic[10] = {
        '\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0, (char)(padded & 255), (char)(padded >> 8)};
    CVR_TRY(add(l, magic, 10));
    CVR_TRY(add(l, dict, length));
    for (int i = length; i < padded - 1; i++)
        CVR_TRY(add(l, " ", 1));
    CVR_TRY(add(l, "\n", 1));
done:
    return status;
}

static cvr_status npy_row(const table *t, int64_t i, line *l)
{
    cvr_status status = CVR_OK;
    for (int64_t j = 0; j < t->features + t->targets; j++) {
        double v = j < t->features ? t->x[j] : number_of(t, i, (int)(j - t->features));
        float single = (float)v;
        if (t->data->X.type == CVR_SINGLE)
            CVR_TRY(add(l, (const char *)&single, sizeof single));
        else
            CVR_TRY(add(l, (const char *)&v, sizeof v));
    }
done:
    return status;
}

/* ---- the table of formats --------------------------------------------------------- */

typedef struct format {
    const char *name, *endings;
    cvr_status (*head)(const table *t, line *l);
    cvr_status (*row)(const table *t, int64_t i, line *l);
} format;

static const char csv_endings[] = ".csv", npy_endings[] = ".npy",
                  libsvm_endings[] = ".libsvm .svm .t";

#define ROW(name) {#name, name##_endings, name##_head, name##_row},
#define LISTED(name) #name ", "
static const format formats[] = {CVR_FORMATS_WRITTEN(ROW)};
static const char names[] = CVR_FORMATS_WRITTEN(LISTED);
enum { FORMATS = sizeof formats / sizeof *formats };

/* One of the endings, which blanks part. */
static bool ends_with(const char *text, size_t length, const char *endings)
{
    for (const char *e = endings; *e; e += strspn(e, " ")) {
        size_t size = strcspn(e, " ");
        if (length >= size && memcmp(text + length - size, e, size) == 0)
            return true;
        e += size;
    }
    return false;
}

static cvr_status no_format(const char *path, const char *name)
{
    if (name)
        cvr_fail(CVR_USAGE, "cannot write format '%s'", name);
    else
        cvr_fail(CVR_USAGE, "%s: no format has this file extension", path);
    cvr_hint("formats that are written: %sby the extension of the file or --to; also "
             "compressed (.gz)",
             names);
    return CVR_USAGE;
}

static cvr_status choose(const char *path, const char *name, const format **f, bool *gz)
{
    size_t length = strlen(path);
    if (!name && strcmp(path, "-") == 0)
        name = formats[0].name;
    *gz = ends_with(path, length, ".gz");
    length -= *gz ? 3 : 0;
    for (int k = 0; k < FORMATS; k++)
        if (name ? strcmp(formats[k].name, name) == 0
                 : ends_with(path, length, formats[k].endings)) {
            *f = &formats[k];
            return CVR_OK;
        }
    return no_format(path, name);
}

struct cvr_saver {
    const format *format;
    sink sink;
    line line;
    table table;
    int64_t *item;
};

/* Which columns of its table the features of raw data are. */
static cvr_status list_items(const cvr_dataset *data, cvr_saver *s)
{
    const cvr_columns *c = &data->transform.columns;
    cvr_status status = CVR_OK;
    int64_t raw = 0;
    if (data->prepared || c->count == 0)
        return CVR_OK;
    CVR_TRY(cvr_alloc(c->count, sizeof *s->item, "columns", (void **)&s->item));
    for (int64_t j = 0; j < c->count; j++)
        if (c->item[j].kind != CVR_COLUMN_IGNORED)
            s->item[raw++] = j;
    s->table.item = s->item;
done:
    return status;
}

static cvr_status write_out(cvr_saver *s)
{
    cvr_status status = put(&s->sink, s->line.text, (size_t)s->line.used);
    s->line.used = 0;
    return status;
}

cvr_status cvr_saver_open(const cvr_dataset *like, int64_t rows, const char *path,
                          const char *name, cvr_saver **saver)
{
    cvr_status status = CVR_OK;
    cvr_saver *s = NULL;
    bool compress = false;
    *saver = NULL;
    CVR_TRY(cvr_alloc(1, sizeof *s, "a file to write", (void **)&s));
    bool ones = like->prepared && like->transform.bias == CVR_BIAS_PENALISED;
    s->table = (table){.data = like,
                       .rows = rows,
                       .features = like->X.cols - ones,
                       .targets = like->classes ? 1 : like->outputs};
    CVR_TRY(
        cvr_alloc(s->table.features, sizeof *s->table.x, "a row", (void **)&s->table.x));
    CVR_TRY(list_items(like, s));
    CVR_TRY(choose(path, name, &s->format, &compress));
    CVR_TRY(open_sink(path, compress, &s->sink));
    CVR_TRY(s->format->head(&s->table, &s->line));
    *saver = s;
    s = NULL;
done:
    cvr_saver_close(s);
    return status;
}

cvr_status cvr_saver_add(cvr_saver *s, const cvr_dataset *data)
{
    cvr_status status = CVR_OK;
    s->table.data = data;
    for (int64_t i = 0; i < data->X.rows; i++) {
        cvr_dataset_row(data, i, s->table.features, s->table.x);
        CVR_TRY(s->format->row(&s->table, i, &s->line));
        if (s->line.used >= 1 << 16)
            CVR_TRY(write_out(s));
    }
    s->table.first += data->X.rows;
done:
    return status;
}

cvr_status cvr_saver_commit(cvr_saver *s)
{
    cvr_status status = CVR_OK;
    CVR_TRY(write_out(s));
    CVR_TRY(commit_sink(&s->sink));
done:
    return status;
}

void cvr_saver_close(cvr_saver *s)
{
    if (!s)
        return;
    close_sink(&s->sink);
    cvr_release(s->line.text);
    cvr_release(s->table.x);
    cvr_release(s->item);
    cvr_release(s);
}

cvr_status cvr_dataset_save(const cvr_dataset *data, const char *path, const char *name)
{
    cvr_status status = CVR_OK;
    cvr_saver *s = NULL;
    CVR_TRY(cvr_saver_open(data, data->X.rows, path, name, &s));
    CVR_TRY(cvr_saver_add(s, data));
    CVR_TRY(cvr_saver_commit(s));
done:
    cvr_saver_close(s);
    return status;
}

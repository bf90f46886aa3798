/* Files to a data set. The rows are read as a stream. One process alone reads once; of
   several each reads twice: first to learn the number of rows and the classes, then to
   keep its own block. All see the same files, so all come to the same classes, width and
   blocks without a word. */
#include "data/load.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "data/dataset.h"
#include "data/images.h"
#include "data/number.h"
#include "data/reader.h"
#include "data/sparse.h"
#include "data/store.h"
#include "parallel/heed.h"

typedef struct loader {
    const cvr_load *how;
    char *source;
    cvr_transform shape; /* of raw rows, and what becomes of images */
    int64_t features;    /* of raw rows; -1: sparse */
    int targets;
    int64_t least, most;  /* sparse indices */
    int64_t most_row;     /* where the latter came first, from 1 */
    bool again;           /* rows are read a second time: notes have been made */
    int64_t files, bytes; /* read in this pass; bytes of content */
    cvr_imager imager;
    bool imaging;
    cvr_reader labelled; /* the file of labels that is open */
    char *beside;        /* its name, when it was looked for */
    cvr_labels labels;
    int64_t from, to; /* rows to keep */
    int64_t rows;     /* that are of wanted classes, so far in this pass */
    int64_t entries;  /* of these rows, when they are sparse */
    int64_t numbers,
        tiny; /* kept ones that are not 0; that single precision takes for 0 */
    cvr_table table, label_table; /* columns of CSV */
    int64_t dropped;              /* rows for lack of a value, in this pass */
    cvr_store store;
    double *y; /* kept rows x targets, row-major */
    int64_t y_room;
} loader;

static bool without_targets(const cvr_load *how)
{
    return how->target && strcmp(how->target, "none") == 0 && !how->labels;
}

static bool full(const loader *l)
{
    return l->rows == l->to || (l->how->rows > 0 && l->rows == l->how->rows);
}

static cvr_dialect given_dialect(const cvr_load *how)
{
    return (cvr_dialect){.delimiter = how->delimiter, .decimal = how->decimal};
}

/* Rows without a value are left out. */
static bool drops(const loader *l)
{
    const cvr_columns *like = l->how->like ? &l->how->like->columns : NULL;
    return l->how->missing == CVR_MISSING_DROP ||
           (like && like->count && like->item[0].missing == CVR_MISSING_DROP);
}

/* ---- one row ---------------------------------------------------------------------- */

static cvr_status keep_targets(loader *l, const double *y)
{
    cvr_status status = CVR_OK;
    int64_t used = l->store.rows * l->targets;
    if (used + l->targets > l->y_room) {
        int64_t room = l->y_room ? 2 * l->y_room : 256;
        room = room < used + l->targets ? used + l->targets : room;
        CVR_TRY(cvr_grow((void **)&l->y, room, sizeof *l->y, "targets"));
        l->y_room = room;
    }
    for (int k = 0; k < l->targets; k++)
        l->y[used + k] = y[k];
done:
    return status;
}

static cvr_status check_single(loader *l, const char *path, const cvr_row *row)
{
    for (int64_t j = 0; l->how->type == CVR_SINGLE && j < row->count; j++) {
        double size = fabs(row->value[j]);
        l->numbers += size > 0;
        l->tiny += size > 0 && size < FLT_MIN;
        if (size > FLT_MAX)
            return cvr_fail(CVR_BAD_DATA,
                            "%s: row %lld, column %lld: %g is not finite in single "
                            "precision",
                            path, (long long)l->rows + 1,
                            (long long)(row->index ? row->index[j] : j + 1),
                            row->value[j]);
    }
    return CVR_OK;
}

static cvr_status keep(loader *l, const char *path, cvr_row row, const double *y)
{
    cvr_status status = CVR_OK;
    if (l->imaging) {
        row.value = cvr_imager_row(&l->imager, row.value);
        row.count = l->imager.features;
    }
    CVR_TRY(check_single(l, path, &row));
    CVR_TRY(keep_targets(l, y));
    CVR_TRY(cvr_store_push(&l->store, &row));
done:
    return status;
}

static void note_extent(loader *l, const cvr_row *row)
{
    if (!row->index || row->count == 0)
        return;
    int32_t first = row->index[0], last = row->index[row->count - 1];
    l->least = first < l->least ? first : l->least;
    if (last > l->most) {
        l->most = last;
        l->most_row = l->rows + 1;
    }
}

/* "FILE:LINE: column N: " before a sentence about a label, as far as they are known. */
static void say_where(const cvr_reader *r)
{
    char where[400], line[32] = "", column[40] = "";
    if (r->line > 0)
        snprintf(line, sizeof line, ":%lld", (long long)r->line);
    if (r->label_column > 0)
        snprintf(column, sizeof column, ": column %lld", (long long)r->label_column);
    snprintf(where, sizeof where, "%.300s%s%s", r->path, line, column);
    cvr_fail_prefix(where);
}

/* What to keep for the label of a row. */
static cvr_status take_label(loader *l, const cvr_reader *r, const cvr_row *row,
                             double *code, bool *wanted)
{
    bool counted = !l->labels.values;
    cvr_status status = cvr_labels_note(&l->labels, row->label ? 0 : *row->target,
                                        row->label, code, wanted);
    if (status == CVR_BAD_DATA)
        say_where(l->labelled.in ? &l->labelled : r);
    for (int64_t i = 0; counted && l->labels.values && i < l->store.rows; i++)
        l->y[i] = cvr_labels_value(&l->labels, l->y[i]);
    return status;
}

static cvr_status drop(loader *l, const cvr_reader *r)
{
    l->dropped++;
    if (!l->how->every_row)
        return CVR_OK;
    cvr_fail(CVR_BAD_DATA,
             "%s:%lld: a value is missing, and the model leaves such rows out", r->path,
             (long long)r->line);
    cvr_hint("--missing drop leaves them out here as well");
    return CVR_BAD_DATA;
}

static cvr_status take_row(loader *l, const cvr_reader *r, const cvr_row *row)
{
    cvr_status status = CVR_OK;
    double code = 0;
    const double *y = row->target;
    bool wanted = true;
    note_extent(l, row);
    if (row->missing)
        return drop(l, r);
    if (l->targets == 1) {
        status = take_label(l, r, row, &code, &wanted);
        y = &code;
    }
    if (status != CVR_OK || !wanted)
        return status;
    if (l->rows >= l->from && l->rows < l->to)
        status = keep(l, r->path, *row, y);
    l->rows++;
    l->entries += row->index ? row->count : 0;
    return status;
}

/* ---- labels in a file of their own ------------------------------------------------ */

static void close_labels(loader *l)
{
    cvr_reader_close(&l->labelled);
    cvr_release(l->beside);
    l->beside = NULL;
}

static cvr_status no_labels(const char *path)
{
    cvr_fail(CVR_BAD_DATA, "%s: no labels in the file or next to it", path);
    cvr_hint("give the file of labels (--labels FILE), or --target none");
    return CVR_BAD_DATA;
}

static cvr_status open_labels(loader *l, const char *path)
{
    cvr_status status = CVR_OK;
    const char *name = l->how->labels;
    if (l->labelled.in)
        return CVR_OK;
    if (!name) {
        CVR_TRY(cvr_labels_beside(path, &l->beside));
        name = l->beside;
    }
    if (!name && l->how->maybe_unlabelled)
        return CVR_OK;
    if (!name)
        return no_labels(cvr_stream_name(path));
    l->labelled = (cvr_reader){.libsvm_base = 1,
                               .dialect = given_dialect(l->how),
                               .table = &l->label_table,
                               .quiet = l->again};
    CVR_TRY(cvr_reader_open(&l->labelled, name, NULL));
    if (l->labelled.features != 0)
        CVR_FAIL(CVR_BAD_DATA, "%s: this is not a file of labels: it has feature columns",
                 name);
done:
    return status;
}

/* The row's label; *end when there is no more. */
static cvr_status next_label(loader *l, cvr_row *row, bool *end)
{
    cvr_row label = {0};
    cvr_status status = cvr_reader_next(&l->labelled, &label, end);
    row->target = label.target;
    row->label = label.label;
    return status;
}

static cvr_status check_labels_end(loader *l, const char *path)
{
    cvr_row row = {0};
    bool end = true;
    cvr_status status = next_label(l, &row, &end);
    if (status == CVR_OK && !end)
        return cvr_fail(CVR_BAD_DATA, "%s: more labels than %s has rows",
                        l->labelled.path, path);
    return status;
}

/* ---- one file --------------------------------------------------------------------- */

static cvr_status first_shape(loader *l, const cvr_reader *r, int targets)
{
    cvr_status status = CVR_OK;
    l->features = r->features;
    l->targets = targets;
    l->shape.channels = r->channels;
    l->shape.height = r->height;
    l->shape.width = r->width;
    l->labels.images = r->channels > 0;
    l->imaging = !cvr_imager_idle(&l->shape);
    if (l->imaging)
        CVR_TRY(cvr_imager_new(&l->shape, r->features, r->path, &l->imager));
    if (targets > 1 && (l->how->classes || l->how->task == CVR_CLASSIFY))
        CVR_FAIL(CVR_USAGE, "%s: classes are in one target column, %d are given", r->path,
                 targets);
done:
    return status;
}

static cvr_status agree_shape(loader *l, const cvr_reader *r, int targets)
{
    if (r->features == 0)
        return cvr_fail(CVR_BAD_DATA, "%s: no feature columns", r->path);
    if (l->features == 0)
        return first_shape(l, r, targets);
    if (r->features != l->features || targets != l->targets)
        return cvr_fail(
            CVR_BAD_DATA, "%s: %lld features and %d targets where %s has %lld and %d",
            r->path, (long long)r->features, targets, cvr_stream_name(l->how->paths[0]),
            (long long)l->features, l->targets);
    return CVR_OK;
}

static cvr_status read_rows(loader *l, cvr_reader *r)
{
    enum { ROWS_UNASKED = 64 };
    cvr_status status = CVR_OK;
    cvr_row row = {0};
    bool end = false, short_labels = false;
    for (int64_t k = 0; !full(l); k++) {
        if (k % ROWS_UNASKED == 0 && l->how->comm && cvr_wished(l->how->comm))
            CVR_FAIL(CVR_INTERRUPTED, "stopped before the rows were read");
        r->skim = l->rows < l->from || l->rows >= l->to;
        l->table.scan.kept = l->store.rows;
        CVR_TRY(cvr_reader_next(r, &row, &end));
        if (end)
            break;
        l->table.scan.seen++;
        if (l->labelled.in)
            CVR_TRY(next_label(l, &row, &short_labels));
        if (short_labels)
            CVR_FAIL(CVR_BAD_DATA, "%s: fewer labels than %s has rows", l->labelled.path,
                     r->path);
        CVR_TRY(take_row(l, r, &row));
    }
    if (end && l->beside)
        CVR_TRY(check_labels_end(l, r->path));
done:
    return status;
}

static cvr_status read_file(loader *l, const char *path)
{
    cvr_status status = CVR_OK;
    cvr_reader r = {.target = l->how->labels ? "none" : l->how->target,
                    .libsvm_base = l->how->libsvm_base,
                    .dialect = given_dialect(l->how),
                    .testing = l->how->testing,
                    .ignore = l->how->ignore,
                    .like = l->how->like,
                    .optional = l->how->maybe_unlabelled,
                    .unlabelled = l->how->unlabelled,
                    .drops = drops(l),
                    .table = &l->table,
                    .quiet = l->again};
    CVR_TRY(cvr_reader_open(&r, path, l->how->format));
    bool learns = !l->again || !l->table.learned;
    r.looks = drops(l) || (learns && cvr_scan_looks(&l->table.scan));
    if (l->how->labels || (r.targets == 0 && !without_targets(l->how)))
        CVR_TRY(open_labels(l, path));
    bool apart = l->labelled.in != NULL;
    int targets = without_targets(l->how) ? 0 : apart ? l->labelled.targets : r.targets;
    CVR_TRY(agree_shape(l, &r, targets));
    CVR_TRY(read_rows(l, &r));
    l->bytes += cvr_stream_offset(r.in);
    if (*r.note && !r.quiet)
        cvr_note(CVR_LOG_NOTE, "%s: %s", r.path, r.note);
done:
    if (l->beside)
        close_labels(l);
    cvr_reader_close(&r);
    return status;
}

/* ---- all files -------------------------------------------------------------------- */

static cvr_status pass(loader *l, int64_t from, int64_t to)
{
    cvr_status status = CVR_OK;
    l->from = from;
    l->to = to;
    l->rows = l->bytes = l->entries = l->numbers = l->tiny = l->dropped = 0;
    for (int i = 0; i < l->how->path_count && !full(l); i++)
        CVR_TRY(read_file(l, l->how->paths[i]));
    if (l->labelled.in && !full(l))
        CVR_TRY(check_labels_end(l, l->source));
done:
    close_labels(l);
    return status;
}

static bool stays_sparse(const loader *l, int64_t width)
{
    return l->features < 0 && cvr_stay_sparse(l->rows, width, l->entries);
}

/* Zeroes that LIBSVM leaves out become entries, or, where they do not, weights; a few
   bytes must not ask for gigabytes. */
static cvr_status check_sparse(const loader *l, int64_t width)
{
    static const int64_t FREE = 64 << 20, EACH = 4096, NEURONS = 64;
    int64_t rows = stays_sparse(l, width) ? NEURONS : l->rows;
    int64_t bytes = cvr_mat_bytes(CVR_DOUBLE, rows, width);
    if (bytes >= 0 && (bytes <= FREE || bytes / EACH <= l->bytes))
        return CVR_OK;
    cvr_fail(CVR_BAD_DATA,
             "%s: index %lld in row %lld makes %lld columns: too many for %lld rows and "
             "%lld bytes of text",
             l->source, (long long)l->most, (long long)l->most_row, (long long)width,
             (long long)l->rows, (long long)l->bytes);
    cvr_hint("number the features from 1 without gaps");
    return CVR_BAD_DATA;
}

/* A test set has the width of what it tests. */
static int64_t given_width(const loader *l, int64_t width, int base)
{
    int64_t given = l->how->features;
    if (given > 0 && width > given)
        cvr_note(CVR_LOG_NOTE,
                 "%s: features %lld to %lld are left out: there were %lld in training",
                 l->source, (long long)given + base, (long long)l->most,
                 (long long)given);
    return given > 0 ? given : width;
}

/* Columns of X, and what the sparse indices begin with. */
static cvr_status find_width(const loader *l, int64_t *width, int *base)
{
    cvr_status status = CVR_OK;
    *base = -1;
    *width = l->imaging ? l->imager.features : l->features;
    if (l->features >= 0)
        return CVR_OK;
    *base = l->how->libsvm_base;
    if (*base != 0 && *base != 1)
        *base = l->least == 0 ? 0 : 1;
    *width = l->most - *base + 1;
    *width = given_width(l, *width, *base);
    if (*width < 1)
        CVR_FAIL(CVR_BAD_DATA, "%s: no feature columns", l->source);
    CVR_TRY(check_sparse(l, *width));
done:
    return status;
}

/* The largest size of a target that is a value. */
static double encode(const loader *l, cvr_dataset *d)
{
    bool codes = l->targets == 1 && !l->labels.values;
    double most = 0;
    for (int64_t i = 0; i < d->Y.rows; i++)
        if (d->task == CVR_CLASSIFY)
            cvr_class_encode(d->Y, i, cvr_labels_find(&l->labels, l->y[i]), d->classes);
        else
            for (int k = 0; k < l->targets; k++) {
                double y = l->y[i * l->targets + k];
                y = codes ? cvr_labels_value(&l->labels, y) : y;
                most = fmax(most, fabs(y));
                cvr_set(d->Y, i, k, y);
            }
    return most;
}

/* What is small beside other numbers may become 0, but not all of them. */
static cvr_status check_tiny(const loader *l, double most)
{
    bool features = l->tiny > 0 && l->tiny == l->numbers;
    bool targets = l->how->type == CVR_SINGLE && most > 0 && most < FLT_MIN;
    if (!features && !targets && l->tiny > 0)
        cvr_note(CVR_LOG_NOTE,
                 "%s: %lld of %lld numbers are below %.2g and 0 in single precision",
                 l->source, (long long)l->tiny, (long long)l->numbers, FLT_MIN);
    if (!features && !targets)
        return CVR_OK;
    cvr_fail(CVR_BAD_DATA, "%s: all %s are below %.2g and 0 in single precision",
             l->source, features ? "features" : "targets", FLT_MIN);
    cvr_hint("--precision double keeps them");
    return CVR_BAD_DATA;
}

static cvr_status assemble_sparse(loader *l, int64_t first, int64_t width, int base,
                                  int outputs, cvr_dataset **data)
{
    cvr_sparse S = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_store_gather(&l->store, width, base, &S));
    CVR_TRY(cvr_dataset_new_sparse(l->source, l->rows, first, &S, outputs, data));
    cvr_note(CVR_LOG_NOTE,
             "%s: stored as sparse rows: %.2g %% of %lld x %lld entries are stored",
             l->source, 100 * (double)l->entries / (double)l->rows / (double)width,
             (long long)l->rows, (long long)width);
done:
    cvr_sparse_free(&S);
    return status;
}

/* Rows in a data set without targets. */
static cvr_status assemble_rows(loader *l, int64_t first, int64_t width, int base,
                                cvr_dataset **data)
{
    cvr_status status = CVR_OK;
    int outputs =
        l->labels.task == CVR_CLASSIFY ? cvr_class_outputs(l->labels.count) : l->targets;
    if (stays_sparse(l, width))
        return assemble_sparse(l, first, width, base, outputs, data);
    CVR_TRY(cvr_dataset_new(l->source, l->how->type, l->rows, first, l->store.rows, width,
                            outputs, data));
    cvr_store_pour(&l->store, (*data)->X, base);
done:
    return status;
}

/* The columns become the data's, if the rows are theirs (and not those of a matrix). */
static void take_columns(loader *l, cvr_dataset *d)
{
    if (l->features < 0 || cvr_columns_raw(&l->table.columns) != d->X.cols)
        return;
    d->transform.columns = l->table.columns;
    l->table.columns = (cvr_columns){0};
}

/* A last column of values behind one of texts may not be what was meant. */
static void note_first(const loader *l, const cvr_columns *c)
{
    char label[CVR_COLUMN_LABEL];
    int64_t texts = 0;
    if (l->table.given || l->how->target || l->how->labels ||
        l->how->task != CVR_TASK_AUTO || l->labels.task != CVR_REGRESS)
        return;
    for (int64_t j = 0; j < c->count; j++)
        texts += c->item[j].kind == CVR_COLUMN_CATEGORY;
    if (texts == 1 && c->item[0].kind == CVR_COLUMN_CATEGORY)
        cvr_note(CVR_LOG_NOTE,
                 "%s: the last column is the target; --target %s if the texts of the "
                 "first column are meant",
                 l->source, cvr_columns_label(c, 0, label));
}

static cvr_status assemble(loader *l, int64_t first, cvr_dataset **data)
{
    cvr_status status = CVR_OK;
    cvr_dataset *d = NULL;
    int64_t width = 0;
    int base = -1;
    CVR_TRY(find_width(l, &width, &base));
    CVR_TRY(assemble_rows(l, first, width, base, &d));
    CVR_TRY(cvr_dataset_classes(d, &l->labels));
    CVR_TRY(check_tiny(l, encode(l, d)));
    CVR_TRY(cvr_table_settle(&l->table, l->source, &d->X));
    d->transform = l->shape;
    d->transform.libsvm_base = base;
    take_columns(l, d);
    note_first(l, &d->transform.columns);
    d->transform.features = d->X.cols;
    d->transform.raw_features = l->imaging ? l->features : d->X.cols;
    *data = d;
    d = NULL;
done:
    cvr_dataset_free(d);
    return status;
}

/* "the target", with its name where it has one. */
static const char *target_name(const loader *l, char name[CVR_QUOTE_SIZE + 16])
{
    char quoted[CVR_QUOTE_SIZE];
    const cvr_columns *c = &l->table.columns;
    bool named = !l->how->labels && c->targets == 1 && c->target[0].name;
    snprintf(name, CVR_QUOTE_SIZE + 16, "the target%s%s", named ? " " : "",
             named ? cvr_quote(c->target[0].name, quoted) : "");
    return name;
}

/* What all rows say, whoever keeps them. */
static cvr_status settle(loader *l)
{
    cvr_status status = CVR_OK;
    char name[CVR_QUOTE_SIZE + 16];
    if (l->dropped && !l->again)
        cvr_note(CVR_LOG_NOTE, "%s: %lld row%s without a value left out", l->source,
                 (long long)l->dropped, l->dropped == 1 ? "" : "s");
    if (l->rows == 0)
        CVR_FAIL(CVR_BAD_DATA, "%s: no rows%s", l->source,
                 l->labels.wanted ? " of these classes" : "");
    if (l->targets != 1)
        l->labels.task = CVR_REGRESS;
    CVR_TRY(cvr_labels_settle(&l->labels, l->source, target_name(l, name)));
    if (l->table.given)
        cvr_scan_note(&l->table.scan, l->source);
done:
    return status;
}

/* Several processes: what there is, and then the own block of it. */
static cvr_status read_again(loader *l, int rank, int size, int64_t *first)
{
    cvr_status status = CVR_OK;
    int64_t rows = l->rows, entries = l->entries;
    cvr_mat none = {0};
    l->again = true;
    if (!l->table.learned && cvr_scan_again(&l->table.scan))
        CVR_TRY(pass(l, INT64_MAX, INT64_MAX));
    CVR_TRY(cvr_table_settle(&l->table, l->source, &none));
    l->features = l->features < 0 || !l->table.known ? l->features : 0;
    *first = cvr_block_begin(rows, rank, size);
    CVR_TRY(pass(l, *first, cvr_block_begin(rows, rank + 1, size)));
    l->rows = rows;
    l->entries = entries;
done:
    return status;
}

static cvr_status read_block(loader *l, int rank, int size, cvr_dataset **data)
{
    cvr_status status = CVR_OK;
    int64_t first = 0;
    CVR_TRY(pass(l, size == 1 ? 0 : INT64_MAX, INT64_MAX));
    CVR_TRY(settle(l));
    if (size > 1)
        CVR_TRY(read_again(l, rank, size, &first));
    CVR_TRY(assemble(l, first, data));
done:
    return status;
}

static cvr_status name_source(loader *l)
{
    size_t room = 1;
    for (int i = 0; i < l->how->path_count; i++)
        room += strlen(cvr_stream_name(l->how->paths[i])) + 2;
    cvr_status status = cvr_alloc((int64_t)room, 1, "a file name", (void **)&l->source);
    for (int i = 0; status == CVR_OK && i < l->how->path_count; i++) {
        strcat(l->source, i > 0 ? ", " : "");
        strcat(l->source, cvr_stream_name(l->how->paths[i]));
    }
    return status;
}

cvr_status cvr_load_block(const cvr_load *how, int rank, int size, cvr_dataset **data)
{
    cvr_status status = CVR_OK;
    loader l = {.how = how, .least = INT64_MAX, .most = -1};
    l.store.type = how->type;
    l.labels.task = how->task;
    l.shape.bias = CVR_BIAS_NONE;
    l.shape.gray = how->gray;
    l.shape.new_height = how->new_height;
    l.shape.new_width = how->new_width;
    l.shape.descriptor = how->descriptor;
    *data = NULL;
    if (how->path_count < 1)
        CVR_FAIL(CVR_USAGE, "no data file is given");
    if (how->rows < 0)
        CVR_FAIL(CVR_USAGE, "cannot keep %lld rows", (long long)how->rows);
    CVR_TRY(name_source(&l));
    l.table.missing = how->missing;
    l.table.indicator = how->missing_indicator;
    if (how->like)
        CVR_TRY(cvr_table_like(&l.table, how->like));
    if (how->classes)
        CVR_TRY(cvr_labels_want(&l.labels, how->classes));
    CVR_TRY(read_block(&l, rank, size, data));
done:
    cvr_imager_free(&l.imager);
    cvr_labels_free(&l.labels);
    cvr_table_close(&l.table);
    cvr_table_close(&l.label_table);
    cvr_store_free(&l.store);
    cvr_release(l.y);
    cvr_release(l.source);
    return status;
}

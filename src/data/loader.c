/* A pass through the rows of all files, which are read as a stream: those to keep go into
   blocks, labels are noted, everything is counted. */
#include "data/loader.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "parallel/comm.h"

static bool without_targets(const cvr_load *how)
{
    return how->target && strcmp(how->target, "none") == 0 && !how->labels;
}

static bool full(const cvr_loader *l)
{
    return l->rows == l->to || (l->how->rows > 0 && l->rows == l->how->rows);
}

/* Rows without a value are left out. */
static bool drops(const cvr_loader *l)
{
    const cvr_columns *like = l->how->like ? &l->how->like->columns : NULL;
    return l->how->missing == CVR_MISSING_DROP ||
           (like && like->count && like->item[0].missing == CVR_MISSING_DROP);
}

/* ---- one row ---------------------------------------------------------------------- */

static cvr_status keep_targets(cvr_loader *l, const double *y)
{
    cvr_status status = CVR_OK;
    int64_t used = l->buffer.rows * l->targets;
    CVR_TRY(cvr_make_room((void **)&l->y, &l->y_room, used + l->targets, sizeof *l->y,
                          "targets"));
    for (int k = 0; k < l->targets; k++)
        l->y[used + k] = y[k];
done:
    return status;
}

static cvr_status check_single(cvr_loader *l, const char *path, const cvr_row *row)
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

static cvr_status keep(cvr_loader *l, const char *path, cvr_row row, const double *y)
{
    cvr_status status = CVR_OK;
    if (l->imaging) {
        row.value = cvr_imager_row(&l->imager, row.value);
        row.count = l->imager.features;
    }
    CVR_TRY(check_single(l, path, &row));
    CVR_TRY(keep_targets(l, y));
    CVR_TRY(cvr_row_buffer_push(&l->buffer, &row));
done:
    return status;
}

static void note_extent(cvr_loader *l, const cvr_row *row)
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

/* Of nodes that are for training or testing. */
static cvr_status check_known(const cvr_loader *l, const char *label)
{
    if (!l->parts || !label || (*label && strcmp(label, "?") != 0))
        return CVR_OK;
    return cvr_fail(CVR_BAD_DATA, "node %lld is of the part %s and has no label",
                    (long long)l->rows, cvr_part_name(l->parts->wanted));
}

/* What to keep for the label of a row. */
static cvr_status take_label(cvr_loader *l, const cvr_reader *r, const cvr_row *row,
                             double *code, bool *wanted)
{
    bool counted = !l->labels.values;
    cvr_status status = check_known(l, row->label);
    if (status == CVR_OK)
        status = cvr_labels_note(&l->labels, row->label ? 0 : *row->target, row->label,
                                 code, wanted);
    if (status == CVR_BAD_DATA)
        say_where(l->label_file.reader.in ? &l->label_file.reader : r);
    for (int64_t i = 0; counted && l->labels.values && i < l->buffer.rows; i++)
        l->y[i] = cvr_labels_value(&l->labels, l->y[i]);
    return status;
}

static cvr_status drop(cvr_loader *l, const cvr_reader *r)
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

static cvr_status take_row(cvr_loader *l, const cvr_reader *r, const cvr_row *row)
{
    cvr_status status = CVR_OK;
    double code = 0;
    const double *y = row->target;
    bool wanted = true;
    note_extent(l, row);
    if (row->missing)
        return drop(l, r);
    if (l->targets == 1) {
        y = &code;
        status = r->unasked ? CVR_OK : take_label(l, r, row, &code, &wanted);
    }
    if (status != CVR_OK || !wanted)
        return status;
    if (l->rows >= l->from && l->rows < l->to)
        status = keep(l, r->path, *row, y);
    l->rows++;
    l->entries += row->index ? row->count : 0;
    return status;
}

/* ---- one file --------------------------------------------------------------------- */

static cvr_status first_shape(cvr_loader *l, const cvr_reader *r, int targets)
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

static cvr_status agree_shape(cvr_loader *l, const cvr_reader *r, int targets)
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

static cvr_status read_rows(cvr_loader *l, cvr_reader *r)
{
    enum { ROWS_UNASKED = 64 };
    cvr_status status = CVR_OK;
    cvr_row row = {0};
    bool end = false;
    for (int64_t k = 0; !full(l); k++) {
        if (k % ROWS_UNASKED == 0 && l->how->comm && cvr_interrupt_poll(l->how->comm))
            CVR_FAIL(CVR_INTERRUPTED, "stopped before the rows were read");
        r->skim = l->rows < l->from || l->rows >= l->to;
        r->unasked = !cvr_parts_want(l->parts, l->rows);
        l->table.scan.kept = l->buffer.rows;
        CVR_TRY(cvr_reader_next(r, &row, &end));
        if (end)
            break;
        l->table.scan.seen++;
        if (l->label_file.reader.in)
            CVR_TRY(cvr_label_file_next(&l->label_file, r->path, &row));
        CVR_TRY(take_row(l, r, &row));
    }
    if (end && l->label_file.sibling)
        CVR_TRY(cvr_label_file_end(&l->label_file, r->path));
done:
    return status;
}

/* The other formats cannot say that a value is missing. */
static cvr_status check_missing(const cvr_load *how, const cvr_reader *r)
{
    bool asked = how->missing != CVR_MISSING_ERROR || how->missing_indicator;
    if (!asked || r->format == &cvr_format_csv)
        return CVR_OK;
    cvr_fail(CVR_USAGE,
             "%s: missing values are replaced or left out in CSV files only, "
             "and this is %s",
             r->path, r->format->about);
    cvr_hint("leave --missing out, or write the data as CSV");
    return CVR_USAGE;
}

static cvr_status read_file(cvr_loader *l, const char *path)
{
    cvr_status status = CVR_OK;
    cvr_reader r = {.target = l->how->labels ? "none" : l->how->target,
                    .libsvm_base = l->how->libsvm_base,
                    .dialect = cvr_reader_dialect(l->how),
                    .testing = l->how->testing,
                    .ignore = l->how->ignore,
                    .like = l->how->like,
                    .optional = l->how->maybe_unlabelled,
                    .unlabelled = l->how->unlabelled,
                    .drops = drops(l),
                    .table = &l->table,
                    .quiet = l->again};
    CVR_TRY(cvr_reader_open(&r, path, l->how->format));
    CVR_TRY(check_missing(l->how, &r));
    bool learns = !l->again || !l->table.learned;
    r.looks = drops(l) || (learns && cvr_scan_looks(&l->table.scan));
    if (l->how->labels || (r.targets == 0 && !without_targets(l->how)))
        CVR_TRY(cvr_label_file_open(&l->label_file, l->how, path, l->again));
    const cvr_reader *of = l->label_file.reader.in ? &l->label_file.reader : &r;
    int targets = without_targets(l->how) ? 0 : of->targets;
    CVR_TRY(agree_shape(l, &r, targets));
    CVR_TRY(read_rows(l, &r));
    l->bytes += cvr_stream_offset(r.in);
    if (*r.note && !r.quiet)
        cvr_note(CVR_LOG_NOTE, "%s: %s", r.path, r.note);
done:
    if (l->label_file.sibling)
        cvr_label_file_close(&l->label_file);
    cvr_reader_close(&r);
    return status;
}

/* ---- all files -------------------------------------------------------------------- */

cvr_status cvr_loader_pass(cvr_loader *l, int64_t from, int64_t to)
{
    cvr_status status = CVR_OK;
    l->from = from;
    l->to = to;
    l->rows = l->bytes = l->entries = l->numbers = l->tiny = l->dropped = 0;
    for (int i = 0; i < l->how->path_count && !full(l); i++)
        CVR_TRY(read_file(l, l->how->paths[i]));
    if (l->label_file.reader.in && !full(l))
        CVR_TRY(cvr_label_file_end(&l->label_file, l->source));
done:
    cvr_label_file_close(&l->label_file);
    return status;
}

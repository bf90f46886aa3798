/* Files to a data set. One process alone reads once; of several each reads twice: first
   to learn the number of rows and the classes, then to keep its own block. All see the
   same files, so all find the same classes, width and blocks without a message. */
#include "data/load.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "data/assemble.h"
#include "data/dataset.h"
#include "data/number.h"

/* "the target", with its name where it has one. */
static const char *target_name(const cvr_loader *l, char name[CVR_QUOTE_SIZE + 16])
{
    char quoted[CVR_QUOTE_SIZE];
    const cvr_columns *c = &l->table.columns;
    bool named = !l->how->labels && c->targets == 1 && c->target[0].name;
    snprintf(name, CVR_QUOTE_SIZE + 16, "the target%s%s", named ? " " : "",
             named ? cvr_quote(c->target[0].name, quoted) : "");
    return name;
}

/* What all rows say, whoever keeps them. */
static cvr_status settle(cvr_loader *l)
{
    cvr_status status = CVR_OK;
    char name[CVR_QUOTE_SIZE + 16];
    if (l->dropped && !l->again)
        cvr_note(CVR_LOG_NOTE, "%s: %lld row%s without a value left out", l->source,
                 (long long)l->dropped, l->dropped == 1 ? "" : "s");
    if (l->rows == 0)
        CVR_FAIL(CVR_BAD_DATA, "%s: no rows%s", l->source,
                 l->labels.wanted ? " of these classes" : "");
    if (l->parts)
        CVR_TRY(cvr_parts_check(l->parts, l->rows));
    if (l->targets != 1)
        l->labels.task = CVR_REGRESS;
    CVR_TRY(cvr_labels_settle(&l->labels, l->source, target_name(l, name)));
    if (l->table.given)
        cvr_scan_note(&l->table.scan, l->source);
done:
    return status;
}

/* Several processes: what the files have, and then the own block of it. */
static cvr_status read_again(cvr_loader *l, int rank, int size, int64_t *first)
{
    cvr_status status = CVR_OK;
    int64_t rows = l->rows, entries = l->entries;
    cvr_mat none = {0};
    l->again = true;
    if (!l->table.learned && cvr_scan_again(&l->table.scan))
        CVR_TRY(cvr_loader_pass(l, INT64_MAX, INT64_MAX));
    CVR_TRY(cvr_table_settle(&l->table, l->source, &none));
    l->features = l->features < 0 || !l->table.known ? l->features : 0;
    *first = cvr_block_begin(rows, rank, size);
    CVR_TRY(cvr_loader_pass(l, *first, cvr_block_begin(rows, rank + 1, size)));
    l->rows = rows;
    l->entries = entries;
done:
    return status;
}

static cvr_status read_block(cvr_loader *l, int rank, int size, cvr_dataset **data)
{
    cvr_status status = CVR_OK;
    int64_t first = 0;
    CVR_TRY(cvr_loader_pass(l, size == 1 ? 0 : INT64_MAX, INT64_MAX));
    CVR_TRY(settle(l));
    if (size > 1)
        CVR_TRY(read_again(l, rank, size, &first));
    CVR_TRY(cvr_loader_assemble(l, first, data));
done:
    return status;
}

static cvr_status name_source(cvr_loader *l)
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

enum { FILTERS = 400 };

static cvr_status load(const cvr_load *how, const cvr_parts *parts, int rank, int size,
                       cvr_dataset **data)
{
    cvr_status status = CVR_OK;
    cvr_loader l = {.how = how, .parts = parts, .least = INT64_MAX, .most = -1};
    l.buffer.type = how->type;
    l.labels.task = how->task;
    l.shape.bias = CVR_BIAS_NONE;
    l.shape.gray = how->gray;
    l.shape.new_height = how->new_height;
    l.shape.new_width = how->new_width;
    l.shape.descriptor = how->descriptor;
    l.shape.mirror = how->mirror;
    l.shape.filters = how->filters ? how->filters : FILTERS;
    l.shape.seed = how->seed;
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
    cvr_label_file_free(&l.label_file);
    cvr_row_buffer_free(&l.buffer);
    cvr_release(l.y);
    cvr_release(l.source);
    return status;
}

cvr_status cvr_load_block(const cvr_load *how, int rank, int size, cvr_dataset **data)
{
    return load(how, NULL, rank, size, data);
}

cvr_status cvr_load_parts(const cvr_load *how, const cvr_parts *parts, cvr_dataset **data)
{
    return load(how, parts, 0, 1, data);
}

/* Rows to a file: csv, npy or libsvm, compressed when its name ends in .gz. What is
   written reads back to the same bits (csv, libsvm: shortest digits that do). Prepared
   data are written without the bias column. */
#include "data/save.h"

#include <string.h>

#include "base/bytes.h"
#include "data/dataset.h"
#include "data/sink.h"
#include "data/sparse.h"
#include "data/written.h"

typedef struct format {
    const char *name;
    const cvr_written_format *as;
} format;

#define ROW(name) {#name, &cvr_written_##name},
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

static cvr_status choose(const char *path, const char *name, const cvr_written_format **f,
                         bool *gz)
{
    size_t length = strlen(path);
    if (!name && strcmp(path, "-") == 0)
        name = formats[0].name;
    *gz = ends_with(path, length, ".gz");
    length -= *gz ? 3 : 0;
    for (int k = 0; k < FORMATS; k++)
        if (name ? strcmp(formats[k].name, name) == 0
                 : ends_with(path, length, formats[k].as->endings)) {
            *f = formats[k].as;
            return CVR_OK;
        }
    return no_format(path, name);
}

struct cvr_saver {
    const cvr_written_format *format;
    cvr_sink sink;
    cvr_line line;
    cvr_written table;
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
    cvr_status status = cvr_sink_put(&s->sink, s->line.text, (size_t)s->line.used);
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
    s->table = (cvr_written){.data = like,
                             .rows = rows,
                             .features = like->X.cols - ones,
                             .targets = like->classes ? 1 : like->outputs};
    CVR_TRY(
        cvr_alloc(s->table.features, sizeof *s->table.x, "a row", (void **)&s->table.x));
    CVR_TRY(list_items(like, s));
    CVR_TRY(choose(path, name, &s->format, &compress));
    CVR_TRY(cvr_sink_open(path, compress, &s->sink));
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
    CVR_TRY(cvr_sink_commit(&s->sink));
done:
    return status;
}

void cvr_saver_close(cvr_saver *s)
{
    if (!s)
        return;
    cvr_sink_close(&s->sink);
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

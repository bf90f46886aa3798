/* One column of a CSV file as texts: names of rows, for the lines of predictions. */
#include <cvxrelu/data.h>

#include "base/bytes.h"
#include "data/reader.h"

void cvr_texts_free(cvr_texts *t)
{
    for (int64_t i = 0; i < t->count; i++)
        cvr_release(t->item[i]);
    cvr_release(t->item);
    cvr_release(t->name);
    *t = (cvr_texts){0};
}

static cvr_status append(cvr_texts *t, int64_t *room, const char *text)
{
    cvr_status status = CVR_OK;
    if (t->count == *room) {
        int64_t more = *room > 0 ? cvr_times(2, *room) : 1024;
        CVR_TRY(cvr_grow((void **)&t->item, more, sizeof *t->item, "names of rows"));
        *room = more;
    }
    CVR_TRY(cvr_text_copy(text ? text : "", &t->item[t->count]));
    t->count++;
done:
    return status;
}

static cvr_status check(const cvr_reader *r, const char *column)
{
    if (r->format != &cvr_format_csv)
        return cvr_fail(CVR_USAGE,
                        "%s: only rows of CSV files have names, and this is %s", r->path,
                        r->format->about);
    if (r->targets != 1)
        return cvr_fail(CVR_USAGE, "'%s' is not one column", column);
    return CVR_OK;
}

/* The reader takes the column for the target, whose texts it leaves as they are. */
static cvr_status read_file(const cvr_load *how, const char *path, const char *column,
                            cvr_texts *t, int64_t *room)
{
    cvr_table table = {0};
    cvr_reader r = {.target = column,
                    .dialect = cvr_reader_dialect(how),
                    .drops = true, /* what counts as missing is a name like any */
                    .table = &table,
                    .quiet = true};
    cvr_row row = {0};
    bool end = false;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_reader_open(&r, path, how->format));
    CVR_TRY(check(&r, column));
    if (!t->name && table.columns.targets == 1 && table.columns.target[0].name)
        CVR_TRY(cvr_text_copy(table.columns.target[0].name, &t->name));
    for (r.skim = true; how->rows == 0 || t->count < how->rows;) {
        CVR_TRY(cvr_reader_next(&r, &row, &end));
        if (end)
            break;
        CVR_TRY(append(t, room, row.label));
    }
done:
    cvr_reader_close(&r);
    cvr_table_close(&table);
    return status;
}

cvr_status cvr_texts_read(const cvr_load *how, const char *column, cvr_texts *t)
{
    int64_t room = 0;
    cvr_status status = CVR_OK;
    *t = (cvr_texts){0};
    for (int i = 0; i < how->path_count; i++)
        CVR_TRY(read_file(how, how->paths[i], column, t, &room));
done:
    if (status != CVR_OK)
        cvr_texts_free(t);
    return status;
}

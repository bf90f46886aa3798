/* Labels in a file of their own: the one that is named, or a sibling of the images. */
#include "data/label_file.h"

#include "base/bytes.h"
#include "data/sibling_labels.h"

static cvr_status no_labels(const char *path)
{
    cvr_fail(CVR_BAD_DATA, "%s: no labels in the file or next to it", path);
    cvr_hint("give the file of labels (--labels FILE), or --target none");
    return CVR_BAD_DATA;
}

cvr_status cvr_label_file_open(cvr_label_file *l, const cvr_load *how, const char *path,
                               bool quiet)
{
    cvr_status status = CVR_OK;
    const char *name = how->labels;
    if (l->reader.in)
        return CVR_OK;
    if (!name) {
        CVR_TRY(cvr_sibling_labels(path, &l->sibling));
        name = l->sibling;
    }
    if (!name && how->maybe_unlabelled)
        return CVR_OK;
    if (!name)
        return no_labels(cvr_stream_name(path));
    l->reader = (cvr_reader){.libsvm_base = 1,
                             .dialect = cvr_reader_dialect(how),
                             .table = &l->table,
                             .quiet = quiet};
    CVR_TRY(cvr_reader_open(&l->reader, name, NULL));
    if (l->reader.features != 0)
        CVR_FAIL(CVR_BAD_DATA, "%s: this is not a file of labels: it has feature columns",
                 name);
done:
    return status;
}

static cvr_status next(cvr_label_file *l, cvr_row *row, bool *end)
{
    cvr_row label = {0};
    cvr_status status = cvr_reader_next(&l->reader, &label, end);
    row->target = label.target;
    row->label = label.label;
    return status;
}

cvr_status cvr_label_file_next(cvr_label_file *l, const char *path, cvr_row *row)
{
    bool end = false;
    cvr_status status = next(l, row, &end);
    if (status == CVR_OK && end)
        return cvr_fail(CVR_BAD_DATA, "%s: fewer labels than %s has rows", l->reader.path,
                        path);
    return status;
}

cvr_status cvr_label_file_end(cvr_label_file *l, const char *path)
{
    cvr_row row = {0};
    bool end = true;
    cvr_status status = next(l, &row, &end);
    if (status == CVR_OK && !end)
        return cvr_fail(CVR_BAD_DATA, "%s: more labels than %s has rows", l->reader.path,
                        path);
    return status;
}

void cvr_label_file_close(cvr_label_file *l)
{
    cvr_reader_close(&l->reader);
    cvr_release(l->sibling);
    l->sibling = NULL;
}

void cvr_label_file_free(cvr_label_file *l)
{
    cvr_label_file_close(l);
    cvr_table_close(&l->table);
}

/* X and y side by side. */
#include "data/pair.h"

#include <stdio.h>

#include "base/bytes.h"
#include "data/targets.h"

static cvr_status fit(const cvr_pair *p)
{
    const cvr_file_array *X = &p->X, *y = &p->y;
    if (y->rows == 0 || y->rows == X->rows)
        return CVR_OK;
    return cvr_fail(CVR_BAD_DATA, "%s: %s%lld rows, %s%lld", X->path, X->name,
                    (long long)X->rows, y->name, (long long)y->rows);
}

static void set_images(cvr_reader *r, const cvr_file_array *X)
{
    r->channels = X->channels;
    r->height = X->height;
    r->width = X->width;
    if (X->channels_last && !X->columnwise)
        snprintf(r->note, sizeof r->note,
                 "images of height x width x channels: %d x %d x %d", X->height, X->width,
                 X->channels);
}

cvr_status cvr_pair_open(cvr_reader *r, cvr_pair *p, const char *target)
{
    cvr_status status = CVR_OK;
    cvr_file_array *X = &p->X, *y = &p->y;
    CVR_TRY(fit(p));
    CVR_TRY(cvr_alloc(X->columns, sizeof *p->place, "columns", (void **)&p->place));
    CVR_TRY(cvr_alloc(X->columns, sizeof *p->value, "a row", (void **)&p->value));
    int64_t targets = y->rows > 0 ? y->columns : X->columns;
    CVR_TRY(cvr_alloc(targets, sizeof *p->target, "targets", (void **)&p->target));
    CVR_TRY(cvr_select_targets(y->rows > 0 ? "none" : target, X->columns, NULL, r->path,
                               p->place, &r->targets));
    r->features = X->columns - r->targets;
    if (r->targets == 0)
        set_images(r, X);
    if (y->rows > 0)
        r->targets = (int)y->columns;
done:
    return status;
}

/* The row's columns: features to the front, targets to their places. */
static void part(cvr_pair *p)
{
    int64_t feature = 0;
    for (int64_t j = 0; j < p->X.columns; j++)
        if (p->place[j] >= 0)
            p->target[p->place[j]] = p->value[j];
        else
            p->value[feature++] = p->value[j];
}

cvr_status cvr_pair_next(cvr_reader *r, cvr_pair *p, cvr_row *row, bool *end)
{
    cvr_status status = CVR_OK;
    bool separate = p->y.rows > 0;
    bool idle = r->skim && (separate || r->targets == 0);
    *end = p->X.row == p->X.rows;
    if (*end) {
        CVR_TRY(cvr_file_array_end(&p->X));
        return separate ? cvr_file_array_end(&p->y) : CVR_OK;
    }
    if (idle)
        cvr_file_array_skip(&p->X);
    else
        CVR_TRY(cvr_file_array_next(&p->X, p->value));
    if (separate)
        CVR_TRY(cvr_file_array_next(&p->y, p->target));
    else if (r->targets > 0)
        part(p);
    *row = (cvr_row){.count = r->features, .value = p->value, .target = p->target};
done:
    return status;
}

void cvr_pair_close(cvr_pair *p)
{
    if (!p)
        return;
    cvr_file_array_close(&p->X);
    cvr_file_array_close(&p->y);
    for (int i = 0; i < 2; i++)
        cvr_stream_close(p->own[i]);
    cvr_release(p->place);
    cvr_release(p->value);
    cvr_release(p->target);
    cvr_release(p);
}

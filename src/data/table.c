/* Files are matched to columns, columns are scanned. */
#include "data/table.h"

#include "data/settle.h"

/* A file that is just as wide as a model without columns has no target. */
static cvr_status bare_target(const cvr_table *t, const cvr_header_row *h,
                              const char **target)
{
    int64_t features = 0;
    *target = h->target;
    if (!t->like || h->target)
        return CVR_OK;
    features = h->count == t->like->raw_features ? h->count : t->like->features;
    if (h->count != features)
        return CVR_OK;
    *target = "none";
    if (h->optional)
        return CVR_OK;
    cvr_fail(CVR_BAD_DATA, "%s: its %lld columns are the features: there is no target",
             h->path, (long long)h->count);
    cvr_hint("--target none reads rows without targets");
    return CVR_BAD_DATA;
}

static cvr_status place_first(cvr_table *t, cvr_header_row h, cvr_place *place,
                              int *targets)
{
    cvr_status status = CVR_OK;
    CVR_TRY(bare_target(t, &h, &h.target));
    CVR_TRY(cvr_match_first(&h, &t->columns, place));
    t->known = true;
    for (int64_t j = 0; j < t->columns.count; j++) {
        t->columns.item[j].missing = t->missing;
        t->columns.item[j].indicator = t->indicator;
    }
    CVR_TRY(cvr_scan_open(&t->scan, &t->columns, true));
    *targets = h.unlabelled ? 0 : t->columns.targets;
done:
    return status;
}

/* Of files that are appended the first has decided on the targets. */
cvr_status cvr_table_place(cvr_table *t, const cvr_header_row *h, cvr_place *place,
                           int *targets)
{
    cvr_status status = CVR_OK;
    cvr_header_row known = *h;
    if (!t->known)
        return place_first(t, *h, place, targets);
    if (!t->given)
        known.target = NULL;
    CVR_TRY(cvr_match_known(&known, &t->columns, place, targets));
    if (!t->scan.of)
        CVR_TRY(cvr_scan_open(&t->scan, &t->columns, false));
done:
    return status;
}

cvr_status cvr_table_like(cvr_table *t, const cvr_transform *like)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_columns_copy(&like->columns, &t->columns));
    t->given = t->known = t->learned = t->columns.count > 0;
    t->like = t->given ? NULL : like;
    for (int64_t j = 0; t->missing == CVR_MISSING_DROP && j < t->columns.count; j++)
        t->columns.item[j].missing = CVR_MISSING_DROP;
done:
    return status;
}

cvr_status cvr_table_settle(cvr_table *t, const char *source, cvr_mat *X)
{
    cvr_status status = CVR_OK;
    if (t->learned || !t->scan.of)
        return CVR_OK;
    CVR_TRY(cvr_scan_settle(&t->scan, source, X));
    cvr_scan_close(&t->scan);
    t->learned = true;
done:
    return status;
}

void cvr_table_close(cvr_table *t)
{
    cvr_scan_close(&t->scan);
    cvr_columns_free(&t->columns);
    *t = (cvr_table){0};
}

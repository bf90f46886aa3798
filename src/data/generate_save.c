/* Generated rows on their way to a file: any number of them, a group in memory. */
#include "data/generate.h"
#include "data/save.h"

enum { GROUP = 4096 };

/* Rows from .. of what is asked, at most a group. */
static cvr_status make_group(const cvr_generate *what, int64_t from, cvr_dataset **data)
{
    cvr_generate part = *what;
    if (what->rows - from > GROUP)
        part.rows = GROUP;
    else
        part.rows = what->rows - from;
    part.first += from;
    return cvr_generate_block(&part, 0, 1, data);
}

cvr_status cvr_generate_save(const cvr_generate *what, const char *path,
                             const char *format, cvr_dataset **sample)
{
    cvr_status status = CVR_OK;
    cvr_saver *saver = NULL;
    cvr_dataset *group = NULL;
    *sample = NULL;
    if (what->first >= 0 && what->rows > INT64_MAX - what->first)
        CVR_FAIL(CVR_USAGE, "cannot generate %lld rows from row %lld",
                 (long long)what->rows, (long long)what->first);
    CVR_TRY(make_group(what, 0, sample));
    CVR_TRY(cvr_saver_open(*sample, what->rows, path, format, &saver));
    CVR_TRY(cvr_saver_add(saver, *sample));
    for (int64_t i = GROUP; i < what->rows; i += GROUP) {
        CVR_TRY(make_group(what, i, &group));
        CVR_TRY(cvr_saver_add(saver, group));
        cvr_dataset_free(group);
        group = NULL;
    }
    CVR_TRY(cvr_saver_commit(saver));
done:
    cvr_dataset_free(group);
    cvr_saver_close(saver);
    if (status != CVR_OK) {
        cvr_dataset_free(*sample);
        *sample = NULL;
    }
    return status;
}

/* What becomes of raw rows: copying and freeing. */
#include <string.h>

#include <cvxrelu/data.h>

#include "data/columns.h"
#include "data/transform.h"

const char *cvr_bias_name(cvr_bias bias)
{
    static const char *const names[] = {"free", "penalised", "none"};
    return (unsigned)bias < sizeof names / sizeof *names ? names[bias] : "unknown";
}

static cvr_status copy_mat(cvr_mat from, cvr_mat *to)
{
    *to = (cvr_mat){0};
    if (!from.data)
        return CVR_OK;
    cvr_status status = cvr_mat_new(from.device, from.type, from.rows, from.cols, to);
    if (status == CVR_OK)
        cvr_copy(*to, from);
    return status;
}

cvr_status cvr_transform_copy(const cvr_transform *from, cvr_transform *to)
{
    cvr_status status = CVR_OK;
    *to = *from;
    to->shift = to->scale = (cvr_mat){0};
    memset(to->layer, 0, sizeof to->layer);
    to->columns = (cvr_columns){0};
    CVR_TRY(cvr_columns_copy(&from->columns, &to->columns));
    CVR_TRY(copy_mat(from->shift, &to->shift));
    CVR_TRY(copy_mat(from->scale, &to->scale));
    for (int k = 0; k < CVR_LAYERS; k++) {
        CVR_TRY(copy_mat(from->layer[k].W, &to->layer[k].W));
        CVR_TRY(copy_mat(from->layer[k].c, &to->layer[k].c));
    }
done:
    if (status != CVR_OK)
        cvr_transform_free(to);
    return status;
}

void cvr_transform_free(cvr_transform *t)
{
    cvr_mat_free(&t->shift);
    cvr_mat_free(&t->scale);
    for (int k = 0; k < CVR_LAYERS; k++) {
        cvr_mat_free(&t->layer[k].W);
        cvr_mat_free(&t->layer[k].c);
    }
    cvr_columns_free(&t->columns);
    *t = (cvr_transform){0};
}

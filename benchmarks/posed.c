/* What programs that measure share: a problem posed to a method's inner parts. */
#include "posed.h"
#include "data/dataset.h"
#include "data/from_arrays.h"

#include <error.h>

void must(cvr_status status)
{
    if (status != CVR_OK)
        error((int)status, 0, "%s", cvr_last_error());
}

void pose_begin(posed *p, const char *method)
{
    must(cvr_comm_open("serial", &p->comm));
    must(cvr_settings_new(method, &p->settings));
}

void pose_data(posed *p, cvr_mat X, cvr_mat Y, cvr_task task)
{
    must(cvr_dataset_from_matrix(X, Y, task, p->comm, &p->data));
    must(cvr_dataset_fit_transform(p->data, CVR_NORMALIZE_NONE, CVR_BIAS_PENALISED,
                                   p->comm));
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
}

void pose_problem(posed *p)
{
    p->problem = (cvr_problem){.X = p->data->X,
                               .Y = p->data->Y,
                               .rows = p->data->rows,
                               .train = p->data,
                               .comm = p->comm,
                               .settings = p->settings,
                               .phases = p->phases,
                               .seed = 1};
}

void pose_end(posed *p)
{
    cvr_dataset_free(p->data);
    cvr_settings_free(p->settings);
    cvr_comm_free(p->comm);
}

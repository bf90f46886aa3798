/* Loading on all processes together, and matrices that every process has whole. */
#include "data/load_shared.h"

#include "base/bytes.h"
#include "data/columns_note.h"
#include "data/load.h"
#include "data/load_nodes.h"
#include "data/split.h"
#include "data/weights.h"

cvr_status cvr_mat_read(const char *path, cvr_type type, cvr_mat *A)
{
    cvr_dataset *d = NULL;
    cvr_load how = {.paths = &path, .path_count = 1, .target = "none", .type = type};
    *A = (cvr_mat){0};
    cvr_status status = cvr_load_block(&how, 0, 1, &d);
    if (status == CVR_OK)
        status = cvr_dataset_make_dense(d);
    for (int64_t j = 0; status == CVR_OK && j < d->transform.columns.count; j++)
        if (d->transform.columns.item[j].kind == CVR_COLUMN_CATEGORY)
            status = cvr_fail(CVR_BAD_DATA, "%s: its column %lld is not numbers", path,
                              (long long)j + 1);
    if (status == CVR_OK) {
        *A = d->X;
        d->X = (cvr_mat){0};
    }
    cvr_dataset_free(d);
    return status;
}

/* Weights of rows, and of classes by name. */
static cvr_status weigh(const cvr_load *how, cvr_dataset *data)
{
    cvr_mat A = {0};
    cvr_status status = CVR_OK;
    if (how->weights) {
        CVR_TRY(cvr_weights_in_file(how) ? cvr_mat_read(how->weights, CVR_DOUBLE, &A)
                                         : cvr_weights_column(how, &A));
        CVR_TRY(cvr_weights_set(how, A, data));
    }
    if (how->class_weights)
        CVR_TRY(cvr_text_copy(how->class_weights, &data->class_weights));
done:
    cvr_mat_free(&A);
    return status;
}

cvr_status cvr_dataset_load(const cvr_load *how, cvr_comm *comm, cvr_dataset **data)
{
    cvr_load mine = *how;
    char *ignored = NULL;
    mine.comm = comm;
    int rank = cvr_comm_rank(comm), size = cvr_comm_size(comm);
    cvr_status status = cvr_weights_ignore(how, &ignored);
    if (ignored)
        mine.ignore = ignored;
    if (status == CVR_OK)
        status = cvr_load_has_nodes(how) ? cvr_load_nodes(&mine, rank, size, data)
                                         : cvr_load_block(&mine, rank, size, data);
    if (status == CVR_OK)
        status = weigh(how, *data);
    else if (ignored)
        status = cvr_weights_explain(how, status);
    cvr_release(ignored);
    status = cvr_allreduce_status(comm, status);
    if (status == CVR_OK && (*data)->W.data)
        status = cvr_dataset_drop_weightless(*data, comm);
    if (status == CVR_OK && !how->like)
        status = cvr_columns_note(*data, comm);
    if (status != CVR_OK) {
        cvr_dataset_free(*data);
        *data = NULL;
    }
    return status;
}

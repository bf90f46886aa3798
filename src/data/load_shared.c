/* Loading on all processes together, and matrices that every process has whole. */
#include "data/load_shared.h"
#include "data/columns_note.h"
#include "data/load.h"
#include "data/load_nodes.h"

cvr_status cvr_dataset_load(const cvr_load *how, cvr_comm *comm, cvr_dataset **data)
{
    cvr_load mine = *how;
    mine.comm = comm;
    int rank = cvr_comm_rank(comm), size = cvr_comm_size(comm);
    cvr_status status = cvr_load_has_nodes(how) ? cvr_load_nodes(&mine, rank, size, data)
                                                : cvr_load_block(&mine, rank, size, data);
    status = cvr_allreduce_status(comm, status);
    if (status == CVR_OK && !how->like)
        status = cvr_columns_note(*data, comm);
    if (status != CVR_OK) {
        cvr_dataset_free(*data);
        *data = NULL;
    }
    return status;
}

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

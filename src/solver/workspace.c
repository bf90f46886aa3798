/* One list, served three times: bytes, addresses, checkpoints. */
#include "solver/workspace.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "base/machine.h"
#include "linalg/backend.h"
#include "solver/archive_state.h"

typedef enum kind { MATRIX, GIVEN, REALS, RESIDUAL, INTEGER, SWITCH, CHOICE } kind;

struct cvr_entry {
    kind kind;
    cvr_mark mark;
    char name[64];
    void *at; /* cvr_mat, double, cvr_residual, int64_t, bool; of GIVEN its matrix */
    int64_t rows, cols, offset; /* of a matrix; offset in the memory */
    cvr_type type;
    int64_t first; /* of rows */
    bool gives;
    int64_t (*used)(const void *of, int64_t j); /* NULL: all of each column */
    const void *of;
    int64_t least, most; /* of an integer; most: count of reals */
    const char *text;    /* of GIVEN what it is; of CHOICE the choice */
    cvr_checksum sum;    /* of GIVEN, when it is summed */
    bool summed;
};

/* ---- the list ---------------------------------------------------------------------- */

void cvr_workspace_init(cvr_workspace *w, const cvr_backend *device, cvr_type type,
                        const char *what)
{
    *w = (cvr_workspace){.device = device, .type = type, .what = what};
}

void cvr_workspace_push(cvr_workspace *w, const char *part, int64_t index)
{
    cvr_scope_push(w->part, sizeof w->part, part, index);
}

void cvr_workspace_pop(cvr_workspace *w)
{
    cvr_scope_pop(w->part);
}

static void add(cvr_workspace *w, const char *name, cvr_entry e)
{
    if (w->status == CVR_OK)
        w->status = cvr_grow((void **)&w->list, w->count + 1, sizeof e, "a workspace");
    if (w->status != CVR_OK)
        return;
    int length = snprintf(e.name, sizeof e.name, "%s%s", w->part, name ? name : "");
    CVR_ASSERT((size_t)length < sizeof e.name && (name || e.mark == CVR_SCRATCH));
    w->list[w->count++] = e;
}

/* The sum of both, a multiple of 64; -1 when one is or it cannot be counted. */
static int64_t plus(int64_t bytes, int64_t more)
{
    enum { ALIGNED = 64 };
    int64_t sum;
    if (bytes < 0 || more < 0 || __builtin_add_overflow(bytes, more, &sum) ||
        sum > INT64_MAX - ALIGNED)
        return -1;
    return (sum + ALIGNED - 1) / ALIGNED * ALIGNED;
}

static void lay(cvr_workspace *w, cvr_mark mark, const char *name, cvr_mat *A,
                cvr_type type, int64_t rows, int64_t cols)
{
    add(w, name,
        (cvr_entry){.kind = MATRIX,
                    .mark = mark,
                    .at = A,
                    .rows = rows,
                    .cols = cols,
                    .type = type,
                    .offset = w->bytes});
    w->bytes = plus(w->bytes, cvr_mat_bytes(type, rows, cols));
}

void cvr_lay(cvr_workspace *w, cvr_mark mark, const char *name, cvr_mat *A, int64_t rows,
             int64_t cols)
{
    lay(w, mark, name, A, w->type, rows, cols);
}

void cvr_lay_double(cvr_workspace *w, cvr_mark mark, const char *name, cvr_mat *A,
                    int64_t rows, int64_t cols)
{
    lay(w, mark, name, A, CVR_DOUBLE, rows, cols);
}

/* Of the entry listed last; there is none after a failure. */
static void set_share(cvr_workspace *w, int64_t first, bool gives)
{
    if (w->status != CVR_OK)
        return;
    w->list[w->count - 1].first = first;
    w->list[w->count - 1].gives = gives;
}

void cvr_lay_rows_of(cvr_workspace *w, const char *name, cvr_mat *A, int64_t rows,
                     int64_t cols, int64_t first, bool gives)
{
    lay(w, CVR_ROWS_OF, name, A, w->type, rows, cols);
    set_share(w, first, gives);
}

void cvr_lay_total(cvr_workspace *w, const char *name, cvr_mat *A, cvr_type type,
                   int64_t rows, int64_t cols, bool gives)
{
    lay(w, CVR_TOTAL, name, A, type, rows, cols);
    set_share(w, 0, gives);
}

void cvr_lay_used(cvr_workspace *w, int64_t (*used)(const void *of, int64_t j),
                  const void *of)
{
    if (w->status != CVR_OK)
        return;
    w->list[w->count - 1].used = used;
    w->list[w->count - 1].of = of;
}

void cvr_lay_scratch(cvr_workspace *w, cvr_type type, int64_t rows, int64_t cols,
                     cvr_mat *const *list)
{
    for (; *list; list++)
        lay(w, CVR_SCRATCH, NULL, *list, type, rows, cols);
}

void cvr_lay_passing(cvr_workspace *w, int64_t rows, int64_t cols)
{
    w->passing = plus(w->passing, cvr_mat_bytes(w->type, rows, cols));
}

cvr_status cvr_lay_array(cvr_workspace *w, void **p, int64_t count, size_t size)
{
    cvr_status status = CVR_OK;
    *p = NULL;
    CVR_TRY(w->status);
    CVR_TRY(cvr_grow((void **)&w->arrays, w->array_count + 1, sizeof *w->arrays,
                     "a workspace"));
    CVR_TRY(cvr_alloc(count, size, w->what, p));
    w->arrays[w->array_count++] = *p;
done:
    w->status = status;
    return status;
}

void cvr_lay_reals(cvr_workspace *w, const char *name, double *x, int64_t count)
{
    add(w, name, (cvr_entry){.kind = REALS, .at = x, .most = count});
}

void cvr_lay_real(cvr_workspace *w, const char *name, double *x)
{
    cvr_lay_reals(w, name, x, 1);
}

void cvr_lay_residual(cvr_workspace *w, const char *name, cvr_residual *r)
{
    add(w, name, (cvr_entry){.kind = RESIDUAL, .at = r});
}

void cvr_lay_integer(cvr_workspace *w, const char *name, int64_t *x, int64_t least,
                     int64_t most)
{
    add(w, name, (cvr_entry){.kind = INTEGER, .at = x, .least = least, .most = most});
}

void cvr_lay_count(cvr_workspace *w, const char *name, int64_t *x)
{
    cvr_lay_integer(w, name, x, 0, CVR_ARCHIVE_LARGEST);
}

void cvr_lay_switch(cvr_workspace *w, const char *name, bool *x)
{
    add(w, name, (cvr_entry){.kind = SWITCH, .at = x});
}

void cvr_lay_given(cvr_workspace *w, cvr_mark mark, const char *name, const char *what,
                   const cvr_mat *A)
{
    add(w, name, (cvr_entry){.kind = GIVEN, .mark = mark, .at = (void *)A, .text = what});
}

void cvr_lay_choice(cvr_workspace *w, const char *option, const char *choice)
{
    add(w, option, (cvr_entry){.kind = CHOICE, .text = choice});
}

/* ---- memory ------------------------------------------------------------------------ */

/* Bytes that are free where the matrices will be; each process may have a device of its
   own, and those of a machine share its memory. */
static int64_t available(const cvr_workspace *w)
{
    return w->device->available ? w->device->available() : cvr_memory_available();
}

static int sharers(const cvr_workspace *w, const cvr_comm *comm)
{
    return w->device->available ? 1 : cvr_comm_node_size(comm);
}

bool cvr_workspace_fits(const cvr_workspace *w, const cvr_comm *comm)
{
    int64_t bytes = plus(w->bytes, w->passing);
    return bytes >= 0 && bytes <= available(w) / sharers(w, comm);
}

/* A gibibyte, or a tenth of what is there, is worth a line to all who listen. For less
   than a mebibyte the question would take longer than what it is for: pruning takes such
   a workspace in every round. */
static cvr_status check(const cvr_workspace *w, cvr_comm *comm, bool worth_a_line)
{
    int64_t bytes = plus(w->bytes, w->passing);
    if (w->status != CVR_OK || (bytes >= 0 && bytes < 1 << 20))
        return cvr_allreduce_status(comm, w->status);
    int64_t most = available(w);
    double gib = (double)bytes / (1 << 30), have = (double)most / (1 << 30);
    bool much = worth_a_line && (bytes >= 1 << 30 || bytes >= most / 10);
    cvr_status own = CVR_OK;
    if (bytes < 0)
        own =
            cvr_fail(CVR_NO_MEMORY, "%s needs more memory than can be counted", w->what);
    else if (!cvr_workspace_fits(w, comm))
        own = cvr_fail(CVR_NO_MEMORY,
                       "%s needs %.1f GiB a process, and %.1f GiB are free%s", w->what,
                       gib, have, sharers(w, comm) > 1 ? " for all processes here" : "");
    else
        cvr_note(much ? CVR_LOG_NOTE : CVR_LOG_DETAIL,
                 "memory: %s needs %.2g GiB, %.1f GiB are free", w->what, gib, have);
    return cvr_allreduce_status(comm, own);
}

cvr_status cvr_workspace_check(const cvr_workspace *w, cvr_comm *comm)
{
    return check(w, comm, false);
}

/* Memory that begins at a multiple of 64, somewhere in its first 64 bytes. */
static cvr_status allocate(cvr_workspace *w)
{
    return cvr_mat_new(w->device, CVR_DOUBLE, w->bytes / 8 + 8, 1, &w->memory);
}

static void make_matrices(cvr_workspace *w)
{
    char *data = w->memory.data;
    data += -(uintptr_t)data % 64;
    for (cvr_entry *e = w->list; e < w->list + w->count; e++)
        if (e->kind == MATRIX)
            *(cvr_mat *)e->at = (cvr_mat){e->rows, e->cols,   e->rows,
                                          e->type, w->device, data + e->offset};
}

cvr_status cvr_workspace_take(cvr_workspace *w, cvr_comm *comm)
{
    cvr_status status = CVR_OK;
    CVR_TRY(check(w, comm, true));
    CVR_TRY(cvr_allreduce_status(comm, allocate(w)));
    make_matrices(w);
done:
    return status;
}

void cvr_workspace_free(cvr_workspace *w)
{
    cvr_mat_free(&w->memory);
    for (int64_t i = 0; i < w->array_count; i++)
        cvr_release(w->arrays[i]);
    cvr_release(w->arrays);
    cvr_release(w->list);
    *w = (cvr_workspace){0};
}

/* ---- checkpoints ------------------------------------------------------------------- */

static cvr_status serialize_given(cvr_entry *e, cvr_archive *a)
{
    const cvr_mat *A = e->at;
    cvr_comm *comm = e->mark == CVR_ROWS ? a->comm : NULL;
    cvr_status status = CVR_OK;
    if (!e->summed)
        CVR_TRY(cvr_allreduce_status(
            a->comm, cvr_checksum_of(*A, comm ? a->first : 0, comm, &e->sum)));
    e->summed = true;
    cvr_archive_checksum(a, e->name, e->text, &e->sum, A->type);
done:
    return status;
}

static void serialize_matrix(cvr_entry *e, cvr_archive *a)
{
    cvr_mat A = *(cvr_mat *)e->at;
    CVR_ASSERT(A.rows == e->rows && A.cols == e->cols);
    if (e->mark == CVR_SHARED)
        cvr_archive_mat(a, e->name, A);
    else if (e->mark == CVR_ROWS)
        cvr_archive_rows(a, e->name, A);
    else if (e->mark == CVR_ROWS_OF)
        cvr_archive_rows_of(a, e->name, A, e->first, e->gives);
    else if (e->mark == CVR_TOTAL && e->used && a->copies)
        for (int64_t j = 0; j < A.cols; j++)
            cvr_archive_total(a, e->name, cvr_mat_part(A, 0, j, e->used(e->of, j), 1),
                              e->gives);
    else if (e->mark == CVR_TOTAL)
        cvr_archive_total(a, e->name, A, e->gives);
    else if (e->mark == CVR_PARTIAL)
        cvr_archive_partial_sums(a, e->name, A);
}

static cvr_status serialize(cvr_entry *e, cvr_archive *a)
{
    switch (e->kind) {
    case GIVEN:
        return serialize_given(e, a);
    case MATRIX:
        serialize_matrix(e, a);
        break;
    case REALS:
        cvr_archive_reals(a, e->name, e->at, e->most);
        break;
    case RESIDUAL:
        cvr_archive_residual(a, e->name, e->at);
        break;
    case INTEGER:
        cvr_archive_integer(a, e->name, e->at, e->least, e->most);
        break;
    case SWITCH:
        cvr_archive_switch(a, e->name, e->at);
        break;
    case CHOICE:
        cvr_archive_choice(a, e->name, e->text);
    }
    return CVR_OK;
}

cvr_status cvr_workspace_serialize(cvr_workspace *w, cvr_archive *a)
{
    cvr_status status = CVR_OK;
    for (cvr_entry *e = w->list; e < w->list + w->count; e++)
        CVR_TRY(serialize(e, a));
    CVR_TRY(cvr_archive_status(a));
done:
    return status;
}

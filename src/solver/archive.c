/* Matrices to and from a checkpoint, a strip of columns at a time. Process 0 has the
   file: when saving its failures stay its own until the end, since the others go on
   giving it their rows; when restoring they are shared at once. */
#include "solver/archive.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "linalg/ops.h"
#include "parallel/comm.h"
#include "solver/archive_state.h"

enum { STRIP = 1 << 17 }; /* numbers, unless a column has more */

cvr_status cvr_archive_new(cvr_archive *k, cvr_comm *comm, int64_t rows, int64_t first,
                           int64_t own)
{
    int64_t numbers = rows > STRIP ? rows : STRIP;
    *k = (cvr_archive){.comm = comm, .rows = rows, .first = first, .own = own};
    return cvr_mat_new(cvr_cpu(), CVR_DOUBLE, numbers, 1, &k->strip);
}

void cvr_archive_free(cvr_archive *k)
{
    cvr_mat_free(&k->strip);
}

bool cvr_archive_restoring(const cvr_archive *k)
{
    return k->keeping == CVR_RESTORING || k->keeping == CVR_RECALLING;
}

cvr_status cvr_archive_status(const cvr_archive *k)
{
    return k->status;
}

/* The first failure stays. */
static void note(cvr_archive *k, cvr_status status)
{
    if (k->status == CVR_OK)
        k->status = status;
}

static const char *path_of(const cvr_archive *k)
{
    return k->reader ? k->reader->file.path : "checkpoint";
}

cvr_status cvr_archive_end(cvr_archive *k)
{
    if (k->keeping == CVR_RESTORING && k->reader && k->status == CVR_OK &&
        cvr_safetensors_count(&k->reader->file) != k->kept)
        k->status =
            cvr_fail(CVR_BAD_DATA, "%s: it holds %d matrices and not %d", path_of(k),
                     cvr_safetensors_count(&k->reader->file), k->kept);
    return cvr_allreduce_status(k->comm, k->status);
}

/* ---- names ------------------------------------------------------------------------ */

void cvr_scope_push(char *scope, size_t size, const char *part, int64_t index)
{
    size_t used = strlen(scope), room = size - used;
    int length = index > 0 ? snprintf(scope + used, room, "%s%" PRId64 ".", part, index)
                           : snprintf(scope + used, room, "%s.", part);
    CVR_ASSERT((size_t)length < room);
}

void cvr_scope_pop(char *scope)
{
    size_t length = strlen(scope);
    CVR_ASSERT(length > 0);
    do
        scope[--length] = '\0';
    while (length > 0 && scope[length - 1] != '.');
}

void cvr_archive_push(cvr_archive *k, const char *part, int index)
{
    cvr_scope_push(k->part, sizeof k->part, part, index);
}

void cvr_archive_pop(cvr_archive *k)
{
    cvr_scope_pop(k->part);
}

static const char *full(const cvr_archive *k, const char *name, char text[128])
{
    snprintf(text, 128, "%s%s", k->part, name);
    return text;
}

/* ---- strips ----------------------------------------------------------------------- */

/* What is kept: own part of a matrix whose columns have `rows` entries in all, from
   `first` on (a matrix that is the same everywhere: all of them). */
typedef struct kept {
    const char *name;
    cvr_mat A;
    int64_t rows, first;
    bool split, any; /* any: NaN too */
    bool summed;     /* it is the sum of what is given */
    bool idle;       /* this process gives nothing */
} kept;

/* Rows i .. i + rows - 1 of some columns, in the strip's memory. */
static cvr_mat strip_of(const cvr_archive *k, cvr_type type, int64_t rows, int64_t cols)
{
    return (cvr_mat){rows, cols, rows, type, cvr_cpu(), k->strip.data};
}

static void check_numbers(cvr_archive *k, const kept *m, cvr_mat S)
{
    if (!m->any && isnan(cvr_min(S)))
        note(k,
             cvr_fail(k->keeping == CVR_SAVING ? CVR_NUMERICAL : CVR_BAD_DATA,
                      "%s: '%s' has an entry that is not a number", path_of(k), m->name));
}

static void put_strip(cvr_archive *k, const kept *m, cvr_mat part, cvr_mat S)
{
    if (m->split) {
        part.rows = m->idle ? 0 : part.rows;
        note(k, cvr_allgather(k->comm, part, S));
    } else if (m->summed) {
        cvr_copy(S, part);
        if (m->idle)
            cvr_fill(S, 0);
        note(k, cvr_allreduce(k->comm, S));
    } else if (k->writer) {
        cvr_copy(S, part);
    }
    if (!k->writer || k->status != CVR_OK)
        return;
    check_numbers(k, m, S);
    if (k->status == CVR_OK)
        note(k, cvr_checkpoint_put(k->writer, S.data,
                                   cvr_mat_bytes(S.type, S.rows, S.cols)));
}

static void get_strip(cvr_archive *k, const kept *m, cvr_mat part, cvr_mat S,
                      int64_t from)
{
    int64_t size = cvr_mat_bytes(S.type, S.rows, S.cols);
    if (k->reader) {
        note(k, cvr_checkpoint_get(k->reader, m->name, from, S.data, size));
        if (k->status == CVR_OK)
            check_numbers(k, m, S);
    }
    note(k, cvr_allreduce_status(k->comm, k->status));
    if (k->status == CVR_OK)
        note(k, cvr_broadcast(k->comm, S.data, (size_t)size));
    if (k->status == CVR_OK)
        cvr_copy(part, cvr_mat_part(S, m->split ? m->first : 0, 0, part.rows, S.cols));
}

/* Calls one of the two for columns j .. of rows i .. of the whole: many short columns at
   once, or a piece of a long one. Split columns always fit. */
static void each_strip(cvr_archive *k, const kept *m)
{
    int64_t most = k->strip.rows, rows = m->rows < most ? m->rows : most;
    int64_t cols = rows > 0 ? most / rows : 1, number = cvr_mat_bytes(m->A.type, 1, 1);
    for (int64_t j = 0; j < m->A.cols; j += cols)
        for (int64_t i = 0; i < m->rows; i += rows) {
            int64_t r = m->rows - i < rows ? m->rows - i : rows;
            int64_t c = m->A.cols - j < cols ? m->A.cols - j : cols;
            cvr_mat part = cvr_mat_part(m->A, i, j, m->split ? m->A.rows : r, c);
            cvr_mat S = strip_of(k, m->A.type, r, c);
            if (k->keeping == CVR_SAVING)
                put_strip(k, m, part, S);
            else if (k->status == CVR_OK)
                get_strip(k, m, part, S, (j * m->rows + i) * number);
        }
}

/* A to the end of what is in memory, or from there. */
static void copy(cvr_archive *k, cvr_mat A)
{
    enum { ALIGNED = 16 };
    cvr_copies *c = k->copies;
    int64_t size = cvr_mat_bytes(A.type, A.rows, A.cols);
    int64_t end = c->used + (size + ALIGNED - 1) / ALIGNED * ALIGNED;
    if (end > c->room && k->status == CVR_OK) {
        note(k, cvr_grow((void **)&c->bytes, end, 1, "a copy of the state"));
        c->room = k->status == CVR_OK ? end : c->room;
    }
    if (k->status != CVR_OK)
        return;
    cvr_mat held = {A.rows, A.cols, A.rows, A.type, cvr_cpu(), c->bytes + c->used};
    c->used = end;
    if (k->keeping == CVR_COPYING)
        cvr_copy(held, A);
    else
        cvr_copy(A, held);
}

static void keep(cvr_archive *k, kept m)
{
    char text[128];
    if (k->copies) {
        copy(k, m.A);
        return;
    }
    m.name = full(k, m.name, text);
    k->kept++;
    if (k->keeping == CVR_LISTING) {
        if (k->writer)
            note(k,
                 cvr_checkpoint_announce(k->writer, m.name, m.A.type, m.rows, m.A.cols));
        return;
    }
    if (k->keeping == CVR_RESTORING) {
        if (k->reader && k->status == CVR_OK)
            note(k, cvr_checkpoint_find(k->reader, m.name, m.A.type, m.rows, m.A.cols));
        note(k, cvr_allreduce_status(k->comm, k->status));
    }
    each_strip(k, &m);
}

/* ---- matrices --------------------------------------------------------------------- */

void cvr_archive_mat(cvr_archive *k, const char *name, cvr_mat A)
{
    keep(k, (kept){.name = name, .A = A, .rows = A.rows});
}

void cvr_archive_rows(cvr_archive *k, const char *name, cvr_mat A)
{
    CVR_ASSERT(A.rows == k->own);
    cvr_archive_rows_of(k, name, A, k->first, true);
}

void cvr_archive_rows_of(cvr_archive *k, const char *name, cvr_mat A, int64_t first,
                         bool gives)
{
    keep(k, (kept){.name = name,
                   .A = A,
                   .rows = k->rows,
                   .first = first,
                   .split = true,
                   .idle = !gives});
}

void cvr_archive_total(cvr_archive *k, const char *name, cvr_mat A, bool gives)
{
    keep(k, (kept){.name = name, .A = A, .rows = A.rows, .summed = true, .idle = !gives});
}

void cvr_archive_partial_sums(cvr_archive *k, const char *name, cvr_mat A)
{
    if (k->copies) {
        copy(k, A);
        return;
    }
    if (k->keeping != CVR_RESTORING)
        note(k, cvr_allreduce(k->comm, A));
    cvr_archive_mat(k, name, A);
    if (cvr_comm_rank(k->comm) > 0)
        cvr_fill(A, 0);
}

/* ---- numbers and texts ------------------------------------------------------------ */

void cvr_archive_reals(cvr_archive *k, const char *name, double *x, int64_t count)
{
    cvr_mat A = {count, 1, count, CVR_DOUBLE, cvr_cpu(), x};
    keep(k, (kept){.name = name, .A = A, .rows = count, .any = true});
}

void cvr_archive_real(cvr_archive *k, const char *name, double *x)
{
    cvr_archive_reals(k, name, x, 1);
}

void cvr_archive_residual(cvr_archive *k, const char *name, cvr_residual *r)
{
    double x[] = {r->primal2, r->dual2, r->primal_of2, r->dual_of2};
    cvr_archive_reals(k, name, x, 4);
    *r = (cvr_residual){x[0], x[1], x[2], x[3], {x[2], x[2]}};
}

void cvr_archive_integer(cvr_archive *k, const char *name, int64_t *x, int64_t least,
                         int64_t most)
{
    double value = (double)*x;
    CVR_ASSERT(least >= -CVR_ARCHIVE_LARGEST && most <= CVR_ARCHIVE_LARGEST);
    cvr_archive_real(k, name, &value);
    if (!cvr_archive_restoring(k) || k->status != CVR_OK)
        return;
    if (value >= (double)least && value <= (double)most && value == floor(value))
        *x = (int64_t)value;
    else
        note(k,
             cvr_fail(CVR_BAD_DATA,
                      "%s: '%s%s' is %g, not a whole number from %" PRId64 " to %" PRId64,
                      path_of(k), k->part, name, value, least, most));
}

void cvr_archive_count(cvr_archive *k, const char *name, int64_t *x)
{
    cvr_archive_integer(k, name, x, 0, CVR_ARCHIVE_LARGEST);
}

void cvr_archive_switch(cvr_archive *k, const char *name, bool *x)
{
    int64_t value = *x;
    cvr_archive_integer(k, name, &value, 0, 1);
    *x = value != 0;
}

/* A text of the file; "" where there is none. */
static const char *text_in(const cvr_archive *k, const char *name)
{
    const char *text = cvr_safetensors_text(&k->reader->file, name);
    return text ? text : "";
}

void cvr_archive_text(cvr_archive *k, const char *name, char *text, size_t size)
{
    char whole[128];
    full(k, name, whole);
    if (k->keeping == CVR_LISTING && k->writer)
        note(k, cvr_checkpoint_say(k->writer, whole, text));
    if (k->keeping != CVR_RESTORING || k->status != CVR_OK)
        return;
    if (k->reader)
        snprintf(text, size, "%s", text_in(k, whole));
    note(k, cvr_broadcast(k->comm, text, size));
}

void cvr_archive_checksum(cvr_archive *k, const char *name, const char *what,
                          const cvr_checksum *ours, cvr_type type)
{
    double x[] = {ours->size2, ours->sum};
    cvr_archive_reals(k, name, x, 2);
    const cvr_checksum theirs = {x[0], x[1]};
    if (k->status == CVR_OK && !cvr_checksum_fits(ours, &theirs, type))
        note(k, cvr_fail(CVR_BAD_DATA, "%s: its %s differ from these", path_of(k), what));
}

void cvr_archive_choice(cvr_archive *k, const char *option, const char *choice)
{
    char was[64];
    snprintf(was, sizeof was, "%s", choice);
    cvr_archive_text(k, option, was, sizeof was);
    if (k->status != CVR_OK || strcmp(was, choice) == 0)
        return;
    note(k, cvr_fail(CVR_USAGE, "%s: it was made with %s %s, and this run takes %s",
                     path_of(k), option, was, choice));
    cvr_hint("give --%s %s", option, was);
}

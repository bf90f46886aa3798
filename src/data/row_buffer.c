/* Blocks of rows: dense (row-major) or sparse (indices and values). */
#include "data/row_buffer.h"

#include <string.h>

#include "base/bytes.h"
#include "base/machine.h"
#include "linalg/ops.h"
#include "linalg/sparse.h"
#include "linalg/type.h"

/* 512 doubles fill a page: flushing a block touches whole pages of each column. Dense
   blocks are of some MiB where rows are short: so much goes back to the system when it
   is freed, small pieces may stay with the process. */
enum {
    BLOCK_ROWS = 512,
    DENSE_ENTRIES = 1 << 20,
    BLOCK_ENTRIES = 8 << 20,
    FIRST_ENTRIES = 1 << 12
};

struct cvr_block {
    bool sparse;
    int64_t width;      /* dense: values a row */
    int64_t rows, most; /* most: that it takes */
    int64_t entries, room;
    void *value;
    int32_t *index; /* sparse */
    int64_t *end;   /* sparse: row i ends before entry end[i]; BLOCK_ROWS of them */
};

static void free_block(cvr_block *b)
{
    cvr_release(b->value);
    cvr_release(b->index);
    cvr_release(b->end);
    *b = (cvr_block){0};
}

static bool takes(const cvr_block *b, const cvr_row *row)
{
    bool sparse = row->index != NULL;
    return b->rows < b->most && b->sparse == sparse &&
           (sparse || b->width == row->count) &&
           (b->rows == 0 || b->entries + row->count <= BLOCK_ENTRIES);
}

/* A stream of rows may have no end: it does not take the machine with it. */
static cvr_status check_memory(const cvr_row_buffer *s)
{
    int64_t free = cvr_memory_available();
    if (s->count == 0 || free > 2 * (int64_t)sizeof(double) * DENSE_ENTRIES)
        return CVR_OK;
    cvr_fail(CVR_NO_MEMORY, "out of memory after %lld rows", (long long)s->rows);
    cvr_hint("--rows, --precision single or more processes need less");
    return CVR_NO_MEMORY;
}

static cvr_status add_block(cvr_row_buffer *s, const cvr_row *row)
{
    cvr_status status = CVR_OK;
    CVR_TRY(check_memory(s));
    CVR_TRY(cvr_make_room((void **)&s->blocks, &s->room, s->count + 1, sizeof *s->blocks,
                          "row blocks"));
    cvr_block *b = &s->blocks[s->count];
    *b = (cvr_block){
        .sparse = row->index != NULL, .width = row->count, .most = BLOCK_ROWS};
    if (!b->sparse && b->width > 0 && b->width * BLOCK_ROWS < DENSE_ENTRIES)
        b->most = DENSE_ENTRIES / (b->width * BLOCK_ROWS) * BLOCK_ROWS;
    if (b->sparse)
        CVR_TRY(cvr_alloc(BLOCK_ROWS, sizeof *b->end, "a row block", (void **)&b->end));
    s->count++;
done:
    return status;
}

static cvr_status reserve(cvr_block *b, int64_t count, size_t size)
{
    cvr_status status = CVR_OK;
    int64_t room = b->room ? b->room : FIRST_ENTRIES;
    while (room < b->entries + count)
        room *= 2;
    if (room == b->room)
        return CVR_OK;
    if (!b->sparse && room > b->most * b->width)
        room = b->most * b->width;
    CVR_TRY(cvr_grow(&b->value, room, size, "rows"));
    if (b->sparse)
        CVR_TRY(cvr_grow((void **)&b->index, room, sizeof *b->index, "rows"));
    b->room = room;
done:
    return status;
}

/* Entries from .. of a block, as a column. */
static cvr_mat entries_of(const cvr_block *b, cvr_type type, int64_t from, int64_t count)
{
    char *value = (char *)b->value + (size_t)from * cvr_type_size(type);
    return (cvr_mat){count, 1, count, type, cvr_cpu(), value};
}

cvr_status cvr_row_buffer_push(cvr_row_buffer *s, const cvr_row *row)
{
    cvr_status status = CVR_OK;
    if (s->count == 0 || !takes(&s->blocks[s->count - 1], row))
        CVR_TRY(add_block(s, row));
    cvr_block *b = &s->blocks[s->count - 1];
    CVR_TRY(reserve(b, row->count, cvr_type_size(s->type)));
    cvr_copy(entries_of(b, s->type, b->entries, row->count),
             (cvr_mat){row->count, 1, row->count, CVR_DOUBLE, cvr_cpu(),
                       (double *)row->value});
    if (b->sparse) {
        memcpy(b->index + b->entries, row->index,
               (size_t)row->count * sizeof *row->index);
        b->end[b->rows] = b->entries + row->count;
    }
    b->entries += row->count;
    b->rows++;
    s->rows++;
done:
    return status;
}

static void flush_dense(const cvr_block *b, cvr_mat X)
{
    cvr_mat rows = {b->width, b->rows, b->width, X.type, X.device, b->value};
    cvr_transpose(X, rows);
}

static void flush_sparse(const cvr_block *b, cvr_mat X, int32_t base)
{
    cvr_mat values = entries_of(b, X.type, 0, b->entries);
    int64_t e = 0;
    for (int64_t i = 0; i < b->rows; i++)
        for (; e < b->end[i]; e++)
            if (b->index[e] - base < X.cols)
                cvr_set(X, i, b->index[e] - base, cvr_get(values, e, 0));
}

void cvr_row_buffer_flush(cvr_row_buffer *s, cvr_mat X, int32_t base)
{
    int64_t first = 0;
    for (int64_t k = 0; k < s->count; k++) {
        cvr_block *b = &s->blocks[k];
        cvr_mat part = cvr_mat_part(X, first, 0, b->rows, b->sparse ? X.cols : b->width);
        if (b->sparse)
            flush_sparse(b, part, base);
        else
            flush_dense(b, part);
        first += b->rows;
        free_block(b);
    }
    cvr_row_buffer_free(s);
}

/* Behind the entries that S has. */
static void append_block(const cvr_block *b, cvr_sparse *S, int64_t first, int32_t base)
{
    cvr_mat values = entries_of(b, S->type, 0, b->entries);
    int64_t e = 0, at = S->start[first];
    for (int64_t i = 0; i < b->rows; i++) {
        for (; e < b->end[i]; e++)
            if (b->index[e] - base < S->cols) {
                S->index[at] = b->index[e] - base;
                cvr_sparse_set(S, at++, cvr_get(values, e, 0));
            }
        S->start[first + i + 1] = at;
    }
}

cvr_status cvr_row_buffer_flush_sparse(cvr_row_buffer *s, int64_t cols, int32_t base,
                                       cvr_sparse *S)
{
    cvr_status status = CVR_OK;
    int64_t entries = 0, first = 0;
    for (int64_t k = 0; k < s->count; k++)
        entries += s->blocks[k].entries;
    CVR_TRY(cvr_sparse_new(s->type, s->rows, cols, entries, S));
    for (int64_t k = 0; k < s->count; k++) {
        append_block(&s->blocks[k], S, first, base);
        first += s->blocks[k].rows;
        free_block(&s->blocks[k]);
    }
    cvr_row_buffer_free(s);
done:
    return status;
}

void cvr_row_buffer_free(cvr_row_buffer *s)
{
    for (int64_t k = 0; k < s->count; k++)
        free_block(&s->blocks[k]);
    cvr_release(s->blocks);
    *s = (cvr_row_buffer){.type = s->type};
}

/* The part of a communicator that all implementations share: one process, packing,
   counting, interrupts, and one status of all processes. */
#include "parallel/comm.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "linalg/ops.h"
#include "parallel/comm.h"

/* Matrices with gaps are sent in pieces through a buffer of this many doubles (1 MiB),
   the last of which is for an interrupt. */
enum { BUFFER = 131072 };

struct cvr_comm {
    const cvr_comm_ops *ops;
    cvr_comm *whole; /* of a part of a grid; else NULL */
    void *impl;      /* of the ops */
    cvr_comm_ranks ranks;
    int64_t bytes;
    double seconds;
    double *buffer; /* NULL with one process */
    cvr_interrupt_source source;
    atomic_bool interrupted; /* this process, so far */
    bool any_interrupted;    /* a process, by the last messages: shared */
};

cvr_status cvr_comm_make(const cvr_comm_ops *ops, void *impl, cvr_comm_ranks ranks,
                         cvr_comm **comm)
{
    cvr_comm *c = NULL;
    double *buffer = NULL;
    cvr_status status = CVR_OK;
    *comm = NULL;
    CVR_TRY(cvr_alloc(1, sizeof *c, "a communicator", (void **)&c));
    if (ranks.size > 1)
        CVR_TRY(
            cvr_alloc(BUFFER, sizeof *buffer, "a buffer for messages", (void **)&buffer));
    c->ops = ops;
    c->impl = impl;
    c->ranks = ranks;
    c->buffer = buffer;
    *comm = c;
    c = NULL;
done:
    cvr_release(c);
    return status;
}

void cvr_comm_free(cvr_comm *c)
{
    if (!c)
        return;
    c->ops->close(c->impl);
    cvr_release(c->buffer);
    cvr_release(c);
}

int cvr_comm_rank(const cvr_comm *c)
{
    return c->ranks.rank;
}

int cvr_comm_size(const cvr_comm *c)
{
    return c->ranks.size;
}

int cvr_comm_node_size(const cvr_comm *c)
{
    return c->ranks.node_size;
}

cvr_traffic cvr_comm_traffic(const cvr_comm *c)
{
    return (cvr_traffic){c->bytes, c->seconds};
}

/* ---- interrupts -------------------------------------------------------------------- */

cvr_interrupt_source cvr_interrupt_swap(cvr_comm *c, cvr_interrupt_source next)
{
    cvr_interrupt_source before = c->source;
    c->source = next;
    c->any_interrupted = false;
    atomic_store(&c->interrupted, false);
    return before;
}

void cvr_comm_question(cvr_comm *c, cvr_question question, void *user)
{
    (void)cvr_interrupt_swap(c, (cvr_interrupt_source){question, user});
}

bool cvr_interrupt_poll(cvr_comm *c)
{
    if (c->whole)
        return cvr_interrupt_poll(c->whole);
    if (atomic_load(&c->interrupted))
        return true;
    if (!c->source.ask || c->source.ask(c->source.user) == CVR_GO_ON)
        return false;
    atomic_store(&c->interrupted, true);
    return true;
}

static bool alone(const cvr_comm *c)
{
    return c->ranks.size == 1;
}

cvr_status cvr_interrupt_check(cvr_comm *c)
{
    if (c->whole)
        return CVR_OK;
    bool interrupted = alone(c) ? cvr_interrupt_poll(c) : c->any_interrupted;
    return interrupted ? cvr_fail(CVR_INTERRUPTED, "stopped before the end") : CVR_OK;
}

cvr_status cvr_interrupt_sync(cvr_comm *c)
{
    double nothing = 0;
    cvr_status status = cvr_allreduce_max(c, &nothing, 1);
    return status == CVR_OK ? cvr_interrupt_check(c) : status;
}

/* ---- one message, counted -------------------------------------------------------- */

static cvr_status count(cvr_comm *c, double begun, int64_t bytes, cvr_status status)
{
    double seconds = cvr_wall_seconds() - begun;
    for (; c; c = c->whole) {
        c->seconds += seconds;
        c->bytes += bytes;
    }
    return status;
}

typedef enum reduction { SUM, MAX } reduction;

static cvr_status reduce(cvr_comm *c, reduction how, cvr_type type, void *x, int64_t n)
{
    return how == SUM ? c->ops->sum(c->impl, type, x, n) : c->ops->max(c->impl, x, n);
}

/* n numbers, followed by one for an interrupt, in the buffer. */
static cvr_status reduce_interrupt(cvr_comm *c, reduction how, cvr_type type, void *x,
                                   int64_t n)
{
    size_t size = (size_t)cvr_mat_bytes(type, n, 1);
    cvr_mat flag = {1, 1, 1, type, cvr_cpu(), (char *)c->buffer + size};
    cvr_status status = CVR_OK;
    memmove(c->buffer, x, size);
    cvr_set(flag, 0, 0, !c->whole && cvr_interrupt_poll(c));
    CVR_TRY(reduce(c, how, type, c->buffer, n + 1));
    memmove(x, c->buffer, size);
    c->any_interrupted = c->any_interrupted || cvr_get(flag, 0, 0) > 0;
done:
    return status;
}

/* Many numbers are not copied: the interrupt follows in a message of its own. */
static cvr_status combine(cvr_comm *c, reduction how, cvr_type type, void *x, int64_t n)
{
    double begun = cvr_wall_seconds(), none = 0;
    cvr_status status = CVR_OK;
    if (n < BUFFER) {
        CVR_TRY(reduce_interrupt(c, how, type, x, n));
    } else {
        CVR_TRY(reduce(c, how, type, x, n));
        CVR_TRY(reduce_interrupt(c, MAX, CVR_DOUBLE, &none, 1));
    }
done:
    return count(c, begun, cvr_mat_bytes(type, n, 1), status);
}

static cvr_status broadcast(cvr_comm *c, int root, void *bytes, int64_t size)
{
    double begun = cvr_wall_seconds();
    return count(c, begun, root == c->ranks.rank ? size : 0,
                 c->ops->broadcast(c->impl, root, bytes, size));
}

cvr_status cvr_allreduce_sum(cvr_comm *c, double *x, int n)
{
    return alone(c) || n == 0 ? CVR_OK : combine(c, SUM, CVR_DOUBLE, x, n);
}

cvr_status cvr_allreduce_max(cvr_comm *c, double *x, int n)
{
    return alone(c) || n == 0 ? CVR_OK : combine(c, MAX, CVR_DOUBLE, x, n);
}

cvr_status cvr_broadcast(cvr_comm *c, void *bytes, size_t size)
{
    return alone(c) || size == 0 ? CVR_OK : broadcast(c, 0, bytes, (int64_t)size);
}

/* ---- matrices -------------------------------------------------------------------- */

/* The buffer as a matrix on the processor. */
static cvr_mat packed(cvr_comm *c, cvr_mat like)
{
    return (cvr_mat){like.rows, like.cols, like.rows, like.type, cvr_cpu(), c->buffer};
}

static cvr_status sum_piece(cvr_comm *c, cvr_mat piece, int root)
{
    cvr_mat P = packed(c, piece);
    cvr_status status = CVR_OK;
    (void)root;
    cvr_copy(P, piece);
    CVR_TRY(combine(c, SUM, P.type, P.data, P.rows * P.cols));
    cvr_copy(piece, P);
done:
    return status;
}

static cvr_status broadcast_piece(cvr_comm *c, cvr_mat piece, int root)
{
    cvr_mat P = packed(c, piece);
    cvr_status status = CVR_OK;
    if (root == c->ranks.rank)
        cvr_copy(P, piece);
    CVR_TRY(broadcast(c, root, P.data, cvr_mat_bytes(P.type, P.rows, P.cols)));
    cvr_copy(piece, P);
done:
    return status;
}

/* Calls `each' for parts of A that fit the buffer: many short columns, or a piece of a
   long one. */
static cvr_status in_pieces(cvr_comm *c, cvr_mat A, int root,
                            cvr_status (*each)(cvr_comm *, cvr_mat, int))
{
    int64_t most = BUFFER - 1, rows = A.rows < most ? A.rows : most;
    int64_t cols = rows ? most / rows : 1;
    cvr_status status = CVR_OK;
    for (int64_t j = 0; j < A.cols; j += cols)
        for (int64_t i = 0; i < A.rows; i += rows) {
            int64_t m = A.rows - i < rows ? A.rows - i : rows;
            int64_t n = A.cols - j < cols ? A.cols - j : cols;
            CVR_TRY(each(c, cvr_mat_part(A, i, j, m, n), root));
        }
done:
    return status;
}

cvr_status cvr_allreduce(cvr_comm *c, cvr_mat A)
{
    bool gapless = A.ld == A.rows || A.cols == 1;
    if (alone(c) || A.rows == 0 || A.cols == 0)
        return CVR_OK;
    if (gapless && A.device == cvr_cpu())
        return combine(c, SUM, A.type, A.data, A.rows * A.cols);
    return in_pieces(c, A, 0, sum_piece);
}

static cvr_status check_parts(cvr_comm *c, cvr_mat part, cvr_mat all)
{
    cvr_status status = CVR_OK;
    double rows = (double)part.rows;
    CVR_TRY(cvr_allreduce_sum(c, &rows, 1));
    if (part.cols != all.cols || part.type != all.type || rows != (double)all.rows)
        status = cvr_fail(CVR_USAGE, "parts with %.0f rows do not fill %lld x %lld", rows,
                          (long long)all.rows, (long long)all.cols);
    CVR_TRY(cvr_allreduce_status(c, status));
done:
    return status;
}

cvr_status cvr_broadcast_mat(cvr_comm *c, int root, cvr_mat A)
{
    return alone(c) ? CVR_OK : in_pieces(c, A, root, broadcast_piece);
}

/* Each process in turn tells how many rows it has, then the rows. */
cvr_status cvr_allgather(cvr_comm *c, cvr_mat part, cvr_mat all)
{
    cvr_status status = CVR_OK;
    int64_t done_rows = 0;
    CVR_TRY(check_parts(c, part, all));
    for (int root = 0; root < c->ranks.size; root++) {
        int64_t rows = part.rows;
        if (!alone(c))
            CVR_TRY(broadcast(c, root, &rows, sizeof rows));
        cvr_mat rows_of = cvr_mat_part(all, done_rows, 0, rows, all.cols);
        if (root == c->ranks.rank)
            cvr_copy(rows_of, part);
        if (!alone(c))
            CVR_TRY(in_pieces(c, rows_of, root, broadcast_piece));
        done_rows += rows;
    }
done:
    return status;
}

/* ---- a grid ---------------------------------------------------------------------- */

/* A communicator of nobody yet, for ranks of the whole. */
static cvr_status new_part(cvr_comm *c, cvr_comm_ranks ranks, cvr_comm **part)
{
    void *impl = NULL;
    cvr_status status = CVR_OK;
    if (c->ops->prepare)
        CVR_TRY(c->ops->prepare(&impl));
    CVR_TRY(cvr_comm_make(c->ops, impl, ranks, part));
    (*part)->whole = c;
    impl = NULL;
done:
    if (impl)
        c->ops->close(impl);
    return status;
}

cvr_status cvr_comm_grid(cvr_comm *c, int layers, cvr_comm **rows, cvr_comm **stack)
{
    const cvr_comm_ranks *own = &c->ranks;
    cvr_status status = CVR_OK;
    *rows = *stack = NULL;
    if (layers < 1 || own->size % layers != 0)
        return cvr_fail(CVR_USAGE, "%d processes do not make a grid with %d columns",
                        own->size, layers);
    int r = own->rank / layers, column = own->rank % layers;
    cvr_comm_ranks of_rows = {r, own->size / layers, own->node_size};
    cvr_comm_ranks of_stack = {column, layers, own->node_size};
    status = new_part(c, of_rows, rows);
    if (status == CVR_OK)
        status = new_part(c, of_stack, stack);
    CVR_TRY(cvr_allreduce_status(c, status));
    if (!alone(c)) {
        CVR_TRY(c->ops->split(c->impl, column, (*rows)->impl));
        CVR_TRY(c->ops->split(c->impl, r, (*stack)->impl));
    }
done:
    if (status != CVR_OK) {
        cvr_comm_free(*rows);
        cvr_comm_free(*stack);
        *rows = *stack = NULL;
    }
    return status;
}

static bool reaches(const cvr_comm *c, int by)
{
    return c->ranks.rank + by >= 0 && c->ranks.rank + by < c->ranks.size;
}

cvr_status cvr_shift_bytes(cvr_comm *c, int by, const void *send, int64_t size,
                           void *receive, int64_t room)
{
    double begun = cvr_wall_seconds();
    bool sends = reaches(c, by) && size > 0, receives = reaches(c, -by) && room > 0;
    if (!sends && !receives)
        return CVR_OK;
    return count(
        c, begun, sends ? size : 0,
        c->ops->shift(c->impl, by, send, sends ? size : 0, receive, receives ? room : 0));
}

/* Piece k of A in half of the buffer: so many whole columns of it, or a part of one.
   Empty behind the last. */
static cvr_mat piece_of(cvr_mat A, int64_t k)
{
    int64_t most = BUFFER / 2, rows = A.rows < most ? A.rows : most;
    int64_t cols = rows > 0 ? most / rows : 1,
            down = rows ? (A.rows + rows - 1) / rows : 0;
    int64_t i = down ? k % down * rows : 0, j = down ? k / down * cols : A.cols;
    if (j >= A.cols)
        return cvr_mat_part(A, 0, 0, 0, 0);
    return cvr_mat_part(A, i, j, A.rows - i < rows ? A.rows - i : rows,
                        A.cols - j < cols ? A.cols - j : cols);
}

static cvr_mat in_buffer(cvr_mat piece, double *buffer)
{
    return (cvr_mat){piece.rows, piece.cols, piece.rows, piece.type, cvr_cpu(), buffer};
}

cvr_status cvr_shift(cvr_comm *c, int by, cvr_mat send, cvr_mat receive)
{
    cvr_status status = CVR_OK;
    for (int64_t k = 0; !alone(c); k++) {
        cvr_mat out = piece_of(send, k), in = piece_of(receive, k);
        int64_t size = reaches(c, by) ? cvr_mat_bytes(out.type, out.rows, out.cols) : 0;
        int64_t room = reaches(c, -by) ? cvr_mat_bytes(in.type, in.rows, in.cols) : 0;
        if (size <= 0 && room <= 0)
            break;
        if (size > 0)
            cvr_copy(in_buffer(out, c->buffer), out);
        CVR_TRY(cvr_shift_bytes(c, by, c->buffer, size, c->buffer + BUFFER / 2, room));
        if (room > 0)
            cvr_copy(in, in_buffer(in, c->buffer + BUFFER / 2));
    }
done:
    return status;
}

/* ---- failures -------------------------------------------------------------------- */

typedef struct outcome {
    cvr_status status;
    char sentence[1024], hint[512];
} outcome;

static outcome own_outcome(cvr_status own)
{
    outcome mine = {.status = own};
    snprintf(mine.sentence, sizeof mine.sentence, "%s", cvr_last_error());
    snprintf(mine.hint, sizeof mine.hint, "%s", cvr_last_hint());
    return mine;
}

/* Names the process, unless all failed or an earlier agreement has named it. */
static cvr_status repeat(const outcome *o, int who, bool all_failed)
{
    bool named = all_failed || strncmp(o->sentence, "process ", 8) == 0;
    if (named)
        cvr_fail(o->status, "%s", o->sentence);
    else
        cvr_fail(o->status, "process %d: %s", who, o->sentence);
    if (o->hint[0])
        cvr_hint("%s", o->hint);
    return o->status;
}

/* The largest of size - rank over failed processes belongs to the first of them. */
cvr_status cvr_allreduce_status(cvr_comm *c, cvr_status own)
{
    double first_failed = own ? c->ranks.size - c->ranks.rank : 0;
    double facts[2] = {first_failed, own == CVR_OK};
    cvr_status status = CVR_OK;
    if (alone(c))
        return own;
    outcome o = own_outcome(own);
    CVR_TRY(cvr_allreduce_max(c, facts, 2));
    if (facts[0] == 0)
        return CVR_OK;
    int who = c->ranks.size - (int)facts[0];
    CVR_TRY(broadcast(c, who, &o, sizeof o));
    return repeat(&o, who, facts[1] == 0);
done:
    return status;
}

/* Pieces of a safetensors file on the disk. */
#include "model/checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "linalg/ops.h"

/* ---- writing ---------------------------------------------------------------------- */

cvr_status cvr_checkpoint_new(cvr_checkpoint_writer *w)
{
    *w = (cvr_checkpoint_writer){.header = json_object(), .metadata = json_object()};
    if (w->header && w->metadata)
        return CVR_OK;
    cvr_checkpoint_discard(w);
    return cvr_fail(CVR_NO_MEMORY, "out of memory for a checkpoint's header");
}

cvr_status cvr_checkpoint_say(cvr_checkpoint_writer *w, const char *key, const char *text)
{
    if (json_object_set_new(w->metadata, key, json_string(text)) == 0)
        return CVR_OK;
    return cvr_fail(CVR_NO_MEMORY, "cannot write down '%s' of a checkpoint", key);
}

cvr_status cvr_checkpoint_announce(cvr_checkpoint_writer *w, const char *name,
                                   cvr_type type, int64_t rows, int64_t cols)
{
    CVR_ASSERT(!json_object_get(w->header, name));
    if (!cvr_safetensors_add(w->header, name, type, cols, rows, false, w->size))
        return cvr_fail(CVR_NO_MEMORY, "cannot write down '%s' of a checkpoint", name);
    w->size += cvr_mat_bytes(type, rows, cols);
    return CVR_OK;
}

cvr_status cvr_checkpoint_begin(cvr_checkpoint_writer *w, const char *path)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_safetensors_head(w->header, w->metadata, 0, &w->head, &w->head_length));
    CVR_TRY(cvr_atomic_open(path, &w->out));
    w->sum = cvr_safetensors_head_sum(w->head, w->head_length);
    CVR_TRY(cvr_atomic_write(&w->out, w->head, (size_t)w->head_length));
done:
    return status;
}

cvr_status cvr_checkpoint_put(cvr_checkpoint_writer *w, const void *bytes, int64_t size)
{
    w->sum = cvr_safetensors_hash(w->sum, bytes, size);
    w->written += size;
    return cvr_atomic_write(&w->out, bytes, (size_t)size);
}

cvr_status cvr_checkpoint_commit(cvr_checkpoint_writer *w)
{
    cvr_status status = CVR_OK;
    CVR_ASSERT(w->written == w->size);
    cvr_safetensors_put_sum(w->head, w->head_length, w->sum);
    if (fseeko(w->out.file, 0, SEEK_SET) != 0)
        CVR_FAIL(CVR_IO, "cannot write %s: %s", w->out.path, strerror(errno));
    CVR_TRY(cvr_atomic_write(&w->out, w->head, (size_t)w->head_length));
    CVR_TRY(cvr_atomic_commit(&w->out));
done:
    return status;
}

void cvr_checkpoint_discard(cvr_checkpoint_writer *w)
{
    cvr_atomic_discard(&w->out);
    json_decref(w->header);
    json_decref(w->metadata);
    cvr_release(w->head);
    *w = (cvr_checkpoint_writer){0};
}

/* ---- reading ---------------------------------------------------------------------- */

static cvr_status cannot_read(const cvr_checkpoint_reader *r)
{
    return cvr_fail(CVR_IO, "%s: cannot be read to its end", r->file.path);
}

static cvr_status open_stream(cvr_checkpoint_reader *r, int64_t *length)
{
    struct stat about;
    const char *path = r->file.path;
    r->stream = fopen(path, "rb");
    if (!r->stream)
        return cvr_fail(CVR_IO, "%s: %s", path, strerror(errno));
    if (fstat(fileno(r->stream), &about) != 0 || !S_ISREG(about.st_mode))
        return cvr_fail(CVR_IO, "%s: not a regular file", path);
    *length = about.st_size;
    return CVR_OK;
}

/* The checksum of the head, then of all that follows. */
static cvr_status check_sum(cvr_checkpoint_reader *r, const unsigned char *head)
{
    enum { PIECE = 1 << 16 };
    unsigned char piece[PIECE];
    uint64_t sum = cvr_safetensors_head_sum(head, r->head_length);
    for (int64_t left = r->file.length; left > 0;) {
        size_t size = left < PIECE ? (size_t)left : PIECE;
        if (fread(piece, 1, size, r->stream) != size)
            return cannot_read(r);
        sum = cvr_safetensors_hash(sum, piece, (int64_t)size);
        left -= (int64_t)size;
    }
    return cvr_safetensors_sum_fits(head, r->head_length, sum)
               ? CVR_OK
               : cvr_safetensors_wrong_sum(&r->file);
}

/* Its kind and layout say that the names in it are ours. */
static cvr_status check_kind(const cvr_checkpoint_reader *r)
{
    if (cvr_safetensors_checkpoint(&r->file))
        return CVR_OK;
    return cvr_fail(CVR_BAD_DATA, "%s: it is not a checkpoint", r->file.path);
}

static cvr_status check(cvr_checkpoint_reader *r, int64_t length)
{
    unsigned char *head = NULL, first[9] = {0};
    int64_t known = length < (int64_t)sizeof first ? length : (int64_t)sizeof first;
    cvr_status status = CVR_OK;
    if (fread(first, 1, (size_t)known, r->stream) != (size_t)known)
        CVR_TRY(cannot_read(r));
    r->head_length = cvr_safetensors_head_length(first, length);
    if (r->head_length < 0)
        CVR_TRY(cvr_safetensors_check(&r->file, first, -1, length));
    CVR_TRY(cvr_alloc(r->head_length, 1, "a checkpoint's header", (void **)&head));
    rewind(r->stream);
    if (fread(head, 1, (size_t)r->head_length, r->stream) != (size_t)r->head_length)
        CVR_TRY(cannot_read(r));
    CVR_TRY(cvr_safetensors_check(&r->file, head, r->head_length, length));
    CVR_TRY(check_sum(r, head));
    CVR_TRY(check_kind(r));
done:
    cvr_release(head);
    return status;
}

cvr_status cvr_checkpoint_open(const char *path, cvr_checkpoint_reader *r)
{
    int64_t length = 0;
    cvr_status status = CVR_OK;
    *r = (cvr_checkpoint_reader){.file = {.path = path, .kind = "checkpoint"}};
    CVR_TRY(open_stream(r, &length));
    CVR_TRY(check(r, length));
done:
    if (status != CVR_OK)
        cvr_checkpoint_close(r);
    return status;
}

void cvr_checkpoint_close(cvr_checkpoint_reader *r)
{
    if (r->stream)
        fclose(r->stream);
    cvr_safetensors_close(&r->file);
    *r = (cvr_checkpoint_reader){0};
}

cvr_status cvr_checkpoint_find(const cvr_checkpoint_reader *r, const char *name,
                               cvr_type type, int64_t rows, int64_t cols)
{
    int64_t has_rows = 0, has_cols = 0;
    cvr_type has = CVR_DOUBLE;
    if (cvr_safetensors_shape(&r->file, name, &has_cols, &has_rows, &has) &&
        has == type && has_rows == rows && has_cols == cols)
        return CVR_OK;
    return cvr_fail(CVR_BAD_DATA, "%s: '%s' is not there as %" PRId64 " x %" PRId64,
                    r->file.path, name, rows, cols);
}

cvr_status cvr_checkpoint_get(cvr_checkpoint_reader *r, const char *name, int64_t from,
                              void *bytes, int64_t size)
{
    int64_t at = r->head_length + cvr_safetensors_place(&r->file, name) + from;
    if (fseeko(r->stream, at, SEEK_SET) != 0 ||
        fread(bytes, 1, (size_t)size, r->stream) != (size_t)size)
        return cannot_read(r);
    return CVR_OK;
}

/* Protocol buffers, written. */
#include "model/protobuf.h"

#include <string.h>

#include "base/bytes.h"

enum { WHOLE = 0, BYTES = 2, FOUR = 5 }; /* wire types */

/* Room for more bytes, which count as written; NULL: none. */
static unsigned char *extend(cvr_message *m, int64_t more)
{
    int64_t needed = m->length + more, room = m->room > 0 ? m->room : 256;
    while (room < needed && room > 0)
        room = cvr_times(room, 2);
    if (m->status == CVR_OK && room > m->room) {
        m->status = cvr_grow((void **)&m->bytes, room, 1, "an ONNX file");
        m->room = m->status == CVR_OK ? room : m->room;
    }
    if (m->status != CVR_OK)
        return NULL;
    m->length = needed;
    return m->bytes + needed - more;
}

static void put_whole(cvr_message *m, uint64_t value)
{
    do {
        unsigned char *at = extend(m, 1);
        if (!at)
            return;
        *at = (unsigned char)((value & 127) | (value > 127 ? 128 : 0));
        value >>= 7;
    } while (value > 0);
}

static void put_key(cvr_message *m, int field, int type)
{
    put_whole(m, (uint64_t)field << 3 | (uint64_t)type);
}

void cvr_message_int(cvr_message *m, int field, int64_t value)
{
    put_key(m, field, WHOLE);
    put_whole(m, (uint64_t)value);
}

void cvr_message_float(cvr_message *m, int field, float value)
{
    unsigned char *at;
    put_key(m, field, FOUR);
    at = extend(m, sizeof value);
    if (at)
        memcpy(at, &value, sizeof value);
}

unsigned char *cvr_message_bytes(cvr_message *m, int field, int64_t length)
{
    put_key(m, field, BYTES);
    put_whole(m, (uint64_t)length);
    return extend(m, length);
}

static void put_copy(cvr_message *m, int field, const void *bytes, int64_t length)
{
    unsigned char *at = cvr_message_bytes(m, field, length);
    if (at && length > 0)
        memcpy(at, bytes, (size_t)length);
}

void cvr_message_text(cvr_message *m, int field, const char *text)
{
    put_copy(m, field, text, (int64_t)strlen(text));
}

void cvr_message_put(cvr_message *m, int field, cvr_message *inner)
{
    if (inner->status != CVR_OK)
        m->status = inner->status;
    else
        put_copy(m, field, inner->bytes, inner->length);
    cvr_message_free(inner);
}

void cvr_message_append(cvr_message *m, cvr_message *other)
{
    unsigned char *at = extend(m, other->length);
    if (other->status != CVR_OK)
        m->status = other->status;
    else if (at && other->length > 0)
        memcpy(at, other->bytes, (size_t)other->length);
    cvr_message_free(other);
}

void cvr_message_free(cvr_message *m)
{
    cvr_release(m->bytes);
    *m = (cvr_message){0};
}

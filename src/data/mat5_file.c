/* 128 bytes of text, version and byte order; then elements of a tag (4 bytes type, 4
   bytes length) and content. An array is an element of elements: flags, sizes, name,
   numbers; it may lie inside one that is compressed by zlib. Content of up to 4 bytes
   lies in the tag, with its length in the upper half of the type. Elements in an array
   are filled up to 8 bytes.
   https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf */
#include "data/mat5_file.h"

#include <string.h>

#include "base/bytes.h"

enum { INT8 = 1, UINT8 = 2, INT32 = 5, UINT32 = 6, MATRIX = 14, COMPRESSED = 15 };
enum { SPARSE = 5, OPAQUE = 17, IS_COMPLEX = 0x800 };

/* By the type of an element. */
static const cvr_packed kinds[] = {
    [1] = CVR_I1, [2] = CVR_U1, [3] = CVR_I2, [4] = CVR_U2,  [5] = CVR_I4,
    [6] = CVR_U4, [7] = CVR_F4, [9] = CVR_F8, [12] = CVR_I8, [13] = CVR_U8};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* By the class of an array; NULL: numbers. */
static const char *const others[] = {[0] = "an unknown object",
                                     [1] = "a cell array",
                                     [2] = "a struct",
                                     [3] = "an object",
                                     [4] = "text",
                                     [16] = "a function",
                                     [17] = "an object (a table, texts, dates)"};
enum { OTHERS = sizeof others / sizeof *others };

typedef struct head {
    cvr_variable about;
    int class;
    bool sparse;
} head;

/* ---- elements ---------------------------------------------------------------------- */

static uint32_t word(const cvr_mat5 *m, const unsigned char *bytes)
{
    uint32_t v;
    memcpy(&v, bytes, 4);
    return m->swapped ? __builtin_bswap32(v) : v;
}

static cvr_status bad(const cvr_stream *in, const char *what)
{
    return cvr_fail(CVR_BAD_DATA, "%s: byte %lld: %s", cvr_stream_path(in),
                    (long long)cvr_stream_offset(in), what);
}

static void decode_tag(const cvr_mat5 *m, const unsigned char *b, cvr_mat5_tag *t)
{
    uint32_t first = word(m, b);
    *t = (cvr_mat5_tag){
        .type = first & 0xffff, .length = first >> 16, .small = first >> 16};
    memcpy(t->inside, b + 4, 4);
    if (t->small)
        return;
    t->type = first;
    t->length = word(m, b + 4);
}

cvr_status cvr_mat5_next(const cvr_mat5 *m, cvr_substream *s, cvr_mat5_tag *t)
{
    unsigned char b[8];
    size_t got = 0;
    cvr_status status = cvr_substream_read(s, b, sizeof b, &got);
    if (status != CVR_OK)
        return status;
    if (got < sizeof b)
        return bad(s->in, "an array is cut off");
    decode_tag(m, b, t);
    return t->small && t->length > 4 ? bad(s->in, "an element's length is wrong")
                                     : CVR_OK;
}

/* A short element: its tag, and its content, filled up, into bytes. */
static cvr_status short_element(const cvr_mat5 *m, cvr_substream *s, cvr_mat5_tag *t,
                                unsigned char *bytes, int64_t room)
{
    cvr_status status = CVR_OK;
    size_t got = 0;
    CVR_TRY(cvr_mat5_next(m, s, t));
    size_t filled = (size_t)(t->length + 7) / 8 * 8;
    if ((int64_t)filled > room)
        return bad(s->in, "an array's head is too long");
    if (t->small) {
        memcpy(bytes, t->inside, sizeof t->inside);
        return CVR_OK;
    }
    CVR_TRY(cvr_substream_read(s, bytes, filled, &got));
    if (got < filled)
        return bad(s->in, "an array is cut off");
done:
    return status;
}

cvr_status cvr_mat5_numbers(const cvr_mat5 *m, cvr_substream *s, double **value,
                            int64_t *count)
{
    cvr_status status = CVR_OK;
    cvr_mat5_tag t;
    unsigned char *bytes = NULL, filling[8];
    int64_t room = 0, got = 0;
    size_t more = 0;
    CVR_TRY(cvr_mat5_next(m, s, &t));
    cvr_packed kind = t.type < KINDS ? kinds[t.type] : CVR_NOT_PACKED;
    if (!kind || t.length % cvr_packed_size(kind) != 0)
        CVR_TRY(bad(s->in, "an element of a sparse array is not a list of numbers"));
    *count = t.length / cvr_packed_size(kind);
    if (!t.small)
        CVR_TRY(cvr_substream_take(s, t.length, &bytes, &room, &got));
    if (!t.small && got < t.length)
        CVR_TRY(bad(s->in, "an array is cut off"));
    if (!t.small && t.length % 8)
        CVR_TRY(cvr_substream_read(s, filling, (size_t)(8 - t.length % 8), &more));
    CVR_TRY(cvr_alloc(*count, sizeof **value, "a sparse array", (void **)value));
    cvr_unpack(kind, m->swapped, t.small ? t.inside : bytes, NULL, *count, *value);
done:
    cvr_release(bytes);
    return status;
}

/* ---- the head of an array ---------------------------------------------------------- */

static bool read_sizes(const cvr_mat5 *m, const cvr_mat5_tag *t, const unsigned char *b,
                       cvr_variable *v)
{
    int count = (int)(t->length / 4);
    for (int i = 0; i < count; i++) {
        if (i < CVR_MOST_DIMENSIONS)
            v->size[i] = word(m, b + 4 * i);
        else if (word(m, b + 4 * i) != 1)
            v->other = "an array of more than 4 dimensions";
    }
    v->dimensions = count < CVR_MOST_DIMENSIONS ? count : CVR_MOST_DIMENSIONS;
    return t->type == INT32 && count >= 2;
}

/* Flags, sizes and name: what is neither named nor an array of numbers has `other`. */
static cvr_status read_head(const cvr_mat5 *m, cvr_substream *s, head *h)
{
    cvr_status status = CVR_OK;
    unsigned char b[128];
    cvr_mat5_tag t;
    *h = (head){.about.columnwise = true};
    CVR_TRY(short_element(m, s, &t, b, sizeof b));
    if (t.type != UINT32 || t.length != 8)
        return bad(s->in, "an array begins without flags");
    uint32_t flags = word(m, b);
    h->class = (int)(flags & 0xff);
    h->sparse = h->class == SPARSE;
    h->about.other = h->class < OTHERS ? others[h->class] : others[0];
    if (!h->about.other && flags & IS_COMPLEX)
        h->about.other = "an array of complex numbers";
    if (h->class != OPAQUE) {
        CVR_TRY(short_element(m, s, &t, b, sizeof b));
        if (!read_sizes(m, &t, b, &h->about))
            return bad(s->in, "an array has no sizes");
    }
    CVR_TRY(short_element(m, s, &t, b, sizeof b));
    if (t.type == INT8 && t.length < CVR_NAME_ROOM)
        memcpy(h->about.name, b, (size_t)t.length);
done:
    return status;
}

/* ---- the file ---------------------------------------------------------------------- */

static cvr_status keep(cvr_mat5 *m, const head *h, int64_t place)
{
    cvr_status status = CVR_OK;
    int room = m->count + 1;
    if (!*h->about.name)
        return CVR_OK;
    CVR_TRY(cvr_grow((void **)&m->variable, room, sizeof *m->variable, "variables"));
    CVR_TRY(cvr_grow((void **)&m->about, room, sizeof *m->about, "variables"));
    m->variable[m->count] = (cvr_mat5_variable){place, h->sparse};
    m->about[m->count++] = h->about;
done:
    return status;
}

/* The next element's kind and length; *end at the end of the file. */
static cvr_status top_tag(const cvr_mat5 *m, cvr_stream *in, cvr_mat5_tag *t, bool *end)
{
    unsigned char b[8];
    size_t got = 0;
    cvr_status status = cvr_stream_read(in, b, sizeof b, &got);
    *end = got == 0;
    if (status != CVR_OK || *end)
        return status;
    if (got < sizeof b)
        return bad(in, "the file is cut off");
    decode_tag(m, b, t);
    if (t->small)
        return bad(in, "an element's length is wrong");
    return t->type == MATRIX || t->type == COMPRESSED
               ? CVR_OK
               : bad(in, "neither an array nor a compressed one");
}

/* From behind an element's tag into the array. */
static cvr_status enter(const cvr_mat5 *m, cvr_stream *in, const cvr_mat5_tag *outer,
                        cvr_substream *s, bool *array)
{
    cvr_status status = CVR_OK;
    cvr_mat5_tag t = *outer;
    bool compressed = outer->type == COMPRESSED;
    CVR_TRY(cvr_substream_open(in, outer->length, compressed ? CVR_ZLIB : CVR_PLAIN, s));
    if (compressed)
        CVR_TRY(cvr_mat5_next(m, s, &t));
    *array = t.type == MATRIX && t.length > 0;
done:
    return status;
}

/* Looks at an element, and passes it. */
static cvr_status look(cvr_mat5 *m, cvr_stream *in, const cvr_mat5_tag *t)
{
    cvr_status status = CVR_OK;
    cvr_substream s = {0};
    head h = {0};
    int64_t place = cvr_stream_offset(in) - 8;
    bool whole = true, array = false;
    CVR_TRY(enter(m, in, t, &s, &array));
    if (array)
        CVR_TRY(read_head(m, &s, &h));
    CVR_TRY(cvr_substream_skip(&s, &whole));
    if (!whole)
        CVR_TRY(bad(in, "the file is cut off"));
    CVR_TRY(keep(m, &h, place));
done:
    cvr_substream_close(&s);
    return status;
}

static cvr_status read_order(cvr_stream *in, cvr_mat5 *m)
{
    cvr_status status = CVR_OK;
    unsigned char b[CVR_MAT_HEADER] = {0};
    bool here = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
    size_t got = 0;
    CVR_TRY(cvr_stream_read(in, b, sizeof b, &got));
    bool little = memcmp(b + 126, "IM", 2) == 0;
    if (got < sizeof b || (!little && memcmp(b + 126, "MI", 2) != 0))
        CVR_FAIL(CVR_BAD_DATA, "%s: this is not a MAT file: bytes 126 and 127 are not IM",
                 cvr_stream_path(in));
    m->swapped = little != here;
    if (b[little ? 125 : 124] != 1) {
        cvr_fail(CVR_BAD_DATA, "%s: MAT files of version %d are not read",
                 cvr_stream_path(in), b[little ? 125 : 124]);
        cvr_hint("save it as version 5 (in MATLAB: save -v7) is");
        status = CVR_BAD_DATA;
    }
done:
    return status;
}

cvr_status cvr_mat5_survey(cvr_stream *in, cvr_mat5 *m)
{
    cvr_status status = CVR_OK;
    cvr_mat5_tag t = {0};
    bool end = false;
    CVR_TRY(read_order(in, m));
    for (;;) {
        CVR_TRY(top_tag(m, in, &t, &end));
        if (end)
            break;
        CVR_TRY(look(m, in, &t));
    }
done:
    return status;
}

void cvr_mat5_free(cvr_mat5 *m)
{
    cvr_release(m->variable);
    cvr_release(m->about);
    *m = (cvr_mat5){0};
}

/* ---- a variable -------------------------------------------------------------------- */

/* The numbers of an array: its tag is t. A byte of zlib data makes at most 1032. */
static cvr_status check_numbers(const cvr_file_array *a, const cvr_mat5_tag *t,
                                const cvr_mat5_tag *outer)
{
    int64_t most = outer->length * (outer->type == COMPRESSED ? 1032 : 1);
    int64_t bytes = cvr_times(cvr_file_array_count(a), cvr_packed_size(a->kind));
    if (!a->kind)
        return cvr_fail(CVR_BAD_DATA, "%s: %selements of type %u are not numbers",
                        a->path, a->name, t->type);
    if (bytes != t->length)
        return cvr_fail(CVR_BAD_DATA,
                        "%s: %sits sizes promise %lld bytes of numbers, there are %lld",
                        a->path, a->name, (long long)bytes, (long long)t->length);
    if (t->length > most)
        return cvr_fail(CVR_BAD_DATA,
                        "%s: %s%lld bytes of numbers are promised in an element of %lld "
                        "bytes",
                        a->path, a->name, (long long)t->length, (long long)outer->length);
    return CVR_OK;
}

/* Up to the numbers, which may lie in their tag. */
static cvr_status go_to_numbers(const cvr_mat5 *m, cvr_file_array *a,
                                const cvr_mat5_tag *outer)
{
    cvr_status status = CVR_OK;
    cvr_mat5_tag t = {0};
    cvr_substream *s = &a->in;
    CVR_TRY(cvr_mat5_next(m, s, &t));
    a->kind = t.type < KINDS ? kinds[t.type] : CVR_NOT_PACKED;
    CVR_TRY(check_numbers(a, &t, outer));
    if (t.small) {
        cvr_stream *in = s->in;
        cvr_substream_close(s);
        *s = (cvr_substream){.in = in, .held_left = (int)t.length};
        memcpy(s->held + sizeof s->held - t.length, t.inside, (size_t)t.length);
    }
done:
    return status;
}

cvr_status cvr_mat5_open(const cvr_mat5 *m, cvr_stream *in, int i, cvr_file_array *a)
{
    cvr_status status = CVR_OK;
    cvr_mat5_tag outer = {0};
    head h = {0};
    bool end = false, array = false;
    int64_t got = 0;
    CVR_TRY(cvr_stream_skip(in, m->variable[i].place, &got));
    CVR_TRY(top_tag(m, in, &outer, &end));
    CVR_TRY(enter(m, in, &outer, &a->in, &array));
    CVR_TRY(read_head(m, &a->in, &h));
    if (strcmp(h.about.name, m->about[i].name) != 0)
        CVR_TRY(bad(in, "the file has changed while it was read"));
    a->swapped = m->swapped;
    a->columnwise = true;
    a->padded = true;
    a->dimensions = h.about.dimensions;
    memcpy(a->size, h.about.size, sizeof a->size);
    if (!h.sparse)
        CVR_TRY(go_to_numbers(m, a, &outer));
done:
    return status;
}

/* MATLAB's MAT files, version 5, as far as SVHN has them (train_32x32.mat): X, bytes of
   height x width x channels x images, and y, a label for each image, with any other
   variables. A reader and no converter, so that --data takes the file as it is published.

   128 bytes of text, version and byte order; then elements of a tag (4 bytes type, 4
   bytes length) and content. An array is an element of elements: flags, sizes, name,
   numbers; it may lie inside one that is compressed by zlib. Content of up to 4 bytes
   lies in the tag, with its length in the upper half of the type. Elements in an array
   are filled up to 8 bytes. MATLAB counts along columns first: an image is its channels
   one after the other, each column by column. The labels lie behind the images, so the
   file is read twice.

   SVHN writes 10 for the digit 0, which is what it is called here: if no label is 0.
   https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf */
#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "data/reader.h"
#include "data/section.h"

enum { HEADER = 128, MOST_DIMENSIONS = 4, NAME = 32 };
enum { INT8 = 1, UINT8 = 2, INT32 = 5, UINT32 = 6, MATRIX = 14, COMPRESSED = 15 };

typedef double decoder(const unsigned char *item);

typedef struct tag {
    uint32_t type;
    int64_t length;
    unsigned char inside[4]; /* content that lies in the tag */
    bool small;
} tag;

typedef struct array {
    char name[NAME];
    int dimensions; /* those after MOST_DIMENSIONS are 1 */
    int64_t size[MOST_DIMENSIONS];
    tag numbers; /* their content comes next */
} array;

typedef struct mat5 {
    bool swapped;         /* the file's bytes are in the other order */
    cvr_section images;   /* the content of X, at an image */
    int64_t place;        /* of X's element in the file; 0: there is none */
    int64_t row, rows;    /* the next image */
    int64_t at, item;     /* the image that the section is at; bytes of one */
    unsigned char *bytes; /* one image */
    int64_t room;
    double *value, target;
    unsigned char *label; /* as in the file */
    int64_t label_room, labels;
    int label_type; /* row of kinds */
    bool ten;       /* 10 is the digit 0 */
} mat5;

/* ---- numbers ----------------------------------------------------------------------- */

static void turn(unsigned char *item, int size)
{
    for (int i = 0; i < size / 2; i++) {
        unsigned char held = item[i];
        item[i] = item[size - 1 - i];
        item[size - 1 - i] = held;
    }
}

static uint32_t word(const mat5 *m, const unsigned char *bytes)
{
    unsigned char b[4];
    uint32_t v;
    memcpy(b, bytes, 4);
    if (m->swapped)
        turn(b, 4);
    memcpy(&v, b, 4);
    return v;
}

#define DECODER(name, type)                                                              \
    static double name(const unsigned char *item)                                        \
    {                                                                                    \
        type v;                                                                          \
        memcpy(&v, item, sizeof v);                                                      \
        return (double)v;                                                                \
    }
DECODER(from_i1, int8_t)
DECODER(from_u1, uint8_t)
DECODER(from_i2, int16_t)
DECODER(from_u2, uint16_t)
DECODER(from_i4, int32_t)
DECODER(from_u4, uint32_t)
DECODER(from_f4, float)
DECODER(from_f8, double)
DECODER(from_i8, int64_t)
DECODER(from_u8, uint64_t)
#undef DECODER

/* By the type of an element. */
static const struct {
    int size;
    decoder *decode;
} kinds[] = {
    [1] = {1, from_i1},  [2] = {1, from_u1}, [3] = {2, from_i2}, [4] = {2, from_u2},
    [5] = {4, from_i4},  [6] = {4, from_u4}, [7] = {4, from_f4}, [9] = {8, from_f8},
    [12] = {8, from_i8}, [13] = {8, from_u8}};
enum { KINDS = sizeof kinds / sizeof *kinds };

static double label_at(const mat5 *m, int64_t i)
{
    int size = kinds[m->label_type].size;
    unsigned char item[8];
    memcpy(item, m->label + i * size, (size_t)size);
    if (m->swapped)
        turn(item, size);
    return kinds[m->label_type].decode(item);
}

/* ---- elements ---------------------------------------------------------------------- */

static cvr_status bad(const cvr_stream *in, const char *what)
{
    return cvr_fail(CVR_BAD_DATA, "%s: byte %lld: %s", cvr_stream_path(in),
                    (long long)cvr_stream_offset(in), what);
}

static void decode_tag(const mat5 *m, const unsigned char *b, tag *t)
{
    uint32_t first = word(m, b);
    *t = (tag){.type = first & 0xffff, .length = first >> 16, .small = first >> 16};
    memcpy(t->inside, b + 4, 4);
    if (t->small)
        return;
    t->type = first;
    t->length = word(m, b + 4);
}

static cvr_status next_tag(const mat5 *m, cvr_section *s, tag *t)
{
    unsigned char b[8];
    size_t got = 0;
    cvr_status status = cvr_section_read(s, b, sizeof b, &got);
    if (status != CVR_OK)
        return status;
    if (got < sizeof b)
        return bad(s->in, "an array is cut off");
    decode_tag(m, b, t);
    return t->small && t->length > 4 ? bad(s->in, "an element's length is wrong")
                                     : CVR_OK;
}

/* A short element: content of t, filled up, into bytes. */
static cvr_status content(cvr_section *s, const tag *t, unsigned char *bytes,
                          int64_t room)
{
    cvr_status status = CVR_OK;
    size_t got = 0, filled = (size_t)(t->length + 7) / 8 * 8;
    if ((int64_t)filled > room)
        return bad(s->in, "an array's head is too long");
    if (t->small) {
        memcpy(bytes, t->inside, sizeof t->inside);
        return CVR_OK;
    }
    CVR_TRY(cvr_section_read(s, bytes, filled, &got));
    if (got < filled)
        return bad(s->in, "an array is cut off");
done:
    return status;
}

/* The array's sizes; false: more than it can have here. */
static bool read_sizes(const mat5 *m, const tag *t, const unsigned char *b, array *a)
{
    a->dimensions = (int)(t->length / 4);
    for (int i = 0; i < MOST_DIMENSIONS; i++)
        a->size[i] = i < a->dimensions ? word(m, b + 4 * i) : 1;
    for (int i = MOST_DIMENSIONS; i < a->dimensions; i++)
        if (word(m, b + 4 * i) != 1)
            return false;
    return t->type == INT32 && a->dimensions >= 2;
}

/* Flags, sizes, name, and the tag of the numbers. Arrays that have none (cells, ...) get
   a tag of something else. */
static cvr_status read_array(const mat5 *m, cvr_section *s, array *a)
{
    cvr_status status = CVR_OK;
    unsigned char b[128];
    tag t;
    *a = (array){0};
    CVR_TRY(next_tag(m, s, &t));
    CVR_TRY(content(s, &t, b, sizeof b));
    if (t.type != UINT32 || t.length != 8)
        return bad(s->in, "an array begins without flags");
    CVR_TRY(next_tag(m, s, &t));
    CVR_TRY(content(s, &t, b, sizeof b));
    bool known = read_sizes(m, &t, b, a);
    CVR_TRY(next_tag(m, s, &t));
    CVR_TRY(content(s, &t, b, sizeof b));
    if (t.type == INT8 && known && t.length < NAME)
        memcpy(a->name, b, (size_t)t.length);
    if (*a->name)
        CVR_TRY(next_tag(m, s, &a->numbers));
done:
    return status;
}

/* ---- the two variables ------------------------------------------------------------- */

static cvr_status wrong_size(const cvr_stream *in, const array *a, const char *what)
{
    return cvr_fail(
        CVR_BAD_DATA,
        "%s: byte %lld: %s (%lld x %lld x %lld x %lld) is no array of %s: %lld "
        "bytes of type %u",
        cvr_stream_path(in), (long long)cvr_stream_offset(in), a->name,
        (long long)a->size[0], (long long)a->size[1], (long long)a->size[2],
        (long long)a->size[3], what, (long long)a->numbers.length, a->numbers.type);
}

static int64_t entries(const array *a)
{
    int64_t n = 1;
    for (int i = 0; i < MOST_DIMENSIONS; i++)
        n = cvr_times(n, a->size[i]);
    return n;
}

static cvr_status check_images(const cvr_section *s, const array *a)
{
    int64_t bytes = entries(a);
    if (a->numbers.type != UINT8 || a->numbers.small || bytes < 1 ||
        bytes != a->numbers.length)
        return wrong_size(s->in, a, "images");
    return CVR_OK;
}

static cvr_status take_labels(mat5 *m, cvr_section *s, const array *a)
{
    cvr_status status = CVR_OK;
    const tag *t = &a->numbers;
    int64_t n = entries(a), got = t->length;
    int size = t->type < KINDS ? kinds[t->type].size : 0;
    if (!size || n < 1 || cvr_times(n, size) != t->length)
        return wrong_size(s->in, a, "labels");
    if (t->small) {
        CVR_TRY(cvr_grow((void **)&m->label, 4, 1, "labels"));
        m->label_room = 4;
        memcpy(m->label, t->inside, 4);
    } else {
        CVR_TRY(cvr_section_take(s, t->length, &m->label, &m->label_room, &got));
    }
    if (got < t->length)
        return bad(s->in, "the labels y are cut off");
    m->labels = n;
    m->label_type = (int)t->type;
done:
    return status;
}

/* Looks at an element of `length` bytes, and passes it. */
static cvr_status look(mat5 *m, cvr_stream *in, bool compressed, int64_t length)
{
    cvr_status status = CVR_OK;
    cvr_section s = {0};
    array a = {0};
    tag t = {.type = MATRIX};
    int64_t place = cvr_stream_offset(in) - 8;
    bool whole = true;
    CVR_TRY(cvr_section_open(in, length, compressed, &s));
    if (compressed)
        CVR_TRY(next_tag(m, &s, &t));
    if (t.type == MATRIX)
        CVR_TRY(read_array(m, &s, &a));
    if (strcmp(a.name, "X") == 0) {
        CVR_TRY(check_images(&s, &a));
        m->place = place;
    } else if (strcmp(a.name, "y") == 0) {
        CVR_TRY(take_labels(m, &s, &a));
    }
    CVR_TRY(cvr_section_pass(&s, &whole));
    if (!whole)
        return bad(in, "the file is cut off");
done:
    cvr_section_close(&s);
    return status;
}

/* The next element's kind and length; *end at the end of the file. */
static cvr_status top_tag(const mat5 *m, cvr_stream *in, tag *t, bool *end)
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
    return t->small ? bad(in, "an element's length is wrong") : CVR_OK;
}

static cvr_status survey(mat5 *m, const char *path)
{
    cvr_status status = CVR_OK;
    cvr_stream *in = NULL;
    int64_t got = 0;
    tag t = {0};
    bool end = false;
    CVR_TRY(cvr_stream_open(path, &in));
    CVR_TRY(cvr_stream_skip(in, HEADER, &got));
    for (;;) {
        CVR_TRY(top_tag(m, in, &t, &end));
        if (end)
            break;
        if (t.type != MATRIX && t.type != COMPRESSED) {
            status = bad(in, "neither an array nor a compressed one");
            goto done;
        }
        CVR_TRY(look(m, in, t.type == COMPRESSED, t.length));
    }
done:
    cvr_stream_close(in);
    return status;
}

/* ---- opening ----------------------------------------------------------------------- */

static bool sniff(const unsigned char *head, size_t size)
{
    return size >= HEADER && memcmp(head, "MATLAB ", 7) == 0 &&
           (memcmp(head + 126, "IM", 2) == 0 || memcmp(head + 126, "MI", 2) == 0);
}

static cvr_status read_head(cvr_reader *r, mat5 *m)
{
    cvr_status status = CVR_OK;
    unsigned char b[HEADER];
    const unsigned char little[2] = "IM", big[2] = "MI";
    bool here = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
    size_t got = 0;
    CVR_TRY(cvr_stream_read(r->in, b, HEADER, &got));
    if (got < HEADER || (memcmp(b + 126, little, 2) && memcmp(b + 126, big, 2)))
        CVR_FAIL(CVR_BAD_DATA, "%s: this is no MAT file: bytes 126 and 127 are not IM",
                 r->path);
    m->swapped = memcmp(b + 126, here ? little : big, 2) != 0;
    int version = m->swapped == here ? b[124] : b[125];
    if (version != 1) {
        status = cvr_fail(CVR_BAD_DATA, "%s: MAT files of version %d are not read",
                          r->path, version);
        cvr_hint(version == 2 ? "save it in MATLAB with -v7" : "version 5 (-v6, -v7) is");
    }
done:
    return status;
}

/* Two openings of a pipe would wait for each other. */
static cvr_status check_regular(const cvr_reader *r)
{
    if (!cvr_stream_regular(r->in))
        return cvr_fail(CVR_BAD_DATA, "%s: no regular file, and MAT files are read twice",
                        r->path);
    return CVR_OK;
}

/* A byte of zlib data makes at most 1032. */
static cvr_status check_promise(const cvr_reader *r, const array *a, const tag *element)
{
    int64_t most = element->length * (element->type == COMPRESSED ? 1032 : 1);
    if (a->numbers.length > most)
        return cvr_fail(CVR_BAD_DATA,
                        "%s: X promises %lld bytes of images in an element of %lld bytes",
                        r->path, (long long)a->numbers.length,
                        (long long)element->length);
    return CVR_OK;
}

static cvr_status set_shape(cvr_reader *r, mat5 *m, const array *a)
{
    m->rows = a->size[3];
    m->item = entries(a) / m->rows;
    if (m->item > INT32_MAX)
        return wrong_size(r->in, a, "images");
    if (m->labels && m->labels != m->rows)
        return cvr_fail(CVR_BAD_DATA, "%s: X has %lld images, y has %lld labels", r->path,
                        (long long)m->rows, (long long)m->labels);
    r->height = (int)a->size[0];
    r->width = (int)a->size[1];
    r->channels = (int)a->size[2];
    r->features = m->item;
    r->targets = m->labels > 0;
    return CVR_OK;
}

/* From the head of the file to the first image. */
static cvr_status go_to_images(cvr_reader *r, mat5 *m)
{
    cvr_status status = CVR_OK;
    array a = {0};
    tag t = {0}, inner = {0};
    bool end = false;
    int64_t got = 0;
    if (!m->place)
        CVR_FAIL(CVR_BAD_DATA, "%s: there is no array X of images in it", r->path);
    CVR_TRY(cvr_stream_skip(r->in, m->place - cvr_stream_offset(r->in), &got));
    CVR_TRY(top_tag(m, r->in, &t, &end));
    bool compressed = t.type == COMPRESSED;
    CVR_TRY(cvr_section_open(r->in, t.length, compressed, &m->images));
    if (compressed)
        CVR_TRY(next_tag(m, &m->images, &inner));
    CVR_TRY(read_array(m, &m->images, &a));
    CVR_TRY(check_images(&m->images, &a));
    CVR_TRY(check_promise(r, &a, &t));
    CVR_TRY(set_shape(r, m, &a));
done:
    return status;
}

static cvr_status open(cvr_reader *r)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_alloc(1, sizeof(mat5), "a MAT file", &r->state));
    mat5 *m = r->state;
    CVR_TRY(check_regular(r));
    CVR_TRY(read_head(r, m));
    CVR_TRY(survey(m, r->file));
    CVR_TRY(go_to_images(r, m));
    m->ten = true;
    for (int64_t i = 0; i < m->labels && m->ten; i++)
        m->ten = label_at(m, i) != 0;
done:
    return status;
}

/* ---- rows -------------------------------------------------------------------------- */

/* Columns one after the other to rows one after the other. */
static cvr_status widen(const cvr_reader *r, mat5 *m)
{
    cvr_status status = CVR_OK;
    const unsigned char *from = m->bytes;
    if (!m->value)
        CVR_TRY(cvr_alloc(m->item, sizeof(double), "an image", (void **)&m->value));
    for (int c = 0; c < r->channels; c++)
        for (int x = 0; x < r->width; x++)
            for (int y = 0; y < r->height; y++)
                m->value[((int64_t)c * r->height + y) * r->width + x] = *from++;
done:
    return status;
}

static cvr_status read_image(const cvr_reader *r, mat5 *m)
{
    cvr_status status = CVR_OK;
    int64_t got = 0;
    for (; m->at <= m->row; m->at++) {
        CVR_TRY(cvr_section_take(&m->images, m->item, &m->bytes, &m->room, &got));
        if (got < m->item)
            CVR_FAIL(CVR_BAD_DATA,
                     "%s: byte %lld: image %lld of %lld is cut off: %lld of %lld bytes",
                     r->path, (long long)cvr_stream_offset(r->in), (long long)m->at + 1,
                     (long long)m->rows, (long long)got, (long long)m->item);
    }
    CVR_TRY(widen(r, m));
done:
    return status;
}

static cvr_status read_label(const cvr_reader *r, mat5 *m)
{
    m->target = label_at(m, m->row);
    if (!isfinite(m->target))
        return cvr_fail(CVR_BAD_DATA, "%s: label %lld of y is %g", r->path,
                        (long long)m->row + 1, m->target);
    if (m->target == 10 && m->ten)
        m->target = 0;
    return CVR_OK;
}

/* After the last image: reading on has zlib compare its checksum. */
static cvr_status check_end(const cvr_reader *r, mat5 *m)
{
    unsigned char filling[8];
    size_t got = 0;
    if (m->at < m->rows)
        return CVR_OK;
    cvr_status status = cvr_section_read(&m->images, filling, sizeof filling, &got);
    if (status == CVR_OK && got == sizeof filling)
        return bad(r->in, "bytes follow the images of X");
    return status;
}

static cvr_status next(cvr_reader *r, cvr_row *row, bool *end)
{
    mat5 *m = r->state;
    cvr_status status = CVR_OK;
    *end = m->row == m->rows;
    if (*end)
        return check_end(r, m);
    if (!r->skim)
        CVR_TRY(read_image(r, m));
    if (m->labels)
        CVR_TRY(read_label(r, m));
    *row = (cvr_row){.count = m->item, .value = m->value, .target = &m->target};
    m->row++;
done:
    return status;
}

static void close(cvr_reader *r)
{
    mat5 *m = r->state;
    if (!m)
        return;
    cvr_section_close(&m->images);
    cvr_release(m->bytes);
    cvr_release(m->value);
    cvr_release(m->label);
    cvr_release(m);
}

const cvr_format cvr_format_mat = {"mat", "MATLAB 5 images (SVHN)", sniff, open, next,
                                   close};

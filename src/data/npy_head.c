/* NPY of NumPy, versions 1 to 3: magic, version, a Python dict as text, then the array in
   C or Fortran order.
   https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
#include "data/npy_head.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "data/number.h"

enum { MOST_HEADER = 1 << 20 };

static cvr_status bad_header(const cvr_file_array *a, const char *what)
{
    return cvr_fail(CVR_BAD_DATA, "%s: %sNPY header: %s", a->path, a->name, what);
}

/* The text of the header, '\0' at its end; the caller frees *text. */
static cvr_status read_text(const cvr_file_array *a, cvr_substream *in,
                            unsigned char **text)
{
    cvr_status status = CVR_OK;
    unsigned char b[12] = {0};
    size_t got = 0;
    int64_t room = 0, have = 0;
    CVR_TRY(cvr_substream_read(in, b, 8, &got));
    if (got < 8 || memcmp(b, "\x93NUMPY", 6) != 0)
        CVR_FAIL(CVR_BAD_DATA, "%s: %swrong magic: NPY files begin with \\x93NUMPY",
                 a->path, a->name);
    if (b[6] < 1 || b[6] > 3)
        CVR_FAIL(CVR_BAD_DATA, "%s: %sNPY version %d is not supported", a->path, a->name,
                 b[6]);
    CVR_TRY(cvr_substream_read(in, b + 8, b[6] == 1 ? 2 : 4, &got));
    int64_t length = b[8] | b[9] << 8 | b[10] << 16 | (int64_t)b[11] << 24;
    if (length > MOST_HEADER)
        CVR_FAIL(CVR_BAD_DATA, "%s: %sNPY header: %lld bytes are too many", a->path,
                 a->name, (long long)length);
    CVR_TRY(cvr_substream_take(in, length, text, &room, &have));
    if (have < length)
        CVR_FAIL(CVR_BAD_DATA, "%s: %sthe NPY header is cut off", a->path, a->name);
    CVR_TRY(cvr_grow((void **)text, length + 1, 1, "an NPY header"));
    (*text)[length] = '\0';
done:
    return status;
}

/* What follows 'key': in the dict, in either kind of quotes; NULL: it is not there. */
static const char *after(const char *text, const char *key)
{
    size_t length = strlen(key);
    for (const char *p = text; (p = strstr(p, key)); p += length) {
        char quote = p > text ? p[-1] : 0;
        const char *end = p + length;
        if ((quote != '\'' && quote != '"') || *end != quote)
            continue;
        end += 1 + strspn(end + 1, " ");
        return *end == ':' ? end + 1 + strspn(end + 1, " ") : NULL;
    }
    return NULL;
}

/* ---- what the entries are ---------------------------------------------------------- */

static const struct {
    const char *name;
    cvr_packed kind;
} kinds[] = {{"f8", CVR_F8}, {"f4", CVR_F4}, {"f2", CVR_F2}, {"bfloat16", CVR_BF2},
             {"u1", CVR_U1}, {"i1", CVR_I1}, {"b1", CVR_U1}, {"u2", CVR_U2},
             {"i2", CVR_I2}, {"u4", CVR_U4}, {"i4", CVR_I4}, {"u8", CVR_U8},
             {"i8", CVR_I8}};

/* By the first letter of their kind. */
static const struct {
    char letter;
    const char *what, *hint;
} others[] = {
    {'U', "texts", "save numbers; or data with text labels as CSV"},
    {'S', "texts", "save numbers; or data with text labels as CSV"},
    {'a', "texts", "save numbers; or data with text labels as CSV"},
    {'O', "Python objects", "save numbers: array.astype(float)"},
    {'c', "complex numbers", "save their parts as columns"},
    {'M', "dates", "save numbers: array.astype('int64')"},
    {'m', "spans of time", "save numbers: array.astype('int64')"},
    {'V', "raw bytes", "save numbers: array.astype(float)"},
    {'f', "floating numbers of more than 64 bits", "save array.astype(float)"},
};

static cvr_status wrong_kind(const cvr_file_array *a, const char *name, char letter)
{
    char quoted[CVR_QUOTE_SIZE];
    const char *what = "not numbers of a supported type", *hint = NULL;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i].letter == letter) {
            what = others[i].what;
            hint = others[i].hint;
        }
    cvr_fail(CVR_BAD_DATA, "%s: %sits entries are %s (NumPy's type '%s')", a->path,
             a->name, what, cvr_quote(name, quoted));
    if (hint)
        cvr_hint("%s", hint);
    return CVR_BAD_DATA;
}

static cvr_status structured(const cvr_file_array *a)
{
    cvr_fail(CVR_BAD_DATA, "%s: %sa structured array: its entries have named fields",
             a->path, a->name);
    cvr_hint("numpy.lib.recfunctions.structured_to_unstructured makes a matrix of it");
    return CVR_BAD_DATA;
}

static cvr_status read_kind(cvr_file_array *a, const char *text)
{
    char name[CVR_QUOTE_SIZE] = "";
    const char *p = after(text, "descr");
    if (p && *p == '[')
        return structured(a);
    if (!p || (*p != '\'' && *p != '"') || sscanf(p + 1, "%31[^'\"]", name) != 1)
        return bad_header(a, "no 'descr'");
    const char *kind = name + (strchr("<>|=", name[0]) != NULL);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kind, kinds[i].name) == 0)
            a->kind = kinds[i].kind;
    a->swapped = name[0] == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? '>' : '<');
    return a->kind ? CVR_OK : wrong_kind(a, name, kind[0]);
}

/* ---- its shape --------------------------------------------------------------------- */

static cvr_status no_rows(const cvr_file_array *a)
{
    cvr_fail(CVR_BAD_DATA, "%s: %sa single number without dimensions has no rows",
             a->path, a->name);
    cvr_hint("a table has two dimensions, labels one");
    return CVR_BAD_DATA;
}

/* "(40, 3)"; Python 2 wrote "(40L, 3L)". */
static cvr_status read_shape(cvr_file_array *a, const char *text)
{
    const char *p = after(text, "shape");
    if (!p || *p++ != '(')
        return bad_header(a, "no 'shape'");
    for (a->dimensions = 0; *p != ')'; a->dimensions++) {
        char *end = NULL;
        if (a->dimensions == CVR_MOST_DIMENSIONS)
            return bad_header(a, "more than 4 dimensions");
        p += strspn(p, " ");
        long long size = *p >= '0' && *p <= '9' ? strtoll(p, &end, 10) : -1;
        if (size < 0 || size > INT64_MAX / 16)
            return bad_header(a, "a dimension that is not a size");
        a->size[a->dimensions] = size;
        p = end + (*end == 'L');
        p += strspn(p, " ");
        p += *p == ',';
        p += strspn(p, " ");
    }
    return a->dimensions == 0 ? no_rows(a) : CVR_OK;
}

/* The promised bytes must be there, where their number is known. */
static cvr_status check_length(const cvr_file_array *a, const cvr_substream *in)
{
    int64_t columns = 1;
    for (int i = 1; i < a->dimensions; i++)
        columns = cvr_times(columns, a->size[i]);
    int64_t bytes = cvr_times(cvr_times(a->size[0], columns), cvr_packed_size(a->kind));
    bool known = !in->unpack && cvr_stream_length(in->in) >= 0;
    if (bytes >= 0 && (!known || bytes == in->left))
        return CVR_OK;
    return cvr_fail(CVR_BAD_DATA,
                    "%s: %sthe header promises %lld x %lld entries of %d bytes, the file "
                    "has %lld bytes after it",
                    a->path, a->name, (long long)a->size[0], (long long)columns,
                    cvr_packed_size(a->kind), known ? (long long)in->left : -1);
}

cvr_status cvr_npy_head(cvr_substream *in, cvr_file_array *a)
{
    cvr_status status = CVR_OK;
    unsigned char *bytes = NULL;
    CVR_TRY(read_text(a, in, &bytes));
    const char *text = (const char *)bytes, *order = after(text, "fortran_order");
    if (!order)
        CVR_TRY(bad_header(a, "no 'fortran_order'"));
    CVR_TRY(read_kind(a, text));
    CVR_TRY(read_shape(a, text));
    a->columnwise = strncmp(order, "True", 4) == 0 && a->dimensions > 1;
    CVR_TRY(check_length(a, in));
    a->in = *in;
    *in = (cvr_substream){0};
done:
    cvr_release(bytes);
    return status;
}

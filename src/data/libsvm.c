/* LIBSVM text: "label index:value index:value ...", indices rising, zeros left out.
   https://www.csie.ntu.edu.tw/~cjlin/libsvm */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "data/lines.h"
#include "data/number.h"
#include "data/reader.h"

typedef struct libsvm {
    cvr_lines lines;
    int32_t *index;
    double *value, label;
    int64_t room;
} libsvm;

static const char *skip(const char *p)
{
    return p + strspn(p, " \t");
}

/* A line is "number" or "number integer:number ..."; at least one has such a pair. */
static bool looks_right(const char *line, bool *pairs)
{
    double v;
    const char *p = cvr_number_read(skip(line), &v);
    for (p = p ? skip(p) : NULL; p && *p && *p != '#'; p = skip(p)) {
        char *colon = NULL;
        if (*p < '0' || *p > '9')
            return false;
        strtoll(p, &colon, 10);
        if (*colon != ':' || !(p = cvr_number_read(colon + 1, &v)))
            return false;
        *pairs = true;
    }
    return p != NULL;
}

/* The first lines that are whole in the head. */
static bool sniff(const unsigned char *head, size_t size)
{
    char line[1024];
    bool pairs = false;
    const char *p = (const char *)head, *end = p + size;
    for (int i = 0; i < 10 && p < end; i++) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        size_t length = (size_t)((stop ? stop : end) - p);
        bool whole = length < sizeof line && (stop || size < 32 << 10);
        length = length < sizeof line ? length : sizeof line - 1;
        memcpy(line, p, length);
        line[length] = '\0';
        line[strcspn(line, "\r#")] = '\0';
        char *last = strrchr(line, ' ');
        if (!whole && last)
            *last = '\0';
        if (*skip(line) && !looks_right(line, &pairs))
            return false;
        p = stop ? stop + 1 : end;
    }
    return pairs;
}

static cvr_status open(cvr_reader *r)
{
    cvr_status status = cvr_alloc(1, sizeof(libsvm), "a LIBSVM reader", &r->state);
    if (status != CVR_OK)
        return status;
    ((libsvm *)r->state)->lines.in = r->in;
    r->features = -1;
    r->targets = !r->target || strcmp(r->target, "none") != 0;
    return CVR_OK;
}

static cvr_status grow(libsvm *f)
{
    cvr_status status = CVR_OK;
    int64_t room = f->room ? 2 * f->room : 64;
    CVR_TRY(cvr_grow((void **)&f->index, room, sizeof *f->index, "indices"));
    CVR_TRY(cvr_grow((void **)&f->value, room, sizeof *f->value, "a row"));
    f->room = room;
done:
    return status;
}

static cvr_status not_a_pair(const cvr_reader *r, const char *p)
{
    libsvm *f = r->state;
    char quoted[CVR_QUOTE_SIZE], item[CVR_QUOTE_SIZE + 1] = "";
    strncat(item, p,
            strcspn(p, " \t") < CVR_QUOTE_SIZE ? strcspn(p, " \t") : CVR_QUOTE_SIZE);
    return cvr_fail(CVR_BAD_DATA, "%s:%lld: '%s' is not index:value", r->path,
                    (long long)f->lines.number, cvr_quote(item, quoted));
}

static cvr_status check_index(cvr_reader *r, int64_t index, int64_t before)
{
    libsvm *f = r->state;
    long long line = f->lines.number;
    if (index > INT32_MAX - 1)
        return cvr_fail(CVR_BAD_DATA, "%s:%lld: index %lld is too large", r->path, line,
                        (long long)index);
    if (index < r->libsvm_base)
        return cvr_fail(CVR_BAD_DATA, "%s:%lld: index %lld where indices begin at %d",
                        r->path, line, (long long)index, r->libsvm_base);
    if (index <= before)
        return cvr_fail(CVR_BAD_DATA, "%s:%lld: index %lld after %lld: indices must rise",
                        r->path, line, (long long)index, (long long)before);
    return CVR_OK;
}

/* The pair at *p; *p moves past it. */
static cvr_status read_pair(cvr_reader *r, const char **p, int64_t count)
{
    libsvm *f = r->state;
    cvr_status status = CVR_OK;
    const char *q = *p, *end = NULL;
    int64_t index = 0, before = count > 0 ? f->index[count - 1] : -1;
    for (; *q >= '0' && *q <= '9'; q++)
        index = index <= INT32_MAX ? 10 * index + (*q - '0') : index;
    if (q == *p || *q != ':' || !(end = cvr_number_read(q + 1, &f->value[count])) ||
        (*end && *end != ' ' && *end != '\t'))
        return not_a_pair(r, *p);
    CVR_TRY(check_index(r, index, before));
    if (!isfinite(f->value[count]))
        CVR_FAIL(CVR_BAD_DATA, "%s:%lld: column %lld: '%.*s' is not finite", r->path,
                 (long long)f->lines.number, (long long)index, (int)(end - q - 1), q + 1);
    f->index[count] = (int32_t)index;
    *p = skip(end);
done:
    return status;
}

static cvr_status read_label(cvr_reader *r, const char **p)
{
    libsvm *f = r->state;
    char item[CVR_QUOTE_SIZE + 1] = "", quoted[CVR_QUOTE_SIZE];
    const char *start = skip(*p);
    const char *end = cvr_number_read(start, &f->label);
    if (end && (*end == '\0' || *end == ' ' || *end == '\t') && isfinite(f->label)) {
        *p = skip(end);
        return CVR_OK;
    }
    size_t length = strcspn(start, " \t");
    strncat(item, start, length < CVR_QUOTE_SIZE ? length : CVR_QUOTE_SIZE);
    return cvr_fail(CVR_BAD_DATA, "%s:%lld: label '%s' is not a finite number", r->path,
                    (long long)f->lines.number, cvr_quote(item, quoted));
}

static cvr_status next(cvr_reader *r, cvr_row *row, bool *end)
{
    libsvm *f = r->state;
    cvr_status status = CVR_OK;
    char *line = NULL, *stop = NULL;
    int64_t count = 0;
    CVR_TRY(cvr_lines_next_filled(&f->lines, &line, &stop));
    *end = line == NULL;
    if (*end)
        goto done;
    line[strcspn(line, "#")] = '\0';
    const char *p = line;
    CVR_TRY(read_label(r, &p));
    while (*p) {
        if (count == f->room)
            CVR_TRY(grow(f));
        CVR_TRY(read_pair(r, &p, count));
        count++;
    }
    if (!f->room)
        CVR_TRY(grow(f));
    *row = (cvr_row){
        .count = count, .index = f->index, .value = f->value, .target = &f->label};
done:
    return status;
}

static void close(cvr_reader *r)
{
    libsvm *f = r->state;
    if (f) {
        cvr_lines_free(&f->lines);
        cvr_release(f->index);
        cvr_release(f->value);
    }
    cvr_release(f);
}

const cvr_format cvr_format_libsvm = {"libsvm", "LIBSVM text", sniff, open, next, close};

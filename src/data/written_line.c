#include "data/written_line.h"

#include <string.h>

#include "base/bytes.h"
#include "base/decimal.h"
#include "data/number.h"

/* Room for `length` bytes more. */
static cvr_status reserve(cvr_line *l, int64_t length)
{
    return cvr_make_room((void **)&l->text, &l->room, l->used + length, 1,
                         "a line of text");
}

cvr_status cvr_line_add(cvr_line *l, const char *text, int64_t length)
{
    cvr_status status = reserve(l, length);
    if (status != CVR_OK)
        return status;
    memcpy(l->text + l->used, text, (size_t)length);
    l->used += length;
    return CVR_OK;
}

cvr_status cvr_line_number(cvr_line *l, double v, cvr_type type)
{
    cvr_status status = reserve(l, CVR_NUMBER_SIZE);
    if (status == CVR_OK)
        l->used += cvr_number_write(v, type, l->text + l->used);
    return status;
}

cvr_status cvr_line_index(cvr_line *l, int64_t index)
{
    cvr_status status = reserve(l, CVR_DECIMAL_SIZE + 2);
    if (status != CVR_OK)
        return status;
    l->text[l->used++] = ' ';
    l->used += cvr_decimal_whole(index, l->text + l->used);
    l->text[l->used++] = ':';
    return CVR_OK;
}

cvr_status cvr_line_text(cvr_line *l, const char *text)
{
    return cvr_line_add(l, text, (int64_t)strlen(text));
}

cvr_status cvr_line_name(cvr_line *l, const char *name)
{
    cvr_status status = CVR_OK;
    if (!strpbrk(name, ",;\t\" \n") && *name)
        return cvr_line_text(l, name);
    CVR_TRY(cvr_line_add(l, "\"", 1));
    for (const char *p = name; *p; p++) {
        CVR_TRY(cvr_line_add(l, p, 1));
        if (*p == '"')
            CVR_TRY(cvr_line_add(l, p, 1));
    }
    CVR_TRY(cvr_line_add(l, "\"", 1));
done:
    return status;
}

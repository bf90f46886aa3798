/* Where the numbers of a row lie. With rows one after the other, in a file of any length,
   a row is in memory at a time; else the whole array is. */
#include "data/array.h"

#include <math.h>

#include "base/bytes.h"

int64_t cvr_file_array_count(const cvr_file_array *a)
{
    int64_t n = 1;
    for (int i = 0; i < a->dimensions; i++)
        n = cvr_times(n, a->size[i]);
    return n;
}

/* ---- the shape of a row ------------------------------------------------------------ */

static bool few(int64_t size)
{
    return size == 1 || size == 3 || size == 4;
}

/* The indices of a row's numbers from the slowest to the fastest: an image's channels,
   then its rows, then its columns. */
static void order_dimensions(cvr_file_array *a, int along, int *order)
{
    int count = 0;
    for (int i = 0; i < a->dimensions; i++)
        if (i != along)
            order[count++] = i;
    if (count < 3)
        return;
    bool first = few(a->size[order[0]]), last = few(a->size[order[2]]);
    a->channels_last = last && (!first || a->columnwise);
    if (a->channels_last) {
        int channels = order[2];
        order[2] = order[1];
        order[1] = order[0];
        order[0] = channels;
    }
}

static void set_image(cvr_file_array *a, const int *order)
{
    int count = a->dimensions - 1;
    if (count < 2 || a->columns > INT32_MAX)
        return;
    a->channels = count == 3 ? (int)a->size[order[0]] : 1;
    a->height = (int)a->size[order[count - 2]];
    a->width = (int)a->size[order[count - 1]];
}

/* Numbers from one value of an index to the next. */
static int64_t stride(const cvr_file_array *a, int dimension)
{
    int64_t n = 1;
    int from = a->columnwise ? 0 : dimension + 1;
    int to = a->columnwise ? dimension : a->dimensions;
    for (int i = from; i < to; i++)
        n *= a->size[i];
    return n;
}

/* Whether the numbers of a row come in the file as they are wanted. */
static bool in_order(const cvr_file_array *a, const int *order)
{
    int64_t expected = 1;
    for (int i = a->dimensions - 2; i >= 0; i--) {
        if (a->size[order[i]] > 1 && stride(a, order[i]) != expected)
            return false;
        expected *= a->size[order[i]];
    }
    return true;
}

static cvr_status place_columns(cvr_file_array *a, const int *order)
{
    int64_t step[CVR_MOST_DIMENSIONS] = {0}, size[CVR_MOST_DIMENSIONS] = {1, 1, 1, 1};
    int count = a->dimensions - 1, lead = 3 - count;
    if (in_order(a, order))
        return CVR_OK;
    for (int i = 0; i < count; i++) {
        step[lead + i] = stride(a, order[i]);
        size[lead + i] = a->size[order[i]];
    }
    cvr_status status =
        cvr_alloc(a->columns, sizeof *a->place, "columns", (void **)&a->place);
    int64_t *place = a->place;
    for (int64_t i = 0; status == CVR_OK && i < size[0]; i++)
        for (int64_t j = 0; j < size[1]; j++)
            for (int64_t k = 0; k < size[2]; k++)
                *place++ = i * step[0] + j * step[1] + k * step[2];
    return status;
}

/* ---- reading ----------------------------------------------------------------------- */

static cvr_status cut(const cvr_file_array *a, int64_t row, int64_t got, int64_t size)
{
    return cvr_fail(CVR_BAD_DATA,
                    "%s: %sthe array is cut off in row %lld of %lld, at byte %lld: %lld "
                    "of %lld bytes",
                    a->path, a->name, (long long)row + 1, (long long)a->rows,
                    (long long)cvr_stream_offset(a->in.in), (long long)got,
                    (long long)size);
}

/* The bytes of the next row, or of all rows. */
static cvr_status fetch(cvr_file_array *a)
{
    cvr_status status = CVR_OK;
    int64_t got = 0;
    int64_t size = (a->whole ? a->rows : 1) * a->columns * cvr_packed_size(a->kind);
    for (; a->at <= a->row; a->at++) {
        CVR_TRY(cvr_substream_take(&a->in, size, &a->bytes, &a->room, &got));
        if (got < size)
            return cut(a, a->at, got, size);
    }
done:
    return status;
}

/* The first row (or all) is read here: its bytes justify the memory that it takes as
   numbers. */
static cvr_status take_first(cvr_file_array *a, const int *order)
{
    cvr_status status = CVR_OK;
    a->in.proportionate = !a->whole;
    CVR_TRY(fetch(a));
    CVR_TRY(cvr_stream_justify(a->in.in, a->columns * 2 * (int64_t)sizeof(double),
                               "a row of numbers"));
    CVR_TRY(place_columns(a, order));
done:
    return status;
}

cvr_status cvr_file_array_plan(cvr_file_array *a, int along)
{
    cvr_status status = CVR_OK;
    int order[CVR_MOST_DIMENSIONS] = {0};
    if (along == a->dimensions)
        a->size[a->dimensions++] = 1;
    int64_t bytes = cvr_times(cvr_file_array_count(a), cvr_packed_size(a->kind));
    if (bytes < 0 || bytes / (a->size[along] + 1) > INT64_MAX / 64)
        CVR_FAIL(CVR_BAD_DATA, "%s: %sthe array has more entries than can be counted",
                 a->path, a->name);
    a->rows = a->size[along];
    if (bytes == 0)
        CVR_FAIL(CVR_BAD_DATA, "%s: %sthe array is empty", a->path, a->name);
    a->columns = cvr_file_array_count(a) / a->rows;
    a->item = stride(a, along);
    a->whole = a->rows > 1 && a->item != a->columns;
    order_dimensions(a, along, order);
    set_image(a, order);
    CVR_TRY(take_first(a, order));
done:
    return status;
}

static cvr_status check_finite(const cvr_file_array *a, const double *value)
{
    for (int64_t j = 0; j < a->columns; j++)
        if (!isfinite(value[j]))
            return cvr_fail(CVR_BAD_DATA, "%s: %srow %lld, column %lld: %s is not finite",
                            a->path, a->name, (long long)a->row + 1, (long long)j + 1,
                            isnan(value[j]) ? "NaN" : "infinity");
    return CVR_OK;
}

cvr_status cvr_file_array_next(cvr_file_array *a, double *value)
{
    cvr_status status = CVR_OK;
    int64_t first = a->whole ? a->row * a->item * cvr_packed_size(a->kind) : 0;
    if (!a->whole)
        CVR_TRY(fetch(a));
    cvr_unpack(a->kind, a->swapped, a->bytes + first, a->place, a->columns, value);
    CVR_TRY(check_finite(a, value));
    a->row++;
done:
    return status;
}

void cvr_file_array_skip(cvr_file_array *a)
{
    a->row++;
}

cvr_status cvr_file_array_end(cvr_file_array *a)
{
    unsigned char extra[8];
    size_t got = 0;
    if (!a->whole && a->at < a->rows)
        return CVR_OK;
    cvr_status status = cvr_substream_read(&a->in, extra, sizeof extra, &got);
    if (status == CVR_OK && got > (a->padded ? sizeof extra - 1 : 0))
        return cvr_fail(CVR_BAD_DATA, "%s: %sbytes follow the %lld rows of %lld entries",
                        a->path, a->name, (long long)a->rows, (long long)a->columns);
    return status;
}

void cvr_file_array_close(cvr_file_array *a)
{
    cvr_substream_close(&a->in);
    cvr_release(a->place);
    cvr_release(a->bytes);
    *a = (cvr_file_array){0};
}

/* Arrays as they lie in a caller's memory. */
#include "data/strided.h"

#include <math.h>

#include "base/bytes.h"
#include "data/csr.h"
#include "data/dataset.h"

/* ---- elements ---------------------------------------------------------------------- */

/* v[k] = x[k step], n of them, from each type; and back. */
#define ELEMENTS(name, type)                                                             \
    static void read_##name(const void *x, int64_t step, int64_t n, double *v)           \
    {                                                                                    \
        for (int64_t k = 0; k < n; k++)                                                  \
            v[k] = (double)((const type *)x)[k * step];                                  \
    }                                                                                    \
    static void write_##name(void *x, double v)                                          \
    {                                                                                    \
        *(type *)x = (type)v;                                                            \
    }
ELEMENTS(float64, double)
ELEMENTS(float32, float)
ELEMENTS(int64, int64_t)
ELEMENTS(int32, int32_t)
ELEMENTS(uint8, uint8_t)
#undef ELEMENTS

static const struct {
    int64_t size;
    void (*read)(const void *x, int64_t step, int64_t n, double *v);
    void (*write)(void *x, double v);
} types[] = {[CVR_FLOAT64] = {sizeof(double), read_float64, write_float64},
             [CVR_FLOAT32] = {sizeof(float), read_float32, write_float32},
             [CVR_INT64] = {sizeof(int64_t), read_int64, write_int64},
             [CVR_INT32] = {sizeof(int32_t), read_int32, write_int32},
             [CVR_UINT8] = {sizeof(uint8_t), read_uint8, write_uint8}};

static void *element(const cvr_array *a, int64_t i, int64_t j)
{
    return (char *)a->data +
           (i * a->row_stride + j * a->col_stride) * types[a->type].size;
}

double cvr_array_get(const cvr_array *a, int64_t i, int64_t j)
{
    double x = 0;
    types[a->type].read(element(a, i, j), 1, 1, &x);
    return x;
}

void cvr_array_set(const cvr_array *a, int64_t i, int64_t j, double x)
{
    types[a->type].write(element(a, i, j), x);
}

/* ---- checks ------------------------------------------------------------------------ */

/* Bytes from the first to the last of count elements; -1: too many. */
static int64_t reach(const cvr_array *a, int64_t count, int64_t stride)
{
    int64_t steps = count > 0 ? count - 1 : 0;
    int64_t length = stride == INT64_MIN ? -1 : stride < 0 ? -stride : stride;
    return cvr_times(cvr_times(steps, length), types[a->type].size);
}

static bool in_memory(const cvr_array *a)
{
    int64_t down = reach(a, a->rows, a->row_stride);
    int64_t across = reach(a, a->cols, a->col_stride), both;
    return down >= 0 && across >= 0 && !__builtin_add_overflow(down, across, &both);
}

cvr_status cvr_array_check(const char *what, cvr_array *a)
{
    long long rows = a->rows, cols = a->cols;
    if (a->type == CVR_CSR)
        return cvr_csr_check(what, a);
    if ((unsigned)a->type >= sizeof types / sizeof *types)
        return cvr_fail(CVR_USAGE, "%s: %d is not a type of an array", what,
                        (int)a->type);
    if (rows < 0 || cols < 0)
        return cvr_fail(CVR_USAGE, "%s: %lld x %lld is not a size", what, rows, cols);
    if (a->row_stride == 0 && a->col_stride == 0) {
        a->row_stride = a->cols;
        a->col_stride = 1;
    }
    if ((rows > 1 && cols > 0 && a->row_stride == 0) ||
        (cols > 1 && rows > 0 && a->col_stride == 0))
        return cvr_fail(CVR_USAGE, "%s: strides %lld and %lld repeat its elements", what,
                        (long long)a->row_stride, (long long)a->col_stride);
    if (!in_memory(a))
        return cvr_fail(CVR_USAGE, "%s: %lld x %lld elements do not fit into memory",
                        what, rows, cols);
    if (!a->data && rows > 0 && cols > 0)
        return cvr_fail(CVR_USAGE, "%s: its data is NULL", what);
    return CVR_OK;
}

cvr_array cvr_array_of(cvr_mat A)
{
    return (cvr_array){A.data, (cvr_array_type)A.type, A.rows, A.cols, 1, A.ld};
}

/* ---- rows -------------------------------------------------------------------------- */

static cvr_status check_finite(const cvr_array_source *s, int64_t i, int64_t j, int64_t n,
                               const double *v, cvr_type type)
{
    for (int64_t k = 0; k < n; k++) {
        double x = type == CVR_SINGLE ? (double)(float)v[k] : v[k];
        if (!isfinite(x) && !(isnan(x) && s->missing))
            return cvr_fail(CVR_BAD_DATA, "%s: row %lld, column %lld: %g is not finite%s",
                            s->what, (long long)(s->before + i + k) + 1, (long long)j + 1,
                            v[k], isfinite(v[k]) ? " in single precision" : "");
    }
    return CVR_OK;
}

/* Column after column of few rows at a time: these stay in the cache, whatever the order
   of the elements. Into X, rows 0 on, or nowhere. */
static cvr_status visit(const cvr_array_source *s, int64_t first, int64_t rows,
                        cvr_type type, const cvr_mat *X)
{
    enum { ROWS = 64 };
    double v[ROWS];
    cvr_status status = CVR_OK;
    for (int64_t i = 0; i < rows; i += ROWS)
        for (int64_t j = 0; j < s->a->cols; j++) {
            int64_t n = rows - i < ROWS ? rows - i : ROWS;
            const void *from = element(s->a, first + i, j);
            types[s->a->type].read(from, s->a->row_stride, n, v);
            CVR_TRY(check_finite(s, first + i, j, n, v, type));
            if (X)
                cvr_column_set(cvr_mat_part(*X, i, 0, n, X->cols), j, v);
        }
done:
    return status;
}

cvr_status cvr_array_finite(const cvr_array_source *s, cvr_type type)
{
    return visit(s, 0, s->a->rows, type, NULL);
}

cvr_status cvr_array_rows(const cvr_array_source *s, int64_t first, cvr_mat X)
{
    return visit(s, first, X.rows, X.type, &X);
}

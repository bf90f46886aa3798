/* A message: low and high of all units, then the codes unit after unit, of 4 bits two in
   a byte, of 16 the low byte first. */
#include "deep/code.h"

#include <math.h>
#include <string.h>

#include "linalg/mats.h"

cvr_status cvr_deep_coder_lay_out(cvr_deep_coder *c, cvr_workspace *w, int64_t rows,
                                  int64_t units, int64_t widest)
{
    cvr_status status = CVR_OK;
    c->rows = rows;
    if (c->bits == 0)
        return CVR_OK;
    int64_t bytes = cvr_deep_coded_bytes(c, widest);
    CVR_TRY(cvr_lay_array(w, (void **)&c->column, rows, sizeof *c->column));
    CVR_TRY(cvr_lay_array(w, (void **)&c->extent, 2 * units, sizeof *c->extent));
    CVR_TRY(cvr_lay_array(w, (void **)&c->out, bytes, 1));
    CVR_TRY(cvr_lay_array(w, (void **)&c->in, bytes, 1));
done:
    return status;
}

/* Bytes of the codes of one unit. */
static int64_t unit_bytes(const cvr_deep_coder *c)
{
    return (c->rows * c->bits + 7) / 8;
}

int64_t cvr_deep_coded_bytes(const cvr_deep_coder *c, int64_t units)
{
    return units * (2 * (int64_t)sizeof(float) + unit_bytes(c));
}

static cvr_mat column(const cvr_deep_coder *c)
{
    return (cvr_mat){c->rows, 1, c->rows, CVR_DOUBLE, cvr_cpu(), c->column};
}

void cvr_deep_extent(const cvr_deep_coder *c, cvr_mat A, double *extent)
{
    for (int64_t j = 0; j < A.cols; j++) {
        double *least = &extent[2 * j], *most = least + 1;
        *least = *most = -INFINITY;
        cvr_copy(column(c), cvr_mat_cols(A, j, 1));
        for (int64_t i = 0; i < c->rows; i++) {
            *least = fmax(*least, -c->column[i]);
            *most = fmax(*most, c->column[i]);
        }
    }
}

/* ---- one unit --------------------------------------------------------------------- */

typedef struct range {
    float low, high;
} range;

static double step(const cvr_deep_coder *c, range r)
{
    return ((double)r.high - (double)r.low) / ((1 << c->bits) - 1);
}

static unsigned code_of(const cvr_deep_coder *c, range r, double a)
{
    double k = rint((a - (double)r.low) / step(c, r)), most = (1 << c->bits) - 1;
    return k > 0 ? (unsigned)fmin(k, most) : 0;
}

static double value_of(const cvr_deep_coder *c, range r, unsigned k)
{
    return (double)r.low + k * step(c, r);
}

static void put(const cvr_deep_coder *c, unsigned char *codes, int64_t i, unsigned k)
{
    if (c->bits == 4) {
        codes[i / 2] = (unsigned char)(i % 2 ? codes[i / 2] | k << 4 : k);
        return;
    }
    for (int b = 0; b < c->bits / 8; b++)
        codes[i * (c->bits / 8) + b] = (unsigned char)(k >> 8 * b);
}

static unsigned get(const cvr_deep_coder *c, const unsigned char *codes, int64_t i)
{
    unsigned k = 0;
    if (c->bits == 4)
        return codes[i / 2] >> (i % 2 ? 4 : 0) & 15;
    for (int b = 0; b < c->bits / 8; b++)
        k |= (unsigned)codes[i * (c->bits / 8) + b] << 8 * b;
    return k;
}

/* ---- all units -------------------------------------------------------------------- */

void cvr_deep_encode(const cvr_deep_coder *c, cvr_mat A, const double *extent,
                     unsigned char *bytes)
{
    unsigned char *codes = bytes ? bytes + A.cols * (int64_t)sizeof(range) : NULL;
    for (int64_t j = 0; j < A.cols; j++) {
        range r = {(float)-extent[2 * j], (float)extent[2 * j + 1]};
        cvr_copy(column(c), cvr_mat_cols(A, j, 1));
        for (int64_t i = 0; i < c->rows; i++) {
            unsigned k = code_of(c, r, c->column[i]);
            c->column[i] = value_of(c, r, k);
            if (bytes)
                put(c, codes + j * unit_bytes(c), i, k);
        }
        cvr_copy(cvr_mat_cols(A, j, 1), column(c));
        if (bytes)
            memcpy(bytes + j * (int64_t)sizeof r, &r, sizeof r);
    }
}

void cvr_deep_decode(const cvr_deep_coder *c, cvr_mat A, const unsigned char *bytes)
{
    const unsigned char *codes = bytes + A.cols * (int64_t)sizeof(range);
    for (int64_t j = 0; j < A.cols; j++) {
        range r;
        memcpy(&r, bytes + j * (int64_t)sizeof r, sizeof r);
        for (int64_t i = 0; i < c->rows; i++)
            c->column[i] = value_of(c, r, get(c, codes + j * unit_bytes(c), i));
        cvr_copy(cvr_mat_cols(A, j, 1), column(c));
    }
}

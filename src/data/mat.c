/* Variables X and y of a MAT file (or as people call them, variables.c): numbers of any
   class, dense or sparse. SVHN's images (train_32x32.mat) are height x width x channels x
   images, MATLAB's own way: they are read one by one. SVHN writes 10 for the digit 0,
   which is what it is called here: if no label is 0. */
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "data/by_rows.h"
#include "data/mat5_file.h"
#include "data/pair.h"

typedef struct mat {
    cvr_mat5 file;
    cvr_choice choice;
    cvr_pair *pair;
    char name[2][CVR_NAME_ROOM + 4]; /* "X: " */
    cvr_by_rows rows;                /* of a sparse X */
    bool ten;                        /* 10 is the digit 0 */
} mat;

static bool sniff(const unsigned char *head, size_t size)
{
    return size >= CVR_MAT_HEADER && memcmp(head, "MATLAB ", 7) == 0 &&
           (memcmp(head + 126, "IM", 2) == 0 || memcmp(head + 126, "MI", 2) == 0);
}

/* ---- arrays ------------------------------------------------------------------------ */

/* X is array 0, y array 1; each is read from a stream of its own. */
static cvr_status open_array(const cvr_reader *r, mat *m, int k)
{
    cvr_status status = CVR_OK;
    int i = k ? m->choice.y : m->choice.X;
    cvr_file_array *a = k ? &m->pair->y : &m->pair->X;
    const cvr_variable *v = &m->file.about[i];
    snprintf(m->name[k], sizeof m->name[k], "%.*s: ", CVR_NAME_ROOM, v->name);
    *a = (cvr_file_array){.path = r->path, .name = m->name[k]};
    if (v->other) {
        cvr_fail(CVR_BAD_DATA, "%s: %s is %s where numbers are expected", r->path,
                 v->name, v->other);
        cvr_hint(
            "save numbers: X with one row per example, y with one number per example");
        return CVR_BAD_DATA;
    }
    CVR_TRY(cvr_stream_open(r->file, &m->pair->own[k]));
    CVR_TRY(cvr_mat5_open(&m->file, m->pair->own[k], i, a));
done:
    return status;
}

static cvr_status open_targets(const cvr_reader *r, mat *m)
{
    cvr_status status = CVR_OK;
    if (m->choice.y < 0)
        return CVR_OK;
    if (m->file.variable[m->choice.y].sparse)
        CVR_FAIL(CVR_BAD_DATA,
                 "%s: targets in a sparse array are not read; save full(%s)", r->path,
                 m->file.about[m->choice.y].name);
    CVR_TRY(open_array(r, m, 1));
    CVR_TRY(cvr_file_array_plan(&m->pair->y, m->choice.y_along));
done:
    return status;
}

static void close_targets(mat *m)
{
    cvr_file_array_close(&m->pair->y);
    cvr_stream_close(m->pair->own[1]);
    m->pair->own[1] = NULL;
}

/* Whether the labels are 1 to 10, as SVHN has them; then they are opened again. */
static cvr_status look_at_digits(const cvr_reader *r, mat *m)
{
    cvr_status status = CVR_OK;
    cvr_file_array *y = &m->pair->y;
    double label = 0;
    bool digits = true, ten = false;
    while (y->row < y->rows && digits) {
        CVR_TRY(cvr_file_array_next(y, &label));
        digits = label >= 1 && label <= 10;
        ten = ten || label == 10;
    }
    close_targets(m);
    CVR_TRY(open_targets(r, m));
    m->ten = digits && ten;
done:
    return status;
}

/* ---- opening ----------------------------------------------------------------------- */

static cvr_status read_columns(const cvr_reader *r, mat *m, cvr_by_columns *c)
{
    cvr_status status = CVR_OK;
    cvr_file_array *X = &m->pair->X;
    CVR_TRY(open_array(r, m, 0));
    memcpy(c->size, X->size, sizeof c->size);
    X->in.proportionate = true;
    CVR_TRY(cvr_mat5_numbers(&m->file, &X->in, &c->row, &c->rows));
    CVR_TRY(cvr_mat5_numbers(&m->file, &X->in, &c->begin, &c->begins));
    CVR_TRY(cvr_mat5_numbers(&m->file, &X->in, &c->value, &c->values));
done:
    return status;
}

/* Sparse rows; their targets are in another array. */
static cvr_status open_sparse(cvr_reader *r, mat *m)
{
    cvr_status status = CVR_OK;
    cvr_by_columns c = {0};
    char where[400];
    int64_t targets = m->pair->y.columns;
    CVR_TRY(read_columns(r, m, &c));
    snprintf(where, sizeof where, "%.300s: %s", r->path, m->name[0]);
    CVR_TRY(cvr_by_rows_make(&c, m->choice.along == 1, m->pair->own[0], where, &m->rows));
    CVR_TRY(cvr_alloc(targets, sizeof(double), "targets", (void **)&m->pair->target));
    r->features = -1;
    r->targets = (int)targets;
done:
    cvr_by_columns_free(&c);
    return status;
}

static cvr_status open_dense(cvr_reader *r, mat *m)
{
    cvr_status status = CVR_OK;
    CVR_TRY(open_array(r, m, 0));
    cvr_file_array *X = &m->pair->X, *y = &m->pair->y;
    CVR_TRY(cvr_file_array_plan(X, m->choice.along));
    if (X->channels == 3 && X->kind == CVR_U1 && y->columns == 1)
        CVR_TRY(look_at_digits(r, m));
    CVR_TRY(cvr_pair_open(r, m->pair, r->target ? r->target : "none"));
done:
    return status;
}

/* Several openings of a pipe would wait for each other. */
static cvr_status survey(const cvr_reader *r, mat *m)
{
    if (!cvr_stream_regular(r->in))
        return cvr_fail(CVR_BAD_DATA,
                        "%s: not a regular file, and MAT files are read more than once",
                        r->path);
    return cvr_mat5_survey(r->in, &m->file);
}

static cvr_status open(cvr_reader *r)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_alloc(1, sizeof(mat), "a MAT file", &r->state));
    mat *m = r->state;
    CVR_TRY(cvr_alloc(1, sizeof *m->pair, "a MAT file", (void **)&m->pair));
    CVR_TRY(survey(r, m));
    CVR_TRY(cvr_variables_choose(r->path, m->file.about, m->file.count, r->target,
                                 r->testing, &m->choice));
    CVR_TRY(open_targets(r, m));
    bool sparse = m->file.variable[m->choice.X].sparse;
    CVR_TRY(sparse ? open_sparse(r, m) : open_dense(r, m));
    if (*m->choice.note)
        snprintf(r->note, sizeof r->note, "%s", m->choice.note);
done:
    return status;
}

/* ---- rows -------------------------------------------------------------------------- */

static cvr_status next_sparse(cvr_reader *r, mat *m, cvr_row *row, bool *end)
{
    cvr_file_array *y = &m->pair->y;
    *end = !cvr_by_rows_next(&m->rows, r->libsvm_base == 0 ? 0 : 1, row);
    row->target = m->pair->target;
    if (y->rows == 0)
        return CVR_OK;
    return *end ? cvr_file_array_end(y) : cvr_file_array_next(y, m->pair->target);
}

static cvr_status next(cvr_reader *r, cvr_row *row, bool *end)
{
    mat *m = r->state;
    if (m->rows.rows > 0)
        return next_sparse(r, m, row, end);
    cvr_status status = cvr_pair_next(r, m->pair, row, end);
    if (status == CVR_OK && !*end && m->ten && *m->pair->target == 10)
        *m->pair->target = 0;
    return status;
}

static void close(cvr_reader *r)
{
    mat *m = r->state;
    if (!m)
        return;
    cvr_pair_close(m->pair);
    cvr_by_rows_free(&m->rows);
    cvr_mat5_free(&m->file);
    cvr_release(m);
}

const cvr_format cvr_format_mat = {"mat", "MATLAB 5 arrays X and y", sniff, open, next,
                                   close};

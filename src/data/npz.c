/* NPZ, a zip archive of arrays of NumPy: X and y, or as people call them
   (variables.c). */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "data/npy_head.h"
#include "data/pair.h"
#include "data/variables.h"
#include "data/zip.h"

typedef struct npz {
    cvr_pair pair;
    char name[2][CVR_NAME_ROOM + 4]; /* "X: " */
    uint32_t sum[2];
} npz;

typedef struct listing {
    cvr_zip_entry *entry;
    cvr_variable *variable;
    int count;
} listing;

static bool sniff(const unsigned char *head, size_t size)
{
    return size > 30 && memcmp(head, "PK\3\4", 4) == 0 && memmem(head, size, ".npy", 4);
}

/* ---- the arrays -------------------------------------------------------------------- */

/* An array whose head cannot be read is none of numbers; why is said if it is chosen. */
static cvr_status look(cvr_reader *r, const cvr_zip_entry *e, cvr_variable *v)
{
    cvr_substream in = {0};
    cvr_file_array a = {.path = r->path, .name = ""};
    snprintf(v->name, sizeof v->name, "%s", e->name);
    cvr_status status = cvr_zip_open(r->in, e, &in);
    if (status == CVR_OK)
        status = cvr_npy_head(&in, &a);
    v->other = status == CVR_BAD_DATA ? "not an array of numbers" : NULL;
    v->columnwise = false;
    v->dimensions = v->other ? 0 : a.dimensions;
    memcpy(v->size, a.size, sizeof v->size);
    cvr_file_array_close(&a);
    cvr_substream_close(&in);
    return status == CVR_BAD_DATA ? CVR_OK : status;
}

static bool has(const listing *l, const char *name)
{
    for (int i = 0; i < l->count; i++)
        if (strcmp(l->entry[i].name, name) == 0)
            return true;
    return false;
}

static cvr_status check_sparse(const cvr_reader *r, const listing *l)
{
    if (!has(l, "indptr") || !has(l, "indices"))
        return CVR_OK;
    cvr_fail(CVR_BAD_DATA, "%s: this is a sparse matrix of SciPy, which is not supported",
             r->path);
    cvr_hint("sklearn.datasets.dump_svmlight_file writes it with its targets as LIBSVM");
    return CVR_BAD_DATA;
}

static cvr_status list(cvr_reader *r, listing *l)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_zip_list(r->in, ".npy", &l->entry, &l->count));
    CVR_TRY(check_sparse(r, l));
    CVR_TRY(cvr_alloc(l->count, sizeof *l->variable, "a list of arrays",
                      (void **)&l->variable));
    for (int i = 0; i < l->count; i++)
        CVR_TRY(look(r, &l->entry[i], &l->variable[i]));
done:
    return status;
}

/* ---- opening ----------------------------------------------------------------------- */

/* X is array 0, y array 1; each is read from a stream of its own. */
static cvr_status open_array(const cvr_reader *r, npz *f, const cvr_zip_entry *e, int k,
                             int along)
{
    cvr_status status = CVR_OK;
    cvr_substream in = {0};
    cvr_file_array *a = k ? &f->pair.y : &f->pair.X;
    snprintf(f->name[k], sizeof f->name[k], "%.*s: ", CVR_NAME_ROOM, e->name);
    *a = (cvr_file_array){.path = r->path, .name = f->name[k]};
    f->sum[k] = e->sum;
    CVR_TRY(cvr_stream_open(r->file, &f->pair.own[k]));
    CVR_TRY(cvr_zip_open(f->pair.own[k], e, &in));
    CVR_TRY(cvr_npy_head(&in, a));
    CVR_TRY(cvr_file_array_plan(a, along));
done:
    cvr_substream_close(&in);
    return status;
}

static cvr_status open(cvr_reader *r)
{
    cvr_status status = CVR_OK;
    listing l = {0};
    cvr_choice c;
    CVR_TRY(cvr_alloc(1, sizeof(npz), "an NPZ reader", &r->state));
    npz *f = r->state;
    CVR_TRY(list(r, &l));
    CVR_TRY(
        cvr_variables_choose(r->path, l.variable, l.count, r->target, r->testing, &c));
    CVR_TRY(open_array(r, f, &l.entry[c.X], 0, c.along));
    if (c.y >= 0)
        CVR_TRY(open_array(r, f, &l.entry[c.y], 1, c.y_along));
    CVR_TRY(cvr_pair_open(r, &f->pair, r->target ? r->target : "none"));
    if (*c.note)
        snprintf(r->note, sizeof r->note, "%s", c.note);
done:
    cvr_zip_free(l.entry, l.count);
    cvr_release(l.variable);
    return status;
}

/* ---- rows -------------------------------------------------------------------------- */

/* Of an array that has been read to its end. */
static cvr_status check_sum(const cvr_file_array *a, uint32_t sum)
{
    if (a->at < a->rows && !a->whole)
        return CVR_OK;
    return a->rows == 0 || a->in.sum == sum
               ? CVR_OK
               : cvr_fail(CVR_BAD_DATA, "%s: %sthe checksum of its content is wrong",
                          a->path, a->name);
}

static cvr_status next(cvr_reader *r, cvr_row *row, bool *end)
{
    cvr_status status = CVR_OK;
    npz *f = r->state;
    CVR_TRY(cvr_pair_next(r, &f->pair, row, end));
    if (*end) {
        CVR_TRY(check_sum(&f->pair.X, f->sum[0]));
        CVR_TRY(check_sum(&f->pair.y, f->sum[1]));
    }
done:
    return status;
}

static void close(cvr_reader *r)
{
    cvr_pair_close(r->state);
}

const cvr_format cvr_format_npz = {"npz", "NumPy arrays X and y", sniff, open, next,
                                   close};

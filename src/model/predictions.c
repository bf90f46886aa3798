/* What a model says about rows, as a table: CSV with a header, or one JSON object. Rows
   of all processes are written by process 0, a block at a time. */
#include <cvxrelu/model.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic_file.h"
#include "base/bytes.h"
#include "base/decimal.h"
#include "model/json_text.h"
#include "model/score.h"
#include "parallel/comm.h"

/* ---- cells ------------------------------------------------------------------------- */

/* One table on its way out. */
typedef struct sheet {
    const cvr_predictions *p;
    const char *path; /* NULL: none */
    FILE *to;
    bool begun; /* the row has a cell */
} sheet;

static void begin_cell(sheet *s)
{
    if (s->begun)
        fputc(',', s->to);
    s->begun = true;
}

/* In quotes where a reader would take it apart. */
static void put_csv(FILE *to, const char *text)
{
    size_t length = strlen(text);
    bool plain = length > 0 && !strpbrk(text, ",;\t\"\r\n") && text[0] != ' ' &&
                 text[length - 1] != ' ';
    if (plain) {
        fputs(text, to);
        return;
    }
    fputc('"', to);
    for (; *text; text++)
        fprintf(to, *text == '"' ? "\"\"" : "%c", *text);
    fputc('"', to);
}

static void put_json(FILE *to, const char *text)
{
    json_t *value = cvr_json_text(text);
    char *written = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
    fputs(written ? written : "\"\"", to);
    free(written);
    json_decref(value);
}

static void put_text(sheet *s, const char *text)
{
    begin_cell(s);
    (s->p->json ? put_json : put_csv)(s->to, text);
}

/* Digits from which the same number is read. */
static void put_number(sheet *s, double x, cvr_type type)
{
    char digits[CVR_DECIMAL_SIZE];
    begin_cell(s);
    cvr_decimal_write(x, type == CVR_SINGLE, digits);
    fputs(digits, s->to);
}

/* ---- columns ----------------------------------------------------------------------- */

/* Of class c: its probability where the model is calibrated, else its output; of two
   classes with one output how far that is on its side of the threshold. */
static double score_of(const cvr_model *m, cvr_mat F, int64_t i, int c)
{
    if (m->calibration.data)
        return cvr_model_probability(m, F, i, c);
    if (m->outputs > 1)
        return cvr_get(F, i, c);
    double above = cvr_get(F, i, 0) - m->threshold;
    return c == 1 ? above : 0 - above;
}

static bool values_only(const cvr_predictions *p)
{
    return p->what == CVR_VALUES || p->model->classes == 0;
}

/* "value_cat", "score_cat" */
static void put_title(sheet *s, const char *kind, const char *of)
{
    char title[300];
    snprintf(title, sizeof title, "%s_%s", kind, of);
    put_text(s, title);
}

static void put_value_titles(sheet *s)
{
    const cvr_model *m = s->p->model;
    char number[16];
    for (int j = 0; j < m->outputs; j++)
        if (s->p->targets && m->classes == 0) {
            put_text(s, s->p->targets[j]);
        } else if (m->outputs == 1) {
            put_text(s, "value");
        } else {
            snprintf(number, sizeof number, "%d", j + 1);
            put_title(s, "value", j < m->classes ? m->class_names[j] : number);
        }
}

static void put_titles(sheet *s)
{
    const cvr_model *m = s->p->model;
    if (s->p->id)
        put_text(s, s->p->id);
    if (values_only(s->p)) {
        put_value_titles(s);
        return;
    }
    put_text(s, "label");
    if (s->p->what == CVR_LABELS)
        put_text(s, "score");
    for (int c = 0; c < m->classes && s->p->what == CVR_SCORES; c++)
        put_title(s, "score", m->class_names[c]);
}

static void put_row(sheet *s, cvr_mat F, int64_t i, const char *id)
{
    const cvr_model *m = s->p->model;
    if (s->p->id)
        put_text(s, id);
    if (values_only(s->p)) {
        for (int j = 0; j < m->outputs; j++)
            put_number(s, cvr_get(F, i, j), F.type);
        return;
    }
    int label = cvr_model_class(m, F, i);
    put_text(s, m->class_names[label]);
    if (s->p->what == CVR_LABELS)
        put_number(s, score_of(m, F, i, label), F.type);
    for (int c = 0; c < m->classes && s->p->what == CVR_SCORES; c++)
        put_number(s, score_of(m, F, i, c), F.type);
}

/* ---- the table --------------------------------------------------------------------- */

static void begin_table(sheet *s)
{
    if (s->p->json)
        fprintf(s->to, "{\"rows\":%lld,\"columns\":[", (long long)s->p->rows);
    s->begun = false;
    put_titles(s);
    fputs(s->p->json ? "],\"predictions\":[" : "\n", s->to);
}

/* Rows of a block that begins with row `first`, until the file takes no more. */
static void put_rows(sheet *s, cvr_mat F, const char *ids, int64_t first)
{
    for (int64_t i = 0; i < F.rows && !ferror(s->to); i++) {
        if (s->p->json)
            fputs(first + i > 0 ? ",[" : "[", s->to);
        s->begun = false;
        put_row(s, F, i, ids);
        fputc(s->p->json ? ']' : '\n', s->to);
        ids += ids ? strlen(ids) + 1 : 0;
    }
}

static void end_table(sheet *s)
{
    if (s->p->json)
        fputs("]}\n", s->to);
}

/* ---- blocks of rows from all processes --------------------------------------------- */

enum { BLOCK = 8192 };

/* The names of own rows first .. first + rows - 1, each with its end, a byte a number:
   what cvr_allgather takes. */
static cvr_status pack(const cvr_predictions *p, int64_t first, int64_t rows,
                       cvr_mat *bytes)
{
    size_t length = 0, at = 0;
    cvr_status status = CVR_OK;
    for (int64_t i = 0; i < rows; i++)
        length += strlen(p->ids[first + i]) + 1;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, (int64_t)length, 1, bytes));
    for (int64_t i = 0; i < rows; i++)
        for (const char *c = p->ids[first + i];; c++) {
            cvr_set(*bytes, (int64_t)at++, 0, (unsigned char)*c);
            if (!*c)
                break;
        }
done:
    return status;
}

/* The names of the block's rows, one after another; the caller releases them. */
static cvr_status gather_ids(const cvr_predictions *p, cvr_comm *comm, int64_t first,
                             int64_t rows, char **ids)
{
    cvr_mat own = {0}, all = {0};
    cvr_status status = CVR_OK;
    *ids = NULL;
    if (!p->id)
        return CVR_OK;
    CVR_TRY(cvr_allreduce_status(comm, pack(p, first, rows, &own)));
    double length = (double)own.rows;
    CVR_TRY(cvr_allreduce_sum(comm, &length, 1));
    status = cvr_mat_new(cvr_cpu(), CVR_DOUBLE, (int64_t)length, 1, &all);
    if (status == CVR_OK)
        status = cvr_alloc((int64_t)length + 1, 1, "names of rows", (void **)ids);
    CVR_TRY(cvr_allreduce_status(comm, status));
    CVR_TRY(cvr_allgather(comm, own, all));
    for (int64_t i = 0; i < all.rows; i++)
        (*ids)[i] = (char)(unsigned char)cvr_get(all, i, 0);
done:
    cvr_mat_free(&own);
    cvr_mat_free(&all);
    return status;
}

/* Where row `first` of all processes is among own rows, or would be. */
static int64_t own_row(const cvr_predictions *p, int64_t first)
{
    int64_t own = first - p->first;
    return own < 0 ? 0 : own > p->F.rows ? p->F.rows : own;
}

/* Rows first .. of all processes to process 0, which puts them into its sheet. */
static cvr_status move_block(sheet *s, cvr_comm *comm, int64_t first, cvr_mat all)
{
    const cvr_predictions *p = s->p;
    int64_t low = own_row(p, first), rows = own_row(p, first + all.rows) - low;
    char *ids = NULL;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allgather(comm, cvr_mat_part(p->F, low, 0, rows, p->F.cols), all));
    CVR_TRY(gather_ids(p, comm, low, rows, &ids));
    if (s->to)
        put_rows(s, all, ids, first);
done:
    cvr_release(ids);
    return status;
}

static cvr_status failed(sheet *s)
{
    if (!s->to || !ferror(s->to))
        return CVR_OK;
    return cvr_fail(CVR_IO, "cannot write %s: %s", s->path ? s->path : "predictions",
                    strerror(errno ? errno : EIO));
}

/* s->to: NULL but on process 0. */
static cvr_status move_rows(sheet *s, cvr_comm *comm)
{
    const cvr_predictions *p = s->p;
    int64_t most = p->rows < BLOCK ? p->rows : BLOCK;
    cvr_mat block = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(
        comm, cvr_mat_new(cvr_cpu(), p->F.type, most, p->F.cols, &block)));
    errno = 0;
    if (s->to)
        begin_table(s);
    for (int64_t i = 0; i < p->rows; i += BLOCK) {
        int64_t rows = p->rows - i < BLOCK ? p->rows - i : BLOCK;
        CVR_TRY(move_block(s, comm, i, cvr_mat_part(block, 0, 0, rows, block.cols)));
        CVR_TRY(cvr_allreduce_status(comm, failed(s)));
    }
    if (s->to)
        end_table(s);
    CVR_TRY(cvr_allreduce_status(comm, failed(s)));
done:
    cvr_mat_free(&block);
    return status;
}

/* ---- all --------------------------------------------------------------------------- */

static cvr_status check(const cvr_predictions *p)
{
    cvr_mat F = p->F;
    if (F.cols != p->model->outputs)
        return cvr_fail(CVR_USAGE, "%lld outputs do not match a model with %d",
                        (long long)F.cols, p->model->outputs);
    for (int64_t i = 0; i < F.rows; i++)
        for (int64_t j = 0; j < F.cols; j++)
            if (!isfinite(cvr_get(F, i, j)))
                return cvr_fail(CVR_NUMERICAL,
                                "row %lld: output %lld of the network is not finite",
                                (long long)(p->first + i) + 1, (long long)j + 1);
    return CVR_OK;
}

cvr_status cvr_predictions_write(const cvr_predictions *p, cvr_comm *comm,
                                 const char *path, FILE *file)
{
    bool writes = cvr_comm_rank(comm) == 0;
    cvr_atomic out = {0};
    sheet s = {.p = p, .path = path};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(comm, check(p)));
    CVR_TRY(cvr_allreduce_status(comm,
                                 writes && path ? cvr_atomic_open(path, &out) : CVR_OK));
    if (writes)
        s.to = path ? out.file : file;
    CVR_TRY(move_rows(&s, comm));
    CVR_TRY(
        cvr_allreduce_status(comm, writes && path ? cvr_atomic_commit(&out) : CVR_OK));
done:
    cvr_atomic_discard(&out);
    return status;
}

#include "data/weights.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "data/dataset.h"
#include "data/number.h"
#include "data/strided.h"
#include "parallel/comm.h"

bool cvr_weights_in_file(const cvr_load *how)
{
    FILE *f = fopen(how->weights, "rb");
    if (f)
        (void)fclose(f);
    return f != NULL;
}

cvr_status cvr_weights_ignore(const cvr_load *how, char **list)
{
    size_t size;
    cvr_status status = CVR_OK;
    *list = NULL;
    if (!how->weights || cvr_weights_in_file(how))
        return CVR_OK;
    size = strlen(how->weights) + (how->ignore ? strlen(how->ignore) + 1 : 0) + 1;
    CVR_TRY(cvr_alloc((int64_t)size, 1, "a list of columns", (void **)list));
    (void)snprintf(*list, size, "%s%s%s", how->ignore ? how->ignore : "",
                   how->ignore ? "," : "", how->weights);
done:
    return status;
}

cvr_status cvr_weights_explain(const cvr_load *how, cvr_status status)
{
    cvr_load first = *how;
    cvr_texts t = {0};
    first.rows = 1;
    first.ignore = NULL;
    if (status != CVR_BAD_DATA || !how->weights || cvr_weights_in_file(how) ||
        strcmp(how->paths[0], "-") == 0)
        return status;
    if (cvr_texts_read(&first, how->weights, &t) == CVR_BAD_DATA)
        status = cvr_fail(CVR_BAD_DATA,
                          "--weights %s: neither a file that is there nor a column of %s",
                          how->weights, how->paths[0]);
    cvr_texts_free(&t);
    return status;
}

/* ---- of rows ----------------------------------------------------------------------- */

cvr_status cvr_weights_column(const cvr_load *how, cvr_mat *A)
{
    cvr_texts t = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_texts_read(how, how->weights, &t));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, t.count, 1, A));
    for (int64_t i = 0; i < t.count; i++) {
        char quoted[CVR_QUOTE_SIZE];
        double x;
        if (!cvr_number_is(t.item[i], &x))
            CVR_FAIL(CVR_BAD_DATA, "--weights %s: row %lld: '%s' is not a number",
                     how->weights, (long long)i + 1, cvr_quote(t.item[i], quoted));
        cvr_set(*A, i, 0, x);
    }
done:
    cvr_texts_free(&t);
    return status;
}

#define VALID "not a finite number of at least 0"

static bool valid(double weight)
{
    return weight >= 0 && isfinite(weight);
}

static cvr_status check(const cvr_load *how, const cvr_dataset *data, cvr_mat A)
{
    if (A.cols != 1)
        return cvr_fail(CVR_BAD_DATA, "--weights %s: %lld columns, not one", how->weights,
                        (long long)A.cols);
    if (how->rows == 0 ? A.rows != data->rows : A.rows < data->rows)
        return cvr_fail(CVR_BAD_DATA, "--weights %s: %lld weights for %lld rows",
                        how->weights, (long long)A.rows, (long long)data->rows);
    for (int64_t i = 0; i < data->rows; i++)
        if (!valid(cvr_get(A, i, 0)))
            return cvr_fail(CVR_BAD_DATA,
                            "--weights %s: row %lld: the weight %g is " VALID,
                            how->weights, (long long)i + 1, cvr_get(A, i, 0));
    return CVR_OK;
}

cvr_status cvr_weights_set(const cvr_load *how, cvr_mat A, cvr_dataset *data)
{
    cvr_status status = CVR_OK;
    CVR_TRY(check(how, data, A));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, data->X.rows, 1, &data->W));
    cvr_copy(data->W, cvr_mat_part(A, data->first, 0, data->X.rows, 1));
done:
    return status;
}

/* Completes the strides of w, too. */
static cvr_status check_array(cvr_array *w, const cvr_dataset *data)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_array_check("weights", w));
    if (w->type == CVR_CSR || w->cols != 1 || w->rows != data->X.rows)
        CVR_FAIL(CVR_USAGE, "weights: %lld x %lld numbers for %lld rows",
                 (long long)w->rows, (long long)w->cols, (long long)data->X.rows);
    for (int64_t i = 0; i < w->rows; i++)
        if (!valid(cvr_array_get(w, i, 0)))
            CVR_FAIL(CVR_BAD_DATA, "weights: row %lld: %g is " VALID,
                     (long long)(data->first + i) + 1, cvr_array_get(w, i, 0));
done:
    return status;
}

cvr_status cvr_weights_take(const cvr_array *given, cvr_dataset *data)
{
    cvr_array w;
    cvr_status status = CVR_OK;
    if (!given)
        CVR_FAIL(CVR_USAGE, "weights: this process has none, and another has");
    w = *given;
    CVR_TRY(check_array(&w, data));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, w.rows, 1, &data->W));
    for (int64_t i = 0; i < w.rows; i++)
        cvr_set(data->W, i, 0, cvr_array_get(&w, i, 0));
done:
    return status;
}

cvr_status cvr_weights_total(const cvr_dataset *data, cvr_comm *comm, double *total)
{
    *total = (double)data->rows;
    if (!data->W.data)
        return CVR_OK;
    *total = 0;
    for (int64_t i = 0; i < data->X.rows; i++)
        *total += cvr_row_weight(data, i);
    return cvr_allreduce_sum(comm, total, 1);
}

/* ---- of classes -------------------------------------------------------------------- */

/* The class of own row i. */
static int class_of(const cvr_dataset *data, int64_t i)
{
    int k = 0;
    if (data->outputs == 1)
        return cvr_get(data->Y, i, 0) > 0;
    while (k + 1 < data->outputs && !(cvr_get(data->Y, i, k) > 0.5))
        k++;
    return k;
}

/* each[k] = n / (C n_k), rows counted by their weights: of a class without rows 1. */
static cvr_status balance(const cvr_dataset *data, cvr_comm *comm, double *each)
{
    double all;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_weights_total(data, comm, &all));
    for (int64_t i = 0; i < data->X.rows; i++)
        each[class_of(data, i)] += cvr_row_weight(data, i);
    CVR_TRY(cvr_allreduce_sum(comm, each, data->classes));
    for (int k = 0; k < data->classes; k++)
        each[k] = each[k] > 0 ? all / (data->classes * each[k]) : 1;
done:
    return status;
}

/* "2,0.5": of the classes in their order; false: it is no such list. */
static bool read_numbers(const cvr_dataset *data, const char *text, double *each)
{
    const char *at = text;
    for (int k = 0; k < data->classes; k++) {
        char number[32];
        size_t length = strcspn(at, ",");
        if (length >= sizeof number)
            return false;
        memcpy(number, at, length);
        number[length] = '\0';
        if (!cvr_number_is(number, &each[k]) || !(each[k] > 0 && isfinite(each[k])))
            return false;
        at += length + (at[length] == ',');
    }
    return *at == '\0' && at > text && at[-1] != ',';
}

/* "cat:2,dog:0.5" */
static cvr_status read_classes(const cvr_dataset *data, char *text, double *each)
{
    char *place = NULL;
    for (int k = 0; k < data->classes; k++)
        each[k] = 1;
    for (char *item = strtok_r(text, ",", &place); item;
         item = strtok_r(NULL, ",", &place)) {
        char *colon = strrchr(item, ':');
        double x = 0;
        int k = 0;
        if (!colon || !cvr_number_is(colon + 1, &x) || !(x > 0 && isfinite(x)))
            return cvr_fail(CVR_USAGE,
                            "--class-weights: '%s' is not CLASS:WEIGHT with a weight "
                            "above 0",
                            item);
        *colon = 0;
        while (k < data->classes && strcmp(data->class_names[k], item) != 0)
            k++;
        if (k == data->classes)
            return cvr_fail(CVR_USAGE, "--class-weights: there is no class '%s'", item);
        each[k] = x;
    }
    return CVR_OK;
}

static cvr_status weigh_classes(const cvr_dataset *data, const cvr_dataset *train,
                                cvr_comm *comm, cvr_mat W)
{
    double *each = NULL;
    char *text = NULL;
    cvr_status status = CVR_OK;
    CVR_TRY(
        cvr_alloc(train->classes, sizeof *each, "weights of classes", (void **)&each));
    CVR_TRY(cvr_text_copy(train->class_weights, &text));
    if (strcmp(text, "balanced") == 0)
        CVR_TRY(balance(train, comm, each));
    else if (!read_numbers(train, text, each))
        CVR_TRY(read_classes(train, text, each));
    for (int64_t i = 0; i < data->X.rows; i++)
        cvr_set(W, i, 0, cvr_get(W, i, 0) * each[class_of(data, i)]);
done:
    cvr_release(text);
    cvr_release(each);
    return status;
}

cvr_status cvr_weights_of(const cvr_dataset *data, const cvr_dataset *train,
                          cvr_comm *comm, cvr_mat *W)
{
    cvr_status status = CVR_OK;
    *W = (cvr_mat){0};
    if (!data->W.data && !train->class_weights)
        return CVR_OK;
    if (train->class_weights && data->task != CVR_CLASSIFY)
        return cvr_fail(CVR_USAGE, "--class-weights: the targets of %s are values",
                        data->source);
    CVR_TRY(cvr_allreduce_status(comm,
                                 cvr_mat_new(cvr_cpu(), CVR_DOUBLE, data->X.rows, 1, W)));
    for (int64_t i = 0; i < data->X.rows; i++)
        cvr_set(*W, i, 0, data->W.data ? cvr_get(data->W, i, 0) : 1);
    if (train->class_weights)
        CVR_TRY(weigh_classes(data, train, comm, *W));
done:
    return status;
}

/* cvxrelu eval: how well a model does on rows whose targets are known. */
#include "cli/eval.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/load_data.h"
#include "cli/output.h"
#include "cli/plain.h"
#include "cli/result.h"
#include "cli/text.h"
#include "cli/try.h"

/* ---- as JSON ----------------------------------------------------------------------- */

static json_t *classes_json(const cvr_evaluation *e, char *const *names)
{
    json_t *list = json_array();
    for (int c = 0; c < e->classes; c++)
        json_array_append_new(
            list, json_pack("{s:o, s:I, s:o, s:o, s:o}", "class", cli_json_text(names[c]),
                            "rows", (json_int_t)e->support[c], "precision",
                            cli_real(e->precision[c]), "recall", cli_real(e->recall[c]),
                            "f1", cli_real(e->f1[c])));
    return list;
}

/* Row c: rows of class c by what they were predicted as, in the order of `classes`. */
static json_t *confusion_json(const cvr_evaluation *e)
{
    json_t *rows = json_array();
    for (int c = 0; c < e->classes; c++) {
        json_t *row = json_array();
        for (int p = 0; p < e->classes; p++)
            json_array_append_new(
                row, json_integer((json_int_t)e->confusion[c * e->classes + p]));
        json_array_append_new(rows, row);
    }
    return rows;
}

static void put_real(json_t *object, const char *key, double x)
{
    json_object_set_new(object, key, cli_real(x));
}

/* Tenths of the probability of the predicted class. */
static json_t *reliability_json(const cvr_evaluation *e)
{
    json_t *list = json_array();
    for (int b = 0; b < CVR_RELIABILITY_BINS; b++)
        json_array_append_new(
            list, json_pack("{s:I, s:o, s:o}", "rows", (json_int_t)e->reliability[b].rows,
                            "confidence", cli_real(e->reliability[b].confidence),
                            "accuracy", cli_real(e->reliability[b].accuracy)));
    return list;
}

/* What only models with probabilities have. */
static void put_probabilities(json_t *object, const cvr_evaluation *e)
{
    if (isnan(e->log_loss))
        return;
    put_real(object, "log_loss", e->log_loss);
    put_real(object, "calibration_error", e->calibration_error);
    json_object_set_new(object, "reliability", reliability_json(e));
}

static json_t *outputs_json(const cvr_evaluation *e)
{
    json_t *list = json_array();
    for (int j = 0; j < e->outputs; j++)
        json_array_append_new(
            list, json_pack("{s:o, s:o, s:o}", "r2", cli_real(e->r2_of[j]), "rmse",
                            cli_real(e->rmse_of[j]), "mae", cli_real(e->mae_of[j])));
    return list;
}

/* The figures of all rows, then those of each class or output. */
static json_t *result_json(const cvr_evaluation *e, char *const *names)
{
    json_t *object =
        json_pack("{s:I, s:o}", "rows", (json_int_t)e->rows, "loss", cli_real(e->loss));
    if (!object)
        return NULL;
    if (e->classes > 0) {
        put_real(object, "accuracy", e->accuracy);
        put_real(object, "balanced_accuracy", e->balanced_accuracy);
        if (!isnan(e->weighted_accuracy))
            put_real(object, "weighted_accuracy", e->weighted_accuracy);
        if (e->classes == 2)
            put_real(object, "auc", e->auc);
        put_probabilities(object, e);
        json_object_set_new(object, "classes", classes_json(e, names));
        json_object_set_new(object, "confusion", confusion_json(e));
        return object;
    }
    put_real(object, "r2", e->r2);
    put_real(object, "rmse", e->rmse);
    put_real(object, "mae", e->mae);
    if (e->outputs > 1)
        json_object_set_new(object, "outputs", outputs_json(e));
    return object;
}

/* ---- as tables --------------------------------------------------------------------- */

/* The widest of the names and the title. */
static int name_width(int count, char *const *names, const char *title)
{
    int width = cli_plain_width(title);
    for (int c = 0; c < count; c++)
        if (cli_plain_width(names[c]) > width)
            width = cli_plain_width(names[c]);
    return width;
}

static void put_figure(double x)
{
    char text[24] = "-";
    if (!isnan(x))
        snprintf(text, sizeof text, "%.4f", x);
    printf("  %9s", text);
}

static void print_classes(const cvr_evaluation *e, char *const *names, int width)
{
    putchar('\n');
    cli_put_padded("class", width);
    printf("  %9s  %9s  %9s  %9s\n", "rows", "precision", "recall", "f1");
    for (int c = 0; c < e->classes; c++) {
        cli_put_padded(names[c], width);
        printf("  %9lld", (long long)e->support[c]);
        put_figure(e->precision[c]);
        put_figure(e->recall[c]);
        put_figure(e->f1[c]);
        putchar('\n');
    }
}

/* Names that are wider than a column are cut to it. */
static void put_column(const char *name)
{
    enum { COLUMN = 8 };
    fputs("  ", stdout);
    if (cli_plain_width(name) <= COLUMN)
        cli_put_padded(name, -COLUMN);
    else
        cli_put_cut(name, COLUMN);
}

static void print_confusion(const cvr_evaluation *e, char *const *names, int width)
{
    puts("\nconfusion matrix (a line a class; columns: what its rows are predicted as)");
    cli_put_padded("", width);
    for (int p = 0; p < e->classes; p++)
        put_column(names[p]);
    putchar('\n');
    for (int c = 0; c < e->classes; c++) {
        cli_put_padded(names[c], width);
        for (int p = 0; p < e->classes; p++)
            printf("  %8lld", (long long)e->confusion[c * e->classes + p]);
        putchar('\n');
    }
}

static void print_reliability(const cvr_evaluation *e)
{
    puts("\nreliability (rows by the probability of the predicted class)\n"
         "     rows  probability   accuracy");
    for (int b = 0; b < CVR_RELIABILITY_BINS; b++)
        if (e->reliability[b].rows > 0)
            printf("%9lld  %11.4f  %9.4f\n", (long long)e->reliability[b].rows,
                   e->reliability[b].confidence, e->reliability[b].accuracy);
}

static void print_outputs(const cvr_evaluation *e)
{
    printf("\noutput         r2       rmse        mae\n");
    for (int j = 0; j < e->outputs; j++)
        printf("%6d  %9.4f  %9.4g  %9.4g\n", j + 1, e->r2_of[j], e->rmse_of[j],
               e->mae_of[j]);
}

/* Lists go to tables of their own: those that a screen holds. */
static void print_tables(const cvr_evaluation *e, char *const *names)
{
    enum { CLASSES = 100, MATRIX = 12 };
    int width = name_width(e->classes, names, "class");
    if (e->classes > 0 && e->classes <= CLASSES)
        print_classes(e, names, width);
    if (e->classes > 0 && e->classes <= MATRIX)
        print_confusion(e, names, width);
    else if (e->classes > 0)
        puts("\nconfusion matrix: with --json");
    if (!isnan(e->log_loss))
        print_reliability(e);
    if (e->outputs > 1)
        print_outputs(e);
}

static cvr_status print(const cli_call *call, const cvr_evaluation *e, char *const *names)
{
    json_t *result = result_json(e, names);
    cvr_status status = CVR_OK;
    if (cli_switch(call, "json") || !result)
        return cli_print(call, result);
    json_object_del(result, "classes");
    json_object_del(result, "confusion");
    json_object_del(result, "outputs");
    json_object_del(result, "reliability");
    TRY(cli_print(call, result));
    if (cvr_comm_rank(call->comm) == 0)
        print_tables(e, names);
    TRY(cvr_comm_rank(call->comm) == 0 ? cli_flush() : CVR_OK);
done:
    return status;
}

/* ---- all --------------------------------------------------------------------------- */

cvr_status cli_eval(cli_call *call)
{
    cvr_model m = {0};
    cvr_dataset *data = NULL;
    cvr_evaluation e = {0};
    cvr_status status = CVR_OK;
    TRY(cli_load_for_model(call, true, &m, &data));
    TRY(cvr_dataset_transform(data, &m.transform, m.classes, m.class_names, call->comm));
    TRY(cvr_model_evaluate(&m, data, call->comm, &e));
    TRY(print(call, &e, data->class_names));
done:
    cvr_evaluation_free(&e);
    cvr_dataset_free(data);
    cvr_model_free(&m);
    return status;
}

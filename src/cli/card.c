/* Model cards (Mitchell et al. 2019), as far as the file itself can tell: no figures of
   accuracy are in it. */
#include "cli/card.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"
#include "cli/try.h"

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* A cell of a table: bars and ends of lines are not those of the table. */
static void put_cell(const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            putchar('\\');
        putchar(*text == '\n' || *text == '\r' ? ' ' : *text);
    }
}

static void put_value(const json_t *value)
{
    char *text = json_is_string(value)
                     ? NULL
                     : json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    put_cell(text ? text : json_is_string(value) ? json_string_value(value) : "");
    free(text);
}

static void put_row(const char *name, const char *text)
{
    printf("| %s | ", name);
    put_cell(text);
    printf(" |\n");
}

/* "3: a, b, c" of a list of names; the number alone without them; nothing of none. */
static void put_names(const char *name, int64_t count, const json_t *list)
{
    if (count == 0)
        return;
    printf("| %s | %lld", name, (long long)count);
    for (size_t i = 0; i < json_array_size(list); i++) {
        printf(i > 0 ? ", " : ": ");
        put_value(json_array_get(list, i));
    }
    printf("%s |\n", json_array_size(list) == 100 ? ", ..." : "");
}

static int64_t count_weights(const cvr_model *m)
{
    int64_t count = m->gates.W.rows * (m->gates.W.cols + 1) + m->constant.rows +
                    m->machine.Z.rows * m->machine.Z.cols +
                    m->machine.V.rows * m->machine.V.cols;
    for (int i = 0; i < m->depth; i++)
        count += m->layers[i].W.rows * (m->layers[i].W.cols + 1);
    return count;
}

static void put_what(const cvr_model *m, const json_t *about)
{
    static const char *const kinds[] = {"ReLU network", "gated ReLU network",
                                        "kernel of infinitely many ReLU neurons"};
    static const char *const normalizations[] = {
        "none", "one mean and deviation for all entries",
        "mean 0 and deviation 1 of each feature", "norm 1 of each feature"};
    char number[32];
    printf("| | |\n|---|---|\n");
    put_row("kind", kinds[m->kind]);
    put_row("task", m->task == CVR_CLASSIFY ? "classification" : "regression");
    put_names("inputs", m->transform.raw_features, json_object_get(about, "columns"));
    put_names("classes", m->classes, json_object_get(about, "classes"));
    put_names("targets", m->outputs, json_object_get(about, "target"));
    put_names("layers, and their sizes", m->depth, json_object_get(about, "layers"));
    snprintf(number, sizeof number, "%lld", (long long)count_weights(m));
    put_row("numbers in it", number);
    put_row("precision", text_of(about, "precision"));
    put_row("normalisation", (unsigned)m->transform.normalize < 4
                                 ? normalizations[m->transform.normalize]
                                 : "of rows");
    put_row("probabilities", m->calibration.data ? "calibrated" : "none: scores");
}

static void put_training(const json_t *record)
{
    const char *name;
    json_t *value, *options = json_object_get(record, "options");
    printf("\n## Training\n\n`cvxrelu train %s`, version %s, with these options:\n\n",
           text_of(record, "method"), text_of(record, "version"));
    printf("| option | value |\n|---|---|\n");
    json_object_foreach(options, name, value)
    {
        if (json_is_null(value))
            continue;
        printf("| `%s` | ", name);
        put_value(value);
        printf(" |\n");
    }
}

static void put_use(const char *file)
{
    printf(
        "\n## Use\n\n"
        "    cvxrelu predict --model %s --data new.csv\n"
        "    cvxrelu eval --model %s --data test.csv\n"
        "    cvxrelu convert %s model.onnx\n\n"
        "## Limits\n\n"
        "How good it is does not stand in the file: `eval` measures it on rows that it "
        "has not been\ntrained on. Rows are taken to be like those of training: their "
        "columns in the same units,\ntheir values in the same range.\n",
        file, file, file);
}

cvr_status cli_print_card(const cvr_model *m, const json_t *about)
{
    const json_t *record = json_object_get(about, "record");
    const char *file = text_of(about, "file");
    printf("# %s\n\n", file);
    put_what(m, about);
    if (json_object_size(record) > 0)
        put_training(record);
    put_use(file);
    return cli_flush();
}

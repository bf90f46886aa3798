/* cvxrelu predict: a model applied to rows. */
#define _GNU_SOURCE
#include "cli/predict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/clock.h"
#include "cli/load_data.h"
#include "cli/load_options.h"
#include "cli/output.h"
#include "cli/output_paths.h"
#include "cli/plain.h"
#include "cli/result.h"
#include "cli/text.h"
#include "cli/try.h"

/* ---- names of rows ----------------------------------------------------------------- */

/* A name for each row, on every process those of all rows. */
static cvr_status read_ids(const cli_call *call, const cvr_model *m,
                           const cvr_dataset *data, cvr_texts *ids)
{
    const char *id = cvr_settings_text(call->settings, "id");
    cvr_load how;
    cvr_status status = CVR_OK;
    if (!id)
        return CVR_OK;
    TRY(cli_model_load_options(call, m, &how));
    TRY(cvr_allreduce_status(call->comm, cvr_texts_read(&how, id, ids)));
    if (ids->count != data->rows)
        FAIL(CVR_USAGE, "--id: %lld rows have names, and %lld predictions",
             (long long)ids->count, (long long)data->rows);
done:
    return status;
}

/* ---- where it goes ----------------------------------------------------------------- */

/* -o -, or no -o: standard output. */
static const char *output_of(const cli_call *call)
{
    const char *path = cvr_settings_text(call->settings, "output");
    return cli_is_standard(path) ? NULL : path;
}

/* On a terminal names are shown as text; a pipe or a file gets them as they are. */
static cvr_status show(const cli_call *call, const cvr_predictions *p)
{
    char *text = NULL, *rest = NULL;
    size_t size = 0;
    cvr_status status = CVR_OK;
    FILE *memory = open_memstream(&text, &size);
    if (!memory)
        FAIL(CVR_NO_MEMORY, "no memory for predictions");
    status = cvr_predictions_write(p, call->comm, NULL, memory);
    if (fclose(memory) != 0 && status == CVR_OK)
        status = cvr_fail(CVR_NO_MEMORY, "no memory for predictions");
    for (char *line = status == CVR_OK && text ? strtok_r(text, "\n", &rest) : NULL; line;
         line = strtok_r(NULL, "\n", &rest)) {
        cli_put_plain(stdout, line);
        putchar('\n');
    }
done:
    free(text);
    return status;
}

/* seconds: of describing the rows and of the network, without reading and writing. */
static cvr_status write_out(const cli_call *call, const cvr_predictions *p,
                            double seconds)
{
    const char *path = output_of(call);
    bool first = cvr_comm_rank(call->comm) == 0;
    cvr_status status = CVR_OK;
    if (path) {
        TRY(cvr_predictions_write(p, call->comm, path, NULL));
        double speed = seconds > 0 ? (double)p->rows / seconds : NAN;
        TRY(cli_print(call, json_pack("{s:I, s:o, s:f, s:o}", "rows", (json_int_t)p->rows,
                                      "file", cli_json_text(path), "seconds", seconds,
                                      "rows_per_second", cli_real(speed))));
    } else if (cvr_comm_size(call->comm) == 1 && !p->json && isatty(STDOUT_FILENO)) {
        TRY(show(call, p));
    } else {
        TRY(cli_check_reader(cvr_predictions_write(p, call->comm, NULL, stdout)));
    }
    TRY(cvr_allreduce_status(call->comm, first ? cli_flush() : CVR_OK));
done:
    return status;
}

/* ---- all --------------------------------------------------------------------------- */

static cvr_predicted wanted(const cli_call *call)
{
    return cli_switch(call, "values")   ? CVR_VALUES
           : cli_switch(call, "scores") ? CVR_SCORES
                                        : CVR_LABELS;
}

static cvr_status check_form(const cli_call *call, const cvr_model *m)
{
    if (cli_switch(call, "values") && cli_switch(call, "scores"))
        return cvr_fail(CVR_USAGE, "--values and --scores: only one of them");
    if (cli_switch(call, "scores") && m->classes == 0)
        return cvr_fail(CVR_USAGE, "--scores is for classes, and %s has none",
                        cvr_settings_text(call->settings, "model"));
    return CVR_OK;
}

/* The names of a regression's values; none where a target has no name. */
static void name_targets(const cvr_model *m, char **names, cvr_predictions *p)
{
    const cvr_columns *columns = &m->transform.columns;
    if (columns->targets != m->outputs)
        return;
    for (int j = 0; j < m->outputs; j++) {
        names[j] = columns->target[j].name;
        if (!names[j])
            return;
    }
    p->targets = names;
}

static cvr_status predict(const cli_call *call, const cvr_model *m,
                          const cvr_dataset *data, cvr_mat F, double seconds)
{
    cvr_texts ids = {0};
    char **names = calloc((size_t)m->outputs, sizeof *names);
    cvr_predictions p = {.model = m,
                         .F = F,
                         .rows = data->rows,
                         .first = data->first,
                         .what = wanted(call),
                         .json = cli_switch(call, "json")};
    cvr_status status =
        names ? CVR_OK : cvr_fail(CVR_NO_MEMORY, "no memory for names of targets");
    TRY(cvr_allreduce_status(call->comm, status));
    TRY(read_ids(call, m, data, &ids));
    name_targets(m, names, &p);
    if (ids.item) {
        p.id = ids.name ? ids.name : "id";
        p.ids = ids.item + data->first;
    }
    TRY(write_out(call, &p, seconds));
done:
    cvr_texts_free(&ids);
    free(names);
    return status;
}

cvr_status cli_predict(cli_call *call)
{
    cvr_model m = {0};
    cvr_dataset *data = NULL;
    cvr_mat F = {0};
    double begun;
    cvr_status status = CVR_OK;
    TRY(cli_check_output_paths(call));
    TRY(cli_load_for_model(call, false, &m, &data));
    TRY(check_form(call, &m));
    begun = cli_seconds();
    TRY(cvr_dataset_transform(data, &m.transform, 0, NULL, call->comm));
    status = cvr_mat_new(cvr_cpu(), data->X.type, data->X.rows, m.outputs, &F);
    if (status == CVR_OK)
        status = cvr_model_apply(&m, data, F);
    TRY(cvr_allreduce_status(call->comm, status));
    TRY(predict(call, &m, data, F, cli_seconds() - begun));
done:
    cvr_mat_free(&F);
    cvr_dataset_free(data);
    cvr_model_free(&m);
    return status;
}

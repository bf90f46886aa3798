/* cvxrelu gen and convert: files of data; convert: of models. */
#include "cli/gen.h"

#include <string.h>

#include <jansson.h>

#include "cli/file_kind.h"
#include "cli/load_options.h"
#include "cli/output.h"
#include "cli/relu_network.h"
#include "cli/result.h"
#include "cli/text.h"
#include "cli/try.h"

/* data: rows of the file, or the first of them. */
static json_t *about(const cvr_dataset *data, int64_t rows, const char *path)
{
    json_t *result = json_pack("{s:I, s:I, s:s}", "rows", (json_int_t)rows, "features",
                               (json_int_t)data->X.cols, "task",
                               data->task == CVR_CLASSIFY ? "classify" : "regress");
    if (result && data->task == CVR_CLASSIFY)
        json_object_set_new(result, "classes", json_integer(data->classes));
    if (result)
        json_object_set_new(result, "file", cli_json_text(path));
    return result;
}

/* --to; NULL: by the file's ending */
static const char *format(const cli_call *call)
{
    const char *to = cvr_settings_text(call->settings, "to");
    return strcmp(to, "auto") == 0 ? NULL : to;
}

/* The status of writing the file. */
static cvr_status written(const char *path, cvr_status status)
{
    return cli_is_standard(path) ? cli_check_reader(status) : status;
}

/* The result, unless the rows themselves are on standard output. */
static cvr_status print(const cli_call *call, const cvr_dataset *data, int64_t rows,
                        const char *path)
{
    return cli_is_standard(path) ? CVR_OK : cli_print(call, about(data, rows, path));
}

cvr_status cli_gen(cli_call *call)
{
    const cvr_settings *s = call->settings;
    const char *output = cvr_settings_text(s, "output");
    cvr_dataset *sample = NULL;
    cvr_generate what = {.kind = call->positional[0],
                         .rows = cvr_settings_integer(s, "rows"),
                         .features = cvr_settings_integer(s, "features"),
                         .neurons = (int)cvr_settings_integer(s, "neurons"),
                         .classes = (int)cvr_settings_integer(s, "classes"),
                         .noise = cvr_settings_real(s, "noise"),
                         .seed = (uint64_t)cvr_settings_integer(s, "seed"),
                         .first = cvr_settings_integer(s, "first"),
                         .type = (cvr_type)cvr_settings_choice(s, "precision")};
    cvr_status status = CVR_OK;
    if (!output)
        FAIL(CVR_USAGE, "gen: -o FILE is missing");
    TRY(written(output, cvr_generate_save(&what, output, format(call), &sample)));
    TRY(print(call, sample, what.rows, output));
done:
    cvr_dataset_free(sample);
    return status;
}

static bool ends(const char *path, const char *ending)
{
    size_t length = strlen(path), tail = strlen(ending);
    return length >= tail && strcmp(path + length - tail, ending) == 0;
}

/* The file of a model is an ONNX file, or, when it has changed, one as `train` writes. */
static cvr_status save_model(const cli_call *call, const cvr_model *m, json_t *about)
{
    const char *out = call->positional[1];
    bool onnx = ends(out, ".onnx");
    json_t *file = onnx ? json_pack("{s:o, s:s, s:i}", "file", cli_json_text(out),
                                    "format", "onnx", "opset", 13)
                        : json_pack("{s:o, s:s}", "file", cli_json_text(out), "format",
                                    "safetensors");
    cvr_status status = CVR_OK;
    json_object_set_new(file, "features", json_integer(m->transform.raw_features));
    json_object_set_new(file, "outputs", json_integer(m->outputs));
    json_object_update(file, about);
    TRY(onnx ? cvr_model_save_onnx(m, out, cli_switch(call, "fold"))
             : cvr_model_save(m, out));
    TRY(cli_print(call, json_incref(file)));
done:
    json_decref(file);
    return status;
}

/* A model becomes an ONNX file, a gated one by --convert a ReLU network. */
static cvr_status convert_model(cli_call *call)
{
    const char *in = call->positional[0], *out = call->positional[1];
    bool converts = cli_converts(call), onnx = ends(out, ".onnx");
    cvr_model m = {0}, network = {0};
    json_t *about = NULL;
    cvr_status status = CVR_OK;
    if (!onnx && !converts)
        return cvr_fail(CVR_USAGE,
                        "%s is a model, which becomes an ONNX file only: NAME.onnx%s", in,
                        ", or by --convert a ReLU network");
    if (!onnx && !ends(out, ".safetensors") && !ends(out, ".st"))
        return cvr_fail(CVR_USAGE,
                        "%s: a model is written to NAME.safetensors or NAME.onnx", out);
    TRY(cvr_model_load(in, &m));
    if (converts)
        TRY(cli_file_to_relu_network(call, &m, &network, &about));
    TRY(save_model(call, converts ? &network : &m, about));
done:
    json_decref(about);
    cvr_model_free(&network);
    cvr_model_free(&m);
    return status;
}

/* An option of models is given. */
static cvr_status refuse_for_data(const cli_call *call)
{
    static const char *const names[] = {"fold", "convert", "data", "test"};
    for (int i = 0; i < 4; i++)
        if (cvr_settings_given(call->settings, names[i]))
            return cvr_fail(CVR_USAGE, "--%s is for models: %s is data", names[i],
                            call->positional[0]);
    return CVR_OK;
}

cvr_status cli_convert(cli_call *call)
{
    cvr_dataset *data = NULL;
    cvr_load how;
    cvr_status status = CVR_OK;
    if (cli_is_model(call->positional[0]))
        return convert_model(call);
    TRY(refuse_for_data(call));
    TRY(cli_load_options(call, &how));
    how.paths = call->positional;
    how.path_count = 1;
    how.maybe_unlabelled = true;
    TRY(cvr_dataset_load(&how, call->comm, &data));
    TRY(written(call->positional[1],
                cvr_dataset_save(data, call->positional[1], format(call))));
    TRY(print(call, data, data->rows, call->positional[1]));
done:
    cvr_dataset_free(data);
    return status;
}

/* Options about data -> how to load it. */
#include "cli/load_options.h"

#include <stdio.h>
#include <string.h>

#include "cli/try.h"

/* "10x10" */
static cvr_status read_size(const char *text, int *height, int *width)
{
    char end = 0;
    if (sscanf(text, "%dx%d%c", height, width, &end) == 2 && *height > 0 && *width > 0 &&
        *height <= 65536 && *width <= 65536)
        return CVR_OK;
    return cvr_fail(CVR_USAGE, "--resize: '%s' is not a size such as 10x10", text);
}

/* --delimiter: one sign, or its name. */
static cvr_status read_delimiter(const char *text, char *delimiter)
{
    static const struct {
        const char *name;
        char sign;
    } names[] = {{"tab", '\t'},  {"\\t", '\t'},      {"blank", ' '}, {"space", ' '},
                 {"comma", ','}, {"semicolon", ';'}, {"bar", '|'},   {"pipe", '|'}};
    *delimiter = text ? *text : '\0';
    for (size_t i = 0; text && i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i].name) == 0) {
            *delimiter = names[i].sign;
            return CVR_OK;
        }
    if (!text || (text[0] && !text[1] && !strchr("\"'\n\r", *text)))
        return CVR_OK;
    return cvr_fail(CVR_USAGE,
                    "--delimiter: '%s' is not a single character, tab or blank", text);
}

static cvr_status read_reading(const cli_call *call, cvr_load *how)
{
    const cvr_settings *s = call->settings;
    static const char decimals[] = {'\0', '.', ','};
    const char *format = cvr_settings_text(s, "format");
    how->format = format && strcmp(format, "auto") != 0 ? format : NULL;
    how->labels = cvr_settings_text(s, "labels");
    how->classes = cvr_settings_text(s, "classes");
    how->target = cvr_settings_text(s, "target");
    how->task = (cvr_task)cvr_settings_choice(s, "task");
    how->rows = cvr_settings_integer(s, "rows");
    how->libsvm_base = cvr_settings_choice(s, "libsvm-base") - 1;
    how->ignore = cvr_settings_text(s, "ignore");
    how->weights = cvr_settings_text(s, "weights");
    how->class_weights = cvr_settings_text(s, "class-weights");
    how->missing = (cvr_missing)cvr_settings_choice(s, "missing");
    how->missing_indicator = cvr_settings_switch(s, "missing-indicator");
    how->decimal = decimals[cvr_settings_choice(s, "decimal")];
    return read_delimiter(cvr_settings_text(s, "delimiter"), &how->delimiter);
}

/* What is told of images. */
static cvr_status read_features(const cvr_settings *s, cvr_load *how)
{
    const char *names = cvr_settings_text(s, "features");
    bool left = !names || strcmp(names, "auto") == 0; /* features.c chooses */
    int descriptor = left ? CVR_UNDESCRIBED : cvr_descriptor_find(names);
    if (descriptor < 0) {
        cvr_fail(CVR_USAGE, "--features '%s': there are no such features", names);
        cvr_hint(
            "none, auto, or a sum of pixels, conv, oriented, hog648, as in conv+hog648");
        return CVR_USAGE;
    }
    how->descriptor = (unsigned)descriptor;
    how->mirror = cvr_settings_switch(s, "mirror");
    how->filters = (int)cvr_settings_integer(s, "filters");
    how->seed = (uint64_t)cvr_settings_integer(s, "seed");
    return CVR_OK;
}

/* Rows that are nodes of a graph. A command that trains has --hops. */
static cvr_status read_graph(const cli_call *call, cvr_load *how)
{
    const cvr_settings *s = call->settings;
    how->graph = cvr_settings_text(s, "graph");
    how->split = cvr_settings_text(s, "split");
    how->hops = (int)cvr_settings_integer(s, "hops");
    how->row_sums = cvr_settings_choice(s, "node-rows") == 1;
    if (how->graph && !how->split && cvr_settings_find(s, "split")) {
        cvr_fail(CVR_USAGE,
                 "--graph without --split: which nodes are for %s is not known",
                 cvr_settings_find(s, "hops") ? "training" : "testing");
        cvr_hint("--split FILE gives each node the part train, val, test or none");
        return CVR_USAGE;
    }
    if (!how->graph && cvr_settings_given(s, "hops"))
        return cvr_fail(CVR_USAGE, "--hops is for --graph EDGES, which is missing");
    return CVR_OK;
}

cvr_status cli_load_options(const cli_call *call, cvr_load *how)
{
    const cvr_settings *s = call->settings;
    cvr_status status = CVR_OK;
    *how = (cvr_load){0};
    TRY(read_reading(call, how));
    if (cvr_settings_text(s, "test-labels") && cvr_settings_count(s, "test") == 0)
        FAIL(CVR_USAGE, "--test-labels is for --test FILE, which is missing");
    how->paths = cvr_settings_list(s, "data");
    how->path_count = cvr_settings_count(s, "data");
    if (how->path_count == 0 && cvr_settings_find(s, "data") &&
        !call->command->reads_positional)
        FAIL(CVR_USAGE, "%s: --data FILE is missing", call->command->name);
    how->gray = cvr_settings_switch(s, "gray");
    TRY(read_features(s, how));
    TRY(read_graph(call, how));
    if (cvr_settings_text(s, "resize"))
        TRY(read_size(cvr_settings_text(s, "resize"), &how->new_height, &how->new_width));
    how->type = (cvr_type)cvr_settings_choice(s, "precision");
done:
    return status;
}

/* What a model does with missing values has been decided; but rows can be left out. */
static cvr_status check_missing(const cli_call *call, const cvr_load *how)
{
    const cvr_settings *s = call->settings;
    bool given = cvr_settings_given(s, "missing") && how->missing != CVR_MISSING_DROP;
    if (!given && !how->missing_indicator)
        return CVR_OK;
    cvr_fail(CVR_USAGE, "--%s is for training: the model knows what it does",
             given ? "missing" : "missing-indicator");
    cvr_hint("--missing drop leaves rows with missing values out");
    return CVR_USAGE;
}

/* A model of a graph needs one, another takes none. */
static cvr_status check_graph(const cli_call *call, const cvr_model *m,
                              const cvr_load *how)
{
    bool of_graph = m->transform.hops > 0;
    if (of_graph && !cvr_settings_find(call->settings, "graph"))
        return cvr_fail(CVR_USAGE,
                        "%s: the model is of nodes of a graph, which this "
                        "command does not read",
                        call->command->name);
    if (of_graph && !how->graph)
        return cvr_fail(CVR_USAGE,
                        "%s: the model is of nodes of a graph: --graph EDGES is missing",
                        call->command->name);
    if (!of_graph && how->graph)
        return cvr_fail(CVR_USAGE, "--graph: the model looks at no neighbours");
    return CVR_OK;
}

cvr_status cli_model_load_options(const cli_call *call, const cvr_model *m, cvr_load *how)
{
    cvr_status status = CVR_OK;
    TRY(cli_load_options(call, how));
    TRY(check_missing(call, how));
    TRY(check_graph(call, m, how));
    how->like = &m->transform;
    how->type = m->layers[0].W.type;
    how->task = how->task == CVR_TASK_AUTO ? m->task : how->task;
    how->gray = m->transform.gray;
    how->new_height = m->transform.new_height;
    how->new_width = m->transform.new_width;
    how->descriptor = m->transform.descriptor;
    how->mirror = m->transform.mirror;
    how->filters = m->transform.filters;
    how->features = m->transform.features;
    how->hops = m->transform.hops;
    how->row_sums = m->transform.row_sums;
    if (how->libsvm_base < 0)
        how->libsvm_base = m->transform.libsvm_base;
done:
    return status;
}

void cli_test_load_options(const cli_call *call, const cvr_load *train, cvr_load *how)
{
    *how = *train;
    how->paths = cvr_settings_list(call->settings, "test");
    how->path_count = cvr_settings_count(call->settings, "test");
    how->labels = cvr_settings_text(call->settings, "test-labels");
    how->rows = 0;
    how->testing = true;
}

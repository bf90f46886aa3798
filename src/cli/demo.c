/* cvxrelu demo: what a practitioner knows and what is new, on the same images: a
   table, a model, measurements and a report in a folder, and what to do next. */
#define _GNU_SOURCE
#include "cli/demo.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/compare.h"
#include "cli/compare_folder.h"
#include "cli/compare_spec.h"
#include "cli/comparison.h"
#include "cli/load_data.h"
#include "cli/message.h"
#include "cli/text.h"
#include "cli/try.h"

enum { RUNS = 5, SPEC = 256 };
#define SECONDS_EACH "time-limit=20" /* of a busy machine; they take some seconds */

/* Few rows: all of them converge. */
static const char *const small_runs[RUNS] = {
    "linear:label=logistic-regression", "adam:label=adam,layers=100,tolerance=0.01",
    "convex:label=relu,formulation=relu,patterns=30,beta-relative=0.005,tolerance=0.03",
    "convex:label=gated,formulation=gated,patterns=50",
    "convex:label=kernel,formulation=kernel"};

/* Many rows: the networks train until they have learnt nearly all of them. */
static const char *const large_runs[RUNS] = {
    "linear:label=logistic-regression,ridge=1000,tolerance=0.001",
    "adam:label=adam,layers=50,target-train-accuracy=0.97",
    "convex:label=relu,formulation=relu,beta=0.001,target-train-accuracy=0.97",
    "convex:label=gated,formulation=gated,patterns=50",
    "convex:label=gated-ridge,formulation=gated-ridge,patterns=500"};

/* The model of the last one is kept. */
enum { KEEP = RUNS - 1 };

/* Generated images: rows to train on, rows to test on. */
enum { TRAIN_ROWS = 1000, TEST_ROWS = 1000, MANY_ROWS = 4000 };

/* ---- data -------------------------------------------------------------------------- */

static cvr_generate images(int64_t first, int64_t rows, uint64_t seed)
{
    return (cvr_generate){.kind = "glyphs", .rows = rows, .first = first, .seed = seed};
}

static cvr_status generate(const cli_call *call, int64_t first, int64_t rows,
                           uint64_t seed, cvr_dataset **data)
{
    cvr_generate what = images(first, rows, seed);
    return cvr_dataset_generate(&what, call->comm, data);
}

/* The images of the test as a file, for what comes next. */
static cvr_status leave_test_rows(const cli_comparison *c)
{
    cvr_generate what = images(TRAIN_ROWS, TEST_ROWS, (uint64_t)c->first_seed);
    cvr_dataset *sample = NULL;
    char *path = NULL;
    cvr_status status = CVR_OK;
    if (cvr_settings_count(c->call->settings, "data") > 0)
        return CVR_OK;
    TRY(cli_path(c->folder, "test.csv", &path));
    TRY(cvr_generate_save(&what, path, "csv", &sample));
done:
    cvr_dataset_free(sample);
    free(path);
    return status;
}

/* The user's files may be large: in single precision the minute suffices. */
static cvr_status load(cli_comparison *c)
{
    const cvr_settings *s = c->call->settings;
    bool tested = cvr_settings_count(s, "test") > 0;
    cvr_status status = CVR_OK;
    c->split = (cli_split){.seed = (uint64_t)c->first_seed};
    if (cvr_settings_count(s, "data") > 0) {
        c->split.type = CVR_SINGLE;
        c->split.files = tested;
        c->split.held = tested ? 0 : 0.2;
        TRY(cli_load_data(c->call, &c->split, &c->data));
    } else {
        TRY(generate(c->call, 0, TRAIN_ROWS, c->split.seed, &c->data.train));
        TRY(generate(c->call, TRAIN_ROWS, TEST_ROWS, c->split.seed, &c->data.test));
        TRY(cli_prepare_data(c->call, &c->data));
    }
done:
    return status;
}

/* ---- SPECs ------------------------------------------------------------------------- */

/* Patches are for images. */
static cvr_status read_specs(cli_comparison *c)
{
    bool large = c->data.train->rows > MANY_ROWS;
    bool images = c->data.train->transform.channels > 0;
    char text[SPEC];
    cvr_status status = CVR_OK;
    c->specs = calloc(RUNS, sizeof *c->specs);
    if (!c->specs)
        FAIL(CVR_NO_MEMORY, "cannot keep %d SPECs", RUNS);
    for (int i = 0; i < RUNS; i++, c->spec_count++) {
        const char *run = large ? large_runs[i] : small_runs[i];
        snprintf(text, sizeof text, "%s," SECONDS_EACH "%s%s", run,
                 c->split.type == CVR_SINGLE ? ",precision=single" : "",
                 images && strstr(run, "gated-ridge") ? ",gate-kind=patch" : "");
        TRY(cli_spec_read(c->call, text, &c->specs[i]));
    }
done:
    return status;
}

/* ---- what comes next --------------------------------------------------------------- */

/* The test rows that a user can name. */
static const char *test_rows(const cli_comparison *c, char path[400])
{
    const cvr_settings *s = c->call->settings;
    snprintf(path, 400, "%s/test.csv", c->folder);
    if (cvr_settings_count(s, "test") > 0)
        return cvr_settings_list(s, "test")[0];
    return cvr_settings_count(s, "data") > 0 ? cvr_settings_list(s, "data")[0] : path;
}

static void print_next(const cli_comparison *c)
{
    static const char *const words[] = {
        "",
        "logistic-regression and adam are what everyone knows; the others are convex "
        "programs.",
        "test: part of the test images that a model gets right. train: of those it saw.",
        "gap: no weights make that row's own objective (training loss and penalty) "
        "better by",
        "     more than this part of it: a proof, not an estimate; - where there is "
        "none.",
        ""};
    const cli_call *call = c->call;
    const char *program = program_invocation_name;
    char path[400];
    const char *test = test_rows(c, path);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        cli_message(call, "%s", words[i]);
    cli_message(call, "The report, for a browser: %s/report.html", c->folder);
    cli_message(call, "What to type next:");
    if (c->kept) {
        cli_message(call, "  %s eval --model %s --data %s", program, c->model, test);
        cli_message(call, "  %s predict --model %s --data %s | head", program, c->model,
                    test);
    }
    cli_message(call,
                "  %s train convex --data YOURS.csv --holdout 0.2 -o model.safetensors",
                program);
    cli_message(call, "  %s help results", program);
}

cvr_status cli_demo(cli_call *call)
{
    const cvr_settings *s = call->settings;
    cli_comparison c = {.call = call,
                        .folder = cvr_settings_text(s, "output"),
                        .first_seed = cvr_settings_integer(s, "seed"),
                        .seeds = 1,
                        .keep = KEEP,
                        .goal = NAN};
    char *model = NULL;
    cvr_status status = CVR_OK;
    TRY(cli_folder_make(c.folder, true));
    TRY(cli_path(c.folder, "model.safetensors", &model));
    c.model = model;
    TRY(load(&c));
    TRY(read_specs(&c));
    TRY(cli_folder_clear(c.folder));
    TRY(leave_test_rows(&c));
    TRY(cli_compare_all(&c));
    if (!c.stopped)
        print_next(&c);
done:
    cli_comparison_free(&c);
    free(model);
    return status;
}

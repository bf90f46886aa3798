/* cvxrelu demo: several formulations and u-steps on the same images, compared in a table;
   the best model, measurements, plots and a report are left in a folder. */
#include "cli/compare.h"

#include <stdlib.h>
#include <string.h>

enum { RUNS = 5, SPEC = 256 };
#define SECONDS_EACH "time-limit=10" /* the whole demonstration ends within a minute */
#define GOAL 0.97

/* Few rows: how far the certified gap closes. */
static const char *const small_runs[RUNS] = {
    "convex:label=relu-direct,primal=direct,patterns=20,beta-relative=0.01",
    "convex:label=relu-block-pcg,primal=block-pcg,patterns=20,beta-relative=0.01",
    "convex:label=relu-rbcd,primal=rbcd,patterns=20,beta-relative=0.01",
    "convex:label=gated,formulation=gated,primal=direct,patterns=20,beta-relative=0.01",
    "convex:label=gated-ridge,formulation=gated-ridge,patterns=500"};

/* Many rows: how soon the network reaches the goal on the training rows. */
static const char *const large_runs[RUNS] = {
    "convex:label=relu-direct,primal=direct,beta=0.001,target-train-accuracy=0.97",
    "convex:label=relu-block-pcg,primal=block-pcg,beta=0.001,target-train-accuracy=0.97",
    "convex:label=relu-rbcd,primal=rbcd,beta=0.001,target-train-accuracy=0.97",
    "convex:label=gated,formulation=gated,primal=direct,beta-relative=0.01",
    "convex:label=gated-ridge,formulation=gated-ridge,patterns=500"};

/* Generated images: rows to train on, rows to test on. */
enum { TRAIN_ROWS = 1000, TEST_ROWS = 1000, MANY_ROWS = 4000 };

/* ---- data -------------------------------------------------------------------------- */

static cvr_status generate(const cli_call *call, int64_t first, int64_t rows,
                           uint64_t seed, cvr_dataset **data)
{
    cvr_generate what = {.kind = "glyphs", .rows = rows, .first = first, .seed = seed};
    return cvr_dataset_generate(&what, call->comm, data);
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
        TRY(cli_load(c->call, &c->split, &c->data));
    } else {
        TRY(generate(c->call, 0, TRAIN_ROWS, c->split.seed, &c->data.train));
        TRY(generate(c->call, TRAIN_ROWS, TEST_ROWS, c->split.seed, &c->data.test));
        TRY(cli_prepare(c->call, &c->data));
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
                 images && strstr(run, "ridge") ? ",gate-kind=patch" : "");
        TRY(cli_spec_read(c->call, text, &c->specs[i]));
    }
done:
    return status;
}

cvr_status cli_demo(cli_call *call)
{
    const cvr_settings *s = call->settings;
    cli_comparison c = {.call = call,
                        .folder = cvr_settings_text(s, "output"),
                        .first_seed = cvr_settings_integer(s, "seed"),
                        .seeds = 1,
                        .goal = GOAL};
    char *model = NULL;
    cvr_status status = CVR_OK;
    TRY(cli_folder_make(c.folder, true));
    TRY(cli_path(c.folder, "model.safetensors", &model));
    c.model = model;
    TRY(load(&c));
    TRY(read_specs(&c));
    TRY(cli_folder_clear(c.folder));
    TRY(cli_compare_all(&c));
done:
    cli_comparison_free(&c);
    free(model);
    return status;
}

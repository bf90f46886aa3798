/* Some thousand rows choose: a kernel model on each of the features, without their mirror
   images; then the best with them. Each is judged by its exact mean squared leave-one-out
   error; of errors that are hardly less the simpler features stay. */
#include "cli/features.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/clock.h"
#include "cli/message.h"
#include "cli/progress_line.h"
#include "cli/try.h"

enum { SOME = 2500 };

/* What an error has to fall by for more to be worth it, as a part. */
static const double worth = 0.01;

static const char *const candidates[] = {"none", "conv", "conv+oriented+hog648"};
enum { CANDIDATES = sizeof candidates / sizeof *candidates };

typedef struct chosen {
    const char *features;
    bool mirror;
    double press;
} chosen;

static void set(cvr_dataset *data, const char *features, bool mirror)
{
    data->transform.descriptor = (unsigned)cvr_descriptor_find(features);
    data->transform.mirror = mirror;
}

/* A copy of some rows, the same at any number of processes. */
static cvr_status take_rows(const cli_call *call, const cvr_dataset *all,
                            cvr_dataset **some)
{
    uint64_t seed = (uint64_t)cvr_settings_integer(call->settings, "seed");
    cvr_dataset *others = NULL;
    int64_t parts = all->rows / SOME;
    if (parts < 2)
        return cvr_dataset_copy(all, call->comm, some);
    cvr_status status =
        cvr_dataset_fold(all, (int)parts, 0, seed, call->comm, &others, some);
    cvr_dataset_free(others);
    return status;
}

/* Fits a model to copies of the raw rows. */
static cvr_status fit(const cli_call *call, cvr_dataset *rows, cli_training *t,
                      double *press)
{
    cli_data data = {.train = rows};
    cvr_solver *solver = NULL;
    cvr_status status = CVR_OK;
    TRY(cli_prepare_data(call, &data));
    TRY(cvr_solver_new(rows, NULL, call->comm, call->settings, &solver));
    TRY(cvr_solver_run(solver, NULL, NULL, &t->result));
    *press = isnan(t->result.press) ? INFINITY : t->result.press;
done:
    cvr_solver_free(solver);
    return status;
}

/* *best becomes these features when they are worth it. Features that images are too small
   or too flat for are passed over; pixels are always there. */
static cvr_status try_features(const cli_call *call, const cvr_dataset *some,
                               const char *features, bool mirror, cli_training *t,
                               chosen *best)
{
    cvr_dataset *rows = NULL;
    double press = INFINITY;
    cvr_status status = CVR_OK;
    cli_progress_stage("choosing features: %s%s", features, mirror ? ", mirrored" : "");
    TRY(cvr_dataset_copy(some, call->comm, &rows));
    set(rows, features, mirror);
    status = fit(call, rows, t, &press);
    if ((status == CVR_USAGE || status == CVR_BAD_DATA) && best->features)
        status = CVR_OK;
    TRY(status);
    if (cli_switch(call, "verbose"))
        cli_message(call, "cvxrelu: features %s%s: leave-one-out error %.4g", features,
                    mirror ? ", mirrored" : "", press);
    if (!best->features || press < best->press * (1 - worth))
        *best = (chosen){features, mirror, press};
done:
    cvr_dataset_free(rows);
    return status;
}

static cvr_status choose(const cli_call *call, const cvr_dataset *some, cli_training *t,
                         chosen *best)
{
    bool named = cvr_settings_given(call->settings, "mirror");
    bool mirror = named && cvr_settings_switch(call->settings, "mirror");
    cvr_status status = CVR_OK;
    for (int k = 0; k < CANDIDATES; k++)
        TRY(try_features(call, some, candidates[k], mirror, t, best));
    if (!named)
        TRY(try_features(call, some, best->features, true, t, best));
done:
    return status;
}

/* Whether they are to be chosen. */
static cvr_status ask(const cli_call *call, const cvr_dataset *data, bool decided,
                      bool *wanted)
{
    const cvr_settings *s = call->settings;
    const char *names = cvr_settings_text(s, "features"),
               *formulation = cvr_settings_text(s, "formulation");
    bool named = names && strcmp(names, "auto") == 0;
    bool images = data->transform.channels > 0;
    *wanted = named || (decided && images && !cvr_settings_given(s, "features") &&
                        !cvr_settings_given(s, "mirror"));
    if (named && !images)
        return cvr_fail(CVR_USAGE, "--features auto: %s has no images", data->source);
    if (named && !(formulation && strcmp(formulation, "kernel") == 0))
        return cvr_fail(CVR_USAGE, "--features auto is for --formulation kernel");
    return CVR_OK;
}

cvr_status cli_choose_features(cli_call *call, bool decided, cli_training *t)
{
    chosen best = {0};
    cvr_dataset *some = NULL;
    bool wanted = false;
    double begun = cli_seconds(), cpu = cli_cpu_seconds();
    cvr_status status = CVR_OK;
    TRY(cvr_allreduce_status(call->comm, ask(call, t->data.train, decided, &wanted)));
    if (!wanted)
        return CVR_OK;
    TRY(take_rows(call, t->data.train, &some));
    if (!cli_switch(call, "verbose"))
        cvr_log_to(NULL, NULL); /* the notes of one run suffice */
    status = choose(call, some, t, &best);
    cli_forward_log(call);
    TRY(status);
    set(t->data.train, best.features, best.mirror);
    cli_message(call,
                "cvxrelu: --features %s%s: the least leave-one-out error (%.4g) on %lld "
                "training rows",
                best.features, best.mirror ? " --mirror" : "", best.press,
                (long long)some->rows);
    t->spent[0] += cli_seconds() - begun;
    t->spent[1] += cli_cpu_seconds() - cpu;
done:
    cvr_dataset_free(some);
    return status;
}

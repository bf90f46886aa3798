/* The method `deep`: networks of many layers by Bregman-ADMM, without gradients. Its
   options, and the variants that --sweep chooses between. */
#include "deep/grid.h"
#include "deep/grow.h"

extern const cvr_method cvr_deep_refresh, cvr_deep_paper, cvr_deep_pipeline;

static const cvr_method *const variants[] = {&cvr_deep_refresh, &cvr_deep_paper};

static const cvr_option options[] = {
    {"sweep", CVR_CHOICE, "refresh", 0, 0, "refresh|paper",
     "the order of an iteration: from the top down with one message, or the paper's",
     CVR_DEEP_AT(int, sweep)},
    CVR_DEEP_NETWORK_OPTIONS,
    {"multiplier", CVR_CHOICE, "auto", 0, 0, "auto|full|paper|none",
     "where lambda enters: every step, the step of z_L only, nowhere; auto: full with "
     "sweep refresh, else paper",
     CVR_DEEP_AT(int, multiplier)},
    CVR_DEEP_PENALTIES("0.05 (one output: 0.15, squared loss: 1), with sweep paper "
                       "0.0024",
                       "0.5, with sweep paper 0.95", "0.2, with sweep paper 0.015"),
    CVR_DEEP_RIDGES("0.01; with sweep refresh for two classes 0.02, for more 0.03",
                    "20, with sweep refresh for two classes 10"),
    CVR_DEEP_WARM("2, with sweep paper 0"),
    CVR_DEEP_START(" (sweep paper: z and a)", "0.15, with gaussian 1"),
    CVR_DEEP_GROW,
    CVR_DEEP_GRID,
    CVR_DEEP_RUN_OPTIONS,
    {0}};

static cvr_status choose(const cvr_problem *problem, const cvr_method **variant)
{
    const cvr_deep_given *given = cvr_settings_values(problem->settings);
    *variant = given->grid ? &cvr_deep_pipeline : variants[given->sweep];
    return given->grid && given->sweep > 0
               ? cvr_fail(CVR_USAGE, "--grid is for --sweep refresh")
               : CVR_OK;
}

const cvr_method cvr_deep_method = {
    .info = {.name = "deep",
             .about = "networks of many layers by Bregman-ADMM, without gradients",
             .options = options,
             .own_threads = true},
    .options_size = sizeof(cvr_deep_given),
    .choose = choose};

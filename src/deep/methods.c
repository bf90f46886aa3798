/* The method `deep`: networks of many layers by Bregman-ADMM, without gradients. Its
   options, and the variants that --sweep chooses between. */
#include "deep/options.h"

extern const cvr_method cvr_deep_refresh, cvr_deep_paper;

static const cvr_method *const variants[] = {&cvr_deep_refresh, &cvr_deep_paper};

static const cvr_option options[] = {
    {"sweep", CVR_CHOICE, "refresh", 0, 0, "refresh|paper",
     "the order of an iteration: from the top down with one message, or the paper's",
     CVR_DEEP_AT(int, sweep)},
    CVR_DEEP_OPTIONS,
    {0}};

static cvr_status choose(const cvr_problem *problem, const cvr_method **variant)
{
    const cvr_deep_given *given = cvr_settings_values(problem->settings);
    *variant = variants[given->sweep];
    return CVR_OK;
}

const cvr_method cvr_deep_method = {
    .info = {.name = "deep",
             .about = "networks of many layers by Bregman-ADMM, without gradients",
             .options = options,
             .own_threads = true},
    .options_size = sizeof(cvr_deep_given),
    .choose = choose};

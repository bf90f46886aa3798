/* The method `mdlam`, after J. Wang et al. (Neurocomputing 2022): activations in a tube
   around h(z). Its options, and the variants that --tube chooses between:

       fixed, shrinking   tube.c: z and a are kept, |a_l - h(z_l)| <= tau entrywise
       recentred          z and a are made anew from the weights, as by deep's sweep
                          refresh, and a_l stays within tau rms(h_l) of h_l = h(m_l):

                              a_l = h_l + clip((t_{l+1} - m_{l+1}) P_{l+1}, +- tau rms)
                              t_l = argmin g_l |a_l - h(z)|^2 + b_l |z - m_l|^2

   A tube around a stored z holds the layers below the top where they are (tube.c); one
   around the network's own activations bounds, entry by entry, how far a few wrong rows
   can bend a unit. Wide, it is refresh. */
#include "deep/mdlam.h"

#include <math.h>

#include "deep/grow.h"
#include "deep/refresh.h"

/* clang-format off */
/* With --published --tube recentred: what of it has a meaning there. */
static const cvr_deep_defaults printed = {
    .name = "mdlam recentred", .top = {5e-4, 5e-4, 5e-4}, .activation = 1, .weights = 1,
    .ridge = {0.05, 0.05, 0.05}, .multiplier = CVR_MULTIPLIER_FULL,
    .loss = &cvr_loss_softmax, .gaussian = true, .init_scale = {1, 0.1}};

static const cvr_deep_defaults defaults = {
    .name = "mdlam recentred", .top = {0.05, 0.15, 1}, .activation = 0.5, .weights = 0.2,
    .ridge = {0.03, 0.02, 0.01}, .halving = {20, 10, 20}, .warm = 2,
    .multiplier = CVR_MULTIPLIER_FULL, .init_scale = {0.4, 0.1}, .printed = &printed};
/* clang-format on */

static cvr_status pose(void *state, const cvr_problem *problem)
{
    cvr_deep_sweep *s = state;
    const cvr_mdlam_given *o = cvr_settings_values(problem->settings);
    cvr_status status = CVR_OK;
    if (o->deep.blocks == 1)
        CVR_FAIL(CVR_USAGE, "--blocks majorised is for --tube fixed and shrinking");
    if (o->momentum == 1)
        CVR_FAIL(CVR_USAGE,
                 "--momentum is for --tube fixed and shrinking: this one keeps "
                 "no z and a");
    s->tube = isnan(o->width) ? 0.5 : o->width;
    CVR_TRY(cvr_deep_pose(&s->deep, problem, &defaults));
done:
    return status;
}

static const cvr_method recentred = {.info = {.name = "mdlam"},
                                     .state_size = sizeof(cvr_deep_sweep),
                                     .pose = pose,
                                     .lay_out = cvr_deep_refresh_lay_out,
                                     .start = cvr_deep_refresh_start,
                                     .step = cvr_deep_refresh_step,
                                     .measure = cvr_deep_refresh_measure,
                                     .model = cvr_deep_model,
                                     .weighs = true,
                                     .turns = true};

/* ---- the method -------------------------------------------------------------------- */

extern const cvr_method cvr_mdlam_tube;

#define AT(type, field) CVR_FIELD(cvr_mdlam_given, type, field)
/* clang-format off */
static const cvr_option options[] = {
    {"tube", CVR_CHOICE, "recentred", 0, 0, "fixed|shrinking|recentred",
     "activations near those of kept z, by a width that stays or shrinks, or near those of "
     "the present weights", AT(int, tube)},
    {"tube-width", CVR_REAL, "", DBL_MIN, DBL_MAX, NULL,
     "how far; recentred: as a fraction of a layer's root mean square; default 0.5, with "
     "published 100 but recentred", AT(double, width)},
    {"momentum", CVR_CHOICE, "auto", 0, 0, "auto|yes|no",
     "kept z and a: an iteration starts beyond them, unless that raises the objective; "
     "auto: yes, with published no", AT(int, momentum)},
    CVR_DEEP_BLOCKS,
    CVR_DEEP_PUBLISHED("majorised, a tube of 100 that halves, no momentum, penalties 5e-4, "
                       "softmax, weights N(0, 0.01), ridge 0.05"),
    CVR_DEEP_NETWORK_OPTIONS,
    CVR_DEEP_PENALTIES("0.05 (one output: 0.15, squared loss: 1)", "0.5; 1 but recentred",
                       "0.2; 1 but recentred"),
    CVR_DEEP_RIDGES("0.01 for values, 0.02 for two classes, 0.03 for more",
                    "20, for two classes 10; 0 but recentred"),
    CVR_DEEP_WARM("2, recentred alone"),
    CVR_DEEP_START("", "0.4, with gaussian 0.1"),
    CVR_DEEP_GROW,
    CVR_DEEP_RUN_OPTIONS,
    {0}};
/* clang-format on */

static cvr_status choose(const cvr_problem *problem, const cvr_method **variant)
{
    const cvr_mdlam_given *o = cvr_settings_values(problem->settings);
    *variant = cvr_mdlam_kind_of(o) == CVR_TUBE_RECENTRED ? &recentred : &cvr_mdlam_tube;
    return CVR_OK;
}

const cvr_method cvr_mdlam_method = {
    .info = {.name = "mdlam",
             .about = "networks of many layers by mDLAM: activations in a tube",
             .options = options,
             .own_threads = true},
    .options_size = sizeof(cvr_mdlam_given),
    .choose = choose};

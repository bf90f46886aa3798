/* The planner: bytes and flops of the ways to solve the u-step. */
#include "convex/plan.h"

#include <string.h>

#include "base/bytes.h"
#include "base/log.h"

/* In the order of the choices of --primal, after auto. */
static const cvr_primal *const all[] = {
    &cvr_primal_direct,      &cvr_primal_cg,        &cvr_primal_diag_pcg,
    &cvr_primal_nystrom_pcg, &cvr_primal_block_pcg, &cvr_primal_block_nystrom_pcg,
    &cvr_primal_rbcd,        &cvr_primal_block_rbcd};

/* Weights, K, X'X and cones: what every u-step stands on. */
static int64_t common_bytes(const cvr_program *p)
{
    cvr_type type = p->X.type;
    int64_t weights = cvr_mat_bytes(type, p->d, cvr_times(10, p->m));
    int64_t inside = 5 * p->P + 4 * p->C * p->P; /* margins, repair, points */
    int64_t cones = p->signs == 2 ? cvr_mat_bytes(type, p->n, p->m + inside) : 0;
    int64_t blocks = p->signs == 2 ? cvr_mat_bytes(type, cvr_times(3, p->d), p->d) : 0;
    return weights < 0 || cones < 0 || blocks < 0 ? -1 : weights + cones + blocks;
}

static int64_t total_bytes(const cvr_program *p, const cvr_primal *primal)
{
    int64_t own = primal->bytes(p), common = common_bytes(p);
    return own < 0 || common < 0 ? -1 : own + common;
}

/* The processes of a machine share its memory: each may take its part. */
static bool fits(const cvr_program *p, int64_t bytes)
{
    return bytes >= 0 && bytes <= cvr_memory_available() / cvr_comm_node_size(p->comm);
}

/* A gibibyte, or a tenth of what is there, is worth a line: of the algorithm, which takes
   most of it, not of the gates before. */
static cvr_log_level level_of(const cvr_program *p, int64_t bytes)
{
    bool much = bytes >= 1 << 30 || bytes >= cvr_memory_available() / 10;
    return much && p->P > 0 ? CVR_LOG_NOTE : CVR_LOG_DETAIL;
}

cvr_status cvr_plan_memory(const cvr_program *p, const char *what, int64_t bytes)
{
    cvr_status own = CVR_OK;
    double gib = (double)bytes / (1 << 30),
           have = (double)cvr_memory_available() / (1 << 30);
    if (bytes < 0)
        own = cvr_fail(CVR_NO_MEMORY, "%s needs more memory than can be counted", what);
    else if (!fits(p, bytes))
        own = cvr_fail(
            CVR_NO_MEMORY, "%s needs %.1f GiB a process, and %.1f GiB are free%s", what,
            gib, have, cvr_comm_node_size(p->comm) > 1 ? " for all processes here" : "");
    else
        cvr_note(level_of(p, bytes), "memory: %s needs %.2g GiB, %.1f GiB are free", what,
                 gib, have);
    return cvr_allreduce_status(p->comm, own);
}

/* Direct pays when its factor costs less than the iterations that it makes cheaper; a run
   that stops at an accuracy takes a few iterations only. The dual form is whole on each
   process, so it is for one. Shared sizes only: all processes decide alike. */
static bool direct_pays(const cvr_program *p)
{
    double n = (double)p->problem->rows, d = (double)p->d, m = (double)p->m;
    double side = d * (double)p->P, form = n >= side ? n * side * side : 0;
    double iterations = 100 * 12 * n * d * m;
    if (cvr_settings_given(p->problem->settings, "target-train-accuracy"))
        return false;
    if (n < side && cvr_comm_size(p->comm) > 1)
        return false;
    return form + cvr_primal_direct.flops(p) < iterations;
}

static cvr_status direct_fits(const cvr_program *p, bool *does)
{
    double lacks = fits(p, total_bytes(p, &cvr_primal_direct)) ? 0 : 1;
    cvr_status status = cvr_allreduce_max(p->comm, &lacks, 1);
    *does = lacks == 0;
    return status;
}

cvr_status cvr_plan_primal(const cvr_program *p, const cvr_primal **primal)
{
    int choice = cvr_settings_choice(p->problem->settings, "primal");
    cvr_status status = CVR_OK;
    bool roomy = false;
    if (choice > 0) {
        *primal = all[choice - 1];
    } else {
        CVR_TRY(direct_fits(p, &roomy));
        *primal = roomy && direct_pays(p) ? &cvr_primal_direct : &cvr_primal_block_pcg;
    }
    CVR_TRY(cvr_plan_memory(p, (*primal)->name, total_bytes(p, *primal)));
done:
    return status;
}

bool cvr_plan_bounds(const cvr_program *p)
{
    const cvr_settings *o = p->problem->settings;
    int choice = cvr_settings_choice(o, "certificate");
    return choice == 0 ? !cvr_settings_given(o, "target-train-accuracy") : choice == 1;
}

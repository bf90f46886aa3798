/* What a solver is asked outside of its loop: figures of the problem, network, time. */
#include "solver/solver.h"

#include <stdio.h>

#include "base/bytes.h"
#include "model/model.h"
#include "solver/features.h"

void cvr_solver_describe(const cvr_solver *s, cvr_progress *p)
{
    const cvr_problem *q = &s->problem;
    cvr_progress_init(p);
    p->task = q->train->task;
    p->iterations = s->iterations;
    p->rows = q->rows;
    p->features = q->train->transform.features;
    p->outputs = (int)q->Y.cols;
    p->processes = cvr_comm_size(q->comm);
    p->precision = q->X.type;
    p->seed = q->seed;
    p->method = s->family->info.name;
}

cvr_status cvr_solver_recover(cvr_solver *s, cvr_model *m)
{
    cvr_status status = s->method->model(s->state, m);
    if (status == CVR_OK)
        status = cvr_features_model(&s->problem, m);
    if (status == CVR_OK)
        status = cvr_model_describe(m, s->problem.train);
    if (status != CVR_OK)
        cvr_model_free(m);
    return status;
}

/* {"method": ..., "seed": ..., "version": ..., "options": {...}} */
static cvr_status record(const cvr_solver *s, cvr_model *m)
{
    static const char *const format =
        "{\"method\":\"%s\",\"seed\":%llu,\"version\":\"%s\",\"options\":%s}";
    const char *method = s->family->info.name;
    unsigned long long seed = s->problem.seed;
    char *options = NULL, *text = NULL;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_settings_json(s->problem.settings, &options));
    int size = snprintf(NULL, 0, format, method, seed, cvr_version(), options) + 1;
    CVR_TRY(cvr_alloc(size, 1, "a model's record", (void **)&text));
    snprintf(text, (size_t)size, format, method, seed, cvr_version(), options);
    cvr_release(m->record);
    m->record = text;
done:
    cvr_release(options);
    return status;
}

cvr_status cvr_solver_model(cvr_solver *s, cvr_model *m)
{
    cvr_status status = cvr_solver_recover(s, m);
    if (status == CVR_OK)
        status = record(s, m);
    if (status != CVR_OK)
        cvr_model_free(m);
    return status;
}

double cvr_solver_seconds(const cvr_solver *s)
{
    return s->wall_used + (s->running ? cvr_wall_seconds() - s->wall_begun : 0);
}

double cvr_solver_cpu_seconds(const cvr_solver *s)
{
    return s->cpu_used + (s->running ? cvr_cpu_seconds() - s->cpu_begun : 0);
}

void cvr_solver_ask(cvr_solver *s, int what)
{
    atomic_fetch_or(&s->asked, what);
}

void cvr_solver_set_user_data(cvr_solver *s, const char *text)
{
    s->remembered = text;
}

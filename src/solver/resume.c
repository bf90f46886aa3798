/* Saving and restoring a solver: what it is of, then its own numbers, then its
   method's. */
#include "solver/resume.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "solver/identity.h"
#include "solver/leave.h"
#include "solver/progress.h"
#include "solver/snapshot.h"

/* ---- the loop's state ------------------------------------------------------------- */

static void keep_progress(cvr_progress *p, cvr_archive *k)
{
    enum { MOST = 1 << 30 };
    double x[CVR_FIGURES_SAVED];
    int64_t outputs = p->outputs, outcome = p->outcome;
    cvr_progress_copy_saved(p, x, false);
    cvr_archive_reals(k, "figures", x, CVR_FIGURES_SAVED);
    cvr_progress_copy_saved(p, x, true);
    cvr_archive_count(k, "iterations", &p->iterations);
    cvr_archive_integer(k, "active_neurons", &p->active_neurons, -1, MOST);
    cvr_archive_integer(k, "patterns", &p->patterns, -1, MOST);
    cvr_archive_integer(k, "outputs", &outputs, 0, MOST);
    cvr_archive_integer(k, "outcome", &outcome, CVR_RUNNING, CVR_DIVERGED);
    cvr_archive_text(k, "solver", p->solver, sizeof p->solver);
    cvr_archive_text(k, "note", p->note, sizeof p->note);
    p->outputs = (int)outputs;
    p->outcome = (cvr_outcome)outcome;
}

/* Seconds, phases and bytes of the saved run come on top of this one's. */
static void keep_clocks(cvr_solver *s, cvr_archive *k)
{
    double clocks[] = {cvr_solver_seconds(s), cvr_solver_cpu_seconds(s)};
    double phases[CVR_PHASES];
    double bytes = (double)(s->bytes_before + cvr_comm_traffic(s->problem.comm).bytes);
    memcpy(phases, s->phases, sizeof phases);
    cvr_archive_reals(k, "seconds", clocks, 2);
    cvr_archive_reals(k, "phases", phases, CVR_PHASES);
    cvr_archive_real(k, "bytes_reduced", &bytes);
    if (!cvr_archive_restoring(k) || cvr_archive_status(k) != CVR_OK)
        return;
    s->wall_used += clocks[0];
    s->cpu_used += clocks[1];
    for (int i = 0; i < CVR_PHASES; i++)
        s->phases[i] += phases[i];
    s->reduced_before += phases[CVR_PHASE_REDUCE];
    s->bytes_before += bytes >= 0 && bytes < 9e15 ? (int64_t)bytes : 0;
}

/* A convergence that another tolerance had found is none; the next measurement says. */
static void keep_loop(cvr_solver *s, cvr_archive *k)
{
    double tolerance = s->tolerance;
    cvr_archive_push(k, "loop", 0);
    cvr_archive_count(k, "iterations", &s->iterations);
    cvr_archive_real(k, "tolerance", &tolerance);
    keep_clocks(s, k);
    cvr_archive_push(k, "last", 0);
    keep_progress(&s->last, k);
    cvr_archive_pop(k);
    cvr_archive_pop(k);
    if (tolerance != s->tolerance)
        s->last.outcome = CVR_RUNNING;
}

/* Data do not change: their fingerprints are taken once. Weights belong to the training
   rows. */
static cvr_status take_prints(cvr_solver *s)
{
    const cvr_problem *q = &s->problem;
    cvr_checksum weights;
    cvr_status status = CVR_OK;
    if (s->printed)
        return CVR_OK;
    CVR_TRY(cvr_checksum_add(q->train, q->comm, &s->train_print));
    CVR_TRY(cvr_checksum_add(q->test, q->comm, &s->test_print));
    if (q->W.data) {
        CVR_TRY(cvr_checksum_of(q->W, q->first, q->comm, &weights));
        s->train_print.size2 += weights.size2;
        s->train_print.sum += weights.sum;
    }
    s->printed = true;
done:
    return status;
}

static cvr_status keep_data(cvr_solver *s, cvr_archive *k)
{
    cvr_status status = CVR_OK;
    CVR_TRY(take_prints(s));
    cvr_archive_push(k, "data", 0);
    cvr_archive_checksum(k, "training",
                         s->problem.W.data ? "training rows or their weights"
                                           : "training rows",
                         &s->train_print, s->problem.X.type);
    cvr_archive_checksum(k, "test", "test rows", &s->test_print, s->problem.X.type);
    cvr_archive_pop(k);
done:
    return status;
}

static cvr_status keep_all(cvr_solver *s, cvr_archive *k)
{
    cvr_status status = CVR_OK;
    CVR_TRY(keep_data(s, k));
    keep_loop(s, k);
    cvr_archive_push(k, s->family->info.name, 0);
    CVR_TRY(cvr_method_serialize(s, k));
    cvr_archive_pop(k);
done:
    return status;
}

/* ---- saving ----------------------------------------------------------------------- */

/* The second pass, in which process 0 writes as the others bring their rows. */
static cvr_status write_numbers(cvr_solver *s, cvr_archive *k, const char *path)
{
    cvr_status status = CVR_OK;
    if (k->writer)
        status = k->status == CVR_OK ? cvr_checkpoint_begin(k->writer, path) : k->status;
    CVR_TRY(cvr_allreduce_status(k->comm, status));
    k->keeping = CVR_SAVING;
    CVR_TRY(keep_all(s, k));
done:
    return status;
}

static cvr_status write_file(cvr_solver *s, const json_t *id, cvr_archive *k,
                             const char *path)
{
    cvr_status status = CVR_OK, written = CVR_OK;
    if (k->writer)
        k->status = cvr_identity_write(s, id, k->writer);
    k->keeping = CVR_LISTING;
    CVR_TRY(cvr_allreduce_status(k->comm, keep_all(s, k)));
    written = cvr_allreduce_status(k->comm, write_numbers(s, k, path));
    if (written == CVR_OK && k->writer)
        written = cvr_checkpoint_commit(k->writer);
    CVR_TRY(cvr_allreduce_status(k->comm, written));
done:
    return status;
}

static cvr_status open_writer(const cvr_solver *s, cvr_archive *k,
                              cvr_checkpoint_writer *w)
{
    const cvr_problem *q = &s->problem;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_archive_new(k, q->comm, q->rows, q->first, q->X.rows));
    if (cvr_comm_rank(q->comm) > 0)
        return CVR_OK;
    CVR_TRY(cvr_checkpoint_new(w));
    k->writer = w;
done:
    return status;
}

cvr_status cvr_solver_save(cvr_solver *s, const char *path)
{
    json_t *id = NULL;
    cvr_archive k = {0};
    cvr_checkpoint_writer w = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_identity_of(s, &id));
    CVR_TRY(cvr_allreduce_status(s->problem.comm, open_writer(s, &k, &w)));
    CVR_TRY(write_file(s, id, &k, path));
    if (cvr_comm_rank(s->problem.comm) == 0)
        cvr_note(CVR_LOG_DETAIL, "iteration %" PRId64 ": checkpoint %s", s->iterations,
                 path);
done:
    cvr_checkpoint_discard(&w);
    cvr_archive_free(&k);
    json_decref(id);
    return status;
}

/* ---- restoring -------------------------------------------------------------------- */

static cvr_status open_reader(const cvr_solver *s, const json_t *id, const char *path,
                              cvr_archive *k, cvr_checkpoint_reader *r)
{
    const cvr_problem *q = &s->problem;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_archive_new(k, q->comm, q->rows, q->first, q->X.rows));
    if (cvr_comm_rank(q->comm) > 0)
        return CVR_OK;
    CVR_TRY(cvr_checkpoint_open(path, r));
    CVR_TRY(cvr_identity_check(r, id));
    k->reader = r;
done:
    return status;
}

cvr_status cvr_solver_restore(cvr_solver *s, const char *path, cvr_progress *last)
{
    json_t *id = NULL;
    cvr_archive k = {0};
    cvr_checkpoint_reader r = {0};
    cvr_status status = CVR_OK;
    double begun = s->wall_begun = cvr_wall_seconds();
    cvr_solver_describe(s, &s->last);
    s->running = true;
    cvr_solver_listen(s);
    CVR_TRY(cvr_identity_of(s, &id));
    CVR_TRY(cvr_allreduce_status(s->problem.comm, open_reader(s, id, path, &k, &r)));
    k.keeping = CVR_RESTORING;
    CVR_TRY(cvr_allreduce_status(s->problem.comm, keep_all(s, &k)));
    CVR_TRY(cvr_archive_end(&k));
    s->restored = true;
    s->wall_used += cvr_wall_seconds() - begun;
    if (last)
        *last = s->last;
done:
    cvr_solver_go_deaf(s);
    if (status == CVR_INTERRUPTED)
        status = cvr_solver_left();
    s->running = false;
    cvr_checkpoint_close(&r);
    cvr_archive_free(&k);
    json_decref(id);
    return status;
}

cvr_status cvr_checkpoint_about(const char *path, char **text)
{
    cvr_checkpoint_reader r = {0};
    json_t *about = NULL, *options = NULL;
    const char *written;
    cvr_status status = CVR_OK;
    *text = NULL;
    CVR_TRY(cvr_checkpoint_open(path, &r));
    about = json_copy(json_object_get(r.file.header, "__metadata__"));
    CVR_ASSERT(about); /* its kind is there */
    written = cvr_safetensors_text(&r.file, "options");
    options = json_loads(written ? written : "{}", 0, NULL);
    if (options)
        json_object_set(about, "options", options);
    *text = json_dumps(about, JSON_REAL_PRECISION(17));
    if (!*text)
        CVR_FAIL(CVR_NO_MEMORY, "%s: cannot be described", path);
done:
    json_decref(options);
    json_decref(about);
    cvr_checkpoint_close(&r);
    return status;
}

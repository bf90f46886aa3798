/* A solver is made: rows where the method wants them, its variant, its matrices. */
#include "solver/set_up.h"

#include <math.h>
#include <stdatomic.h>

#include <cvxrelu/blas.h>

#include "base/bytes.h"
#include "base/log.h"
#include "data/sparse.h"
#include "data/weights.h"
#include "linalg/blas.h"
#include "linalg/device.h"
#include "solver/leave.h"
#include "solver/snapshot.h"

/* ---- rows ------------------------------------------------------------------------- */

/* --validation: *train becomes a copy of its rows without those held out. */
static cvr_status hold_out(cvr_solver *s, cvr_comm *comm, const cvr_run_options *o,
                           const cvr_dataset **train)
{
    cvr_status status = CVR_OK;
    if (!(o->validation > 0))
        return CVR_OK;
    CVR_TRY(cvr_dataset_copy(*train, comm, &s->rest));
    status = cvr_dataset_split(s->rest, o->validation, (uint64_t)o->seed, comm, &s->held);
    CVR_TRY(status == CVR_INTERRUPTED ? cvr_solver_left() : status);
    *train = s->rest;
done:
    return status;
}

/* Sparse rows, and wide ones where that pays, in coordinates; where the method does not
   take these, or they would not be fewer, sparse rows are made dense. */
static cvr_status bring_rows(cvr_solver *s)
{
    cvr_problem *q = &s->problem;
    const cvr_dataset *data = q->train;
    bool sparse = data->S.start, wide = data->rows < data->transform.features;
    cvr_status status = CVR_OK;
    if (s->method->turns && wide && (sparse || cvr_coordinates_pay(data))) {
        CVR_TRY(cvr_coordinates_new(data, q->comm, &s->coordinates));
        q->coordinates = &s->coordinates;
        q->X = s->coordinates.A;
    } else if (sparse) {
        CVR_TRY(cvr_allreduce_status(q->comm, cvr_sparse_to_dense(data, &s->dense)));
        q->X = s->dense;
    }
done:
    return status;
}

/* *A becomes a copy on the device, with the columns that lie behind its own. */
static cvr_status move(const cvr_backend *device, int64_t behind, cvr_mat *A,
                       cvr_mat *copy)
{
    cvr_status status = CVR_OK;
    A->cols += behind;
    CVR_TRY(cvr_mat_new(device, A->type, A->rows, A->cols, copy));
    cvr_copy(*copy, *A);
    *A = cvr_mat_cols(*copy, 0, A->cols - behind);
done:
    return status;
}

/* The problem's rows on the device, where that is not the processor. */
static cvr_status move_rows(cvr_solver *s)
{
    cvr_problem *q = &s->problem;
    bool ones = q->train->prepared && q->train->transform.bias != CVR_BIAS_PENALISED;
    cvr_status status = CVR_OK;
    if (s->device == cvr_cpu())
        return CVR_OK;
    CVR_TRY(move(s->device, ones, &q->X, &s->X));
    CVR_TRY(move(s->device, 0, &q->Y, &s->Y));
done:
    return status;
}

/* ---- the method ------------------------------------------------------------------- */

/* The variant, and its state. */
static cvr_status choose(cvr_solver *s)
{
    const cvr_method *variant = s->family;
    cvr_status status = CVR_OK;
    if (s->family->choose)
        CVR_TRY(s->family->choose(&s->problem, &variant));
    if (s->problem.W.data && !variant->weighs)
        CVR_FAIL(CVR_USAGE, "%s takes no --weights and no --class-weights",
                 variant->info.name);
    if (s->problem.train->transform.mirror && !variant->mirrors)
        CVR_FAIL(CVR_USAGE, "--mirror is for --formulation kernel of convex only");
    CVR_TRY(cvr_alloc(1, variant->state_size, "a solver's state", &s->state));
    s->method = variant;
done:
    return status;
}

static cvr_status set_up_method(cvr_solver *s)
{
    const cvr_problem *q = &s->problem;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(q->comm, choose(s)));
    CVR_TRY(bring_rows(s));
    CVR_TRY(cvr_allreduce_status(q->comm, move_rows(s)));
    CVR_TRY(cvr_method_set_up(s->method, s->state, q, &s->workspace));
done:
    return status;
}

static cvr_status set_up(cvr_solver *s)
{
    cvr_status status;
    s->running = true;
    s->longest_wait = INFINITY;
    s->brief = 0.05;
    cvr_solver_listen(s);
    status = cvr_allreduce_status(s->problem.comm, set_up_method(s));
    cvr_solver_go_deaf(s);
    if (status == CVR_INTERRUPTED)
        status = cvr_solver_left();
    s->running = false;
    return status;
}

/* Once a program: the library leaves BLAS as it is. */
static void mention_slow_kernels(const cvr_comm *comm)
{
    static atomic_flag mentioned = ATOMIC_FLAG_INIT;
    const char *better = cvr_blas_better();
    if (better && cvr_comm_rank(comm) == 0 && !atomic_flag_test_and_set(&mentioned))
        cvr_note(
            CVR_LOG_NOTE,
            "OpenBLAS does not know this processor and runs its %s kernels, several "
            "times slower than %s: OPENBLAS_CORETYPE=%s, set before the start, takes "
            "these",
            cvr_blas_kernels(), better, better);
}

/* ---- the solver ------------------------------------------------------------------- */

static cvr_status check_data(const cvr_dataset *train, const cvr_dataset *test)
{
    if (train->rows < 1)
        return cvr_fail(CVR_BAD_DATA, "%s: no rows to train on", train->source);
    if (train->outputs < 1)
        return cvr_fail(CVR_BAD_DATA, "%s: no targets to train on", train->source);
    if (test && (test->outputs != train->outputs || test->task != train->task))
        return cvr_fail(CVR_BAD_DATA, "%s: its targets are not like those of %s",
                        test->source, train->source);
    return CVR_OK;
}

static cvr_status read_limits(cvr_solver *s, const cvr_run_options *o, cvr_task task,
                              const char *source)
{
    s->tolerance = o->tolerance;
    s->time_limit = o->time_limit > 0 ? o->time_limit : INFINITY;
    s->target_accuracy = o->target_train_accuracy;
    s->max_iterations = o->max_iterations;
    s->measure_every = o->measure_every;
    if (s->target_accuracy >= 0 && task != CVR_CLASSIFY)
        return cvr_fail(CVR_USAGE,
                        "--target-train-accuracy is for classes, and %s is regression",
                        source);
    return CVR_OK;
}

static cvr_status check_weights(cvr_mat W)
{
    for (int64_t i = 0; W.data && i < W.rows; i++)
        if (!(cvr_get(W, i, 0) > 0)) {
            cvr_fail(CVR_BAD_DATA, "a row has the weight 0");
            cvr_hint("a row without weight is none: leave it out");
            return CVR_BAD_DATA;
        }
    return CVR_OK;
}

/* The weights, and their sum. Weights of 1 each are none. */
static cvr_status add_weights(cvr_solver *s)
{
    cvr_problem *q = &s->problem;
    double sums[2] = {0}; /* the weights, and what is other than 1 */
    cvr_status status = CVR_OK;
    if (!s->W.device)
        return CVR_OK;
    for (int64_t i = 0; i < s->W.rows; i++) {
        sums[0] += cvr_get(s->W, i, 0);
        sums[1] += cvr_get(s->W, i, 0) != 1;
    }
    CVR_TRY(cvr_allreduce_sum(q->comm, sums, 2));
    if (sums[1] > 0)
        q->W = s->W;
    q->total = sums[0];
done:
    return status;
}

/* What the method is to solve, before its rows are brought where it wants them. */
static cvr_status pose(cvr_solver *s, const cvr_dataset *train, const cvr_dataset *test,
                       cvr_comm *comm, const cvr_settings *settings)
{
    const cvr_run_options *o = cvr_settings_values(settings);
    cvr_status status = CVR_OK;
    s->family = cvr_settings_method(settings);
    if (!s->family)
        CVR_FAIL(CVR_USAGE, "a solver needs the settings of a method");
    mention_slow_kernels(comm);
    CVR_TRY(hold_out(s, comm, o, &train));
    CVR_TRY(read_limits(s, o, train->task, train->source));
    s->problem = (cvr_problem){.X = train->X,
                               .Y = train->Y,
                               .rows = train->rows,
                               .first = train->first,
                               .train = train,
                               .test = test,
                               .held = s->held,
                               .comm = comm,
                               .device = s->device,
                               .settings = settings,
                               .seed = (uint64_t)o->seed,
                               .phases = s->phases};
    CVR_TRY(cvr_weights_of(train, train, comm, &s->W));
    if (test)
        CVR_TRY(cvr_weights_of(test, train, comm, &s->W_test));
    CVR_TRY(cvr_allreduce_status(comm, check_weights(s->W)));
    CVR_TRY(add_weights(s));
    cvr_solver_describe(s, &s->last);
done:
    return status;
}

cvr_status cvr_solver_new_on(const cvr_backend *device, const cvr_dataset *train,
                             const cvr_dataset *test, cvr_comm *comm,
                             const cvr_settings *settings, cvr_solver **out)
{
    cvr_solver *s = NULL;
    cvr_status status = CVR_OK;
    double wall = cvr_wall_seconds(), cpu = cvr_cpu_seconds();
    *out = NULL;
    CVR_TRY(check_data(train, test));
    status = cvr_alloc(1, sizeof *s, "a solver", (void **)&s);
    CVR_TRY(cvr_allreduce_status(comm, status));
    s->device = device;
    CVR_TRY(pose(s, train, test, comm, settings));
    s->reduced_before = -cvr_comm_traffic(comm).seconds;
    s->bytes_before = -cvr_comm_traffic(comm).bytes;
    s->wall_begun = wall;
    CVR_TRY(set_up(s));
    s->wall_used = s->phases[CVR_PHASE_SETUP] = cvr_wall_seconds() - wall;
    s->cpu_used = cvr_cpu_seconds() - cpu;
    *out = s;
    s = NULL;
done:
    cvr_solver_free(s);
    return status;
}

cvr_status cvr_solver_new(const cvr_dataset *train, const cvr_dataset *test,
                          cvr_comm *comm, const cvr_settings *settings, cvr_solver **out)
{
    const cvr_run_options *o = cvr_settings_values(settings);
    const cvr_backend *device = cvr_cpu();
    cvr_status status = CVR_OK;
    *out = NULL;
    if (o && o->device)
        status = cvr_device_open(o->device, cvr_comm_rank(comm), &device);
    CVR_TRY(cvr_allreduce_status(comm, status));
    CVR_TRY(cvr_solver_new_on(device, train, test, comm, settings, out));
done:
    return status;
}

static cvr_status check_penalty(const cvr_solver *s, double relative)
{
    const cvr_option *o = cvr_settings_find(s->problem.settings, s->family->info.penalty);
    if (relative >= o->min && relative <= o->max)
        return CVR_OK;
    return cvr_fail(CVR_USAGE, "penalty %g: not from %g to %g", relative, o->min, o->max);
}

cvr_status cvr_solver_set_penalty(cvr_solver *s, double relative)
{
    cvr_status status = CVR_OK;
    if (!s->method->set_penalty)
        CVR_FAIL(CVR_USAGE, "method %s has no penalty to change", s->family->info.name);
    CVR_TRY(check_penalty(s, relative));
    CVR_TRY(s->method->set_penalty(s->state, relative));
    s->iterations = 0;
    s->restored = false;
    cvr_solver_describe(s, &s->last);
done:
    return status;
}

void cvr_solver_free(cvr_solver *s)
{
    if (!s)
        return;
    if (s->state && s->method->teardown)
        s->method->teardown(s->state);
    cvr_workspace_free(&s->workspace);
    cvr_snapshot_free(&s->before);
    cvr_owner_free(&s->owner);
    cvr_release(s->state);
    cvr_dataset_free(s->rest);
    cvr_dataset_free(s->held);
    cvr_coordinates_free(&s->coordinates);
    cvr_mat_free(&s->dense);
    cvr_mat_free(&s->X);
    cvr_mat_free(&s->Y);
    cvr_mat_free(&s->W);
    cvr_mat_free(&s->W_test);
    cvr_release(s);
}

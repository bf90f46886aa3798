/* Landmarks in place of all rows. Every tenth row judges penalties, then all are
   fitted. */
#include <math.h>

#include "base/bytes.h"
#include "convex/limit_choose.h"
#include "convex/limit_state.h"
#include "convex/limit_take.h"
#include "linalg/mats.h"
#include "parallel/comm.h"

enum { MOST = 4000, MOST_SINGLE = 6000, FEWEST = 500 };

/* So many that the sums take some minutes at most: n m^2 is about 4e11, in single
   2.4e12. */
static int64_t landmark_count(int64_t rows, cvr_type type)
{
    bool single = type == CVR_SINGLE;
    int64_t most = single ? MOST_SINGLE : MOST;
    int64_t m = (int64_t)sqrt((single ? 2.4e12 : 4e11) / (double)rows);
    m = m < FEWEST ? FEWEST : m > most ? most : m;
    return m < rows ? m : rows;
}

/* The chosen kernel anew, with these points: K = k(z_i, z_j). */
static cvr_status make_machine(cvr_limit *s, cvr_mat *Z, cvr_mat *K)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(Z->device, Z->type, Z->rows, Z->rows, K));
    CVR_TRY(cvr_limit_make(s, s->which, *Z, *K, &s->machine));
    cvr_mat_free(&s->machine.Z);
    s->machine.Z = *Z;
    *Z = (cvr_mat){0};
    CVR_TRY(cvr_limit_complete(s));
done:
    return status;
}

static cvr_status check_memory(cvr_limit *s, int64_t m, cvr_type type)
{
    const cvr_problem *q = s->q;
    cvr_workspace w;
    s->landmarks.type = type;
    s->landmarks.rows = &s->distinct;
    cvr_workspace_init(&w, q->X.device, type, "a kernel of landmarks");
    cvr_landmarks_lay_out(&s->landmarks, q, m, &w);
    cvr_status status = cvr_workspace_check(&w, q->comm);
    cvr_workspace_free(&w);
    return status;
}

static cvr_status take_points(cvr_limit *s, int64_t m, cvr_type type, cvr_mat *K)
{
    cvr_mat Z = {0}, Y = {0}, weights = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_limit_draw(s, m, type, &Z, &Y, &weights));
    CVR_TRY(cvr_allreduce_status(s->q->comm, make_machine(s, &Z, K)));
done:
    CVR_MATS_FREE(&Z, &Y, &weights);
    return status;
}

/* Weights of the points, and scores of own rows that judge. */
static cvr_status take_weights(cvr_limit *s, int64_t m)
{
    int64_t C = s->q->Y.cols;
    cvr_workspace_init(&s->memory, s->q->X.device, CVR_DOUBLE, "a kernel of landmarks");
    CVR_LAY_SCRATCH(&s->memory, m, C, &s->alpha);
    CVR_LAY_SCRATCH(&s->memory, s->landmarks.PJ.rows, C, &s->A);
    return cvr_workspace_take(&s->memory, s->q->comm);
}

/* The part's penalty times 10^-1.5 .. 10: more rows want less of the mean eigenvalue, and
   the judging rows decide. */
static cvr_status choose(cvr_limit *s)
{
    double best = INFINITY, scale = s->scale, about = s->penalty, error;
    cvr_status status = CVR_OK;
    if (s->named)
        return CVR_OK;
    for (int k = -3; k <= 2; k++) {
        double relative = about * pow(10, 0.5 * k);
        CVR_TRY(cvr_landmarks_fit(&s->landmarks, relative * scale, false));
        CVR_TRY(cvr_landmarks_judge(&s->landmarks, s->A, &error));
        CVR_TRY(cvr_interrupt_check(s->q->comm));
        if (error < best) {
            best = error;
            s->penalty = relative;
        }
    }
    s->criterion = best;
    s->mu = s->penalty * scale;
done:
    return status;
}

static cvr_status start(cvr_limit *s)
{
    cvr_type type = s->q->X.type;
    int64_t m = s->compact.landmarks;
    cvr_mat K = {0};
    cvr_status status = CVR_OK;
    m = m > 0 ? m : landmark_count(s->distinct.count, type);
    CVR_TRY(check_memory(s, m, type));
    cvr_press_free(&s->press);
    cvr_machine_free(&s->machine);
    CVR_TRY(take_points(s, m, type, &K));
    CVR_TRY(
        cvr_landmarks_new(s->q, &s->distinct, &s->machine, s->down, &K, &s->landmarks));
    s->landmarks.tau = s->tau;
    CVR_TRY(take_weights(s, m));
    s->b = s->landmarks.b;
    CVR_TRY(choose(s));
done:
    cvr_mat_free(&K);
    return status;
}

/* ---- the solution ------------------------------------------------------------------ */

static cvr_status solve(cvr_limit *s)
{
    cvr_comm *comm = s->q->comm;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(comm, cvr_landmarks_fit(&s->landmarks, s->mu, false)));
    CVR_TRY(cvr_landmarks_judge(&s->landmarks, s->A, &s->criterion));
    CVR_TRY(cvr_allreduce_status(comm, cvr_landmarks_fit(&s->landmarks, s->mu, true)));
    CVR_TRY(cvr_allreduce_status(comm, cvr_landmarks_weights(&s->landmarks, s->alpha)));
done:
    return status;
}

static cvr_status left_out(cvr_limit *s, cvr_mat *F, cvr_mat *Y, cvr_mat *omega)
{
    cvr_landmarks *k = &s->landmarks;
    int64_t n = k->judges;
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(s->alpha, n, s->q->Y.cols, F, Y));
    CVR_TRY(CVR_MATS_NEW(s->alpha, n, 1, omega));
    CVR_TRY(cvr_allgather(s->q->comm, s->A, *F));
    CVR_TRY(cvr_allgather(s->q->comm, k->YJ, *Y));
    CVR_TRY(cvr_allgather(s->q->comm, k->roots, *omega));
    for (int64_t i = 0; i < n && !s->distinct.plain; i++) {
        double root = cvr_get(*omega, i, 0);
        cvr_scale(cvr_mat_rows(*F, i, 1), 1 / root);
        cvr_scale(cvr_mat_rows(*Y, i, 1), 1 / root);
        cvr_set(*omega, i, 0, root * root);
    }
done:
    return status;
}

static cvr_status values(cvr_limit *s, double *objective, double *lower)
{
    return cvr_landmarks_values(&s->landmarks, s->mu, objective, lower);
}

const cvr_limit_way cvr_limit_landmarks = {.name = " landmarks",
                                           .start = start,
                                           .solve = solve,
                                           .left_out = left_out,
                                           .values = values};

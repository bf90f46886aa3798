/* A solver: a method's state, and what the loop knows. Private to this room: made in
   set_up.c, run in run.c. */
#ifndef CVR_SOLVER_SOLVER_H
#define CVR_SOLVER_SOLVER_H

#include <stdatomic.h>

#include "base/owner.h"
#include "parallel/comm.h"
#include "solver/archive_state.h"
#include "solver/checksum.h"
#include "solver/coordinates.h"
#include "solver/method.h"

struct cvr_solver {
    const cvr_method *family, *method; /* as named; the variant that it has chosen */
    cvr_problem problem;
    cvr_dataset *rest, *held; /* copies: the training rows cut in two for --validation */
    cvr_coordinates coordinates; /* of wide rows */
    cvr_mat dense;               /* what sparse rows are as X */
    const cvr_backend *device;   /* of the problem's matrices */
    cvr_mat X, Y;                /* the problem's, where they are copies on a device */
    cvr_mat W, W_test; /* weights of training and test rows; no memory: 1 each */
    void *state;
    cvr_workspace workspace; /* the state's matrices */
    double phases[CVR_PHASES];
    int64_t iterations;
    int64_t max_iterations, measure_every;
    double tolerance, time_limit, target_accuracy;
    cvr_progress last; /* the last measurement that every run makes, not yet judged */

    double wall_used, cpu_used;   /* by setup, earlier runs and the saved run */
    double wall_begun, cpu_begun; /* of this call of run */
    double reduced_before;        /* seconds and bytes of sums in the saved run, less what
                                     the processes had spent before this solver */
    int64_t bytes_before;
    bool running, restored; /* restored: since the last step */

    bool printed; /* the fingerprints have been taken */
    cvr_checksum train_print, test_print;

    atomic_int asked;            /* CVR_ASK_... */
    cvr_interrupt_source caller; /* the communicator's question, while ours is there */
    bool listening;              /* ours is there */
    double longest_wait;         /* seconds of the last step, on the slowest process */
    double brief; /* after a step of less seconds the next is not left: to copy the state
                     costs more */
    bool cannot_copy;       /* no memory for a snapshot on some process */
    cvr_copies before;      /* the state before a step */
    const char *checkpoint; /* the caller's; NULL: none */
    const char *remembered; /* likewise */
    double save_every, saved_at;
    cvr_owner owner;    /* of the checkpoint, on process 0 */
    bool shared;        /* it has been said that another run writes there */
    cvr_status unsaved; /* of the last checkpoint at an end */
};

/* Nothing measured yet: NaN and what is known of the problem. */
void cvr_solver_describe(const cvr_solver *s, cvr_progress *p);
/* The recovered network with the training data's task, classes and transform. Not
   collective. */
cvr_status cvr_solver_recover(cvr_solver *s, cvr_model *m) CVR_MUST_CHECK;
/* Seconds so far, with those of the saved run. */
double cvr_solver_seconds(const cvr_solver *s);
double cvr_solver_cpu_seconds(const cvr_solver *s);

#endif

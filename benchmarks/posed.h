/* What programs that measure share: a problem posed to a method's inner parts, on one
   process. Whatever fails ends the program with its sentence. */
#ifndef CVR_BENCHMARKS_POSED_H
#define CVR_BENCHMARKS_POSED_H

#include <cvxrelu/cvxrelu.h>

#include "solver/method.h"

typedef struct posed {
    cvr_comm *comm;
    cvr_dataset *data;
    cvr_settings *settings;
    cvr_problem problem;
    double phases[CVR_PHASES];
} posed;

/* Ends the program, by the status, unless it is CVR_OK. */
void must(cvr_status status);

/* The settings of a method, all at their defaults. */
void pose_begin(posed *p, const char *method);

/* The data are these, with a column of ones behind the features; X and Y are freed. */
void pose_data(posed *p, cvr_mat X, cvr_mat Y, cvr_task task);

/* p->problem, of the data and the settings; seed 1. */
void pose_problem(posed *p);

void pose_end(posed *p);

#endif

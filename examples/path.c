/* One problem at many penalties: a data set and a solver in place of cvr_fit, each run from
   where the one before has ended. */
#include <math.h>
#include <stdio.h>

#include <cvxrelu/cvxrelu.h>

enum { ROWS = 200, STEPS = 6 };

/* Rows of a ridge along (1, 1), ready for training. */
static cvr_status make_data(cvr_comm *comm, cvr_dataset **data)
{
    static double x[ROWS][2], y[ROWS];
    for (int i = 0; i < ROWS; i++) {
        x[i][0] = sin(i);
        x[i][1] = cos(2 * i);
        y[i] = fabs(x[i][0] + x[i][1]);
    }
    cvr_status status = cvr_dataset_from_arrays(
        (cvr_array){x, CVR_FLOAT64, ROWS, 2, 0, 0},
        (cvr_array){y, CVR_FLOAT64, ROWS, 1, 0, 0}, CVR_DOUBLE, CVR_REGRESS, comm, data);
    return status != CVR_OK ? status
                            : cvr_dataset_fit_transform(*data, CVR_NORMALIZE_FEATURE,
                                                        CVR_BIAS_FREE, comm);
}

/* From the penalty above which all weights are zero down to a thousandth of it. */
static cvr_status walk(cvr_solver *solver)
{
    cvr_progress p;
    cvr_status status = CVR_OK;
    printf("penalty  iterations  neurons       r2\n");
    for (int k = 0; k < STEPS && status == CVR_OK; k++) {
        double penalty = pow(10, -3.0 * k / (STEPS - 1));
        status = cvr_solver_set_penalty(solver, penalty);
        if (status == CVR_OK)
            status = cvr_solver_run(solver, NULL, NULL, &p);
        if (status == CVR_OK)
            printf("%7.4f  %10lld  %7lld  %7.4f\n", penalty, (long long)p.iterations,
                   (long long)p.active_neurons, p.train.r2);
    }
    return status;
}

int main(void)
{
    cvr_comm *comm = NULL;
    cvr_dataset *data = NULL;
    cvr_settings *settings = NULL;
    cvr_solver *solver = NULL;
    cvr_status status = cvr_comm_open("serial", &comm);
    if (status == CVR_OK)
        status = make_data(comm, &data);
    if (status == CVR_OK)
        status = cvr_settings_new("convex", &settings);
    if (status == CVR_OK)
        status = cvr_settings_set(settings, "formulation", "relu");
    if (status == CVR_OK)
        status = cvr_settings_set(settings, "patterns", "20");
    if (status == CVR_OK)
        status = cvr_solver_new(data, NULL, comm, settings, &solver);
    if (status == CVR_OK)
        status = walk(solver);
    if (status != CVR_OK)
        fprintf(stderr, "%s\n", cvr_last_error());
    cvr_solver_free(solver);
    cvr_settings_free(settings);
    cvr_dataset_free(data);
    cvr_comm_free(comm);
    return status;
}

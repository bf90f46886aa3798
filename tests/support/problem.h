/* Small problems for tests of solvers: data in memory, settings from a text. */
#ifndef CVR_TESTS_PROBLEM_H
#define CVR_TESTS_PROBLEM_H

#include <cvxrelu/cvxrelu.h>

/* One process, and the processes of the launcher (one without a launcher): a pair of
   fixtures of a cmocka group opens and closes them. */
extern cvr_comm *cvr_test_alone, *cvr_test_all;
int cvr_test_open_comms(void **state);
int cvr_test_close_comms(void **state);
/* The same, and a folder for files (support/files.h). */
int cvr_test_open_all(void **state);
int cvr_test_close_all(void **state);

/* Whether case i of a long list is for this number of processes. Where they are more than
   the cores each message takes long: one process has all cases, 2, 3 and 4 have a third
   each, together all. CVR_TEST_ALL=1: each has all of them. */
bool cvr_test_turn(int64_t i);

/* n_all x (d - 1) Gaussian features and a bias of the kind below, penalised unless a test
   says otherwise; targets of a planted network plus noise, C outputs; this process's
   rows. Free with cvr_dataset_free. */
extern cvr_bias cvr_test_bias;
cvr_dataset *cvr_test_data(cvr_comm *comm, cvr_type type, int64_t n, int64_t d,
                           int64_t C);

/* Its d - 1 features, normalised, with a free bias, and targets scale y + shift. */
cvr_dataset *cvr_test_free(cvr_comm *comm, cvr_type type, int64_t n, int64_t d, int64_t C,
                           double scale, double shift);

/* "--beta 1 --patterns 5" as settings of a method; stops the test when one is refused. */
cvr_settings *cvr_test_settings(const char *method, const char *text);

/* One run of `convex`, with what is to be freed. */
typedef struct cvr_test_run {
    cvr_settings *settings;
    cvr_solver *solver;
    cvr_progress result;
} cvr_test_run;

cvr_test_run cvr_test_start(const cvr_dataset *data, cvr_comm *comm, const char *text);
void cvr_test_end(cvr_test_run *run);

/* Start and end: the last measurement. */
cvr_progress cvr_test_solve(const cvr_dataset *data, cvr_comm *comm, const char *text);

#endif

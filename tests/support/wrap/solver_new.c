/* Linked with --wrap=cvr_solver_new: every solver of a test is one of a device. */
#include "solver/set_up.h"
#include "support/device.h"

cvr_status __wrap_cvr_solver_new(const cvr_dataset *train, const cvr_dataset *test,
                                 cvr_comm *comm, const cvr_settings *settings,
                                 cvr_solver **out);

cvr_status __wrap_cvr_solver_new(const cvr_dataset *train, const cvr_dataset *test,
                                 cvr_comm *comm, const cvr_settings *settings,
                                 cvr_solver **out)
{
    return cvr_solver_new_on(cvr_test_device(), train, test, comm, settings, out);
}

/* What the room gives to the list of methods. */
#include "baseline/baseline.h"

#include <gsl/gsl_errno.h>

#include "baseline/methods.h"

void cvr_baselines_register(void)
{
    gsl_set_error_handler_off();
    cvr_methods_add(&cvr_linear_method);
    cvr_methods_add(&cvr_adam_method);
    cvr_methods_add(&cvr_sgd_method);
    cvr_methods_add(&cvr_cg_method);
    cvr_methods_add(&cvr_bfgs_method);
}

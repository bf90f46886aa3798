/* What the room gives to the list of methods: a line each. */
#include "baseline/baseline.h"

#include <gsl/gsl_errno.h>

#include "solver/method.h"
#include "solver/methods.h"

extern const cvr_method cvr_linear_method, cvr_adam_method, cvr_sgd_method, cvr_cg_method,
    cvr_bfgs_method;

static const cvr_method *const methods[] = {&cvr_linear_method, &cvr_adam_method,
                                            &cvr_sgd_method, &cvr_cg_method,
                                            &cvr_bfgs_method};

void cvr_baselines_register(void)
{
    gsl_set_error_handler_off();
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        cvr_methods_add(methods[i]);
}

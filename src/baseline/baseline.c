/* What the room gives to the list of methods: a line each. */
#include "baseline/baseline.h"
#include "baseline/gsl_methods.h"

#include "solver/method.h"
#include "solver/methods.h"

extern const cvr_method cvr_linear_method, cvr_adam_method, cvr_sgd_method,
    cvr_lbfgs_method;

static const cvr_method *const methods[] = {&cvr_linear_method, &cvr_adam_method,
                                            &cvr_sgd_method, &cvr_lbfgs_method};

void cvr_baselines_register(void)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        cvr_methods_add(methods[i]);
    cvr_gsl_methods_register();
}

/* What GSL gives to the list of methods. */
#include "baseline/gsl_methods.h"

#include <gsl/gsl_errno.h>

#include "solver/methods.h"

extern const cvr_method cvr_cg_method, cvr_bfgs_method;

void cvr_gsl_methods_register(void)
{
    gsl_set_error_handler_off();
    cvr_methods_add(&cvr_cg_method);
    cvr_methods_add(&cvr_bfgs_method);
}

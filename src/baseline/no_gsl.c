/* A program without GSL has neither cg nor bfgs. */
#include "baseline/gsl_methods.h"

void cvr_gsl_methods_register(void)
{
}

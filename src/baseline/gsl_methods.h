/* cg and bfgs, where the program is built with GSL (gsl_methods.c) and not without
   (no_gsl.c). */
#ifndef CVR_BASELINE_GSL_METHODS_H
#define CVR_BASELINE_GSL_METHODS_H

/* Adds them to the methods and turns off GSL's error handler. */
void cvr_gsl_methods_register(void);

#endif

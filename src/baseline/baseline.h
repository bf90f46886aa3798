/* Methods to compare with: linear, adam, sgd, lbfgs, and cg and bfgs of GSL. They are
   part of the command, never of the library: GSL is GPL. */
#ifndef CVR_BASELINE_BASELINE_H
#define CVR_BASELINE_BASELINE_H

/* Adds linear, adam, sgd, lbfgs and, in a build with GSL, cg and bfgs to the methods.
   Once, at the start of a program: it turns off GSL's error handler, which is one for the
   whole program and would abort it; failures of GSL become statuses. */
void cvr_baselines_register(void);

#endif

/* The only list of methods. */
#ifndef CVR_SOLVER_METHODS_H
#define CVR_SOLVER_METHODS_H

#include "solver/method.h"

/* Those of the library, in the order in which help names them; a method is a file (of its
   room) that defines cvr_<name>_method, and a word here. */
#define CVR_METHODS(F) F(convex) F(deep) F(dladmm) F(pdadmm) F(mdlam) F(ccp)

extern const cvr_method *cvr_methods[];               /* NULL ends it */
const cvr_method *cvr_method_named(const char *name); /* NULL: none */
/* Appends a method that the library does not hold; the same name a second time does
   nothing. For the start of a program, before any thread or solver. */
void cvr_methods_add(const cvr_method *method);

#endif

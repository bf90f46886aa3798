/* The u-step, A delta = b: a solver, and a preconditioner of it. */
#ifndef CVR_CONVEX_PRIMAL_H
#define CVR_CONVEX_PRIMAL_H

#include "convex/system.h"
#include "linalg/apply.h"

typedef struct cvr_primal cvr_primal;

/* M near A (system.h). */
typedef struct cvr_preconditioner {
    size_t state_size;
    void (*lay_out)(cvr_primal *u, cvr_workspace *w); /* or NULL */
    cvr_status (*build)(cvr_primal *u); /* M of an A that was changed, or NULL */
    cvr_apply apply; /* Y = M^{-1} X for d x k P, k <= C; its ctx: the cvr_primal */
    double (*flops)(const cvr_program *p); /* of build, beyond those of K; or NULL */
    bool below;                            /* M <= A */
} cvr_preconditioner;

typedef struct cvr_primal_solver {
    size_t state_size;
    void (*lay_out)(cvr_primal *u, cvr_workspace *w);
    cvr_status (*start)(cvr_primal *u);  /* or NULL */
    cvr_status (*factor)(cvr_primal *u); /* A was changed; or NULL */
    /* D (d x C P) = A^{-1} B to an error of tolerance in the energy norm, relative (see
       cvr_cg_enough); D holds a first guess; B may be overwritten. */
    cvr_status (*solve)(cvr_primal *u, cvr_mat B, cvr_mat D, double tolerance);
    double (*flops)(const cvr_program *p); /* of factor, with that of K, over all rows */
} cvr_primal_solver;

/* A row of --primal. */
typedef struct cvr_primal_way {
    const char *name;
    const cvr_primal_solver *solver;
    const cvr_preconditioner *with; /* NULL: M = I */
} cvr_primal_way;

struct cvr_primal {
    const cvr_primal_way *way;
    cvr_system *system;
    void *state, *M; /* of the solver and of the preconditioner */
};

/* The choices of --primal after auto: solver; WITH a preconditioner of it. A new
   preconditioner is a file precondition_<name>.c and a line WITH. */
#define CVR_PRIMAL_WAYS(ALONE, WITH)                                                     \
    ALONE("direct", direct)                                                              \
    ALONE("cg", pcg)                                                                     \
    WITH("diag-pcg", pcg, diagonal)                                                      \
    WITH("nystrom-pcg", pcg, nystrom)                                                    \
    WITH("block-pcg", pcg, block)                                                        \
    WITH("block-nystrom-pcg", pcg, block_nystrom)                                        \
    ALONE("rbcd", rbcd)                                                                  \
    WITH("block-rbcd", rbcd, block)

#define CVR_PRIMAL_CHOICE(name, ...) "|" name
#define CVR_PRIMAL_CHOICES "auto" CVR_PRIMAL_WAYS(CVR_PRIMAL_CHOICE, CVR_PRIMAL_CHOICE)

#define CVR_PRIMAL_SOLVER(name, solver) extern const cvr_primal_solver cvr_##solver;
#define CVR_PRIMAL_WITH(name, solver, with)                                              \
    extern const cvr_preconditioner cvr_precondition_##with;
CVR_PRIMAL_WAYS(CVR_PRIMAL_SOLVER, CVR_PRIMAL_WITH)
#undef CVR_PRIMAL_SOLVER
#undef CVR_PRIMAL_WITH

extern const cvr_primal_way cvr_primal_ways[]; /* a row without a name ends it */

/* --primal without auto; NULL: the planner chooses. */
const cvr_primal_way *cvr_primal_named(const cvr_convex_options *o);
/* direct where its factor is worth it, else block-pcg. Not collective: of sizes only. */
const cvr_primal_way *cvr_primal_auto(const cvr_program *p, bool direct_fits);

cvr_status cvr_primal_lay_out(cvr_primal *u, cvr_system *system,
                              cvr_workspace *w) CVR_MUST_CHECK;
cvr_status cvr_primal_start(cvr_primal *u) CVR_MUST_CHECK;
cvr_status cvr_primal_factor(cvr_primal *u) CVR_MUST_CHECK;
cvr_status cvr_primal_solve(cvr_primal *u, cvr_mat B, cvr_mat D,
                            double tolerance) CVR_MUST_CHECK;
double cvr_primal_flops(const cvr_program *p, const cvr_primal_way *way);

#endif

/* Methods, their settings, and the one loop that runs them. */
#ifndef CVXRELU_SOLVE_H
#define CVXRELU_SOLVE_H

#include <stddef.h>

#include "comm.h"
#include "data.h"
#include "model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Options: a row is default, limits, parser, --help and the record in the model. */

typedef enum cvr_option_kind {
    CVR_REAL,
    CVR_INTEGER,
    CVR_SECONDS, /* a REAL that may be written 90s, 5m or 2h */
    CVR_SWITCH,  /* "yes" or "no" */
    CVR_CHOICE,
    CVR_TEXT,
    CVR_FILE,   /* a TEXT that names one */
    CVR_FOLDER, /* the same */
    CVR_LIST    /* a FILE that may be given several times */
} cvr_option_kind;

typedef struct cvr_option {
    const char *name; /* NULL ends a table */
    cvr_option_kind kind;
    const char *initial; /* default, as the user would write it; "" is unset */
    double min, max;     /* REAL, INTEGER, SECONDS; a min of DBL_MIN: above 0 */
    const char *choices; /* CHOICE: "auto|direct|cg" */
    const char *help;    /* one sentence */
    size_t offset;       /* in the struct that the library reads it from; 0: in none */
} cvr_option;

typedef struct cvr_method_info {
    const char *name, *about;
    const cvr_option *options; /* its own; cvr_common_options() come on top */
    /* Rows are shared among as many threads of its own as the option threads says (0: 1),
       each of which calls BLAS: leave BLAS one thread. Other methods have BLAS's. */
    bool own_threads;
    /* The option of its penalty as a fraction of the smallest one at which all weights
       are zero, which cvr_solver_set_penalty changes, and the option of its value; or
       NULL. */
    const char *penalty, *fixed_penalty;
} cvr_method_info;

/* The i-th method, from 0; NULL: there are no more. What is given stays the library's. */
CVR_API const cvr_method_info *cvr_method_at(int i);
CVR_API const cvr_method_info *cvr_method_find(const char *name); /* NULL: none */
/* The options that all methods have; a row without a name ends them. */
CVR_API const cvr_option *cvr_common_options(void);

typedef struct cvr_settings cvr_settings;

/* The options of a method (its own first: they hide a common one of the same name) and
   the common ones, with their defaults. method NULL: none yet. *s, the caller's, is NULL
   when it fails: CVR_USAGE (the hint names the nearest method), CVR_NO_MEMORY. */
CVR_API cvr_status cvr_settings_new(const char *method, cvr_settings **s) CVR_MUST_CHECK;
/* Takes NULL; no solver uses them any more. */
CVR_API void cvr_settings_free(cvr_settings *s);
/* Adds the rows of a table of the program's own, which outlives them; they stay out of
   cvr_settings_json. CVR_USAGE (a default), CVR_NO_MEMORY. */
CVR_API cvr_status cvr_settings_add(cvr_settings *s,
                                    const cvr_option *table) CVR_MUST_CHECK;
/* Sets an option as its user writes it. CVR_USAGE: unknown (the hint names the nearest),
   not a number, out of range, and it is as before then; CVR_NO_MEMORY. */
CVR_API cvr_status cvr_settings_set(cvr_settings *s, const char *name,
                                    const char *text) CVR_MUST_CHECK;
/* Whether it has been set since; false in no table. */
CVR_API bool cvr_settings_given(const cvr_settings *s, const char *name);

/* Values by name; NULL, NaN or 0 where it is unset (initial ""), in no table, or of
   another kind. Texts are the settings', until the option is set again. */

/* As it was written, of any kind; the last of a LIST. */
CVR_API const char *cvr_settings_text(const cvr_settings *s, const char *name);
/* Of a REAL; of SECONDS in seconds. */
CVR_API double cvr_settings_real(const cvr_settings *s, const char *name);
/* Of an INTEGER. */
CVR_API int64_t cvr_settings_integer(const cvr_settings *s, const char *name);
/* Of a SWITCH. */
CVR_API bool cvr_settings_switch(const cvr_settings *s, const char *name);
/* Of a CHOICE: the index among its choices, from 0. */
CVR_API int cvr_settings_choice(const cvr_settings *s, const char *name);
/* How many texts have been given: several of a LIST, at most one of others. */
CVR_API int cvr_settings_count(const cvr_settings *s, const char *name);
/* That many texts, in their order. */
CVR_API const char *const *cvr_settings_list(const cvr_settings *s, const char *name);
/* The rows in their order: the i-th, NULL behind the last. */
CVR_API const cvr_option *cvr_settings_row(const cvr_settings *s, int i);
/* The row of that name; NULL: none. */
CVR_API const cvr_option *cvr_settings_find(const cvr_settings *s, const char *name);
/* Sets what its user leaves to the method (convex: the formulation, when no option of its
   own is given). *decided: something was left, so that a penalty may be chosen too.
   CVR_NO_MEMORY. Not collective. */
CVR_API cvr_status cvr_settings_decide(cvr_settings *s, const cvr_dataset *train,
                                       bool *decided) CVR_MUST_CHECK;
/* {"beta": 0.001, ...}: what the method's and the common options are set to, null where
   they are unset; the caller calls free on it. CVR_NO_MEMORY. */
CVR_API cvr_status cvr_settings_json(const cvr_settings *s, char **text) CVR_MUST_CHECK;

/* ---- running ---------------------------------------------------------------------- */

typedef enum cvr_outcome {
    CVR_RUNNING,
    CVR_CONVERGED,
    CVR_MAX_ITERATIONS,
    CVR_TIME_LIMIT,
    CVR_TARGET_REACHED,
    CVR_STOPPED,
    CVR_DIVERGED
} cvr_outcome;
CVR_API const char *cvr_outcome_name(cvr_outcome outcome); /* "max-iterations", ... */

enum {
    CVR_PHASE_SETUP,
    CVR_PHASE_PRIMAL,
    CVR_PHASE_PROX,
    CVR_PHASE_DUAL,
    CVR_PHASE_MEASURE,
    CVR_PHASE_REDUCE,
    CVR_PHASES
};
CVR_API const char *cvr_phase_name(int phase); /* "setup", ...; else "unknown" */

/* A measurement. NaN: the method has no such figure (JSON: null). */
typedef struct cvr_progress {
    cvr_outcome outcome;
    cvr_task task; /* of the training rows; auto: not known */
    int64_t iterations;
    double seconds, cpu_seconds;
    double objective; /* of the method's own problem */
    cvr_score train,
        test; /* the recovered network's; loss is that of the training rows */
    double weighted_accuracy; /* of the test rows, where there are such, else of the
                                 training rows, by their weights */
    double pattern_accuracy;
    double primal_residual, dual_residual; /* relative */
    double upper_bound, lower_bound, gap;  /* gap is relative to the upper bound */
    double constraint_violation;
    double press;             /* mean squared error of rows that were left out; kernels
                                 only, as are: */
    double loo_error, loo_r2; /* the part of them in a wrong class; r2 on them */
    double pattern_violation; /* --refine: the largest value of a pattern that was found,
                                 over what it is at the optimum; no bound */
    int64_t active_neurons;   /* -1: none such */
    double phases[CVR_PHASES];
    int64_t rows, features, outputs, patterns; /* below 0: none such */
    int processes, threads;
    cvr_type precision;
    int64_t peak_memory_bytes, bytes_reduced;
    uint64_t seed;
    const char *method;
    char solver[64]; /* "admm direct woodbury", ... */
    char note[512]; /* what is to be said of the outcome, clauses with "; " between; "" */
} cvr_progress;

/* Nothing measured: figures NaN, counts of what a method may lack -1, the rest 0. */
CVR_API void cvr_progress_init(cvr_progress *p);
/* The figures of p's task as a JSON object, {"method": ..., "iterations": ..., "phases":
   {"setup": ..., ...}}, in the order and with the keys of the command's results; NaN,
   infinities and counts below 0 are null. The caller calls free on it. CVR_NO_MEMORY. */
CVR_API cvr_status cvr_progress_json(const cvr_progress *p, char **text) CVR_MUST_CHECK;

/* Called after each measurement, on every process; a nonzero answer stops. Process 0's
   answer counts, so all leave together. */
typedef int (*cvr_callback)(const cvr_progress *progress, void *user);

typedef struct cvr_solver cvr_solver;

/* The method is that of the settings (CVR_USAGE: of none). Prepared data (and test data
   or NULL) and settings stay the caller's and must outlive the solver. *s, the caller's,
   is NULL when it fails: CVR_USAGE (options that do not fit each other or the data),
   CVR_BAD_DATA (no rows, no targets, numbers out of range), CVR_NO_MEMORY (what it would
   take), CVR_NUMERICAL, CVR_INTERRUPTED. Collective. */
CVR_API cvr_status cvr_solver_new(const cvr_dataset *train, const cvr_dataset *test,
                                  cvr_comm *comm, const cvr_settings *settings,
                                  cvr_solver **s) CVR_MUST_CHECK;
/* Runs until an outcome; may be called again to go on. After cvr_solver_restore a run
   that had ended, and whose limits still say so, gives its result without a step. *result
   is the last measurement; callback may be NULL. CVR_NUMERICAL (a factor is not there,
   bounds cross), CVR_IO (the checkpoint at the end), CVR_NO_MEMORY. Collective. */
CVR_API cvr_status cvr_solver_run(cvr_solver *s, cvr_callback callback, void *user,
                                  cvr_progress *result) CVR_MUST_CHECK;
enum { CVR_ASK_STOP = 1, CVR_ASK_SAVE = 2 };
/* What a signal handler or another thread may ask of a run: to stop after this iteration,
   and to save its checkpoint. Async-signal-safe. What any process is asked all do. */
CVR_API void cvr_solver_ask(cvr_solver *s, int what);

/* A solver for the same data and settings, just made, goes on where the saved one stood:
   with the same processes and threads bit for bit, with others up to rounding. Limits,
   tolerance and target may differ. last (or NULL): its last measurement, iterations 0
   when there was none. Collective. CVR_USAGE names an option that differs, CVR_BAD_DATA
   what else does; the solver can then only be freed. */
CVR_API cvr_status cvr_solver_restore(cvr_solver *s, const char *path,
                                      cvr_progress *last) CVR_MUST_CHECK;
/* Runs from here on save to path (kept by the caller; NULL: no more): every
   every_seconds (0: not at intervals), when asked, and at their end unless they diverge.
   A failure at an interval is a note and the run continues; one at the end is the status
   of cvr_solver_run, whose result is then whole all the same. */
CVR_API void cvr_solver_checkpoint(cvr_solver *s, const char *path, double every_seconds);
/* A text of the program's own that goes into checkpoints (kept by the caller). */
CVR_API void cvr_solver_set_user_data(cvr_solver *s, const char *text);
/* What a checkpoint is of, as a JSON object: method, options, seed, version, iterations
   (and that of the last measurement, measured), seconds, rows, ..., remembered; the
   caller calls free on it. CVR_IO, CVR_BAD_DATA (not a checkpoint), CVR_NO_MEMORY. Not
   collective. */
CVR_API cvr_status cvr_checkpoint_about(const char *path, char **json) CVR_MUST_CHECK;

/* Another penalty, as a part of the one above which all weights are zero
   (--beta-relative), warm-started from where the solver stands. CVR_USAGE, and nothing
   has changed: it is outside the limits of that option, or the method has none.
   Collective. */
CVR_API cvr_status cvr_solver_set_penalty(cvr_solver *s, double relative) CVR_MUST_CHECK;
/* The recovered network, described by the training data; the caller frees it, {0} when it
   fails (CVR_NO_MEMORY). Not collective: each process that calls makes its own. */
CVR_API cvr_status cvr_solver_model(cvr_solver *s, cvr_model *m) CVR_MUST_CHECK;
/* Takes NULL. Data, settings and communicator stay the caller's. */
CVR_API void cvr_solver_free(cvr_solver *s);

#ifdef __cplusplus
}
#endif
#endif

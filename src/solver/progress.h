/* The figures of a run: one table, which results in JSON, checkpoints and everything else
   that goes through a measurement read. */
#ifndef CVR_SOLVER_PROGRESS_H
#define CVR_SOLVER_PROGRESS_H

#include <stddef.h>

#include <cvxrelu/solve.h>

/* What lies at a figure's offset. */
typedef enum cvr_figure_kind {
    CVR_FIGURE_REAL,    /* double; NaN: there is none */
    CVR_FIGURE_COUNT,   /* int64_t; below 0: there is none */
    CVR_FIGURE_INT,     /* int, likewise */
    CVR_FIGURE_SEED,    /* uint64_t */
    CVR_FIGURE_NAME,    /* const char * */
    CVR_FIGURE_TEXT,    /* char[]; "": there is none */
    CVR_FIGURE_OUTCOME, /* cvr_outcome */
    CVR_FIGURE_TYPE     /* cvr_type */
} cvr_figure_kind;

typedef struct cvr_figure {
    const char *key; /* of a result; NULL ends the table */
    cvr_figure_kind kind;
    size_t offset; /* in a cvr_progress */
    cvr_task task; /* that has it; auto: every task */
    int saved;     /* place among a checkpoint's real figures, from 1; 0: not there */
    bool rare;     /* a result that has none lacks the key */
} cvr_figure;

/* In the order of a result's keys. */
extern const cvr_figure cvr_figures[];

/* Real figures that a checkpoint holds, into x or (out) from there: CVR_FIGURES_SAVED. */
enum { CVR_FIGURES_SAVED = 19 };
void cvr_progress_copy_saved(cvr_progress *p, double x[CVR_FIGURES_SAVED], bool out);

#endif

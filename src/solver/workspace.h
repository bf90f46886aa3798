/* The workspace of a method: one list of what it holds. From the list follow the memory
   plan before the run, the single allocation and the single release, what a checkpoint
   holds and how that is split over the processes.

       static cvr_status lay_out(void *state, cvr_workspace *w)
       {
           fista *s = state;
           cvr_lay(w, CVR_SHARED, "V", &s->V, s->d, s->m);
           cvr_lay(w, CVR_ROWS, "FV", &s->FV, s->n, s->C);
           CVR_LAY_SCRATCH(w, s->d, s->m, &s->New, &s->Z, &s->G);
           cvr_lay_real(w, "L", &s->L);
           return CVR_OK;
       }

   Listing a matrix leaves it as it is; cvr_workspace_take makes all of them at once,
   zeroes. What is listed stays where it is until the workspace is freed. Matrices of one
   shape may be exchanged by value (V and New after a step): saved is what stands under
   the name then. None of them is freed by cvr_mat_free. A failure stays in the workspace,
   later calls do nothing, and cvr_workspace_take returns it. */
#ifndef CVR_SOLVER_WORKSPACE_H
#define CVR_SOLVER_WORKSPACE_H

#include <stddef.h>

#include "linalg/ops.h"
#include "solver/archive.h"

/* What a checkpoint does with a matrix. */
typedef enum cvr_mark {
    CVR_SCRATCH, /* nothing: setup or a step makes it anew */
    CVR_SHARED,  /* saved once: the same on all processes; without NaN (so in the next) */
    CVR_ROWS,    /* own rows, split as the data are: saved as rows of the whole */
    CVR_PARTIAL, /* own parts of sums over the processes: their sum is saved, process 0
                    gets it back and the others zeroes */
    CVR_ROWS_OF, /* of cvr_lay_rows_of and cvr_lay_total */
    CVR_TOTAL
} cvr_mark;

typedef struct cvr_entry cvr_entry;

typedef struct cvr_workspace {
    const cvr_backend *device; /* of all matrices */
    cvr_type type;             /* of those that cvr_lay lists: the data's */
    const char *what;          /* "deep": what needs the memory, for sentences */
    char part[64];             /* "certificate.margin." */
    cvr_entry *list;
    int64_t count, bytes; /* bytes: of the matrices; -1: more than can be counted */
    int64_t passing;      /* on top of them, for a while; likewise */
    cvr_mat memory;       /* all matrices lie in it */
    void **arrays;        /* of cvr_lay_array: array_count of them */
    int64_t array_count;
    cvr_status status;
} cvr_workspace;

/* ---- making (the driver does this for a method) ------------------------------------ */

void cvr_workspace_init(cvr_workspace *w, const cvr_backend *device, cvr_type type,
                        const char *what);
/* Checks the bytes against the memory that is free (CVR_NO_MEMORY on every process when
   they do not fit on one), allocates them, and makes the matrices. Collective. */
cvr_status cvr_workspace_take(cvr_workspace *w, cvr_comm *comm) CVR_MUST_CHECK;
void cvr_workspace_free(cvr_workspace *w); /* leaves {0}; takes {0} */

/* The plan alone, of a list that is not taken: CVR_NO_MEMORY likewise; or whether this
   process has the memory (the processes of a machine share it, and each may take its
   part), which is not collective. */
cvr_status cvr_workspace_check(const cvr_workspace *w, cvr_comm *comm) CVR_MUST_CHECK;
bool cvr_workspace_fits(const cvr_workspace *w, const cvr_comm *comm);

/* ---- listing ----------------------------------------------------------------------- */

/* Names from here on begin with "part.", or with "part3." for an index above 0. */
void cvr_workspace_push(cvr_workspace *w, const char *part, int64_t index);
void cvr_workspace_pop(cvr_workspace *w);

/* A: rows x cols. The name is that in checkpoints; NULL for CVR_SCRATCH. */
void cvr_lay(cvr_workspace *w, cvr_mark mark, const char *name, cvr_mat *A, int64_t rows,
             int64_t cols);
/* The same in double, whatever the data are. */
void cvr_lay_double(cvr_workspace *w, cvr_mark mark, const char *name, cvr_mat *A,
                    int64_t rows, int64_t cols);
/* Rows from `first` on of the whole, perhaps none, whatever rows of the data are here.
   gives: false where another process saves the same; restored it is on both. */
void cvr_lay_rows_of(cvr_workspace *w, const char *name, cvr_mat *A, int64_t rows,
                     int64_t cols, int64_t first, bool gives);
/* Saved is the sum of what those processes have that give; all get it back. */
void cvr_lay_total(cvr_workspace *w, const char *name, cvr_mat *A, cvr_type type,
                   int64_t rows, int64_t cols, bool gives);
/* Of column j of the matrix listed last only the first used(of, j) numbers count: copies
   of the state hold no more. What `of` says is listed before. */
void cvr_lay_used(cvr_workspace *w, int64_t (*used)(const void *of, int64_t j),
                  const void *of);
/* Each of the list is rows x cols, and not saved; in double. */
#define CVR_LAY_SCRATCH(w, rows, cols, ...)                                              \
    cvr_lay_scratch(w, (w)->type, rows, cols, (cvr_mat *const[]){__VA_ARGS__, NULL})
#define CVR_LAY_DOUBLE(w, rows, cols, ...)                                               \
    cvr_lay_scratch(w, CVR_DOUBLE, rows, cols, (cvr_mat *const[]){__VA_ARGS__, NULL})
void cvr_lay_scratch(cvr_workspace *w, cvr_type type, int64_t rows, int64_t cols,
                     cvr_mat *const *list);
/* Memory for rows x cols that setup takes by itself for a while: for the plan alone. */
void cvr_lay_passing(cvr_workspace *w, int64_t rows, int64_t cols);

/* *p: count zeroed items of size bytes, at once (they may hold matrices that are listed
   next); small things: they are in no plan, and not saved. */
cvr_status cvr_lay_array(cvr_workspace *w, void **p, int64_t count,
                         size_t size) CVR_MUST_CHECK;

/* Numbers that are saved, the same on all processes; NaN and infinite ones too. */
void cvr_lay_real(cvr_workspace *w, const char *name, double *x);
void cvr_lay_reals(cvr_workspace *w, const char *name, double *x, int64_t count);
void cvr_lay_residual(cvr_workspace *w, const char *name, cvr_residual *r);
/* A restored one is from least to most. Within 2^53. */
void cvr_lay_integer(cvr_workspace *w, const char *name, int64_t *x, int64_t least,
                     int64_t most);
void cvr_lay_count(cvr_workspace *w, const char *name, int64_t *x); /* 0 .. 2^53 */
void cvr_lay_switch(cvr_workspace *w, const char *name, bool *x);

/* What setup has made of files, and what is saved belongs to: of A (CVR_ROWS or
   CVR_SHARED), which is there when it is first saved and does not change, a checkpoint
   holds a checksum. CVR_BAD_DATA: its <what> are others than these. */
void cvr_lay_given(cvr_workspace *w, cvr_mark mark, const char *name, const char *what,
                   const cvr_mat *A);
/* A choice that this run has made by itself and that has to be the one of the saved run:
   CVR_USAGE names the option that would make it so. */
void cvr_lay_choice(cvr_workspace *w, const char *option, const char *choice);

/* ---- saving ------------------------------------------------------------------------ */

/* All that is listed, in its order, to or from an archive. Collective; the status is the
   archive's (cvr_archive_status), or that of a checksum. */
cvr_status cvr_workspace_serialize(cvr_workspace *w, cvr_archive *a) CVR_MUST_CHECK;

#endif

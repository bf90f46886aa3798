/* What is to survive the death of a program, bit for bit: a restored state goes on as the
   saved one would have. One function passes the state in its order, and serves saving and
   restoring alike; a method's is its workspace (workspace.h).

   A failure stays in the archive, and later calls do nothing; what has been restored is
   used after cvr_archive_status only. All calls are collective, and which of them are
   made depends on shared values only. Saving passes the state twice: for the list, then
   for the numbers. */
#ifndef CVR_SOLVER_ARCHIVE_H
#define CVR_SOLVER_ARCHIVE_H

#include <cvxrelu/comm.h>

#include "linalg/ops.h"
#include "solver/checksum.h"

/* 2^53: whole numbers up to here are doubles. */
#define CVR_ARCHIVE_LARGEST 9007199254740992

typedef struct cvr_archive cvr_archive;

/* Takes memory: some megabytes, or a column of all rows. Not collective. */
cvr_status cvr_archive_new(cvr_archive *k, cvr_comm *comm, int64_t rows, int64_t first,
                           int64_t own) CVR_MUST_CHECK;
void cvr_archive_free(cvr_archive *k);
/* CVR_BAD_DATA when a restored file holds more than was asked for; collective. */
cvr_status cvr_archive_end(cvr_archive *k) CVR_MUST_CHECK;

bool cvr_archive_restoring(const cvr_archive *k);
/* Of the calls so far; the same on all processes when restoring. */
cvr_status cvr_archive_status(const cvr_archive *k) CVR_MUST_CHECK;

/* Names from here on begin with "part.", or with "part3." for an index above 0. */
void cvr_scope_push(char *scope, size_t size, const char *part, int64_t index);
void cvr_scope_pop(char *scope);
void cvr_archive_push(cvr_archive *k, const char *part, int index);
void cvr_archive_pop(cvr_archive *k);

/* The same on all processes; without NaN (so in the next one). */
void cvr_archive_mat(cvr_archive *k, const char *name, cvr_mat A);
/* Own rows of a matrix that is split as the data are. */
void cvr_archive_rows(cvr_archive *k, const char *name, cvr_mat A);
/* The same of a matrix of which this process has the rows from `first` on, perhaps none,
   and perhaps as a copy of another's (gives: false): that is not saved, but restored. */
void cvr_archive_rows_of(cvr_archive *k, const char *name, cvr_mat A, int64_t first,
                         bool gives);
/* Saved is the sum of what those processes have that give; all get it back. */
void cvr_archive_total(cvr_archive *k, const char *name, cvr_mat A, bool gives);
/* Own parts of sums over the processes: process 0 gets the sums and the others zeroes,
   from which the same sums follow. */
void cvr_archive_partial_sums(cvr_archive *k, const char *name, cvr_mat A);

/* Numbers, the same on all processes; NaN and infinite ones too. */
void cvr_archive_real(cvr_archive *k, const char *name, double *x);
void cvr_archive_reals(cvr_archive *k, const char *name, double *x, int64_t count);
void cvr_archive_residual(cvr_archive *k, const char *name, cvr_residual *r);
/* A restored one is from least to most. Within 2^53. */
void cvr_archive_integer(cvr_archive *k, const char *name, int64_t *x, int64_t least,
                         int64_t most);
void cvr_archive_switch(cvr_archive *k, const char *name, bool *x);
/* 0 .. 2^53 */
void cvr_archive_count(cvr_archive *k, const char *name, int64_t *x);
void cvr_archive_text(cvr_archive *k, const char *name, char *text, size_t size);

/* What setup has made of files, and what is saved with it belongs to: the prints of this
   run and of the saved one have to fit. CVR_BAD_DATA: its <what> are
   others than these. */
void cvr_archive_checksum(cvr_archive *k, const char *name, const char *what,
                          const cvr_checksum *ours, cvr_type type);

/* A choice that this run has made by itself and that has to be the one of the saved run:
   CVR_USAGE names the option that would make it so. */
void cvr_archive_choice(cvr_archive *k, const char *option, const char *choice);

#endif

/* Inside the library: making a communicator, and interrupts, by which long calls end
   early, all processes at the same point.

   A loop with a message in each turn calls cvr_interrupt_check after it: every sum and
   maximum carries the answers of all processes, so that the check costs nothing. A loop
   over own rows polls and breaks; its results are void then, and the message after the
   loop is followed by cvr_interrupt_check before they are used. */
#ifndef CVR_PARALLEL_COMM_H
#define CVR_PARALLEL_COMM_H

#include "base/fail.h"
#include "parallel/comm_ops.h"

/* A comm that owns impl; when this fails the caller still owns it. */
cvr_status cvr_comm_make(const cvr_comm_ops *ops, void *impl, cvr_comm_ranks ranks,
                         cvr_comm **comm) CVR_MUST_CHECK;

/* Whether the question of this process has been answered: from then on true. From any
   thread. */
bool cvr_interrupt_poll(cvr_comm *comm);
/* CVR_INTERRUPTED when the last sum, maximum or status has carried an interrupt of a
   process (one process: when it is interrupted). The same on all of them; no message. */
cvr_status cvr_interrupt_check(cvr_comm *comm) CVR_MUST_CHECK;
/* The same with a message of its own; collective. */
cvr_status cvr_interrupt_sync(cvr_comm *comm) CVR_MUST_CHECK;

/* A question and its argument. */
typedef struct cvr_interrupt_source {
    cvr_question ask;
    void *user;
} cvr_interrupt_source;

/* Replaces the source, which is returned; earlier answers are forgotten. On all
   processes at the same point. */
cvr_interrupt_source cvr_interrupt_swap(cvr_comm *comm, cvr_interrupt_source next);

/* Matrices between processes; collective, as the calls of cvxrelu/comm.h are. */

/* A = sum over processes of A, in its type, the same bits everywhere: MPI_Allreduce adds
   in an order that depends on the ranks alone. */
cvr_status cvr_allreduce(cvr_comm *comm, cvr_mat A) CVR_MUST_CHECK;

/* all (rows of all processes x cols) = the parts (own rows x cols) stacked by rank. */
cvr_status cvr_allgather(cvr_comm *comm, cvr_mat part, cvr_mat all) CVR_MUST_CHECK;
/* A of process `root' for all. */
cvr_status cvr_broadcast_mat(cvr_comm *comm, int root, cvr_mat A) CVR_MUST_CHECK;

/* The processes as a grid: number r layers + c is in row r and column c. stack: those of
   a row, which have the same rows of the data and different layers; rows: those of a
   column, which have the same layers. Collective; the two are freed before comm. Their
   messages count for comm too, and carry no interrupts: cvr_interrupt_check asks comm.
   CVR_USAGE where layers do not divide the processes. */
cvr_status cvr_comm_grid(cvr_comm *comm, int layers, cvr_comm **rows,
                         cvr_comm **stack) CVR_MUST_CHECK;

/* Each process gives `send' to the one whose rank is `by' more (1, or -1: less), and gets
   into `receive' what the one on the other side gives, of the same shape and type; at the
   ends nothing is sent, or received. A matrix without rows or columns is no message.
   Collective; counted by the sender. */
cvr_status cvr_shift(cvr_comm *comm, int by, cvr_mat send,
                     cvr_mat receive) CVR_MUST_CHECK;
/* The same for bytes, at most CVR_SHIFT_BYTES of them. */
enum { CVR_SHIFT_BYTES = 1 << 30 };
cvr_status cvr_shift_bytes(cvr_comm *comm, int by, const void *send, int64_t size,
                           void *receive, int64_t room) CVR_MUST_CHECK;

#endif

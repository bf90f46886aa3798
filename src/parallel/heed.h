/* How long calls come to an early end, all processes at the same place.

   A loop with a message in each turn asks cvr_heed behind it: every sum and maximum
   carries the wishes of all processes, so that it costs nothing. A loop over own rows
   asks cvr_wished and breaks; its results are void then, and the message behind the loop
   is followed by cvr_heed before they are used. */
#ifndef CVR_PARALLEL_HEED_H
#define CVR_PARALLEL_HEED_H

#include <cvxrelu/comm.h>

#include "base/fail.h"

/* Whether the question of this process has been answered: from then on yes. Of any
   thread. */
bool cvr_wished(cvr_comm *comm);
/* CVR_INTERRUPTED when the last sum, maximum or agreement has brought the wish of a
   process (one process: when it wishes so). The same on all of them; no message. */
cvr_status cvr_heed(cvr_comm *comm) CVR_MUST_CHECK;
/* The same with a message of its own; collective. */
cvr_status cvr_heed_together(cvr_comm *comm) CVR_MUST_CHECK;

/* A question and whose it is. */
typedef struct cvr_asking {
    cvr_question ask;
    void *user;
} cvr_asking;

/* Puts another question in the place of the present one, which is returned; what has been
   answered is forgotten. On all processes at the same place. */
cvr_asking cvr_heed_swap(cvr_comm *comm, cvr_asking next);

#endif

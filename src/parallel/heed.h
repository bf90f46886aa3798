/* The former names of interrupts, until every room has the new ones. */
#ifndef CVR_PARALLEL_HEED_H
#define CVR_PARALLEL_HEED_H

#include "parallel/comm.h"

#define cvr_heed cvr_interrupt_check
#define cvr_heed_swap cvr_interrupt_swap
#define cvr_heed_together cvr_interrupt_sync
#define cvr_wished cvr_interrupt_poll
#define cvr_asking cvr_interrupt_source

#endif

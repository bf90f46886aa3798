/* What a run has run on: this program, its libraries, the processor and the system. */
#ifndef CVR_CLI_MACHINE_H
#define CVR_CLI_MACHINE_H

#include <jansson.h>

#include "cli/call.h"

/* Version, compiler, BLAS, processor, cores, threads, memory, system, MPI. The caller
   drops it. */
json_t *cli_machine(const cli_call *call);

#endif

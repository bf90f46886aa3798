/* The clocks of the command. */
#ifndef CVR_CLI_CLOCK_H
#define CVR_CLI_CLOCK_H

/* Seconds on a clock that never goes back. */
double cli_seconds(void);
double cli_cpu_seconds(void); /* of all threads of this process */

#endif

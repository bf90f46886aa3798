/* Seconds on the wall and on the processors. */
#ifndef CVR_BASE_CLOCK_H
#define CVR_BASE_CLOCK_H

double cvr_wall_seconds(void); /* since some fixed moment; never goes back */
double cvr_cpu_seconds(void);  /* of all threads of this process */

#endif

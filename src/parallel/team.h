/* The former names of threads, until every room has the new ones. */
#ifndef CVR_PARALLEL_TEAM_H
#define CVR_PARALLEL_TEAM_H

#include "parallel/threads.h"

#define CVR_TEAM_MOST CVR_MOST_THREADS

#endif

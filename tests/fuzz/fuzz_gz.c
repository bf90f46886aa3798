/* Any bytes as a file of unknown format, gzip among them. */
#define FORMAT NULL
#include "data.inc"

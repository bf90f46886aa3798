/* Any bytes as a file of format csv. */
#define FORMAT "csv"
#include "data.inc"

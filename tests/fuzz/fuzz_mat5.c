/* Any bytes as a file of format mat. */
#define FORMAT "mat"
#include "data.inc"

/* Any bytes as a file of format idx. */
#define FORMAT "idx"
#include "data.inc"

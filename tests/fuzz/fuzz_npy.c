/* Any bytes as a file of format npy. */
#define FORMAT "npy"
#include "data.inc"

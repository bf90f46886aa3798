/* Any bytes as a file of format npz. */
#define FORMAT "npz"
#include "data.inc"

/* Any bytes as a file of format libsvm. */
#define FORMAT "libsvm"
#include "data.inc"

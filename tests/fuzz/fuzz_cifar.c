/* Any bytes as a file of format cifar10. */
#define FORMAT "cifar10"
#include "data.inc"

/* The tables of losses. */
#include "model/loss.h"

#include <stddef.h>

#define ADDRESS(symbol, name) &cvr_loss_##symbol,
#define NOTHING(symbol, name)
const cvr_loss *const cvr_losses[] = {CVR_LOSSES(ADDRESS, ADDRESS, ADDRESS) NULL};
const cvr_loss *const cvr_losses_prox[] = {CVR_LOSSES(ADDRESS, NOTHING, NOTHING) NULL};

/* The table of losses. */
#include "model/loss.h"

#include <stddef.h>
#include <string.h>

#define ADDRESS(symbol, name) &cvr_loss_##symbol,
const cvr_loss *const cvr_losses[] = {CVR_LOSSES(ADDRESS, ADDRESS) NULL};
#undef ADDRESS

const cvr_loss *cvr_loss_named(const char *name)
{
    for (int i = 0; name && cvr_losses[i]; i++)
        if (strcmp(cvr_losses[i]->name, name) == 0)
            return cvr_losses[i];
    return NULL;
}

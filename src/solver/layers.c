/* Reading --layers: positive numbers with commas between them and nothing else. */
#include "solver/layers.h"

#include <stdlib.h>
#include <string.h>

static cvr_status refuse(const char *text)
{
    return cvr_fail(CVR_USAGE,
                    "--layers '%s': must be none, or at most %d numbers from 1 to %d "
                    "with commas between, as in 100,50,10",
                    text, CVR_LAYERS_MOST, CVR_LAYERS_WIDEST);
}

cvr_status cvr_layers_read(const char *text, cvr_layers *layers)
{
    const char *at = text;
    layers->count = 0;
    if (strcmp(text, "none") == 0)
        return CVR_OK;
    for (;;) {
        char *end = NULL;
        long width = *at >= '0' && *at <= '9' ? strtol(at, &end, 10) : 0;
        if (width < 1 || width > CVR_LAYERS_WIDEST || layers->count == CVR_LAYERS_MOST)
            return refuse(text);
        layers->widths[layers->count++] = width;
        if (*end == '\0')
            return CVR_OK;
        if (*end != ',')
            return refuse(text);
        at = end + 1;
    }
}

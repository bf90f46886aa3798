/* What a plug-in for devices offers, and what it is given: it is not linked with the
   library. */
#ifndef CVR_LINALG_PLUGIN_H
#define CVR_LINALG_PLUGIN_H

#include "linalg/backend.h"

/* The library, as a plug-in sees it. */
typedef struct cvr_plugin_host {
    const char *version; /* of the library; a plug-in of another one refuses */
    size_t tables;       /* sizeof(cvr_kernels), likewise */
    cvr_status (*fail)(cvr_status status, const char *format, ...);
} cvr_plugin_host;

/* The entry of a plug-in, CVR_PLUGIN_ENTRY: finds how many devices there are, and of
   number index the name (256 bytes). *device (NULL: not asked for) becomes that device,
   which stays until the program ends. CVR_NO_MEMORY, with a sentence: there is no such
   device, or what it needs is missing. */
typedef cvr_status cvr_plugin_open(const cvr_plugin_host *host, int index, int *count,
                                   char *name, const cvr_backend **device);

#define CVR_PLUGIN_ENTRY "cvr_plugin_open_device"

#endif

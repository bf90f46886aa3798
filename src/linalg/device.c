/* The plug-in for devices: looked for where CVXRELU_CUDA says, beside the program or the
   library, in lib beside its folder, and where the system looks. */
#define _GNU_SOURCE
#include "linalg/device.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cvxrelu/status.h>

#include "base/log.h"
#include "linalg/plugin.h"

#define PLUGIN "libcvxrelu_cuda.so"

/* The folder of this program or library, with its slash; "": it is not known. A program
   is known by the name that it was called by, which may have no folder. */
static void own_folder(char *folder, size_t size)
{
    Dl_info about = {0};
    ssize_t length = -1;
    if (dladdr((const void *)PLUGIN, &about) && about.dli_fname)
        snprintf(folder, size, "%s", about.dli_fname);
    if (!about.dli_fname || !strchr(about.dli_fname, '/')) {
        length = readlink("/proc/self/exe", folder, size - 1);
        folder[length > 0 ? length : 0] = '\0';
    }
    char *end = strrchr(folder, '/');
    folder[end ? end + 1 - folder : 0] = '\0';
}

static void *load(void)
{
    static const char *const places[] = {"", "../lib/", "../"};
    const char *named = getenv("CVXRELU_CUDA");
    char folder[3072] = "", path[4096];
    void *plugin = NULL;
    if (named)
        return dlopen(named, RTLD_NOW | RTLD_LOCAL);
    own_folder(folder, sizeof folder);
    for (size_t i = 0; i < sizeof places / sizeof *places && !plugin && *folder; i++) {
        snprintf(path, sizeof path, "%s%s%s", folder, places[i], PLUGIN);
        plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    }
    return plugin ? plugin : dlopen(PLUGIN, RTLD_NOW | RTLD_LOCAL);
}

/* Asks the plug-in, which stays loaded once it is. */
static cvr_status ask(int index, int *count, char *name, const cvr_backend **device)
{
    static void *plugin;
    static cvr_plugin_host host;
    cvr_plugin_open *open_device;
    cvr_status status = CVR_OK;
    *count = 0;
    plugin = plugin ? plugin : load();
    if (!plugin)
        CVR_FAIL(CVR_NO_MEMORY, "no device to run on: the plug-in " PLUGIN
                                " is not there, which a build "
                                "with -DCVR_CUDA=ON makes");
    void *entry = dlsym(plugin, CVR_PLUGIN_ENTRY);
    if (!entry)
        CVR_FAIL(CVR_NO_MEMORY, "no device to run on: " PLUGIN " is not a plug-in");
    memcpy(&open_device, &entry, sizeof open_device);
    host = (cvr_plugin_host){cvr_version(), sizeof(cvr_kernels), cvr_fail};
    CVR_TRY(open_device(&host, index, count, name, device));
done:
    return status;
}

cvr_status cvr_device_name(int index, char *name, int *count)
{
    return ask(index, count, name, NULL);
}

/* K of cuda:K; -1 without; -2: it is not a number. */
static int index_of(const char *name)
{
    char *end = NULL;
    long k;
    if (strcmp(name, "cuda") == 0)
        return -1;
    if (strncmp(name, "cuda:", 5) != 0 || name[5] < '0' || name[5] > '9')
        return -2;
    k = strtol(name + 5, &end, 10);
    return *end == '\0' && k < 4096 ? (int)k : -2;
}

static cvr_status open_cuda(int index, int prefer, const cvr_backend **device)
{
    char name[256];
    int count;
    cvr_status status = CVR_OK;
    if (index < 0) {
        CVR_TRY(ask(0, &count, name, NULL));
        index = prefer % count;
    }
    CVR_TRY(ask(index, &count, name, device));
done:
    return status;
}

cvr_status cvr_device_open(const char *name, int prefer, const cvr_backend **device)
{
    bool any = strcmp(name, "auto") == 0;
    int index = any ? -1 : index_of(name);
    cvr_status status;
    *device = cvr_cpu();
    if (strcmp(name, "cpu") == 0)
        return CVR_OK;
    if (index == -2)
        return cvr_fail(CVR_USAGE, "--device %s: must be cpu, cuda, cuda:K or auto",
                        name);
    status = open_cuda(index, prefer, device);
    if (status == CVR_OK || !any)
        return status;
    *device = cvr_cpu();
    cvr_note(CVR_LOG_NOTE, "%s: the processor is used", cvr_last_error());
    return CVR_OK;
}

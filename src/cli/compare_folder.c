/* The folder of a comparison: made, and cleared of an earlier one. */
#include "cli/compare_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/text.h"
#include "cli/try.h"

/* What a comparison leaves in its folder, and in the folder curves. The figures are of
   gnuplot, drawn by plot.gp; earlier versions had a script for each. */
static const char *const of_results[] = {"results.csv", "results.jsonl", "phases.csv",
                                         "report.html", "plot.gp"};
static const char *const of_figures[] = {
    "objective-seconds", "objective-iterations", "gap-seconds",
    "gap-iterations",    "train-seconds",        "train-iterations",
    "test-seconds",      "test-iterations",      "phases"};

static bool is_result(const char *name)
{
    for (size_t i = 0; i < sizeof of_results / sizeof *of_results; i++)
        if (strcmp(name, of_results[i]) == 0)
            return true;
    return false;
}

static bool is_figure(const char *name)
{
    const char *ending = strrchr(name, '.');
    if (!ending || (strcmp(ending, ".svg") != 0 && strcmp(ending, ".gp") != 0))
        return false;
    for (size_t i = 0; i < sizeof of_figures / sizeof *of_figures; i++)
        if (strlen(of_figures[i]) == (size_t)(ending - name) &&
            strncmp(name, of_figures[i], (size_t)(ending - name)) == 0)
            return true;
    return false;
}

static bool is_generated(const char *name)
{
    return is_result(name) || is_figure(name);
}

static bool is_curve(const char *name)
{
    return fnmatch("[0-9]*-seed-*.csv", name, 0) == 0 ||
           fnmatch("[0-9]*-median.csv", name, 0) == 0;
}

/* Goes through the names of a folder; a file that `mine` knows is removed when `over`.
   What is found and stays goes to `other`, the first of them. */
static cvr_status scan(const char *folder, bool (*ours)(const char *), bool overwrite,
                       char remaining[256])
{
    cvr_status status = CVR_OK;
    char *path = NULL;
    DIR *d = opendir(folder);
    if (!d)
        return cvr_fail(CVR_IO, "%s: %s", folder, strerror(errno));
    for (struct dirent *e; status == CVR_OK && (e = readdir(d));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (!overwrite || !ours(e->d_name)) {
            snprintf(remaining, 256, "%s", e->d_name);
            continue;
        }
        status = cli_path(folder, e->d_name, &path);
        if (status == CVR_OK && unlink(path) != 0)
            status = cvr_fail(CVR_IO, "%s: %s", path, strerror(errno));
        free(path);
        path = NULL;
    }
    closedir(d);
    return status;
}

static cvr_status make(const char *folder)
{
    if (mkdir(folder, 0777) == 0 || errno == EEXIST)
        return CVR_OK;
    return cvr_fail(CVR_IO, "cannot make the folder %s: %s", folder, strerror(errno));
}

static cvr_status check_access(const char *folder)
{
    return access(folder, W_OK | X_OK) == 0
               ? CVR_OK
               : cvr_fail(CVR_IO, "cannot write to %s: %s", folder, strerror(errno));
}

cvr_status cli_folder_make(const char *folder, bool overwrite)
{
    char remaining[256] = "";
    cvr_status status = CVR_OK;
    TRY(make(folder));
    TRY(check_access(folder));
    TRY(scan(folder, is_generated, false, remaining));
    if (remaining[0] && !overwrite) {
        status = cvr_fail(CVR_USAGE, "%s is not empty: it holds %s", folder, remaining);
        cvr_hint("--overwrite replaces an earlier comparison there and leaves the rest");
    }
done:
    return status;
}

cvr_status cli_folder_clear(const char *folder)
{
    char remaining[256] = "", *curves = NULL;
    cvr_status status = CVR_OK;
    TRY(scan(folder, is_generated, true, remaining));
    TRY(cli_path(folder, "curves", &curves));
    TRY(make(curves));
    TRY(check_access(curves));
    TRY(scan(curves, is_curve, true, remaining));
done:
    free(curves);
    return status;
}

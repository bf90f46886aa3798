/* Limits come from /proc/meminfo, from the control groups of this process and from
   setrlimit. A group is found by /proc/self/cgroup (its path in each hierarchy) and
   /proc/self/mountinfo (where hierarchies are mounted, from which of their folders on);
   every group above it has limits of its own. Version 1 has a hierarchy for each
   controller, version 2 one for all. */
#define _GNU_SOURCE
#include "base/machine.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>

enum { PATH = 4096, LINE = 3 * PATH };

static FILE *open_under(const char *root, const char *path)
{
    char whole[2 * PATH];
    snprintf(whole, sizeof whole, "%s%s", root, path);
    return fopen(whole, "r");
}

static void close_file(FILE *file)
{
    if (file)
        fclose(file);
}

/* ---- groups ------------------------------------------------------------------------ */

/* A folder of a mounted hierarchy, and how long the path of the mount is. */
typedef struct group {
    bool found, second; /* second: of version 2 */
    char folder[2 * PATH];
    size_t top;
} group;

/* Whether `word' is one of the items of a list with commas. */
static bool lists(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *item = list; item; item = strchr(item, ',')) {
        item += *item == ',';
        if (strncmp(item, word, length) == 0 &&
            (item[length] == ',' || item[length] == '\0'))
            return true;
    }
    return false;
}

/* The path of this process in the hierarchy of a controller ("": version 2). */
static bool find_path(const char *root, const char *controller, char path[PATH])
{
    char line[LINE];
    bool there = false;
    FILE *file = open_under(root, "/proc/self/cgroup");
    while (file && !there && fgets(line, sizeof line, file)) {
        char *list = strchr(line, ':'), *tail = list ? strchr(list + 1, ':') : NULL;
        if (!tail)
            continue;
        *tail = '\0';
        tail[1 + strcspn(tail + 1, "\n")] = '\0';
        there = *controller ? lists(list + 1, controller) : list[1] == '\0';
        if (there)
            snprintf(path, PATH, "%s", tail + 1);
    }
    close_file(file);
    return there;
}

/* One line of mountinfo: the folder that is mounted, where, and as what. */
typedef struct mount {
    char from[PATH], at[PATH], type[32], options[PATH];
} mount;

static bool read_mount(const char *line, mount *m)
{
    const char *tail = strstr(line, " - ");
    return tail && sscanf(line, "%*s %*s %*s %4095s %4095s", m->from, m->at) == 2 &&
           sscanf(tail + 3, "%31s %*s %4095s", m->type, m->options) == 2;
}

static bool find_mount(const char *root, const char *controller, mount *m)
{
    char line[LINE];
    bool there = false;
    FILE *file = open_under(root, "/proc/self/mountinfo");
    while (file && !there && fgets(line, sizeof line, file))
        there = read_mount(line, m) && (*controller ? strcmp(m->type, "cgroup") == 0 &&
                                                          lists(m->options, controller)
                                                    : strcmp(m->type, "cgroup2") == 0);
    close_file(file);
    return there;
}

/* The part of path below `from'; "" when it is not below: another name space sees other
   paths, and its own group is what is mounted. */
static const char *below(const char *path, const char *from)
{
    size_t length = strcmp(from, "/") == 0 ? 0 : strlen(from);
    if (strncmp(path, from, length) != 0 || (path[length] && path[length] != '/'))
        return "";
    return strstr(path, "/..") ? "" : path + length;
}

static bool find_in(const char *root, const char *hierarchy, group *g)
{
    char path[PATH];
    mount *m = calloc(1, sizeof *m);
    g->found = m && find_path(root, hierarchy, path) && find_mount(root, hierarchy, m);
    if (g->found) {
        g->second = !*hierarchy;
        g->top = (size_t)snprintf(g->folder, sizeof g->folder, "%s%s", root, m->at);
        snprintf(g->folder + g->top, sizeof g->folder - g->top, "%s",
                 below(path, m->from));
    }
    free(m);
    return g->found;
}

/* The group of a controller: of version 1 where that is mounted, else of version 2. */
static bool find_group(const char *root, const char *controller, group *g)
{
    *g = (group){0};
    return find_in(root, controller, g) || find_in(root, "", g);
}

/* To the group above; false at the top. */
static bool go_up(group *g)
{
    char *last = strrchr(g->folder, '/');
    if (!last || (size_t)(last - g->folder) < g->top || !g->folder[g->top])
        return false;
    *last = '\0';
    return true;
}

/* The first two numbers of a file of the group; returns how many are there ("max" is
   none). */
static int read_numbers(const group *g, const char *name, double *a, double *b)
{
    char path[2 * PATH + 64];
    snprintf(path, sizeof path, "%s/%s", g->folder, name);
    FILE *file = fopen(path, "r");
    int count = file ? fscanf(file, "%lf %lf", a, b) : 0;
    close_file(file);
    return count > 0 ? count : 0;
}

/* ---- memory ------------------------------------------------------------------------ */

/* Bytes of files in memory, which make room when others need it. */
static double reclaimable(const group *g)
{
    const char *const keys[] = {g->second ? "inactive_file %lf"
                                          : "total_inactive_file %lf",
                                g->second ? "active_file %lf" : "total_active_file %lf"};
    char path[2 * PATH + 64], line[256];
    double sum = 0, bytes;
    snprintf(path, sizeof path, "%s/memory.stat", g->folder);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        for (int i = 0; i < 2; i++)
            sum += sscanf(line, keys[i], &bytes) == 1 ? bytes : 0;
    close_file(file);
    return sum;
}

/* What the group and those above it leave. */
static double left_by_groups(const char *root)
{
    double least = INFINITY, limit, used, none;
    group g;
    if (!find_group(root, "memory", &g))
        return least;
    do {
        bool known =
            read_numbers(&g, g.second ? "memory.max" : "memory.limit_in_bytes", &limit,
                         &none) > 0 &&
            read_numbers(&g, g.second ? "memory.current" : "memory.usage_in_bytes", &used,
                         &none) > 0;
        if (known && limit < 0x1p62)
            least = fmin(least, limit - used + reclaimable(&g));
    } while (go_up(&g));
    return least;
}

/* Pages of this process: its address space, and of it what counts as data. */
static void read_pages(const char *root, double *all, double *data)
{
    FILE *file = open_under(root, "/proc/self/statm");
    if (!file || fscanf(file, "%lf %*s %*s %*s %*s %lf", all, data) != 2)
        *all = *data = 0;
    close_file(file);
}

static double left_of(int resource, double used)
{
    struct rlimit limit;
    bool limited = getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    return limited ? (double)limit.rlim_cur - used : INFINITY;
}

static double left_by_limits(const char *root)
{
    double all, data, page = (double)sysconf(_SC_PAGESIZE);
    read_pages(root, &all, &data);
    return fmin(left_of(RLIMIT_AS, page * all), left_of(RLIMIT_DATA, page * data));
}

/* MemAvailable of /proc/meminfo; free memory where there is no /proc. */
static double left_by_machine(const char *root)
{
    struct sysinfo system;
    char line[256];
    double kib, left = INFINITY;
    FILE *file = open_under(root, "/proc/meminfo");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "MemAvailable: %lf kB", &kib) == 1)
            left = kib * 1024;
    close_file(file);
    if (left == INFINITY && sysinfo(&system) == 0)
        left = (double)system.freeram * system.mem_unit;
    return left;
}

int64_t cvr_memory_available_under(const char *root)
{
    double left = left_by_machine(root);
    left = fmin(left, left_by_groups(root));
    left = fmin(left, left_by_limits(root));
    return left < 0x1p62 ? (int64_t)fmax(left, 0) : INT64_MAX;
}

int64_t cvr_memory_available(void)
{
    return cvr_memory_available_under("");
}

/* ---- processors -------------------------------------------------------------------- */

/* Microseconds of processor time in each period; -1 or none: without a limit. */
double cvr_cpu_quota_under(const char *root)
{
    double least = INFINITY, quota = -1, period = 0, none;
    group g;
    if (!find_group(root, "cpu", &g))
        return least;
    do {
        bool known = g.second ? read_numbers(&g, "cpu.max", &quota, &period) == 2
                              : read_numbers(&g, "cpu.cfs_quota_us", &quota, &none) > 0 &&
                                    read_numbers(&g, "cpu.cfs_period_us", &period, &none);
        if (known && quota > 0 && period > 0)
            least = fmin(least, quota / period);
    } while (go_up(&g));
    return least;
}

cvr_allowance cvr_machine_allowance(void)
{
    return (cvr_allowance){cvr_memory_available(), cvr_cpu_quota_under("")};
}

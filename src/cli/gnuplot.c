/* gnuplot, which may not be there: scripts are left behind for later. */
#define _GNU_SOURCE
#include "cli/gnuplot.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

const cli_colour cli_colours[CLI_COLOURS] = {
    {"#0072b2", "#56b4e9"}, {"#d55e00", "#ff9a56"}, {"#009e73", "#3fd0a4"},
    {"#aa4499", "#e28bd0"}, {"#a87900", "#f0c14b"}, {"#555555", "#cccccc"},
    {"#332288", "#a9a0ff"}, {"#cc3311", "#ff8a75"}};

void cli_gnuplot_begin(FILE *to, const char *name, int height)
{
    fprintf(to,
            "# gnuplot %s.gp in this folder draws %s.svg\n"
            "set terminal svg size 480,%d dynamic noenhanced font 'sans-serif,15' "
            "background '#ffffff'\n"
            "set output '%s.svg'\n"
            "set encoding utf8\n"
            "set datafile separator ','\n"
            "set grid lc rgb '#b0b0b0' lw 0.6 dt solid\n"
            "set border 3\n"
            "set tics nomirror\n",
            name, name, height, name);
}

void cli_gnuplot_style(FILE *to, int series)
{
    static const char *const dashes[] = {"solid", "(9,4)", "(3,3)", "(10,3,2,3)",
                                         "(14,5)"};
    static const int points[] = {7, 5, 9, 13, 11, 6, 4};
    fprintf(to, "lc rgb '%s' dt %s pt %d", cli_colours[series % CLI_COLOURS].light,
            dashes[series % 5], points[series % 7]);
}

/* Without the user's own ~/.gnuplot (-d), which could change what is drawn. */
bool cli_gnuplot_run(const char *folder, const char *script)
{
    char *const words[] = {"gnuplot", "-d", (char *)script, NULL};
    posix_spawn_file_actions_t actions;
    pid_t child = 0;
    int how = 0;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return false;
    bool started =
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) == 0 &&
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) == 0 &&
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) == 0 &&
        posix_spawn_file_actions_addchdir_np(&actions, folder) == 0 &&
        posix_spawnp(&child, words[0], &actions, NULL, words, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    return started && waitpid(child, &how, 0) == child && WIFEXITED(how) &&
           WEXITSTATUS(how) == 0;
}

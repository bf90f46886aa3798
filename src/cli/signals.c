/* Ctrl-C and kill: the first asks the run to finish its iteration, save and report; the
   second leaves at once. A reader that goes away is an error of writing, not a death. */
#include "cli/cli.h"

#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t came;

static void note(int signal_number)
{
    if (came)
        _exit(128 + signal_number);
    came = signal_number;
}

void cli_catch_signals(void)
{
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int cli_signal(void)
{
    return came;
}

/* Ctrl-C and kill: the first asks the run to finish its iteration, save and report; the
   second leaves at once. SIGUSR1 asks for a checkpoint, SIGUSR2 for a checkpoint and an
   end: batch systems send them, and mpirun passes them on. */
#include "cli/cli.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

/* Written by the handler: the signal that ends the run, whether INT or TERM has come
   before, and what a solver that is not there yet is to be asked. */
static volatile sig_atomic_t came, warned, pending;
static cvr_solver *_Atomic watched;

/* The default action, once the handler has returned. */
static void leave(int number)
{
    signal(number, SIG_DFL);
    raise(number);
}

static void note(int number)
{
    bool requested = number == SIGUSR1 || number == SIGUSR2;
    int what = (number == SIGUSR1 ? 0 : CVR_ASK_STOP) | (requested ? CVR_ASK_SAVE : 0);
    cvr_solver *solver = atomic_load(&watched);
    if (warned && !requested) {
        leave(number);
        return;
    }
    if (!requested)
        warned = 1;
    if (number != SIGUSR1 && !came)
        came = number;
    pending |= what;
    if (solver)
        cvr_solver_ask(solver, what);
}

static void handle(int number)
{
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void cli_catch_signals(void)
{
    handle(SIGINT);
    handle(SIGTERM);
}

void cli_catch_requests(void)
{
    handle(SIGUSR1);
    handle(SIGUSR2);
}

void cli_watch(cvr_solver *solver)
{
    atomic_store(&watched, solver);
    if (solver && pending)
        cvr_solver_ask(solver, pending);
}

int cli_signal(void)
{
    return came;
}

bool cli_save_asked(void)
{
    return (pending & CVR_ASK_SAVE) != 0;
}

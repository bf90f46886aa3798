/* Ctrl-C and kill. While there is nothing to lose a signal ends the command at once, with
   a message, whatever it is in the middle of. A run is asked to end as soon as it can,
   to save and to report; a second signal leaves at once. SIGUSR1 asks for a checkpoint,
   SIGUSR2 for a checkpoint and an end: batch systems send them, and mpirun passes them
   on. SIGXCPU, of a limit on CPU seconds, is as SIGUSR2. */
#define _GNU_SOURCE
#include "cli/signals.h"

#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/progress_line.h"

enum { RESUMABLE = 75 }; /* exit code: stopped, with a checkpoint */

/* Written by the handler: the signal that ends the run, whether INT or TERM has come
   before, and what a solver that is not there yet is to be asked. */
static volatile sig_atomic_t received, interrupted, pending;
static cvr_solver *_Atomic watched;

/* The message with which it exits; NULL: it does not exit. */
static const char *_Atomic exit_message;
static char messages[2][600];
static volatile sig_atomic_t prints, can_resume;

static bool requests_end(int number)
{
    return number == SIGUSR2 || number == SIGXCPU;
}

int cli_signal_code(int number, bool checkpoint)
{
    return checkpoint && requests_end(number) ? RESUMABLE : 128 + number;
}

const char *cli_signal_name(int number)
{
    return number == SIGINT    ? "SIGINT"
           : number == SIGTERM ? "SIGTERM"
           : number == SIGUSR2 ? "SIGUSR2"
           : number == SIGXCPU ? "SIGXCPU"
                               : "a signal";
}

/* ---- leaving at once --------------------------------------------------------------- */

static void put(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        return; /* nobody reads it */
}

static _Noreturn void exit_with(const char *message, int number)
{
    bool asked = requests_end(number) && !can_resume;
    const char *const parts[] = {
        isatty(STDERR_FILENO) ? "\n" : "", /* behind ^C */
        "cvxrelu: ",
        cli_signal_name(number),
        ": ",
        message,
        asked ? "; a signal asked for a checkpoint, but there is none yet\n" : "\n"};
    for (size_t i = 0; prints && i < sizeof parts / sizeof *parts; i++)
        put(parts[i]);
    _exit(cli_signal_code(number, can_resume));
}

void cli_exit_on_signals(const cli_call *call, const char *checkpoint, const char *format,
                         ...)
{
    static int turn;
    char *next = messages[turn = 1 - turn];
    size_t size = sizeof messages[0];
    va_list args;
    va_start(args, format);
    vsnprintf(next, size, format, args);
    va_end(args);
    size_t length = strlen(next);
    snprintf(next + length, size - length, "; nothing is written%s%.400s%s",
             checkpoint ? ", and the checkpoint " : "", checkpoint ? checkpoint : "",
             checkpoint ? " stays" : "");
    prints = cvr_comm_rank(call->comm) == 0 && !cli_switch(call, "quiet");
    can_resume = checkpoint != NULL;
    atomic_store(&exit_message, next);
}

void cli_flag_signals(void)
{
    atomic_store(&exit_message, NULL);
}

/* ---- the handler ------------------------------------------------------------------- */

/* The default action, once the handler has returned. */
static void raise_again(int number)
{
    signal(number, SIG_DFL);
    raise(number);
}

static void ask(int number)
{
    bool requested = number == SIGUSR1 || requests_end(number);
    int what = (number == SIGUSR1 ? 0 : CVR_ASK_STOP) | (requested ? CVR_ASK_SAVE : 0);
    cvr_solver *solver = atomic_load(&watched);
    if (interrupted && !requested) {
        raise_again(number);
        return;
    }
    if (!requested)
        interrupted = 1;
    if (number != SIGUSR1 && !received)
        received = number;
    pending |= what;
    if (solver)
        cvr_solver_ask(solver, what);
}

static void note(int number)
{
    const char *message = atomic_load(&exit_message);
    if (message && number != SIGUSR1)
        exit_with(message, number);
    ask(number);
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
    handle(SIGXCPU);
}

/* ---- what has come ----------------------------------------------------------------- */

void cli_attach_solver(cvr_solver *solver)
{
    atomic_store(&watched, solver);
    if (solver && pending)
        cvr_solver_ask(solver, pending);
}

int cli_signal(void)
{
    return received;
}

int cli_question(void *until)
{
    const double *end = until;
    cli_progress_tick();
    if (received)
        return CVR_END;
    return end && cli_seconds() >= *end ? CVR_END_OF_TIME : CVR_GO_ON;
}

bool cli_save_asked(void)
{
    return (pending & CVR_ASK_SAVE) != 0;
}

/* The command cvxrelu: finds the command's row, parses, runs, reports a failure. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "baseline/baseline.h"
#include "cli/blas_kernels.h"
#include "cli/blas_memory.h"
#include "cli/call.h"
#include "cli/commands.h"
#include "cli/help_page.h"
#include "cli/info.h"
#include "cli/launcher.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/processes.h"
#include "cli/standard_input.h"
#include "cli/try.h"

static cvr_status unknown_command(const char *name)
{
    cvr_fail(CVR_USAGE, "unknown command '%s'", name);
    cvr_hint("cvxrelu help lists the commands");
    return CVR_USAGE;
}

static cvr_status print_version(const cli_call *call)
{
    (void)call;
    printf("cvxrelu %s\n", cvr_version());
    return cli_flush();
}

/* Pages are the same on all processes: the first prints them. */
static cvr_status print_page(cvr_status (*print)(const cli_call *), const cli_call *call)
{
    return cli_launched_rank() == 0 ? print(call) : CVR_OK;
}

/* Every command that computes trusts BLAS from here on; `info' may be asked about a wrong
   one. */
static cvr_status check_blas(const cli_call *call)
{
    if (!call->command->computes || call->command->run == cli_info)
        return CVR_OK;
    return cvr_allreduce_status(call->comm, cvr_blas_check(false));
}

/* Runs a command that has been parsed. What process 0 alone fails at, all fail at. */
static cvr_status run(cli_call *call)
{
    cvr_status status = CVR_OK;
    if (!call->command->parallel && cli_launched_rank() > 0)
        return CVR_OK;
    if (call->command->computes) {
        TRY(cli_allocate_buffers());
        cli_choose_kernels(call->started);
    }
    TRY(cli_open_processes(call));
    if (call->command->computes)
        TRY(cli_choose_threads(call));
    cli_forward_log(call);
    TRY(check_blas(call));
    TRY(cli_open_standard_input(call));
    status = cvr_allreduce_status(call->comm, call->command->run(call));
done:
    return status;
}

static cvr_status dispatch(int argc, char **argv, cli_call *call)
{
    cvr_status status = CVR_OK;
    if (strcmp(argv[1], "--version") == 0)
        return print_page(print_version, call);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return print_page(cli_print_overview, call);
    call->command = cli_find_command(call->commands, argv[1]);
    if (!call->command)
        return unknown_command(argv[1]);
    TRY(cli_parse(argc - 2, argv + 2, call));
    TRY(call->help ? print_page(cli_print_page, call) : run(call));
done:
    return status;
}

int main(int argc, char **argv)
{
    cli_call call = {.commands = cli_commands, .started = argv};
    cvr_status status = CVR_USAGE;
    signal(SIGPIPE, SIG_IGN); /* a reader that goes away, a file that may not grow: */
    signal(SIGXFSZ, SIG_IGN); /* errors of writing, no deaths */
    cvr_show_dashes(true);
    cli_limit_blas_threads(argv);
    cvr_baselines_register();
    if (argc < 2) {
        cvr_fail(CVR_USAGE, "a command is missing");
        cvr_hint("cvxrelu help lists the commands");
    } else {
        status = dispatch(argc, argv, &call);
    }
    int code = cli_reader_gone()  ? 128 + SIGPIPE
               : status != CVR_OK ? (int)status
                                  : call.exit_code;
    bool first = call.comm ? cvr_comm_rank(call.comm) == 0 : cli_reports_errors();
    if (status != CVR_OK && first && !cli_reader_gone())
        cli_print_error();
    cvr_log_to(NULL, NULL);
    cli_call_free(&call);
    cli_exit_program(code);
    return code;
}

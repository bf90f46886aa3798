/* cvxrelu help: what it is about, and in which form. */
#include "cli/help.h"

#include <string.h>

#include "cli/help_json.h"
#include "cli/help_page.h"

/* "train", "train convex", or "convex" for short. */
static void find_topic(const cli_call *call, cli_call *about)
{
    const char *word = call->positional[0];
    about->command = cli_find_command(call->commands, word);
    if (!about->command && cvr_method_find(word)) {
        about->command = cli_find_command(call->commands, "train");
        about->method = word;
    } else if (about->command && about->command->argument == CLI_METHOD &&
               call->positional_count > 1) {
        about->method = call->positional[1];
    }
}

static cvr_status no_topic(const char *word)
{
    cvr_fail(CVR_USAGE, "unknown command '%s', and no method of that name", word);
    cvr_hint("cvxrelu help lists the commands");
    return CVR_USAGE;
}

cvr_status cli_help(cli_call *call)
{
    cli_call about = {.commands = call->commands};
    if (cli_switch(call, "json"))
        return cli_print_help_json(call->commands);
    if (call->positional_count == 0)
        return cli_print_overview(call);
    if (strcmp(call->positional[0], "results") == 0)
        return cli_print_result_keys();
    find_topic(call, &about);
    if (!about.command)
        return no_topic(call->positional[0]);
    if (about.method && !cvr_method_find(about.method))
        return cvr_fail(CVR_USAGE, "unknown method '%s'", about.method);
    return cli_print_page(&about);
}

/* A call of the command: its row, its options, what it works with. */
#include "cli/call.h"

#include <stdlib.h>
#include <string.h>

const cli_table *cli_table_at(const cli_command *c, int i)
{
    enum { MOST = sizeof c->groups / sizeof *c->groups };
    for (int g = 0; g < MOST && c->groups[g]; g++)
        for (const cli_table *t = c->groups[g]; t->title; t++)
            if (i-- == 0)
                return t;
    return NULL;
}

const cli_command *cli_find_command(const cli_command *commands, const char *name)
{
    for (const cli_command *c = commands; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

bool cli_takes_method_options(const cli_command *c)
{
    return c->argument == CLI_METHOD || c->argument == CLI_SPEC;
}

bool cli_has_row(const cvr_option *rows, const char *name)
{
    for (; rows && rows->name; rows++)
        if (strcmp(rows->name, name) == 0)
            return true;
    return false;
}

bool cli_switch(const cli_call *call, const char *name)
{
    return call->settings && cvr_settings_switch(call->settings, name);
}

void cli_call_free(cli_call *call)
{
    cvr_settings_free(call->settings);
    free(call->positional);
    free(call->any_method);
    cvr_comm_free(call->comm);
    *call = (cli_call){0};
}

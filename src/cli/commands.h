/* The commands and their options: the only list. */
#ifndef CVR_CLI_COMMANDS_H
#define CVR_CLI_COMMANDS_H

#include "cli/call.h"

extern const cli_command cli_commands[]; /* a row without a name ends them */

#endif

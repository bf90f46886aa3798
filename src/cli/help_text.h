/* What the forms of help share: pages on a terminal, and JSON for programs, of which the
   build makes manual pages and completion. */
#ifndef CVR_CLI_HELP_TEXT_H
#define CVR_CLI_HELP_TEXT_H

#include <stdbool.h>

#include <cvxrelu/solve.h>

typedef struct cli_exit {
    int code;
    const char *meaning; /* NULL ends the list */
} cli_exit;

extern const cli_exit cli_exits[];

extern const char cli_about[];    /* what the program does */
extern const char cli_examples[]; /* a command a line */

const char *cli_kind_name(cvr_option_kind kind); /* "real", "file", ... */
/* "X", "N", "TIME", "": what stands behind --name. */
const char *cli_placeholder(cvr_option_kind kind);
/* Choices, meaning, default and limits. */
void cli_describe_option(const cvr_option *o, char *text, size_t size);

#endif

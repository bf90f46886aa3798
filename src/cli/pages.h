/* What the writers of help pages, manual pages, JSON and completion share: all are made
   of the tables of commands, options and methods. */
#ifndef CVR_CLI_PAGES_H
#define CVR_CLI_PAGES_H

#include "cli/cli.h"

typedef struct cli_exit {
    int code;
    const char *meaning; /* NULL ends the list */
} cli_exit;

extern const cli_exit cli_exits[];

/* ---- words.c ------------------------------------------------------------------------
 */

typedef struct cli_word {
    const char *key; /* of a result; NULL ends the list */
    bool brief;      /* in the table without -v */
    const char *about;
} cli_word;

extern const cli_word cli_words[];

/* ---- help.c --------------------------------------------------------------------------
 */

/* "relu, gated, gated-ridge" of "relu|gated|gated-ridge", with any gap. */
void cli_join_choices(const char *choices, const char *gap, char *text, size_t size);
/* A sentence on the option: what for, choices, default, limits. */
void cli_describe_option(const cvr_option *o, char *text, size_t size);
/* " X", " N", " TIME", "": what stands behind --name. */
const char *cli_placeholder(const cvr_option *o);
bool cli_has_row(const cvr_option *rows, const char *name);
/* Whether its options are those of methods too. */
bool cli_knows_methods(const cli_command *c);

cvr_status cli_print_json(void) CVR_MUST_CHECK;
/* man(7); c NULL: the page of cvxrelu itself. */
cvr_status cli_print_manual(const cli_command *c) CVR_MUST_CHECK;
cvr_status cli_print_completion(void) CVR_MUST_CHECK; /* for bash */

#endif

/* Texts that are written piece by piece and kept as files, and names in the quotes of the
   languages that they go into. */
#ifndef CVR_CLI_TEXT_H
#define CVR_CLI_TEXT_H

#include <stdio.h>

#include <jansson.h>

#include <cvxrelu/cvxrelu.h>

typedef struct cli_text {
    FILE *to; /* memory */
    char *bytes;
    size_t size;
} cli_text;

cvr_status cli_text_open(cli_text *t) CVR_MUST_CHECK;
/* Ends the text; bytes and size hold it. */
cvr_status cli_text_end(cli_text *t) CVR_MUST_CHECK;
/* Ends the text, unless it has ended, and keeps it as FOLDER/NAME, whole or
   not at all. */
cvr_status cli_text_save(cli_text *t, const char *folder,
                         const char *name) CVR_MUST_CHECK;
void cli_text_free(cli_text *t); /* takes {0}, leaves {0} */

/* FOLDER/NAME; the caller frees it. */
cvr_status cli_path(const char *folder, const char *name, char **path) CVR_MUST_CHECK;

void cli_put_csv(FILE *to, const char *text);   /* RFC 4180 */
void cli_put_shell(FILE *to, const char *word); /* a word of POSIX sh */
/* A number with all its digits that count; nothing when it is not finite. */
void cli_put_number(FILE *to, double x);

/* A string of JSON, null for NULL; bytes that are not UTF-8 become '?'. */
json_t *cli_json_text(const char *text);

#endif

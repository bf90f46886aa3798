/* Text on its way to a terminal. */
#ifndef CVR_CLI_PLAIN_H
#define CVR_CLI_PLAIN_H

#include <stdio.h>

/* Control characters and what is not UTF-8 become question marks: for all that comes from
   a file, an argument or the system. */
void cli_put_plain(FILE *to, const char *text);
int cli_plain_width(const char *text); /* in characters */
/* On stdout, at the left (width < 0: at the right) of a field of |width| columns. */
void cli_put_padded(const char *text, int width);
/* On stdout, the first characters and an ellipsis: `width` columns in all. */
void cli_put_cut(const char *text, int width);

#endif

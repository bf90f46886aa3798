/* A drawing of gnuplot inside a page. */
#ifndef CVR_CLI_SVG_H
#define CVR_CLI_SVG_H

#include <stdbool.h>
#include <stdio.h>

/* Writes the <svg> of a file, with the page's colours (--c1 ..., --paper) and a prefix of
   its own for its ids; false, and nothing, where there is none. */
bool cli_put_svg(FILE *to, const char *path, int prefix);

#endif

/* Scripts for gnuplot: the colours and styles of series, and running it. */
#ifndef CVR_CLI_GNUPLOT_H
#define CVR_CLI_GNUPLOT_H

#include <stdbool.h>
#include <stdio.h>

/* Told apart by people who see colours differently, on white; and on black (dark). */
typedef struct cli_colour {
    const char *light, *dark; /* "#0072b2" */
} cli_colour;
enum { CLI_COLOURS = 8 };
extern const cli_colour cli_colours[CLI_COLOURS];

/* Terminal, output NAME.svg, grid; height in points. */
void cli_gnuplot_begin(FILE *to, const char *name, int height);
/* "lc rgb '#0072b2' dt 1 pt 7" of the i-th series: colour, dashes and points differ. */
void cli_gnuplot_style(FILE *to, int series);

/* Runs `gnuplot SCRIPT` in a folder; false when it is not found or fails. */
bool cli_gnuplot_run(const char *folder, const char *script);

#endif

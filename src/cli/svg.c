/* gnuplot's SVG inside a page: its colours become the page's, which know light and dark,
   and its ids get a prefix, as several drawings share the page. */
#include "cli/svg.h"

#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/gnuplot.h"

enum { MOST = 32 << 20, FIXED = 8, RULES = FIXED + CLI_COLOURS, WORD = 32 };

typedef struct rule {
    char from[WORD], to[WORD];
} rule;

/* "#0072b2" -> "rgb(  0, 114, 178)", as gnuplot writes it */
static void as_gnuplot_writes(const char *colour, char word[WORD])
{
    unsigned long c = strtoul(colour + 1, NULL, 16);
    snprintf(word, WORD, "rgb(%3lu, %3lu, %3lu)", c >> 16 & 255, c >> 8 & 255, c & 255);
}

static void make_rules(int prefix, rule rules[RULES])
{
    static const char *const fixed[][2] = {{"\"black\"", "\"currentColor\""},
                                           {"'black'", "'currentColor'"},
                                           {"\"#ffffff\"", "\"none\""}};
    for (int i = 0; i < 3; i++) {
        snprintf(rules[i].from, WORD, "%s", fixed[i][0]);
        snprintf(rules[i].to, WORD, "%s", fixed[i][1]);
    }
    snprintf(rules[3].from, WORD, "id='");
    snprintf(rules[3].to, WORD, "id='f%d-", prefix);
    snprintf(rules[4].from, WORD, "id=\"");
    snprintf(rules[4].to, WORD, "id=\"f%d-", prefix);
    snprintf(rules[5].from, WORD, "href='#");
    snprintf(rules[5].to, WORD, "href='#f%d-", prefix);
    as_gnuplot_writes("#ffffff", rules[6].from);
    snprintf(rules[6].to, WORD, "var(--paper)");
    as_gnuplot_writes("#b0b0b0", rules[7].from);
    snprintf(rules[7].to, WORD, "var(--line)");
    for (int i = 0; i < CLI_COLOURS; i++) {
        as_gnuplot_writes(cli_colours[i].light, rules[FIXED + i].from);
        snprintf(rules[FIXED + i].to, WORD, "var(--c%d)", i + 1);
    }
}

static void put(FILE *to, const char *svg, const rule rules[RULES])
{
    while (*svg) {
        int found = -1;
        for (int i = 0; i < RULES && found < 0; i++)
            if (*svg == rules[i].from[0] &&
                strncmp(svg, rules[i].from, strlen(rules[i].from)) == 0)
                found = i;
        if (found >= 0)
            fputs(rules[found].to, to);
        else
            fputc(*svg, to);
        svg += found >= 0 ? strlen(rules[found].from) : 1;
    }
}

/* The text of a file, from "<svg" on; NULL: none that can be used. */
static char *read_svg(const char *path, char **text)
{
    FILE *file = fopen(path, "r");
    size_t size = 0;
    *text = malloc(MOST);
    if (file && *text)
        size = fread(*text, 1, MOST - 1, file);
    if (file)
        fclose(file);
    if (size == 0 || size == MOST - 1)
        return NULL;
    (*text)[size] = '\0';
    return strstr(*text, "</svg>") ? strstr(*text, "<svg") : NULL;
}

bool cli_put_svg(FILE *to, const char *path, int prefix)
{
    rule rules[RULES];
    char *text = NULL;
    const char *svg = read_svg(path, &text);
    make_rules(prefix, rules);
    if (svg)
        put(to, svg, rules);
    free(text);
    return svg != NULL;
}

/* Reading one option. Numbers are read in the C locale, whatever the program's is. */
#define _GNU_SOURCE
#include "solver/options.h"

#include <errno.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* "at least 1", "from 0 to 1", "above 0": the limits of a row, in words. */
static const char *limits(const cvr_option *row, char *text, size_t size)
{
    bool above_zero = row->min == DBL_MIN;
    double low = above_zero ? 0 : row->min;
    if (row->max >= DBL_MAX)
        snprintf(text, size, "%s %.15g", above_zero ? "above" : "at least", low);
    else if (above_zero)
        snprintf(text, size, "above 0 and at most %.15g", row->max);
    else
        snprintf(text, size, "from %.15g to %.15g", low, row->max);
    return text;
}

/* strtod of the C locale: 0.5 is a half in every country. */
static double number(const char *text, char **end)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    double x = c ? strtod_l(text, end, c) : strtod(text, end);
    if (c)
        freelocale(c);
    return x;
}

static cvr_status not_a(const cvr_option *row, const char *text, const char *kind)
{
    return cvr_fail(CVR_USAGE, "--%s: '%s' is not %s", row->name, text, kind);
}

static cvr_status in_range(const cvr_option *row, const char *text, double x)
{
    char allowed[80];
    if (x >= row->min && x <= row->max)
        return CVR_OK;
    return cvr_fail(CVR_USAGE, "--%s %s: must be %s", row->name, text,
                    limits(row, allowed, sizeof allowed));
}

/* Seconds in one unit of what follows the number; 0: no such unit. */
static double unit_seconds(const char *suffix)
{
    static const struct {
        const char *suffix;
        double seconds;
    } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(suffix, units[i].suffix) == 0)
            return units[i].seconds;
    return 0;
}

static cvr_status parse_real(const cvr_option *row, const char *text, double *real)
{
    char *end = NULL;
    double x = number(text, &end);
    if (end == text || !isfinite(x))
        return not_a(row, text, "a number");
    double unit = row->kind == CVR_SECONDS ? unit_seconds(end) : *end == '\0';
    if (unit == 0)
        return not_a(row, text,
                     row->kind == CVR_SECONDS ? "a time (as 90, 90s, 5m or 2h)"
                                              : "a number");
    *real = x * unit;
    return in_range(row, text, *real);
}

static cvr_status parse_integer(const cvr_option *row, const char *text, int64_t *integer)
{
    char *end = NULL;
    errno = 0;
    long long i = strtoll(text, &end, 10);
    if (end == text || *end != '\0')
        return not_a(row, text, "a whole number");
    *integer = i;
    return in_range(row, text, errno == ERANGE ? (double)i * 2 : (double)i);
}

static cvr_status parse_switch(const cvr_option *row, const char *text, int64_t *on)
{
    static const char *const words[] = {"no",  "yes", "false", "true",
                                        "off", "on",  "0",     "1"};
    for (int i = 0; i < 8; i++)
        if (strcasecmp(text, words[i]) == 0) {
            *on = i % 2;
            return CVR_OK;
        }
    return not_a(row, text, "yes or no");
}

/* The nearest of "a|b|c", with its index when it is the same; "" when none is near. */
static int64_t choose(const char *choices, const char *text, char *nearest, size_t size)
{
    int best = cvr_option_reach(text) + 1;
    int64_t index = 0;
    char word[64];
    nearest[0] = '\0';
    for (const char *c = choices; *c; index++) {
        size_t length = strcspn(c, "|");
        snprintf(word, sizeof word, "%.*s", (int)length, c);
        if (strcmp(word, text) == 0)
            return index;
        int distance = cvr_option_distance(text, word);
        if (distance < best) {
            best = distance;
            snprintf(nearest, size, "%s", word);
        }
        c += length + (c[length] == '|');
    }
    return -1;
}

static cvr_status parse_choice(const cvr_option *row, const char *text, int64_t *index)
{
    char nearest[64];
    *index = choose(row->choices, text, nearest, sizeof nearest);
    if (*index >= 0)
        return CVR_OK;
    cvr_status status =
        cvr_fail(CVR_USAGE, "--%s: '%s' is not one of %s", row->name, text, row->choices);
    if (nearest[0])
        cvr_hint("did you mean --%s %s?", row->name, nearest);
    return status;
}

cvr_status cvr_option_parse(const cvr_option *row, const char *text,
                            cvr_option_value *value)
{
    switch (row->kind) {
    case CVR_REAL:
    case CVR_SECONDS:
        return parse_real(row, text, &value->real);
    case CVR_INTEGER:
        return parse_integer(row, text, &value->integer);
    case CVR_SWITCH:
        return parse_switch(row, text, &value->integer);
    case CVR_CHOICE:
        return parse_choice(row, text, &value->integer);
    case CVR_TEXT:
    case CVR_FILE:
    case CVR_FOLDER:
    case CVR_LIST:
        break;
    }
    return *text ? CVR_OK : cvr_fail(CVR_USAGE, "--%s: the value is empty", row->name);
}

enum { LONGEST = 40 };

static int least(int a, int b, int c)
{
    int d = a < b ? a : b;
    return d < c ? d : c;
}

/* Levenshtein: insertions, deletions and exchanges of a letter. */
static int edits(const char *a, const char *b)
{
    int row[LONGEST + 1];
    int n = (int)strnlen(b, LONGEST);
    for (int j = 0; j <= n; j++)
        row[j] = j;
    for (int i = 0; a[i] && i < LONGEST; i++) {
        int diagonal = row[0];
        row[0] = i + 1;
        for (int j = 0; j < n; j++) {
            int above = row[j + 1];
            row[j + 1] = least(above + 1, row[j] + 1, diagonal + (a[i] != b[j]));
            diagonal = above;
        }
    }
    return row[n];
}

int cvr_option_distance(const char *typed, const char *name)
{
    int distance = edits(typed, name);
    bool contains = strlen(typed) >= 3 && (strstr(name, typed) || strstr(typed, name));
    return contains && distance > 1 ? 1 : distance;
}

int cvr_option_reach(const char *typed)
{
    size_t length = strlen(typed);
    return length < 4 ? 1 : length < 9 ? 2 : 3;
}

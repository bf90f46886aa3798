/* Lists of words, and the shapes of dates. */
#include "data/words.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* ---- missing values ---------------------------------------------------------------- */

static const char *const missing[] = {"",     "na",     "n/a",    "nan",  "null",
                                      "?",    "#n/a",   "#na",    "<na>", "-nan",
                                      "n.a.", "#null!", "#value!"};
static const char *const missing_values[] = {"-", "--", ".", "..", "missing", "nil"};

static bool among(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

bool cvr_word_missing_label(const char *text)
{
    return among(text, missing, sizeof missing / sizeof *missing);
}

/* Python's None is told from a category "none". */
bool cvr_word_missing(const char *text)
{
    return cvr_word_missing_label(text) || strcmp(text, "None") == 0 ||
           among(text, missing_values, sizeof missing_values / sizeof *missing_values);
}

/* ---- booleans ---------------------------------------------------------------------- */

int cvr_word_boolean(const char *text)
{
    static const char *const words[] = {"false", "no", "true", "yes"};
    for (int i = 0; i < 4; i++)
        if (strcasecmp(text, words[i]) == 0)
            return i >= 2;
    return -1;
}

/* ---- dates ------------------------------------------------------------------------- */

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* One or two digits, four, or the name of a month; NULL when none of them is there. */
static const char *part(const char *p)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    size_t digits = strspn(p, "0123456789");
    if (digits == 1 || digits == 2 || digits == 4)
        return p + digits;
    for (const char *m = months; !digits && *m; m += 3)
        if (strncasecmp(p, m, 3) == 0)
            return p + strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    return NULL;
}

/* 10:30, 10:30:00.5, and what may stand behind: Z, +01:00, PM */
static bool is_time(const char *p)
{
    size_t hours = strspn(p, "0123456789");
    if (hours < 1 || hours > 2 || p[hours] != ':' || !digit(p[hours + 1]) ||
        !digit(p[hours + 2]))
        return false;
    p += hours + 3;
    return p[strspn(p, "0123456789:.,+- ZzAaPpMmUuTtCc")] == '\0';
}

/* A year is one of the outer parts: 1.2.3 is a version. */
bool cvr_word_date(const char *text)
{
    const char *p = part(text), *last = NULL;
    char between = p ? *p : '\0';
    bool year = p && p - text == 4;
    if (is_time(text))
        return true;
    if (!between || !strchr("-/.", between) || !(last = part(p + 1)) || *last != between)
        return false;
    last++;
    p = part(last);
    year = p && (year || p - last == 2 || p - last == 4);
    return year && (*p == '\0' || ((*p == ' ' || *p == 'T') && is_time(p + 1)));
}

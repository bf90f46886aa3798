/* Text on its way to a terminal. Names come from files: in one, a control character (C0,
   DEL, C1) or bytes that are not UTF-8 would move the cursor, change colours or a title.
   Each is shown as a question mark. JSON and saved files keep them. */
#include "cli/plain.h"

#include <stdint.h>
#include <stdlib.h>

#include <cvxrelu/cvxrelu.h>

/* Bytes of the UTF-8 character at p, and its code; 0: it is not one. */
static int character(const unsigned char *p, uint32_t *code)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } forms[] = {
        {0x80, 0, 0}, {0xE0, 0xC0, 0x80}, {0xF0, 0xE0, 0x800}, {0xF8, 0xF0, 0x10000}};
    int more = 0;
    while (more < 4 && (*p & forms[more].mask) != forms[more].lead)
        more++;
    if (more == 4)
        return 0;
    *code = *p & (unsigned char)~forms[more].mask;
    for (int i = 1; i <= more; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        *code = *code << 6 | (p[i] & 0x3F);
    }
    bool surrogate = *code >= 0xD800 && *code < 0xE000;
    return *code < forms[more].least || *code > 0x10FFFF || surrogate ? 0 : more + 1;
}

/* What is shown for the next character, and how many bytes of it; text goes behind it. */
static const char *next(const char **text, int *shown)
{
    const char *at = *text;
    uint32_t code = 0;
    int bytes = character((const unsigned char *)at, &code);
    bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);
    *text = at + (bytes > 0 ? bytes : 1);
    if (bytes > 0 && !control) {
        *shown = bytes;
        return at;
    }
    *shown = 1;
    return "?";
}

void cli_put_plain(FILE *to, const char *text)
{
    int bytes = 0;
    while (*text) {
        const char *shown = next(&text, &bytes);
        fwrite(shown, 1, (size_t)bytes, to);
    }
}

int cli_plain_width(const char *text)
{
    int bytes, width = 0;
    for (; *text; width++)
        next(&text, &bytes);
    return width;
}

void cli_put_padded(const char *text, int width)
{
    int left = abs(width) - cli_plain_width(text);
    if (width < 0 && left > 0)
        printf("%*s", left, "");
    cli_put_plain(stdout, text);
    if (width > 0 && left > 0)
        printf("%*s", left, "");
}

void cli_put_cut(const char *text, int width)
{
    int bytes = 0;
    for (int i = 0; *text && i + 1 < width; i++) {
        const char *shown = next(&text, &bytes);
        fwrite(shown, 1, (size_t)bytes, stdout);
    }
    fputs("\xE2\x80\xA6", stdout);
}

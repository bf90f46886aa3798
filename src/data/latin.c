/* One byte a character; 0x80 to 0x9F are signs of their own in Windows-1252. */
#include "data/latin.h"

#include <stdint.h>
#include <string.h>

/* Bytes of the UTF-8 character at p; 0: it is none. */
static int length_at(const unsigned char *p)
{
    int more = *p < 0x80 ? 0 : *p < 0xC2 ? -1 : *p < 0xE0 ? 1 : *p < 0xF0 ? 2 : 3;
    uint32_t c = more > 0 ? *p & (0x3Fu >> more) : *p;
    for (int i = 1; i <= more; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3Fu);
    }
    bool small = (more == 2 && c < 0x800) || (more == 3 && c < 0x10000);
    return more < 0 || small || (c >= 0xD800 && c < 0xE000) || c > 0x10FFFF ? 0
                                                                            : more + 1;
}

bool cvr_utf8_is(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    while (*p) {
        int length = length_at(p);
        if (!length)
            return false;
        p += length;
    }
    return true;
}

void cvr_latin_to_utf8(const char *text, char *out)
{
    static const char *const signs[32] = {
        "€", "?", "‚", "ƒ", "„", "…", "†", "‡", "ˆ", "‰", "Š", "‹", "Œ", "?", "Ž", "?",
        "?", "‘", "’", "“", "”", "•", "–", "—", "˜", "™", "š", "›", "œ", "?", "ž", "Ÿ"};
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x80) {
            *out++ = (char)c;
        } else if (c < 0xA0) {
            strcpy(out, signs[c - 0x80]);
            out += strlen(out);
        } else {
            *out++ = (char)(0xC0 | c >> 6);
            *out++ = (char)(0x80 | (c & 0x3F));
        }
    }
    *out = '\0';
}

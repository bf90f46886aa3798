/* Two bytes a unit; two units a character beyond U+FFFF. */
#include "data/utf16.h"

#include <stdint.h>
#include <string.h>

bool cvr_utf16_begins(const unsigned char *head, size_t size, bool *big)
{
    if (size < 4)
        return false;
    *big = head[0] == 0xFE || head[0] == 0;
    if ((head[0] == 0xFF && head[1] == 0xFE) || (head[0] == 0xFE && head[1] == 0xFF))
        return true;
    const unsigned char *high = head + !*big, *low = head + *big;
    return !high[0] && !high[2] && low[0] && low[2];
}

static size_t put(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char first[] = {0, 0xC0, 0xE0, 0xF0};
    out[0] = (char)(first[more] | c >> (6 * more));
    for (size_t i = 1; i <= more; i++)
        out[i] = (char)(0x80 | (c >> (6 * (more - i)) & 0x3F));
    return more + 1;
}

static uint32_t unit(const cvr_utf16 *u, size_t at)
{
    return (uint32_t)u->held[at + !u->big] << 8 | u->held[at + u->big];
}

/* The character that is held, if it is whole. */
static size_t take(cvr_utf16 *u, char *out)
{
    uint32_t c = u->count >= 2 ? unit(u, 0) : 0;
    bool leads = c >= 0xD800 && c < 0xDC00;
    if (u->count < 2 || (leads && u->count < 4))
        return 0;
    uint32_t next = leads ? unit(u, 2) : 0;
    bool pair = next >= 0xDC00 && next < 0xE000;
    size_t used = pair ? 4 : 2;
    if (pair)
        c = 0x10000 + ((c - 0xD800) << 10) + (next - 0xDC00);
    else if (c >= 0xD800 && c < 0xE000)
        c = 0xFFFD;
    u->count -= used;
    memmove(u->held, u->held + used, u->count);
    return c == 0xFEFF ? 0 : put(c, out);
}

size_t cvr_utf16_decode(cvr_utf16 *u, const unsigned char *bytes, size_t size, char *out)
{
    size_t length = 0;
    for (size_t i = 0; i < size; i++) {
        u->held[u->count++] = bytes[i];
        length += take(u, out + length);
        if (u->count == 4)
            length += take(u, out + length);
    }
    return length;
}

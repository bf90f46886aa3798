#include "convex/compact.h"

#include <stdio.h>

#include "convex/options.h"

/* "name=NUMBER", above 0. */
static bool read(const char *text, const char *form, int64_t *value)
{
    enum { MOST = 1000000 };
    long long count = 0;
    int end = 0;
    if (sscanf(text, form, &count, &end) != 1 || !end || text[end] || count < 1)
        return false;
    *value = count < MOST ? count : MOST;
    return true;
}

cvr_status cvr_compact_read(const cvr_problem *q, int64_t rows, cvr_compact *c)
{
    const char *text = cvr_convex_options_of(q)->compact;
    *c = (cvr_compact){0};
    if (text && !read(text, "landmarks=%lld%n", &c->landmarks) &&
        !read(text, "gates=%lld%n", &c->gates))
        return cvr_fail(CVR_USAGE,
                        "--compact '%s': it is landmarks=NUMBER or gates=NUMBER", text);
    c->landmarks = c->landmarks < rows ? c->landmarks : rows;
    return CVR_OK;
}

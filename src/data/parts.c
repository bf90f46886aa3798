/* Lines of nodes and their parts, sorted by node. */
#include "data/parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "data/edges.h"
#include "data/lines.h"
#include "data/number.h"

static const char *const names[] = {"none", "train", "val", "test"};
enum { PARTS = sizeof names / sizeof *names };

const char *cvr_part_name(cvr_part part)
{
    return names[part];
}

/* The part that the rest of a line names, -1: none. */
static int find(const char *word)
{
    size_t length = strcspn(word, " \t");
    for (int k = 0; k < PARTS; k++)
        if (strlen(names[k]) == length && memcmp(word, names[k], length) == 0 &&
            word[length + strspn(word + length, " \t")] == '\0')
            return k;
    return -1;
}

static cvr_status take_line(void *parts, const cvr_lines *l, const char *line)
{
    cvr_parts *p = parts;
    const char *at = line + strspn(line, " \t");
    char quoted[CVR_QUOTE_SIZE], item[CVR_QUOTE_SIZE + 1] = "";
    int64_t node = cvr_node_read(&at);
    int part = node < 0 ? -1 : find(at);
    cvr_status status = CVR_OK;
    if (part < 0) {
        strncat(item, line, CVR_QUOTE_SIZE);
        cvr_fail(CVR_BAD_DATA, "%s:%lld: '%s' is not the part of a node", p->path,
                 (long long)l->number, cvr_quote(item, quoted));
        cvr_hint("a line is the number of a node (a row of the data, from 0) and train, "
                 "val, test or none");
        return CVR_BAD_DATA;
    }
    CVR_TRY(cvr_make_room((void **)&p->item, &p->room, p->count + 1, sizeof *p->item,
                          "parts of nodes"));
    p->item[p->count++] = (cvr_parts_line){node, l->number, (cvr_part)part};
done:
    return status;
}

static int by_node(const void *a, const void *b)
{
    const cvr_parts_line *x = a, *y = b;
    int order = (x->node > y->node) - (x->node < y->node);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

cvr_status cvr_parts_read(const char *path, cvr_parts *p)
{
    cvr_status status = CVR_OK;
    p->path = cvr_stream_name(path);
    CVR_TRY(cvr_lines_each(path, take_line, p));
    if (p->count > 0)
        qsort(p->item, (size_t)p->count, sizeof *p->item, by_node);
    for (int64_t k = 1; k < p->count; k++)
        if (p->item[k].node == p->item[k - 1].node)
            CVR_FAIL(CVR_BAD_DATA, "%s:%lld: node %lld has its part in line %lld already",
                     p->path, (long long)p->item[k].line, (long long)p->item[k].node,
                     (long long)p->item[k - 1].line);
done:
    return status;
}

cvr_status cvr_parts_check(const cvr_parts *p, int64_t nodes)
{
    const cvr_parts_line *last = p->count ? &p->item[p->count - 1] : NULL;
    if (last && last->node >= nodes)
        return cvr_fail(CVR_BAD_DATA,
                        "%s:%lld: node %lld is unknown: the data have the nodes 0 to "
                        "%lld, a row each",
                        p->path, (long long)last->line, (long long)last->node,
                        (long long)nodes - 1);
    for (int64_t k = 0; k < p->count; k++)
        if (p->item[k].part == p->wanted)
            return CVR_OK;
    return cvr_fail(CVR_BAD_DATA, "%s: no node has the part %s", p->path,
                    names[p->wanted]);
}

bool cvr_parts_want(const cvr_parts *p, int64_t i)
{
    if (!p || !p->path)
        return true;
    const cvr_parts_line key = {.node = i, .line = INT64_MAX};
    int64_t low = 0, high = p->count;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (by_node(&p->item[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && p->item[low - 1].node == i && p->item[low - 1].part == p->wanted;
}

void cvr_parts_free(cvr_parts *p)
{
    cvr_release(p->item);
    *p = (cvr_parts){0};
}

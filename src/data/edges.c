/* Pairs of nodes, as they come, become sorted lists of neighbours. */
#include "data/edges.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "data/lines.h"
#include "data/number.h"
#include "parallel/comm.h"

typedef struct pairs {
    int64_t nodes;
    cvr_comm *comm; /* is asked whether to go on */
    int32_t *end;   /* two for each */
    int64_t count, room;
} pairs;

int64_t cvr_node_read(const char **p)
{
    int64_t node = 0;
    const char *q = *p;
    for (; *q >= '0' && *q <= '9'; q++)
        node = node < INT32_MAX ? 10 * node + (*q - '0') : node;
    if (q == *p || (*q && !strchr(" \t,;", *q)))
        return -1;
    q += strspn(q, " \t");
    q += *q == ',' || *q == ';';
    *p = q + strspn(q, " \t");
    return node;
}

static cvr_status not_an_edge(const cvr_lines *l, const char *line)
{
    char quoted[CVR_QUOTE_SIZE], item[CVR_QUOTE_SIZE + 1] = "";
    strncat(item, line, CVR_QUOTE_SIZE);
    cvr_fail(CVR_BAD_DATA, "%s:%lld: '%s' is not an edge", cvr_stream_path(l->in),
             (long long)l->number, cvr_quote(item, quoted));
    cvr_hint("an edge is the numbers of two nodes, as in 0 17; nodes are the rows of the "
             "data, from 0");
    return CVR_BAD_DATA;
}

static cvr_status unknown(const cvr_lines *l, int64_t node, int64_t nodes)
{
    return cvr_fail(CVR_BAD_DATA,
                    "%s:%lld: an edge to node %lld, which is unknown: the data have the "
                    "nodes 0 to %lld, a row each",
                    cvr_stream_path(l->in), (long long)l->number, (long long)node,
                    (long long)nodes - 1);
}

static cvr_status push(pairs *p, int64_t u, int64_t v)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_make_room((void **)&p->end, &p->room, p->count + 1, 2 * sizeof *p->end,
                          "edges"));
    p->end[2 * p->count] = (int32_t)u;
    p->end[2 * p->count + 1] = (int32_t)v;
    p->count += u != v;
done:
    return status;
}

static cvr_status take_line(void *to, const cvr_lines *l, const char *line)
{
    enum { LINES_UNASKED = 4096 };
    pairs *p = to;
    const char *at = line + strspn(line, " \t");
    int64_t u = cvr_node_read(&at), v = u < 0 ? -1 : cvr_node_read(&at);
    if (v < 0 || *at)
        return not_an_edge(l, line);
    if (u >= p->nodes || v >= p->nodes)
        return unknown(l, u >= p->nodes ? u : v, p->nodes);
    if (l->number % LINES_UNASKED == 0 && cvr_interrupt_poll(p->comm))
        return cvr_fail(CVR_INTERRUPTED, "stopped before the edges were read");
    return push(p, u, v);
}

/* start[i + 1] counts the ends at node i, then is where its list ends. */
static void place(const pairs *p, cvr_edges *e)
{
    for (int64_t k = 0; k < 2 * p->count; k++)
        e->start[p->end[k] + 1]++;
    for (int64_t i = 0; i < e->nodes; i++)
        e->start[i + 1] += e->start[i];
    for (int64_t k = 0; k < 2 * p->count; k++)
        e->node[e->start[p->end[k]]++] = p->end[k ^ 1];
    for (int64_t i = e->nodes; i > 0; i--)
        e->start[i] = e->start[i - 1];
    e->start[0] = 0;
}

static int by_number(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* Lists are sorted, and close up where a neighbour comes twice. */
static void tidy(cvr_edges *e)
{
    int64_t kept = 0, begin = 0;
    for (int64_t i = 0; i < e->nodes; i++) {
        int64_t end = e->start[i + 1], first = kept;
        qsort(e->node + begin, (size_t)(end - begin), sizeof *e->node, by_number);
        for (int64_t k = begin; k < end; k++)
            if (kept == first || e->node[kept - 1] != e->node[k])
                e->node[kept++] = e->node[k];
        begin = end;
        e->start[i + 1] = kept;
    }
}

cvr_status cvr_edges_read(const char *path, int64_t nodes, cvr_comm *comm, cvr_edges *e)
{
    cvr_status status = CVR_OK;
    pairs p = {.nodes = nodes, .comm = comm};
    *e = (cvr_edges){.nodes = nodes};
    if (nodes >= INT32_MAX)
        CVR_FAIL(CVR_BAD_DATA, "%lld nodes are too many for a graph", (long long)nodes);
    if (path)
        CVR_TRY(cvr_lines_each(path, take_line, &p));
    CVR_TRY(cvr_alloc(nodes + 1, sizeof *e->start, "a graph", (void **)&e->start));
    CVR_TRY(cvr_alloc(2 * p.count, sizeof *e->node, "a graph", (void **)&e->node));
    place(&p, e);
    tidy(e);
done:
    cvr_release(p.end);
    return status;
}

void cvr_edges_free(cvr_edges *e)
{
    cvr_release(e->start);
    cvr_release(e->node);
    *e = (cvr_edges){0};
}

/* Nodes of a graph: the features of a row are its own and those of its neighbourhood,

       X = [H, A H, ..., A^K H]                                       (hops.c)

   H from the data files, edges and parts from theirs. Labels are looked at on the rows of
   the wanted part only; of those each has to have one. */
#include "data/load_nodes.h"

#include <string.h>

#include "base/bytes.h"
#include "data/columns.h"
#include "data/dataset.h"
#include "data/hops.h"
#include "data/load.h"
#include "data/parts.h"
#include "linalg/ops.h"

typedef struct nodes {
    const cvr_load *how;
    cvr_transform like; /* how->like, as it is for H; a view */
    cvr_load plain;     /* how H is read */
    cvr_parts parts;
    cvr_edges edges;
    cvr_dataset *all; /* H and the labels */
    int64_t *node;    /* the own ones of the wanted nodes */
    cvr_extent extent;
} nodes;

bool cvr_load_has_nodes(const cvr_load *how)
{
    return how->graph || how->split || how->row_sums;
}

/* Options that would give rows other numbers than the edges have. */
static cvr_status check(const cvr_load *how)
{
    const char *with = how->graph   ? "--graph"
                       : how->split ? "--split"
                                    : "--node-rows sum";
    const struct {
        bool given;
        const char *option;
    } apart[] = {{how->rows > 0, "--rows"},
                 {how->classes != NULL, "--classes"},
                 {how->missing != CVR_MISSING_ERROR, "--missing"},
                 {how->missing_indicator, "--missing-indicator"},
                 {how->descriptor != CVR_UNDESCRIBED, "--features"},
                 {how->mirror, "--mirror"}};
    if (how->graph && (how->hops < 0 || how->hops > CVR_HOPS_MOST))
        return cvr_fail(CVR_USAGE, "--hops %d: 0 to %d of them can be made", how->hops,
                        CVR_HOPS_MOST);
    for (size_t i = 0; i < sizeof apart / sizeof *apart; i++)
        if (apart[i].given)
            return cvr_fail(CVR_USAGE,
                            "%s and %s: rows are nodes, of which each is there "
                            "as it is",
                            with, apart[i].option);
    return CVR_OK;
}

/* H as any rows: its width is the raw one, its columns have no names. */
static void plan(nodes *n)
{
    const cvr_load *how = n->how;
    n->plain = *how;
    n->plain.graph = n->plain.split = NULL;
    n->plain.row_sums = false;
    n->parts.wanted = how->testing ? CVR_PART_TEST : CVR_PART_TRAIN;
    if (!how->like)
        return;
    n->like = *how->like;
    n->like.features = n->like.raw_features;
    n->plain.like = &n->like;
    n->plain.features = n->like.raw_features;
}

/* -1 is a label where it is one of two; among more it says that there is none. */
static cvr_status check_labels(const nodes *n)
{
    const cvr_dataset *d = n->all;
    bool several = d->task == CVR_CLASSIFY && d->classes > 2;
    for (int k = 0; several && k < d->classes; k++)
        if (strcmp(d->class_names[k], "-1") == 0)
            return cvr_fail(CVR_BAD_DATA,
                            "%s: a node of the part %s has the label -1, which says that "
                            "its class is not known",
                            d->source, cvr_part_name(n->parts.wanted));
    if (!cvr_columns_plain(&d->transform.columns))
        return cvr_fail(CVR_BAD_DATA,
                        "%s: features of nodes are numbers, without texts "
                        "and missing values",
                        d->source);
    return CVR_OK;
}

/* Which nodes are wanted, and which of these are the own ones. */
static cvr_status choose(nodes *n, int rank, int size)
{
    cvr_status status = CVR_OK;
    int64_t count = 0, all = n->all->rows;
    for (int64_t i = 0; i < all; i++)
        count += cvr_parts_want(&n->parts, i);
    int64_t first = cvr_block_begin(count, rank, size), place = 0;
    n->extent =
        (cvr_extent){count, first, cvr_block_begin(count, rank + 1, size) - first};
    CVR_TRY(cvr_alloc(n->extent.own, sizeof *n->node, "nodes", (void **)&n->node));
    for (int64_t i = 0; i < all; i++) {
        if (!cvr_parts_want(&n->parts, i))
            continue;
        if (place >= first && place < first + n->extent.own)
            n->node[place - first] = i;
        place++;
    }
done:
    return status;
}

/* What is known of H holds for X; classes move. */
static void describe(const nodes *n, cvr_dataset *d)
{
    cvr_dataset *from = n->all;
    d->task = from->task;
    d->classes = from->classes;
    d->class_names = from->class_names;
    from->class_names = NULL;
    from->classes = 0;
    d->transform = from->transform;
    d->transform.columns = (cvr_columns){0};
    d->transform.raw_features = from->X.cols;
    d->transform.features = d->X.cols;
    d->transform.hops = n->how->graph ? n->how->hops : 0;
    d->transform.row_sums = n->how->row_sums;
}

static cvr_status make(const nodes *n, cvr_dataset **data)
{
    cvr_status status = CVR_OK;
    const cvr_dataset *all = n->all;
    cvr_hops h = {n->how->graph ? n->how->hops : 0, n->how->row_sums, n->node};
    int64_t features = cvr_times(all->X.cols, h.hops + 1);
    if (features < 0 || features >= INT32_MAX)
        CVR_FAIL(CVR_BAD_DATA, "%s: %lld features and %d hops make too many columns",
                 all->source, (long long)all->X.cols, h.hops);
    CVR_TRY(cvr_dataset_new(all->source, n->how->type, n->extent, features, all->outputs,
                            data));
    CVR_TRY(cvr_hops_fill(all, &n->edges, &h, n->how->comm, (*data)->X));
    for (int64_t i = 0; i < n->extent.own; i++)
        for (int64_t k = 0; k < all->Y.cols; k++)
            cvr_set((*data)->Y, i, k, cvr_get(all->Y, n->node[i], k));
    describe(n, *data);
done:
    return status;
}

cvr_status cvr_load_nodes(const cvr_load *how, int rank, int size, cvr_dataset **data)
{
    nodes n = {.how = how};
    cvr_status status = CVR_OK;
    *data = NULL;
    CVR_TRY(check(how));
    plan(&n);
    if (how->split)
        CVR_TRY(cvr_parts_read(how->split, &n.parts));
    CVR_TRY(cvr_load_parts(&n.plain, n.parts.path ? &n.parts : NULL, &n.all));
    CVR_TRY(check_labels(&n));
    CVR_TRY(cvr_edges_read(how->graph, n.all->rows, how->comm, &n.edges));
    CVR_TRY(choose(&n, rank, size));
    CVR_TRY(make(&n, data));
done:
    if (status != CVR_OK) {
        cvr_dataset_free(*data);
        *data = NULL;
    }
    cvr_dataset_free(n.all);
    cvr_edges_free(&n.edges);
    cvr_parts_free(&n.parts);
    cvr_release(n.node);
    return status;
}

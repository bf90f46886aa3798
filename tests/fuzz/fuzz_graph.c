/* Any bytes as the edges of a graph, and as the parts of its nodes: neighbours of nodes
   that are there, or a sentence. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cvxrelu/comm.h>

#include "data/edges.h"
#include "data/parts.h"

enum { NODES = 50 };

static void use_edges(const char *path, cvr_comm *comm)
{
    cvr_edges e = {0};
    if (cvr_edges_read(path, NODES, comm, &e) == CVR_OK)
        for (int64_t i = 0; i < NODES; i++)
            for (int64_t k = e.start[i]; k < e.start[i + 1]; k++) {
                CVR_ASSERT(e.node[k] >= 0 && e.node[k] < NODES && e.node[k] != i);
                CVR_ASSERT(k == e.start[i] || e.node[k] > e.node[k - 1]);
            }
    cvr_edges_free(&e);
}

static void use_parts(const char *path)
{
    cvr_parts p = {.wanted = CVR_PART_TRAIN};
    int64_t wanted = 0;
    if (cvr_parts_read(path, &p) == CVR_OK && cvr_parts_check(&p, NODES) == CVR_OK) {
        for (int64_t i = 0; i < NODES; i++)
            wanted += cvr_parts_want(&p, i);
        CVR_ASSERT(wanted > 0 && wanted <= p.count);
    }
    cvr_parts_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static cvr_comm *comm;
    char path[64];
    int file = memfd_create("graph", 0);
    if (!comm)
        CVR_ASSERT(cvr_comm_open("serial", &comm) == CVR_OK);
    CVR_ASSERT(file >= 0 && write(file, bytes, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    use_edges(path, comm);
    use_parts(path);
    close(file);
    return 0;
}

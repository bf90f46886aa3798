/* What a backend has to have: memory, and the operations of operations.def once a type.

   dispatch.inc is the only caller. It has checked shapes, types and backends before it
   calls, so a kernel sees operands that fit; rows and columns may be zero. A kernel has
   the parameters of the public function of its name. */
#ifndef CVR_LINALG_BACKEND_H
#define CVR_LINALG_BACKEND_H

#include <stddef.h>

#include "linalg/cg_leaf.h"
#include "linalg/residual.h"
#include "linalg/type.h"

typedef struct cvr_kernels {
#define OP(A, name, parameters, operands, fits) void(*name) parameters;
#define VALUE(result, A, name, parameters, operands, fits) result(*name) parameters;
#include "linalg/operations.def"
#undef OP
#undef VALUE
} cvr_kernels;

struct cvr_backend {
    const char *name;
    bool host;   /* its addresses are the processor's */
    int variant; /* of a host: which of its compiled kernels, 0: plain, 1: AVX2 */
    /* count zeroed items of size bytes; what: for the sentence when there is no memory */
    cvr_status (*alloc)(int64_t count, size_t size, const char *what, void **data);
    void (*free)(void *data);
    int64_t (*available)(void); /* bytes that are free; NULL: the host's memory */
    /* By cvr_type. `copy` of a device, of the type of its result, takes matrices of the
       host too and any type. What is not required may be NULL. */
    const cvr_kernels *of[2];
    /* Its kernels for the operations of a family ("convex"), in one type, or NULL; NULL:
       it has none. */
    const void *(*family)(const char *name, cvr_type type);
};

/* A family's kernels: the processor's own, by variant and type, or the backend's. */
static inline const void *cvr_family_kernels(const cvr_backend *device, cvr_type type,
                                             const char *name,
                                             const void *const own[2][2])
{
    if (device->host)
        return own[device->variant][type];
    return device->family ? device->family(name, type) : NULL;
}

#endif

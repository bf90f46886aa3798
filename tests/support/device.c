/* Every kernel is the processor's, with the addresses of its operands put right. */
#include "device.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "ccp/ops.h"
#include "ccp/quadratic.h"
#include "convex/ops.h"
#include "deep/ops.h"
#include "model/ops.h"

/* With this bit no address is one of a program's. */
static const uintptr_t mark = (uintptr_t)1 << 55;

static _Atomic int64_t waits;

int64_t cvr_test_device_waits(void)
{
    return waits;
}

static void *marked(void *data)
{
    return (void *)((uintptr_t)data ^ mark);
}

static cvr_status take(int64_t count, size_t size, const char *what, void **data)
{
    cvr_status status = cvr_alloc(count, size, what, data);
    *data = status == CVR_OK ? marked(*data) : NULL;
    return status;
}

static void give(void *data)
{
    cvr_release(marked(data));
}

/* An operand as the processor's kernels see it. One of the host that is written to is
   waited for. */
static cvr_mat seen(cvr_mat A, bool written)
{
    waits += written && A.device->host;
    if (!A.device->host)
        A.data = A.data ? marked(A.data) : NULL;
    A.device = cvr_cpu();
    return A;
}

#define of_device(B, A) B
#define IN(A) seen(A, false)
#define OUT(A) seen(A, true)
#define OP(A, name, parameters, operands, fits)                                          \
    static void on_##name parameters                                                     \
    {                                                                                    \
        waits += #name[0] == 's' && #name[1] == 'e' && #name[2] == 't';                  \
        REAL(A)->name operands;                                                          \
    }
#define VALUE(result, A, name, parameters, operands, fits)                               \
    static result on_##name parameters                                                   \
    {                                                                                    \
        waits++;                                                                         \
        return REAL(A)->name operands;                                                   \
    }
/* The processor's kernels. */
#define REAL(A) cvr_cpu()->of[(A).type]
#include "linalg/operations.def"
#undef REAL
#define REAL(A) cvr_convex_kernels_of(cvr_cpu(), (A).type)
#include "convex/operations.def"
#undef REAL
#define REAL(A) cvr_deep_kernels_of(cvr_cpu(), (A).type)
#include "deep/operations.def"
#undef REAL
#define REAL(A) cvr_model_kernels_of(cvr_cpu(), (A).type)
#include "model/operations.def"
#undef REAL
#define REAL(A) cvr_ccp_kernels_of(cvr_cpu(), (A).type)
#include "ccp/operations.def"
#undef REAL
#define REAL(A) cvr_ccp_algorithms_of(cvr_cpu(), (A).type)
#include "ccp/algorithms.def"
#undef OP
#undef VALUE

#define OP(A, name, parameters, operands, fits) .name = on_##name,
#define VALUE(result, A, name, parameters, operands, fits) OP(A, name, , , )
static const cvr_kernels all = {
#include "linalg/operations.def"
};
static const cvr_convex_kernels convex = {
#include "convex/operations.def"
};
static const cvr_deep_kernels deep = {
#include "deep/operations.def"
};
static const cvr_model_kernels model = {
#include "model/operations.def"
};
static const cvr_ccp_kernels ccp = {
#include "ccp/operations.def"
};
static const cvr_ccp_algorithms algorithms = {
#include "ccp/algorithms.def"
};

#define REQUIRED_ONLY
static const cvr_kernels required = {
#include "linalg/operations.def"
};

static const void *family(const char *name, cvr_type type)
{
    static const struct {
        const char *name;
        const void *kernels;
    } rows[] = {{"convex", &convex},
                {"deep", &deep},
                {"model", &model},
                {"ccp", &ccp},
                {"algorithms of ccp", &algorithms}};
    (void)type;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].name, name) == 0)
            return rows[i].kernels;
    return NULL;
}

static const cvr_backend device = {.name = "a device",
                                   .alloc = take,
                                   .free = give,
                                   .of = {&all, &all},
                                   .family = family};
static const cvr_backend bare = {
    .name = "a bare device", .alloc = take, .free = give, .of = {&required, &required}};

const cvr_backend *cvr_test_device(void)
{
    return &device;
}

const cvr_backend *cvr_test_device_bare(void)
{
    return &bare;
}

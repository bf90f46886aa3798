/* The operations: checks that operands fit, then calls the backend's kernel. */
#include "linalg/ops.h"

#include "base/fail.h"
#include "linalg/backend.h"

static const cvr_kernels *kernels(cvr_mat A)
{
    CVR_ASSERT(A.device != NULL);
    CVR_ASSERT(A.type == CVR_DOUBLE || A.type == CVR_SINGLE);
    return A.device->of[A.type];
}

static bool alike(cvr_mat A, cvr_mat B)
{
    return A.device == B.device && A.type == B.type;
}

static bool same(cvr_mat A, cvr_mat B)
{
    return alike(A, B) && A.rows == B.rows && A.cols == B.cols;
}

/* v has an entry for each of count. */
static bool lists(cvr_mat v, int64_t count, cvr_mat A)
{
    return alike(v, A) && v.rows == count && v.cols == 1;
}

/* s takes count sums of A, where A is or on the host. */
static bool takes(cvr_mat s, int64_t count, cvr_mat A)
{
    return (s.device == A.device || s.device->host) && s.type == CVR_DOUBLE &&
           s.rows == count && s.cols == 1;
}

static bool square(cvr_mat A)
{
    return A.rows == A.cols;
}

/* Z (n x m P) goes with D (n x P) read cyclically. */
static bool cycles(cvr_mat Z, cvr_mat D)
{
    return alike(Z, D) && Z.rows == D.rows &&
           (D.cols > 0 ? Z.cols % D.cols == 0 : Z.cols == 0);
}

/* The columns of A are whole rounds of groups. */
static bool rounds(cvr_mat A, int64_t groups)
{
    return groups > 0 ? A.cols % groups == 0 : A.cols == 0;
}

/* C is op(A) op(B). */
static bool multiplies(cvr_mat C, cvr_trans ta, cvr_mat A, cvr_trans tb, cvr_mat B)
{
    return C.type == A.type && C.device == A.device &&
           C.rows == (ta == CVR_N ? A.rows : A.cols) &&
           C.cols == (tb == CVR_N ? B.cols : B.rows) &&
           (ta == CVR_N ? A.cols : A.rows) == (tb == CVR_N ? B.rows : B.cols);
}

/* B where the backend is A's, if that is the one that is not the processor. */
static cvr_mat of_device(cvr_mat B, cvr_mat A)
{
    CVR_ASSERT(A.device && B.device);
    B.device = B.device->host ? A.device : B.device;
    return B;
}

/* ---- on the host ------------------------------------------------------------------- */

/* Operands of a backend that lacks an operation, on the host while it is done there. */
typedef struct visit {
    cvr_mat from[8], copy[8];
    bool written[8];
    int count;
} visit;

/* Without memory for a copy the program stops. */
static cvr_mat bring(visit *v, cvr_mat A, bool written)
{
    cvr_mat *copy = &v->copy[v->count];
    cvr_status status = cvr_mat_new(cvr_cpu(), A.type, A.rows, A.cols, copy);
    CVR_ASSERT(status == CVR_OK && v->count < 8);
    if (A.device && A.data)
        cvr_copy(*copy, A);
    v->from[v->count] = A;
    v->written[v->count++] = written;
    return *copy;
}

static void put_back(visit *v)
{
    for (int k = 0; k < v->count; k++) {
        if (v->written[k])
            cvr_copy(v->from[k], v->copy[k]);
        cvr_mat_free(&v->copy[k]);
    }
}

#define OPTIONAL_ONLY
#define IN(A) bring(&guests, A, false)
#define OUT(A) bring(&guests, A, true)
#define OP(A, name, parameters, operands, fits)                                          \
    static void visit_##name parameters                                                  \
    {                                                                                    \
        visit guests = {0};                                                              \
        cvr_cpu()->of[(A).type]->name operands;                                          \
        put_back(&guests);                                                               \
    }
#define VALUE(result, A, name, parameters, operands, fits)                               \
    static result visit_##name parameters                                                \
    {                                                                                    \
        visit guests = {0};                                                              \
        result value = cvr_cpu()->of[(A).type]->name operands;                           \
        put_back(&guests);                                                               \
        return value;                                                                    \
    }
#include "linalg/operations.def"
#undef OP
#undef VALUE
#undef IN
#undef OUT

/* ---- where the operands lie -------------------------------------------------------- */

#define IN(A) A
#define OUT(A) A
#define OP(A, name, parameters, operands, fits)                                          \
    void cvr_##name parameters                                                           \
    {                                                                                    \
        CVR_ASSERT(fits);                                                                \
        if (kernels(A)->name)                                                            \
            kernels(A)->name operands;                                                   \
        else                                                                             \
            visit_##name operands;                                                       \
    }
#define VALUE(result, A, name, parameters, operands, fits)                               \
    result cvr_##name parameters                                                         \
    {                                                                                    \
        CVR_ASSERT(fits);                                                                \
        return kernels(A)->name ? kernels(A)->name operands : visit_##name operands;     \
    }
#include "linalg/operations.def"
#undef OP
#undef VALUE
#undef OPTIONAL_ONLY

#define REQUIRED_ONLY
#define OP(A, name, parameters, operands, fits)                                          \
    void cvr_##name parameters                                                           \
    {                                                                                    \
        CVR_ASSERT(fits);                                                                \
        kernels(A)->name operands;                                                       \
    }
#define VALUE(result, A, name, parameters, operands, fits)                               \
    result cvr_##name parameters                                                         \
    {                                                                                    \
        CVR_ASSERT(fits);                                                                \
        return kernels(A)->name operands;                                                \
    }
#include "linalg/operations.def"

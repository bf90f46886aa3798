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

#define IN(A) A
#define OUT(A) A
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

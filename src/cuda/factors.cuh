/* Factors in one type: cuSOLVER's Cholesky, QR, SVD and eigenvalues, and pivoted Cholesky,
   which it does not have; cuda.cu includes this. */

static inline blas_of<double> *blas_functions(double)
{
    return &gpu.blas.d;
}

static inline blas_of<float> *blas_functions(float)
{
    return &gpu.blas.s;
}

/* BLAS wants a leading dimension of at least 1, also of nothing. */
static inline int lead(cvr_mat A)
{
    return A.ld > 0 ? (int)A.ld : 1;
}

/* The number of the first entry of the diagonal that is no number, from 1, where the
   factor has none of its own. */
template <class T> CVR_KERNEL void finite_kernel(int64_t n, view<T> a, int *info)
{
    if (threadIdx.x == 0)
        for (int64_t j = 0; j < n && *info == 0; j++)
            *info = isfinite((double)a(j, j)) ? 0 : (int)(j + 1);
}

/* ---- Cholesky with pivots ---------------------------------------------------------- */

/* Where it stands, on the device. */
struct pivoting {
    double least, largest; /* a pivot is above; of the first diagonal */
    int stop;              /* the rank is found */
    int rank, chosen;      /* of this step: the row that comes next */
};

/* The larger value, of equals the first, of a block's threads. */
CVR_ON_DEVICE static void choose_largest(double *value, int *place)
{
    CVR_BLOCK_SHARED double values[THREADS];
    CVR_BLOCK_SHARED int places[THREADS];
    int me = (int)threadIdx.x;
    values[me] = *value, places[me] = *place;
    __syncthreads();
    for (int half = THREADS / 2; half > 0; half /= 2) {
        if (me < half &&
            (values[me + half] > values[me] ||
             (values[me + half] == values[me] && places[me + half] < places[me]))) {
            values[me] = values[me + half];
            places[me] = places[me + half];
        }
        __syncthreads();
    }
    *value = values[0], *place = places[0];
    __syncthreads();
}

/* Step j: sums d of the squares of this panel's entries, which begins at column first, and
   the row whose diagonal is the largest without them. */
template <class T>
CVR_KERNEL void pivot_kernel(int j, int first, int n, view<T> a, double *d, pivoting *s)
{
    double most = -1;
    int place = n;
    for (int i = j + (int)threadIdx.x; i < n; i += (int)blockDim.x) {
        double x = j > first ? (double)a(i, j - 1) : 0;
        d[i] = j > first ? d[i] + x * x : 0;
        double left = (double)a(i, i) - d[i];
        if (left > most || (left == most && i < place))
            most = left, place = i;
    }
    choose_largest(&most, &place);
    if (threadIdx.x == 0 && !s->stop) {
        s->stop = !(most > s->least) || !(most > 0);
        s->chosen = s->stop ? j : place;
        s->rank += s->stop ? 0 : 1;
    }
}

/* Rows and columns j and s->chosen change places, in the lower triangle; the diagonal of
   the factor. */
template <class T>
CVR_KERNEL void exchange_kernel(int j, int n, view<T> a, double *d, int *pivot,
                                const pivoting *s)
{
    int p = s->chosen;
    if (s->stop)
        return;
    for (int i = (int)threadIdx.x; i < n && p != j; i += (int)blockDim.x) {
        T *x = i < j ? &a(j, i) : &a(i, j);
        T *y = i < p ? &a(p, i) : &a(i, p);
        if (i == j || i == p)
            continue;
        T kept = *x;
        *x = *y, *y = kept;
    }
    if (threadIdx.x > 0)
        return;
    double diagonal = (double)a(p, p) - d[p];
    int kept = pivot[j];
    a(p, p) = a(j, j);
    d[p] = d[j];
    pivot[j] = pivot[p], pivot[p] = kept;
    a(j, j) = (T)sqrt(diagonal);
}

/* Column j below the diagonal, less what the panel's columns before it tell of it. */
template <class T>
CVR_KERNEL void column_kernel(int j, int first, int n, view<T> a, const pivoting *s)
{
    int step = (int)(gridDim.x * blockDim.x);
    if (s->stop)
        return;
    for (int i = j + 1 + (int)(blockIdx.x * blockDim.x + threadIdx.x); i < n; i += step) {
        double x = (double)a(i, j);
        for (int k = first; k < j; k++)
            x -= (double)a(i, k) * (double)a(j, k);
        a(i, j) = (T)(x / (double)a(j, j));
    }
}

template <class T>
CVR_KERNEL void start_kernel(int n, view<T> a, double tolerance, double unit, int *pivot,
                             pivoting *s)
{
    double most = 0;
    for (int i = (int)threadIdx.x; i < n; i += (int)blockDim.x) {
        most = leaf_larger(most, (double)a(i, i));
        pivot[i] = i;
    }
    most = largest_of(most);
    if (threadIdx.x > 0)
        return;
    s->largest = most;
    s->least = (tolerance > 0 ? tolerance : n * unit) * most;
    s->stop = !(most > 0);
    s->rank = 0;
}

/* ---- all --------------------------------------------------------------------------- */

/* A call of cuSOLVER or cuBLAS as a status. */
static cvr_status called(int code, const char *what)
{
    return code == 0 ? CVR_OK
                     : gpu.host->fail(CVR_NUMERICAL, "the device failed in %s: code %d",
                                      what, code);
}

/* For functions that have taken nothing. */
#define OR_LEAVE(call)                                                                   \
    do {                                                                                 \
        cvr_status left = (call);                                                        \
        if (left != CVR_OK)                                                              \
            return left;                                                                 \
    } while (0)

template <class T> struct factor_kernels {
    /* Scratch for a call of cuSOLVER: size numbers, then count more, which are given;
       CVR_NO_MEMORY. */
    static cvr_status room(int64_t size, int64_t count, T **work, T **more)
    {
        *work = (T *)try_scratch((size_t)(size + count + 8) * sizeof(T));
        if (!*work)
            return gpu.host->fail(CVR_NO_MEMORY,
                                  "%lld numbers of work for a factor: the device has no "
                                  "memory for them",
                                  (long long)(size + count));
        *more = *work + size;
        return CVR_OK;
    }

    static int *outcome(void)
    {
        return (int *)(gpu.total + SUMS - 1);
    }

    static int read_outcome(void)
    {
        int failed = 0;
        must(cudaMemcpyAsync(&failed, outcome(), sizeof failed, cudaMemcpyDeviceToHost,
                             gpu.stream),
             "reading a factor's outcome");
        wait_for();
        return failed;
    }

    /* Entries that are no numbers; lower: of the lower triangle. */
    static bool all_finite(cvr_mat A, bool lower)
    {
        view<T> a = on<T>(A);
        return sum_of(
                   A.rows, A.cols, ADD {
                       x[0] += (i >= j || !lower) && !isfinite((double)a(i, j)) ? 1 : 0;
                   }) == 0;
    }

    static cvr_status potrf(cvr_mat A)
    {
        int n = (int)A.rows, size = 0, failed;
        blas_of<T> *of = blas_functions(T());
        T *work, *none;
        if (n == 0)
            return CVR_OK;
        OR_LEAVE(called(
            of->potrf_size(gpu.blas.solver, BLAS_LOWER, n, (T *)A.data, lead(A), &size),
            "Cholesky's sizes"));
        OR_LEAVE(room(size, 0, &work, &none));
        OR_LEAVE(called(of->potrf(gpu.blas.solver, BLAS_LOWER, n, (T *)A.data, lead(A),
                                  work, size, outcome()),
                        "Cholesky"));
        CVR_START(finite_kernel<T>, 1, (int64_t)n, on<T>(A), outcome());
        failed = read_outcome();
        if (failed != 0)
            return gpu.host->fail(CVR_NUMERICAL,
                                  "a matrix of order %d is not positive definite: pivot "
                                  "%d",
                                  n, failed);
        return CVR_OK;
    }

    /* A = Q R by reflections, then Q: both take the larger of their workspaces. */
    static cvr_status orthonormalise(cvr_mat A)
    {
        int m = (int)A.rows, k = (int)A.cols, size[2] = {0, 0};
        blas_of<T> *of = blas_functions(T());
        T *a = (T *)A.data, *work = NULL, *tau = NULL;
        if (m == 0 || k == 0)
            return CVR_OK;
        if (!all_finite(A, false))
            return gpu.host->fail(CVR_NUMERICAL,
                                  "cannot orthonormalise %d columns: not finite", k);
        OR_LEAVE(called(of->geqrf_size(gpu.blas.solver, m, k, a, lead(A), &size[0]),
                        "QR's sizes"));
        OR_LEAVE(called(of->orgqr_size(gpu.blas.solver, m, k, k, a, lead(A), a, &size[1]),
                        "Q's sizes"));
        int most = size[0] > size[1] ? size[0] : size[1];
        OR_LEAVE(room(most, k, &work, &tau));
        OR_LEAVE(called(
            of->geqrf(gpu.blas.solver, m, k, a, lead(A), tau, work, most, outcome()),
            "QR"));
        OR_LEAVE(called(
            of->orgqr(gpu.blas.solver, m, k, k, a, lead(A), tau, work, most, outcome()),
            "Q of QR"));
        return CVR_OK;
    }

    /* U in place of A. */
    static cvr_status svd(cvr_mat A, cvr_mat s)
    {
        int m = (int)A.rows, k = (int)A.cols, size = 0;
        blas_of<T> *of = blas_functions(T());
        T *work = NULL, *more = NULL;
        if (m == 0 || k == 0)
            return CVR_OK;
        if (!all_finite(A, false))
            return gpu.host->fail(CVR_NUMERICAL,
                                  "no singular values of a %d x %d matrix: not finite", m,
                                  k);
        OR_LEAVE(called(of->gesvd_size(gpu.blas.solver, m, k, &size), "SVD's sizes"));
        OR_LEAVE(room(size, k, &work, &more));
        OR_LEAVE(
            called(of->gesvd(gpu.blas.solver, 'O', 'N', m, k, (T *)A.data, lead(A),
                             (T *)s.data, NULL, m, NULL, k, work, size, more, outcome()),
                   "SVD"));
        if (read_outcome() != 0)
            return gpu.host->fail(CVR_NUMERICAL,
                                  "singular values of a %d x %d matrix: no convergence",
                                  m, k);
        return CVR_OK;
    }

    /* Eigenvectors in place of A. */
    static cvr_status eigh(cvr_mat A, cvr_mat w)
    {
        int n = (int)A.rows, size = 0;
        blas_of<T> *of = blas_functions(T());
        T *a = (T *)A.data, *values = (T *)w.data, *work, *none;
        if (n == 0)
            return CVR_OK;
        if (!all_finite(A, true))
            return gpu.host->fail(CVR_NUMERICAL,
                                  "no eigenvalues of a %d x %d matrix: not finite", n, n);
        OR_LEAVE(called(of->syevd_size(gpu.blas.solver, BLAS_VECTORS, BLAS_LOWER, n, a,
                                       lead(A), values, &size),
                        "sizes of eigenvalues"));
        OR_LEAVE(room(size, 0, &work, &none));
        OR_LEAVE(called(of->syevd(gpu.blas.solver, BLAS_VECTORS, BLAS_LOWER, n, a,
                                  lead(A), values, work, size, outcome()),
                        "eigenvalues"));
        if (read_outcome() != 0)
            return gpu.host->fail(
                CVR_NUMERICAL, "eigenvalues of a %d x %d matrix: no convergence", n, n);
        return CVR_OK;
    }

    /* What is right of and below a panel of columns, without it. */
    static void update(cvr_mat A, int first, int end)
    {
        T minus = -1, one = 1, *a = (T *)A.data;
        int n = (int)A.rows;
        if (end < n)
            must_blas(blas_functions(T())->syrk(
                          gpu.blas.blas, BLAS_LOWER, BLAS_N, n - end, end - first, &minus,
                          a + end + (int64_t)first * A.ld, lead(A), &one,
                          a + end + (int64_t)end * A.ld, lead(A)),
                      "an update of pivoted Cholesky");
    }

    /* Panels of columns; the host asks after each whether the rank is found. */
    static int factor(cvr_mat A, double *d, int *pivot, pivoting *s)
    {
        const int PANEL = 64, n = (int)A.rows;
        pivoting now = {};
        for (int first = 0; first < n && !now.stop; first += PANEL) {
            int end = first + PANEL < n ? first + PANEL : n;
            for (int j = first; j < end; j++) {
                CVR_START(pivot_kernel<T>, 1, j, first, n, on<T>(A), d, s);
                CVR_START(exchange_kernel<T>, 1, j, n, on<T>(A), d, pivot,
                          (const pivoting *)s);
                CVR_START(column_kernel<T>, blocks_for(n - j, BLOCKS), j, first, n,
                          on<T>(A), (const pivoting *)s);
            }
            must(cudaMemcpyAsync(&now, s, sizeof now, cudaMemcpyDeviceToHost, gpu.stream),
                 "reading a rank");
            wait_for();
            if (!now.stop)
                update(A, first, end);
        }
        return now.rank;
    }

    /* LAPACK's pstrf: the largest diagonal that is left comes next. */
    static cvr_status pstrf(cvr_mat A, double tolerance, int64_t *pivot, int64_t *rank)
    {
        int n = (int)A.rows;
        double unit = sizeof(T) == 8 ? 1.1102230246251565e-16 : 5.9604644775390625e-08;
        size_t bytes = sizeof(pivoting) + (size_t)n * (sizeof(double) + sizeof(int));
        *rank = 0;
        if (n == 0)
            return CVR_OK;
        if (!all_finite(A, true))
            return gpu.host->fail(CVR_NUMERICAL, "a matrix of order %d is not finite", n);
        pivoting *s = (pivoting *)try_scratch(bytes);
        int *places = (int *)malloc((size_t)n * sizeof *places);
        if (!s || !places) {
            free(places);
            return gpu.host->fail(CVR_NO_MEMORY, "pivots: there is no memory for them");
        }
        double *d = (double *)(s + 1);
        int *chosen = (int *)(d + n);
        CVR_START(start_kernel<T>, 1, n, on<T>(A), tolerance, unit, chosen, s);
        *rank = factor(A, d, chosen, s);
        must(cudaMemcpyAsync(places, chosen, (size_t)n * sizeof *places,
                             cudaMemcpyDeviceToHost, gpu.stream),
             "reading pivots");
        wait_for();
        for (int i = 0; i < n; i++)
            pivot[i] = places[i];
        free(places);
        view<T> a = on<T>(A);
        map(
            n, *rank, AT {
                if (i < j)
                    a(i, j) = 0;
            });
        return CVR_OK;
    }
};

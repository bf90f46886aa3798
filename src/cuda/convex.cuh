/* The operations of the convex family (convex/operations.def) in one type; cuda.cu
   includes this. */

/* ---- groups: columns g, g + groups, ... -------------------------------------------- */

/* The largest size of a block's entries of group g, and its norm: entry by entry in units
   of the largest where squares leave the range of numbers. */
template <class T>
CVR_ON_DEVICE double group_norm(view<T> a, int64_t rows, int64_t cols, int64_t g,
                                int64_t groups)
{
    const double low = 2.2250738585072014e-308 / 2.220446049250313e-16;
    int64_t count = rows * ((cols - g + groups - 1) / groups);
    sums<1> s = {};
    for (int64_t k = threadIdx.x; k < count; k += blockDim.x) {
        double x = (double)a(k % rows, g + k / rows * groups);
        s.x[0] += x * x;
    }
    add_up(s);
    if (s.x[0] != s.x[0] || (s.x[0] >= low && s.x[0] <= 1.7976931348623157e308))
        return sqrt(s.x[0]);
    double most = 0;
    for (int64_t k = threadIdx.x; k < count; k += blockDim.x)
        most = leaf_larger(
            most, leaf_absolute((double)a(k % rows, g + k / rows * groups)));
    most = largest_of(most);
    if (most == 0 || isinf(most))
        return most;
    s.x[0] = 0;
    for (int64_t k = threadIdx.x; k < count; k += blockDim.x) {
        double x = (double)a(k % rows, g + k / rows * groups) / most;
        s.x[0] += x * x;
    }
    add_up(s);
    return most * sqrt(s.x[0]);
}

template <class T>
CVR_KERNEL void group_norms_kernel(view<T> a, int64_t rows, int64_t cols, int64_t groups,
                                   double *norms)
{
    for (int64_t g = blockIdx.x; g < groups; g += gridDim.x) {
        double size = group_norm(a, rows, cols, g, groups);
        if (threadIdx.x == 0)
            norms[g] = size;
    }
}

template <class T>
CVR_KERNEL void group_shrink_kernel(view<T> v, view<T> m, int64_t rows, int64_t cols,
                                    int64_t groups, double t)
{
    for (int64_t g = blockIdx.x; g < groups && g < cols; g += gridDim.x) {
        int64_t count = rows * ((cols - g + groups - 1) / groups);
        sums<1> s = {};
        for (int64_t k = threadIdx.x; k < count; k += blockDim.x) {
            double x = (double)m(k % rows, g + k / rows * groups);
            s.x[0] += x * x;
        }
        add_up(s);
        T by = (T)leaf_shrinkage(sqrt(s.x[0]), t);
        for (int64_t k = threadIdx.x; k < count; k += blockDim.x)
            v(k % rows, g + k / rows * groups) = by * m(k % rows, g + k / rows * groups);
    }
}

/* rows x cols; group g is the columns g, g + groups, g + 2 groups ... */
struct grouped {
    int64_t rows, cols, groups;
};

/* The step of one block's groups, and its sums. */
template <class T>
CVR_KERNEL void shrink_step_kernel(view<T> m, view<T> v, view<T> u, grouped shape,
                                   T a, double t, double *out)
{
    int64_t rows = shape.rows, cols = shape.cols, groups = shape.groups;
    sums<5> all = {};
    for (int64_t g = blockIdx.x; g < groups && g < cols; g += gridDim.x) {
        int64_t count = rows * ((cols - g + groups - 1) / groups);
        sums<1> s = {};
        for (int64_t k = threadIdx.x; k < count; k += blockDim.x) {
            int64_t i = k % rows, j = g + k / rows * groups;
            T now = m(i, j) + a * (u(i, j) - v(i, j));
            m(i, j) = now;
            s.x[0] += (double)now * (double)now;
        }
        add_up(s);
        T by = (T)leaf_shrinkage(sqrt(s.x[0]), t);
        for (int64_t k = threadIdx.x; k < count; k += blockDim.x) {
            int64_t i = k % rows, j = g + k / rows * groups;
            T now = by * m(i, j);
            double p = (double)(u(i, j) - now), d = (double)(now - v(i, j));
            double l = (double)(m(i, j) - now);
            all.x[0] += p * p;
            all.x[1] += d * d;
            all.x[2] += (double)u(i, j) * (double)u(i, j);
            all.x[3] += (double)now * (double)now;
            all.x[4] += l * l;
            v(i, j) = now;
        }
    }
    add_up(all);
    if (threadIdx.x == 0)
        for (int k = 0; k < 5; k++)
            out[blockIdx.x * 5 + k] = all.x[k];
}

/* A block a column: the largest x < -w, minus the least x > w, and how many lie between,
   where w > 0. */
template <class T>
CVR_KERNEL void ties_kernel(view<T> n, view<T> z, view<T> r, view<T> b, int64_t rows,
                            int64_t cols, double t)
{
    for (int64_t j = blockIdx.x; j < cols; j += gridDim.x) {
        T p = (T)(t * (double)b(j, 0)), q = (T)(t * (double)b(j, 1));
        double low = -INFINITY, high = -INFINITY;
        sums<1> s = {};
        for (int64_t i = threadIdx.x; i < rows; i += blockDim.x) {
            T x = z(i, j), w = r(i, 0) * p + q;
            low = x < -w ? leaf_larger(low, (double)x) : low;
            high = x > w ? leaf_larger(high, -(double)x) : high;
            s.x[0] += x >= -w && x <= w && w > 0 ? 1 : 0;
        }
        low = largest_of(low), high = largest_of(high);
        add_up(s);
        if (threadIdx.x == 0)
            n(0, j) = (T)low, n(1, j) = (T)high, n(2, j) = (T)s.x[0];
    }
}

static inline int blocks_of(int64_t groups)
{
    const int64_t most = BLOCKS;
    return (int)(groups < 1 ? 1 : groups < most ? groups : most);
}

template <class T> struct convex_kernels {
    static void group_soft_threshold(cvr_mat V, cvr_mat M, int64_t groups, double t)
    {
        CVR_START(group_shrink_kernel<T>, blocks_of(groups), on<T>(V), on<T>(M), M.rows,
                  M.cols, groups, t);
    }

    static void put_group_norms(cvr_mat s, cvr_mat A, int64_t groups)
    {
        double *norms = (double *)s.data;
        if (groups == 0)
            return;
        if (s.device->host)
            norms = (double *)scratch((size_t)groups * sizeof *norms);
        CVR_START(group_norms_kernel<T>, blocks_of(groups), on<T>(A), A.rows, A.cols,
                  groups, norms);
        if (s.device->host)
            fetch((double *)s.data, norms, groups);
    }

    static void put_shrink_step(cvr_mat s, cvr_mat M, cvr_mat V, cvr_mat U,
                                int64_t groups, double a, double t)
    {
        double *out = s.device->host ? gpu.total : (double *)s.data;
        int blocks = blocks_of(groups);
        const grouped shape = {M.rows, M.cols, groups};
        CVR_START(shrink_step_kernel<T>, blocks, on<T>(M), on<T>(V), on<T>(U), shape, (T)a,
                  t, gpu.partial);
        CVR_START((total_kernel<5>), 1, blocks, (const double *)gpu.partial, out);
        if (s.device->host)
            fetch((double *)s.data, out, 5);
    }

    static void put_cone_step(cvr_mat s, cvr_mat M, cvr_mat D, cvr_mat Z, double by)
    {
        view<T> m = on<T>(M), d = on<T>(D), z = on<T>(Z);
        int64_t gates = D.cols;
        T a = (T)by;
        put<5>(s, M.rows, M.cols, ADD {
            T old = leaf_inside(m(i, j)), g = leaf_turn(d(i, j % gates), z(i, j));
            T now = m(i, j) + a * (g - old);
            T in = leaf_inside(now), nu = now - in;
            double p = (double)(g - in), q = (double)(in - old);
            x[0] += p * p;
            x[1] += q * q;
            x[2] += (double)g * (double)g;
            x[3] += (double)in * (double)in;
            x[4] += (double)nu * (double)nu;
            m(i, j) = now;
        });
    }

    static void cone_target(cvr_mat A, cvr_mat D, cvr_mat M, double k)
    {
        view<T> t = on<T>(A), d = on<T>(D), m = on<T>(M);
        int64_t gates = D.cols;
        T c = (T)k;
        map(M.rows, M.cols,
            AT { t(i, j) = leaf_cone_target(d(i, j % gates), m(i, j), c); });
    }

    static void cone_rescale(cvr_mat M, double c)
    {
        view<T> m = on<T>(M);
        T k = (T)c;
        map(M.rows, M.cols, AT { m(i, j) = leaf_cone_rescale(m(i, j), k); });
    }

    static void cone_multiplier(cvr_mat A, cvr_mat D, cvr_mat M, double k, double a)
    {
        view<T> t = on<T>(A), d = on<T>(D), m = on<T>(M);
        int64_t gates = D.cols;
        T c = (T)k, b = (T)a;
        map(M.rows, M.cols, AT {
            T more = leaf_cone_multiplier(d(i, j % gates), m(i, j), c);
            t(i, j) = (b == 0 ? 0 : b * t(i, j)) + more;
        });
    }

    static void cone_violation(cvr_mat Q, cvr_mat D, cvr_mat Z)
    {
        view<T> q = on<T>(Q), d = on<T>(D), z = on<T>(Z);
        int64_t gates = D.cols;
        map(Z.rows, Z.cols, AT {
            T excess = leaf_cone_excess(d(i, j % gates), z(i, j));
            q(i, j) = excess > q(i, j) ? excess : q(i, j);
        });
    }

    static void cone_slack(cvr_mat v, cvr_mat D, cvr_mat Z)
    {
        view<T> c = on<T>(v), d = on<T>(D), z = on<T>(Z);
        int64_t gates = D.cols;
        largest_of_cols(
            Z.rows, Z.cols, -INFINITY,
            AT->double { return (double)leaf_cone_excess(d(i, j % gates), z(i, j)); },
            OUT_OF(high) { c(j, 0) = -(T)high; });
    }

    static void cone_distance(cvr_mat v, cvr_mat D, cvr_mat Z, cvr_mat H)
    {
        view<T> c = on<T>(v), d = on<T>(D), z = on<T>(Z), h = on<T>(H);
        int64_t gates = D.cols;
        largest_of_cols(
            Z.rows, Z.cols, 0, AT->double {
                int64_t p = j % gates;
                return (double)leaf_cone_distance(d(i, p), z(i, j), h(i, p));
            },
            OUT_OF(far) { c(j, 0) = (T)far; });
    }

    static void gate_ties(cvr_mat N, cvr_mat Z, cvr_mat r, cvr_mat B, double t)
    {
        if (Z.cols > 0)
            CVR_START(ties_kernel<T>, blocks_of(Z.cols), on<T>(N), on<T>(Z), on<T>(r),
                      on<T>(B), Z.rows, Z.cols, t);
    }

    /* A block of columns of D D' at a time, from the diagonal down. */
    static cvr_status gate_gram(cvr_mat W, cvr_mat D)
    {
        const int64_t most = 256;
        int64_t n = W.rows, width = most < n ? most : n;
        for (int64_t first = 0; first < n; first += width) {
            int64_t rows = n - first, cols = width < rows ? width : rows;
            cvr_mat G = W, A = D, B = D;
            G.rows = G.ld = rows;
            G.cols = cols;
            G.data = scratch((size_t)(rows * cols) * sizeof(T));
            A.data = B.data = (T *)D.data + first;
            A.rows = rows;
            B.rows = cols;
            linalg_kernels<T>::gemm(G, 1, CVR_N, A, CVR_T, B, 0);
            view<T> w = on<T>(W), g = on<T>(G);
            map(rows, cols, AT {
                if (i >= j)
                    w(first + i, first + j) *= g(i, j);
            });
        }
        return CVR_OK;
    }

    static cvr_convex_kernels make(void)
    {
        cvr_convex_kernels k = {};
        k.group_soft_threshold = group_soft_threshold;
        k.put_group_norms = put_group_norms, k.put_shrink_step = put_shrink_step;
        k.put_cone_step = put_cone_step, k.cone_target = cone_target;
        k.cone_rescale = cone_rescale, k.cone_multiplier = cone_multiplier;
        k.cone_violation = cone_violation, k.cone_slack = cone_slack;
        k.cone_distance = cone_distance, k.gate_gram = gate_gram;
        k.gate_ties = gate_ties;
        return k;
    }

    static const cvr_convex_kernels table;
};

template <class T>
const cvr_convex_kernels convex_kernels<T>::table = convex_kernels<T>::make();

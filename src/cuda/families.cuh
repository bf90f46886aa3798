/* The operations of the families (convex, deep, model, ccp: operations.def of each) in
   one type; cuda.cu includes this. */

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

static inline int blocks_of(int64_t groups)
{
    return (int)(groups < 1 ? 1 : groups < BLOCKS ? groups : BLOCKS);
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
        return k;
    }

    static const cvr_convex_kernels table;
};

template <class T>
const cvr_convex_kernels convex_kernels<T>::table = convex_kernels<T>::make();

/* ---- the deep family --------------------------------------------------------------- */

template <class T> struct deep_kernels {
    static void relu_prox(cvr_mat Z, cvr_mat A, cvr_mat M, double g, double b)
    {
        view<T> z = on<T>(Z), a = on<T>(A), m = on<T>(M);
        T kappa = (T)(sqrt(1 + g / b) - 1), p = (T)(g / (g + b)), q = (T)(b / (g + b));
        map(Z.rows, Z.cols,
            AT { z(i, j) = leaf_relu_prox(a(i, j), m(i, j), kappa, p, q); });
    }

    static void relu_pull(cvr_mat Z, cvr_mat M, double g, double b)
    {
        view<T> z = on<T>(Z), m = on<T>(M);
        T kappa = (T)(sqrt(1 + g / b) - 1), p = (T)(g / (g + b)), q = (T)(b / (g + b));
        map(Z.rows, Z.cols, AT {
            z(i, j) = leaf_relu_prox(leaf_positive(m(i, j)) + z(i, j), m(i, j), kappa, p,
                                     q);
        });
    }

    static cvr_deep_kernels make(void)
    {
        cvr_deep_kernels k = {};
        k.relu_prox = relu_prox, k.relu_pull = relu_pull;
        return k;
    }

    static const cvr_deep_kernels table;
};

template <class T>
const cvr_deep_kernels deep_kernels<T>::table = deep_kernels<T>::make();

/* ---- losses and kernels ------------------------------------------------------------ */

template <class T> struct model_kernels {
    static void hinge_prox(cvr_mat Z, cvr_mat Y, double t)
    {
        view<T> z = on<T>(Z), y = on<T>(Y);
        T c = (T)t;
        map(Z.rows, Z.cols, AT { z(i, j) = leaf_hinge_prox(z(i, j), y(i, j), c); });
    }

    static double hinge_loss(cvr_mat Z, cvr_mat Y)
    {
        view<T> z = on<T>(Z), y = on<T>(Y);
        return sum_of(Z.rows, Z.cols, ADD { x[0] += leaf_hinge(z(i, j), y(i, j)); });
    }

    static void arc_cosine(cvr_mat K, cvr_mat u, cvr_mat v, double c, double w_g,
                           double w_r)
    {
        view<T> k = on<T>(K), a = on<T>(u), b = on<T>(v);
        map(K.rows, K.cols, AT {
            double p = sqrt((double)a(i, 0) + c), q = sqrt((double)b(j, 0) + c);
            k(i, j) = leaf_arc_cosine(k(i, j), p, q, c, w_g, w_r);
        });
    }

    static cvr_model_kernels make(void)
    {
        cvr_model_kernels k = {};
        k.hinge_prox = hinge_prox, k.hinge_loss = hinge_loss, k.arc_cosine = arc_cosine;
        return k;
    }

    static const cvr_model_kernels table;
};

template <class T>
const cvr_model_kernels model_kernels<T>::table = model_kernels<T>::make();

/* ---- the ccp family ---------------------------------------------------------------- */

template <class T> struct ccp_kernels {
    static void breakpoints(cvr_mat K, cvr_mat Z, cvr_mat Y, double slack)
    {
        view<T> k = on<T>(K), z = on<T>(Z), y = on<T>(Y);
        T low = (T)-slack;
        map(Z.rows, Z.cols, AT { k(i, j) = leaf_breakpoint(z(i, j), y(i, j), low); });
    }

    static void breakpoints_positive(cvr_mat K, cvr_mat Y)
    {
        view<T> k = on<T>(K), y = on<T>(Y);
        map(Y.rows, Y.cols, AT { k(i, j) = leaf_breakpoint_positive(y(i, j)); });
    }

    static cvr_residual majorizer_step(cvr_mat R, cvr_mat W, cvr_mat A, cvr_mat Y,
                                       cvr_mat K, double by, double rho)
    {
        view<T> r = on<T>(R), w = on<T>(W), a = on<T>(A), y = on<T>(Y), k = on<T>(K);
        T relax = (T)by, size = (T)rho, b = 2 / (2 + size), c = size / (2 + size);
        double found[5];
        sum_up<5>(
            R.rows, R.cols, ADD {
                T old = w(i, j), at = a(i, j), s = r(i, j) + relax * (at - old);
                T now = leaf_majorizer_prox(s, y(i, j), k(i, j), b, c);
                double p = (double)(at - now), q = (double)(now - old);
                double o = (double)(s - now);
                x[0] += p * p;
                x[1] += q * q;
                x[2] += (double)at * (double)at;
                x[3] += (double)now * (double)now;
                x[4] += o * o;
                r(i, j) = s;
                w(i, j) = now;
                a(i, j) = 2 * now - s;
            },
            gpu.total);
        fetch(found, gpu.total, 5);
        return cvr_residual_of(found);
    }

    static void consensus_step(cvr_mat a, cvr_mat s, cvr_mat R, cvr_mat Y, cvr_mat K,
                               double rho)
    {
        view<T> v = on<T>(a), size = on<T>(s), at = on<T>(R), y = on<T>(Y), k = on<T>(K);
        T c = (T)rho;
        map(a.rows, 1, AT {
            T sure = size(i, j) > 0 ? size(i, j) : 1, own = c / sure;
            T r = at(i, j) - sure * v(i, j);
            T w = leaf_majorizer_prox(r, y(i, j), k(i, j), 2 / (2 + own),
                                      own / (2 + own));
            v(i, j) = size(i, j) > 0 ? (w - r) / sure : 0;
        });
    }

    static double majorizer_value(cvr_mat Z, cvr_mat Y, cvr_mat K)
    {
        view<T> z = on<T>(Z), y = on<T>(Y), k = on<T>(K);
        return sum_of(Z.rows, Z.cols, ADD {
            x[0] += leaf_majorizer_value(z(i, j), y(i, j), k(i, j));
        });
    }

    static void majorizer_slope(cvr_mat N, cvr_mat Z, cvr_mat Y, cvr_mat K)
    {
        view<T> nu = on<T>(N), z = on<T>(Z), y = on<T>(Y), k = on<T>(K);
        map(Z.rows, Z.cols,
            AT { nu(i, j) = leaf_majorizer_slope(z(i, j), y(i, j), k(i, j)); });
    }

    static void project_dual(cvr_mat N, cvr_mat K)
    {
        view<T> nu = on<T>(N), k = on<T>(K);
        map(N.rows, N.cols, AT { nu(i, j) = leaf_project_dual(nu(i, j), k(i, j)); });
    }

    static double majorizer_conjugate(cvr_mat N, cvr_mat Y, cvr_mat K)
    {
        view<T> nu = on<T>(N), y = on<T>(Y), k = on<T>(K);
        return sum_of(N.rows, N.cols, ADD {
            x[0] += leaf_majorizer_conjugate(nu(i, j), y(i, j), k(i, j));
        });
    }

    static double relu_distance2(cvr_mat Z, cvr_mat P, double t, cvr_mat Y)
    {
        view<T> z = on<T>(Z), p = on<T>(t == 0 ? Z : P), y = on<T>(Y);
        T c = (T)t;
        return sum_of(Z.rows, Z.cols, ADD {
            T at = c == 0 ? z(i, j) : z(i, j) + c * p(i, j);
            x[0] += leaf_relu_distance2(at, y(i, j));
        });
    }

    static void soft_threshold(cvr_mat V, cvr_mat M, cvr_mat t)
    {
        view<T> v = on<T>(V), m = on<T>(M), c = on<T>(t);
        map(M.rows, M.cols, AT { v(i, j) = leaf_soft_threshold(m(i, j), c(i, 0)); });
    }

    static void scale_signs(cvr_mat A, cvr_mat p, cvr_mat q)
    {
        view<T> a = on<T>(A), up = on<T>(p), down = on<T>(q);
        map(A.rows, A.cols,
            AT { a(i, j) = leaf_scale_sign(a(i, j), up(j, 0), down(j, 0)); });
    }

    static cvr_ccp_kernels make(void)
    {
        cvr_ccp_kernels k = {};
        k.breakpoints = breakpoints, k.breakpoints_positive = breakpoints_positive;
        k.majorizer_step = majorizer_step, k.consensus_step = consensus_step;
        k.majorizer_value = majorizer_value, k.majorizer_slope = majorizer_slope;
        k.project_dual = project_dual, k.majorizer_conjugate = majorizer_conjugate;
        k.relu_distance2 = relu_distance2, k.soft_threshold = soft_threshold;
        k.scale_signs = scale_signs;
        return k;
    }

    static const cvr_ccp_kernels table;
};

template <class T> const cvr_ccp_kernels ccp_kernels<T>::table = ccp_kernels<T>::make();

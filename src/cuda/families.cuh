/* The operations of deep, model and ccp (operations.def of each) in one type; cuda.cu
   includes this. */

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

    static void relu_tube(cvr_mat Z, cvr_mat A, cvr_mat M, double t)
    {
        view<T> z = on<T>(Z), a = on<T>(A), m = on<T>(M);
        T w = (T)t;
        map(Z.rows, Z.cols, AT { z(i, j) = leaf_relu_tube(a(i, j), m(i, j), w); });
    }

    static cvr_deep_kernels make(void)
    {
        cvr_deep_kernels k = {};
        k.relu_prox = relu_prox, k.relu_pull = relu_pull, k.relu_tube = relu_tube;
        return k;
    }

    static const cvr_deep_kernels table;
};

template <class T>
const cvr_deep_kernels deep_kernels<T>::table = deep_kernels<T>::make();

/* ---- losses and kernels ------------------------------------------------------------ */

/* The numbers of one of many samples that are worked on at a time: those of all lie
   beside each other. */
struct column {
    double *p;
    int64_t step;
    CVR_ANYWHERE double &operator[](int64_t j) const
    {
        return p[j * step];
    }
};
typedef column cvr_sample_numbers;

#include "model/softmax.inc"

/* A thread a sample; memory: of all of them. */
template <class T>
CVR_KERNEL void softmax_kernel(int64_t rows, int64_t cols, view<T> z, view<T> y, double b,
                               double *memory)
{
    int64_t step = (int64_t)gridDim.x * blockDim.x;
    int64_t me = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
    sample s;
    s.count = cols;
    cvr_sample_numbers *of[] = {&s.v, &s.y, &s.z, &s.p, &s.step};
    for (int k = 0; k < 5; k++)
        *of[k] = {memory + k * cols * step + me, step};
    for (int64_t i = me; i < rows; i += step) {
        for (int64_t j = 0; j < cols; j++) {
            s.z[j] = s.v[j] = (double)z(i, j);
            s.y[j] = (double)y(i, j);
        }
        minimise_phi(&s, b);
        for (int64_t j = 0; j < cols; j++)
            z(i, j) = (T)s.z[j];
    }
}

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

    static void softmax_prox(cvr_mat Z, cvr_mat Y, double b)
    {
        const int64_t most = (int64_t)1 << 28;
        int64_t bytes = 5 * Z.cols * THREADS * (int64_t)sizeof(double);
        if (Z.rows == 0 || Z.cols == 0)
            return;
        int blocks = blocks_for(Z.rows, most / bytes < 64 ? most / bytes : 64);
        double *memory = (double *)scratch((size_t)(blocks * bytes));
        CVR_START(softmax_kernel<T>, blocks, Z.rows, Z.cols, on<T>(Z), on<T>(Y), b,
                  memory);
    }

    /* log sum_j exp(z_j) - y'z of each row */
    static double softmax_loss(cvr_mat Z, cvr_mat Y)
    {
        view<T> z = on<T>(Z), y = on<T>(Y);
        int64_t cols = Z.cols;
        return sum_of(cols > 0 ? Z.rows : 0, 1, ADD {
            double high = (double)z(i, j), sum = 0, loss;
            for (int64_t c = 1; c < cols; c++)
                high = (double)z(i, c) > high ? (double)z(i, c) : high;
            for (int64_t c = 0; c < cols; c++)
                sum += exp((double)z(i, c) - high);
            loss = high + log(sum);
            for (int64_t c = 0; c < cols; c++)
                loss -= (double)y(i, c) * (double)z(i, c);
            x[0] += loss;
        });
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
        k.softmax_prox = softmax_prox, k.softmax_loss = softmax_loss;
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

    /* How many entries are at least `level' (above it, with strict) in size. */
    static int64_t count_from(cvr_mat M, T level, bool strict)
    {
        view<T> m = on<T>(M);
        return (int64_t)sum_of(M.rows, M.cols, ADD {
            T size = leaf_absolute(m(i, j));
            x[0] += (strict ? size > level : size >= level) ? 1 : 0;
        });
    }

    /* The largest size that at least `count' entries reach, by bisection. */
    static T level_of(cvr_mat M, int64_t count)
    {
        double most = 0;
        cvr_mat s = {1, 1, 1, CVR_DOUBLE, &gpu.backend, gpu.total};
        linalg_kernels<T>::put_max_abs(s, M);
        fetch(&most, gpu.total, 1);
        T low = 0, high = (T)most, middle;
        if (count_from(M, high, false) >= count)
            return high;
        while ((middle = low / 2 + high / 2) > low && middle < high) {
            if (count_from(M, middle, false) >= count)
                low = middle;
            else
                high = middle;
        }
        return low;
    }

    /* The first place, down the columns, before which `count' entries have that size. */
    static int64_t place_of(cvr_mat M, T level, int64_t count)
    {
        view<T> m = on<T>(M);
        int64_t rows = M.rows, low = 0, high = M.rows * M.cols;
        while (low < high) {
            int64_t middle = low + (high - low) / 2;
            double before = sum_of(M.rows, M.cols, ADD {
                bool equal = leaf_absolute(m(i, j)) == level;
                x[0] += equal && i + j * rows < middle ? 1 : 0;
            });
            if ((int64_t)before >= count)
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }

    static void hard_threshold(cvr_mat V, cvr_mat M, int64_t count)
    {
        view<T> v = on<T>(V), m = on<T>(M);
        int64_t rows = M.rows;
        bool all = count >= M.rows * M.cols, none = count <= 0, some = !all && !none;
        T level = some ? level_of(M, count) : (T)0;
        int64_t ties = some ? count - count_from(M, level, true) : 0;
        int64_t end = ties > 0 ? place_of(M, level, ties) : 0;
        map(M.rows, M.cols, AT {
            T x = m(i, j), size = leaf_absolute(x);
            bool tie = size == level && i + j * rows < end;
            v(i, j) = all || x != x || (!none && (size > level || tie)) ? x : 0;
        });
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
        k.scale_signs = scale_signs, k.hard_threshold = hard_threshold;
        return k;
    }

    static const cvr_ccp_kernels table;
};

template <class T> const cvr_ccp_kernels ccp_kernels<T>::table = ccp_kernels<T>::make();

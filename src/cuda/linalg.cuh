/* The operations of linear algebra (linalg/operations.def) in one type; cuda.cu includes
   this. */

static inline int op_of(cvr_trans t)
{
    return t == CVR_T ? BLAS_T : BLAS_N;
}

CVR_KERNEL static void cg_judge_kernel(cvr_cg_numbers *s, cvr_cg_rule rule)
{
    if (threadIdx.x == 0)
        cvr_leaf_cg_judge(s, rule);
}

CVR_KERNEL static void cg_length_kernel(cvr_cg_numbers *s, double unit)
{
    if (threadIdx.x == 0)
        cvr_leaf_cg_length(s, unit);
}

template <class T> struct linalg_kernels {
    /* ---- entries ------------------------------------------------------------------- */

    static double get(cvr_mat A, int64_t i, int64_t j)
    {
        T x;
        must(cudaMemcpyAsync(&x, (T *)A.data + i + j * A.ld, sizeof x,
                             cudaMemcpyDeviceToHost, gpu.stream),
             "reading an entry");
        wait_for();
        return (double)x;
    }

    static void set(cvr_mat A, int64_t i, int64_t j, double value)
    {
        T x = (T)value;
        must(cudaMemcpyAsync((T *)A.data + i + j * A.ld, &x, sizeof x,
                             cudaMemcpyHostToDevice, gpu.stream),
             "writing an entry");
        wait_for();
    }

    /* The bytes of A to B, wherever these are, both of type U. */
    template <class U> static void move(cvr_mat B, cvr_mat A)
    {
        if (A.rows == 0 || A.cols == 0)
            return;
        must(cudaMemcpy2DAsync(B.data, (size_t)B.ld * sizeof(U), A.data,
                               (size_t)A.ld * sizeof(U), (size_t)A.rows * sizeof(U),
                               (size_t)A.cols, cudaMemcpyDefault, gpu.stream),
             "copying");
        if (A.device->host || B.device->host)
            wait_for();
    }

    template <class U> static void convert(cvr_mat B, cvr_mat A)
    {
        view<T> b = on<T>(B);
        view<U> a = on<U>(A);
        map(A.rows, A.cols, AT { b(i, j) = (T)a(i, j); });
    }

    /* Between types by way of a copy on the device. */
    template <class U> static void copy_from(cvr_mat B, cvr_mat A)
    {
        cvr_mat own = A, made = B;
        if (A.device->host) {
            own.device = &gpu.backend;
            own.ld = A.rows;
            own.data = scratch((size_t)(A.rows * A.cols) * sizeof(U));
            move<U>(own, A);
        }
        if (B.device->host) {
            made.device = &gpu.backend;
            made.ld = B.rows;
            made.data = scratch((size_t)(B.rows * B.cols) * sizeof(T));
        }
        convert<U>(made, own);
        if (B.device->host)
            move<T>(B, made);
    }

    static void copy(cvr_mat B, cvr_mat A)
    {
        if (A.type == B.type)
            move<T>(B, A);
        else if (A.type == CVR_DOUBLE)
            copy_from<double>(B, A);
        else
            copy_from<float>(B, A);
    }

    static void fill(cvr_mat A, double value)
    {
        view<T> a = on<T>(A);
        T c = (T)value;
        map(A.rows, A.cols, AT { a(i, j) = c; });
    }

    static void transpose(cvr_mat B, cvr_mat A)
    {
        view<T> b = on<T>(B), a = on<T>(A);
        map(B.rows, B.cols, AT { b(i, j) = a(j, i); });
    }

    static void symmetrize(cvr_mat A)
    {
        view<T> a = on<T>(A);
        map(A.rows, A.cols, AT {
            if (i < j)
                a(i, j) = a(j, i);
        });
    }

    static void scale(cvr_mat A, double c)
    {
        view<T> a = on<T>(A);
        T k = (T)c;
        map(A.rows, A.cols, AT { a(i, j) *= k; });
    }

    static void axpby(cvr_mat B, double p, cvr_mat A, double q)
    {
        view<T> a = on<T>(A), b = on<T>(B);
        T c = (T)p, k = (T)q;
        if (k == 0)
            map(A.rows, A.cols, AT { b(i, j) = c * a(i, j); });
        else
            map(A.rows, A.cols, AT { b(i, j) = c * a(i, j) + k * b(i, j); });
    }

    static void hadamard(cvr_mat B, cvr_mat A)
    {
        view<T> a = on<T>(A), b = on<T>(B);
        map(A.rows, A.cols, AT { b(i, j) *= a(i, j); });
    }

    static void maximum(cvr_mat B, cvr_mat A)
    {
        view<T> a = on<T>(A), b = on<T>(B);
        map(A.rows, A.cols, AT { b(i, j) = leaf_larger(b(i, j), a(i, j)); });
    }

    static void add_times(cvr_mat B, double c, cvr_mat s, cvr_mat A)
    {
        view<T> a = on<T>(A), b = on<T>(B);
        if (s.device->host) {
            double k = c * *(const double *)s.data;
            if (k != 0)
                axpby(B, k, A, 1);
            return;
        }
        const double *k = (const double *)s.data;
        map(A.rows, A.cols, AT {
            double by = c * *k;
            if (by != 0)
                b(i, j) += (T)by * a(i, j);
        });
    }

    static void times_add(cvr_mat B, cvr_mat s, cvr_mat A)
    {
        view<T> a = on<T>(A), b = on<T>(B);
        if (s.device->host) {
            T k = (T) * (const double *)s.data;
            map(A.rows, A.cols, AT { b(i, j) = a(i, j) + (k == 0 ? 0 : k * b(i, j)); });
            return;
        }
        const double *k = (const double *)s.data;
        map(A.rows, A.cols, AT {
            T by = (T)*k;
            b(i, j) = a(i, j) + (by == 0 ? 0 : by * b(i, j));
        });
    }

    static void take_part(cvr_mat B, cvr_mat s, double n, cvr_mat A)
    {
        view<T> a = on<T>(A), b = on<T>(B);
        const double *k = (const double *)s.data;
        if (s.device->host)
            axpby(B, -(*k / n), A, 1);
        else
            map(A.rows, A.cols, AT { b(i, j) += (T)-(*k / n) * a(i, j); });
    }

    static void add_scaled_cols(cvr_mat B, cvr_mat v, cvr_mat A)
    {
        view<T> a = on<T>(A), b = on<T>(B);
        int64_t cols = A.cols;
        const double *k = (const double *)v.data;
        if (v.device->host) {
            double *own = (double *)scratch((size_t)v.rows * sizeof *own);
            must(cudaMemcpyAsync(own, k, (size_t)v.rows * sizeof *own,
                                 cudaMemcpyHostToDevice, gpu.stream),
                 "copying factors");
            wait_for();
            k = own;
        }
        map(B.rows, B.cols, AT { b(i, j) += (T)k[j] * a(i, j % cols); });
    }

    static void add_diag(cvr_mat A, double c)
    {
        view<T> a = on<T>(A);
        T k = (T)c;
        map(A.rows, 1, AT { a(i, i + j) += k; });
    }

    static void scale_rows(cvr_mat A, cvr_mat v)
    {
        view<T> a = on<T>(A), c = on<T>(v);
        map(A.rows, A.cols, AT { a(i, j) *= c(i, 0); });
    }

    static void scale_cols(cvr_mat A, cvr_mat v)
    {
        view<T> a = on<T>(A), c = on<T>(v);
        map(A.rows, A.cols, AT { a(i, j) *= c(j, 0); });
    }

    static void add_row(cvr_mat A, cvr_mat v)
    {
        view<T> a = on<T>(A), c = on<T>(v);
        map(A.rows, A.cols, AT { a(i, j) += c(j, 0); });
    }

    static void relu_of(cvr_mat B, cvr_mat A)
    {
        view<T> a = on<T>(A), b = on<T>(B);
        map(A.rows, A.cols, AT { b(i, j) = leaf_positive(a(i, j)); });
    }

    static void relu(cvr_mat A)
    {
        relu_of(A, A);
    }

    static void square(cvr_mat B, cvr_mat A)
    {
        view<T> a = on<T>(A), b = on<T>(B);
        map(A.rows, A.cols, AT { b(i, j) = a(i, j) * a(i, j); });
    }

    static void square_root(cvr_mat A)
    {
        view<T> a = on<T>(A);
        map(A.rows, A.cols, AT { a(i, j) = leaf_square_root(a(i, j)); });
    }

    static void reciprocal(cvr_mat A, double floor)
    {
        view<T> a = on<T>(A);
        T low = (T)floor;
        map(A.rows, A.cols, AT { a(i, j) = leaf_reciprocal(a(i, j), low); });
    }

    static void absolute(cvr_mat A)
    {
        view<T> a = on<T>(A);
        map(A.rows, A.cols, AT { a(i, j) = leaf_absolute(a(i, j)); });
    }

    static void exponential(cvr_mat A, double c)
    {
        view<T> a = on<T>(A);
        map(A.rows, A.cols, AT { a(i, j) = leaf_exponential(a(i, j), c); });
    }

    static void clamp(cvr_mat A, double low, double high)
    {
        view<T> a = on<T>(A);
        T p = (T)low, q = (T)high;
        map(A.rows, A.cols, AT { a(i, j) = leaf_clamp(a(i, j), p, q); });
    }

    static void softmax(cvr_mat A)
    {
        view<T> a = on<T>(A);
        int64_t cols = A.cols;
        map(cols > 0 ? A.rows : 0, 1, AT {
            double high = (double)a(i, j), sum = 0;
            for (int64_t c = 1; c < cols; c++)
                high = (double)a(i, c) > high ? (double)a(i, c) : high;
            for (int64_t c = 0; c < cols; c++)
                sum += exp((double)a(i, c) - high);
            for (int64_t c = 0; c < cols; c++)
                a(i, c) = (T)(exp((double)a(i, c) - high) / sum);
        });
    }

    /* ---- sums ---------------------------------------------------------------------- */

    static void put_dot(cvr_mat s, cvr_mat A, cvr_mat B)
    {
        view<T> a = on<T>(A), b = on<T>(B);
        put<1>(s, A.rows, A.cols, ADD { x[0] += (double)a(i, j) * (double)b(i, j); });
    }

    static void put_distance2(cvr_mat s, cvr_mat A, cvr_mat B)
    {
        view<T> a = on<T>(A), b = on<T>(B);
        put<1>(s, A.rows, A.cols, ADD {
            double gap = (double)a(i, j) - (double)b(i, j);
            x[0] += gap * gap;
        });
    }

    static void put_dots(cvr_mat s, cvr_mat A, cvr_mat B)
    {
        view<T> a = on<T>(A), b = on<T>(B);
        put<3>(s, A.rows, A.cols, ADD {
            double p = (double)a(i, j), q = (double)b(i, j);
            x[0] += p * p;
            x[1] += p * q;
            x[2] += q * q;
        });
    }

    static void put_max_abs(cvr_mat s, cvr_mat A)
    {
        view<T> a = on<T>(A);
        put_largest(s, A.rows, A.cols, 0, 1,
                    [=] CVR_ON_DEVICE(int64_t i, int64_t j) -> double {
                        return (double)leaf_absolute(a(i, j));
                    });
    }

    static void put_min(cvr_mat s, cvr_mat A)
    {
        view<T> a = on<T>(A);
        put_largest(s, A.rows, A.cols, -INFINITY, -1,
                    [=] CVR_ON_DEVICE(int64_t i, int64_t j) -> double {
                        return -(double)a(i, j);
                    });
    }

    static void col_sums(cvr_mat v, cvr_mat A)
    {
        view<T> a = on<T>(A), c = on<T>(v);
        sum_cols(A.rows, A.cols, AT->double { return (double)a(i, j); },
                 OUT_OF(sum) { c(j, 0) = (T)sum; });
    }

    static void col_norms(cvr_mat v, cvr_mat A)
    {
        view<T> a = on<T>(A), c = on<T>(v);
        sum_cols(A.rows, A.cols, AT->double { return (double)a(i, j) * (double)a(i, j); },
                 OUT_OF(sum) { c(j, 0) = (T)sqrt(sum); });
    }

    static void col_dots(cvr_mat v, cvr_mat A, cvr_mat B)
    {
        view<T> a = on<T>(A), b = on<T>(B), c = on<T>(v);
        sum_cols(A.rows, A.cols, AT->double { return (double)a(i, j) * (double)b(i, j); },
                 OUT_OF(sum) { c(j, 0) = (T)sum; });
    }

    static void plain_dots(cvr_mat v, cvr_mat A, cvr_mat x, bool sizes)
    {
        view<T> a = on<T>(A);
        view<double> y = on<double>(x), c = on<double>(v);
        sum_cols(
            A.rows, A.cols, AT->double {
                double entry = (double)a(i, j);
                return (sizes && entry < 0 ? -entry : entry) * y(i, 0);
            },
            OUT_OF(sum) { c(j, 0) = sum; });
    }

    static void col_max_abs(cvr_mat v, cvr_mat A)
    {
        view<T> a = on<T>(A), c = on<T>(v);
        largest_of_cols(A.rows, A.cols, 0,
                        AT->double { return (double)leaf_absolute(a(i, j)); },
                        OUT_OF(high) { c(j, 0) = (T)high; });
    }

    static bool all_finite(cvr_mat A)
    {
        view<T> a = on<T>(A);
        return sum_of(A.rows, A.cols, ADD {
                   x[0] += isfinite((double)a(i, j)) ? 0 : 1;
               }) == 0;
    }

    static int64_t count_nonzero(cvr_mat A)
    {
        view<T> a = on<T>(A);
        return (int64_t)sum_of(A.rows, A.cols, ADD {
            x[0] += a(i, j) < 0 || a(i, j) > 0 ? 1 : 0;
        });
    }

    /* ---- products and factors ------------------------------------------------------ */

    static void gemm(cvr_mat C, double p, cvr_trans ta, cvr_mat A, cvr_trans tb,
                     cvr_mat B, double q)
    {
        T a = (T)p, b = (T)q;
        int64_t inner = ta == CVR_N ? A.cols : A.rows;
        if (C.rows == 0 || C.cols == 0)
            return;
        if (inner == 0) {
            b == 0 ? fill(C, 0) : scale(C, q);
            return;
        }
        must_blas(blas_functions(T())->gemm(
                      gpu.blas.blas, op_of(ta), op_of(tb), (int)C.rows, (int)C.cols,
                      (int)inner, &a, (const T *)A.data, lead(A), (const T *)B.data,
                      lead(B), &b, (T *)C.data, lead(C)),
                  "a product");
    }

    static void gram(cvr_mat G, double p, cvr_trans ta, cvr_mat A, double q)
    {
        T a = (T)p, b = (T)q;
        int64_t inner = ta == CVR_T ? A.rows : A.cols;
        view<T> g = on<T>(G);
        if (G.rows == 0)
            return;
        if (inner == 0) {
            map(G.rows, G.cols, AT {
                if (i >= j)
                    g(i, j) = b == 0 ? 0 : b * g(i, j);
            });
            return;
        }
        must_blas(blas_functions(T())->syrk(gpu.blas.blas, BLAS_LOWER, op_of(ta),
                                            (int)G.rows, (int)inner, &a,
                                            (const T *)A.data, lead(A), &b, (T *)G.data,
                                            lead(G)),
                  "a Gram matrix");
    }

    static void solve(int side, cvr_mat L, cvr_trans t, cvr_mat B)
    {
        T one = 1;
        if (B.rows == 0 || B.cols == 0)
            return;
        must_blas(blas_functions(T())->trsm(gpu.blas.blas, side, BLAS_LOWER, op_of(t),
                                            BLAS_NOT_UNIT, (int)B.rows, (int)B.cols, &one,
                                            (const T *)L.data, lead(L), (T *)B.data,
                                            lead(B)),
                  "a triangular system");
    }

    static void trsm(cvr_mat L, cvr_trans t, cvr_mat B)
    {
        solve(BLAS_LEFT, L, t, B);
    }

    static void trsm_right(cvr_mat B, cvr_mat L, cvr_trans t)
    {
        solve(BLAS_RIGHT, L, t, B);
    }

    static void potrs(cvr_mat L, cvr_mat B)
    {
        solve(BLAS_LEFT, L, CVR_N, B);
        solve(BLAS_LEFT, L, CVR_T, B);
    }

    static void cg_judge(cvr_mat s, cvr_cg_rule rule)
    {
        CVR_START(cg_judge_kernel, 1, (cvr_cg_numbers *)s.data, rule);
    }

    static void cg_length(cvr_mat s, double unit)
    {
        CVR_START(cg_length_kernel, 1, (cvr_cg_numbers *)s.data, unit);
    }

    /* ---- gates --------------------------------------------------------------------- */

    static void gate(cvr_mat D, cvr_mat Z)
    {
        view<T> d = on<T>(D), z = on<T>(Z);
        map(Z.rows, Z.cols, AT { d(i, j) = leaf_gate(z(i, j)); });
    }

    static void gated_sum(cvr_mat Y, cvr_mat D, cvr_mat Z)
    {
        view<T> y = on<T>(Y), d = on<T>(D), z = on<T>(Z);
        int64_t gates = D.cols;
        map(Y.rows, Y.cols, AT {
            T sum = 0;
            for (int64_t p = 0; p < gates; p++)
                sum += d(i, p) * z(i, j * gates + p);
            y(i, j) = sum;
        });
    }

    static void gated_adjoint(cvr_mat Z, cvr_mat D, cvr_mat R)
    {
        view<T> z = on<T>(Z), d = on<T>(D), r = on<T>(R);
        int64_t gates = D.cols;
        map(Z.rows, Z.cols, AT { z(i, j) = d(i, j % gates) * r(i, j / gates); });
    }

    static cvr_kernels make(void)
    {
        cvr_kernels k = {};
        k.get = get, k.set = set, k.copy = copy, k.fill = fill, k.transpose = transpose;
        k.symmetrize = symmetrize, k.scale = scale, k.axpby = axpby;
        k.hadamard = hadamard, k.maximum = maximum, k.add_times = add_times;
        k.take_part = take_part;
        k.times_add = times_add, k.add_scaled_cols = add_scaled_cols;
        k.add_diag = add_diag, k.scale_rows = scale_rows, k.scale_cols = scale_cols;
        k.add_row = add_row, k.relu = relu, k.relu_of = relu_of, k.square = square;
        k.square_root = square_root, k.reciprocal = reciprocal, k.absolute = absolute;
        k.exponential = exponential, k.clamp = clamp, k.put_dot = put_dot;
        k.put_distance2 = put_distance2, k.put_dots = put_dots;
        k.put_max_abs = put_max_abs, k.put_min = put_min, k.col_sums = col_sums;
        k.col_norms = col_norms, k.col_dots = col_dots, k.plain_dots = plain_dots;
        k.col_max_abs = col_max_abs, k.all_finite = all_finite;
        k.count_nonzero = count_nonzero, k.gemm = gemm, k.gram = gram;
        k.softmax = softmax, k.potrf = factor_kernels<T>::potrf;
        k.pstrf = factor_kernels<T>::pstrf, k.svd = factor_kernels<T>::svd;
        k.eigh = factor_kernels<T>::eigh;
        k.orthonormalise = factor_kernels<T>::orthonormalise;
        k.trsm = trsm, k.trsm_right = trsm_right, k.potrs = potrs;
        k.cg_judge = cg_judge, k.cg_length = cg_length, k.gate = gate;
        k.gated_sum = gated_sum, k.gated_adjoint = gated_adjoint;
        return k;
    }

    static const cvr_kernels table;
};

template <class T> const cvr_kernels linalg_kernels<T>::table = linalg_kernels<T>::make();

/* Plain reference kernels: one formula, one loop, no thought of speed. */
#include "support/reference.h"

#include <math.h>

static double *at(ref A, int64_t i, int64_t j)
{
    return &A.x[i + j * A.rows];
}

static int64_t count(ref A)
{
    return A.rows * A.cols;
}

static double larger(double a, double b)
{
    return isnan(a) || isnan(b) ? NAN : a > b ? a : b;
}

/* ---- entries --------------------------------------------------------------------- */

void ref_fill(const ref *m, const double *p, double *out)
{
    (void)out;
    for (int64_t k = 0; k < count(m[0]); k++)
        m[0].x[k] = p[0];
}

void ref_copy(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t k = 0; k < count(m[0]); k++)
        m[0].x[k] = m[1].x[k];
}

void ref_transpose(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t j = 0; j < m[1].cols; j++)
        for (int64_t i = 0; i < m[1].rows; i++)
            *at(m[0], j, i) = *at(m[1], i, j);
}

void ref_scale(const ref *m, const double *p, double *out)
{
    (void)out;
    for (int64_t k = 0; k < count(m[0]); k++)
        m[0].x[k] *= p[0];
}

/* b = 0 does not read B, which holds NaN then. */
void ref_axpby(const ref *m, const double *p, double *out)
{
    (void)out;
    for (int64_t k = 0; k < count(m[0]); k++)
        m[0].x[k] = p[0] * m[1].x[k] + (p[1] != 0 ? p[1] * m[0].x[k] : 0);
}

void ref_maximum(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t k = 0; k < count(m[0]); k++)
        m[0].x[k] = fmax(m[0].x[k], m[1].x[k]);
}

void ref_add_times(const ref *m, const double *p, double *out)
{
    (void)out;
    for (int64_t k = 0; k < count(m[0]); k++)
        m[0].x[k] += p[0] != 0 ? p[1] * p[0] * m[1].x[k] : 0;
}

void ref_take_part(const ref *m, const double *p, double *out)
{
    (void)out;
    for (int64_t k = 0; k < count(m[0]); k++)
        m[0].x[k] -= p[0] / p[1] * m[1].x[k];
}

void ref_times_add(const ref *m, const double *p, double *out)
{
    (void)out;
    for (int64_t k = 0; k < count(m[0]); k++)
        m[0].x[k] = m[1].x[k] + (p[0] != 0 ? p[0] * m[0].x[k] : 0);
}

void ref_add_scaled_cols(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t k = 0; k < count(m[0]); k++)
        m[0].x[k] += m[1].x[k / m[0].rows] * m[2].x[k % count(m[2])];
}

void ref_mul(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t k = 0; k < count(m[0]); k++)
        m[0].x[k] *= m[1].x[k];
}

void ref_add_diag(const ref *m, const double *p, double *out)
{
    (void)out;
    for (int64_t j = 0; j < m[0].cols; j++)
        *at(m[0], j, j) += p[0];
}

void ref_mirror(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t j = 0; j < m[0].cols; j++)
        for (int64_t i = j + 1; i < m[0].rows; i++)
            *at(m[0], j, i) = *at(m[0], i, j);
}

void ref_scale_rows(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t k = 0; k < count(m[0]); k++)
        m[0].x[k] *= m[1].x[k % m[0].rows];
}

void ref_scale_cols(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t k = 0; k < count(m[0]); k++)
        m[0].x[k] *= m[1].x[k / m[0].rows];
}

void ref_add_row(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t k = 0; k < count(m[0]); k++)
        m[0].x[k] += m[1].x[k / m[0].rows];
}

void ref_relu(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t k = 0; k < count(m[0]); k++)
        m[0].x[k] = fmax(m[0].x[k], 0);
}

void ref_square(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t k = 0; k < count(m[0]); k++)
        m[0].x[k] = m[1].x[k] * m[1].x[k];
}

void ref_sqrt(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t k = 0; k < count(m[0]); k++)
        m[0].x[k] = sqrt(fmax(m[0].x[k], 0));
}

void ref_reciprocal(const ref *m, const double *p, double *out)
{
    (void)out;
    for (int64_t k = 0; k < count(m[0]); k++)
        m[0].x[k] = 1 / fmax(m[0].x[k], p[0]);
}

/* ---- sums ------------------------------------------------------------------------ */

static double column_dot(ref A, int64_t j, ref B, int64_t l)
{
    double sum = 0;
    for (int64_t i = 0; i < A.rows; i++)
        sum += *at(A, i, j) * *at(B, i, l);
    return sum;
}

void ref_dot(const ref *m, const double *p, double *out)
{
    (void)p;
    for (int64_t k = 0; k < count(m[0]); k++)
        out[0] += m[0].x[k] * m[1].x[k];
}

void ref_distance2(const ref *m, const double *p, double *out)
{
    (void)p;
    for (int64_t k = 0; k < count(m[0]); k++)
        out[0] += pow(m[0].x[k] - m[1].x[k], 2);
}

void ref_min(const ref *m, const double *p, double *out)
{
    (void)p;
    out[0] = INFINITY;
    for (int64_t k = 0; k < count(m[0]); k++)
        out[0] = -larger(-out[0], -m[0].x[k]);
}

void ref_max_abs(const ref *m, const double *p, double *out)
{
    (void)p;
    for (int64_t k = 0; k < count(m[0]); k++)
        out[0] = larger(out[0], fabs(m[0].x[k]));
}

void ref_col_sums(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t j = 0; j < m[1].cols; j++) {
        m[0].x[j] = 0;
        for (int64_t i = 0; i < m[1].rows; i++)
            m[0].x[j] += *at(m[1], i, j);
    }
}

void ref_col_norms(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t j = 0; j < m[1].cols; j++)
        m[0].x[j] = sqrt(column_dot(m[1], j, m[1], j));
}

void ref_col_dots(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t j = 0; j < m[1].cols; j++)
        m[0].x[j] = column_dot(m[1], j, m[2], j);
}

void ref_all_finite(const ref *m, const double *p, double *out)
{
    (void)p;
    out[0] = 1;
    for (int64_t k = 0; k < count(m[0]); k++)
        if (!isfinite(m[0].x[k]))
            out[0] = 0;
}

/* ---- products and factors -------------------------------------------------------- */

static double side_at(ref A, double t, int64_t i, int64_t j)
{
    return t != 0 ? *at(A, j, i) : *at(A, i, j);
}

static double scaled(double b, double c)
{
    return b != 0 ? b * c : 0;
}

void ref_gemm(const ref *m, const double *p, double *out)
{
    int64_t inner = p[1] != 0 ? m[1].rows : m[1].cols;
    (void)out;
    for (int64_t j = 0; j < m[0].cols; j++)
        for (int64_t i = 0; i < m[0].rows; i++) {
            double sum = 0;
            for (int64_t k = 0; k < inner; k++)
                sum += side_at(m[1], p[1], i, k) * side_at(m[2], p[2], k, j);
            *at(m[0], i, j) = p[0] * sum + scaled(p[3], *at(m[0], i, j));
        }
}

void ref_gram(const ref *m, const double *p, double *out)
{
    int64_t inner = p[1] != 0 ? m[1].rows : m[1].cols;
    (void)out;
    for (int64_t j = 0; j < m[0].cols; j++)
        for (int64_t i = j; i < m[0].rows; i++) {
            double sum = 0;
            for (int64_t k = 0; k < inner; k++)
                sum += side_at(m[1], p[1], i, k) * side_at(m[1], p[1], j, k);
            *at(m[0], i, j) = p[0] * sum + scaled(p[2], *at(m[0], i, j));
        }
}

void ref_potrf(const ref *m, const double *p, double *out)
{
    ref A = m[0];
    (void)p, (void)out;
    for (int64_t j = 0; j < A.cols; j++) {
        for (int64_t k = 0; k < j; k++)
            for (int64_t i = j; i < A.rows; i++)
                *at(A, i, j) -= *at(A, i, k) * *at(A, j, k);
        double pivot = sqrt(*at(A, j, j));
        for (int64_t i = j; i < A.rows; i++)
            *at(A, i, j) /= pivot;
    }
}

/* b = L^{-1} b, b = L'^{-1} b */
static void forward(ref L, double *b, int64_t step)
{
    for (int64_t i = 0; i < L.rows; i++) {
        for (int64_t k = 0; k < i; k++)
            b[i * step] -= *at(L, i, k) * b[k * step];
        b[i * step] /= *at(L, i, i);
    }
}

static void backward(ref L, double *b, int64_t step)
{
    for (int64_t i = L.rows - 1; i >= 0; i--) {
        for (int64_t k = i + 1; k < L.rows; k++)
            b[i * step] -= *at(L, k, i) * b[k * step];
        b[i * step] /= *at(L, i, i);
    }
}

void ref_potrs(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t j = 0; j < m[1].cols; j++) {
        forward(m[0], at(m[1], 0, j), 1);
        backward(m[0], at(m[1], 0, j), 1);
    }
}

void ref_trsm(const ref *m, const double *p, double *out)
{
    (void)out;
    for (int64_t j = 0; j < m[1].cols; j++)
        (p[0] != 0 ? backward : forward)(m[0], at(m[1], 0, j), 1);
}

/* Row b' of B: b' op(L)^{-1} is (op(L)'^{-1} b)'. */
void ref_trsm_right(const ref *m, const double *p, double *out)
{
    (void)out;
    for (int64_t i = 0; i < m[0].rows; i++)
        (p[0] != 0 ? forward : backward)(m[1], at(m[0], i, 0), m[0].rows);
}

/* ---- gates ----------------------------------------------------------------------- */

static double gate(ref D, int64_t i, int64_t j)
{
    return *at(D, i, j % D.cols);
}

void ref_gate(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t k = 0; k < count(m[0]); k++)
        m[0].x[k] = m[1].x[k] >= 0;
}

void ref_gated_sum(const ref *m, const double *p, double *out)
{
    ref_fill(m, (double[]){0}, out);
    (void)p;
    for (int64_t j = 0; j < m[2].cols; j++)
        for (int64_t i = 0; i < m[2].rows; i++)
            *at(m[0], i, j / m[1].cols) += gate(m[1], i, j) * *at(m[2], i, j);
}

void ref_gated_fan(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t j = 0; j < m[0].cols; j++)
        for (int64_t i = 0; i < m[0].rows; i++)
            *at(m[0], i, j) = gate(m[1], i, j) * *at(m[2], i, j / m[1].cols);
}

void ref_gate_gram(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t j = 0; j < m[0].cols; j++)
        for (int64_t i = j; i < m[0].rows; i++) {
            double both = 0;
            for (int64_t k = 0; k < m[1].cols; k++)
                both += *at(m[1], i, k) * *at(m[1], j, k);
            *at(m[0], i, j) *= both;
        }
}

void ref_gate_ties(const ref *m, const double *p, double *out)
{
    (void)out;
    for (int64_t j = 0; j < m[1].cols; j++) {
        double low = -INFINITY, high = -INFINITY, on = 0;
        for (int64_t i = 0; i < m[1].rows; i++) {
            double z = *at(m[1], i, j);
            double w = p[0] * (m[2].x[i] * *at(m[3], j, 0) + *at(m[3], j, 1));
            low = z < -w && z > low ? z : low;
            high = z > w && -z > high ? -z : high;
            on += w > 0 && fabs(z) <= w;
        }
        *at(m[0], 0, j) = low;
        *at(m[0], 1, j) = high;
        *at(m[0], 2, j) = on;
    }
}

/* ---- proximal steps -------------------------------------------------------------- */

static double group_norm(ref M, int64_t g, int64_t groups)
{
    double sum = 0;
    for (int64_t j = g; j < M.cols; j += groups)
        sum += column_dot(M, j, M, j);
    return sqrt(sum);
}

static double shrinkage(ref M, int64_t j, int64_t groups, double t)
{
    double norm = group_norm(M, j % groups, groups);
    return norm > t ? 1 - t / norm : 0;
}

void ref_group_shrink(const ref *m, const double *p, double *out)
{
    (void)out;
    for (int64_t j = 0; j < m[1].cols; j++) {
        double by = shrinkage(m[1], j, (int64_t)p[0], p[1]);
        for (int64_t i = 0; i < m[1].rows; i++)
            *at(m[0], i, j) = by * *at(m[1], i, j);
    }
}

void ref_group_norms(const ref *m, const double *p, double *out)
{
    for (int64_t g = 0; g < (int64_t)p[0] && g < m[0].cols; g++)
        out[0] += group_norm(m[0], g, (int64_t)p[0]);
}

/* out: primal2, dual2, primal_of2, dual_of2 */
void ref_shrink_step(const ref *m, const double *p, double *out)
{
    ref M = m[0], V = m[1], U = m[2];
    double uu = 0, vv = 0;
    for (int64_t k = 0; k < count(M); k++)
        M.x[k] = p[1] * U.x[k] + (1 - p[1]) * V.x[k] + (M.x[k] - V.x[k]);
    for (int64_t j = 0; j < M.cols; j++) {
        double by = shrinkage(M, j, (int64_t)p[0], p[2]);
        for (int64_t i = 0; i < M.rows; i++) {
            double now = by * *at(M, i, j);
            out[0] += pow(*at(U, i, j) - now, 2);
            out[1] += pow(now - *at(V, i, j), 2);
            out[3] += pow(*at(M, i, j) - now, 2);
            uu += pow(*at(U, i, j), 2);
            vv += pow(now, 2);
            *at(V, i, j) = now;
        }
    }
    out[2] = fmax(uu, vv);
}

void ref_cone_step(const ref *m, const double *p, double *out)
{
    ref M = m[0], D = m[1], Z = m[2];
    double gg = 0, ss = 0;
    for (int64_t j = 0; j < M.cols; j++)
        for (int64_t i = 0; i < M.rows; i++) {
            double s = fmax(*at(M, i, j), 0), nu = fmin(*at(M, i, j), 0);
            double g = (2 * gate(D, i, j) - 1) * *at(Z, i, j);
            double now = p[0] * g + (1 - p[0]) * s + nu;
            out[0] += pow(g - fmax(now, 0), 2);
            out[1] += pow(fmax(now, 0) - s, 2);
            out[3] += pow(fmin(now, 0), 2);
            gg += g * g;
            ss += pow(fmax(now, 0), 2);
            *at(M, i, j) = now;
        }
    out[2] = fmax(gg, ss);
}

void ref_cone_target(const ref *m, const double *p, double *out)
{
    (void)out;
    for (int64_t j = 0; j < m[0].cols; j++)
        for (int64_t i = 0; i < m[0].rows; i++)
            *at(m[0], i, j) = p[0] * (2 * gate(m[1], i, j) - 1) * fabs(*at(m[2], i, j));
}

void ref_cone_rescale(const ref *m, const double *p, double *out)
{
    (void)out;
    for (int64_t k = 0; k < count(m[0]); k++)
        m[0].x[k] = fmax(m[0].x[k], 0) + p[0] * fmin(m[0].x[k], 0);
}

void ref_cone_multiplier(const ref *m, const double *p, double *out)
{
    (void)out;
    for (int64_t j = 0; j < m[0].cols; j++)
        for (int64_t i = 0; i < m[0].rows; i++)
            *at(m[0], i, j) =
                scaled(p[1], *at(m[0], i, j)) +
                p[0] * (2 * gate(m[1], i, j) - 1) * fmax(-*at(m[2], i, j), 0);
}

void ref_cone_excess(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t j = 0; j < m[0].cols; j++)
        for (int64_t i = 0; i < m[0].rows; i++)
            *at(m[0], i, j) =
                fmax(*at(m[0], i, j), -(2 * gate(m[1], i, j) - 1) * *at(m[2], i, j));
}

void ref_cone_margin(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t j = 0; j < m[2].cols; j++) {
        m[0].x[j] = INFINITY;
        for (int64_t i = 0; i < m[2].rows; i++)
            m[0].x[j] = fmin(m[0].x[j], (2 * gate(m[1], i, j) - 1) * *at(m[2], i, j));
    }
}

void ref_cone_distance(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t j = 0; j < m[2].cols; j++) {
        m[0].x[j] = 0;
        for (int64_t i = 0; i < m[2].rows; i++) {
            double flip = 2 * gate(m[1], i, j) - 1;
            double g = flip * *at(m[2], i, j), h = flip * gate(m[3], i, j);
            m[0].x[j] = fmax(m[0].x[j], fmax(0, -g) / h);
        }
    }
}

/* ---- proximal steps of the deep family -------------------------------------------- */

static double relu(double z)
{
    return z > 0 ? z : 0;
}

/* The better of the minimisers over z >= 0 and over z <= 0. */
void ref_relu_prox(const ref *m, const double *p, double *out)
{
    (void)out;
    double g = p[0], b = p[1];
    for (int64_t k = 0; k < count(m[0]); k++) {
        double a = m[1].x[k], at = m[2].x[k];
        double up = relu((g * a + b * at) / (g + b)), down = at < 0 ? at : 0;
        double of_up = g * (a - up) * (a - up) + b * (up - at) * (up - at);
        double of_down = g * a * a + b * (down - at) * (down - at);
        m[0].x[k] = of_up < of_down ? up : down;
    }
}

void ref_relu_of(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t k = 0; k < count(m[0]); k++)
        m[0].x[k] = relu(m[1].x[k]);
}

void ref_relu_pull(const ref *m, const double *p, double *out)
{
    for (int64_t k = 0; k < count(m[0]); k++)
        m[0].x[k] += relu(m[1].x[k]);
    ref_relu_prox((const ref[]){m[0], m[0], m[1]}, p, out);
}

/* The nearest point to m in the tube: [a - t, a + t] of z >= 0, and all z <= 0 where
   |a| <= t; without one (a < -t), the formula. */
void ref_relu_tube(const ref *m, const double *p, double *out)
{
    (void)out;
    double t = p[0];
    for (int64_t k = 0; k < count(m[0]); k++) {
        double a = m[1].x[k], at = m[2].x[k], low = a - t, high = a + t;
        double z = at < high ? at : high;
        m[0].x[k] = low > 0 && z < low ? low : z;
    }
}

static double hinge(double z, double y)
{
    return y > 0.5 ? relu(y - z) : relu(z - y);
}

/* The best of the kinks and of the minimisers of the pieces. */
void ref_hinge_prox(const ref *m, const double *p, double *out)
{
    (void)out;
    double t = p[0];
    for (int64_t k = 0; k < count(m[0]); k++) {
        double v = m[0].x[k], y = m[1].x[k], best = INFINITY;
        double candidates[] = {v, v + t, v - t, y};
        for (int c = 0; c < 4; c++) {
            double z = candidates[c], f = hinge(z, y) + (z - v) * (z - v) / (2 * t);
            if (f < best) {
                best = f;
                m[0].x[k] = z;
            }
        }
    }
}

void ref_hinge_loss(const ref *m, const double *p, double *out)
{
    (void)p;
    for (int64_t k = 0; k < count(m[0]); k++)
        out[0] += hinge(m[0].x[k], m[1].x[k]);
}

/* The z with z + exp(z - s) / (2 b) = c, by bisection. */
static double solve_entry(double c, double s, double b)
{
    double low = c - 1 - exp(c - s) / (2 * b), high = c;
    for (int k = 0; k < 200; k++) {
        double z = (low + high) / 2;
        if (z + exp(z - s) / (2 * b) > c)
            high = z;
        else
            low = z;
    }
    return high;
}

/* z_j + exp(z_j - s) / (2 b) = v_j + y_j / (2 b) with sum_j exp(z_j - s) = 1, where s is
   the logarithm of the sum: both by bisection. */
void ref_softmax_prox(const ref *m, const double *p, double *out)
{
    (void)out;
    double b = p[0];
    for (int64_t i = 0; i < m[0].rows && m[0].cols > 0; i++) {
        double low = -100, high = 100;
        for (int k = 0; k < 60; k++) {
            double s = (low + high) / 2, sum = 0;
            for (int64_t j = 0; j < m[0].cols; j++)
                sum += exp(
                    solve_entry(*at(m[0], i, j) + *at(m[1], i, j) / (2 * b), s, b) - s);
            if (sum > 1)
                low = s;
            else
                high = s;
        }
        for (int64_t j = 0; j < m[0].cols; j++)
            *at(m[0], i, j) =
                solve_entry(*at(m[0], i, j) + *at(m[1], i, j) / (2 * b), high, b);
    }
}

void ref_softmax_loss(const ref *m, const double *p, double *out)
{
    (void)p;
    for (int64_t i = 0; i < m[0].rows && m[0].cols > 0; i++) {
        double sum = 0, fit = 0;
        for (int64_t j = 0; j < m[0].cols; j++) {
            sum += exp(*at(m[0], i, j));
            fit += *at(m[1], i, j) * *at(m[0], i, j);
        }
        out[0] += log(sum) - fit;
    }
}

/* ---- terms of the ccp family ----------------------------------------------------- */

void ref_kinks(const ref *m, const double *p, double *out)
{
    (void)out;
    for (int64_t k = 0; k < count(m[0]); k++) {
        double z = m[1].x[k], y = m[2].x[k];
        m[0].x[k] = y <= 0 ? 0 : z < -p[0] ? 2 * y : -INFINITY;
    }
}

void ref_kinks_positive(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t k = 0; k < count(m[0]); k++)
        m[0].x[k] = m[1].x[k] > 0 ? -INFINITY : INFINITY;
}

/* The three cases one by one. */
static double kink_prox(double r, double y, double z, double rho)
{
    double q = (2 * y + rho * r) / (2 + rho);
    if (r <= z)
        return r;
    return r <= z + 2 * (z - y) / rho ? z : q;
}

void ref_kink_step(const ref *m, const double *p, double *out)
{
    double aa = 0, ww = 0;
    for (int64_t k = 0; k < count(m[0]); k++) {
        double r = m[0].x[k] + p[0] * (m[2].x[k] - m[1].x[k]), a = m[2].x[k];
        double w = kink_prox(r, m[3].x[k], m[4].x[k], p[1]);
        out[0] += (a - w) * (a - w);
        out[1] += (w - m[1].x[k]) * (w - m[1].x[k]);
        out[3] += (r - w) * (r - w);
        aa += a * a;
        ww += w * w;
        m[0].x[k] = r;
        m[1].x[k] = w;
        m[2].x[k] = 2 * w - r;
    }
    out[2] = larger(aa, ww);
}

void ref_consensus_step(const ref *m, const double *p, double *out)
{
    (void)out;
    for (int64_t k = 0; k < count(m[0]); k++) {
        double s = m[1].x[k], r = m[2].x[k] - s * m[0].x[k];
        m[0].x[k] = s == 0 ? 0 : (kink_prox(r, m[3].x[k], m[4].x[k], p[0] / s) - r) / s;
    }
}

/* f as const + s^2 + 2 (k - y) s beyond a kink k. */
void ref_kink_value(const ref *m, const double *p, double *out)
{
    (void)p;
    for (int64_t i = 0; i < count(m[0]); i++) {
        double z = m[0].x[i], y = m[1].x[i], k = m[2].x[i], s = fmax(z - k, 0);
        out[0] +=
            isinf(k) ? (z - y) * (z - y) : (k - y) * (k - y) + s * s + 2 * (k - y) * s;
    }
}

void ref_kink_slope(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t i = 0; i < count(m[0]); i++)
        m[0].x[i] = m[1].x[i] > m[3].x[i] ? 2 * (m[1].x[i] - m[2].x[i]) : 0;
}

void ref_kink_clip(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t i = 0; i < count(m[0]); i++)
        if (!isinf(m[1].x[i]) && m[0].x[i] < 0)
            m[0].x[i] = 0;
}

void ref_kink_conjugate(const ref *m, const double *p, double *out)
{
    (void)p;
    for (int64_t i = 0; i < count(m[0]); i++) {
        double nu = m[0].x[i], y = m[1].x[i], k = m[2].x[i];
        double over = fmax(nu - 2 * (k - y), 0);
        out[0] += isinf(k) ? nu * nu / 4 + nu * y
                           : nu * k + over * over / 4 - (k - y) * (k - y);
    }
}

void ref_relu_distance2(const ref *m, const double *p, double *out)
{
    for (int64_t i = 0; i < count(m[0]); i++) {
        double w = m[0].x[i] + (p[0] != 0 ? p[0] * m[1].x[i] : 0);
        double gap = fmax(w, 0) - m[2].x[i];
        out[0] += gap * gap;
    }
}

void ref_soft_threshold(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t i = 0; i < count(m[0]); i++) {
        double x = m[1].x[i], size = fabs(x) - m[2].x[i % m[0].rows];
        m[0].x[i] = size > 0 ? copysign(size, x) : 0;
    }
}

/* An entry stays when fewer than `count' come before it, by size and then by place. */
void ref_keep_largest(const ref *m, const double *p, double *out)
{
    (void)out;
    for (int64_t i = 0; i < count(m[0]); i++) {
        double size = fabs(m[1].x[i]), before = 0;
        for (int64_t k = 0; k < count(m[0]) && before < p[0]; k++)
            before += fabs(m[1].x[k]) > size || (fabs(m[1].x[k]) == size && k < i);
        m[0].x[i] = before < p[0] ? m[1].x[i] : 0;
    }
}

void ref_count_nonzero(const ref *m, const double *p, double *out)
{
    (void)p;
    for (int64_t i = 0; i < count(m[0]); i++)
        out[0] += m[0].x[i] != 0;
}

void ref_abs(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t i = 0; i < count(m[0]); i++)
        m[0].x[i] = fabs(m[0].x[i]);
}

void ref_scale_signs(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t i = 0; i < count(m[0]); i++)
        m[0].x[i] *= m[m[0].x[i] > 0 ? 1 : 2].x[i / m[0].rows];
}

void ref_col_max_abs(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t j = 0; j < m[1].cols; j++) {
        m[0].x[j] = 0;
        for (int64_t i = 0; i < m[1].rows; i++)
            m[0].x[j] = larger(m[0].x[j], fabs(*at(m[1], i, j)));
    }
}

/* ---- kernels of infinitely many gates, probabilities ------------------------------- */

void ref_arc_cosine(const ref *m, const double *p, double *out)
{
    (void)out;
    for (int64_t j = 0; j < m[0].cols; j++)
        for (int64_t i = 0; i < m[0].rows; i++) {
            double g = *at(m[0], i, j) + p[0];
            double size = sqrt((*at(m[1], i, 0) + p[0]) * (*at(m[2], j, 0) + p[0]));
            double angle = acos(fmin(1, fmax(-1, g / size)));
            double gated = g * (M_PI - angle) / (2 * M_PI);
            double relu = (size * sin(angle) + (M_PI - angle) * g) / (2 * M_PI);
            *at(m[0], i, j) = p[1] * gated + p[2] * relu;
        }
}

void ref_exp(const ref *m, const double *p, double *out)
{
    (void)out;
    for (int64_t k = 0; k < count(m[0]); k++)
        m[0].x[k] = exp(p[0] * m[0].x[k]);
}

void ref_clamp(const ref *m, const double *p, double *out)
{
    (void)out;
    for (int64_t k = 0; k < count(m[0]); k++)
        m[0].x[k] = fmin(fmax(m[0].x[k], p[0]), p[1]);
}

void ref_softmax(const ref *m, const double *p, double *out)
{
    (void)p, (void)out;
    for (int64_t i = 0; i < m[0].rows; i++) {
        double sum = 0;
        for (int64_t j = 0; j < m[0].cols; j++)
            sum += exp(*at(m[0], i, j));
        for (int64_t j = 0; j < m[0].cols; j++)
            *at(m[0], i, j) = exp(*at(m[0], i, j)) / sum;
    }
}

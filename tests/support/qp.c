/* A primal-dual interior-point method: Newton's method on
       Q x + c + G'z = 0,   G x + s = h,   s_i z_i = sigma mu,   s, z > 0. */
#include "support/qp.h"

#include <math.h>
#include <string.h>

typedef struct point {
    double s[CVR_QP_MOST], z[CVR_QP_MOST], gx[CVR_QP_MOST]; /* gx: G x, or G dx */
} point;

static double H[CVR_QP_MOST][CVR_QP_MOST];

/* b = A^{-1} b for a positive definite A, by elimination; A is used. */
static void solve(double A[CVR_QP_MOST][CVR_QP_MOST], double *b, int n)
{
    for (int k = 0; k < n; k++)
        for (int i = k + 1; i < n; i++) {
            double l = A[i][k] / A[k][k];
            for (int j = k; j < n; j++)
                A[i][j] -= l * A[k][j];
            b[i] -= l * b[k];
        }
    for (int k = n - 1; k >= 0; k--) {
        for (int j = k + 1; j < n; j++)
            b[k] -= A[k][j] * b[j];
        b[k] /= A[k][k];
    }
}

static void times(const cvr_qp *q, const double *x, double *gx)
{
    for (int i = 0; i < q->m; i++) {
        gx[i] = 0;
        for (int j = 0; j < q->n; j++)
            gx[i] += q->G[i][j] * x[j];
    }
}

/* dx of the Newton step towards s z = centre, which p->gx, s and z give. */
static void direction(const cvr_qp *q, const point *p, double centre, double *dx)
{
    for (int j = 0; j < q->n; j++) {
        dx[j] = -q->c[j];
        for (int k = 0; k < q->n; k++) {
            dx[j] -= q->Q[j][k] * q->x[k];
            H[j][k] = q->Q[j][k];
        }
    }
    for (int i = 0; i < q->m; i++) {
        double rp = p->gx[i] + p->s[i] - q->h[i], ratio = p->z[i] / p->s[i];
        double z = p->z[i] + (centre - p->s[i] * p->z[i] + p->z[i] * rp) / p->s[i];
        for (int j = 0; j < q->n; j++) {
            dx[j] -= q->G[i][j] * z;
            for (int k = 0; k < q->n; k++)
                H[j][k] += ratio * q->G[i][j] * q->G[i][k];
        }
    }
    solve(H, dx, q->n);
}

/* Moves x, s and z by as much of the step as keeps s and z positive. */
static void move(cvr_qp *q, point *p, double centre, const double *dx)
{
    double ds[CVR_QP_MOST], dz[CVR_QP_MOST], step = 1, gdx[CVR_QP_MOST];
    times(q, dx, gdx);
    for (int i = 0; i < q->m; i++) {
        ds[i] = q->h[i] - p->s[i] - p->gx[i] - gdx[i];
        dz[i] = (centre - p->s[i] * p->z[i] - p->z[i] * ds[i]) / p->s[i];
        step = ds[i] < 0 ? fmin(step, -0.99 * p->s[i] / ds[i]) : step;
        step = dz[i] < 0 ? fmin(step, -0.99 * p->z[i] / dz[i]) : step;
    }
    for (int i = 0; i < q->m; i++) {
        p->s[i] += step * ds[i];
        p->z[i] += step * dz[i];
    }
    for (int j = 0; j < q->n; j++)
        q->x[j] += step * dx[j];
}

double cvr_qp_solve(cvr_qp *q)
{
    static point p;
    double dx[CVR_QP_MOST], mu = 1, value = 0;
    memset(q->x, 0, sizeof q->x);
    for (int i = 0; i < q->m; i++)
        p.s[i] = p.z[i] = 1;
    for (int k = 0; k < 200 && mu > 1e-14; k++) {
        mu = 0;
        for (int i = 0; i < q->m; i++)
            mu += p.s[i] * p.z[i] / q->m;
        times(q, q->x, p.gx);
        direction(q, &p, 0.1 * mu, dx);
        move(q, &p, 0.1 * mu, dx);
    }
    for (int j = 0; j < q->n; j++) {
        value += q->c[j] * q->x[j];
        for (int k = 0; k < q->n; k++)
            value += q->x[j] * q->Q[j][k] * q->x[k] / 2;
    }
    return value;
}

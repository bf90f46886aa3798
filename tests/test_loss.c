/* The table of losses: what its rows say of each other. A new loss is tested by being in
   the table. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "model/loss.h"

enum { MOST = 5, DRAWS = 400 };

static double gauss(int k, int c)
{
    return cvr_random_gauss(8, 300, k, c);
}

/* C outputs of some size and targets of the loss. */
static int draw(const cvr_loss *loss, int k, double *f, double *y)
{
    static const double sizes[] = {0.1, 1, 3, 30};
    int C = 1 + k % MOST;
    C = loss->targets == CVR_TARGETS_ONE_HOT && C == 1 ? 2 : C;
    for (int c = 0; c < C; c++) {
        f[c] = sizes[k / MOST % 4] * gauss(k, c);
        y[c] = gauss(k, MOST + c);
        if (loss->targets == CVR_TARGETS_LABELS)
            y[c] = y[c] < 0 ? -1 : 1;
        if (loss->targets == CVR_TARGETS_ONE_HOT)
            y[c] = c == k / 7 % C;
    }
    return C;
}

static double dot(int C, const double *a, const double *b)
{
    double sum = 0;
    for (int c = 0; c < C; c++)
        sum += a[c] * b[c];
    return sum;
}

/* Calls check(loss, C, f, y) for all losses and draws. */
static void each(void (*check)(const cvr_loss *, int, const double *, const double *))
{
    for (int i = 0; cvr_losses[i]; i++)
        for (int k = 0; k < DRAWS; k++) {
            double f[MOST], y[MOST];
            int C = draw(cvr_losses[i], k, f, y);
            check(cvr_losses[i], C, f, y);
        }
}

/* ---- gradients and conjugates ----------------------------------------------------- */

/* l(f + h e_c) - l(f - h e_c) over 2 h; gradients that jump are not asked near a kink. */
static void check_slope(const cvr_loss *loss, int C, const double *f, const double *y)
{
    double slope[MOST], other[MOST], near[MOST], h = 1e-5;
    double value = loss->row(loss, C, f, y, slope);
    for (int c = 0; c < C; c++) {
        double apart = 0;
        for (int side = -1; side <= 1; side += 2) {
            for (int j = 0; j < C; j++)
                near[j] = f[j] + (j == c ? side * h : 0);
            apart += side * loss->row(loss, C, near, y, other);
        }
        if (isinf(loss->curvature) && fabs(f[c] - y[c]) < 2 * h)
            continue;
        assert_true(fabs(apart / (2 * h) - slope[c]) < 1e-8 * (1 + fabs(value)));
    }
}

static void slopes_are_those_of_finite_differences(void **state)
{
    (void)state;
    each(check_slope);
}

/* l(f) + l*(l'(f)) = f'l'(f), and l*(theta) is at least theta'g - l(g) for any g. */
static void check_conjugate(const cvr_loss *loss, int C, const double *f, const double *y)
{
    double slope[MOST], other[MOST], g[MOST], value = loss->row(loss, C, f, y, slope);
    double dual = loss->conjugate(loss, C, slope, y), size = 1 + fabs(value) + fabs(dual);
    assert_true(fabs(value + dual - dot(C, f, slope)) <= 1e-12 * size);
    for (int c = 0; c < C; c++)
        g[c] = f[c] + gauss(C, c);
    assert_true(dual >=
                dot(C, slope, g) - loss->row(loss, C, g, y, other) - 1e-12 * size);
}

static void conjugates_meet_the_loss_at_its_slope(void **state)
{
    (void)state;
    each(check_conjugate);
}

/* Infinite outside the domain: every loss but the squared one has a bounded side. */
static void conjugates_have_a_domain(void **state)
{
    (void)state;
    for (int i = 0; cvr_losses[i]; i++) {
        double f[MOST], y[MOST], far[MOST] = {0};
        int C = draw(cvr_losses[i], 1, f, y);
        far[0] = -3;
        far[1] = 3;
        if (cvr_losses[i]->targets == CVR_TARGETS_LABELS) /* away from the label */
            far[0] = y[0] > 0 ? 3 : -3;
        assert_true(isinf(cvr_losses[i]->conjugate(cvr_losses[i], C, far, y)) ==
                    (cvr_losses[i] != &cvr_loss_squared));
    }
}

/* |l'(f) - l'(g)| <= curvature |f - g|; l''(f) x is how l' changes along x. */
static void check_curvature(const cvr_loss *loss, int C, const double *f, const double *y)
{
    double here[MOST], there[MOST], g[MOST], x[MOST], h = 1e-5, moved = 0, apart = 0;
    loss->row(loss, C, f, y, here);
    for (int c = 0; c < C; c++)
        g[c] = f[c] + h * (x[c] = gauss(C, 9 + c));
    loss->row(loss, C, g, y, there);
    for (int c = 0; c < C; c++) {
        moved += (g[c] - f[c]) * (g[c] - f[c]);
        apart += (there[c] - here[c]) * (there[c] - here[c]);
    }
    assert_true(sqrt(apart) <= loss->curvature * sqrt(moved) * (1 + 1e-6) + 1e-14);
    if (!loss->hessian)
        return;
    loss->hessian(C, f, x);
    for (int c = 0; c < C; c++)
        assert_true(fabs((there[c] - here[c]) / h - x[c]) < 1e-4);
}

static void slopes_change_as_the_curvature_says(void **state)
{
    (void)state;
    each(check_curvature);
}

/* ---- rows of matrices ------------------------------------------------------------- */

static cvr_mat view(double *x, int C)
{
    return (cvr_mat){1, C, 1, CVR_DOUBLE, cvr_cpu(), x};
}

/* z = prox(v) exactly when theta = rho (v - z) is a slope at z: the only one, or at a
   kink one with l(z) + l*(theta) = theta'z. */
static void check_prox(const cvr_loss *loss, int C, const double *f, const double *y)
{
    static const double rhos[] = {0.01, 0.1, 1, 10};
    double slope[MOST], z[MOST], theta[MOST], t[MOST];
    if (!loss->prox)
        return;
    memcpy(t, y, sizeof t);
    for (int k = 0; k < 4; k++) {
        memcpy(z, f, sizeof z);
        loss->prox(view(z, C), view(t, C), rhos[k]);
        double value = loss->row(loss, C, z, y, slope), size = 1 + fabs(value);
        for (int c = 0; c < C; c++) {
            theta[c] =
                (1 - 1e-13) * rhos[k] * (f[c] - z[c]); /* rounded into the domain */
            assert_true(isinf(loss->curvature) ||
                        fabs(theta[c] - slope[c]) < 1e-9 * size);
        }
        assert_true(isfinite(loss->curvature) ||
                    fabs(value + loss->conjugate(loss, C, theta, y) - dot(C, theta, z)) <=
                        1e-10 * size);
        assert_true(fabs(loss->value(view(z, C), view(t, C)) - value) <= 1e-13 * size);
    }
}

static void proximal_steps_are_minima(void **state)
{
    (void)state;
    each(check_prox);
}

/* ---- proximal steps of a row ------------------------------------------------------- */

/* z = prox_{t l}(a) exactly when a = z + t slope with a slope at z: l(z) + l*(slope) =
   slope'z. Newton's method takes few steps, whatever t is. */
static void check_nearest(const cvr_loss *loss, int C, const double *f, const double *y)
{
    for (int e = -6; e <= 6; e++) {
        double z[MOST], a[MOST], slope[MOST], other[MOST], t = pow(10, e), size = 1;
        for (int c = 0; c < C; c++)
            z[c] = a[c] = fmax(-1e3, fmin(1e3, 10 * f[c]));
        int steps = loss->nearest(loss, C, z, y, t, slope);
        double value = loss->row(loss, C, z, y, other), sum = dot(C, slope, z);
        double dual = loss->conjugate(loss, C, slope, y);
        for (int c = 0; c < C; c++) {
            double most = fabs(a[c]) + fabs(z[c]) + t * fabs(slope[c]);
            assert_true(fabs(z[c] + t * slope[c] - a[c]) <= 1e-14 * most + 4e-15 * t);
            size += fabs(slope[c] * z[c]);
        }
        assert_true(fabs(value + dual - sum) <= 1e-12 * (size + value));
        assert_true(steps <= (loss == &cvr_loss_softmax ? 15 : 25));
    }
}

static void rows_move_to_the_proximal_point(void **state)
{
    (void)state;
    each(check_nearest);
}

/* Widths and levels other than the first ones. */
static void shapes_are_heeded(void **state)
{
    static const double shapes[] = {0.1, 0.3, 0.9};
    (void)state;
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < 2; i++) {
            cvr_loss loss = i ? cvr_loss_huber : cvr_loss_quantile;
            double f[MOST], y[MOST], slope[MOST];
            loss.shape = shapes[k];
            for (int j = 0; j < DRAWS; j++) {
                int C = draw(&loss, j, f, y);
                check_slope(&loss, C, f, y);
                check_conjugate(&loss, C, f, y);
                check_nearest(&loss, C, f, y);
            }
            f[0] = y[0] - 10;
            (void)loss.row(&loss, 1, f, y, slope);
            assert_true(slope[0] == -shapes[k]);
        }
}

/* ---- the table -------------------------------------------------------------------- */

/* Appends "|name" of each. */
static const char *listed(const cvr_loss *const losses[], char text[128])
{
    strcpy(text, "auto");
    for (int i = 0; losses[i]; i++) {
        strcat(text, "|");
        strcat(text, losses[i]->name);
    }
    return text;
}

static void choices_stand_in_the_order_of_the_tables(void **state)
{
    char text[128];
    (void)state;
    for (int i = 0; cvr_losses[i]; i++)
        assert_true(!cvr_losses[i]->prox == !cvr_losses[i]->value);
    assert_ptr_equal(strstr(listed(cvr_losses, text), CVR_LOSS_CHOICES), text);
    assert_string_equal(listed(cvr_losses_prox, text), CVR_LOSS_PROX_CHOICES);
    assert_string_equal("auto|squared|logistic|hinge|softmax|squared-hinge",
                        CVR_LOSS_CHOICES);
    assert_string_equal("auto|squared|hinge|softmax", CVR_LOSS_PROX_CHOICES);
}

static void what_is_not_a_number_stays_so(void **state)
{
    (void)state;
    for (int i = 0; cvr_losses[i]; i++) {
        double f[MOST], y[MOST], slope[MOST];
        int C = draw(cvr_losses[i], 4, f, y);
        f[C - 1] = NAN;
        assert_true(isnan(cvr_losses[i]->row(cvr_losses[i], C, f, y, slope)));
        if (cvr_losses[i]->value)
            assert_true(isnan(cvr_losses[i]->value(view(f, C), view(y, C))));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slopes_are_those_of_finite_differences),
        cmocka_unit_test(conjugates_meet_the_loss_at_its_slope),
        cmocka_unit_test(conjugates_have_a_domain),
        cmocka_unit_test(slopes_change_as_the_curvature_says),
        cmocka_unit_test(proximal_steps_are_minima),
        cmocka_unit_test(choices_stand_in_the_order_of_the_tables),
        cmocka_unit_test(rows_move_to_the_proximal_point),
        cmocka_unit_test(shapes_are_heeded),
        cmocka_unit_test(what_is_not_a_number_stays_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

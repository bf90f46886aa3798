/* The terms of the ccp family as CSV, by the library's own operations.

       terms single Y W0        w, f, relaxation, majoriser: (max(w, 0) - Y)^2, its convex
                                envelope, and the majoriser that touches it at W0
       terms double Y1 Y2       u, f, relaxation: two rows x = 1 and x = -1 with targets
                                Y1 and Y2, a function of one weight u */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ccp/ops.h"
#include "linalg/ops.h"

#include "posed.h"

enum { POINTS = 401 };

static cvr_mat one(double x)
{
    cvr_mat A = {0};
    must(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 1, 1, &A));
    cvr_set(A, 0, 0, x);
    return A;
}

/* (max(w, k) - y)^2 */
static double value(double w, double y, double k)
{
    cvr_mat W = one(w), Y = one(y), K = one(k);
    double f = cvr_majorizer_value(W, Y, K);
    cvr_mat_free(&W);
    cvr_mat_free(&Y);
    cvr_mat_free(&K);
    return f;
}

/* The kink of the majoriser that touches at w0. */
static double kink(double w0, double y)
{
    cvr_mat W = one(w0), Y = one(y), K = one(0);
    cvr_breakpoints(K, W, Y, 1e-12);
    double k = cvr_get(K, 0, 0);
    cvr_mat_free(&W);
    cvr_mat_free(&Y);
    cvr_mat_free(&K);
    return k;
}

/* The convex envelope: kink y for y > 0; the term itself, which is convex, else. */
static double relaxation(double w, double y)
{
    return value(w, y, y > 0 ? y : 0);
}

static void single(double y, double w0)
{
    printf("w,f,relaxation,majoriser\n");
    for (int i = 0; i < POINTS; i++) {
        double w = -2 + 6.0 * i / (POINTS - 1);
        printf("%.6g,%.6g,%.6g,%.6g\n", w, value(w, y, 0), relaxation(w, y),
               value(w, y, kink(w0, y)));
    }
}

static void two(double y1, double y2)
{
    printf("u,f,relaxation\n");
    for (int i = 0; i < POINTS; i++) {
        double u = -3 + 6.0 * i / (POINTS - 1);
        printf("%.6g,%.6g,%.6g\n", u, value(u, y1, 0) + value(-u, y2, 0),
               relaxation(u, y1) + relaxation(-u, y2));
    }
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "single") == 0)
        single(atof(argv[2]), atof(argv[3]));
    else if (argc == 4 && strcmp(argv[1], "double") == 0)
        two(atof(argv[2]), atof(argv[3]));
    else
        fprintf(stderr, "usage: terms single Y W0 | terms double Y1 Y2\n");
    return argc == 4 ? 0 : 2;
}

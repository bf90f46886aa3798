/* Gray images of digits: polylines of a small font, shifted, turned, slanted, scaled and
   drawn with a pen of some width, then noise. Pixels are 0..255 like those of MNIST. */
#include "data/glyphs.h"

#include <math.h>

#include "base/random.h"

/* Strokes in a box of 10 x 14, y downwards; {-1, -1} lifts the pen. */
typedef struct point {
    signed char x, y;
} point;
#define LIFT                                                                             \
    {                                                                                    \
        -1, -1                                                                           \
    }

enum { MOST_POINTS = 20 };
typedef struct glyph {
    int count;
    point at[MOST_POINTS];
} glyph;

static const glyph font[10] = {
    {13,
     {{5, 0},
      {8, 1},
      {10, 4},
      {10, 7},
      {10, 10},
      {8, 13},
      {5, 14},
      {2, 13},
      {0, 10},
      {0, 7},
      {0, 4},
      {2, 1},
      {5, 0}}},
    {3, {{2, 3}, {6, 0}, {6, 14}}},
    {9, {{0, 3}, {1, 1}, {4, 0}, {7, 0}, {9, 2}, {9, 5}, {6, 8}, {0, 14}, {10, 14}}},
    {13,
     {{0, 2},
      {3, 0},
      {7, 0},
      {9, 2},
      {9, 5},
      {7, 7},
      {4, 7},
      {7, 7},
      {10, 9},
      {10, 12},
      {7, 14},
      {3, 14},
      {0, 12}}},
    {4, {{8, 14}, {8, 0}, {0, 10}, {10, 10}}},
    {10,
     {{9, 0},
      {1, 0},
      {1, 6},
      {5, 5},
      {8, 6},
      {10, 9},
      {9, 12},
      {6, 14},
      {3, 14},
      {0, 12}}},
    {13,
     {{8, 0},
      {4, 2},
      {1, 6},
      {0, 10},
      {2, 13},
      {5, 14},
      {8, 13},
      {10, 10},
      {9, 8},
      {7, 7},
      {4, 7},
      {1, 8},
      {0, 10}}},
    {6, {{0, 0}, {10, 0}, {6, 7}, {4, 14}, LIFT, {3, 7}}},
    {17,
     {{5, 7},
      {2, 5},
      {1, 3},
      {2, 1},
      {5, 0},
      {8, 1},
      {9, 3},
      {8, 5},
      {5, 7},
      {9, 9},
      {10, 11},
      {8, 13},
      {5, 14},
      {2, 13},
      {0, 11},
      {1, 9},
      {5, 7}}},
    {13,
     {{10, 4},
      {9, 6},
      {6, 7},
      {3, 7},
      {1, 6},
      {0, 4},
      {2, 1},
      {5, 0},
      {8, 1},
      {10, 4},
      {9, 8},
      {6, 12},
      {2, 14}}},
};

typedef struct pen {
    const cvr_generate *g;
    int64_t row;
    double xx, xy, yx, yy, x, y; /* font -> pixels: (xx u + xy v + x, yx u + yy v + y) */
    double width;                /* half, in pixels */
} pen;

/* Uniform in low .. high, the which-th number of the row. */
static double between(const cvr_generate *g, int64_t row, int which, double low,
                      double high)
{
    return low + (high - low) * cvr_random_uniform(g->seed, CVR_FOR_ROWS, row, which);
}

static pen take_pen(const cvr_generate *g, int64_t row)
{
    double turn = between(g, row, 0, -0.28, 0.28),
           slant = between(g, row, 1, -0.25, 0.25);
    double wide = between(g, row, 2, 0.95, 1.5), high = between(g, row, 3, 1.05, 1.45);
    double c = cos(turn), s = sin(turn);
    pen p = {.g = g, .row = row, .width = between(g, row, 4, 0.6, 1.6)};
    p.xx = c * wide;
    p.xy = (c * slant - s) * high;
    p.yx = s * wide;
    p.yy = (s * slant + c) * high;
    p.x = 13.5 + between(g, row, 5, -2.5, 2.5) - 5 * p.xx - 7 * p.xy;
    p.y = 13.5 + between(g, row, 6, -2.5, 2.5) - 5 * p.yx - 7 * p.yy;
    return p;
}

/* Where a point of the font lies in the image; hands are not steady. */
static void place(const pen *p, point at, int which, double *x, double *y)
{
    double u = at.x + between(p->g, p->row, 8 + 2 * which, -0.7, 0.7);
    double v = at.y + between(p->g, p->row, 9 + 2 * which, -0.7, 0.7);
    *x = p->xx * u + p->xy * v + p->x;
    *y = p->yx * u + p->yy * v + p->y;
}

static double clamp(double v, double low, double high)
{
    return v < low ? low : v > high ? high : v;
}

static int pixel(double v)
{
    return (int)clamp(v, 0, CVR_GLYPH_SIDE - 1);
}

/* Ink within the pen's width of the segment from a to b, fading over a pixel. */
static void draw(const pen *p, double ax, double ay, double bx, double by, double *image)
{
    double reach = p->width + 1, dx = bx - ax, dy = by - ay, length2 = dx * dx + dy * dy;
    int left = pixel(fmin(ax, bx) - reach), right = pixel(fmax(ax, bx) + reach + 1);
    int top = pixel(fmin(ay, by) - reach), bottom = pixel(fmax(ay, by) + reach + 1);
    for (int y = top; y <= bottom; y++)
        for (int x = left; x <= right; x++) {
            double t = (x - ax) * dx + (y - ay) * dy;
            t = length2 > 0 ? clamp(t / length2, 0, 1) : 0;
            double away = hypot(x - ax - t * dx, y - ay - t * dy);
            double ink = clamp(p->width + 0.5 - away, 0, 1);
            double *to = &image[y * CVR_GLYPH_SIDE + x];
            *to = ink > *to ? ink : *to;
        }
}

static void draw_glyph(const pen *p, const glyph *f, double *image)
{
    double ax = 0, ay = 0, bx = 0, by = 0;
    bool down = false;
    for (int k = 0; k < f->count; k++) {
        bool lift = f->at[k].x < 0;
        if (!lift)
            place(p, f->at[k], k, &bx, &by);
        if (!lift && down)
            draw(p, ax, ay, bx, by, image);
        down = !lift;
        ax = bx;
        ay = by;
    }
}

/* Few classes take digits that are hard to tell apart: the first of this list, in rising
   order. */
static const int hard_first[10] = {1, 7, 4, 8, 3, 5, 6, 9, 2, 0};

int cvr_glyph_class(const cvr_generate *g, int k)
{
    for (int digit = 0; digit < 10; digit++)
        for (int c = 0; c < g->classes; c++)
            if (hard_first[c] == digit && k-- == 0)
                return digit;
    return -1;
}

/* The class of row i is i mod C. Noise: g->noise in parts of full ink, on every pixel. */
double cvr_glyph_row(const cvr_generate *g, const double *plant, int64_t i, double *x)
{
    (void)plant;
    int k = (int)(i % g->classes);
    pen p = take_pen(g, i);
    double dark = between(g, i, 7, 0.6, 1);
    for (int j = 0; j < CVR_GLYPH_SIDE * CVR_GLYPH_SIDE; j++)
        x[j] = 0;
    draw_glyph(&p, &font[cvr_glyph_class(g, k)], x);
    for (int j = 0; j < CVR_GLYPH_SIDE * CVR_GLYPH_SIDE; j++) {
        double noise =
            g->noise > 0 ? g->noise * cvr_random_gauss(g->seed, CVR_FOR_NOISE, i, j) : 0;
        x[j] = rint(255 * clamp(dark * x[j] + noise, 0, 1));
    }
    return k;
}

/* The table of generators, and the small ones. Randomness is Philox keyed by the seed at
   (row, column), so any process can make any row. */
#include "data/generate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/random.h"
#include "data/dataset.h"
#include "data/glyphs.h"
#include "linalg/ops.h"

#define MOST_NOISE 1e30 /* what single precision holds, and six deviations more */

static double gauss_row(const cvr_generate *g, int64_t i, double *x)
{
    for (int64_t j = 0; j < g->features; j++)
        x[j] = cvr_random_gauss(g->seed, CVR_FOR_ROWS, i, j);
    return g->noise * cvr_random_gauss(g->seed, CVR_FOR_NOISE, i, 0);
}

static double relu(double z)
{
    return z > 0 ? z : 0;
}

static double dot(const double *x, const double *u, int64_t d)
{
    double sum = 0;
    for (int64_t j = 0; j < d; j++)
        sum += x[j] * u[j];
    return sum;
}

/* ---- teacher: x ~ N(0, I), y = sum_k a_k relu(x'u_k) + noise, |u_k| = 1, a_k = +-1 - */

static int64_t teacher_size(const cvr_generate *g)
{
    return cvr_times(g->neurons, g->features);
}

static void plan_teacher(const cvr_generate *g, double *plant)
{
    for (int k = 0; k < g->neurons; k++) {
        double *u = plant + k * g->features;
        for (int64_t j = 0; j < g->features; j++)
            u[j] = cvr_random_gauss(g->seed, CVR_FOR_PLANT, k, j);
        double norm = sqrt(dot(u, u, g->features));
        for (int64_t j = 0; j < g->features; j++)
            u[j] /= norm;
    }
}

static double teacher_row(const cvr_generate *g, const double *plant, int64_t i,
                          double *x)
{
    double y = gauss_row(g, i, x);
    for (int k = 0; k < g->neurons; k++)
        y += (k % 2 ? -1 : 1) * relu(dot(x, plant + k * g->features, g->features));
    return y;
}

/* ---- relu-regression: y = max(0, x'u) + noise; a fifth of u is not 0 --------------- */

static int64_t sparse_size(const cvr_generate *g)
{
    return g->features;
}

static void plan_sparse(const cvr_generate *g, double *u)
{
    int64_t filled = (g->features + 4) / 5;
    for (int64_t j = 0; j < g->features; j++)
        u[j] = j < filled ? cvr_random_gauss(g->seed, CVR_FOR_PLANT, 0, j) : 0;
    for (int64_t j = 0; j < filled; j++) {
        int64_t to = j + cvr_random_below(g->seed, CVR_FOR_PLANT, 1, j, g->features - j);
        double held = u[j];
        u[j] = u[to];
        u[to] = held;
    }
}

static double sparse_row(const cvr_generate *g, const double *u, int64_t i, double *x)
{
    double noise = gauss_row(g, i, x);
    return relu(dot(x, u, g->features)) + noise;
}

/* ---- spiral: class k is the arm at angle 2 pi k / C, a turn and a half long -------- */

static double spiral_row(const cvr_generate *g, const double *plant, int64_t i, double *x)
{
    (void)plant;
    static const double TURN = 6.283185307179586477;
    int64_t k = i % g->classes;
    double radius = 0.1 + 0.9 * cvr_random_uniform(g->seed, CVR_FOR_ROWS, i, 0);
    double angle = TURN * (1.5 * radius + (double)k / g->classes);
    x[0] =
        radius * cos(angle) + g->noise * cvr_random_gauss(g->seed, CVR_FOR_NOISE, i, 0);
    x[1] =
        radius * sin(angle) + g->noise * cvr_random_gauss(g->seed, CVR_FOR_NOISE, i, 1);
    return (double)k;
}

/* ---- higgs-like: 21 measured numbers and 7 made of them; two classes that overlap -- */

enum { MEASURED = 21, DERIVED = 7 };

/* The 21 are skewed like momenta (every third: exp) or centred like angles; the 7 are
   mixed masses sqrt(a^2 + b^2 + c). The class is drawn with a probability that depends on
   products and masses, so that no line and no model separates all. */
static double higgs_row(const cvr_generate *g, const double *plant, int64_t i, double *x)
{
    (void)plant;
    for (int64_t j = 0; j < MEASURED; j++) {
        double z = cvr_random_gauss(g->seed, CVR_FOR_ROWS, i, j);
        x[j] = j % 3 == 0 ? exp(0.5 * z) : z;
    }
    for (int64_t k = 0; k < DERIVED; k++) {
        double a = x[3 * k], b = x[3 * k + 1], c = x[(3 * k + 5) % MEASURED];
        double smear = g->noise * cvr_random_gauss(g->seed, CVR_FOR_NOISE, i, k);
        x[MEASURED + k] = sqrt(a * a + b * b + 0.25 * c * c) + smear;
    }
    double s = 1.2 * x[1] * x[4] - 1.5 * (x[MEASURED] - 1.6) + fabs(x[7]) - fabs(x[10]) +
               0.8 * x[2] * x[5] + 0.4 * x[8];
    double u = cvr_random_uniform(g->seed, CVR_FOR_ROWS, i, MEASURED);
    return u < 1 / (1 + exp(-1.5 * s));
}

/* ---- the table -------------------------------------------------------------------- */

static const cvr_generator generators[] = {
    {"teacher", 0, 0, 0, 0, 0, teacher_row, teacher_size, plan_teacher, NULL},
    {"spiral", 2, 2, 100, 0, 0, spiral_row, NULL, NULL, NULL},
    {"glyphs", CVR_GLYPH_SIDE *CVR_GLYPH_SIDE, 2, 10, CVR_GLYPH_SIDE, CVR_GLYPH_SIDE,
     cvr_glyph_row, NULL, NULL, cvr_glyph_class},
    {"relu-regression", 0, 0, 0, 0, 0, sparse_row, sparse_size, plan_sparse, NULL},
    {"higgs-like", MEASURED + DERIVED, 2, 2, 0, 0, higgs_row, NULL, NULL, NULL},
};
enum { GENERATORS = sizeof generators / sizeof *generators };

static const cvr_generator *find(const char *kind)
{
    for (int k = 0; kind && k < GENERATORS; k++)
        if (strcmp(generators[k].name, kind) == 0)
            return &generators[k];
    return NULL;
}

/* What is asked, with defaults filled in. */
static cvr_status complete(const cvr_generate *asked, const cvr_generator *kind,
                           cvr_generate *g)
{
    *g = *asked;
    g->features = kind->features    ? kind->features
                  : asked->features ? asked->features
                                    : 20;
    g->neurons = asked->neurons ? asked->neurons : 5;
    g->classes = asked->classes ? asked->classes : 2;
    if (kind->features && asked->features && asked->features != kind->features)
        return cvr_fail(CVR_USAGE, "%s has %lld features, not %lld", kind->name,
                        (long long)kind->features, (long long)asked->features);
    if (g->rows < 1 || g->first < 0 || g->features < 1 || g->neurons < 1 ||
        g->rows > INT64_MAX - g->first)
        return cvr_fail(CVR_USAGE,
                        "cannot generate %lld rows of %lld features from row %lld with "
                        "%d neurons",
                        (long long)g->rows, (long long)g->features, (long long)g->first,
                        g->neurons);
    if (kind->most_classes &&
        (g->classes < kind->least_classes || g->classes > kind->most_classes))
        return cvr_fail(CVR_USAGE, "%s has %d to %d classes, not %d", kind->name,
                        kind->least_classes, kind->most_classes, g->classes);
    if (!(g->noise >= 0 && g->noise <= MOST_NOISE))
        return cvr_fail(CVR_USAGE,
                        "noise of %g is not a standard deviation between 0 and %g",
                        g->noise, MOST_NOISE);
    return CVR_OK;
}

/* Rows are made and copied in small groups, so that columns are written in runs. */
enum { GROUP = 64 };

static void write_group(cvr_mat X, int64_t i, const double *rows, int64_t count)
{
    cvr_mat part = cvr_mat_part(X, i, 0, count, X.cols);
    cvr_mat group = {X.cols, count, X.cols, CVR_DOUBLE, X.device, (void *)rows};
    for (int64_t k = 0; k < count; k++)
        for (int64_t j = 0; j < X.cols && X.type == CVR_SINGLE; j++)
            ((float *)part.data)[k + j * part.ld] = (float)rows[k * X.cols + j];
    if (X.type == CVR_DOUBLE)
        cvr_transpose(part, group);
}

static cvr_status fill(const cvr_generate *g, const cvr_generator *kind, cvr_dataset *d)
{
    cvr_status status = CVR_OK;
    double *plant = NULL, *rows = NULL;
    int64_t size = kind->plant_size ? kind->plant_size(g) : 0;
    CVR_TRY(cvr_alloc(size, sizeof *plant, "what is planted", (void **)&plant));
    CVR_TRY(cvr_alloc(cvr_times(GROUP, g->features), sizeof *rows, "generated rows",
                      (void **)&rows));
    if (kind->plan)
        kind->plan(g, plant);
    for (int64_t i = 0; i < d->X.rows; i += GROUP) {
        int64_t count = d->X.rows - i < GROUP ? d->X.rows - i : GROUP;
        for (int64_t k = 0; k < count; k++) {
            int64_t row = g->first + d->first + i + k;
            double y = kind->row(g, plant, row, rows + k * g->features);
            if (d->classes)
                cvr_class_encode(d->Y, i + k, (int64_t)y, d->classes);
            else
                cvr_set(d->Y, i + k, 0, y);
        }
        write_group(d->X, i, rows, count);
    }
done:
    cvr_release(plant);
    cvr_release(rows);
    return status;
}

static cvr_status name_classes(const cvr_generator *kind, const cvr_generate *g,
                               cvr_labels *l)
{
    cvr_status status = CVR_OK;
    double code = 0;
    bool kept = true;
    l->task = kind->most_classes ? CVR_CLASSIFY : CVR_REGRESS;
    for (int k = 0; kind->most_classes && k < g->classes; k++)
        CVR_TRY(cvr_labels_note(l, kind->class_name ? kind->class_name(g, k) : k, NULL,
                                &code, &kept));
    CVR_TRY(cvr_labels_settle(l, kind->name, "the target"));
done:
    return status;
}

cvr_status cvr_generate_block(const cvr_generate *asked, int rank, int size,
                              cvr_dataset **data)
{
    cvr_status status = CVR_OK;
    cvr_generate g = {0};
    cvr_labels labels = {0};
    const cvr_generator *kind = find(asked->kind);
    *data = NULL;
    if (!kind) {
        status = cvr_fail(CVR_USAGE, "unknown generator '%s'", asked->kind);
        cvr_hint("teacher, spiral, glyphs, relu-regression or higgs-like");
        goto done;
    }
    CVR_TRY(complete(asked, kind, &g));
    CVR_TRY(name_classes(kind, &g, &labels));
    int64_t first = cvr_block_begin(g.rows, rank, size);
    int64_t own = cvr_block_begin(g.rows, rank + 1, size) - first;
    int outputs = labels.count ? cvr_class_outputs(labels.count) : 1;
    CVR_TRY(cvr_dataset_new(kind->name, g.type, (cvr_extent){g.rows, first, own},
                            g.features, outputs, data));
    CVR_TRY(cvr_dataset_classes(*data, &labels));
    (*data)->transform.channels = kind->height > 0;
    (*data)->transform.height = kind->height;
    (*data)->transform.width = kind->width;
    CVR_TRY(fill(&g, kind, *data));
done:
    if (status != CVR_OK) {
        cvr_dataset_free(*data);
        *data = NULL;
    }
    cvr_labels_free(&labels);
    return status;
}

cvr_status cvr_dataset_generate(const cvr_generate *what, cvr_comm *comm,
                                cvr_dataset **data)
{
    cvr_status status =
        cvr_generate_block(what, cvr_comm_rank(comm), cvr_comm_size(comm), data);
    status = cvr_allreduce_status(comm, status);
    if (status != CVR_OK) {
        cvr_dataset_free(*data);
        *data = NULL;
    }
    return status;
}

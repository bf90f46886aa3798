/* Losses l(f, y) of the outputs f and the targets y of a row, C of each. All methods mean
   the same function by a name; one that minimises a multiple of it carries the factor.

   A loss is a file loss_<name>.c and a line of CVR_LOSSES. All are >= 0, and 0 is in the
   domain of each conjugate. */
#ifndef CVR_MODEL_LOSS_H
#define CVR_MODEL_LOSS_H

#include <cvxrelu/mat.h>

typedef enum cvr_targets {
    CVR_TARGETS_VALUES, /* any numbers */
    CVR_TARGETS_LABELS, /* two numbers for each output, above 1/2 the class's own: mostly
                           -1 and +1; several outputs: one class against the others */
    CVR_TARGETS_ONE_HOT /* two outputs or more: 1 for the row's class, 0 for the others */
} cvr_targets;

typedef struct cvr_loss {
    const char *name;
    cvr_targets targets;
    double curvature; /* Lipschitz constant of the gradient; infinite: it jumps */
    double shape;     /* a width or a level, of the losses that have one */
    /* l(f, y), NaN where f is; slope = l'(f). */
    double (*row)(const struct cvr_loss *l, int64_t C, const double *f, const double *y,
                  double *slope);
    /* x = l''(f) x; NULL: the identity, or there is none (infinite curvature). */
    void (*hessian)(int64_t C, const double *f, double *x);
    /* l*(theta) = sup_f theta'f - l(f, y); infinite outside its domain. */
    double (*conjugate)(const struct cvr_loss *l, int64_t C, const double *theta,
                        const double *y);
    /* z = argmin t l(z, y) + 1/2 |z - a|^2, t > 0, where z holds a, and slope =
       (a - z) / t, which lies in the domain of l* to the last bit. Returns the number of
       Newton steps. */
    int (*nearest)(const struct cvr_loss *l, int64_t C, double *z, const double *y,
                   double t, double *slope);
    /* sum l over rows of F and Y (rows x C). NULL, as prox: of a CVR_LOSS. */
    double (*value)(cvr_mat F, cvr_mat Y);
    /* Each row z = argmin l(z, y) + rho/2 |z - v|^2, where Z holds v. */
    void (*prox)(cvr_mat Z, cvr_mat Y, double rho);
} cvr_loss;

/* The losses, in the order of the options: WITH those that have value and prox, LESS
   those that the baselines train with besides, CONVEX those of the convex family
   alone. */
#define CVR_LOSSES(WITH, LESS, CONVEX)                                                   \
    WITH(squared, "squared")                                                             \
    LESS(logistic, "logistic")                                                           \
    WITH(hinge, "hinge")                                                                 \
    WITH(softmax, "softmax")                                                             \
    LESS(squared_hinge, "squared-hinge")                                                 \
    CONVEX(huber, "huber") CONVEX(absolute, "absolute") CONVEX(quantile, "quantile")

#define CVR_LOSS_DECLARE(symbol, name) extern const cvr_loss cvr_loss_##symbol;
CVR_LOSSES(CVR_LOSS_DECLARE, CVR_LOSS_DECLARE, CVR_LOSS_DECLARE)
#undef CVR_LOSS_DECLARE

/* Choices of an option --loss: auto and the names of the baselines, or those of losses
   with a prox; all names. */
#define CVR_LOSS_CHOICE(symbol, name) "|" name
#define CVR_LOSS_SKIP(symbol, name)
#define CVR_LOSS_CHOICES                                                                 \
    "auto" CVR_LOSSES(CVR_LOSS_CHOICE, CVR_LOSS_CHOICE, CVR_LOSS_SKIP)
#define CVR_LOSS_PROX_CHOICES                                                            \
    "auto" CVR_LOSSES(CVR_LOSS_CHOICE, CVR_LOSS_SKIP, CVR_LOSS_SKIP)

#define CVR_LOSS_ALL_CHOICES                                                             \
    &("" CVR_LOSSES(CVR_LOSS_CHOICE, CVR_LOSS_CHOICE, CVR_LOSS_CHOICE))[1]

/* All, and those with a prox, in the order of the choices after auto, those of the convex
   family alone last; NULL ends them. */
extern const cvr_loss *const cvr_losses[], *const cvr_losses_prox[];

#endif

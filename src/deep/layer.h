/* One layer of a network in training: its weights, its penalties, and the closed forms
   that need no row of the data.

   Rows are samples, so the pages' W_l is V_l' here: m_l = a_{l-1} V_l, where the last
   column of a_{l-1} is ones and the last row of V_l the bias (unless there are none).

       W-step   V = (G + (eps + mu) I)^{-1} (S + mu V_old)
                S = sum a'z, G = sum a'a over all rows;  a = a_{l-1}, z = z_l
       a-step   a = h + (z - [h 1] V) P,   P = b (r I + b V_'V_)^{-1} V_'
                V_: V without the row of the bias; h and r are of the layer below

   The ridge eps and the proximal weight mu are parts of the mean square trace(G) / in.
   Sums and factors are in double. With majorised steps V goes down the gradient instead:

       V = V_old - s D,   D = (G + (eps + mu) I) V_old - (S + mu V_old)

   with the largest s = s_0 / 2^k up to |D|^2 / <D, (G + (eps + mu) I) D>, the minimiser
   along D: what backtracking finds by trial. */
#ifndef CVR_DEEP_LAYER_H
#define CVR_DEEP_LAYER_H

#include "solver/workspace.h"

typedef struct cvr_deep_layer {
    int number;             /* from 1, at the input */
    int64_t in, units, out; /* inputs with and without the ones, outputs */
    double b, g;            /* of |z - a V|^2, of |a_l - h(z)|^2; g is 0 at the top */
    double r;               /* of |a_l - c|^2 in the a-step: g, unless a_l has a copy */
    bool free;              /* the bias has no ridge */
    double ridge, mu;       /* that L was made with: eps as a part, mu itself */
    double trace;           /* of G */
    double reach;           /* how far an entry of a pull on a_l goes; 0: without end */
    cvr_mat V;              /* in x out */
    cvr_mat P;              /* out x units; none of the first layer */
    cvr_mat S;              /* in x out, double, a view: sum a'z, after the W-step V */
    cvr_mat packed;         /* a view: G's lower triangle, packed; none of the first */
    cvr_mat G, L;           /* in x in, double: sum a'a; G + (eps + mu) I, its factor */
    cvr_mat K, P64;         /* out x out and like P, double */
    int64_t dead;           /* columns of a that are 0 on every row */
} cvr_deep_layer;

/* What the W-steps of all layers share, and what they report. */
typedef struct cvr_deep_fit {
    double ridge;          /* of this iteration */
    double first_ridge;    /* of the first */
    int64_t halving;       /* iterations in which it falls to half; 0: it stays */
    double damping;        /* mu as a part of the mean square */
    int threads;           /* share the columns of a solution */
    bool majorised;        /* V goes down the gradient; L is not factored */
    cvr_mat scratch;       /* double: room for the V of any layer */
    cvr_mat curve;         /* likewise, for majorised steps: (G + (eps + mu) I) D */
    int64_t escalations;   /* how often a ridge had to be raised */
    bool finite;           /* all sums and weights are */
    double change2, size2; /* |V - V_old|^2 and |V|^2 of the last W-steps */
} cvr_deep_fit;

/* b and g of all layers: b of the top, g_l = activation b_{l+1}, b_l = weights g_l.
   CVR_USAGE where they leave the numbers. */
cvr_status cvr_deep_penalties(cvr_deep_layer *layers, int depth, double top,
                              double activation, double weights) CVR_MUST_CHECK;

/* apart: not all processes have its weights, and this one saves them or not. */
void cvr_deep_layer_lay_out(cvr_deep_layer *layer, cvr_workspace *w, bool apart,
                            bool saves);

/* The ridge of an iteration (from 0). */
void cvr_deep_lower_ridge(cvr_deep_fit *fit, int64_t iteration);
/* L from G; where it breaks down, with ten times the ridge. A G that is not finite only
   makes fit->finite false. */
cvr_status cvr_deep_factor(cvr_deep_layer *layer, cvr_deep_fit *fit) CVR_MUST_CHECK;
/* V from S and L, as long as all is finite. */
void cvr_deep_solve(cvr_deep_layer *layer, cvr_deep_fit *fit);
/* P from V (in double, in S) and r of the layer below. */
cvr_status cvr_deep_couple(cvr_deep_layer *layer, double r) CVR_MUST_CHECK;

/* The largest first / 2^k, k >= 0, up to d2 / q: how far to go down a slope D with
   |D|^2 = d2 and <D, H D> = q, such that a square with the Hessian H falls by half of
   what its tangent says, or more. 0 where D is. */
double cvr_deep_length(double first, double d2, double q);

/* The first entries of a column as a matrix. */
cvr_mat cvr_deep_shaped(cvr_mat column, int64_t rows, int64_t cols);

#endif

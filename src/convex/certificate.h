/* Bounds on the optimum of the sampled program, the gap between them, and the network
   that all that is reported speaks of: the one at hand, or the best feasible one when
   that has the smaller objective. */
#ifndef CVR_CONVEX_CERTIFICATE_H
#define CVR_CONVEX_CERTIFICATE_H

#include "convex/faces.h"
#include "convex/slater.h"

/* A lower bound whose sums are placed among the figures. */
typedef struct cvr_dual_point {
    const double *dots, *norms; /* <r, r>, <r, Y>, |Y|^2; m_i */
    cvr_mat theta;              /* of another loss than the squared one */
    double threshold2;          /* of thresholds, for elastic penalties */
    cvr_check check;
    bool placed;
} cvr_dual_point;

typedef struct cvr_certificate {
    const cvr_program *p;
    cvr_dual_point dual;
    cvr_mat B, V; /* d x m: dual point, repaired weights */
    cvr_mat t;    /* m x 1: distances to the cones */
    /* Networks: outputs own rows x C as cvr_network_outputs gives them,
       and their means. */
    cvr_mat N, best, best_N;  /* of the point at hand; best: its weights, d x m */
    double *mean, *best_mean; /* C each; */
    double *lost;             /* C: means of F u for the point at hand */
    bool zero, answers;       /* the best is the zero network; it is the answer */
    cvr_mat XX;               /* X'X, for the cones; empty when gated */
    /* For bounds with cones, made when the first is asked for: */
    cvr_mat In, XIn; /* a point inside each cone (d x P), and X In, far inside on
                        idle rows */
    cvr_faces faces;
    cvr_mat on_face;          /* d x m: the point at hand on them; only with --gates */
    double *width, *wider;    /* P each: margin / |point| of these, and of newer ones */
    cvr_mat steps;            /* C P: how far each pair must go along its point; double */
    double *shared;           /* C P: of all processes */
    bool *rests;              /* C P: pairs that are 0 */
    double excess;            /* |q| of the last repair */
    cvr_slater_factor factor; /* of the two below */
    cvr_slater margin;        /* widest margins: d x P */
    cvr_slater repair;        /* shortest ways into the cones: d x C P */
    bool begun, settled;      /* these are there; the margins do not widen any more */
    bool exact;               /* points are in their cones but for rounding */
    bool direct;              /* rows are independent: X c = q has a solution for any q */
    bool rough;               /* with it the upper bound was the worse of the two */
    double lower, upper;      /* the best so far: -inf and +inf before */
    double objective;         /* of the network at hand */
    double violation;         /* the largest |x_j'v_i| on the wrong side there */
} cvr_certificate;

/* --certificate, with auto resolved: no bounds for a run that stops at an accuracy. */
bool cvr_certificate_wanted(const cvr_convex_options *o);

/* bounds: there will be some. XX: X'X, lower triangle, for the cones; {0} when gated. */
cvr_status cvr_certificate_lay_out(cvr_certificate *c, const cvr_program *p, bool bounds,
                                   cvr_workspace *w) CVR_MUST_CHECK;
void cvr_certificate_start(cvr_certificate *c, cvr_mat XX);
/* Faces and factor of the restored points. Collective. */
cvr_status cvr_certificate_restored(cvr_certificate *c) CVR_MUST_CHECK;
void cvr_certificate_free(cvr_certificate *c);

/* Another penalty: the bounds start anew. */
void cvr_certificate_reset(cvr_certificate *c);

/* A measurement begins. */
void cvr_certificate_open(cvr_certificate *c);
/* The lower bound below from a dual point R (own rows x C, which stays until it is there)
   and other multipliers, in two parts: the first leaves p->T with X'T = F'R, to which the
   caller adds (2 D - I) mu, mu >= 0, and the second takes it. */
cvr_status cvr_certificate_dual(cvr_certificate *c, cvr_mat R) CVR_MUST_CHECK;
cvr_status cvr_certificate_lower_of(cvr_certificate *c, cvr_mat R) CVR_MUST_CHECK;

/* A lower bound from F = J F u (own rows x C, overwritten by the residual) and, for ReLU,
   the multipliers mu = -rho_s nu >= 0 that M holds (s + nu; own rows x m). It is there
   after the upper bound or the report. */
cvr_status cvr_certificate_lower(cvr_certificate *c, cvr_mat F, cvr_mat M,
                                 double rho_s) CVR_MUST_CHECK;

/* The network of V (d x m), its objective and violation, and, when `bound`, an upper
   bound from a feasible point near V; looking for it may take `effort` iterations in all,
   over all calls. Overwrites p->Z and p->R. */
cvr_status cvr_certificate_upper(cvr_certificate *c, cvr_mat V, bool bound,
                                 int64_t effort) CVR_MUST_CHECK;

/* Decides on the network, the one at hand or the best, fills in bounds, gap,
   objective and violation, and a note on them. CVR_NUMERICAL when the bounds cross by
   more than rounding: then one of them is wrong. */
cvr_status cvr_certificate_report(cvr_certificate *c,
                                  cvr_progress *progress) CVR_MUST_CHECK;

/* Weights of the network decided on, V (d x m) at hand or the best, and their means. */
cvr_mat cvr_certificate_answer(const cvr_certificate *c, cvr_mat V, const double **mean);
/* F (own rows x C) = its outputs in the user's unit. */
void cvr_certificate_outputs(const cvr_certificate *c, cvr_mat F);

#endif

/* From outputs to classes. */
#ifndef CVR_MODEL_SCORE_H
#define CVR_MODEL_SCORE_H

#include <cvxrelu/model.h>

/* Row i of F. One output: 1 above the threshold, else 0. More: the largest output. */
int cvr_class_of(cvr_mat F, int64_t i, double threshold);

/* cvr_model_score of a network that all processes have just made; what this one came to
   while making its own is agreed on together with what the score needs. outputs: its
   own for own rows, where they are at hand, else empty. omega: weights of own rows (own
   rows x 1) for weighted_accuracy; no memory: it is not asked for. */
cvr_status cvr_score_made(cvr_status made, const cvr_model *m, const cvr_dataset *data,
                          cvr_mat outputs, cvr_mat omega, cvr_comm *comm,
                          cvr_score *score) CVR_MUST_CHECK;

/* The part of the weights that is of rows in their right class; NaN where there is no
   weight. Collective. */
cvr_status cvr_weighted_accuracy(const cvr_model *m, cvr_mat F, cvr_mat Y, cvr_mat omega,
                                 cvr_comm *comm, double *accuracy) CVR_MUST_CHECK;

/* F (made here) = the network's outputs for own rows. Not collective. */
cvr_status cvr_model_outputs(const cvr_model *m, const cvr_dataset *data,
                             cvr_mat *F) CVR_MUST_CHECK;

/* softmax([f, 1] calibration) of class c, for row i of outputs F of a
   calibrated model. */
double cvr_model_probability(const cvr_model *m, cvr_mat F, int64_t i, int c);

/* The class of row i of outputs F (rows x outputs), from 0. */
int cvr_model_class(const cvr_model *m, cvr_mat F, int64_t i);
/* P (rows x classes, double) = the probability of each class from outputs F. CVR_USAGE:
   the model is not calibrated. */
cvr_status cvr_model_probabilities(const cvr_model *m, cvr_mat F,
                                   cvr_mat P) CVR_MUST_CHECK;

/* cvr_model_score of outputs F that are at hand (own rows x outputs). */
cvr_status cvr_score_outputs(cvr_mat F, cvr_mat Y, cvr_task task, int classes,
                             double threshold, cvr_comm *comm,
                             cvr_score *score) CVR_MUST_CHECK;

#endif

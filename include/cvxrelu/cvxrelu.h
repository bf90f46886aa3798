/* cvxrelu: ReLU networks trained without gradients, with a proof of how good they are. */
#ifndef CVXRELU_H
#define CVXRELU_H

#include "blas.h"
#include "comm.h"
#include "data.h"
#include "file.h"
#include "fit.h"
#include "log.h"
#include "machine.h"
#include "mat.h"
#include "model.h"
#include "prune.h"
#include "solve.h"
#include "sparse.h"
#include "status.h"

#endif

/* Networks that PyTorch has saved. */
#ifndef CVR_MODEL_TORCH_H
#define CVR_MODEL_TORCH_H

#include "model/safetensors.h"

/* Calls the linear layers of another program by our names: NAME.weight (out x in) and
   NAME.bias become W1 and b1, ... of a network with ReLU between its layers. Their order
   is that of the names, as far as they count (0, 2, 10; fc1, fc2), or the one in which
   their sizes fit. Nothing happens where there is a W1 or no weight at all. CVR_BAD_DATA
   when there are other tensors or the sizes do not tell the order. */
cvr_status cvr_torch_rename(cvr_safetensors *file) CVR_MUST_CHECK;

#endif

"""ReLU networks trained without gradients, with a proof of how good they are."""

from ._estimators import (CCPRegressor, ConvexReLUClassifier, ConvexReLURegressor,
                          DeepADMMClassifier, DeepADMMRegressor)
from ._frames import compare, path
from ._library import (DataError, Error, FileError, Model, NumericalError, OutOfMemoryError,
                       UsageError, fit, version)
from ._network import Network

__version__ = version()
__all__ = ["CCPRegressor", "ConvexReLUClassifier", "ConvexReLURegressor", "DataError",
           "DeepADMMClassifier", "DeepADMMRegressor", "Error", "FileError", "Model",
           "Network", "NumericalError", "OutOfMemoryError", "UsageError", "compare", "fit",
           "path"]

import json
import os
import subprocess

# Every test is small: two threads of BLAS would only wait for each other on a busy machine.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Where OpenBLAS does not know the processor the command takes other kernels than OpenBLAS does:
# the module, which is loaded later, takes those too.
COMMAND = os.environ.get("CVXRELU", "")
ABOUT = json.loads(subprocess.run([COMMAND, "info", "--json"], capture_output=True,
                                  check=True).stdout) if COMMAND else {}
if COMMAND:
    os.environ["OPENBLAS_CORETYPE"] = ABOUT["blas_core"]

import numpy as np
import pytest


@pytest.fixture
def ridge():
    """200 rows of y = |x1 + x2|, float64 in C order."""
    X = np.random.default_rng(1).normal(size=(200, 3))
    return X, np.abs(X[:, 0] + X[:, 1])


@pytest.fixture
def command():
    """The command of the same sources, which CVXRELU names."""
    if not COMMAND:
        pytest.skip("CVXRELU does not name the command")
    return COMMAND


@pytest.fixture
def alike():
    """Whether the module's number is the one that the command has printed: to the last digit
    where both have the same OpenBLAS, else but for rounding."""
    from cvxrelu import _library
    same = _library.blas() == ABOUT.get("blas")

    def compare(own, printed):
        if own is None or printed is None or same:
            return own == printed or float(f"{own:.15g}") == printed
        return own == pytest.approx(printed, rel=1e-6, abs=1e-9)
    return compare

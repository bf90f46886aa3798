"""Rows that several processes share, by mpi4py; each of them has the whole network.

    mpirun -n 3 python shared_rows.py

It needs a build with MPI (`pip install .`, not the wheel) and mpi4py for the same MPI.
"""

import sys

import numpy as np

import cvxrelu

try:
    from mpi4py import MPI
except ImportError:
    sys.exit(print("mpi4py is not installed"))

comm = MPI.COMM_WORLD
random = np.random.default_rng(comm.rank)
X = random.normal(size=(1000, 4))  # own rows
y = np.abs(X[:, 0] + X[:, 1])
model, result = cvxrelu.fit("convex", X, y, {"formulation": "gated", "patterns": 30,
                                             "task": "regress"}, comm=comm)
if comm.rank == 0:
    print(f"{result['rows']} rows on {result['processes']} processes: r2 "
          f"{result['train_r2']:.4f}, gap {result['gap']:.1e}")

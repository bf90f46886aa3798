"""Methods side by side: those of the library, and PyTorch and pyscnn where they are there."""

import time

import numpy as np

from cvxrelu import compare

random = np.random.default_rng(1)
X = random.normal(size=(600, 5))
y = (np.abs(X[:, 0]) + np.abs(X[:, 1]) > 1.5).astype(int)
train, test = slice(0, 400), slice(400, 600)

frame = compare(["convex", "convex:formulation=gated,patterns=60", "deep:layers=20,label=deep",
                 "linear", "adam:layers=50,max-iterations=200,label=adam"],
                X[train], y[train], X_test=X[test], y_test=y[test], seeds=2)
print(frame.groupby("label", sort=False)[["train_accuracy", "test_accuracy", "seconds"]]
      .mean().round(3).to_string())

try:
    import torch
except ImportError:
    print("PyTorch is not installed")
else:
    torch.manual_seed(1)
    began = time.perf_counter()
    net = torch.nn.Sequential(torch.nn.Linear(5, 50), torch.nn.ReLU(), torch.nn.Linear(50, 1))
    step = torch.optim.Adam(net.parameters(), lr=1e-2)
    rows, targets = (torch.tensor(a, dtype=torch.float32) for a in (X, 2.0 * y - 1))
    for _ in range(200):
        step.zero_grad()
        ((net(rows[train])[:, 0] - targets[train]) ** 2).mean().backward()
        step.step()
    right = (net(rows[test])[:, 0] > 0) == (targets[test] > 0)
    print(f"Adam of PyTorch: {right.double().mean():.3f}, {time.perf_counter() - began:.2f} s")

try:
    from scnn.optimize import optimize
except ImportError:
    print("pyscnn is not installed")
else:
    began = time.perf_counter()
    net, _ = optimize("gated_relu", 60, X[train].astype(np.float32),
                      (2.0 * y[train] - 1).astype(np.float32).reshape(-1, 1))
    right = (np.asarray(net(X[test].astype(np.float32)))[:, 0] > 0) == (y[test] > 0)
    print(f"pyscnn: {right.mean():.3f}, {time.perf_counter() - began:.2f} s")

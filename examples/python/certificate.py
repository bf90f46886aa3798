"""A path of penalties, and a proof of how good a network is."""

import numpy as np

from cvxrelu import ConvexReLURegressor, path

random = np.random.default_rng(1)
X = random.normal(size=(400, 2))
y = np.abs(X[:, 0]) - np.maximum(X[:, 1], 0) + 0.1 * random.normal(size=400)

frame = path(X[:300], y[:300], X_test=X[300:], y_test=y[300:], penalties=7, patterns=40)
print(frame[["beta_relative", "active_neurons", "gap", "train_r2", "test_r2"]].to_string())

best = frame.beta_relative[frame.test_r2.idxmax()]
model = ConvexReLURegressor("gated", patterns=40, beta_relative=best, tol=1e-6).fit(X, y)
low, high = model.bounds_
print(f"objective {high:.6f}; no weights with these gates are below {low:.6f}: "
      f"the gap is {model.gap_:.1e}")
for measurement in model.history_[-3:]:
    print(measurement["iterations"], measurement["objective"], measurement["gap"])

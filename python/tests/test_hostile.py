"""Wrong calls: an exception with a sentence, never the end of Python."""

import itertools
import pickle
import warnings

import numpy as np
import pytest

import cvxrelu
from cvxrelu import _library

X = np.random.default_rng(1).normal(size=(30, 3))
Y = np.abs(X[:, 0])
ROWS = {
    "nan": np.where(X > 2, np.nan, X) * np.where(np.arange(3) == 1, np.nan, 1),
    "infinite": X * np.inf, "huge": X * 1e308 * 10, "texts": X.astype(str),
    "objects": np.array([[{}] * 3] * 30), "complex": X + 1j, "three": X[:, :, None],
    "none": None, "empty": X[:0], "no columns": X[:, :0], "fewer": X[:20],
    "ragged": [[1.0], [1.0, 2.0]], "scalar": 3.0,
}
TARGETS = {"nan": Y * np.nan, "infinite": Y / 0.0, "three": Y[:, None, None], "none": None,
           "fewer": Y[:7], "texts": np.array(["a", "b", "c"] * 10), "complex": Y * 1j,
           "objects": np.array([{}] * 30), "scalar": 1.0}
PARAMETERS = {
    "formulation": ["nonsense", "", "relu ", -1, 1.5, [], "relu patterns=3", "x" * 10**5],
    "kernel": ["nonsense", 7], "patterns": [0, -1, 1.5, "many", 10**12, np.nan],
    "gate_kind": ["nonsense", 3], "gates": ["/nowhere/at all", "/nowhere", "/", "\0", b"x"],
    "beta": [-1, np.nan, "a", 1j, -np.inf], "beta_relative": [-1, "a", np.nan],
    "solver": ["nonsense", "fista"], "primal": ["nonsense", 1],
    "normalize": ["nonsense", 3, True], "bias": ["nonsense", 3],
    "precision": ["half", 64], "tol": [-1, 2, np.nan, "a"],
    "max_iter": [0, -1, 1.5, "a", 10**30], "time_limit": [-1, "a"],
    "random_state": [-1, "a", 1.5], "n_jobs": [0, "a", 1.5],
    "callbacks": [3, ["not callable"], [lambda: None]],
    "options": [{"nonsense": 1}, {"": 1}, {"seed": -1}, {"a=b": 1},
                {"precision": "single double"}, {"image": "3x3"}, {"image": "1x1x2"},
                {"image": "3x1x1", "features": "conv"}, {"features": "conv"},
                {"features": "nonsense"}, {"mirror": "yes"}, 3],
}
LOW = [
    lambda: cvxrelu.fit("nonsense", X, Y, {}), lambda: cvxrelu.fit("", X, Y, {}),
    lambda: cvxrelu.fit("convex", X, Y, {"seed": "a"}),
    lambda: cvxrelu.fit("convex", X, Y, {"seed": "\0"}),
    lambda: cvxrelu.fit("convex", X, Y[:3], {}), lambda: cvxrelu.fit("convex", X[:0], Y[:0], {}),
    lambda: cvxrelu.fit("convex", X.astype("M8[s]"), Y, {}),
    lambda: cvxrelu.fit("convex", X[None], Y, {}),
    lambda: cvxrelu.fit("convex", X, Y, {}, class_names=["a"]),
    lambda: cvxrelu.fit("convex", X, Y, {}, feature_names=["a"]),
    lambda: cvxrelu.fit("convex", X, Y, {}, class_names=[str(i) for i in range(99)]),
    lambda: cvxrelu.fit("convex", X, Y, {"task": "classify", "precision": "x"}),
    lambda: cvxrelu.fit("convex", np.full((4, 3), np.nan), Y[:4], {}),
    lambda: cvxrelu.fit("ccp", X, Y, {"lambda": -1}),
    lambda: cvxrelu.fit("deep", X, Y, {"layers": "0"}),
    lambda: cvxrelu.fit("deep", X, Y, {"layers": "1e9,1e9"}),
    lambda: cvxrelu.fit("deep", X, Y, {"layers": "99999999,99999999"}),
    lambda: cvxrelu.fit("convex", X, Y, {}, threads=-1, comm=3),
    lambda: cvxrelu.Model.from_bytes(b""), lambda: cvxrelu.Model.from_bytes(b"x" * 1000),
    lambda: cvxrelu.Model.from_bytes(b"\xff" * 8 + b"{" * 100),
    lambda: cvxrelu.Model.load("/nowhere"), lambda: cvxrelu.Model.load("/"),
    lambda: cvxrelu.Model().outputs(X), lambda: cvxrelu.Model().classes(X),
    lambda: cvxrelu.compare(["nonsense"], X, Y), lambda: cvxrelu.compare(["convex:x"], X, Y),
    lambda: cvxrelu.compare(["convex:x=1"], X, Y),
    lambda: cvxrelu.compare(["convex"], X, Y, X_test=X),
    lambda: cvxrelu.compare(["convex"], X, np.array(["a", "b"] * 15), X_test=X[:1],
                            y_test=["c"]),
    lambda: cvxrelu.compare(["convex"], X, Y, X_test=X[:, :2], y_test=Y),
    lambda: cvxrelu.compare(["convex"], X, Y, seeds=[-1]),
    lambda: cvxrelu.path(X, Y, penalties=[-1]), lambda: cvxrelu.path(X, Y, penalties=[np.nan]),
    lambda: cvxrelu.path(X, Y, formulation="kernel", kernel="nonsense"),
    lambda: cvxrelu.path(X[:0], Y[:0]), lambda: cvxrelu.path(X, Y, patterns=-1),
    lambda: _library.array_of(np.zeros((2, 2, 2))), lambda: _library.array_of("text"),
    lambda: _library.Solver("nonsense", X, Y, {}, classify=False),
    lambda: _library.Solver("convex", X, Y, {}, classify=False, normalize="x"),
]


def wrong_calls():
    """(name, call): each of them ends in an exception."""
    good = {"formulation": "gated", "patterns": 3}
    for name, rows in ROWS.items():
        for cls in (cvxrelu.ConvexReLURegressor, cvxrelu.ConvexReLUClassifier):
            yield f"{cls.__name__} X {name}", lambda c=cls, r=rows: c(**good).fit(r, Y > 0.5)
        for other in (cvxrelu.DeepADMMRegressor, cvxrelu.CCPRegressor):
            yield f"{other.__name__} X {name}", lambda c=other, r=rows: c().fit(r, Y)
        if name != "fewer":
            yield f"predict {name}", lambda r=rows: FITTED.predict(r)
            yield f"outputs {name}", lambda r=rows: FITTED._model.outputs(r)
    for name, y in TARGETS.items():
        for cls in (cvxrelu.ConvexReLURegressor, cvxrelu.CCPRegressor,
                    cvxrelu.DeepADMMRegressor):
            yield f"{cls.__name__} y {name}", lambda c=cls, t=y: c().fit(X, t)
        if name != "texts":
            yield f"classes {name}", lambda t=y: cvxrelu.ConvexReLUClassifier().fit(X, t)
    for name, values in PARAMETERS.items():
        for value in values:
            how = {name: value} if name != "solver" else {name: value, "formulation": "relu"}
            for fresh in (False, True):
                yield (f"{name}={value!r:.40}", lambda h=how, w=fresh:
                       cvxrelu.ConvexReLURegressor(warm_start=w, **h).fit(X, Y))
    for i, call in enumerate(LOW):
        yield f"call {i}", call


FITTED = cvxrelu.ConvexReLURegressor("gated", patterns=3).fit(X, Y)
# What is read as it can be: a call of these may succeed.
MAY = {"outputs empty", "predict texts"} | {
    f"{name} X texts" for name in ("ConvexReLURegressor", "ConvexReLUClassifier",
                                   "DeepADMMRegressor", "CCPRegressor")}


def test_wrong_calls_end_in_a_sentence():
    count, quiet = 0, []
    for name, call in wrong_calls():
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                call()
            except Exception as error:
                assert str(error).strip(), name
                count += 1
                continue
        if name not in MAY:
            quiet.append(name)
    assert not quiet
    assert count >= 200
    # Nothing has been left behind.
    assert np.isfinite(FITTED.predict(X)).all()


def test_damaged_pickles_are_refused():
    data = FITTED._model.to_bytes()
    for at in itertools.chain(range(0, len(data), max(1, len(data) // 60)), [len(data) - 1]):
        for hurt in (data[:at], data[:at] + bytes([data[at] ^ 255]) + data[at + 1:]):
            with pytest.raises(ValueError, match="bytes of a model"):
                cvxrelu.Model.from_bytes(hurt)
    assert np.array_equal(pickle.loads(pickle.dumps(FITTED)).predict(X), FITTED.predict(X))

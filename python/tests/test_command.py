"""The same numbers as the command, to the digit."""

import json
import subprocess
import warnings

import numpy as np
import pytest

import cvxrelu

SAME = ["objective", "loss", "gap", "upper_bound", "lower_bound", "iterations", "train_r2",
        "train_accuracy", "loo_error", "loo_r2", "press", "active_neurons", "primal_residual"]

CASES = {
    "kernel": (cvxrelu.ConvexReLUClassifier(), ["convex"]),
    "relu": (cvxrelu.ConvexReLUClassifier("relu", patterns=15, beta=1e-2),
             ["convex", "--formulation", "relu", "--patterns", "15", "--beta", "0.01"]),
    "gated": (cvxrelu.ConvexReLURegressor("gated", patterns=15),
              ["convex", "--formulation", "gated", "--patterns", "15"]),
    "global": (cvxrelu.ConvexReLUClassifier("gated", patterns=15, normalize="global",
                                            precision="single"),
               ["convex", "--formulation", "gated", "--patterns", "15", "--normalize",
                "global", "--precision", "single"]),
    "deep": (cvxrelu.DeepADMMClassifier((8, 4), max_iter=30, random_state=3),
             ["deep", "--layers", "8,4", "--max-iterations", "30", "--seed", "3"]),
    "ccp": (cvxrelu.CCPRegressor(restarts=3), ["ccp", "--restarts", "3"]),
}


@pytest.mark.parametrize("features", ["conv", "pixels+oriented", "hog648"])
def test_images_too(features, command, alike, tmp_path):
    random = np.random.default_rng(5)
    records = random.integers(0, 256, (50, 3073)).astype(np.uint8)
    records[:, 0] = np.arange(50) % 2
    records[::2, 1:900] //= 3
    records.tofile(tmp_path / "images.bin")
    words = ["--formulation", "kernel", "--kernel", "relu", "--features", features,
             "--filters", "6", "--precision", "single", "--normalize", "feature"]
    out = subprocess.run([command, "train", "convex", *words, "--data", tmp_path / "images.bin",
                          "--threads", "1", "--json"], check=True, capture_output=True, text=True)
    expected = json.loads(out.stdout)
    how = {"image": "3x32x32", "features": features, "filters": 6}
    X = records[:, 1:].astype(np.float32)
    model = cvxrelu.ConvexReLUClassifier("kernel", kernel="relu", options=how, n_jobs=1)
    model.fit(X, records[:, 0])
    for key in SAME:
        assert alike(model.result_.get(key), expected.get(key)), key
    assert (model.predict(X) == records[:, 0]).mean() == model.result_["train_accuracy"]
    with pytest.raises(ValueError, match="Model.outputs"):
        model.network_(X)


@pytest.mark.parametrize("case", CASES)
def test_the_same_digits(case, ridge, command, alike, tmp_path):
    model, words = CASES[case]
    X, y = ridge
    classify = "Classifier" in type(model).__name__
    y = (y > 1).astype(int) if classify else y
    np.savetxt(tmp_path / "rows.csv", np.column_stack([X, y]), delimiter=",", fmt="%.17g")
    out = subprocess.run(
        [command, "train", *words, "--data", tmp_path / "rows.csv", "--task",
         "classify" if classify else "regress", "--threads", "1", "--json", "-o",
         tmp_path / "model.safetensors"], check=True, capture_output=True, text=True)
    expected = json.loads(out.stdout)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.set_params(n_jobs=1).fit(X, y)
    for key in SAME:
        assert alike(model.result_.get(key), expected.get(key)), key
    theirs = cvxrelu.Model.load(tmp_path / "model.safetensors")
    for own, other in zip(model._model.outputs(X)[:, 0], theirs.outputs(X)[:, 0]):
        assert alike(own, float(f"{other:.15g}"))

"""The same numbers from Python as from the command, to the digit: `train convex` as it is, and
more formulations, on the tables of CVR_SHARED/tables and on the CIFAR pair.

    CVXRELU=build/cvxrelu CVR_SHARED=FOLDER python benchmarks/bench_python_tables.py [NAME...]

In an environment with the package. NAME: some of the tables, or cifar. A line a run: what, how
many figures were compared, and those that differ. Where the module has another OpenBLAS than the
command (a wheel) figures may differ by rounding: the largest difference is printed then.
"""

import csv
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings

COMMAND = os.environ["CVXRELU"]
SHARED = pathlib.Path(os.environ["CVR_SHARED"])
ABOUT = json.loads(subprocess.run([COMMAND, "info", "--json"], capture_output=True,
                                  check=True).stdout)
os.environ["OPENBLAS_CORETYPE"] = ABOUT["blas_core"]
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import cvxrelu
from cvxrelu import _library

SAME_BLAS = _library.blas() == ABOUT.get("blas")
FIGURES = ["objective", "loss", "upper_bound", "lower_bound", "gap", "iterations",
           "train_accuracy", "train_r2", "loo_error", "loo_r2", "press", "active_neurons"]

# Of the CIFAR pair: options of the command, and of the estimator.
CIFAR = {
    "cifar kernel of pixels": (["--formulation", "kernel", "--kernel", "relu"],
                               {"formulation": "kernel", "kernel": "relu"}),
    "cifar kernel of conv": (["--formulation", "kernel", "--kernel", "relu", "--features", "conv",
                              "--filters", "40"],
                             {"formulation": "kernel", "kernel": "relu",
                              "options": {"image": "3x32x32", "features": "conv",
                                          "filters": 40}}),
    "cifar gated": (["--formulation", "gated", "--patterns", "10", "--max-iterations", "30"],
                    {"formulation": "gated", "patterns": 10, "max_iter": 30}),
    "cifar relu, to 90 %": (["--patterns", "20", "--beta", "0.001", "--splitting", "slack",
                             "--target-train-accuracy", "0.9"],
                            {"patterns": 20, "beta": 0.001,
                             "options": {"splitting": "slack", "target_train_accuracy": 0.9}}),
}


def command(*words):
    out = subprocess.run([COMMAND, "train", "convex", *map(str, words), "--threads", "1", "--json",
                          "-q"], check=True, capture_output=True, text=True)
    return json.loads(out.stdout)


def table(path):
    """Rows, and labels: whole numbers where all are."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    labels = [row[-1] for row in rows]
    try:
        y = np.array([int(x) for x in labels])
    except ValueError:
        y = np.array(labels)
    return np.array([row[:-1] for row in rows], float), y


def fitted(classify, X, y, how):
    cls = cvxrelu.ConvexReLUClassifier if classify else cvxrelu.ConvexReLURegressor
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return cls(**how, n_jobs=1).fit(X, y if classify else y.astype(float))


def compare(name, expected, model, X_test, y_test):
    """Prints a line; how many figures differ."""
    pairs = {key: (model.result_.get(key), expected.get(key)) for key in FIGURES}
    key = "test_accuracy" if "test_accuracy" in expected else "test_r2"
    pairs[key] = (model.score(X_test, y_test), expected.get(key))
    differ = {}
    for key, (own, printed) in pairs.items():
        if own != printed and (own is None or float(f"{own:.15g}") != printed):
            scale = max(abs(printed or 0), abs(own or 0))
            differ[key] = abs((own or 0) - (printed or 0)) / scale
    bad = differ if SAME_BLAS else {k: d for k, d in differ.items() if d > 1e-6}
    print(f"{name:32} {len(pairs)} figures, {len(bad)} differ"
          + (f", {max(differ.values()):.1e} at most: {', '.join(differ)}" if differ else ""),
          flush=True)
    return len(bad)


def tables(names):
    known = json.loads((SHARED / "tables" / "baselines.json").read_text())
    for name, about in known.items():
        if names and name not in names:
            continue
        files = [SHARED / "tables" / f"{name}.{part}.csv" for part in ("train", "test")]
        expected = command("--data", files[0], "--test", files[1], "--task", about["task"])
        (X, y), (X_test, y_test) = map(table, files)
        model = fitted(about["task"] == "classify", X, y, {})
        yield compare(name, expected, model, X_test, y_test)


def cifar(rows):
    folder = SHARED / "data" / "cifar10-airplane-automobile"
    data = [np.frombuffer(gzip.decompress((folder / f"{part}.bin.gz").read_bytes()),
                          np.uint8).reshape(-1, 3073) for part in ("train", "test")]
    y, X = data[0][:rows, 0], data[0][:rows, 1:].astype(np.float32)
    y_test, X_test = data[1][:rows, 0], data[1][:rows, 1:].astype(np.float32)
    with tempfile.TemporaryDirectory() as work:
        paths = [pathlib.Path(work) / f"{part}.bin" for part in ("train", "test")]
        for path, records in zip(paths, data):
            path.write_bytes(records[:rows].tobytes())
        for name, (words, how) in CIFAR.items():
            expected = command("--data", paths[0], "--test", paths[1], "--precision", "single",
                               "--normalize", "feature", *words)
            yield compare(f"{name}, {len(X)} rows", expected, fitted(True, X, y, how), X_test,
                          y_test)


def main():
    names = sys.argv[1:]
    failures = list(tables([n for n in names if n != "cifar"]) if names != ["cifar"] else [])
    if not names or "cifar" in names:
        failures += cifar(int(os.environ.get("ROWS", "10000")))
    print(f"{len(failures)} runs, {sum(map(bool, failures))} with figures that differ"
          + ("" if SAME_BLAS else " by more than rounding: another OpenBLAS"))
    sys.exit(any(failures))


if __name__ == "__main__":
    main()

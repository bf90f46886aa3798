"""Networks as ONNX files give what the library gives."""

import re
import subprocess
import warnings

import numpy as np
import pytest

import cvxrelu
from cvxrelu._library import matrix

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

MODELS = {
    "relu": ((cvxrelu.ConvexReLURegressor, cvxrelu.ConvexReLUClassifier),
             {"formulation": "relu", "patterns": 8}),
    "gated": ((cvxrelu.ConvexReLURegressor, cvxrelu.ConvexReLUClassifier),
              {"formulation": "gated", "patterns": 8}),
    "deep": ((cvxrelu.DeepADMMRegressor, cvxrelu.DeepADMMClassifier), {"layers": (9, 5)}),
    "ccp": ((cvxrelu.CCPRegressor, None), {"restarts": 1}),
}
TARGETS = ["value", "values", "two", "three", "texts"]


def rows(dtype):
    X = np.random.default_rng(2).normal(size=(120, 4)).astype(dtype)
    return 3 * X + np.arange(4, dtype=dtype)


def targets(kind, X):
    y = np.abs(X[:, 0]) + X[:, 1]
    place = np.digitize(y, np.quantile(y, [0.3, 0.7]))
    return {"value": y, "values": np.stack([y, -X[:, 2]], 1), "two": place > 0,
            "three": 10 * place - 5, "texts": np.array(["a", "b c", "ü"])[place]}[kind]


def session(path):
    onnx.checker.check_model(onnx.load(path), full_check=True)
    assert onnx.load(path).opset_import[0].version == 13
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    return runtime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def answers(path, X):
    run = session(path)
    return dict(zip([o.name for o in run.get_outputs()], run.run(None, {"X": X})))


def compare(model, path, X, close):
    found = answers(path, X)
    if not hasattr(model, "classes_"):
        expected = model._model.outputs(X)
        assert set(found) == {"values"}
        assert np.abs(found["values"] - expected).max() <= close * np.abs(expected).max()
        return
    score = model.decision_function(X)
    expected = np.stack([-score, score], 1) if score.ndim == 1 else score
    if hasattr(model, "predict_proba"):
        expected = model.predict_proba(X)
        assert np.abs(found["probabilities"] - expected).max() <= close
    assert np.abs(found["scores"] - expected).max() <= close * np.abs(expected).max()
    first, second = np.sort(expected, axis=1)[:, :-3:-1].T
    clear = first - second > 2 * close * np.abs(expected).max()
    labels = found["label"] if found["label"].dtype == object else found["label"].astype(str)
    same = labels == np.array([str(int(c)) if isinstance(c, (np.bool_, bool)) and
                               labels[0] in "01" else str(c) for c in model.predict(X)])
    assert same[clear].all() and clear.mean() > 0.9


@pytest.mark.parametrize("normalize", ["feature", "global", "unit", "none"])
@pytest.mark.parametrize("dtype,close", [(np.float64, 1e-12), (np.float32, 1e-5)])
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", MODELS)
def test_networks(kind, target, dtype, close, normalize, tmp_path):
    cls, how = MODELS[kind][0][target in ("two", "three", "texts")], MODELS[kind][1]
    if cls is None:
        pytest.skip("ccp is for values")
    X = rows(dtype)
    model = cls(**how, normalize=normalize, max_iter=10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, targets(target, X))
    for fold in (False, True):
        path = str(tmp_path / f"{fold}.onnx")
        model.save_onnx(path, fold)
        ops = {node.op_type for node in onnx.load(path).graph.node}
        assert ("Sub" in ops) == (normalize != "none" and not fold)
        compare(model, path, X, close if not fold else 100 * close)


@pytest.mark.parametrize("kernel", ["mix", "relu", "mix+relu", "tree", "mix2", "gated", "ntk", "exp"])
@pytest.mark.parametrize("target", ["value", "two", "texts"])
def test_kernels_in_single_precision(kernel, target, tmp_path):
    X = rows(np.float32)
    cls = cvxrelu.ConvexReLURegressor if target == "value" else cvxrelu.ConvexReLUClassifier
    model = cls("kernel", kernel=kernel).fit(X, targets(target, X))
    model.save_onnx(tmp_path / "kernel.onnx")
    compare(model, str(tmp_path / "kernel.onnx"), X, 1e-3)


def test_kernels_of_components(tmp_path):
    X = rows(np.float32)
    model = cvxrelu.ConvexReLURegressor("kernel", kernel="relu", options={"components": 2})
    model.fit(X, targets("value", X)).save_onnx(tmp_path / "kernel.onnx")
    assert model.network_.components.shape == (4, 2)
    compare(model, str(tmp_path / "kernel.onnx"), X, 1e-3)
    np.testing.assert_allclose(model.network_(X), model._model.outputs(X), 1e-4, 1e-4)


def test_what_a_runtime_could_not_do_is_refused(tmp_path):
    X = rows(np.float64)
    model = cvxrelu.ConvexReLURegressor("kernel", kernel="relu").fit(X, targets("value", X))
    with pytest.raises(ValueError, match="single precision"):
        model.save_onnx(tmp_path / "kernel.onnx")
    model.set_params(precision="single").fit(X, targets("value", X))
    with pytest.raises(ValueError, match="fold"):
        model.save_onnx(tmp_path / "kernel.onnx", fold=True)
    assert not (tmp_path / "kernel.onnx").exists()


def test_missing_values_are_filled_in_the_graph(command, tmp_path):
    X = rows(np.float64)
    y = targets("value", X)
    holes = np.where(np.random.default_rng(3).random(X.shape) < 0.1, np.nan, X)
    holes[:, 1] = X[:, 1]
    table = np.column_stack([holes, y])
    text = "\n".join(",".join("" if np.isnan(v) else repr(float(v)) for v in row)
                     for row in table)
    (tmp_path / "rows.csv").write_text("a,b,c,d,y\n" + text + "\n")
    names = ["--data", tmp_path / "rows.csv", "--target", "y", "--task", "regress"]
    for how in (["--missing", "mean"], ["--missing", "median", "--missing-indicator"]):
        model, path = tmp_path / "m.safetensors", tmp_path / "m.onnx"
        subprocess.run([command, "train", "convex", "--formulation", "relu", "--patterns", "8",
                        *names, *how, "-o", model, "--max-iterations", "9"], check=True,
                       capture_output=True)
        subprocess.run([command, "convert", model, path], check=True, capture_output=True)
        found = answers(str(path), holes)["values"]
        out = subprocess.run([command, "predict", "--model", model, "--data",
                              tmp_path / "rows.csv"], check=True, capture_output=True, text=True)
        expected = np.array([float(line) for line in out.stdout.split()[1:]])
        np.testing.assert_allclose(found[:, 0], expected, rtol=1e-9, atol=1e-9)


IMAGES = {
    "gray": ["--gray", "--resize", "7x9"], "small": ["--resize", "6x6"],
    "mirror": ["--gray", "--resize", "8x8", "--mirror"],
    "mix": ["--gray", "--resize", "5x5", "--mirror", "--kernel", "mix+relu"],
    "conv": ["--features", "conv", "--filters", "9"],
    "oriented": ["--features", "oriented", "--filters", "9"],
    "sum": ["--features", "pixels+conv+oriented", "--filters", "6", "--gray", "--resize",
            "17x15"],
    "turned": ["--features", "pixels+conv+oriented", "--filters", "5", "--mirror"],
    "network": ["--features", "conv+oriented", "--filters", "5", "--formulation", "gated-ridge",
                "--patterns", "9"],
}


def images(path):
    """60 images of CIFAR's size, smooth in places: their classes are bright above or not."""
    random = np.random.default_rng(4)
    pixels = random.integers(0, 256, (60, 3, 32, 32)).astype(np.uint8)
    pixels[:, :, 8:, :] = np.cumsum(pixels[:, :, 8:, :] // 40, axis=3)
    labels = np.arange(60) % 2
    pixels[labels == 1, :, :8] //= 2
    records = np.column_stack([labels.astype(np.uint8), pixels.reshape(60, -1)])
    records.tofile(path)
    return records[:, 1:].astype(np.float32)


def trained(command, how, tmp_path, *more):
    """The network of images.bin: (the model's path, its outputs)."""
    model, data = tmp_path / "m.safetensors", tmp_path / "images.bin"
    given = how if "--kernel" in how or "--formulation" in how else [*how, "--kernel", "relu"]
    formulation = [] if "--formulation" in how else ["--formulation", "kernel"]
    subprocess.run([command, "train", "convex", *formulation, *given, "--data", data, *more,
                    "-o", model], check=True, capture_output=True)
    out = subprocess.run([command, "predict", "--values", "--model", model, "--data", data],
                         check=True, capture_output=True, text=True)
    return model, np.array([float(line.split(",")[-1]) for line in out.stdout.split()[1:]])


@pytest.mark.parametrize("how", IMAGES)
def test_images_are_described_in_the_graph(how, command, tmp_path):
    X, path = images(tmp_path / "images.bin"), tmp_path / "m.onnx"
    model, F = trained(command, IMAGES[how], tmp_path, "--precision", "single")
    fold = ["--fold"] if how == "network" else []
    for words in ([], fold):
        subprocess.run([command, "convert", model, path, *words], check=True,
                       capture_output=True)
        found = answers(str(path), X)
        loaded = cvxrelu.Model.load(model)
        assert loaded.class_names == ["0", "1"] and found["label"].dtype == np.int64
        A = matrix(loaded.c.calibration)
        expected = F
        if A.size:
            logits = np.stack([F, np.ones_like(F)], 1) @ A
            expected = 1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))
        assert np.abs(found["scores"][:, 1] - expected).max() <= 1e-3 * np.abs(expected).max()


@pytest.mark.parametrize("features,precision,words", [
    ("conv", "double", "has filters in double precision.*--precision single.*--compact"),
    ("conv+hog648", "single", "hog648, for which ONNX has no operators")])
def test_features_that_a_runtime_could_not_do_are_refused(features, precision, words, command,
                                                          tmp_path):
    images(tmp_path / "images.bin")
    model, _ = trained(command, ["--features", features, "--filters", "4"], tmp_path,
                       "--precision", precision)
    out = subprocess.run([command, "convert", model, tmp_path / "m.onnx"], capture_output=True,
                         text=True)
    assert out.returncode == 2 and not (tmp_path / "m.onnx").exists()
    assert re.search(words, out.stderr, re.DOTALL), out.stderr

"""A network for other programs: an ONNX file, a module of PyTorch, arrays of NumPy."""

import pathlib
import tempfile

import numpy as np
from sklearn.datasets import load_iris

from cvxrelu import ConvexReLUClassifier

X, y = load_iris(return_X_y=True)
X = X.astype(np.float32)
model = ConvexReLUClassifier(precision="single").fit(X, y)

with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / "iris.onnx"
    model.save_onnx(path)
    print(f"{path.stat().st_size} bytes")
    try:
        import onnxruntime
    except ImportError:
        print("onnxruntime is not installed")
    else:
        run = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        label, probabilities = run.run(["label", "probabilities"], {"X": X})
        print(f"labels that are the same: {(label == model.predict(X)).mean():.3f}; largest "
              f"difference of probabilities: {np.abs(probabilities - model.predict_proba(X)).max():.0e}")

network = model.network_
print(f"{network.kind} at {len(network.points)} points; outputs differ by "
      f"{np.abs(network(X) - model._model.outputs(X)).max():.0e}")
try:
    print(model.to_torch())
except ImportError:
    print("PyTorch is not installed")

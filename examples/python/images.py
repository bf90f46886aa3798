"""Two classes of images, as rows of pixels: a kernel of infinitely many ReLU neurons.

    python images.py [FOLDER of CIFAR-10's data_batch_1.bin and test_batch.bin]

Without a folder the images are scikit-learn's handwritten digits, 3 and 8.
"""

import pathlib
import sys

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from cvxrelu import ConvexReLUClassifier


def cifar(path, classes=(0, 1)):
    """Pixels and labels of two classes of a file of CIFAR-10 records."""
    records = np.fromfile(path, np.uint8).reshape(-1, 3073)
    kept = np.isin(records[:, 0], classes)
    return records[kept, 1:].astype(np.float32), records[kept, 0]


def digits():
    X, y = load_digits(return_X_y=True)
    kept = np.isin(y, (3, 8))
    return train_test_split(X[kept].astype(np.float32), y[kept], test_size=0.3, random_state=1)


if len(sys.argv) > 1:
    folder = pathlib.Path(sys.argv[1])
    X, y = cifar(folder / "data_batch_1.bin")
    X_test, y_test = cifar(folder / "test_batch.bin")
else:
    X, X_test, y, y_test = digits()

model = ConvexReLUClassifier(normalize="global").fit(X, y)
print(f"{len(X)} images of {X.shape[1]} numbers, {model.result_['solver']}")
print(f"left out one by one: {model.loo_score_:.4f}")
print(f"on {len(X_test)} new images: {model.score(X_test, y_test):.4f}")

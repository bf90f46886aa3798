"""What the Python package costs: the bars of its issue, for a quiet machine.

    CVXRELU=build/cvxrelu python benchmarks/bench_python.py

In an environment with the package. Prints a line for each bar: figure, bar, met or not.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

PIECES = {
    "import beyond scikit-learn, CPU s": (0.3, """
import time, sklearn.base, sklearn.utils.multiclass, sklearn.utils.metaestimators
t = time.process_time()
import cvxrelu
print(time.process_time() - t)"""),
    "peak of fit, times a float32 array of 20000 x 1000": (2.1, """
import numpy as np, cvxrelu, warnings
warnings.simplefilter("ignore")
def status(key):
    return next(int(l.split()[1]) * 1024 for l in open("/proc/self/status") if l.startswith(key))
X = np.empty((20000, 1000), np.float32)
for i in range(20000):
    X[i] = np.random.default_rng(i).random(1000, np.float32)
model = cvxrelu.ConvexReLURegressor("gated", patterns=4, primal="cg", max_iter=3)
model.fit(X[:50], X[:50, 0])
open("/proc/self/clear_refs", "w").write("5")
before = status("VmRSS") - X.nbytes
model.fit(X, np.abs(X[:, 0] - 0.5))
print((status("VmHWM") - before) / X.nbytes)"""),
    "time that another thread loses during fit": (0.1, """
import numpy as np, cvxrelu, threading, time, warnings
warnings.simplefilter("ignore")
X = np.random.default_rng(1).normal(size=(3000, 60)); y = np.abs(X[:, 0] + X[:, 1])
model = cvxrelu.ConvexReLURegressor("gated", patterns=60, primal="cg", tol=0, max_iter=10**9,
                                    n_jobs=1, time_limit=4)
ticks, end = [0], threading.Event()
def tick():
    while not end.is_set():
        time.sleep(0.002); ticks[0] += 1
def rate(work):
    ticks[0], t = 0, time.monotonic()
    work()
    return ticks[0] / (time.monotonic() - t)
threading.Thread(target=tick).start()
idle = rate(lambda: time.sleep(2)); busy = rate(lambda: model.fit(X, y)); end.set()
print(1 - busy / idle)"""),
    "s from Ctrl-C to its exception": (0.5, """
import numpy as np, cvxrelu, threading, time, os, signal
X = np.random.default_rng(1).normal(size=(3000, 60)); y = np.abs(X[:, 0] + X[:, 1])
model = cvxrelu.ConvexReLURegressor("gated", patterns=60, primal="cg", tol=0, max_iter=10**9,
                                    time_limit=60)
sent = []
def interrupt():
    time.sleep(2); sent.append(time.monotonic()); os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt).start()
try:
    model.fit(X, y)
except KeyboardInterrupt:
    print(time.monotonic() - sent[0])"""),
    "s of the slowest of 20 children that train": (30, """
import numpy as np, cvxrelu, os, time
X = np.random.default_rng(1).normal(size=(200, 3)); y = np.abs(X[:, 0])
cvxrelu.ConvexReLURegressor("gated", patterns=10).fit(X, y)
most = 0
for _ in range(20):
    t = time.monotonic()
    if (child := os.fork()) == 0:
        cvxrelu.ConvexReLURegressor("gated", patterns=10).fit(X, y); os._exit(0)
    os.waitpid(child, 0); most = max(most, time.monotonic() - t)
print(most)"""),
}

OVERHEAD = """
import numpy as np, cvxrelu, time, warnings, sys
warnings.simplefilter("ignore")
rows = np.load(sys.argv[1])
model = cvxrelu.ConvexReLURegressor("gated", patterns=50, tol=0, max_iter=300, n_jobs=1)
t = time.process_time()
model.fit(rows[:, :-1], rows[:, -1])
print(time.process_time() - t, model.result_["cpu_seconds"], model.result_["objective"])
"""


def python(code, *arguments):
    out = subprocess.run([sys.executable, "-c", code, *arguments], check=True,
                         capture_output=True, text=True)
    return [float(word) for word in out.stdout.split()]


def command(*words):
    out = subprocess.run([os.environ["CVXRELU"], *words, "--json"], check=True,
                         capture_output=True, text=True)
    return json.loads(out.stdout)


def overhead():
    """Processor seconds of fit beyond those that the library counts in it, and beyond the
    command's for the same run on the same kernels of OpenBLAS, both the least of five: a
    busy machine does not matter much."""
    import numpy as np
    os.environ["OPENBLAS_CORETYPE"] = command("info")["blas_core"]
    X = np.random.default_rng(1).normal(size=(5000, 50))
    with tempfile.TemporaryDirectory() as folder:
        path = str(pathlib.Path(folder) / "rows.npy")
        np.save(path, np.column_stack([X, np.abs(X[:, 0])]))
        words = ["train", "convex", "--formulation", "gated", "--patterns", "50",
                 "--tolerance", "0", "--max-iterations", "300", "--task", "regress", "--data",
                 path, "--threads", "1"]
        pairs = [(command(*words), python(OVERHEAD, path)) for _ in range(5)]
    for run, (_, _, objective) in pairs:
        assert abs(objective / run["objective"] - 1) < 1e-9
    least = min(seconds for _, (seconds, _, _) in pairs)
    return (min(seconds / inside for _, (seconds, inside, _) in pairs) - 1,
            least / min(run["cpu_seconds"] for run, _ in pairs) - 1)


def main():
    figures = {name: (python(code)[0], bar) for name, (bar, code) in PIECES.items()}
    if "CVXRELU" in os.environ:
        inside, beyond = overhead()
        figures["CPU time of fit outside the library"] = (inside, 0.05)
        figures["CPU time of fit beyond the command's"] = (beyond, 0.05)
    for name, (figure, bar) in figures.items():
        print(f"{name:55} {figure:8.3f}   at most {bar:<5} {'met' if figure <= bar else 'MISSED'}")


if __name__ == "__main__":
    main()

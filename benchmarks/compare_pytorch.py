#!/usr/bin/env python3
"""Seconds until 97 % of CIFAR's airplanes and automobiles are learnt: ours against PyTorch.

PyTorch trains an MLP of 50 hidden ReLU neurons on the same file, normalised alike, with as
many threads: Adam (1e-3, batches of 128) and L-BFGS (full batch, history 10, strong Wolfe),
each with squared loss on -1/+1 and with logistic loss. Runs alternate: ours, theirs, ours,
theirs. A line of JSON a run goes to standard output, a summary to standard error.

What counts: ours is the result key `seconds`, setup (patterns, factors) and its own
measurements included. Theirs is model, optimiser and training; measuring the accuracy is
not counted, and a first run on other weights warms the library up. Reading and normalising
the data counts for neither. Adam is measured after each epoch; L-BFGS at each evaluation of
its line search, where the accuracy on the training rows costs nothing.
"""
import argparse
import gzip
import json
import math
import statistics
import subprocess
import sys
import time

import numpy
import torch

PIXELS = 3072
NEURONS = 50


class Reached(Exception):
    """The accuracy asked for."""


def parse():
    about, rest = __doc__.split("\n", 1)
    parser = argparse.ArgumentParser(
        description=about, epilog=rest,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--command", default="build/cvxrelu", help="ours")
    add("--data", required=True, help="CIFAR-10 records of two classes, may be .gz")
    add("--test", required=True)
    add("--rows", type=int, default=0, help="keep the first rows; 0: all")
    add("--target", type=float, default=0.97, help="train accuracy to reach")
    add("--runs", type=int, default=5, help="seeds a competitor")
    add("--threads", type=int, default=2)
    add("--precision", default="single", choices=["single", "double"], help="ours")
    add("--limit", type=float, default=300, help="seconds a run of theirs may take")
    return parser.parse_args()


# ---- data --------------------------------------------------------------------------------


def read(path, rows):
    """Pixels (rows x 3072) and labels -1, +1."""
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        records = numpy.frombuffer(file.read(), numpy.uint8).reshape(-1, PIXELS + 1)
    records = records[:rows or None]
    labels = records[:, 0]
    return records[:, 1:].astype(numpy.float64), numpy.where(labels == labels.max(), 1, -1)


def load(options):
    """Both sets, shifted and scaled by the mean and deviation of all training entries."""
    X, y = read(options.data, options.rows)
    X_test, y_test = read(options.test, 0)
    shift, scale = X.mean(), X.std()
    pairs = (((A - shift) / scale, b) for A, b in ((X, y), (X_test, y_test)))
    return [(torch.tensor(A, dtype=torch.float32), torch.tensor(b, dtype=torch.float32))
            for A, b in pairs]


# ---- theirs ------------------------------------------------------------------------------

LOSSES = {
    "squared": lambda f, y: 0.5 * torch.mean((f - y) ** 2),
    "logistic": lambda f, y: torch.mean(torch.nn.functional.softplus(-y * f)),
}


def accuracy(f, y):
    return int(torch.sum((f >= 0) == (y > 0))) / len(y)


class Watch:
    """Time spent on training alone, and what was reached."""

    def __init__(self, sets, options):
        self.sets, self.target, self.limit = sets, options.target, options.limit
        self.begun, self.measuring = time.perf_counter(), 0.0
        self.train, self.test = 0.0, 0.0

    def seconds(self):
        return time.perf_counter() - self.begun - self.measuring

    def measure(self, model, outputs=None):
        """Raises Reached; the clock stands still."""
        now = time.perf_counter()
        (X, y), (X_test, y_test) = self.sets
        with torch.no_grad():
            self.train = accuracy(model(X) if outputs is None else outputs, y)
            self.test = max(self.test, accuracy(model(X_test), y_test))
        self.measuring += time.perf_counter() - now
        if self.train >= self.target or self.seconds() > self.limit:
            raise Reached


class Flat(torch.nn.Sequential):
    """Outputs as a vector."""

    def forward(self, X):
        return super().forward(X)[:, 0]


def network():
    return Flat(torch.nn.Linear(PIXELS, NEURONS), torch.nn.ReLU(), torch.nn.Linear(NEURONS, 1))


def adam(model, sets, loss, watch, batch=128):
    X, y = sets[0]
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    while True:
        order = torch.randperm(len(y))
        for i in range(0, len(y), batch):
            rows = order[i:i + batch]
            optimiser.zero_grad()
            loss(model(X[rows]), y[rows]).backward()
            optimiser.step()
        watch.measure(model)


def lbfgs(model, sets, loss, watch):
    X, y = sets[0]
    optimiser = torch.optim.LBFGS(
        model.parameters(), max_iter=10 ** 6, max_eval=10 ** 7, history_size=10,
        tolerance_grad=0, tolerance_change=0, line_search_fn="strong_wolfe")

    def evaluate():
        optimiser.zero_grad()
        outputs = model(X)
        watch.measure(model, outputs)
        value = loss(outputs, y)
        value.backward()
        return value

    optimiser.step(evaluate)


def theirs(train, loss, seed, sets, options):
    """What one run of theirs takes; seconds is None when the accuracy was not reached."""
    torch.manual_seed(seed)
    watch = Watch(sets, options)
    try:
        train(network(), sets, LOSSES[loss], watch)
    except Reached:
        pass
    reached = watch.train >= options.target
    spent = watch.seconds()
    return {"seconds": spent if reached else None, "spent": spent, "train_accuracy": watch.train,
            "test_accuracy": watch.test}


def warm_up(sets, options):
    brief = argparse.Namespace(target=2.0, limit=0.2)
    for train in (adam, lbfgs):
        theirs(train, "squared", 0, sets, argparse.Namespace(**{**vars(options), **vars(brief)}))


# ---- ours --------------------------------------------------------------------------------


def our_command(seed, options):
    return [options.command, "train", "convex", "--json", "--data", options.data,
            "--bias", "penalised",
            "--rows", str(options.rows), "--patterns", str(NEURONS), "--beta", "0.001",
            "--normalize", "global", "--target-train-accuracy", str(options.target),
            "--precision", options.precision, "--threads", str(options.threads),
            "--seed", str(seed)]


def ours(seed, options, test=False):
    command = our_command(seed, options) + (["--test", options.test] if test else [])
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"compare_pytorch.py: error: {done.stderr.strip()}")
    result = json.loads(done.stdout)
    if result["outcome"] != "target-reached":
        result["seconds"] = None
    keys = ("seconds", "train_accuracy", "test_accuracy", "outcome", "iterations")
    return {key: result[key] for key in keys}


# ---- both --------------------------------------------------------------------------------


def tell(name, seed, result, options):
    """A line for bench_solve.sh, which knows `case`, `command` and `result`."""
    own = name.startswith("ours")
    command = " ".join(our_command(seed, options) if own else sys.argv)
    line = {"case": name, "seed": seed, "command": command, "said": "", "result": result}
    print(json.dumps(line), flush=True)


def compare(sets, options):
    """{case: [seconds]}, runs alternating; a rest between them lets idle threads sleep."""
    taken = {}
    for seed in range(1, options.runs + 1):
        for train in (adam, lbfgs):
            for loss in LOSSES:
                time.sleep(0.5)
                own = ours(seed, options)
                other = theirs(train, loss, seed, sets, options)
                if own["seconds"]:
                    other["ratio"] = other["spent"] / own["seconds"]
                name = f"{train.__name__}-{loss}"
                tell("ours", seed, own, options)
                tell(name, seed, other, options)
                taken.setdefault("ours", []).append(own["seconds"])
                taken.setdefault(name, []).append(other["seconds"])
        tell("ours-tested", seed, ours(seed, options, test=True), options)
    return taken


def median(seconds):
    return statistics.median(math.inf if s is None else s for s in seconds)


def summary(taken):
    own = median(taken["ours"])
    for name, seconds in taken.items():
        print(f"{name:16s} {median(seconds):9.3f} s  {median(seconds) / own:8.2f} x ours",
              file=sys.stderr)


def main():
    options = parse()
    torch.set_num_threads(options.threads)
    sets = load(options)
    warm_up(sets, options)
    summary(compare(sets, options))


if __name__ == "__main__":
    main()

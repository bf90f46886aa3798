#!/usr/bin/env python3
"""192 small runs of `cvxrelu train convex`: what is certified is what is saved.

    small_runs.py COMMAND [--bias free] [--precision double] [--verbose]

n from 1 to 200, the three formulations, penalties from 0.99 to 1e-4 of beta_max, tolerances
0.1 and 0.001. The saved network is read back, and its objective on the training rows,
1/2 |f(X) - y|^2 + beta sum_k |w_k| |a_k| (gated: the sum of norms, ridge: half their squares),
is computed here, beta_max too. Checked in each run:

    the reported objective is that of the file; `converged` means that it is at most
    upper_bound (1 + tolerance), and that upper_bound is within the tolerance of lower_bound;
    r2 is that of the file.

Needs Python alone.
"""
import argparse
import itertools
import json
import math
import os
import random
import struct
import subprocess
import sys
import tempfile

ROWS = [1, 2, 3, 5, 10, 30, 80, 200]
FORMULATIONS = ["relu", "gated", "gated-ridge"]
PENALTIES = [0.99, 0.1, 0.01, 1e-4]
TOLERANCES = [0.1, 0.001]
FEATURES, GATES = 3, 12


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def read_model(path):
    """Tensors of a safetensors file, as lists of rows."""
    with open(path, "rb") as file:
        data = file.read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    tensors = {}
    for name, about in header.items():
        if name == "__metadata__":
            continue
        begin, end = about["data_offsets"]
        letter, size = ("d", 8) if about["dtype"] == "F64" else ("f", 4)
        values = struct.unpack("<%d%s" % ((end - begin) // size, letter),
                               data[8 + length + begin:8 + length + end])
        shape = about["shape"]
        tensors[name] = (list(values) if len(shape) == 1 else
                         [list(values[i * shape[1]:(i + 1) * shape[1]])
                          for i in range(shape[0])])
    return tensors


def outputs(m, X):
    if "H" in m:
        return [sum(dot(w, x) + b for h, g, w, b in zip(m["H"], m["g"], m["W1"], m["b1"])
                    if dot(h, x) + g >= 0) + m["b2"][0] for x in X]
    return [sum(a * max(0, dot(w, x) + b) for w, b, a in zip(m["W1"], m["b1"], m["W2"][0]))
            + m["b2"][0] for x in X]


def penalty(m, formulation, bias):
    """The sum that beta multiplies."""
    thresholds = m["b1"] if bias == "penalised" else [0] * len(m["b1"])
    squares = [dot(w, w) + b * b for w, b in zip(m["W1"], thresholds)]
    if formulation == "gated-ridge":
        return sum(squares) / 2
    if formulation == "gated":
        return sum(map(math.sqrt, squares))
    return sum(math.sqrt(s) * abs(a) for s, a in zip(squares, m["W2"][0]))


def largest_penalty(X, y, H, formulation, bias):
    """beta_max; for the ridge the mean eigenvalue of its kernel."""
    ones = [x + [1.0] for x in X]
    on = [[dot(h, x) >= 0 for x in ones] for h in H]
    on = [row for i, row in enumerate(on) if any(row) and row not in on[:i]]
    block = ones if bias == "penalised" else X
    if formulation == "gated-ridge":
        return sum(dot(x, x) * sum(row[j] for row in on)
                   for j, x in enumerate(block)) / len(X)
    if bias == "free":
        mean = sum(y) / len(y)
        y = [value - mean for value in y]
    sizes = []
    for row in on:
        active = [j for j, yes in enumerate(row) if yes]
        vector = [sum(block[j][k] * y[j] for j in active) for k in range(len(block[0]))]
        left = sum(y[j] for j in active)  # goes to the rows of one side, see sides.h
        for sign in (1, -1):
            side = [j for j in range(len(X)) if row[j] == (sign * left < 0)]
            mean = [sum(X[j][k] for j in side) / max(len(side), 1) for k in range(FEATURES)]
            moved = [a - left * b for a, b in zip(vector, mean)] if (
                formulation == "relu" and bias == "free" and not all(row)) else vector
            sizes.append(math.sqrt(dot(moved, moved)))
    return max(sizes)


def draw(n, bias):
    source = random.Random(n)
    X = [[source.gauss(0, 1) for _ in range(FEATURES)] for _ in range(n)]
    y = [3 * max(0, x[0] - x[1]) - max(0, x[2]) + 0.3 * source.gauss(0, 1) +
         (20 if bias == "free" else 0) for x in X]
    H = [[source.gauss(0, 1) for _ in range(FEATURES + (bias != "none"))]
         for _ in range(GATES)]
    H[0] = [0.0] * FEATURES + [1.0] if bias != "none" else H[0]  # one is open everywhere
    return X, y, H


def write(folder, X, y, H):
    with open(os.path.join(folder, "data.csv"), "w") as file:
        file.write(",".join("x%d" % k for k in range(FEATURES)) + ",y\n")
        for x, value in zip(X, y):
            file.write(",".join("%.17g" % v for v in x + [value]) + "\n")
    with open(os.path.join(folder, "gates.csv"), "w") as file:
        for h in H:
            file.write(",".join("%.17g" % v for v in h) + "\n")


def check(o, folder, n, formulation, relative, tolerance):
    """One sentence for each promise that is not kept."""
    X, y, H = draw(n, o.bias)
    write(folder, X, y, H)
    words = [o.command, "train", "convex", "--data", os.path.join(folder, "data.csv"),
             "--task", "regress", "--normalize", "none", "--bias", o.bias, "--gates",
             os.path.join(folder, "gates.csv"), "--formulation", formulation,
             "--beta-relative", repr(relative), "--tolerance", repr(tolerance),
             "--precision", o.precision, "--json", "--quiet", "-o",
             os.path.join(folder, "m.safetensors")]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        return ["exit %d: %s" % (done.returncode, done.stderr.strip()[-200:])], None
    r = json.loads(done.stdout)
    m = read_model(os.path.join(folder, "m.safetensors"))
    f = outputs(m, X)
    loss = sum((a - b) ** 2 for a, b in zip(f, y)) / 2
    beta = relative * largest_penalty(X, y, H, formulation, o.bias)
    objective = loss + beta * penalty(m, formulation, o.bias)
    rounding = 1e-8 if o.precision == "double" else 1e-3
    zero = sum((value - (sum(y) / n if o.bias == "free" else 0)) ** 2 for value in y) / 2
    room = rounding * max(objective, zero) + n * (1e-2 * rounding * max(map(abs, y))) ** 2
    faults = []
    if abs(objective - r["objective"]) > room:
        faults.append("objective %.9g, and the file's %.9g" % (r["objective"], objective))
    if r["outcome"] == "converged":
        if not objective <= r["upper_bound"] * (1 + tolerance) + room:
            faults.append("converged at %.9g with a file of %.9g"
                          % (r["upper_bound"], objective))
        if not r["upper_bound"] - r["lower_bound"] <= tolerance * r["upper_bound"] + room:
            faults.append("converged with bounds %.9g and %.9g"
                          % (r["lower_bound"], r["upper_bound"]))
    return faults, r


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("--bias", default="free", choices=["free", "penalised", "none"])
    parser.add_argument("--precision", default="double", choices=["double", "single"])
    parser.add_argument("--verbose", action="store_true")
    o = parser.parse_args()
    runs = converged = bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for case in itertools.product(ROWS, FORMULATIONS, PENALTIES, TOLERANCES):
            faults, r = check(o, folder, *case)
            runs += 1
            bad += len(faults) > 0
            converged += r is not None and r["outcome"] == "converged"
            what = "n %d, %s, %g of beta_max, tolerance %g" % case
            if o.verbose and r:
                print(what, r["outcome"], r["iterations"], r["objective"], r.get("gap"))
            for fault in faults:
                print("%s: %s" % (what, fault))
    print("%d runs, %d converged, %d that do not keep what they say"
          % (runs, converged, bad))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()

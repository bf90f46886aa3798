#!/usr/bin/env python3
"""Bounds of `cvxrelu train convex` against an independent solver.

    certify.py COMMAND [--problems 140] [--seed 1] [--only KIND] [--verbose]

Random and degenerate problems (zero rows, duplicate rows and columns, one row, constant
columns, more columns than rows, rows on a gate, targets with a mean, tiny and huge scales),
every formulation and every kind of bias, gates from a file with thresholds and without. The
same program is given to Clarabel through cvxpy. Each bound of each measured iteration is
checked: lower <= reference <= upper, up to 1e-8 and the reference's own interval (between
its primal and its dual value). Needs numpy, cvxpy and clarabel.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import warnings

import cvxpy as cp
import numpy as np

KINDS = ["random", "zero-rows", "duplicate-rows", "one-row", "constant-columns", "wide",
         "duplicate-columns", "boundary", "opposite-rows", "mean", "tiny", "huge",
         "constant-targets", "outputs"]
FORMULATIONS = ["relu", "gated", "gated-ridge"]
TIGHT = {"tol_gap_abs": 1e-12, "tol_gap_rel": 1e-12, "tol_feas": 1e-12, "max_iter": 200}
BIASES = ["free", "none", "penalised"]


def draw(kind, rng):
    """X, Y, gates without thresholds."""
    n, d, C, P = rng.integers(4, 40), rng.integers(1, 7), 1, rng.integers(2, 8)
    if kind == "one-row":
        n = 1
    if kind == "wide":
        n, d = rng.integers(2, 8), rng.integers(10, 20)
    if kind == "outputs":
        C = 3
    X = rng.standard_normal((n, d))
    H = rng.standard_normal((P, d))
    Y = np.maximum(X @ rng.standard_normal((d, C)), 0) + 0.3 * rng.standard_normal((n, C))
    if kind == "zero-rows":
        X[rng.integers(0, n, 1 + n // 4)] = 0
    if kind == "duplicate-rows":
        X[n // 2:] = X[:n - n // 2]
    if kind == "constant-columns":
        X[:, rng.integers(0, d)] = rng.choice([0.0, 1.0, 2.5])
    if kind == "duplicate-columns" and d > 1:
        X[:, 1] = X[:, 0]
    if kind in ("boundary", "opposite-rows"):
        X = np.round(X)
        H = np.round(2 * H)
    if kind == "opposite-rows":
        X[n // 2:] = -X[:n - n // 2]
    if kind == "mean":
        Y += 1000
    if kind == "constant-targets":
        Y[:] = 3.7
    if kind == "tiny":
        X *= 10.0 ** rng.integers(-60, -5)
        Y *= 10.0 ** rng.integers(-60, -5)
    if kind == "huge":
        X *= 10.0 ** rng.integers(5, 60)
        Y *= 10.0 ** rng.integers(5, 60)
    return X, Y, H


def reference(X, Y, H, formulation, bias, beta):
    """Lower and upper value of the optimum, in units in which X and Y have size 1."""
    n, C = Y.shape
    features = X.shape[1]
    ones = np.ones((n, 1))
    threshold = H.shape[1] > features
    D = (np.hstack([X, ones])[:, :H.shape[1]] @ H.T >= 0).astype(float)
    D = np.unique(D[:, D.any(axis=0)], axis=1)
    P = D.shape[1]
    relu = formulation == "relu"
    if bias == "penalised" or (relu and bias == "free" and threshold):
        X = np.hstack([X, ones])
    w = features if relu and bias == "free" else X.shape[1]
    d = X.shape[1]
    b = cp.Variable(C) if bias == "free" else np.zeros(C)
    F, norms, cones = np.ones((n, 1)) @ cp.reshape(b, (1, C), order="C"), 0, []
    for i in range(P):
        G = (2 * D[:, i:i + 1] - 1) * X
        for sign in (1, -1) if relu else (1,):
            V = cp.Variable((d, C))
            F = F + sign * (D[:, i:i + 1] * X) @ V
            norms = norms + (cp.norm(cp.vec(V[:w], order="C")) if formulation != "gated-ridge"
                             else cp.sum_squares(V) / 2)
            if relu:
                cones.append(G @ V >= 0)
    problem = cp.Problem(cp.Minimize(cp.sum_squares(F - Y) / 2 + beta * norms), cones)
    data, chain, inverse = problem.get_problem_data(cp.CLARABEL)
    raw = chain.solve_via_data(problem, data, solver_opts=TIGHT)
    offset = inverse[-1][cp.settings.OFFSET]
    ends = raw.obj_val + offset, raw.obj_val_dual + offset
    slack = 1e-9 * max(abs(ends[0]), 1e-3)
    return min(ends) - slack, max(ends) + slack


def largest(X, Y, H, formulation, bias):
    """A penalty of the right size."""
    features = X.shape[1]
    D = (np.hstack([X, np.ones((len(X), 1))])[:, :H.shape[1]] @ H.T >= 0).astype(float)
    if bias == "free":
        Y = Y - Y.mean(axis=0)
    if formulation == "gated-ridge":
        return max((D.sum(axis=1) * (X ** 2).sum(axis=1)).mean(), 1e-3)
    sizes = [np.linalg.norm((D[:, i:i + 1] * X).T @ Y) for i in range(D.shape[1])]
    return max(max(sizes), 1e-3)


def run(command, folder, X, Y, H, arguments):
    data = os.path.join(folder, "data.csv")
    gates = os.path.join(folder, "gates.csv")
    log = os.path.join(folder, "log.jsonl")
    C = Y.shape[1]
    names = ["x%d" % k for k in range(X.shape[1])] + ["y%d" % k for k in range(C)]
    np.savetxt(data, np.hstack([X, Y]), delimiter=",", fmt="%.17g", header=",".join(names),
               comments="")
    np.savetxt(gates, H, delimiter=",", fmt="%.17g")
    if os.path.exists(log):
        os.remove(log)
    words = [command, "train", "convex", "--data", data, "--gates", gates, "--log", log,
             "--target", ",".join(names[-C:]), "--task", "regress", "--normalize", "none",
             "--json", "--quiet"] + arguments
    done = subprocess.run(words, capture_output=True, text=True)
    lines = []
    if os.path.exists(log):
        with open(log) as file:
            lines = [json.loads(line) for line in file]
    return words, done, lines


def check(command, folder, index, kind, verbose):
    rng = np.random.default_rng(index)
    X, Y, H = draw(kind, rng)
    formulation = rng.choice(FORMULATIONS, p=[0.5, 0.3, 0.2])
    bias = rng.choice(BIASES, p=[0.5, 0.3, 0.2])
    if bias == "penalised" or (bias == "free" and rng.random() < 0.5):
        H = np.hstack([H, rng.standard_normal((len(H), 1))])
    D = np.hstack([X, np.ones((len(X), 1))])[:, :H.shape[1]] @ H.T >= 0
    if not D.any():
        H = -H
    # What the reference sees has size 1; the command gets the numbers as they are.
    sx, sy = (abs(X).max(), abs(Y).max()) if kind in ("tiny", "huge") else (1, 1)
    if bias == "penalised" or H.shape[1] > X.shape[1]:  # ones do not scale
        X, sx = X / sx, 1
    beta = largest(X / sx, Y / sy, H, formulation, bias) * 10.0 ** rng.uniform(-3, 0.05)
    low, high = reference(X / sx, Y / sy, H, formulation, bias, beta)
    given = beta * (sx ** 2 if formulation == "gated-ridge" else sx * sy)
    words, done, lines = run(command, folder, X, Y, H,
                             ["--formulation", formulation, "--bias", bias, "--beta",
                              "%.17g" % given, "--tolerance", "1e-7", "--max-iterations",
                              "3000", "--measure-every", "20"])
    what = "%3d %-17s %-11s %-9s" % (index, kind, formulation, bias)
    if done.returncode != 0 or not lines:
        return ["%s: exit %d: %s" % (what, done.returncode, done.stderr.strip()[-200:])]
    unit, faults = sy ** 2, []
    for line in lines:
        lower, upper = line.get("lower_bound"), line.get("upper_bound")
        room = 1e-8 * max(high, 1e-9)
        if lower is not None and lower / unit > high + room:
            faults.append("%s: lower %.12g above %.12g" % (what, lower / unit, high))
        if upper is not None and upper / unit < low - room:
            faults.append("%s: upper %.12g below %.12g" % (what, upper / unit, low))
        if line["outcome"] == "converged" and not (
                line["objective"] <= (upper if upper is not None else np.inf) * (1 + 1e-7)):
            faults.append("%s: converged with objective %.9g above upper %.9g"
                          % (what, line["objective"], upper))
    last = lines[-1]
    if verbose:
        print(what, last["outcome"], last["iterations"], last.get("lower_bound"),
              last.get("upper_bound"), "gap", last.get("gap"), "reference %.10g %.10g"
              % (low * unit, high * unit), flush=True)
        if faults:
            print(" ".join(words))
    return faults[:1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("--problems", type=int, default=140)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only")
    parser.add_argument("--verbose", action="store_true")
    o = parser.parse_args()
    warnings.simplefilter("ignore")  # its interval says how accurate the reference is
    faults, done = [], 0
    with tempfile.TemporaryDirectory() as folder:
        for index in range(o.seed * 1000, o.seed * 1000 + o.problems):
            kind = KINDS[index % len(KINDS)]
            if o.only and kind != o.only:
                continue
            faults += check(o.command, folder, index, kind, o.verbose)
            done += 1
    for fault in faults:
        print(fault)
    print("%d problems, %d faults" % (done, len(faults)))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Bounds of `cvxrelu train convex` against an independent solver.

    certify.py COMMAND [--problems 140] [--seed 1] [--only KIND] [--verbose]
    certify.py COMMAND --loss all --problems 200     200 problems a loss

Random and degenerate problems (zero rows, duplicate rows and columns, one row, constant
columns, more columns than rows, rows on a gate, targets with a mean, tiny and huge scales),
every formulation and every kind of bias, gates from a file with thresholds and without; with
--loss, of other losses, ways to group, elastic penalties, signs and weights of rows. The
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
LOSSES = ["squared", "logistic", "softmax", "hinge", "squared-hinge", "huber", "absolute",
          "quantile"]
LABELS = {"logistic", "hinge", "squared-hinge"}
SHAPES = {"huber": ["--huber-width", "0.7"], "quantile": ["--quantile", "0.3"]}
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


def value(loss, Z, Y, w):
    """sum_j w_j l(z_j, y_j)"""
    each = w @ np.ones((1, Y.shape[1]))
    if loss == "squared":
        return cp.sum(cp.multiply(each, cp.square(Z - Y))) / 2
    if loss == "logistic":
        return cp.sum(cp.multiply(each, cp.logistic(-cp.multiply(Y, Z))))
    if loss == "softmax":
        return (w[:, 0] @ cp.log_sum_exp(Z, axis=1)
                - cp.sum(cp.multiply(each, cp.multiply(Y, Z))))
    if loss in ("hinge", "squared-hinge"):
        h = cp.pos(1 - cp.multiply(Y, Z))
        return cp.sum(cp.multiply(each, h if loss == "hinge" else cp.square(h) / 2))
    if loss == "huber":
        return cp.sum(cp.multiply(each, cp.huber(Y - Z, 0.7))) / 2
    if loss == "absolute":
        return cp.sum(cp.multiply(each, cp.abs(Y - Z)))
    e = Y - Z
    return cp.sum(cp.multiply(each, 0.3 * cp.pos(e) + 0.7 * cp.pos(-e)))


def reference(X, Y, H, formulation, bias, beta, loss="squared", w=None, group="joint",
              elastic=0, outer="any"):
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
    seen = features if relu and bias == "free" else X.shape[1]
    d = X.shape[1]
    weights = []
    b = cp.Variable(C) if bias == "free" else np.zeros(C)
    F, norms, cones = np.ones((n, 1)) @ cp.reshape(b, (1, C), order="C"), 0, []
    for i in range(P):
        G = (2 * D[:, i:i + 1] - 1) * X
        signs = (1, -1) if relu else (1,)
        for sign in signs if outer == "any" else (1 if outer == "positive" else -1,):
            V = cp.Variable((d, C))
            F = F + sign * (D[:, i:i + 1] * X) @ V
            weights.append(V)
            if formulation == "gated-ridge":
                norms = norms + cp.sum_squares(V) / 2
            elif group == "joint":
                norms = norms + cp.norm(cp.vec(V[:seen], order="C"))
            elif group == "output":
                norms = norms + cp.sum(cp.norm(V[:seen], axis=0))
            if relu:
                cones.append(G @ V >= 0)
    if group == "feature":
        norms = cp.sum(cp.norm(cp.hstack(weights), axis=1))
    squares = sum(cp.sum_squares(V) for V in weights) * elastic / 2 if elastic else 0
    fit = (cp.sum_squares(F - Y) / 2 if loss == "squared" and w is None else
           value(loss, F, Y, np.ones((n, 1)) if w is None else w))
    problem = cp.Problem(cp.Minimize(fit + beta * norms + squares), cones)
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


def run(command, folder, X, Y, H, arguments, task="regress"):
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
             "--target", ",".join(names[-C:]), "--task", task, "--normalize", "none",
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


def fault_of(what, lines, low, high, room):
    for line in lines:
        lower, upper = line.get("lower_bound"), line.get("upper_bound")
        if lower is not None and lower > high + room:
            return "%s: lower %.12g above %.12g" % (what, lower, high)
        if upper is not None and upper < low - room:
            return "%s: upper %.12g below %.12g" % (what, upper, low)
    return None


def draw_targets(loss, rng, X, Y):
    """Targets of the loss, the column of the file, and a first dual point."""
    n = len(X)
    if loss in LABELS:
        y = np.where(Y[:, :1] > np.median(Y[:, 0]), 1.0, -1.0)
        y[:2, 0] = 1, -1
        return y, (y + 1) / 2, y
    if loss == "softmax":
        c = rng.integers(0, 3, n)
        c[:3] = 0, 1, 2
        y = np.eye(3)[c]
        return y, c[:, None].astype(float), y - y.mean(axis=0)
    centred = Y - np.median(Y, axis=0)
    if loss in ("absolute", "quantile"):
        centred = np.sign(centred)
    return Y, Y, np.clip(centred, -0.7, 0.7) if loss == "huber" else centred


def check_loss(command, folder, index, loss, verbose):
    """One random problem of a loss, with a penalty and weights of rows."""
    rng = np.random.default_rng([index, LOSSES.index(loss)])
    kind = rng.choice(["random", "zero-rows", "duplicate-rows", "constant-columns",
                       "duplicate-columns", "boundary", "opposite-rows", "outputs"])
    X, Y, H = draw(kind, rng)
    formulation = rng.choice(FORMULATIONS, p=[0.4, 0.35, 0.25])
    bias = rng.choice(BIASES, p=[0.5, 0.3, 0.2])
    if bias == "penalised" or (bias == "free" and rng.random() < 0.5):
        H = np.hstack([H, rng.standard_normal((len(H), 1))])
    D = np.hstack([X, np.ones((len(X), 1))])[:, :H.shape[1]] @ H.T >= 0
    if not D.any():
        H = -H
    Y, column, theta = draw_targets(loss, rng, X, Y)
    more, options = {}, ["--loss", loss] + SHAPES.get(loss, [])
    if formulation != "gated-ridge" and rng.random() < 0.6:
        name = rng.choice(["group", "elastic", "outer"])
        if name == "outer" and formulation == "gated":
            name = "elastic"
        more[name] = {"group": "feature" if formulation == "gated" and rng.random() < 0.5
                      else "output", "elastic": 10.0 ** rng.uniform(-2, 1),
                      "outer": rng.choice(["positive", "negative"])}[name]
        options += ["--" + name, "%.17g" % more[name] if name == "elastic" else more[name]]
    if rng.random() < 0.3:
        more["w"] = rng.uniform(0.2, 3, (len(X), 1))
        np.savetxt(os.path.join(folder, "weights.csv"), more["w"], fmt="%.17g")
        options += ["--weights", os.path.join(folder, "weights.csv")]
    beta = 10.0 ** rng.uniform(-3, 0.05) * largest(X, theta, H, formulation, "none")
    low, high = reference(X, Y, H, formulation, bias, beta, loss=loss, **more)
    words, done, lines = run(command, folder, X, column, H, options + [
        "--formulation", formulation, "--bias", bias, "--beta", "%.17g" % beta,
        "--tolerance", "1e-6", "--max-iterations", "2000", "--measure-every", "20"],
        "classify" if loss in LABELS or loss == "softmax" else "regress")
    what = "%3d %-13s %-17s %-11s %-9s %s" % (index, loss, kind, formulation, bias,
                                              [k for k in more])
    if done.returncode != 0 or not lines:
        return "%s: exit %d: %s" % (what, done.returncode, done.stderr.strip()[-200:])
    fault = fault_of(what, lines, low, high, 1e-8 * max(high, 1e-9))
    if verbose or fault:
        print(what, "gap %.2g" % lines[-1].get("gap", np.nan), "reference %.10g %.10g" %
              (low, high), " ".join(words) if fault else "", flush=True)
    return fault


def loss_main(o):
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        for loss in LOSSES if o.loss == "all" else o.loss.split(","):
            found = [check_loss(o.command, folder, o.seed * 1000 + k, loss, o.verbose)
                     for k in range(o.problems)]
            found = [fault for fault in found if fault]
            faults += len(found)
            print("\n".join(found + ["%s: %d problems, %d faults"
                                     % (loss, o.problems, len(found))]), flush=True)
    sys.exit(1 if faults else 0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("--problems", type=int, default=140)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only")
    parser.add_argument("--loss", help="losses with commas, or all")
    parser.add_argument("--verbose", action="store_true")
    o = parser.parse_args()
    warnings.simplefilter("ignore")  # its interval says how accurate the reference is
    if o.loss:
        loss_main(o)
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

#!/usr/bin/env python3
"""A model of each gate kind under every kernel of OpenBLAS, and in NumPy.

Trains `convex` with each gate kind under each value of OPENBLAS_CORETYPE, then lets the
first model predict the same rows under each of them and in NumPy, from the model file
alone. A line each: the largest differences of objectives and of outputs, as a part of
their size, and PASS (at most 1e-9) or SHORT. Images with areas of one grey are the hard
case: a threshold through a row has a side that depends on the order of additions.
"""
import argparse
import csv
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

import numpy

BAR = 1e-9
KINDS = {"gaussian": [], "patch": ["--gate-size", "8"], "pairs": []}


def parse():
    about, rest = __doc__.split("\n", 1)
    parser = argparse.ArgumentParser(
        description=about, epilog=rest,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--command", default="build/cvxrelu", help="the program (build/cvxrelu)")
    add("--data", required=True, help="images, such as MNIST's t10k-images-idx3-ubyte.gz")
    add("--classes", default="0,1", help="two or more of their classes (0,1)")
    add("--rows", type=int, default=1000, help="rows to read (1000)")
    add("--patterns", type=int, default=100, help="gates (100)")
    add("--bias", default=None, help="free, penalised or none (the command's default)")
    add("--formulation", default="gated-ridge", help="gated-ridge or gated")
    add("--cores", default="Prescott,Haswell,SkylakeX", help="values of OPENBLAS_CORETYPE")
    return parser.parse_args()


def run(options, core, arguments):
    """What the command prints under the kernels of `core`."""
    environment = dict(os.environ, OPENBLAS_CORETYPE=core)
    return subprocess.run([options.command, *arguments], env=environment, check=True,
                          stdout=subprocess.PIPE).stdout


def rows_of(options):
    chosen = ["--data", options.data, "--rows", str(options.rows)]
    return chosen + (["--classes", options.classes] if options.classes else [])


def train(options, core, kind, model):
    more = ["--bias", options.bias] if options.bias else []
    arguments = ["train", "convex", *rows_of(options), "--formulation",
                 options.formulation, "--patterns", str(options.patterns), "--gate-kind",
                 kind, *KINDS[kind], *more, "--threads", "1", "--json", "-q", "-o", model]
    return json.loads(run(options, core, arguments))["objective"]


def predict(options, core, model):
    """Outputs of the command: numbers of the columns after the label, when there is one."""
    text = run(options, core, ["predict", "--model", model, *rows_of(options), "--values",
                               "--threads", "1", "-q"]).decode()
    lines = list(csv.reader(text.splitlines()))
    if lines[0][0] == "label":
        lines = [line[1:] for line in lines]
    return numpy.array(lines[1:], dtype=float)


def tensors(path):
    """Names to arrays of a safetensors file."""
    content = pathlib.Path(path).read_bytes()
    length, = struct.unpack("<Q", content[:8])
    head = json.loads(content[8:8 + length])
    types = {"F64": "<f8", "F32": "<f4"}
    found = {}
    for name, about in head.items():
        if name != "__metadata__":
            first, last = (8 + length + at for at in about["data_offsets"])
            found[name] = numpy.frombuffer(content[first:last], types[about["dtype"]])
            found[name] = found[name].reshape(about["shape"]).astype(float)
    return found


def apply(model, rows):
    """f(x) = sum over gates of 1[h'x + g >= 0] (w'x + b), plus the constant c."""
    t = tensors(model)
    rows = (rows - t["shift"].ravel()) * t["scale"].ravel() if "shift" in t else rows
    gates = t["H"].shape[0]
    on = rows @ t["H"].T + t["g"].ravel() >= 0
    parts = (rows @ t["W1"].T + t["b1"].ravel()).reshape(len(rows), -1, gates)
    return (on[:, None, :] * parts).sum(axis=2) + t.get("b2", numpy.zeros(1)).ravel()


def features(options, folder):
    """The rows as the command reads them."""
    target = str(folder / "rows.csv")
    run(options, options.cores[0], ["convert", options.data, target, "-q",
                                    *rows_of(options)[2:]])
    return numpy.loadtxt(target, delimiter=",", skiprows=1, ndmin=2)[:, :-1]


def apart(one, other):
    one, other = numpy.atleast_1d(one), numpy.atleast_1d(other)
    return float(abs(one - other).max() / abs(one).max())


def main():
    options = parse()
    options.cores = options.cores.split(",")
    short = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        rows = features(options, folder)
        for kind in KINDS:
            models = [str(folder / f"{kind}-{core}.st") for core in options.cores]
            found = [train(options, core, kind, model)
                     for core, model in zip(options.cores, models)]
            outputs = [predict(options, core, models[0]) for core in options.cores]
            outputs.append(apply(models[0], rows))
            figures = [max(apart(list_[0], other) for other in list_[1:])
                       for list_ in (found, outputs)]
            passed = max(figures) <= BAR
            short += not passed
            print(f"{kind:9} objectives {figures[0]:.1e}  outputs {figures[1]:.1e}  "
                  f"{'PASS' if passed else 'SHORT'}")
    sys.exit(short > 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""The default of `train convex` on fixed splits of real tables, beside usual models.

    benchmarks/bench_tables.py [--command build/cvxrelu] [OPTION...]

CVR_SHARED names the folder with tables/NAME.train.csv, NAME.test.csv and baselines.json (the
scores of other models on the same splits). Further options go to `train convex`. A line a
table: test score, the linear model's, the best model's, the chosen penalty's held-out score
and CPU seconds; then the means over all tables but madelon, whose features are mostly noise.
"""
import json
import os
import subprocess
import sys

DEFAULT_COMMAND = os.path.join(os.path.dirname(__file__), "..", "build", "cvxrelu")


def train(command, folder, name, options):
    files = [os.path.join(folder, f"{name}.{part}.csv") for part in ("train", "test")]
    run = subprocess.run(
        [command, "train", "convex", "--data", files[0], "--test", files[1],
         "--threads", "1", "--json", "-q", *options],
        capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(f"{name}: {run.stderr.strip()}")
    return json.loads(run.stdout)


def held_out(result):
    choice = result.get("choice")
    if not choice:
        return float("nan")
    return next(v["mean"] for v in choice["values"] if v["value"] == choice["chosen"])


def main():
    arguments = sys.argv[1:]
    command = DEFAULT_COMMAND
    if arguments[:1] == ["--command"]:
        command, arguments = arguments[1], arguments[2:]
    folder = os.path.join(os.environ.get("CVR_SHARED", "/nonexistent"), "tables")
    with open(os.path.join(folder, "baselines.json"), encoding="utf-8") as file:
        tables = json.load(file)
    rows, seconds, open_gaps = [], 0.0, []
    print(f"{'table':24} {'ours':>7} {'linear':>7} {'best':>7} {'held':>8} {'cpu s':>6}  outcome")
    for name, table in tables.items():
        result = train(command, folder, name, ["--task", table["task"], *arguments])
        scores = table["score"]
        ours = result["test_accuracy" if table["task"] == "classify" else "test_r2"]
        linear = scores.get("logistic", scores.get("ridge"))
        best = max(scores.values())
        seconds += result["cpu_seconds"]
        if result["outcome"] != "converged":
            open_gaps.append(name)
        if name != "madelon":
            rows.append((ours, linear, best))
        print(f"{name:24} {ours:7.4f} {linear:7.4f} {best:7.4f} {held_out(result):8.4f} "
              f"{result['cpu_seconds']:6.2f}  {result['outcome']}")
    mean = [sum(column) / len(rows) for column in zip(*rows)]
    print(f"\nmean of {len(rows)}: ours {mean[0]:.4f}, linear {mean[1]:.4f}, "
          f"best of the others on each {mean[2]:.4f}")
    print(f"CPU seconds of all {len(tables)}: {seconds:.2f}")
    print(f"not converged: {', '.join(open_gaps) or 'none'}")


if __name__ == "__main__":
    main()

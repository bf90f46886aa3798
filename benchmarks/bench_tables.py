#!/usr/bin/env python3
"""The default of `train convex` on fixed splits of real tables, beside usual models.

    benchmarks/bench_tables.py [--command build/cvxrelu] [--log-loss] [OPTION...]

CVR_SHARED names the folder with tables/NAME.train.csv, NAME.test.csv and baselines.json (the
scores of other models on the same splits). Further options go to `train convex`. A line a
table: test score, the linear model's, the best model's, the chosen penalty's held-out score
and CPU seconds; then over all tables but madelon, whose features are mostly noise, the means,
how far ours is behind the best of each table, its mean rank, and by how much it is ahead of
each model and of the best of them on the tables of values.

--log-loss: the mean of -log p of the right class on the test rows as well, beside logistic
regression, an SVM by Platt's method, MLP, boosting and forest as scikit-learn has them, which
it needs; features are standardised.
"""
import csv
import json
import math
import os
import subprocess
import sys
import tempfile

DEFAULT_COMMAND = os.path.join(os.path.dirname(__file__), "..", "build", "cvxrelu")


def files_of(folder, name):
    return [os.path.join(folder, f"{name}.{part}.csv") for part in ("train", "test")]


def call(command, *arguments):
    run = subprocess.run([command, *arguments, "--json", "-q"], capture_output=True,
                         text=True, check=False)
    if run.returncode:
        sys.exit(f"{' '.join(arguments)}: {run.stderr.strip()}")
    return json.loads(run.stdout)


def train(command, folder, name, options, model):
    files = files_of(folder, name)
    return call(command, "train", "convex", "--data", files[0], "--test", files[1],
                "--threads", "1", "-o", model, *options)


def held_out(result):
    choice = result.get("choice")
    if not choice:
        return float("nan")
    return next(v["mean"] for v in choice["values"] if v["value"] == choice["chosen"])


def rank(ours, others):
    return 1 + sum(x > ours for x in others) + sum(x == ours for x in others) / 2


# ---- log loss --------------------------------------------------------------------------


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [[float(x) for x in row[:-1]] for row in rows], [row[-1] for row in rows]


def log_losses(folder, name):
    """Of scikit-learn's models, by name."""
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss
    from sklearn.model_selection import GridSearchCV
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    (x, y), (x_test, y_test) = map(read, files_of(folder, name))
    gamma = [g / len(x[0]) for g in (0.1, 0.3, 1)]
    svm = GridSearchCV(SVC(probability=True, random_state=0),
                       {"C": [1, 10, 100], "gamma": gamma}, cv=3)
    models = {"logistic": LogisticRegression(max_iter=2000), "svm": svm,
              "mlp": MLPClassifier(max_iter=300, random_state=0),
              "hgb": HistGradientBoostingClassifier(random_state=0),
              "forest": RandomForestClassifier(300, random_state=0)}
    losses = {}
    for key, model in models.items():
        fit = make_pipeline(StandardScaler(), model).fit(x, y)
        losses[key] = log_loss(y_test, fit.predict_proba(x_test), labels=fit.classes_)
    return losses


def report_log_loss(command, folder, tables, models):
    losses = {}
    for name, table in tables.items():
        if table["task"] == "classify" and name != "madelon":
            ours = call(command, "eval", "--model", models[name], "--data",
                        files_of(folder, name)[1])
            for key, loss in {"ours": ours.get("log_loss", math.inf),
                              **log_losses(folder, name)}.items():
                losses.setdefault(key, []).append(loss)
    print("\nlog loss, mean of", len(losses["ours"]), "tables: ",
          ", ".join(f"{key} {sum(x) / len(x):.4f}" for key, x in losses.items()))


# ---- scores ----------------------------------------------------------------------------


def report(scores):
    """scores: (task, ours, {model: score}) of each table."""
    count, kinds = len(scores), {}
    behind = [max(x.values()) - ours for _, ours, x in scores]
    print(f"\nmean of {count}: ours {sum(s[1] for s in scores) / count:.4f}, best of the "
          f"others on each {sum(max(s[2].values()) for s in scores) / count:.4f}; behind it "
          f"{100 * sum(behind) / count:.2f} points on the mean, {100 * max(behind):.2f} at most")
    print(f"mean rank of six: {sum(rank(s[1], s[2].values()) for s in scores) / count:.2f}")
    for _, ours, others in scores:
        for model, x in others.items():
            kind = {"ridge": "logistic", "svr": "svm"}.get(model, model)
            kinds.setdefault(kind, []).append(ours - x)
    print("ahead of", ", ".join(f"{kind} by {100 * sum(x) / len(x):.2f}"
                                for kind, x in kinds.items()), "points")
    values = [ours - max(x.values()) for task, ours, x in scores if task != "classify"]
    print(f"{len(values)} tables of values: ahead of the best of the others by "
          f"{100 * sum(values) / len(values):.2f} points")


def main():
    arguments = sys.argv[1:]
    command = DEFAULT_COMMAND
    if arguments[:1] == ["--command"]:
        command, arguments = arguments[1], arguments[2:]
    losses = "--log-loss" in arguments
    options = [a for a in arguments if a != "--log-loss"]
    folder = os.path.join(os.environ.get("CVR_SHARED", "/nonexistent"), "tables")
    with open(os.path.join(folder, "baselines.json"), encoding="utf-8") as file:
        tables = json.load(file)
    scores, seconds, slowest, open_gaps, models = [], 0.0, 0.0, [], {}
    print(f"{'table':24} {'ours':>7} {'linear':>7} {'best':>7} {'held':>8} {'cpu s':>6}  outcome")
    with tempfile.TemporaryDirectory() as work:
        for name, table in tables.items():
            models[name] = os.path.join(work, f"{name}.st")
            result = train(command, folder, name, ["--task", table["task"], *options],
                           models[name])
            score = table["score"]
            ours = result["test_accuracy" if table["task"] == "classify" else "test_r2"]
            linear = score.get("logistic", score.get("ridge"))
            seconds += result["cpu_seconds"]
            slowest = max(slowest, result["cpu_seconds"])
            if result["outcome"] != "converged":
                open_gaps.append(name)
            if name != "madelon":
                scores.append((table["task"], ours, score))
            print(f"{name:24} {ours:7.4f} {linear:7.4f} {max(score.values()):7.4f} "
                  f"{held_out(result):8.4f} {result['cpu_seconds']:6.2f}  {result['outcome']}")
        report(scores)
        print(f"CPU seconds of all {len(tables)}: {seconds:.2f}, at most {slowest:.2f}")
        print(f"not converged: {', '.join(open_gaps) or 'none'}")
        if losses:
            report_log_loss(command, folder, tables, models)


if __name__ == "__main__":
    main()

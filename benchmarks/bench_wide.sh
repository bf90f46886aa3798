#!/usr/bin/env bash
# Wide sparse rows: makes LIBSVM files of 300 x 20000 and 2000 x 100000, trains on each
# with the default command and with each formulation, and says how long it took, how much
# memory the process had and how it ended. Ends with 1 when one of them does not converge
# in less than 10 s with less than 1 GB.
#     bench_wide.sh COMMAND [FOLDER]
set -euo pipefail
command=$1
folder=${2:-$(mktemp -d)}
[ $# -ge 2 ] || trap 'rm -rf "$folder"' EXIT

python3 - "$command" "$folder" <<'PYTHON'
import json, os, random, resource, subprocess, sys, time

command, folder = sys.argv[1:]


def make(path, rows, features, each, seed):
    draw = random.Random(seed)
    planted = {draw.randrange(features): draw.choice((-1, 1))
               for _ in range(features // 10)}
    with open(path, "w") as file:
        for _ in range(rows):
            row = {j: round(draw.expovariate(1) + .001, 4)
                   for j in draw.sample(range(features), each)}
            score = sum(planted.get(j, 0) * v for j, v in row.items())
            label = "1" if score + draw.gauss(0, .3) > 0 else "-1"
            file.write(label + "".join(f" {j + 1}:{row[j]}" for j in sorted(row)) + "\n")


def run(path, options):
    begun = time.time()
    child = subprocess.Popen([command, "train", "convex", "--data", path, "-q", "--json",
                              *options], stdout=subprocess.PIPE)
    text = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    took = time.time() - begun
    result = json.loads(text) if status == 0 else {}
    return took, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1e6, result


missed = 0
print("rows x features   options                  seconds   cpu      GB  iterations  "
      "gap      outcome")
for rows, features, each in ((300, 20000, 50), (2000, 100000, 100)):
    path = os.path.join(folder, f"wide-{rows}.svm")
    make(path, rows, features, each, rows)
    for options in ([], ["--formulation", "relu"], ["--formulation", "gated"],
                    ["--formulation", "gated-ridge"]):
        took, cpu, size, r = run(path, options)
        fine = r.get("outcome") == "converged" and took < 10 and size < 1
        missed += not fine
        print(f"{rows:5} x {features:<9} {' '.join(options) or '(default)':25}"
              f"{took:7.2f} {cpu:7.2f} {size:6.3f} {r.get('iterations', '-'):>10}  "
              f"{r.get('gap') or 0:8.1e} {r.get('outcome', 'failed')}"
              f"{'' if fine else '  MISSED'}", flush=True)
sys.exit(missed > 0)
PYTHON

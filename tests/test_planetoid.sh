#!/usr/bin/env bash
# Planetoid's files become a graph that the command trains on; pickles that are more than data
# are refused, and not run.
#     test_planetoid.sh COMMAND
set -u
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/support/cli.sh"
convert=$sources/scripts/planetoid.py
command -v python3 >/dev/null || exit 0

# A ring of 530 nodes of 2 classes, 12 of them labelled, 8 to test, two of which the files know by
# number alone. Arrays are pickled as NumPy and SciPy do, by stand-ins of theirs.
cat >make.py <<'PYTHON'
import collections, pickle, struct, sys, types

NODES, TRAIN, LABELLED = 530, 12, 520


def module(name, **things):
    made = types.ModuleType(name)
    for key, thing in things.items():
        if isinstance(thing, type) or callable(thing):
            thing.__module__ = name
            thing.__qualname__ = thing.__name__ = key
        setattr(made, key, thing)
    sys.modules[name] = made
    return made


class dtype:
    def __init__(self, code): self.code = code
    def __reduce__(self):
        return dtype, (self.code, 0, 1), (3, "<", None, None, None, -1, -1, 0)


class ndarray:
    def __init__(self, code, letter, shape, numbers):
        self.what = code, letter, shape, list(numbers)
    def __reduce__(self):
        code, letter, shape, numbers = self.what
        content = struct.pack(f"<{len(numbers)}{letter}", *numbers)
        return (reconstruct, (ndarray, (0,), b"b"),
                (1, shape, dtype(code), False, content))


def reconstruct(*arguments): pass


class csr_matrix:
    pass


module("numpy", ndarray=ndarray, dtype=dtype)
module("numpy.core")
module("numpy.core.multiarray", _reconstruct=reconstruct)
module("scipy")
module("scipy.sparse")
module("scipy.sparse.csr", csr_matrix=csr_matrix)


def features(nodes):
    m, start, index = csr_matrix(), [0], []
    for i in nodes:
        index += sorted({i * 7 % 40, (40 if i * 2 < NODES else 41)})
        start.append(len(index))
    m.__dict__ = {"_shape": (len(nodes), 42),
                  "indptr": ndarray("i4", "i", (len(start),), start),
                  "indices": ndarray("i4", "i", (len(index),), index),
                  "data": ndarray("f4", "f", (len(index),), [1.0] * len(index))}
    return m


def labels(nodes):
    return ndarray("i4", "i", (len(nodes), 2),
                   [int((i * 2 < NODES) != k) for i in nodes for k in (1, 0)])


def write(part, thing):
    with open(f"ind.ring.{part}", "wb") as file:
        pickle.dump(thing, file, 2)


train = list(range(0, NODES, NODES // TRAIN))[:TRAIN]
order = train + [i for i in range(NODES) if i not in train]
place = {i: k for k, i in enumerate(order)}
graph = collections.defaultdict(list)
for i in range(NODES):
    graph[place[i]] += [place[(i + 1) % NODES], place[(i + 2) % NODES]]
tested = [519 + k for k in (3, 1, 2, 4, 5, 6, 7, 8)]
write("x", features(order[:TRAIN]))
write("y", labels(order[:TRAIN]))
write("allx", features(order[:LABELLED]))
write("ally", labels(order[:LABELLED]))
write("tx", features([order[i] for i in tested]))
write("ty", labels([order[i] for i in tested]))
write("graph", graph)
with open("ind.ring.test.index", "w") as file:
    file.writelines(f"{i}\n" for i in tested)
PYTHON
python3 make.py || failed "no files"

about="what is written"
python3 "$convert" ind.ring ring >out 2>err || failed "no conversion"
lines ring.svm 530
lines ring.split.tsv 530
lines ring.edges.tsv 1060
[ "$(cut -f 2 ring.split.tsv | sort | uniq -c | tr -s ' \n' ' ')" = " 10 none 8 test 12 train 500 val " ] ||
    failed "parts: $(cut -f 2 ring.split.tsv | sort | uniq -c | tr -s ' \n' ' ')"
[ "$(grep -c '^?$' ring.svm)" = 2 ] || failed "nodes known by number alone"

about="training"
run train deep --data ring.svm --graph ring.edges.tsv --split ring.split.tsv --layers 8 --json
exits 0
has rows 12
awk "BEGIN { exit !($(value test_accuracy) > 0.7) }" || failed "accuracy $(value test_accuracy)"

# spoiled WORDS: ind.ring.x is refused with them, and has not run.
spoiled() {
    about="pickle: $1"
    python3 "$convert" ind.ring bad >out 2>err && failed "accepted"
    says "$1"
    says "planetoid.py: error: "
    [ "$(wc -l <err)" = 1 ] || failed "not one line"
    absent bad.svm
    absent ran
}
cp ind.ring.allx whole
python3 -c 'import os, pickle
class Evil:
    def __reduce__(self): return os.system, ("touch ran",)
pickle.dump(Evil(), open("ind.ring.allx", "wb"), 2)'
spoiled "it names"
printf 'not a pickle' >ind.ring.allx
spoiled "not a file of Planetoid"
head -c 500 whole >ind.ring.allx
spoiled "not a file of Planetoid"
python3 -c 'import pickle; pickle.dump([1, 2], open("ind.ring.allx", "wb"), 2)'
spoiled "no sparse matrix"
rm ind.ring.allx
spoiled "ind.ring.allx"

verdict "Planetoid's files become graphs"

#!/usr/bin/env python3
"""Planetoid's files of a graph, as cvxrelu reads graphs.

    planetoid.py FOLDER/ind.NAME OUT

reads ind.NAME.x, .tx, .allx, .y, .ty, .ally, .graph and .test.index, and writes
OUT.svm (LIBSVM: a node a row), OUT.edges.tsv and OUT.split.tsv (the first nodes train, the
next 500 val, those of test.index test). Nodes that the files know only by number have no
features and the label ?.

The files are pickles, which can make a program do anything. Nothing of them is run here: of
the language of pickles only what arrays, sparse matrices and lists of neighbours need is
understood, as data, and anything else is refused.
"""
import argparse
import pickletools
import struct
import sys

KNOWN = {"scipy.sparse.csr csr_matrix", "scipy.sparse._csr csr_matrix",
         "numpy.core.multiarray _reconstruct", "numpy ndarray", "numpy dtype",
         "collections defaultdict", "__builtin__ list", "builtins list",
         "_codecs encode"}
TYPES = {"i4": "i", "i8": "q", "f4": "f", "f8": "d"}
MOST = 1 << 26  # entries of a dense array
VALUES = 500    # nodes that Planetoid calls val


class Refused(Exception):
    pass


class Made:
    """A call of a known name, which is not made; and what it would be filled with."""

    def __init__(self, name, arguments):
        self.name, self.arguments, self.state = name, arguments, None


class Known(str):
    """The name of something in a library."""


class Machine:
    """What a pickle says, as lists, dictionaries, tuples, numbers, bytes and Made."""

    PLAIN = {"BININT", "BININT1", "BININT2", "BINFLOAT", "LONG1", "INT", "LONG"}
    TEXTS = {"SHORT_BINSTRING", "BINSTRING", "BINUNICODE", "SHORT_BINUNICODE"}
    ATOMS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}

    def __init__(self):
        self.stack, self.marks, self.memo = [], [], {}

    def pop(self):
        if not self.stack or (self.marks and len(self.stack) <= self.marks[-1]):
            raise Refused("it takes more than there is")
        return self.stack.pop()

    def to_mark(self):
        if not self.marks:
            raise Refused("a mark is missing")
        at = self.marks.pop()
        taken = self.stack[at:]
        del self.stack[at:]
        return taken

    def top(self, kind):
        if not self.stack or not isinstance(self.stack[-1], kind):
            raise Refused(f"no {kind.__name__} to add to")
        return self.stack[-1]

    def fill(self, target, items):
        if len(items) % 2:
            raise Refused("a key without a value")
        pairs = dict(zip(items[::2], items[1::2]))
        if isinstance(target, Made) and target.name == "collections defaultdict":
            target.state = {**(target.state or {}), **pairs}
        elif isinstance(target, dict):
            target.update(pairs)
        else:
            raise Refused("no dictionary to add to")

    def call(self, name, arguments):
        if not isinstance(name, Known) or not isinstance(arguments, tuple):
            raise Refused("it calls what is no known name")
        if name == "_codecs encode":
            if arguments[1:] not in (("latin1",), ("latin-1",)):
                raise Refused("a coding other than latin1")
            return arguments[0].encode("latin1")
        return Made(name, arguments)

    def step(self, op, value):
        if op in self.PLAIN or op in self.TEXTS:
            self.stack.append(value)
        elif op in self.ATOMS:
            self.stack.append(self.ATOMS[op])
        elif op in ("EMPTY_LIST", "EMPTY_DICT", "EMPTY_TUPLE"):
            self.stack.append({"L": [], "D": {}, "T": ()}[op[6]])
        elif op == "GLOBAL":
            if value not in KNOWN:
                raise Refused(f"it names {value!r}")
            self.stack.append(Known(value))
        elif op == "MARK":
            self.marks.append(len(self.stack))
        elif op == "TUPLE":
            self.stack.append(tuple(self.to_mark()))
        elif op in ("TUPLE1", "TUPLE2", "TUPLE3"):
            items = [self.pop() for _ in range(int(op[-1]))]
            self.stack.append(tuple(reversed(items)))
        elif op in ("BINPUT", "LONG_BINPUT"):
            self.memo[value] = self.stack[-1]
        elif op in ("BINGET", "LONG_BINGET"):
            self.stack.append(self.memo[value])
        elif op in ("REDUCE", "NEWOBJ"):
            arguments, name = self.pop(), self.pop()
            self.stack.append(self.call(name, arguments))
        elif op == "BUILD":
            state = self.pop()
            self.top(Made).state = state
        elif op == "APPEND":
            item = self.pop()
            self.top(list).append(item)
        elif op == "APPENDS":
            items = self.to_mark()
            self.top(list).extend(items)
        elif op == "SETITEM":
            value, key = self.pop(), self.pop()
            self.fill(self.stack[-1], [key, value])
        elif op == "SETITEMS":
            items = self.to_mark()
            self.fill(self.stack[-1], items)
        elif op not in ("PROTO", "STOP"):
            raise Refused(f"the operation {op}")


def read_pickle(path):
    machine = Machine()
    with open(path, "rb") as file:
        content = file.read()
    try:
        for op, value, _ in pickletools.genops(content):
            machine.step(op.name, value)
        return machine.pop()
    except (Refused, ValueError, KeyError, IndexError, TypeError) as reason:
        sys.exit(f"planetoid.py: error: {path}: not a file of Planetoid: {reason}")


def is_made(thing, *names):
    return isinstance(thing, Made) and thing.name in names


def array(thing):
    """(shape, numbers) of an array of NumPy, row after row."""
    if not is_made(thing, "numpy.core.multiarray _reconstruct"):
        raise Refused("no array")
    _, shape, dtype, by_columns, content = thing.state
    if isinstance(content, str):
        content = content.encode("latin1")
    if not is_made(dtype, "numpy dtype") or dtype.arguments[0] not in TYPES:
        raise Refused("an array of other things than numbers")
    letter = TYPES[dtype.arguments[0]]
    order = ">" if dtype.state[1] == ">" else "<"
    count = 1
    for side in shape:
        if not isinstance(side, int) or side < 0:
            raise Refused("a shape that is none")
        count *= side
    if count > MOST or len(content) != count * struct.calcsize(letter):
        raise Refused("an array that does not fill its shape")
    numbers = struct.unpack(f"{order}{count}{letter}", content)
    if by_columns and len(shape) == 2:
        rows, cols = shape
        numbers = [numbers[j * rows + i] for i in range(rows) for j in range(cols)]
    return shape, numbers


def sparse_rows(thing):
    """(columns, a list of {column: value} for the rows)."""
    if not is_made(thing, "scipy.sparse.csr csr_matrix", "scipy.sparse._csr csr_matrix"):
        raise Refused("no sparse matrix")
    rows, cols = thing.state.get("_shape", thing.state.get("shape"))
    (_, start), (_, index), (_, value) = (array(thing.state[k])
                                          for k in ("indptr", "indices", "data"))
    if len(start) != rows + 1 or list(start) != sorted(start) or start[0] != 0 or \
            start[-1] != len(index) or len(index) != len(value):
        raise Refused("rows that do not follow each other")
    if any(not 0 <= j < cols for j in index):
        raise Refused("a column that is not there")
    return cols, [{index[e]: value[e] for e in range(start[i], start[i + 1])}
                  for i in range(rows)]


def classes(thing):
    """The class of each row of one-hot labels; None where there is none."""
    (rows, count), numbers = array(thing)
    labels = []
    for i in range(rows):
        row = numbers[i * count:(i + 1) * count]
        labels.append(row.index(max(row)) if any(row) else None)
    return labels


def neighbours(thing):
    found = thing.state if is_made(thing, "collections defaultdict") else thing
    edges = set()
    for u, near in found.items():
        for v in near:
            if not (isinstance(u, int) and isinstance(v, int) and u >= 0 and v >= 0):
                raise Refused("a node without a number")
            if u != v:
                edges.add((min(u, v), max(u, v)))
    return edges, max(list(found) + [v for e in edges for v in e], default=-1)


def assemble(read):
    """Rows and labels of all nodes, edges, and parts."""
    cols, features = sparse_rows(read("allx"))
    test_cols, tested = sparse_rows(read("tx"))
    labels, test_labels = classes(read("ally")), classes(read("ty"))
    edges, last = neighbours(read("graph"))
    index, train = read("test.index"), len(classes(read("y")))
    if test_cols != cols or len(labels) != len(features) or \
            not len(tested) == len(test_labels) == len(index) == len(set(index)):
        raise Refused("files that do not belong together")
    nodes = max([len(features) - 1, last] + index) + 1
    if nodes > MOST or train + VALUES > nodes:
        raise Refused("numbers of nodes that do not belong together")
    features += [{} for _ in range(nodes - len(features))]
    labels += [None] * (nodes - len(labels))
    for k, i in enumerate(index):
        features[i], labels[i] = tested[k], test_labels[k]
    parts = ["train"] * train + ["val"] * VALUES + ["none"] * (nodes - train - VALUES)
    for i in index:
        parts[i] = "test"
    return features, labels, sorted(edges), parts


def read_index(path):
    with open(path, encoding="ascii") as file:
        return [int(line) for line in file if line.strip()]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("planetoid", help="FOLDER/ind.NAME")
    parser.add_argument("out", help="what the files written begin with")
    given = parser.parse_args()

    def read(part):
        path = f"{given.planetoid}.{part}"
        return read_index(path) if part == "test.index" else read_pickle(path)

    try:
        features, labels, edges, parts = assemble(read)
    except (Refused, ValueError, KeyError, IndexError, TypeError, AttributeError,
            struct.error) as reason:
        sys.exit(f"planetoid.py: error: {given.planetoid}: {reason}")
    except OSError as reason:
        sys.exit(f"planetoid.py: error: {reason}")
    with open(f"{given.out}.svm", "w", encoding="ascii") as file:
        for row, label in zip(features, labels):
            entries = "".join(f" {j + 1}:{row[j]:.9g}" for j in sorted(row) if row[j])
            file.write(("?" if label is None else str(label)) + entries + "\n")
    with open(f"{given.out}.edges.tsv", "w", encoding="ascii") as file:
        file.writelines(f"{u}\t{v}\n" for u, v in edges)
    with open(f"{given.out}.split.tsv", "w", encoding="ascii") as file:
        file.writelines(f"{i}\t{part}\n" for i, part in enumerate(parts))


if __name__ == "__main__":
    main()

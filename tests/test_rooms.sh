#!/usr/bin/env bash
# A room includes only rooms to its right:
#     cli -> prune -> {convex deep ccp baseline} -> solver -> model -> data -> parallel -> linalg -> base
# The method rooms never include each other or data; the cli uses public headers only,
# and the three that register the baselines, name the devices and convert models; only
# comm_mpi.c knows MPI and only baseline knows GSL; CMake, not #ifdef, picks .c files.
# Inside a room, too, a file (its .c and .h) never includes one that depends on it, and a
# header speaks for one file: what x.h declares, x.c defines.
#     test_rooms.sh COMMAND SOURCE_FOLDER
set -euo pipefail

# Each line in TREE/src that includes a file or asks a condition, as file:line:text.
directives() {
    cd "$1"
    grep -rnE --include='*.[ch]' --include='*.inc' \
        '^[[:space:]]*#[[:space:]]*(include|if|ifdef|ifndef|elif|else)\>' src
}

# check TREE: prints a line for each breach in TREE/src; fails when there is one.
check() {
    directives "$1" | awk '
    BEGIN {
        split("base linalg parallel data model solver convex deep ccp baseline prune cli", rooms)
        split("0    1      2        3    4     5      6      6    6   6        7     8", ranks)
        for (i in rooms)
            rank[rooms[i]] = ranks[i]
        # The public headers and the rooms that they speak for.
        split("status log machine file mat blas sparse comm data model solve fit prune cvxrelu", headers)
        split("base base base base linalg linalg linalg parallel data model solver solver prune cli", owners)
        for (i in headers)
            owner[headers[i]] = owners[i]
    }
    function breach(text) {
        print where ": " text
        found = 1
    }
    function method_room(room) {
        return rank[room] == 6
    }
    function room_breach(room, other) {
        if (other == room)
            return 0
        if (room == "cli" && (name == "baseline/baseline.h" || name == "linalg/device.h" ||
                             name == "model/convert.h"))
            return 0
        return rank[other] >= rank[room] || room == "cli" ||
               (method_room(room) && other == "data")
    }
    {
        match($0, /^[^:]*:[0-9]*:/)
        where = substr($0, 1, RLENGTH - 1)
        line = substr($0, RLENGTH + 1)
        split(where, path, /[\/:]/)
        room = path[2]
        file = where
        sub(/:[0-9]*$/, "", file)
        if (!(room in rank)) {
            breach("the folder " room " is not a room")
            next
        }
        if (line !~ /#[ \t]*include/) {
            if (file ~ /\.c$/)
                breach("preprocessor conditions do not belong into a .c file")
            next
        }
        name = line
        sub(/^[^<"]*[<"]/, "", name)
        sub(/[>"].*$/, "", name)
        parts = split(name, part, "/")
        stem = part[parts]
        sub(/\.h$/, "", stem)
        if (name ~ /\.\.\//)
            breach("includes " name " by a relative path")
        if (stem == "mpi" && file != "src/parallel/comm_mpi.c")
            breach("only src/parallel/comm_mpi.c may include mpi.h")
        if (part[1] == "gsl" && room != "baseline")
            breach("only the room baseline may include " name)
        if (parts == 2 && part[1] == "cvxrelu") {
            if (!(stem in owner))
                breach("includes " name ", which is not a public header")
            else if (rank[owner[stem]] > rank[room])
                breach("the room " room " may not include " name)
        } else if (parts > 1 && part[1] in rank && room_breach(room, part[1]))
            breach("the room " room " may not include " name)
    }
    END { exit found }'
}

# Files of which CMake picks one, by what there is.
picked='linalg/processor_x86 linalg/cpu_no_avx2 parallel/comm_no_mpi baseline/no_gsl'

# check_files TREE: prints a line for each circle and each header in TREE/src that speaks
# for another file; fails when there is one.
check_files() {
    (
        cd "$1"
        find src -name '*.[ch]' -print0 | sort -z | xargs -0 awk \
            -v picked="$picked" '
        function stem(path) {
            sub(/^src\//, "", path)
            sub(/\.[a-z]+$/, "", path)
            return path
        }
        function set_of(list, set,    names, i) {
            split(list, names)
            for (i in names)
                set[names[i]] = 1
        }
        # The way from a file back to itself, "" when there is none: breadth first.
        function way_back(from,    queue, head, tail, came, file, i, n, next_files, way) {
            queue[0] = from
            tail = 1
            for (head = 0; head < tail; head++) {
                n = split(includes[queue[head]], next_files)
                for (i = 1; i <= n; i++) {
                    file = next_files[i]
                    if (file == from) {
                        way = from
                        for (file = queue[head]; file != from; file = came[file])
                            way = file " -> " way
                        return from " -> " way
                    }
                    if (!(file in came)) {
                        came[file] = queue[head]
                        queue[tail++] = file
                    }
                }
            }
            return ""
        }
        FNR == 1 {
            file = stem(FILENAME)
            header = FILENAME ~ /\.h$/
            pending = ""
        }
        /^[ \t]*#[ \t]*include "/ {
            name = $0
            sub(/^[^"]*"/, "", name)
            sub(/".*/, "", name)
            if (name ~ /\.h$/ && stem(name) != file)
                includes[file] = includes[file] " " stem(name)
            next
        }
        /^[a-zA-Z].*[ *](cvr|cli)_[a-z0-9_]+\(/ && !/^(static|typedef)/ {
            pending = $0
            sub(/\(.*/, "", pending)
            sub(/.*[ *]/, "", pending)
        }
        pending != "" && /;[ \t]*(\/\*.*)?$/ {
            if (header)
                declared[pending] = file
            pending = ""
        }
        pending != "" && /^\{/ {
            defined[pending] = file
            pending = ""
        }
        END {
            set_of(picked, known_picked)
            for (file in includes)
                if ((way = way_back(file)) != "") {
                    print "src/" file ".c: a circle: " way
                    found = 1
                }
            for (name in declared) {
                file = name in defined ? defined[name] : declared[name]
                if (file != declared[name] && !(file in known_picked)) {
                    print "src/" declared[name] ".h: " name " is defined in src/" file ".c"
                    found = 1
                }
            }
            exit found
        }'
    )
}

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

# catches FILE LINE: the check must reject a tree that holds only this.
catches() {
    rm -rf "$temporary/src"
    mkdir -p "$temporary/$(dirname "$1")"
    printf '/* made up */\n%s\n' "$2" >"$temporary/$1"
    if check "$temporary" >"$temporary/said"; then
        echo "not caught: $1 with $2"
        exit 1
    fi
    grep -q "^$1:2: " "$temporary/said" || {
        echo "wrong place named for $1 with $2: $(cat "$temporary/said")"
        exit 1
    }
}

# allows FILE LINE: the check must accept it.
allows() {
    rm -rf "$temporary/src"
    mkdir -p "$temporary/$(dirname "$1")"
    printf '/* made up */\n%s\n' "$2" >"$temporary/$1"
    check "$temporary" || {
        echo "wrongly rejected: $1 with $2"
        exit 1
    }
}

# files SAID NAME TEXT...: the check of files must reject these, and say so; with SAID "",
# accept them.
files() {
    local said=$1
    shift
    rm -rf "$temporary/src"
    mkdir -p "$temporary/src/base"
    while (($# > 0)); do
        printf '%b\n' "$2" >"$temporary/src/base/$1"
        shift 2
    done
    if check_files "$temporary" >"$temporary/said"; then
        [ -z "$said" ] || {
            echo "not caught: $said"
            exit 1
        }
    elif [ -z "$said" ] || ! grep -qF "$said" "$temporary/said"; then
        echo "wrongly rejected: $(cat "$temporary/said")"
        exit 1
    fi
}

files 'a circle: base/a -> base/b -> base/a' a.c '#include "base/b.h"' b.h '#include "base/a.h"' \
    a.h '' b.c '#include "base/b.h"'
files 'a circle: base/c -> base/b -> base/d -> base/c' b.h '#include "base/d.h"' d.c \
    '#include "base/c.h"' c.h '#include "base/b.h"'
files 'src/base/a.h: cvr_b is defined in src/base/b.c' a.h 'int cvr_b(int x,\n          int y);' \
    b.c 'int cvr_b(int x,\n          int y)\n{\n}'
files '' a.h 'int cvr_a(void); /* one */' a.c '#include "base/a.h"\nint cvr_a(void)\n{\n}' b.c \
    '#include "base/a.h"\nint cvr_b(void)\n{\n    return cvr_a();\n}'

catches src/base/a.c '#include "linalg/cg.h"'
catches src/linalg/a.h '#include "solver/method.h"'
catches src/solver/a.c '#include "convex/gates.h"'
catches src/convex/a.c '#include "deep/layer.h"'
catches src/ccp/a.c '#  include "baseline/mlp.h"'
catches src/ccp/a.c '#include "prune/task.h"'
catches src/deep/a.c '#include "data/dataset.h"'
catches src/data/a.c '#include "model/model.h"'
catches src/cli/a.c '#include "base/fail.h"'
catches src/cli/a.c '#include "baseline/mlp.h"'
catches src/cli/a.c '#include <mpi.h>'
catches src/parallel/comm.c '#include <mpi.h>'
catches src/convex/a.c '#include <gsl/gsl_vector.h>'
catches src/linalg/a.c '#include <cvxrelu/solve.h>'
catches src/convex/a.c '#include "../linalg/cg.h"'
catches src/convex/a.c '#include <cvxrelu/secret.h>'
catches src/base/a.c '#ifdef __linux__'
catches src/linalg/a.c ' # if 1'
catches src/spare/a.c '#include <stdio.h>'
allows src/convex/a.c '#include "linalg/cg.h"'
allows src/convex/a.c '#include "convex/gates.h"'
allows src/prune/a.c '#include "ccp/graph.h"'
allows src/baseline/a.c '#include <gsl/gsl_vector.h>'
allows src/parallel/comm_mpi.c '#include <mpi.h>'
allows src/cli/a.c '#include <cvxrelu/cvxrelu.h>'
allows src/cli/a.c '#include "baseline/baseline.h"'
allows src/cli/a.c '#include "model/convert.h"'
allows src/cli/a.c '#include "linalg/device.h"'
allows src/base/a.h '#ifndef A_H'
allows src/linalg/cpu.c '#include "linalg/columns.inc"'

check "$2"
check_files "$2"

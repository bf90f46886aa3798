#!/usr/bin/env bash
# The shared library shows cvr_ names and nothing else: the functions of tests/abi.txt, which
# are those that the public headers declare, each with a comment of its own. A change of that
# list is a change of the ABI.
#     test_symbols.sh COMMAND SOURCE_FOLDER SHARED_LIBRARY
set -euo pipefail
export LC_ALL=C

exported() {
    nm -D --defined-only "$1" | awk '{ print $NF }' | sort -u
}

# foreign LIBRARY: the names that it shows and should not; succeeds when there is one. The
# runtimes of the sanitizers and of gcov add names of their own, which begin with __.
foreign() {
    exported "$1" | grep -vE '^cvr_|^__'
}

# declared FOLDER: the functions that its headers declare with CVR_API.
declared() {
    cat "$1"/*.h | tr '\n' ' ' | grep -oE 'CVR_API [^();]*\(' | grep -oE 'cvr_[a-z0-9_]+ *\(' |
        tr -d ' (' | sort -u
}

# absent FOLDER LIBRARY: functions declared and not shown; succeeds when there is one.
absent() {
    declared "$1" >"$temporary/declared"
    exported "$2" >"$temporary/exported"
    comm -23 "$temporary/declared" "$temporary/exported" | grep .
}

# differs LIST LIBRARY: lines that only one of the two has; succeeds when there is one.
differs() {
    exported "$2" | grep '^cvr_' | diff - "$1"
    [ "${PIPESTATUS[2]}" -ne 0 ]
}

# silent HEADER...: functions without a comment right before them or behind them; succeeds
# when there is one.
silent() {
    awk '
    FNR == 1 { comment = inside = 0 }
    /^CVR_API/ { text = ""; inside = 1 }
    inside {
        text = text " " $0
        if (!/;/)
            next
        name = text
        sub(/\(.*/, "", name)
        sub(/.*[ *]/, "", name)
        if (!comment && !/;[ \t]*\/\*/) {
            print FILENAME ": " name
            found = 1
        }
        comment = inside = 0
        next
    }
    { comment = /\*\/[ \t]*$/ && !/[;,{][ \t]*\/\*/ }
    END { exit !found }' "$@"
}

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

mkdir "$temporary/include"
printf 'CVR_API const char *\ncvr_here(void);\nCVR_API int cvr_there(int x);\n' \
    >"$temporary/include/a.h"
printf 'const char *cvr_here(void) { return ""; }\nint helper(void) { return 1; }\n' \
    >"$temporary/a.c"
cc -shared -fPIC "$temporary/a.c" -o "$temporary/a.so"
[ "$(foreign "$temporary/a.so")" = helper ] || {
    echo "the check does not see a foreign name"
    exit 1
}
[ "$(absent "$temporary/include" "$temporary/a.so")" = cvr_there ] || {
    echo "the check does not see that a declared function is absent"
    exit 1
}

printf 'cvr_here\ncvr_there\n' >"$temporary/abi.txt"
[ "$(differs "$temporary/abi.txt" "$temporary/a.so" | tail -n 1)" = '> cvr_there' ] || {
    echo "the check does not see that a listed function is absent"
    exit 1
}

printf '%s\n' '/* One. */' 'CVR_API int cvr_one(int x,' '                    int y);' \
    'CVR_API void cvr_two(void);' 'CVR_API void cvr_three(void); /* three */' \
    'int size; /* in bytes */' 'CVR_API const char *cvr_four(void) CVR_MUST_CHECK;' \
    >"$temporary/include/a.h"
[ "$(silent "$temporary/include/a.h" | sed 's/.*: //' | tr '\n' ' ')" = 'cvr_two cvr_four ' ] || {
    echo "the check does not see which functions have no comment"
    exit 1
}

if silent "$2"/include/cvxrelu/*.h; then
    echo "the functions above have no comment"
    exit 1
fi
if foreign "$3"; then
    echo "the names above are shown by $3, but do not begin with cvr_"
    exit 1
fi
if absent "$2/include/cvxrelu" "$3"; then
    echo "the functions above are declared with CVR_API, but $3 does not show them"
    exit 1
fi
if differs "$2/tests/abi.txt" "$3"; then
    echo "$3 (<) shows other functions than tests/abi.txt (>) lists"
    exit 1
fi
most=95
if [ "$(wc -l <"$2/tests/abi.txt")" -gt "$most" ]; then
    echo "tests/abi.txt has more than $most functions"
    exit 1
fi

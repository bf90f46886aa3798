#!/usr/bin/env bash
# Functions of src and include stay small: at most 40 lines, from the first line of the
# signature to the last brace, and at most 7 parameters.
#     test_functions.sh COMMAND SOURCE_FOLDER
set -euo pipefail

# check TREE: prints a line for each function that is too large; fails when there is one.
check() {
    (
        cd "$1"
        find src include \( -name '*.[ch]' -o -name '*.inc' -o -name '*.cuh' -o -name '*.cu' \) -print0 | sort -z |
            xargs -0 awk -v most_lines=40 -v most_parameters=7 '
        function breach(text) {
            print FILENAME ":" begin ": " text
            found = 1
        }
        # Parameters in the first parentheses of a signature: commas outside of inner ones.
        function parameters(text,    i, c, depth, count) {
            sub(/^[^(]*/, "", text)
            count = text ~ /^\( *(void)? *\)/ ? 0 : 1
            for (i = 1; i <= length(text); i++) {
                c = substr(text, i, 1)
                depth += c == "(" ? 1 : c == ")" ? -1 : 0
                if (depth == 0)
                    break
                count += depth == 1 && c == ","
            }
            return count
        }
        function judge_signature(    name) {
            name = text
            sub(/\(.*/, "", name)
            sub(/.*[ *]/, "", name)
            if (parameters(text) > most_parameters)
                breach(name " has " parameters(text) " parameters")
            return name
        }
        FNR == 1 { text = ""; body = "" }
        body != "" {
            if (/^}/) {
                if (FNR - begin + 1 > most_lines)
                    breach(body " has " FNR - begin + 1 " lines")
                body = ""
            }
            next
        }
        /^[a-zA-Z_].*\(/ && !/^(#|typedef|else|return)/ { text = ""; begin = FNR }
        /^[a-zA-Z_].*\(/ || text != "" { text = text " " $0 }
        text != "" && /^{/ { body = judge_signature(); text = "" }
        text != "" && /;[ \t]*(\/\*.*)?$/ { judge_signature(); text = "" }
        text != "" && /^$|^#/ { text = "" }
        END { exit found }'
    )
}

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
mkdir -p "$temporary/src" "$temporary/include"

# says WHAT TEXT: the check must say so of a file that holds TEXT; WHAT "": nothing.
says() {
    printf '%b\n' "$2" >"$temporary/src/a.c"
    if check "$temporary" >"$temporary/said"; then
        [ -z "$1" ] || {
            echo "not caught: $1"
            exit 1
        }
    elif [ -z "$1" ] || ! grep -qF "$1" "$temporary/said"; then
        echo "wrongly rejected: $(cat "$temporary/said")"
        exit 1
    fi
}

lines=$(printf '    x++;\\n%.0s' $(seq 37))
says '' "static int f(void)\n{\n${lines}}"
says 'src/a.c:2: f has 41 lines' "\nstatic int f(void)\n{\n${lines}    x++;\n}"
says '' 'int g(int a, int b, int c, int d, int e, int (*f)(int, int), int h);'
says 'src/a.c:1: g has 8 parameters' \
    'int g(int a, int b, int c, int d,\n      int e, int f, int h, int i)\n{\n}'
says 'src/a.c:3: h has 8 parameters' \
    'struct a {\n};\nint h(int a, int b, int c, int d, int e, int f, int h, int i);'

check "$2"

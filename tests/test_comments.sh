#!/usr/bin/env bash
# Comments are laid out by hand (the formatter leaves them alone) and stay whole:
#     no line with nothing but the end of a comment
#     a section rule is one line
#     no line with one short word in the middle of a paragraph
#     no line beyond column 90
#     test_comments.sh COMMAND SOURCE_FOLDER
set -euo pipefail

# Folders whose comments are still to be laid out anew; this list may only shrink.
waiting=''

# check TREE FILE...: prints a line for each breach; fails when there is one.
check() {
    (
        cd "$1"
        shift
        awk '
        function breach(line, text) {
            print FILENAME ":" line ": " text
            found = 1
        }
        function trimmed(text) {
            sub(/^[ \t]*(\/\*)?[ \t]*/, "", text)
            return text
        }
        # The comment is text[1 .. count], which begins in line `begin` of the file.
        function judge(    i, word, same) {
            if (text[1] ~ /\/\* ----/)
                breach(begin, "a section rule of more than one line")
            if (text[count] ~ /^[ \t]*\*\/[ \t]*$/)
                breach(begin + count - 1, "the end of a comment in a line by itself")
            for (i = 1; i <= count; i++)
                if (length(text[i]) > 90)
                    breach(begin + i - 1, "a line beyond column 90")
            for (i = 2; i < count; i++) {
                word = trimmed(text[i])
                match(text[i], /^[ \t]*/)
                same = RLENGTH
                match(text[i + 1], /^[ \t]*/)
                if (RLENGTH != same || trimmed(text[i - 1]) == "" || trimmed(text[i + 1]) == "")
                    continue
                if (length(word) <= 12 && word !~ /[ \t:{};=]/)
                    breach(begin + i - 1, "one word in a line, \"" word "\"")
            }
        }
        FNR == 1 { open = 0 }
        {
            line = $0
            if (!open && length(line) > 90 && line ~ /\/\*.*\*\//)
                breach(FNR, "a line beyond column 90")
            gsub(/"([^"\\]|\\.)*"/, "\"\"", line)
            if (open) {
                text[++count] = $0
                if (line ~ /\*\//) {
                    open = 0
                    judge()
                }
                next
            }
            gsub(/\/\*([^*]|\*[^\/])*\*\//, "", line)
            if (line ~ /\/\*/) {
                open = 1
                begin = FNR
                count = 1
                text[1] = $0
            }
        }
        END { exit found }' "$@"
    )
}

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

# catches LINE TEXT: the check must name this line of the text.
catches() {
    printf '%b\n' "$2" >"$temporary/a.c"
    if check "$temporary" a.c >"$temporary/said"; then
        echo "not caught: $2"
        exit 1
    fi
    grep -q "^a.c:$1: " "$temporary/said" || {
        echo "wrong line named for $2: $(cat "$temporary/said")"
        exit 1
    }
}

# allows TEXT
allows() {
    printf '%b\n' "$1" >"$temporary/a.c"
    check "$temporary" a.c || {
        echo "wrongly rejected: $1"
        exit 1
    }
}

catches 2 '/* A sentence.\n */'
catches 3 'int x; /* one\n          two\n        */'
catches 1 '/* ---- reading ----\n * ---- */'
catches 1 '/* -----------\n   reading */'
catches 2 '/* A pixel of the image, cell (R + r, C + c), orientation\n   k\n   of it. */'
catches 3 '/* The first line,\n   a second one and\n   g\n   >= 0 */'
catches 2 "/* A sentence\n   $(printf '%088d' 0)\n   long */"
catches 1 "/* $(printf '%088d' 0) */"
allows '/* A sentence. */\nint x; /* of two\n          lines */'
allows '/* ---- reading ---- */'
allows '/* --output names\n   a file */'
allows '/* A list:\n   one\n\n   two */'
allows '/* Steps:\n     cvr_open();\n   done:\n     cvr_close(); */'
allows 'const char *text = "/* ----\\n";\n/* fine */'
allows '/* one */ int x; /* two */'

cd "$2"
skipped=$(printf '^%s/|' $waiting)
find src include tests benchmarks experiments -name '*.[ch]' -o -name '*.inc' |
    grep -vE "${skipped}^$" >"$temporary/files"
mapfile -t files <"$temporary/files"
check . "${files[@]}"

#!/usr/bin/env bash
# What a file or an argument holds cannot act on a terminal: control characters and bytes
# that are not UTF-8 reach neither stdout nor stderr, whichever way they take.
#     test_plain.sh COMMAND
set -u
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/support/cli.sh"

red=$'\e[31mR\e]0;t\a\r\x7f\xc2\x9b1m\xff'

# plain FILE: text that a terminal only shows.
plain() {
    iconv -f UTF-8 -t UTF-8 "$1" >shown 2>/dev/null || failed "$1 is not UTF-8"
    ! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$1" ||
        failed "$1 has control characters: $(head -c 200 "$1" | cat -v)"
}

# harmless ARGUMENTS: both streams, and something is said.
harmless() {
    run "$@"
    plain out
    plain err
    [ -s out ] || [ -s err ] || failed "nothing is said"
}

# model NAME JSON: one of the model files of safetensors.
model() {
    local length=${#2}
    { printf '%b' "\\x$(printf %02x $((length % 256)))\\x$(printf %02x $((length / 256)))"
        printf '\0\0\0\0\0\0%s' "$2"
        printf '\0\0\0\0\0\0\0\0'; } >"$1"
}

tensor='{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]}'
escape='\u001b[31mR\u0085\u001b]0;t\u0007\n'
model names.st "{\"__metadata__\":{\"task\":\"classify\",\"classes\":\"[\\\"a\\\\u001b[31m\\\",\\\"b\\\\n\\\\u009b\\\"]\",\"record\":\"{\\\"method\\\":\\\"\\\\u001b[31m\\\"}\"},\"W1\":$tensor}"
model task.st "{\"__metadata__\":{\"task\":\"$escape\"},\"W1\":$tensor}"
model tensor.st "{\"W$escape\":{\"dtype\":\"F16\",\"shape\":[1,1],\"data_offsets\":[0,2]}}"
for file in names.st task.st tensor.st; do
    about="info $file"
    harmless info $file
done
about="JSON keeps a name"
run info names.st --json
prints 'a\\u001[bB]\[31m'

about="names of files"
printf '1,2,0\n2,1,1\n3,3,0\n4,1,1\n' >"x$red.csv"
printf '1,2\n2\n' >"y$red.csv"
harmless info "x$red.csv"
harmless info "y$red.csv"
harmless info "none$red"
harmless train convex --data "none$red"
harmless train convex --data "y$red.csv"
harmless train convex --data "x$red.csv" --patterns 3 -o "m$red.st" -v
exits 0
harmless predict --model "m$red.st" --data "x$red.csv" -o "p$red.csv"
harmless compare "convex:patterns=2" --data "x$red.csv" --out "d$red"
exits 0

about="arguments"
harmless "$red"
harmless train "$red"
harmless train convex --data spiral.csv "--$red" 1
harmless train convex --data spiral.csv --beta "$red"
harmless cv adam --data "x$red.csv" --option layers --values "$red" --folds 2
harmless compare "$red" --data "x$red.csv"
printf '%s = 1\n' "$red" >config
harmless train convex --config config

about="class names behind what a reader looks at first"
{ for i in $(seq 1 9000); do echo "$i,a"; done; for i in $(seq 1 9000); do echo "$i,b$red"; done; } |
    tr -d '\r' | iconv -c -f UTF-8 -t UTF-8 >classes.csv
harmless info classes.csv --format csv
harmless train convex --data classes.csv --format csv --patterns 2 -o classes.st
harmless eval --model classes.st --data classes.csv --format csv

verdict "control characters stay out of the terminal"

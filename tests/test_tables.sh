#!/usr/bin/env bash
# Tables as people have them: what the command makes of their columns, and what it says.
#     test_tables.sh COMMAND
set -u
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/support/cli.sh"

# noise SEED: numbers that look random, one a line, without end.
noise() { awk -v s="$1" 'BEGIN { srand(s); for (;;) print int(2000 * rand() - 1000) / 1000 }'; }

# column NUMBER FROM...: so many numbers of the sequence, as a column.
column() { noise "$2" 2>/dev/null | head -n "$1"; }

# ---- the kind of a target ----------------------------------------------------------------

about="years are values"
{
    echo a,b,year
    paste -d, <(column 60 1) <(column 60 2) <(for i in $(seq 60); do echo $((2000 + i * i % 59)); done)
} >year.csv
run info year.csv --json
exits 0
has task regress
says 'is values (regression): '
says '--task classify makes it classes'
run info year.csv --json --task classify
has task classify

about="labels are texts"
printf 'x,label\n1,9007199254740993\n2,9007199254740992\n3,9007199254740993\n4,9007199254740992\n' >big.csv
run info big.csv --json
exits 0
prints '"classes":\["9007199254740992","9007199254740993"\]'
says 'is 2 classes: 2 different whole numbers; --task regress makes it values'

about="the kind does not depend on the order of rows"
printf 'x,label\n1,0\n2,0\n3,0\n4,yes\n' >first.csv
printf 'x,label\n4,yes\n3,0\n2,0\n1,0\n' >last.csv
for file in first last; do
    run info $file.csv --json
    exits 0
    prints '"classes":\["0","yes"\]'
    says 'is 2 classes: text'
done

verdict "tables are read as people mean them"

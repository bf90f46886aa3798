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

# ---- how tables are written --------------------------------------------------------------

# reads FILE ROWS FEATURES [OPTIONS]
reads() {
    about="info $1"
    run info "$1" --json "${@:4}"
    exits 0
    has rows "$2"
    has features "$3"
    has task classify
}
paste -d, <(column 40 1) <(column 40 2) <(column 40 3) <(for i in $(seq 40); do echo $((i % 2)); done) >rows.csv
{ echo a,b,c,label && cat rows.csv; } >abc.csv
reads abc.csv 40 3
tr ',.' ';,' <abc.csv >comma.csv
reads comma.csv 40 3
reads comma.csv 40 3 --delimiter ';' --decimal ,
tr ',' '|' <abc.csv >bars.csv
reads bars.csv 40 3
tr ',' '\t' <abc.csv >tabs.csv
reads tabs.csv 40 3 --delimiter tab
tr '\n' '\r' <abc.csv >apple.csv
reads apple.csv 40 3
sed 's/$/,/' abc.csv >trailing.csv
reads trailing.csv 40 3
{ echo 0,1,2,3 && cat rows.csv; } >numbers.csv
reads numbers.csv 40 3
{ echo ,0,1,2,3 && awk '{ print NR "," $0 }' rows.csv; } >index.csv
reads index.csv 40 3
{ echo 'a b c label' && awk -F, '{ print "\"" NR "\"", $1, $2, $3, $4 }' rows.csv; } >r.txt
reads r.txt 40 3
{ echo 'temp;C,b,c,label' && cat rows.csv; } >semicolon.csv
reads semicolon.csv 40 3
sed "s/\([^,]*\)/'\1'/g" abc.csv >single.csv
reads single.csv 40 3
awk 'BEGIN { RS = "" } { printf "\377\376"; n = split($0 "\n", c, ""); for (i = 1; i <= n; i++) printf "%s%c", c[i], 0 }' abc.csv >wide.csv
reads wide.csv 40 3

refuses 2 "--delimiter: 'ab' is not one sign" info abc.csv --delimiter ab
refuses 3 "is not a number" info comma.csv --decimal .
says 'hint: --decimal , reads it'

about="other programs' tables are named"
printf '%% remark\n@RELATION x\n@attribute a numeric\n@data\n1\n' >x.arff
refuses 3 'x.arff: this is an ARFF file' info x.arff
printf '<!DOCTYPE html>\n<html></html>\n' >page.csv
refuses 3 'page.csv: this is a web page' info page.csv

verdict "tables are read as people mean them"

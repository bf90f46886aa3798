#!/usr/bin/env bash
# Tables as people have them: what the command makes of their columns, and what it says.
#     test_tables.sh COMMAND
set -u
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/support/cli.sh"

# noise SEED: numbers that look random, one a line, without end.
noise() { awk -v s="$1" 'BEGIN { srand(s); for (;;) print int(2000 * rand() - 1000) / 1000 }'; }

# column NUMBER FROM...: NUMBER numbers of the sequence, as a column.
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

refuses 2 "--delimiter: 'ab' is not a single character" info abc.csv --delimiter ab
refuses 3 "is not a number" info comma.csv --decimal .
says 'hint: --decimal , reads it'

about="other programs' tables are named"
printf '%% remark\n@RELATION x\n@attribute a numeric\n@data\n1\n' >x.arff
refuses 3 'x.arff: this is an ARFF file' info x.arff
printf '<!DOCTYPE html>\n<html></html>\n' >page.csv
refuses 3 'page.csv: this is a web page' info page.csv

# ---- columns by name ---------------------------------------------------------------------

about="columns are found by their names"
train=(train adam --layers 4 --max-iterations 20 -q)
run "${train[@]}" --data abc.csv -o abc.st
exits 0
awk -F, '{ print $4 "," $2 "," $1 "," $3 }' abc.csv >other.csv
cut -d, -f1-3 abc.csv >bare.csv
awk -F, '{ print "more" NR "," $3 "," $2 "," $1 }' abc.csv >more.csv
tail -n +2 bare.csv >nameless.csv
sed 's/,[01]$/,?/' abc.csv >asked.csv
run predict --model abc.st --data abc.csv
mv out right
for file in other bare more nameless rows asked; do
    about="predict, $file"
    run predict --model abc.st --data $file.csv
    exits 0
    cmp -s out right || failed "other predictions"
done
about="eval in another order"
run eval --model abc.st --data abc.csv --json
loss=$(value loss)
run eval --model abc.st --data other.csv --json
has loss "$loss"
about="surplus columns"
run predict --model abc.st --data more.csv
says 'more.csv: column more1: left out'
cut -d, -f1,3 abc.csv >lack.csv
refuses 3 'lack.csv: no column b, which the model' predict --model abc.st --data lack.csv
says 'its columns are a, c'
refuses 3 'bare.csv: no column label' eval --model abc.st --data bare.csv
refuses 3 'nameless.csv: its 3 columns are the features' eval --model abc.st --data nameless.csv
about="the target by its name"
run "${train[@]}" --data other.csv --target label -o other.st
exits 0
run eval --model other.st --data abc.csv
exits 0
run train adam --layers 4 --max-iterations 5 -q --data other.csv --target 0 --test abc.csv --json
exits 0
[ "$(value test_accuracy)" = "$(value train_accuracy)" ] || failed "other columns in the test set"
refuses 3 "which column is the target, 'label' or the last, 'c'?" "${train[@]}" --data other.csv
says 'hint: --target label'
about="texts first and values last"
awk -F, 'NR == 1 { print "species,a,b" } NR > 1 { print ($4 ? "cat" : "dog") "," $1 "," $2 }' abc.csv >texts.csv
run info texts.csv
says '--target species if the texts of the first column are meant'
about="info MODEL"
run info other.st --json
prints '"target":\["label"\],"columns":\["b","a","c"\]'
about="convert keeps names"
run convert abc.csv copy.csv.gz
exits 0
[ "$(zcat copy.csv.gz | head -n 1)" = a,b,c,label ] || failed "other names"

# ---- texts and missing values ------------------------------------------------------------

{
    echo id,color,size,new,price,kind
    for i in $(seq 60); do
        colors=(red green blue)
        size=$((i % 7))
        [ $((i % 10)) = 0 ] && size=
        echo "k$i,${colors[i % 3]},$size,$([ $((i % 4)) = 0 ] && echo yes || echo no),$((i * i % 17)).5,$([ $((i % 3)) = 1 ] && echo good || echo bad)"
    done
} >mixed.csv
about="texts and missing values"
refuses 3 'mixed.csv:11: column 3 (size): a value is missing' "${train[@]}" --data mixed.csv
says 'hint: --missing mean or median fills in a value'
run train adam --layers 8 --max-iterations 100 --data mixed.csv --missing median --missing-indicator \
    --holdout 0.2 -o mixed.st
exits 0
says 'column color (3): texts are categories'
says 'column new: true and yes are 1'
says 'column id: left out: its texts are all different, like names of rows'
says 'the target kind is 2 classes: text'
run info mixed.st --json
prints '"treatment":\{"id":"ignored","color":"3 categories'
prints '"size":"missing: median 3 and an indicator"'
run info mixed.st
prints '^layers +7, 8, 1$'
about="predict with what is missing or unknown"
printf 'color,new,price,size\nred,yes,1,\npurple,no,2,4\n' >new.csv
run predict --model mixed.st --data new.csv
exits 0
says 'column color: 1 value is unknown to the model'
printf 'color,new,price,size\nred,maybe,1,2\n' >new.csv
refuses 3 "new.csv:2: column 2 (new): 'maybe' is neither true nor false" predict --model mixed.st \
    --data new.csv
refuses 2 '--missing is for training' predict --model mixed.st --data new.csv --missing mean
about="rows that are dropped"
run train adam --layers 4 --max-iterations 5 --data mixed.csv --missing drop --json -o drop.st
has rows 54
says '6 rows without a value left out'
refuses 3 'mixed.csv:11: a value is missing, and the model leaves such rows out' \
    predict --model drop.st --data mixed.csv
run eval --model drop.st --data mixed.csv --json
exits 0
has rows 54
run predict --model drop.st --data mixed.csv --missing drop
exits 0
lines out 55
about="cross-validation of tables"
run cv adam --layers 4 --max-iterations 5 --data mixed.csv --missing mean --folds 3 \
    --option learning-rate --values 0.1,0.01 --json -q
exits 0
about="what cannot be used"
run train adam --layers 4 --max-iterations 5 --data mixed.csv --missing mean --ignore color,new --json
exits 0
sed 's/red/2024-02-03/' mixed.csv >dates.csv
refuses 3 "column 2 (color): '2024-02-03' is a date or a time" "${train[@]}" --data dates.csv \
    --missing mean
says '--ignore color'
refuses 3 "no column 'colour' among 6 to ignore" "${train[@]}" --data mixed.csv --ignore colour

about="columns that say nothing"
awk -F, 'NR == 1 { print "n,same," $0; next } { print 3 * NR + 1 ",7," $0 }' abc.csv >dull.csv
run info dull.csv
says 'the same value in all rows of column same'
awk -F, 'NR == 1 { print "n," $0; next } { print NR + 5 "," $0 }' abc.csv >counts.csv
run info counts.csv
says 'column n counts the rows'

verdict "tables are read as people mean them"

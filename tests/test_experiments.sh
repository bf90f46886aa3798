#!/usr/bin/env bash
# The scripts of experiments/: they parse, each says what it claims, a claim's mark follows
# from its numbers, and one runs from end to end.
#     test_experiments.sh COMMAND SOURCES
set -u
command=$(readlink -f "$1")
sources=$(readlink -f "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CVXRELU=$command CVR_DATA=$work/none OPENBLAS_NUM_THREADS=1
unset CVR_SHARED
failures=0

failed() {
    echo "FAILED: $1"
    for stream in out err; do
        [ ! -s "$work/$stream" ] || sed "s/^/    $stream: /" "$work/$stream" | tail -n 12
    done
    failures=$((failures + 1))
}

# runs CODE SCRIPT...: its streams in out and err.
runs() {
    local expected=$1 code=0
    shift
    "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?
    [ $code = "$expected" ] || failed "$about: exit code $code, not $expected"
}
prints() { grep -qxF -- "$1" "$work/out" || failed "$about: does not print: $1"; }

about="every experiment"
for folder in "$sources"/experiments/*/; do
    folder=${folder%/}
    [ -e "$folder/run.sh" ] || continue
    [ -x "$folder/run.sh" ] || failed "$folder/run.sh cannot be run"
    [ -s "$folder/README.md" ] || failed "$folder has no README.md"
done
for script in "$sources"/experiments/*.sh "$sources"/experiments/*/*.sh; do
    bash -n "$script" 2>"$work/err" || failed "$script does not parse"
done

# experiment TEXT: a folder `small` whose script does TEXT after reading lib.sh.
experiment() {
    mkdir -p "$work/small"
    printf '. %q\n%s\n' "$sources/experiments/lib.sh" "$1" >"$work/small/run.sh"
}

about="a claim's mark follows from the numbers"
experiment 'check one 1e-3 "<=" 2 "a"
check two 2.5 "<=" 2 "b" "too large"
check three none "<" 2 "c"
not_claimed four "no data"'
runs 0 bash "$work/small/run.sh" --quick --out "$work/small/out"
prints 'claim: one: holds (a)'
prints 'claim: two: does not hold (b; too large)'
prints 'claim: three: does not hold (c)'
prints 'claim: four: not checked (no data)'
[ "$(wc -l <"$work/small/out/claims.tsv")" = 4 ] || failed "$about: not four lines"

about="what is not a number decides nothing"
experiment 'check one "" ">" 0 "a"'
runs 1 bash "$work/small/run.sh" --out "$work/small/out"

about="a run that fails ends the script"
experiment 'run wrong convex --data nowhere.csv
check one 1 ">" 0 "a"'
runs 1 bash "$work/small/run.sh" --out "$work/small/out"
grep -q nowhere.csv "$work/err" || failed "$about: the reason is not said"
[ ! -s "$work/out" ] || failed "$about: it goes on"

about="results are taken again only of the same command"
experiment 'gen spiral s.csv --rows 60
run a convex --data "$out/s.csv" --patterns $PATTERNS --max-iterations 3
figure patterns a'
PATTERNS=4 runs 0 bash "$work/small/run.sh" --out "$work/small/out"
prints 4
PATTERNS=4 runs 0 bash "$work/small/run.sh" --reuse --out "$work/small/out"
prints 4
grep -q ' a  ' "$work/err" && failed "$about: it ran again"
PATTERNS=5 runs 0 bash "$work/small/run.sh" --reuse --out "$work/small/out"
prints 5

about="absent data"
runs 3 "$sources/experiments/cifar-table1/run.sh" --full --out "$work/absent"
grep -q download-data.sh "$work/err" || failed "$about: no hint"

about="one experiment from end to end"
runs 0 "$sources/experiments/run-all.sh" --quick --out "$work/all" cifar-fig2
[ "$(grep -c '^claim: ' "$work/out")" = 4 ] || failed "$about: not four claims"
grep -qE '^[0-9]+ claims hold, [0-9]+ do not, 0 could not be checked$' "$work/out" ||
    failed "$about: no summary"
[ "$(awk -F , 'NR > 1 && !($3 > 1)' "$work/all/cifar-fig2/condition-1.csv" | wc -l)" = 0 ] ||
    failed "$about: a condition number that is not above 1"
if command -v gnuplot >/dev/null; then
    grep -q '</svg>' "$work/all/cifar-fig2/condition.svg" || failed "$about: no picture"
fi

[ $failures = 0 ] || exit 1
echo "all passed"

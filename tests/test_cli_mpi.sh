#!/usr/bin/env bash
# The command on several processes: one voice, the numbers and files of one process.
#     test_cli_mpi.sh COMMAND
set -u
command=$(readlink -f "$1")
if ! command -v mpirun >/dev/null || "$command" info --json | grep -q '"mpi":"none"'; then
    echo "no MPI: nothing to test"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0
code=0

failed() {
    echo "FAILED: $1"
    head -n 5 err out | sed 's/^/    /'
    failures=$((failures + 1))
}

# on N ARGUMENTS: N processes; stdout to out, stderr to err, the exit code to code.
on() {
    local processes=$1
    shift
    mpirun -n "$processes" "$command" "$@" >out 2>err
    code=$?
}

value() { sed -E "s/.*\"$1\":(\"([^\"]*)\"|([^,}]*)).*/\2\3/" out; }

# close A B: equal but for rounding.
close() {
    awk -v a="$1" -v b="$2" 'BEGIN { d = a - b; if (d < 0) d = -d; exit !(d <= 1e-9 * b) }'
}

"$command" gen spiral --rows 201 -o spiral.csv >out 2>err || failed "gen"
training=(train convex --data spiral.csv --holdout 0.2 --patterns 8 --max-iterations 20
    --json --quiet)
"$command" "${training[@]}" -o one.st >out 2>err || failed "one process"
objective=$(value objective)
accuracy=$(value test_accuracy)
"$command" predict --model one.st --data spiral.csv >one.txt 2>err || failed "predict"

for n in 2 3; do
    on $n "${training[@]}" -o many.st
    [ $code = 0 ] || failed "$n processes: exit code $code"
    [ "$(wc -l <out)" = 1 ] || failed "$n processes: more than one result"
    [ "$(value processes)" = $n ] || failed "$n processes: $(value processes)"
    close "$(value objective)" "$objective" ||
        failed "$n processes: objective $(value objective), not $objective"
    [ "$(value test_accuracy)" = "$accuracy" ] || failed "$n processes: another accuracy"
    on $n predict --model many.st --data spiral.csv
    cmp -s one.txt out || failed "$n processes: other predictions"
    on $n eval --model one.st --data spiral.csv --json
    [ "$(value rows)" = 201 ] || failed "$n processes: eval on $(value rows) rows"
done

choosing=(cv convex --data spiral.csv --formulation gated-ridge --patterns 8 --path 4
    --folds 3 --json --quiet)
scores() { grep -oE '"(chosen|scores)":("[^"]*"|\[[^]]*\])' out; }
"$command" "${choosing[@]}" >out 2>err || failed "cv on one process"
scores >one.txt
for n in 2 3; do
    on $n "${choosing[@]}"
    [ $code = 0 ] || failed "cv, $n processes: exit code $code"
    cmp -s one.txt <(scores) || failed "cv, $n processes: other scores or another choice"
done

# A comparison: one table, one folder, the numbers of one process; a SPEC that fails is a
# row, and all go on.
compared=(compare convex:formulation=gated adam:layers=4,learning-rate=1e300,label=bad convex
    --data spiral.csv --holdout 0.2 --patterns 8 --max-iterations 10 --seeds 2 --json --quiet)
"$command" "${compared[@]}" --out alone >out 2>err
[ $? = 5 ] || failed "compare: exit code"
on 2 "${compared[@]}" --out together
[ $code = 5 ] || failed "compare on 2 processes: exit code $code"
[ "$(wc -l <out)" = 1 ] || failed "compare on 2 processes: more than one result"
[ "$(wc -l <together/results.csv)" = 7 ] || failed "compare on 2 processes: results.csv"
for file in alone/results.jsonl together/results.jsonl; do
    sed -E 's/.*"objective":([^,]*),.*/\1/' $file >$file.objective
done
while read -r a b; do
    [ "$a" = null ] || close "$a" "$b" || failed "compare on 2 processes: objective $b, not $a"
done < <(paste -d ' ' alone/results.jsonl.objective together/results.jsonl.objective)

pruning=(prune --model one.st --data spiral.csv --density 0.5 --mode magnitude-refit --json)
"$command" "${pruning[@]}" --quiet >out 2>err || failed "prune on one process"
density=$(value density)
on 2 "${pruning[@]}" --quiet
[ "$(value processes)" = 2 ] || failed "prune: $(value processes) processes"
[ "$(value density)" = "$density" ] || failed "prune: another density"
[ "$(value bytes_reduced)" -gt 0 ] || failed "prune: no messages"

# refuses CODE SENTENCE ARGUMENTS: one process speaks, all fail.
refuses() {
    local expected=$1 sentence=$2
    shift 2
    on 2 "$@"
    [ $code = "$expected" ] || failed "$*: exit code $code, not $expected"
    [ "$(grep -c '^cvxrelu: error: ' err)" = 1 ] || failed "$*: not one error line"
    grep -qF -- "$sentence" err || failed "$*: does not say: $sentence"
    [ ! -s out ] || failed "$*: stdout is not empty"
}
refuses 2 'there is no option --betta' train convex --betta 1
refuses 7 'nothing.csv' train convex --data nothing.csv
refuses 7 'no/such/m.st' "${training[@]}" -o no/such/m.st
on 2 "${training[@]}" --strict --tolerance 0
[ $code = 4 ] || failed "--strict: exit code $code"

on 2 --version
[ "$(wc -l <out)" = 1 ] || failed "--version: more than one"
on 2 gen spiral --rows 50 -o twice.csv
"$command" gen spiral --rows 50 -o once.csv >/dev/null
cmp -s once.csv twice.csv || failed "gen: another file"

if [ $failures -gt 0 ]; then
    echo "$failures failures"
    exit 1
fi
echo "the command does the same on several processes"

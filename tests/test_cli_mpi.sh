#!/usr/bin/env bash
# The command on several processes: one voice, the numbers and files of one process.
#     test_cli_mpi.sh COMMAND
set -u
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/support/cli.sh"
needs_mpi

# on N ARGUMENTS: N processes; stdout to out, stderr to err, the exit code to code.
on() {
    local processes=$1
    shift
    mpirun -n "$processes" "$command" "$@" >out 2>err
    code=$?
}

# run ARGUMENTS: on 2 processes; refuses does so too.
run() { on 2 "$@"; }

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
"$command" eval --model one.st --data spiral.csv --json >evaluated 2>err || failed "eval"
# part KEY [FILE]: a number or a matrix.
part() { grep -oE "\"$1\":(\[\[[]0-9,[]*\]\]|[0-9.]+)" "${2:-out}"; }

for n in 2 3; do
    about="$n processes"
    on $n "${training[@]}" -o many.st
    exits 0
    lines out 1
    has processes $n
    close "$(value objective)" "$objective" ||
        failed "objective $(value objective), not $objective"
    has test_accuracy "$accuracy"
    on $n predict --model many.st --data spiral.csv
    [ "$(cut -d, -f1 one.txt)" = "$(cut -d, -f1 out)" ] || failed "other predictions"
    on $n eval --model one.st --data spiral.csv --json
    has rows 201
    for figure in balanced_accuracy auc confusion; do
        [ "$(part $figure)" = "$(part $figure evaluated)" ] || failed "another $figure"
    done
done

choosing=(cv convex --data spiral.csv --formulation gated-ridge --patterns 8 --path 4
    --folds 3 --json --quiet)
scores() { grep -oE '"(chosen|scores)":("[^"]*"|\[[^]]*\])' out; }
"$command" "${choosing[@]}" >out 2>err || failed "cv on one process"
scores >one.txt
for n in 2 3; do
    about="cv, $n processes"
    on $n "${choosing[@]}"
    exits 0
    cmp -s one.txt <(scores) || failed "other scores or another choice"
done

# A comparison: one table, one folder, the numbers of one process; a SPEC that fails is a
# row, and all go on.
compared=(compare convex:formulation=gated adam:layers=4,learning-rate=1e300,label=bad convex
    --data spiral.csv --holdout 0.2 --patterns 8 --max-iterations 10 --seeds 2 --json --quiet)
about="compare"
"$command" "${compared[@]}" --out alone >out 2>err
code=$?
exits 5
about="compare on 2 processes"
on 2 "${compared[@]}" --out together
exits 5
lines out 1
lines together/results.csv 7
for file in alone/results.jsonl together/results.jsonl; do
    sed -E 's/.*"objective":([^,]*),.*/\1/' $file >$file.objective
done
while read -r a b; do
    [ "$a" = null ] || close "$a" "$b" || failed "objective $b, not $a"
done < <(paste -d ' ' alone/results.jsonl.objective together/results.jsonl.objective)

pruning=(prune --model one.st --data spiral.csv --density 0.5 --mode magnitude-refit --json)
about="prune on 2 processes"
"$command" "${pruning[@]}" --quiet >out 2>err || failed "one process"
density=$(value density)
on 2 "${pruning[@]}" --quiet
has processes 2
has density "$density"
[ "$(value bytes_reduced)" -gt 0 ] || failed "no messages"

refuses 2 'unknown option --betta' train convex --betta 1
refuses 7 'nothing.csv' train convex --data nothing.csv
refuses 7 'no/such/m.st' "${training[@]}" -o no/such/m.st
about="--strict"
run "${training[@]}" --strict --tolerance 0
exits 4

about="--version"
run --version
lines out 1
about="gen"
run gen spiral --rows 50 -o twice.csv
"$command" gen spiral --rows 50 -o once.csv >/dev/null
cmp -s once.csv twice.csv || failed "another file"

verdict "the command does the same on several processes"

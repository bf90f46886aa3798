#!/usr/bin/env bash
# The bars of the ccp family.
#     bench_ccp.sh [COMMAND] [-n RUNS] [--out DIR] [--rows N] [PART...]
# README.md beside it says what is needed and what the parts are.

all=(reference million memory graph-bound processes)
runs=3
rows=1000000
# shellcheck source=benchmarks/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
begin ccp rows "$@"
with=()

# train CASE OPTIONS...: a run, a line of the record; `result` is its object.
train() {
    run "${with[@]}" "$command" train ccp --json --task regress "${@:2}"
    result=$(jq -c '. // {} | del(.options)' "$work/result")
    note --arg part "$part" --arg case "$1" --argjson exit "$code" --arg date "$today" \
        --argjson result "$result"
}

# median NUMBER...
median() {
    printf '%s\n' "$@" | sort -g | awk '{ x[NR] = $1 }
        END { print (x[int((NR + 1) / 2)] + x[int(NR / 2) + 1]) / 2 }'
}

# bar WHAT VALUE MOST: a line of the table and of the record.
bar() {
    local verdict
    verdict=$(judge "$2" "<= $3")
    printf '| %-11s | %-58s | %10.4g | <= %7g | %-5s |\n' "$part" "$1" "${2/null/nan}" \
        "$3" "$verdict"
    note --arg part "$part" --arg bar "$1" --arg value "$2" --arg most "$3" \
        --arg verdict "$verdict" --arg date "$today"
}

# million FEATURES: $work/FEATURES.npy, made once.
million() {
    [ -f "$work/$1.npy" ] || "$command" gen relu-regression --rows "$rows" \
        --features "$1" -o "$work/$1.npy" >/dev/null 2>&1
}

part_reference() {
    local problems=$CVR_SHARED/reference/ccp name solver most best lambda
    needs "$problems" || return 0
    for name in teacher signed correlated agnostic; do
        best=$(jq .best_known "$problems/$name/problem.json")
        lambda=$(jq .lambda_ "$problems/$name/problem.json")
        most=1e-5
        [ $name != agnostic ] || most=1e-3
        for solver in newton graph consensus; do
            train "$name/$solver" --data "$problems/$name/data.csv" \
                --target last --no-bias --normalize none --solver $solver \
                --lambda "$lambda"
            bar "$name, $solver: F over the best known - 1" \
                "$(jq -n "$(of .objective) / $best - 1")" $most
        done
    done
}

# seconds FEATURES SOLVER BAR OPTIONS...
seconds() {
    local features=$1 solver=$2 most=$3 k times=() count=$runs
    shift 3
    [ "$solver" != consensus ] || count=1
    million "$features"
    for ((k = 0; k < count; k++)); do
        train "$solver/$features" --data "$work/$features.npy" --bias penalised \
            --solver "$solver" "$@"
        times+=("$(of .seconds)")
    done
    bar "d = $features, $solver: seconds" "$(median "${times[@]}")" "$most"
    bar "d = $features, $solver: gap" "$(of .gap)" 1e-6
}

part_million() {
    local fixed=(--outer 10 --inner 100 --restarts 0 --start zero)
    seconds 20 newton 0.4
    seconds 100 newton 1.2
    seconds 20 graph 0.6
    seconds 100 graph 3
    seconds 20 consensus 15 "${fixed[@]}"
    seconds 100 consensus 60 "${fixed[@]}"
}

part_memory() {
    local program=$build/benchmarks/bench_memory solver features
    needs "$program" || return 0
    for features in 20 100; do
        for solver in newton graph consensus; do
            bar "d = $features, $solver: bytes a row beyond the data" \
                "$("$program" "$rows" $features $solver | jq .bytes_a_row)" 64
        done
    done
}

part_graph-bound() {
    local program=$build/benchmarks/bench_graph shape line
    needs "$program" || return 0
    for shape in "$rows 20 1" "$rows 100 1" "60000 784 10"; do
        # shellcheck disable=SC2086
        line=$("$program" $shape double 15)
        bar "N, d, C = $shape: an iteration over its bound" \
            "$(jq .ratio <<<"$line")" 1.5
    done
}

part_processes() {
    local solver k one with
    needs_mpi || return 0
    "$command" gen relu-regression --rows 20000 --features 20 -o "$work/few.npy" \
        >/dev/null 2>&1
    for solver in newton graph consensus; do
        for k in 1 2 4; do
            with=(mpirun -n "$k")
            train "$solver/$k" --data "$work/few.npy" --bias penalised \
                --solver $solver --restarts 2 --tolerance 1e-10 --threads 1
            [ $k != 1 ] || one=$(of .objective)
            [ $k = 1 ] || bar "$solver, $k processes: F, relative difference" \
                "$(jq -n "($(of .objective) / $one - 1) | fabs")" 1e-8
        done
    done
}

"$command" info --json | jq -r '"\(.cores) cores, \(.threads) threads; \(.blas)"' >&2
echo "load: $(cut -d ' ' -f 1-3 /proc/loadavg)" >&2
echo "| part        | what                                                       |      value | bar        |       |"
echo "|---|---|---|---|---|"
each_part part

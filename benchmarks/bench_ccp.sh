#!/usr/bin/env bash
# The bars of the ccp family.
#     benchmarks/bench_ccp.sh [COMMAND] [-n RUNS] [--out DIR] [--rows N] [PART...]
# Parts: reference million memory graph-bound processes. README.md beside it says what they
# are. COMMAND is a path with a slash, build/cvxrelu when left out.
set -euo pipefail
export LC_ALL=C
source=$(dirname "$(dirname "$(readlink -f "$0")")")
command=$source/build/cvxrelu
out=$source/benchmarks/results
runs=3
rows=1000000
parts=()

usage() {
    sed -n '3,5s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

while [ $# -gt 0 ]; do
    case $1 in
    -n) runs=${2:?} && shift ;;
    --out) out=${2:?} && shift ;;
    --rows) rows=${2:?} && shift ;;
    -*) usage ;;
    */*) command=$1 ;;
    reference | million | memory | graph-bound | processes) parts+=("$1") ;;
    *) usage ;;
    esac
    shift
done
[ ${#parts[@]} -gt 0 ] || parts=(reference million memory graph-bound processes)
[ -x "$command" ] || { echo "bench_ccp: error: $command is missing" >&2 && exit 1; }
command=$(readlink -f "$command")
mkdir -p "$out"
record=$(readlink -f "$out")/ccp.jsonl
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
touch "$record"

# train PART CASE OPTIONS...: a run, a line of the record; `result` is its object.
train() {
    local part=$1 case=$2 code=0
    shift 2
    "${with[@]}" "$command" train ccp --json --task regress "$@" \
        >"$work/result" 2>"$work/said" </dev/null || code=$?
    jq -e . "$work/result" >/dev/null 2>&1 || echo '{}' >"$work/result"
    result=$(jq -c 'del(.options)' "$work/result")
    jq -c -n --arg part "$part" --arg case "$case" --argjson exit "$code" \
        --arg date "$(date -u +%F)" --argjson result "$result" \
        '{part: $part, case: $case, exit: $exit, date: $date, result: $result}' >>"$record"
}

# median NUMBER...
median() {
    printf '%s\n' "$@" | sort -g | awk '{ x[NR] = $1 }
        END { print (x[int((NR + 1) / 2)] + x[int(NR / 2) + 1]) / 2 }'
}

# bar PART WHAT VALUE MOST: a line of the table; MOST - says that there is no bar.
bar() {
    local verdict=
    if [ "$4" != - ]; then
        verdict=$(awk -v a="$3" -v b="$4" \
            'BEGIN { print (a != "null" && a + 0 <= b + 0) ? "PASS" : "SHORT" }')
    fi
    awk -v part="$1" -v what="$2" -v value="$3" -v most="$4" -v verdict="$verdict" 'BEGIN {
        printf "| %-11s | %-58s | %10.4g | %s | %-5s |\n", part, what, value,
            (most == "-" ? "          " : sprintf("<= %7g", most)), verdict }'
    jq -c -n --arg part "$1" --arg what "$2" --arg value "$3" --arg most "$4" \
        --arg verdict "$verdict" --arg date "$(date -u +%F)" \
        '{part: $part, bar: $what, value: $value, most: $most, verdict: $verdict,
          date: $date}' >>"$record"
}

skipped() {
    echo "| $1 | skipped: $2 |"
}

# million FEATURES: $work/FEATURES.npy, made once.
million() {
    [ -f "$work/$1.npy" ] || "$command" gen relu-regression --rows "$rows" \
        --features "$1" -o "$work/$1.npy" >/dev/null 2>&1
}

part_reference() {
    local problems=${CVR_SHARED:-}/reference/ccp name solver most best lambda
    if [ ! -d "$problems" ]; then
        skipped reference "CVR_SHARED has no reference/ccp"
        return 0
    fi
    for name in teacher signed correlated agnostic; do
        best=$(jq .best_known "$problems/$name/problem.json")
        lambda=$(jq .lambda_ "$problems/$name/problem.json")
        most=1e-5
        [ $name != agnostic ] || most=1e-3
        for solver in newton graph consensus; do
            train reference "$name/$solver" --data "$problems/$name/data.csv" \
                --target last --no-bias --normalize none --solver $solver \
                --lambda "$lambda"
            bar reference "$name, $solver: F over the best known - 1" \
                "$(jq -n "$(jq .objective <<<"$result") / $best - 1")" $most
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
        train million "$solver/$features" --data "$work/$features.npy" \
            --solver "$solver" "$@"
        times+=("$(jq .seconds <<<"$result")")
    done
    bar million "d = $features, $solver: seconds" "$(median "${times[@]}")" "$most"
    bar million "d = $features, $solver: gap" "$(jq .gap <<<"$result")" 1e-6
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

# built PART PROGRAM: `program`, or the part is skipped.
built() {
    program=$(dirname "$command")/benchmarks/$2
    [ ! -x "$program" ] || return 0
    skipped "$1" "$2 is not built (-DCVR_BENCHMARKS=ON)"
    return 1
}

part_memory() {
    local program solver features
    built memory bench_memory || return 0
    for features in 20 100; do
        for solver in newton graph consensus; do
            bar memory "d = $features, $solver: bytes a row beyond the data" \
                "$("$program" "$rows" $features $solver | jq .bytes_a_row)" 64
        done
    done
}

part_graph-bound() {
    local program shape line
    built graph-bound bench_graph || return 0
    for shape in "$rows 20 1" "$rows 100 1" "60000 784 10"; do
        # shellcheck disable=SC2086
        line=$("$program" $shape double 15)
        bar graph-bound "N, d, C = $shape: an iteration over its bound" \
            "$(jq .ratio <<<"$line")" 1.5
    done
}

part_processes() {
    local solver k one with
    if ! command -v mpirun >/dev/null || "$command" info --json | grep -q '"mpi":"none"'; then
        skipped processes "no MPI"
        return 0
    fi
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 \
        OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
    "$command" gen relu-regression --rows 20000 --features 20 -o "$work/few.npy" \
        >/dev/null 2>&1
    for solver in newton graph consensus; do
        for k in 1 2 4; do
            with=(mpirun -n "$k")
            train processes "$solver/$k" --data "$work/few.npy" --solver $solver \
                --restarts 2 --tolerance 1e-10 --threads 1
            [ $k != 1 ] || one=$(jq .objective <<<"$result")
            [ $k = 1 ] || bar processes "$solver, $k processes: F, relative difference" \
                "$(jq -n "($(jq .objective <<<"$result") / $one - 1) | fabs")" 1e-8
        done
    done
}

with=()
"$command" info --json | jq -r '"\(.cores) cores, \(.threads) threads; \(.blas)"' >&2
echo "load: $(cut -d ' ' -f 1-3 /proc/loadavg)" >&2
echo "| part        | what                                                       |      value | bar        |       |"
echo "|---|---|---|---|---|"
for part in "${parts[@]}"; do
    "part_$part"
done

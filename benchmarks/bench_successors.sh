#!/usr/bin/env bash
# The bars of dladmm, mdlam and pdadmm, beside deep, Adam and the settings as published.
#     bench_successors.sh [COMMAND] [-n SEEDS] [--out DIR] [--rows N] [PART...]
# README.md beside it says what is needed and what the parts are.

# shellcheck disable=SC2016,SC2054 # commas and $ belong to options and jq
all=(accuracy tube precision cpu race open)
runs=3
rows=10000
# shellcheck source=benchmarks/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
begin successors rows "$@"
mnist=$CVR_SHARED/data/mnist/train-images-idx3-ubyte.gz
data=(--data "$mnist" --test "${mnist/train/t10k}" --rows "$rows" --layers 200,200 --tolerance 0
    --threads 1)

# train CASE METHOD OPTIONS...: a run, a line of the record; `result` is its object, $work/log
# its measurements. The network is that of the last iteration.
train() {
    local line=("$command" train "${@:2}")
    : >"$work/log"
    run "${line[@]}" --json --log "$work/log"
    typed=$(as_typed "${line[@]}")
    result=$(jq -c '. // {} | del(.options)' "$work/result")
    note --arg part "$part" --arg case "$1" --argjson exit "$code" --arg date "$today" \
        --arg command "$typed" --argjson result "$result"
}

# bar WHAT VALUE "<=|>= BOUND": a line of the table and of the record; "" says that there is no
# bar.
bar() {
    local verdict value
    verdict=$(judge "$2" "$3")
    value=$(printf '%.5g' "${2/null/nan}")
    printf '| %s | %s | %s | %s | %s |\n' "$part" "$1" "$value" "$3" "$verdict"
    note --arg part "$part" --arg bar "$1" --arg value "$value" --arg bound "$3" \
        --arg verdict "$verdict" --arg date "$today" --arg command "$typed"
}

# at ITERATION: test accuracy of the last run there.
at() {
    jq -s "map(select(.iterations == $1).test_accuracy) | last" "$work/log"
}

# means METHOD ITERATIONS...: over the seeds, in the array `mean`, a figure each.
means() {
    local method=$1 seed last=${*: -1} k sums=()
    shift
    for ((seed = 1; seed <= runs; seed++)); do
        train "$method" "$method" "${data[@]}" --precision single --max-iterations "$last" \
            --measure-every 10 --seed $seed "${more[@]}"
        for k in "$@"; do
            sums[k]="${sums[k]:-0} + $(at "$k")"
        done
    done
    mean=()
    for k in "$@"; do
        mean[k]=$(jq -n "(${sums[k]}) / $runs")
    done
}

# ---- parts -------------------------------------------------------------------------

part_accuracy() {
    local mean more=() refresh=() k
    needs "$mnist" || return 0
    means deep 10 20 30
    for k in 10 20 30; do
        refresh[k]=${mean[k]}
        bar "deep, $k iterations: test accuracy" "${mean[k]}" ""
    done
    means dladmm 10 30
    bar "dladmm, 10 iterations: test accuracy" "${mean[10]}" ">= 0.895"
    bar "dladmm, 30 iterations: test accuracy" "${mean[30]}" ">= 0.91"
    means pdadmm 10 20
    bar "pdadmm, 10 iterations: test accuracy" "${mean[10]}" ">= 0.89"
    bar "pdadmm, 20 iterations: test accuracy" "${mean[20]}" ">= 0.90"
    means mdlam 10 20 30
    bar "mdlam, 10 iterations: test accuracy" "${mean[10]}" ">= 0.93"
    bar "mdlam, 20 iterations: test accuracy" "${mean[20]}" ">= 0.937"
    bar "mdlam, 30 iterations: test accuracy" "${mean[30]}" ""
    for k in 10 20 30; do
        bar "mdlam, $k iterations: points below deep" \
            "$(jq -n "100 * (${refresh[k]} - ${mean[k]})")" "<= 0.3"
    done
}

# 2000 rows: a tube that shrinks, around stored z.
part_tube() {
    local mean more momentum
    needs "$mnist" || return 0
    for momentum in yes no; do
        more=(--rows 2000 --tube shrinking --momentum $momentum)
        means mdlam 10 20
        bar "2000 rows, momentum $momentum, 10 iterations: test accuracy" "${mean[10]}" \
            "$([ $momentum = no ] || echo '>= 0.79')"
        bar "2000 rows, momentum $momentum, 20 iterations: test accuracy" "${mean[20]}" ""
    done
}

part_precision() {
    local method precision found
    needs "$mnist" || return 0
    for method in dladmm pdadmm mdlam; do
        found=()
        for precision in double single; do
            train $precision $method "${data[@]}" --precision $precision \
                --max-iterations 20 --measure-every 20
            found+=("$(of .test_accuracy)")
        done
        bar "$method, double and single: points apart" \
            "$(jq -n "100 * (${found[0]} - ${found[1]}) | fabs")" "<= 0.5"
    done
}

# CPU seconds of ten iterations, without measurements.
ten() {
    local k seconds=()
    for k in 2 12; do
        train "$k" "$@" "${data[@]}" --precision single --max-iterations $k --measure-every 1000
        seconds+=("$(of .cpu_seconds)")
    done
    jq -n "${seconds[1]} - ${seconds[0]}"
}

part_cpu() {
    local refresh method bound
    needs "$mnist" || return 0
    refresh=$(ten deep)
    bar "deep: CPU seconds of 10 iterations" "$refresh" ""
    while read -r method bound; do
        # shellcheck disable=SC2086
        bar "$method: CPU time over that of deep" "$(jq -n "$(ten $method) / $refresh")" \
            "<= $bound"
    done <<<$'dladmm 2.5\npdadmm 1.4\nmdlam 1.2'
}

# within SECONDS: test accuracy of the last measurement within these CPU seconds.
within() {
    jq -s --argjson most "$1" 'map(select(.cpu_seconds <= $most).test_accuracy) | last // 0' \
        "$work/log"
}

# Equal iterations, and equal CPU seconds: those of deep's 30, set-up and measurements
# included. An iteration of Adam is an epoch.
part_race() {
    local method seconds k
    needs "$mnist" || return 0
    while read -r method; do
        # shellcheck disable=SC2086
        train "$method" $method "${data[@]}" --precision single --max-iterations 60 \
            --measure-every 2
        [ "$method" != deep ] ||
            seconds=$(jq -s 'map(select(.iterations == 30).cpu_seconds) | last' "$work/log")
        for k in 10 30; do
            bar "$method, $k iterations: test accuracy" "$(at $k)" ""
        done
        bar "$method, CPU seconds of deep's 30 iterations: test accuracy" \
            "$(within "$seconds")" ""
    done <<'METHODS'
deep
mdlam
dladmm
pdadmm
adam --batch 100
mdlam --tube shrinking
mdlam --published
dladmm --published
pdadmm --published
METHODS
}

# 784-300-100-10 on 55000 rows, the iteration chosen on 5000 others.
part_open() {
    local method
    needs "$mnist" || return 0
    while read -r method; do
        # shellcheck disable=SC2086
        train "$method" $method --data "$mnist" --test "${mnist/train/t10k}" --validation 5000 \
            --layers 300,100 --precision single --max-iterations 75 --measure-every 1
        bar "$method, 55000 rows, chosen on 5000: test accuracy" "$(of .test_accuracy)" \
            ">= 0.975"
    done <<<$'deep\nmdlam\nmdlam --tube-width 1'
}

# ---- the page ----------------------------------------------------------------------

# successors.md: the last figure of each bar that was ever measured.
write_page() {
    printf '# The successors of Bregman-ADMM, measured\n\n'
    printf 'Written by `benchmarks/bench_successors.sh`; every run is a line of `successors.jsonl`.\n'
    printf 'MNIST, the first 10000 training rows unless said, 784-200-200-10, all test rows; a network\n'
    printf 'is that of the last iteration. `deep` is the sweep `refresh`.\n\n'
    "$command" info --json | jq -r '"- \(.cores) cores, \(.threads) threads; \(.blas)"'
    printf -- '- load when written: %s\n\n' "$(cut -d ' ' -f 1-3 /proc/loadavg)"
    printf '| part | what | figure | bar | | command | measured |\n|---|---|---|---|---|---|---|\n'
    jq -r -s --arg order "${all[*]}" '
        [.[] | select(.bar)] | to_entries
        | group_by([.value.part, .value.bar]) | map(last)
        | sort_by([(.value.part as $p | $order | split(" ") | index($p)), .key])[].value
        | "| \(.part) | \(.bar) | \(.value) | \(.bound) | \(.verdict) | `\(.command)` | \(.date) |"' \
        "$record"
}

echo "load: $(cut -d ' ' -f 1-3 /proc/loadavg)" >&2
echo "| part | what | figure | bar | |"
echo "|---|---|---|---|---|"
each_part part
write_page >"$out/successors.md"

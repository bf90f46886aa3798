#!/usr/bin/env bash
# The bars of the deep family.
#     bench_deep.sh [COMMAND] [-n RUNS] [--out DIR] [--rows N] [PART...]
# README.md beside it says what is needed and what the parts are.

# shellcheck disable=SC2016,SC2054 # commas and $ belong to options and jq
all=(time mnist01 mnist10 hog race higgs processes)
runs=3
rows=1000000
# shellcheck source=benchmarks/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
begin deep rows "$@"
mnist=$CVR_SHARED/data/mnist/train-images-idx3-ubyte.gz
with=()

# train CASE METHOD OPTIONS...: a run, a line of the record; `result` is its object. The
# network is that of the last iteration.
train() {
    local line=("${with[@]}" "$command" train "${@:2}" --bias penalised)
    : >"$work/log"
    run "${line[@]}" --json --log "$work/log"
    typed=$(as_typed "${line[@]}")
    result=$(jq -c '. // {} | del(.options)' "$work/result")
    note --arg part "$part" --arg case "$1" --argjson exit "$code" --arg date "$today" \
        --arg command "$typed" --argjson result "$result"
}

mean() {
    printf '%s\n' "$@" | awk '{ sum += $1 } END { print sum / NR }'
}

# bar WHAT VALUE "<=|>= BOUND" [COMMAND]: a line of the table and of the record; "" says
# that there is no bar.
bar() {
    local verdict value
    verdict=$(judge "$2" "$3")
    value=$(printf '%.7g' "${2/null/nan}")
    printf '| %s | %s | %s | %s | %s |\n' "$part" "$1" "$value" "$3" "$verdict"
    note --arg part "$part" --arg bar "$1" --arg value "$value" --arg bound "$3" \
        --arg verdict "$verdict" --arg date "$today" --arg command "${4:-$typed}"
}

# ---- parts -------------------------------------------------------------------------

part_time() {
    local program=$build/benchmarks/bench_deep precision line net
    needs "$program" || return 0
    for precision in double single; do
        while read -r line; do
            net="$(jq -r .network <<<"$line"), $precision"
            typed=$(as_typed "$program" $precision "$runs")
            bar "$net: seconds an iteration" "$(jq .seconds <<<"$line")" ""
            bar "$net: over GFlop / rate of a square product" \
                "$(jq .ratio <<<"$line")" "<= 1.5"
            bar "$net: over its products as single calls on 4096 rows, and a copy" \
                "$(jq .shape_ratio <<<"$line")" ""
        done < <("$program" $precision "$runs")
    done
}

part_mnist01() {
    local seed at20=() at60=() paper=()
    local data=(--data "$mnist" --classes 0,1 --holdout 2665 --layers 100,50,10
        --precision single)
    needs "$mnist" || return 0
    for seed in 1 2 3; do
        train paper deep "${data[@]}" --sweep paper --max-iterations 40 --seed $seed
        paper+=("$(of .test_accuracy)")
    done
    bar "sweep paper, 40 iterations, mean of 3 splits: accuracy" "$(mean "${paper[@]}")" \
        ">= 0.995"
    for seed in 1 2 3; do
        train refresh deep "${data[@]}" --max-iterations 60 --seed $seed
        at60+=("$(of .test_accuracy)")
        at20+=("$(jq 'select(.iterations == 20).test_accuracy' "$work/log")")
    done
    bar "20 iterations, mean of 3 splits: accuracy" "$(mean "${at20[@]}")" ">= 0.9985"
    bar "60 iterations, mean of 3 splits: accuracy" "$(mean "${at60[@]}")" ">= 0.999"
}

part_mnist10() {
    needs "$mnist" "${mnist/train/t10k}" || return 0
    train ten deep --data "$mnist" --test "${mnist/train/t10k}" --layers 300,100 \
        --precision single --max-iterations 75
    bar "75 iterations: test accuracy" "$(of .test_accuracy)" ">= 0.970"
    bar "seconds" "$(of .seconds)" ""
    train held deep --data "$mnist" --test "${mnist/train/t10k}" --validation 5000 \
        --layers 300,100 --precision single --max-iterations 75
    bar "the iteration that is best on 5000 training rows held out: test accuracy" \
        "$(of .test_accuracy)" ""
}

# tested FILE: accuracy of the model that the last run wrote.
tested() {
    "$command" eval --model "$work/model" --data "$1" --json -q | jq .accuracy
}

# chosen NAME METHOD OPTIONS...: means over 3 splits of the accuracies on 2000 held-out
# training rows and on the test rows, in `held` and `tests`.
chosen() {
    local seed on_held=() on_test=()
    for seed in 1 2 3; do
        train "$@" --data "$images/train.bin.gz" --holdout 2000 --features hog648 \
            --layers 100,50 --precision single --seed $seed -o "$work/model"
        on_held+=("$(of .test_accuracy)")
        on_test+=("$(tested "$images/test.bin.gz")")
    done
    held=$(mean "${on_held[@]}")
    tests=$(mean "${on_test[@]}")
}

# above A B
above() {
    jq -e -n "$1 > $2" >/dev/null
}

# The setting of each method is the best on the held-out rows; the bar is for the test rows.
part_hog() {
    local rate ridge held tests best_held=0 adam=0 deep=0
    needs "$images/train.bin.gz" "$images/test.bin.gz" || return 0
    for rate in 1e-3 3e-4; do
        chosen adam adam --max-iterations 15 --learning-rate $rate
        bar "Adam, rate $rate: held-out accuracy" "$held" ""
        above "$held" "$best_held" && best_held=$held adam=$tests
    done
    best_held=0
    for ridge in 0.02 0.05 0.1; do
        chosen deep deep --max-iterations 100 --ridge $ridge --ridge-halving 0
        bar "deep, ridge $ridge: held-out accuracy" "$held" ""
        above "$held" "$best_held" && best_held=$held deep=$tests
    done
    bar "Adam, the better on held-out rows: test accuracy" "$adam" ""
    bar "deep, the best on held-out rows: test accuracy" "$deep" ""
    bar "points below Adam" "$(jq -n "100 * ($adam - $deep)")" "<= 2"
    chosen defaults deep --max-iterations 75
    bar "deep, defaults: test accuracy" "$tests" ""
}

part_race() {
    local python name ratio
    needs "$mnist" || return 0
    needs_torch || return 0
    typed="benchmarks/race_deep.py --images $(as_typed "$mnist")"
    "$python" "$source/benchmarks/race_deep.py" --command "$command" --images "$mnist" \
        --runs "$runs" 2>/dev/null >"$work/race"
    jq -c '{part: "race"} + .' "$work/race" >>"$record"
    for name in ours lbfgs gradient-descent adam; do
        bar "$name: seconds to 0.998 (null: not reached)" \
            "$(jq "select(.median == \"$name\").seconds" "$work/race")" ""
        [ $name != ours ] || continue
        ratio=$(jq "select(.median == \"$name\") | .ratio // 1e9" "$work/race")
        bar "$name: times our seconds" "$ratio" "$([ $name = adam ] || echo '>= 1')"
    done
}

part_higgs() {
    local precision size=$((rows * 29 * 8)) # of the data in double
    "$command" gen higgs-like --rows "$rows" -o "$work/higgs.npy" >/dev/null 2>&1
    for precision in double single; do
        [ $precision = double ] || size=$((size / 2))
        train "$precision" deep --data "$work/higgs.npy" --target last --layers 300 \
            --precision $precision --max-iterations 3 --measure-every 3
        bar "$rows rows, $precision: seconds an iteration" \
            "$(of '(.phases.primal + .phases.prox) / .iterations')" ""
        bar "$rows rows, $precision: peak memory over data + 10 % + 200 MB" \
            "$(of ".peak_memory_bytes / (1.1 * $size + 2e8)")" "<= 1"
    done
}

part_processes() {
    local k one count bytes=()
    needs_mpi || return 0
    for count in 20000 2000; do
        "$command" gen higgs-like --rows $count -o "$work/$count.npy" >/dev/null 2>&1
    done
    local options=(--target last --layers 300 --threads 1 --measure-every 1000)
    for k in 1 2 3 4; do
        with=(mpirun -n "$k")
        train "$k" deep --data "$work/20000.npy" "${options[@]}" --max-iterations 10
        [ $k != 1 ] || one=$(of .objective)
        [ $k = 1 ] || bar "$k processes: objective, relative difference" \
            "$(jq -n "($(of .objective) / $one - 1) | fabs")" "<= 1e-9"
    done
    with=(mpirun -n 2)
    for count in 20000 2000; do
        bytes=()
        for k in 10 11; do
            train bytes deep --data "$work/$count.npy" "${options[@]}" --max-iterations $k
            bytes+=("$(of .bytes_reduced)")
        done
        bar "28-300-1, $count rows: bytes of an iteration's message" \
            $((bytes[1] - bytes[0])) "<= 436000"
    done
    with=()
}

# ---- the page ----------------------------------------------------------------------

# deep.md: the last figure of each bar that was ever measured.
write_page() {
    printf '# The deep family, measured\n\n'
    printf 'Written by `benchmarks/bench_deep.sh`; every run is a line of `deep.jsonl`.\n'
    printf '`$WORK/*.npy` are made by `cvxrelu gen higgs-like`. A network is that of the last\n'
    printf 'iteration; with `--validation` that of the iteration which is best on training rows\n'
    printf 'held out for it. AGAIN: measured when the test rows still chose the iteration, so the\n'
    printf 'figure is kind and has to be measured again.\n\n'
    "$command" info --json | jq -r '"- \(.cores) cores, \(.threads) threads; \(.blas)"'
    printf -- '- load when written: %s\n\n' "$(cut -d ' ' -f 1-3 /proc/loadavg)"
    printf '| part | what | figure | bar | | command | measured |\n|---|---|---|---|---|---|---|\n'
    jq -r -s --arg order "${all[*]}" '
        map(select(.bar)) | group_by([.part, .bar]) | map(last)
        | sort_by([(.part as $p | $order | split(" ") | index($p)), .bar])[]
        | "| \(.part) | \(.bar) | \(.value) | \(.bound) | \(.verdict) | `\(.command)` | \(.date) |"' \
        "$record"
}

echo "load: $(cut -d ' ' -f 1-3 /proc/loadavg)" >&2
echo "| part | what | figure | bar | |"
echo "|---|---|---|---|---|"
each_part part
write_page >"$out/deep.md"

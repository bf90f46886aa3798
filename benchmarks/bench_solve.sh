#!/usr/bin/env bash
# What the convex family must show, measured: each line with its bar and PASS or SHORT.
#     bench_solve.sh [COMMAND] [-n RUNS] [--out DIR] [--first N] [PART...]
# README.md beside it says what is needed and what the parts are.

all=(target pytorch gemm reference small gated relu relu-all ridge processes single)
runs=5
first=0 # of CIFAR's rows; 0: all
# shellcheck source=benchmarks/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
begin convex first "$@"
# shellcheck source=benchmarks/measure.sh
. "$source/benchmarks/measure.sh"

problems=$CVR_SHARED/reference/convex
train=("$command" train convex --json)
seconds='select(.result.outcome == $done) | .result.seconds'
converged=${seconds/\$done/\"converged\"}
reached=${seconds/\$done/\"target-reached\"}

# cifar ROWS: the options that read CIFAR's first rows (0: all), fewer with --first.
cifar() {
    local count=$1
    if [ "$first" -gt 0 ] && { [ "$count" = 0 ] || [ "$count" -gt "$first" ]; }; then
        count=$first
    fi
    data=(--data "$images/train.bin.gz" --bias penalised)
    [ "$count" = 0 ] || data+=(--rows "$count")
    needs "$images/train.bin.gz"
}

make_teacher() {
    "$command" gen teacher --rows 400 --features 12 --noise 0.1 --seed 7 -q \
        -o "$work/teacher.csv" >/dev/null
}

# ---- parts -------------------------------------------------------------------------

part_target() {
    local precision
    cifar 0 || return 0
    for precision in single double; do
        measure "$precision" "$runs" "${train[@]}" "${data[@]}" --patterns 50 --beta 0.001 \
            --normalize global --target-train-accuracy 0.97 --precision "$precision"
        verdict "^$precision" "CIFAR, $precision: seconds to 97 %" "<=" 5 "$reached"
        verdict "^$precision" "CIFAR, $precision: the whole process" - "" .wall
    done
}

part_pytorch() {
    local python name
    needs_torch || return 0
    cifar 0 || return 0
    "$python" "$source/benchmarks/compare_pytorch.py" --command "$command" \
        --data "$images/train.bin.gz" --test "$images/test.bin.gz" --rows "$first" \
        --runs "$runs" | jq -c --arg row "$part" '{row: $row} + .' >"$work/lines"
    sed -e "s|$CVR_SHARED|\$CVR_SHARED|g; s|$command|cvxrelu|g; s|$source/||g" \
        "$work/lines" >>"$record"
    verdict '^ours$' "ours: seconds to 97 %" - "" .result.seconds
    verdict ^ours-tested "ours: test accuracy" - "" .result.test_accuracy
    verdict ^adam "Adam, the faster loss: times our seconds" ">=" 10 .result.ratio
    verdict ^lbfgs "L-BFGS, the faster loss: times our seconds" ">=" 3 .result.ratio
    for name in adam-squared adam-logistic lbfgs-squared lbfgs-logistic; do
        verdict ^$name "$name: seconds to 97 %" - "" .result.seconds
        verdict ^$name "$name: best test accuracy on the way" - "" .result.test_accuracy
    done
}

# bench_step's lines as results: the ratio by the name of the step.
steps() {
    "$@" | awk -F '  +' '/ratio/ {
        sub(/ .*/, "", $2); ratio = $0; sub(/.*ratio */, "", ratio)
        printf "%s\"%s\":{\"milliseconds\":%s,\"ratio\":%s}", (n++ ? "," : "{"), $1, $2, ratio
    } END { print (n ? "}" : "null") }'
}

part_gemm() {
    local step=$build/benchmarks/bench_step precision name size=(10000 3073 50)
    [ "$first" = 0 ] || size=(500 200 10)
    needs "$step" || return 0
    for precision in single double; do
        measure "$precision" 1 steps "$step" "${size[@]}" $precision "$runs"
        for name in "ADMM iteration, direct" "block-pcg, product and block" \
            "block-pcg, whole iteration"; do
            verdict "^$precision" "$name, $precision: time over its products" "<=" 1.5 \
                ".result[\"$name\"].ratio"
        done
    done
}

# problem NAME: `data` and `facts` of a reference problem; `formulation` is its own.
problem() {
    local at=$problems/$1
    formulation=$(jq -r .model "$at/problem.json")
    facts=$(jq -c '{optimum: .optimum_lower}' "$at/problem.json")
    data=(--data "$at/data.csv" --gates "$at/gates.csv"
        --target "$(jq -r '[range(.outputs) | "y\(.)"] | join(",")' "$at/problem.json")"
        --task regress --normalize none --no-bias
        --beta "$(jq -r .beta "$at/problem.json")")
}

part_reference() {
    local primal name excess formulation
    needs "$problems" || return 0
    for primal in direct cg diag-pcg nystrom-pcg block-pcg block-nystrom-pcg rbcd \
        block-rbcd; do
        for name in "$problems"/*/; do
            problem "$(basename "$name")"
            measure "$primal/$(basename "$name")" "$runs" "${train[@]}" "${data[@]}" \
                --formulation "$formulation" --primal $primal --tolerance 5e-7 \
                --max-iterations 1000000 --time-limit 20
        done
        excess=1e-6
        [[ $primal != *rbcd ]] || excess=1e-4
        verdict "^$primal/" "$primal: excess of upper_bound" "<=" $excess \
            '.result.upper_bound / .facts.optimum - 1'
        verdict "^$primal/" "$primal: gap" "<=" 1e-5 .result.gap
        verdict "^$primal/" "$primal: seconds" "<=" 5 "$converged"
    done
    facts=
}

part_small() {
    local how
    cifar 1000 || return 0
    for how in feature global; do
        measure $how "$runs" "${train[@]}" "${data[@]}" --gray --resize 10x10 \
            --normalize $how --patterns 10 --beta-relative 0.01 --tolerance 1e-4 \
            --max-iterations 100000 --time-limit 60
        verdict ^$how "n = 1000, normalize $how: gap" "<=" 1e-4 .result.gap
        verdict ^$how "n = 1000, normalize $how: seconds" "<=" 10 "$converged"
    done
}

part_gated() {
    local precision tolerance most
    cifar 0 || return 0
    while read -r precision tolerance most; do
        measure "$precision" "$runs" "${train[@]}" "${data[@]}" --normalize global \
            --formulation gated --patterns 50 --beta-relative 0.01 --precision "$precision" \
            --tolerance "$tolerance" --max-iterations 100000 --time-limit 120
        verdict "^$precision" "gated, $precision: gap" "<=" "$tolerance" .result.gap
        verdict "^$precision" "gated, $precision: seconds" "<=" "$most" "$converged"
        verdict "^$precision" "gated, $precision: memory in GB" "<=" 3 \
            '.result.peak_memory_bytes / 1e9'
    done <<<$'single 1e-3 12\ndouble 1e-6 40'
}

part_relu() {
    cifar 2000 || return 0
    measure relu "$runs" "${train[@]}" "${data[@]}" --normalize global --formulation relu \
        --patterns 50 --beta-relative 0.01 --tolerance 1e-2 --max-iterations 100000 \
        --time-limit 120
    verdict ^relu "relu, 2000 rows: gap" "<=" 1e-2 .result.gap
    verdict ^relu "relu, 2000 rows: seconds" "<=" 60 "$converged"
}

part_relu-all() {
    local limit=300
    [ "$first" = 0 ] || limit=5
    cifar 0 || return 0
    measure relu 1 "${train[@]}" "${data[@]}" --normalize global --formulation relu \
        --patterns 50 --beta-relative 0.01 --tolerance 0 --max-iterations 1000000 \
        --time-limit $limit
    verdict ^relu "relu, all rows: gap after $limit s" - "" .result.gap
}

part_ridge() {
    local seed
    cifar 0 || return 0
    needs "$images/test.bin.gz" || return 0
    for seed in 1 2 3; do
        measure seed-$seed 1 "${train[@]}" "${data[@]}" --test "$images/test.bin.gz" \
            --normalize global --formulation gated-ridge --gate-kind patch --gate-size 6 \
            --patterns 2000 --precision single --path 5 --holdout 0.2 --seed $seed
    done
    verdict ^seed "gated-ridge, patches: test accuracy" ">=" 0.912 .result.test_accuracy mean
    verdict ^seed "gated-ridge, patches: seconds" "<=" 30 .result.seconds mean
}

# on_processes PROBLEM METHOD OPTIONS...: 1 to 4 processes; facts: the objective of one.
# To the end, where what is compared is the answer and not the way to it: how often CG
# iterates may turn on a rounding.
on_processes() {
    local name=$1/$2 k
    shift 2
    facts=
    for k in 1 2 3 4; do
        measure "$name/$k" 1 mpirun -n $k "${train[@]}" "$@" --precision double \
            --tolerance 1e-11 --max-iterations 1000000 --time-limit 60
        [ $k != 1 ] || facts=$(last '{alone: .result.objective}')
    done
    facts=
}

# all_on_processes PROBLEM: `data` with each way to solve it.
all_on_processes() {
    on_processes "$1" direct "${data[@]}" --formulation "$formulation" --primal direct
    on_processes "$1" block-pcg "${data[@]}" --formulation "$formulation" --primal block-pcg
    on_processes "$1" ridge "${data[@]}" --formulation gated-ridge
}

part_processes() {
    local name method formulation=relu
    needs_mpi || return 0
    make_teacher
    data=(--data "$work/teacher.csv" --bias penalised --patterns 12 --beta-relative 0.1)
    all_on_processes teacher
    for name in "$problems"/*/; do
        [ -e "$name" ] || continue
        problem "$(basename "$name")"
        all_on_processes "$(basename "$name")"
    done
    for method in direct block-pcg ridge; do
        verdict "/$method/[234]" "1 to 4 processes, $method: objective, relative difference" \
            "<=" 1e-9 'select(.exit == 0)
            | (.result.objective - .facts.alone) / .facts.alone | fabs'
    done
}

# More than single precision holds is asked for: it says so and stops, or gets there with
# bounds that do not contradict each other.
part_single() {
    local name
    make_teacher
    for name in relu gated gated-ridge; do
        measure "$name" 1 "${train[@]}" --data "$work/teacher.csv" --bias penalised \
            --patterns 12 --formulation $name --precision single --tolerance 1e-10 \
            --max-iterations 1000000 --time-limit 30
        verdict "^$name\$" "single, $name: 1 when it stalls silently" "<=" 0 \
            '.said as $said | .result
             | if (.outcome == "stopped" and ($said | test("single"))) or
                  (.outcome == "converged" and
                   (.upper_bound - .lower_bound | fabs) <= 1e-10 * .upper_bound)
               then 0 else 1 end'
        verdict "^$name\$" "single, $name: gap when it stops" - "" .result.gap
    done
}

each_part row
write_page "${all[@]}"

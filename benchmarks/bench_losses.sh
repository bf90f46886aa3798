#!/usr/bin/env bash
# The sampled program: CPU seconds to a gap, by projection and with other losses than the
# squared one. Prints a page of Markdown, benchmarks/results/losses.md: each line with its
# bar and PASS or SHORT.
#     bench_losses.sh [COMMAND] [PART...]
# Needs CVR_SHARED, the folder that README.md beside this file describes.
set -euo pipefail
export LC_ALL=C

all=(tables uci gray colour wide rows gated losses references)
source=$(dirname "$(dirname "$(readlink -f "$0")")")
command=$source/build/cvxrelu
if [ $# -gt 0 ] && [[ $1 == */* ]]; then
    command=$1
    shift
fi
[ $# -gt 0 ] || set -- "${all[@]}"
shared=${CVR_SHARED:?the folder of data, see README.md}
cifar=$shared/data/cifar10-airplane-automobile/train.bin.gz

# line NAME KEY BAR OPTIONS...: one run on one thread, and its KEY of the result (<= BAR).
line() {
    local name=$1 key=$2 bar=$3
    shift 3
    "$command" train convex --json -q --threads "${threads:-1}" "$@" 2>/dev/null |
        jq -r --arg name "$name" --arg key "$key" --argjson bar "$bar" \
            --arg options "${*//"$shared"/\$CVR_SHARED}" '
            def short: if type == "number" and . >= 1e-3 then tostring[0:8] else tostring end;
            (.outcome == "converged" or .outcome == "target_reached") as $ends
            | "| \($name) | \($key) | \($bar) | \(.[$key] | short) | "
            + (if $ends and .[$key] <= $bar then "PASS" else "SHORT" end)
            + " | \(.gap // "") | \(.iterations) | \(.cpu_seconds | short) | "
            + "\(100 * .phases.measure / .seconds | round) % | \(.solver) | `\($options)` |"' ||
        echo "| $name | $key | $bar | no result | SHORT | | | | | | |"
}

page_head() {
    echo "# The sampled program's certificates, measured"
    echo
    echo "Written by \`benchmarks/bench_losses.sh\`. \`cpu_seconds\` and \`seconds\` are result keys:"
    echo "setup and measuring included, reading the data not; one thread, parts wide, rows and"
    echo "gated two, by the wall. The options are those of \`cvxrelu train convex\`."
    echo
    echo "- processor: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores"
    echo "- $("$command" --version | head -n 1), commit $(git -C "$source" describe --always --dirty)"
    echo "- $(date -u +%F), load average at the start: $(cut -d' ' -f1-3 /proc/loadavg)"
}

part_tables() {
    local file
    for file in "$shared"/tables/*.train.csv; do
        line "$(basename "$file" .train.csv)" cpu_seconds 10 --data "$file" \
            --formulation relu --tolerance 1e-3 --max-iterations 3000
    done
}

part_uci() {
    local relu=(--formulation relu --tolerance 1e-6 --max-iterations 3000)
    line balanced cpu_seconds 0.6 --data "$shared/field/64-bal0.5.csv" "${relu[@]}"
    line pima cpu_seconds 0.25 --data "$shared/data/uci/pima.csv" "${relu[@]}"
    line chess-krvkp cpu_seconds 5 --data "$shared/data/uci/chess-krvkp.csv" "${relu[@]}"
    line spambase cpu_seconds 20 --data "$shared/data/uci/spambase.csv.gz" "${relu[@]}"
    line image-segmentation cpu_seconds 15 \
        --data "$shared/data/uci/image-segmentation.csv" "${relu[@]}"
}

part_gray() {
    local gray=(--data "$cifar" --rows 1000 --gray --resize 10x10)
    line gray-1e-4 cpu_seconds 0.9 "${gray[@]}" --formulation relu --patterns 10 \
        --tolerance 1e-4
    line gray-1e-6 cpu_seconds 1.1 "${gray[@]}" --formulation relu --patterns 10 \
        --tolerance 1e-6
    line logistic-1e-3 iterations 40 "${gray[@]}" --formulation gated --loss logistic \
        --patterns 20 --beta-relative 0.05 --tolerance 1e-3
    line logistic-1e-6 iterations 90 "${gray[@]}" --formulation gated --loss logistic \
        --patterns 20 --beta-relative 0.05 --tolerance 1e-6
}

part_colour() {
    local colour=(--data "$cifar" --rows 1000 --formulation relu --patterns 20)
    line colour-1e-3 cpu_seconds 40 "${colour[@]}" --tolerance 1e-3
    line colour-1e-6 cpu_seconds 60 "${colour[@]}" --tolerance 1e-6
}

# On two threads: by the wall.
part_wide() {
    threads=2 line wide-1e-2 seconds 15 --data "$cifar" --rows 2000 --formulation relu \
        --patterns 50 --tolerance 1e-2
    threads=2 line wide-1e-4 seconds 40 --data "$cifar" --rows 2000 --formulation relu \
        --patterns 50 --tolerance 1e-4
}

# All rows, a square of 10000 to factor. On two threads: by the wall.
part_rows() {
    local rows=(--data "$cifar" --formulation relu --patterns 50 --time-limit 400)
    threads=2 line rows-1.8e-2 seconds 300 "${rows[@]}" --tolerance 1.8e-2
    threads=2 line rows-1e-2 seconds 100 "${rows[@]}" --tolerance 1e-2
    threads=2 line rows-1e-3 seconds 300 "${rows[@]}" --tolerance 1e-3
}

part_gated() {
    threads=2 line gated-1e-6 seconds 6.5 --data "$cifar" --formulation gated \
        --patterns 50 --tolerance 1e-6 --precision double
    threads=2 line train-0.97 seconds 0.6 --data "$cifar" --patterns 50 --beta 0.001 \
        --normalize global --target-train-accuracy 0.97 --precision single
}

part_losses() {
    local loss kind
    for kind in gated gated-ridge relu; do
        for loss in logistic hinge squared-hinge; do
            line "$kind-$loss" iterations 3000 --data "$cifar" --rows 1000 --gray \
                --resize 10x10 --patterns 20 --beta-relative 0.05 --loss $loss \
                --formulation $kind --tolerance 1e-6 --max-iterations 3000
        done
        for loss in huber absolute quantile; do
            line "$kind-$loss" iterations 3000 --formulation $kind --loss $loss \
                --data "$shared/tables/boston-housing.train.csv" --tolerance 1e-6 \
                --max-iterations 3000
        done
    done
}

# Known optima: excess and shortfall of the bounds.
part_references() {
    local at p more
    for at in "$shared"/reference/losses/*/; do
        p=$at/problem.json
        more=()
        [[ $(jq -r .weights "$p") != weights.csv* ]] || more+=(--weights "$at/weights.csv")
        [ "$(jq -r .weights "$p")" != class_weights ] || more+=(--class-weights
            "$(jq -r '.class_weights | to_entries | map("\(.key):\(.value)") | join(",")' "$p")")
        [ "$(jq .huber_delta "$p")" = null ] || more+=(--huber-width "$(jq .huber_delta "$p")")
        line "$(basename "$at")" gap 1e-7 --data "$at/data.csv" --gates "$at/gates.csv" \
            --target y0 --normalize none --tolerance 1e-7 --max-iterations 20000 \
            --bias "$(jq -r 'if .free_bias then "free" else "none" end' "$p")" \
            --formulation "$(jq -r .model "$p")" --loss "$(jq -r .loss "$p")" \
            --beta "$(jq .beta "$p")" "${more[@]}"
    done
}

page_head
for part in "$@"; do
    printf '\n## %s\n\n' "$part"
    echo "| what | key | bar | figure | | gap | iterations | CPU s | measuring | solver | options |"
    echo "|---|---|---|---|---|---|---|---|---|---|---|"
    "part_$part"
done

#!/usr/bin/env bash
# Cora with its public split (140 nodes to train on, 1000 to test): accuracies of the last iterate,
# seeds 1 to 3 and their mean, and what has to hold. Ends with 1 where something does not.
#     bench_cora.sh COMMAND FOLDER
# FOLDER has cora.svm.gz, cora.edges.tsv and cora.split.tsv.
set -euo pipefail
command=$1 folder=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
data=(--data "$folder/cora.svm.gz" --graph "$folder/cora.edges.tsv" --split "$folder/cora.split.tsv")
sums=(--node-rows sum --normalize scale)
paper=(pdadmm --ridge 0.3 --penalty-copy 4)
missed=0

# accuracy ARGUMENTS: of one run on test nodes
accuracy() { "$command" train "$@" "${data[@]}" --json -q | jq .test_accuracy; }

# three NAME LEAST ARGUMENTS: sets mean
three() {
    local name=$1 least=$2 all="" seed
    shift 2
    for seed in 1 2 3; do
        all+=" $(accuracy "$@" --seed $seed)"
    done
    judge "$name" "$least" "$all"
}

# judge NAME LEAST "A B C"
judge() {
    mean=$(awk '{ printf "%.4f", ($1 + $2 + $3) / 3 }' <<<"$3")
    printf '%-44s %s  mean %s%s\n' "$1" "$3" "$mean" "${2:+, at least $2}"
    [ -z "$2" ] || awk "BEGIN { exit !($mean >= $2) }" || { echo "  does not hold" && missed=1; }
}

# grown: 1, then 4, then 9 hidden layers of 100 units
grown() {
    local all="" seed four=100,100,100,100
    for seed in 1 2 3; do
        accuracy "${paper[@]}" --layers 100 --seed $seed --max-iterations 40 -o "$work/1" >"$work/1.txt"
        accuracy "${paper[@]}" --layers $four --grow-from "$work/1" --seed $seed --max-iterations 20 \
            -o "$work/4" >"$work/4.txt"
        all+=" $(accuracy "${paper[@]}" --layers $four,$four,100 --grow-from "$work/4" --seed $seed \
            --max-iterations 20)"
    done
    judge "pdadmm, grown to 9 x 100" .78 "$all"
}

one=(--layers 200 --max-iterations 40)
three "pdadmm, hops scaled" .80 "${paper[@]}" "${one[@]}"
hops=$mean
three "pdadmm, rows sum to 1" .79 "${paper[@]}" "${one[@]}" "${sums[@]}"
rows=$mean
for bits in 16 8 4; do
    # 16 bits within .3 point of what is not coded, 8 within 1; of 4 nothing is asked
    below=$([ $bits = 16 ] && echo .003 || echo .01)
    least_hops=$(awk "BEGIN { print $hops - $below }") least_rows=$(awk "BEGIN { print $rows - $below }")
    [ $bits != 4 ] || least_hops="" least_rows=""
    three "pdadmm, hops scaled, $bits bits" "$least_hops" "${paper[@]}" "${one[@]}" --quantise $bits
    three "pdadmm, rows sum to 1, $bits bits" "$least_rows" "${paper[@]}" "${one[@]}" "${sums[@]}" \
        --quantise $bits
done
grown
three "deep (refresh), hops scaled" "" deep --ridge 0.3 "${one[@]}"
three "adam, hops scaled" "" adam --layers 100 --max-iterations 60
three "convex, kernel" "" convex
exit $missed

#!/usr/bin/env bash
# Figure 4 of the convex paper: RBCD on the large problem, on more and less hardware.
# README.md has the claims.
. "$(dirname "$(dirname "$(readlink -f "$0")")")/lib.sh"

rows=2000 patterns=20 limit=3
if [ $mode = full ]; then
    rows=0 patterns=50 limit=60
fi
images "$rows"
convex=(convex "${train[@]}" "${test[@]}" --normalize global --patterns $patterns
    --beta 0.001 --tolerance 0 --certificate no --time-limit $limit --measure-every 1
    --max-iterations 100000 --cg-iterations 5)
paper=("${convex[@]}" --rho 0.01 --rho-slack 0.01 --inner-tolerance 0
    --over-relaxation 1 --primal rbcd)
cores=$(nproc)

run rbcd-one-double "${paper[@]}" --precision double --threads 1
run rbcd-one-single "${paper[@]}" --precision single --threads 1
run rbcd-all-single "${paper[@]}" --precision single --threads "$cores"
run rbcd-adapted "${convex[@]}" --primal rbcd --precision single --threads "$cores"
run block-rbcd "${convex[@]}" --primal block-rbcd --precision single --threads "$cores"
run block-pcg "${convex[@]}" --primal block-pcg --precision single --threads "$cores"
all=(rbcd-one-double rbcd-one-single rbcd-all-single rbcd-adapted block-rbcd block-pcg)

declare -A each pattern
for label in "${all[@]}"; do
    series "$label" seconds iterations loss train_accuracy test_accuracy pattern_accuracy \
        >"$out/$label.csv"
    pattern[$label]=$(first_at "$label" pattern_accuracy 0.97 seconds)
    each[$label]=$(jq '(.phases.primal + .phases.prox + .phases.dual) / .iterations' \
        "$out/$label.json")
done
say "each for $limit s, 5 sweeps or steps a u-step; $shown"
{
    row method iterations "s an iteration" "97 %, pattern: s" "pattern acc., best" "network, best" loss
    for label in "${all[@]}"; do
        row "$label" "$(figure iterations "$label")" "$(short "${each[$label]}")" \
            "$(short "${pattern[$label]}")" "$(best "$label" pattern_accuracy)" \
            "$(best "$label" train_accuracy)" "$(short "$(figure loss "$label")")"
    done
} | show

on="on $shown"
check "RBCD gets to 97 % (pattern) in $limit s, $on" "${pattern[rbcd-all-single]}" "<=" $limit \
    "$(short "${pattern[rbcd-all-single]}") s" \
    "best $(best rbcd-all-single pattern_accuracy)"
not_claimed "RBCD is 11 times as fast on a GPU as on a CPU" "there is no GPU backend"
check "RBCD gains from threads, a tenth at least, $on" "${each[rbcd-all-single]}" "<" \
    "$(calc "0.9 * ${each[rbcd-one-single]}")" \
    "$(short "${each[rbcd-one-single]}") s an iteration on 1 thread (double $(short \
        "${each[rbcd-one-double]}")), $(short "${each[rbcd-all-single]}") s on $cores"
check "ours: stepping with K^-1 (block-rbcd) is there before RBCD, $on" \
    "${pattern[block-rbcd]}" "<" "$(least "${pattern[rbcd-all-single]}" $limit)" \
    "$(short "${pattern[block-rbcd]}") against $(short "${pattern[rbcd-all-single]}") s"
check "ours: block-pcg is there before block-rbcd, $on" "${pattern[block-pcg]}" "<" \
    "${pattern[block-rbcd]}" \
    "$(short "${pattern[block-pcg]}") against $(short "${pattern[block-rbcd]}") s"
plot plot.gp

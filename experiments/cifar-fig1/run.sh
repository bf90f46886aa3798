#!/usr/bin/env bash
# Figure 1 of the convex paper: loss and accuracy by iteration for each way to do the u-step.
# README.md has the claims.
. "$(dirname "$(dirname "$(readlink -f "$0")")")/lib.sh"

small_images
paper=(--patterns 10 --beta 0.001 --rho 0.01 --rho-slack 0.01 --cg-iterations 10
    --inner-tolerance 0 --over-relaxation 1 --normalize global --certificate no --tolerance 0
    --measure-every 1)
steps=(direct cg diag-pcg nystrom-pcg rbcd block-pcg block-rbcd)

say "n = 1000, P = 10, beta = 0.001, rho = 0.01, 10 inner iterations; $shown"
for step in "${steps[@]}"; do
    run "$step" convex "${train[@]}" "${test[@]}" "${paper[@]}" --primal "$step" \
        --max-iterations 30
    series "$step" iterations seconds loss train_accuracy test_accuracy pattern_accuracy \
        >"$out/$step.csv"
done
# As in the paper, a two-layer network of as many neurons, by Adam.
run adam adam "${train[@]}" "${test[@]}" --normalize global --layers 10 --loss squared \
    --max-iterations 30 --measure-every 1
series adam iterations seconds loss train_accuracy test_accuracy pattern_accuracy \
    >"$out/adam.csv"
# And what the optimum is: adapted penalties, to a certified gap.
run certified convex "${train[@]}" "${test[@]}" --patterns 10 --beta-relative 0.01 \
    --normalize global --tolerance 1e-4 --max-iterations 100000 --time-limit 60

# at LABEL K KEY: a key after K iterations.
at() {
    jq -rs --argjson k "$2" --arg key "$3" \
        'map(select(.iterations == $k)) | .[0][$key] // "none"' "$out/$1.jsonl"
}
declare -A first
for step in "${steps[@]}" adam; do
    first[$step]=$(at "$step" 1 pattern_accuracy)
done
{
    row u-step "pattern acc., it. 1" "it. 5" "it. 30" "loss, it. 30" "train acc." "test acc." s
    for step in "${steps[@]}" adam; do
        row "$step" "${first[$step]}" "$(at "$step" 5 pattern_accuracy)" \
            "$(figure pattern_accuracy "$step")" "$(short "$(figure loss "$step")")" \
            "$(figure train_accuracy "$step")" "$(figure test_accuracy "$step")" \
            "$(short "$(figure seconds "$step")")"
    done
} | show

on="on $shown"
check "ADMM with the exact u-step fits almost at once: pattern accuracy .99 in one iteration, $on" \
    "${first[direct]}" ">=" 0.99 "${first[direct]}"
check "per iteration no inexact u-step of the paper beats the exact one, $on" \
    "${first[direct]}" ">=" "$(printf '%s\n' "${first[cg]}" "${first[diag-pcg]}" \
        "${first[nystrom-pcg]}" "${first[rbcd]}" | sort -g | tail -n 1)" \
    "after one iteration: $(for step in "${steps[@]:0:5}"; do
        printf '%s %s, ' "$step" "${first[$step]}"
    done | sed 's/, $//')"
check "the Nystrom preconditioner speeds CG up, $on" "${first[nystrom-pcg]}" ">" "${first[cg]}" \
    "after one iteration of 10 CG steps ${first[nystrom-pcg]} against ${first[cg]}"
check "ours: the block preconditioner K beats the Nystrom one, $on" "${first[block-pcg]}" ">" \
    "${first[nystrom-pcg]}" "${first[block-pcg]} against ${first[nystrom-pcg]}"
check "ours: the optimum is known to 1e-4, $on" "$(figure gap certified)" "<=" 1e-4 \
    "$(short "$(figure lower_bound certified)") <= P* <= $(short \
        "$(figure upper_bound certified)"), gap $(short "$(figure gap certified)") in $(short \
        "$(figure seconds certified)") s" \
    "not in 60 s"
plot plot.gp

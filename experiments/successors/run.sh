#!/usr/bin/env bash
# dlADMM, mDLAM and pdADMM, in the form that works and as published, beside Bregman-ADMM and
# Adam: test accuracy against iterations and seconds, and what the papers claim.
# README.md has the claims.
. "$(dirname "$(dirname "$(readlink -f "$0")")")/lib.sh"

if [ $mode = full ]; then
    files_mnist
    train+=(--rows 10000) steps=40
    layers=200,200
    shown="10000 rows of MNIST"
else
    gen glyphs images.npy --rows 3000 --classes 10 --noise 0.3 --seed 5
    gen glyphs tests.npy --rows 1000 --first 3000 --classes 10 --noise 0.3 --seed 5
    train=(--data "$out/images.npy") test=(--test "$out/tests.npy") steps=20
    layers=50,50
    shown="generated images"
fi
# An iteration of Adam is an epoch.
compare methods deep mdlam dladmm pdadmm mdlam:tube=shrinking,label=mdlam-kept \
    dladmm:published=yes,label=dladmm-published mdlam:published=yes,label=mdlam-published \
    pdadmm:published=yes,label=pdadmm-published adam:batch=100,label=adam \
    "${train[@]}" "${test[@]}" --layers $layers --precision single --threads 1 \
    --max-iterations $steps --measure-every 2 --tolerance 0 --seeds 3

declare -A tested
for method in deep mdlam dladmm pdadmm mdlam-kept dladmm-published mdlam-published \
    pdadmm-published adam; do
    tested[$method]=$(short "$(median methods $method test_accuracy)")
done
on="$steps iterations, median of 3 seeds, $shown"

# rises LABEL: how often the objective of the log rises.
rises() {
    jq -s '[.[].objective | select(. != null)] | [.[1:], .[:-1]] | transpose
        | map(select(.[0] > .[1] + 1e-9 * (.[1] | fabs))) | length' "$out/$1.jsonl"
}

# monotone LABEL METHOD OPTIONS...: on the first 1000 rows, without a ridge.
monotone() {
    run "$@" "${train[@]}" --rows 1000 --layers 30,20 --ridge 0 --max-iterations 30 \
        --measure-every 1 --tolerance 0
}
monotone falls-dladmm dladmm --loss softmax --penalty-top 0.55
monotone falls-pdadmm pdadmm --loss softmax --penalty-copy 4
monotone falls-mdlam mdlam --tube fixed
check "dlADMM: the Lagrangian falls in every iteration for rho > 2 H (KDD 2019), 1000 rows" \
    "$(rises falls-dladmm)" "<=" 0 "$(rises falls-dladmm) rises in 30"
check "pdADMM: it falls in every iteration for rho > 4 nu (ICDM 2020), 1000 rows" \
    "$(rises falls-pdadmm)" "<=" 0 "$(rises falls-pdadmm) rises in 30"
check "mDLAM: F falls in every iteration while the tube stays, momentum included (2022), 1000 rows" \
    "$(rises falls-mdlam)" "<=" 0 "$(rises falls-mdlam) rises in 30"
for method in dladmm mdlam pdadmm; do
    check "$method as published is at least as accurate as Adam (its paper), $on" \
        "${tested[$method-published]}" ">=" "${tested[adam]}" \
        "${tested[$method-published]}, Adam ${tested[adam]}"
done
for method in dladmm pdadmm; do
    check "ours: $method with exact steps and falling penalties beats the published form, $on" \
        "${tested[$method]}" ">" "${tested[$method-published]}" \
        "${tested[$method]} against ${tested[$method-published]}"
done
check "ours: the recentred tube is not more than .003 below Bregman-ADMM, $on" \
    "${tested[mdlam]}" ">=" "$(calc "${tested[deep]} - 0.003")" \
    "${tested[mdlam]} against ${tested[deep]}"
check "ours: it beats the published mDLAM, $on" "${tested[mdlam]}" ">" \
    "${tested[mdlam-published]}" "${tested[mdlam]} against ${tested[mdlam-published]}"

#!/usr/bin/env bash
# SVHN on 648 histograms of oriented gradients, 648-100-50-1, digit 0 against 2: ADMM without
# gradients beside conjugate gradients, stochastic gradients and Adam. README.md has the claims.
. "$(dirname "$(dirname "$(readlink -f "$0")")")/lib.sh"

# hog_images NAME ROWS FIRST: generated images as NPY of 28 x 28, labels beside them.
hog_images() {
    local file=$1 rows=$2
    gen glyphs "$file.csv" --rows "$rows" --first "$3" --noise 0.15 --seed 5
    cut -d , -f 785 "$out/$file.csv" >"$out/$file-labels.csv"
    cut -d , -f 1-784 "$out/$file.csv" >"$out/$file-pixels.csv"
    "$command" convert "$out/$file-pixels.csv" "$out/$file-flat.npy" --target none -q >/dev/null
    sed "1s/($rows, 784), }        /($rows, 28, 28), }     /" "$out/$file-flat.npy" \
        >"$out/$file.npy"
}

if [ $mode = full ]; then
    files_svhn
    train+=(--classes "0,2" --features hog648) its=50 limit=300
    shown="SVHN 0 against 2"
else
    hog_images images 3000 0
    hog_images tests 1000 3000
    train=(--data "$out/images.npy" --labels "$out/images-labels.csv" --resize 32x32
        --features hog648)
    test=(--test "$out/tests.npy" --test-labels "$out/tests-labels.csv")
    its=30 limit=4
    shown="generated images"
fi
common=("${train[@]}" "${test[@]}" --layers 100,50 --precision single --measure-every 1
    --time-limit $limit)
run admm deep "${common[@]}" --max-iterations $its
run paper deep "${common[@]}" --sweep paper --max-iterations $its
run cg cg "${common[@]}" --max-iterations 200
run sgd sgd "${common[@]}" --max-iterations $its
run adam adam "${common[@]}" --max-iterations $its
methods=(admm paper cg sgd adam)

goal=0.95
declare -A top when
for method in "${methods[@]}"; do
    series "$method" seconds iterations test_accuracy train_accuracy >"$out/$method.csv"
    top[$method]=$(best "$method" test_accuracy)
    when[$method]=$(first_at "$method" test_accuracy $goal seconds)
done
say "$(figure rows admm) rows; $shown"
{
    row method iterations "test acc., best" "train acc., best" "seconds to $goal" "s in all"
    for method in "${methods[@]}"; do
        row "$method" "$(figure iterations "$method")" "$(short "${top[$method]}")" \
            "$(short "$(best "$method" train_accuracy)")" "$(short "${when[$method]}")" \
            "$(short "$(figure seconds "$method")")"
    done
} | show

on="on $shown"
check "ADMM reaches $goal on test rows, $on" "${top[admm]}" ">=" $goal \
    "$(short "${top[admm]}"), after $(short "${when[admm]}") s"
check "ADMM as in the paper's order reaches $goal, $on" "${top[paper]}" ">=" $goal \
    "$(short "${top[paper]}"), after $(short "${when[paper]}") s"
for method in cg sgd; do
    check "ADMM is there before $method (paper: on thousands of cores against a GPU), $on" \
        "${when[admm]}" "<" "$(least "${when[$method]}" $limit)" \
        "$(short "${when[admm]}") against $(short "${when[$method]}") s" "on one machine"
done
check "ours: the best test accuracy is within .01 of Adam's, $on" "${top[admm]}" ">=" \
    "$(calc "${top[adam]} - 0.01")" "$(short "${top[admm]}"), Adam $(short "${top[adam]}")"
plot plot.gp

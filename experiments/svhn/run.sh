#!/usr/bin/env bash
# SVHN on 648 histograms of oriented gradients, 648-100-50-1, digit 0 against 2: ADMM without
# gradients beside conjugate gradients, stochastic gradients and Adam. README.md has the claims.
. "$(dirname "$(dirname "$(readlink -f "$0")")")/lib.sh"

# hog_images NAME ROWS FIRST: generated images as NPY of 28 x 28, labels beside them.
hog_images() {
    local file=$1 rows=$2
    gen glyphs "$file.csv" --rows "$rows" --first "$3" --classes 10 --noise 0.3 --seed 5
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
    hog_images images 6000 0
    hog_images tests 2000 6000
    train=(--data "$out/images.npy" --labels "$out/images-labels.csv" --classes "0,2"
        --resize 32x32 --features hog648)
    test=(--test "$out/tests.npy" --test-labels "$out/tests-labels.csv")
    its=30 limit=4
    shown="generated images, 0 against 2"
fi
goal=0.95
compare methods deep:max-iterations=$its,label=admm \
    deep:sweep=paper,max-iterations=$its,label=paper cg:max-iterations=200,label=cg \
    sgd:max-iterations=$its,label=sgd adam:max-iterations=$its,label=adam \
    "${train[@]}" "${test[@]}" --layers 100,50 --precision single --measure-every 1 \
    --time-limit $limit --goal $goal --goal-on test

declare -A tested when
for method in admm paper cg sgd adam; do
    tested[$method]=$(short "$(median methods $method test_accuracy)")
    when[$method]=$(short "$(median methods $method goal_seconds)")
done
on="on $shown"
check "ADMM reaches $goal on test rows, $on" "${tested[admm]}" ">=" $goal \
    "${tested[admm]}, there after ${when[admm]} s"
check "ADMM as in the paper's order reaches $goal, $on" "${tested[paper]}" ">=" $goal \
    "${tested[paper]}, there after ${when[paper]} s"
for method in cg sgd; do
    check "ADMM is there before $method (paper: on thousands of cores against a GPU), $on" \
        "${when[admm]}" "<" "$(least "${when[$method]}" $limit)" \
        "${when[admm]} against ${when[$method]} s" "on one machine"
done
check "ours: test accuracy is within .01 of Adam's, $on" "${tested[admm]}" ">=" \
    "$(calc "${tested[adam]} - 0.01")" "${tested[admm]}, Adam ${tested[adam]}"

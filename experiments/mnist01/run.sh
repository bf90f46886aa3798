#!/usr/bin/env bash
# MNIST's zeros against ones, 784-100-50-10-1: ADMM without gradients beside gradient descent.
# README.md has the claims.
. "$(dirname "$(dirname "$(readlink -f "$0")")")/lib.sh"

if [ $mode = full ]; then
    files_mnist
    train+=(--classes "0,1" --holdout 2665) steps=100
    shown="MNIST 0 against 1"
else
    gen glyphs images.npy --rows 8000 --classes 10 --noise 0.1 --seed 5
    train=(--data "$out/images.npy" --classes "0,1" --holdout 300) steps=60
    shown="generated images, 0 against 1"
fi
# Of gradient descent a step is one gradient of all rows.
compare methods deep:max-iterations=40,label=refresh \
    deep:sweep=paper,max-iterations=40,label=paper \
    deep:sweep=paper,init=gaussian,penalty-top=1,penalty-activation=10,penalty-weights=0.1,max-iterations=60,label=printed \
    sgd:batch=10000,momentum=0,learning-rate=0.1,max-iterations=$steps,label=descent \
    adam:max-iterations=10,label=adam \
    "${train[@]}" --layers 100,50,10 --precision single --measure-every 1 --seeds 3 \
    --goal 0.99 --goal-on test

declare -A tested
for method in refresh paper printed descent adam; do
    tested[$method]=$(short "$(median methods $method test_accuracy)")
done
on="median of 3 splits, $shown"
check "ADMM reaches .9906 on test rows (report), sweep paper, $on" "${tested[paper]}" ">=" \
    0.9906 "${tested[paper]}"
check "ADMM reaches .9906 on test rows (report), sweep refresh, $on" "${tested[refresh]}" \
    ">=" 0.9906 "${tested[refresh]}"
check "gradient descent reaches .9947 (report), $on" "${tested[descent]}" ">=" 0.9947 \
    "${tested[descent]} in $steps steps"
check "gradient descent is better than ADMM (report), $on" "${tested[descent]}" ">" \
    "${tested[refresh]}" \
    "${tested[descent]} against ${tested[refresh]} (refresh), ${tested[paper]} (paper)"
check "the penalties as printed (beta 1, gamma 10, Gaussian start) reach .9906 in 60 iterations, $on" \
    "${tested[printed]}" ">=" 0.9906 "${tested[printed]}" \
    "on its training rows it has $(short "$(median methods printed train_accuracy)")"
check "ours: 40 iterations come within .002 of Adam, $on" "${tested[refresh]}" ">=" \
    "$(calc "${tested[adam]} - 0.002")" "${tested[refresh]}, Adam ${tested[adam]}"

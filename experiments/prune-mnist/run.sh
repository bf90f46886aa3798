#!/usr/bin/env bash
# Pruning a network of three layers to a few of its weights: how much accuracy each way to
# choose them costs. README.md has the claims.
. "$(dirname "$(dirname "$(readlink -f "$0")")")/lib.sh"

densities=(0.078 0.036)
modes=(magnitude magnitude-refit l0)
if [ $mode = full ]; then
    files_mnist
    seeds=(1 2 3 4 5) images=6000 shown=MNIST
    net=(--layers 300,100 --max-iterations 10)
else
    gen glyphs images.npy --rows 2000 --classes 10 --noise 0.2 --seed 5
    gen glyphs tests.npy --rows 1000 --first 2000 --classes 10 --noise 0.2 --seed 5
    train=(--data "$out/images.npy") test=(--test "$out/tests.npy")
    seeds=(1 2) images=1000 shown="generated digits"
    net=(--layers 60,30 --max-iterations 10)
fi
net+=(--loss softmax --schedule cosine --weight-decay 1e-3 --precision single)

# prune SEED MODE DENSITY
prune() {
    tell "$2-$3-$1" "$command" prune --model "$out/dense-$1.safetensors" "${train[@]}" \
        "${test[@]}" --sample $images --seed "$1" --mode "$2" --density "$3" \
        -o "$out/$2-$3-$1.safetensors" --json
}

say "the seed draws initial weights, batches and the $images calibration images; $shown"
for seed in "${seeds[@]}"; do
    run "dense-$seed" adam "${train[@]}" "${test[@]}" "${net[@]}" --seed "$seed" \
        -o "$out/dense-$seed.safetensors"
    for way in "${modes[@]}"; do
        for density in "${densities[@]}"; do
            prune "$seed" "$way" "$density"
        done
    done
done

# mean KEY LABEL: over the seeds, of LABEL-SEED.
mean() {
    local seed sum=0
    for seed in "${seeds[@]}"; do
        sum="$sum + $(figure "$1" "$2-$seed")"
    done
    calc "($sum) / ${#seeds[@]}"
}

# points LABEL: lost, of 100.
points() {
    calc "100 * ($dense - $(mean test_accuracy "$1"))"
}

dense=$(mean test_accuracy dense)
declare -A lost
for way in "${modes[@]}"; do
    for density in "${densities[@]}"; do
        lost[$way-$density]=$(points "$way-$density")
    done
done
{
    row "test accuracy, mean of ${#seeds[@]}" "part kept" accuracy "points lost" "error" \
        "processor s"
    row dense 1 "$(short "$dense")" 0 0 -
    for way in "${modes[@]}"; do
        for density in "${densities[@]}"; do
            label=$way-$density
            row "$way" "$(short "$(mean density "$label")")" \
                "$(short "$(mean test_accuracy "$label")")" "$(short "${lost[$label]}")" \
                "$(short "$(mean error "$label")")" "$(short "$(mean cpu_seconds "$label")")"
        done
    done
} | show

on="on $shown"
# bar DENSITY PART POINTS: a claim about MNIST only.
bar() {
    local text="l0 at $2 of the weights loses at most $3 points, $on" found
    found="$(short "${lost[l0-$1]}") of dense $(short "$dense")"
    if [ $mode = full ]; then
        check "$text" "${lost[l0-$1]}" "<=" "$3" "$found"
    else
        not_claimed "$text" "$found; the bar is for MNIST"
    fi
}
bar 0.078 "7.8 %" 0.6
bar 0.036 "3.6 %" 1.2
for density in "${densities[@]}"; do
    check "l0 is better than the largest weights refitted, at $density, $on" \
        "${lost[l0-$density]}" "<" "${lost[magnitude-refit-$density]}" \
        "loses $(short "${lost[l0-$density]}") against $(short "${lost[magnitude-refit-$density]}")"
done

#!/usr/bin/env bash
# What more activation patterns buy: the optimum of the sampled program, and test accuracy.
# README.md has the claims.
. "$(dirname "$(dirname "$(readlink -f "$0")")")/lib.sh"

# ---- the optimum, certified: gates of P are the first of those of 2 P ----------------

counts=(3 6 12 24)
limit=10
[ $mode = quick ] || counts=(3 6 12 24 48) limit=60
small_images
for count in "${counts[@]}"; do
    run "relu-$count" convex "${train[@]}" "${test[@]}" --normalize global \
        --patterns "$count" --beta 5 --tolerance 1e-3 --max-iterations 100000 \
        --time-limit $limit --cg-iterations 50
done
{
    row "patterns, ReLU" "P* at least" "at most" gap "test acc." s
    for count in "${counts[@]}"; do
        label=relu-$count
        row "$count" "$(short "$(figure lower_bound "$label")")" \
            "$(short "$(figure upper_bound "$label")")" "$(short "$(figure gap "$label")")" \
            "$(figure test_accuracy "$label")" "$(short "$(figure seconds "$label")")"
    done
} | tee "$out/optimum.tsv" | show
{
    echo patterns,lower,upper
    for count in "${counts[@]}"; do
        echo "$count,$(figure lower_bound "relu-$count"),$(figure upper_bound "relu-$count")"
    done
} >"$out/optimum.csv"

on="on $shown"
few=${counts[0]} many=${counts[-1]}
check "more patterns lower the optimum, and it is proved, $on" \
    "$(figure upper_bound "relu-$many")" "<" "$(figure lower_bound "relu-$few")" \
    "P = $few: at least $(short "$(figure lower_bound "relu-$few")"), P = $many: at most $(short \
        "$(figure upper_bound "relu-$many")")"
# gain K: how much the optimum falls from counts[K] to counts[K + 1], by the middles.
middle() {
    calc "($(figure lower_bound "relu-$1") + $(figure upper_bound "relu-$1")) / 2"
}
last=$((${#counts[@]} - 1))
first_gain=$(calc "$(middle "$few") - $(middle "${counts[1]}")")
last_gain=$(calc "$(middle "${counts[last - 1]}") - $(middle "$many")")
check "each doubling buys less, $on" "$last_gain" "<" "$first_gain" \
    "$few to ${counts[1]} patterns: $(short "$first_gain"), ${counts[last - 1]} to $many: $(short "$last_gain")"

# ---- test accuracy, with a choice of the penalty -------------------------------------

counts=(20 50 200 500)
side=8
if [ $mode = full ]; then
    counts=(50 200 500 2000) side=6
fi
images $([ $mode = full ] && echo 0 || echo 1500)
kinds=(gaussian)
[ $mode = quick ] || kinds+=(patch)
for kind in "${kinds[@]}"; do
    for count in "${counts[@]}"; do
        run "ridge-$kind-$count" convex "${train[@]}" "${test[@]}" --normalize global \
            --formulation gated-ridge --gate-kind "$kind" --gate-size $side \
            --patterns "$count" --precision single --path 5 --holdout 0.2
    done
done
{
    row "patterns, gated ridge" "${kinds[@]/%/: test acc.}" "${kinds[@]/%/: s}"
    for count in "${counts[@]}"; do
        cells=()
        for key in test_accuracy seconds; do
            for kind in "${kinds[@]}"; do
                cells+=("$(short "$(figure $key "ridge-$kind-$count")")")
            done
        done
        row "$count" "${cells[@]}"
    done
} | show
for kind in "${kinds[@]}"; do
    {
        echo patterns,accuracy
        for count in "${counts[@]}"; do
            echo "$count,$(figure test_accuracy "ridge-$kind-$count")"
        done
    } >"$out/accuracy-$kind.csv"
done
few=$(figure test_accuracy "ridge-gaussian-${counts[0]}")
many=$(figure test_accuracy "ridge-gaussian-${counts[-1]}")
check "many gates help on test rows (gated ridge), $on" "$many" ">=" \
    "$(calc "$few + 0.01")" "P = ${counts[0]}: $few, P = ${counts[-1]}: $many"
if [ $mode = full ]; then
    check "2000 gates reach .911 (prototype), $on" "$many" ">=" 0.911 "$many"
    patches=$(figure test_accuracy ridge-patch-2000)
    check "ours: gates on patches are better still, $on" "$patches" ">" "$many" \
        "$patches against $many"
fi
plot plot.gp

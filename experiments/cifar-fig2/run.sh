#!/usr/bin/env bash
# Figure 2 of the convex paper: the condition number of the u-step's system against the rank
# of the Nystrom preconditioner; ours beside it. README.md has the claims.
. "$(dirname "$(dirname "$(readlink -f "$0")")")/lib.sh"

program=$(dirname "$command")/experiments/condition
if [ ! -x "$program" ]; then
    install_packages "${packages[@]}"
    build_in "$build" -DCVR_EXPERIMENTS=ON
    program=$build/experiments/condition
fi

small_images 0.1 # condition number near that of photographs
patterns=5 ranks=(5 10 20 50 100 200) side=0 cones=(1)
if [ $mode = full ]; then
    patterns=10 ranks=(10 20 50 100 200 400) side=10 cones=(1 0)
fi
for kappa in "${cones[@]}"; do
    tell "condition-$kappa" "$program" "${train[1]}" 1000 $side $patterns 0.001 "$kappa" \
        "${ranks[@]}"
    cp "$out/condition-$kappa.json" "$out/condition-$kappa.csv"
done

# of PRECONDITIONER [RANK [KAPPA]]
of() {
    awk -F, -v which="$1" -v rank="${2:-0}" '$1 == which && $2 == rank { print $3 }' \
        "$out/condition-${3:-1}.csv"
}

{
    row "n = 1000, P = $patterns, rho = 0.001" "condition number" "times none"
    while IFS=, read -r which rank number; do
        [ "$rank" = 0 ] || which+=", rank $rank"
        row "$which" "$(short "$number")" "$(short "$(calc "$number / $(of none)")")"
    done < <(tail -n +2 "$out/condition-1.csv")
} | show

on="on $shown"
plain=$(of none)
check "the diagonal preconditioner does not lower the condition number, $on" \
    "$(of diagonal)" ">=" "$plain" "$(short "$plain" to "$(of diagonal)")" "it does here"
ratio=$(calc "$plain / $(of nystrom 100)")
verdict=fails
awk -v r="$ratio" 'BEGIN { exit !(r >= 50 && r <= 200) }' && verdict=holds
claim "rank 100 divides it by about 100 (50 to 200), $on" $verdict \
    "$(short "$plain" to "$(of nystrom 100)"), by $(short "$ratio")" "another factor"
if [ $mode = full ]; then
    check "rank 100 divides it by at least 50 without cones, as in the published code, $on" \
        "$(calc "$(of none 0 0) / $(of nystrom 100 0)")" ">=" 50 \
        "$(short "$(of none 0 0)" to "$(of nystrom 100 0)")"
fi
check "ours: K alone is better than Nystrom of rank 100, $on" "$(of block)" "<" \
    "$(of nystrom 100)" "$(short "$(of block)" against "$(of nystrom 100)")"
check "ours: K and Nystrom of rank 100 is better than either, $on" \
    "$(of block-nystrom 100)" "<" "$(printf '%s\n' "$(of block)" "$(of nystrom 100)" |
        sort -g | head -n 1)" "$(short "$(of block-nystrom 100)")"
plot plot.gp

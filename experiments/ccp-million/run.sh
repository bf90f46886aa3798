#!/usr/bin/env bash
# "N of a million in less than a minute on a typical laptop": the ccp note's figure, for its
# own algorithm and for ours. README.md has the claims.
. "$(dirname "$(dirname "$(readlink -f "$0")")")/lib.sh"

rows=100000
[ $mode = quick ] || rows=1000000
fixed=(--outer 10 --inner 100 --restarts 0 --start zero)
solvers=(newton graph consensus)
say "N = $rows, lambda = 0.1 lambda_max; consensus: 10 majorisers of 100 iterations"
for d in 20 100; do
    gen relu-regression "data-$d.npy" --rows $rows --features $d --seed 1
    for solver in "${solvers[@]}"; do
        with=()
        [ "$solver" != consensus ] || with=("${fixed[@]}")
        run "$solver-$d" ccp --data "$out/data-$d.npy" --task regress --bias penalised \
            --solver "$solver" \
            "${with[@]}" --measure-every 1
        series "$solver-$d" seconds objective >"$out/$solver-$d.csv"
    done
    [ $mode = quick ] || rm -f "$out/data-$d.npy"
done

# seconds LABEL: as if N were a million.
seconds() {
    calc "$(figure seconds "$1") * 1000000 / $rows"
}
# lowest D: the least objective of the three.
lowest() {
    least "$(figure objective "newton-$1")" "$(figure objective "graph-$1")" \
        "$(figure objective "consensus-$1")"
}
{
    row "N = $rows" seconds "per million" F "F / best - 1" gap
    for d in 20 100; do
        best=$(lowest $d)
        for solver in "${solvers[@]}"; do
            F=$(figure objective "$solver-$d")
            row "$solver, d = $d" "$(short "$(figure seconds "$solver-$d")")" \
                "$(short "$(seconds "$solver-$d")")" "$(short "$F")" \
                "$(short "$(calc "$F / $best - 1")")" "$(short "$(figure gap "$solver-$d")")"
        done
        # Where the logs meet the axis of the plot.
        for solver in "${solvers[@]}"; do
            awk -F, -v OFS=, -v best="$best" 'NR == 1 { print "seconds", "excess" }
                NR > 1 { print $1, $2 / best - 1 + 1e-16 }' "$out/$solver-$d.csv" \
                >"$out/excess-$solver-$d.csv"
        done
    done
} | show

how="N = $rows"
[ $mode = full ] || how="$how, times 10"
for d in 20 100; do
    for solver in consensus graph newton; do
        whose=ours:
        [ $solver != consensus ] || whose="the note's algorithm:"
        took=$(seconds $solver-$d)
        check "$whose $solver, d = $d: a million rows in less than a minute" "$took" "<" 60 \
            "$(short "$took") s; $how"
    done
done
plot plot.gp

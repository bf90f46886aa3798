#!/usr/bin/env bash
# Refinement against L-BFGS: from the same network, `train lbfgs` with twice the iterations and
# `train convex --start --refine 2`, on the same objective, for three seeds. Heart disease and
# Boston housing, rows i mod 4 != 3, standardised, a column of ones among the features, penalty
# .02 and .01 of beta_max over 100 Gaussian gates, 100 and 60 neurons. The bar: 0.3 % lower.
#     bench_refine.sh [COMMAND] [PART...]
# Needs CVR_SHARED, the folder that README.md beside this file describes. Iterations of L-BFGS
# in STEPS (1500).
set -euo pipefail
export LC_ALL=C

all=(heart boston tiny)
source=$(dirname "$(dirname "$(readlink -f "$0")")")
command=$source/build/cvxrelu
if [ $# -gt 0 ] && [[ $1 == */* ]]; then
    command=$(readlink -f "$1")
    shift
fi
[ $# -gt 0 ] || set -- "${all[@]}"
shared=${CVR_SHARED:?the folder of data, see README.md}
steps=${STEPS:-1500}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# prepare FILE: $work/train.csv; prints rows, and beta_max of 100 Gaussian gates.
prepare() {
    awk -F, -v out="$work/train.csv" '
    function gauss() { return sqrt(-2 * log(1 - rand())) * cos(6.283185307179586 * rand()) }
    NR > 1 && (NR - 2) % 4 != 3 {
        n++
        d = NF
        for (j = 1; j <= d; j++) {
            x[n, j] = $j
            mean[j] += $j
        }
    }
    END {
        for (j = 1; j <= d; j++) {
            mean[j] /= n
            for (i = 1; i <= n; i++)
                square[j] += (x[i, j] - mean[j]) ^ 2
            for (i = 1; i <= n; i++)
                x[i, j] = (x[i, j] - mean[j]) / sqrt(square[j] / n)
        }
        for (j = 1; j < d; j++)
            printf "x%d,", j >out
        print "one,y" >out
        for (i = 1; i <= n; i++) {
            for (j = 1; j < d; j++)
                printf "%.12g,", x[i, j] >out
            printf "1,%.12g\n", x[i, d] >out
        }
        srand(1)
        for (k = 0; k < 100; k++) {
            for (j = 1; j <= d; j++) {
                h[j] = gauss()
                g[j] = 0
            }
            for (i = 1; i <= n; i++) {
                z = h[d]
                for (j = 1; j < d; j++)
                    z += x[i, j] * h[j]
                for (j = 1; j < d && z >= 0; j++)
                    g[j] += x[i, j] * x[i, d]
                g[d] += z >= 0 ? x[i, d] : 0
            }
            size = 0
            for (j = 1; j <= d; j++)
                size += g[j] * g[j]
            most = size > most ? size : most
        }
        print n, sqrt(most)
    }' "$1"
}

# train METHOD SEED OPTIONS...: the result.
train() {
    local method=$1 seed=$2
    shift 2
    "$command" train "$method" --data "$work/train.csv" --task regress --target y --bias none \
        --normalize none --seed "$seed" --json -q "$@" 2>/dev/null
}

# part FILE FRACTION WIDTH
part() {
    local n most beta seed first twice refined
    read -r n most < <(prepare "$1")
    beta=$(awk -v b="$most" -v f="$2" 'BEGIN { printf "%.10g", b * f }')
    for seed in 1 2 3; do
        local net=(--layers "$3" --tolerance 0 --weight-decay
            "$(awk -v b="$beta" -v n="$n" 'BEGIN { printf "%.17g", b / n }')")
        first=$(train lbfgs "$seed" "${net[@]}" --max-iterations "$steps" -o "$work/start.st")
        twice=$(train lbfgs "$seed" "${net[@]}" --max-iterations "$((2 * steps))")
        refined=$(train convex "$seed" --formulation relu --start "$work/start.st" --refine 2 \
            --beta "$beta" --tolerance 1e-4 --log "$work/log.jsonl")
        jq -rn --argjson n "$n" --argjson a "$first" --argjson b "$twice" \
            --argjson c "$refined" --arg name "$name seed $seed" '
            ($b.objective * $n) as $twice | (1 - $c.objective / $twice) as $gain |
            "\($name): L-BFGS \($a.objective * $n), twice \($twice), refined \($c.objective), "
            + "\(100 * $gain) % lower (bar 0.3)  "
            + (if $gain >= 0.003 then "PASS" else "SHORT" end)
            + "  violation \($c.pattern_violation), \($c.active_neurons) neurons, CPU s "
            + "\($b.cpu_seconds) (\($b.iterations) steps, \($b.outcome)) against "
            + "\($c.cpu_seconds) (\($c.iterations) programs)"'
        jq -rs '"    by iteration: \(map(.objective * 1e3 | round / 1e3 | tostring) | join(" "))"' \
            "$work/log.jsonl"
    done
}

part_heart() { part "$shared/data/uci/statlog-heart.csv" 0.02 100; }
part_boston() { part "$shared/data/regression/boston-housing.csv" 0.01 60; }

# Random targets in two dimensions: refined from 5 Gaussian gates against all patterns.
part_tiny() {
    local seed best refined
    for seed in 1 2 3 4 5; do
        awk -v seed="$seed" 'BEGIN {
            srand(seed)
            print "a,b,y"
            for (i = 0; i < 20; i++) {
                for (j = 0; j < 3; j++)
                    printf "%.10g%s", sqrt(-2 * log(1 - rand())) * cos(6.2831853 * rand()),
                        j < 2 ? "," : "\n"
            }
        }' >"$work/train.csv"
        best=$(train convex "$seed" --formulation relu --enumerate --beta 0.5 --tolerance 1e-9 \
            --max-iterations 5000)
        refined=$(train convex "$seed" --formulation relu --patterns 5 --refine 6 --beta 0.5 \
            --tolerance 1e-7 --refine-gates 80)
        jq -rn --argjson a "$best" --argjson b "$refined" --arg name "tiny seed $seed" '
            ($b.objective / $a.lower_bound - 1) as $above |
            "\($name): all \($a.patterns) patterns \($a.objective) (gap \($a.gap)), refined "
            + "\($b.objective), \($above) above (bar 1e-5)  "
            + (if $above <= 1e-5 then "PASS" else "SHORT" end)'
    done
}

for name in "$@"; do
    "part_$name"
done

#!/usr/bin/env bash
# The best test accuracy on images: features without a gradient and kernels of all rows.
#     bench_images.sh [COMMAND] [-n SEEDS] [--out DIR] [--rows N] [PART...]
# Each line is a mean over the seeds 1 .. SEEDS; seconds are the key `seconds` (reading is
# not in them). Choices are made by training rows. README.md beside it says what is needed.

# shellcheck disable=SC2034,SC2154 # lib.sh reads and sets them
all=(hog conv conv-hog oriented everything local compact compact-gates auto mnist-10000 mnist-20000
    mnist-conv mnist-60000 mnist-60000-conv)
runs=3
rows=0
# shellcheck source=benchmarks/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
begin images rows "$@"
mnist=$CVR_SHARED/data/mnist
pair=(--data "$images/train.bin.gz" --test "$images/test.bin.gz")
digits=(--data "$mnist/train-images-idx3-ubyte.gz" --test "$mnist/t10k-images-idx3-ubyte.gz")
[ "$rows" = 0 ] || pair+=(--rows "$rows")

declare -A options=(
    [hog]="--features hog648"
    [conv]="--features conv"
    [conv-hog]="--features conv+hog648"
    [oriented]="--features oriented"
    [everything]="--features conv+oriented+hog648"
    [local]="--features pixels --kernel local"
    [compact]="--features conv+hog648 --components 256 --compact landmarks=5000"
    [compact-gates]="--features conv+hog648 --components 256 --compact gates=2000"
    [auto]="--features auto"
    [mnist-10000]="--rows 10000"
    [mnist-20000]="--rows 20000"
    [mnist-conv]="--rows 10000 --features conv"
    [mnist-60000]=""
    [mnist-60000-conv]="--features conv+oriented --filters 300"
)
# Accuracy at least, seconds and GB at most; "" for no bar.
declare -A bars=(
    [hog]=".967 12 -" [conv]=".968 30 -" [conv-hog]=".978 40 2" [oriented]=".979 25 -"
    [everything]=".982 50 3.2" [mnist-10000]=".969 12 -" [mnist-20000]=".978 60 -"
    [mnist-conv]=".987 45 -" [local]=".925 40 -" [compact]=".970 - -" [compact-gates]=".970 - -" [auto]=".982 - -"
    [mnist-60000]=".976 60 -" [mnist-60000-conv]=".992 150 4"
)

# Operations an image: products of its patches with the filters, as patches.c makes them.
declare -A each=(
    [conv]=6.3e7 [conv-hog]=6.3e7 [oriented]=3.9e7 [everything]=1.02e8 [compact]=6.3e7 [compact-gates]=6.3e7
    [auto]=1.02e8 [mnist-conv]=1.52e7 [mnist-60000-conv]=3.2e7
)
# Operations a second of a square product, when bench_ops is built; "" for none.
bench_ops=$build/benchmarks/bench_ops
rate=
[ ! -x "$bench_ops" ] ||
    rate=$("$bench_ops" 0.5 single | awk '!found && /^floors/ { print $2 * 1e9; found = 1 }')

# over SECONDS ROWS FEATURES OPERATIONS_AN_IMAGE MEMBERS TESTS: seconds over those of the
# products alone at that rate: the features, the kernel's and one Cholesky factor; with
# MEMBERS landmarks the kernel's, the triangular solve and the sums; of TESTS rows, which
# are scored within these seconds, the features and the kernel's.
over() {
    [ -n "$rate" ] || { echo - && return; }
    awk -v s="$1" -v n="$2" -v f="$3" -v each="$4" -v m="$5" -v t="$6" -v rate="$rate" 'BEGIN {
        work = (n + t) * each + 2 * t * (m > 0 ? m : n) * f
        work += m > 0 ? 2 * n * m * f + 2 * n * m * m : n * n * f + n ^ 3 / 3
        printf "%.2f", s / (work / rate) }'
}

mean() { awk '{ sum += $1 } END { printf "%.4f", sum / NR }'; }
verdict() { # VALUE <=|>= BAR
    [ "$3" = - ] && return
    awk -v a="$1" -v b="$3" -v o="$2" \
        'BEGIN { print (o == "<=" ? a <= b : a >= b) ? "PASS" : "SHORT" }'
}

files=() # of compact models: part and bytes
table=$out/images.md
{
    echo "# Images: test accuracy, seconds, memory"
    echo
    echo "Written by \`benchmarks/bench_images.sh\`; every run is a line of \`images.jsonl\`."
    echo "$today, $commit, $(nproc) cores; load when begun: $(cut -d' ' -f1-3 /proc/loadavg)."
    echo
    echo "| part | accuracy (bar) | | seconds (bar) | | over the floor (1.4) | GB (bar) | | command |"
    echo "|---|---|---|---|---|---|---|---|---|"
} | tee "$table"
for part in "${parts[@]}"; do
    case $part in
    mnist*) data=("${digits[@]}") ;;
    auto) data=("${pair[@]}") ;;
    *) data=("${pair[@]}" --mirror) ;;
    esac
    [ -e "${data[1]}" ] || { echo "$part: skipped, no ${data[1]}" && continue; }
    rm -f "$work"/figures
    for seed in $(seq "$runs"); do
        # shellcheck disable=SC2206 # options are words
        line=("$command" train convex "${data[@]}" ${options[$part]} --formulation kernel
            --precision single --seed "$seed")
        run "${line[@]}" -o "$work/model.st" --json --quiet
        jq -c --arg part "$part" --arg commit "$commit" \
            --argjson bytes "$(stat -c %s "$work/model.st")" \
            '{part: $part, commit: $commit, model_bytes: $bytes,
              result: (. // {} | del(.options))}' \
            "$work/result" >>"$record"
        jq -r '"\(.test_accuracy) \(.seconds) \(.peak_memory_bytes / 1e9) \(.rows) \(.features)"' \
            "$work/result" \
            >>"$work/figures"
    done
    read -r least most size <<<"${bars[$part]}"
    accuracy=$(cut -d' ' -f1 "$work/figures" | mean)
    seconds=$(cut -d' ' -f2 "$work/figures" | mean)
    memory=$(cut -d' ' -f3 "$work/figures" | mean)
    read -r n features <<<"$(tail -n 1 "$work/figures" | cut -d' ' -f4-5)"
    case $part in mnist-60000*) points=6000 ;; compact) points=5000 ;; *) points=0 ;; esac
    case $part in mnist*) tests=10000 ;; *) tests=2000 ;; esac
    floor=$(over "$seconds" "$n" "$features" "${each[$part]:-0}" "$points" "$tests")
    echo "| $part | $accuracy ($least) | $(verdict "$accuracy" '>=' "$least") |" \
        "$seconds ($most) | $(verdict "$seconds" '<=' "$most") | $floor |" \
        "$memory ($size) | $(verdict "$memory" '<=' "$size") |" \
        "\`$(as_typed "${line[@]}")\` |" | tee -a "$table"
    [[ $part != compact* ]] || files+=("$part $(stat -c %s "$work/model.st")")
done
for file in "${files[@]}"; do
    megabytes=$(awk '{ printf "%.1f", $2 / 1e6 }' <<<"$file")
    printf '\nThe file of `%s`: %s MB (10) %s.\n' "${file% *}" "$megabytes" \
        "$(verdict "$megabytes" '<=' 10)" | tee -a "$table"
done

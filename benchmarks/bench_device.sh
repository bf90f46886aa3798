#!/usr/bin/env bash
# The whole check of a machine with a GPU, in at most 6 minutes: builds, compares all
# operations with their references, each method's figures with those of the processor, and
# times both.
#     bench_device.sh [BUILD_FOLDER]
# CUDA_HOME says where nvcc is, if it is not on the path. DATA, a file of rows, replaces the
# rows that are made. CVXRELU_CUDA names a plug-in that is there: then none is built, and the
# folder is one that is built already.
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "$0")")")
build=${1:-$root/build-cuda}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
began=$SECONDS failures=0

if [ -z "${CVXRELU_CUDA:-}" ]; then
    cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DCVR_CUDA=ON >"$work/log" &&
        cmake --build "$build" -j "$(nproc)" --target command test_ops cuda_plugin \
            >>"$work/log" 2>&1 || {
        tail -20 "$work/log"
        exit 1
    }
    echo "built in $((SECONDS - began)) s"
    export CVXRELU_CUDA=$build/libcvxrelu_cuda.so
fi
command=$build/cvxrelu
"$command" info --devices | grep '^devices'

echo "== operations"
"$build/tests/test_ops" cuda >"$work/log" 2>&1 || {
    grep -E 'ERROR|FAILED' "$work/log" || cat "$work/log"
    failures=$((failures + 1))
}
tail -1 "$work/log"

if [ -z "${DATA:-}" ]; then
    DATA=$work/rows.npy
    "$command" gen teacher --rows 10000 --features 500 -o "$DATA" >"$work/log" 2>&1
fi

# figure FILE KEY
figure() {
    sed -n "s/.*\"$2\":\([^,]*\),.*/\1/p" "$1"
}

# run DEVICE PRECISION METHOD [options]: the result is in $work/DEVICE.
run() {
    local device=$1 precision=$2
    shift 2
    timeout 60 "$command" train "$@" --data "$DATA" --device "$device" --precision "$precision" \
        --json >"$work/$device" 2>"$work/error"
}

# agree PRECISION METHOD [options]
agree() {
    local precision=$1 limit=1e-6
    [ "$precision" = double ] || limit=1e-2
    if ! run cpu "$@" || ! run cuda "$@"; then
        printf '%-64s failed: %s\n' "$*" "$(tail -1 "$work/error")"
        failures=$((failures + 1))
        return
    fi
    awk -v a="$(figure "$work/cpu" objective)" -v b="$(figure "$work/cuda" objective)" \
        -v limit=$limit -v what="$*" -v s="$(figure "$work/cpu" seconds)" \
        -v t="$(figure "$work/cuda" seconds)" 'BEGIN {
            gap = (a > b ? a - b : b - a) / (a > 0 ? a : 1)
            printf "%-64s %9.3f s %9.3f s  apart %.1e%s\n", what, s, t, gap,
                gap <= limit ? "" : "  TOO FAR"
            exit gap > limit
        }' || failures=$((failures + 1))
}

echo "== methods: seconds of the processor and of the device"
for precision in double single; do
    agree $precision convex --formulation relu --splitting slack --patterns 50 --max-iterations 30 --tolerance 0
    agree $precision convex --formulation relu --patterns 50 --primal block-pcg \
        --max-iterations 30 --tolerance 0
    agree $precision convex --formulation gated --patterns 50 --max-iterations 30 --tolerance 0
    agree $precision convex --formulation gated-ridge --patterns 50
    agree $precision deep --layers 100 --max-iterations 20
    agree $precision ccp --solver graph --max-iterations 10
    agree $precision adam --max-iterations 5
    agree $precision sgd --max-iterations 5
done
agree double convex --formulation kernel

echo "== the same bits twice"
run cuda double convex --formulation relu --splitting slack --patterns 50 --max-iterations 10 --tolerance 0
first=$(figure "$work/cuda" objective)
run cuda double convex --formulation relu --splitting slack --patterns 50 --max-iterations 10 --tolerance 0
[ "$first" = "$(figure "$work/cuda" objective)" ] || {
    echo "$first and then $(figure "$work/cuda" objective)"
    failures=$((failures + 1))
}

echo "$failures failures, $((SECONDS - began)) s"
[ "$failures" = 0 ]

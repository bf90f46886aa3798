#!/usr/bin/env bash
# How long the command takes to say something that needs no data: the median of 50 runs,
# with OpenBLAS as a user has it (threads, kernels), against the bar of 10 ms.
#     bench_startup.sh COMMAND
set -eu
command=${1:?bench_startup.sh COMMAND}
runs=50 bar=10000 slow=0
unset OPENBLAS_NUM_THREADS OMP_NUM_THREADS OPENBLAS_CORETYPE OPENBLAS_L2_SIZE

# Microseconds of one run.
once() {
    local began=${EPOCHREALTIME/./}
    "$command" "$@" >/dev/null
    printf '%s\n' $((${EPOCHREALTIME/./} - began))
}

for arguments in --version help "help --json" "train --help"; do
    # shellcheck disable=SC2086 # words
    middle=$(for _ in $(seq $runs); do once $arguments; done | sort -n |
        sed -n "$((runs / 2))p")
    printf 'cvxrelu %-12s %6d us\n' "$arguments" "$middle"
    [ "$middle" -le $bar ] || slow=1
done
[ $slow = 0 ] || { echo "above $bar us"; exit 1; }

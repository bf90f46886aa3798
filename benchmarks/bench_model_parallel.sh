#!/usr/bin/env bash
# Layers over processes: CPU seconds outside messages of the slowest of 1, 2 and 4 processes, and
# the bytes that they send, an iteration; 8 hidden layers of 500 units on 10000 rows unless said
# otherwise. Ends with 1 where 4 processes are less than 3 times as fast as 1, or where more than
# 2 numbers a unit and row (and a kilobyte) cross a cut.
#     bench_model_parallel.sh BENCH_GRID [ROWS [UNITS [HIDDEN]]]
# BENCH_GRID is built by cmake -DCVR_BENCHMARKS=ON. It counts no waiting: a machine with two cores
# will do.
set -euo pipefail
bench=$1
rows=${2:-10000} units=${3:-500} hidden=${4:-8}
export LC_ALL=C OPENBLAS_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 \
    OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1 \
    OMPI_MCA_btl_vader_single_copy_mechanism=none
missed=0

# measure METHOD PROCESSES GRID: sets seconds and bytes
measure() {
    local line
    line=$(mpirun -n "$2" "$bench" "$1" "$3" "$rows" "$units" "$hidden" | grep '^slowest')
    seconds=$(sed -E 's/slowest: ([0-9.]+) .*/\1/' <<<"$line")
    bytes=$(sed -E 's/.* ([0-9]+) bytes/\1/' <<<"$line")
}

printf '%-8s %-6s %10s %8s %14s\n' method grid "CPU s" faster bytes
for method in deep pdadmm; do
    measure $method 1 none
    one=$seconds
    printf '%-8s %-6s %10s %8s %14s\n' $method - "$seconds" - "$bytes"
    for grid in 1x2 1x4 2x2 4x1; do
        processes=$((${grid%x*} * ${grid#*x}))
        measure $method $processes $grid
        faster=$(awk "BEGIN { printf \"%.2f\", $one / $seconds }")
        printf '%-8s %-6s %10s %8s %14s\n' $method $grid "$seconds" "$faster" "$bytes"
        [ $grid = 1x4 ] || continue
        awk "BEGIN { exit !($faster >= 3 && $bytes - 3 * 2 * 8 * $units * $rows <= 1024) }" || missed=1
    done
done
exit $missed

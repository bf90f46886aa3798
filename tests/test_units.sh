#!/usr/bin/env bash
# y, y + 1000 and 1e6 y have the same r2 with every method: the short form of the benchmark.
#     test_units.sh COMMAND SOURCE_FOLDER
set -euo pipefail
said=$(bash "$2/benchmarks/bench_units.sh" "$(readlink -f "$1")" --short) || {
    printf '%s\n' "$said"
    echo "r2 depends on the unit of the targets"
    exit 1
}
[ "$(grep -c PASS <<<"$said")" -ge 28 ] || {
    printf '%s\n' "$said"
    echo "cases are missing"
    exit 1
}

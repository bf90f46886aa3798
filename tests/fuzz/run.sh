#!/usr/bin/env bash
# Runs every fuzzer and says what it did; fails when one has found something:
#     tests/fuzz/run.sh BUILD OUT [EXECUTIONS | SECONDSs] [JOBS] [NAME...]
# BUILD is a build with -DCMAKE_C_COMPILER=clang -DCVR_FUZZ=ON (target fuzzers), OUT the
# folder for corpora, logs and findings. A fuzzer starts from the seeds in the folder of its
# name, where there is one. As in
#     tests/fuzz/run.sh build-fuzz /tmp/found 1000000
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
build=$1 out=$2 amount=${3:-1000000} jobs=${4:-1}
names=("${@:5}")
case $amount in
    *s) limit=-max_total_time=${amount%s} ;;
    *) limit=-runs=$amount ;;
esac

# stat_of NAME LOG: a figure of libFuzzer's closing lines.
stat_of() { sed -n "s/^stat::$1: *//p" "$2"; }

fuzz_one() {
    local name=$1 log=$out/$1.log seeds=()
    mkdir -p "$out/corpus/$name"
    [ ! -d "$here/$name" ] || seeds=("$here/$name")
    if ! "$build/tests/$name" "$limit" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$out/$name-" "$out/corpus/$name" "${seeds[@]}" >"$log" 2>&1 \
        </dev/null; then
        printf '%-14s FAILED\n' "$name"
        tail -n 40 "$log"
        return 1
    fi
    printf '%-14s %9s executions, %6s a second, at most %s MB\n' "$name" \
        "$(stat_of number_of_executed_units "$log")" \
        "$(stat_of average_exec_per_sec "$log")" "$(stat_of peak_rss_mb "$log")"
}

[ ${#names[@]} -gt 0 ] || mapfile -t names < <(cd "$here" && printf '%s\n' fuzz_*.c |
    sed 's/\.c$//')
mkdir -p "$out"
# Freed memory is used again soon: faster than with the usual 256 MB in quarantine.
export ASAN_OPTIONS=quarantine_size_mb=16${ASAN_OPTIONS:+:$ASAN_OPTIONS} OPENBLAS_NUM_THREADS=1
export -f fuzz_one stat_of
export here build out limit
printf '%s\n' "${names[@]}" | xargs -P "$jobs" -I{} bash -euc 'fuzz_one {}'

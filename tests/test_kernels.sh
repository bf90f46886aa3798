#!/usr/bin/env bash
# The same gates and the same outputs under every kernel of OpenBLAS that this processor can
# run: images with areas of one grey, a model of each gate kind.
#     test_kernels.sh COMMAND
set -u
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/support/cli.sh"

# cores: names that OPENBLAS_CORETYPE takes and this processor runs.
cores() {
    grep -qw pni /proc/cpuinfo && echo Prescott
    grep -qw avx2 /proc/cpuinfo && grep -qw fma /proc/cpuinfo && echo Haswell
    grep -qw avx512vl /proc/cpuinfo && grep -qw avx512bw /proc/cpuinfo && echo SkylakeX
}

# apart A B: the largest difference of their numbers, as a part of A's largest.
apart() {
    paste -d, "$1" "$2" | awk -F, '
        function size(x) { return x < 0 ? -x : x }
        $1 + 0 == $1 { half = NF / 2
            for (j = 1; j <= half; j++) {
                if (size($j) > scale) scale = size($j)
                if (size($j - $(j + half)) > gap) gap = size($j - $(j + half)) } }
        END { printf "%.3g\n", (scale > 0) ? gap / scale : 1 }'
}

# close WHAT DIFFERENCE: at most 1e-9.
close() { awk -v x="$2" 'BEGIN { exit !(x <= 1e-9) }' || failed "$1 differs by $2"; }

# bytes: of whole numbers 0 to 255, a line each.
bytes() { printf '%b' "$(awk '{ printf "\\0%o", $1 }')"; }

# idx DIMENSIONS < NUMBERS: an IDX file of them.
idx() {
    { printf '%s\n' 0 0 8 $#
        for size in "$@"; do printf '%s\n' 0 0 $((size / 256)) $((size % 256)); done
        cat; } | bytes
}

# pictures WHAT: 120 labels, or images of 12 x 12: one of three bars, of one grey on another.
pictures() {
    awk -v what="$1" 'BEGIN {
        for (i = 0; i < 120; i++) {
            kind = i % 3; at = i * 7 % 9; low = i * 31 % 60; high = 100 + i * 53 % 150
            if (what == "labels") print kind
            else for (r = 0; r < 12; r++) for (c = 0; c < 12; c++) {
                x = (kind == 0) ? r : ((kind == 1) ? c : (r + c) / 2)
                print (x >= at && x < at + 3) ? high : low
            }
        } }'
}

mapfile -t names < <(cores 2>/dev/null)
[ ${#names[@]} -ge 2 ] || { echo "fewer than two kernels here: nothing to compare"; exit 0; }
pictures images | idx 120 12 12 >bars.idx
pictures labels | idx 120 >labels.idx
data=(--data bars.idx --labels labels.idx)
for kind in gaussian pairs 'patch --gate-size 5'; do
    for core in "${names[@]}"; do
        about="$kind under $core"
        export OPENBLAS_CORETYPE=$core
        # shellcheck disable=SC2086
        run train convex --formulation gated-ridge "${data[@]}" --patterns 30 \
            --gate-kind $kind -q --json -o "$core.st"
        exits 0
        value objective >"$core.objective"
        run predict --model "${names[0]}.st" "${data[@]}" --values -o "$core.csv"
        exits 0
        close "the objective" "$(apart "${names[0]}.objective" "$core.objective")"
        close "an output" "$(apart "${names[0]}.csv" "$core.csv")"
    done
done

verdict "a model of each gate kind is the same under ${names[*]}"

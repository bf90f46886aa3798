#!/usr/bin/env bash
# Files of HIGGS's size, read and written: seconds, the median of RUNS, with their bars.
#     bench_files.sh COMMAND [ROWS] [RUNS]
# ROWS x 28 numbers (500000, 270 MB of CSV) are generated in TMPDIR. PYTHON (python3) reads
# the same CSV by pandas, if it has that: reading should take at most 1.5 times as long.
set -euo pipefail
command=$(readlink -f "${1:?bench_files.sh COMMAND [ROWS] [RUNS]}")
rows=${2:-500000} runs=${3:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
slow=0

# seconds COMMAND...: the median of the runs.
seconds() {
    local began
    for _ in $(seq "$runs"); do
        began=${EPOCHREALTIME/./}
        "$@" >/dev/null
        printf '%s\n' $((${EPOCHREALTIME/./} - began))
    done | sort -n | sed -n "$((runs / 2 + 1))p" | awk '{ printf "%.2f", $1 / 1e6 }'
}

# verdict WHAT SECONDS BAR: bar 0: there is none.
verdict() {
    local word=
    [ "${3%.00}" = 0 ] || word=$(awk -v s="$2" -v b="$3" 'BEGIN { print s <= b ? "PASS" : "SHORT" }')
    printf '%-28s %8s s  %s\n' "$1" "$2" "${word:+$word (<= $3 s)}"
    [ "$word" != SHORT ] || slow=1
}

"$command" gen higgs-like --rows "$rows" -o rows.npy -q >/dev/null
for ending in csv svm; do
    verdict "write $ending" "$(seconds "$command" convert rows.npy "rows.$ending" -q)" 4
done
read_pandas=0
if "${PYTHON:-python3}" -c 'import pandas' 2>/dev/null; then
    python=$(seconds "${PYTHON:-python3}" -c 'import pandas')
    whole=$(seconds "${PYTHON:-python3}" -c 'import pandas; pandas.read_csv("rows.csv")')
    read_pandas=$(awk -v w="$whole" -v p="$python" 'BEGIN { printf "%.2f", w - p }')
    verdict "read csv by pandas" "$read_pandas" 0
fi
verdict "read csv" "$(seconds "$command" info rows.csv -q)" \
    "$(awk -v p="$read_pandas" 'BEGIN { printf "%.2f", 1.5 * p }')"
verdict "read svm" "$(seconds "$command" info rows.svm -q)" 0
verdict "read npy" "$(seconds "$command" info rows.npy -q)" 0
exit $slow

#!/usr/bin/env bash
# y, y + 1000 and 1e6 y are one problem: every method and formulation has the same r2 on them.
#     bench_units.sh [COMMAND] [--short] [PATTERN]
# COMMAND is a path (with a slash), build/cvxrelu when left out. The data are generated ones and
# the regression sets of CVR_SHARED/tables and CVR_SHARED/field, where these are; --short: 120
# generated rows alone. PATTERN: only cases that match it (awk's ~). A line a case and a set: r2
# on training and on test rows, the largest difference of either, and what it may be: 1e-6 in
# double, 1e-3 in single; 3e-2 for sgd, cg and bfgs in single, whose searches magnify the digits
# that y + 1000 has lost there. Ends with 1 when one is larger.
set -euo pipefail
export LC_ALL=C

source=$(dirname "$(dirname "$(readlink -f "$0")")")
command=$source/build/cvxrelu
short=no
pattern=.
for argument in "$@"; do
    case $argument in
    --short) short=yes ;;
    -*) sed -n '2,/^$/s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    */*) command=$argument ;;
    *) pattern=$argument ;;
    esac
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Nothing here depends on a clock: iterations are limited.
cases=(
    "convex"
    "convex --formulation relu --patterns 20 --max-iterations 200"
    "convex --formulation gated --patterns 20 --max-iterations 200"
    "convex --formulation gated-ridge --patterns 20"
    "deep"
    "deep --sweep paper"
    "deep --validation 0.2"
    "ccp"
    "ccp --solver graph"
    "ccp --solver consensus --restarts 2"
    "adam --max-iterations 50"
    "sgd --max-iterations 50"
    "cg --max-iterations 30"
    "bfgs --max-iterations 30"
)

# ---- data --------------------------------------------------------------------------

# changed FILE TIMES PLUS: the file with its last column times one number plus another.
changed() {
    awk -F , -v OFS=, -v times="$2" -v plus="$3" \
        'NR > 1 { $NF = sprintf("%.17g", $NF * times + plus) } { print }' "$1"
}

# add NAME TRAIN [TEST]: a set in its three units.
sets=()
add() {
    local part
    sets+=("$1")
    for part in train test; do
        local file=${2}
        [ $part = train ] || file=${3:-}
        [ -n "$file" ] || continue
        changed "$file" 1 0 >"$work/$1.$part.same.csv"
        changed "$file" 1 1000 >"$work/$1.$part.shifted.csv"
        changed "$file" 1e6 0 >"$work/$1.$part.scaled.csv"
    done
}

generate() {
    "$command" gen "$1" --rows "$2" --features 6 --noise 0.3 --seed 3 -o "$work/$3" >/dev/null
}

rows=1000
[ $short = no ] || rows=120
generate relu-regression $rows train.csv
"$command" gen relu-regression --rows 100 --features 6 --noise 0.3 --seed 3 --first $rows \
    -o "$work/test.csv" >/dev/null
add generated "$work/train.csv" "$work/test.csv"
if [ $short = no ] && [ -d "${CVR_SHARED:-/nonexistent}/tables" ]; then
    for name in abalone boston-housing cpusmall kin8nm; do
        add $name "$CVR_SHARED/tables/$name.train.csv" "$CVR_SHARED/tables/$name.test.csv"
    done
    add celsius "$CVR_SHARED/field/65-celsius.csv"
fi

# ---- runs --------------------------------------------------------------------------

# r2 SET UNIT PRECISION OPTIONS...: r2 on training and test rows; nan where there are none.
r2() {
    local set=$1 unit=$2 precision=$3 test=()
    shift 3
    [ ! -f "$work/$set.test.$unit.csv" ] || test=(--test "$work/$set.test.$unit.csv")
    "$command" train "$@" --data "$work/$set.train.$unit.csv" "${test[@]}" --task regress \
        --target last --bias free --precision "$precision" --threads 1 -q --json \
        >"$work/result" 2>"$work/said" || {
        cat "$work/said" >&2
        return 1
    }
    sed -n 's/.*"train_r2":\([^,]*\),"test_r2":\([^,]*\),.*/\1 \2/p' "$work/result" |
        sed 's/null/nan/g'
}

# most PRECISION METHOD
most() {
    case $1:$2 in
    double:*) echo 1e-6 ;;
    single:sgd | single:cg | single:bfgs) echo 3e-2 ;;
    *) echo 1e-3 ;;
    esac
}

# verdict MOST "TRAIN TEST" "TRAIN TEST" "TRAIN TEST": the rest of a line.
verdict() {
    printf '%s\n' "${@:2}" | awk -v most="$1" '
        function apart(a, b) { return a == "nan" || b == "nan" ? (a == b ? 0 : 1) : a > b ? a - b : b - a }
        NR == 1 { train = $1; test = $2 }
        { for (i = 1; i <= 2; i++) { x = apart($i, i == 1 ? train : test); if (x > d) d = x } }
        END { printf "%.6f | %s | %.1e | %s | %s\n", train, test == "nan" ? "" : sprintf("%.6f", test),
            d, most, NR == 3 && d <= most ? "PASS" : "SHORT" }'
}

failed=0
echo "| set | precision | case | train r2 | test r2 | apart | at most | |"
echo "|---|---|---|---|---|---|---|---|"
for set in "${sets[@]}"; do
    for precision in double single; do
        for case in "${cases[@]}"; do
            awk -v a="$case" -v b="$pattern" 'BEGIN { exit !(a ~ b) }' || continue
            read -ra options <<<"$case"
            figures=()
            for unit in same shifted scaled; do
                figures+=("$(r2 "$set" $unit $precision "${options[@]}")") || figures+=("nan nan")
            done
            line=$(verdict "$(most $precision "${options[0]}")" "${figures[@]}")
            echo "| $set | $precision | $case | $line |"
            [[ $line == *PASS ]] || failed=1
        done
    done
done
exit $failed

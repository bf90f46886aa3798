#!/usr/bin/env bash
# Trains with a BLAS that is wrong and counts how runs end: a bound that the right optimum
# crosses, or `converged' at another objective, is a false one, and there must be none.
#     benchmarks/faulty_blas.sh [COMMAND] [HOW...]
# COMMAND is a path with a slash, build/cvxrelu when left out; HOW are some of the faults
# (scale tiny one sign zero nan shift). Each routine of the library is wrong in turn, in each
# way: in large results only, from the 200th result on, or in all of them.
set -u
export LC_ALL=C OPENBLAS_NUM_THREADS=${OPENBLAS_NUM_THREADS:-1}
command=$(dirname "$(dirname "$(readlink -f "$0")")")/build/cvxrelu
case ${1:-} in */*) command=$1 && shift ;; esac
command=$(readlink -f "$command")
wrong=$(dirname "$command")/tests/preload/wrong_blas.so
[ -e "$wrong" ] || { echo "no $wrong: build the tests"; exit 1; }
ways=("$@")
[ ${#ways[@]} -gt 0 ] || ways=(scale tiny one sign zero nan shift)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

"$command" gen teacher --rows 300 --features 12 --seed 4 -o data.csv >/dev/null 2>&1

programs=("relu --patterns 15 --tolerance 0.05" "relu --primal block-pcg --patterns 15 --tolerance 0.05"
    "gated --patterns 40 --tolerance 0.001" "gated --primal nystrom-pcg --patterns 40 --tolerance 0.001"
    "gated --solver fista --patterns 40 --tolerance 0.001" "gated-ridge --patterns 60"
    "gated-ridge --patterns 8" "kernel" "kernel --kernel relu")

# train PRECISION PROGRAM [NAME=VALUE...]: the result to out, what was said to err.
train() {
    # shellcheck disable=SC2086
    env "${@:3}" "$command" train convex --data data.csv --json --quiet --seed 2 \
        --max-iterations 400 --precision "$1" --formulation $2 >out 2>err
}

value() { grep -oE "\"$1\":[^,}]*" out | head -n 1 | cut -d: -f2; }

# ending RIGHT ROUNDING CODE: what became of a run, when the right objective is RIGHT.
ending() {
    case $3 in
    5) grep -q 'BLAS is' err && echo refused || echo failed ;;
    0) awk -v o="$(value objective)" -v l="$(value lower_bound)" -v u="$(value upper_bound)" \
        -v g="$(value gap)" -v right="$1" -v r="$2" -v how="$(grep -oE '"outcome":"[^"]*"' out)" '
        function off(a, b) { return (a - b) / b > r }
        BEGIN {
            converged = how ~ /converged/
            if (l != "null" && off(l, right) || u != "null" && off(right, u))
                print converged ? "FALSE-CONVERGED" : "FALSE-BOUND"
            else if (converged && off(o, right + g * right))
                print "FALSE-CONVERGED"
            else
                print converged ? "right" : "open"
        }' ;;
    *) echo "code-$3" ;;
    esac
}

total=0
bad=0
for precision in double single; do
    [ $precision = double ] && letter=d rounding=1e-6 || letter=s rounding=3e-3
    for program in "${programs[@]}"; do
        train $precision "${program/--tolerance*/} --tolerance 1e-4 --max-iterations 20000"
        right=$(value lower_bound)
        right=$(awk -v l="$right" -v u="$(value upper_bound)" 'BEGIN { printf "%.17g", (l + u) / 2 }')
        slack=$(awk -v g="$(value gap)" -v r=$rounding 'BEGIN { printf "%.17g", r + g }')
        for routine in gemm gemv syrk potrf potrs trsm trsv; do
            for how in "${ways[@]}"; do
                endings=
                for when in FROM=0 FROM=1500 AFTER=200; do
                    train $precision "$program" LD_PRELOAD="$wrong" WRONG=$letter$routine \
                        HOW="$how" $when
                    end=$(ending "$right" "$slack" $?)
                    endings="$endings $end"
                    total=$((total + 1))
                    case $end in FALSE*) bad=$((bad + 1)) ;; esac
                done
                printf '%-7s %-62s %-6s %-6s%s\n' $precision "$program" $letter$routine "$how" "$endings"
            done
        done
    done
done
echo "$total runs, $bad with a false bound"
[ $bad = 0 ]

#!/usr/bin/env bash
# The kernels of BLAS: the right ones on a processor that OpenBLAS does not know; a BLAS
# that is wrong is found, and nothing converges by it.
#     test_blas.sh COMMAND SOURCE_FOLDER SHARED_LIBRARY
set -u
preloads=$(dirname "$(readlink -f "$3")")/tests/preload
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/support/cli.sh"
if [ "${CVR_SANITIZED:-0}" = 1 ]; then
    echo "sanitizers want to be loaded first: nothing to test"
    exit 0
fi
unset OPENBLAS_CORETYPE OPENBLAS_VERBOSE

# with "NAME=VALUE ..." ARGUMENTS: the command with these in its environment.
with() {
    # shellcheck disable=SC2086
    env $1 "$command" "${@:2}" >out 2>err
    code=$?
}

# ---- kernels ------------------------------------------------------------------------------

# kernels "NAME=VALUE ..." CORE CHOICE: what `info' says with these in the environment.
kernels() {
    with "$1" info
    about="$1"
    exits 0
    silent err
    prints "^blas_core +($2)$"
    prints "^blas_choice +$3"
}

# A processor with AVX2, and an OpenBLAS that chooses.
run info
about=kernels
best=$(awk '$1 == "blas_core" { print $2 }' out)
if grep -q DYNAMIC_ARCH out && grep -qw avx2 /proc/cpuinfo && [ -e "$preloads/old_kernels.so" ]; then
    old="LD_PRELOAD=$preloads/old_kernels.so OLD=Prescott"
    kernels "" "$best" "OpenBLAS's own$"
    kernels "$old" "SkylakeX|Haswell|Zen" "for what the processor can do: .* took Prescott$"
    now=$(awk '$1 == "blas_core" { print $2 }' out)
    kernels "${old/Prescott/Nehalem}" "$now" "for what the processor can do: .* took Nehalem$"
    kernels "${old/Prescott/Haswell}" Haswell "OpenBLAS's own$"
    kernels "OPENBLAS_CORETYPE=Prescott" Prescott "by OPENBLAS_CORETYPE$"
    kernels "$old OPENBLAS_CORETYPE=Core2" Core2 "by OPENBLAS_CORETYPE$"

    # Where the switch is hidden the program starts itself anew, once.
    hidden="LD_PRELOAD=$preloads/hidden_switch.so:$preloads/old_kernels.so OLD=Prescott"
    kernels "$hidden" "$now" "for what the processor can do: .* took Prescott$"

    # New kernels whose results are wrong are left again, either way.
    for way in "$old" "$hidden"; do
        spoilt="${way/LD_PRELOAD=/LD_PRELOAD=$preloads/wrong_blas.so:} WRONG=dsyrk HOW=one"
        kernels "$spoilt" Prescott "OpenBLAS's own: $now was tried and its results are wrong$"
    done

    # The same numbers, with the threads there are; no word about it.
    about="the same run"
    run gen teacher --rows 400 --features 6 -o t.csv
    training=(train convex --data t.csv --formulation gated --patterns 30 --json --quiet)
    with "OPENBLAS_CORETYPE=$now" "${training[@]}"
    objective=$(value objective)
    with "$old" "${training[@]}"
    exits 0
    silent err
    has objective "$objective"
fi

# ---- a wrong BLAS --------------------------------------------------------------------------

wrong="LD_PRELOAD=$preloads/wrong_blas.so"

about="info --check"
run info --check
exits 0
prints '^blas_check +right$'
for routine in dgemm sgemm dgemv sgemv dsyrk ssyrk dtrsm strsm dtrsv strsv dpotrf spotrf \
    dpotrs spotrs; do
    about="info --check, wrong $routine"
    with "$wrong WRONG=$routine HOW=one" info --check
    exits 5
    says "cvxrelu: error: BLAS is wrong here"
    silent out
done

# Found before anything is computed: no model, no outcome.
run gen teacher --rows 200 --features 9 -o data.csv
reading=(--data data.csv --seed 3 --json)
for how in scale one nan; do
    for routine in dgemm dsyrk dgemv dpotrf sgemm; do
        about="train, wrong $routine, $how"
        with "$wrong WRONG=$routine HOW=$how" train convex "${reading[@]}" -o m.st
        exits 5
        says "BLAS is wrong here"
        silent out
        absent m.st
    done
done

# Found by what is verified, where only large results are wrong, as a fault of one shape or
# of threads would be: never `converged' at another objective.
honest() {
    if [ "$code" = 5 ]; then
        grep -q "is wrong\|not positive definite\|not finite\|size -*nan\|above the upper bound" err ||
            failed "another sentence"
    elif [ "$code" = 0 ] && [ "$(value outcome)" = converged ]; then
        awk -v a="$(value objective)" -v b="$right" -v l="$(value lower_bound)" \
            'BEGIN { exit !(a - b < 0.06 * b && b - a < 0.06 * b && l < b * 1.0001) }' ||
            failed "converged at $(value objective), which is $right"
    elif [ "$code" != 0 ] && [ "$code" != 4 ]; then
        failed "exit code $code"
    fi
}
seen=0
for program in "relu --patterns 12 --tolerance 0.06 --bias penalised" "gated --patterns 30" \
    "gated --solver fista --patterns 30" "gated-ridge --patterns 40" \
    "gated-ridge --patterns 9" "kernel --kernel mix"; do
    # shellcheck disable=SC2206
    words=(train convex "${reading[@]}" --max-iterations 400 --formulation $program)
    run "${words[@]}"
    about="--formulation $program"
    has outcome converged
    right=$(value objective)
    for fault in dgemm:scale dgemm:one dgemm:tiny dgemm:nan dsyrk:scale dgemv:one dpotrf:one; do
        about="--formulation $program, ${fault/:/ }"
        with "$wrong WRONG=${fault%:*} HOW=${fault#*:} FROM=1500" "${words[@]}"
        honest
        [ "$code" = 5 ] && seen=$((seen + 1))
    done
done
about="faults of large results"
[ "$seen" -ge 10 ] || failed "only $seen were seen"

verdict "kernels suit the processor, and nothing converges by a wrong BLAS"

#!/usr/bin/env bash
# Kernels that the command changes, and a wrong BLAS, on several processes.
#     test_blas_mpi.sh COMMAND SOURCE_FOLDER SHARED_LIBRARY
set -u
preloads=$(dirname "$(readlink -f "$3")")/tests/preload
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/support/cli.sh"
needs_mpi
if [ "${CVR_SANITIZED:-0}" = 1 ]; then
    echo "sanitizers want to be loaded first: nothing to test"
    exit 0
fi
unset OPENBLAS_CORETYPE

# with "NAME=VALUE ..." ARGUMENTS: 3 processes with these in their environment.
with() {
    # shellcheck disable=SC2086
    mpirun -n 3 env $1 "$command" "${@:2}" >out 2>err
    code=$?
}

run gen teacher --rows 601 --features 8 -o t.csv
training=(train convex --data t.csv --formulation gated --patterns 30 --json --quiet)

run info
if grep -q DYNAMIC_ARCH out && grep -qw avx2 /proc/cpuinfo && [ -e "$preloads/old_kernels.so" ]; then
    old="LD_PRELOAD=$preloads/old_kernels.so OLD=Prescott"
    with "$old" info
    now=$(awk '$1 == "blas_core" { print $2 }' out)
    with "OPENBLAS_CORETYPE=$now" "${training[@]}"
    objective=$(value objective)
    for way in "$old" "${old/=/=$preloads/hidden_switch.so:}"; do
        about="$way"
        with "$way" "${training[@]}"
        exits 0
        lines out 1
        silent err
        has processes 3
        has objective "$objective"
    done
fi

# One voice, no process left waiting: found at the start, and by what is verified.
for from in 0 3000; do
    about="wrong from $from entries on"
    with "LD_PRELOAD=$preloads/wrong_blas.so WRONG=dgemm HOW=one FROM=$from" "${training[@]}"
    exits 5
    silent out
    [ "$(grep -c '^cvxrelu: error: ' err)" = 1 ] || failed "not one error line"
    grep -q "BLAS is" err || failed "another sentence"
done

verdict "kernels suit the processors, and a wrong BLAS ends all"

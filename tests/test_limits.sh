#!/usr/bin/env bash
# Limits of the system that the command runs under: it does with what it has, or ends with
# a sentence; it never waits for ever.
#     test_limits.sh COMMAND SOURCES
set -u
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/support/cli.sh"
unset OPENBLAS_NUM_THREADS OMP_NUM_THREADS

"$command" gen teacher --rows 200 --features 5 -o d.csv --quiet >out 2>err || failed gen
"$command" train deep --data d.csv --layers 4 --max-iterations 2 -o m.st --quiet >out \
    2>err || failed train

# ---- address space ---------------------------------------------------------------------

# within KILOBYTES ARGUMENTS: an end of its own; the generous time is for a machine that
# has much else to do.
within() {
    about="ulimit -v $1: cvxrelu ${*:2}"
    (
        ulimit -v "$1"
        timeout 120 "$command" "${@:2}" >out 2>err
    )
    code=$?
    case $code in
    0) ;;
    6) [ "$(grep -c '^cvxrelu: error: ' err)" = 1 ] || failed "not one error line" ;;
    127) grep -q 'shared librar' err || failed "exit code 127" ;; # not even loaded
    *) failed "exit code $code" ;;
    esac
}

if [ -z "${CVR_SANITIZED:-}" ]; then
    for kilobytes in 100000 120000 150000 200000 260000 380000 480000 1000000; do
        within $kilobytes train convex --data d.csv --max-iterations 3
        within $kilobytes train deep --data d.csv --max-iterations 3
        within $kilobytes info
        within $kilobytes predict --model m.st --data d.csv
        within $kilobytes help
    done
    within 100000 train convex --data d.csv
    [ $code = 6 ] || [ $code = 127 ] || failed "exit code $code, not 6"
    within 4000000 train convex --data d.csv --max-iterations 3
    exits 0
fi

# ---- Slurm -----------------------------------------------------------------------------

about="tasks of srun that know nothing of one another"
for task in 0 3; do
    SLURM_PROCID=$task SLURM_NTASKS=4 "$command" train convex --data d.csv >out 2>err
    code=$?
    exits 8
    silent out
    if [ $task = 0 ]; then
        says 'srun has started 4 processes that cannot find each other'
        says 'hint: srun --mpi=pmix or mpirun'
    else
        silent err
    fi
done
apart=(train convex --data d.csv --max-iterations 3 --quiet)
SLURM_PROCID=0 SLURM_NTASKS=1 run "${apart[@]}"
exits 0
SLURM_PROCID=0 SLURM_NTASKS=4 SLURM_STEP_NUM_TASKS=1 run "${apart[@]}"
exits 0
ENVIRONMENT=BATCH SLURM_PROCID=0 SLURM_NTASKS=4 run "${apart[@]}"
exits 0
ENVIRONMENT=BATCH SLURM_PROCID=0 SLURM_NTASKS=1 SLURM_STEP_NUM_TASKS=4 run "${apart[@]}"
exits 8
SLURM_PROCID=2 SLURM_NTASKS=4 run info
exits 0
there out

verdict "limits of the system are kept"

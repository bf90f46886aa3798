#!/usr/bin/env bash
# What an OpenBLAS that does not know the processor costs: seconds of a run, and of a start,
# where it takes the kernels Prescott and the command is left to itself, beside OpenBLAS's own
# choice and each kind that this processor can run. Medians, in turn.
#     benchmarks/kernels.sh [COMMAND] [RUNS]
# COMMAND is a path with a slash, build/cvxrelu when left out. The bars: within 10 % of the
# best kernels, and a start longer by at most 3 ms.
set -eu
export LC_ALL=C
command=$(dirname "$(dirname "$(readlink -f "$0")")")/build/cvxrelu
case ${1:-} in */*) command=$1 && shift ;; esac
runs=${1:-5}
command=$(readlink -f "$command")
old=$(dirname "$command")/tests/preload/old_kernels.so
[ -e "$old" ] || { echo "no $old: build the tests"; exit 1; }
unset OPENBLAS_CORETYPE
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

middle() { sort -g | awk '{ x[NR] = $1 } END { print x[int((NR + 1) / 2)] }'; }

# The ways to run: a name, and what is in the environment.
ways=("unknown LD_PRELOAD=$old OLD=Prescott" "known A=1")
for core in Prescott Haswell Zen SkylakeX; do
    case $core in
    Haswell | Zen) flag=avx2 ;;
    SkylakeX) flag=avx512vl ;;
    *) flag=pni ;;
    esac
    grep -qw $flag /proc/cpuinfo && ways+=("$core OPENBLAS_CORETYPE=$core")
done

"$command" gen teacher --rows 4000 --features 300 -o data.npy >/dev/null 2>&1 ||
    "$command" gen teacher --rows 4000 --features 300 -o data.csv >/dev/null 2>&1
data=$(ls data.*)
for _ in $(seq "$runs"); do
    for way in "${ways[@]}"; do
        # shellcheck disable=SC2086
        env ${way#* } "$command" train convex --data "$data" --formulation gated --patterns 60 \
            --max-iterations 60 --tolerance 0 --json --quiet |
            grep -oE '"seconds":[^,]*' | cut -d: -f2 >>"run.${way%% *}"
        began=${EPOCHREALTIME/./}
        # shellcheck disable=SC2086
        for _ in 1 2 3 4 5 6 7 8 9 10; do env ${way#* } "$command" info >/dev/null; done
        echo $(((${EPOCHREALTIME/./} - began) / 10)) >>"start.${way%% *}"
    done
done
printf '%-10s %10s %12s\n' kernels "run (s)" "start (us)"
for way in "${ways[@]}"; do
    printf '%-10s %10.3f %12d\n' "${way%% *}" "$(middle <"run.${way%% *}")" \
        "$(middle <"start.${way%% *}")"
done

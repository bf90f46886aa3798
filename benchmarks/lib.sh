# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# Read by bench_*.sh, which set `all`, the names of their parts, and `runs`, how often a thing
# is measured:
#     . "$(dirname "$(readlink -f "$0")")/lib.sh"
#     begin FAMILY SIZE "$@"
# reads the command line
#     [COMMAND] [-n RUNS] [--out DIR] [--SIZE N] [PART...]
# where COMMAND is a path with a slash, build/cvxrelu when left out, and sets
#     source build command   the sources, the build folder, the program
#     out record             a folder; its FAMILY.jsonl, a line a run and a line a figure
#     work                   a scratch folder
#     parts runs, and N in the variable SIZE
#     today commit           of the measurement
set -euo pipefail
export LC_ALL=C

source=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
command=$source/build/cvxrelu
out=$source/benchmarks/results
parts=()
today=$(date -u +%F)
commit=$(git -C "$source" describe --always --dirty 2>/dev/null || echo unknown)
CVR_SHARED=${CVR_SHARED:-/nonexistent}
images=$CVR_SHARED/data/cifar10-airplane-automobile

# The script's opening remark.
usage() {
    sed -n '2,/^$/s/^# \{0,1\}//p' "$0" >&2
    echo "Parts: ${all[*]}" >&2
    exit 2
}

begin() {
    local family=$1 size=$2 tool
    shift 2
    while [ $# -gt 0 ]; do
        case $1 in
        -n) runs=${2:?} && shift ;;
        --out) out=${2:?} && shift ;;
        --"$size") printf -v "$size" %s "${2:?}" && shift ;;
        -*) usage ;;
        */*) command=$1 ;;
        *)
            [[ " ${all[*]} " == *" $1 "* ]] || usage
            parts+=("$1")
            ;;
        esac
        shift
    done
    [ ${#parts[@]} -gt 0 ] || parts=("${all[@]}")
    for tool in jq "$command"; do
        command -v "$tool" >/dev/null || {
            echo "$(basename "$0"): error: $tool is missing" >&2
            exit 1
        }
    done
    command=$(readlink -f "$command")
    build=$(dirname "$command")
    mkdir -p "$out"
    record=$(readlink -f "$out")/$family.jsonl
    touch "$record"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
}

# A command as a reader would type it: no folder of this machine.
as_typed() {
    local text=" $*"
    text=${text// "$command" / cvxrelu }
    text=${text//"$CVR_SHARED"/'$CVR_SHARED'}
    text=${text//"$work"/'$WORK'}
    text=${text//"$build"\//}
    text=${text//"$source"\//}
    printf '%s' "${text# }"
}

# run COMMAND...: its JSON to $work/result (null when it is none), stderr to $work/said; sets
# `code` and `microseconds`.
run() {
    local began=${EPOCHREALTIME/./}
    code=0
    "$@" >"$work/result" 2>"$work/said" </dev/null || code=$?
    microseconds=$((${EPOCHREALTIME/./} - began))
    jq -e . "$work/result" >/dev/null 2>&1 || echo null >"$work/result"
}

# of EXPRESSION: of `result`, the object that a script keeps of its last run.
of() {
    jq "$1" <<<"$result"
}

# judge VALUE "<=|>= BOUND": PASS or SHORT, nothing where there is no bar.
judge() {
    [ -z "$2" ] || awk -v a="$1" -v bar="$2" 'BEGIN { split(bar, b, " ")
        print (a != "null" && (b[1] == "<=" ? a + 0 <= b[2] + 0 : a + 0 >= b[2] + 0)) \
            ? "PASS" : "SHORT" }'
}

# ---- the record --------------------------------------------------------------------

# note --arg NAME TEXT | --argjson NAME VALUE...: a line with these.
note() {
    jq -c -n "$@" '$ARGS.named' >>"$record"
}

# each_part KEY: measures what was asked for; its new lines replace the old ones, which have
# the name of the part under KEY.
each_part() {
    for part in "${parts[@]}"; do
        echo "== $part" >&2
        jq -c --arg key "$1" --arg part "$part" 'select(.[$key] != $part)' "$record" \
            >"$work/kept"
        cp "$work/kept" "$record"
        "part_$part"
    done
}

# skip WHY: the part cannot be measured.
skip() {
    echo "| $part | skipped: $1 |"
}

# ---- what a part needs: false without it, and the part is skipped ------------------

# needs FILE...
needs() {
    local file
    for file in "$@"; do
        [ ! -e "$file" ] || continue
        skip "$(as_typed "$file") is absent"
        return 1
    done
}

needs_mpi() {
    if ! command -v mpirun >/dev/null || "$command" info --json | grep -q '"mpi":"none"'; then
        skip "no MPI"
        return 1
    fi
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 \
        OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
}

# needs_torch: sets `python`.
needs_torch() {
    python=${PYTHON:-python3}
    "$python" -c 'import torch' 2>/dev/null || {
        skip "no torch for $(basename "$python")"
        return 1
    }
}

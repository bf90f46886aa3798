#!/usr/bin/env bash
# Runs every experiment and prints what became of its claims.
#     experiments/run-all.sh [--quick|--full] [--out FOLDER] [NAME...]
# Ends with 0 when all ran; one whose data are absent counts as left out.
set -uo pipefail
folder=$(dirname "$(readlink -f "$0")")
mode=--quick
out=$folder/out
names=()
while [ $# -gt 0 ]; do
    case $1 in
    --quick | --full) mode=$1 ;;
    --out) out=${2:?--out needs a folder} && shift ;;
    -*) sed -n '2,4s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    *) names+=("$1") ;;
    esac
    shift
done
if [ ${#names[@]} = 0 ]; then
    for script in "$folder"/*/run.sh; do
        names+=("$(basename "$(dirname "$script")")")
    done
fi

mkdir -p "$out"
out=$(readlink -f "$out")
rm -f "$out/claims.tsv"
printf 'machine: %s, %d cores, load average %s\n\n' \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" \
    "$(cut -d ' ' -f 1 /proc/loadavg)"
began=$SECONDS
broken=()
left=()
for name in "${names[@]}"; do
    printf '== %s\n' "$name"
    started=$SECONDS
    code=0
    bash "$folder/$name/run.sh" "$mode" --out "$out/$name" || code=$?
    case $code in
    0) cat "$out/$name/claims.tsv" >>"$out/claims.tsv" ;;
    3) left+=("$name") ;;
    *) broken+=("$name") ;;
    esac
    printf '== %s: %d s\n\n' "$name" $((SECONDS - started))
done

[ ! -s "$out/claims.tsv" ] || awk -F '\t' '
    { printf "%-14s %-14s %s (%s)\n", $1, $4, $3, $5; count[$4]++ }
    END { printf "\n%d claims hold, %d do not, %d could not be checked\n", count["holds"],
              count["does not hold"], count["not checked"] }' "$out/claims.tsv"
[ ${#left[@]} = 0 ] || echo "left out, data absent: ${left[*]}"
[ ${#broken[@]} = 0 ] || echo "broken: ${broken[*]}"
printf 'all of them: %d s; results and pictures in %s\n' $((SECONDS - began)) "$out"
[ ${#broken[@]} = 0 ]

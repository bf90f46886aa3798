#!/usr/bin/env bash
# Runs of each family are stopped at random moments, by a signal or by --time-limit: how
# long it takes until they have ended, in CPU seconds and on the wall, and what they leave.
#     bench_stops.sh COMMAND [COUNT]      COUNT moments of all families (200); ROWS=20000
set -u
command=$(readlink -f "$1")
count=${2:-200}
rows=${ROWS:-20000}
export OPENBLAS_NUM_THREADS=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
RANDOM=${SEED:-1}
"$command" gen teacher --rows "$rows" --features 50 -o d.csv --quiet >out || exit 1
"$command" train deep --data d.csv --layers 60,30 --max-iterations 3 -o net.st --quiet >out

families=(
    "train convex --formulation relu --patterns 50"
    "train convex --formulation relu --patterns 30 --primal rbcd"
    "train convex --formulation gated --patterns 50"
    "train convex --formulation gated-ridge --patterns 20"
    "train convex"
    "train deep --layers 100,50 --tolerance 0 --max-iterations 100000"
    "train deep --layers 100 --sweep paper --tolerance 0 --max-iterations 100000"
    "train ccp --restarts 20"
    "train ccp --solver graph --restarts 20"
    "train adam --layers 50 --max-iterations 100000"
    "train bfgs --layers 50 --tolerance 0 --max-iterations 100000"
    "cv convex --formulation gated --patterns 20"
    "prune --model net.st --density 0.2"
)
ways=(limit INT TERM USR2 XCPU)

# CPU seconds of a process so far, all threads, in hundredths.
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat" 2>/dev/null; }

worst_cpu=0 worst_wall=0 wrong=0
for ((i = 0; i < count; i++)); do
    family=${families[i % ${#families[@]}]}
    way=${ways[(i + i / ${#families[@]}) % ${#ways[@]}]}
    case $family in prune*) way=TERM ;; esac
    moment=$(awk -v r=$RANDOM 'BEGIN { printf "%.3f", 6 * r / 32768 }')
    rm -f m.st run.ckpt
    limit=()
    [ "$way" = limit ] && limit=(--time-limit "0$moment")
    checkpoint=()
    case $family in prune*) ;; *) checkpoint=(--checkpoint run.ckpt) ;; esac
    # shellcheck disable=SC2086
    "$command" $family --data d.csv -o m.st --quiet "${checkpoint[@]}" "${limit[@]}" \
        >out 2>err &
    pid=$!
    sleep "$moment"
    before=$(ticks $pid) last=$before begun=$(date +%s%N)
    [ "$way" = limit ] || kill "-$way" $pid 2>/dev/null
    while kill -0 $pid 2>/dev/null && now=$(ticks $pid) && [ -n "$now" ]; do
        last=$now
        sleep 0.01
    done
    wall=$((($(date +%s%N) - begun) / 1000000))
    wait $pid 2>/dev/null
    code=$?
    cpu=$((10 * (${last:-0} - ${before:-0})))
    [ $cpu -gt $worst_cpu ] && worst_cpu=$cpu
    [ $wall -gt $worst_wall ] && worst_wall=$wall
    case $code in 0 | 75 | 130 | 143 | 140 | 152) ;; *) wrong=$((wrong + 1)) ;; esac
    [ ! -e m.st ] || "$command" info m.st >out 2>&1 || wrong=$((wrong + 1))
    ls -A | grep -qF .tmp- && wrong=$((wrong + 1))
    printf '%-70s %-5s at %6s s: exit %3d after %5d ms of CPU, %6d ms\n' "$family" "$way" \
        "$moment" $code $cpu $wall
done
echo "$count stops: at most $worst_cpu ms of CPU and $worst_wall ms until the end;" \
    "$wrong wrong ends"
[ $wrong = 0 ]

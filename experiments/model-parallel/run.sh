#!/usr/bin/env bash
# Layers over processes against rows over processes: bytes, the answer, and time modelled beyond
# four processes. README.md has the claims.
. "$(dirname "$(dirname "$(readlink -f "$0")")")/lib.sh"

rows=2000 units=64 deepest=20 its=3
[ $mode = quick ] || rows=10000 units=500 its=2
gen glyphs rows.npy --rows $rows --classes 10 --seed 3
if ! command -v mpirun >/dev/null || "$command" info --json | grep '"mpi": *"none"' >/dev/null; then
    not_claimed "two numbers a unit and row cross a cut" "no MPI"
    exit 0
fi

# list N: N hidden layers of equal units
list() { yes $units | head -n "$1" | paste -sd , -; }

# measure METHOD HIDDEN GRID [OPTIONS]: runs it, and again with twice the iterations
measure() {
    local label="$1-$2-$3${4:+-coded}" grid=(--grid "$3") twice
    [ "$3" != 1x1 ] || grid=()
    processes=$((${3%x*} * ${3#*x}))
    for twice in 1 2; do
        run "$label-$twice" "$1" --data "$out/rows.npy" --layers "$(list "$2")" "${grid[@]}" "${@:4}" \
            --max-iterations $((its * twice)) --measure-every 1000 --normalize none --bias free
    done
    unset processes
}

# each KEY LABEL: of process 0, an iteration, without what is done once
each() { calc "($(figure "$1" "$2-2") - $(figure "$1" "$2-1")) / $its"; }

methods=(deep pdadmm) depths=(8 $deepest)
# grids HIDDEN: all ways on the smaller net
grids() { [ "$1" = 8 ] && echo 1x1 1x2 1x4 2x2 4x1 || echo 1x1 1x4; }
for method in "${methods[@]}"; do
    for hidden in "${depths[@]}"; do
        for grid in $(grids "$hidden"); do
            measure $method $hidden $grid
        done
    done
done
measure pdadmm 8 1x4 --quantise 8

# ---- what was sent --------------------------------------------------------------------

# Process 0 has one cut above it: n N numbers of double up, n N come down from another.
cut=$((units * rows * 8))
{
    row method hidden grid "KB an iteration of process 0" objective
    for method in "${methods[@]}"; do
        for hidden in "${depths[@]}"; do
            for grid in $(grids "$hidden"); do
                label=$method-$hidden-$grid
                row $method $hidden $grid "$(short "$(calc "$(each bytes_reduced "$label") / 1e3")")" \
                    "$(short "$(figure objective "$label-2")")"
            done
        done
    done
} | tee "$out/sent.tsv" | show
for method in "${methods[@]}"; do
    sent=$(each bytes_reduced $method-8-1x4)
    check "$method: n N numbers go up a cut and n N down, and at most a kilobyte more" \
        "$(calc "($sent - $cut) * ($sent - $cut)")" "<=" 1e6 "$(short "$sent") bytes, n N doubles are $cut"
    first=$(figure objective $method-8-1x1-2) last=$(figure objective $method-8-1x4-2)
    check "$method: four columns of layers find what one process finds (objective to 1e-12)" \
        "$(calc "d = $first / $last - 1; d < 0 ? -d : d")" "<=" 1e-12 "$first and $last"
done
coded=$(each bytes_reduced pdadmm-8-1x4-coded)
check "codes of 8 bits are at most 14 % of doubles" "$coded" "<=" "$(calc "0.14 * $cut")" \
    "$(short "$coded") bytes"
by_rows=$(each bytes_reduced pdadmm-8-4x1)
by_layers=$(each bytes_reduced pdadmm-8-1x4)
crossing=$(calc "1.5 * $units * 8")
check "all links together, layers send less than rows where there are fewer rows than 1.5 n L = $crossing" \
    "$(calc "(6 * $by_layers - 4 * $by_rows) * ($rows - $crossing)")" ">=" 0 \
    "6 x $(short "$by_layers") bytes by layers, 4 x $(short "$by_rows") by rows, $rows rows"

# ---- time, modelled -------------------------------------------------------------------

# One process gives the rate; columns of layers have the work of the heaviest; the pipeline of
# deep is full for B of B + 2 (k - 1) ticks; 1.25 GB/s a link. The papers: 8.9 to 14 times.
model() {
    awk -v method="$1" -v hidden="$2" -v k="$3" -v units=$units -v rows=$rows -v one="$4" 'BEGIN {
        layers = hidden + 1
        for (l = 1; l <= layers; l++) {
            in_ = l == 1 ? 784 : units; out = l == layers ? 10 : units
            work[l] = l == 1 ? 2 * in_ * out : 3 * in_ * out + in_ * in_ / 2
            all += work[l]; most = work[l] > most ? work[l] : most
        }
        for (bound = most; ; bound *= 1.002) {
            columns = 1; load = 0
            for (l = 1; l <= layers; l++)
                if (load + work[l] > bound) { columns++; load = work[l] } else load += work[l]
            if (columns <= k) break
        }
        blocks = int((rows - 1) / 384) + 1
        fill = method == "deep" ? (blocks + 2 * (k - 1)) / blocks : 1
        message = k > 1 ? 2 * units * rows * 8 / 1.25e9 : 0
        print one / (one * bound / all * fill + message)
    }'
}
{
    row method hidden columns "modelled speed, times one process"
    for method in "${methods[@]}"; do
        for hidden in "${depths[@]}"; do
            one=$(calc "($(figure cpu_seconds $method-$hidden-1x1-2) - $(figure cpu_seconds $method-$hidden-1x1-1)) / $its")
            for k in 2 4 10 20; do
                [ $k -le $((hidden + 1)) ] || continue
                row $method $hidden $k "$(short "$(model $method $hidden $k "$one")")"
            done
        done
    done
} | tee "$out/model.tsv" | show
speed=$(awk -F '\t' '$1 == "pdadmm" && $2 == '$deepest' && $3 == 10 { print $4 }' "$out/model.tsv")
check "ten columns of a deep net are 8.9 times one process, as the paper of pdADMM has it (modelled)" \
    "$speed" ">=" 8.9 "$speed times" "the first layer and messages count too"

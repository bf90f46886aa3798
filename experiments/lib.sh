# shellcheck shell=bash
# Read by experiments/NAME/run.sh, with its options:
#     . "$(dirname "$(readlink -f "$0")")/../lib.sh"
# --quick (the default) needs no data and takes seconds, --full is the published setting.
# Sets
#     root here name    folder of the sources, of this experiment, its name
#     mode              quick or full
#     out               where everything goes: here/out, or --out FOLDER
#     command           the program: $CVXRELU, else the one in the build folder, built when
#                       it is missing
# and offers run, gen, figure, series, first_at, check, claim, show, plot and files_* below.
# A script ends with 0 when it has run, whatever its claims came to.
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C

root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
# shellcheck source=scripts/setup.sh
. "$root/scripts/setup.sh"

here=$(dirname "$(readlink -f "$0")")
name=$(basename "$here")
mode=quick
out=$here/out
reuse=no

while [ $# -gt 0 ]; do
    case $1 in
    --quick | --full) mode=${1#--} ;;
    --reuse) reuse=yes ;;
    --out) out=${2:?--out needs a folder} && shift ;;
    -h | --help)
        echo "usage: experiments/$name/run.sh [--quick|--full] [--reuse] [--out FOLDER]"
        echo "--reuse takes the results that are in FOLDER already of the same commands."
        echo "README.md beside it says what is claimed. Data for --full lie in \$CVR_DATA"
        echo "(data, or data in \$CVR_SHARED), as scripts/download-data.sh puts them there."
        exit 0
        ;;
    *) say "$name: error: unknown option $1" && exit 2 ;;
    esac
    shift
done

# fail of setup.sh names run.sh; there are many of these.
fail() {
    say "$name: error: $*"
    exit 1
}

find_command() {
    local what=${CVXRELU:-$build/cvxrelu}
    if [ -z "${CVXRELU:-}" ] && [ ! -x "$what" ]; then
        install_and_build
    fi
    command -v "$what" >/dev/null || fail "the command $what is missing"
    readlink -f "$(command -v "$what")"
}

command=$(find_command)
command -v jq >/dev/null || install_packages jq
command -v jq >/dev/null || fail "jq is missing; install it (Debian's package is jq)"
mkdir -p "$out"
out=$(readlink -f "$out")
rm -f "$out/claims.tsv" "$out/commands.txt"

# Where data are looked for; the first that has a file is taken.
places=("${CVR_DATA:-$root/data}")
[ -z "${CVR_SHARED:-}" ] || places+=("$CVR_SHARED/data")

# Open MPI: also as root, with more processes than cores, in a container.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 \
    OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1 \
    OMPI_MCA_btl_vader_single_copy_mechanism=none HWLOC_HIDE_ERRORS=2

# ---- running -----------------------------------------------------------------------

# A command as a reader would type it: no folder of this machine.
as_typed() {
    local text=" $*" place
    text=${text// $command / cvxrelu }
    text=${text//"$out"/\$OUT}
    for place in "${places[@]}"; do
        text=${text//"$place"/\$CVR_DATA}
    done
    text=${text//"$root"\//}
    printf '%s\n' "${text# }"
}

# tell LABEL COMMAND...: stdout to LABEL.json, stderr to LABEL.txt; says what it does.
tell() {
    local label=$1 began=$EPOCHREALTIME code=0
    shift
    as_typed "$@" >>"$out/commands.txt"
    if [ $reuse = yes ] && as_typed "$@" | cmp -s - "$out/$label.command"; then
        return 0
    fi
    rm -f "$out/$label.command" "$out/$label.jsonl"
    "$@" >"$out/$label.json" 2>"$out/$label.txt" </dev/null || code=$?
    if [ $code != 0 ]; then
        tail -n 5 "$out/$label.txt" >&2
        fail "exit $code of: $(as_typed "$@")"
    fi
    awk -v label="$label" -v began="$began" -v ended="$EPOCHREALTIME" \
        'BEGIN { printf "  %-28s %7.2f s\n", label, ended - began }' >&2
    as_typed "$@" >"$out/$label.command"
}

# The papers, and the figures that are compared with, have a penalised column of ones.
papers=(--bias penalised)

# run LABEL train-arguments...: the result is $out/LABEL.json, its log $out/LABEL.jsonl.
# `processes=3 run ...` does it on 3 processes of one thread each.
run() {
    local label=$1 with=()
    shift
    if [ -n "${processes:-}" ]; then
        with=(mpirun -n "$processes")
        set -- "$@" --threads 1
    fi
    tell "$label" "${with[@]}" "$command" train "$@" "${papers[@]}" --json --log "$out/$label.jsonl"
}

# compare FOLDER compare-arguments...: several methods side by side; prints the table, leaves
# $out/FOLDER with results, curves, plots and report.html.
compare() {
    local folder=$1
    shift
    tell "$folder" "$command" compare "$@" "${papers[@]}" --out "$out/$folder" --overwrite
    cat "$out/$folder.json"
}

# gen KIND FILE gen-arguments...: $out/FILE, made once for the same arguments.
gen() {
    local kind=$1 file=$2 stamp=$out/$2.made
    shift 2
    if [ ! -f "$out/$file" ] || [ "$(cat "$stamp" 2>/dev/null)" != "$kind $*" ]; then
        tell "gen-$file" "$command" gen "$kind" "$@" -o "$out/$file" --json
        printf '%s' "$kind $*" >"$stamp"
    fi
}

# ---- reading results ---------------------------------------------------------------

# figure KEY LABEL: a number of a result; KEY is a path of jq: gap, phases.setup.
figure() {
    jq -r ".$1 // \"none\"" "$out/$2.json"
}

# series LABEL KEY...: a CSV line for each measurement of a log, with a header.
series() {
    local label=$1 IFS=,
    shift
    printf '%s\n' "$*"
    jq -r "[${*/#/.}] | map(. // \"nan\") | @csv" "$out/$label.jsonl" | tr -d '"'
}

# first_at LABEL KEY VALUE WHAT: WHAT (seconds, iterations) where KEY first is >= VALUE, or
# none. `first_at LABEL -KEY VALUE WHAT`: first <= VALUE.
first_at() {
    jq -rs --arg key "${2#-}" --argjson value "$3" --argjson sign "$([ "${2#-}" = "$2" ] &&
        echo 1 || echo -1)" --arg what "$4" 'map(select(.[$key] != null
        and $sign * .[$key] >= $sign * $value)) | .[0][$what] // "none"' "$out/$1.jsonl"
}

# median FOLDER LABEL KEY: of a comparison's seeds; none when half of them or more have none.
median() {
    jq -rs --arg who "$2" --arg key "$3" 'map(select(.label == $who) | .[$key])
        | map(. // infinite) | sort | (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2
        | if . > 1e300 then "none" else . end' "$out/$1/results.jsonl"
}

# best LABEL KEY: the largest in the log.
best() {
    jq -rs --arg key "$2" 'map(.[$key]) | max // "none"' "$out/$1.jsonl"
}

# calc EXPRESSION: arithmetic, by awk: calc "3.2 / 4". "none" in it gives none.
calc() {
    case $1 in
    *none*) echo none ;;
    *) awk "BEGIN { printf \"%.6g\", $1 }" ;;
    esac
}

# short NUMBER...: to 4 digits, words as they are.
short() {
    local number
    for number in "$@"; do
        case $number in
        *[!0-9.eE+-]* | '') printf '%s ' "$number" ;;
        *) awk -v x="$number" 'BEGIN { printf "%.4g ", x }' ;;
        esac
    done | sed 's/ $//'
}

# least NUMBER...: the smallest, words left out.
least() {
    printf '%s\n' "$@" | grep -v none | sort -g | head -n 1 | grep . || echo none
}

# ---- claims ------------------------------------------------------------------------

# claim TEXT holds|fails NUMBERS [REASON]: a line, and one of $out/claims.tsv.
claim() {
    local said=holds detail=$3
    if [ "$2" = fails ]; then
        said='does not hold'
        detail="$3${4:+; $4}"
    fi
    printf 'claim: %s: %s (%s)\n' "$1" "$said" "$detail"
    printf '%s\t%s\t%s\t%s\t%s\n' "$name" "$mode" "$1" "$said" "$detail" >>"$out/claims.tsv"
}

# check TEXT A OP B NUMBERS [REASON]: a claim that A OP B decides, OP one of <= < >= >. REASON is
# said when it does not hold. None on either side: it does not hold.
check() {
    local verdict=fails side
    for side in "$2" "$4"; do
        [[ $side =~ ^(none|-?[0-9.]+(e[-+]?[0-9]+)?)$ ]] || fail "no number: '$side' for: $1"
    done
    case $2$4 in
    *none*) ;;
    *) awk -v a="$2" -v b="$4" "BEGIN { exit !(a + 0 $3 b + 0) }" && verdict=holds ;;
    esac
    claim "$1" $verdict "$5" "${6:-}"
}

# not_claimed TEXT WHY: a claim that this run cannot decide.
not_claimed() {
    printf 'claim: %s: not checked (%s)\n' "$1" "$2"
    printf '%s\t%s\t%s\t%s\t%s\n' "$name" "$mode" "$1" 'not checked' "$2" >>"$out/claims.tsv"
}

# ---- tables and plots --------------------------------------------------------------

# show: a table of tab-separated lines from standard input, in columns.
show() {
    awk -F '\t' '{ for (i = 1; i <= NF; i++) { cell[NR, i] = $i
                   if (length($i) > wide[i]) wide[i] = length($i) } fields[NR] = NF }
        END { for (k = 1; k <= NR; k++) { line = ""
              for (i = 1; i <= fields[k]; i++)
                  line = line sprintf(i == 1 ? "%-*s" : "  %*s", wide[i], cell[k, i])
              sub(/ +$/, "", line); print line } }'
}

# row CELL...: a line for show.
row() {
    local IFS=$'\t'
    printf '%s\n' "$*"
}

# plot SCRIPT: gnuplot, where it is, with the words `out` and `style` set.
plot() {
    local script=$here/${1:-plot.gp}
    if ! command -v gnuplot >/dev/null; then
        say "  (gnuplot is missing: no picture)"
        return 0
    fi
    gnuplot -e "out='$out'; mode='$mode'; style='$root/experiments/style.gp'" "$script"
    say "  pictures: $(as_typed "$out")/*.svg"
}

# ---- data --------------------------------------------------------------------------

# first_file NAME...: the first of these under a place of data.
first_file() {
    local file place
    for place in "${places[@]}"; do
        for file in "$@"; do
            if [ -f "$place/$file" ]; then
                printf '%s\n' "$place/$file"
                return 0
            fi
        done
    done
    return 1
}

# no_data SET: this experiment cannot be run; 3 as for bad data.
no_data() {
    say "$name: error: $1 is not in ${places[*]}"
    say "hint: scripts/download-data.sh $1 --to data fetches it; CVR_DATA names another" \
        "folder, CVR_SHARED one that has data/"
    exit 3
}

# files_cifar: CIFAR-10's classes airplane and automobile, in `train` and `test`.
files_cifar() {
    local first k
    if first=$(first_file cifar10-airplane-automobile/train.bin.gz); then
        train=(--data "$first")
        test=(--test "${first%train.bin.gz}test.bin.gz")
    elif first=$(first_file cifar-10/cifar-10-batches-bin/data_batch_1.bin); then
        train=()
        for k in 1 2 3 4 5; do
            train+=(--data "${first%1.bin}$k.bin")
        done
        train+=(--classes "0,1")
        test=(--test "${first%data_batch_1.bin}test_batch.bin")
    else
        no_data cifar-10
    fi
}

# files_mnist: all of MNIST, in `train` and `test`.
files_mnist() {
    local first
    first=$(first_file mnist/train-images-idx3-ubyte{.gz,}) || no_data mnist
    train=(--data "$first")
    test=(--test "${first/train/t10k}")
}

# images ROWS [TESTS]: the first ROWS (0: all) of CIFAR-10's two classes in `train`, all their
# tests in `test`; in quick mode as many generated images of 28 x 28 (and TESTS, 500). `shown`
# says which.
images() {
    local rows=$1 tests=${2:-500} drawn=(--noise 0.3 --seed 5)
    if [ $mode = full ]; then
        files_cifar
        [ "$rows" = 0 ] || train+=(--rows "$rows")
        shown="CIFAR-10 airplane/automobile"
        return
    fi
    gen glyphs images.npy --rows "$rows" "${drawn[@]}"
    gen glyphs tests.npy --rows "$tests" --first "$rows" "${drawn[@]}"
    train=(--data "$out/images.npy")
    test=(--test "$out/tests.npy")
    shown="generated images"
}

# shrink FILE FROM: images of 10 x 10 from those of 28 x 28 in the CSV FROM: the middle 20 x 20,
# each pixel the mean of four.
shrink() {
    awk -F, 'NR == 1 { for (k = 0; k < 100; k++) printf "p%d,", k; print "label"; next }
        { for (k = 0; k < 100; k++) { at = (4 + 2 * int(k / 10)) * 28 + 5 + 2 * (k % 10)
          printf "%.6g,", ($at + $(at + 1) + $(at + 28) + $(at + 29)) / 4 } print $NF }' \
        "$out/$2" >"$out/$1"
}

# small_images [NOISE]: the first 1000 of CIFAR-10's two classes, gray, of 10 x 10; in quick
# mode as many generated ones. Sets train, test and shown.
small_images() {
    local noise=${1:-0.5}
    if [ $mode = full ]; then
        images 1000
        train+=(--gray --resize 10x10)
        return
    fi
    gen glyphs images.csv --rows 1000 --noise "$noise" --seed 5
    gen glyphs tests.csv --rows 500 --first 1000 --noise "$noise" --seed 5
    shrink small.csv images.csv
    shrink small-tests.csv tests.csv
    train=(--data "$out/small.csv")
    test=(--test "$out/small-tests.csv")
    shown="generated images"
}

# files_svhn: SVHN's cropped digits, in `train` (the paper's extra set where it is) and `test`.
files_svhn() {
    local first
    first=$(first_file svhn/{extra,train}_32x32.mat) || no_data svhn
    train=(--data "$first")
    test=(--test "${first%/*}/test_32x32.mat")
}

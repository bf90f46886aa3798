#!/usr/bin/env bash
# --device: names, refusals, and every method on the plug-in for GPUs, which an emulation of
# CUDA on the processor serves where there was a C++ compiler (tests/support/cuda).
#     test_gpu.sh COMMAND SOURCE_FOLDER
set -euo pipefail
command=$(readlink -f "$1") source=$(readlink -f "$2")
emulated=$(dirname "$command")/tests/emulated
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

complain() {
    echo "$*"
    cat error
    exit 1
}

# run CODE [options]: train with these ends so.
run() {
    local code=$1 got=0
    shift
    "$command" train "$@" --json >out 2>error </dev/null || got=$?
    [ "$got" = "$code" ] || complain "train $*: exit code $got, not $code"
}

says() {
    grep -q "$1" error || complain "not said: $1"
}

figure() {
    sed -n "s/.*\"$1\":\([^,]*\),.*/\1/p" out
}

"$command" gen teacher --rows 120 --features 6 -o rows.csv >out 2>error
"$command" gen glyphs --rows 150 --classes 3 -o classes.csv >out 2>error

# ---- no plug-in ----------------------------------------------------------------------------

export CVXRELU_CUDA=$work/none.so
convex="convex --data rows.csv --patterns 20 --max-iterations 20"
run 6 $convex --device cuda
says "error: no device to run on: the plug-in libcvxrelu_cuda.so is not there"
run 6 $convex --device cuda:1
run 0 $convex --device cpu
plain=$(figure objective)
run 0 $convex --device auto
says "no device to run on: .*: the processor is used"
[ "$(figure objective)" = "$plain" ] || complain "auto is not the processor"
for name in gpu cuda: cuda:x cuda:-1 CUDA ""; do
    run 2 $convex --device "$name"
done
"$command" info --devices >out 2>error
grep -q '^devices.*no device to run on' out || complain "info does not say why there is none"

# Something that is no plug-in.
ln -s "$(ldd "$command" | awk '/libz\.so/ { print $3; exit }')" other.so
CVXRELU_CUDA=$work/other.so run 6 $convex --device cuda
says "is not a plug-in"

[ -e "$emulated/libcvxrelu_cuda.so" ] || {
    echo "no emulated device here: the rest is left out"
    exit 0
}

# ---- the plug-in ---------------------------------------------------------------------------

export CVXRELU_CUDA=$emulated/libcvxrelu_cuda.so
run 6 $convex --device cuda
says "the device cannot be used: cuBLAS"
export LD_LIBRARY_PATH=$emulated
"$command" info --devices --json >out 2>error
grep -q '"cuda:1":"an emulated device"' out || complain "info does not list the devices"
run 6 $convex --device cuda:2
says "device 2 is not there: 2 are"
run 0 $convex --device cuda:1

# agree LIMIT [options]: the objective of the device is the processor's.
agree() {
    local limit=$1 here
    shift
    run 0 "$@" --device cpu
    here=$(figure objective)
    run 0 "$@" --device cuda
    awk -v a="$here" -v b="$(figure objective)" -v limit="$limit" 'BEGIN {
        gap = a > b ? a - b : b - a
        exit !(gap <= limit * (a > 0 ? a : 1))
    }' || complain "train $*: $(figure objective) on the device, not $here"
}

for precision in double single; do
    limit=1e-7
    [ $precision = double ] || limit=1e-3
    for options in "--primal direct" "--primal block-pcg" "--formulation gated" \
        "--formulation gated --solver fista" "--formulation gated-ridge"; do
        agree $limit convex --data rows.csv --patterns 20 --max-iterations 20 --tolerance 0 \
            --precision $precision $options
    done
    agree $limit deep --data rows.csv --max-iterations 10 --precision $precision
    agree $limit deep --data classes.csv --loss softmax --max-iterations 5 --precision $precision
    agree $limit ccp --data rows.csv --solver graph --max-iterations 10 --precision $precision
    agree $limit ccp --data rows.csv --solver newton --max-iterations 10 --precision $precision
    agree $limit adam --data rows.csv --max-iterations 5 --precision $precision
    agree $limit sgd --data rows.csv --max-iterations 5 --precision $precision
done
agree 1e-7 convex --data rows.csv --formulation kernel

# Filters of images.
python3 - >images.bin 2>error <<'END' || rm -f images.bin
import random, sys
made = random.Random(1)
for i in range(40):
    sys.stdout.buffer.write(bytes([i % 2] + [made.randrange(128 << i % 2) for _ in range(3072)]))
END
if [ -s images.bin ]; then
    agree 1e-4 convex --data images.bin --formulation kernel --kernel relu --precision single \
        --features conv+oriented --filters 5 --mirror --holdout 8
fi

# close A B WHAT
close() {
    awk -v a="$1" -v b="$2" 'BEGIN { exit !(a - b < 1e-7 * b && b - a < 1e-7 * b) }' ||
        complain "$3: $1, not $2"
}

# A run goes on where it was left, on another device.
convex="convex --data rows.csv --patterns 20 --splitting slack --tolerance 0"
run 0 $convex --max-iterations 20
whole=$(figure objective)
for devices in "cuda cpu" "cpu cuda" "cuda cuda:1"; do
    rm -f half
    run 0 $convex --max-iterations 10 --device ${devices% *} --checkpoint half
    run 0 $convex --max-iterations 20 --device ${devices#* } --resume half
    close "$(figure objective)" "$whole" "begun and resumed on $devices"
done

# In a measured iteration the host waits for the device at most 8 times; once more where the
# penalties of ADMM change.
for primal in direct block-pcg; do
    for iterations in 40 60; do
        CVR_EMULATED_WAITS=waits.$iterations run 0 $convex --primal $primal \
            --measure-every 1 --max-iterations $iterations --device cuda
    done
    [ $(($(cat waits.60) - $(cat waits.40))) -le 170 ] ||
        complain "$primal: $(cat waits.40) waits in 40 iterations, $(cat waits.60) in 60"
done

# What the device has no memory for ends before the run, with the gibibytes.
CVR_EMULATED_MEMORY=3000000 run 6 convex --data classes.csv --formulation gated --patterns 200 \
    --device cuda
says "needs .* GiB a process, and .* GiB are free"
CVR_EMULATED_MEMORY=100000 run 6 convex --data classes.csv --formulation gated --device cuda
says "no memory"

# Each process has a device.
if command -v mpirun >/dev/null; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    for device in cpu cuda; do
        timeout 120 mpirun --oversubscribe -n 2 "$command" train $convex --max-iterations 20 \
            --device $device --json >out 2>error || complain "two processes fail"
        [ $device = cuda ] || whole=$(figure objective)
    done
    close "$(figure objective)" "$whole" "on a device a process"
fi

# The script that checks a machine with a GPU.
if [ -x "$(dirname "$command")/tests/test_ops" ]; then
    SMALL=1 DATA=$work/rows.csv timeout 300 bash "$source/benchmarks/bench_device.sh" "$(dirname "$command")" >out 2>error ||
        complain "bench_device.sh: $(cat out)"
fi
echo "every method finds the same on an emulated GPU"
